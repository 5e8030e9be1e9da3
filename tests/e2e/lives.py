"""One service that lives many short lives: each is forked, works, and is killed with SIGKILL at a random place.

Run by test_kill.py as a process of its own, so that nothing of the test runner is forked. Every life begins
like `cchc run` after a crash: it knows only the database, the data folder and what the platforms answer.
"""

import json
import os
import random
import re
import select
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, event
from sqlmodel import col
from sqlmodel import select as query

from cli.logs import set_up_logs
from connectors import CONNECTORS, connector_class
from scheduler.db import open_engine, reading
from scheduler.lifecycle import OPEN
from scheduler.tables import Publication
from tests.conftest import Sandbox
from tests.scheduler.house import Running

PUBLIC_CALL = re.compile(r"^POST .*/feed$|^POST .*/comments$|^POST .*/article/update$|^PUT /youtube/v3/videos\b")
LONGEST_LIFE = 60.0
"""Seconds after which a life that hangs is ended."""


@dataclass(frozen=True)
class End:
    """How a life ends: at a step, right after a call that made a post public, or when its time is over."""

    step: int | None = None
    change: int | None = None
    seconds: float = LONGEST_LIFE


class Fate:
    """Counts the steps of a life, every begin, commit and request before and after, and ends it at its end."""

    def __init__(self, end: End) -> None:
        self.end = end
        self.steps = self.changes = 0
        self.lock = threading.Lock()

    def step(self, *_: Any) -> None:
        with self.lock:
            self.steps += 1
            if self.steps == self.end.step:
                os.kill(os.getpid(), signal.SIGKILL)

    def answered(self, path: str) -> None:
        """The platform has acted, and nobody has written it down yet."""
        with self.lock:
            self.changes += bool(PUBLIC_CALL.search(path))
            if self.changes == self.end.change:
                os.kill(os.getpid(), signal.SIGKILL)
        self.step()

    def watch(self, engine: Engine, house: Running) -> None:
        event.listen(engine, "begin", self.step)
        event.listen(engine, "commit", self.step)
        real = house.http.request

        def request(method: str, url: str, **content: Any) -> Any:
            self.step()
            answer = real(method, url, **content)
            self.answered(f"{method} {urlsplit(url).path}")
            return answer

        vars(house.http)["request"] = request  # the step before and after each request


def live(plan: dict[str, Any], end: End, *, recovers: bool) -> None:
    """One life: from whatever the last one left, until everything is done or it is killed."""
    engine = open_engine(plan["database"])
    sandbox = Sandbox(plan["sandbox"])
    house = Running(engine, sandbox, Path(plan["folder"]), plan["media"], youtube={"chunk_bytes": 256 * 1024})
    house.clock.set(datetime.fromisoformat(sandbox._ask("GET", "facebook", "clock")["now"]))
    Fate(end).watch(engine, house)
    if recovers:
        house.service.recover()
    until = datetime.fromisoformat(plan["until"])
    while house.clock.now() < until and unfinished(engine):
        house.pass_time(min(until, house.clock.now() + timedelta(minutes=30)))
    house.close()
    engine.dispose()


def unfinished(engine: Engine) -> int:
    """How many publications are still on their way."""
    with reading(engine) as session:
        return len(session.exec(query(Publication.id).where(col(Publication.state).in_(OPEN))).all())


def one_life(plan: dict[str, Any], end: End, *, recovers: bool) -> bool:
    """Fork a life; True when it was killed."""
    child = os.fork()
    if child == 0:
        try:
            live(plan, end, recovers=recovers)
        except BaseException:  # the traceback is all that is left to tell
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    handle = os.pidfd_open(child)
    if not select.select([handle], [], [], end.seconds)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(handle)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != 0:
        raise SystemExit("a life ended with an error")
    return False


def main() -> None:
    """Live and die `kills` times, then live to the end; tells how often it died."""
    set_up_logs("ERROR")
    plan = json.loads(sys.stdin.read())
    for platform in CONNECTORS:
        connector_class(platform)  # imported once, before the lives are forked
    rng = random.Random(plan["seed"])
    killed = 0
    for life in range(plan["kills"]):
        ends = (End(step=rng.randint(3, 35)), End(change=rng.randint(1, 3)), End(seconds=rng.uniform(0.05, 0.5)))
        killed += one_life(plan, ends[life % 3], recovers=bool(life % 2))
    if one_life(plan, End(seconds=LONGEST_LIFE * 5), recovers=True):
        raise SystemExit("the last life did not come to its end in time")
    sys.stdout.write(json.dumps({"killed": killed}))


if __name__ == "__main__":
    main()
