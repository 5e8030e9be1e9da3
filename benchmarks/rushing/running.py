"""One run of one engine: queue, start, wait for the hour, measure until everything is out, stop.

The crash run uses the same pieces: `Loopback`, `Running`, `a_place`.
"""

import http.client
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.rushing.engine import BENCHMARKS, ENVIRONMENT, POSTGRES, REDIS, Command, Engine, Place
from benchmarks.rushing.meter import MemoryWatch, cpu_of
from benchmarks.rushing.servers import Guardian, Servers

TRIES = 4
"""So often an engine is tried with twice the time before the hour."""
START_WAIT = 60.0
"""Seconds that the publishing processes may take until they wait for the hour."""
BEFORE = 0.5
"""Seconds before the hour at which measuring begins."""
SILENCE = 20.0
"""Seconds without any arrival after which an engine has no more to send."""
BOOKS_WAIT = 60.0
"""Seconds that an engine may take to write down what is out."""
STOP_WAIT = 20.0


class NotRun(Exception):
    """An engine that could not be run; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What one run came to. Lateness in seconds, memory in bytes."""

    posts: int
    queueing: float
    sent: int
    """Different posts that arrived."""
    doubled: int
    """Arrivals beyond the first of a post."""
    early: int
    """Arrivals before their hour."""
    rate: float
    """Posts a second between the hour and the last first arrival."""
    p50: float
    p99: float
    cpu: float
    """Seconds of the publishing processes, from just before the hour until the books are written."""
    server_cpu: float
    """The same of PostgreSQL or Redis."""
    memory: int
    """Of all publishing processes together, at most."""
    largest: int
    """Of the largest of them."""
    left: int
    """What the engine's books do not call sent at the end."""

    @property
    def lost(self) -> int:
        """Posts that never arrived."""
        return self.posts - self.sent


def a_wait(seconds: float) -> None:
    """Let time pass."""
    if seconds > 0:
        Event().wait(seconds)


# The platform ------------------------------------------------------------------------------------------------


class Loopback:
    """The running platform; use it in a `with`."""

    def __init__(self, guardian: Guardian) -> None:
        self._guardian = guardian

    def __enter__(self) -> "Loopback":
        command = [sys.executable, "-m", "benchmarks.rushing.loopback"]
        self._process = subprocess.Popen(
            command, cwd=BENCHMARKS, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._guardian.watch(self._process.pid)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        parts = urlsplit(self.address)
        self._control = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        return self

    def __exit__(self, *_error: object) -> None:
        self._control.close()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=STOP_WAIT)
        self._process.stdout.close()
        self._guardian.forget(self._process.pid)

    def _ask(self, method: str, what: str) -> Any:
        self._control.request(method, f"/_rush/{what}")
        return json.loads(self._control.getresponse().read())

    def reset(self, delay: float, **faults: float) -> None:
        """Forget everything; answer after `delay` seconds from now on. `faults`: see `benchmarks.rushing.loopback`."""
        self._ask("POST", f"reset?{urlencode({'delay': delay} | faults)}")

    def count(self) -> dict[str, int]:
        """How many posts arrived, and how many different ones."""
        return dict(self._ask("GET", "count"))

    def arrivals(self) -> list[tuple[int, float]]:
        """Number and Unix time of each, in order."""
        return [(number, at) for number, at in self._ask("GET", "arrivals")]


# An engine's processes ----------------------------------------------------------------------------------------


class Running:
    """An engine's publishing processes. `start`, then `stop` or `kill`; may be started again in the same place."""

    def __init__(self, engine: Engine, place: Place, guardian: Guardian) -> None:
        self.engine, self.place = engine, place
        self._guardian = guardian
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def pids(self) -> list[int]:
        """The processes that were started; their children are not named."""
        return [one.pid for one in self._processes]

    def start(self) -> None:
        """Start them all and wait until they wait for the hour. Raises `NotRun` with the end of what they wrote."""
        for old in self.place.folder.glob("ready-*"):
            old.unlink()
        for old in self.place.folder.glob("output-*.log"):  # what an earlier start said is not said by this one
            old.replace(old.with_suffix(".old"))
        for number, command in enumerate(self.engine.commands(self.place)):
            self._processes.append(_start(command, self._output(number), self.place.folder))
            self._guardian.watch(self._processes[-1].pid)
        until = time.monotonic() + START_WAIT
        while not self.engine.is_ready(self.place):
            dead = [number for number, one in enumerate(self._processes) if one.poll() is not None]
            if dead or time.monotonic() > until:
                told = self._output(dead[0] if dead else 0).read_text(errors="replace")[-2_000:]
                self.kill()
                raise NotRun(f"{self.engine.name} did not start: {told}")
            a_wait(0.05)

    def _output(self, number: int) -> Path:
        return self.place.folder / f"output-{number}.log"

    def is_alive(self) -> bool:
        """Whether every process still runs."""
        return all(one.poll() is None for one in self._processes)

    def stop(self) -> None:
        """End them as an administrator would; by force when they do not."""
        for one in self._processes:
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOP_WAIT
        for one in self._processes:
            with suppress(subprocess.TimeoutExpired):
                one.wait(max(0.1, until - time.monotonic()))
        self.kill()

    def replace(self, number: int, pause: float) -> None:
        """SIGKILL for one process and its children; after `pause` seconds it is started anew, as systemd does."""
        old = self._processes[number]
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(old.pid, signal.SIGKILL)
        old.wait()
        self._guardian.forget(old.pid)
        a_wait(pause)
        command = self.engine.commands(self.place)[number]
        self._processes[number] = _start(command, self._output(number), self.place.folder)
        self._guardian.watch(self._processes[number].pid)

    def kill(self) -> None:
        """SIGKILL for every process and its children, at once."""
        for one in self._processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(one.pid, signal.SIGKILL)
        for one in self._processes:
            one.wait()
            self._guardian.forget(one.pid)
        self._processes.clear()


