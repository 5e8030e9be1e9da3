"""A campaign's figures at one moment, whole: pure values, stored as JSON, told by the documents and the desk.

Counted are publications of the campaign's posts on its channels whose hour lies between its days: a post on two
channels counts twice, as the targets do. Reach and views of two channels are never added; missing is None, never 0.
"""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from content.campaigns import Phase
from reports.summary import BASES, PARTS


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tally(_Value):
    """How far something is. `wanted` 0: no target was set."""

    wanted: int = 0
    published: int = 0
    """Public, or taken down since."""
    waiting: int = 0
    """In the queue; may still go out."""
    failed: int = 0
    """Missed, refused or expired: not public and not on its way."""

    @property
    def share(self) -> float | None:
        """Published of wanted, as a share of one; None without a target."""
        return self.published / self.wanted if self.wanted else None

    @property
    def left(self) -> int:
        """How many are still to go out."""
        return max(0, self.wanted - self.published)

    @property
    def short(self) -> int:
        """How many of these are not even in the queue."""
        return max(0, self.wanted - self.published - self.waiting)

    @property
    def bars(self) -> tuple[float, float]:
        """Published and waiting in percent of a whole bar, which is never overfull."""
        whole = max(self.wanted, self.published + self.waiting, 1)
        return 100 * self.published / whole, 100 * self.waiting / whole


class TopicTally(_Value):
    """One point of the plan in the campaign."""

    letter: str
    label: str
    posts: int
    """Posts of the campaign on this point."""
    tally: Tally


class ChannelTally(_Value):
    """One channel in the campaign, and what its publications reached."""

    key: str
    title: str
    tally: Tally
    base_metric: str
    """reach or views; empty: neither is known."""
    base: int | None
    parts: dict[str, int | None]
    interactions: int | None
    rate: float | None
    collected_at: AwareDatetime | None

    @property
    def base_label(self) -> str:
        """ "Lượt tiếp cận", "Lượt xem", or both when neither is known."""
        return BASES.get(self.base_metric, "Lượt tiếp cận hoặc lượt xem")

    @property
    def parts_told(self) -> str:
        """The parts that the interactions are made of here."""
        return " + ".join(words for part, words in PARTS.items() if self.parts[part] is not None)


class WeekTally(_Value):
    """One week of the campaign, cut off at its first and last day."""

    first: date
    last: date
    published: int
    waiting: int
    total: int | None
    """Published since the campaign began, at the end of this week; None: the week has not begun."""
    pace: int | None
    """Where it should stand at the end of this week; None without a target."""


class PostLine(_Value):
    """One post of the campaign."""

    key: str
    title: str
    topic: str
    state: str
    """Where it stands with its editors."""
    published: int
    waiting: int
    failed: int
    next_at: AwareDatetime | None
    """When it goes out next."""
    next_channel: str
    next_id: int | None
    last_at: AwareDatetime | None
    """When it went out last."""

    @property
    def used(self) -> bool:
        """Whether it went out, or stands in the queue."""
        return bool(self.published or self.waiting)


class BestPost(_Value):
    """One of the publications with most interactions."""

    title: str
    channel: str
    published_at: AwareDatetime
    base_metric: str
    base: int | None
    interactions: int | None
    url: str

    @property
    def base_label(self) -> str:
        """ "Lượt tiếp cận" or "Lượt xem"."""
        return BASES.get(self.base_metric, "Lượt tiếp cận hoặc lượt xem")


class CampaignSummary(_Value):
    """ "Tổng hợp chiến dịch"."""

    kind: str = "campaign"
    key: str
    name: str
    purpose: str
    first: date
    last: date
    phase: Phase
    ended_at: AwareDatetime | None
    as_of: AwareDatetime
    tally: Tally
    withdrawn: int
    """Of the published ones."""
    pace: int | None
    """Where it should stand now, straight from 0 to the target; None without a target."""
    topics: tuple[TopicTally, ...]
    channels: tuple[ChannelTally, ...]
    weeks: tuple[WeekTally, ...]
    posts: tuple[PostLine, ...]
    best: tuple[BestPost, ...]
    sentences: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def unused(self) -> tuple[PostLine, ...]:
        """Posts that never went out in the campaign and do not wait either."""
        return tuple(post for post in self.posts if not post.used)

    @property
    def short_topics(self) -> tuple[TopicTally, ...]:
        """ "Còn thiếu", in the plan's order."""
        return tuple(line for line in self.topics if line.tally.short)

    @property
    def short_channels(self) -> tuple[ChannelTally, ...]:
        """The same by channel."""
        return tuple(line for line in self.channels if line.tally.short)

    @property
    def behind(self) -> int:
        """How many it is behind its pace; below 0: ahead of it."""
        return 0 if self.pace is None else self.pace - self.tally.published
