"""APScheduler rings, the tables decide. Nothing here knows what a publication is.

Memory job store, every job declared anew at each start. A short tick is the safety net; one date job,
re-armed at the next due moment, makes it punctual. What the tick raises never reaches the scheduler.
"""

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import ParamSpec

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from content.vietnamese import LOCAL
from scheduler.clock import SystemClock
from scheduler.db import is_away
from scheduler.deliveries import Sending
from scheduler.service import Service

TICK_SECONDS = 5
JOBS_SECONDS = 20
INTAKE, INTAKE_SECONDS = "intake", 60
TELLING, TELLING_SECONDS = "telling", 60
SEAL_SECONDS = 60
BEAT = timedelta(seconds=30)

P = ParamSpec("P")

log = structlog.get_logger("scheduler.ticker")


class Ticker:
    """Rings the service's tick and its calendar jobs until it is stopped."""

    def __init__(self, service: Service, *, tick_seconds: int = TICK_SECONDS) -> None:
        self.service = service
        self.tick_seconds = tick_seconds
        self._scheduler = BackgroundScheduler(
            timezone=LOCAL,
            executors={"default": ThreadPoolExecutor(5)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._listen, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._lock = threading.Lock()
        self._beaten: datetime | None = None
        self._armed: datetime | None = None
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to ring, in threads of its own."""
        add = self._scheduler.add_job
        add(_guarded(self.tick), "interval", seconds=self.tick_seconds, id="tick", replace_existing=True)
        add(_guarded(self.run_jobs), "interval", seconds=JOBS_SECONDS, id="jobs", replace_existing=True)
        if self.service.intake is not None:
            # a lane of its own: a slow portal holds up neither the tick nor the calendar jobs
            add(_guarded(self.read_portals), "interval", seconds=INTAKE_SECONDS, id=INTAKE, replace_existing=True)
        if self.service.telling is not None:
            # another one: nor does a slow mail server
            add(_guarded(self.tell), "interval", seconds=TELLING_SECONDS, id=TELLING, replace_existing=True)
        if self.service.seal is not None:
            # and another: nothing waits for the audit log
            add(_guarded(self.service.seal), "interval", seconds=SEAL_SECONDS, id="seal", replace_existing=True)
        recorder = self.service.worker.recorder
        recorder.written, recorder.rushed = _guarded(self._fill_up), self.service.hands.are_many
        recorder.begin()
        self._scheduler.start()
        self._watching.start()
        self._arm(None)

    def stop(self) -> None:
        """Ring no more, and let the work in flight end."""
        with self._lock:  # who is claiming just now still finds hands for it
            self._stopping.set()
        if self.service.intake is not None:
            self.service.intake.stop()
        if self.service.telling is not None:
            self.service.telling.stop()
        self._scheduler.shutdown(wait=True)
        if self._watching.is_alive():
            self._watching.join()
        self.service.close()

    def tick(self) -> None:
        """One tick; then arm the bell for the next due moment."""
        with self._lock:
            self.service.tick()
            self._beat()
        self._arm_next()

    def _fill_up(self, platforms: Collection[str]) -> None:
        """Something was recorded on these platforms: its lane is free, and a hand soon."""
        with self._lock:
            if self._stopping.is_set():
                return
            claimed = self.service.go_on(platforms)
        if not claimed and self.service.hands.nearly_idle:
            self._arm_next()

    def _arm_next(self) -> None:
        """Ring at the next due moment; a bell that is armed for it already stays."""
        at = self.service.next_moment()
        if at is not None and at != self._armed:
            self._arm(at)

    def _watch(self) -> None:
        """Until the end; this waits by a clock that nobody can turn back."""
        while not self._stopping.wait(self.tick_seconds):
            _guarded(self.catch_up)()

    def catch_up(self) -> None:
        """When the computer's clock was turned back, ring on at once instead of when it has come round again."""
        now = SystemClock().now()  # the clock that APScheduler goes by
        for job in self._scheduler.get_jobs():
            every = getattr(job.trigger, "interval", None)
            if every is not None and job.next_run_time is not None and job.next_run_time - now > 2 * every:
                log.warning("clock_turned_back", job=job.id)
                job.modify(next_run_time=now)

    def _beat(self) -> None:
        """A sign of life now and then, from the tick itself: a stuck tick must be seen."""
        now = self.service.clock.now()
        if self._beaten is None or abs(now - self._beaten) >= BEAT:
            self.service.beat()
            self._beaten = now

    def run_jobs(self) -> None:
        """The calendar jobs whose hour has come."""
        ran = self.service.run_jobs()
        if ran:
            log.info("jobs", ran=ran)

    def read_portals(self) -> None:
        """The portals' feeds that are due."""
        for turn in self.service.read_portals():
            tell = log.info if turn.ok else log.warning
            tell("portal", source=turn.key, new=turn.recorded.new, words=turn.words)

    def tell(self) -> None:
        """The notices that nobody was told of yet."""
        for told in self.service.tell():
            note = log.info if told.state is Sending.SENT else log.warning
            note("told", way=told.way, target=told.target, state=told.state, notices=told.count, words=told.words)

    def _arm(self, at: datetime | None) -> None:
        """Ring the tick at `at` (aware; None: at once), in place of the bell that was armed before."""
        if not self._scheduler.running:
            return
        self._armed = at
        self._scheduler.add_job(
            _guarded(self.tick),
            "date",
            run_date=at or self.service.clock.now(),
            id="bell" if at else "now",
            replace_existing=True,
        )

    @staticmethod
    def _listen(event: JobEvent) -> None:
        if event.code == EVENT_JOB_MAX_INSTANCES:
            return  # the turn that runs takes what there is; one that is stuck is missed by its sign of life
        log.error("bell", job=event.job_id, code=event.code)


def _guarded(work: Callable[P, None]) -> Callable[P, None]:
    """`work`, with everything it raises logged: an exception in APScheduler's hands would end the ringing."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            work(*args, **kwargs)
        except Exception as error:
            if is_away(error):
                log.warning("database_away", error=type(error).__name__)
            else:
                log.exception("tick_failed")

    return guarded
