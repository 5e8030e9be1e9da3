"""A stretch of time that passes as fast as the work allows: the service's own tick, from one due moment to the next."""

from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.clock import FrozenClock
from scheduler.service import Service

STEP = timedelta(minutes=1)
"""How far the clock moves when something is due that cannot be claimed just now."""
LONGEST = timedelta(hours=2)
MOMENTS = 50_000
"""Bound on the loop; a week has a few hundred."""


def simulate(service: Service, clock: FrozenClock, until: datetime, on_move: Callable[[datetime], None]) -> None:
    """Run everything that is due up to `until` (aware). `on_move` is told each new time before work begins."""
    on_move(clock.now())
    for _ in range(MOMENTS):
        service.run_jobs()
        service.settle()
        now = clock.now()
        if now >= until:
            return
        due = service.next_moment() or until
        clock.set(min(until, now + LONGEST, due if due > now else now + STEP))
        on_move(clock.now())
    raise RuntimeError("the simulated time does not end")
