"""What one step of the product costs: processor seconds at the database and in our process, as measured.

A step over `n` publications while `due` of them wait costs `fixed + each * n + waiting * due`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "scale_measured.json"
"""As checked in: one machine on one day. `--measure` makes another."""


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds of a processor."""

    fixed: float = 0.0
    each: float = 0.0
    waiting: float = 0.0

    def at(self, n: int, due: int = 0) -> float:
        """For so many, while so many wait."""
        return self.fixed + self.each * n + self.waiting * due


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step: at the database, and in our process."""

    database: Line = Line()
    ours: Line = Line()


@dataclass(frozen=True)
class Costs:
    """Every step that the simulation knows; free where it is not told."""

    look: Step = Step()
    """Which platforms have something due: at each turn of a clock, and at each claim of a worker."""
    claim: Step = Step()
    defer: Step = Step()
    """Jobs for the claimed, in the same transaction."""
    take: Step = Step()
    brief: Step = Step()
    record: Step = Step()
    sweep: Step = Step()
    collect: Step = Step()
    """The figures of one channel's turn."""
    told: Step = Step()
    """What a claim takes more, for each channel there is, while any platform tells that its limit is half used up."""
    call: float = 0.0
    """One call in our process: compose, send, read the answer."""
    commit: float = 0.0
    """Seconds until a commit is on disk."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Costs":
        """What `--measure` wrote."""
        steps = {
            name: Step(Line(**one["database"]), Line(**one["ours"]))
            for name, one in told.items()
            if isinstance(one, Mapping)
        }
        return cls(**steps, call=told["call"], commit=told["commit"])

    def as_told(self) -> dict[str, object]:
        """As it is written."""
        return asdict(self)


def straight(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The line (at 0, slope) through these points by least squares of relative errors; neither is below 0."""
    weights = [1 / max(y, 1e-9) ** 2 for _, y in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points, strict=True)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points, strict=True)) / total
    spread = sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points, strict=True))
    both = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points, strict=True))
    slope = max(0.0, both / spread) if spread else 0.0
    return max(0.0, mean_y - slope * mean_x), slope


def fitted(by_n: Mapping[int, float], by_due: Mapping[int, float] | None = None) -> Line:
    """From seconds by the number claimed (at the smallest wait), and seconds of one number by how many wait."""
    fixed, each = straight([(float(n), seconds) for n, seconds in by_n.items()])
    if not by_due:
        return Line(fixed, each)
    _, waiting = straight([(float(due), seconds) for due, seconds in by_due.items()])
    return Line(max(0.0, fixed - waiting * min(by_due)), each, waiting)
