"""Days on which nothing would go out, and channels that have been silent for long (domain 1.11, I.1.b)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from content.vietnamese import day, local, local_day, weekday
from scheduler.alarms.values import ChannelFacts, Snapshot
from scheduler.autopilot import slot_times
from scheduler.channels import CONNECTED, OFF
from scheduler.notices import Finding, Grade, Kind

SILENT = timedelta(days=7)
"""A channel without a post for this long is told."""
_A_DAY = timedelta(days=1)


def empty_days(snapshot: Snapshot) -> Iterator[Finding]:
    """Tomorrow, from the afternoon on; and today for as long as what was told about it yesterday still holds."""
    today = local_day(snapshot.now)
    tomorrow = today + _A_DAY
    yield from (one for one in _of_day(snapshot, today) if one.subject in snapshot.open)
    if local(snapshot.now).time() >= snapshot.empty_day_at:
        yield from _of_day(snapshot, tomorrow)


def _of_day(snapshot: Snapshot, on: date) -> Iterator[Finding]:
    """The whole day when no channel has anything; else each channel that has regular hours then and nothing in them."""
    rule = snapshot.rules.get(on)
    if rule is not None and rule.at_most == 0:
        return
    working = [one for one in snapshot.channels.values() if one.state != OFF and not _stopped(snapshot, one, on)]
    expected = [one for one in working if one.slots.get(on.weekday())]
    off = _off(snapshot, on)
    path = f"/lich?ngay={on.isoformat()}"
    if not any(filled_on == on for _, filled_on in snapshot.filled):
        if working and not off:
            words = f"{_day(on)}, chưa có bài nào trong hàng chờ trên mọi kênh; hãy xếp bài cho ngày này."
            yield Finding(Kind.EMPTY_DAY, f"empty_day:{on}", Grade.ALARM, words, path)
        elif expected:
            words = f"{_day(on)}, là {off} và chưa có bài nào trong hàng chờ; nếu muốn đăng, hãy xếp bài cho ngày này."
            yield Finding(Kind.EMPTY_DAY, f"empty_day:{on}", Grade.NEWS, words, path)
        return
    for one in expected:
        if (one.id, on) not in snapshot.filled:
            why = f", là {off} và" if off else ","
            words = f"{_day(on)}{why} kênh “{one.name}” chưa có bài nào trong hàng chờ; hãy xếp bài cho kênh này."
            grade = Grade.NEWS if off else Grade.WARNING
            yield Finding(Kind.EMPTY_DAY, f"empty_day:{on}:{one.id}", grade, words, path)


def _stopped(snapshot: Snapshot, channel: ChannelFacts, on: date) -> bool:
    """Whether pauses cover every hour at which the channel would post that day."""
    hours: list[datetime] = slot_times(on, channel.slots.get(on.weekday()) or [0, 12 * 60, 24 * 60 - 1])
    return all(any(pause.covers(channel, at) for pause in snapshot.pauses) for at in hours)


def _off(snapshot: Snapshot, on: date) -> str:
    """What kind of day off it is; "" for a working day."""
    if on in snapshot.days_off:
        return f"ngày nghỉ ({snapshot.days_off[on]})"
    return "ngày nghỉ cuối tuần" if on.weekday() >= 5 else ""


def _day(on: date) -> str:
    name = weekday(on)
    return f"{name[:1].upper()}{name[1:]}, ngày {day(on)}"


def silent_channels(snapshot: Snapshot) -> Iterator[Finding]:
    """Channels that work and on which nothing was published for a week; one notice where all of an agency's are so."""
    silent = [one for one in snapshot.channels.values() if is_silent(snapshot, one)]
    owners: dict[str, list[ChannelFacts]] = defaultdict(list)
    for one in snapshot.channels.values():
        if one.agency and one.state != OFF:
            owners[one.agency].append(one)
    whole = {code for code, ours in owners.items() if len(ours) > 1 and all(one in silent for one in ours)}
    for code in sorted(whole):
        names = ", ".join(one.name for one in owners[code])
        words = (
            f"{snapshot.agencies.get(code, code)} không có bài nào trên mọi kênh của mình ({names}) trong "
            f"{SILENT.days} ngày qua; hãy xếp bài để tuyên truyền được thường xuyên."
        )
        yield Finding(Kind.QUIET, f"quiet:agency:{code}", Grade.WARNING, words, "/lich")
    for one in silent:
        if one.agency not in whole:
            words = (
                f"Kênh “{one.name}” không có bài nào trong {SILENT.days} ngày qua; hãy xếp bài để tuyên truyền được "
                "thường xuyên."
            )
            yield Finding(Kind.QUIET, f"quiet:channel:{one.id}", Grade.WARNING, words, "/lich")


def is_silent(snapshot: Snapshot, channel: ChannelFacts) -> bool:
    """Whether a working channel that is not new and not paused had nothing for long."""
    return (
        channel.state == CONNECTED
        and channel.id not in snapshot.active
        and channel.created_at <= snapshot.now - SILENT
        and not any(pause.covers(channel, snapshot.now) for pause in snapshot.pauses)
    )
