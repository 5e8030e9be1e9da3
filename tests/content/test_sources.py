"""The portals' feeds: what may be added, who reads when, and what a failing one costs."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from content.errors import ContentError
from content.sources import (
    LEASE,
    RETRY_LAST,
    WAIT_MAX,
    add_source,
    claim,
    due_sources,
    find_source,
    how_it_stands,
    is_being_read,
    leased,
    pause_source,
    remove_source,
    sources,
    went_well,
    went_wrong,
)
from content.suggestions import record
from content.tables import PortalSource
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.content.portal_case import ADDRESS, item, told
from tests.content.shelf import plan

MINUTE = timedelta(minutes=1)


def added(session: Session, **facts: Any) -> PortalSource:
    values = {"key": "cong-cchc", "address": ADDRESS, "now": NOW, **facts}
    return add_source(session, plan(), **values)


# Adding --------------------------------------------------------------------------------------------------


def test_a_new_source_is_read_at_the_next_turn(session: Session) -> None:
    source = added(session, name="  Cổng   TTĐT ", topic="đ", agency="vpubnd", every_minutes=15)
    assert (source.name, source.topic, source.agency, source.every_minutes) == ("Cổng TTĐT", "đ", "vpubnd", 15)
    assert list(due_sources(session, NOW)) == [source]
    assert how_it_stands(source) == "Chưa đọc lần nào."


def test_names_are_nfc_and_a_source_without_one_is_called_by_its_host(session: Session) -> None:
    assert added(session, name=unicodedata.normalize("NFD", "Cổng Huế")).name == "Cổng Huế"
    assert added(session, key="hai", address="https://snv.tinhvidu.example/rss").name == "snv.tinhvidu.example"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"key": "Cổng"}, "key"),
        ({"key": "a" * 41}, "key"),
        ({"key": ""}, "key"),
        ({"address": "cong.tinhvidu.example/rss"}, "address"),
        ({"address": "file:///etc/passwd"}, "address"),
        ({"address": "https:///rss"}, "address"),
        ({"address": "https://a.example:99999/rss"}, "address"),
        ({"address": "https://a.example/r ss"}, "address"),
        ({"address": "https://a.example/\nrss"}, "address"),
        ({"address": "https://lan:mat-khau@a.example/rss"}, "address"),
        ({"address": "https://a.example/" + "x" * 2000}, "address"),
        ({"topic": "z"}, "topic"),
        ({"agency": "khong-co"}, "agency"),
        ({"every_minutes": 4}, "every_minutes"),
        ({"every_minutes": 1441}, "every_minutes"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(session: Session, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(ContentError) as error:
        added(session, **facts)
    assert error.value.words.startswith(f"{field}: ")
    assert "mat-khau" not in error.value.words
    assert list(sources(session)) == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"address": "https://khac.example/rss"}, "key"),
        ({"key": "hai"}, "address"),
        ({"key": "hai", "address": ADDRESS.replace("https://cong", "http://CONG")}, "address"),
    ],
)
def test_a_key_and_an_address_are_used_once(session: Session, facts: dict[str, Any], field: str) -> None:
    added(session)
    with pytest.raises(ContentError, match=f"^{field}: "):
        added(session, **facts)


def test_an_unknown_source_is_told_with_the_known_ones(session: Session) -> None:
    added(session)
    with pytest.raises(ContentError, match="cong-cchc"):
        find_source(session, "khong-co")


def test_a_source_that_suggested_something_is_paused_and_not_removed(session: Session) -> None:
    source = added(session)
    record(session, source, told(item(1)), NOW)
    with pytest.raises(ContentError, match="cchc portal pause cong-cchc"):
        remove_source(session, "cong-cchc")
    added(session, key="hai", address="https://khac.example/rss")
    remove_source(session, "hai")
    assert [one.key for one in sources(session)] == ["cong-cchc"]


def test_a_paused_source_is_not_due_until_it_is_taken_up_again(session: Session) -> None:
    source = added(session)
    pause_source(session, source.key, active=False)
    assert list(due_sources(session, NOW)) == [] and how_it_stands(source) == "Đang tạm dừng."
    pause_source(session, source.key, active=True)
    assert list(due_sources(session, NOW)) == [source]


# One reader at a time ------------------------------------------------------------------------------------


def test_of_two_readers_one_gets_the_source(engine: Engine) -> None:
    with writing(engine) as session:
        added(session)
    with reading(engine) as session:
        [seen] = due_sources(session, NOW)
    leases = []
    for _ in range(2):
        with writing(engine) as session:
            leases.append(claim(session, seen, NOW))
    assert leases == [NOW + LEASE, None]
    with reading(engine) as session:
        source = find_source(session, "cong-cchc")
        assert is_being_read(source, NOW) and not is_being_read(source, NOW + LEASE)
        assert list(due_sources(session, NOW + LEASE - MINUTE)) == []
        assert list(due_sources(session, NOW + LEASE)) == [source]


def test_whoever_lost_the_lease_writes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        source = added(session)
        first = claim(session, source, NOW)
        session.expire_all()
        second = claim(session, find_source(session, source.key), NOW + LEASE)
        assert first and second and source.id
        assert leased(session, source.id, first) is None
        assert leased(session, source.id, second) is source


# How it stands -------------------------------------------------------------------------------------------


def test_each_source_has_its_own_rhythm(session: Session) -> None:
    source = added(session, every_minutes=45)
    went_well(source, NOW, "tag", "Mon", words="")
    assert (source.next_at, source.ok_at, source.etag) == (NOW + 45 * MINUTE, NOW, "tag")
    assert not is_being_read(source, NOW)


def test_a_tag_that_does_not_fit_is_forgotten_and_not_cut(session: Session) -> None:
    source = added(session)
    went_well(source, NOW, "e" * 600, "Mon")
    assert (source.etag, source.last_modified) == ("", "Mon")


def test_a_failing_source_comes_back_later_each_time_but_never_stops(session: Session) -> None:
    source = added(session, every_minutes=5)
    waits = []
    for _ in range(20):
        went_wrong(source, NOW, "Máy chủ trả lời 500.")
        assert source.next_at is not None
        waits.append(source.next_at - NOW)
    assert waits[:3] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert waits == sorted(waits) and waits[-1] == RETRY_LAST


def test_a_daily_source_that_fails_does_not_wait_another_day(session: Session) -> None:
    source = added(session, every_minutes=1440)
    went_wrong(source, NOW, "Máy chủ trả lời 500.")
    assert source.next_at == NOW + 30 * MINUTE


def test_a_server_s_wish_to_be_left_alone_is_kept_within_reason(session: Session) -> None:
    source = added(session)
    went_wrong(source, NOW, "Bận.", timedelta(hours=9))
    assert source.next_at == NOW + timedelta(hours=9)
    went_wrong(source, NOW, "Bận.", timedelta(days=3650))
    assert source.next_at == NOW + WAIT_MAX
    went_wrong(source, NOW, "Bận.", timedelta(seconds=1))
    assert source.next_at == NOW + 2 * timedelta(hours=1)


def test_what_is_wrong_is_told_with_since_when_and_forgotten_when_it_is_well_again(session: Session) -> None:
    source = added(session)
    went_wrong(source, NOW, "Địa chỉ trả về trang web, không phải nguồn tin.")
    assert "chưa lần nào" in how_it_stands(source) and "không phải nguồn tin" in how_it_stands(source)
    went_well(source, NOW, "", "")
    went_wrong(source, NOW + 60 * MINUTE, "Máy chủ trả lời 500.")
    assert "Lần đọc được gần nhất: 08:00 ngày 23/11/2026" in how_it_stands(source)
    went_well(source, NOW + 120 * MINUTE, "", "")
    assert how_it_stands(source) == "Đọc tốt lúc 10:00 ngày 23/11/2026."
    assert source.failures == 0
