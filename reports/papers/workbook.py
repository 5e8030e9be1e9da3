"""The summary as a workbook for those who reckon on: one sheet for a block, numbers as numbers, texts as texts.

Nothing a person typed can become a formula or a link, and what is missing is the text "-", so that no sum takes it
for a zero. Thousands and decimals follow the reader's own computer.
"""

import io
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from content.vietnamese import MISSING, day, local, weekday
from reports import told
from reports.phrases import METRIC_WORDS
from reports.summary import WeeklySummary

Sheet = Any
Cell = Any
"""str, int, float, an aware datetime, or None for what is missing."""
WHOLE, SIGNED, SHARE, MOMENT = "#,##0", "+#,##0;-#,##0;0", "0.00%", "hh:mm dd/mm/yyyy"
_LINE, _HEAD, _SHORT = "#BFB6C7", "#EFE7F4", "#FBE9E7"
_ADDRESS_MOST = 2_000
"""A spreadsheet refuses longer links."""
_TEXT_MOST = 32_000
_TALLEST = 400
"""Points of a row, nearly the most there may be."""
_HEAD_ROW = 2


class _Book:
    """One workbook being written: formats made once, every sheet set up to be printed on A4 across."""

    def __init__(self, summary: WeeklySummary) -> None:
        self.out = io.BytesIO()
        self.summary = summary
        self.book = xlsxwriter.Workbook(
            self.out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        created = summary.cutoff_at.replace(tzinfo=None)
        self.book.set_properties({"title": told.title(summary), "author": "", "created": created})
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._widths: dict[str, Sequence[float]] = {}
        self._lines: dict[tuple[str, int], int] = {}

    def style(self, **look: Any) -> Any:
        """The format that looks so."""
        facts = {
            "font_name": "Times New Roman", "font_size": 11, "valign": "top", "text_wrap": True, "border": 1,
            "border_color": _LINE,
        } | look  # fmt: skip
        key = tuple(sorted(facts.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(facts)
        return self._made[key]

    def sheet(self, name: str, title: str, widths: Sequence[float]) -> Sheet:
        """A sheet with its title, the week and the cut-off above the table."""
        made = self.book.add_worksheet(name)
        made.set_landscape()
        made.set_paper(9)
        made.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        made.set_footer(f"&L{told.title(self.summary)}&RTrang &P/&N")
        self._widths[name] = widths
        for column, width in enumerate(widths):
            made.set_column(column, column, width)
        made.write_string(0, 0, title, self.style(bold=True, font_size=14, border=0, text_wrap=False))
        under = f"{self.summary.label}. {told.cutoff(self.summary)}"
        made.write_string(1, 0, under, self.style(italic=True, border=0, text_wrap=False))
        return made

    def head(self, sheet: Sheet, row: int, names: Sequence[str]) -> None:
        """A header row, which stays in sight and is printed on every page."""
        for column, name in enumerate(names):
            self.title(sheet, row, column, name)
        sheet.repeat_rows(row)
        sheet.freeze_panes(row + 1, 0)

    def title(self, sheet: Sheet, row: int, column: int, name: str) -> None:
        """The head of a column."""
        sheet.write_string(row, column, name, self.style(bold=True, bg_color=_HEAD, align="center", valign="vcenter"))
        # bold words are wider
        self._grow(sheet, row, name, 0.75 * self._widths[sheet.name][column])

    def caption(self, sheet: Sheet, row: int, words: str) -> None:
        """What stands above a second table of a sheet."""
        sheet.write_string(row, 0, words, self.style(bold=True, border=0, text_wrap=False))

    def _grow(self, sheet: Sheet, row: int, words: str, width: float) -> None:
        """Make the row as high as these words need: not every program does so by itself."""
        lines = sum(max(1, len(textwrap.wrap(line, max(4, int(1.15 * width))))) for line in words.split("\n"))
        if lines > self._lines.get((sheet.name, row), 1):
            self._lines[sheet.name, row] = lines
            sheet.set_row(row, min(_TALLEST, 15.5 * lines))

    def write(self, sheet: Sheet, row: int, column: int, value: Cell, form: str = WHOLE, **look: Any) -> None:
        """One cell by what it is."""
        right = {"align": "right", **look}
        if value is None:
            sheet.write_string(row, column, MISSING, self.style(**right))
        elif isinstance(value, str):
            sheet.write_string(row, column, value[:_TEXT_MOST], self.style(**look))
            self._grow(sheet, row, value, self._widths[sheet.name][column])
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self.style(num_format=form, **right))
        else:
            at = local(value).replace(tzinfo=None, second=0, microsecond=0)
            sheet.write_datetime(row, column, at, self.style(num_format=MOMENT, align="center", **look))

    def note(self, sheet: Sheet, row: int, words: str) -> None:
        """A sentence below a table, as wide as the sheet."""
        widths = self._widths[sheet.name]
        look = self.style(italic=True, border=0)
        sheet.merge_range(row, 0, row, len(widths) - 1, "", look)
        # written apart: `merge_range` would make a formula of a text that looks like one
        sheet.write_string(row, 0, words[:_TEXT_MOST], look)
        self._grow(sheet, row, words, sum(widths))


def workbook(summary: WeeklySummary) -> bytes:
    """The workbook: seven sheets. The same summary gives the same cells."""
    book = _Book(summary)
    for write in _SHEETS:
        write(book, summary)
    book.book.close()
    return book.out.getvalue()


def _lead(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Tóm tắt", told.TITLE, (6, 120))
    book.head(sheet, _HEAD_ROW, ("Câu", "Nội dung"))
    for place, sentence in enumerate(summary.lead, 1):
        book.write(sheet, _HEAD_ROW + place, 0, place, align="center")
        book.write(sheet, _HEAD_ROW + place, 1, sentence)


def _channels(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Theo kênh", "Bảng theo kênh", (24, 9, 9, 9, 9, 9, 13, 12, 12, 11, 11, 10, 10, 12, 9))
    names = (
        "Kênh", "Số bài đăng", "± tuần", "Lỗi đăng", "Quá giờ", "Đã gỡ", "Chỉ số nền", "Tuần này", "Tuần trước",
        "± tuần",
        "Lượt tương tác", "± tuần", "Tỷ lệ tương tác", "Người theo dõi cuối tuần", "± tuần",
    )  # fmt: skip
    book.head(sheet, _HEAD_ROW, names)
    row = _HEAD_ROW
    for row, one in enumerate(summary.channels, _HEAD_ROW + 1):
        book.write(sheet, row, 0, one.title)
        cells = (
            (one.published.value, WHOLE), (one.published.change, SIGNED), (one.failed, WHOLE), (one.missed, WHOLE),
            (one.withdrawn, WHOLE),
            (one.base_label if one.base_metric else None, WHOLE), (one.base.value, WHOLE), (one.base.previous, WHOLE),
            (one.base.change, SIGNED), (one.engagement.value, WHOLE), (one.engagement.change, SIGNED),
            (one.rate, SHARE), (one.followers.value, WHOLE), (one.followers.change, SIGNED),
        )  # fmt: skip
        for column, (value, form) in enumerate(cells, 1):
            book.write(sheet, row, column, value, form)
    book.note(sheet, row + 1, told.NEVER_ADDED.partition(". ")[2])
    _days(book, sheet, summary, _by_hand(book, sheet, summary, row + 4))


def _by_hand(book: _Book, sheet: Sheet, summary: WeeklySummary, top: int) -> int:
    """What people copied from a console, apart from the figures that were read; the row below it."""
    rows = told.by_hand(summary)
    if not rows:
        return top
    title = "Số liệu nhập tay, không nằm trong các số trên"
    book.caption(sheet, top - 1, title)
    for row, (words, channel, label, value, where) in enumerate(rows, top):
        for column, cell in enumerate((words, channel, label, value, where)):
            book.write(sheet, row, column, cell)
    return top + len(rows) + 2


def _days(book: _Book, sheet: Sheet, summary: WeeklySummary, top: int) -> None:
    """Publications per channel and day with a chart of the sheet's own: our own counts, so they may stand together."""
    book.caption(sheet, top - 1, "Số bài đăng theo ngày")
    names = ["Kênh", *(f"{weekday(on, short=True)} {day(on)[:5]}" for on in summary.days)]
    for column, name in enumerate(names):
        book.title(sheet, top, column, name)
    for row, one in enumerate(summary.channels, top + 1):
        for column, value in enumerate((one.title, *one.per_day)):
            book.write(sheet, row, column, value)
    if not summary.channels:
        return
    chart = book.book.add_chart({"type": "column", "subtype": "stacked"})
    shades = ("#5A2A82", "#B1883A", "#9C84B5", "#1E6B45", "#855600", "#6B6472")
    for place in range(len(summary.channels)):
        row = top + 1 + place
        chart.add_series(
            {
                "name": [sheet.name, row, 0],
                "categories": [sheet.name, top, 1, top, 7],
                "values": [sheet.name, row, 1, row, 7],
                "fill": {"color": shades[place % len(shades)]},
                "gap": 60,
            }
        )
    chart.set_title({"name": "Số bài đăng theo kênh và theo ngày", "name_font": {"size": 12}})
    chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#DDD5E2"}}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 300})
    described = "; ".join(
        f"{one.title}: {', '.join(str(count) if count is not None else MISSING for count in one.per_day)}"
        for one in summary.channels
    )
    place = top + len(summary.channels) + 2
    sheet.insert_chart(place, 0, chart, {"description": f"Số bài đăng mỗi ngày. {described}"[:1_000]})


def _top(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Top", "Năm bài có nhiều tương tác nhất", (6, 46, 20, 17, 13, 12, 11, 30))
    names = (
        "Thứ tự",
        "Tiêu đề",
        "Kênh",
        "Đăng lúc",
        "Chỉ số nền",
        "Tiếp cận hoặc lượt xem",
        "Lượt tương tác",
        "Địa chỉ",
    )
    book.head(sheet, _HEAD_ROW, names)
    for row, post in enumerate(summary.top, _HEAD_ROW + 1):
        label = post.base_label if post.base_metric else None
        book.write(sheet, row, 0, row - _HEAD_ROW, align="center")
        cells = (told.title_of(post), post.channel, post.published_at, label, post.base, post.engagement)
        for column, value in enumerate(cells, 1):
            book.write(sheet, row, column, value)
        _address(book, sheet, row, len(cells) + 1, post.url)
    if not summary.top:
        book.note(sheet, _HEAD_ROW + 1, "Chưa có bài nào có lượt tương tác trong tuần.")


def _address(book: _Book, sheet: Sheet, row: int, column: int, url: str) -> None:
    """A link where it is one to the web and short enough, else the text."""
    if told.web_address(url) and len(url) <= _ADDRESS_MOST:
        sheet.write_url(row, column, url, book.style(font_color="#5A2A82", underline=1), url)
    else:
        book.write(sheet, row, column, url or None)


def _coverage(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Độ phủ", "Độ phủ nội dung", (7, 52, 11, 11, 13, 11, 11, 13))
    year = f"Năm {summary.period[:4]}"
    names = ("Điểm", "Nội dung", "Tuần này", "Tuần trước", "Mức tuần", "Còn thiếu", year, "Mức năm")
    book.head(sheet, _HEAD_ROW, names)
    row = _HEAD_ROW
    for row, line in enumerate(summary.coverage, _HEAD_ROW + 1):
        look = {"bg_color": _SHORT} if line.missing else {}
        cells = (
            line.letter, line.label, line.this_week, line.last_week, line.minimum, line.missing, line.this_year,
            line.year_minimum or None,
        )  # fmt: skip
        for column, value in enumerate(cells):
            book.write(sheet, row, column, value, **look)
    words = told.counted(summary.coverage) if summary.coverage else "Chưa nạp kế hoạch tuyên truyền."
    book.note(sheet, row + 1, words)
    _portal(book, sheet, summary, row + 4)


def _portal(book: _Book, sheet: Sheet, summary: WeeklySummary, top: int) -> None:
    lines = told.portal_lines(summary)
    if not lines:
        return
    title = "Từ cổng thông tin đến mạng xã hội"
    book.caption(sheet, top - 1, title)
    names = ("", "Nguồn", "Bài trên cổng", "Đã chia sẻ", "Tỷ lệ", "Trung vị (phút)", "90% (phút)")
    for column, name in enumerate(names[1:], 1):
        book.title(sheet, top, column, name)
    for row, line in enumerate(lines, top + 1):
        cells = (line.name, line.suggested, line.shared, line.share, line.median_minutes, line.p90_minutes)
        for column, value in enumerate(cells, 1):
            book.write(sheet, row, column, value, SHARE if column == 4 else WHOLE)


def _incidents(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Sự cố", "Sự cố", (36, 20, 17, 52, 28))
    book.head(sheet, _HEAD_ROW, ("Bài", "Kênh", "Giờ đăng", "Đã xảy ra", "Kết quả"))
    for row, one in enumerate(summary.incidents, _HEAD_ROW + 1):
        for column, value in enumerate(
            (one.title, one.channel, one.due_at, "\n".join((*one.happened, *one.done)), one.outcome)
        ):
            book.write(sheet, row, column, value)
    if not summary.incidents:
        book.note(sheet, _HEAD_ROW + 1, "Không có sự cố trong tuần.")


def _next_week(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Tuần tới", "Lịch tuần tới", (9, 13, *(15 for _ in summary.channels), 12))
    book.head(sheet, _HEAD_ROW, ("Thứ", "Ngày", *(one.title for one in summary.channels), "Tổng số"))
    row = _HEAD_ROW
    for row, on in enumerate(summary.next_week, _HEAD_ROW + 1):
        look = {} if on.total else {"bg_color": _SHORT}
        for column, value in enumerate((weekday(on.on), day(on.on), *on.per_channel, on.total)):
            book.write(sheet, row, column, value, **look)
    book.note(sheet, row + 1, told.empty_days(summary) or "Ngày nào cũng có bài.")
    book.note(sheet, row + 3, told.pending_told(summary))
    for place, title in enumerate(summary.pending, row + 4):
        book.note(sheet, place, title)


def _notes(book: _Book, summary: WeeklySummary) -> None:
    sheet = book.sheet("Ghi chú", "Ghi chú số liệu", (24, 20, 32, 10, 60))
    book.head(sheet, _HEAD_ROW, ("Kênh", "Chỉ số", "Tên của nền tảng", "Phiên bản", "Định nghĩa"))
    row = _HEAD_ROW
    for one in summary.channels:
        for name in one.names:
            row += 1
            words = METRIC_WORDS.get(name.metric, name.metric)
            for column, value in enumerate((one.title, words, name.name, name.version, name.definition)):
                book.write(sheet, row, column, value or None)
    row += 2
    for words in (*(f"{one.title}: {told.collected(one)}" for one in summary.channels), *told.notes(summary)):
        book.note(sheet, row, words)
        row += 1


_SHEETS: tuple[Callable[[_Book, WeeklySummary], None], ...] = (
    _lead, _channels, _top, _coverage, _incidents, _next_week, _notes,
)  # fmt: skip
