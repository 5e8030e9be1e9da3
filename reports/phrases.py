"""The fixed sentences of the weekly summary: figures in, official Vietnamese out."""

from collections.abc import Sequence

from connectors.base import Metric
from connectors.measuring import DefinitionBreak
from content.vietnamese import moment, number, percent
from reports.queries import ChannelRow
from reports.summary import PARTS, ChannelWeek, Figure, TopPost
from reports.troubles import ActRow, TroubleRow
from scheduler.lifecycle import WORDS, Event, State

METRIC_WORDS: dict[str, str] = {
    Metric.REACH: "lượt tiếp cận",
    Metric.VIEWS: "lượt xem",
    Metric.REACTIONS: "cảm xúc",
    Metric.COMMENTS: "bình luận",
    Metric.SHARES: "chia sẻ",
    Metric.CLICKS: "lượt bấm",
    Metric.FOLLOWERS: "người theo dõi",
    Metric.VIDEO_VIEWS: "lượt xem video",
    Metric.ENGAGED_VIEWS: "lượt xem có tương tác",
    Metric.WATCH_SECONDS: "thời gian xem",
    Metric.ENGAGEMENTS: "lượt tương tác",
    Metric.PROFILE_VIEWS: "lượt xem trang",
    Metric.IMPRESSIONS: "lượt hiển thị ảnh đại diện",
    Metric.NEW_FOLLOWERS: "người theo dõi mới",
    Metric.LOST_FOLLOWERS: "người bỏ theo dõi",
    Metric.SENT: "lượt gửi",
    Metric.DELIVERED: "lượt nhận",
    Metric.OPENED: "lượt mở xem",
}

EVENT_WORDS = {
    Event.WILL_RETRY: "chưa đăng được, hệ thống tự thử lại",
    Event.REJECTED: "nền tảng từ chối",
    Event.NO_ANSWER: "gửi đi nhưng không nhận được trả lời, hệ thống tự kiểm tra",
    Event.UNCLEAR: "kiểm tra chưa rõ kết quả",
    Event.TOO_LATE: "quá giờ đăng",
    Event.EXPIRED: "bài hết hiệu lực trước giờ đăng",
    Event.APPROVAL_LOST: "bài thay đổi sau khi duyệt nên được giữ lại",
    Event.LEASE_RAN_OUT: "việc đăng bị ngắt giữa chừng, hệ thống tự tiếp tục",
    Event.NOT_BEGUN: "chưa có tiến trình nào nhận việc đăng, hệ thống tự xếp lại",
    Event.HELD: "được giữ lại",
    Event.PAUSED: "được giữ lại vì đang tạm dừng",
    Event.WITHDRAWN: "gỡ bài khỏi kênh",
    Event.RESTORED: "dữ liệu được khôi phục từ bản cũ hơn nên phải đối chiếu với kênh",
}

DONE_WORDS = {
    Event.RESUMED: "đã cho đăng lại",
    Event.MOVED: "đã đổi giờ đăng",
    Event.CANCELLED: "đã hủy",
    Event.ASKED: "đã yêu cầu kiểm tra lại",
    Event.FOUND: "đã xác nhận bài có trên kênh",
    Event.NOT_FOUND: "đã xác nhận bài chưa lên kênh",
    Event.SUCCEEDED: "đã đăng được",
    Event.COMPARED: "đã đối chiếu, bài chưa có trên kênh",
}

OUTCOME_WORDS = {
    State.PUBLISHED: "Đã đăng.",
    State.WITHDRAWN: "Đã đăng, sau đó đã gỡ khỏi kênh.",
    State.FAILED: "Chưa đăng được, cần người xử lý.",
    State.MISSED: "Không đăng, cần chọn giờ khác.",
    State.NEEDS_PERSON: "Cần người xác nhận bài đã lên hay chưa.",
    State.HELD: "Đang giữ lại, chờ người xử lý.",
    State.RETRY_WAIT: "Đang chờ tự thử lại.",
    State.UNCONFIRMED: "Đang tự kiểm tra kết quả.",
    State.CANCELLED: "Đã hủy.",
    State.EXPIRED: "Không đăng, bài đã hết hiệu lực.",
}


def what_went_out(channels: Sequence[ChannelWeek]) -> str:
    """Published, failed and too late."""
    total = sum(channel.published.value or 0 for channel in channels)
    failed, missed = (sum(getattr(channel, name) for channel in channels) for name in ("failed", "missed"))
    trouble = "; ".join(
        text for count, text in ((failed, f"{failed} bài lỗi đăng"), (missed, f"{missed} bài quá giờ đăng")) if count
    )
    if not total:
        return f"Trong tuần chưa có bài nào được đăng{'; ' + trouble if trouble else ''}."
    where = ", ".join(f"{channel.title} {number(channel.published.value)}" for channel in channels)
    return f"Trong tuần có {number(total)} lượt đăng bài ({where}); {trouble or 'không có bài lỗi hoặc quá giờ'}."


