"""What the machine itself gives in this run: bare POSTs a second to the loopback platform, commits a second.

    python -m benchmarks.rushing.limits http://127.0.0.1:<port> <folder> [postgresql://…]

Prints JSON. Each figure is of one second or a little more; the command `rush.py` runs it once in every round.
"""

import http.client
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.rushing.body import address_of, form_of, new_session, open_postgres, open_sqlite, send
from benchmarks.rushing.engine import Place

SPAN = 1.0
"""Seconds for each figure."""
ROWS = 50
WORDS = {
    "requests": "bare POSTs/s, `requests.Session`, one thread",
    "requests_threads": "the same in 50 threads",
    "http_client": "bare POSTs/s, `http.client`, one thread",
    "sqlite": "commits/s of one row, SQLite WAL, synchronous=FULL",
    "sqlite_rows": "rows/s at 50 rows a commit, the same",
    "postgres": "commits/s of one row, PostgreSQL, one connection",
    "postgres_rows": "rows/s at 50 rows a commit, the same",
}
"""The figures in the order of the table."""


def main(address: str, folder: str, database: str = "") -> None:
    """Every figure that can be had."""
    place = Place(Path(folder), address, 1_000, 0.0, database=database)
    found = {
        "requests": _requests(place, 1),
        "requests_threads": _requests(place, place.in_flight),
        "http_client": _http_client(place),
    }
    sqlite = open_sqlite(place.folder / "limits.sqlite3")
    found |= _commits("sqlite", sqlite, "BEGIN IMMEDIATE", "?")
    if database:
        found |= _commits("postgres", open_postgres(database), "BEGIN", "%s")
    sys.stdout.write(json.dumps(found))


def _per_second(work: Callable[[int], int]) -> float:
    """How many units a second; `work` does some and says how many."""
    begun, done, turn = time.perf_counter(), 0, 0
    while (spent := time.perf_counter() - begun) < SPAN:
        done += work(turn)
        turn += 1
    return done / spent


def _requests(place: Place, threads: int) -> float:
    session, batch = new_session(threads), 20 * threads
    with ThreadPoolExecutor(threads) as pool:

        def some(turn: int) -> int:
            list(pool.map(lambda number: send(session, place, number), range(turn * batch, (turn + 1) * batch)))
            return batch

        return _per_second(some)


def _http_client(place: Place) -> float:
    parts = urlsplit(place.platform)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def one(number: int) -> int:
        connection.request("POST", address_of(place, number), urlencode(form_of(number)), headers)
        connection.getresponse().read()
        return 1

    return _per_second(one)


def _commits(name: str, connection: Any, begin: str, mark: str) -> dict[str, float]:
    connection.execute("CREATE TABLE one (number INTEGER, words TEXT)")
    insert = "INSERT INTO one (number, words) VALUES (?, ?)".replace("?", mark)

    def rows(count: int) -> Callable[[int], int]:
        def some(turn: int) -> int:
            connection.execute(begin)
            connection.cursor().executemany(insert, [(turn, "một bài")] * count)
            connection.execute("COMMIT")
            return count

        return some

    return {name: _per_second(rows(1)), f"{name}_rows": _per_second(rows(ROWS))}


if __name__ == "__main__":
    main(*sys.argv[1:])
