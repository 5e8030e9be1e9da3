"""Calendar jobs run once for each of their hours, however many clocks ring and whoever dies."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from content.vietnamese import LOCAL
from scheduler.db import reading, writing
from scheduler.jobs import TAKE_OVER, Job, Known, Timetable, mark_installed, next_hour, run_due
from scheduler.tables import JobRun
from tests.conftest import NOW
from tests.web.desk import counted

DAILY = Timetable((time(7, 0), time(16, 0)))
MONDAYS = Timetable((time(7, 0),), weekday=0)


def counting(calls: list[datetime], timetable: Timetable = DAILY) -> Job:
    def run(slot: datetime, _now: datetime) -> str:
        calls.append(slot)
        return "xong"

    return Job("thu", timetable, run)


def installed(engine: Engine) -> None:
    mark_installed(engine, now=NOW - timedelta(days=30))


def test_hours_are_local_and_monday_is_monday() -> None:
    sunday_night = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert MONDAYS.latest(sunday_night) == datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
    assert MONDAYS.upcoming(sunday_night) == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert DAILY.upcoming(datetime(2026, 11, 23, 0, 0, tzinfo=UTC)) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@given(
    st.timedeltas(timedelta(), timedelta(days=400)),
    st.lists(st.times(), min_size=1, max_size=5).map(tuple),
    st.none() | st.integers(0, 6),
)
def test_no_hour_of_a_timetable_lies_between_the_latest_and_the_next(
    later: timedelta, hours: tuple[time, ...], weekday: int | None
) -> None:
    now, timetable = NOW + later, Timetable(hours, weekday)
    days = [now.date() + timedelta(days=offset) for offset in range(-8, 9)]
    every = [datetime.combine(on, hour, LOCAL) for on in days if weekday in (None, on.weekday()) for hour in hours]
    assert timetable.latest(now) == max(one for one in every if one <= now)
    assert timetable.upcoming(now) == min(one for one in every if one > now)


def test_two_clocks_run_an_hour_once(engine: Engine) -> None:
    installed(engine)
    calls: list[datetime] = []
    job = counting(calls)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: run_due(engine, [job], now=NOW), range(6)))
    assert calls == [datetime(2026, 11, 23, 0, 0, tzinfo=UTC)]


def test_after_an_outage_only_the_newest_hour_is_made_up_for(engine: Engine) -> None:
    installed(engine)
    calls: list[datetime] = []
    run_due(engine, [counting(calls)], now=NOW)
    run_due(engine, [counting(calls)], now=NOW + timedelta(days=5))
    assert len(calls) == 2


def test_nothing_is_made_up_for_from_before_the_installation(engine: Engine) -> None:
    mark_installed(engine, now=NOW)
    calls: list[datetime] = []
    assert run_due(engine, [counting(calls)], now=NOW + timedelta(minutes=1)) == []
    mark_installed(engine, now=NOW + timedelta(days=1))
    assert run_due(engine, [counting(calls)], now=NOW + timedelta(hours=9)) == ["thu"]


def test_a_run_that_died_is_taken_over_and_one_that_lives_is_not(engine: Engine) -> None:
    installed(engine)
    slot = DAILY.latest(NOW)
    with writing(engine) as session:
        session.add(JobRun(job="thu", slot=slot, started_at=NOW))
    calls: list[datetime] = []
    assert run_due(engine, [counting(calls)], now=NOW + timedelta(minutes=1)) == []
    assert run_due(engine, [counting(calls)], now=NOW + TAKE_OVER + timedelta(minutes=1)) == ["thu"]


def test_between_the_hours_a_clock_asks_nothing_and_is_right_all_the_same_beside_another(engine: Engine) -> None:
    installed(engine)
    calls: list[datetime] = []
    job, mine, other = counting(calls), Known(), Known()
    assert run_due(engine, [job], now=NOW, known=mine) == ["thu"]
    assert run_due(engine, [job], now=NOW, known=mine) == []
    with counted(engine) as statements:
        assert run_due(engine, [job], now=NOW + timedelta(hours=1), known=mine) == []
    assert statements == []
    later = DAILY.upcoming(NOW)
    assert run_due(engine, [job], now=later, known=other) == ["thu"]
    assert run_due(engine, [job], now=later, known=mine) == []
    assert run_due(engine, [job], now=NOW + timedelta(hours=1), known=mine) == [], "the clock was turned back"
    assert len(calls) == 2


def test_a_job_that_failed_is_not_taken_for_done_by_the_clock_that_ran_it(engine: Engine) -> None:
    installed(engine)
    tries: list[datetime] = []

    def broken(slot: datetime, _now: datetime) -> str:
        tries.append(slot)
        raise OSError("đĩa đầy")

    known = Known()
    for minutes in (0, 1, 31):
        run_due(engine, [Job("hong", DAILY, broken)], now=NOW + timedelta(minutes=minutes), known=known)
    assert len(tries) == 2


def test_a_job_that_fails_says_why_and_does_not_stop_the_others(engine: Engine) -> None:
    installed(engine)

    def broken(_slot: datetime, _now: datetime) -> str:
        raise OSError("đĩa đầy")

    calls: list[datetime] = []
    assert run_due(engine, [Job("hong", DAILY, broken), counting(calls)], now=NOW) == ["hong", "thu"]
    with reading(engine) as session:
        row = session.exec(select(JobRun).where(JobRun.job == "hong")).one()
    assert (row.outcome, row.words) == ("failed", "OSError: đĩa đầy")


def test_the_next_hour_is_the_nearest_of_all_jobs() -> None:
    jobs = [counting([], MONDAYS), counting([], DAILY)]
    assert next_hour(jobs, now=NOW) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_an_hour_with_nothing_to_do_is_written_down_in_one_go_and_not_asked_for_again(engine: Engine) -> None:
    installed(engine)
    calls: list[datetime] = []
    job = replace(counting(calls), idle=lambda _now: "Không có gì để làm." if not calls else "")
    known = Known()
    with counted(engine) as statements:
        assert run_due(engine, [job], now=NOW, known=known) == ["thu"]
    assert calls == [] and not any(one.startswith("UPDATE") for one in statements)
    with counted(engine) as statements:
        assert run_due(engine, [job], now=NOW, known=known) == []
    assert statements == []
    with reading(engine) as session:
        row = session.exec(select(JobRun).where(JobRun.job == "thu")).one()
    assert (row.outcome, row.words, row.started_at, row.finished_at) == ("ok", "Không có gì để làm.", NOW, NOW)


def test_an_hour_that_failed_is_over_when_nothing_is_left_to_do(engine: Engine) -> None:
    installed(engine)
    slot = DAILY.latest(NOW)
    with writing(engine) as session:
        session.add(JobRun(job="thu", slot=slot, started_at=NOW, outcome="failed", words="đĩa đầy"))
    calls: list[datetime] = []
    job = replace(counting(calls), idle=lambda _now: "Không có gì để làm.")
    assert run_due(engine, [job], now=NOW + TAKE_OVER + timedelta(minutes=1)) == ["thu"]
    with reading(engine) as session:
        row = session.exec(select(JobRun).where(JobRun.job == "thu")).one()
    assert (row.outcome, row.words, calls) == ("ok", "Không có gì để làm.", [])


def test_a_job_that_cannot_tell_whether_it_is_idle_is_run(engine: Engine) -> None:
    installed(engine)
    calls: list[datetime] = []

    def broken(_now: datetime) -> str:
        raise OSError("đĩa đầy")

    assert run_due(engine, [replace(counting(calls), idle=broken)], now=NOW) == ["thu"]
    assert len(calls) == 1
