"""kill -9 in the middle of the drain, and worse: what is lost, what goes out twice, when the last post is out.

    python benchmarks/crash.py                                10 rounds of ours and the raw loop, 3 of the peers
    python benchmarks/crash.py --quick                        200 posts, one round of each: whether everything runs
    python benchmarks/crash.py --engines ours-sqlite --rounds 1 --hurry 1      with the pauses as shipped: 15 minutes
    python benchmarks/crash.py --engines ours-sqlite,ours-postgres --faults kill,drop,late --out crash.md

Needs the groups dev and bench. N posts are due in the same minute; at a point between 20 and 80 % of them, which the
seed gives, the publishing processes are killed with their children and started again a second later. Then they may
finish: until their own books call everything sent, or until nothing has arrived for --quiet seconds, the same for
everyone. Lost and doubled are counted at the platform alone. The product's pauses after a crash (leases, looks, tries)
are divided by --hurry; the table says so. Ends with status 1 when the product lost or doubled a post or did not bring
its books in order.
"""

import argparse
import json
import random
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rushing.crashing import FAULTS, KILL, Fault, Plan, Round, one_round
from benchmarks.rushing.engine import BENCHMARKS, POSTGRES, Engine
from benchmarks.rushing.engines import BROKEN, ENGINES, engine_of
from benchmarks.rushing.hurried import longest
from benchmarks.rushing.meter import machine
from benchmarks.rushing.running import Loopback, NotRun
from benchmarks.rushing.servers import Guardian, Servers

GUARDIAN = [sys.executable, "-m", "benchmarks.rushing.guardian"]
OURS, RAW, WORKERS = "ours", "raw", "workers"
FOR_WORKERS = ("kill-worker", "kill-clock")


@dataclass
class Line:
    """One engine under one fault, and what its rounds came to."""

    engine: Engine
    fault: Fault
    rounds: int
    outcomes: list[Round] = field(default_factory=list)
    why: str = ""
    """Why it was not run."""

    @property
    def is_ours(self) -> bool:
        """Whether it is the product."""
        return self.engine.name.startswith(OURS)

    @property
    def is_met(self) -> bool:
        """Nothing lost, nothing doubled, books in order, in every round."""
        return not self.why and all(not (one.lost or one.doubled or one.left) for one in self.outcomes)


