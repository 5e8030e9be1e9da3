"""The autopilot, the dry run, the desk and the weekly summary count the plan's minimums alike, on the same rows."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.base import Part
from content.plan import active_plan, load_plan, read_plan
from content.vietnamese import LOCAL, local_day
from reports.coverage import Coverage, coverage
from reports.figures import figures
from reports.spans import Span
from reports.weekly import make_weekly
from scheduler.autopilot.board import Board
from scheduler.autopilot.periods import periods_of
from scheduler.db import reading, writing
from scheduler.foresight import foresee
from scheduler.foresight.snapshot import take
from scheduler.gathering import task_for
from scheduler.lifecycle import State
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import Running
from tests.web.desk import PLAN

MONTH = Span(date(2026, 11, 1), date(2026, 11, 30))


def at(day: int, hour: int = 8, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LOCAL).astimezone(UTC)


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Running:
    """A month on two channels: what is public, was taken down, waits, was cancelled, failed; comments beside."""
    made = Running(engine, sandbox, tmp_path)
    with writing(engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
    page, oa = made.connect("facebook"), made.connect("zalo")
    for number in range(24):
        post = made.post(topic="adđil"[number % 5], evergreen=False)
        when = at(1 + number % 20, 7 + number % 3, 11 if number % 4 else 10)
        for channel in (page, oa) if number % 3 else (page,):
            state = State.WITHDRAWN if number == 7 else State.PUBLISHED
            facts = {"state": state, "due_at": when, "published_at": when + timedelta(minutes=2)}
            made.publication(post_id=post.id, channel_id=channel.id, next_attempt_at=None, **facts)
        made.publication(post_id=post.id, channel_id=page.id, part=Part.COMMENT, **facts)
    for number, state in enumerate((State.SCHEDULED, State.READY, State.CANCELLED, State.FAILED, State.MISSED)):
        late = None if state in (State.CANCELLED, State.FAILED) else at(29, 10 + number)
        made.publication(
            post_id=made.post(topic="k", evergreen=False).id, channel_id=page.id, state=state,
            due_at=at(29, 8 + number), next_attempt_at=at(29, 8 + number), late_until=late,
        )  # fmt: skip
    return made


def of(running: Running, span: Span) -> Coverage:
    with reading(running.engine) as session:
        return coverage(session, span, active_plan(session), NOW)


def test_the_autopilot_has_what_the_matrix_has_in_its_week_month_and_year(running: Running) -> None:
    today = local_day(NOW)
    with reading(running.engine) as session:
        board = Board(task_for(session, running.service.desk, [today], now=NOW))
    assert set(board.periods) == set(periods_of(today))
    for index, period in enumerate(board.periods):
        lines = of(running, Span(period.first, period.last)).topics
        assert {line.letter: line.done + line.queued for line in lines} == {
            line.letter: board.have[index][line.letter] for line in lines
        }, period
        assert {line.letter: line.wanted for line in lines} == board.wanted[index], period
    assert sum(board.have[1].values()) > 20, "there is something to count"


def test_the_dry_run_of_a_month_has_what_the_matrix_has(running: Running) -> None:
    told = foresee(take(running.service.desk, MONTH.first, MONTH.last, now=NOW))
    found = of(running, MONTH)
    assert {one.letter: (one.done, one.wanted) for one in told.coverage} == {
        line.letter: (line.done, line.wanted) for line in found.topics
    }
    cells = found.cells("channel")
    for line in told.coverage:
        assert dict(line.cells) == {
            channel.id: cell.done + cell.queued
            for channel in found.channels
            if (cell := cells.get((line.letter, channel.id))) is not None
        }
    assert next(one.to_come for one in told.coverage if one.letter == "k") == 2, "the one that is scheduled and ready"


def test_the_figures_and_the_weekly_summary_have_what_the_matrix_has(running: Running, tmp_path: Path) -> None:
    with reading(running.engine) as session:
        shown = figures(session, MONTH, active_plan(session), NOW)
    assert shown.topics == of(running, MONTH).topics
    told = make_weekly(running.engine, "2026-W47", NOW, tmp_path).summary.coverage
    week = of(running, Span(date(2026, 11, 16), date(2026, 11, 22)))
    year = of(running, Span(date(2026, 1, 1), date(2026, 12, 31)))
    assert {(one.letter, one.this_week, one.minimum) for one in told} == {
        (line.letter, line.done, line.wanted) for line in week.topics
    }
    assert {(one.letter, one.this_year, one.year_minimum) for one in told} == {
        (line.letter, line.done, line.wanted) for line in year.topics
    }
    assert {one.unit for one in told} == {"publications"}
