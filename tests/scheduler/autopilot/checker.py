"""The rules as an auditor would check them with the finished calendar in hand: nothing here is the autopilot's code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from scheduler.autopilot import Candidate, ChannelRules, Decision, Stop, Task

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Standing:
    """Something on the calendar, decided or there before."""

    post_id: int
    topic: str
    channel_id: int
    at: datetime
    series: str
    part: int

    @property
    def on(self) -> date:
        return self.at.astimezone(VIETNAM).date()

    @property
    def minute(self) -> int:
        told = self.at.astimezone(VIETNAM)
        return told.hour * 60 + told.minute


def broken(task: Task, decisions: Sequence[Decision]) -> list[str]:
    """Every rule that the finished calendar breaks at one of the decisions, in words."""
    posts = {one.post_id: one for one in task.candidates}
    channels = {one.id: one for one in task.channels}
    standing = [
        Standing(one.post_id, one.topic, one.channel_id, one.at, one.series, one.series_part) for one in task.used
    ]
    made = [
        Standing(one.post_id, posts[one.post_id].topic, one.channel_id, one.at, posts[one.post_id].series,
                 posts[one.post_id].series_part)
        for one in decisions
    ]  # fmt: skip
    found = []
    for place, one in enumerate(made):
        rest = [*standing, *made[:place], *made[place + 1 :]]
        mine = [other for other in rest if other.channel_id == one.channel_id]
        post, channel = posts[one.post_id], channels[one.channel_id]
        told = f"bài {post.key} kênh {channel.key} lúc {one.at}"
        for problems in (
            of_the_hour(task, one, channel, mine),
            of_the_post(task, one, post),
            of_the_rest(task, one, post, mine),
        ):
            found += [f"{told}: {words}" for words in problems]
    return found


def of_the_hour(task: Task, one: Standing, channel: ChannelRules, mine: list[Standing]) -> Iterator[str]:
    slots = {(slot.weekday, slot.minute) for slot in channel.slots}
    if one.on not in set(task.days):
        yield "ngoài những ngày cần xếp"
    if one.at <= task.now:
        yield "đã qua giờ"
    if (one.on.weekday(), one.minute) not in slots:
        yield "không có khung giờ"
    quiet = set(range(channel.quiet_from, channel.quiet_until))
    if channel.quiet_from > channel.quiet_until:
        quiet = set(range(channel.quiet_from, 1440)) | set(range(channel.quiet_until))
    if one.minute in quiet:
        yield "giờ yên lặng"
    if any(other.at == one.at for other in mine):
        yield "khung giờ đã có bài"
    if any(abs(other.at - one.at) < timedelta(minutes=channel.gap_minutes) for other in mine):
        yield "quá gần bài khác"
    today = 1 + sum(other.on == one.on for other in mine)
    if channel.daily_most and today > channel.daily_most:
        yield "quá số bài mỗi ngày"
    rule = task.rules.get(one.on)
    if rule and rule.at_most is not None and today > rule.at_most:
        yield "quá số bài của ngày nghỉ"
    for stop in task.stops:
        everything = stop.channel_id is None and not stop.agency and not stop.tag
        if in_force(stop, one.at) and (
            everything or stop.channel_id == channel.id or (stop.agency and stop.agency == channel.agency)
        ):
            yield "kênh đang tạm dừng"


def of_the_post(task: Task, one: Standing, post: Candidate) -> Iterator[str]:
    slot_forms = {
        slot.form for channel in task.channels if channel.id == one.channel_id for slot in channel.slots
        if (slot.weekday, slot.minute) == (one.on.weekday(), one.minute)
    }  # fmt: skip
    if one.channel_id not in post.channels:
        yield "không dành cho kênh"
    if "" not in slot_forms and post.form not in slot_forms:
        yield "sai hình thức của khung giờ"
    if (post.valid_from and one.on < post.valid_from) or (post.valid_to and one.on > post.valid_to):
        yield "ngoài hiệu lực"
    if post.season and not in_season(post.season, one.on):
        yield "ngoài mùa"
    rule = task.rules.get(one.on)
    if rule and rule.without & post.tags:
        yield "nhãn bị cấm trong ngày"
    if rule and rule.only and not rule.only & post.tags:
        yield "không có nhãn được phép trong ngày"
    for wish in task.wishes:
        if (
            wish.kind == "veto" and wish.post_id == post.post_id and wish.channel_id in (None, one.channel_id)
            and wish.since <= one.on <= (wish.until or date.max)
        ):  # fmt: skip
            yield "đã được yêu cầu không đăng"
    for stop in task.stops:
        theirs = (stop.tag and stop.tag in post.tags) or (stop.agency and stop.agency == post.agency)
        if theirs and in_force(stop, one.at) and not post.allowed_in_pause:
            yield "tạm dừng theo cơ quan hoặc nhãn"


def of_the_rest(task: Task, one: Standing, post: Candidate, mine: list[Standing]) -> Iterator[str]:
    same = [other for other in mine if other.post_id == post.post_id]
    before = task.before.get((post.post_id, one.channel_id))
    times = len(same) + (before.times if before else 0)
    if times and not post.evergreen:
        yield "chỉ được đăng một lần"
    if post.repeat_most and times + 1 > post.repeat_most:
        yield "quá số lần"
    earlier = [other for other in same if other.at < one.at]
    if post.repeat_until and (earlier or before) and one.on > post.repeat_until:
        yield "đăng lại sau hạn"
    days = [other.on for other in same] + ([before.last.astimezone(VIETNAM).date()] if before else [])
    if any(abs((on - one.on).days) < (post.repeat_days or task.cool_down) for on in days):
        yield "chưa qua thời gian chờ"
    today = [other for other in mine if other.on == one.on]
    if any(other.topic == post.topic for other in today):
        yield "hai bài cùng nội dung trong ngày"
    if post.series and any(other.series == post.series and other.part > 0 for other in today):
        yield "hai phần của một loạt trong ngày"
    if post.series and post.series_part > 1 and not any(
        other.series == post.series and other.part == post.series_part - 1 and other.on < one.on for other in mine
    ):  # fmt: skip
        yield "phần trước chưa đăng"
    twins = set(post.alike) | {other.post_id for other in task.candidates if post.post_id in other.alike}
    if any(other.post_id in twins and abs((other.on - one.on).days) < task.alike_days for other in mine):
        yield "gần giống bài khác"


def in_force(stop: Stop, at: datetime) -> bool:
    return stop.since <= at and (stop.until is None or at < stop.until)


def in_season(season: str, on: date) -> bool:
    """By walking from the season's first day to its last, in the year before and in this one."""
    first, last = ((int(part[:2]), int(part[3:])) for part in season.split("/"))
    for year in (on.year - 1, on.year):
        walk = date(year, *first)
        for _ in range(366):
            if walk == on:
                return True
            if (walk.month, walk.day) == last:
                break
            walk += timedelta(days=1)
    return False
