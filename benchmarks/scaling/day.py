"""A day of publications, and the platforms they go to. What is assumed stands here, each with its source or its word.

[facts] is as the fact sheets tell it (facebook 6.4, zalo 7.1, youtube 3), [code] as the product does it, [assumed]
nobody measured; it is said under every table.
"""

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

HOUR = 3600.0
DAY = 24 * HOUR
PEAKS = ((7.5, 0.25), (11.5, 0.15), (17.0, 0.15), (19.5, 0.20))
"""[assumed] Hour and share of a day's publications; the rest lies on the quarter hours from 6 to 22."""
QUARTERS = tuple(6 + quarter / 4 for quarter in range(64))
MEDIAN, P99 = 0.3, 3.0
"""[assumed] Seconds of a platform's answer: lognormal."""
TIME_OUT = 60.0
"""[code] No call takes longer."""
MINUTE = 60.0


class Stage(IntEnum):
    """What is done with a publication, in this order; the look only where a platform answers before it is done."""

    PUBLISH = 0
    PREPARE = 1
    LOOK = 2


@dataclass(frozen=True, slots=True)
class Platform:
    """How a platform is published to. Calls one after another, each a lognormal answer."""

    name: str
    share: float
    """[assumed] Of all publications."""
    calls: tuple[int, int, int]
    """[code] Calls of each stage: at the hour, to prepare, to look; no look: 0."""
    ahead: float
    """[code] Seconds before the hour from which on it is prepared."""
    look_after: float = 0.0
    app_calls_a_minute: int = 0
    """[facts] Of one app; 0: nothing is told of the app, or it counts by the Page."""
    uploads_a_day: int = 0
    """[facts] Of one project; 0: not counted."""


PLATFORMS = (
    # one call at the hour, one picture before it (facebook 3); the limit is 4,800 x engaged users a day for each Page
    Platform("Facebook", 0.69, (1, 1, 0), 6 * HOUR),
    # created hidden and asked after; shown at the hour; then three reads until it is proved (zalo 2.4, 9.7)
    Platform("Zalo", 0.30, (1, 2, 3), 6 * HOUR, look_after=20.0, app_calls_a_minute=4_000),
    # a session and chunks of the upload; made public at the hour; one read (youtube 3)
    Platform("YouTube", 0.01, (1, 6, 1), 24 * HOUR, look_after=60.0, uploads_a_day=100),
)


@dataclass(frozen=True)
class Size:
    """How large the house is."""

    name: str
    channels: int
    a_day: int


SIZES = (
    Size("one province", 100, 300),
    Size("a ministry", 2_000, 10_000),
    Size("34 provinces", 10_000, 50_000),
    Size("200,000 channels", 200_000, 1_000_000),
)
"""[assumed] but the last, which is the question."""


@dataclass
class Day:
    """Publications in order of their hours: seconds of the day, platform, channel."""

    due: "array[float]"
    platform: "array[int]"
    channel: "array[int]"

    def __len__(self) -> int:
        return len(self.due)

    def between(self, begin: float, end: float) -> "Day":
        """Those with an hour in this span."""
        chosen = [place for place, at in enumerate(self.due) if begin <= at < end]
        return Day(
            array("d", (self.due[one] for one in chosen)),
            array("b", (self.platform[one] for one in chosen)),
            array("l", (self.channel[one] for one in chosen)),
        )


def make_day(
    size: Size,
    rng: random.Random,
    *,
    jitter: float,
    platforms: Sequence[Platform] = PLATFORMS,
    times: float = 1.0,
    peak: float = 0.0,
) -> Day:
    """A day; `jitter`: each channel's hour lies so many seconds around the peak at most, always the same; 0: sharp.

    Every channel is on one platform. `times`: so many times the publications. `peak`: only what is due
    at this one of the peaks.
    """
    hours = [peak for peak, _ in PEAKS] + list(QUARTERS)
    rest = 1 - sum(share for _, share in PEAKS)
    weights = [share for _, share in PEAKS] + [rest / len(QUARTERS)] * len(QUARTERS)
    if peak:
        hours, weights, times = [peak], [1.0], times * dict(PEAKS)[peak]
    bounds, first = [], 0
    for platform in platforms:
        many = max(1, round(size.channels * platform.share))
        bounds.append((first, many))
        first += many
    shifts = [rng.uniform(-jitter, jitter) for _ in range(first)] if jitter else []
    total = round(size.a_day * times)
    chosen = rng.choices(range(len(platforms)), [one.share for one in platforms], k=total)
    rows = []
    for place, hour in zip(chosen, rng.choices(hours, weights, k=total), strict=True):
        begin, many = bounds[place]
        channel = begin + int(rng.random() * many)
        at = hour * HOUR + (shifts[channel] if jitter else 0.0)
        rows.append((round(max(at, 0.0)), place, channel))
    rows.sort()
    return Day(
        array("d", (row[0] for row in rows)), array("b", (row[1] for row in rows)), array("l", (row[2] for row in rows))
    )


def answers(rng: random.Random, median: float = MEDIAN, p99: float = P99, many: int = 4_096) -> list[float]:
    """Seconds of answers, drawn once and used again and again."""
    sigma = math.log(p99 / median) / 2.3263 if p99 > median else 0.0
    return [min(TIME_OUT, rng.lognormvariate(math.log(median), sigma)) if sigma else median for _ in range(many)]
