"""Timelines, rankings and questions: what they promise about dates, figures and places."""

import pytest

from content.errors import ContentError
from content.infographic import SIZES, Spec, compose, paint, parse_spec
from content.infographic.canvas import Canvas
from content.palette import PALETTES, mix, rgb

BAR_LEFT = 80
"""The margin of the tall pictures, in pixels."""


def timeline(*dates: object, **changes: object) -> Spec:
    points = [{"date": date, "head": f"Việc thứ {place}"} for place, date in enumerate(dates)]
    return parse_spec({"template": "timeline", "title": "Các mốc", "points": points, **changes}, "thu.yml")


def ranking(*bars: dict[str, object], **changes: object) -> Spec:
    values = {"template": "ranking", "title": "Xếp hạng", "year": "2023", "source": "Bộ Nội vụ", "bars": list(bars)}
    return parse_spec({**values, **changes}, "thu.yml")


def bars_of(canvas: Canvas, *colours: str) -> list[tuple[int, int]]:
    """Left edge and width of every rectangle in one of the colours, from above."""
    shapes = [
        shape for shape in canvas.shapes if shape.colour in colours and shape.left >= BAR_LEFT and shape.top > 300
    ]
    return [(shape.left, shape.right - shape.left) for shape in sorted(shapes, key=lambda shape: shape.top)]


def told(canvas: Canvas) -> str:
    return " ".join(line.text for line in canvas.lines).replace("\u00a0", " ")


@pytest.mark.parametrize("dates", [(2021, "7/2021", "15/7/2021", "01/01/2022"), ("2021 – 2025", "09/6/2025", "2026")])
def test_dates_are_written_as_people_write_them(dates: tuple[object, ...]) -> None:
    spec = timeline(*dates)
    for size in SIZES:
        picture = told(compose(spec, size))
        for date in dates:
            assert str(date).rsplit("/", maxsplit=1)[-1].split(" ")[0] in picture
    assert all(f"{date}: Việc" in spec.alternative_text() for date in dates)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (("2022", "2021", "2023"), "points: mốc 2021 đứng sau mốc 2022; hãy xếp các mốc theo thời gian"),
        (("15/7/2021", "14/7/2021", "2022"), "mốc 14/7/2021 đứng sau mốc 15/7/2021"),
        (("hôm qua", "2021", "2022"), "points.0.date: không đọc được mốc thời gian “hôm qua”; hãy viết như 15/7/2021"),
        (("31/13/2021", "2022", "2023"), "points.0.date: không có ngày “31/13/2021”"),
        (("30/02/2021", "2022", "2023"), "points.0.date: không có ngày “30/02/2021”"),
        (("2025 – 2021", "2026", "2027"), "points.0.date: khoảng thời gian “2025 – 2021” chưa đúng"),
        (("2021", "2022"), "points: cần từ 3 đến 6 mục, hiện có 2"),
    ],
)
def test_a_date_that_cannot_stand_on_the_axis_is_refused(dates: tuple[str, ...], words: str) -> None:
    with pytest.raises(ContentError) as caught:
        timeline(*dates)
    assert words in str(caught.value)


@pytest.mark.parametrize("size", ["portrait", "story"])
def test_bars_start_at_zero_and_keep_their_proportions(size: str) -> None:
    canvas = compose(ranking({"label": "Một", "value": "200"}, {"label": "Hai", "value": "100"}), size)
    (left, long), (same_left, short) = bars_of(canvas, PALETTES["tim_hue"].accent)
    assert left == same_left == BAR_LEFT
    assert abs(long - 2 * short) <= 2


def test_a_percentage_is_measured_against_the_whole() -> None:
    canvas = compose(ranking({"label": "Một", "value": "50"}, {"label": "Hai", "value": "25,5"}, unit="%"), "portrait")
    (_, half), _ = bars_of(canvas, PALETTES["tim_hue"].accent)
    assert half < 0.5 * (1080 - 2 * BAR_LEFT)
    assert "25,5%" in told(canvas)


@pytest.mark.parametrize("size", SIZES)
def test_a_missing_figure_is_a_gap_and_not_a_zero(size: str) -> None:
    spec = ranking({"label": "Một", "value": 12}, {"label": "Hai"}, {"label": "Ba", "value": "0"})
    canvas = compose(spec, size)
    assert told(canvas).count("Chưa có số liệu") == 1
    assert (
        len([shape for shape in canvas.shapes if shape.colour == PALETTES["tim_hue"].accent and shape.top > 150]) == 1
    )
    assert "Hai: Chưa có số liệu" in spec.alternative_text()
    assert "Ba: 0" in spec.alternative_text()


