"""`cchc figures`: what waits is listed and entered, what cannot be is refused, and how figures came in is told."""

import json
import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Cchc
from tests.cli.test_queue import queued
from tests.conftest import LAN


@pytest.fixture
def broadcast(fanpage: Cchc) -> str:
    """A broadcast that went out three days ago, by its number."""
    number = queued(fanpage)
    at = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute("UPDATE channel SET platform = 'zalo'")
        connection.execute(
            "UPDATE publication SET part = 'broadcast', state = 'published', published_at = ? WHERE id = ?",
            (at, number),
        )
        connection.execute(
            "INSERT INTO collection (channel_id, source, taken_at, actor, words, asked, calls, readings, payload,"
            " payload_bytes) VALUES (1, 'platform', ?, '', 'Mạng bị ngắt.', 4, 2, 1, ?, 20)",
            (at, zlib.compress(b'[{"call":"getoa","of":"","told":{"num_follower":7}}]')),
        )
    return number


def test_what_waits_is_listed_entered_and_then_waits_no_more(fanpage: Cchc, broadcast: str) -> None:
    assert "sent" in fanpage.ok("figures", "waiting")
    told = fanpage.ok(
        "figures", "enter", broadcast, "--by", LAN, "--figure", "sent=1.200", "--figure", "opened=2000",
    )  # fmt: skip
    assert "Đã lưu số liệu." in told and "lớn hơn" in told
    assert "sent" not in fanpage.ok("figures", "waiting")
    listed = fanpage.ok("figures", "log")
    assert f"{LAN} nhập tay 2 số liệu." in listed and "thiếu 4" in listed and "ngắt." in listed


@pytest.mark.parametrize(
    ("figure", "more", "said"),
    [
        ("views=5", (), "một trong: sent, delivered, opened"),
        ("sent=-5", (), "không đúng"),
        ("sent=nhiều", (), "không đúng"),
        ("sent", (), "không đúng"),
        ("sent=99999999999", (), "từ 0 đến"),
        ("sent=5", ("--at", "01/01/2020 07:00"), "không được trước lúc tin được gửi"),
        ("sent=5", ("--at", "01/01/2090 07:00"), "tương lai"),
        ("sent=5", ("--at", "hôm qua"), "--at"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    fanpage: Cchc, broadcast: str, figure: str, more: tuple[str, ...], said: str
) -> None:
    refused = fanpage("figures", "enter", broadcast, "--by", LAN, "--figure", figure, *more)
    assert said in refused.sentence
    assert "sent" in fanpage.ok("figures", "waiting")


def test_a_number_that_is_no_such_item_is_refused(fanpage: Cchc) -> None:
    number = queued(fanpage)
    for one in (number, "99999"):
        assert "không có" in fanpage("figures", "enter", one, "--by", LAN, "--figure", "sent=5").sentence


def test_the_answers_of_a_collection_are_printed_as_they_are_kept(fanpage: Cchc, broadcast: str) -> None:
    assert json.loads(fanpage.ok("figures", "raw", "1"))[0]["told"] == {"num_follower": 7}
    assert "Không có lần thu số 77" in fanpage("figures", "raw", "77").sentence
    assert "Không có kênh" in fanpage("figures", "log", "--channel", "khong-co").sentence


def test_a_cadence_that_makes_no_sense_stops_the_command_with_one_sentence(fanpage: Cchc) -> None:
    fanpage.env["CCHC_COLLECT_STEPS"] = "2 ngày/1 ngày, 28 ngày/6 giờ"
    told = fanpage("figures", "log")
    assert "CCHC_COLLECT_STEPS" in told.sentence and "thưa dần" in told.sentence
