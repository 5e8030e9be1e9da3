"""What a pause covers: everything, one channel, one agency (its channels, and its posts anywhere), or one tag."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from content.tags import tag_words
from content.vietnamese import moment
from content.words import REASON_WORDS
from scheduler.tables import Pause


class OfChannel(Protocol):
    """What is asked of a channel: a row of its table, or a value that was made from one."""

    @property
    def id(self) -> int | None:
        """Its number."""
        ...

    @property
    def agency(self) -> str:
        """The code of the agency that owns it."""
        ...


class OfPost(Protocol):
    """What is asked of a post: a row of its table, or a value that was made from one."""

    @property
    def agency(self) -> str:
        """The code of the agency that proposed it."""
        ...

    @property
    def tags(self) -> Collection[str]:
        """Its tags."""
        ...

    @property
    def allowed_in_pause(self) -> bool:
        """Whether it goes out in a pause, too."""
        ...


def covers(pause: Pause, channel: OfChannel, post: OfPost | None = None) -> bool:
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


def in_force(pause: Pause, now: datetime) -> bool:
    """Whether the pause holds things now, or at a moment to come: by its times, and when it was ordered for at once by
    its being there, for the clock may have been turned back since."""
    begun = pause.since <= now or (pause.at_once and pause.ended_at is None)
    end = end_of(pause)
    return begun and (end is None or now < end)


def covering(pauses: Sequence[Pause], channel: OfChannel, at: datetime, post: OfPost | None = None) -> Pause | None:
    """The first of these pauses that covers the post (without one: the whole channel) at that moment, now or to come.

    Whether the post is allowed in a pause is not asked here; see `stopping`.
    """
    return next((one for one in pauses if in_force(one, at) and covers(one, channel, post)), None)


def stopping(pauses: Sequence[Pause], channel: OfChannel, at: datetime, posts: Sequence[OfPost]) -> Pause | None:
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
