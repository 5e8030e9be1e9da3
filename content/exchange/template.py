"""The workbook that staff fill in: lists to choose from, a note on every column, one example."""

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from content.checks import FORMS
from content.errors import ContentError
from content.exchange.columns import COLUMNS, EXAMPLE_KEY, VARIANT_COLUMNS, Place, header_of
from content.exchange.tablefile import SHEET, column_of, lay_out, new_book, text_format, write_row
from content.exchange.values import LATE, NO, YES
from content.plan import LegalState, Plan
from content.store import write_new
from content.tags import KNOWN

NAME = "mau-nhap-bai.xlsx"
GUIDE, LISTS = "Hướng dẫn", "Danh mục"
ROWS = 500
"""Rows that are prepared with lists."""
_OWN_SHOWN = ("title", "summary", "text")
"""The columns of each platform that stand in the template; the guide names the others."""
_TITLE_MAX, _MESSAGE_MAX = 32, 255
_GUIDE_WIDTH = 90
_RULES = (
    "Mỗi dòng của trang “Bài đăng” là một bài. Thứ tự cột tùy ý; có thể bỏ cột không dùng.",
    "Cột có dấu * phải điền. Chỗ chưa biết thì để trong ngoặc vuông, như [tên đơn vị]: bài được nhập thành bản nháp, "
    "nhưng chưa trình duyệt được cho đến khi điền đủ.",
    "Chạy thử trước bằng: cchc library import TỆP --media THƯ-MỤC-ẢNH --dry-run. Máy nói rõ từng dòng, từng cột "
    "cần sửa và chưa ghi gì. Còn một dòng lỗi thì không dòng nào được nhập; muốn nhập riêng các dòng tốt, "
    "dùng --rows 2,5-9.",
    "Nhập lại cùng một tệp không tạo bài trùng: bài giống hệt thì giữ nguyên, bài đã sửa trở lại bản nháp. "
    "Với bài đã có: bảng thiếu cột nào thì bài giữ nguyên điều đó, ô để trống thì xóa hoặc trở lại mặc định.",
    "Không dùng công thức: ô có công thức bị từ chối, hãy dán dưới dạng giá trị. Không gộp ô.",
    "Lời, ảnh riêng cho một kênh ghi ở cột “tên kênh: tên cột”, như trong bảng dưới. Nhiều ảnh mà có văn bản thay thế "
    "dài nhiều dòng thì dùng cặp cột đánh số: “Ảnh/Video 2” và “Văn bản thay thế 2”.",
)  # fmt: skip


def write_template(path: Path, plan: Plan, platforms: Mapping[str, str], now: datetime) -> None:
    """Write the template; `platforms` are names with labels, `now` (aware) is when it says it was made.

    Raises `ContentError` when the file cannot be written, or is there already.
    """
    out = io.BytesIO()
    book = new_book(out, now, "Mẫu nhập bài đăng")
    columns = [Place(one.field) for one in COLUMNS]
    columns += [Place(field, platform) for platform in platforms for field in _OWN_SHOWN]
    posts = book.add_worksheet(SHEET)
    guide = book.add_worksheet(GUIDE)
    lists = _lists(book, plan, platforms)
    lay_out(book, posts, columns, starred=True)
    write_row(posts, 1, columns, _example(plan, platforms), text_format(book, quote_prefix=True))
    for index, place in enumerate(columns):
        _help(posts, index, place, lists)
        if place.field in ("valid_from", "valid_to", "repeat_until"):
            posts.set_column(index, index, 13, text_format(book, num_format="dd/mm/yyyy"))
    _guide(book, guide, platforms)
    book.close()
    if not write_new(path, out.getvalue()):
        raise ContentError(f"{path}: đã có tệp này; hãy đổi tên hoặc chọn tên khác.")


