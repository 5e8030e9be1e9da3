"""Posts as a table that the import takes back without a change: CSV for any program, XLSX for Excel.

CSV is UTF-8 with its mark, because Excel otherwise takes it for the machine's own code page, and divided by
semicolons, which Excel expects where the comma divides decimals, as in Việt Nam.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from content.checks import FORMS
from content.errors import ContentError
from content.exchange.columns import (
    COLUMNS,
    MEDIA_PAIRS,
    VARIANT_COLUMNS,
    VARIANT_TEXTS,
    Column,
    Place,
    header_of,
)
from content.exchange.shelf import Picture, Shelf, Shelved, Writer
from content.exchange.values import LATE, defuse, list_cell, options_cell, yes_no_cell
from content.plan import Plan
from content.seasons import written
from content.tags import tag_words
from content.vietnamese import day, number

CSV_NAME, XLSX_NAME = "thu-vien.csv", "thu-vien.xlsx"
SHEET = "Bài đăng"
XLSX_CELL_MAX = 32_767
"""Characters; Excel's own limit."""
_LINES_SHOWN = 6


def csv_writer(plan: Plan) -> Writer:
    """Writes a shelf as CSV."""

    def write(shelf: Shelf, folder: Path) -> Sequence[str]:
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        columns, rows = as_rows(shelf, plan)
        writer.writerow([header_of(place) for place in columns])
        writer.writerows([defuse(row.get(place, ""), plain=True) for place in columns] for row in rows)
        (folder / CSV_NAME).write_bytes(out.getvalue().encode("utf-8-sig"))
        return []

    return write


def xlsx_writer(plan: Plan, now: datetime) -> Writer:
    """Writes a shelf as XLSX. `now` (aware) is when the file says it was made."""

    def write(shelf: Shelf, folder: Path) -> Sequence[str]:
        columns, rows = as_rows(shelf, plan)
        for one, row in zip(shelf.posts, rows, strict=True):
            _refuse_what_does_not_fit(one, row)
        out = io.BytesIO()
        book = new_book(out, now, "Thư viện bài đăng")
        sheet = book.add_worksheet(SHEET)
        lay_out(book, sheet, columns)
        guard = text_format(book, quote_prefix=True)
        for index, row in enumerate(rows, 1):
            write_row(sheet, index, columns, row, guard)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        book.close()
        (folder / XLSX_NAME).write_bytes(out.getvalue())
        return []

    return write


def new_book(out: io.BytesIO, now: datetime, title: str) -> xlsxwriter.Workbook:
    """A workbook in which a text stays a text, with no name of a person and the moment it is told.

    It is made in memory: on a full disk the library leaves its passing files behind, and another kind of error.
    """
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": title, "author": "", "created": now.replace(tzinfo=None)})
    for default in book.formats[:1]:
        default.set_font_name("Arial")
        default.set_font_size(10)
    return book


def lay_out(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, columns: Sequence[Place], *, starred: bool = False
) -> None:
    """Header, widths, and a view that keeps header and keys in sight. `starred`: what must be filled in has a star."""
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#EFE7F4", "border": 1, "font_name": "Arial",
         "font_size": 10}
    )  # fmt: skip
    cell = text_format(book)
    for index, place in enumerate(columns):
        column = column_of(place)
        sheet.set_column(index, index, column.width, cell)
        star = " *" if starred and column.required and not place.platform else ""
        sheet.write_string(0, index, f"{header_of(place)}{star}", head)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 2)


def text_format(book: xlsxwriter.Workbook, **more: object) -> xlsxwriter.format.Format:
    """Cells of text: Excel turns nothing typed there into a number or a date."""
    facts = {"num_format": "@", "text_wrap": True, "valign": "top", "font_name": "Arial", "font_size": 10}
    return book.add_format(facts | more)


