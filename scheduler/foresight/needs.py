"""What only a person can do before the month can come out as foreseen, by when, the most urgent first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from content.vietnamese import moment
from scheduler.foresight.values import Cause, ChannelFacts, Item, Need, PostFacts, Snapshot

CHANNEL = (Cause.CHANNEL, Cause.ACCESS)


def needs_of(snapshot: Snapshot, items: Sequence[Item]) -> tuple[Need, ...]:
    """Approvals to give, accesses to renew, pauses to decide about, items to settle."""
    found = [*_approvals(snapshot, items), *_accesses(snapshot, items), *_pauses(items), *_stopped(items)]
    return tuple(sorted(found, key=lambda one: (one.by, one.words)))


def _by_cause(items: Sequence[Item], causes: Sequence[Cause]) -> Iterator[tuple[Item, str]]:
    """The failing items that have one of these causes, and the first such trouble's address."""
    for item in items:
        for trouble in item.troubles:
            if trouble.fails and trouble.cause in causes:
                yield item, trouble.path
                break


def _approvals(snapshot: Snapshot, items: Sequence[Item]) -> Iterator[Need]:
    waiting: dict[int, list[Item]] = defaultdict(list)
    for item, _ in _by_cause(items, (Cause.APPROVAL,)):
        waiting[item.post_id].append(item)
    for post_id, several in waiting.items():
        post, first = snapshot.posts[post_id], min(several, key=lambda one: one.at)
        by = _before(snapshot, first)
        where = ", ".join(dict.fromkeys(snapshot.channels[one.channel_id].name for one in several))
        todo = "Duyệt" if post.submitted else "Trình duyệt và duyệt"
        words = f"{todo} bài “{post.title}” trước {moment(by)} để kịp chuẩn bị; bài có lịch trên {where}."
        yield Need(by, words, _editing(post))


def _editing(post: PostFacts) -> str:
    return f"/duyet/{post.key}" if post.submitted else f"/soan/{post.key}"


def _before(snapshot: Snapshot, item: Item) -> datetime:
    """When preparing begins; what is closer than that has its own hour."""
    begins = item.at - snapshot.channels[item.channel_id].prepare_ahead
    return begins if begins > snapshot.now else max(item.at, snapshot.now)


def _accesses(snapshot: Snapshot, items: Sequence[Item]) -> Iterator[Need]:
    stopped: dict[int, list[Item]] = defaultdict(list)
    for item, _ in _by_cause(items, CHANNEL):
        stopped[item.channel_id].append(item)
    for channel_id, several in stopped.items():
        channel = snapshot.channels[channel_id]
        by = _dies(channel, min(one.at for one in several))
        words = (
            f"{_todo(channel)} kênh “{channel.name}” trước {moment(by)}; nếu không, {len(several)} mục không đăng được."
        )
        yield Need(by, words, f"/kenh/{channel.key}", Cause.ACCESS)


def _dies(channel: ChannelFacts, first: datetime) -> datetime:
    dead_at = channel.expires_at if channel.expires_at and not channel.renews else None
    return min(first, dead_at) if dead_at else first


def _todo(channel: ChannelFacts) -> str:
    words = {"off": "Bật", "misconfigured": "Sửa cấu hình", "blocked": "Gỡ chặn"}
    return words.get(channel.state, "Kết nối lại" if channel.has_access else "Kết nối")


def _pauses(items: Sequence[Item]) -> Iterator[Need]:
    held = [item for item, _ in _by_cause(items, (Cause.PAUSE,))]
    if held:
        by = min(one.at for one in held)
        words = f"Quyết định về lệnh tạm dừng trước {moment(by)}; đến giờ {len(held)} mục sẽ bị giữ lại."
        yield Need(by, words, "/tam-dung/giu-lai", Cause.PAUSE)


def _stopped(items: Sequence[Item]) -> Iterator[Need]:
    for item, path in _by_cause(items, (Cause.STOPPED,)):
        words = f"Xử lý mục “{item.title}” hẹn lúc {moment(item.at)}; mục này không tự đăng."
        yield Need(item.at, words, path, Cause.STOPPED)
