"""`cchc campaign`: begun, filled, looked at, ended, summed up."""

import json

import pytest

from tests.cli.conftest import LIBRARY, Cchc
from tests.conftest import LAN, MINH

KEY = "tuan-le-mot-cua"
ADD = ("campaign", "add", "Tuần lễ một cửa", "--from", "01/12/2030", "--to", "15/12/2030", "--by", LAN)


def test_a_campaign_is_begun_filled_ended_and_summed_up(fanpage: Cchc) -> None:
    out = fanpage.ok(*ADD, "--target", "d=6", "--target", "fanpage=8", "--channel", "fanpage")
    assert "Đã tạo chiến dịch “Tuần lễ một cửa” từ 01/12/2030 đến 15/12/2030." in out and KEY in out
    fanpage.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "05/12/2030 07:30", "--by", LAN)
    out = fanpage.ok("campaign", "posts", KEY, "--add", "d-giay-hen", "--add", "a-gioi-thieu", "--by", LAN)
    assert "Đã thêm 2 bài, bỏ 0 bài." in out
    assert "bỏ 1 bài" in fanpage.ok("campaign", "posts", KEY, "--remove", "a-gioi-thieu", "--by", LAN)
    listed = " ".join(fanpage.ok("campaign", "list", "--only", "coming").split())
    assert KEY in listed and "Sắp tới" in listed
    shown = " ".join(fanpage.ok("campaign", "show", KEY).split())
    assert "chỉ tiêu 8 bài" in shown and "điểm d 5 bài" in shown and "d-giay-hen" in shown
    assert "xong" in fanpage.ok("campaign", "end", KEY, "--by", MINH)
    assert "hãy mở lại" in fanpage("campaign", "posts", KEY, "--add", "k-canh-bao", "--by", LAN).sentence
    fanpage.ok("campaign", "end", KEY, "--reopen", "--by", MINH)
    fanpage.ok("campaign", "summary", KEY, "--out", str(fanpage.folder))
    folder = fanpage.folder / f"chien-dich-{KEY}"
    assert {one.name for one in folder.iterdir()} == {"summary.html", "summary.txt", "summary.json"}
    assert json.loads((folder / "summary.json").read_text())["posts"][0]["title"] == LIBRARY["d-giay-hen"][1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*ADD[:4], "15/12/2030", "--to", "01/12/2030", "--by", LAN), "kết thúc trước khi bắt đầu"),
        ((*ADD[:4], "x", "--to", "01/12/2030", "--by", LAN), "--from"),
        ((*ADD, "--target", "l"), "--target"),
        ((*ADD, "--target", "z=3"), "không có điểm “z”"),
        ((*ADD, "--channel", "khong-co"), "Không có kênh"),
        ((*ADD, "--total", "3", "--target", "d=4"), "lớn hơn chỉ tiêu chung"),
        (("campaign", "show", "khong-co"), "cchc campaign list"),
        (("campaign", "list", "--only", "x"), "--only"),
        (("campaign", "posts", KEY, "--by", LAN), "--add"),
        (("campaign", "posts", "khong-co", "--add", "d-giay-hen", "--by", LAN), "Không có chiến dịch"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(fanpage: Cchc, arguments: tuple[str, ...], says: str) -> None:
    assert says in fanpage(*arguments).sentence
    assert "chưa có gì" in fanpage.ok("campaign", "list")
