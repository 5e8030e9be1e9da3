"""Figures entered by hand: what waits, what is refused and why, corrections beside what they correct."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from connectors.base import Metric, Part
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.figures_by_hand import (
    RIPE,
    VALUE_MOST,
    Entered,
    FigureError,
    Item,
    collections,
    enter,
    entries,
    find_item,
    may_enter,
    waiting,
)
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import House

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


@pytest.fixture
def oa(house: House) -> Channel:
    return house.channel("zalo", key="oa")


def sent(house: House, channel: Channel, at: datetime, part: str = Part.BROADCAST, **facts: Any) -> Publication:
    """A broadcast that went out at `at`."""
    values = {"due_at": at, "published_at": at, "state": State.PUBLISHED, "part": part, **facts}
    return house.publication(channel_id=channel.id, **values)


def item_of(session: Session, row: Publication) -> Item:
    found = find_item(session, row.id or 0)
    assert found is not None
    return found


def entered(house: House, row: Publication, told: Mapping[str, int], **facts: Any) -> Entered:
    values = {"at": NOW - HOUR, "actor": LAN, "now": NOW, **facts}
    with writing(house.engine) as session:
        return enter(session, item_of(session, row), told, **values)


def refused(house: House, row: Publication, told: Mapping[str, int], **facts: Any) -> Mapping[str, str]:
    with pytest.raises(FigureError) as error:
        entered(house, row, told, **facts)
    with reading(house.engine) as session:
        assert session.exec(select(Collection)).all() == []
        assert session.exec(select(Reading)).all() == []
    return error.value.wrong


FULL = {Metric.SENT: 1000, Metric.DELIVERED: 950, Metric.OPENED: 120}


def test_what_is_entered_is_stored_with_who_and_when_and_says_that_it_was_entered(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW - 3 * DAY)
    done = entered(house, row, FULL, note="Xem lúc 7 giờ.")
    assert (done.doubts, done.is_new) == ((), True)
    with reading(house.engine) as session:
        kept = session.exec(select(Collection)).one()
        rows = {one.metric: one for one in session.exec(select(Reading))}
    assert (kept.source, kept.actor, kept.words, kept.taken_at) == ("manual", LAN, "Xem lúc 7 giờ.", NOW)
    assert (kept.asked, kept.calls, kept.readings, kept.payload) == (1, 0, 3, None)
    assert {name: one.value for name, one in rows.items()} == {str(name): value for name, value in FULL.items()}
    for one in rows.values():
        assert (one.publication_id, one.collection_id, one.taken_at) == (row.id, kept.id, NOW - HOUR)
        assert one.version == "nhập tay"
        assert one.definition.startswith("Nhập tay từ OA Manager")


def test_a_figure_that_is_left_open_is_not_stored_as_zero(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW - 3 * DAY)
    entered(house, row, {Metric.SENT: 0})
    with reading(house.engine) as session:
        assert [(one.metric, one.value) for one in session.exec(select(Reading))] == [("sent", 0)]


def test_a_correction_is_a_new_entry_and_the_old_one_stays(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW - 3 * DAY)
    entered(house, row, {Metric.SENT: 9999})
    entered(house, row, {Metric.SENT: 999}, actor=MINH, now=NOW + HOUR)
    with reading(house.engine) as session:
        found = entries(session, row.id or 0)
    assert [(one.collection.actor, dict(one.values)) for one in found] == [(MINH, {"sent": 999}), (LAN, {"sent": 9999})]


def test_the_same_entry_again_adds_nothing_even_when_two_presses_come_at_once(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW - 3 * DAY)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: entered(house, row, FULL), range(4)))
    assert sorted(one.is_new for one in done) == [False, False, False, True]
    with reading(house.engine) as session:
        assert len(entries(session, row.id or 0)) == 1


def test_figures_that_cannot_all_be_right_are_stored_and_doubted(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW - 3 * DAY)
    done = entered(house, row, {Metric.SENT: 100, Metric.OPENED: 120})
    [doubt] = done.doubts
    assert "120" in doubt and "100" in doubt and "lớn hơn" in doubt


@pytest.mark.parametrize(
    ("told", "facts", "field"),
    [
        ({}, {}, ""),
        ({"views": 5}, {}, ""),
        ({"<script>": 5}, {}, ""),
        ({Metric.SENT: -1}, {}, "sent"),
        ({Metric.SENT: VALUE_MOST + 1}, {}, "sent"),
        ({Metric.SENT: True}, {}, "sent"),
        ({Metric.SENT: 5}, {"at": NOW + HOUR}, "at"),
        ({Metric.SENT: 5}, {"at": NOW - 4 * DAY}, "at"),
        ({Metric.SENT: 5}, {"note": "x" * 501}, "note"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_stored(
    house: House, oa: Channel, told: dict[str, int], facts: dict[str, Any], field: str
) -> None:
    assert set(refused(house, sent(house, oa, NOW - 3 * DAY), told, **facts)) == {field}


@pytest.mark.parametrize(("platform", "part"), [("facebook", Part.BROADCAST), ("zalo", Part.POST), ("zalo", "comment")])
def test_nothing_is_entered_that_a_call_tells_or_that_the_platform_does_not_name(
    house: House, platform: str, part: str
) -> None:
    assert may_enter(platform, part) == ()
    row = sent(house, house.channel(platform), NOW - 3 * DAY, part)
    with reading(house.engine) as session:
        assert find_item(session, row.id or 0) is None


def test_what_is_not_out_yet_has_no_form(house: House, oa: Channel) -> None:
    row = sent(house, oa, NOW + DAY, state=State.SCHEDULED, published_at=None)
    with reading(house.engine) as session:
        assert find_item(session, row.id or 0) is None
        assert find_item(session, 99_999) is None


def test_what_waits_is_a_day_old_without_figures_and_the_newest_stands_first(house: House, oa: Channel) -> None:
    old, new = sent(house, oa, NOW - 9 * DAY), sent(house, oa, NOW - RIPE)
    sent(house, oa, NOW - RIPE + HOUR)  # too fresh
    sent(house, oa, NOW - 200 * DAY)  # nobody asks any more
    sent(house, oa, NOW - 3 * DAY, Part.POST)
    sent(house, oa, NOW - 3 * DAY, state=State.FAILED, published_at=None)
    entered(house, sent(house, oa, NOW - 4 * DAY), FULL)
    with reading(house.engine) as session:
        assert [one.publication.id for one in waiting(session, now=NOW, limit=9)] == [new.id, old.id]
        assert [one.publication.id for one in waiting(session, now=NOW, limit=1)] == [new.id]


def test_the_log_tells_what_was_asked_what_came_and_what_is_missing(house: House, oa: Channel) -> None:
    rows = [sent(house, oa, NOW - 3 * DAY, Part.POST, external_id=f"a{n}") for n in range(3)]
    with writing(house.engine) as session:
        read = Collection(channel_id=oa.id or 0, taken_at=NOW - HOUR, asked=3, calls=2, readings=5)
        session.add(read)
        session.flush()
        for row, value in ((rows[0], 7), (rows[1], None)):
            session.add(
                Reading(
                    channel_id=oa.id or 0, publication_id=row.id, metric="views", value=value, name="n", version="v",
                    taken_at=NOW - HOUR, collection_id=read.id,
                )
            )  # fmt: skip
        session.add(Collection(channel_id=oa.id or 0, taken_at=NOW, words="Mạng bị ngắt.", asked=3, calls=1))
    entered(house, sent(house, oa, NOW - 4 * DAY), FULL)
    other = house.channel("facebook")
    with reading(house.engine) as session:
        manual, failed, whole = collections(session, channel_id=oa.id, limit=9)
        assert collections(session, channel_id=other.id, limit=9) == []
        assert [one.collection.id for one in collections(session, before=manual.collection.id, limit=1)] == [
            failed.collection.id
        ]
    assert (whole.answered, whole.missing, whole.untold) == (2, 1, 1)
    assert (failed.answered, failed.missing, failed.collection.words) == (0, 3, "Mạng bị ngắt.")
    assert (manual.collection.actor, manual.missing) == (LAN, 0)
