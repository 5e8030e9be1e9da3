"""`cchc pause` and `cchc days`: what they do, what they refuse, and what is told afterwards."""

import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import Cchc
from tests.cli.test_queue import queued
from tests.conftest import LAN


def hold(cchc: Cchc, number: str, pause: int) -> None:
    """As the service would at the item's hour."""
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute(
            "UPDATE publication SET state = 'held', held_by = 'paused', details = ? WHERE id = ?",
            (f'{{"pause": {pause}}}', number),
        )


def test_a_pause_is_begun_listed_ended_and_what_it_held_is_decided_about(fanpage: Cchc) -> None:
    number = queued(fanpage)
    told = fanpage.ok("pause", "begin", "quoc_tang", "--by", "Hà", "--tag", "tin-vui", "--until", "31/12/2030 07:00")
    assert "Đã đặt lệnh tạm dừng số 1." in told and "nhãn “Tin vui, giải trí” (Quốc tang)" in told
    fanpage.ok("pause", "begin", "thien_tai", "--by", "Hà", "--words", "Bão số 12.")
    listed = fanpage.ok("pause", "list")
    assert "Thiên tai, bão lũ" in listed and "Quốc tang" in listed
    hold(fanpage, number, 1)
    ended = fanpage.ok("pause", "end", "1", "--by", "Hà")
    assert "Vẫn còn lệnh số 2: Tạm dừng (Thiên tai, bão lũ)" in ended and "1 mục bị giữ lại" in ended
    assert "Đã bỏ qua 0 mục." in fanpage.ok("pause", "release", "bo-qua", "--by", LAN, "--pause", "2")
    assert "Đã bỏ qua 1 mục." in fanpage.ok("pause", "release", "bo-qua", "--by", LAN, "--pause", "1")
    assert "Quốc tang" not in fanpage.ok("pause", "list") and "Quốc tang" in fanpage.ok("pause", "list", "--all")


def test_what_was_held_is_spread_or_goes_back_to_its_editor(fanpage: Cchc) -> None:
    first, second = queued(fanpage), queued(fanpage, "a-gioi-thieu")
    fanpage.ok("channels", "slots", "fanpage", "--slot", "07:30")
    for number in (first, second):
        hold(fanpage, number, 0)
    assert "Đã xếp lại 2 mục." in fanpage.ok("pause", "release", "xep-lai", "--by", LAN)
    hold(fanpage, second, 0)
    assert "Đã chuyển về nháp 1 mục." in fanpage.ok(
        "pause", "release", "ve-nhap", "--by", LAN, "--reason", "Hết thời sự."
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("begin", "chi_dao", "--by", "Hà", "--tag", "tin-vui", "--agency", "snv"), "chỉ có một phạm vi"),
        (("begin", "chi_dao", "--by", "Hà", "--agency", "khong-co"), "Không có cơ quan"),
        (("begin", "chi_dao", "--by", "Hà", "--channel", "khong-co"), "Không có kênh"),
        (("begin", "chi_dao", "--by", "Hà", "--until", "01/01/2020 07:00"), "đã qua"),
        (("begin", "chi_dao", "--by", "Hà", "--from", "01/01/2020 07:00"), "đã qua"),
        (("begin", "chi_dao", "--by", "Hà", "--from", "mai"), "--from"),
        (("end", "9", "--by", "Hà"), "Không có lệnh tạm dừng số 9"),
        (("end", "99999999999999999999", "--by", "Hà"), "Không có lệnh tạm dừng"),
        (("release", "bo-qua", "--by", "Hà", "--pause", "9"), "Không có lệnh tạm dừng số 9"),
    ],
)
def test_what_cannot_be_paused_is_refused_in_one_sentence(fanpage: Cchc, arguments: tuple[str, ...], says: str) -> None:
    assert says in fanpage("pause", *arguments).sentence


def test_a_years_days_are_listed_with_their_source_and_rule(office: Cchc) -> None:
    told = " ".join(office.ok("days", "2027").split())
    assert "06/02/2027" in told and "Tệp của kế hoạch" in told and "Có sẵn" in told
    assert "chọn từ 2000 đến 2100" in office("days", "2101").sentence


def test_who_queues_a_notice_on_a_day_off_is_warned_and_it_is_queued(fanpage: Cchc) -> None:
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute("""UPDATE post SET tags = '["thong-bao"]' WHERE key = 'd-giay-hen'""")
    told = fanpage.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "02/09/2030 07:30", "--by", LAN)
    assert "Đã lên lịch" in told and "Lưu ý: Ngày 02/09/2030 là Quốc khánh" in told
