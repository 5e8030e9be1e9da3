"""What every imitated platform shares: a clock that can be set, faults on demand, a request log, growth.

One `World` per platform. A fault is asked for over HTTP (see `sandbox.control`) and strikes the next
requests whose method and path match; the transport faults are carried out in `sandbox.faults`, the
others (an expired token, a limit, a late listing) by the platform's own module, which asks `strikes`.
"""

import hashlib
import math
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass
class Fault:
    """Strikes the next `times` requests that match.

    `kind`: hang_up, delay, status, html (transport; `effect` says whether the platform acts first), or a
    name the platform's own module knows: expired_token, rate_limit, late_listing, error …
    """

    kind: str
    path: str = ".*"
    method: str = ".*"
    times: int = 1
    effect: bool = True
    values: dict[str, Any] = field(default_factory=dict)

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is one it strikes."""
        return bool(self.times > 0 and re.fullmatch(self.method, method, re.I) and re.fullmatch(self.path, path))


class World:
    """State shared by a platform's routes. Hold `lock` while touching anything that a request may change."""

    def __init__(self, platform: str, seed: int = 2026) -> None:
        self.platform = platform
        self.seed = seed
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.requests: list[dict[str, Any]] = []
        self.base_url = ""
        self._set: datetime | None = None
        self._number = 0

    def now(self) -> datetime:
        """Aware UTC: the time that was set, else the computer's."""
        return self._set or datetime.now(UTC)

    def set_clock(self, now: datetime | None) -> None:
        """Stand at `now` (aware) until it is set again; None goes back to the computer's time."""
        self._set = now.astimezone(UTC) if now else None

    def strikes(self, kind: str, method: str, path: str) -> Fault | None:
        """The fault of this kind that strikes now, used up by one; None when there is none."""
        with self.lock:
            for fault in self.faults:
                if fault.kind == kind and fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None

    def next_number(self) -> int:
        """1, 2, 3, … for ids; the same run gives the same ids."""
        with self.lock:
            self._number += 1
            return self._number

    def token(self, name: str) -> str:
        """An invented token: unguessable by accident, the same in every run with this seed."""
        text = f"{self.seed}:{self.platform}:{name}:{self.next_number()}"
        return hashlib.sha256(text.encode()).hexdigest()

    def grown(self, mark: str, since: datetime, *, final: int, half_life: timedelta) -> int:
        """A counter that rises from 0 towards about `final`, half of it after `half_life`; never falls.

        `final` is scattered by a factor of 0.4 to 2.2 that depends on `mark` and the seed only.
        """
        age = (self.now() - since).total_seconds()
        if age <= 0:
            return 0
        scatter = random.Random(f"{self.seed}:{mark}").uniform(0.4, 2.2)
        share = 1 - math.exp(-math.log(2) * age / half_life.total_seconds())
        return int(final * scatter * share)


@dataclass(frozen=True)
class PublicItem:
    """Something the people can see."""

    id: str
    title: str
    text: str
    url: str
    at: datetime
    pictures: tuple[str, ...] = ()
    """Paths on the sandbox that show the pictures."""
    video: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)
    """Vietnamese label -> value, as a visitor would see them."""
    link: str = ""
