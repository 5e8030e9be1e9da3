"""Does all that `benchmarks/growth.py` measures, in a new office; prints the name of each work.

    python -m tests.benchmarks.every_work FOLDER

A process of its own: the benchmarks' platform on paper is known to all of it from then on.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.growth_work import DUE_IN, add_due, works
from cli import database
from cli import settings as settings_module
from cli.wiring import build
from scheduler.clock import FrozenClock
from scheduler.db import open_engine

NOW = datetime(2026, 7, 27, 9, tzinfo=UTC)


def main(folder: Path) -> None:
    settings = settings_module.load(_env_file=None, data_dir=folder, database_url="")
    engine = open_engine(settings.database)
    database.upgrade(engine)
    clock = FrozenClock(NOW)
    service = build(settings, clock=clock, engine=engine)
    due = add_due(engine, service.vault, NOW)
    for work in works(service, clock, NOW, NOW + DUE_IN, due):
        work.run()
        if work.after is not None:
            work.after()
        sys.stdout.write(f"{work.name}\n")
    service.close()
    engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
