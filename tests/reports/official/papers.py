"""Official documents for tests, and Word files with one thing broken in them."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from lxml import etree
from PIL import Image

from reports.official.values import (
    Annex,
    Article,
    Block,
    Column,
    Dash,
    Heading,
    OfficialDocument,
    Paragraph,
    Picture,
    Point,
    Section,
    Table,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CUTOFF = datetime(2026, 10, 30, 10, tzinfo=UTC)
PLAN = "Kế hoạch số 481/KH-UBND ngày 29 tháng 12 năm 2022 của Ủy ban nhân dân tỉnh về tuyên truyền"


def heading(**changed: Any) -> Heading:
    """A department's report to the committee."""
    told: dict[str, Any] = {
        "parent": "Ủy ban nhân dân thành phố Huế", "issuer": "Sở Khoa học và Công nghệ", "symbol": "SKHCN",
        "place": "Huế", "dated": date(2026, 11, 1), "signing": ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "signer": "Lê Thị Lan",
        "subject": "Kết quả công tác tuyên truyền cải cách hành chính năm 2026", "basis": (PLAN,),
        "addressees": ("Ủy ban nhân dân thành phố Huế", "Sở Nội vụ"), "recipients": ("Các phòng thuộc Sở",),
        "archive": "VT, CĐS",
    }  # fmt: skip
    return Heading(**(told | changed))


def table(rows: int = 3) -> Table:
    """Counts by channel, some of them missing."""
    columns = (Column("STT", 0.5, True), Column("Nội dung", 3), Column("Lượt tiếp cận", 1, True))
    lines = tuple((n, f"Bài số {n} & <bài> khác", 1234 * n if n % 2 else None) for n in range(1, rows + 1))
    return Table("Kết quả theo bài", columns, lines, total=("", "Cộng", 4936), notes=("Ghi chú: “-” là chưa có.",))


def picture() -> Picture:
    """A grey square."""
    file = io.BytesIO()
    Image.new("L", (40, 20), 120).save(file, "PNG")
    return Picture(file.getvalue(), "Biểu đồ mười hai tháng", "Lượt đăng theo tháng", 100)


BODY: tuple[Block, ...] = (
    Section("Kết quả thực hiện"),
    Article("Kết quả chung"),
    Paragraph("Trong năm, công tác tuyên truyền được triển khai đồng bộ trên các kênh của đơn vị."),
    *(Point(mark, "Tuyên truyền về thủ tục hành chính và dịch vụ công trực tuyến.") for mark in "abcdđe"),
    table(),
    Article("Theo hình thức"),
    Dash("Fanpage: 1.234 lượt đăng;"),
    Section("Đề xuất, kiến nghị"),
    Paragraph("Trên đây là báo cáo của Sở Khoa học và Công nghệ."),
)


def document(**changed: Any) -> OfficialDocument:
    """A whole report: two annexes, one of them lying."""
    annexes = (Annex("Danh mục tin, bài", (table(),), landscape=True), Annex("Biểu đồ", (picture(),)))
    told: dict[str, Any] = {"heading": heading(), "blocks": BODY, "annexes": annexes, "cutoff_at": CUTOFF}
    return OfficialDocument(**(told | changed))


def read(content: bytes, name: str = "word/document.xml") -> Any:
    """A part of a Word file."""
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(name))


def changed(content: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """The Word file with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part == name:
                root = etree.fromstring(text)
                change(root)
                text = etree.tostring(root)
            new.writestr(part, text)
    return made.getvalue()


def paragraph(root: Any, words: str) -> Any:
    """The first paragraph with these words."""
    return next(one for one in root.iter(f"{W}p") if words in "".join(text.text or "" for text in one.iter(f"{W}t")))
