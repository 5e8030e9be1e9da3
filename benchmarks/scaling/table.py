"""The scenarios, and their table in Markdown."""

import random
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scheduler.handover import PER_HAND

from .costs import Costs
from .day import HOUR, MEDIAN, P99, PLATFORMS, SIZES, Day, Size, answers, make_day
from .setup import Outcome, Setup
from .simulation import Simulation

PEAK = 7.5 * HOUR
AROUND = 900.0
"""With a spread, each office's hour lies up to so many seconds before or after the sharp one."""
TURNS_A_DAY = 8
"""[code] While a channel has a post of the last two days, its figures are read every three hours."""
CALLS_OF_A_TURN = 2
"""[assumed] The channel's own figures and one batch of posts."""
POOL, QUEUE, LISTENER = 30, 2 * len(PLATFORMS), 1
"""[code] Connections of a process at most (scheduler/db.py), of a worker's queue, of its ear (scheduler/crew.py)."""
WEB = 2
GOALS = (60.0, 10.0)
FULL = 0.9


@dataclass(frozen=True)
class Row:
    """One scenario: what runs on what."""

    name: str
    size: Size
    spread: float
    setup: Setup
    times: float = 1.0
    only: int = -1
    """Only this platform, by its place; -1: all."""


@dataclass(frozen=True)
class Ran:
    """What came of it."""

    row: Row
    publications: int
    outcome: Outcome
    seconds: float

    @property
    def grows(self) -> bool:
        """Whether a spread peak, of which a minute is simulated, gets later and later all along."""
        full = max(self.outcome.peak(name) for name in ("database", "own", "hands")) > FULL
        return bool(self.row.spread) and self.row.only < 0 and full

    @property
    def first(self) -> str:
        """What is used most at the peak: the first that will not do when there is more."""
        if self.outcome.unsent:
            return f"**{self.outcome.unsent:,} not sent**"
        words = {"database": "the database's cores", "own": "the workers' own cores", "hands": "hands"}
        if self.outcome.held_up and self.row.setup.apps:
            return "the app's quota"
        peak = {name: self.outcome.peak(name) for name in words}
        name = max(peak, key=lambda one: peak[one])
        return words[name] if peak[name] > 0.7 else f"none ({words[name]} {peak[name]:.0%})"


def rows(quick: bool) -> Iterator[Row]:
    """Every scenario, the small ones first."""
    huge = SIZES[-1]
    for size, setup in zip(SIZES[:-1], (Setup(1, 1, 2), Setup(1, 1, 2), Setup(2, 2, 4)), strict=True):
        yield Row(size.name, size, 0.0, setup)
        if size.a_day > 1_000:
            yield Row(size.name, size, 0.0, replace(setup, workers=setup.workers * 4, cores=8))
            yield Row(size.name, size, AROUND, setup)
    yield Row("34 provinces, small jobs", SIZES[2], 0.0, Setup(8, 2, 8, full_jobs=False))
    if quick:
        return
    spread = "200,000 channels"
    for workers, cores in ((4, 4), (8, 8)):
        yield Row(spread, huge, AROUND, Setup(workers, 2, cores))
    yield Row(f"{spread}, twice the posts", huge, AROUND, Setup(8, 2, 8), times=2.0)
    yield Row(f"{spread}, four times", huge, AROUND, Setup(8, 2, 8), times=4.0)
    yield Row(f"{spread}, Zalo's part, one app", huge, AROUND, Setup(8, 2, 8, apps=1), only=1)
    yield Row(spread, huge, 0.0, Setup(32, 2, 32))
    yield Row(f"{spread}, small jobs", huge, 0.0, Setup(32, 2, 32, full_jobs=False))


def run(row: Row, costs: Costs, seed: int, window: float) -> Ran:
    """Simulate the peak at half past seven: all that is due at the sharp minute, or some minutes of the spread."""
    begun = time.process_time()
    rng = random.Random(seed)
    day = make_day(row.size, rng, jitter=row.spread, times=row.times, peak=PEAK / HOUR)
    if not row.spread:
        part = day.between(PEAK - 1, PEAK + 1)
    elif row.only >= 0:
        part = _only(day.between(PEAK - AROUND, PEAK + AROUND), row.only)
    else:
        part = day.between(PEAK - window / 2, PEAK + window / 2)
    setup = replace(row.setup, beside=min(figures(row.size, costs)[1], row.setup.cores / 2))
    simulation = Simulation(setup, costs, PLATFORMS, answers(rng), rng)
    outcome = simulation.run(part, until=PEAK + 6 * HOUR)
    return Ran(row, len(part), outcome, time.process_time() - begun)


