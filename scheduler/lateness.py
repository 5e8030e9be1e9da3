"""What is overdue on one channel gets its hours: decided from values alone, before anything is done.

After an outage, a block or a dead token many hours have passed at once. What is still worth sending goes out in the
order of its hours, never two within a gap, never in quiet hours, and never in the way of what is on time.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from content.vietnamese import local_day
from scheduler.hours import after_quiet, is_quiet, midnight

SPACED = "spaced"
"""The event of a late row that was given its turn; it moves nothing."""
LOOKED_AT = 10_000
"""Bound on the places that are tried for one row; each is later than the one before."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A post whose hour has passed and that is not public. Moments are aware."""

    id: int
    due_at: datetime
    earliest: datetime
    """Its own time; when that is still to come and it is `ready`, it has been given its turn already."""
    ready: bool
    """Whether only the public call is left; what is still being prepared keeps its place in the order."""
    until: datetime | None
    """After this it is not worth sending, by its own late rule or for its season is over; None: however late."""
    wanted_at: datetime
    """The hour that somebody gave it last."""
    first: bool = False
    """A warning: it goes at once, before everything else."""
    barred: frozenset[date] = frozenset()
    """Local days whose rule does not let it out; its own day is nobody's business any more."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How late posts follow each other on a channel."""

    gap: timedelta
    quiet_from: int = 0
    quiet_until: int = 0
    room: Mapping[date, int] = field(default_factory=dict)
    """Local day -> how many more may go out on it, where the channel or the day has a maximum."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When an overdue post goes out at the earliest; not `in_time`: by then it is not worth sending any more."""

    id: int
    at: datetime
    in_time: bool


def turns(
    overdue: Sequence[Overdue], out: Sequence[datetime], due: Sequence[datetime], pace: Pace, *, now: datetime
) -> list[Turn]:
    """The turn of each overdue post of one channel, in the order of their hours.

    On another day than its own a post needs room, and a rule of that day that lets it out.

    `out`: when something went out there lately, or may have; `due`: the hours of what is on time. One late post
    alone goes at once. A turn that was given stays while nothing stands in its way, so asking again changes nothing.
    """
    warnings = [one for one in overdue if one.first]
    rest = sorted((one for one in overdue if not one.first), key=lambda one: (one.due_at, one.id))
    found = [Turn(one.id, max(now, one.earliest), True) for one in warnings]
    alone = len(overdue) == 1 and not any(abs(now - at) < pace.gap for at in out)
    taken = [] if alone else sorted([*out, *due, *(turn.at for turn in found)])
    room = Counter(pace.room)
    # what was meant for a day comes before what is put there from another one
    room.subtract(on for one in rest if (on := local_day(one.wanted_at)) in pace.room)
    for one in rest:
        at = max(now, one.earliest)
        # a turn that was given a while ago may be a little nearer; when it comes, the whole gap counts again
        if not (one.ready and at > now) or _near(taken, at, pace.gap / 2):
            at = _place(one, taken, pace, room, at)
        in_time = one.until is None or at <= one.until
        found.append(Turn(one.id, at, in_time))
        if in_time:
            insort(taken, at)
            if (on := local_day(at)) != local_day(one.wanted_at):
                room[on] -= 1
    return found


def _near(taken: Sequence[datetime], at: datetime, gap: timedelta) -> list[datetime]:
    """What of `taken`, which is in order, is nearer to `at` than the gap."""
    place = bisect_left(taken, at)
    return [other for other in taken[max(0, place - 1) : place + 1] if abs(other - at) < gap]


def _place(one: Overdue, taken: Sequence[datetime], pace: Pace, room: Mapping[date, int], at: datetime) -> datetime:
    """The first moment from `at` on that is a gap away from everything, not in quiet hours, and on a day that takes it.

    Whoever was given an hour in quiet hours was meant to go out in them.
    """
    heeds_quiet = not is_quiet(one.wanted_at, pace.quiet_from, pace.quiet_until)
    for _ in range(LOOKED_AT):
        before = at
        if heeds_quiet:
            at = after_quiet(at, pace.quiet_from, pace.quiet_until)
        if near := _near(taken, at, pace.gap):
            at = max(near) + pace.gap
        on = local_day(at)
        if on != local_day(one.wanted_at) and (on in one.barred or (on in pace.room and room[on] <= 0)):
            at = midnight(at) + timedelta(days=1)
        if at == before:
            break
    return at
