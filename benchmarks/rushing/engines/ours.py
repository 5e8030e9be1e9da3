"""The whole product: `cchc run` as an office starts it, over its own tables, with the Facebook Page as connector.

Claims with lease and fence, an attempt row before each call, event rows, the approval's hash checked, lost answers
looked for. Its settings are the usual ones but for the platform's address and the number of calls in flight. With
workers, `cchc run` is only the clock and `cchc worker` processes publish; the calls in flight are shared among them.
"""

import sys

from benchmarks.rushing import office
from benchmarks.rushing.body import open_postgres, open_sqlite
from benchmarks.rushing.engine import POSTGRES as NEEDS_POSTGRES
from benchmarks.rushing.engine import Command, Engine, Place
from scheduler.db import open_engine

_LEFT = "SELECT count(*) FROM publication WHERE state <> 'published'"


class Product(Engine):
    """See above."""

    def __init__(self, name: str, label: str, *, postgres: bool, workers: int = 0) -> None:
        self.name, self.label, self._postgres, self._workers = name, label, postgres, workers
        self.needs = frozenset({NEEDS_POSTGRES}) if postgres else frozenset()

    def lead(self, posts: int) -> float:
        """The tables, the Pages and the posts are made before the hour, too."""
        return 8 + posts / 250

    def set_up(self, place: Place) -> None:
        """Tables by migration, Pages with tokens, approved posts."""
        office.found(place).dispose()

    def queue(self, place: Place) -> None:
        """Publications as they stand when they are prepared; the desk's own way is measured by `product.py`."""
        engine = open_engine(office.settings_of(place).database)
        office.queue_prepared(engine, place)
        engine.dispose()

    def commands(self, place: Place) -> list[Command]:
        """`cchc run`, and `cchc worker` where there are workers."""
        if not self._workers:
            return [cchc(place, "run")]
        settings = {"CCHC_HANDS": "workers", "CCHC_IN_FLIGHT": str(place.in_flight // self._workers)}
        return [cchc(place, one, **settings) for one in ("run", *("worker" for _ in range(self._workers)))]

    def is_ready(self, place: Place) -> bool:
        """Each says so."""
        told = [(place.folder / f"output-{number}.log").read_text() for number in range(1 + self._workers)]
        return "Đang chạy" in told[0] and all("Đang nhận việc" in one for one in told[1:])

    def left(self, place: Place) -> int:
        """What is not published."""
        file = place.folder / "data" / "cchc.sqlite3"
        connection = open_postgres(place.database) if self._postgres else open_sqlite(file)
        count = connection.execute(_LEFT).fetchone()[0]
        connection.close()
        return int(count)


def cchc(place: Place, *words: str, **settings: str) -> Command:
    """A command of the product as a process of its own, in the office's folder."""
    return Command([sys.executable, "-m", "cli.app", *words], office.environment_of(place) | settings, place.folder)


SQLITE = Product("ours-sqlite", "cchc run, SQLite", postgres=False)
POSTGRES = Product("ours-postgres", "cchc run, PostgreSQL", postgres=True)
WORKER = Product("ours-worker", "cchc run + 1 cchc worker, PostgreSQL", postgres=True, workers=1)
WORKERS = Product("ours-workers", "cchc run + 2 cchc worker, PostgreSQL", postgres=True, workers=2)
