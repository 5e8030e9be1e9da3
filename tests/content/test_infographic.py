"""Pictures: the same everywhere, complete, and honest about words that do not fit."""

import io
import unicodedata
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from content.errors import ContentError
from content.infographic import SIZES, TEMPLATES, Spec, draw, paint, parse_spec, read_spec
from content.infographic.canvas import Canvas
from content.infographic.frame import FORMATS
from content.infographic.rows import Facts
from content.infographic.typesetting import ASCENT, BOLD, CAP, DESCENT, NO_BREAK, Face, font, set_text

ASSETS = Path(__file__).parents[2] / "assets" / "infographics"
SHIPPED = sorted(ASSETS.glob("*.yml"))
STACKED = "Ặ Ẫ Ỡ Ữ Ỷ ề ộ ử ẵ Đ ₫"
"""Letters with two marks, and those that sit below the line."""


def facts(**changes: object) -> Spec:
    values = {
        "template": "facts",
        "title": "Ba điều cần nhớ",
        "items": [{"head": "Một"}, {"head": "Hai"}, {"head": "Ba"}],
        **changes,
    }
    return parse_spec(values, "thu.yml")


def pixels(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.tobytes()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_spec_draws_in_every_size(path: Path) -> None:
    spec = read_spec(path)
    for size, (width, height) in SIZES.items():
        with Image.open(io.BytesIO(draw(spec, size))) as picture:
            assert (picture.size, picture.mode, picture.format) == ((width, height), "RGB", "PNG")
            assert len(picture.getcolors(1 << 20) or []) > 20, "nothing was drawn"


def test_every_template_is_shown_by_a_shipped_spec() -> None:
    assert {read_spec(path).template for path in SHIPPED} == set(TEMPLATES) - {"scene"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_spec_names_its_source_and_reads_aloud(path: Path) -> None:
    spec = read_spec(path)
    assert spec.source
    assert spec.alternative_text().startswith(spec.title)
    assert spec.alternative_text("UBND thành phố Huế").endswith("UBND thành phố Huế.")


def test_a_picture_has_the_same_bytes_twice() -> None:
    assert draw(read_spec(SHIPPED[0]), "portrait") == draw(read_spec(SHIPPED[0]), "portrait")


def test_the_file_holds_the_picture_and_nothing_else() -> None:
    spec = read_spec(ASSETS / "xem-ho-so.yml")
    with Image.open(io.BytesIO(draw(spec, "square"))) as picture:
        assert picture.tobytes() == paint(spec, "square").tobytes()
        assert not picture.info


@pytest.mark.parametrize("size", range(28, 60, 6))
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_letters_kept_for_later_give_the_pixels_of_a_whole_line(weight: str, size: int) -> None:
    line = f"Cải cách hành chính, (f) j “Ấy” AV {STACKED}"
    canvas = Canvas(2400, 200, "#ffffff")
    canvas.text(set_text(line, 2300, Face(size, weight)), 20, 100 - size * CAP, "#261a36")
    whole = Image.new("RGB", (2400, 200), "#ffffff")
    pen = ImageDraw.Draw(whole)
    pen.text((20, 100), canvas.lines[0].text, fill="#261a36", font=font(weight, size), anchor="ls")
    assert canvas.image().tobytes() == whole.tobytes()


def test_decomposed_letters_give_the_same_pixels(tmp_path: Path) -> None:
    text = (ASSETS / "xem-ho-so.yml").read_text(encoding="utf-8")
    decomposed = tmp_path / "xem-ho-so.yml"
    decomposed.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    assert decomposed.read_bytes() != (ASSETS / "xem-ho-so.yml").read_bytes()
    assert draw(read_spec(decomposed), "square") == draw(read_spec(ASSETS / "xem-ho-so.yml"), "square")


def test_a_spec_made_in_code_is_composed_too() -> None:
    title = unicodedata.normalize("NFD", "Đề án số hóa")
    spec = Facts.model_validate({"title": title, "items": [{"head": word} for word in ("Một", "Hai", "Ba")]})
    assert spec.title == "Đề án số hóa"


@pytest.mark.parametrize("size", SIZES)
def test_words_without_room_are_named_and_nothing_is_cut(size: str) -> None:
    long_head = "Cải cách thủ tục hành chính " * 12
    items = [{"head": long_head.strip()} for _ in range(7)]
    with pytest.raises(ContentError, match=r"thu\.yml: chữ không vừa khổ .*(Cải cách|hành chính)"):
        draw(facts(items=items), size)


@pytest.mark.parametrize("size", ["portrait", "square"])
def test_too_many_lines_for_the_sheet_are_named_too(size: str) -> None:
    head = "Cải cách thủ tục hành chính theo hướng đơn giản, thuận tiện"
    items = [{"head": f"{head} {number}", "text": "Bớt giấy tờ, bớt đi lại, " * 3 + "rõ việc"} for number in range(7)]
    with pytest.raises(ContentError, match="Cải cách thủ tục hành chính theo hướng đơn giản"):
        draw(facts(items=items), size)


def test_one_word_wider_than_its_column_is_named() -> None:
    with pytest.raises(ContentError, match="nghiêngngảnghiêngngả"):
        draw(facts(title="nghiêngngả" * 12), "portrait")


def test_an_unknown_size_lists_the_known_ones() -> None:
    with pytest.raises(ContentError, match=r"không có khổ “a4”.*portrait"):
        draw(facts(), "a4")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"titel": "x"}, "thu.yml: titel: tên trường không có trong mẫu"),
        ({"title": ""}, "thu.yml: title: không được để trống"),
        ({"items": [{"head": "Một"}]}, "thu.yml: items: cần từ 3 đến 7 mục, hiện có 1"),
        ({"items": [{"head": "Một", "icon": "khong-co"}] * 3}, "thu.yml: items.0.icon: không có biểu tượng “khong-co”"),
        ({"palette": "xanh"}, "thu.yml: palette: không có bảng màu “xanh”; chỉ nhận một trong: tim_hue"),
        ({"template": "poster"}, "thu.yml: template: chỉ nhận một trong: facts, steps"),
        ({"sizes": ["a4"]}, "thu.yml: sizes.0: chỉ nhận một trong"),
    ],
)
def test_a_wrong_field_is_told_with_its_file_and_the_way_out(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ContentError) as caught:
        facts(**changes)
    assert words in str(caught.value)


