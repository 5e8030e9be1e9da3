"""N publications due in the same minute: our product beside a raw loop and what people would use instead.

    python benchmarks/rush.py                            2,000 posts, 0 ms and 150 ms, three rounds; about an hour
    python benchmarks/rush.py --quick                    200 posts, one round: whether everything runs
    python benchmarks/rush.py --engines ours-sqlite,raw-sqlite --posts 20000 --delay 0
    python benchmarks/rush.py --in-flight 200 --delay 0.15 --out rush.md

Needs the groups dev and bench. Each engine runs as processes of its own against a loopback platform; the engines take
turns within a round, so that what else the machine does hits all of them. Prints Markdown; ends with status 1 when a
goal is missed. docs/performance.md tells what is measured and how.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rushing.engine import BENCHMARKS, POSTGRES, Engine
from benchmarks.rushing.engines import BASE, ENGINES, engine_of
from benchmarks.rushing.meter import machine
from benchmarks.rushing.product import idle, queueing
from benchmarks.rushing.running import Loopback, NotRun, run_once, told_by
from benchmarks.rushing.servers import Guardian, Servers
from benchmarks.rushing.table import OURS, Case, Results, document, goals_of

GUARDIAN = [sys.executable, "-m", "benchmarks.rushing.guardian"]
CRASHES_ONLY = ("-late", "-again")
"""Settings of other engines that matter after a crash; `benchmarks/crash.py` has them."""
Found = TypeVar("Found")


def main() -> None:
    """Run the rounds, print the table."""
    wanted = _arguments()
    with ExitStack() as stack:
        servers = stack.enter_context(Servers(stack.enter_context(Guardian(GUARDIAN, BENCHMARKS))))
        loopback = stack.enter_context(Loopback(servers.guardian))
        results = _all(wanted, servers, loopback)
    text = document(results)
    sys.stdout.write(text)
    if wanted.out:
        wanted.out.write_text(text)
    sys.exit(any(not goal.met for goal in goals_of(results)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    usual = [one for one in ENGINES if not one.endswith(CRASHES_ONLY)]
    parser.add_argument("--engines", default=",".join(usual), help="names with commas; the raw loop comes in any case")
    parser.add_argument("--posts", type=int, default=2_000)
    parser.add_argument("--delay", default="0,0.15", help="seconds, with commas")
    parser.add_argument("--in-flight", default="50", help="calls at the same time, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="200 posts, one round, nothing but the rush")
    parser.add_argument("--only-rush", action="store_true", help="no limits, no queueing by the desk, no idling")
    parser.add_argument("--out", type=Path, help="a file for the Markdown as well")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.posts, wanted.rounds, wanted.only_rush = 200, 1, True
    wanted.engines = [one.strip() for one in wanted.engines.split(",") if one.strip()]
    if BASE not in wanted.engines:
        wanted.engines.append(BASE)
    unknown = [one for one in wanted.engines if one not in ENGINES]
    if unknown:
        parser.error(f"no engine {', '.join(unknown)}; there are: {', '.join(ENGINES)}")
    numbers = [(float(delay), int(many)) for many in wanted.in_flight.split(",") for delay in wanted.delay.split(",")]
    wanted.cases = [Case(*one) for one in numbers]
    return wanted


def _all(wanted: argparse.Namespace, servers: Servers, loopback: Loopback) -> Results:
    results = Results(
        posts=wanted.posts, rounds=wanted.rounds, machine=machine(), labels={}, base=BASE,
        command=" ".join(["python benchmarks/rush.py", *sys.argv[1:]]),
    )  # fmt: skip
    engines = _present(wanted.engines, results, servers)
    for number in range(wanted.rounds):
        _tell(f"round {number + 1} of {wanted.rounds}")
        if not wanted.only_rush:
            limits = _tried(partial(_limits, loopback, servers))
            results.limits += [limits] if limits else []
        for case in wanted.cases:
            outcomes = results.outcomes.setdefault(case, {})
            for engine in engines:
                facts = {"posts": wanted.posts, "in_flight": case.in_flight, "delay": case.delay}
                one = _tried(partial(run_once, engine, loopback, servers, **facts))
                outcomes.setdefault(engine.name, []).append(one)
                said = f"{one.rate:,.0f} posts/s, p99 {one.p99:.1f} s, lost {one.lost}" if one else "failed"
                _tell(f"  {engine.name}, {case.delay:g} s, {case.in_flight} in flight: {said}")
        if not wanted.only_rush:
            _product(wanted, results, engines, servers, loopback)
    return results


def _present(names: list[str], results: Results, servers: Servers) -> list[Engine]:
    """The engines that can run here; why the others cannot is kept."""
    found = []
    for name in names:
        try:
            engine = engine_of(name)
        except ImportError as error:
            results.absent[name] = f"a package is not there ({error})"
            continue
        results.labels[name] = engine.label
        why = engine.missing() or servers.missing(engine.needs)
        if why:
            results.absent[name] = why
            continue
        found.append(engine)
        if engine.loses:
            results.notes.append(f"{engine.label}: {engine.loses}")
    return found


def _product(
    wanted: argparse.Namespace, results: Results, engines: list[Engine], servers: Servers, loopback: Loopback
) -> None:
    """Queueing through the desk and the idle service, for each form of the product."""
    for engine in engines:
        if engine.name.startswith(OURS):
            took = _tried(partial(queueing, engine, loopback, servers, posts=wanted.posts))
            share = _tried(partial(idle, engine, loopback, servers, posts=wanted.posts))
            if took is not None:
                results.queueing.setdefault(engine.name, []).append(took)
                _tell(f"  {engine.name}: queued through the desk in {took:.2f} s")
            if share is not None:
                results.idle.setdefault(engine.name, []).append(share)
                _tell(f"  {engine.name}: idle {share[0] * 100:.2f} % of a core, its server {share[1] * 100:.2f} %")


def _limits(loopback: Loopback, servers: Servers) -> dict[str, float]:
    loopback.reset(0.0)
    with ExitStack() as stack:
        folder = stack.enter_context(servers.guardian.folder())
        command = [sys.executable, "-m", "benchmarks.rushing.limits", loopback.address, str(folder)]
        if not servers.missing(frozenset({POSTGRES})):
            command.append(stack.enter_context(servers.database())[0])
        return told_by(command, "no limits")


def _tried(work: Callable[[], Found]) -> Found | None:
    """What came of it; None when it could not be run, which is told."""
    try:
        return work()
    except NotRun as error:
        _tell(f"  {error}")
        return None


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
