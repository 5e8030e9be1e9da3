"""Calendar jobs: what runs at which hour, and the rule that each runs once for each of its hours.

A run first inserts (job, slot) under a unique key, so a second clock does no harm; a run that died or
failed is done again after a while. Only the newest hour of a job is made up for after an outage.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content.vietnamese import LOCAL
from scheduler.db import reading, writing
from scheduler.tables import JobRun

TAKE_OVER = timedelta(minutes=30)
"""A run that failed, or has not ended after this long and so is dead, is done again after this."""

TURNED_BACK = timedelta(hours=2)
"""By so much a clock may be turned back without an older hour of a job being made up for after its newer one."""

INSTALLED = "installed"
"""The marker whose slot is the moment of installation: no job is made up for from before it."""

log = structlog.get_logger("scheduler.jobs")


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a job runs, in Asia/Ho_Chi_Minh: at `at` on every day (or on `weekday`, 0 is Monday)."""

    at: tuple[time, ...]
    weekday: int | None = None

    def latest(self, now: datetime) -> datetime:
        """The newest of its hours that is not after `now`."""
        return max(slot for slot in self._around(now) if slot <= now)

    def upcoming(self, now: datetime) -> datetime:
        """The next of its hours after `now`."""
        return min(slot for slot in self._around(now) if slot > now)

    def _around(self, now: datetime) -> list[datetime]:
        today = now.astimezone(LOCAL).date()
        days = [today + timedelta(days=offset) for offset in range(-7, 8)]
        return [
            datetime.combine(on, at, LOCAL)
            for on in days
            if self.weekday is None or on.weekday() == self.weekday
            for at in self.at
        ]


@dataclass(frozen=True, slots=True)
class Job:
    """One calendar job. `run` gets the slot and the moment (both aware) and answers with one sentence."""

    name: str
    timetable: Timetable
    run: Callable[[datetime, datetime], str]


def mark_installed(engine: Engine, *, now: datetime) -> None:
    """Remember when this data folder began; repeating it changes nothing."""
    with writing(engine) as session:
        if session.exec(select(JobRun).where(JobRun.job == INSTALLED)).first() is None:
            session.add(JobRun(job=INSTALLED, slot=now, started_at=now, finished_at=now, outcome="ok"))


def run_due(engine: Engine, jobs: Sequence[Job], *, now: datetime) -> list[str]:
    """Run every job whose newest hour has come and was not run yet; the names of those that ran."""
    newest = {job.name: job.timetable.latest(now) for job in jobs}
    with reading(engine) as session:
        began = session.exec(select(JobRun.slot).where(JobRun.job == INSTALLED)).first()
        done = _done(session, newest)
    ran = []
    for job in jobs:
        slot = newest[job.name]
        if began is None or slot < began or job.name in done or not _take(engine, job.name, slot, now):
            continue
        _run(engine, job, slot, now)
        ran.append(job.name)
    return ran


def next_hour(jobs: Sequence[Job], *, now: datetime) -> datetime | None:
    """When the next calendar job is due."""
    return min((job.timetable.upcoming(now) for job in jobs), default=None)


def _done(session: Session, newest: Mapping[str, datetime]) -> set[str]:
    """The jobs whose newest hour was run: seen by reading alone, because this is asked every few seconds."""
    rows = select(JobRun.job, JobRun.slot).where(
        col(JobRun.job).in_(newest), col(JobRun.slot).in_(set(newest.values())), JobRun.outcome == "ok"
    )
    return {job for job, slot in session.exec(rows) if slot == newest[job]}


def _take(engine: Engine, name: str, slot: datetime, now: datetime) -> bool:
    try:
        with writing(engine) as session:
            row = _row(session, name, slot)
            if row is None and _ran_later(session, name, slot, now):
                return False
            if row is None:
                session.add(JobRun(job=name, slot=slot, started_at=now))
                return True
            if row.outcome == "ok" or row.started_at > now - TAKE_OVER:
                return False
            row.started_at, row.finished_at, row.outcome = now, None, ""
            session.add(row)
            return True
    except IntegrityError:
        return False


def _ran_later(session: Session, name: str, slot: datetime, now: datetime) -> bool:
    """Whether a newer hour was taken already, by a clock that stood ahead a moment ago."""
    newer = select(JobRun.id).where(JobRun.job == name, JobRun.slot > slot, JobRun.slot <= now + TURNED_BACK)
    return session.exec(newer).first() is not None


def _row(session: Session, name: str, slot: datetime) -> JobRun | None:
    statement = select(JobRun).where(JobRun.job == name, JobRun.slot == slot)
    return session.exec(statement.with_for_update()).one_or_none()


def _run(engine: Engine, job: Job, slot: datetime, now: datetime) -> None:
    try:
        words, outcome = job.run(slot, now), "ok"
    except Exception as error:
        words, outcome = f"{type(error).__name__}: {error}"[:500], "failed"
        log.exception("job_failed", job=job.name)
    with writing(engine) as session:
        row = session.exec(select(JobRun).where(JobRun.job == job.name, col(JobRun.slot) == slot)).one()
        row.finished_at, row.outcome, row.words = now, outcome, words
        session.add(row)
