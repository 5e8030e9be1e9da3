"""Calendar jobs: what runs at which hour, and the rule that each runs once for each of its hours.

A run first inserts (job, slot) under a unique key, so a second clock does no harm; a run that died or
failed is done again after a while. Only the newest hour of a job is made up for after an outage.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

import structlog
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    Update,
    bindparam,
    exists,
    insert,
    inspect,
    literal,
    update,
)
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col, select

from content.vietnamese import LOCAL
from scheduler.db import looking, recording, writing
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
        told = now.astimezone(LOCAL)
        earlier = [at for at in self.at if at <= told.time()] if self._has(told.date()) else []
        if earlier:
            return datetime.combine(told.date(), max(earlier), LOCAL)
        return datetime.combine(self._nearest(told.date(), -1), max(self.at), LOCAL)

    def upcoming(self, now: datetime) -> datetime:
        """The next of its hours after `now`."""
        told = now.astimezone(LOCAL)
        later = [at for at in self.at if at > told.time()] if self._has(told.date()) else []
        if later:
            return datetime.combine(told.date(), min(later), LOCAL)
        return datetime.combine(self._nearest(told.date(), 1), min(self.at), LOCAL)

    def _has(self, on: date) -> bool:
        return self.weekday is None or on.weekday() == self.weekday

    def _nearest(self, on: date, step: int) -> date:
        """Its nearest day after `on`, or before it for a step of -1."""
        return next(day for offset in range(1, 8) if self._has(day := on + timedelta(days=step * offset)))


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


def installed_at(session: Session) -> datetime | None:
    """When this data folder began; None before it was marked."""
    return session.exec(select(JobRun.slot).where(JobRun.job == INSTALLED)).first()


@dataclass
class Known:
    """What one clock was told and need not ask again, for it stays true whatever other clocks do."""

    began: datetime | None = None
    """When this data folder began."""
    done: dict[str, datetime] = field(default_factory=dict)
    """The newest hour of each job that was run and ended well."""


def run_due(engine: Engine, jobs: Sequence[Job], *, now: datetime, known: Known | None = None) -> list[str]:
    """Run every job whose newest hour has come and was not run yet; the names of those that ran.

    `known`: kept by whoever asks every few seconds; so nothing is asked between the hours.
    """
    known = known or Known()
    newest = {job.name: job.timetable.latest(now) for job in jobs}
    _learn(engine, newest, known)
    ran = []
    for job in jobs:
        slot = newest[job.name]
        if known.began is None or slot < known.began or known.done.get(job.name) == slot:
            continue
        number = _take(engine, job.name, slot, now)
        if number is not None:
            _run(engine, job, number, slot, now)
            ran.append(job.name)
    return ran


def next_hour(jobs: Sequence[Job], *, now: datetime) -> datetime | None:
    """When the next calendar job is due."""
    return min((job.timetable.upcoming(now) for job in jobs), default=None)


def _learn(engine: Engine, newest: Mapping[str, datetime], known: Known) -> None:
    """Whether the newest hours were run, of those not known to be: seen by reading alone."""
    open_ = {name: slot for name, slot in newest.items() if known.done.get(name) != slot}
    if not open_:
        return
    with looking(engine) as connection:
        if known.began is None:
            known.began = connection.execute(_installed()).scalar()
        rows = connection.execute(_runs(), {"jobs": list(open_), "slots": list(set(open_.values()))})
        known.done |= {job: slot for job, slot in rows if slot == open_[job]}


@cache
def _installed() -> Select[datetime]:
    return columns(col(JobRun.slot)).where(col(JobRun.job) == INSTALLED)


@cache
def _runs() -> Select[str, datetime]:
    return columns(col(JobRun.job), col(JobRun.slot)).where(
        col(JobRun.job).in_(bindparam("jobs", expanding=True)),
        col(JobRun.slot).in_(bindparam("slots", expanding=True)),
        col(JobRun.outcome) == "ok",
    )


def _take(engine: Engine, name: str, slot: datetime, now: datetime) -> int | None:
    """The number of our run of this hour; None when another clock has it, or a newer one."""
    facts = {"job": name, "slot": slot, "soon": now + TURNED_BACK}
    try:
        with recording(engine) as connection:
            begun = connection.execute(_begun(), {**facts, "now": now}).scalar()
            if begun is not None:
                return begun
            rows = connection.execute(_from_then_on(), facts).all()
            row = next((one for one in rows if one.slot == slot), None)
            if row is None:  # a newer hour was taken already, by a clock that stood ahead a moment ago
                return None
            if row.outcome == "ok" or row.started_at > now - TAKE_OVER:
                return None
            again = {"number": row.id, "started_at": now, "finished_at": None, "outcome": ""}
            connection.execute(_changed(), again)
            return int(row.id)
    except IntegrityError:
        return None


def _run(engine: Engine, job: Job, number: int, slot: datetime, now: datetime) -> None:
    try:
        words, outcome = job.run(slot, now), "ok"
    except Exception as error:
        words, outcome = f"{type(error).__name__}: {error}"[:500], "failed"
        log.exception("job_failed", job=job.name)
    with recording(engine) as connection:
        ended = {"number": number, "finished_at": now, "outcome": outcome, "words": words}
        connection.execute(_changed(), ended)


@cache
def _from_then_on() -> Select[int | None, datetime, str, datetime]:
    statement = columns(col(JobRun.id), col(JobRun.slot), col(JobRun.outcome), col(JobRun.started_at))
    return statement.where(*_is_from_then_on()).with_for_update()


def _is_from_then_on() -> tuple[ColumnElement[bool], ...]:
    newer = col(JobRun.slot).between(bindparam("slot"), bindparam("soon"))
    return col(JobRun.job) == bindparam("job"), newer


@cache
def _begun() -> ReturningInsert[int | None]:
    """A run of this hour, where there is none from then on."""
    of = inspect(JobRun).columns
    job, at = of["job"].type, of["slot"].type
    facts = columns(bindparam("job", type_=job), bindparam("slot", type_=at), bindparam("now", type_=at), literal(""))
    new = facts.where(~exists().where(*_is_from_then_on()))
    return insert(JobRun).from_select(["job", "slot", "started_at", "outcome"], new).returning(col(JobRun.id))


@cache
def _changed() -> Update:
    return update(JobRun).where(col(JobRun.id) == bindparam("number"))
