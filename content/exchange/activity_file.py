"""Activities as a table that the import takes back, and the workbook that staff fill in."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from content.activity_kinds import FIGURES, KIND_NAMES, TONES
from content.exchange.activity_table import COLUMNS, EXAMPLE, TOLD
from content.exchange.columns import Column
from content.exchange.tablefile import new_book, text_format
from content.exchange.values import defuse, list_cell
from content.plan import Plan
from content.record_tables import Activity
from content.vietnamese import day, moment

SHEET, LISTS = "Hoạt động", "Danh mục"
ROWS = 500
"""Rows that the template prepares with lists."""
NUMBERS = frozenset((*FIGURES, "cost", "id", "files"))
DAYS = frozenset(("first", "last"))


def as_csv(rows: Sequence[Activity], plan: Plan | None, files: Mapping[int, int]) -> bytes:
    """The activities as CSV, UTF-8 with its mark, divided by semicolons. `files`: how many each has, by id."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    columns = (*COLUMNS, *TOLD)
    writer.writerow([one.header for one in columns])
    for row in rows:
        cells = _cells(row, plan, files)
        writer.writerow([defuse(_as_text(cells[one.field]), plain=True) for one in columns])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Activity], plan: Plan | None, files: Mapping[int, int], now: datetime) -> bytes:
    """The same as a workbook, with real days and figures. `now` (aware): when it says it was made."""
    out = io.BytesIO()
    book = new_book(out, now, "Hoạt động trực tiếp")
    columns = (*COLUMNS, *TOLD)
    sheet = _sheet(book, columns)
    formats = _formats(book)
    for at, row in enumerate(rows, 1):
        for index, (column, value) in enumerate(zip(columns, _cells(row, plan, files).values(), strict=True)):
            _write(sheet, at, index, column, value, formats)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    book.close()
    return out.getvalue()


def template(plan: Plan | None, now: datetime) -> bytes:
    """An empty workbook with lists to choose from, a note on every column, one example. `now` as above."""
    out = io.BytesIO()
    book = new_book(out, now, "Mẫu nhập hoạt động trực tiếp")
    sheet = _sheet(book, COLUMNS, starred=True)
    formats = _formats(book)
    ranges = _lists(book, plan)
    for index, column in enumerate(COLUMNS):
        value = _EXAMPLE.get(column.field, "")
        _write(sheet, 1, index, column, value, formats)
        facts: dict[str, Any] = {"validate": "any", "input_title": column.header[:32], "ignore_blank": True}
        if column.note:
            facts["input_message"] = column.note[:255]
        if column.field in ranges:
            facts |= {"validate": "list", "source": ranges[column.field], "show_error": column.field != "audiences"}
        sheet.data_validation(1, index, ROWS, index, facts)
    book.close()
    return out.getvalue()


_EXAMPLE: dict[str, Any] = {
    "kind": KIND_NAMES["tap_huan"],
    "title": f"{EXAMPLE}: Tập huấn cải cách hành chính cho cán bộ một cửa",
    "first": date(2026, 3, 9),
    "last": date(2026, 3, 10),
    "place": "Hội trường tầng 2",
    "classes": 2,
    "people": 120,
    "cost": 12_500_000,
}


def _cells(row: Activity, plan: Plan | None, files: Mapping[int, int]) -> dict[str, Any]:
    """What stands in each column, in the columns' order; None is an empty cell."""
    agencies = {one.code: one.name for one in plan.agencies} if plan else {}
    topics = {one.letter: f"{one.letter}. {one.label}" for one in plan.topics} if plan else {}
    forms = {one.letter: f"{one.letter}. {one.label}" for one in plan.forms} if plan else {}
    audiences = {one.code: one.label for one in plan.audiences} if plan else {}
    told = {
        "kind": KIND_NAMES.get(row.kind, row.kind), "title": row.title, "first": row.first, "last": row.last,
        "place": row.place, "agency": agencies.get(row.agency, row.agency), "topic": topics.get(row.topic, row.topic),
        "form": forms.get(row.form, row.form),
        "audiences": list_cell([audiences.get(one, one) for one in row.audiences]),
        **{name: row.figures.get(name) for name in FIGURES},
        "cost": row.cost, "funding": row.funding, "outlet": row.outlet, "url": row.url,
        "tone": TONES.get(row.tone, row.tone), "words": row.words,
        "id": row.id, "recorded": f"{row.created_by}, {moment(row.created_at)}", "files": files.get(row.id or 0, 0),
    }  # fmt: skip
    return {one.field: told[one.field] for one in (*COLUMNS, *TOLD)}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return day(value) if isinstance(value, date) else str(value)


def _sheet(
    book: xlsxwriter.Workbook, columns: Sequence[Column], *, starred: bool = False
) -> xlsxwriter.worksheet.Worksheet:
    """Header, widths, formats of whole columns, and a view that keeps header and title in sight."""
    sheet = book.add_worksheet(SHEET)
    head = text_format(book, bold=True, valign="vcenter", bg_color="#EFE7F4", border=1)
    formats = _formats(book)
    for index, one in enumerate(columns):
        sheet.set_column(index, index, one.width, formats[_kind(one)])
        sheet.write_string(0, index, f"{one.header}{' *' if starred and one.required else ''}", head)
    sheet.set_row(0, 46)
    sheet.freeze_panes(1, 2)
    return sheet


def _formats(book: xlsxwriter.Workbook) -> dict[str, xlsxwriter.format.Format]:
    return {
        "text": text_format(book),
        "day": text_format(book, num_format="dd/mm/yyyy"),
        "number": text_format(book, num_format="#,##0"),
        "guard": text_format(book, quote_prefix=True),
    }


def _kind(column: Column) -> str:
    return "number" if column.field in NUMBERS else "day" if column.field in DAYS else "text"


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, index: int, column: Column, value: Any,
    formats: Mapping[str, xlsxwriter.format.Format],
) -> None:  # fmt: skip
    """One cell; a text that looks like a formula is marked as a text."""
    kind = _kind(column)
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(row, index, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(row, index, value, formats[kind])
    else:
        text = defuse(value, plain=False)
        sheet.write_string(row, index, text, formats["guard" if defuse(text, plain=True) != text else "text"])


def _lists(book: xlsxwriter.Workbook, plan: Plan | None) -> dict[str, str]:
    """Write the sheet of lists; column -> the range to choose from."""
    sheet = book.add_worksheet(LISTS)
    choices = {"kind": list(KIND_NAMES.values()), "tone": list(TONES.values())}
    if plan:
        choices |= {
            "agency": [one.name for one in plan.agencies],
            "topic": [f"{one.letter}. {one.label}" for one in plan.topics],
            "form": [f"{one.letter}. {one.label}" for one in plan.forms],
            "audiences": [one.label for one in plan.audiences],
        }
    names = {one.field: one.header for one in COLUMNS}
    head, cell = text_format(book, bold=True, bg_color="#EFE7F4"), text_format(book)
    ranges = {}
    for index, (field, words) in enumerate(choices.items()):
        sheet.set_column(index, index, 34, cell)
        sheet.write_string(0, index, names[field], head)
        for row, one in enumerate(words, 1):
            sheet.write_string(row, index, one, cell)
        letter = xl_col_to_name(index)
        if words:
            ranges[field] = f"='{LISTS}'!${letter}$2:${letter}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    return ranges
