"""Accesses that end before the queue does, renewals that keep failing, channels that stand still, budgets too small."""

from collections.abc import Iterator
from datetime import timedelta

from content.vietnamese import day, moment, number
from scheduler.alarms.values import ChannelFacts, Snapshot
from scheduler.channels import CHANNEL_WORDS, CONNECTED, OFF, RECONNECT
from scheduler.notices import Finding, Grade, Kind

SOON = timedelta(days=7)
"""An access that ends within this is an alarm when something is queued after its end."""
PRESSING = timedelta(hours=24)
UNREAD = timedelta(days=2)
TWICE = 2
"""So many renewals in a row came to nothing before it is told."""


def ending_accesses(snapshot: Snapshot) -> Iterator[Finding]:
    """Accesses that nothing renews and that die before something in the queue, or within a week."""
    for one in snapshot.channels.values():
        if one.state in (OFF, RECONNECT) or one.renews or one.expires_at is None:
            continue
        count, first = snapshot.after_expiry.get(one.id, (0, None))
        near = one.expires_at <= snapshot.now + SOON
        if not count and not near:
            continue
        gone = one.expires_at <= snapshot.now
        what = "đã hết hạn" if gone else "hết hạn"
        words = f"Mã truy cập của kênh “{one.name}” {what} lúc {moment(one.expires_at)}"
        if count:
            words += f"; sau đó còn {number(count)} mục trong hàng chờ, mục đầu tiên lúc {moment(first)}"
        words += "; hãy kết nối lại kênh ngay." if gone else "; hãy kết nối lại kênh trước lúc đó."
        grade = Grade.ALARM if near and (count or gone) else Grade.WARNING
        # an access that comes near its end is a new event: what was a warning is told once more, as an alarm
        subject = f"token_expiry:{one.id}:{one.expires_at:%Y%m%d%H%M}:{grade}"
        yield Finding(Kind.TOKEN_EXPIRY, subject, grade, words, _page(one))


def failing_refreshes(snapshot: Snapshot) -> Iterator[Finding]:
    """Renewals that came to nothing several times in a row."""
    for one in snapshot.refreshes:
        channel = snapshot.channels.get(one.channel_id)
        if channel is None or channel.state != CONNECTED or one.failed < TWICE:
            continue
        ends = channel.expires_at
        pressing = ends is None or ends <= snapshot.now + PRESSING
        until = f" Mã đang dùng hết hạn lúc {moment(ends)}." if ends else ""
        words = (
            f"Đã {one.failed} lần không làm mới được mã truy cập của kênh “{channel.name}”, lần gần nhất lúc "
            f"{moment(one.last_at)}.{until} Hãy kiểm tra kênh và kết nối lại nếu cần."
        )
        subject = f"token_refresh:{channel.id}:{one.version}:{'pressing' if pressing else 'early'}"
        grade = Grade.ALARM if pressing else Grade.WARNING
        yield Finding(Kind.TOKEN_REFRESH, subject, grade, words, _page(channel))


def stopped_channels(snapshot: Snapshot) -> Iterator[Finding]:
    """Channels on which nothing goes out until a person, or the platform, lets it."""
    for one in snapshot.channels.values():
        if one.state in (CONNECTED, OFF):
            continue
        why = f" {one.words.rstrip('.')}." if one.words else ""
        words = (
            f"Kênh “{one.name}” đang dừng: {CHANNEL_WORDS[one.state].lower()}.{why} Bài đến giờ không đăng được lên "
            "kênh này; hãy mở trang của kênh để xử lý."
        )
        subject = f"channel_stopped:{one.id}:{one.state}"
        yield Finding(Kind.CHANNEL_STOPPED, subject, Grade.ALARM, words, _page(one))


def missing_figures(snapshot: Snapshot) -> Iterator[Finding]:
    """Channels that should be read and whose own figures have not come for two days."""
    for one in snapshot.channels.values():
        since = snapshot.now - UNREAD
        if one.state != CONNECTED or one.is_read or one.created_at > since:
            continue
        words = (
            f"Đã hơn hai ngày chưa thu được số liệu của kênh “{one.name}”; báo cáo có thể thiếu số liệu của những ngày "
            "này. Hãy mở lịch sử thu số liệu để xem vì sao."
        )
        yield Finding(Kind.FIGURES, f"figures:{one.id}", Grade.WARNING, words, f"/nhap-so-lieu?kenh={one.key}")


def short_quotas(snapshot: Snapshot) -> Iterator[Finding]:
    """Budgets of a day or a month of which the queue wants more than is left."""
    for one in snapshot.quotas:
        if one.wanted <= one.left:
            continue
        when = f"Trong tháng {one.first.month}/{one.first.year}" if one.monthly else f"Ngày {day(one.first)}"
        words = (
            f"{when}, hàng chờ của {one.channels} cần {number(one.wanted)} {one.words} nhưng chỉ còn "
            f"{number(one.left)}; hãy dời bớt bài sang ngày khác hoặc bỏ bớt."
        )
        subject = f"quota:{one.scope}:{one.name}:{one.first}"
        yield Finding(Kind.QUOTA, subject, Grade.WARNING, words, one.path)


def _page(channel: ChannelFacts) -> str:
    return f"/kenh/{channel.key}"
