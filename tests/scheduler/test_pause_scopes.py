"""Pauses of one agency and of one tag: exactly those posts are held, everywhere the queue asks, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.base import Part
from content.editorial import content_hash
from content.tables import Editorial, LateRule, Post
from content.vietnamese import local_day
from scheduler.channels import set_slots
from scheduler.claim import claim
from scheduler.compose import compose
from scheduler.db import reading, writing
from scheduler.filling import fill
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.moving import hasten, move, publish_now
from scheduler.pauses import PauseError, begin, between, count_held, end, remaining, standing, tell
from scheduler.queue import QueueError
from scheduler.standing import standings
from scheduler.sweep import sweep
from tests.conftest import LAN, NOW
from tests.scheduler.house import HOUR, House, Running
from tests.scheduler.test_pauses import DAY, HA, MINUTE, held, pause

CONTEST = ["cuoc-thi"]


def states(house: House, rows: list[Any]) -> list[str]:
    return [house.load(row.id).state for row in rows]


# What is held -------------------------------------------------------------------------------------------


def test_a_pause_of_a_tag_holds_only_the_posts_that_bear_it(running: Running) -> None:
    page = running.connect("facebook")
    contest, allowed = running.post(tags=CONTEST), running.post(tags=["canh-bao", *CONTEST], allowed_in_pause=True)
    near = running.post(tags=["cuoc-thi-2", "thong-bao"])
    rows = [running.queue(post, page, NOW + HOUR) for post in (contest, allowed, near, running.post())]
    pause(running, tag="cuoc-thi")
    running.pass_time(NOW + 3 * HOUR)
    assert states(running, rows) == [State.HELD, State.PUBLISHED, State.PUBLISHED, State.PUBLISHED]
    assert "bài có nhãn “Cuộc thi” (Quốc tang)" in running.load(rows[0].id).problem
    assert held(running) == [rows[0].id] and len(running.sandbox.public("facebook")) == 3


def test_a_pause_of_an_agency_holds_its_channels_and_its_posts_wherever_they_go(running: Running) -> None:
    page, other, post = running.connect("facebook"), running.channel("zalo", agency="snv", key="zalo"), running.post()
    theirs = running.post(agency="snv", platforms=["facebook"])
    rows = [
        running.queue(theirs, page, NOW + HOUR),
        running.queue(running.post(agency="stp"), page, NOW + HOUR),
        running.publication(
            post_id=post.id,
            channel_id=other.id,
            due_at=NOW + HOUR,
            next_attempt_at=NOW + HOUR,
            state=State.READY,
            prepared_hash=post.content_hash,
        ),
        running.queue(running.post(allowed_in_pause=True, agency="snv"), page, NOW + HOUR),
    ]
    pause(running, agency="snv")
    running.pass_time(NOW + 3 * HOUR)
    assert states(running, rows) == [State.HELD, State.PUBLISHED, State.HELD, State.PUBLISHED]
    with reading(running.engine) as session:
        told = standings(session, running.service.platforms, now=running.clock.now())
    assert {one.channel.key: len(one.pauses) for one in told} == {"facebook": 0, "zalo": 1}


def test_what_readers_see_does_not_depend_on_the_agency_so_no_approval_is_bound_to_it(running: Running) -> None:
    page, post = running.connect("facebook"), running.post(agency="snv")
    desk = running.service.desk
    with reading(running.engine) as session:
        before = compose(session, desk.store, desk.media_address, post, page, "x")
        post.agency = "stp"
        assert compose(session, desk.store, desk.media_address, post, page, "x") == before
        assert content_hash(post, []) == post.approved_hash


def test_a_pause_of_an_agency_goes_by_whose_post_it_is_at_its_hour(running: Running) -> None:
    page = running.connect("facebook")
    rows = [running.queue(running.post(agency=agency), page, NOW + HOUR) for agency in ("snv", "stp")]
    pause(running, agency="snv")
    with writing(running.engine) as session:
        for row, agency in zip(rows, ("stp", "snv"), strict=True):
            session.get_one(Post, row.post_id).agency = agency
    running.pass_time(NOW + 3 * HOUR)
    assert states(running, rows) == [State.PUBLISHED, State.HELD]


def test_nothing_cheerful_goes_out_when_the_mourning_begins_between_the_claim_and_the_call(running: Running) -> None:
    row = running.queue(running.post(tags=["tin-vui"]), running.connect("facebook"), NOW + HOUR)
    running.pass_time(NOW + HOUR - MINUTE)
    running.clock.set(NOW + HOUR)
    [taken] = claim(running.engine, now=NOW + HOUR, owner="slow", limit=1)
    one = pause(running, tag="tin-vui", now=NOW + HOUR)
    running.service.worker.run(taken)
    stopped = running.load(row.id)
    assert (stopped.state, stopped.held_by, stopped.sent_at) == (State.HELD, "paused", None)
    assert running.sandbox.public("facebook") == [] and running.attempts(row.id)[-1].outcome == "paused"
    with reading(running.engine) as session:
        assert count_held(session, pause_id=one.id) == 1


def test_what_follows_a_post_and_a_push_that_has_one_such_post_among_others_is_held(engine: Engine) -> None:
    house = House(engine)
    channel, plain = house.channel(), house.post()
    posts = [plain, house.post(tags=CONTEST), house.post(tags=CONTEST, allowed_in_pause=True)]
    parents = [house.publication(post_id=one.id, channel_id=channel.id, state=State.PUBLISHED) for one in posts]
    pushes = [
        house.publication(
            post_id=plain.id, channel_id=channel.id, part=Part.BROADCAST, due_at=NOW - (place + 1) * MINUTE,
            details={"articles": [parents[0].id, parents[with_it].id]},
        )
        for place, with_it in enumerate((1, 2))
    ]  # fmt: skip
    comment = house.publication(post_id=posts[1].id, channel_id=channel.id, part=Part.COMMENT, follows_id=parents[1].id)
    pause(house, tag="cuoc-thi")
    sweep(engine, now=NOW)
    assert states(house, [*pushes, comment]) == [State.HELD, State.SCHEDULED, State.HELD]
    assert house.load(pushes[0].id).details["articles"] == [parents[0].id, parents[1].id]


def test_two_clocks_at_once_hold_each_such_post_once_and_claim_none(engine: Engine) -> None:
    house = House(engine)
    posts = [house.post(tags=CONTEST if number % 2 else []) for number in range(20)]
    rows = [house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash) for post in posts]
    pause(house, tag="cuoc-thi")

    def tick(owner: str) -> list[int]:
        sweep(engine, now=NOW)
        return [one.id for one in claim(engine, now=NOW, owner=owner, limit=50)]

    with ThreadPoolExecutor(2) as pool:
        claimed = [number for found in pool.map(tick, ("a", "b")) for number in found]
    assert sorted(claimed) == [row.id for row in rows[::2]]
    assert all(house.load(row.id).state == State.HELD for row in rows[1::2])
    assert [house.events(row.id) for row in rows[1::2]] == [["paused"]] * 10


def test_nobody_publishes_now_or_plans_into_a_pause_of_a_tag_and_other_posts_go_on(running: Running) -> None:
    contest, plain, channel, desk = (
        running.post(tags=CONTEST), running.post(), running.channel(), running.service.desk
    )  # fmt: skip
    row = running.publication(post_id=contest.id, channel_id=channel.id, due_at=NOW + HOUR)
    pause(running, tag="cuoc-thi", until=NOW + DAY)
    for act in (
        lambda: publish_now(desk, running.post(tags=CONTEST).key, channel.key, now=NOW, actor=LAN),
        lambda: hasten(desk, row.id or 0, now=NOW, actor=LAN),
        lambda: move(desk, row.id or 0, NOW + 2 * HOUR, now=NOW, actor=LAN),
    ):
        with pytest.raises(QueueError, match="nhãn “Cuộc thi”"):
            act()
    assert publish_now(desk, plain.key, channel.key, now=NOW, actor=LAN).due_at == NOW
    move(desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)


def test_the_autopilot_chooses_no_post_of_a_paused_tag(running: Running) -> None:
    page, on = running.connect("facebook"), local_day(NOW) + DAY
    running.post(tags=CONTEST)
    with writing(running.engine) as session:
        set_slots(session, page, {on.weekday(): [450]})
    pause(running, tag="cuoc-thi")
    filled = fill(running.service.desk, [on], now=NOW)
    assert filled.decisions == []
    assert len(filled.gaps) == 1


# The end of a pause lets nothing go by itself -----------------------------------------------------------


@pytest.mark.parametrize("by_a_person", [False, True])
def test_what_was_due_in_a_pause_that_is_over_waits_for_a_person_whoever_ended_it(
    running: Running, by_a_person: bool
) -> None:
    """The server stood still from before the post's hour until after the pause."""
    page = running.connect("facebook")
    row = running.queue(running.post(late_rule=LateRule.ANY_TIME), page, NOW + HOUR)
    before = running.queue(running.post(late_rule=LateRule.ANY_TIME), page, NOW + MINUTE)
    one = pause(running, since=NOW + HOUR / 2, until=NOW + 2 * HOUR)
    if by_a_person:
        end(running.engine, one.id or 0, now=NOW + HOUR + MINUTE, by=HA)
    running.clock.set(NOW + 3 * HOUR)
    running.pass_time(NOW + 4 * HOUR)
    assert states(running, [row, before]) == [State.HELD, State.PUBLISHED]
    running.service.desk.act(row.id or 0, Event.RESUMED, now=NOW + 4 * HOUR, actor=LAN)
    running.pass_time(NOW + 5 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED, "a person decided"


def test_a_pause_that_is_over_does_not_take_back_what_a_person_lets_try_again(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(due_at=NOW + HOUR, state=State.FAILED)
    pause(house, until=NOW + 2 * HOUR)
    with writing(engine) as session:
        apply(session, house.load(row.id), Event.RESUMED, now=NOW + 3 * HOUR, actor=LAN, next_attempt_at=NOW)
    sweep(engine, now=NOW + 3 * HOUR)
    assert house.load(row.id).state == State.SCHEDULED


def test_an_approval_that_comes_after_the_pause_does_not_let_go_what_was_due_in_it(running: Running) -> None:
    post = running.post(state=Editorial.DRAFT, late_rule=LateRule.ANY_TIME)
    row = running.service.desk.add(
        post.key, running.connect("facebook").key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True
    )
    pause(running, until=NOW + 2 * HOUR)
    running.pass_time(NOW + 3 * HOUR)
    running.approve_again(post)
    running.pass_time(NOW + 4 * HOUR)
    assert (running.load(row.id).held_by, running.sandbox.public("facebook")) == ("paused", [])


# Orders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"agency": "snv", "tag": "cuoc-thi"}, "chỉ có một phạm vi"),
        ({"channel_key": "x", "tag": "cuoc-thi"}, "chỉ có một phạm vi"),
        ({"agency": "khong-co"}, "Không có cơ quan “khong-co”"),
        ({"agency": "x" * 5000}, "Không có cơ quan"),
        ({"tag": "Cuộc thi!"}, "không đúng mẫu"),
        ({"tag": "x" * 41}, "không đúng mẫu"),
        ({"since": NOW - HOUR}, "Giờ bắt đầu .* đã qua"),
        ({"since": NOW - HOUR, "until": NOW + HOUR}, "Giờ bắt đầu .* đã qua"),
        ({"since": NOW + HOUR, "until": NOW + HOUR}, "phải sau giờ bắt đầu"),
    ],
)
def test_a_scope_or_a_time_that_makes_no_sense_is_refused(engine: Engine, facts: dict[str, Any], says: str) -> None:
    House(engine).channel(agency="snv")
    with pytest.raises(PauseError, match=says):
        pause(House(engine), **facts)
    with reading(engine) as session:
        assert standing(session, now=NOW) == []


