"""After an outage, a block or a dead token: late posts go out one at a time, or their late rule decides with words."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from content.tables import Editorial
from content.vietnamese import LOCAL, local, local_day
from scheduler.channels import OFF, open_channel, set_slots, stop_channel
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.lateness import SPACED
from scheduler.lifecycle import Event, State
from scheduler.overtaken import MOVES_MOST
from scheduler.policy import Policy
from scheduler.queue import QueueError
from scheduler.slots import free_slots
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication, PublicationEvent
from tests.conftest import LAN, NOW
from tests.scheduler.house import HOUR, House, Running
from tests.together import while_uncommitted

MINUTE = timedelta(minutes=1)
GAP = 15 * MINUTE
EVENING = NOW + 9 * HOUR
"""17:00: nine hours after everything stood still."""


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def words_of(house: House, number: int | None, event: str) -> list[str]:
    with reading(house.engine) as session:
        statement = select(PublicationEvent.words).where(
            PublicationEvent.publication_id == number, PublicationEvent.event == event
        )
        return list(session.exec(statement.order_by(PublicationEvent.id)))  # type: ignore[arg-type]  # a column


def went_out(house: House, channel: Channel) -> list[tuple[datetime, int]]:
    with reading(house.engine) as session:
        rows = session.exec(
            select(Publication.sent_at, Publication.id).where(
                Publication.channel_id == channel.id, Publication.state == State.PUBLISHED
            )
        ).all()
    return sorted((at, number) for at, number in rows if at is not None and number is not None)


def ready(house: House, channel: Channel, hours: float, **facts: Any) -> Publication:
    """A prepared row that was due so many hours before the evening."""
    post = house.post(**{"late_rule": "any_time", **facts})
    due = EVENING - hours * HOUR
    until = None if post.late_rule == "any_time" else due + post.late_minutes * MINUTE
    return house.publication(
        post_id=post.id, channel_id=channel.id, state=State.READY, due_at=due, next_attempt_at=due, late_until=until,
        prepared_hash=post.content_hash,
    )  # fmt: skip


def slots(house: House, channel: Channel, *minutes: int) -> None:
    with writing(house.engine) as session:
        set_slots(session, channel, {weekday: list(minutes) for weekday in range(7)})


# After an outage -----------------------------------------------------------------------------------------


def test_twelve_late_posts_go_out_one_a_gap_in_the_order_of_their_hours(running: Running) -> None:
    page = running.connect("facebook")
    rows = [
        running.queue(running.post(late_rule="any_time" if n % 3 else "expire"), page, NOW + n * 30 * MINUTE)
        for n in range(1, 13)
    ]
    on_time = running.queue(running.post(), page, EVENING + 40 * MINUTE)
    running.clock.set(EVENING)
    running.pass_time(EVENING + 4 * HOUR)
    found = went_out(running, page)
    times = [at for at, _ in found]
    assert all(after - before >= GAP for before, after in pairwise(times))
    late = [number for _, number in found if number != on_time.id]
    assert late == [row.id for n, row in enumerate(rows, 1) if n % 3]
    assert {number: at for at, number in found}[on_time.id or 0] == EVENING + 40 * MINUTE
    assert len(running.sandbox.public("facebook")) == len(found) == 9
    for row in rows[2::3]:
        missed = running.load(row.id)
        assert missed.state == State.MISSED and "quá giờ đăng" in missed.problem
    assert len(words_of(running, rows[1].id, SPACED)) == 1
    assert "cách các mục khác của kênh ít nhất 15 phút" in words_of(running, rows[1].id, SPACED)[0]
    assert running.load(rows[1].id).due_at == NOW + HOUR


def test_two_channels_do_not_wait_for_each_other(house: House) -> None:
    one, other = house.channel(), house.channel("zalo")
    rows = [ready(house, channel, hours) for channel in (one, other) for hours in (5, 4, 3)]
    sweep(house.engine, now=EVENING)
    own = [house.load(row.id).next_attempt_at for row in rows]
    assert own == [EVENING - 5 * HOUR, EVENING + GAP, EVENING + 2 * GAP] * 2


def test_a_second_sweep_and_a_crash_between_two_change_nothing(house: House) -> None:
    channel = house.channel()
    rows = [ready(house, channel, hours) for hours in (5, 4, 3)]
    sweep(house.engine, now=EVENING)
    before = [(house.load(row.id).next_attempt_at, house.events(row.id)) for row in rows]
    sweep(house.engine, now=EVENING)
    sweep(house.engine, now=EVENING + MINUTE)
    sweep(house.engine, now=EVENING + 2 * MINUTE, everything=True)
    assert [(house.load(row.id).next_attempt_at, house.events(row.id)) for row in rows] == before
    assert [events for _, events in before] == [[], [SPACED], [SPACED]]


def test_only_the_first_is_claimed_and_the_next_one_a_gap_after_it(house: House) -> None:
    channel = house.channel()
    rows = [ready(house, channel, hours) for hours in (5, 4)]
    sweep(house.engine, now=EVENING)
    assert [one.id for one in claim(house.engine, now=EVENING, owner="a", limit=5)] == [rows[0].id]
    later = EVENING + GAP - MINUTE
    sweep(house.engine, now=later)
    assert claim(house.engine, now=later, owner="a", limit=5) == []


def test_what_became_ready_after_the_sweep_does_not_go_out_beside_the_one_before(house: House) -> None:
    """A worker ends preparing it, or a person connects the channel again, between a tick's sweep and its claim."""
    channel = house.channel()
    sweep(house.engine, now=EVENING)
    house.publication(
        channel_id=channel.id, state=State.PUBLISHED, due_at=EVENING - 5 * HOUR, sent_at=EVENING - MINUTE,
        published_at=EVENING - MINUTE,
    )  # fmt: skip
    late = ready(house, channel, 4)
    assert claim(house.engine, now=EVENING, owner="a", limit=4) == []
    assert house.load(late.id).next_attempt_at == EVENING + 14 * MINUTE


