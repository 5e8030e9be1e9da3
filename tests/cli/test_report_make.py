"""`cchc report`: a report is made with its documents, and listed; `check` has tests of its own."""

import pytest

from tests.cli.conftest import Cchc
from tests.conftest import LAN


def test_a_report_is_made_with_its_documents_and_listed(fanpage: Cchc) -> None:
    out = fanpage.ok(
        "report",
        "make",
        "--preset",
        "quy",
        "--year",
        "2025",
        "--number",
        "4",
        "--out",
        str(fanpage.folder),
        "--by",
        LAN,
    )
    assert "quý IV năm 2025" in out and "Thể thức: đạt mọi quy tắc." in out and "Còn viết:" in out
    assert (fanpage.folder / "bao-cao-1.docx").read_bytes()[:2] == b"PK"
    assert (fanpage.folder / "bao-cao-1.pdf").read_bytes()[:4] == b"%PDF"
    assert fanpage("report", "check", str(fanpage.folder / "bao-cao-1.docx")).code == 0
    listed = " ".join(fanpage.ok("report", "list").split())
    assert "Bản nháp" in listed and "quý IV năm 2025" in listed
    assert "chưa có gì" in fanpage.ok("report", "list", "--withdrawn")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--preset"),
        (("--preset", "quy", "--from", "01/01/2025", "--to", "02/01/2025"), "--preset"),
        (("--preset", "quy", "--number", "5"), "Không có kỳ này"),
        (("--from", "02/01/2025", "--to", "01/01/2025"), "Ngày cuối phải sau"),
        (("--from", "x", "--to", "01/01/2025"), "--from"),
        (("--preset", "nam", "--year", "2025", "--cutoff", "01/01/2090 00:00"), "Chưa đến thời điểm chốt"),
        (("--preset", "nam", "--year", "2099"), "bắt đầu sau thời điểm chốt"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_sentence(fanpage: Cchc, arguments: tuple[str, ...], says: str) -> None:
    assert says in fanpage("report", "make", "--out", str(fanpage.folder), *arguments).sentence
    assert "chưa có gì" in fanpage.ok("report", "list")