def test_a_tag_may_be_named_by_its_words(engine: Engine) -> None:
    assert pause(House(engine), tag=" Cuộc thi ").tag == "cuoc-thi"


def test_different_pauses_may_overlap_and_ending_one_tells_what_still_holds(engine: Engine) -> None:
    house = House(engine)
    one, other = house.channel(agency="snv"), house.channel()
    everything = pause(house)
    tag, agency = pause(house, tag="cuoc-thi"), pause(house, agency="snv")
    channels = [pause(house, channel_key=which.key) for which in (one, other)]
    for again in ({"tag": "cuoc-thi"}, {"agency": "snv"}, {"channel_key": one.key}, {}):
        with pytest.raises(PauseError, match="không đặt hai lần"):
            pause(house, **again)
    pause(house, since=NOW + DAY, tag="tin-vui")
    later = NOW + MINUTE
    end(engine, everything.id or 0, now=later, by=HA)
    end(engine, channels[0].id or 0, now=later, by=HA)
    with reading(engine) as session:
        assert [row.id for row in remaining(session, everything, now=later)] == [tag.id, agency.id, channels[1].id]
        assert [row.id for row in remaining(session, channels[0], now=later)] == [tag.id, agency.id]


def test_a_pause_that_has_not_begun_is_taken_back_and_never_was(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(due_at=NOW + 2 * HOUR)
    one = pause(house, since=NOW + HOUR)
    end(engine, one.id or 0, now=NOW + MINUTE, by=HA)
    sweep(engine, now=NOW + 2 * HOUR)
    assert house.load(row.id).state == State.SCHEDULED
    with reading(engine) as session:
        assert between(session, NOW, NOW + DAY) == []


def test_the_pauses_of_some_days_are_those_in_force_on_them(engine: Engine) -> None:
    def order(since: datetime, until: datetime | None, **facts: Any) -> int:
        return begin(engine, "chi_dao", since=since, until=until, now=NOW, by=HA, **facts).id or 0

    House(engine).channel()
    past, long = order(NOW, NOW + HOUR), order(NOW + 2 * HOUR, NOW + 3 * DAY)
    open_end = order(NOW + 2 * DAY, None, tag="cuoc-thi")
    with reading(engine) as session:
        for first, last, found in (
            (NOW, NOW + HOUR, [past]),
            (NOW + HOUR, NOW + 2 * HOUR, []),
            (NOW + DAY, NOW + 2 * DAY, [long]),
            (NOW + 2 * DAY, NOW + 9 * DAY, [long, open_end]),
            (NOW + 3 * DAY, NOW + 90 * DAY, [open_end]),
        ):
            assert [one.id for one in between(session, first, last)] == found, (first, last)
    assert "kênh và bài của snv" in tell(begin(engine, "chi_dao", agency=_an_agency(engine), now=NOW, by=HA))


def _an_agency(engine: Engine) -> str:
    House(engine).post(agency="snv", key="bai-cua-snv")
    return "snv"
