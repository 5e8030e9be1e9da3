"""Every engine by its name. A module is imported only when its engine is asked for: its packages may not be there."""

from importlib import import_module

from rush.engine import Engine

ENGINES = {
    "ours-sqlite": "rush.engines.ours:SQLITE",
    "ours-postgres": "rush.engines.ours:POSTGRES",
    "raw-sqlite": "rush.engines.raw:SQLITE",
    "raw-postgres": "rush.engines.raw:POSTGRES",
}
"""Name -> module and object."""

BASE = "raw-sqlite"
"""Everything is told as a ratio to this one, of the same run."""


def engine_of(name: str) -> Engine:
    """The engine of this name. Raises ImportError when a package that it needs is not there."""
    module, _, thing = ENGINES[name].partition(":")
    found = getattr(import_module(module), thing)
    assert isinstance(found, Engine) and found.name == name
    return found
