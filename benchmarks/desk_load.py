"""Fifty people at the desk at once, by Locust; `benchmarks/desk.py` runs it as a process of its own.

Reads what to do as JSON from stdin, writes what it saw as JSON to stdout. Everybody asks for a page of theirs, reads
it for some seconds and asks for the next: always the one that was asked for least, so that each page is asked alike.
"""

import json
import random
import sys
from collections import Counter
from typing import Any

import gevent
from locust import FastHttpUser, between, events, task
from locust.env import Environment

PAUSE = (3, 7)
"""Seconds that somebody looks at a page."""
WARM_UP = 8
"""Seconds before anything counts, in which everybody has come in."""
PLAN: dict[str, Any] = {}
ASKED: Counter[str] = Counter()
COMING: list[dict[str, Any]] = []


class Staffer(FastHttpUser):
    """One person with their own session."""

    wait_time = between(*PAUSE)

    def on_start(self) -> None:
        """Sit down as the next person of the list."""
        self.me = COMING.pop()
        self.rng = random.Random(self.me["token"])

    @task
    def next_page(self) -> None:
        """Ask for one page as a browser does."""
        pages = self.me["pages"]
        fewest = min(ASKED[page] for page in pages)
        page = self.rng.choice([page for page in pages if ASKED[page] == fewest])
        ASKED[page] += 1
        headers = {"Accept": "text/html", "Accept-Encoding": "gzip"}
        if page not in PLAN["outside"]:
            headers["Cookie"] = f"cchc={self.me['token']}"
        with self.client.get(page, name=page, headers=headers, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code == 200:
                answer.success()
            else:
                answer.failure(f"status {answer.status_code}")


def main() -> None:
    """Let everybody ask for the time given; print the figures."""
    PLAN.update(json.load(sys.stdin))
    COMING.extend(PLAN["people"])
    environment = Environment(user_classes=[Staffer], events=events, host=PLAN["address"])
    runner = environment.create_local_runner()
    runner.start(len(COMING), spawn_rate=len(COMING))
    gevent.spawn_later(WARM_UP, environment.stats.reset_all)
    gevent.spawn_later(WARM_UP + PLAN["seconds"], runner.quit)
    runner.greenlet.join()
    told = {
        name: {
            "asked": entry.num_requests,
            "failed": entry.num_failures,
            "median": entry.get_response_time_percentile(0.5),
            "p95": entry.get_response_time_percentile(0.95),
        }
        for (name, _method), entry in environment.stats.entries.items()
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
