"""Why the autopilot would, or would not, take a post at an hour of a channel, in sentences."""

from datetime import datetime

from content.editorial import STATE_WORDS, is_approved
from content.tables import Editorial, Post
from content.vietnamese import local, local_day, moment
from scheduler.autopilot import ChannelRules, Decision, Task, alternatives, why_not
from scheduler.channels import find_channel
from scheduler.db import reading
from scheduler.gathering import task_for
from scheduler.queue import Desk, find_post

LOOKED_AT = 1000
"""Posts that are weighed against the one that is asked about."""


def why(desk: Desk, post_key: str, channel_key: str, at: datetime, *, now: datetime) -> list[str]:
    """What speaks against it; when nothing does, whether it would be the one. `at` is aware.

    Raises `QueueError` or `ChannelError` for a post or a channel that is not there.
    """
    with reading(desk.engine) as session:
        post, channel = find_post(session, post_key), find_channel(session, channel_key)
        days = (local_day(at),)
        task = task_for(session, desk, days, now=now, about=[post.id or 0], where=[channel.id or 0])
    told = f"bài “{post.title}” trên kênh “{channel.name}” lúc {moment(at)}"
    against = _by_itself(post) or why_not(task, post.id or 0, channel.id or 0, at)
    if against:
        return [f"Hệ thống không tự xếp {told}.", against]
    sentences = [f"Hệ thống được phép tự xếp {told}."]
    rules = next((one for one in task.channels if one.id == channel.id), None)
    if rules is not None and not _is_slot(rules, at):
        sentences.append("Giờ này không phải khung giờ của kênh nên sẽ không có gì được tự xếp vào đó.")
    return [*sentences, *_rank(task, post.id or 0, channel.id or 0, at)]


def _by_itself(post: Post) -> str:
    """What keeps the post out everywhere."""
    if not is_approved(post):
        state = STATE_WORDS[Editorial(post.state)]
        return f"Bài chưa được duyệt (đang là “{state}”); bài phải được duyệt trước đã."
    return "Bài nhạy cảm không bao giờ tự xếp; người phụ trách tự tay lên lịch." if post.sensitive else ""


def _is_slot(rules: ChannelRules, at: datetime) -> bool:
    when = local(at)
    minute = when.hour * 60 + when.minute
    return any(one.weekday == when.weekday() and one.minute == minute for one in rules.slots)


def _rank(task: Task, post_id: int, channel_id: int, at: datetime) -> list[str]:
    """Where the post stands among those that may be there."""
    able: list[Decision] = alternatives(task, channel_id, at, LOOKED_AT)
    place = next((place for place, one in enumerate(able) if one.post_id == post_id), None)
    if place is None:
        return []
    if place == 0:
        return [f"Đây là bài được chọn trước nhất. {able[0].reason}"]
    first = able[0]
    return [
        f"Bài đứng thứ {place + 1} trong {len(able)} bài vừa khung giờ này. {able[place].reason}",
        f"Bài “{first.key}” được chọn trước. {first.reason}",
    ]
