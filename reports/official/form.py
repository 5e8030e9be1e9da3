"""The form of an official document as numbers: every measure of domain 3.1, R1 to R34, in one place.

Source of all of them: Nghị định 30/2020/NĐ-CP, Phụ lục I (phần, mục beside each rule) and Mẫu 1.4 of Phụ lục III. Where
the decree gives a span, both ends stand here beside what we write. Nothing else in the code holds a measure: the Word
file, the preview and the checker read them here. Lengths are in millimetres, sizes of letters in points.
"""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as staff read it, and where it comes from: a heading of Phụ lục I, part I, unless another is named."""

    code: str
    words: str
    source: str


RULES = tuple(
    Rule(*one)
    for one in (
        ("R1", "Khổ giấy A4, chiều đứng; chỉ phụ lục, bảng mới để ngang", "I.1, I.2"),
        ("R2", "Lề trên, lề dưới 20-25 mm; lề trái 30-35 mm; lề phải 15-20 mm", "I.3"),
        ("R3", "Phông Times New Roman, Unicode, màu đen ở mọi chữ", "I.4"),
        ("R4", "Số trang: chữ số Ả Rập, giữa lề trên, cỡ 13-14, không hiện ở trang đầu", "I.7"),
        ("R5", "Quốc hiệu: chữ in hoa, cỡ 12-13, đứng, đậm", "II.1"),
        ("R6", "Tiêu ngữ: chữ in thường, cỡ 13-14, đứng, đậm, canh giữa dưới Quốc hiệu", "II.1"),
        ("R7", "Dưới Tiêu ngữ có đường kẻ liền, dài bằng dòng chữ, không gạch chân", "II.1"),
        ("R8", "Quốc hiệu và Tiêu ngữ cách nhau dòng đơn", "II.1"),
        ("R9", "Cơ quan chủ quản: chữ in hoa, cỡ 12-13, đứng, không đậm", "II.2"),
        ("R10", "Cơ quan ban hành: chữ in hoa, cỡ 12-13, đứng, đậm, canh giữa", "II.2"),
        ("R11", "Dưới tên cơ quan có đường kẻ liền, dài 1/3-1/2 dòng chữ", "II.2"),
        ("R12", "Số, ký hiệu: cỡ 13, đứng, canh giữa; số dưới 10 có số 0 ở trước", "II.3"),
        ("R13", "Địa danh, thời gian: cỡ 13-14, nghiêng, cùng dòng với số, ký hiệu", "II.4"),
        ("R14", "Tên loại văn bản: chữ in hoa, cỡ 13-14, đứng, đậm, canh giữa", "II.5"),
        ("R15", "Trích yếu: chữ in thường, cỡ 13-14, đứng, đậm, canh giữa", "II.5"),
        ("R16", "Dưới trích yếu có đường kẻ liền, dài 1/3-1/2 dòng chữ", "II.5"),
        ("R17", "Kính gửi: cỡ 13-14, đứng; nhiều nơi thì mỗi nơi một dòng gạch đầu dòng", "II.9"),
        ("R18", "Căn cứ: cỡ 13-14, nghiêng, hết dòng có dấu “;”, dòng cuối dấu “.”", "II.6"),
        ("R19", "Nội dung: cỡ 13-14, đứng, canh đều, lùi đầu dòng, cách đoạn, cách dòng", "II.6"),
        ("R20", "Viện dẫn lần đầu đủ tên loại, số, ký hiệu, thời gian, cơ quan ban hành", "II.6"),
        ("R21", "Phần, mục: số La Mã, chữ in hoa, cỡ 13-14, đứng, đậm", "II.6"),
        ("R22", "Khoản có tiêu đề thì đậm; điểm theo thứ tự chữ cái tiếng Việt", "II.6"),
        ("R23", "Hết nội dung có dấu “./.”", "II.6"),
        ("R24", "Quyền hạn, chức vụ người ký: chữ in hoa, cỡ 13-14, đứng, đậm, canh giữa", "II.7"),
        ("R25", "Họ và tên người ký: chữ in thường, cỡ 13-14, đứng, đậm, không ghi học vị", "II.7"),
        ("R26", "Chừa chỗ ký, đóng dấu; không có sẵn hình chữ ký, con dấu", "II.7, II.8"),
        ("R27", "“Nơi nhận:” cỡ 12, nghiêng, đậm, bên trái, ngang hàng chức vụ người ký", "II.9"),
        ("R28", "Danh sách nơi nhận: cỡ 11, đứng, gạch đầu dòng, dòng cuối “Lưu: VT”", "II.9"),
        ("R29", "Phụ lục: tiêu đề, chỉ dẫn kèm theo đúng mẫu, số trang riêng", "III.1"),
        ("R30", "Bảng: cỡ 11-13, tiêu đề lặp lại ở mỗi trang, số canh phải, viết kiểu Việt Nam", "Mẫu 1.4 Phụ lục III"),
        ("R31", "Phần đầu trang là bảng hai cột không viền, khoảng 40/60", "I.6"),
        ("R32", "Chỉ màu đen; không lô-gô, không nền, hình chỉ ở phụ lục", "I.4"),
        ("R33", "Viết hoa đúng quy định", "Phụ lục II"),
        ("R34", "Ngôn ngữ tiếng Việt; thuộc tính tệp ghi tên văn bản, cơ quan, không ghi tên người", "nội bộ"),
    )
)  # fmt: skip

MM_PER_POINT = 25.4 / 72

# R1
PAPER_MM = (210.0, 297.0)
PAPER_SLACK_MM = 0.6
"""Word rounds a sheet to twentieths of a point."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A margin: what we write and the decree's span."""

    written: float
    least: float
    most: float


