"""A table of the coverage as files to hand on: CSV and XLSX, with what it is of written above it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

from content.exchange.values import harmless
from content.vietnamese import moment, number, percent
from reports.coverage import Coverage
from reports.coverage_table import Table

TITLE = "Ma trận độ phủ nội dung tuyên truyền cải cách hành chính"
_MARK = "\ufeff"
_GREY, _SHORT, _LINE = "#EFE7F4", "#FBE3DF", "#BFB6C7"


@dataclass(frozen=True, slots=True)
class Told:
    """The words above a table."""

    found: Coverage
    narrowed: Sequence[str] = ()
    """What it is narrowed to, such as "Kênh: Fanpage"."""

    def lines(self) -> list[str]:
        """The title, the span, what it is narrowed to, the cut-off, and how far the plan is fulfilled."""
        share = self.found.completion_told
        told = f"{percent(share, 1)} ({number(self.found.fulfilled)}/{number(self.found.planned)} lượt đăng)"
        return [
            TITLE,
            f"Kỳ: {self.found.span.label}",
            *self.narrowed,
            f"Số liệu chốt lúc {moment(min(self.found.cutoff, self.found.span.until))}",
            f"Hoàn thành kế hoạch: {told if share is not None else '-'}",
            "Đơn vị: lượt đăng (một bài trên một kênh một lần); cột “Số bài” đếm mỗi bài một lần.",
        ]


def as_csv(table: Table, told: Told) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet opens it as Vietnamese; an empty cell for what is not asked."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([[harmless(line)] for line in told.lines()])
    writer.writerow([])
    writer.writerows([[harmless(value) for value in line] for line in table.lines()])
    return (_MARK + out.getvalue()).encode("utf-8")


def as_xlsx(table: Table, told: Told) -> bytes:
    """One sheet, made to be printed across; numbers are numbers, words are words whatever they begin with."""
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **plain})
    book.set_properties({"title": TITLE, "author": "", "created": told.found.cutoff.replace(tzinfo=None)})
    sheet = book.add_worksheet("Độ phủ")
    head = book.add_format({"bold": True, "bg_color": _GREY, "border": 1, "border_color": _LINE, "text_wrap": True})
    usual = {"border": 1, "border_color": _LINE}
    plain_cell, short_cell = book.add_format(usual), book.add_format({**usual, "bg_color": _SHORT})
    foot = book.add_format({**usual, "bold": True})
    for place, words in enumerate(told.lines()):
        sheet.write_string(place, 0, words, book.add_format({"bold": place == 0}))
    begin = len(told.lines()) + 1
    short = [False, *(row.short for row in table.rows), False]
    lines = list(table.lines())
    for place, line in enumerate(lines):
        style = head if place == 0 else foot if place == len(lines) - 1 else short_cell if short[place] else plain_cell
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(begin + place, column, value, style)
            else:
                sheet.write_string(begin + place, column, value or "", style)
    words_at = next(place for place, value in enumerate(lines[0]) if value == table.corner)
    sheet.set_column(0, len(lines[0]) - 1, 11)
    sheet.set_column(words_at, words_at, 34)
    sheet.freeze_panes(begin + 1, words_at + 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(begin)
    book.close()
    return out.getvalue()
