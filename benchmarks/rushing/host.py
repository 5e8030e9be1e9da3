"""The processes of one engine's run.

    python -m benchmarks.rushing.host queue NAME place.json     makes the store and queues; prints how long that took
    python -m benchmarks.rushing.host work NAME place.json 0    publishes until SIGTERM
    python -m benchmarks.rushing.host left NAME place.json      prints how many posts its books do not call sent

The last one stays and answers for every line on its standard input, so that asking costs little.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.rushing.engine import Place
from benchmarks.rushing.engines import engine_of


def main(act: str, name: str, path: str, number: str = "0") -> None:
    """One act of one engine."""
    engine, place = engine_of(name), Place.read(Path(path))
    match act:
        case "queue":
            engine.set_up(place)
            begun = time.perf_counter()
            engine.queue(place)
            sys.stdout.write(json.dumps({"queueing": time.perf_counter() - begun}))
        case "work":
            engine.work(place, int(number))
        case "left":
            for _ in sys.stdin:
                sys.stdout.write(f"{engine.left(place)}\n")
                sys.stdout.flush()
        case _:
            raise SystemExit(f"unknown act: {act}")


if __name__ == "__main__":
    main(*sys.argv[1:])
