"""Reading the portals in turn, over real HTTP: each in its rhythm, failing alone, killed without loss."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from content.errors import ContentError
from content.plan import load_plan
from content.sources import LEASE, add_source, find_source, how_it_stands, pause_source
from content.suggestions import DISMISSED, NEW, Recorded, record
from content.tables import PortalSource, Post, Suggestion
from portal.values import Item, Reading
from scheduler.clock import FrozenClock
from scheduler.db import reading, writing
from scheduler.intake import Answer, Intake, Turn
from scheduler.portals import Portals
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.content.shelf import plan
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Page, Portal, article, portal_server

MINUTE = timedelta(minutes=1)


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


class Office:
    """An office that reads a portal, in simulated time."""

    def __init__(self, engine: Engine, portal: Portal) -> None:
        self.engine = engine
        self.portal = portal
        self.clock = FrozenClock(NOW)
        self.portals = Portals(*loopback(portal))
        self.intake = self.another()
        with writing(engine) as session:
            load_plan(session, plan(), NOW)

    def another(self, ask: Callable[[PortalSource, datetime], Answer] | None = None) -> Intake:
        """A reader of another process."""
        return Intake(self.engine, self.clock, ask or self.portals.feed, days=60)

    def add(self, key: str = "cong", path: str | None = None, **facts: int) -> str:
        """A source at `/<key>` of the portal."""
        with writing(self.engine) as session:
            address = self.portal.url(path or f"/{key}")
            add_source(session, plan(), key=key, address=address, topic="d", now=NOW, **facts)
        return path or f"/{key}"

    def source(self, key: str = "cong") -> PortalSource:
        with reading(self.engine) as session:
            return find_source(session, key)

    def suggestions(self) -> list[Suggestion]:
        with reading(self.engine) as session:
            return sorted(session.exec(select(Suggestion)).all(), key=lambda row: row.id or 0)

    def pass_time(self, *, minutes: int = 0, **facts: int) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=minutes, **facts))


@pytest.fixture
def office(engine: Engine, portal: Portal) -> Office:
    return Office(engine, portal)


# In turn -------------------------------------------------------------------------------------------------


def test_what_a_feed_tells_becomes_suggestions_and_nothing_else(office: Office, portal: Portal) -> None:
    portal.feed(office.add(), article(1), article(2))
    [turn] = office.intake.run()
    assert (turn.key, turn.ok, turn.recorded.new) == ("cong", True, 2)
    assert [(row.state, row.topic, row.published_at) for row in office.suggestions()] == [
        (NEW, "d", NOW - 30 * MINUTE)
    ] * 2
    with reading(office.engine) as session:
        for table in (Post, Publication):
            assert session.exec(select(func.count()).select_from(table)).one() == 0


def test_a_source_is_read_in_its_own_rhythm(office: Office, portal: Portal) -> None:
    quick, slow = office.add("nhanh", every_minutes=5), office.add("cham", every_minutes=60)
    for path in (quick, slow):
        portal.feed(path, article(1))
    for _ in range(60):
        office.intake.run()
        office.pass_time(minutes=1)
    assert (portal.count(quick), portal.count(slow)) == (12, 1)


def test_a_feed_that_has_not_changed_is_not_sent_again(office: Office, portal: Portal) -> None:
    path = office.add()
    portal.feed(path, article(1), headers={"ETag": '"mot"', "Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT"})
    office.intake.run()
    office.pass_time(minutes=30)
    [turn] = office.intake.run()
    assert "if-none-match" not in portal.asked[0][1]
    assert portal.asked[1][1]["if-none-match"] == '"mot"'
    assert portal.asked[1][1]["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert (turn.ok, turn.words) == (True, "Không có gì mới từ lần đọc trước.")
    assert (office.source().etag, office.source().ok_at) == ('"mot"', NOW + 30 * MINUTE)


def test_articles_beyond_the_limit_are_asked_for_again(
    office: Office, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.add(every_minutes=5)
    portal.feed(path, *(article(number) for number in range(450)), headers={"ETag": '"nhieu"'})
    counts = []
    for _ in range(4):
        [turn] = office.intake.run()
        counts.append(turn.recorded.new)
        office.pass_time(minutes=5)
    assert counts == [200, 200, 50, 0]
    assert "lần đọc sau" not in office.source().words


def test_a_paused_source_is_left_alone(office: Office, portal: Portal) -> None:
    path = office.add()
    with writing(office.engine) as session:
        pause_source(session, "cong", active=False)
    assert office.intake.run() == [] and portal.count(path) == 0


def test_what_nobody_answers_is_put_away_in_time(office: Office, portal: Portal) -> None:
    portal.feed(office.add(), article(1))
    office.intake.run()
    portal.pages.clear()
    office.pass_time(minutes=0, days=61)
    office.intake.run()
    assert [row.state for row in office.suggestions()] == [DISMISSED]


# Failing alone -------------------------------------------------------------------------------------------


def test_a_page_instead_of_a_feed_keeps_the_feed_and_tells_staff(office: Office, portal: Portal) -> None:
    path = office.add()
    portal.feed(path, article(1))
    office.intake.run()
    portal.pages[path] = Page(b"<!doctype html><html><body>B\xe1\xba\xa3o tr\xc3\xac</body></html>", kind="text/html")
    office.pass_time(minutes=30)
    [turn] = office.intake.run()
    assert not turn.ok and "nguồn tin" in turn.words
    source = office.source()
    assert (source.active, source.failures, len(office.suggestions())) == (True, 1, 1)
    assert "Lần đọc được gần nhất: 08:00 ngày 23/11/2026" in how_it_stands(source)
    portal.feed(path, article(1), article(2))
    office.pass_time(minutes=60)
    assert office.intake.run()[0].recorded.new == 1
    assert (office.source().failures, office.source().words) == (0, "")


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_server_that_refuses_is_asked_less_and_less_often(office: Office, portal: Portal, status: int) -> None:
    path = office.add()
    portal.pages[path] = Page(b"", status, "text/plain")
    while office.clock.now() < NOW + timedelta(days=1):
        office.intake.run()
        office.clock.set(office.source().next_at or NOW)
    assert 6 <= portal.count(path) <= 10
    assert str(status) in office.source().words or "máy chủ" in office.source().words.lower()


def test_a_server_that_asks_for_patience_gets_it(office: Office, portal: Portal) -> None:
    path = office.add(every_minutes=5)
    portal.pages[path] = Page(b"", 503, "text/plain", {"Retry-After": "7200"})
    office.intake.run()
    assert office.source().next_at == NOW + timedelta(hours=2)
    office.pass_time(minutes=119)
    assert office.intake.run() == []


def test_a_failure_nobody_thought_of_is_written_down_and_stops_only_itself(office: Office, portal: Portal) -> None:
    office.add("hong"), portal.feed(office.add("tot"), article(1))

    def ask(source: PortalSource, now: datetime) -> Answer:
        if source.key == "hong":
            raise RuntimeError("nobody thought of this")
        return office.portals.feed(source, now)

    turns = {turn.key: turn for turn in office.another(ask).run()}
    assert (turns["hong"].ok, turns["tot"].recorded.new) == (False, 1)
    assert "nobody thought of this" not in office.source("hong").words
    assert office.source("hong").next_at == NOW + 30 * MINUTE


def test_a_slow_source_does_not_hold_up_the_others(office: Office, portal: Portal) -> None:
    other_done = threading.Event()

    class Telling(Intake):
        def _write(self, source_id: int, lease: datetime, answer: Answer) -> Turn | None:
            turn = super()._write(source_id, lease, answer)
            if turn is not None and turn.key == "nhanh":
                other_done.set()
            return turn

    waited = []
    portal.feed(office.add("cham"), article(1), meet=lambda: waited.append(other_done.wait(30)))
    portal.feed(office.add("nhanh"), article(2))
    turns = Telling(office.engine, office.clock, office.portals.feed, days=60).run()
    assert waited == [True], "the slow one was answered only after the other was written"
    assert [turn.ok for turn in turns] == [True, True]


class Watched:
    """An article that notes what happens whenever somebody looks at it."""

    def __init__(self, item: Item, looked: Callable[[], None]) -> None:
        self.item, self.looked = item, looked

    def __getattr__(self, name: str) -> Any:
        self.looked()
        return getattr(self.item, name)


def test_what_a_portal_told_is_cleaned_before_the_write_begins(office: Office) -> None:
    office.add()
    open_now, seen = [0], []
    event.listen(office.engine, "begin", lambda _: open_now.append(open_now.pop() + 1))
    for ended in ("commit", "rollback"):
        event.listen(office.engine, ended, lambda _: open_now.append(open_now.pop() - 1))
    watched: Any = Watched(Item("Một cửa", "https://cong.example/1", NOW, "Lời."), lambda: seen.append(open_now[0]))
    [turn] = office.another(lambda *_: Answer(Reading(items=(watched,)))).run()
    assert turn.recorded.new == 1
    assert seen and set(seen) == {0}, "others waited for the write lock meanwhile"


# One reader at a time, and killed in the middle ----------------------------------------------------------


def test_readers_of_many_processes_read_a_source_once(office: Office, portal: Portal) -> None:
    path = office.add()
    portal.feed(path, article(1))
    with ThreadPoolExecutor(6) as pool:
        turns = [turn for many in pool.map(lambda _: office.another().run(), range(6)) for turn in many]
    assert (len(turns), portal.count(path), len(office.suggestions())) == (1, 1, 1)


def test_nothing_is_read_by_hand_while_it_is_being_read(office: Office, portal: Portal) -> None:
    path = office.add()
    refused = []

    def by_hand() -> None:
        try:
            office.another().read_now(["cong"])
        except ContentError as error:
            refused.append(error.words)

    portal.feed(path, article(1), meet=by_hand)
    office.intake.run()
    assert portal.count(path) == 1
    assert len(refused) == 1 and "đang được đọc" in refused[0]
    office.pass_time(minutes=1)
    portal.feed(path, article(1), article(2))
    [turn] = office.intake.read_now(["cong"])
    assert turn.recorded.new == 1


class Killed(BaseException):
    """The process died here."""


def test_killed_after_the_fetch_the_feed_is_read_again_when_the_lease_ran_out(office: Office, portal: Portal) -> None:
    path = office.add()
    portal.feed(path, article(1), headers={"ETag": '"mot"'})

    def ask(source: PortalSource, now: datetime) -> Answer:
        office.portals.feed(source, now)
        raise Killed

    with pytest.raises(Killed):
        office.another(ask).run()
    assert (office.suggestions(), office.source().etag) == ([], "")
    office.pass_time(minutes=9)
    assert office.intake.run() == []
    office.clock.set(NOW + LEASE)
    assert office.intake.run()[0].recorded.new == 1


def test_killed_in_the_middle_of_the_write_nothing_of_it_is_there(
    office: Office, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.feed(office.add(), article(1), article(2), headers={"ETag": '"mot"'})

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("scheduler.intake.went_well", die)
        office.intake.run()
    assert (office.suggestions(), office.source().etag) == ([], "")
    office.clock.set(NOW + LEASE)
    assert office.intake.run()[0].recorded.new == 2


def test_whoever_came_too_late_writes_nothing(office: Office, portal: Portal) -> None:
    portal.feed(office.add(), article(1))

    def ask(source: PortalSource, now: datetime) -> Answer:
        answer = office.portals.feed(source, now)
        office.clock.set(NOW + LEASE)
        portal.feed("/cong", article(2))
        office.intake.run()
        return answer

    assert office.another(ask).run() == []
    assert [row.guid for row in office.suggestions()] == ["bai-2"]


def test_the_same_article_from_two_feeds_at_once_is_one_suggestion(office: Office, portal: Portal) -> None:
    both = threading.Barrier(2)
    for key in ("mot", "hai"):
        portal.feed(office.add(key), article(1), meet=lambda: both.wait(30))
    turns = office.intake.run()
    assert [turn.ok for turn in turns] == [True, True]
    assert len(office.suggestions()) == 1


def test_an_article_that_another_process_kept_first_is_found_at_the_second_try(
    office: Office, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.feed(office.add(), article(1))
    tries = []

    def kept(*given: Any, **facts: Any) -> Recorded:
        tries.append(given)
        if len(tries) == 1:
            raise IntegrityError("", {}, Exception())
        return record(*given, **facts)

    monkeypatch.setattr("scheduler.intake.record", kept)
    [turn] = office.intake.run()
    assert (turn.ok, turn.recorded.new, len(tries)) == (True, 1, 2)


def test_an_intake_that_is_stopped_begins_nothing_new(office: Office, portal: Portal) -> None:
    path = office.add()
    office.intake.stop()
    assert office.intake.run() == [] and portal.count(path) == 0
    assert office.source().checked_at is None


# Nothing is published from here --------------------------------------------------------------------------


def test_nothing_that_queues_knows_suggestions() -> None:
    root = Path(__file__).resolve().parents[2]
    readers = {
        path.relative_to(root).as_posix()
        for folder in ("scheduler", "web", "reports", "records", "cli", "connectors")
        for path in (root / folder).rglob("*.py")
        if "suggestion" in path.read_text(encoding="utf-8").lower()
    }
    assert {name for name in readers if name.startswith("scheduler/")} == {
        "scheduler/intake.py",
        "scheduler/portals.py",
    }
    for name in ("scheduler/intake.py", "scheduler/portals.py"):
        text = (root / name).read_text(encoding="utf-8")
        assert "scheduler.queue" not in text and "Publication" not in text and "editorial" not in text
