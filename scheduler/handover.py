"""Handing due work over to workers: a job in Procrastinate's queue, put there by the claim's own transaction.

The queue is a transport and nothing else. A job carries only which publications, each with its fence, and the lane;
everything that decides stays in our tables: the lease (`HANDED_OVER` until a worker takes it), the fence, the attempt.
A job that is lost, late or delivered twice therefore does nothing wrong. Each platform has a queue of its own name.

Procrastinate is imported when it is first used: without the extra `postgres` everything else works.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from scheduler.claim import Claim, claim
from scheduler.db import reading, writing
from scheduler.lanes import HANDED_OVER
from scheduler.lifecycle import WORKING, State
from scheduler.policy import Policy
from scheduler.retry import PREPARE
from scheduler.signs import Who, alive, forget_dead_workers
from scheduler.tables import Channel, Publication

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.connector import BaseConnector
    from procrastinate.manager import JobManager

TASK = "cchc.carry_out"
"""The one kind of job in the queue."""
IN_A_JOB = 20
"""A job carries at most so many publications: one look and one record for all of them."""
SHARES = 4
"""What is due at one moment makes about so many jobs for each worker, so that several workers share even a few."""
PER_HAND = 2
"""So many publications may wait in a queue for each hand (workers alive x `in_flight`) of its platform.

A lease runs from the claim on, so what waits must be taken well within it. A hand is free again after at most one
time-out of a connector, about a minute; with two before it, the last in the queue is taken within two or three
minutes of its five. More would make no worker faster: whoever ends something claims again at once. Clocks and workers
that count at the same moment may overshoot; then some leases run out untouched, which costs a look at our own table.
"""
AT_ONCE = 500
"""A claim hands over at most so many, so that its transaction stays short."""
TIDY = timedelta(minutes=10)
"""How often a clock looks for jobs that nobody needs any more."""

_HANDED = (col(Publication.state).in_(WORKING), col(Publication.lease_owner) == HANDED_OVER)

log = structlog.get_logger("scheduler.handover")


def is_installed() -> bool:
    """Whether the extra `postgres` is there."""
    return all(find_spec(name) is not None for name in ("psycopg", "psycopg_pool", "procrastinate"))


class Handover:
    """Claims what is due and puts it into the workers' queues. Any number of processes may run one."""

    def __init__(self, engine: Engine, in_flight: int) -> None:
        """`in_flight`: how many publications one worker carries out at once for each platform."""
        self.engine = engine
        self.in_flight = in_flight
        self._tidied: datetime | None = None

    def turn(self, platforms: Iterable[str], *, now: datetime, policy: Policy) -> int:
        """Claim what is due on these platforms, as much as may wait, and hand it over; how many.

        Nothing while no worker is alive: it stays due.
        """
        with reading(self.engine) as session:
            room = {platform: self.room(session, platform, now=now) for platform in platforms}
        return sum(self._claim(platform, *may_wait, now, policy) for platform, may_wait in room.items())

    def _claim(self, platform: str, limit: int, preparing: int, now: datetime, policy: Policy) -> int:
        if limit <= 0:
            return 0
        claims = claim(
            self.engine, now=now, owner=HANDED_OVER, limit=min(limit, AT_ONCE), preparing=preparing, policy=policy,
            platform=platform, hand_over=lambda session, claims: self.put(session, claims, now=now),
        )  # fmt: skip
        return len(claims)

    def room(self, session: Session, platform: str, *, now: datetime) -> tuple[int, int]:
        """How many more publications may wait in a platform's queue, and how many of them to be prepared: half of the
        room at most, so that what comes to its hour always finds some."""
        most, waiting = self.most(session, now=now), self.waiting(session, platform)
        return max(0, most - sum(waiting.values())), max(0, most // 2 - waiting.get(State.PREPARING, 0))

    def most(self, session: Session, *, now: datetime) -> int:
        """How many publications may wait in one platform's queue; none while no worker is alive."""
        return PER_HAND * self.in_flight * len(alive(session, Who.WORKER, now=now))

    @staticmethod
    def waiting(session: Session, platform: str = "") -> dict[str, int]:
        """How many publications no worker has taken yet (of one platform), by their state."""
        statement = select(Publication.state, func.count()).where(*_HANDED).group_by(col(Publication.state))
        if platform:
            on_it = (col(Publication.channel_id) == col(Channel.id), Channel.platform == platform)
            statement = statement.where(*on_it)
        return dict(session.exec(statement).all())

    def put(self, session: Session, claims: Sequence[Claim], *, now: datetime) -> None:
        """Jobs for these claims, on the session's own connection: there when it commits, and only then."""
        from procrastinate.jobs import Job

        workers = len(alive(session, Who.WORKER, now=now))
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
            for batch in batches(lot, workers)
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


def batches(claims: Sequence[Claim], workers: int) -> Iterable[Sequence[Claim]]:
    """These claims as jobs: a few are shared out one by one, many go by twenty."""
    size = max(1, min(IN_A_JOB, len(claims) // (SHARES * max(1, workers))))
    return (claims[start : start + size] for start in range(0, len(claims), size))


def _lots(claims: Sequence[Claim]) -> dict[tuple[str, str], list[Claim]]:
    lots: dict[tuple[str, str], list[Claim]] = {}
    for one in claims:
        lots.setdefault((one.channel.platform, one.action), []).append(one)
    return lots


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
        kwargs={"connect_timeout": 10, **kept, "application_name": "cchc-queue"}, min_size=least, max_size=2, timeout=10
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
