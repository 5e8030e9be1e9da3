"""Handing due work over to workers: a job in Procrastinate's queue, put there by the claim's own transaction.

The queue is a transport and nothing else. A job carries only which publications, each with its fence, and the lane;
everything that decides stays in our tables: the lease (`HANDED_OVER` until a worker takes it), the fence, the attempt.
A job that is lost, late or delivered twice therefore does nothing wrong. Each platform has a queue of its own name.

Procrastinate is imported when it is first used: without the extra `postgres` everything else works.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine, Select, bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from scheduler.claim import Claim, claim
from scheduler.db import PATIENCE, looking, reading, writing
from scheduler.lanes import HANDED_OVER, due_platforms
from scheduler.lifecycle import WORKING, State
from scheduler.policy import Policy
from scheduler.retry import FIND, PREPARE, PUBLISH
from scheduler.signs import ALIVE, Who, forget_dead_workers
from scheduler.tables import Channel, Heartbeat, Publication

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.connector import BaseConnector
    from procrastinate.manager import JobManager

T = TypeVar("T")

TASK = "cchc.carry_out"
"""The one kind of job in the queue."""
IN_A_JOB = 20
"""A job carries at most so many publications: one look and one record for all of them."""
SHARES = 4
"""What is due at one moment makes about so many jobs for each worker, so that several workers share even a few."""
WORTH = 4
"""A claim for less than such a part of what may wait is not made: what waits keeps every hand busy meanwhile."""
PER_HAND = 2
"""So many publications may wait in a queue for each hand (workers alive x `in_flight`) of its platform.

