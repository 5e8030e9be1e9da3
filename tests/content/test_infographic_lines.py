"""Where lines end and what a cover tells: whole words, clear margins, one pitch."""

from itertools import pairwise
from pathlib import Path

import pytest

from content.errors import ContentError
from content.infographic import SIZES, compose, parse_spec, read_spec
from content.infographic.canvas import Canvas, Line
from content.infographic.frame import CLOSER, FORMATS, largest
from content.infographic.typesetting import NO_BREAK, Block, Face, set_text

SHIPPED = sorted((Path(__file__).parents[2] / "assets" / "infographics").glob("*.yml"))


def follows(line: Line, other: Line) -> bool:
    """Whether the other line is the next one of the same text."""
    pitch = line.face.size * line.face.leading
    return line.face == other.face and abs(other.baseline - line.baseline - pitch) < 1


def told(canvas: Canvas) -> str:
    return " ".join(line.text for line in canvas.lines).replace(NO_BREAK, " ")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_line_of_a_shipped_picture_ends_inside_a_word(path: Path) -> None:
    for size in SIZES:
        lines = compose(read_spec(path), size).lines
        pairs = [(one.text, other.text) for one, other in pairwise(lines) if follows(one, other)]
        assert [pair for pair in pairs if Block(pair, Face(30)).broken] == []


def test_a_title_takes_another_line_before_it_tears_a_word() -> None:
    assert largest("Đô thị thông minh giúp gì cho bà con?", 426, (68, 44), 6).lines[:2] == ("Đô thị", "thông minh")


def test_a_title_shrinks_to_its_least_size_before_it_tears_a_word() -> None:
    width = Face(46, "Bold").width("Chương trình tổng thể")
    assert largest("Chương trình tổng thể", width, (80, 44), 1).face.size >= 44
    two = largest("Xem bảng niêm yết hằng năm", Face(46, "Bold").width("Xem bảng niêm yết"), (68, 44), 2)
    assert not two.broken


def test_a_tight_face_spends_no_line_on_whole_words() -> None:
    text, width = "Đánh giá mức độ hài lòng ngay", Face(32).width("Đánh giá mức độ hài") + 4
    assert len(set_text(text, width, Face(32, tight=True)).lines) == 2
    assert not set_text(text, width, Face(32)).broken


def test_a_line_rather_ends_on_a_colon_than_full() -> None:
    title = largest("Mục tiêu nhóm 10: chúng ta đang đứng ở đâu?", 920, (80, 56), 2)
    assert title.lines[0].replace(NO_BREAK, " ") == "Mục tiêu nhóm 10:"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_story_keeps_clear_of_what_lies_over_it(path: Path) -> None:
    lines = compose(read_spec(path), "story").lines
    assert min(line.baseline - line.face.size for line in lines) > 240
    assert max(line.baseline for line in lines) <= 1920 - 360 + 1


def test_a_full_story_comes_closer_to_the_edges_before_it_is_refused() -> None:
    lowest = []
    for count in range(1, 60):
        pairs = [{"question": "Nộp hồ sơ ở đâu?", "answer": "Bớt giấy tờ " * count} for _ in range(4)]
        spec = parse_spec({"template": "qa", "title": "Bốn câu hỏi", "questions": pairs, "source": "Luật"}, "thu")
        try:
            lowest.append(max(line.baseline for line in compose(spec, "story").lines))
        except ContentError:
            break
    clear, closer = FORMATS["story"], CLOSER["story"]
    assert lowest[0] <= clear.height - clear.foot + 1
    assert clear.height - clear.foot < lowest[-1] <= closer.height - closer.foot + 1


def compared(right: list[str]) -> str:
    sides = {
        "left": {"head": "Trước", "points": ["Tỉnh, thành phố", "Có cấp huyện"]},
        "right": {"head": "Sau", "points": right},
    }
    return told(compose(parse_spec({"template": "compare", "title": "Hai cấp", **sides}, "thu"), "wide"))


def test_a_cover_tells_the_first_point_that_differs() -> None:
    words = compared(["Tỉnh, thành phố", "Không còn cấp huyện"])
    assert "Có cấp huyện" in words
    assert "Không còn cấp huyện" in words
    assert "Tỉnh, thành phố" not in words


def test_a_cover_tells_no_point_of_one_side_alone() -> None:
    words = compared(["Tỉnh và thành phố trực thuộc trung ương " * 4])
    assert words.startswith("Hai cấp")
    assert "thành phố" not in words


def test_a_cover_with_short_heads_tells_the_sentences_too() -> None:
    items = [{"head": head, "text": f"Câu của {head}", "icon": "users"} for head in ("PCI", "ICT", "DTI")]
    values = {"template": "facts", "title": "Ba chỉ số", "numbered": False, "items": items}
    assert "Câu của DTI" in told(compose(parse_spec(values, "thu"), "wide"))
    items[0]["head"] = "Chỉ số năng lực cạnh tranh"
    assert "Câu của DTI" not in told(compose(parse_spec(values, "thu"), "wide"))


@pytest.mark.parametrize("size", SIZES)
def test_steps_stand_at_equal_distances(size: str) -> None:
    texts = ("Một câu ngắn", "Một câu dài hơn nhiều, đủ để xuống dòng thứ hai trên mọi khổ ảnh", "")
    items = [{"head": f"Bước {place}", "text": text} for place, text in enumerate(texts)]
    canvas = compose(parse_spec({"template": "steps", "title": "Ba bước", "items": items}, "thu"), size)
    first, second, third = (line.baseline for line in canvas.lines if line.text in {"1", "2", "3"})
    assert second - first == pytest.approx(third - second)
