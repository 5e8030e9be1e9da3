"""Dated points on one axis, in the order in which they came."""

import re
from dataclasses import dataclass, replace
from datetime import date as calendar_day
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from content.files import Entry
from content.infographic.frame import Box, Sheet, Type, closing_note, head_and_foot, spread, title_face
from content.infographic.spec import Spec, Text, Words, between, one_highlight
from content.infographic.typesetting import BOLD, CAP, NO_BREAK, Block, Face, set_text

_DATE = re.compile(r"(?:(?:(\d{1,2})/)?(\d{1,2})/)?(\d{4})(?: – (\d{4}))?")
_FORMS = "hãy viết như 15/7/2021, 7/2021, 2021 hoặc 2021 – 2025"


def _written(value: object) -> object:
    """A bare year in YAML is a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _parts(text: str) -> tuple[str | None, str | None, str, str | None]:
    """Day, month, year and last year as they are written. Raises ValueError for another form."""
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(f"không đọc được mốc thời gian “{text}”; {_FORMS}.")
    return found[1], found[2], found[3], found[4]


def _dated(text: str) -> str:
    text = re.sub(r"\s*[-–]\s*", " – ", text)
    day, month, year, until = (int(part) if part else None for part in _parts(text))
    if month is not None and not _exists(day or 1, month, year or 0):
        raise ValueError(f"không có ngày “{text}”; {_FORMS}.")
    if until is not None and (month is not None or year is None or until <= year):
        raise ValueError(f"khoảng thời gian “{text}” chưa đúng; {_FORMS}.")
    return text


def _exists(day: int, month: int, year: int) -> bool:
    try:
        calendar_day(year, month, day)
    except ValueError:
        return False
    return True


class Point(Entry):
    """One dated point: what happened, and perhaps what it means."""

    date: Annotated[Words, BeforeValidator(_written), AfterValidator(_dated)]
    head: Words
    text: Text = ""
    highlight: bool = False

    @property
    def parts(self) -> tuple[str, str]:
        """The year, and what is told besides it: "15/7", "tháng 7", "đến 2025" or nothing."""
        day, month, year, until = _parts(self.date)
        if until:
            return year, f"đến{NO_BREAK}{until}"
        return year, f"ngày{NO_BREAK}{day}/{month}" if day else f"tháng{NO_BREAK}{month}" if month else ""

    @property
    def moment(self) -> tuple[int, int, int]:
        """What orders the points; a part that is not told comes first."""
        day, month, year, _ = _parts(self.date)
        return int(year), int(month or 0), int(day or 0)


def _in_order(points: tuple[Point, ...]) -> tuple[Point, ...]:
    for before, after in pairwise(points):
        if _later(before.moment, after.moment):
            raise ValueError(f"mốc {after.date} đứng sau mốc {before.date}; hãy xếp các mốc theo thời gian.")
    return points


def _later(moment: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a moment surely comes after the other; 2025 and 7/2025 may stand either way."""
    for part, same in zip(moment, other, strict=True):
        if part != same:
            return part > same > 0
    return False


class Timeline(Spec):
    """Three to six dated points; one of them may be highlighted."""

    template: Literal["timeline"] = "timeline"
    points: Annotated[tuple[Point, ...], between(3, 6), AfterValidator(_in_order), AfterValidator(one_highlight)]
    note: Text = ""

    def texts(self) -> list[str]:
        """Every point with its date, then the note."""
        told = [f"{point.date}: {point.head}" + (f" ({point.text})" if point.text else "") for point in self.points]
        return [*told, *([self.note] if self.note else [])]


@dataclass(frozen=True)
class Row:
    """One measured point; heights are told from the line on which the dot, the year and the head stand."""

    point: Point
    year: Block
    day: Block | None
    head: Block
    text: Block | None
    gap: float

    @property
    def above(self) -> float:
        """What the row needs above that line."""
        return max(self.year.height, self.head.face.size * CAP) / 2

    @property
    def below(self) -> float:
        """What it needs below."""
        date = self.year.height / 2 + (self.gap + self.day.height if self.day else 0)
        words = self.head.height - self.head.face.size * CAP / 2
        return max(date, words + (self.gap + self.text.height if self.text else 0))


def draw_timeline(sheet: Sheet, spec: Timeline) -> None:
    """Dates left of one axis, words right of it. Raises DoesNotFit with the words that find no room."""
    box, type_ = head_and_foot(sheet, spec)
    box = closing_note(sheet, spec.note, box)
    dot = type_.body.size * 0.28
    column, rows = _measure(spec, box, type_, not sheet.layout.panel, dot)
    least = type_.body.size * type_.air * (0.6 if sheet.layout.panel else 1)
    tops = spread([(row.above + row.below, row.point.head) for row in rows], box, least)
    lines = [top + row.above for top, row in zip(tops, rows, strict=True)]
    axis = box.x + column + type_.body.size * 0.55 + dot
    sheet.canvas.rectangle(axis - 2, lines[0], 4, lines[-1] - lines[0], sheet.palette.line)
    for row, middle in zip(rows, lines, strict=True):
        _row(sheet, row, box.x, axis, middle, dot)


def _measure(spec: Timeline, box: Box, type_: Type, full: bool, dot: float) -> tuple[float, list[Row]]:
    """The width of the dates' column, and every point set beside it."""
    dates = [_date(point, type_, full) for point in spec.points]
    column = max(max(year.width, day.width if day else 0) for year, day in dates)
    width = box.width - column - type_.body.size * 1.2 - 2 * dot
    rows = []
    for point, (year, day) in zip(spec.points, dates, strict=True):
        head = set_text(point.head, width, type_.bold, 3)
        text = set_text(point.text, width, type_.small, 3) if point.text and full else None
        rows.append(Row(point, year, day, head, text, type_.small.size * 0.8))
    return column, rows


def _date(point: Point, type_: Type, full: bool) -> tuple[Block, Block | None]:
    """The year large and the rest below it; on a cover the date as it is written, on one line."""
    if not full:
        return Block((point.date,), replace(type_.small, weight=BOLD)), None
    year, rest = point.parts
    return Block((year,), _year_face(type_)), Block((rest,), type_.small) if rest else None


def _year_face(type_: Type) -> Face:
    """Nearly as large as the title; where the sheet is full, no larger than the heads."""
    return title_face(min(type_.title.size, round(type_.body.size * 1.5))) if type_.air > 0.8 else type_.bold


def _row(sheet: Sheet, row: Row, left: float, axis: float, middle: float, dot: float) -> None:
    canvas, palette = sheet.canvas, sheet.palette
    strong = row.point.highlight
    if strong:
        canvas.circle(axis, middle, dot * 1.75, fill=palette.accent_soft)
    canvas.circle(axis, middle, dot, fill=palette.accent if strong else palette.second)
    canvas.text(row.year, left, middle - row.year.height / 2, palette.accent)
    if row.day:
        canvas.text(row.day, left, middle + row.year.height / 2 + row.gap, palette.muted)
    x = axis + dot + row.head.face.size * 0.65
    top = middle - row.head.face.size * CAP / 2
    canvas.text(row.head, x, top, palette.accent if strong else palette.ink)
    if row.text:
        canvas.text(row.text, x, top + row.head.height + row.gap, palette.muted)
