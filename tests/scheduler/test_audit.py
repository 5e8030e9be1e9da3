"""The audit: what is lost, doubled, foreign, withdrawn or late, as values and against the imitated platforms."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.base import Connector, Listed, Outgoing, Receipt
from content.tables import Post
from scheduler.audit import Audit, Ours, audit_channel, compare
from scheduler.clock import FrozenClock
from scheduler.compose import compose
from scheduler.db import reading
from scheduler.tables import Channel, Publication
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.scheduler.house import HOUR, Running

DAY = timedelta(days=1)
SINCE, UNTIL = NOW, NOW + 7 * DAY
AT = NOW + DAY
PLATFORMS = ("zalo", "youtube", "facebook")


def ours(number: int = 1, at: datetime = AT, **facts: Any) -> Ours:
    values = {"title": "Giữ giấy hẹn", "external_id": f"p{number}", "permalink": f"https://example.vn/{number}"}
    return Ours(number, **{**values, "due_at": at, "published_at": at, **facts})


def listed(name: str = "p1", at: datetime | None = AT, title: str = "", text: str = "", **facts: Any) -> Listed:
    values = {"permalink": f"https://example.vn/{name.removeprefix('p')}", "own": None, **facts}
    return Listed(name, published_at=at, title=title, text=text or f"lời của {name}", **values)


def numbers(found: tuple[Ours, ...]) -> list[int]:
    return [one.number for one in found]


def ids(found: tuple[Listed, ...]) -> list[str]:
    return [one.external_id for one in found]


def audit(records: list[Ours], shown: list[Listed]) -> Audit:
    return compare(records, shown, since=SINCE, until=UNTIL)


# The comparison ----------------------------------------------------------------------------------------


def test_nothing_is_wrong_when_the_channel_shows_what_we_recorded() -> None:
    found = audit([ours(1), ours(2)], [listed("p2"), listed("p1")])
    assert found == Audit(SINCE, UNTIL, recorded=2, seen=2)
    assert found.ok


def test_a_post_that_the_channel_does_not_list_is_lost() -> None:
    found = audit([ours(1), ours(2)], [listed("p2")])
    assert (numbers(found.lost), found.recorded, found.seen, found.ok) == ([1], 2, 1, False)


def test_a_post_in_no_record_is_foreign_and_no_fault() -> None:
    found = audit([ours(1)], [listed("p1"), listed("p9", own=True)])
    assert (ids(found.foreign), found.foreign[0].own, found.ok) == (["p9"], True, True)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (SINCE - timedelta(seconds=1), False),
        (SINCE, True),
        (UNTIL - timedelta(seconds=1), True),
        (UNTIL, False),
        (None, True),  # the platform tells no time, but listed it for this period
    ],
)
def test_only_what_lies_in_the_period_is_foreign(at: datetime | None, counts: bool) -> None:
    assert bool(audit([], [listed("p9", at)]).foreign) is counts


@pytest.mark.parametrize("at", [SINCE - timedelta(seconds=1), UNTIL])
def test_a_record_outside_the_period_is_neither_lost_nor_foreign(at: datetime) -> None:
    assert audit([ours(1, at)], []) == Audit(SINCE, UNTIL, 0, 0)
    assert audit([ours(1, at)], [listed("p1")]) == Audit(SINCE, UNTIL, 0, 0)


def test_a_post_that_the_platform_dates_before_the_period_is_still_found_by_its_id() -> None:
    found = audit([ours(1)], [listed("p1", SINCE - DAY)])
    assert found.ok and found.seen == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "Giữ  giấy hẹn\nđể tra cứu."}, {"text": "giữ giấy hẹn để tra cứu. "}),
        ({"text": "Giữ giấy hẹn"}, {"text": "Giữ giấy hẹn"}),
        ({"title": "Giữ giấy hẹn", "text": "a"}, {"title": "GIỮ GIẤY HẸN", "text": "b"}),
    ],
)
def test_the_same_words_twice_of_which_one_is_ours_are_doubled(one: dict[str, str], other: dict[str, str]) -> None:
    found = audit([ours(1)], [listed("p1", **one), listed("p9", AT + 2 * DAY, **other)])
    assert [ids(group) for group in found.doubled] == [["p1", "p9"]]
    assert (found.foreign, found.ok) == ((), False)


def test_the_same_words_twice_of_which_none_is_ours_are_only_foreign() -> None:
    found = audit([], [listed("p8", text="Chào"), listed("p9", text="Chào")])
    assert (found.doubled, ids(found.foreign)) == ((), ["p8", "p9"])


def test_two_records_with_the_same_words_on_one_day_are_doubled_and_on_two_days_a_planned_repetition() -> None:
    shown = [listed("p1", text="Chào"), listed("p2", text="Chào")]
    assert len(audit([ours(1), ours(2, AT + HOUR)], shown).doubled) == 1
    assert audit([ours(1), ours(2, AT + DAY)], shown).ok


def test_posts_without_words_are_not_the_same_post() -> None:
    shown = [Listed("p1", "", AT, "", "", None), Listed("p9", "", AT, "", " ", None)]
    assert audit([ours(1)], shown).doubled == ()


def test_what_we_took_down_is_told_and_not_lost() -> None:
    found = audit([ours(1, withdrawn_at=AT + DAY, withdrawn_words="Sai số điện thoại.")], [])
    assert (numbers(found.withdrawn), found.lost, found.recorded, found.ok) == ([1], (), 1, True)


def test_what_we_took_down_in_the_period_is_told_whenever_it_went_out() -> None:
    assert numbers(audit([ours(1, SINCE - DAY, withdrawn_at=AT)], []).withdrawn) == [1]
    assert audit([ours(1, SINCE - 2 * DAY, withdrawn_at=SINCE - DAY)], []).withdrawn == ()


def test_what_we_took_down_and_is_there_all_the_same_is_a_fault() -> None:
    found = audit([ours(1, withdrawn_at=AT)], [listed("p1")])
    assert (numbers(found.still_public), found.foreign, found.ok) == ([1], (), False)


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (10, False), (11, True)])
def test_a_post_that_went_out_long_after_its_hour_is_late_and_no_fault(minutes: int, late: bool) -> None:
    found = audit([ours(1, due_at=AT - timedelta(minutes=minutes))], [listed("p1")])
    assert (bool(found.late), found.ok) == (late, True)


def test_a_record_that_a_person_settled_is_found_by_its_address_or_told_as_unchecked() -> None:
    settled = ours(1, external_id="", permalink="http://www.Example.vn/1/")
    assert audit([settled], [listed("p1")]).seen == 1
    found = audit([settled], [])
    assert (numbers(found.unchecked), found.lost, found.ok) == ([1], (), True)


def test_one_listed_post_stands_for_one_record_only() -> None:
    found = audit([ours(1), ours(2, AT + HOUR, external_id="p1")], [listed("p1")])
    assert numbers(found.lost) == [2]


# The whole way -----------------------------------------------------------------------------------------


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


class Shown:
    """A channel with two posts that went out, two hours ago; verbs for what may happen behind our back."""

    def __init__(self, house: Running, platform: str) -> None:
        self.house, self.platform = house, platform
        self.channel: Channel = house.connect(platform)
        self.posts = [self._post(number) for number in (1, 2)]
        self.rows = [house.queue(post, self.channel, NOW + hours * HOUR) for hours, post in enumerate(self.posts, 1)]
        house.pass_time(NOW + 4 * HOUR)
        self.ids = [self.row(place).external_id for place in (0, 1)]

    def _post(self, number: int) -> Post:
        post = self.house.post(variants={"zalo": {"summary": "Tóm tắt."}})
        if self.platform == "youtube":
            self.house.video(post, number)
        else:
            self.house.picture(post, ("purple", "green", "red")[number - 1])
        return post

    def row(self, place: int) -> Publication:
        return self.house.load(self.rows[place].id)

    def connector(self) -> Connector:
        return self.house.service.access.connector(self.channel, now=self.house.clock.now())

    def publish_by_hand(self, post: Post) -> None:
        """The post once more, with the connector alone, so that no record knows of it."""
        clock, sandbox = self.house.clock, self.house.sandbox
        connector, outgoing = self.connector(), self._outgoing(post)
        saved = drive(connector, outgoing, clock.now(), sandbox)
        self.pass_to(clock.now() + 10 * timedelta(minutes=1))
        answer = connector.publish(outgoing, saved, now=clock.now())
        if not isinstance(answer, Receipt):
            assert isinstance(look(connector, outgoing, answer.saved, clock.now(), sandbox), Receipt)
        self.pass_to(clock.now() + HOUR)

    def _outgoing(self, post: Post) -> Outgoing:
        with reading(self.house.engine) as session:
            fresh = session.get_one(Post, post.id)
            address = self.house.service.desk.media_address
            return compose(session, self.house.store, address, fresh, self.channel, "by-hand")

    def pass_to(self, at: datetime) -> None:
        self.house.clock.set(at)
        self.house.sandbox.at(at)

    def audit(self, since: datetime = NOW - HOUR) -> Audit:
        house = self.house
        return audit_channel(
            house.engine, house.service.access, self.channel,
            since=since, until=NOW + 2 * DAY, now=house.clock.now(),
        )  # fmt: skip


@pytest.fixture(params=PLATFORMS)
def shown(request: pytest.FixtureRequest, house: Running) -> Shown:
    return Shown(house, request.param)


def test_all_is_well_on_every_platform(shown: Shown) -> None:
    found = shown.audit()
    assert (found.recorded, found.seen, found.ok) == (2, 2, True)
    assert (found.foreign, found.withdrawn, found.late, found.unchecked) == ((), (), (), ())


def test_what_was_uploaded_before_the_period_and_shown_in_it_is_not_lost(shown: Shown) -> None:
    found = shown.audit(since=NOW + HOUR / 2)
    assert (found.recorded, found.seen, found.ok) == (2, 2, True)


def test_a_post_that_was_deleted_on_the_platform_is_lost(shown: Shown) -> None:
    shown.connector().withdraw(shown.ids[0], now=shown.house.clock.now())
    found = shown.audit()
    assert ([one.external_id for one in found.lost], found.seen, found.ok) == ([shown.ids[0]], 1, False)


def test_a_post_that_was_published_behind_our_back_is_foreign(shown: Shown) -> None:
    shown.publish_by_hand(shown._post(3))
    found = shown.audit()
    assert (len(found.foreign), found.seen, found.ok) == (1, 2, True)
    assert found.foreign[0].external_id not in shown.ids


def test_a_post_that_was_published_twice_is_doubled(shown: Shown) -> None:
    shown.publish_by_hand(shown.posts[1])
    found = shown.audit()
    assert [shown.ids[1] in ids(group) for group in found.doubled] == [True]
    assert (len(found.doubled[0]), found.foreign, found.ok) == (2, (), False)


def test_what_we_took_down_is_told_with_its_reason(shown: Shown) -> None:
    shown.house.service.desk.withdraw(shown.rows[0].id or 0, "Sai số.", now=shown.house.clock.now(), actor="Lan")
    found = shown.audit()
    assert [(one.external_id, one.withdrawn_words) for one in found.withdrawn] == [(shown.ids[0], "Sai số.")]
    assert (found.recorded, found.seen, found.ok) == (2, 1, True)


def test_a_post_so_young_that_lists_may_lag_is_not_called_lost(shown: Shown) -> None:
    shown.connector().withdraw(shown.ids[1], now=shown.house.clock.now())
    now = (shown.row(1).published_at or NOW) + timedelta(minutes=19)
    shown.house.clock = FrozenClock(now)
    found = shown.audit()
    assert (found.recorded, found.seen, found.ok) == (1, 1, True)