# R2
MARGINS_MM = {"top": Edge(20, 20, 25), "bottom": Edge(20, 20, 25), "left": Edge(30, 30, 35), "right": Edge(20, 15, 20)}

# R3, R32, R34
FONT = "Times New Roman"
BLACK = "000000"
LANGUAGE = "vi-VN"

# R4
PAGE_NUMBER_FROM_EDGE_MM = 10.0

# R7, R11, R16
RULE_THICKNESS_PT = 0.75
RULE_HEIGHT_PT = 3.0
"""The empty line that carries a rule."""
FULL_RULE = (0.85, 1.15)
"""R7: "as long as the line", as a share of it, with what measuring by hand allows."""
SHORT_RULE = (1 / 3, 1 / 2)
"""R11, R16."""
RULE_SLACK = 0.05
ISSUER_RULE = 1 / 2 - 0.04
"""R11, of the name's longest line; a little under the most, so that another face of the same letters stays within."""
SUBJECT_RULE = 1 / 3 + 0.04
"""R16."""

# R31, with R5 and R6
HEAD_SIZES = ((13.0, 14.0), (12.0, 13.0))
"""(Quốc hiệu and names of bodies, tiêu ngữ and date): the first pair that lets the issuer stand on one line."""
HEAD_SHARE = 0.40
HEAD_SHARES = (0.36, 0.47)
"""What still counts as "about 40/60"."""
HEAD_SPARE = 0.01
"""What is left free beside quốc hiệu, as a share of the line."""
HEAD_ROW_GAP_PT = 6.0
SIGNING_SHARE = 0.47
"""R24: where the right block begins at the foot."""

# R12, R13, R29: room for what is written by hand or by the document system
BLANK_NUMBER = "\u00a0" * 6
BLANK_DAY = "\u00a0" * 6

# R19, R22
INDENTS_MM = (10.0, 12.7)
INDENT_SLACK_MM = 0.4
GAP_LEAST_PT = 6.0
LINES = (1.0, 1.5)
SINGLE_LINE = 1.15
"""How high a single line of the face is, in its size; for documents with exact line heights."""
INDENT_MM = 12.7

# R22
POINT_ORDER = "abcdđeghiklmnopqrstuvxy"

# R23
END = "./."