A lease runs from the claim on, so what waits must be taken well within it. A hand is free again after at most one
time-out of a connector, about a minute; with two before it, the last in the queue is taken within two or three
minutes of its five. More would make no worker faster: whoever ends something claims again at once. Clocks and workers
that count at the same moment may overshoot (simulated: six times as many for 34 processes). With answers of half a
minute some leases then run out untouched: the sweep gives them back as not begun, and nothing was sent.
"""
AT_ONCE = 500
"""A claim hands over at most so many, so that its transaction stays short."""
TIDY = timedelta(minutes=10)
"""How often a clock looks for jobs that nobody needs any more."""

_LANES = (PREPARE, PUBLISH, FIND)
_HANDED = (col(Publication.state).in_(WORKING), col(Publication.lease_owner) == HANDED_OVER)

log = structlog.get_logger("scheduler.handover")


def is_installed() -> bool:
    """Whether the extra `postgres` is there."""
    return all(find_spec(name) is not None for name in ("psycopg", "psycopg_pool", "procrastinate"))


class Room(NamedTuple):
    """What may still be put into a platform's queues."""

    most: int
    """In one claim."""
    preparing: int
    """So many of these to be prepared: half of the room at most, so that what comes to its hour always finds some."""
    all_are_busy: bool
    """What waits there for its hour has no hand left: preparations wait elsewhere, and take not every hand."""

    @classmethod
    def beside(cls, of_the_hour: int, to_prepare: int, *, hands: int) -> "Room | None":
        """Beside what waits there already, for the hands of all workers alive; None where a claim is not worth it."""
        most = PER_HAND * hands
        room = most - of_the_hour - to_prepare
        if room < max(1, most // WORTH):
            return None
        return cls(min(room, AT_ONCE), max(0, most // 2 - to_prepare), of_the_hour >= hands)

    def full(self, claimed: int) -> Collection[str]:
        """Of which lanes there is more than the hands can do at once, when so many were claimed."""
        if claimed == self.most:
            return _LANES
        return (PUBLISH, FIND) if self.all_are_busy else ()


class Handover:
    """Claims what is due and puts it into the workers' queues. Any number of processes may run one."""

    def __init__(self, engine: Engine, in_flight: int) -> None:
        """`in_flight`: how many publications one worker carries out at once for each platform."""
        self.engine = engine
        self.in_flight = in_flight
        self._tidied: datetime | None = None

    def turn(self, platforms: Iterable[str], *, now: datetime, policy: Policy) -> int:
        """Claim what is due on these of the platforms, as much as may wait, and hand it over; how many.

        Nothing while no worker is alive: it stays due. Whether anything is due is asked only where there is room: who
        records results asks here each time.
        """
        with looking(self.engine) as connection:
            workers = connection.execute(_workers(), {"since": now - ALIVE}).scalar_one()
            rooms = self.rooms(connection, platforms, workers) if workers else {}
            due = set(connection.execute(due_platforms(), {"now": now}).scalars()) if rooms else set()
        return sum(self._claim(one, rooms[one], workers, now, policy) for one in rooms if one in due)

    def _claim(self, platform: str, room: Room, workers: int, now: datetime, policy: Policy) -> int:
        def hand_over(session: Session, claims: Sequence[Claim]) -> None:
            self.put(session, claims, workers, full=room.full(len(claims)))

        claims = claim(
            self.engine, now=now, owner=HANDED_OVER, limit=room.most, preparing=room.preparing, policy=policy,
            platform=platform, hand_over=hand_over,
        )  # fmt: skip
        return len(claims)

    def rooms(self, connection: Connection, platforms: Iterable[str], workers: int) -> dict[str, Room]:
        """What may still be put into the queues of those of these platforms where a claim is worth it."""
        waiting: dict[str, dict[str, int]] = defaultdict(dict)
        for platform, state, count in connection.execute(_waiting()):
            waiting[platform][state] = count
        rooms = {}
        for platform in platforms:
            there = waiting[platform]
            to_prepare = there.get(State.PREPARING, 0)
            room = Room.beside(sum(there.values()) - to_prepare, to_prepare, hands=self.in_flight * workers)
            if room is not None:
                rooms[platform] = room
        return rooms

    @staticmethod
    def waiting(session: Session) -> int:
        """How many publications no worker has taken yet."""
        return sum(count for _, _, count in session.connection().execute(_waiting()))

    def put(self, session: Session, claims: Sequence[Claim], workers: int, *, full: Collection[str] = ()) -> None:
        """Jobs for these claims, on the session's own connection: there when it commits, and only then.

        `full`: of which lanes there is more than the hands can do at once, so nobody is idle and jobs may be large.
        """
        from procrastinate.jobs import Job

        jobs = [
            Job(
                queue=queue_of(platform, lane),
                task_name=TASK,
                # the hour before what can wait; Procrastinate fetches the higher first
                priority=0 if lane == PREPARE else 1,
                task_kwargs={"work": [[one.id, one.publication.fence] for one in batch], "lane": lane},
                lock=None,
                queueing_lock=None,
            )
            for (platform, lane), lot in _lots(claims).items()
            for batch in batches(lot, size_of_job(len(lot), workers, self.in_flight if lane in full else 0))
        ]
        connection = session.connection().connection.driver_connection
        _sync_manager().batch_defer_jobs(jobs, connection=connection)

    def tidy_now_and_then(self, *, now: datetime) -> None:
        """Every ten minutes: jobs that nobody needs, and signs of life of workers that died long ago."""
        if self._tidied is not None and abs(now - self._tidied) < TIDY:
            return
        self._tidied = now
        with writing(self.engine) as session:
            forget_dead_workers(session, now=now)
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            count = runner.run(tidy(self.engine))
        if count:
            log.info("queue_tidied", jobs=count)


def queue_of(platform: str, lane: str) -> str:
    """The queue of a platform's work; what may take long waits in one of its own."""
    return f"{platform}/{PREPARE}" if lane == PREPARE else platform


def size_of_job(count: int, workers: int, in_flight: int = 0) -> int:
    """How many of `count` publications go into one job: a few are shared out one by one, many go by twenty.

    `in_flight`: the hands of one worker, where there is more than they can do at once. Then a job is half of them at
    least: each job costs a look, a taking and a briefing.
    """
    return max(1, min(IN_A_JOB, max(count // (SHARES * max(1, workers)), in_flight // 2)))


def batches(lot: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """These claims as jobs."""
    return (lot[start : start + size] for start in range(0, len(lot), size))


def _lots(claims: Sequence[Claim]) -> dict[tuple[str, str], list[Claim]]:
    lots: dict[tuple[str, str], list[Claim]] = {}
    for one in claims:
        lots.setdefault((one.channel.platform, one.action), []).append(one)
    return lots


@cache
def _waiting() -> Select[str, str, int]:
    """What no worker has taken yet: platform, state, how many."""
    return (
        sa_select(col(Channel.platform), col(Publication.state), func.count())
        .where(*_HANDED, col(Publication.channel_id) == col(Channel.id))
        .group_by(col(Channel.platform), col(Publication.state))
        .order_by(col(Channel.platform), col(Publication.state))
    )


@cache
def _workers() -> Select[int]:
    """How many workers gave a sign of life after `:since`."""
    beats = col(Heartbeat.at) > bindparam("since")
    return sa_select(func.count()).where(col(Heartbeat.kind) == Who.WORKER, beats)


# Procrastinate ------------------------------------------------------------------------------------------


@cache
def _sync_manager() -> "JobManager":
    """What puts jobs on a connection that is given; it never opens one."""
    from procrastinate import SyncPsycopgConnector
    from procrastinate.manager import JobManager

    return JobManager(SyncPsycopgConnector())


def connector(engine: Engine, *, least: int = 1) -> "BaseConnector":
    """A small pool of the queue's own, with the same address and parameters as our engine."""
    from procrastinate import PsycopgConnector

    parameters: Mapping[str, Any] = engine.dialect.create_connect_args(engine.url)[1]
    kept = {name: value for name, value in parameters.items() if name != "context"}
    return PsycopgConnector(
        kwargs={**PATIENCE, **kept, "application_name": "cchc-queue"}, min_size=least, max_size=2, timeout=10
    )


def queue_app(engine: Engine, *, least: int = 1) -> "App":
    """Procrastinate over our database; `least`: connections that it keeps open when idle."""
    from procrastinate import App

    return App(connector=connector(engine, least=least))


async def tidy(engine: Engine) -> int:
    """Delete jobs of dead workers, and jobs whose publications nobody waits for any more; how many.

    The lease decides what becomes of a publication. These are only envelopes: of a worker that died with one in its
    hand, or of what the sweep gave back before anyone came for it.
    """
    from procrastinate.jobs import Status

    app = queue_app(engine)
    async with app.open_async():
        jobs, count = app.job_manager, 0
        waiting = list(await jobs.list_jobs_async(task=TASK, status=Status.TODO.value))
        handed = await asyncio.get_running_loop().run_in_executor(None, _handed, engine)
        for job in waiting:
            if job.id is not None and not handed.intersection(work_of(job.task_kwargs)):
                count += await jobs.cancel_job_by_id_async(job.id, delete_job=True)
        for job in await jobs.get_stalled_jobs(task_name=TASK, seconds_since_heartbeat=TIDY.total_seconds()):
            if job.id is not None:
                await jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                count += 1
        await jobs.prune_stalled_workers(TIDY.total_seconds())
        return count


def work_of(kwargs: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The publications of a job, each with its fence."""
    return [(int(publication_id), int(fence)) for publication_id, fence in kwargs.get("work", ())]


def _handed(engine: Engine) -> set[tuple[int, int]]:
    """Every publication that waits for a worker, with its fence."""
    with reading(engine) as session:
        waiting = session.exec(select(Publication.id, Publication.fence).where(*_HANDED))
        return {(publication_id or 0, fence) for publication_id, fence in waiting}
