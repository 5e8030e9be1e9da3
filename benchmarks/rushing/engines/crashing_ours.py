"""The product in the crash run: the same processes with shortened pauses, and what its history tells of its looks."""

import sys
from dataclasses import replace

from benchmarks.rushing.body import open_postgres, open_sqlite
from benchmarks.rushing.crashing import Asking, Fault
from benchmarks.rushing.engine import Command, Place
from benchmarks.rushing.engines.ours import Product

_DOUBTS = (
    "SELECT count(DISTINCT CASE WHEN event IN ('lease_ran_out', 'no_answer') THEN publication_id END),"
    " count(DISTINCT CASE WHEN event = 'not_found' THEN publication_id END) FROM publication_event"
)


class Hurried(Product, Asking):
    """`engine` with the pauses after a crash divided by `times`, under one fault."""

    def __init__(self, engine: Product, times: float, fault: Fault) -> None:
        super().__init__(engine.name, engine.label, postgres=engine._postgres)
        self._engine, self._times, self._fault = engine, times, fault

    def commands(self, place: Place) -> list[Command]:
        """The same commands through `benchmarks.rushing.hurried`."""
        return [self._hurried(one) for one in self._engine.commands(place)]

    def _hurried(self, command: Command) -> Command:
        words = command.argv[command.argv.index("cli.app") + 1 :]
        argv = [sys.executable, "-m", "benchmarks.rushing.hurried", str(self._times), *words]
        env = command.env | dict(self._fault.settings)
        return replace(command, argv=argv, env=env)

    def is_ready(self, place: Place) -> bool:
        """As the engine says."""
        return self._engine.is_ready(place)

    def doubts(self, place: Place) -> tuple[int, int]:
        """Publications that a crash or a lost answer left unknown, and those that were not there."""
        file = place.folder / "data" / "cchc.sqlite3"
        connection = open_postgres(place.database) if self._postgres else open_sqlite(file)
        doubts, again = connection.execute(_DOUBTS).fetchone()
        connection.close()
        return int(doubts), int(again)