def main() -> None:
    """Run the rounds, print the table."""
    wanted = _arguments()
    plan = Plan(wanted.posts, wanted.in_flight, wanted.delay / 1_000, max(wanted.quiet, longest(wanted.hurry)))
    with ExitStack() as stack:
        servers = stack.enter_context(Servers(stack.enter_context(Guardian(GUARDIAN, BENCHMARKS))))
        loopback = stack.enter_context(Loopback(servers.guardian))
        lines = _lines(wanted, servers)
        for line in lines:
            if not line.why:
                _run(line, loopback, servers, plan, wanted.seed)
    text = document(lines, plan, wanted)
    sys.stdout.write(text)
    if wanted.out:
        wanted.out.write_text(text)
    if wanted.json:
        told = [{"engine": line.engine.name, "fault": line.fault.name} | asdict(one) for line in lines
                for one in line.outcomes]  # fmt: skip
        wanted.json.write_text(json.dumps(told, indent=1))
    sys.exit(any(line.is_ours and not line.is_met for line in lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", default=",".join(ENGINES), help="names with commas; default: all")
    parser.add_argument("--faults", default=",".join(FAULTS), help="names with commas; peers are only killed")
    parser.add_argument("--rounds", type=int, default=10, help="of kill -9, ours and the raw loop")
    parser.add_argument("--peer-rounds", type=int, default=3, help="of kill -9, the others")
    parser.add_argument("--fault-rounds", type=int, default=3, help="of the other faults")
    parser.add_argument("--posts", type=int, default=2_000)
    parser.add_argument("--delay", type=float, default=150, help="milliseconds until the platform answers")
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--quiet", type=float, default=75, help="seconds without an arrival that end a round")
    parser.add_argument("--hurry", type=float, default=30, help="our pauses after a crash are divided by this")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="200 posts, one round of each")
    parser.add_argument("--out", type=Path, help="a file for the Markdown as well")
    parser.add_argument("--json", type=Path, help="a file for every round's figures")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.posts, wanted.rounds, wanted.peer_rounds, wanted.fault_rounds = 200, 1, 1, 1
    wanted.rounds = max(1, wanted.rounds)
    for name, known in (("engines", ENGINES | BROKEN), ("faults", FAULTS)):
        chosen = [one.strip() for one in getattr(wanted, name).split(",") if one.strip()]
        unknown = [one for one in chosen if one not in known]
        if unknown:
            parser.error(f"--{name}: no {', '.join(unknown)}; there are: {', '.join(known)}")
        setattr(wanted, name, chosen)
    return wanted


# What is run ---------------------------------------------------------------------------------------------


def _lines(wanted: argparse.Namespace, servers: Servers) -> list[Line]:
    lines = []
    for name in wanted.engines:
        try:
            engine = engine_of(name)
        except ImportError as error:
            absent = Engine()
            absent.name = absent.label = name
            lines.append(Line(absent, KILL, 0, why=f"a package is not there ({error})"))
            continue
        why = engine.missing() or servers.missing(engine.needs)
        for fault in _faults_of(engine, wanted.faults):
            rounds = wanted.rounds if name.startswith((OURS, RAW)) else wanted.peer_rounds
            rounds = rounds if fault is KILL else wanted.fault_rounds
            lines.append(Line(_hurried(engine, fault, wanted.hurry), fault, rounds, why=why))
    return lines


def _faults_of(engine: Engine, wanted: Sequence[str]) -> list[Fault]:
    """Peers and the raw loop are only killed: they do not promise more."""
    if not engine.name.startswith(OURS):
        return [KILL] if KILL.name in wanted else []
    return [
        FAULTS[name]
        for name in wanted
        if (name not in FOR_WORKERS or WORKERS in engine.name) and (name != POSTGRES or POSTGRES in engine.needs)
    ]


def _hurried(engine: Engine, fault: Fault, times: float) -> Engine:
    if not engine.name.startswith(OURS):
        return engine
    from benchmarks.rushing.engines.crashing_ours import Hurried
    from benchmarks.rushing.engines.ours import Product

    assert isinstance(engine, Product)
    return Hurried(engine, times, fault)


def _run(line: Line, loopback: Loopback, servers: Servers, plan: Plan, seed: int) -> None:
    for number in range(line.rounds):
        rng = random.Random(f"{seed} {number} {line.fault.name}")  # the same point for every engine
        try:
            one = one_round(line.engine, loopback, servers, line.fault, plan, rng)
        except NotRun as error:
            line.why = str(error).splitlines()[0]
            _tell(str(error))
            return
        line.outcomes.append(one)
        doubts = "" if one.doubts is None else f", {one.doubts} in doubt, {one.again} sent again"
        _tell(f"{line.engine.name}, {line.fault.name}, round {number + 1} of {line.rounds}: struck at {one.at}, "
              f"lost {one.lost}, doubled {one.doubled}, {one.left} left in the books, last out after "
              f"{one.seconds:.1f} s{doubts}")  # fmt: skip


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


# What is told ----------------------------------------------------------------------------------------------

HEAD = (
    "| engine | what happens | rounds | lost: median (total) | doubled: median (total) "
    "| in doubt, asked for / of these not there | last post out after, s: median (longest) |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


def document(lines: Sequence[Line], plan: Plan, wanted: argparse.Namespace) -> str:
    """The table, what was not run and why, and how it was made."""
    text = (
        f"{plan.posts:,} posts due in the same minute, the platform answers after {plan.delay * 1_000:.0f} ms, "
        f"{plan.in_flight} calls in flight; {machine()}. Command: "
        f"`{' '.join(['python benchmarks/crash.py', *sys.argv[1:]])}`.\n\n{HEAD}"
    )
    text += "".join(_row(line) for line in lines if line.outcomes)
    text += (
        f"\nA round ends when the engine's books call everything sent, or {plan.quiet:.0f} s after the last arrival. "
        f"Lost: never arrived at the platform. {_hurry(wanted.hurry)}\n"
    )
    for line in lines:
        if line.why:
            text += f"\nNot run: {line.engine.label} ({line.fault.label}): {line.why}."
        if line.is_ours and not line.is_met:
            text += f"\n**Goal missed**: {line.engine.label}, {line.fault.label}."
    text += "\nCelery with RabbitMQ: not run here, there is no RabbitMQ server on this machine.\n"
    return text


def _hurry(times: float) -> str:
    if times == 1:
        return "The product's pauses are those it is shipped with."
    return (
        f"The product's leases, looks and tries come {times:g} times as fast as shipped (lease {300 / times:.0f} s, "
        f"looks after {10 / times:.1f}, {40 / times:.1f}, {160 / times:.1f} and {760 / times:.1f} s); "
        "nothing else is changed."
    )


def _row(line: Line) -> str:
    done = line.outcomes
    asked = "-"
    if done[0].doubts is not None:
        asked = f"{_median([one.doubts or 0 for one in done])} / {_median([one.again or 0 for one in done])}"
    wrong = sum(one.left for one in done)
    books = f" ({wrong} not in its books)" if line.is_ours and wrong else ""
    seconds = [one.seconds for one in done]
    bold = "**" if line.is_ours else ""
    cells = (
        f"{bold}{line.engine.label}{bold}", line.fault.label, str(len(done)),
        _told([one.lost for one in done], bold) + books, _told([one.doubled for one in done], bold), asked,
        f"{statistics.median(seconds):.1f} ({max(seconds):.1f})",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _told(counts: Sequence[int], bold: str) -> str:
    return f"{bold}{_median(counts)} ({sum(counts):,}){bold}"


def _median(counts: Sequence[int]) -> str:
    return f"{statistics.median(counts):,.1f}".removesuffix(".0")


if __name__ == "__main__":
    main()
