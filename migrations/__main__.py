"""`python -m migrations "what changes"`: write the next revision from what the tables have and head has not."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from cli.database import upgrade
from cli.revisions import FOLDER, newest_revision
from scheduler.db import open_engine


def _drop_if_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def main() -> None:
    """Compare the tables with an empty SQLite database at head. Exits with 1 when there is nothing to write."""
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    parser.add_argument("message", help="what changes, such as “channel gets a colour”")
    message = parser.parse_args().message
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'head.sqlite3'}")
        upgrade(engine)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            made = command.revision(
                config,
                message,
                autogenerate=True,
                rev_id=f"{int(newest_revision()) + 1:04d}",
                process_revision_directives=_drop_if_empty,
            )
        engine.dispose()
    if not made:
        raise SystemExit("The tables are what the newest revision makes; nothing was written.")


if __name__ == "__main__":
    main()
