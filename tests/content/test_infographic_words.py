"""Any words in any template and size: either whole and inside the margins, or refused by name."""

import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from content.brand import PLACEHOLDER
from content.errors import ContentError
from content.files import parse_yaml, read_text
from content.infographic import SIZES, TEMPLATES, compose, parse_spec
from content.infographic.canvas import Line
from content.infographic.frame import CLOSER, FORMATS
from content.infographic.typesetting import CAP, NO_BREAK, font

ASSETS = Path(__file__).parents[2] / "assets" / "infographics"
SCENE: dict[str, object] = {
    "template": "scene",
    "title": "Một",
    "mark": "1",
    "text": "Hai",
    "source": "Ba",
    "agency": "UBND",
}
WRITTEN = {"title", "kicker", "head", "text", "note", "label", "question", "answer", "source", "points", "agency"}
WRITTEN |= {"what", "who", "when", "ask", "place", "about", "action"}
"""Fields that hold free words in any template."""
SYLLABLES = [
    *("nghiêng", "ngả", "thuở", "Ẫn", "Ỗi", "giữa", "xuyến", "khuỷu", "ngoằn", "ngoèo", "Ưỡn", "quyền", "thường"),
    *("chuyển", "phường", "ỷ", "lại", "Ặc", "Ể", "Đặng", "tỵ", "kỵ", "huyện", "nghiệp", "trưởng", "–", "và", "ở"),
    *("1.234.567", "88,38%", "481/KH-UBND", "29/12/2022", "a"),
]


def skeletons() -> dict[str, dict[str, object]]:
    """One set of values of every template."""
    found: dict[str, dict[str, object]] = {"scene": SCENE}
    for path in sorted(ASSETS.glob("*.yml")):
        values = parse_yaml(read_text(path), path.name)
        found.setdefault(values["template"], values)
    return found


SKELETONS = skeletons()


def words(chance: random.Random, most: int) -> str:
    parts = [chance.choice(SYLLABLES) for _ in range(chance.randint(1, most))]
    if chance.random() < 0.06:
        parts.append("nghiêngngảkhúckhuỷu" * chance.randint(1, 4))
    return " ".join(parts)


def refilled(value: object, chance: random.Random, most: int, key: str = "") -> object:
    """The same values with other words where words are free."""
    if isinstance(value, dict):
        return {name: refilled(inner, chance, most, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [refilled(inner, chance, most, key) for inner in value]
    return words(chance, most) if key in WRITTEN and isinstance(value, str) else value


def all_texts(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from all_texts(inner)
    else:
        yield str(value)


def ink(line: Line) -> tuple[float, float, float, float]:
    """What a line covers: left, top, right, bottom."""
    _, top, _, bottom = font(line.face.weight, line.face.size).getbbox(line.text, anchor="ls")
    return line.x, line.baseline + top, line.x + line.face.width(line.text), line.baseline + bottom


def out_of_place(lines: list[Line], size: str) -> list[str]:
    """Lines beyond the margins, and lines that touch each other."""
    layout = CLOSER.get(size, FORMATS[size])
    right, top = (layout.width - 48, 48) if layout.panel else (layout.width - layout.side, layout.top)
    wrong = []
    for line in lines:
        inside = line.x >= layout.side - 0.08 * line.face.size and ink(line)[2] <= right + 1
        below = line.baseline - CAP * line.face.size >= top - 1 and line.baseline <= layout.height - layout.foot + 1
        if not (inside and below):
            wrong.append(f"beyond the margin: {line}")
    for (one, a), (other, b) in combinations([(line, ink(line)) for line in lines], 2):
        slack = 0.1 * max(one.face.size, other.face.size)
        across = min(a[2], b[2]) - max(a[0], b[0])
        if across > 1 and min(a[3], b[3]) - max(a[1], b[1]) > slack:
            wrong.append(f"touching: {one.text} | {other.text}")
    return wrong


def whole(values: object, lines: list[Line]) -> bool:
    """Whether the title and the agency stand in the picture, every mark of them, in order."""
    told = " ".join(line.text for line in lines).replace(NO_BREAK, " ")
    assert isinstance(values, dict)
    return str(values["title"]) in told and str(values.get("agency", PLACEHOLDER)) in told


def test_every_template_is_tried() -> None:
    assert set(SKELETONS) == set(TEMPLATES)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_words_stand_inside_the_margins_or_are_refused_by_name(template: str, size: str) -> None:
    chance = random.Random(f"{template} {size}")
    drawn = refused = 0
    for most in (2, 3, 3, 4, 4, 5, 6, 7, 9, 12, 20, 40):
        values = refilled(SKELETONS[template], chance, most)
        try:
            canvas = compose(parse_spec(values, "thu.yml"), size)
        except ContentError as error:
            refused += 1
            named = str(error).split("“")[1].split("”")[0]
            assert named, error
            assert any(named in text for text in all_texts(values)), error
            continue
        drawn += 1
        assert not out_of_place(canvas.lines, size), values
        assert whole(values, canvas.lines)
    assert drawn, "everything was refused"
    assert refused, "nothing was refused"


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.yml")), ids=lambda path: path.stem)
def test_nothing_touches_in_a_shipped_picture(path: Path) -> None:
    spec = parse_spec(parse_yaml(read_text(path), path.name), path.name)
    for size in SIZES:
        assert not out_of_place(compose(spec, size).lines, size), size