def _only(day: Day, platform: int) -> Day:
    chosen = [place for place, one in enumerate(day.platform) if one == platform]
    return Day(
        array("d", (day.due[one] for one in chosen)),
        array("b", (day.platform[one] for one in chosen)),
        array("l", (day.channel[one] for one in chosen)),
    )


def figures(size: Size, costs: Costs) -> tuple[float, float]:
    """Reading figures: collectors needed side by side, and cores of the database they take."""
    sharp = random.Random(0)
    answer = sum(some := answers(sharp)) / len(some)
    turns = size.channels * TURNS_A_DAY / 86_400
    return turns * (CALLS_OF_A_TURN * answer + costs.collect.ours.at(1)), turns * costs.collect.database.at(1)


def connections(setup: Setup) -> int:
    """At most, of all processes: workers, clocks, and two for the desk."""
    return setup.workers * (POOL + QUEUE + LISTENER) + (setup.clocks + WEB) * POOL


def table(ran: Sequence[Ran]) -> str:
    """The table in Markdown."""
    head = [
        "scenario", "hour", "posts simulated", "workers / clocks / DB cores", "late p50 s", "p99 s", "max s",
        "DB", "workers' CPU", "hands", "commits/s", "connections used (most)", "leases lost", "first to bite",
    ]  # fmt: skip
    lines = [head, ["---", "---", *["---:"] * (len(head) - 3), "---"]]
    for one in ran:
        out, setup = one.outcome, one.row.setup
        lines.append(
            [
                one.row.name,
                "sharp" if not one.row.spread else f"± {one.row.spread / 60:.0f} min",
                f"{one.publications:,}",
                f"{setup.workers} / {setup.clocks} / {setup.cores}",
                *[f"{out.quantile(share):,.1f}{'+' if one.grows else ''}" for share in (0.5, 0.99, 1.0)],
                *[f"{min(1.0, out.peak(name)):.0%}" for name in ("database", "own", "hands")],
                f"{max(out.busy['commits'].values(), default=0) / 10:,.0f}",
                f"{out.transactions} ({connections(setup)})",
                f"{out.never_taken + out.ran_out_in_hand}",
                one.first,
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def notes(ran: Sequence[Ran], costs: Costs) -> str:
    """What is reckoned beside the table, and what is assumed."""
    lines = []
    for size in SIZES:
        side_by_side, cores = figures(size, costs)
        lines.append(
            f"- figures of {size.name}: {side_by_side:,.2f} collectors side by side, {cores:.2f} cores of the database"
        )
    a_day, (_, zalo, youtube) = SIZES[-1].a_day, PLATFORMS
    at_the_hour = a_day * 0.25 * zalo.share * (zalo.calls[0] + zalo.calls[2])
    lines += [
        f"- Zalo's calls for the {a_day * 0.25 * zalo.share:,.0f} articles of 07:30: {at_the_hour:,.0f}, so one app of "
        f"{zalo.app_calls_a_minute:,} a minute needs {at_the_hour / zalo.app_calls_a_minute:,.0f} minutes",
        f"- YouTube: {a_day * youtube.share:,.0f} uploads a day are "
        f"{a_day * youtube.share / youtube.uploads_a_day:,.0f} projects of {youtube.uploads_a_day}",
        "- `+`: of a spread peak one minute is simulated; here something is used up, so it gets later all along",
        f"- waiting for each hand: at most {max(one.outcome.waited for one in ran):.1f}; the rule is {PER_HAND}, but "
        "who counts at the same moment overshoots",
        "- small jobs: without the rule that makes claims and jobs large in a rush, see docs/scale.md",
        f"- assumed: answers lognormal with median {MEDIAN} s and p99 {P99} s; the shares of the platforms and of the "
        "hours; everything was prepared before its hour",
        f"- simulated in {sum(one.seconds for one in ran):.0f} s of a processor",
    ]
    return "\n".join(lines)


def _keeps(one: Ran, goal: float) -> bool:
    return one.outcome.quantile(0.99) < goal and not one.outcome.unsent and not one.grows


def workers_for(ran: Sequence[Ran]) -> str:
    """Of what was run, the smallest that keeps each goal."""
    lines = []
    for name, spread in dict.fromkeys((one.row.name, one.row.spread) for one in ran):
        mine = [one for one in ran if (one.row.name, one.row.spread) == (name, spread)]
        told = []
        for goal in GOALS:
            enough = [one.row.setup for one in mine if _keeps(one, goal)]
            most = max(one.row.setup.workers for one in mine)
            words = f"{min(one.workers for one in enough)} workers" if enough else f"more than {most} workers"
            told.append(f"p99 under {goal:.0f} s: {words}")
        hour = "sharp" if not spread else f"± {spread / 60:.0f} min"
        lines.append(f"- {name}, {hour}: {', '.join(told)}")
    return "\n".join(lines)
