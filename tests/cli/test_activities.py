"""`cchc activities` and `cchc submissions`: logged, listed, exported, imported; who has handed in."""

import pytest

from tests.cli.conftest import Cchc
from tests.conftest import LAN, MINH

ADD = ("activities", "add", "tap_huan", "Lớp ở phường", "--on", "10/11/2025", "--by", LAN)


def test_activities_are_logged_listed_exported_and_imported_again(fanpage: Cchc) -> None:
    assert "Đã ghi hoạt động số 1" in fanpage.ok(
        *ADD, "--figure", "people=1.250", "--cost", "12.500.000", "--topic", "d"
    )
    assert "đã ghi từ trước, số 1" in fanpage.ok(*ADD, "--figure", "people=1250", "--cost", "12500000", "--topic", "d")
    listed = " ".join(fanpage.ok("activities", "list", "--from", "01/11/2025", "--to", "30/11/2025").split())
    assert "Lớp ở phường" in listed and "1.250 lượt người" in listed and "- lớp" in listed
    assert "Lớp ở phường" not in fanpage.ok("activities", "list", "--kind", "bao_chi")
    for name in ("a.csv", "a.xlsx"):
        fanpage.ok("activities", "export", str(fanpage.folder / name))
        told = fanpage.ok("activities", "import", str(fanpage.folder / name), "--by", MINH)
        assert "0 hoạt động mới, 1 đã ghi từ trước, 0 dòng phải sửa" in told
    assert "đã có tệp này" in fanpage("activities", "export", str(fanpage.folder / "a.csv")).sentence
    fanpage.ok("activities", "export", str(fanpage.folder / "mau.xlsx"), "--template")


def test_a_table_is_tried_and_then_imported_whole_or_not_at_all(fanpage: Cchc) -> None:
    path = fanpage.folder / "bang.csv"
    path.write_text("Loại;Tên hoạt động;Ngày\ntap_huan;Tốt;10/11/2025\ntap_huan;;10/11/2025\n", encoding="utf-8")
    tried = fanpage.ok("activities", "import", str(path), "--by", LAN, "--dry-run")
    assert "bang.csv: dòng 3: Tên hoạt động: " in tried and "chưa ghi gì" in tried
    assert "--only-good" in fanpage("activities", "import", str(path), "--by", LAN).sentence
    assert "Tốt" not in fanpage.ok("activities", "list")
    assert "Đã nhập 1 hoạt động" in fanpage.ok("activities", "import", str(path), "--by", LAN, "--only-good")


def test_who_has_not_handed_in_is_listed(fanpage: Cchc) -> None:
    out = " ".join(fanpage.ok("submissions", "--missing").split())
    assert "đã nộp 0/" in out
    assert "các hạn" in fanpage("submissions", "khong-co").sentence


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*ADD[:2], "dam_cuoi", *ADD[3:]), "Loại hoạt động"),
        ((*ADD, "--figure", "nguoi=3"), "--figure"),
        ((*ADD, "--figure", "questions=3"), "không có số liệu"),
        ((*ADD, "--cost", "12,5 triệu"), "--cost"),
        ((*ADD, "--agency", "la"), "không có cơ quan"),
        ((*ADD, "--to", "01/11/2025"), "trước ngày bắt đầu"),
        (("activities", "list", "--kind", "x"), "--kind"),
        (("activities", "export", "a.txt"), ".csv hoặc .xlsx"),
        (("activities", "import", "khong-co.csv", "--by", LAN), "không tìm thấy tệp"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(fanpage: Cchc, arguments: tuple[str, ...], says: str) -> None:
    assert says in fanpage(*arguments).sentence
