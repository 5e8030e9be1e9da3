"""What the columns are called: in Vietnamese as staff write them, or by the field's own name.

Headers are matched without case and marks, in any order; what stands in parentheses and a star for "must
be filled in" do not count. A column of one platform carries the platform's name first: "<platform>: tiêu đề".
Pictures may take several pairs of columns, numbered from 2: "Ảnh/Video 2", "Văn bản thay thế 2".
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from content.vietnamese import fold


@dataclass(frozen=True, slots=True)
class Column:
    """A column staff may fill in. `note` is what the template says about it, `width` in characters."""

    field: str
    header: str
    aliases: tuple[str, ...] = ()
    note: str = ""
    width: int = 16
    required: bool = False


COLUMNS = (
    Column("key", "Mã bài", ("ma", "ten bai"), "Chữ thường không dấu, số, gạch nối; như d-giu-giay-hen. "
           "Bỏ trống thì lấy chữ cái của điểm và tiêu đề; nên ghi để sau này sửa đúng bài.", 26),
    Column("title", "Tiêu đề", (), "Viết thường như câu văn, nên trong 90 ký tự.", 40, True),
    Column("body", "Nội dung", ("noi dung bai", "loi", "text"),
           "Chữ thường; xuống dòng trong ô bằng Alt+Enter. Dòng cuối ghi nguồn.", 60, True),
    Column("topic", "Điểm", ("diem noi dung", "noi dung tuyen truyen", "chu cai"),
           "Chữ cái của kế hoạch; chọn trong danh sách.", 22, True),
    Column("form", "Hình thức", (), "Chọn trong danh sách.", 16, True),
    Column("audiences", "Đối tượng", ("doi tuong tuyen truyen",),
           "Một hay nhiều đối tượng, cách nhau bằng dấu chấm phẩy.", 24, True),
    Column("source", "Nguồn", ("nguon chinh thong",),
           "Số văn bản, cơ quan ban hành hoặc trang đăng gốc.", 30, True),
    Column("source_url", "Địa chỉ nguồn", ("dia chi bai goc", "lien ket nguon", "link nguon"),
           "Viết đủ https://…; bắt buộc với bài chia sẻ liên kết.", 30),
    Column("legal_refs", "Văn bản", ("van ban trich dan", "can cu"),
           "Số, ký hiệu văn bản được trích dẫn, cách nhau bằng dấu chấm phẩy.", 20),
    Column("hashtags", "Thẻ", ("hashtag", "the hashtag"), "Không cần dấu #; cách nhau bằng dấu chấm phẩy.", 24),
    Column("platforms", "Kênh", ("nen tang", "kenh dang", "platform"),
           "Một hay nhiều kênh, cách nhau bằng dấu chấm phẩy.", 20, True),
    Column("image", "Ảnh/Video", ("anh", "video", "anh hoac video", "tep", "media", "assets"),
           "Tên tệp trong thư mục ảnh, mỗi tệp một dòng. Tệp .yml là infographic: vẽ cả ảnh dọc và ảnh bìa ngang.",
           26),
    Column("alt", "Văn bản thay thế", ("alt", "mo ta anh"),
           "Tả ảnh cho người không nhìn thấy; nhiều ảnh thì mỗi ảnh một dòng, theo thứ tự.", 36),
    Column("cover", "Ảnh bìa", ("anh dai dien",), "Tên tệp ảnh ngang làm ảnh đại diện, nếu có.", 20),
    Column("cover_alt", "Văn bản thay thế ảnh bìa", ("alt anh bia", "mo ta anh bia"), "Tả ảnh bìa.", 30),
    Column("valid_from", "Hiệu lực từ", ("tu ngay",), "Ngày viết như 31/12/2026; bỏ trống: đăng được ngay.", 13),
    Column("valid_to", "Hiệu lực đến", ("den ngay", "het han"), "Ngày cuối còn đăng được; bỏ trống: không hạn.", 13),
    Column("sensitive", "Nhạy cảm", (), "Có hoặc Không; bỏ trống: Không.", 10),
    Column("evergreen", "Dùng lại được", ("dung lai",), "Có hoặc Không; bỏ trống: Có.", 10),
    Column("allowed_in_pause", "Được đăng khi tạm dừng", ("dang khi tam dung",),
           "Có hoặc Không; bỏ trống: Không. Chỉ dành cho tin cảnh báo.", 12),
    Column("late_rule", "Khi quá giờ", ("qua gio", "late.rule"),
           "Bỏ qua: quá số phút thì thôi. Chuyển khung giờ: quá số phút thì sang khung giờ trống kế tiếp. "
           "Vẫn đăng: muộn mấy cũng đăng.", 12),
    Column("late_minutes", "Số phút được trễ", ("so phut tre", "late.minutes"), "Bỏ trống: 180.", 10),
    Column("tags", "Nhãn", ("nhan bai", "tag"), "Thông báo, cảnh báo, cuộc thi…, cách nhau bằng dấu chấm phẩy; nhãn "
           "riêng viết chữ thường không dấu, như mua-lu. Ngày nghỉ và tạm dừng theo nhãn.", 22),
    Column("season", "Mùa trong năm", ("mua", "mua dang"), "Ngày/tháng đầu và cuối, như 01/9 - 15/12; "
           "bỏ trống: cả năm.", 16),
    Column("repeat_days", "Đăng lại sau số ngày", ("cach so ngay",), "Số ngày tối thiểu giữa hai lần trên một kênh; "
           "bỏ trống: theo cấu hình của cơ quan.", 12),
    Column("repeat_most", "Số lần đăng tối đa", ("so lan",), "Số lần trên một kênh; bỏ trống: không giới hạn.", 12),
    Column("repeat_until", "Đăng lại đến ngày", (), "Ngày cuối còn đăng lại; bỏ trống: không hạn.", 13),
    Column("series", "Loạt bài", ("ten loat bai", "series.name"), "Tên chung của các phần; "
           "các phần đăng theo thứ tự.", 24),
    Column("series_part", "Phần", ("phan so", "so phan"), "Là phần mấy của loạt bài, từ 1.", 8),
)  # fmt: skip

VARIANT_COLUMNS = (
    Column("title", "tiêu đề", (), "Tiêu đề riêng cho kênh này.", 36),
    Column("summary", "tóm tắt", (), "Đoạn tóm tắt riêng.", 36),
    Column("text", "nội dung", ("loi", "body"), "Lời riêng cho kênh này.", 48),
    Column("link", "liên kết", (), "Địa chỉ mở ra khi bấm.", 24),
    Column("first_comment", "bình luận đầu", ("binh luan dau tien",), "Đăng ngay sau khi bài hiện.", 30),
    Column("options", "tùy chọn", (), "Mỗi dòng một tùy chọn, như tên: giá trị.", 24),
    Column("image", "ảnh/video", ("anh", "video"), "Tệp chỉ dùng cho kênh này.", 24),
    Column("alt", "văn bản thay thế", (), "Tả ảnh chỉ dùng cho kênh này.", 30),
    Column("cover", "ảnh bìa", ("anh dai dien",), "Ảnh bìa chỉ dùng cho kênh này.", 20),
    Column("cover_alt", "văn bản thay thế ảnh bìa", ("alt anh bia",), "Tả ảnh bìa của kênh này.", 30),
)  # fmt: skip
EXAMPLE_KEY = "vi-du-xin-xoa-dong-nay"
"""The key of the template's example; a row that has it is no post."""
VARIANT_TEXTS = ("title", "summary", "text", "link", "first_comment")
MEDIA = ("image", "alt", "cover", "cover_alt")
"""The columns that may be numbered."""
MEDIA_PAIRS = (("image", "alt"), ("cover", "cover_alt"))
_MEDIA_PLACES_MAX = 20


