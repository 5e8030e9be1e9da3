"""`python -m tests.many.mortal PLACE SIGNAL COMMAND…`: the `cchc` program, struck once at an exact place.

The process sends itself the signal (a number) the first time it comes by. Places: `taken`, a worker begins with a
claim that is to become public; `sending`, the public call is about to be written to the wire; `answered`, the platform
has answered and nobody has written it down.
"""

import http.client
import re
import signal
import sys
import threading
from typing import Any

from cli import app
from scheduler.briefing import Brief
from scheduler.retry import PUBLISH
from scheduler.worker import Worker

PUBLIC = re.compile(r".*/feed")


class Fate:
    """Strikes once."""

    def __init__(self, place: str, number: int) -> None:
        self.place, self.number = place, number
        self.lock = threading.Lock()
        self.struck = False

    def at(self, place: str) -> None:
        """The process has come to a place."""
        with self.lock:
            strikes, self.struck = place == self.place and not self.struck, self.struck or place == self.place
        if strikes:
            # to this very thread: a signal to the process may find another one first, and this one would go on
            signal.pthread_kill(threading.get_ident(), self.number)


def _watch(fate: Fate) -> None:
    begin, ask, answer = Worker.carry_out, http.client.HTTPConnection.putrequest, http.client.HTTPConnection.getresponse
    asked: dict[int, bool] = {}

    def beginning(self: Worker, brief: Brief) -> None:
        if brief.claim.action == PUBLISH:
            fate.at("taken")
        begin(self, brief)

    def asking(self: Any, method: str, url: str, *rest: Any, **more: Any) -> None:
        asked[id(self)] = method == "POST" and PUBLIC.fullmatch(url) is not None
        if asked[id(self)]:
            fate.at("sending")
        ask(self, method, url, *rest, **more)

    def answering(self: Any, *rest: Any, **more: Any) -> Any:
        told = answer(self, *rest, **more)
        if asked.pop(id(self), False):
            fate.at("answered")
        return told

    Worker.carry_out = beginning  # type: ignore[method-assign]  # the place where a hand begins
    http.client.HTTPConnection.putrequest = asking  # type: ignore[method-assign,assignment]  # every client's wire
    http.client.HTTPConnection.getresponse = answering  # type: ignore[assignment,method-assign]  # as above


def main() -> None:
    """Run the command that follows."""
    place, number, *command = sys.argv[1:]
    _watch(Fate(place, int(number)))
    sys.argv = ["cchc", *command]
    app.main()


if __name__ == "__main__":
    main()