def _start(command: Command, output: Path, folder: Path) -> "subprocess.Popen[bytes]":
    env = ENVIRONMENT | {"HOME": str(folder)} | command.env
    with output.open("ab") as file:
        return subprocess.Popen(
            command.argv, cwd=command.cwd, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip


class Books:
    """Asks an engine's own books; use it in a `with`."""

    def __init__(self, engine: Engine, place: Place) -> None:
        told = ("left", engine.name, str(place.folder / "place.json"))
        command = [sys.executable, "-m", "benchmarks.rushing.host", *told]
        self._process = subprocess.Popen(
            command, cwd=BENCHMARKS, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Books":
        self.left()  # it has loaded everything before the hour
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()

    def left(self) -> int:
        """How many posts are not called sent."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("left\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


# One run ------------------------------------------------------------------------------------------------------


@contextmanager
def a_place(
    engine: Engine, loopback: Loopback, servers: Servers, *, posts: int, in_flight: int
) -> Iterator[tuple[Place, list[int]]]:
    """An empty place with the servers this engine needs, and the ids of their processes; the hour is not set yet."""
    with ExitStack() as stack:
        folder = stack.enter_context(servers.guardian.folder())
        place, pids = Place(folder, loopback.address, posts, 0.0, in_flight), []
        if POSTGRES in engine.needs:
            address, pid = stack.enter_context(servers.database())
            place = replace(place, database=address)
            pids.append(pid)
        if REDIS in engine.needs:
            address, pid = stack.enter_context(servers.redis(folder))
            place = replace(place, redis=address)
            pids.append(pid)
        yield place, pids


def queue(engine: Engine, place: Place) -> float:
    """Set everything up and queue, in a process that ends; the seconds that queueing took. Raises `NotRun`."""
    command = [sys.executable, "-m", "benchmarks.rushing.host", "queue", engine.name, str(place.write())]
    return float(told_by(command, f"{engine.name} could not queue")["queueing"])


def told_by(command: list[str], complaint: str) -> dict[str, float]:
    """The JSON in the last line of what a process of ours prints. Raises `NotRun`."""
    done = subprocess.run(command, cwd=BENCHMARKS, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRun(f"{complaint}: {done.stderr[-2_000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_once(
    engine: Engine, loopback: Loopback, servers: Servers, *, posts: int, in_flight: int, delay: float
) -> Outcome:
    """One run in an empty place. Raises `NotRun`."""
    lead = engine.lead(posts)
    for _ in range(TRIES):
        with a_place(engine, loopback, servers, posts=posts, in_flight=in_flight) as (empty, pids):
            place = replace(empty, due=math.ceil(time.time() + lead))
            took = queue(engine, place)
            running = Running(engine, place, servers.guardian)
            try:
                if time.time() + BEFORE < place.due:
                    running.start()
                with Books(engine, place) as books:
                    if time.time() + BEFORE < place.due:  # the hour has not come while everything was made
                        return _measured(running, books, pids, loopback, took, delay)
            finally:
                running.stop()
        lead *= 2
    raise NotRun(f"{engine.name} needs more than {lead / 2:.0f} s to queue and start")


def _measured(
    running: Running, books: Books, pids: list[int], loopback: Loopback, took: float, delay: float
) -> Outcome:
    place = running.place
    loopback.reset(delay)
    a_wait(place.due - BEFORE - time.time())
    own, theirs = cpu_of(running.pids), cpu_of(pids)
    with MemoryWatch(running.pids) as memory:
        _until_silent(loopback, place)
        left = _until_written(books)
    own, theirs = cpu_of(running.pids) - own, cpu_of(pids) - theirs
    return outcome_of(loopback.arrivals(), place, queueing=took, cpu=own, server_cpu=theirs, memory=memory.peak,
                      largest=memory.largest, left=left)  # fmt: skip


def _until_silent(loopback: Loopback, place: Place) -> None:
    """Until everything has arrived, or nothing has for a while."""
    heard, last = -1, time.monotonic() + max(0.0, place.due - time.time())
    while True:
        told = loopback.count()
        if told["different"] >= place.posts:
            return
        if told["arrived"] > heard:
            heard, last = told["arrived"], max(last, time.monotonic())
        if time.monotonic() - last > SILENCE:
            return
        a_wait(0.1)


def _until_written(books: Books) -> int:
    """Until the books call everything sent, or have not changed for a while; how many they do not."""
    left, changed = books.left(), time.monotonic()
    begun = changed
    while left and time.monotonic() - begun < BOOKS_WAIT and time.monotonic() - changed < 10:
        a_wait(0.05)
        now = books.left()
        if now != left:
            left, changed = now, time.monotonic()
    return left


def outcome_of(arrivals: list[tuple[int, float]], place: Place, **facts: Any) -> Outcome:
    """The figures of a list of arrivals."""
    first: dict[int, float] = {}
    for number, at in arrivals:
        first.setdefault(number, at)
    late = sorted(at - place.due for at in first.values())
    return Outcome(
        posts=place.posts,
        sent=len(first),
        doubled=len(arrivals) - len(first),
        early=sum(one < 0 for one in late),
        rate=len(first) / late[-1] if late and late[-1] > 0 else 0.0,
        p50=_quantile(late, 0.50),
        p99=_quantile(late, 0.99),
        **facts,
    )


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else math.nan