def test_one_bar_may_be_highlighted_and_the_others_step_back() -> None:
    spec = ranking({"label": "Một", "value": 2}, {"label": "Hai", "value": 1, "highlight": True})
    palette = PALETTES["tim_hue"]
    assert len(bars_of(compose(spec, "portrait"), palette.accent)) == 1
    assert len(bars_of(compose(spec, "portrait"), mix(palette.accent, palette.paper, 0.5))) == 1
    with pytest.raises(ContentError, match="chỉ được nhấn mạnh"):
        ranking({"label": "Một", "value": 2, "highlight": True}, {"label": "Hai", "value": 1, "highlight": True})


@pytest.mark.parametrize(("written", "read"), [("1.234.567", "1.234.567"), (1234567, "1.234.567"), ("88,38", "88,38")])
def test_figures_are_written_as_vietnamese_write_them(written: object, read: str) -> None:
    canvas = compose(ranking({"label": "Một", "value": written}, {"label": "Hai", "value": 1}), "portrait")
    assert read in [line.text for line in canvas.lines]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bars": [{"label": "Một", "value": 1.234}, {"label": "Hai", "value": 2}]}, "bars.0.value: không đọc được số"),
        ({"bars": [{"label": "Một", "value": "-2"}, {"label": "Hai", "value": 2}]}, "bars.0.value: không đọc được số"),
        ({"bars": [{"label": "Một", "value": "1,2,3"}, {"label": "Hai", "value": 2}]}, "bỏ trống nếu chưa có"),
        ({"bars": [{"label": "Một", "rank": "17"}, {"label": "Hai", "value": 2}]}, "phải kèm tổng số, viết như 17/63"),
        ({"bars": [{"label": "Một", "rank": "64/63"}, {"label": "Hai", "value": 2}]}, "phải từ 1 đến tổng số"),
        ({"bars": [{"label": "Một"}, {"label": "Hai"}]}, "chưa có số liệu nào; hãy ghi value hoặc rank"),
        ({"source": ""}, "biểu đồ phải ghi nguồn số liệu"),
        ({"year": ""}, "year: không được để trống"),
    ],
)
def test_a_chart_without_clear_figures_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ContentError) as caught:
        ranking({"label": "Một", "value": 1}, {"label": "Hai", "value": 2}, **changes)
    assert words in str(caught.value)


@pytest.mark.parametrize("size", SIZES)
def test_a_place_is_one_cell_among_all_and_keeps_its_denominator(size: str) -> None:
    spec = ranking({"label": "PAR Index", "rank": "17/63"}, {"label": "SIPAS", "rank": "32/63"}, top=10)
    canvas, palette = compose(spec, size), PALETTES["tim_hue"]
    cells = [shape for shape in canvas.shapes if shape.colour == palette.line and shape.bottom - shape.top < 60]
    tinted = [shape for shape in canvas.shapes if shape.colour == mix(palette.second, palette.paper, 0.35)]
    assert len([cell for cell in cells if cell.right - cell.left < 60]) == 2 * (63 - 10 - 1)
    assert len(tinted) == 2 * 10 + 1, "ten cells a row and the key"
    assert "/63" in told(canvas)
    assert "Năm 2023" in told(canvas)
    assert "PAR Index: hạng 17/63" in spec.alternative_text()


def test_questions_stand_in_bubbles_no_wider_than_their_words() -> None:
    pair = {"question": "Nộp ở đâu?", "answer": "Tại Trung tâm Phục vụ hành chính công."}
    spec = parse_spec({"template": "qa", "title": "Hỏi đáp", "questions": [pair]}, "thu.yml")
    assert "Hỏi: Nộp ở đâu? Đáp: Tại Trung tâm Phục vụ hành chính công." in spec.alternative_text()
    picture = paint(spec, "portrait")
    soft = rgb(PALETTES["tim_hue"].accent_soft)
    line = next(line for line in compose(spec, "portrait").lines if "Nộp" in line.text)
    y = round(line.baseline) + 10
    assert picture.getpixel((round(line.x) - 8, y)) == soft
    assert picture.getpixel((round(line.x + line.face.width(line.text)) + 80, y)) != soft


def test_a_cover_shows_the_questions_and_leaves_the_answers_to_the_others() -> None:
    pair = {"question": "Nộp ở đâu?", "answer": "Tại xã, phường."}
    spec = parse_spec({"template": "qa", "title": "Hỏi đáp", "questions": [pair]}, "thu.yml")
    assert "Tại xã, phường." in told(compose(spec, "portrait"))
    assert "Tại xã, phường." not in told(compose(spec, "wide"))
    assert "Nộp ở đâu?" in told(compose(spec, "wide"))
