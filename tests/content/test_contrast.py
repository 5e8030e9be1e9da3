"""Contrast as it is drawn: every line and every icon against the pixels below it, in all templates and palettes."""

from collections.abc import Iterator

import pytest

from content.infographic import SIZES, TEMPLATES, compose, parse_spec
from content.infographic.canvas import Canvas
from content.infographic.typesetting import BOLD, Block, Face
from content.palette import PALETTES, contrast
from tests.content.shelf import plan
from tests.content.test_infographic_words import SKELETONS


def drawn(template: str, palette: str) -> Iterator[tuple[str, Canvas]]:
    """A template's picture in every size; an announcement in every urgency."""
    values = {**SKELETONS[template], "palette": palette, "agency": ""}
    variants = [{"urgency": word} for word in ("thuong", "quan_trong", "khan")] if template == "notice" else [{}]
    for size in SIZES:
        for more in variants:
            yield size, compose(parse_spec({**values, **more}, template), size, plan().brand("vpubnd"))


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_line_and_every_icon_stands_out_from_what_lies_below_it(template: str, palette: str) -> None:
    for size, canvas in drawn(template, palette):
        written = canvas.written()
        assert len(written) > 2
        for one in written:
            assert one.contrast >= (3 if one.large else 4.5), (size, one)
        for colour, grounds in canvas.icons():
            assert min(contrast(colour, ground) for ground in grounds) >= 3, (size, colour, grounds)


def test_words_on_two_grounds_are_judged_by_the_worse() -> None:
    canvas = Canvas(400, 200, "#ffffff")
    canvas.rectangle(0, 0, 60, 200, "#777777")
    canvas.text(Block(("Một cửa",), Face(40)), 20, 80, "#555555")
    [line] = canvas.written()
    assert set(line.grounds) == {"#ffffff", "#777777"}
    assert line.contrast == pytest.approx(contrast("#555555", "#777777"))


def test_only_what_is_large_on_a_phone_counts_as_large() -> None:
    canvas = Canvas(1080, 400, "#ffffff")
    for place, face in enumerate((Face(46), Face(52, BOLD), Face(68), Face(46, BOLD))):
        canvas.text(Block(("A",), face), 20, 20 + 90 * place, "#000000")
    assert [one.large for one in canvas.written()] == [False, True, True, False]
