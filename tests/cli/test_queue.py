"""`cchc queue` and `cchc tick`: what may stand in the queue, a person's hand on it, and what goes out."""

import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from cli.when import parse_slots
from content.vietnamese import LOCAL
from scheduler.clock import SystemClock
from scheduler.lifecycle import WORDS, State
from tests.cli.conftest import LIBRARY, Cchc
from tests.conftest import LAN, Sandbox

LATER = "31/12/2030 07:30"


def queued(cchc: Cchc, post: str = "d-giay-hen", at: str = LATER) -> str:
    """Queue a post; its number."""
    out = cchc.ok("queue", "add", post, "fanpage", "--at", at, "--by", LAN)
    found = re.search(r"mục (\d+)", out)
    assert found, out
    return found[1]


def put(cchc: Cchc, number: str, state: State) -> None:
    """Bring an item into a state that only a platform can bring about."""
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute("UPDATE publication SET state = ? WHERE id = ?", (state, number))


@pytest.mark.parametrize(
    ("post", "channel", "at", "says"),
    [
        ("d-giay-hen", "fanpage", "01/01/2020 07:30", "đã qua"),
        ("d-giay-hen", "fanpage", "31/02/2030 07:30", "--at"),
        ("d-giay-hen", "fanpage", "tomorrow", "--at"),
        ("d-giay-hen", "khong-co", LATER, "fanpage"),
        ("d-giay-hen", "khong-co", "", "fanpage"),
        ("khong-co", "fanpage", LATER, "cchc library list"),
        ("k-canh-bao", "fanpage", LATER, "chưa được duyệt"),
    ],
)
def test_what_cannot_be_queued_is_refused_with_the_way_out(
    fanpage: Cchc, post: str, channel: str, at: str, says: str
) -> None:
    assert says in fanpage("queue", "add", post, channel, "--at", at, "--by", LAN).sentence
    assert "chưa có gì" in fanpage.ok("queue", "list")


def test_a_post_is_queued_at_a_time_or_at_the_next_free_slot(fanpage: Cchc) -> None:
    number = queued(fanpage)
    assert "khong-co" in fanpage("queue", "add", "a-gioi-thieu", "fanpage", "khong-co", "--by", LAN).sentence
    out = fanpage.ok("queue", "add", "a-gioi-thieu", "fanpage", "fanpage", "--by", LAN)
    assert out.count("Đã lên lịch") == 1, "nothing of what was refused, and each channel once"
    assert "Đã lên lịch" in out and "trên kênh fanpage" in out
    listed = fanpage.ok("queue", "list")
    assert "07:30 ngày 31/12/2030" in " ".join(listed.split()) or "31/12/2030" in listed
    assert number in listed and "d-giay-hen" in listed
    assert LIBRARY["a-gioi-thieu"][1] in fanpage.ok("queue", "next")


def test_the_same_post_at_the_same_time_is_refused(fanpage: Cchc) -> None:
    queued(fanpage)
    assert "đã có" in fanpage("queue", "add", "d-giay-hen", "fanpage", "--at", LATER, "--by", LAN).sentence


def test_the_queue_is_readable_at_80_columns(fanpage: Cchc) -> None:
    queued(fanpage)
    out = fanpage.ok("queue", "list")
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "d-giay-hen" in out and "fanpage" in out


def test_an_item_is_held_resumed_and_cancelled(fanpage: Cchc) -> None:
    number = queued(fanpage)
    assert WORDS[State.HELD] in fanpage.ok("queue", "hold", number, "--by", LAN, "--reason", "Chờ ý kiến")
    assert WORDS[State.SCHEDULED] in fanpage.ok("queue", "resume", number, "--by", LAN)
    assert "hủy" in fanpage.ok("queue", "cancel", number, "--by", LAN).lower()
    assert "Không làm được" in fanpage("queue", "resume", number, "--by", LAN).sentence
    assert "chưa có bài nào" in fanpage.ok("queue", "next")


def test_an_unknown_item_is_named(fanpage: Cchc) -> None:
    for verb in (["hold"], ["resume"], ["cancel"], ["settle", "--sent"], ["revise"]):
        assert "999" in fanpage("queue", *verb, "999", "--by", LAN).sentence


def test_only_an_item_that_needs_a_person_is_settled(fanpage: Cchc) -> None:
    number = queued(fanpage)
    assert "không ở trạng thái" in fanpage("queue", "settle", number, "--by", LAN, "--not-there").sentence
    put(fanpage, number, State.NEEDS_PERSON)
    assert "Đã đăng" in fanpage.ok("queue", "settle", number, "--by", LAN, "--link", "https://example.vn/1")


def test_an_item_that_a_person_did_not_find_is_sent_again(fanpage: Cchc, sandbox: Sandbox) -> None:
    number = queued(fanpage)
    put(fanpage, number, State.NEEDS_PERSON)
    assert "đúng một kết luận" in fanpage("queue", "settle", number, "--by", LAN).sentence
    fanpage.ok("queue", "settle", number, "--by", LAN, "--not-there")
    fanpage.ok("tick", "--now", LATER)
    assert len(sandbox.public("facebook")) == 1


def test_a_tick_publishes_what_is_due_and_nothing_else(fanpage: Cchc, sandbox: Sandbox) -> None:
    queued(fanpage, "d-giay-hen", "31/12/2030 07:30")
    queued(fanpage, "a-gioi-thieu", "31/12/2030 19:30")
    fanpage.ok("tick", "--now", "31/12/2030 07:29")
    assert sandbox.public("facebook") == []
    assert "Đã xử lý" in fanpage.ok("tick", "--now", "31/12/2030 07:30")
    fanpage.ok("tick", "--now", "31/12/2030 07:31")
    public = sandbox.public("facebook")
    assert len(public) == 1 and LIBRARY["d-giay-hen"][1] in public[0]["text"]
    assert "Đã đăng" in fanpage.ok("status")


