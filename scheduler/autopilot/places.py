"""Which slots of which day may be used at all, whatever post would stand there."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from content.vietnamese import LOCAL, clock, local, local_day
from scheduler.autopilot.board import Board, Place
from scheduler.autopilot.values import ChannelRules, SlotTime, Stop, Task
from scheduler.hours import clock_of, is_quiet_minute

DAY_MINUTES = 24 * 60


def slot_times(on: date, minutes: Sequence[int]) -> list[datetime]:
    """The moments (aware, local) of slots given in minutes after midnight on the local day `on`."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=LOCAL)
    return [midnight + timedelta(minutes=minute) for minute in sorted(minutes)]


def places_of(task: Task, taken: Board) -> list[Place]:
    """The slots of all channels on the task's days that are still to come and that nothing stands at, by time."""
    found = [
        Place(channel, at, on, slot.minute, slot.form)
        for on in taken.days
        for channel in task.channels
        for slot in _slots(channel, on.weekday())
        for at in slot_times(on, [slot.minute])
        if at > task.now and not _stands_at(taken, channel, at)
    ]
    return sorted(found, key=lambda one: (one.at, one.channel.key, one.channel.id))


def place_at(channel: ChannelRules, at: datetime) -> Place:
    """The place of any moment; where a slot lies, with what it is kept for."""
    on, told = local_day(at), local(at)
    minute = told.hour * 60 + told.minute
    form = next((one.form for one in _slots(channel, on.weekday()) if one.minute == minute), "")
    return Place(channel, at, on, minute, form)


def _slots(channel: ChannelRules, weekday: int) -> list[SlotTime]:
    """The channel's slots of the weekday, each hour once, by time."""
    mine = sorted((one for one in channel.slots if one.weekday == weekday), key=lambda one: (one.minute, one.form))
    return list({one.minute: one for one in reversed(mine)}.values())[::-1]


def _stands_at(board: Board, channel: ChannelRules, at: datetime) -> bool:
    taken, seconds = board.times.get(channel.id, []), at.timestamp()
    place = bisect_left(taken, seconds)
    return place < len(taken) and taken[place] == seconds


# Why a place cannot be used --------------------------------------------------------------------------------


def closed(board: Board, place: Place) -> str:
    """Why nothing may be put at the place now, as a sentence; empty: it is open."""
    return (
        _outside_the_day(place)
        or paused(board.task, place)
        or _day_is_full(board, place)
        or _quiet(place)
        or _channel_is_full(board, place)
        or _too_near(board, place)
    )


def _outside_the_day(place: Place) -> str:
    if 0 <= place.minute < DAY_MINUTES:
        return ""
    return "Khung giờ này không nằm trong ngày (từ 00:00 đến 23:59); hãy sửa khung giờ của kênh."


def lasts(stop: Stop, at: datetime) -> bool:
    """Whether the pause is in force at that moment."""
    return stop.since <= at and (stop.until is None or at < stop.until)


def paused(task: Task, place: Place) -> str:
    """The pause that stops the whole channel at that moment, in words; empty: none does."""
    mine = [stop for stop in task.stops if _stops_channel(stop, place.channel) and lasts(stop, place.at)]
    return min((stop.words for stop in mine), default="")


def _stops_channel(stop: Stop, channel: ChannelRules) -> bool:
    if stop.tag:
        return False
    if stop.agency:
        return stop.agency == channel.agency
    return stop.channel_id in (None, channel.id)


def _day_is_full(board: Board, place: Place) -> str:
    rule = board.task.rules.get(place.on)
    if rule is None or rule.at_most is None or board.count_on(place.channel.id, place.on) < rule.at_most:
        return ""
    if rule.at_most <= 0:
        return f"{rule.name}: ngày này không tự xếp bài."
    return f"{rule.name}: ngày này mỗi kênh chỉ đăng nhiều nhất {rule.at_most} bài."


def _quiet(place: Place) -> str:
    begin, end = place.channel.quiet_from, place.channel.quiet_until
    if not is_quiet_minute(place.minute, begin, end):
        return ""
    return f"Khung giờ {clock(place.at)} nằm trong giờ yên lặng của kênh ({clock_of(begin)}–{clock_of(end)})."


def _channel_is_full(board: Board, place: Place) -> str:
    most = place.channel.daily_most
    if not most or board.count_on(place.channel.id, place.on) < most:
        return ""
    return f"Kênh chỉ đăng nhiều nhất {most} bài mỗi ngày và ngày này đã đủ."


def _too_near(board: Board, place: Place) -> str:
    gap = place.channel.gap_minutes * 60
    taken = board.times.get(place.channel.id)
    if gap <= 0 or not taken:
        return ""
    seconds = place.at.timestamp()
    after = bisect_left(taken, seconds)
    near = [one for one in taken[max(after - 1, 0) : after + 1] if abs(one - seconds) < gap]
    if not near:
        return ""
    other = datetime.fromtimestamp(near[0], LOCAL)
    return f"Cách bài lúc {clock(other)} chưa đủ {place.channel.gap_minutes} phút theo quy tắc của kênh."