def write_row(
    sheet: xlsxwriter.worksheet.Worksheet,
    index: int,
    columns: Sequence[Place],
    row: dict[Place, str],
    guard: xlsxwriter.format.Format,
) -> None:
    """One post; a text that looks like a formula is marked as a text, so that editing it wakes nothing up."""
    for place_index, place in enumerate(columns):
        text = defuse(row.get(place, ""), plain=False)
        if text:
            sheet.write_string(index, place_index, text, guard if defuse(text, plain=True) != text else None)
    tallest = max((text.count("\n") + len(text) // 50 + 1 for text in row.values()), default=1)
    sheet.set_row(index, 13.5 * min(tallest, _LINES_SHOWN))


def column_of(place: Place) -> Column:
    """The column a place stands in."""
    return next(one for one in (VARIANT_COLUMNS if place.platform else COLUMNS) if one.field == place.field)


def _refuse_what_does_not_fit(one: Shelved, row: dict[Place, str]) -> None:
    for place, text in row.items():
        if len(text) > XLSX_CELL_MAX:
            raise ContentError(
                f"{one.post.key}: cột “{header_of(place)}” có {number(len(text))} ký tự, Excel chỉ chứa "
                f"{number(XLSX_CELL_MAX)} ký tự một ô; hãy xuất bằng --format csv hoặc md."
            )


# Posts to rows -------------------------------------------------------------------------------------------


def as_rows(shelf: Shelf, plan: Plan) -> tuple[list[Place], list[dict[Place, str]]]:
    """The columns that are needed, in our order, and a row for each post."""
    rows = [_row(one, plan) for one in shelf.posts]
    used = {place for row in rows for place in row}
    platforms = list(dict.fromkeys(place.platform for row in rows for place in row if place.platform))
    columns = [place for one in COLUMNS for place in _numbered(Place(one.field), used, always=True)]
    for platform in platforms:
        columns += [
            place for one in VARIANT_COLUMNS for place in _numbered(Place(one.field, platform), used, always=False)
        ]
    return columns, rows


def _numbered(place: Place, used: set[Place], *, always: bool) -> list[Place]:
    found = sorted(one for one in used if one[:2] == place[:2])
    return found or ([place] if always else [])


def _row(one: Shelved, plan: Plan) -> dict[Place, str]:
    post = one.post
    labels = {audience.code: audience.label for audience in plan.audiences}
    facts = {
        "key": post.key,
        "title": post.title,
        "body": post.body,
        "topic": post.topic,
        "form": FORMS.get(post.form, post.form),
        "audiences": list_cell([labels.get(code, code) for code in post.audiences]),
        "source": post.source,
        "source_url": post.source_url,
        "legal_refs": list_cell(post.legal_refs),
        "hashtags": list_cell(post.hashtags),
        "platforms": list_cell(post.platforms),
        "valid_from": day(post.valid_from) if post.valid_from else "",
        "valid_to": day(post.valid_to) if post.valid_to else "",
        "sensitive": yes_no_cell(post.sensitive),
        "evergreen": yes_no_cell(post.evergreen),
        "allowed_in_pause": yes_no_cell(post.allowed_in_pause),
        "late_rule": LATE[str(post.late_rule)],
        "late_minutes": str(post.late_minutes),
        "tags": list_cell([tag_words(one) for one in post.tags]),
        "season": written(post.season),
        "repeat_days": _count(post.repeat_days),
        "repeat_most": _count(post.repeat_most),
        "repeat_until": day(post.repeat_until) if post.repeat_until else "",
        "series": post.series,
        "series_part": _count(post.series_part),
    }
    row = {Place(field): text for field, text in facts.items()}
    for platform, variant in post.variants.items():
        row |= {Place(name, platform): str(variant[name]) for name in VARIANT_TEXTS if variant.get(name)}
        if variant.get("options") or not any(variant.get(name) for name in VARIANT_TEXTS):
            row[Place("options", platform)] = options_cell(variant.get("options", {}))
    return row | _pictures(one.pictures)


def _count(value: int) -> str:
    """A number of which zero means that nothing was said."""
    return str(value) if value else ""


def _pictures(pictures: Sequence[Picture]) -> dict[Place, str]:
    """Files of one kind share a cell, a line each; one whose alternative text has lines of its own stands alone."""
    row: dict[Place, str] = {}
    for platform in dict.fromkeys(one.platform for one in pictures):
        for (names, alts), covers in zip(MEDIA_PAIRS, (False, True), strict=True):
            group = [one for one in pictures if one.platform == platform and (one.role == "cover") is covers]
            for place, cell in enumerate(_cells(group), 1):
                row[Place(names, platform, place)] = "\n".join(one.name for one in cell)
                row[Place(alts, platform, place)] = "\n".join(one.alt for one in cell)
    return row


def _cells(group: Sequence[Picture]) -> list[list[Picture]]:
    cells: list[list[Picture]] = []
    for one in group:
        alone = "\n" in one.alt
        if cells and not alone and "\n" not in cells[-1][-1].alt:
            cells[-1].append(one)
        else:
            cells.append([one])
    return cells
