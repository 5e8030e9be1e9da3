"""What a simulation runs on, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.crew import BREATH
from scheduler.ticker import TICK_SECONDS

BIN = 10.0
"""Seconds over which use is averaged; the busiest ten seconds are the peak."""


@dataclass(frozen=True)
class Setup:
    """What it runs on."""

    workers: int
    clocks: int = 2
    cores: int = 8
    """Of the database."""
    in_flight: int = 50
    """Hands of a worker for each platform."""
    apps: int = 0
    """Apps or projects of each platform, each with its own quota; 0: no quota is looked at."""
    lease: float = 0.0
    """Another lease than the product's, in seconds; 0: the product's."""
    breath: float = BREATH
    tick: float = TICK_SECONDS
    told: int = 0
    """So many channels are there while a platform tells that its limit is half used up; 0: none tells it."""
    full_jobs: bool = True
    """While more is due than the hands can do, claims and jobs are large. False: any room is filled, by shares."""
    beside: float = 0.0
    """Cores of the database that other work takes: figures."""


@dataclass
class Outcome:
    """What came of it."""

    late: list[float] = field(default_factory=list)
    """Seconds from the hour to the answer of the call that made it public, of every publication."""
    unsent: int = 0
    never_taken: int = 0
    """Leases that ran out in the workers' queue: given back, sent later."""
    ran_out_in_hand: int = 0
    """Leases that ran out during the call: somebody has to look whether it is public."""
    claims: int = 0
    claimed: int = 0
    waited: float = 0.0
    """Publications in a platform's queues for each hand, at most: processes that count at the same moment overshoot."""
    commits: int = 0
    busy: dict[str, dict[int, float]] = field(default_factory=dict)
    capacity: dict[str, float] = field(default_factory=dict)
    transactions: int = 0
    """At the same time, at most: so many connections were needed at once."""
    held_up: int = 0
    """Publications that had to wait because the app's calls of the minute were used up (each turn counted)."""

    def peak(self, of: str) -> float:
        """How much of a resource was used in its busiest ten seconds, from 0 to about 1: work counts where it began.

        `hands`: those of the platform that has the fewest left.
        """
        found = [max(self.busy[name].values(), default=0.0) / (BIN * most) for name, most in self.capacity.items()
                 if name.split()[0] == of]  # fmt: skip
        return max(found)

    def quantile(self, share: float, of: Sequence[float] | None = None) -> float:
        """Of the lateness."""
        ordered = sorted(self.late if of is None else of)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