def test_posts_that_are_on_time_are_not_spaced_however_many(house: House) -> None:
    channel = house.channel()
    rows = [ready(house, channel, 0.1) for _ in range(20)]
    sweep(house.engine, now=EVENING)
    assert {house.load(row.id).next_attempt_at for row in rows} == {EVENING - 6 * MINUTE}


def test_a_warning_goes_first_and_is_never_spaced(house: House) -> None:
    channel = house.channel()
    ordinary = ready(house, channel, 5)
    warnings = [ready(house, channel, 1, allowed_in_pause=True) for _ in range(2)]
    sweep(house.engine, now=EVENING)
    assert house.load(ordinary.id).next_attempt_at == EVENING + GAP
    assert all(house.load(row.id).next_attempt_at == EVENING - HOUR for row in warnings)


def test_the_gap_of_the_channel_counts_when_it_is_longer(house: House) -> None:
    channel = house.channel(gap_minutes=60)
    rows = [ready(house, channel, hours) for hours in (5, 4)]
    sweep(house.engine, now=EVENING)
    assert house.load(rows[1].id).next_attempt_at == EVENING + HOUR


def test_late_posts_get_out_although_the_coming_days_are_filled_again_and_again(house: House) -> None:
    """The gap is as long as from slot to slot, so a late post finds room only where nothing is put beside its turn."""
    channel = house.channel(gap_minutes=240)
    slots(house, channel, 450, 690, 930, 1170)
    late = [ready(house, channel, hours).id for hours in (5, 4)]
    out: list[tuple[datetime, int | None]] = []
    for turn in range(5 * 12):
        now = EVENING + 30 * MINUTE + 2 * turn * HOUR
        with reading(house.engine) as session:
            free = free_slots(session, channel, now=now, policy=Policy(), days=3)
        for at in free:
            post = house.post()
            house.publication(
                post_id=post.id, channel_id=channel.id, state=State.READY, due_at=at, next_attempt_at=at,
                prepared_hash=post.content_hash,
            )  # fmt: skip
        sweep(house.engine, now=now)
        for one in claim(house.engine, now=now, owner="a", limit=4):
            out.append((now, one.id))
            with writing(house.engine) as session:
                row = session.get_one(Publication, one.id)
                row.state, row.published_at, row.lease_until = State.PUBLISHED, now, None
                session.add(row)
        if set(late) <= {number for _, number in out}:
            break
    assert set(late) <= {number for _, number in out}
    assert all(after[0] - before[0] >= 240 * MINUTE for before, after in pairwise(out))


def test_late_posts_of_other_days_heed_the_maximum_of_the_day_that_they_come_to(house: House) -> None:
    channel = house.channel(daily_most=1)
    rows = [ready(house, channel, 24 * days + 2) for days in range(5)]
    sweep(house.engine, now=EVENING)
    days = [local_day(house.load(row.id).next_attempt_at or EVENING) for row in rows]
    assert len(set(days)) == 5 and days[0] == local_day(EVENING)
    before = [house.load(row.id).next_attempt_at for row in rows]
    sweep(house.engine, now=EVENING)
    assert [house.load(row.id).next_attempt_at for row in rows] == before


def test_late_posts_wait_for_the_morning_in_quiet_hours(house: House) -> None:
    channel = house.channel()
    rows = [ready(house, channel, hours) for hours in (5, 4)]
    night = datetime(2026, 11, 23, 23, 30, tzinfo=LOCAL)
    sweep(house.engine, now=night)
    morning = datetime(2026, 11, 24, 6, 0, tzinfo=LOCAL)
    assert [local(house.load(row.id).next_attempt_at or NOW) for row in rows] == [morning, morning + GAP]


