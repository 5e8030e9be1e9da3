"""What only our product is asked for: queueing as staff do it, and what the service costs when nothing is due.

python -m benchmarks.rushing.product place.json      queues every post through the desk; prints how long that took
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.rushing import office
from benchmarks.rushing.engine import Engine, Place
from benchmarks.rushing.meter import cpu_of
from benchmarks.rushing.running import Loopback, Running, a_place, a_wait, queue, told_by
from benchmarks.rushing.servers import Servers

IDLE_SPAN = 20.0
"""Seconds over which the idle service is watched."""
SETTLED = 8.0
"""Seconds from its start until it is only waiting."""
FAR = 6 * 3600.0
"""Seconds until the hour of what is queued meanwhile."""


def queueing(engine: Engine, loopback: Loopback, servers: Servers, *, posts: int) -> float:
    """Seconds for queueing so many posts through the desk's own way."""
    with a_place(engine, loopback, servers, posts=posts, in_flight=50) as (empty, _):
        place = replace(empty, due=time.time() + FAR)
        command = [sys.executable, "-m", "benchmarks.rushing.product", str(place.write())]
        return told_by(command, f"{engine.name} could not queue through the desk")["queueing"]


def idle(engine: Engine, loopback: Loopback, servers: Servers, *, posts: int) -> tuple[float, float]:
    """The share of a core that the service takes with so many posts queued and nothing due; and its server's share."""
    with a_place(engine, loopback, servers, posts=posts, in_flight=50) as (empty, pids):
        place = replace(empty, due=time.time() + FAR)
        queue(engine, place)
        running = Running(engine, place, servers.guardian)
        try:
            running.start()
            a_wait(SETTLED)
            own, theirs, begun = cpu_of(running.pids), cpu_of(pids), time.monotonic()
            a_wait(IDLE_SPAN)
            span = time.monotonic() - begun
            return (cpu_of(running.pids) - own) / span, (cpu_of(pids) - theirs) / span
        finally:
            running.stop()


def main(path: str) -> None:
    """The desk's own way, timed."""
    place = Place.read(Path(path))
    engine = office.found(place)
    begun = time.perf_counter()
    office.queue_by_desk(place, engine)
    sys.stdout.write(json.dumps({"queueing": time.perf_counter() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:])
