"""One round of the crash run: queue, begin to drain, strike in the middle, let it finish, count at the platform.

What counts is only what the platform took: a post that never arrived is lost, one that arrived twice is doubled.
"""

import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from benchmarks.rushing.engine import Engine, Place
from benchmarks.rushing.running import Books, Loopback, NotRun, Running, a_place, a_wait, queue
from benchmarks.rushing.servers import Servers

PAUSE = 1.0
"""Seconds until what was killed is started again."""
STALLED = 10.0
"""Seconds without an arrival before the strike after which it comes all the same: the engine has dropped the rest."""

_NEEDED: dict[str, float] = {}
"""Seconds that an engine needed for queueing and starting on this machine, where its own guess was too short."""

ALL, TWICE, CLOCK, WORKER, POSTGRES, NOTHING = "all", "twice", "clock", "worker", "postgres", "nothing"


@dataclass(frozen=True)
class Fault:
    """What goes wrong in the middle."""

    name: str
    label: str
    strikes: str = NOTHING
    """ALL publishing processes, the same TWICE, the first (CLOCK), the last (WORKER), POSTGRES, or NOTHING."""
    platform: Mapping[str, float] = field(default_factory=dict)
    """What the platform does to a share of the posts; see `benchmarks.rushing.loopback`."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the product for this fault."""


KILL = Fault("kill", "kill -9 of every publishing process", ALL)
FAULTS = {
    one.name: one
    for one in (
        KILL,
        Fault("kill-twice", "kill -9 of every publishing process, and again while it recovers", TWICE),
        Fault("kill-worker", "kill -9 of one worker", WORKER),
        Fault("kill-clock", "kill -9 of the clock alone", CLOCK),
        Fault("postgres", "PostgreSQL: restart -m immediate", POSTGRES),
        Fault("drop", "5 % of the posts taken, connection dropped", platform={"drop": 0.05}),
        Fault(
            "late", "5 % answered after the time-out (2 s)", platform={"late": 0.05, "late_by": 5},
            settings={"CCHC_FACEBOOK__READ_TIMEOUT": "2"},
        ),
        Fault(
            "everything", "kill -9 of everything, 3 % dropped and 3 % answered too late", ALL,
            platform={"drop": 0.03, "late": 0.03, "late_by": 5}, settings={"CCHC_FACEBOOK__READ_TIMEOUT": "2"},
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Round:
    """What one round came to."""

    posts: int
    lost: int
    """Never arrived."""
    doubled: int
    """Arrivals beyond the first of each post."""
    at: int
    """How many had arrived at the strike."""
    seconds: float
    """From the strike to the last first arrival."""
    left: int
    """What the engine's own books do not call sent at the end."""
    doubts: int | None = None
    """Posts whose outcome nobody knew and the engine asked the platform for; None: it does not ask."""
    again: int | None = None
    """Of these: not there, so sent again."""


@dataclass(frozen=True)
class Plan:
    """What is the same for every engine."""

    posts: int = 2_000
    in_flight: int = 50
    delay: float = 0.15
    quiet: float = 75.0
    """Seconds without an arrival after which nothing more is expected, where the engine's books do not say so."""


def one_round(
    engine: Engine, loopback: Loopback, servers: Servers, fault: Fault, plan: Plan, rng: random.Random
) -> Round:
    """One round in an empty place. Raises `NotRun`."""
    share, extra, seed = rng.uniform(0.2, 0.8), rng.uniform(0, plan.delay), rng.randrange(1_000_000)
    lead = max(engine.lead(plan.posts), _NEEDED.get(engine.name, 0.0))
    for _ in range(4):
        begun = time.time()
        with a_place(engine, loopback, servers, posts=plan.posts, in_flight=plan.in_flight) as (empty, _pids):
            place = replace(empty, due=math.ceil(time.time() + lead))
            queue(engine, place)
            running = Running(engine, place, servers.guardian)
            try:
                if time.time() + 1 < place.due:
                    loopback.reset(plan.delay, seed=seed, **fault.platform)
                    running.start()
                if running.pids and time.time() < place.due:
                    return _struck(running, loopback, servers, fault, plan, round(share * plan.posts), extra)
            finally:
                running.kill()
        lead = _NEEDED[engine.name] = 2 * max(lead, time.time() - begun)
    raise NotRun(f"{engine.name} needs more than {lead / 2:.0f} s to queue and start")


def _struck(
    running: Running, loopback: Loopback, servers: Servers, fault: Fault, plan: Plan, threshold: int, extra: float
) -> Round:
    place = running.place
    at = _until_arrived(loopback, place, threshold)
    a_wait(extra)
    struck = time.time()
    _strike(running, servers, fault, extra)
    with Books(running.engine, place) as books:
        _until_over(loopback, books, plan)
        left = books.left()
    running.kill()
    first: dict[int, float] = {}
    arrivals = loopback.arrivals()
    for number, moment in arrivals:
        first.setdefault(number, moment)
    doubts, again = running.engine.doubts(place) if isinstance(running.engine, Asking) else (None, None)
    return Round(
        posts=place.posts, lost=place.posts - len(first), doubled=len(arrivals) - len(first), at=at,
        seconds=max(0.0, max(first.values(), default=struck) - struck), left=left, doubts=doubts, again=again,
    )  # fmt: skip


class Asking(Engine):
    """An engine whose books tell how often it asked the platform."""

    def doubts(self, place: Place) -> tuple[int, int]:
        """How many posts it had to ask for, and how many of them were not there."""
        raise NotImplementedError


def _until_arrived(loopback: Loopback, place: Place, threshold: int) -> int:
    """Until so many have arrived, or nothing has for a while; how many."""
    heard, last = -1, time.time()
    while True:
        arrived = loopback.count()["arrived"]
        if arrived > heard or time.time() < place.due:
            heard, last = arrived, time.time()
        if arrived >= threshold or time.time() - last > STALLED:
            return arrived
        a_wait(0.005)


def _strike(running: Running, servers: Servers, fault: Fault, extra: float) -> None:
    match fault.strikes:
        case "all" | "twice":
            _all_anew(running)
            if fault.strikes == TWICE:
                a_wait(PAUSE + extra)
                _all_anew(running)
        case "clock":
            running.replace(0, PAUSE)
        case "worker":
            running.replace(len(running.pids) - 1, PAUSE)
        case "postgres":
            servers.crash_postgres()


def _all_anew(running: Running) -> None:
    running.kill()
    a_wait(PAUSE)
    running.start()


def _until_over(loopback: Loopback, books: Books, plan: Plan) -> None:
    """Until the engine's books call everything sent, or nothing has arrived for a long while."""
    heard, last = -1, time.monotonic()
    while time.monotonic() - last < plan.quiet:
        arrived = loopback.count()["arrived"]
        if arrived > heard:
            heard, last = arrived, time.monotonic()
        if not books.left():
            break
        a_wait(0.2)
    a_wait(1 + 2 * plan.delay)  # for what is on the wire
