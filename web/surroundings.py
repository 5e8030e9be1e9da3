"""What the level file (NĐ 85/2016) asks about a running system: its parts, lines, accounts, data, keeping, backups.

Everything is told from what runs: settings, installed packages, tables. What only the office knows (its rooms, its
network, its people in charge) is not guessed here.
"""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from re import match

DISTRIBUTION = "cchc-campaign-scheduler"


@dataclass(frozen=True, slots=True)
class Line:
    """One way on which bytes go in or out. `guarded`: how it is protected, in Vietnamese."""

    inward: bool
    what: str
    peer: str
    """Host and port."""
    guarded: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the settings say of this installation. `level`: 1 to 5 as the office has it; 0: not told."""

    level: int = 0
    lines: Sequence[Line] = ()
    kept: Sequence[tuple[str, str]] = ()
    """What is kept -> for how long, both in Vietnamese."""


UNTOLD = Surroundings()
"""Where nobody says anything."""


def components() -> Iterator[tuple[str, str]]:
    """The program, what it runs on, and each package that it asks for, with the version that is installed."""
    yield "CCHC Campaign Scheduler", _version(DISTRIBUTION)
    yield "Python", platform.python_version()
    yield platform.system(), platform.release()
    names = {found[0] for one in requires(DISTRIBUTION) or () if (found := match(r"[\w.-]+", one))}
    for name in sorted(names, key=str.lower):
        if told := _version(name):  # an extra that is not installed is no part of this system
            yield name, told


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
