"""`cchc portal …`: staff add a feed, see what it suggests, take it up or leave it, and see how long it took."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from content.takeup import ALT_TO_FILL
from content.vietnamese import local
from scheduler.clock import SystemClock
from tests.cli.conftest import Cchc
from tests.conftest import LAN, MINH
from tests.scheduler.portal_server import Page, Portal, article, portal_server

LONG_AGO = "Mon, 23 Nov 2020 07:30:00 +0700"
"""The command stands at the computer's own time."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def reader(office: Cchc, portal: Portal) -> Cchc:
    """An office whose portal is on this machine, with one feed of two articles."""
    office.env["CCHC_PORTAL_ALLOW"] = urlsplit(portal.address).netloc
    second = article(2, title="Đề án 06: tiện ích quanh thẻ căn cước", pubDate=LONG_AGO)
    address = portal.feed("/rss", article(1, pubDate=LONG_AGO), second)
    office.ok("portal", "add", "cong", address, "--name", "Cổng TTĐT tỉnh", "--topic", "d")
    return office


def taken(reader: Cchc, number: str = "1", *more: str) -> str:
    return reader.ok("portal", "take", number, "--by", LAN, "--platform", "facebook", *more)


def test_a_feed_is_added_read_and_listed(reader: Cchc) -> None:
    assert "Chưa đọc lần nào" in reader.ok("portal", "list")
    assert "cong: 2 đề xuất mới, 0 cập nhật, 0 giữ nguyên." in reader.ok("portal", "fetch")
    assert "Đọc tốt lúc" in reader.ok("portal", "list", COLUMNS="200")


def test_suggestions_are_found_without_marks(reader: Cchc) -> None:
    reader.ok("portal", "fetch", "cong")
    out = reader.ok("portal", "suggestions", "de an", COLUMNS="200")
    assert "Đề án 06" in out and "Một cửa" not in out
    assert "07:30 ngày 23/11/2020" in out


def test_an_article_is_taken_finished_loaded_and_approved_like_any_post(reader: Cchc) -> None:
    reader.ok("portal", "fetch")
    out = taken(reader)
    file = reader.folder / "library" / "d-mot-cua-lam-viec-thu-bay-dot-1.md"
    assert file.stem in out and file.is_file()
    assert "đã được lấy bởi Lan" in reader("portal", "take", "1", "--by", MINH, "--platform", "facebook").sentence
    assert f"thành “{file.stem}”" in reader.ok("portal", "suggestions", "--all", COLUMNS="300")
    reader.ok("library", "load")
    reader.ok("post", "submit", file.stem, "--by", LAN)
    reader.ok("post", "approve", file.stem, "--by", MINH)
    assert "Đã duyệt" in reader.ok("post", "show", file.stem)


def test_the_picture_is_saved_and_a_person_describes_it(reader: Cchc, portal: Portal) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    portal.pages["/anh.png"] = Page(out.getvalue(), kind="image/png")
    image = f"&lt;img src='{portal.url('/anh.png')}'&gt; Lời."
    portal.feed("/rss", article(1, description=image))
    reader.ok("portal", "fetch")
    taken(reader)
    [picture] = (reader.folder / "library").glob("*.png")
    text = picture.with_suffix(".md").read_text(encoding="utf-8")
    assert picture.name in text and ALT_TO_FILL in text


def test_without_a_channel_the_platform_is_asked_for(reader: Cchc) -> None:
    reader.ok("portal", "fetch")
    assert "--platform" in reader("portal", "take", "1", "--by", LAN).sentence
    assert "myspace" in reader("portal", "take", "1", "--by", LAN, "--platform", "myspace").sentence


def test_the_connected_channels_that_carry_links_are_chosen_by_themselves(fanpage: Cchc, portal: Portal) -> None:
    fanpage.env["CCHC_PORTAL_ALLOW"] = urlsplit(portal.address).netloc
    fanpage.ok("portal", "add", "cong", portal.feed("/rss", article(1)), "--topic", "d")
    fanpage.ok("portal", "fetch")
    fanpage.ok("portal", "take", "1", "--by", LAN)
    text = next((fanpage.folder / "library").glob("d-mot-cua*.md")).read_text(encoding="utf-8")
    assert "platforms: [facebook]" in text


def test_a_suggestion_is_dismissed_with_a_reason(reader: Cchc) -> None:
    reader.ok("portal", "fetch")
    assert "reason" in reader("portal", "dismiss", "2", "--by", LAN, "--reason", " ").sentence
    reader.ok("portal", "dismiss", "2", "--by", LAN, "--reason", "Bài đã cũ")
    assert "Đề án" not in reader.ok("portal", "suggestions")
    assert "Bài đã cũ" in reader.ok("portal", "suggestions", "--all", COLUMNS="300")
    assert "bỏ qua bởi Lan" in reader("portal", "dismiss", "2", "--by", LAN, "--reason", "x").sentence