class Place(NamedTuple):
    """What a column is for: a field, of one platform or of all (""), and its number."""

    field: str
    platform: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Header:
    """The header row, understood: column index -> place, and what was not understood."""

    columns: dict[int, Place]
    names: dict[Place, str]
    """As the file itself calls them."""
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]
    width: int

    def name(self, place: Place) -> str:
        """What to call a column before the person who wrote the file: as they did, or a neighbour that is there."""
        near = (name for one, name in self.names.items() if one.platform == place.platform != "")
        return self.names.get(place) or next(near, header_of(place))


def plain(header: str) -> str:
    """A header without what does not count: case, marks, signs, parentheses."""
    return re.sub(r"[\W_]+", " ", fold(re.sub(r"\([^)]*\)", " ", header))).strip()


def _by_name(columns: Sequence[Column]) -> dict[str, str]:
    return {plain(name): one.field for one in columns for name in (one.header, one.field, *one.aliases)}


_SHARED, _OWN = _by_name(COLUMNS), _by_name(VARIANT_COLUMNS)
_BY_FIELD = {column.field: column for column in COLUMNS}
_OWN_BY_FIELD = {column.field: column for column in VARIANT_COLUMNS}


def header_of(place: Place) -> str:
    """The header we write for a place."""
    column = (_OWN_BY_FIELD if place.platform else _BY_FIELD).get(place.field)
    if column is None:
        return place.field
    number = f" {place.number}" if place.number > 1 else ""
    return f"{place.platform}: {column.header}{number}" if place.platform else f"{column.header}{number}"


