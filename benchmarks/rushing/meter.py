"""What processes cost: processor seconds and memory of whole trees of processes."""

import os
import threading
from collections.abc import Iterable
from contextlib import suppress

import psutil

EVERY = 0.25
"""Seconds between two looks at the memory."""


def family(roots: Iterable[int]) -> list[psutil.Process]:
    """The processes of these ids and all that came of them, as far as they live."""
    found: dict[int, psutil.Process] = {}
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(root)
            found |= {one.pid: one for one in (process, *process.children(recursive=True))}
    return list(found.values())


def cpu_of(roots: Iterable[int]) -> float:
    """Processor seconds that these trees have used, with their children that have ended."""
    total = 0.0
    for one in family(roots):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def memory_of(roots: Iterable[int]) -> list[int]:
    """Bytes of resident memory of each process of these trees now; what processes share is counted in each."""
    found = []
    for one in family(roots):
        with suppress(psutil.NoSuchProcess):
            found.append(int(one.memory_info().rss))
    return found


class MemoryWatch:
    """Looks at trees of processes a few times a second and remembers the most; use it in a `with`."""

    def __init__(self, roots: Iterable[int]) -> None:
        self._roots = list(roots)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.peak = 0
        """Bytes of all of them together."""
        self.largest = 0
        """Bytes of a single one."""

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self._look()

    def _look(self) -> None:
        found = memory_of(self._roots)
        self.peak = max(self.peak, sum(found))
        self.largest = max(self.largest, *found, 0)


def machine() -> str:
    """The machine in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total // 2**20
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{cores} cores, {memory:,} MB of memory, load before the run {load}"
