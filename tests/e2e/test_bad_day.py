"""A bad day and a strange week, played against the whole product in simulated time, over real HTTP."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from cli.simulate import simulate
from content.tables import Post
from content.vietnamese import LOCAL
from scheduler.audit import audit_channel
from scheduler.channels import CONNECTED
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, PublicationEvent, Reading
from tests.conftest import Sandbox
from tests.e2e.flows import FLOWS
from tests.scheduler.house import Running

SCENARIO = Path(__file__).resolve().parents[2] / "sandbox" / "scenarios" / "mot-ngay-te.yml"
DAY = datetime(2026, 11, 24, tzinfo=LOCAL)
IN_TIME = timedelta(minutes=1)

BAD_DAY = {
    "facebook": ("06:45", "07:30", "08:45", "09:30", "12:15", "12:45", "14:30", "17:00", "20:00"),
    "zalo": ("07:00", "07:30", "10:15", "11:30", "15:30", "18:30", "20:15"),
    "youtube": ("07:30", "13:30", "16:00", "19:30"),
}
RECONNECTED = "13:35"
"""When Lan does as she was told and connects the Page again."""
TOO_LATE = "facebook 12:45"
"""The only post that is not worth sending half an hour later."""
LATE = {"facebook 06:45", "facebook 12:15", "zalo 10:15", "zalo 18:30", "youtube 13:30"}
"""The posts whose own channel did not work at their hour."""

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def at(hour: str, day: datetime = DAY) -> datetime:
    return datetime.combine(day.date(), time.fromisoformat(hour), LOCAL)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    """A service on a Tuesday at midnight."""
    one = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    one.clock.set(DAY)
    sandbox.at(DAY)
    yield one
    one.close()


class Watch:
    """Sees every moment of the day: whatever is late must have been told in words by the first of them."""

    def __init__(self, house: Running) -> None:
        self.house = house
        self.told: dict[str, set[str]] = {}
        self.silent: list[str] = []

    def look(self, now: datetime) -> None:
        """Set the platforms' clocks, and ask what a person would ask: why is that not out yet?"""
        self.house.sandbox.at(now)
        with reading(self.house.engine) as session:
            rows = session.exec(
                select(Publication, Channel, Post).where(
                    Publication.channel_id == Channel.id,
                    Publication.post_id == Post.id,
                    col(Publication.due_at) < now - IN_TIME,
                    Publication.state != State.PUBLISHED,
                )
            ).all()
            for row, channel, post in rows:
                words = {row.problem, *self._events(row)}
                if channel.state != CONNECTED or (channel.not_before and channel.not_before > now):
                    words.add(channel.state_words)
                self.told.setdefault(post.title, set()).update(words - {""})
                if not self.told[post.title]:
                    self.silent.append(f"{now.astimezone(LOCAL):%H:%M:%S} {post.title}: {row.state}")

    def _events(self, row: Publication) -> list[str]:
        with reading(self.house.engine) as session:
            statement = select(PublicationEvent.words).where(
                PublicationEvent.publication_id == row.id, col(PublicationEvent.at) >= row.due_at
            )
            return list(session.exec(statement))


def fill(house: Running) -> dict[str, int]:
    """Twenty posts on three channels; the title of each is its channel and its hour."""
    queued = {}
    for platform, hours in BAD_DAY.items():
        channel = house.connect(platform)
        for number, hour in enumerate(hours):
            mark = f"{platform} {hour}"
            late: dict[str, Any] = {"late_rule": "any_time"}
            if mark == TOO_LATE:
                late = {"late_rule": "expire", "late_minutes": 30}
            summary = {"zalo": {"summary": f"Tóm tắt {mark}."}}
            post = house.post(title=mark, body=f"Nội dung của {mark}, hết.", variants=summary, **late)
            if platform == "youtube":
                house.video(post, number)
            elif platform == "zalo" or hour in ("08:45", "17:00"):
                house.picture(post, "teal")
            queued[mark] = house.queue(post, channel, at(hour)).id or 0
    return queued


def faults(sandbox: Sandbox, platform: str) -> list[dict[str, Any]]:
    return list(sandbox._ask("GET", platform, "faults"))


