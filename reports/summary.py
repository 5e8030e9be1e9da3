"""The weekly summary as values: what the renderers draw, and what is stored (domain 3.2).

None means that the platform told nothing; it becomes "-" only in a renderer. Times are aware UTC.
"""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from reports.portal import PortalLag

PARTS = {"reactions": "cảm xúc", "comments": "bình luận", "shares": "chia sẻ", "clicks": "lượt bấm"}
"""What an interaction is, in the order it is listed (domain 3.5)."""

BASES = {"reach": "Lượt tiếp cận", "views": "Lượt xem"}
"""What interactions are measured against: reach where a platform tells it, else views."""


UNITS = {"publications": "lượt đăng", "posts": "bài"}
"""What coverage counts: one post on one channel at one time; in older summaries each post once."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Value):
    """One figure of the week, and the same of the week before."""

    value: int | None = None
    previous: int | None = None

    @property
    def change(self) -> int | None:
        """How much more than the week before; None when one of the two is missing."""
        return None if self.value is None or self.previous is None else self.value - self.previous


class MetricName(_Value):
    """What the platform itself calls a figure, and means by it."""

    metric: str
    name: str
    version: str
    definition: str


class ChannelWeek(_Value):
    """One channel's week."""

    id: int
    key: str
    title: str
    """Unique among the channels of this summary."""
    account: str
    published: Figure
    failed: int
    missed: int
    base_metric: str | None
    """reach or views; None: neither is known. Figures of two channels are never added."""
    base: Figure
    parts: dict[str, Figure]
    engagement: Figure
    rate: float | None
    """Interactions per base as a share of one, over the posts that have both."""
    followers: Figure
    """At the end of the week, and a week earlier."""
    per_day: tuple[int | None, ...]
    """Published on each day of the week; None: that day lies behind the cut-off."""
    names: tuple[MetricName, ...]
    collected_at: AwareDatetime | None
    withdrawn: int = 0
    """Of the posts published in the week: taken down again by the cut-off. They stay counted, with a note."""

    @property
    def base_label(self) -> str:
        """ "Lượt tiếp cận", "Lượt xem", or both when neither is known."""
        return BASES.get(self.base_metric or "", "Lượt tiếp cận hoặc lượt xem")

    @property
    def base_name(self) -> str:
        """The platform's own name of the base."""
        return ", ".join(dict.fromkeys(n.name for n in self.names if n.metric == self.base_metric))

    @property
    def parts_told(self) -> str:
        """The parts that the interactions are made of here."""
        return " + ".join(words for part, words in PARTS.items() if self.parts[part].value is not None)


class TopPost(_Value):
    """One of the posts with most interactions this week."""

    title: str
    channel: str
    published_at: AwareDatetime
    base_metric: str | None
    base: int | None
    engagement: int | None
    parts: dict[str, int | None]
    url: str
    id: int = 0
    """The publication; 0 in summaries from before it was kept."""
    withdrawn: bool = False
    """Taken down again by the cut-off."""

    @property
    def base_label(self) -> str:
        """ "Lượt tiếp cận" or "Lượt xem"."""
        return BASES.get(self.base_metric or "", "Lượt tiếp cận hoặc lượt xem")


class Coverage(_Value):
    """One point of the plan: what was published of it this week and this year, in `unit`."""

    letter: str
    label: str
    this_week: int
    last_week: int
    this_year: int
    minimum: int
    """Per week, from the plan."""
    year_minimum: int = 0
    """For the year, from the plan; 0: it names none."""
    unit: str = "posts"
    """What the counts are of, a key of `UNITS`: publications since 0013; before that posts, each once."""

    @property
    def unit_words(self) -> str:
        """What was counted: "lượt đăng", or "bài" in summaries from before 0013."""
        return UNITS[self.unit]

    @property
    def missing(self) -> int:
        """How many are missing this week."""
        return max(0, self.minimum - self.this_week)


class Incident(_Value):
    """What went wrong with one publication this week, and what became of it."""

    title: str
    channel: str
    due_at: AwareDatetime
    happened: tuple[str, ...]
    """Sentences, oldest first."""
    outcome: str
    """Where it stood at the cut-off."""
    id: int = 0
    """The publication; 0 in summaries from before it was kept."""
    done: tuple[str, ...] = ()
    """What people did about it, sentences, oldest first."""


class QueueDay(_Value):
    """One day of the week after: how many publications wait, per channel in the order of `channels`."""

    on: date
    per_channel: tuple[int, ...]
    off: str = ""
    """The name of a special day or day off from the calendar; empty on any other day."""

    @property
    def total(self) -> int:
        """Publications of that day; these may be added, they are our own count."""
        return sum(self.per_channel)


class HandFigure(_Value):
    """One figure that no platform told and a person copied from its console."""

    metric: str
    label: str
    value: int | None
    where: str = ""
    """Where in the console it stands."""
    entered_at: AwareDatetime | None = None


class ByHandLine(_Value):
    """A broadcast of the week, or whatever else has figures entered by hand; they are in no other figure."""

    title: str
    channel: str
    at: AwareDatetime | None
    """When it went out; None: figures of the channel itself."""
    figures: tuple[HandFigure, ...]
    broadcast: bool = False


class Edited(_Value):
    """What a person wrote over the three sentences. It lies over a summary and is never part of the stored figures."""

    sentences: tuple[str, str, str]
    by: str
    at: AwareDatetime


class WeeklySummary(_Value):
    """ "Tổng hợp tương tác tuần": seven blocks."""

    kind: str = "week"
    period: str
    label: str
    starts_on: date
    ends_on: date
    cutoff_at: AwareDatetime
    sentences: tuple[str, str, str]
    """Block 1."""
    channels: tuple[ChannelWeek, ...]
    """Block 2."""
    top: tuple[TopPost, ...]
    """Block 3."""
    coverage: tuple[Coverage, ...]
    """Block 4; empty while no plan is loaded."""
    incidents: tuple[Incident, ...]
    """Block 5."""
    next_week: tuple[QueueDay, ...]
    """Block 6."""
    pending: tuple[str, ...]
    """Block 6: titles that wait for approval."""
    notes: tuple[str, ...]
    """Block 7, beside the collection times and metric names of `channels`."""
    breaks: tuple[str, ...] = ()
    """Block 7: dated changes of what a platform counts that fall into the week or the one before, one sentence each."""
    by_hand: tuple[ByHandLine, ...] = ()
    """Beside block 2, labelled "nhập tay"."""
    edited: Edited | None = None
    """The sentences as a person wrote them, laid over when it is read back (`reports.edits`)."""
    portal: PortalLag | None = None
    """From the portal to the channels, beside block 4; None while no portal is read."""

    @property
    def lead(self) -> tuple[str, str, str]:
        """Block 1 as it is shown: a person's words where there are any, else the generated ones."""
        return self.edited.sentences if self.edited else self.sentences

    @property
    def missing_topics(self) -> tuple[Coverage, ...]:
        """ "Còn thiếu", in the plan's order."""
        return tuple(line for line in self.coverage if line.missing)

    @property
    def empty_days(self) -> tuple[date, ...]:
        """The days of the week after on which nothing is planned."""
        return tuple(day.on for day in self.next_week if not day.total)

    @property
    def days(self) -> tuple[date, ...]:
        """The week's seven days."""
        return tuple(date.fromordinal(self.starts_on.toordinal() + n) for n in range(7))
