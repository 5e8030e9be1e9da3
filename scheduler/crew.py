"""A worker process: takes what was handed over, carries it out, and claims again, until it is told to stop.

One Procrastinate worker for each platform, in one event loop, with hands (threads) of its own: a platform that answers
slowly takes none from another. The loop only waits; every piece of work runs in a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeVar

import structlog
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from scheduler.briefing import Brief
from scheduler.claim import take
from scheduler.db import is_away
from scheduler.handover import IN_A_JOB, TASK, queue_app, queue_of, work_of
from scheduler.hands import KEPT_FREE, MANY, ahead
from scheduler.retry import PREPARE, PUBLISH
from scheduler.service import Service

SECOND_LOOK = 0.5
"""Seconds after a claim at which it is tried once more: another process may just have held a channel's lock."""
BREATH = 0.05
"""Seconds between two claims of one process at least: what ends meanwhile is filled together."""
BEAT = 30.0
POLL = 5.0
"""Seconds between two looks at a queue that told nothing; a new job is told at once (LISTEN/NOTIFY)."""
CANCELLED_MOST = 30
BACKOFF = (1, 2, 5, 10, 20, 30)
"""Seconds until the next try while the database is away."""

T = TypeVar("T")

log = structlog.get_logger("scheduler.crew")


class Gate:
    """The hands for one platform: how many pieces of work are in them, and which queues may be fetched from.

    A part is kept from preparations, so that long uploads never take what the hour needs.
    """

    def __init__(self, platform: str, count: int) -> None:
        self.platform = platform
        self.count = count
        self.preparing_most = max(1, count - KEPT_FREE)
        # a job brings several preparations: those beyond wait here, and take no hand
        self.may_prepare = asyncio.Semaphore(self.preparing_most)
        self.busy: dict[str, int] = {}
        self.stopped = False
        self.fetching: Any = None
        """Procrastinate's worker, which takes jobs from the queues; its methods bear no types."""
        # a job is fetched while a hand is free, so its other publications may wait here for a moment
        self.pool = ThreadPoolExecutor(count, thread_name_prefix=f"publish-{platform}")
        self._filled = set(self.queues)
        self._look_at = 0.0
        self._news = asyncio.Event()

    @property
    def queues(self) -> list[str]:
        """Every queue of this platform."""
        return [queue_of(self.platform, lane) for lane in (PUBLISH, PREPARE)]

    def open(self) -> list[str]:
        """The queues that may be fetched from now, for a hand that is free or will be soon."""
        preparing = min(self.busy.get(PREPARE, 0), self.preparing_most)
        others = sum(count for lane, count in self.busy.items() if lane != PREPARE)
        if self.stopped or others + preparing >= self.count + ahead(self.count, preparing):
            return []
        if preparing >= self.preparing_most:
            return [queue_of(self.platform, PUBLISH)]
        return self.queues

    async def wait(self) -> list[str]:
        """The queues to fetch from, as soon as a hand is free and one may hold something; none when the work is over.

        They count as empty from then on, until `heard`; every few seconds all are asked, told or not.
        """
        clock = asyncio.get_running_loop().time
        while True:
            if clock() >= self._look_at:
                self._look_at = clock() + POLL
                self._filled.update(self.queues)
            asked = [queue for queue in self.open() if queue in self._filled]
            if asked or self.stopped:
                self._filled.difference_update(asked)
                return asked
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._look_at - clock())
            self._news.clear()

    def heard(self, *queues: str) -> None:
        """There may be something in these queues."""
        self._filled.update(queues)
        self._news.set()

    def take(self, lane: str, count: int) -> None:
        """So many pieces of work came in."""
        self.busy[lane] = self.busy.get(lane, 0) + count

    def release(self, lane: str, count: int = 1) -> None:
        """So many are done."""
        self.busy[lane] -= count
        self._news.set()

    def stop(self) -> None:
        """Fetch nothing more; what was fetched ends as usual."""
        self.stopped = True
        self._news.set()
        if self.fetching is not None:
            self.fetching.stop()


class _Patient(JobManager):
    """Fetches a job only for a hand that is free (what a busy worker would hoard stays for the others), and waits for
    one here, where we hear of a new job at once.

    Procrastinate's own listener is not used: when it loses its connection nobody notices, and jobs are only polled for.
    """

    def __init__(self, manager: JobManager, gate: Gate) -> None:
        super().__init__(manager.connector)
        self._gate = gate

    async def fetch_job(self, queues: Any, worker_id: int) -> Job | None:
        """The next job of a queue that is open to us; None when the work is over."""
        while open_queues := await self._gate.wait():
            job = await super().fetch_job(open_queues, worker_id)
            if job is not None:
                if job.task_name == TASK:
                    self._gate.take(_lane(job.task_kwargs), len(work_of(job.task_kwargs)))
                self._gate.heard(*open_queues)  # where one was there may be more
                return job
        return None


