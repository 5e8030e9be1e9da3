"""What an engine has to offer to take part in the rush, and where one run of it happens.

An engine is one module in `rushing/engines/` and one line in its `ENGINES`. It is measured as processes of its own:
`set_up` and `queue` run in one that ends before the hour, `commands` names those that publish.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
"""Where every process of the benchmarks runs."""
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(BENCHMARKS.parent),
}
"""Of every process: nothing of who calls, and this checkout's code wherever the packages are installed."""

POSTGRES, REDIS = "postgres", "redis"
"""Servers that the script starts for who needs them."""


@dataclass(frozen=True)
class Place:
    """One run of one engine: everything it may know. Travels to its processes as `place.json`."""

    folder: Path
    """Empty at first, the engine's own."""
    platform: str
    """The loopback platform's address, as http://127.0.0.1:port."""
    posts: int
    due: float
    """Unix time at which everything is due; some seconds ahead while the engine queues."""
    in_flight: int = 50
    """Calls at the same time, at most."""
    database: str = ""
    """An empty PostgreSQL database of its own (postgresql://…), where the engine needs one."""
    redis: str = ""
    """An empty Redis (unix://…), where the engine needs one."""

    @property
    def channels(self) -> int:
        """So many Pages share the posts: post `n` goes to Page `n % channels`."""
        return max(1, self.posts // 10)

    def write(self) -> Path:
        """Leave it in the folder for the engine's processes."""
        path = self.folder / "place.json"
        path.write_text(json.dumps(asdict(self), default=str))
        return path

    @classmethod
    def read(cls, path: Path) -> "Place":
        """What `write` left."""
        told = json.loads(path.read_text())
        return cls(**{**told, "folder": Path(told["folder"])})

    def tell_ready(self, number: int) -> None:
        """A publishing process says that it waits for the hour."""
        (self.folder / f"ready-{number}").touch()


@dataclass(frozen=True)
class Command:
    """A publishing process. It runs in `benchmarks/` with a small environment of its own."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path = BENCHMARKS


class Engine:
    """One way to publish N posts at one hour. Inherit, set the facts, write the methods."""

    name: str
    """How it is chosen on the command line, such as "celery-redis-threads"."""
    label: str
    """How the table calls it, with what matters of its settings."""
    needs: frozenset[str] = frozenset()
    """Of POSTGRES and REDIS."""
    loses: str = ""
    """Why it may not send everything, where that is known; told under the table."""

    def missing(self) -> str:
        """Why it cannot run here ("" when it can): a package or a server that is not there."""
        return ""

    def lead(self, posts: int) -> float:
        """Seconds that queueing so many may take, generously; the hour is set so far ahead."""
        return 2 + posts / 500

    def set_up(self, place: Place) -> None:
        """Make the tables, the posts, the channels: what is there before anything is queued. Not timed."""
        raise NotImplementedError

    def queue(self, place: Place) -> None:
        """Queue every post for `place.due`, in the engine's own store. Timed: "queueing beforehand"."""
        raise NotImplementedError

    def commands(self, place: Place) -> list[Command]:
        """The publishing processes: one that calls `work`, unless the engine has a program of its own.

        Each says that it waits for the hour by `Place.tell_ready` with its place in this list.
        """
        return [worker(place, self.name, 0)]

    def work(self, place: Place, number: int) -> None:
        """Publish what is due, from `place.due` on, until SIGTERM. Only for engines without a program of their own."""
        raise NotImplementedError

    def is_ready(self, place: Place) -> bool:
        """Whether every publishing process waits for the hour."""
        return all((place.folder / f"ready-{number}").exists() for number in range(len(self.commands(place))))

    def left(self, place: Place) -> int:
        """How many posts the engine's own books do not call sent yet; asked ten times a second at the end."""
        raise NotImplementedError


def worker(place: Place, name: str, number: int) -> Command:
    """The process that calls `work` of the engine `name`."""
    return Command(
        [sys.executable, "-m", "benchmarks.rushing.host", "work", name, str(place.folder / "place.json"), str(number)]
    )
