"""The figures as Markdown: one table for each delay, the limits, the goals with met or missed. Pure."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.rushing.limits import WORDS
from benchmarks.rushing.running import Outcome

OURS = "ours"
"""Engines whose names begin so are the product."""
RAW = "raw"
RAW_SHARE, PEER_TIMES, CPU_MOST, MEMORY_MOST = 0.8, 1.5, 2.3, 100
CEILING_SHARE, QUEUEING_MOST, IDLE_MOST = 0.95, 1.0, 1.0
"""The goals: docs/performance.md tells them in words."""


@dataclass(frozen=True)
class Case:
    """One way to run: how late the platform answers, how many calls at the same time."""

    delay: float
    in_flight: int

    @property
    def words(self) -> str:
        """For a heading."""
        return f"the platform answers after {self.delay * 1000:.0f} ms, at most {self.in_flight} calls in flight"

    @property
    def ceiling(self) -> float:
        """Posts a second that so many calls in flight can carry at most; 0 without a delay."""
        return self.in_flight / self.delay if self.delay else 0.0


@dataclass
class Results:
    """Everything one run of the command found. Outcomes are in the order of the rounds; None: that round failed."""

    posts: int
    rounds: int
    machine: str
    command: str
    labels: dict[str, str]
    base: str
    outcomes: dict[Case, dict[str, list[Outcome | None]]] = field(default_factory=dict)
    limits: list[dict[str, float]] = field(default_factory=list)
    queueing: dict[str, list[float]] = field(default_factory=dict)
    idle: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    """Engines that were not run, and why."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """One goal, and how far it was reached. `most`: the figure has to stay below it."""

    words: str
    wanted: float
    got: float
    most: bool = False

    @property
    def met(self) -> bool:
        """Whether it was."""
        return self.got < self.wanted if self.most else self.got >= self.wanted

    def row(self) -> str:
        """A line of the table of goals."""
        off = "met" if self.met else f"**missed by {self._missed()}**"
        sign = "<" if self.most else "≥"
        return f"| {self.words} | {sign} {_figure(self.wanted)} | {_figure(self.got)} | {off} |"

    def _missed(self) -> str:
        """How far off: as a share of what was wanted, or a factor where it is beyond that."""
        times = max(self.got, self.wanted) / max(min(self.got, self.wanted), 1e-9)
        return f"a factor of {_figure(times)}" if times >= 2 else f"{abs(self.got / self.wanted - 1) * 100:.0f} %"


def document(results: Results) -> str:
    """All of it."""
    parts = [
        f"{results.posts:,} posts due at the same moment on {max(1, results.posts // 10):,} Pages; medians of "
        f"{results.rounds} rounds in turn (best in brackets). Machine: {results.machine}. Command: "
        f"`{results.command}`."
    ]
    for case, outcomes in results.outcomes.items():
        parts += [f"### {case.words[0].upper()}{case.words[1:]}", _table(results, case, outcomes)]
        parts += _notes(results, outcomes)
    if results.limits:
        parts += ["### Limits of the machine in this run", _limits(results.limits)]
    goals = list(goals_of(results))
    if goals:
        head = "| goal | wanted | measured | |\n| --- | --- | --- | --- |"
        parts += ["### Goals", "\n".join([head, *(goal.row() for goal in goals)])]
    parts += [f"- {words}" for words in results.notes]
    parts += [f"- Not run: {results.labels.get(name, name)}: {why}" for name, why in results.absent.items()]
    return "\n\n".join(parts) + "\n"


# The tables ---------------------------------------------------------------------------------------------------


def _table(results: Results, case: Case, outcomes: Mapping[str, Sequence[Outcome | None]]) -> str:
    head = (
        "| engine | queueing s | posts/s | of the raw loop | p50 late s | p99 late s | CPU s per 1,000 posts (server) "
        "| memory MB | lost / doubled |"
    )
    lines = [head, "| --- " * 9 + "|"]
    for name, rounds in outcomes.items():
        ran = [one for one in rounds if one is not None]
        if not ran:
            continue
        label = f"**{results.labels[name]}**" if name.startswith(OURS) else results.labels[name]
        share = _share_of_base(outcomes, name, results.base)
        server = _median(ran, lambda one: one.server_cpu * 1000 / max(1, one.sent))
        cells = [
            label,
            _figure(_queueing(results, name, ran)),
            f"{_median(ran, lambda one: one.rate):,.0f} ({max(one.rate for one in ran):,.0f})",
            "1" if name == results.base else f"{share:.2f}" if share else "-",
            _figure(_median(ran, lambda one: one.p50)),
            _figure(_median(ran, lambda one: one.p99)),
            _figure(_cpu(ran)) + (f" ({_figure(server)})" if server else ""),
            f"{_median(ran, _megabytes):.0f}",
            _whole(ran),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if case.ceiling:
        lines.append(f"| *ceiling at {case.in_flight} in flight* | | {case.ceiling:,.0f} | | | | | | |")
    return "\n".join(lines)


def _queueing(results: Results, name: str, ran: Sequence[Outcome]) -> float:
    """The product queues through its desk; the rows of the rush itself are written as prepared."""
    own = results.queueing.get(name)
    return statistics.median(own) if own else _median(ran, lambda one: one.queueing)


def _whole(ran: Sequence[Outcome]) -> str:
    lost, doubled = _median(ran, lambda one: one.lost), _median(ran, lambda one: one.doubled)
    return f"**{lost:,.0f}** / {doubled:,.0f}" if lost else f"0 / {doubled:,.0f}"


def _notes(results: Results, outcomes: Mapping[str, Sequence[Outcome | None]]) -> list[str]:
    found = []
    for name, rounds in outcomes.items():
        failed = sum(one is None for one in rounds)
        early = max((one.early for one in rounds if one), default=0)
        unwritten = max((one.left for one in rounds if one and not one.lost), default=0)
        if failed:
            found.append(f"- {results.labels[name]}: {failed} of {len(rounds)} rounds failed and are not counted.")
        if early:
            found.append(f"- {results.labels[name]}: up to {early:,} posts arrived before their hour.")
        if unwritten:
            found.append(f"- {results.labels[name]}: up to {unwritten:,} posts were out but not written down in time.")
    return found


def _limits(rounds: Sequence[Mapping[str, float]]) -> str:
    lines = ["| limit | median (best) |", "| --- | --- |"]
    for name, words in WORDS.items():
        found = [one[name] for one in rounds if name in one]
        if found:
            lines.append(f"| {words} | {statistics.median(found):,.0f} ({max(found):,.0f}) |")
    return "\n".join(lines)


# The goals ----------------------------------------------------------------------------------------------------


def goals_of(results: Results) -> list[Goal]:
    """What was promised and is measured in this run, for each form of the product that took part."""
    found: list[Goal] = []
    for case, outcomes in results.outcomes.items():
        for name, rounds in outcomes.items():
            ran = [one for one in rounds if one is not None]
            if name.startswith(OURS) and ran:
                who = f"{results.labels[name]}, {case.delay * 1000:.0f} ms, {case.in_flight} in flight"
                found += _rush_goals(results, case, outcomes, name, ran, who)
    for name, seconds in results.queueing.items():
        words = f"{results.labels[name]}: seconds to queue {results.posts:,} posts through the desk"
        found.append(Goal(words, QUEUEING_MOST * results.posts / 2_000, statistics.median(seconds), most=True))
    for name, shares in results.idle.items():
        percent = statistics.median(own for own, _ in shares) * 100
        found.append(Goal(f"{results.labels[name]}: % of a core with nothing due", IDLE_MOST, percent, most=True))
    return found


def _rush_goals(
    results: Results,
    case: Case,
    outcomes: Mapping[str, Sequence[Outcome | None]],
    name: str,
    ran: Sequence[Outcome],
    who: str,
) -> list[Goal]:
    found = [Goal(f"{who}: posts lost or doubled", 1, max(one.lost + one.doubled for one in ran), most=True)]
    peers = _whole_peers(outcomes)
    rates = [_median(one, lambda o: o.rate) for one in peers.values()]
    rate = _median(ran, lambda one: one.rate)
    if case.delay:
        found.append(Goal(f"{who}: posts/s as a share of the ceiling", CEILING_SHARE, rate / case.ceiling))
        if peers:
            late = min(_median(one, lambda o: o.p99) for one in peers.values())
            found.append(Goal(f"{who}: posts/s against the best other engine", 1, rate / max(rates)))
            found.append(Goal(f"{who}: p99 lateness against the best other engine", 1,
                              _median(ran, lambda one: one.p99) / late, most=True))  # fmt: skip
        return found
    share = _share_of_base(outcomes, name, results.base)
    if share:
        found.append(Goal(f"{who}: posts/s as a share of the raw loop", RAW_SHARE, share))
    if peers:
        found.append(Goal(f"{who}: posts/s against the best other engine", PEER_TIMES, rate / max(rates)))
    found.append(Goal(f"{who}: CPU s per 1,000 posts", CPU_MOST, _cpu(ran), most=True))
    largest = _median(ran, lambda one: one.largest / 2**20)
    found.append(Goal(f"{who}: memory MB of the publishing process", MEMORY_MOST, largest, most=True))
    return found


def _whole_peers(outcomes: Mapping[str, Sequence[Outcome | None]]) -> dict[str, list[Outcome]]:
    """The other engines; one that drops posts is quick with the rest, and no measure of anything."""
    others = {name: [one for one in rounds if one] for name, rounds in outcomes.items()
              if not name.startswith((OURS, RAW))}  # fmt: skip
    return {name: ran for name, ran in others.items() if ran and not any(one.lost for one in ran)}


def _share_of_base(outcomes: Mapping[str, Sequence[Outcome | None]], name: str, base: str) -> float:
    """The median of the rounds' ratios to the raw loop in the same round; 0 when there is none."""
    pairs = zip(outcomes[name], outcomes.get(base, ()), strict=False)
    ratios = [one.rate / raw.rate for one, raw in pairs if one and raw and raw.rate]
    return statistics.median(ratios) if ratios else 0.0


def _cpu(ran: Sequence[Outcome]) -> float:
    return _median(ran, lambda one: one.cpu * 1000 / max(1, one.sent))


def _megabytes(one: Outcome) -> float:
    return one.memory / 2**20


def _median(ran: Sequence[Outcome], fact: Callable[[Outcome], float]) -> float:
    return statistics.median(fact(one) for one in ran)


def _figure(value: float) -> str:
    """Two or three figures that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