def test_one_address_is_suggested(reader: Cchc, portal: Portal) -> None:
    page = '<html><head><meta property="og:title" content="Giấy hẹn: giữ kỹ"></head></html>'
    portal.pages["/bai"] = Page(page.encode(), kind="text/html; charset=utf-8")
    assert "Đã thêm đề xuất 1: Giấy hẹn: giữ kỹ" in reader.ok("portal", "suggest", portal.url("/bai"))
    assert "Đã có đề xuất 1" in reader.ok("portal", "suggest", portal.url("/bai"))
    assert "topic" in reader("portal", "take", "1", "--by", LAN, "--platform", "facebook").sentence
    taken(reader, "1", "--topic", "d", "--key", "d-tu-chon")
    assert (reader.folder / "library" / "d-tu-chon.md").is_file()


def test_a_private_address_is_refused_until_it_is_allowed(reader: Cchc, portal: Portal) -> None:
    told = reader("portal", "fetch", CCHC_PORTAL_ALLOW="")
    assert told.code == 1 and "cong" in told.err
    assert portal.count("/rss") == 0
    out = reader.ok("portal", "list", COLUMNS="300")
    assert "nội bộ" in out or "cổng" in out.lower()


def test_a_wrong_list_of_allowed_machines_is_named(office: Cchc) -> None:
    assert "CCHC_PORTAL_ALLOW" in office("portal", "list", CCHC_PORTAL_ALLOW="10.0.0.0/99").sentence


def test_a_source_that_fails_is_told_in_the_list_and_the_status(reader: Cchc, portal: Portal) -> None:
    reader.ok("portal", "fetch")
    portal.pages["/rss"] = Page(b"<html><body>x</body></html>", kind="text/html")
    told = reader("portal", "fetch")
    assert told.code == 1 and "các bài đã có vẫn giữ nguyên" in told.err
    for out in (reader.ok("portal", "list", COLUMNS="400"), reader.ok("status", COLUMNS="400")):
        assert "không trả về nguồn tin" in out and "Lần đọc được gần nhất" in out
    assert "Một cửa" in reader.ok("portal", "suggestions", COLUMNS="200")


def test_a_turn_by_hand_reads_the_portals_too(reader: Cchc) -> None:
    assert "Nguồn tin cong: 2 đề xuất mới" in reader.ok("tick")


def test_a_source_is_paused_taken_up_again_and_removed_only_while_it_is_empty(reader: Cchc, portal: Portal) -> None:
    reader.ok("portal", "pause", "cong")
    assert "Đang tạm dừng" in reader.ok("portal", "list", COLUMNS="200")
    assert "portal add" in reader("portal", "fetch").sentence and portal.count("/rss") == 0
    reader.ok("portal", "resume", "cong")
    reader.ok("portal", "fetch")
    assert "portal pause cong" in reader("portal", "remove", "cong").sentence
    reader.ok("portal", "add", "hai", portal.url("/hai"))
    reader.ok("portal", "remove", "hai")
    assert "hai" not in reader.ok("portal", "list")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "cong", "https://khac.example/rss"), "cong"),
        (("add", "hai", "khac.example"), "https://"),
        (("add", "hai", "https://khac.example/rss", "--topic", "z"), "topic"),
        (("add", "hai", "https://khac.example/rss", "--agency", "z"), "agency"),
        (("add", "hai", "https://khac.example/rss", "--every", "1"), "từ 5 đến 1440"),
        (("pause", "khong-co"), "khong-co"),
        (("fetch", "khong-co"), "khong-co"),
        (("take", "99", "--by", "Lan", "--platform", "facebook"), "99"),
        (("dismiss", "99", "--by", "Lan", "--reason", "x"), "99"),
        (("suggest", "cong.tinh.vn/bai"), "https://"),
        (("lag", "--from", "hôm qua"), "--from"),
        (("lag", "--from", "02/12/2026", "--to", "01/12/2026"), "--from"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(reader: Cchc, arguments: tuple[str, ...], words: str) -> None:
    assert words in reader("portal", *arguments).sentence


def test_the_lag_has_a_line_for_each_source_and_dashes_for_what_is_unknown(reader: Cchc, portal: Portal) -> None:
    today = local(SystemClock().now())
    portal.feed("/rss", article(1, pubDate=today.strftime("%Y-%m-%dT00:00:01+07:00")), article(2, pubDate=LONG_AGO))
    reader.ok("portal", "fetch")
    out = reader.ok("portal", "lag", COLUMNS="200")
    [line] = [line for line in out.splitlines() if "Cổng TTĐT tỉnh" in line]
    assert [cell.strip() for cell in line.split("│")[2:-1]] == ["1", "0", "0,0%", "-", "-"]


def test_the_lag_needs_a_source(office: Cchc) -> None:
    assert "portal add" in office("portal", "lag").sentence


def test_everything_is_readable_at_80_columns(reader: Cchc) -> None:
    reader.ok("portal", "fetch")
    for command in ("list", "suggestions", "lag"):
        assert all(len(line) <= 80 for line in reader.ok("portal", command).splitlines())


def test_the_library_of_a_reader_keeps_no_half_written_file(reader: Cchc) -> None:
    reader.ok("portal", "fetch")
    taken(reader)
    assert not [path for path in Path(reader.folder / "library").iterdir() if path.name.startswith(".")]
