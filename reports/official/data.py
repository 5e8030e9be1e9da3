"""The figures of one official report, frozen at its cut-off: a document is made of these alone (domain 3.3, 3.4).

None means that nobody told it; it becomes "-" only where it is shown. Times are aware UTC, days are local ones.
"""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from reports.spans import Preset


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanFacts(_Value):
    """The plan that the report is held against."""

    code: str
    title: str
    year: int
    number: str
    issued: date | None
    issuer: str
    basis: tuple[str, ...] = ()
    minimum_note: str = ""
    """Where its minimum numbers come from."""
    owners: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Agency, the letters of the content in its charge."""


class ItemFacts(_Value):
    """One publication: one post on one channel at one time."""

    id: int
    post: str
    """The post's key."""
    title: str
    topic: str
    form: str
    agency: str
    channel: int
    at: AwareDatetime
    url: str
    base: int | None = None
    """Of its channel's base metric."""
    engagement: int | None = None
    gone: bool = False
    """It was taken down before the cut-off."""


class ChannelFacts(_Value):
    """One account: what it published, and its counters as they stood at the cut-off. Those of two are never added."""

    id: int
    key: str
    title: str
    """Unique among the channels of this report."""
    account: str
    platform: str
    """The platform's label."""
    published: int
    posts: int
    base_metric: str = ""
    """reach or views; empty: neither is known."""
    bases: dict[str, int | None] = {}
    parts: dict[str, int | None] = {}
    engagement: int | None = None
    rate: float | None = None
    names: dict[str, tuple[str, ...]] = {}
    """Metric -> what the platform itself calls it."""
    followers_before: int | None = None
    followers: int | None = None
    followers_first: int | None = None
    """The first count within the period, and its day."""
    followers_first_on: date | None = None
    followers_broken: bool = False
    """They are counted in another way at the end than at the start."""
    collected_at: AwareDatetime | None = None

    @property
    def gained(self) -> int | None:
        """Followers gained; None where one of the two counts is missing, or they do not count the same."""
        if self.followers is None or self.followers_before is None or self.followers_broken:
            return None
        return self.followers - self.followers_before


class TopicFacts(_Value):
    """One point of the plan's content."""

    letter: str
    label: str
    cells: dict[str, int]
    """Platform label -> publications."""
    posts: int
    wanted: int
    """Publications that the plan asks for in the period."""
    portal: int = 0
    press: int = 0
    direct: int = 0
    best: int | None = None
    """The publication with most interactions."""

    @property
    def published(self) -> int:
        """Publications on the networks."""
        return sum(self.cells.values())

    @property
    def missing(self) -> int:
        """Publications that the plan asks for and that are not there."""
        return max(0, self.wanted - self.published)


class MonthFacts(_Value):
    """One whole month that was over at the cut-off."""

    first: date
    last: date
    published: int
    wanted: int
    short: int
    """Points of the plan below their minimum of that month."""


class ActivityFacts(_Value):
    """One activity outside the networks."""

    id: int
    kind: str
    title: str
    first: date
    last: date
    place: str
    agency: str
    """Its code; empty: the office itself."""
    topic: str
    form: str
    figures: dict[str, int]
    cost: int | None
    funding: str
    outlet: str
    url: str
    tone: str


class EvidenceFacts(_Value):
    """A file that proves an activity or what an agency handed in."""

    name: str
    size: int
    sha256: str
    proves: str
    added_on: date


class AgencyFacts(_Value):
    """One agency's part."""

    code: str
    name: str
    proposed: int
    """Posts it proposed in the period."""
    published: int
    """Posts of its own that became public in it, each once."""
    shared: int
    """Articles of its portal that became public on a channel."""
    activities: int
    expected: bool
    """Whether it has to hand in the year's report."""
    handed_on: date | None = None
    late: bool = False
    words: str = ""
    """What it wrote beside it, such as difficulties."""


class DeadlineFacts(_Value):
    """Something agencies had to hand in."""

    code: str
    what: str
    on: date | None
    before: bool
    """The day itself is too late."""
    expected: int
    handed: int
    late: int


class ResultFacts(_Value):
    """One published value of an index."""

    year: int
    value: float | None
    unit: str
    rank: int | None
    denominator: int | None
    source: str


class IndexFacts(_Value):
    """One index in two years."""

    code: str
    name: str
    target: str
    target_rank: int | None
    denominator: int | None
    """Of the target."""
    previous: ResultFacts | None = None
    this: ResultFacts | None = None


class TroubleFacts(_Value):
    """Publications due in the period that did not become public, of one channel and for one reason."""

    channel: int
    state: str
    """failed, missed or expired."""
    words: str
    count: int


class PortalFacts(_Value):
    """From the portal to the channels."""

    suggested: int
    shared: int
    measured: int
    mean_minutes: int | None
    median_minutes: int | None


class NextPlan(_Value):
    """What the plan of the year after asks for, where it is there already."""

    plan: PlanFacts
    topics: tuple[tuple[str, str, int], ...]
    """Letter, label, publications in the year."""
    targets: tuple[tuple[str, str], ...]
    """Index, its target."""
    deadlines: tuple[tuple[str, date | None], ...]


class ReportData(_Value):
    """Everything a report says, as it stood at the cut-off."""

    preset: Preset | None
    """None: two days of one's own."""
    number: int = 1
    """Which month, quarter, half or week of the year."""
    year: int
    """The year the report is of."""
    first: date
    last: date
    cutoff_at: AwareDatetime
    plan: PlanFacts | None = None
    platforms: tuple[str, ...] = ()
    """Labels, in the order of the columns."""
    channels: tuple[ChannelFacts, ...] = ()
    topics: tuple[TopicFacts, ...] = ()
    beyond: int = 0
    """Publications whose topic is none of the plan's."""
    forms: dict[str, int] = {}
    """Form of a post -> publications."""
    items: tuple[ItemFacts, ...] = ()
    """Oldest first."""
    months: tuple[MonthFacts, ...] = ()
    activities: tuple[ActivityFacts, ...] = ()
    evidence: tuple[EvidenceFacts, ...] = ()
    agencies: tuple[AgencyFacts, ...] = ()
    deadlines: tuple[DeadlineFacts, ...] = ()
    index_years: tuple[int, int] = (0, 0)
    """The year before and the year that the indices are shown of."""
    indices: tuple[IndexFacts, ...] = ()
    troubles: tuple[TroubleFacts, ...] = ()
    portal: PortalFacts | None = None
    portal_read: int = 0
    """Articles of the portals, told by feeds, that belong to a point of the plan."""
    next_plan: NextPlan | None = None
    notes: tuple[str, ...] = ()
    """What a reader of the figures has to know: breaks, missing ones, those entered by hand."""

    @property
    def published(self) -> int:
        """Publications of the period."""
        return len(self.items)

    @property
    def posts(self) -> int:
        """Posts, each once over all channels."""
        return len({one.post for one in self.items})

    @property
    def wanted(self) -> int:
        """Publications that the plan asks for, over all its points."""
        return sum(one.wanted for one in self.topics)

    @property
    def done(self) -> int:
        """Of those; what a point has beyond its minimum does not fill another's."""
        return sum(min(one.published, one.wanted) for one in self.topics)

    def channel(self, number: int) -> ChannelFacts | None:
        """The channel of that id."""
        return next((one for one in self.channels if one.id == number), None)
