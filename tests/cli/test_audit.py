"""`cchc audit` and `cchc queue withdraw`: what an auditor sees, and a post that is taken down."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest

from content.vietnamese import LOCAL, day, local_day
from scheduler.clock import SystemClock
from tests.cli.conftest import Cchc
from tests.cli.test_queue import queued
from tests.conftest import LAN, Sandbox

REASON = "Sai số điện thoại."


@contextmanager
def tables(cchc: Cchc) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection, connection:
        yield connection


def published(cchc: Cchc) -> str:
    """The number of a post that went out; for the records two hours ago, so that lists have settled."""
    at = (SystemClock().now() + timedelta(minutes=5)).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    number = queued(cchc, at=at)
    cchc.ok("tick", "--now", at)
    with tables(cchc) as connection:
        for column in ("published_at", "due_at"):
            [stored] = connection.execute(f"SELECT {column} FROM publication WHERE id = ?", (number,)).fetchone()
            earlier = datetime.fromisoformat(stored) - timedelta(hours=2)
            text = earlier.strftime("%Y-%m-%d %H:%M:%S.%f")
            connection.execute(f"UPDATE publication SET {column} = ? WHERE id = ?", (text, number))
    return number


def lose(cchc: Cchc) -> None:
    """Our record names a post that the platform does not have."""
    with tables(cchc) as connection:
        connection.execute("UPDATE publication SET external_id = '1_1', permalink = 'https://example.vn/1'")


def test_all_is_well_when_the_page_shows_what_went_out(fanpage: Cchc) -> None:
    published(fanpage)
    out = fanpage.ok("audit")
    assert "fanpage" in out and "Không thấy bài nào bị mất" in out
    assert all(len(line) <= 80 for line in out.splitlines() if "│" in line)


def test_a_lost_post_is_named_and_the_exit_code_is_1(fanpage: Cchc) -> None:
    number = published(fanpage)
    lose(fanpage)
    told = fanpage("audit", "--channel", "fanpage")
    assert told.sentence == "Đối chiếu có sai lệch: 1 bài mất."
    assert "MẤT" in told.out and f"Mục {number}," in told.out and "Không thấy bài nào" not in told.out


def test_the_audit_as_one_line_of_json(fanpage: Cchc) -> None:
    number = published(fanpage)
    lose(fanpage)
    told = fanpage("audit", "--json")
    assert told.code == 1
    [line] = told.out.splitlines()
    facts = json.loads(line)
    [lost] = facts["channels"]["fanpage"]["lost"]
    assert (facts["ok"], lost["number"], lost["external_id"]) == (False, int(number), "1_1")


def test_a_period_in_which_nothing_went_out_is_empty(fanpage: Cchc) -> None:
    published(fanpage)
    facts = json.loads(fanpage.ok("audit", "--json", "--from", "01/11/2025", "--to", "30/11/2025"))
    assert (facts["from"], facts["to"], facts["ok"]) == ("2025-11-01", "2025-11-30", True)
    assert facts["channels"]["fanpage"]["recorded"] == 0


def test_a_channel_that_cannot_be_asked_is_told_and_the_exit_code_is_1(fanpage: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "hang_up", method="GET", path=".*")
    told = fanpage("audit")
    assert "1 kênh không hỏi được" in told.sentence
    assert "chưa đối chiếu được" in told.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--from", "32/11/2026"), "--from"),
        (("--to", "hôm qua"), "--to"),
        (("--from", "30/11/2025", "--to", "01/11/2025"), "sau ngày cuối"),
        (("--from", day(local_day(SystemClock().now() + timedelta(days=2))), "--to", "31/12/2099"), "chưa đến"),
        (("--channel", "khong-co"), "fanpage"),
    ],
)
def test_a_period_or_a_channel_that_makes_no_sense_is_refused(
    fanpage: Cchc, options: tuple[str, ...], says: str
) -> None:
    assert says in fanpage("audit", *options).sentence


def test_a_post_is_taken_down_once_and_again(fanpage: Cchc, sandbox: Sandbox) -> None:
    number = published(fanpage)
    for _ in range(2):
        assert f"Mục {number}: Đã gỡ." in fanpage.ok("queue", "withdraw", number, "--by", LAN, "--reason", REASON)
    assert sandbox.public("facebook") == []
    out = fanpage.ok("audit")
    assert REASON.rstrip(".") in out and "Không thấy bài nào bị mất" in out


def test_what_is_not_published_is_not_taken_down(fanpage: Cchc) -> None:
    number = queued(fanpage)
    assert "Đã lên lịch" in fanpage("queue", "withdraw", number, "--by", LAN, "--reason", REASON).sentence
    assert "999" in fanpage("queue", "withdraw", "999", "--by", LAN, "--reason", REASON).sentence
    assert "lý do" in fanpage("queue", "withdraw", number, "--by", LAN, "--reason", " ").sentence
