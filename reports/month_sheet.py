"""A month's plan as one sheet of a workbook, made to be printed: A4 across, the head on every page.

A day with nothing is a row one sees; a holiday is named on its day. State is told in words, colour only helps.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from content.checks import FORMS
from content.holidays import Holiday
from content.vietnamese import local, moment, number, weekday
from reports.monthly import Month, MonthRow
from scheduler.lifecycle import WORDS, State
from scheduler.queue import OCCUPIES

COLUMNS = (
    ("Ngày", 11),
    ("Thứ", 9),
    ("Giờ", 7),
    ("Kênh", 26),
    ("Điểm", 6),
    ("Tiêu đề", 58),
    ("Hình thức", 14),
    ("Trạng thái", 18),
    ("Người phụ trách", 18),
)
NOTHING = "Chưa có bài"
_HEAD_ROW = 3
_TROUBLE = (State.FAILED, State.MISSED, State.NEEDS_PERSON, State.HELD, State.EXPIRED)
_LINE = "#BFB6C7"
_WIDE = 56
"""Characters of a title on one line."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the sheet: a publication, a holiday, or a gap."""

    on: date
    first: bool
    row: MonthRow | None = None
    words: str = ""
    kind: str = ""
    """"", holiday or gap."""


def month_sheet(
    month: Month,
    rows: Sequence[MonthRow],
    holidays: Mapping[date, Holiday],
    platforms: Mapping[str, str],
    now: datetime,
) -> bytes:
    """The workbook. `now` is aware; every title is written as text, whatever it begins with."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": month.title, "author": "", "created": now.replace(tzinfo=None)})
    sheet = book.add_worksheet(f"Tháng {month.number}-{month.year}")
    style = _Styles(book)
    lines = list(_lines(month, rows, holidays))
    _set_up(sheet, month)
    gaps = sum(line.kind == "gap" for line in lines)
    empty = f"{number(gaps)} ngày chưa có bài" if gaps else "không ngày nào trống"
    sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, month.title, style(bold=True, font_size=16, align="center", border=0))
    told = f"{number(len(rows))} mục; {empty}. Số liệu lúc {moment(now)}."
    sheet.merge_range(1, 0, 1, len(COLUMNS) - 1, told, style(italic=True, align="center", border=0))
    head = style(bold=True, bg_color="#EFE7F4", align="center", valign="vcenter")
    for index, (name, width) in enumerate(COLUMNS):
        sheet.set_column(index, index, width)
        sheet.write_string(_HEAD_ROW, index, name, head)
    for place, line in enumerate(lines, _HEAD_ROW + 1):
        _write(sheet, place, line, platforms, style)
    sheet.print_area(0, 0, _HEAD_ROW + len(lines), len(COLUMNS) - 1)
    book.close()
    return out.getvalue()


def _set_up(sheet: xlsxwriter.worksheet.Worksheet, month: Month) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.repeat_rows(_HEAD_ROW)
    sheet.freeze_panes(_HEAD_ROW + 1, 0)
    sheet.hide_gridlines(2)
    sheet.set_footer(f"&L{month.title}&RTrang &P/&N")
    sheet.set_row(0, 24)
    sheet.set_row(_HEAD_ROW, 22)


def _lines(month: Month, rows: Sequence[MonthRow], holidays: Mapping[date, Holiday]) -> Iterator[_Line]:
    by_day: dict[date, list[MonthRow]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    for on in month.days:
        today = by_day.get(on, [])
        first = True
        if holiday := holidays.get(on):
            words = f"{'Nghỉ lễ' if holiday.off else 'Kỷ niệm'}: {holiday.name}"
            yield _Line(on, first, words=words, kind="holiday")
            first = False
        for row in today:
            yield _Line(on, first, row)
            first = False
        if not any(State(row.state) in OCCUPIES for row in today):
            yield _Line(on, first, words=NOTHING, kind="gap")


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, place: int, line: _Line, platforms: Mapping[str, str], style: "_Styles"
) -> None:
    look = _look(line)
    if line.first:
        look |= {"top": 2, "top_color": "#8C7B9B"}
    # the day stands for all of its rows: never struck through, and quieter where it is repeated
    day_look = {name: value for name, value in look.items() if not name.startswith("font_")}
    day_look |= {} if line.first else {"font_color": "#8C8494"}
    midday = datetime.combine(line.on, time())
    sheet.write_datetime(place, 0, midday, style(**day_look, num_format="dd/mm/yyyy", align="center"))
    sheet.write_string(place, 1, weekday(line.on), style(**day_look, align="center"))
    if line.row is None:
        for index in range(2, len(COLUMNS)):
            sheet.write_blank(place, index, None, style(**look))
        sheet.write_string(place, 5, line.words, style(**look, italic=True))
        return
    row = line.row
    when = local(row.due_at).replace(tzinfo=None, second=0, microsecond=0).time()
    sheet.write_datetime(place, 2, when, style(**look, num_format="hh:mm", align="center"))
    label = platforms.get(row.platform, row.platform)
    cells = (
        row.channel if row.channel.casefold().startswith(label.casefold()) else f"{label}: {row.channel}",
        row.topic,
        row.title,
        FORMS.get(row.form, row.form),
        WORDS[State(row.state)],
        row.person,
    )
    for index, text in enumerate(cells, 3):
        more: dict[str, Any] = {"align": "center"} if index == 4 else {}
        if index == 7 and row.state in _TROUBLE:
            more["bold"] = True
        sheet.write_string(place, index, text, style(**look, **more))
    sheet.set_row(place, 15 * max(1, -(-len(row.title) // _WIDE), -(-len(cells[0]) // 25)))


def _look(line: _Line) -> dict[str, Any]:
    if line.kind == "gap":
        return {"bg_color": "#F1EFF3", "font_color": "#6B6472"}
    if line.kind == "holiday":
        return {"bg_color": "#FBEFD9"}
    if line.row is not None and line.row.state == State.CANCELLED:
        return {"font_strikeout": True, "font_color": "#8C8494"}
    if line.row is not None and line.row.state in _TROUBLE:
        return {"bg_color": "#FBE9E7"}
    return {}


class _Styles:
    """Formats by what they look like, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **look: Any) -> Any:
        facts = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "text_wrap": True, "border": 1,
                 "border_color": _LINE} | look  # fmt: skip
        key = tuple(sorted(facts.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(facts)
        return self._made[key]