@pytest.mark.parametrize("size", [28, 46, 76, 200])
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_marks_stay_within_the_box_a_line_promises(weight: str, size: int) -> None:
    sheet = Image.new("L", (size * 12, size * 3), 0)
    baseline = size * 2
    ImageDraw.Draw(sheet).text((size, baseline), STACKED, fill=255, font=font(weight, size), anchor="ls")
    box = sheet.getbbox()
    assert box is not None
    assert baseline - box[1] <= ASCENT * size + 1
    assert box[3] - baseline <= DESCENT * size + 1


def test_the_marks_above_the_title_are_whole_and_touch_nothing() -> None:
    picture = paint(facts(title="Ẫ Ẵ Ỗ Ể ỵ"), "portrait")
    bar_end, margin = 80 + 8, 80
    under_the_bar = picture.crop((margin, bar_end + 1, 700, 300)).convert("L")
    ink = under_the_bar.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert ink is not None
    face = Face(FORMATS["portrait"].title[0], BOLD)
    sheet = Image.new("L", (1000, 300), 0)
    ImageDraw.Draw(sheet).text((10, 200), "Ẫ Ẵ Ỗ Ể ỵ", fill=255, font=font(face.weight, face.size), anchor="ls")
    whole = sheet.point(lambda value: 255 if value > 150 else 0).getbbox()
    assert whole is not None
    assert ink[1] >= 8, "the marks touch the bar above"
    assert abs((ink[3] - ink[1]) - (whole[3] - whole[1])) <= 4, "the title's marks are cut"


def test_lines_break_only_at_spaces_and_lose_nothing() -> None:
    text = "Xây dựng và phát triển Chính phủ điện tử, Chính phủ số theo Nghị quyết số 76/NQ-CP ngày 15/7/2021"
    for width in range(260, 900, 40):
        block = set_text(text, width, Face(34))
        assert " ".join(block.lines).replace(NO_BREAK, " ") == text
        assert block.width <= width


def test_a_number_stays_with_the_word_before_it() -> None:
    block = set_text("Thực hiện theo Nghị quyết số 76/NQ-CP ngày 15/7/2021", 300, Face(34))
    assert not [line for line in block.lines if line[0].isdigit()]


def test_lines_do_not_end_inside_a_word_of_two_syllables() -> None:
    procedure = set_text("Ngồi nhà nhận kết quả chỉ với ba bước", 500, Face(40))
    assert procedure.lines == ("Ngồi nhà nhận kết quả", "chỉ với ba bước")
    motto = set_text("Sự hài lòng của người dân là thước đo hiệu quả cải cách hành chính", 560, Face(40))
    assert motto.lines == ("Sự hài lòng của người dân", "là thước đo hiệu quả", "cải cách hành chính")


def test_lines_are_balanced() -> None:
    block = set_text("một hai ba bốn năm sáu bảy tám", 420, Face(40))
    lengths = [block.face.width(line) for line in block.lines]
    assert min(lengths) > 0.6 * max(lengths)


def test_a_drawn_line_ends_where_it_was_measured() -> None:
    face = Face(80, BOLD, tracking=-0.02)
    block = set_text("Hồ sơ của tôi", 2000, face)
    canvas = Canvas(1000, 200, "#ffffff")
    canvas.text(block, 40, 60, "#000000")
    ink = canvas.image().convert("L").point(lambda value: 255 - value).getbbox()
    assert ink is not None
    assert ink[2] <= 40 + block.width + 2
    assert ink[1] >= 60 - (ASCENT - CAP) * face.size - 1
