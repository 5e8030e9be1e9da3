"""One service that lives many short lives: each is forked, works, and is killed with SIGKILL at a random place.

Run by test_kill.py as a process of its own, so that nothing of the test runner is forked. Every life begins
like `cchc run` after a crash: it knows only the database, the data folder and what the platforms answer.
"""

import json
import os
import random
import select
import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import col
from sqlmodel import select as query

from cli.logs import set_up_logs
from scheduler.db import open_engine, reading
from scheduler.lifecycle import OPEN
from scheduler.tables import Publication
from tests.conftest import Sandbox
from tests.scheduler.house import Running

LONGEST_LIFE = 60.0
"""Seconds after which a life that hangs is ended."""


class Fate:
    """Counts the steps of a life, every commit and every request before and after, and ends it at one of them."""

    def __init__(self, last_step: int | None) -> None:
        self.last_step = last_step
        self.steps = 0
        self.lock = threading.Lock()

    def step(self, *_: Any) -> None:
        with self.lock:
            self.steps += 1
            if self.steps == self.last_step:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine, house: Running) -> None:
        event.listen(engine, "begin", self.step)
        event.listen(engine, "commit", self.step)
        real = house.http.send

        def send(*args: Any, **kwargs: Any) -> Any:
            self.step()
            answer = real(*args, **kwargs)
            self.step()
            return answer

        house.http.send = send  # type: ignore[method-assign]  # the step before and after each request


def live(plan: dict[str, Any], last_step: int | None, *, recovers: bool) -> None:
    """One life: from whatever the last one left, until everything is done or it is killed."""
    engine = open_engine(plan["database"])
    sandbox = Sandbox(plan["sandbox"])
    house = Running(engine, sandbox, Path(plan["folder"]), plan["media"], youtube={"chunk_bytes": 256 * 1024})
    house.clock.set(datetime.fromisoformat(sandbox._ask("GET", "facebook", "clock")["now"]))
    Fate(last_step).watch(engine, house)
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


def one_life(plan: dict[str, Any], last_step: int | None, seconds: float, *, recovers: bool) -> bool:
    """Fork a life; True when it was killed. It dies at its last step, or when its time is over."""
    child = os.fork()
    if child == 0:
        try:
            live(plan, last_step, recovers=recovers)
        except BaseException:  # the traceback is all that is left to tell
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    handle = os.pidfd_open(child)
    if not select.select([handle], [], [], seconds)[0]:
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
    rng = random.Random(plan["seed"])
    killed = 0
    for life in range(plan["kills"]):
        timed = life % 3 == 2
        last_step = None if timed else rng.randint(3, 70)
        seconds = rng.uniform(0.2, 1.2) if timed else LONGEST_LIFE
        killed += one_life(plan, last_step, seconds, recovers=bool(life % 2))
    one_life(plan, None, LONGEST_LIFE * 2, recovers=True)
    sys.stdout.write(json.dumps({"killed": killed}))


if __name__ == "__main__":
    main()