def place_of(header: str, platforms: Collection[str]) -> Place | None:
    """What a header means; None when it means nothing to us."""
    platform, sign, rest = re.sub(r"^variants\.", "", fold(header)).partition(":")
    if not sign:
        platform, sign, rest = platform.partition(".")
    if sign and platform.strip() in platforms:
        return _field(rest, _OWN, platform.strip())
    return _field(header, _SHARED, "")


def _field(header: str, names: dict[str, str], platform: str) -> Place | None:
    name = plain(header)
    if field := names.get(name):
        return Place(field, platform)
    bare, _, number = name.rpartition(" ")
    field = names.get(bare, "")
    if field in MEDIA and number.isdecimal() and 1 <= int(number[:4]) <= _MEDIA_PLACES_MAX:
        return Place(field, platform, int(number))
    return None


def known(headers: Sequence[str]) -> int:
    """How many of these texts are headers of ours: how a header row, a sheet, a delimiter are told."""
    return len({field for header in headers if header and (field := _SHARED.get(plain(header)))})


def is_header(headers: Sequence[str]) -> bool:
    """Whether a row is the head of a table of posts, and not of a list that borrows some of our words."""
    names = {plain(header) for header in headers if header}
    return all(any(_SHARED.get(name) == field for name in names) for field in ("title", "body"))


class Kind(NamedTuple):
    """What tables of one kind are told by: how many texts are headers of it, and whether a row is its head."""

    known: Callable[[Sequence[str]], int]
    is_header: Callable[[Sequence[str]], bool]


POSTS = Kind(known, is_header)


def understand(headers: Sequence[str], platforms: Collection[str]) -> Header:
    """The header row of a table; columns without a header are told only when something stands in them."""
    columns: dict[int, Place] = {}
    names: dict[Place, str] = {}
    unknown: list[str] = []
    doubled: list[str] = []
    for index, header in enumerate(headers):
        if not header:
            continue
        place = place_of(header, platforms)
        if place is None:
            unknown.append(header)
        elif place in names:
            doubled.append(header)
        else:
            columns[index], names[place] = place, header
    return Header(columns, names, tuple(unknown), tuple(doubled), len(headers))


def missing(header: Header) -> list[str]:
    """The headers every table must have and this one has not."""
    return [one.header for one in COLUMNS if one.required and Place(one.field) not in header.names]


def place_of_finding(field: str) -> Place:
    """Where in a table the field of a check's finding stands: "variants.<platform>.title", "late.minutes"."""
    first, *rest = re.split(r"[.,]", field)
    if first == "variants" and rest:
        return Place(rest[1] if len(rest) > 1 else "text", rest[0])
    if first in ("late", "repeat", "series") and rest:
        return Place("series" if rest[0] == "name" else f"{first}_{rest[0]}")
    return Place("image" if first == "assets" else first)