def test_after_a_bad_day_nothing_is_lost_or_doubled_and_nothing_was_late_without_a_word(
    house: Running, sandbox: Sandbox
) -> None:
    queued = fill(house)
    for platform in BAD_DAY:
        url = f"{sandbox.url(platform)}/_sandbox/scenario"
        sandbox.http.post(url, data=SCENARIO.read_bytes(), timeout=5).raise_for_status()
    # nothing promises that Facebook refuses a repeated post, so that check must not do our work
    sandbox.fault("facebook", "no_twin_check", times=100_000)
    watch = Watch(house)

    simulate(house.service, house.clock, at(RECONNECTED), watch.look)
    stopped = {row.key for row in channels(house) if row.state != CONNECTED}
    house.connect("facebook")
    simulate(house.service, house.clock, at("23:30"), watch.look)

    seen: dict[str, list[datetime]] = {mark: [] for mark in queued}
    for platform in BAD_DAY:
        for item in sandbox.public(platform):
            (mark,) = [mark for mark in queued if f"Nội dung của {mark}, hết." in item["text"]]
            seen[mark].append(datetime.fromisoformat(item["at"]))
    rows = {mark: house.load(number) for mark, number in queued.items()}
    assert {mark for mark, row in rows.items() if row.state != State.PUBLISHED} == {TOO_LATE}
    assert rows[TOO_LATE].state == State.MISSED
    assert {mark: len(times) for mark, times in seen.items()} == {mark: int(mark != TOO_LATE) for mark in queued}
    assert all(audit_of(house, channel).ok for channel in channels(house))

    late = {mark for mark, times in seen.items() if times and times[0] - rows[mark].due_at > IN_TIME}
    assert late == LATE, "a channel's trouble held up a post of another one, or was not felt at all"
    assert stopped == {"facebook"}
    assert watch.silent == []
    assert {mark for mark in (*late, TOO_LATE) if not watch.told.get(mark)} == set()
    assert "Mã truy cập của Fanpage đã hết hạn; cần kết nối lại." in watch.told[TOO_LATE]

    told = {platform: faults(sandbox, platform) for platform in BAD_DAY}
    every = [(platform, one) for platform, own in told.items() for one in own if one["kind"] != "no_twin_check"]
    assert len(every) >= 14
    assert [(platform, one["kind"]) for platform, one in every if one["state"] != "over" or not one["struck"]] == []
    assert house.service.collect().failed == {}


def channels(house: Running) -> list[Channel]:
    with reading(house.engine) as session:
        return list(session.exec(select(Channel)).all())


def audit_of(house: Running, channel: Channel, days: int = 1) -> Any:
    """What an auditor finds for the days since DAY."""
    until = DAY + timedelta(days=days)
    return audit_channel(
        house.engine, house.service.access, channel, since=DAY, until=until, now=house.clock.now()
    )  # fmt: skip


# A week of answers that nobody announced -----------------------------------------------------------------

KINDS = {
    "facebook": ("text", "link", "photo", "album", "video", "reel", "text"),
    "zalo": ("article", "article", "video", "article", "article", "video", "article"),
    "youtube": ("video", "", "video", "", "video", "", ""),
}
"""What goes out on each day of the week; on some days nothing."""


def test_a_week_of_strange_answers_is_published_and_read_like_any_other(house: Running, sandbox: Sandbox) -> None:
    for platform in KINDS:
        sandbox.fault(platform, "strange", times=1_000_000)
    flows = {str(flow): flow for flow in FLOWS}
    queued: dict[str, int] = {}
    hours = cycle(("07:30", "11:30", "17:00"))
    for platform, week in KINDS.items():
        channel = house.connect(platform)
        for number, kind in enumerate(week):
            if kind:
                post = flows[f"{platform} {kind}"].furnish(house)
                due = at(next(hours), DAY + timedelta(days=number))
                queued[f"{platform} {kind} {number}"] = house.queue(post, channel, due).id or 0

    simulate(house.service, house.clock, DAY + timedelta(days=7), sandbox.at)

    rows = {mark: house.load(number) for mark, number in queued.items()}
    assert {mark: (row.state, row.problem) for mark, row in rows.items() if row.state != State.PUBLISHED} == {}
    assert [mark for mark, row in rows.items() if row.published_at and row.published_at - row.due_at > IN_TIME] == []
    assert sum(len(sandbox.public(platform)) for platform in KINDS) == len(queued)
    assert all(audit_of(house, channel, days=7).ok for channel in channels(house))

    strange = figures(house)
    assert {one["kind"] for platform in KINDS for one in faults(sandbox, platform)} == {"strange"}
    assert all(request["fault"] == "strange" for platform in KINDS for request in sandbox.requests(platform))
    for platform in KINDS:
        sandbox.http.delete(f"{sandbox.url(platform)}/_sandbox/faults", timeout=5).raise_for_status()
    house.clock.set(house.clock.now() + timedelta(microseconds=1))
    plain = figures(house)
    assert strange == plain
    assert {number for (_, number, _) in strange} == {*queued.values(), None}
    assert [name for name, value in strange.items() if value is None] == []


def figures(house: Running) -> dict[tuple[int, int | None, str], int | None]:
    """Collect once; what was read of each publication and each channel."""
    now = house.clock.now()
    assert house.service.collect(everything=True).failed == {}
    with reading(house.engine) as session:
        rows = session.exec(select(Reading).where(Reading.taken_at == now)).all()
    return {(row.channel_id, row.publication_id, row.metric): row.value for row in rows}