def test_a_post_whose_turn_comes_too_late_is_missed_at_once_and_says_why(house: House) -> None:
    channel = house.channel()
    ready(house, channel, 5)
    row = ready(house, channel, 2, late_rule="expire", late_minutes=125)
    sweep(house.engine, now=EVENING)
    missed = house.load(row.id)
    assert (missed.state, missed.next_attempt_at) == (State.MISSED, None)
    assert "17:15" in missed.problem and "17:05" in missed.problem


def test_a_block_that_ends_lets_nothing_out_in_a_burst(running: Running) -> None:
    page = running.connect("facebook")
    for n in range(1, 5):
        running.queue(running.post(late_rule="any_time"), page, NOW + n * 10 * MINUTE)
    with writing(running.engine) as session:
        stop_channel(session, page.id or 0, "blocked", "Bị khóa.", NOW + 5 * HOUR)
    running.pass_time(NOW + 4 * HOUR)
    running.pass_time(NOW + 5 * HOUR + MINUTE)
    running.pass_time(NOW + 8 * HOUR)
    times = [at for at, _ in went_out(running, page)]
    assert times[0] >= NOW + 5 * HOUR and len(times) == 4
    assert all(after - before >= GAP for before, after in pairwise(times))


def test_an_access_that_was_dead_for_days_sends_nothing_older_than_its_late_rule(running: Running) -> None:
    page = running.connect("facebook")
    rows = [running.queue(running.post(late_minutes=60), page, NOW + n * HOUR) for n in range(1, 5)]
    last = running.queue(running.post(late_minutes=60), page, NOW + 75 * HOUR - 30 * MINUTE)
    with writing(running.engine) as session:
        stop_channel(session, page.id or 0, "reconnect", "Mã truy cập đã hết hạn.", None)
    running.pass_time(NOW + 74 * HOUR)
    running.clock.set(NOW + 75 * HOUR)
    with writing(running.engine) as session:
        open_channel(session, page.id or 0)
    running.pass_time(NOW + 76 * HOUR)
    assert {running.load(row.id).state for row in rows} == {State.MISSED}
    assert [number for _, number in went_out(running, page)] == [last.id]


# A person lets late posts go on ---------------------------------------------------------------------------


def test_late_posts_that_a_person_resumes_do_not_go_out_in_a_burst(running: Running) -> None:
    page = running.connect("facebook")
    rows = [running.queue(running.post(), page, NOW + n * 10 * MINUTE) for n in range(1, 4)]
    running.clock.set(EVENING)
    running.service.tick()
    for row in rows:
        assert running.load(row.id).state == State.MISSED
        running.service.desk.act(row.id or 0, Event.RESUMED, now=EVENING, actor=LAN)
    running.pass_time(EVENING + HOUR)
    times = [at for at, _ in went_out(running, page)]
    assert times == [EVENING, EVENING + GAP, EVENING + 2 * GAP]


def test_a_late_post_is_not_resumed_beside_the_same_post_that_is_about_to_go_out(running: Running) -> None:
    page, post = running.connect("facebook"), running.post()
    late = running.queue(post, page, NOW + HOUR)
    running.clock.set(EVENING)
    running.service.tick()
    again = running.queue(post, page, EVENING + 20 * MINUTE)
    with pytest.raises(QueueError, match=f"mục {again.id}"):
        running.service.desk.act(late.id or 0, Event.RESUMED, now=EVENING, actor=LAN)
    running.pass_time(EVENING + 2 * HOUR)
    assert len(running.sandbox.public("facebook")) == 1


def test_what_a_person_resumes_at_night_goes_out_at_night(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(), page, NOW + HOUR)
    night = datetime(2026, 11, 23, 23, 30, tzinfo=LOCAL)
    running.clock.set(night)
    running.service.tick()
    running.service.desk.act(row.id or 0, Event.RESUMED, now=running.clock.now(), actor=LAN)
    running.pass_time(running.clock.now() + MINUTE)
    assert running.load(row.id).state == State.PUBLISHED


# Next slot -------------------------------------------------------------------------------------------------


