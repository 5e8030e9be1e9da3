"""200,000 channels and 1,000,000 publications a day, on paper: a discrete-event simulation with measured parameters.

    python benchmarks/scale.py               every scenario, within a minute; prints Markdown
    python benchmarks/scale.py --quick       without the largest
    python benchmarks/scale.py --measure     first measures this machine (PostgreSQL from its wheel, 100,000 channels;
                                             some minutes), then simulates with what it found; the figures go to --out

Without `--measure` the parameters are those of `benchmarks/scale_measured.json`, or of `--with`. The simulation is the
same for the same seed. docs/scale.md says what is simulated, what is assumed and what is left out.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.scaling.costs import FILE, Costs
from benchmarks.scaling.table import notes, rows, run, table, workers_for

SECONDS_MOST = 150.0
"""Of a processor, for all scenarios; those that are left then are named and not run."""
WINDOW = 60.0
"""Seconds of a spread peak, which is the same all along."""


def main() -> None:
    """Measure if wanted, simulate, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure this machine first")
    parser.add_argument("--channels", type=int, default=100_000, help="channels in the database while measuring")
    parser.add_argument("--out", type=Path, help="where what was measured is written; else only printed")
    parser.add_argument("--with", type=Path, default=FILE, dest="file", help="measured figures to simulate with")
    parser.add_argument("--quick", action="store_true", help="without the largest scenarios")
    parser.add_argument("--seed", type=int, default=730)
    given = parser.parse_args()
    if given.measure:
        measured = _measured(given.channels)
        words = json.dumps(measured, indent=1) + "\n"
        if given.out:
            given.out.write_text(words)
        else:
            sys.stdout.write(words)
    else:
        measured = json.loads(given.file.read_text())
    costs = Costs.of(measured["costs"])
    ran, spent = [], 0.0
    for row in rows(given.quick):
        if spent > SECONDS_MOST:
            sys.stdout.write(f"not run: {row.name}\n")
            continue
        ran.append(run(row, costs, given.seed, WINDOW))
        spent += ran[-1].seconds
        sys.stderr.write(f"{row.name}: {ran[-1].seconds:.1f} s of a processor\n")
    sys.stdout.write(f"Parameters: {measured['date']}, {measured['machine']}\n\n{table(ran)}\n\n")
    sys.stdout.write(f"{workers_for(ran)}\n{notes(ran, costs)}\n")


def _measured(channels: int) -> dict[str, Any]:
    from benchmarks.scaling.measuring import WAITING, measure
    from cli.logs import set_up_logs
    from cli.opened import opened

    if channels < WAITING[0]:
        raise SystemExit(f"not fewer than {WAITING[0]} channels")
    set_up_logs("CRITICAL")
    with opened:
        return measure(channels)


if __name__ == "__main__":
    main()