def test_a_tick_at_no_time_is_refused(office: Cchc) -> None:
    assert "--now" in office("tick", "--now", "soon").sentence


def test_a_post_that_was_edited_after_it_was_queued_is_held_until_it_is_approved_again(fanpage: Cchc) -> None:
    queued(fanpage)
    file = fanpage.folder / "library" / "d-giay-hen.md"
    file.write_text(file.read_text(encoding="utf-8").replace("mời bà con", "xin mời bà con"), encoding="utf-8")
    fanpage.ok("library", "load")
    fanpage.ok("tick", "--now", LATER)
    assert WORDS[State.HELD] in fanpage.ok("queue", "list", COLUMNS="200")
    fanpage.ok("post", "submit", "d-giay-hen", "--by", LAN)
    assert "tự trở lại hàng chờ" in fanpage.ok("post", "approve", "d-giay-hen", "--by", "Minh")
    fanpage.ok("tick", "--now", LATER)
    assert WORDS[State.HELD] not in fanpage.ok("queue", "list", COLUMNS="200")


def test_free_slots_that_ran_out_are_told(fanpage: Cchc) -> None:
    now = SystemClock().now().astimezone(LOCAL)
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM slot")
    sentence = fanpage("queue", "add", "d-giay-hen", "fanpage", "--by", LAN).sentence
    assert "--at" in sentence and str(now.year) not in sentence


def test_what_stands_too_close_is_said_when_it_is_added_and_listed_on_request(fanpage: Cchc) -> None:
    assert "không có mục nào trùng bài" in fanpage.ok("queue", "conflicts")
    now = SystemClock().now().astimezone(LOCAL)
    first, second = (f"{now + timedelta(days=days):%d/%m/%Y} 07:30" for days in (3, 9))
    number = queued(fanpage, at=first)
    told = fanpage.ok("queue", "add", "d-giay-hen", "fanpage", "--at", second, "--by", LAN)
    assert f"Nên xem lại: Cùng bài với mục {number}, " in " ".join(told.split())
    listed = fanpage.ok("queue", "conflicts", COLUMNS="300")
    assert "d-giay-hen" in listed and "cách 6 ngày" in listed
    assert "không có mục nào trùng bài" in fanpage.ok("queue", "conflicts", "--days", "1")
    assert fanpage("queue", "conflicts", "--days", "0").code != 0


def test_a_post_recurs_until_somebody_ends_it(fanpage: Cchc) -> None:
    assert "Chưa có bài nào lặp lại" in fanpage.ok("queue", "repeats")
    year = SystemClock().now().astimezone(LOCAL).year + 1
    rule = ("d-giay-hen", "fanpage", "--on", "T2", "--at", "7h30", "--until", f"31/03/{year}", "--by", LAN)
    assert "thứ Hai mỗi tuần lúc 07:30" in fanpage.ok("queue", "repeat", *rule)
    assert "07:30" in fanpage.ok("queue", "repeats", COLUMNS="200")
    assert "đã có lịch lặp lại" in fanpage("queue", "repeat", *rule).sentence
    assert "Đã kết thúc" in fanpage.ok("queue", "repeat-end", "1", "--by", LAN)
    assert "Lan kết thúc" in fanpage("queue", "repeat-end", "1", "--by", LAN).sentence


def test_what_speaks_against_an_hour_is_said_and_the_next_slot_keeps_the_rules(fanpage: Cchc) -> None:
    told = fanpage.ok("channels", "rules", "fanpage", "--gap", "45", "--most", "3", "--quiet", "21h-06:30")
    assert "cách nhau ít nhất 45 phút; tối đa 3 mục mỗi ngày; yên lặng từ 21:00 đến 06:30" in " ".join(told.split())
    assert "Nên xem lại: 22:00 nằm trong giờ yên lặng" in fanpage.ok(
        "queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2030 22:00", "--by", LAN
    )
    assert (
        "--at hoặc --next"
        in fanpage("queue", "add", "d-giay-hen", "fanpage", "--at", LATER, "--next", "--by", LAN).sentence
    )
    assert "Đã lên lịch" in fanpage.ok("queue", "add", "a-gioi-thieu", "fanpage", "--next", "--by", LAN)


@pytest.mark.parametrize("told", [("07:30", "T2 07:30 video"), ("T2 07:30 video", "07:30")])
def test_a_slot_of_one_day_goes_before_the_same_hour_of_every_day(told: tuple[str, str]) -> None:
    weekly = parse_slots(list(told))
    assert weekly == {0: {450: "video"}} | {weekday: {450: ""} for weekday in range(1, 7)}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("channels", "slots", "fanpage", "--slot", "24:00"), "nửa đêm là 00:00"),
        (("channels", "slots", "fanpage", "--slot", "T8 07:30"), "không có thứ “T8”; các thứ: T2"),
        (("channels", "slots", "fanpage", "--slot", "07:30", "--slot", "07:30 video"), "hai lần với hai hình thức"),
        (("channels", "slots", "fanpage", "--slot", "07:30 phim"), "không phải hình thức nào"),
        (("channels", "rules", "fanpage", "--quiet", "đêm"), "như 22:00-06:00"),
        (("channels", "rules", "fanpage", "--quiet", "22:00-25:10"), "không phải giờ trong ngày"),
        (("channels", "rules", "fanpage", "--gap", "-5"), "từ 0 đến"),
    ],
)
def test_hours_and_rules_that_make_no_sense_are_refused(fanpage: Cchc, arguments: tuple[str, ...], says: str) -> None:
    assert says in fanpage(*arguments).sentence
