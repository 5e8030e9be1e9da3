"""What every imitated platform shares: a clock that can be set, faults on demand, a request log, growth.

One `World` per platform. A fault is asked for over HTTP (see `sandbox.control`) or by a scenario (see
`sandbox.scenario`) and strikes the next requests whose method and path match; the transport faults are
carried out in `sandbox.faults`, the others (an expired token, a limit, a late listing) by the platform's own
module, which asks `strikes`.
"""

import hashlib
import math
import random
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PLATFORMS = ("facebook", "zalo", "youtube")
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass
class Fault:
    """Strikes the next `times` requests that match; with `times` None every one, as long as it lasts.

    `kind`: one of `sandbox.faults.KINDS` (on the wire; `effect` says whether the platform acts first), or a
    name the platform's own module knows: expired_token, rate_limit, late_listing, error …
    """

    kind: str
    path: str = ".*"
    method: str = ".*"
    times: int | None = 1
    effect: bool = True
    values: dict[str, Any] = field(default_factory=dict)
    say: str = ""
    """What a person should know about it."""
    until: datetime | None = None
    """Over from this moment (aware) on."""
    struck: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When it struck which method and path."""

    def is_over(self, now: datetime) -> bool:
        """Whether it will never strike again."""
        return self.times == 0 or (self.until is not None and now >= self.until)

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is one it strikes."""
        return bool(re.fullmatch(self.method, method, re.I) and re.fullmatch(self.path, path))


@dataclass(eq=False)
class Event:
    """A fault that will be armed: when the local time is `at`, or after so many requests (`after`).

    `until` is a local time of day; the first one after the arming ends it.
    """

    fault: Fault
    at: time | None = None
    after: int | None = None
    until: time | None = None
    due: datetime | None = None
    """The moment of `at`, on the day the scenario plays."""
    due_request: int | None = None
    """`after`, counted from the first request of all."""


def next_time(of_day: time, moment: datetime) -> datetime:
    """The first such local time of day at or after `moment` (aware)."""
    local = moment.astimezone(LOCAL)
    today = datetime.combine(local.date(), of_day, LOCAL)
    return today if today >= local else today + timedelta(days=1)


class World:
    """State shared by a platform's routes. Hold `lock` while touching anything that a request may change."""

    def __init__(self, platform: str, seed: int = 2026) -> None:
        self.platform = platform
        self.seed = seed
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.coming: list[Event] = []
        self.requests: list[dict[str, Any]] = []
        self.base_url = ""
        self._set: datetime | None = None
        self._number = 0

    def now(self) -> datetime:
        """Aware UTC: the time that was set, else the computer's."""
        return self._set or datetime.now(UTC)

    def set_clock(self, now: datetime | None) -> None:
        """Stand at `now` (aware) until it is set again; None goes back to the computer's time."""
        with self.lock:
            is_another = (self._set is None) != (now is None)
            self._set = now.astimezone(UTC) if now else None
            if is_another:  # a scenario that was loaded at the computer's time is meant for the day that is set
                self._plan(self.coming)
            self.arm_due()

    def strikes(self, kind: str, method: str, path: str) -> Fault | None:
        """The fault of this kind that strikes now, used up by one; None when there is none."""
        with self.lock:
            now = self.now()
            for fault in self.faults:
                if fault.kind == kind and not fault.is_over(now) and fault.matches(method, path):
                    fault.times = None if fault.times is None else fault.times - 1
                    fault.struck.append((now, method, path))
                    return fault
        return None

    # A scenario ------------------------------------------------------------------------------------------

    def expect(self, events: Sequence[Event]) -> None:
        """Arm these when their time comes, counted from now."""
        with self.lock:
            for event in events:
                event.due_request = None if event.after is None else event.after + len(self.requests)
            self._plan(events)
            self.coming += events
            self.arm_due()

    def forget(self) -> None:
        """No fault is armed or coming any more."""
        with self.lock:
            self.faults.clear()
            self.coming.clear()

    def _plan(self, events: Sequence[Event]) -> None:
        for event in events:
            event.due = next_time(event.at, self.now()) if event.at else None

    def arm_due(self) -> None:
        """Arm what is due by now. Call it before a request is noted: `after` counts those that came before."""
        with self.lock:
            now = self.now()
            due = [event for event in self.coming if _is_due(event, now, len(self.requests))]
            for event in sorted(due, key=lambda one: one.due or now):
                self.coming.remove(event)
                since = event.due or now
                event.fault.until = next_time(event.until, since + timedelta(seconds=1)) if event.until else None
                self.faults.append(event.fault)
                if event.fault.say:
                    print(f"{since.astimezone(LOCAL):%H:%M} {self.platform}: {event.fault.say}", file=sys.stderr)

    # Ids and numbers -------------------------------------------------------------------------------------

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


def _is_due(event: Event, now: datetime, seen: int) -> bool:
    if event.due is not None:
        return now >= event.due
    return event.due_request is not None and seen >= event.due_request


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
