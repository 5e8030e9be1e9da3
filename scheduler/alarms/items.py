"""Publications that did not go out, will be too late, or wait for somebody's decision."""

from collections.abc import Iterator
from datetime import timedelta

from content.articles import cut
from content.vietnamese import moment, number
from scheduler.alarms.values import ItemFacts, Snapshot
from scheduler.lifecycle import WORDS, Event, State
from scheduler.notices import Finding, Grade, Kind

LATE = timedelta(minutes=30)
"""What has waited for so long after its hour is told."""
AHEAD = timedelta(hours=24)
"""What waits for its approval is told so long before its hour."""
STOPPED = (State.FAILED, State.MISSED, State.NEEDS_PERSON)
GOING = (State.SCHEDULED, State.READY, State.RETRY_WAIT, State.PREPARING, State.PUBLISHING)
TITLE_MOST = 90

_WAYS = {
    State.FAILED: "Hãy mở mục này, sửa theo lời trên rồi đổi giờ, hoặc hủy lịch.",
    State.MISSED: "Hãy mở mục này để chọn giờ khác hoặc hủy lịch.",
    State.NEEDS_PERSON: "Hãy xem trên kênh bài đã hiện chưa rồi mở mục này để kết luận; hệ thống không tự đăng lại.",
}


def not_sent(snapshot: Snapshot) -> Iterator[Finding]:
    """What only a person leads on. Each try that ends so is an event of its own."""
    for one in snapshot.items:
        state = State(one.state)
        if state not in STOPPED:
            continue
        why = f" {one.problem.rstrip('.')}." if one.problem else ""
        words = (
            f"{_item(snapshot, one)} lẽ ra đăng lúc {moment(one.due_at)}: {WORDS[state].lower()}.{why} {_WAYS[state]}"
        )
        subject = f"not_sent:{one.id}:{state}:{one.due_at:%Y%m%d%H%M}:{one.fence}"
        yield Finding(Kind.NOT_SENT, subject, Grade.ALARM, words, f"/muc/{one.id}")


def late(snapshot: Snapshot) -> Iterator[Finding]:
    """What should have gone out and still waits."""
    for one in snapshot.items:
        if State(one.state) not in GOING or one.due_at > snapshot.now - LATE:
            continue
        why = f" {one.problem.rstrip('.')}." if one.problem else ""
        words = (
            f"{_item(snapshot, one)} hẹn đăng lúc {moment(one.due_at)} nhưng vẫn chưa đăng "
            f"({WORDS[State(one.state)].lower()}).{why} Hãy xem kênh và dịch vụ đăng bài có đang chạy không."
        )
        subject = f"late:{one.id}:{one.due_at:%Y%m%d%H%M}"
        yield Finding(Kind.LATE, subject, Grade.ALARM, words, f"/muc/{one.id}")


def late_approvals(snapshot: Snapshot) -> Iterator[Finding]:
    """What stands in the queue without its approval, with its hour near or gone."""
    for one in snapshot.items:
        if one.state != State.HELD or one.held_by != Event.APPROVAL_LOST or one.due_at > snapshot.now + AHEAD:
            continue
        when = "đã quá giờ đăng" if one.due_at <= snapshot.now else "phải đăng"
        words = (
            f"{_item(snapshot, one)} {when} lúc {moment(one.due_at)} mà chưa được duyệt; hãy duyệt trước giờ đó hoặc "
            "đổi giờ."
        )
        subject = f"approval:{one.id}:{one.due_at:%Y%m%d%H%M}"
        yield Finding(Kind.APPROVAL, subject, Grade.WARNING, words, f"/muc/{one.id}")


def held(snapshot: Snapshot) -> Iterator[Finding]:
    """What pauses have held on channels that are not paused any more: nobody has decided about it yet."""
    count = sum(
        many
        for channel_id, many in snapshot.held.items()
        if (channel := snapshot.channels.get(channel_id)) is not None
        and not any(pause.covers(channel, snapshot.now) for pause in snapshot.pauses)
    )
    if count:
        words = (
            f"Còn {number(count)} mục bị giữ lại khi tạm dừng chưa có quyết định và sẽ không tự đăng; hãy mở trang "
            "“Đang giữ lại” để cho đăng tiếp, bỏ qua hoặc chuyển về bản nháp."
        )
        yield Finding(Kind.HELD, "held", Grade.WARNING, words, "/tam-dung/giu-lai")


def _item(snapshot: Snapshot, one: ItemFacts) -> str:
    channel = snapshot.channels.get(one.channel_id)
    where = f" trên kênh “{channel.name}”" if channel else ""
    return f"Bài “{cut(' '.join(one.title.split()), TITLE_MOST)}”{where}"