def _lists(book: xlsxwriter.Workbook, plan: Plan, platforms: Mapping[str, str]) -> dict[str, str]:
    """Write the sheet of lists; column of the posts -> the range to choose from."""
    sheet = book.add_worksheet(LISTS)
    head, cell = text_format(book, bold=True, bg_color="#EFE7F4"), text_format(book)
    legal = [one.code for one in plan.legal_refs if one.state is not LegalState.EXPIRED]
    choices = {
        "topic": [f"{one.letter}. {one.label}" for one in plan.topics],
        "form": list(FORMS.values()),
        "audiences": [one.label for one in plan.audiences],
        "platforms": list(platforms),
        "legal_refs": legal,
        "late_rule": list(LATE.values()),
        "tags": list(KNOWN.values()),
        **{field: [YES, NO] for field in ("sensitive", "evergreen", "allowed_in_pause")},
    }
    ranges = {}
    for index, (field, words) in enumerate(choices.items()):
        sheet.set_column(index, index, 30 if field in ("topic", "audiences", "legal_refs") else 18)
        sheet.write_string(0, index, header_of(Place(field)), head)
        for row, word in enumerate(words, 1):
            sheet.write_string(row, index, word, cell)
        letter = xlsxwriter.utility.xl_col_to_name(index)
        ranges[field] = f"='{LISTS}'!${letter}$2:${letter}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    return ranges


def _help(sheet: xlsxwriter.worksheet.Worksheet, index: int, place: Place, lists: Mapping[str, str]) -> None:
    """What a cell says when it is entered, and what may be chosen there."""
    facts: dict[str, Any] = {
        "validate": "any",
        "input_title": header_of(place)[:_TITLE_MAX],
        "input_message": column_of(place).note[:_MESSAGE_MAX],
    }
    if source := "" if place.platform else lists.get(place.field, ""):
        several = place.field in ("audiences", "platforms", "legal_refs", "tags")
        facts |= {"validate": "list", "source": source, "show_error": not several, "ignore_blank": True,
                  "error_title": "Chưa có trong danh sách", "error_message": "Hãy chọn trong danh sách."}  # fmt: skip
    sheet.data_validation(1, index, ROWS, index, facts)


def _example(plan: Plan, platforms: Mapping[str, str]) -> dict[Place, str]:
    topic = next((one for one in plan.topics if one.letter == "d"), plan.topics[0])
    first = next(iter(platforms), "")
    row = {
        "key": EXAMPLE_KEY,
        "title": "Giữ giấy hẹn để biết ngày nhận kết quả",
        "body": "Có giấy hẹn trong tay, bà con biết khi nào đến lấy kết quả.\n\n"
        "Mời bà con đến [tên bộ phận một cửa] để được hướng dẫn.\n\nNguồn: [tên cổng thông tin].",
        "topic": f"{topic.letter}. {topic.label}",
        "form": FORMS["van_ban"],
        "audiences": plan.audiences[-1].label if plan.audiences else "",
        "source": "[tên cổng thông tin hoặc số văn bản]",
        "hashtags": "CCHC; MotCua",
        "platforms": "; ".join(platforms),
        "image": "giay-hen.png",
        "alt": "Một tờ giấy hẹn có mã hồ sơ và ngày trả kết quả.",
        "sensitive": NO,
        "evergreen": YES,
    }
    return {Place(field): text for field, text in row.items()} | (
        {Place("title", first): "Giấy hẹn: giữ kỹ, đến đúng ngày"} if first else {}
    )


def _guide(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, platforms: Mapping[str, str]) -> None:
    title, head = text_format(book, bold=True, font_size=14), text_format(book, bold=True, bg_color="#EFE7F4")
    cell = text_format(book)
    lines = [(f"{place}.", words) for place, words in enumerate(_RULES, 1)]
    lines += [("", ""), ("Cột", "Cách ghi")]
    lines += [(f"{one.header}{' *' if one.required else ''}", f"{one.note} (Tên khác: {one.field})") for one in COLUMNS]
    lines += [
        (header_of(Place(own.field, platform)), f"{label}: {own.note[0].lower()}{own.note[1:]}")
        for platform, label in platforms.items()
        for own in VARIANT_COLUMNS
    ]
    sheet.set_column(0, 0, 34, cell)
    sheet.set_column(1, 1, _GUIDE_WIDTH, cell)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "Cách điền", title)
    sheet.set_row(0, 20)
    for row, line in enumerate(lines, 1):
        for column, words in enumerate(line):
            sheet.write_string(row, column, words, head if line[0] == "Cột" else cell)
        sheet.set_row(row, 13.5 * -(-max(len(line[1]), 1) // _GUIDE_WIDTH))
