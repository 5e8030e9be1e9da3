"""What a pause covers: everything, one channel, one agency (its channels, and its posts anywhere), or one tag."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from content.office import REASON_WORDS
from content.tables import Post
from content.tags import tag_words
from content.vietnamese import moment
from scheduler.tables import Channel, Pause


def covers(pause: Pause, channel: Channel, post: Post | None = None) -> bool:
    """Whether the pause is about this post on this channel; without a post: about the whole channel."""
    if pause.channel_id is not None:
        return pause.channel_id == channel.id
    if pause.agency:
        return pause.agency == channel.agency or (post is not None and post.agency == pause.agency)
    if pause.tag:
        return post is not None and pause.tag in post.tags
    return True


def is_general(pause: Pause) -> bool:
    """Whether it covers everything."""
    return pause.channel_id is None and not pause.agency and not pause.tag


def end_of(pause: Pause) -> datetime | None:
    """When it ended or will end by itself; None: it stands until a person ends it."""
    return pause.ended_at or pause.until


def runs(pause: Pause, at: datetime) -> bool:
    """Whether the pause is in force at that moment; one without an end covers all time to come."""
    end = end_of(pause)
    return pause.since <= at and (end is None or at < end)


def covering(pauses: Sequence[Pause], channel: Channel, at: datetime, post: Post | None = None) -> Pause | None:
    """The first of these pauses that covers the post (without one: the whole channel) at that moment.

    Whether the post is allowed in a pause is not asked here; see `stopping`.
    """
    return next((one for one in pauses if runs(one, at) and covers(one, channel, post)), None)


def stopping(pauses: Sequence[Pause], channel: Channel, at: datetime, posts: Sequence[Post]) -> Pause | None:
    """The first of these pauses in which one of the posts must not go out at that moment: it is not allowed in one."""
    barred = [post for post in posts if not post.allowed_in_pause]
    return next((found for post in barred if (found := covering(pauses, channel, at, post))), None)


def where(pause: Pause, channels: Mapping[int, str] | None = None, agencies: Mapping[str, str] | None = None) -> str:
    """What it covers, within a sentence. `channels`: id -> name, `agencies`: code -> name."""
    if pause.channel_id is not None:
        return (channels or {}).get(pause.channel_id, "một kênh")
    if pause.agency:
        return f"kênh và bài của {(agencies or {}).get(pause.agency, pause.agency)}"
    if pause.tag:
        return f"bài có nhãn “{tag_words(pause.tag)}”"
    return "toàn bộ các kênh"


def tell(pause: Pause, agencies: Mapping[str, str] | None = None) -> str:
    """ "Tạm dừng (Quốc tang) từ … đến …: lời ghi.", as a sentence; one agency or one tag is named.

    `agencies`: code -> name.
    """
    what = f" {where(pause, agencies=agencies)}" if pause.agency or pause.tag else ""
    begins = f"từ {moment(pause.since)}" + (f" đến {moment(pause.until)}" if pause.until else "")
    more = f": {pause.words.rstrip('.')}" if pause.words else ""
    return f"Tạm dừng{what} ({REASON_WORDS[pause.reason]}) {begins}{more}."
