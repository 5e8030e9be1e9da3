"""What the office does outside the networks, as data: kinds of activities and what is counted of each.

A kind belongs to a form of the plan (section II.2), to a point of the annual report (section II.3) and to a column of
its tables. What it counts as in those columns is one for each activity, or the sum of the figures in `counted`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted of an activity: the name of the figure, what staff call it, its unit."""

    name: str
    label: str
    unit: str


FIGURES = {
    one.name: one
    for one in (
        Counted("classes", "Số lớp", "lớp"),
        Counted("sessions", "Số cuộc", "cuộc"),
        Counted("rounds", "Số kỳ, đợt", "kỳ"),
        Counted("shows", "Số buổi diễn", "buổi"),
        Counted("people", "Số lượt người", "lượt người"),
        Counted("entries", "Số bài dự thi", "bài dự thi"),
        Counted("news", "Số tin", "tin"),
        Counted("articles", "Số bài", "bài"),
        Counted("features", "Số phóng sự", "phóng sự"),
        Counted("columns", "Số chuyên trang, chuyên mục", "chuyên mục"),
        Counted("items", "Số tin, bài", "tin, bài"),
        Counted("questions", "Số câu hỏi nhận được", "câu hỏi"),
        Counted("answered", "Số câu hỏi đã trả lời", "câu trả lời"),
        Counted("titles", "Số ấn phẩm", "ấn phẩm"),
        Counted("copies", "Số bản in", "bản"),
        Counted("places", "Số cơ quan được kiểm tra", "cơ quan"),
        Counted("shortcomings", "Số thiếu sót đã nhắc", "thiếu sót"),
    )
}
"""Every figure that an activity may have, by its name in `Activity.figures`."""


class Column(StrEnum):
    """The column of the report's tables in which a kind is counted, beside the networks (domain 3.3, table 1)."""

    PORTAL = "portal"
    PRESS = "press"
    DIRECT = "direct"


COLUMN_WORDS = {
    Column.PORTAL: "Cổng, Trang thông tin điện tử",
    Column.PRESS: "Báo chí",
    Column.DIRECT: "Trực tiếp",
}


@dataclass(frozen=True, slots=True)
class ActivityKind:
    """One kind of activity."""

    code: str
    label: str
    covers: str
    """What belongs to it, for whoever chooses."""
    form: str
    """The letter of the plan's form; empty: none of them, whoever logs it says which."""
    outline: str
    """Where the annual report tells it, such as "II.3.a"; empty: nowhere but in the list of activities."""
    column: Column | None
    """None: it is counted in no column of the tables by topic."""
    figures: tuple[str, ...]
    """Names in `FIGURES`: what is asked for, in this order."""
    counted: tuple[str, ...] = ()
    """Their sum is what one activity counts as; none of them told, or none named: it counts as one."""
    press: bool = False
    """Whether outlet and tone are asked for."""

    def counts_as(self, figures: Mapping[str, int]) -> int:
        """How many items an activity with these figures is in the report's tables."""
        told = [figures[name] for name in self.counted if name in figures]
        return sum(told) if told else 1


KINDS = {
    one.code: one
    for one in (
        ActivityKind(
            "tap_huan", "Tập huấn, bồi dưỡng", "Lớp tập huấn, bồi dưỡng về cải cách hành chính.",
            "a", "II.3.a", Column.DIRECT, ("classes", "people"), ("classes",),
        ),
        ActivityKind(
            "hoi_nghi", "Hội nghị, hội thảo", "Hội nghị, hội thảo có lồng ghép cải cách hành chính.",
            "a", "II.3.a", Column.DIRECT, ("sessions", "people"), ("sessions",),
        ),
        ActivityKind(
            "tuyen_dung", "Tuyển dụng, đào tạo công chức", "Đưa cải cách hành chính vào kỳ tuyển dụng, đào tạo.",
            "b", "II.3.b", Column.DIRECT, ("rounds", "people"), ("rounds",),
        ),
        ActivityKind(
            "san_khau", "Chương trình sân khấu", "Tiểu phẩm, chương trình sân khấu, văn nghệ.",
            "b", "II.3.b", Column.DIRECT, ("shows", "people"), ("shows",),
        ),
        ActivityKind(
            "cuoc_thi", "Cuộc thi", "Cuộc thi, hội thi tìm hiểu cải cách hành chính.",
            "b", "II.3.b", Column.DIRECT, ("entries", "people"),
        ),
        ActivityKind(
            "bao_chi", "Báo chí, phát thanh, truyền hình",
            "Tin, bài, phóng sự, chuyên trang, chuyên mục trên báo, đài.",
            "c", "II.3.c", Column.PRESS, ("news", "articles", "features", "columns"),
            ("news", "articles", "features", "columns"), press=True,
        ),
        ActivityKind(
            "cong_ttdt", "Cổng, Trang thông tin điện tử",
            "Tin, bài trên Cổng, Trang thông tin điện tử mà phần mềm chưa đọc về.",
            "c", "II.3.c", Column.PORTAL, ("items",), ("items",),
        ),
        ActivityKind(
            "doi_thoai", "Đối thoại trực tuyến", "Đối thoại của lãnh đạo với người dân, doanh nghiệp.",
            "d", "II.3.d", Column.DIRECT, ("sessions", "questions", "answered"), ("sessions",),
        ),
        ActivityKind(
            "an_pham", "In ấn, phát hành ấn phẩm", "Sách, sổ tay, tờ rơi, pa-nô, áp phích được in và phát hành.",
            "đ", "II.3.đ", Column.DIRECT, ("titles", "copies"), ("titles",),
        ),
        ActivityKind(
            "kiem_tra", "Kiểm tra, đôn đốc",
            "Kiểm tra việc công khai thủ tục hành chính, việc tuyên truyền của cơ quan.",
            "", "I.1", None, ("places", "shortcomings"),
        ),
        ActivityKind(
            "so_ket_tong_ket", "Sơ kết, tổng kết", "Sơ kết, tổng kết công tác tuyên truyền cải cách hành chính.",
            "", "I.1", None, ("sessions", "people"), ("sessions",),
        ),
        ActivityKind(
            "khac", "Hoạt động khác", "Hoạt động trực tiếp chưa có trong các loại trên.",
            "", "", Column.DIRECT, ("people",),
        ),
    )
}  # fmt: skip
"""By code, in the order in which they are offered."""

KIND_NAMES = {one.code: one.label for one in KINDS.values()}
TONES = {"tich_cuc": "Tích cực", "can_chan_chinh": "Cần chấn chỉnh"}
"""Of a press item (domain I.1.c-1)."""
