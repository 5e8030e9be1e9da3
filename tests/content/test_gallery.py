"""The gallery: complete, to be looked at without a network, and not stopped by one bad picture."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from content.errors import ContentError
from content.infographic import SIZES, TEMPLATES, parse_spec
from content.infographic.gallery import SHIPPED, TEMPLATE_NAMES, Gallery, examples, read_specs, shots_of, write_gallery
from content.palette import PALETTES
from tests.content.shelf import plan

ASSETS = Path(__file__).parents[2] / "assets" / "infographics"
FEW = [
    {"template": "quote", "title": "Đúng hẹn & đúng việc", "source": "Kế hoạch", "sizes": ["square"]},
    {"template": "facts", "title": "Ba điều", "items": [{"head": "Một"}] * 3, "sizes": ["wide"], "agency": "snv"},
]


class Page(HTMLParser):
    """What a page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        if tag == "img":
            self.images.append(values)
        self.links += [value for name in ("src", "href") if (value := values.get(name))]


def written(folder: Path, *more: dict[str, object]) -> Gallery:
    specs = [parse_spec(values, f"{place}-thu.yml") for place, values in enumerate([*FEW, *more])]
    return write_gallery(folder, list(shots_of(specs, ["tim_hue", "cung_dinh"], plan().signing, plan().brand())))


def test_every_template_has_an_example_and_a_name() -> None:
    assert [spec.template for spec in examples(read_specs(ASSETS))] == list(TEMPLATES)
    assert set(TEMPLATE_NAMES) == set(TEMPLATES)


def test_it_shows_every_template_in_every_size_and_palette_and_every_shipped_spec() -> None:
    specs = read_specs(ASSETS)
    shots = list(shots_of(specs, list(PALETTES), plan().signing, plan().brand()))
    shown = {(shot.group, shot.spec.template, shot.size) for shot in shots if shot.group != SHIPPED}
    assert shown == {(palette, template, size) for palette in PALETTES for template in TEMPLATES for size in SIZES}
    shipped = {(shot.spec.name, shot.size) for shot in shots if shot.group == SHIPPED}
    assert shipped == {(spec.name, size) for spec in specs for size in spec.sizes}
    assert len({shot.file for shot in shots}) == len(shots)


def test_the_page_names_only_files_that_are_there(tmp_path: Path) -> None:
    gallery = written(tmp_path)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    local = [link for link in page.links if not link.startswith("#")]
    assert all((tmp_path / link).is_file() for link in local), local
    assert not page.tags & {"script", "link", "iframe", "object"}
    assert "http" not in (tmp_path / "index.html").read_text(encoding="utf-8")
    pictures = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert pictures == {shot.file for shot in gallery.shots} | set(gallery.sheets) == set(local)


def test_every_picture_of_the_page_has_its_words(tmp_path: Path) -> None:
    written(tmp_path)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert all(image.get("alt") for image in page.images)
    told = [image["alt"] for image in page.images if image["src"] == f"{SHIPPED}/1-thu-wide.png"]
    assert told == ["Ba điều. Một. Một. Một. Sở Nội vụ thành phố Huế."]
    assert {"main", "header", "nav", "section", "article", "figure", "figcaption", "h1", "h2", "h3"} <= page.tags


def test_words_of_a_spec_stay_words_on_the_page(tmp_path: Path) -> None:
    written(tmp_path, {"template": "quote", "title": "<b>Một cửa</b>", "sizes": ["square"]})
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "&lt;b&gt;Một cửa" in text


def test_sheets_hold_every_picture_and_one_holds_all_palettes(tmp_path: Path) -> None:
    gallery = written(tmp_path)
    assert gallery.sheets == ["bang-tim-hue.png", "bang-cung-dinh.png", "bang-thu-vien.png", "bang-tat-ca.png"]
    with Image.open(tmp_path / "bang-tim-hue.png") as sheet, Image.open(tmp_path / "bang-tat-ca.png") as whole:
        assert whole.width == 2 * -(-sheet.width // 2)
        violet, red = (tuple(bytes.fromhex(PALETTES[name].accent[1:])) for name in ("tim_hue", "cung_dinh"))
        colours = [colour for _, colour in whole.getcolors(1 << 20) or []]
        assert violet in colours and red in colours


def test_a_picture_that_cannot_be_drawn_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    gallery = written(tmp_path, {"template": "quote", "title": "nghiêngngả" * 12, "sizes": ["square"]})
    assert [bool(re.match(r"2-thu\.yml: chữ không vừa khổ 1080 x 1080", words)) for words in gallery.problems] == [True]
    assert (tmp_path / SHIPPED / "0-thu-square.png").is_file()
    assert "chữ không vừa khổ" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    specs = [parse_spec(FEW[0], "a.yml")]
    shots = list(shots_of(specs, ["tim_hue"], plan().signing, plan().brand()))
    told: list[tuple[int, int]] = []
    write_gallery(tmp_path, shots, lambda done, whole: told.append((done, whole)))
    assert told == [(place, len(shots)) for place in range(1, len(shots) + 1)]


def test_the_same_gallery_twice_is_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "a")
    written(tmp_path / "b")
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_an_empty_folder_of_specs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"không có tệp mô tả infographic"):
        read_specs(tmp_path)