def _lane(kwargs: Mapping[str, Any]) -> str:
    return str(kwargs.get("lane", PUBLISH))


class Crew:
    """Everything that one worker process does. `run` returns when `stop` was called and all in hand is done."""

    def __init__(self, service: Service, platforms: Sequence[str], in_flight: int) -> None:
        self.service = service
        self.gates = [Gate(platform, in_flight) for platform in platforms]
        # for the claim, for taking, for signs of life: short pieces of work on the database
        self._books = ThreadPoolExecutor(4, thread_name_prefix="books")
        self._wanted = asyncio.Event()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Beat, work, claim, until `stop`."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_tell)
        pauses = chain(BACKOFF, repeat(BACKOFF[-1]))
        while not self._stopped.is_set() and not await self._sign():  # before anything is claimed
            await self._unless_stopped(next(pauses))
        self._wanted.set()
        # by whichever thread wrote: lanes are free
        recorder = self.service.worker.recorder
        recorder.written = lambda _platforms: _from_a_hand(loop, self._wanted)
        recorder.rushed = lambda: any(sum(gate.busy.values()) >= MANY for gate in self.gates)
        recorder.begin()
        working = [asyncio.create_task(self._keep_on(gate.platform, partial(self._work, gate))) for gate in self.gates]
        working += [asyncio.create_task(self._beating()), asyncio.create_task(self._claiming())]
        listening = asyncio.create_task(self._keep_on("listening", self._listen))
        try:
            await self._stopped.wait()
        finally:
            self._stopped.set()
            self.service.worker.stop()
            for gate in self.gates:
                gate.stop()
            await asyncio.gather(*working, return_exceptions=True)
            await _given_up(listening)
            for pool in (self._books, *(gate.pool for gate in self.gates)):
                pool.shutdown(wait=True)
            recorder.end()

    def stop(self) -> None:
        """Take nothing new; preparations end after their step, the rest as usual. Call it in the loop's thread."""
        self._stopped.set()

    # Working ---------------------------------------------------------------------------------------------

    async def _keep_on(self, what: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this until the end; when the database goes away, begin again when it is back."""
        loop, failures = asyncio.get_running_loop(), 0
        while not self._stopped.is_set():
            begun, words = loop.time(), "ended by itself"
            try:
                await work()
            except Exception as error:
                words = f"{type(error).__name__}: {error.__cause__ or error}"
            if self._stopped.is_set():
                return
            failures = 0 if loop.time() - begun > 2 * BACKOFF[-1] else failures
            pause = BACKOFF[min(failures, len(BACKOFF) - 1)]
            log.warning("queue_away", of=what, error=words, again_after=pause)
            failures += 1
            await self._unless_stopped(pause)

    async def _listen(self) -> None:
        """Hear of new jobs, and wake who may fetch them."""
        gates = {queue: gate for gate in self.gates for queue in gate.queues}

        async def heard(*, channel: str, notification: Any) -> None:
            queue = channel.partition("#")[2]
            if queue in gates:
                gates[queue].heard(queue)

        app = queue_app(self.service.engine, least=0)
        async with app.open_async():
            await app.job_manager.listen_for_jobs(on_notification=heard, queues=list(gates))

    async def _work(self, gate: Gate) -> None:
        app = queue_app(self.service.engine)
        app.job_manager = _Patient(app.job_manager, gate)
        gate.heard(*gate.queues)

        @app.task(name=TASK)
        async def carry_out(work: list[list[int]], lane: str) -> None:
            await self._carry_out(gate, [(one, fence) for one, fence in work], lane)

        async with app.open_async():
            log.info("queue_open", platform=gate.platform, hands=gate.count)
            gate.fetching = Worker(
                app,
                queues=gate.queues,
                name=f"{self.service.owner}/{gate.platform}",
                # the hands are counted in publications; this only has to be no less
                concurrency=2 * gate.count + IN_A_JOB,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.ALWAYS,
            )
            if not gate.stopped:
                await gate.fetching.run()

    async def _carry_out(self, gate: Gate, work: list[tuple[int, int]], lane: str) -> None:
        """One job: take what is still to be had, and carry each out. Raises nothing."""
        briefs: list[Brief] = []
        try:
            briefs = await self._taken(work)
        except Exception as error:  # what was not taken is given back by the sweep, as never begun
            log.warning("not_taken", publications=[one for one, _ in work], error=f"{type(error).__name__}: {error}")
        finally:
            gate.release(lane, len(work) - len(briefs))
        if lane == PREPARE:
            await asyncio.gather(*(self._prepare(gate, brief) for brief in briefs))
        elif briefs:
            await self._publish(gate, briefs, lane)

    async def _taken(self, work: list[tuple[int, int]]) -> list[Brief]:
        """What is still to be had. A job comes only once, so a database that was away for a moment is asked again."""
        try:
            return await self._in_books(partial(self._take, work))
        except Exception as error:
            if not is_away(error):
                raise
            await self._unless_stopped(BACKOFF[0])
        return await self._in_books(partial(self._take, work))

    def _take(self, work: list[tuple[int, int]]) -> list[Brief]:
        service, now = self.service, self.service.clock.now()
        service.watch.look_first(now=now)  # what a server that went back still has in its queue may be public
        claims = take(service.engine, work, now=now, owner=service.owner)
        return service.worker.brief(claims, claimed=now) if claims else []

    async def _prepare(self, gate: Gate, brief: Brief) -> None:
        async with gate.may_prepare:
            await self._publish(gate, [brief], PREPARE)

    async def _publish(self, gate: Gate, briefs: Sequence[Brief], lane: str) -> None:
        """Give these to the hands, and wait until all are done; each hand is free as soon as its own is."""
        loop, done, left = asyncio.get_running_loop(), asyncio.Event(), len(briefs)

        def one_is_done() -> None:
            nonlocal left
            left -= 1
            gate.release(lane)
            if not left:
                done.set()

        def work(brief: Brief) -> None:
            try:
                self.service.worker.carry_out(brief)
            except Exception as error:  # its lease will run out, and then somebody looks
                log.error("not_recorded", publication=brief.claim.id, error=f"{type(error).__name__}: {error}")
            finally:
                loop.call_soon_threadsafe(one_is_done)

        for brief in briefs:
            gate.pool.submit(work, brief)
        await done.wait()

    # Claiming and beating ----------------------------------------------------------------------------------

    async def _claiming(self) -> None:
        """Claim whenever a lane was freed, one claim at a time, so that it is filled without waiting for a clock."""
        twice = False
        while not self._stopped.is_set():
            asked = await _within(self._wanted.wait(), SECOND_LOOK if twice else None, self._stopped)
            if self._stopped.is_set():
                return
            self._wanted.clear()
            twice = asked
            try:
                await self._in_books(self.service.refill)
            except Exception as error:
                log.warning("not_claimed", error=f"{type(error).__name__}: {error}")
                await self._unless_stopped(BACKOFF[2])
                self._wanted.set()
            await self._unless_stopped(BREATH)

    async def _beating(self) -> None:
        while not self._stopped.is_set():
            await self._unless_stopped(BEAT)
            if self._stopped.is_set():
                return
            await self._sign(self.service.tick)  # sweep, too, for the case that no clock is alive

    async def _sign(self, *more: Callable[[], Any]) -> bool:
        """Leave a sign of life, and do this as well; False, with a word, when it cannot be done now."""
        try:
            for work in (self.service.beat, *more):
                await self._in_books(work)
        except Exception as error:
            log.warning("no_sign_of_life", error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def _in_books(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._books, work)

    async def _unless_stopped(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)


async def _given_up(task: asyncio.Task[None]) -> None:
    """Cancel a task that has nothing in hand, and wait for its end.

    Again and again: what makes a connection may take a cancellation for its time-out, and go on (until Python 3.12).
    """
    for _ in range(CANCELLED_MOST):
        task.cancel()
        if (await asyncio.wait([task], timeout=1))[0]:
            return


async def _within(awaited: Awaitable[Any], seconds: float | None, stopped: asyncio.Event) -> bool:
    """Wait for something, so many seconds at most or until everything stops; whether it came."""
    wanted, ending = asyncio.ensure_future(awaited), asyncio.ensure_future(stopped.wait())
    done, late = await asyncio.wait((wanted, ending), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    return wanted in done


def _from_a_hand(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set the loop's event from a thread of ours; at the very end there is no loop any more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


def _tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a task of Procrastinate's ended with while the database was away; its job is tidied later."""
    error = context.get("exception")
    cause = error.__cause__ or error if error else context.get("message")
    log.warning("queue_task", error=f"{type(cause).__name__}: {cause}" if error else str(cause))
