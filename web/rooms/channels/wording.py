"""What a channel's access, queue and limits are, as sentences."""

from datetime import datetime, timedelta

from connectors.base import Credentials
from content.vietnamese import clock, moment, number
from scheduler.access import Platforms
from scheduler.hours import midnight
from scheduler.parts import PART_WORDS
from scheduler.standing import Standing
from scheduler.tables import Channel
from web.words import Say, say

SOON = timedelta(days=14)
"""An access that nothing renews is worth a warning this long before its end."""


def time_left(until: datetime, now: datetime) -> Say:
    """ "còn 12 ngày", "còn 5 giờ", "còn 9 phút", "đã hết hạn"."""
    minutes = int((until - now).total_seconds() // 60)
    if until <= now:
        return say("đã hết hạn")
    if minutes < 120:
        return say("còn {n} phút", n=max(minutes, 1))
    if minutes < 48 * 60:
        return say("còn {n} giờ", n=minutes // 60)
    return say("còn {n} ngày", n=minutes // (24 * 60))


def access(one: Standing, now: datetime) -> tuple[str, Say]:
    """What the access is worth: good, warn or bad, and a sentence."""
    if not one.has_access:
        return "bad", say("Chưa có mã truy cập; hãy kết nối kênh.")
    if one.expires_at is None:
        return "good", say("Không có hạn.") if not one.renews else say("Tự gia hạn.")
    left = time_left(one.expires_at, now)
    if one.renews:
        return "good", say("Tự gia hạn; mã hiện tại {left}.", left=left)
    kind = "bad" if one.expires_at <= now else "warn" if one.expires_at - now <= SOON else "good"
    return kind, say("Hết hạn lúc {at}, {left}.", at=moment(one.expires_at), left=left)


def queue(one: Standing) -> tuple[str, Say]:
    """What waits for it, and how much of that comes too late for the access."""
    if not one.waiting:
        return "quiet", say("Không có lượt đăng nào đang chờ.")
    if not one.too_late or one.expires_at is None:
        return "good", say("{n} lượt đăng đang chờ.", n=number(one.waiting))
    words = "{n} lượt đăng đang chờ, {late} lượt hẹn sau khi mã truy cập hết hạn: hãy kết nối lại trước {at}."
    facts = {"n": number(one.waiting), "late": number(one.too_late), "at": moment(one.expires_at)}
    return "warn", say(words, **facts)


def limits(one: Standing) -> list[Say]:
    """What is left of each limit."""
    told = [
        say("còn {left}/{most} {what}", left=number(units), most=number(budget.amount), what=budget.words)
        for budget, units in one.left
    ]
    if one.level is not None:
        told.append(say("nền tảng báo đã dùng {percent}% giới hạn lượt gọi", percent=number(one.level.percent, 0)))
    return told


def own_hours(platforms: Platforms, channel: Channel, now: datetime) -> list[Say]:
    """The hours in which the platform itself takes what it does not take all day, such as broadcasts."""
    connector = platforms.open(channel, Credentials({}))
    start = midnight(now) + timedelta(days=1)
    quarters = [start + timedelta(minutes=15 * n) for n in range(24 * 4 + 1)]
    found = []
    for part in connector.capabilities.parts:
        taken = [at for at in quarters if connector.next_open(part, at) == at]
        if taken and len(taken) < len(quarters):
            words = "{what}: nền tảng chỉ nhận từ {since} đến {until}."
            what = PART_WORDS[part]
            found.append(say(words, what=what[:1].upper() + what[1:], since=clock(taken[0]), until=clock(taken[-1])))
    return found
