"""What is special of a day: its name and its rule, and the pauses in force on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from content.holidays import Holiday
from content.vietnamese import clock, local_day
from scheduler.days import rule_of, rule_words
from scheduler.pauses import covers, end_of, is_general
from scheduler.tables import Channel
from web.pauses import Told
from web.words import Say, say


@dataclass(frozen=True, slots=True)
class Stopped:
    """One pause on one day: "Tạm dừng: quốc tang, từ 08:00"."""

    words: Say


@dataclass(frozen=True, slots=True)
class Special:
    """The special days and the pauses of the days that are shown."""

    holidays: Mapping[date, Holiday] = field(default_factory=dict)
    pauses: Sequence[Told] = ()

    def rule(self, on: date) -> str:
        """What the day asks of the queue; "" when it is like any other."""
        rule = rule_of(self.holidays[on]) if on in self.holidays else None
        return rule_words(rule) if rule else ""

    def stops(self, on: date) -> tuple[Stopped, ...]:
        """The pauses that are or were in force on the day."""
        return tuple(Stopped(_words(one, on)) for one in self.pauses if _lies_on(one, on))


def of_channel(pauses: Sequence[Told], channel: Channel | None) -> list[Told]:
    """Those that a calendar of one channel shows: what covers it, or a tag or an agency whose posts may go there."""
    if channel is None:
        return list(pauses)
    return [one for one in pauses if one.pause.channel_id is None or covers(one.pause, channel)]


def _lies_on(one: Told, on: date) -> bool:
    end = end_of(one.pause)
    return local_day(one.pause.since) <= on and (end is None or on <= local_day(end))


def _words(one: Told, on: date) -> Say:
    end = end_of(one.pause)
    facts = {
        "reason": Say(one.reason), "where": one.where, "since": clock(one.pause.since), "until": clock(end),
    }  # fmt: skip
    begins, ends = local_day(one.pause.since) == on, end is not None and local_day(end) == on
    everything = is_general(one.pause)
    if begins and ends:
        words = "Tạm dừng: {reason}, {since}-{until}" if everything else "Tạm dừng {where}: {reason}, {since}-{until}"
    elif begins:
        words = "Tạm dừng: {reason}, từ {since}" if everything else "Tạm dừng {where}: {reason}, từ {since}"
    elif ends:
        words = "Tạm dừng: {reason}, đến {until}" if everything else "Tạm dừng {where}: {reason}, đến {until}"
    else:
        words = "Tạm dừng: {reason}" if everything else "Tạm dừng {where}: {reason}"
    return say(words, **facts)