# R26
BLANK_LINES = 5


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of paragraph looks: what we write, and the least and most size of the decree."""

    rule: str
    size: float
    sizes: tuple[float, float]
    bold: bool = False
    italic: bool = False
    align: str = "both"
    """left, center, right or both."""
    indent_mm: float = 0.0
    """Of the first line; negative: it hangs out to the left."""
    left_mm: float = 0.0
    before_pt: float = 0.0
    after_pt: float = 0.0
    line: float = 1.0
    keep_next: bool = False


def _body(rule: str, *, bold: bool = False, italic: bool = False, keep_next: bool = False) -> Look:
    """A paragraph of the body: R19 but for its letters."""
    return Look(rule, 14, (13, 14), bold, italic, indent_mm=INDENT_MM, before_pt=6.0, line=1.15, keep_next=keep_next)


_LIST_MM, _HANG_MM = 42.0, 3.2

LOOKS = {
    "page_number": Look("R4", 13, (13, 14), align="center"),
    "country": Look("R5", 13, (12, 13), bold=True, align="center"),
    "motto": Look("R6", 14, (13, 14), bold=True, align="center"),
    "rule": Look("R7", 2, (1, 14), align="center"),
    "parent": Look("R9", 13, (12, 13), align="center"),
    "issuer": Look("R10", 13, (12, 13), bold=True, align="center"),
    "number": Look("R12", 13, (13, 13), align="center", before_pt=HEAD_ROW_GAP_PT),
    "dated": Look("R13", 14, (13, 14), italic=True, align="center", before_pt=HEAD_ROW_GAP_PT),
    "kind": Look("R14", 14, (13, 14), bold=True, align="center", before_pt=18, keep_next=True),
    "subject": Look("R15", 14, (13, 14), bold=True, align="center", keep_next=True),
    "to": Look("R17", 14, (13, 14), align="center", before_pt=12, after_pt=6),
    "to_several": Look("R17", 14, (13, 14), align="left", left_mm=_LIST_MM - 8, before_pt=12, keep_next=True),
    "addressee": Look("R17", 14, (13, 14), align="left", left_mm=_LIST_MM + _HANG_MM, indent_mm=-_HANG_MM),
    "basis": _body("R18", italic=True),
    "body": _body("R19"),
    "dash": _body("R19"),
    "section": _body("R21", bold=True, keep_next=True),
    "article": _body("R22", bold=True, keep_next=True),
    "point": _body("R22"),
    "caption": Look("R30", 13, (11, 14), bold=True, align="center", before_pt=6, after_pt=6, keep_next=True),
    "head_cell": Look("R30", 12, (11, 13), bold=True, align="center", before_pt=1, after_pt=1),
    "cell": Look("R30", 12, (11, 13), align="left", before_pt=1, after_pt=1),
    "number_cell": Look("R30", 12, (11, 13), align="right", before_pt=1, after_pt=1),
    "total_cell": Look("R30", 12, (11, 13), bold=True, align="left", before_pt=1, after_pt=1),
    "total_number_cell": Look("R30", 12, (11, 13), bold=True, align="right", before_pt=1, after_pt=1),
    "note": Look("R30", 12, (11, 13), italic=True, before_pt=2, after_pt=2),
    "picture": Look("R32", 13, (11, 14), align="center", before_pt=6, keep_next=True),
    "picture_caption": Look("R32", 13, (11, 14), italic=True, align="center", after_pt=6),
    "position": Look("R24", 14, (13, 14), bold=True, align="center"),
    "space": Look("R26", 14, (13, 14), align="center"),
    "signer": Look("R25", 14, (13, 14), bold=True, align="center"),
    "recipients": Look("R27", 12, (12, 12), bold=True, italic=True, align="left"),
    "recipient": Look("R28", 11, (11, 11), align="left"),
    "annex": Look("R29", 14, (14, 14), bold=True, align="center", keep_next=True),
    "annex_title": Look("R29", 14, (13, 14), bold=True, align="center", keep_next=True),
    "annex_of": Look("R29", 14, (13, 14), italic=True, align="center", after_pt=12, keep_next=True),
    "gap": Look("R19", 2, (1, 14), align="left"),
}
"""By kind of paragraph; the names are the styles of the Word file and of the preview's template."""

TABLE_BORDER_PT = 0.5
CELL_PADDING_MM = 1.5
CELL_SPARE_MM = 0.6
"""Beside the longest word of a column, for borders and for the roundings of whoever prints."""
FOOT_GAP_PT = 12.0
"""Between the body and the block with the signature."""
PREVIEW_MARK_PT = 8.0
"""The words below the text of a preview."""
STYLE_NAMES = {
    "page_number": "Số trang", "country": "Quốc hiệu", "motto": "Tiêu ngữ", "rule": "Đường kẻ",
    "parent": "Cơ quan chủ quản", "issuer": "Cơ quan ban hành", "number": "Số và ký hiệu",
    "dated": "Địa danh và thời gian", "kind": "Tên loại văn bản", "subject": "Trích yếu",
    "to": "Kính gửi", "to_several": "Kính gửi nhiều nơi",
    "addressee": "Nơi kính gửi", "basis": "Căn cứ", "body": "Nội dung", "dash": "Gạch đầu dòng", "section": "Mục",
    "article": "Khoản", "point": "Điểm", "caption": "Tên bảng", "head_cell": "Tiêu đề cột", "cell": "Ô bảng",
    "number_cell": "Ô số", "total_cell": "Ô tổng", "total_number_cell": "Ô số tổng", "note": "Ghi chú bảng",
    "picture": "Hình", "picture_caption": "Tên hình", "position": "Chức vụ người ký", "space": "Chỗ ký",
    "signer": "Họ tên người ký", "recipients": "Nơi nhận", "recipient": "Tên nơi nhận", "annex": "Phụ lục",
    "annex_title": "Tên phụ lục", "annex_of": "Kèm theo", "gap": "Khoảng cách",
}  # fmt: skip
"""The styles' names in Word's list, for whoever mends the document by hand; a comma would begin a second name."""

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
RECIPIENTS = "Nơi nhận:"

_WIDTHS = {
    250: " ,.\u00a0", 278: "/il", 333: "-()fjt:;", 389: "Is", 444: "cerz", 500: "agovxyJ0123456789“”–",
    556: "bdđhknpquS", 611: "FP", 667: "BELTZ", 722: "ACDĐNRUVXYw", 778: "GHKOQ", 833: "m&", 944: "M", 1000: "W",
}  # fmt: skip
_ADVANCE = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
"""Advance widths of the bold face, in thousandths of its size; marks add nothing but the horn of Ơ and Ư."""
_OTHER, _HORN = 600, 60


def width_mm(text: str, size: float) -> float:
    """How long a line of bold letters is at this size; close enough to place a rule and to see that a name wraps."""
    total = 0
    for letter in unicodedata.normalize("NFD", text):
        if letter == "\u031b":
            total += _HORN
        elif not unicodedata.combining(letter):
            total += _ADVANCE.get(letter, _OTHER)
    return total / 1000 * size * MM_PER_POINT