def what_did_best(top: Sequence[TopPost]) -> str:
    """The post with most interactions."""
    if not top:
        return "Chưa có số liệu tương tác để chọn bài nổi bật."
    best = top[0]
    return (
        f"Bài có nhiều tương tác nhất là “{best.title}” trên {best.channel}, "
        f"với {number(best.engagement)} lượt tương tác trong tuần."
    )


def what_changed(channels: Sequence[ChannelWeek]) -> str:
    """Against the week before: publications in all, interactions per channel, because those may not be added."""
    total = Figure(
        value=sum(channel.published.value or 0 for channel in channels),
        previous=sum(channel.published.previous or 0 for channel in channels),
    )
    parts = [f"{channel.title} {_moved(channel.engagement)}" for channel in channels]
    told = f"; lượt tương tác: {', '.join(parts)}" if parts else ""
    if len(parts) > 1 and all(channel.engagement.change is None for channel in channels):
        told = "; lượt tương tác của các kênh chưa đủ số liệu để so sánh"
    return f"So với tuần trước, số lượt đăng {_moved(total)}{told}."


def _moved(figure: Figure) -> str:
    """A percentage only where the week before is large enough for one to mean something."""
    change = figure.change
    if change is None:
        return "chưa đủ số liệu để so sánh"
    if not change:
        return "không đổi"
    share = f" ({percent(abs(change) / figure.previous, 1)})" if figure.previous and figure.previous >= 20 else ""
    return f"{'tăng' if change > 0 else 'giảm'} {number(abs(change))}{share}"


def signed(change: int | None) -> str:
    """+12, -3, 0, or "-" when there is nothing to compare with."""
    return f"+{number(change)}" if change is not None and change > 0 else number(change)


def what_happened(events: Sequence[TroubleRow]) -> tuple[str, ...]:
    """One sentence per kind of event and reason, with how often and when first."""
    kinds: dict[tuple[str, str], list[TroubleRow]] = {}
    for row in events:
        kinds.setdefault((row.event, row.words), []).append(row)
    sentences = []
    for (event, words), rows in kinds.items():
        often = f" {len(rows)} lần, lần đầu" if len(rows) > 1 else ""
        reason = f": {words.rstrip('.')}" if words else ""
        sentences.append(f"{EVENT_WORDS[Event(event)].capitalize()}{often} lúc {moment(rows[0].at)}{reason}.")
    return tuple(sentences)


def what_was_done(acts: Sequence[ActRow]) -> tuple[str, ...]:
    """One sentence per act; the same again counts once, with its last time."""
    last = {(act.event, act.words): act for act in acts}
    return tuple(
        f"{DONE_WORDS[Event(act.event)].capitalize()} lúc {moment(act.at)}"
        f"{': ' + act.words.rstrip('.') if act.words else ''}."
        for act in sorted(last.values(), key=lambda act: act.at)
    )


def what_became(row: TroubleRow) -> str:
    """Where the publication stands now."""
    state = State(row.state)
    return OUTCOME_WORDS.get(state, f"{WORDS[state]} lúc {moment(row.due_at)}.")


def what_is_missing(channel: ChannelWeek, silent: int, broken: Sequence[str], followers_broken: bool) -> list[str]:
    """The notes a reader of this channel's figures needs."""
    notes = []
    if silent:
        notes.append(f"{channel.title}: {silent} bài đăng trong tuần chưa có số liệu, ghi “-”.")
    for metric in [*broken, *(["followers"] if followers_broken else [])]:
        notes.append(
            f"{channel.title}: nền tảng đổi tên hoặc định nghĩa “{METRIC_WORDS[metric]}” trong kỳ, "
            "nên không tính chênh lệch qua thời điểm đổi."
        )
    unknown = [words for part, words in PARTS.items() if channel.parts[part].value is None]
    if channel.engagement.value is not None and unknown:
        notes.append(f"{channel.title}: lượt tương tác không gồm {', '.join(unknown)} vì không có số liệu.")
    if channel.followers.value is None:
        notes.append(f"{channel.title}: trong tuần chưa thu được số người theo dõi.")
    return notes


def what_is_special(channel: ChannelWeek, late: int, row: ChannelRow) -> list[str]:
    """More notes: what is counted though it is unusual, and a collection that failed."""
    notes = []
    if late:
        notes.append(
            f"{channel.title}: {late} bài đăng tuần trước, đến tuần này mới có số liệu lần đầu; "
            "số liệu của các bài này tính từ lúc đăng."
        )
    if channel.withdrawn:
        notes.append(f"{channel.title}: {channel.withdrawn} bài đăng trong tuần đã gỡ, vẫn tính trong số bài đăng.")
    if row.failed_at:
        notes.append(f"{channel.title}: lần thu số liệu lúc {moment(row.failed_at)} chưa đủ: {row.failed_words}")
    return notes


def what_was_redefined(one: DefinitionBreak) -> str:
    """A dated change of what a platform counts."""
    return one.words if one.sure else f"{one.words.rstrip('.')} (ngày đổi chưa được xác minh)."
