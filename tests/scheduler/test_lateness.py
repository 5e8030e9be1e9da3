"""Turns of late posts, decided from values alone."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import LOCAL, local, local_day
from scheduler.hours import after_quiet, is_quiet
from scheduler.lateness import Overdue, Pace, Turn, turns
from tests.conftest import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PACE = Pace(15 * MINUTE, 22 * 60, 6 * 60)


def late(number: int, hours: float, **facts: object) -> Overdue:
    due = NOW - hours * HOUR
    values = {"earliest": NOW, "ready": True, "until": None, "wanted_at": due, **facts}
    return Overdue(id=number, due_at=due, **values)  # type: ignore[arg-type]  # values of several kinds


def at(found: list[Turn]) -> dict[int, datetime]:
    return {one.id: one.at for one in found if one.in_time}


def test_late_posts_go_out_a_gap_apart_in_the_order_of_their_hours() -> None:
    found = turns([late(1, 2), late(2, 9), late(3, 5)], [], [], PACE, now=NOW)
    assert at(found) == {2: NOW, 3: NOW + 15 * MINUTE, 1: NOW + 30 * MINUTE}


def test_one_late_post_alone_goes_at_once() -> None:
    assert at(turns([late(1, 2)], [], [NOW + 5 * MINUTE], PACE, now=NOW)) == {1: NOW}


def test_one_late_post_keeps_away_from_what_went_out_a_moment_ago() -> None:
    found = turns([late(1, 2)], [NOW - 5 * MINUTE], [NOW + 20 * MINUTE], PACE, now=NOW)
    assert at(found) == {1: NOW + 35 * MINUTE}


def test_what_is_on_time_is_never_in_the_way_of_what_is_late() -> None:
    found = turns([late(1, 3), late(2, 2)], [], [NOW + 10 * MINUTE], PACE, now=NOW)
    assert at(found) == {1: NOW + 25 * MINUTE, 2: NOW + 40 * MINUTE}


def test_a_warning_goes_at_once_and_first() -> None:
    found = turns([late(1, 3), late(2, 1, first=True), late(3, 0.5, first=True)], [], [], PACE, now=NOW)
    assert at(found) == {2: NOW, 3: NOW, 1: NOW + 15 * MINUTE}


def test_what_would_be_sent_after_its_own_late_rule_is_told_and_takes_no_place() -> None:
    rows = [late(1, 3), late(2, 2, until=NOW + MINUTE), late(3, 1)]
    found = turns(rows, [], [], PACE, now=NOW)
    assert at(found) == {1: NOW, 3: NOW + 15 * MINUTE}
    assert [one for one in found if not one.in_time] == [Turn(2, NOW + 15 * MINUTE, False)]


def test_a_turn_that_was_given_stays() -> None:
    rows = [late(1, 3), late(2, 2), late(3, 1)]
    first = at(turns(rows, [], [], PACE, now=NOW))
    later = [late(number, 4 - number, earliest=first[number]) for number in (2, 3)]
    again = turns(later, [NOW], [], PACE, now=NOW + 2 * MINUTE)
    assert at(again) == {2: first[2], 3: first[3]}


def test_turns_stay_while_the_first_one_waits_for_a_free_worker() -> None:
    rows = [late(1, 3), late(2, 2, earliest=NOW + 15 * MINUTE), late(3, 1, earliest=NOW + 30 * MINUTE)]
    found = turns(rows, [], [], PACE, now=NOW + 3 * MINUTE)
    assert at(found) == {1: NOW + 3 * MINUTE, 2: NOW + 15 * MINUTE, 3: NOW + 30 * MINUTE}
    found = turns(rows[1:], [NOW + 3 * MINUTE], [], PACE, now=NOW + 15 * MINUTE)
    assert at(found)[2] == NOW + 18 * MINUTE


def test_a_turn_gives_way_to_an_hour_that_a_person_chose_meanwhile() -> None:
    found = turns(
        [late(1, 3, earliest=NOW + HOUR), late(2, 2, earliest=NOW + 2 * HOUR)], [], [NOW + HOUR], PACE, now=NOW
    )
    assert at(found) == {1: NOW + 75 * MINUTE, 2: NOW + 2 * HOUR}


def test_what_is_still_being_prepared_keeps_its_place_in_the_order() -> None:
    found = turns([late(1, 3, ready=False), late(2, 2)], [], [], PACE, now=NOW)
    assert at(found) == {1: NOW, 2: NOW + 15 * MINUTE}


def test_another_day_than_its_own_needs_room_and_a_rule_that_lets_it_out() -> None:
    today = local_day(NOW)
    tomorrow = today + timedelta(days=1)
    pace = replace(PACE, room={today: 1, tomorrow: 1})
    found = at(
        turns([late(1, 72), late(2, 60), late(3, 50), late(4, 48, barred=frozenset({today}))], [], [], pace, now=NOW)
    )
    assert [local_day(found[number]) for number in (1, 2, 3)] == [today, tomorrow, tomorrow + timedelta(days=1)]
    assert local_day(found[4]) > tomorrow
    full = replace(PACE, room={today: 0})
    assert at(turns([late(1, 1)], [], [], full, now=NOW)) == {1: NOW}  # on its own day it stays what people planned


def test_nothing_late_is_given_a_time_in_quiet_hours() -> None:
    night = datetime(2026, 11, 23, 23, 0, tzinfo=LOCAL)
    rows = [late(1, 0), late(2, 0)]
    found = at(turns([*rows], [], [], PACE, now=night))
    morning = datetime(2026, 11, 24, 6, 0, tzinfo=LOCAL)
    assert found == {1: morning, 2: morning + 15 * MINUTE}


def test_what_a_person_put_into_quiet_hours_may_go_out_late_in_them() -> None:
    night = datetime(2026, 11, 23, 23, 0, tzinfo=LOCAL)
    row = Overdue(1, night - 30 * MINUTE, night, True, night + HOUR, night - 30 * MINUTE)
    assert at(turns([row], [], [], PACE, now=night)) == {1: night}


minutes = st.integers(0, 3 * 24 * 60)
overdue = st.builds(
    lambda number, due, until, ready, first: Overdue(number, due, NOW, ready, until, due, first),
    st.integers(1, 10**6), minutes.map(lambda ago: NOW - ago * MINUTE),
    st.none() | minutes.map(lambda ahead: NOW + ahead * MINUTE), st.booleans(), st.booleans(),
)  # fmt: skip


@given(
    rows=st.lists(overdue, max_size=25, unique_by=lambda one: one.id),
    out=st.lists(st.integers(0, 120).map(lambda ago: NOW - ago * MINUTE), max_size=3),
    due=st.lists(st.integers(0, 600).map(lambda ahead: NOW + ahead * MINUTE), max_size=5),
    gap=st.integers(1, 90),
    quiet=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    shift=st.integers(0, 24 * 60),
)
def test_no_rule_is_ever_broken(
    rows: list[Overdue], out: list[datetime], due: list[datetime], gap: int, quiet: tuple[int, int], shift: int
) -> None:
    pace = Pace(gap * MINUTE, *quiet)
    found = turns(rows, out, due, pace, now=NOW)
    known = {one.id: one for one in rows}
    assert sorted(one.id for one in found) == sorted(known)
    ordinary = [one for one in found if not known[one.id].first and one.in_time]
    for one in ordinary:
        row = known[one.id]
        assert one.at >= NOW and (row.until is None or one.at <= row.until)
        assert not is_quiet(one.at, *quiet) or is_quiet(row.wanted_at, *quiet)
        if len(rows) > 1:
            others = [*out, *due, *(two.at for two in found if two is not one and two.in_time)]
            assert all(abs(one.at - other) >= pace.gap for other in others)
    # given out once, the turns stay as they are
    given_out = [
        Overdue(row.id, row.due_at, one.at, True, row.until, row.wanted_at)
        for one in ordinary for row in [known[one.id]] if one.at > NOW + MINUTE
    ]  # fmt: skip
    again = turns(given_out, out, due, pace, now=NOW + MINUTE)
    assert at(again) == {one.id: one.earliest for one in given_out}


@given(
    at=st.integers(0, 10**7).map(lambda n: NOW + n * timedelta(seconds=1)),
    since=st.integers(0, 1439),
    until=st.integers(0, 1439),
)
def test_quiet_hours_end_at_their_end_and_nowhere_else(at: datetime, since: int, until: int) -> None:
    end = after_quiet(at, since, until)
    assert not is_quiet(end, since, until)
    assert end == at or (local(end).hour * 60 + local(end).minute == until and end - at <= timedelta(days=1))