def test_a_post_whose_time_is_over_moves_to_the_next_slot_by_itself_and_goes_out_there(running: Running) -> None:
    page = running.connect("facebook")
    slots(running, page, 7 * 60 + 30, 18 * 60)
    row = running.queue(running.post(late_rule="next_slot", late_minutes=30), page, NOW + HOUR)
    running.clock.set(EVENING)
    sweep(running.engine, now=EVENING)
    moved = running.load(row.id)
    assert (moved.state, local(moved.due_at)) == (State.SCHEDULED, datetime(2026, 11, 23, 18, 0, tzinfo=LOCAL))
    assert moved.late_until == moved.due_at + 30 * MINUTE
    [words] = words_of(running, row.id, Event.MOVED)
    assert words.startswith("Quá giờ 09:00 ngày 23/11/2026 vì ") and "khung giờ trống kế tiếp 18:00" in words
    running.pass_time(EVENING + 2 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert "muộn" not in " ".join(words_of(running, row.id, Event.SUCCEEDED))


def test_two_posts_never_move_into_one_slot_nor_into_one_that_does_not_fit(house: House) -> None:
    channel = house.channel(daily_most=2)
    with writing(house.engine) as session:
        every = {weekday: {18 * 60: "", 18 * 60 + 30: "video", 20 * 60: ""} for weekday in range(7)}
        set_slots(session, channel, every)
    rows = [ready(house, channel, hours, late_rule="next_slot", late_minutes=30) for hours in (5, 4, 3)]
    sweep(house.engine, now=EVENING)
    due = [f"{local(house.load(row.id).due_at):%d %H:%M}" for row in rows]
    assert due == ["23 18:00", "23 20:00", "24 18:00"]


def test_a_slot_that_somebody_gives_the_same_post_at_that_moment_is_left_to_them(house: House) -> None:
    channel, other = house.channel(), house.channel("zalo")
    for one in (channel, other):
        slots(house, one, 18 * 60)
    row, beside = (ready(house, one, 5, late_rule="next_slot", late_minutes=30) for one in (channel, other))
    at = datetime(2026, 11, 23, 18, 0, tzinfo=LOCAL)

    def first(session: Session) -> None:
        session.add(
            Publication(post_id=row.post_id, channel_id=row.channel_id, due_at=at, saved={}, created_at=EVENING)
        )

    assert while_uncommitted(house.engine, first, lambda: sweep(house.engine, now=EVENING)) is None
    moved = house.load(row.id)
    assert moved.state == State.SCHEDULED and moved.due_at > at
    assert len(words_of(house, row.id, Event.MOVED)) == 1
    assert house.load(beside.id).due_at == at


def test_a_post_that_fits_no_slot_is_missed_with_words(house: House) -> None:
    channel = house.channel()
    slots(house, channel, 23 * 60)
    row = ready(house, channel, 5, late_rule="next_slot", late_minutes=30)
    sweep(house.engine, now=EVENING)
    missed = house.load(row.id)
    assert missed.state == State.MISSED and "trong 60 ngày tới" in missed.problem


def test_a_channel_that_is_off_gets_nothing_moved(house: House) -> None:
    channel = house.channel(state=OFF)
    slots(house, channel, 18 * 60)
    row = ready(house, channel, 5, late_rule="next_slot", late_minutes=30)
    sweep(house.engine, now=EVENING)
    assert house.load(row.id).state == State.MISSED and "kênh đã tắt" in house.load(row.id).problem


def test_a_post_does_not_move_for_ever(house: House) -> None:
    channel = house.channel(state="reconnect")
    slots(house, channel, 18 * 60)
    row = ready(house, channel, 5, late_rule="next_slot", late_minutes=30)
    for day in range(MOVES_MOST + 3):
        sweep(house.engine, now=EVENING + day * timedelta(days=1))
    moves = [one for one in house.events(row.id) if one in (Event.MOVED, Event.TOO_LATE)]
    assert moves == [Event.MOVED] * MOVES_MOST + [Event.TOO_LATE]
    assert f"{MOVES_MOST} lần" in house.load(row.id).problem


def test_a_turn_that_comes_too_late_moves_the_post_to_the_next_slot_at_once(house: House) -> None:
    channel = house.channel()
    slots(house, channel, 19 * 60)
    ready(house, channel, 5)
    row = ready(house, channel, 2, late_rule="next_slot", late_minutes=125)
    sweep(house.engine, now=EVENING)
    assert f"{local(house.load(row.id).due_at):%H:%M}" == "19:00"
    assert "sớm nhất 17:15" in words_of(house, row.id, Event.MOVED)[0]


def test_what_is_approved_when_its_time_is_over_goes_into_the_next_slot(running: Running) -> None:
    page = running.connect("facebook")
    slots(running, page, 18 * 60)
    post = running.post(late_rule="next_slot", late_minutes=30, state=Editorial.DRAFT)
    desk = running.service.desk
    row = desk.add(post.key, page.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)
    running.clock.set(EVENING)
    running.service.tick()
    assert running.load(row.id).state == State.HELD
    running.approve_again(post)
    running.pass_time(EVENING + 2 * HOUR)
    went = running.load(row.id)
    assert (went.state, f"{local(went.due_at):%H:%M}") == (State.PUBLISHED, "18:00")
