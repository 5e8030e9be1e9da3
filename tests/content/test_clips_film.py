"""The frames: a zoom without a jolt, nothing cut off, fades and captions where they belong, the palette's colours."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from content.brand import Brand
from content.clips import Clip, Cue, Slide, check_size, read_clip
from content.clips.film import FADE_FRAMES, PROGRESS_HEIGHT, STAGES, ZOOM_MOST, Film, Painter, planes
from content.clips.render import film
from content.infographic import paint, parse_spec
from content.palette import PALETTES, rgb
from content.plan import read_plan

ASSETS = Path(__file__).parents[2] / "assets" / "clips"
PLAN = ASSETS.parents[1] / "content" / "plans" / "thua-thien-hue-2023"
PALETTE = PALETTES["tim_hue"]
SMALL = (128, 72)


def luma(frames: Iterable[bytes], size: tuple[int, int]) -> list[Image.Image]:
    return [Image.frombytes("L", size, frame[: size[0] * size[1]]) for frame in frames]


def plain(colour: str, size: tuple[int, int] = SMALL) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_the_zoom_moves_by_fractions_of_a_pixel_and_never_jolts() -> None:
    picture = plain("white")
    picture.paste(Image.new("RGB", (20, 72)))
    shots = luma(Film([picture], [60], PALETTE).frames(), SMALL)
    row = (0, 30, 64, 31)
    edges = [64 - (ImageStat.Stat(shot.crop(row)).sum[0] - 64 * 16) / 219 for shot in shots]
    moves = [before - after for before, after in pairwise(edges)]
    assert edges[0] == pytest.approx(20, abs=0.05)
    assert edges[0] - edges[-1] == pytest.approx(44 * 0.0144, rel=0.1)
    # eight-bit brightness tells the place of the edge to about a hundredth of a pixel
    assert min(moves) > -0.02
    assert max(abs(after - before) for before, after in pairwise(moves)) < 0.04


def test_the_zoom_stands_still_in_a_fade_so_that_nothing_is_seen_twice() -> None:
    """What two slides share stays one sharp edge while one becomes the other."""
    one, other = plain("white"), plain("white")
    for picture in (one, other):
        picture.paste(Image.new("RGB", (20, 72)))
    other.paste(Image.new("RGB", (10, 10)), (100, 50))
    shots = luma(Film([one, other], [150, 150], PALETTE).frames(), SMALL)
    rows = [shot.crop((0, 20, 64, 21)) for shot in shots[150 - FADE_FRAMES : 150 + FADE_FRAMES]]
    assert max(ImageStat.Stat(ImageChops.difference(rows[0], row)).sum[0] for row in rows) < 60
    blurred = [sum(30 < value < 220 for value in row.tobytes()) for row in rows]
    assert max(blurred) <= 2


def test_a_fade_mixes_the_two_slides_around_the_cut_and_nothing_else() -> None:
    shots = luma(Film([plain("black"), plain("white")], [40, 40], PALETTE).frames(), SMALL)
    middle = [shot.getpixel((64, 30)) for shot in shots]
    first, last = 40 - FADE_FRAMES // 2, 40 + FADE_FRAMES // 2
    assert set(middle[:first]) == {16}
    assert set(middle[last:]) == {235}
    steps = middle[first:last]
    assert steps == sorted(steps) and len(set(steps)) == FADE_FRAMES
    assert steps[0] - 16 == pytest.approx(235 - steps[-1], abs=1)


def test_the_line_at_the_foot_reaches_the_end_with_the_last_frame() -> None:
    shots = luma(Film([plain("black")], [40], PALETTE).frames(), SMALL)
    lit = [
        shot.crop((0, 72 - PROGRESS_HEIGHT, 128, 72)).getbbox()
        for shot in (shot.point(lambda value: value > 40 and 255) for shot in shots)
    ]
    assert lit[19] == (0, 0, 64, PROGRESS_HEIGHT)
    assert lit[-1] == (0, 0, 128, PROGRESS_HEIGHT)


@pytest.mark.parametrize("colour", [PALETTE.accent, PALETTE.paper, PALETTE.second, "#ffffff", "#000000"])
def test_the_palettes_colours_come_back_as_they_were(colour: str) -> None:
    """Against the definition of BT.709 for television."""
    brightness, blue, red = (plane.getextrema()[0] for plane in planes(plain(colour)))
    y, cb, cr = (brightness - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    back = (y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb)
    assert [value * 255 for value in back] == pytest.approx(rgb(colour), abs=2.5)


def window(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """What of a slide is seen when the zoom has gone as far as it may."""
    cut = (1 - 1 / (1 + ZOOM_MOST)) / 2
    return size[0] * cut, size[1] * cut, size[0] * (1 - cut), size[1] * (1 - cut)


@pytest.mark.parametrize("size", ["wide", "story"])
@pytest.mark.parametrize("template", ["quote", "facts", "scene"])
def test_the_foot_stays_in_sight_at_the_far_end_of_the_zoom(size: str, template: str) -> None:
    words = {"template": template, "title": "Giữ giấy hẹn", "kicker": "Một cửa"} if template != "scene" else {
        "template": template, "title": "Giữ giấy hẹn"}  # fmt: skip
    if template == "facts":
        words["items"] = [{"head": "Một"}, {"head": "Hai"}, {"head": "Ba"}]  # type: ignore[assignment]
    with_words = [
        {**words, "title": title, "source": source} for title, source in (("Giữ giấy hẹn", "A"), ("Xem hồ sơ", "B"))
    ]
    one, other = (paint(parse_spec(values, "thu"), size) for values in with_words)
    left, top, right, bottom = ImageChops.difference(one, other).getbbox() or (0, 0, 0, 0)
    seen = window(one.size)
    assert seen[0] <= left and seen[1] <= top and right <= seen[2] and bottom <= seen[3]


@pytest.mark.parametrize("size", ["wide", "story"])
def test_a_burned_caption_covers_nothing_of_the_slide(size: str) -> None:
    """Everything that changes with the source line, at the foot, is seen above the band, also when zoomed in."""
    clean = [
        paint(parse_spec({"template": "quote", "title": "Một cửa", "source": f"{word} " * 9}, "thu"), size)
        for word in ("Anh", "Em")
    ]
    caption = Cue(0, 2, "Bà con chỉ cần đến một nơi, nộp hồ sơ một lần và nhận giấy hẹn ngay tại đó nhé.", 0)
    shots = [
        luma(
            [Painter(Film([picture], [2], PALETTE, [caption])).frame(planes(picture), 1 + ZOOM_MOST, 0)], picture.size
        )[0]
        for picture in clean
    ]
    stage = STAGES[shots[0].size]
    changed = ImageChops.difference(*clean).getbbox()
    assert changed
    left, top, right, bottom = (
        ImageChops.difference(*shots).point(lambda value: value > 8 and 255).getbbox() or (0,) * 4
    )
    assert bottom <= stage.band - 8
    scale = stage.width / clean[0].width * (1 + ZOOM_MOST)
    assert right - left == pytest.approx((changed[2] - changed[0]) * scale, abs=4)
    assert bottom - top == pytest.approx((changed[3] - changed[1]) * scale, abs=4)


def test_a_clip_without_captions_fills_the_frame_even_where_they_are_asked_for() -> None:
    spec = parse_spec({"template": "scene", "title": "Một cửa"}, "thu")
    assert film(Clip("thu", "tim_hue", (Slide(spec, 50),)), "wide", burn=True).cues is None
    said = Slide(spec, 50, ("Nộp tại một nơi.",))
    assert [
        cue.text for cue in film(Clip("thu", "tim_hue", (Slide(spec, 50), said)), "wide", burn=True).cues or ()
    ] == ["Nộp tại một nơi."]


@pytest.mark.parametrize("size", ["wide", "story"])
def test_a_burned_caption_stands_in_its_time_whole_and_with_good_contrast(size: str) -> None:
    picture = paint(parse_spec({"template": "quote", "title": "Một cửa"}, "thu"), size)
    width, height = picture.size
    longest = "Ường " * 18
    shots = luma(Film([picture], [6], PALETTE, [Cue(2, 4, longest.strip(), 0)]).frames(), picture.size)
    stage = STAGES[picture.size]
    bands = [shot.crop((0, stage.band, width, height - PROGRESS_HEIGHT)) for shot in shots]
    said = [band.point(lambda value: value > 60 and 255).getbbox() for band in bands]
    assert [box is not None for box in said] == [False, False, True, True, False, False]
    left, top, right, bottom = said[2] or (0, 0, 0, 0)
    assert left >= 40 and right <= width - 40 and top >= 8
    assert bottom <= bands[0].height - 6
    assert bands[2].getextrema()[1] > 225


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_clip_can_be_drawn_again_in_both_sizes_with_the_offices_name(path: Path) -> None:
    clip, plan = read_clip(path), read_plan(PLAN)
    for size, pixels in (("wide", (1280, 720)), ("story", (1080, 1920))):
        check_size(clip, size)
        signed = film(clip, size, signing=plan.signing)
        assert {picture.size for picture in signed.slides} == {pixels}
        unsigned = film(clip, size)
        assert all(
            ImageChops.difference(one, other).getbbox()
            for one, other in zip(signed.slides, unsigned.slides, strict=True)
        )
    assert clip.seconds <= 60


def test_a_clip_without_a_palette_has_the_brands() -> None:
    spec = parse_spec({"template": "scene", "title": "Một cửa"}, "thu")
    brand = Brand(name="Sở Nội vụ", palette="song_huong")
    assert film(Clip("thu", "", (Slide(spec, 50),)), "wide", signing=lambda agency: brand).palette.name == "Sông Hương"
    assert film(Clip("thu", "", (Slide(spec, 50),)), "wide").palette.name == "Tím Huế"
