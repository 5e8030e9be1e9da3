"""Calendar jobs: what runs at which hour, and the rule that each runs once for each of its hours.

A run first inserts (job, slot) under a unique key, so a second clock does no harm; a run that died or
failed is done again after a while. Only the newest hour of a job is made up for after an outage.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

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
    update,
)
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col, select

from content.vietnamese import LOCAL
from scheduler.db import in_turn, looking, recording, writing
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
        hours = _around(self, told.date())
        return hours[bisect_right(hours, told) - 1]

    def upcoming(self, now: datetime) -> datetime:
        """The next of its hours after `now`."""
        told = now.astimezone(LOCAL)
        hours = _around(self, told.date())
        return hours[bisect_right(hours, told)]

    def has(self, on: date) -> bool:
        """Whether it runs on this day at all."""
        return self.weekday is None or on.weekday() == self.weekday


@lru_cache(maxsize=256)
def _around(timetable: Timetable, on: date) -> tuple[datetime, ...]:
    """The hours from its nearest day before this one to its nearest day after it; asked for at every tick."""
    days = (on + timedelta(days=offset) for offset in range(-7, 8))
    return tuple(datetime.combine(day, at, LOCAL) for day in days if timetable.has(day) for at in sorted(timetable.at))


@dataclass(frozen=True, slots=True)
class Job:
    """One calendar job. `run` gets the slot and the moment (both aware) and answers with one sentence."""

    name: str
    timetable: Timetable
    run: Callable[[datetime, datetime], str]
    idle: Callable[[datetime], str] = lambda _now: ""
    """A sentence when there is nothing to do at this moment (aware): it is written down as the run's in one go. It
    reads alone."""


def mark_installed(engine: Engine, *, now: datetime) -> None:
    """Remember when this data folder began; repeating it changes nothing."""
    with writing(engine) as session:
        in_turn(session.connection(), INSTALLED)
        if session.exec(select(JobRun).where(JobRun.job == INSTALLED)).first() is None:
            session.add(JobRun(job=INSTALLED, slot=now, started_at=now, finished_at=now, outcome="ok"))


def installed_at(session: Session) -> datetime | None:
    """When this data folder began; None before it was marked."""
    return session.connection().execute(_installed()).scalars().first()


@dataclass
class Known:
    """What one clock was told and need not ask again, for it stays true whatever other clocks do."""

    began: datetime | None = None
    """When this data folder began."""
    done: dict[str, datetime] = field(default_factory=dict)
    """The newest hour of each job that was run and ended well."""
    tried: dict[str, datetime] = field(default_factory=dict)
    """The hour of each job that was last tried to be taken without asking."""


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
        known.tried[job.name] = slot
        idle = _idle(job, now)
        number = _take(engine, job.name, slot, now, idle)
        if number is not None:
            if idle or _run(engine, job, number, slot, now):
                known.done[job.name] = slot
            ran.append(job.name)
    return ran


def next_hour(jobs: Sequence[Job], *, now: datetime) -> datetime | None:
    """When the next calendar job is due."""
    return min((job.timetable.upcoming(now) for job in jobs), default=None)


def _learn(engine: Engine, newest: Mapping[str, datetime], known: Known) -> None:
    """Whether the newest hours were run, of those not known to be: seen by reading alone.

    Not asked of an hour that follows one that was run and was never tried: nearly always nobody took it yet, and
    taking it tells the rest.
    """
    open_ = {
        name: slot for name, slot in newest.items() if known.done.get(name) != slot and not _follows(name, slot, known)
    }
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


def _follows(name: str, slot: datetime, known: Known) -> bool:
    """Whether this is the first look at an hour after one that is known to be over."""
    before = known.done.get(name)
    return before is not None and before < slot != known.tried.get(name)


def _idle(job: Job, now: datetime) -> str:
    """Why there is nothing to do; "" when there may be, or it cannot be told: the run itself says what is wrong."""
    try:
        return job.idle(now)
    except Exception:
        log.exception("not_told_whether_idle", job=job.name)
        return ""


def _take(engine: Engine, name: str, slot: datetime, now: datetime, idle: str) -> int | None:
    """The number of our run of this hour; None when another clock has it, or a newer one. `idle`: why it is over."""
    ended = {"finished_at": now, "outcome": "ok"} if idle else {"finished_at": None, "outcome": ""}
    facts = {"job": name, "slot": slot, "soon": now + TURNED_BACK}
    try:
        with recording(engine) as connection:
            begun = connection.execute(_begun(), {**facts, **ended, "now": now, "words": idle}).scalar()
            if begun is not None:
                return begun
            rows = connection.execute(_from_then_on(), facts).all()
            row = next((one for one in rows if one.slot == slot), None)
            if row is None:  # a newer hour was taken already, by a clock that stood ahead a moment ago
                return None
            if row.outcome == "ok" or row.started_at > now - TAKE_OVER:
                return None
            again = {"number": row.id, "started_at": now, **ended}
            connection.execute(_changed(), again | ({"words": idle} if idle else {}))
            return int(row.id)
    except IntegrityError:
        return None


def _run(engine: Engine, job: Job, number: int, slot: datetime, now: datetime) -> bool:
    """Do it and write down how it ended; whether it ended well."""
    try:
        words, outcome = job.run(slot, now), "ok"
    except Exception as error:
        words, outcome = f"{type(error).__name__}: {error}"[:500], "failed"
        log.exception("job_failed", job=job.name)
    with recording(engine) as connection:
        ended = {"number": number, "finished_at": now, "outcome": outcome, "words": words}
        connection.execute(_changed(), ended)
    return outcome == "ok"


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
    job, at, text = of["job"].type, of["slot"].type, of["words"].type
    facts = columns(
        bindparam("job", type_=job), bindparam("slot", type_=at), bindparam("now", type_=at),
        bindparam("finished_at", type_=at), bindparam("outcome", type_=text), bindparam("words", type_=text),
    )  # fmt: skip
    new = facts.where(~exists().where(*_is_from_then_on()))
    names = ["job", "slot", "started_at", "finished_at", "outcome", "words"]
    return insert(JobRun).from_select(names, new).returning(col(JobRun.id))


@cache
def _changed() -> Update:
    return update(JobRun).where(col(JobRun.id) == bindparam("number"))
