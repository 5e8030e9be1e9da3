"""Short measurements of the product's own steps on this machine, on PostgreSQL with 100,000 channels.

Everything is processor time, as the kernel counts it for the database's own process and for ours, because the machine
may be shared; only the commit is by the clock. Each figure is a median.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, text
from sqlmodel import col, select

from benchmarks.rushing import office
from benchmarks.rushing.engine import BENCHMARKS, POSTGRES, Place
from benchmarks.rushing.meter import machine
from benchmarks.rushing.running import Loopback
from benchmarks.rushing.servers import Guardian, Servers
from connectors.base import Receipt
from scheduler import claim as claiming
from scheduler.briefing import Brief
from scheduler.claim import Claim
from scheduler.db import looking, reading, writing
from scheduler.handover import Handover
from scheduler.lanes import HANDED_OVER, due_platforms
from scheduler.lifecycle import Event
from scheduler.metrics import STORED_TOGETHER, _Turn
from scheduler.metrics.cadence import USUAL
from scheduler.metrics.due import Asked, Due, asked, due_on
from scheduler.metrics.keeping import Keeper, begin, store
from scheduler.record import Record
from scheduler.recorder import Recorder, Result
from scheduler.service import Service
from scheduler.signs import Who, beat
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication

from .costs import Costs, Line, Step, fitted
from .filling import Filled, a_level, add_due, fill

GUARDIAN = [sys.executable, "-m", "benchmarks.rushing.guardian"]
MANY = (1, 20, 100, 500)
ROUNDS = {1: 15, 20: 9, 100: 5, 500: 3}
WAITING = (10_000, 30_000, 100_000)
"""So many publications are due while the claims are measured."""
OF_A_WORKER = 20
SPAN = 1.5
"""Seconds of commits."""


@dataclass
class Book:
    """Everything that was measured: (step, how many) -> one pair of (database, ours) seconds for each round."""

    rounds: dict[tuple[str, int, int], list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, step: str, many: int, due: int, pair: tuple[float, float]) -> None:
        """One round."""
        self.rounds.setdefault((step, many, due), []).append(pair)

    def median(self, step: str, many: int, due: int) -> tuple[float, float]:
        """Of the rounds."""
        found = self.rounds[step, many, due]
        return statistics.median(one for one, _ in found), statistics.median(one for _, one in found)

    def step(self, name: str) -> Step:
        """Lines through the medians."""
        keys = [key for key in self.rounds if key[0] == name]
        least = min(due for _, _, due in keys)
        some = OF_A_WORKER if any(many == OF_A_WORKER for _, many, _ in keys) else min(many for _, many, _ in keys)
        sides = []
        for side in (0, 1):
            by_n = {many: self.median(name, many, least)[side] for _, many, due in keys if due == least}
            by_due = {due: self.median(name, some, due)[side] for _, many, due in keys if many == some}
            sides.append(fitted(by_n, by_due if len(by_due) > 1 else None))
        return Step(*sides)

    def told(self) -> list[dict[str, Any]]:
        """Every median, in milliseconds."""
        rows = []
        for name, many, due in sorted(self.rounds):
            database, ours = self.median(name, many, due)
            told = {"step": name, "n": many, "due": due, "database_ms": database * 1000, "ours_ms": ours * 1000}
            rows.append({key: round(one, 3) if isinstance(one, float) else one for key, one in told.items()})
        return rows


class Cpu:
    """Processor seconds of this process and of the database's process that serves our one connection."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            self.pid = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    def theirs(self) -> float:
        """Of the database's process so far."""
        exact = Path(f"/proc/{self.pid}/schedstat")
        if exact.exists():
            return int(exact.read_text().split()[0]) / 1e9
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def of(self, work: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
        """What the work gives, and what it took: (database, ours)."""
        theirs, ours = self.theirs(), time.process_time()
        given = work()
        ours = time.process_time() - ours
        return given, (self.theirs() - theirs, ours)


class _Kept(Recorder):
    """Keeps results instead of writing them, so that a batch of a known size can be written at once."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.engine, service.clock)
        self.kept: list[Result] = []

    def record(self, result: Result) -> None:
        """Only keep it."""
        self.kept.append(result)


def measure(channels: int) -> dict[str, Any]:
    """Everything, as the file tells it. Nothing is left behind."""
    with ExitStack() as stack:
        servers = stack.enter_context(Servers(stack.enter_context(Guardian(GUARDIAN, BENCHMARKS))))
        if missing := servers.missing(frozenset({POSTGRES})):
            raise SystemExit(missing)
        loopback = stack.enter_context(Loopback(servers.guardian))
        loopback.reset(0.0)
        folder = stack.enter_context(servers.guardian.folder())
        url, _ = stack.enter_context(servers.database())
        place = Place(folder, loopback.address, 1, time.time(), database=url)
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  when it was measured
        before = machine()
        _tell(f"filling {channels:,} channels")
        filled = fill(place, now, channels, 2 * channels)
        service = office.service_of(place, filled.engine)
        try:
            return _Measuring(service, filled, now, channels).run(before)
        finally:
            service.close()
            filled.engine.dispose()


class _Measuring:
    """One run."""

    def __init__(self, service: Service, filled: Filled, now: datetime, channels: int) -> None:
        self.service, self.filled, self.now, self.channels = service, filled, now, channels
        self.engine = service.engine
        self.book, self.cpu = Book(), Cpu(self.engine)
        self.handover = Handover(self.engine, 50)
        self.kept = _Kept(service)
        self.service.worker.recorder = self.kept
        self.more: dict[str, float] = {}

    def run(self, before: str) -> dict[str, Any]:
        with writing(self.engine) as session:
            beat(session, "measured", Who.WORKER, now=self.now)
        there = 0
        for due in [one for one in WAITING if one <= self.channels]:
            add_due(self.engine, self.now, there, due - there)
            there = due
            _tell(f"{due:,} due")
            self._at(due)
        self._figures()
        self._commits()
        costs = self._costs()
        memory = psutil.Process().memory_info().rss
        return {
            "machine": before,
            "date": self.now.date().isoformat(),
            "channels": self.channels,
            "costs": costs.as_told(),
            "bytes_per_publication": round(self.filled.bytes_each),
            "memory_mb": round(memory / 2**20),
            **{name: round(one, 4) for name, one in self.more.items()},
            "points": self.book.told(),
        }

    def _at(self, due: int) -> None:
        """With so many due: the turn of a clock, claims; at the least also what comes after a claim."""
        first = due == WAITING[0]
        for _ in range(5):
            self._one("look", 1, due, self._look)
            self._one("sweep", 1, due, lambda: sweep(self.engine, now=self.now))
        for many in MANY if first else (OF_A_WORKER, MANY[-1]):
            for _ in range(ROUNDS[many]):
                claims = self._one("claim", many, due, partial(self._claim, many))
                if first:
                    self._carry(claims, many)
        with a_level(self.engine, self.now):
            for _ in range(3):
                self._one("claim while a level is told", OF_A_WORKER, due, lambda: self._claim(OF_A_WORKER))

    def _one(self, step: str, many: int, due: int, work: Callable[[], Any]) -> Any:
        given, pair = self.cpu.of(work)
        self.book.add(step, many, due, pair)
        return given

    def _look(self) -> None:
        with looking(self.engine) as connection:
            self.handover.rooms(connection, [office.PLATFORM], 1)
            connection.execute(due_platforms(), {"now": self.now}).all()

    def _claim(self, many: int) -> list[Claim]:
        claims = claiming.claim(
            self.engine, now=self.now, owner=HANDED_OVER, limit=many, platform=office.PLATFORM
        )  # fmt: skip
        if len(claims) != many:
            raise SystemExit(f"{len(claims)} claimed instead of {many}")
        return claims

    def _defer(self, claims: list[Claim]) -> None:
        with writing(self.engine) as session:
            self.handover.put(session, claims, 1)

    def _carry(self, claims: list[Claim], many: int) -> None:
        """A job's way through a worker: deferred, taken, briefed, called, recorded."""
        service, due = self.service, WAITING[0]
        self._one("defer", many, due, lambda: self._defer(claims))
        handed = [(one.id, one.publication.fence) for one in claims]
        taken = self._one(
            "take", many, due, lambda: claiming.take(self.engine, handed, now=self.now, owner="measured")
        )  # fmt: skip
        briefs = self._one("brief", many, due, lambda: service.worker.brief(taken))
        if many == OF_A_WORKER:
            for brief in briefs:
                _, pair = self.cpu.of(partial(service.worker.carry_out, brief))
                if pair[0] == 0.0:  # else it was briefed anew, because more than a second had gone by
                    self.book.add("call", 1, due, pair)
            results, self.kept.kept = self.kept.kept, []
        else:
            results = [self._result(brief) for brief in briefs]
        self._one("record", many, due, lambda: self._record(results))

    def _result(self, brief: Brief) -> Result:
        record = Record(self.kept, self.service.access, self.service.worker.rng, brief.claim)
        record.connector = brief.connector
        record.receipt(Event.SUCCEEDED, Receipt(f"1_{brief.claim.id}", "https://www.facebook.com/1", self.now))
        return self.kept.kept.pop()

    def _record(self, results: list[Result]) -> None:
        for start in range(0, len(results), 200):
            self.kept._write_together(results[start : start + 200])

    def _figures(self) -> None:
        """What reading figures costs: who is to be asked at all, and one channel's turn with its ten posts."""
        with reading(self.engine) as session:
            _, (theirs, ours) = self.cpu.of(lambda: asked(session.connection(), self.now))
            channels = [session.get_one(Channel, one) for one in self.filled.on_paper]
            some = session.exec(select(Publication.id).order_by(col(Publication.id)).limit(10)).all()
        self.more |= {"who_is_asked_database": theirs, "who_is_asked_ours": ours}
        posts = {f"x-{place}": number or 0 for place, number in enumerate(some)}
        for start in range(0, len(channels), STORED_TOGETHER):
            turn = {one.id or 0: one for one in channels[start : start + STORED_TOGETHER]}
            _, (theirs, ours) = self.cpu.of(partial(self._turns, turn, posts))
            self.book.add("collect", 1, 0, (theirs / len(turn), ours / len(turn)))

    def _turns(self, channels: Mapping[int, Channel], posts: Mapping[str, int]) -> None:
        """As `scheduler.metrics.collect` asks channels that are stored together."""
        with reading(self.engine) as session:
            waiting = [Asked(one, None, None, None) for one in channels]
            due_on(session.connection(), waiting, USUAL, now=self.now)
        begun = begin(self.engine, dict.fromkeys(channels, len(posts)), now=self.now)
        opened = self.service.access.at_hand(list(channels.values()), now=self.now, figures=True)
        ended = []
        for number, channel in channels.items():
            keeper = Keeper(begun[number], number, asked=len(posts), keep_raw=True, now=self.now)
            turn = _Turn(self.engine, self.service.access, channel, Due(True, posts), keeper, opened.get(number))
            words = turn.run(may_read=True)
            if words or not keeper.readings:
                raise SystemExit(f"no figures: {words}")
            ended.append(keeper)
        store(self.engine, ended)

    def _commits(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("CREATE TABLE measured (number integer)"))
        one, many = self._commits_of(1), self._commits_of(10)
        self.more |= {"commits_1": 1 / statistics.median(one), "commits_10": len(many) / SPAN, "commit": min(one)}

    def _commits_of(self, threads: int) -> list[float]:
        """Seconds of each commit of one row, by the clock, from so many connections at once."""
        spans: list[float] = []

        def go_on() -> None:
            raw = self.engine.raw_connection()
            until = time.monotonic() + SPAN
            while time.monotonic() < until:
                begun = time.perf_counter()
                raw.cursor().execute("INSERT INTO measured VALUES (1)")
                raw.commit()
                spans.append(time.perf_counter() - begun)
            raw.close()

        running = [threading.Thread(target=go_on) for _ in range(threads)]
        for one in running:
            one.start()
        for one in running:
            one.join()
        return spans

    def _costs(self) -> Costs:
        names = ("look", "sweep", "claim", "defer", "take", "brief", "record", "collect")
        _, call = self.book.median("call", 1, WAITING[0])
        steps = {name: self.book.step(name) for name in names}
        return Costs(**steps, told=self._told(), call=call, commit=self.more["commit"])

    def _told(self) -> Step:
        usual = self.book.median("claim", OF_A_WORKER, WAITING[0])
        told = self.book.median("claim while a level is told", OF_A_WORKER, WAITING[0])
        more = [max(0.0, after - before) / self.channels for after, before in zip(told, usual, strict=True)]
        return Step(Line(each=more[0]), Line(each=more[1]))


def _tell(words: str) -> None:
    sys.stderr.write(f"{words} (load {os.getloadavg()[0]:.0f})\n")
    sys.stderr.flush()
