"""What a month is foreseen from and what comes out: values alone. Moments are aware, days are local."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from connectors.meter import Budget
from content.tables import LateRule
from scheduler.autopilot.lacking import by_topic
from scheduler.autopilot.values import Gap, Shortfall, Task
from scheduler.lifecycle import State
from scheduler.tables import Pause

STAFF, AUTOPILOT, RECURRENCE = "staff", "autopilot", "recurrence"
"""Who put an item into the queue."""


class Grade(StrEnum):
    """What will become of an item, as far as anybody can know today."""

    DONE = "done"
    GOES = "goes"
    WARN = "warn"
    FAILS = "fails"


GRADE_WORDS = {
    Grade.DONE: "Đã đăng",
    Grade.GOES: "Đăng được",
    Grade.WARN: "Cần xem lại",
    Grade.FAILS: "Không đăng được",
}
GRADE_MARKS = {Grade.DONE: "✓", Grade.GOES: "•", Grade.WARN: "!", Grade.FAILS: "✗"}
"""The same in one sign, for paper and for the command line."""


class Cause(StrEnum):
    """Why an item would not go out, or should be looked at."""

    APPROVAL = "approval"
    VALIDITY = "validity"
    SEASON = "season"
    PAUSE = "pause"
    CHANNEL = "channel"
    ACCESS = "access"
    BUDGET = "budget"
    WINDOW = "window"
    QUIET = "quiet"
    RULES = "rules"
    PREPARING = "preparing"
    DAY = "day"
    ALIKE = "alike"
    DOUBLE = "double"
    SERIES = "series"
    LATE = "late"
    STOPPED = "stopped"
    REFUSED = "refused"


CAUSE_WORDS = {
    Cause.APPROVAL: "Chưa được duyệt",
    Cause.VALIDITY: "Ngoài thời gian hiệu lực",
    Cause.SEASON: "Ngoài mùa của bài",
    Cause.PAUSE: "Tạm dừng",
    Cause.CHANNEL: "Kênh không hoạt động",
    Cause.ACCESS: "Mã truy cập hết hạn",
    Cause.BUDGET: "Hết hạn mức của nền tảng",
    Cause.WINDOW: "Ngoài giờ nền tảng nhận gửi",
    Cause.QUIET: "Trong giờ yên lặng",
    Cause.RULES: "Vượt quy tắc của kênh",
    Cause.PREPARING: "Ít thời gian chuẩn bị",
    Cause.DAY: "Trái quy định của ngày nghỉ",
    Cause.ALIKE: "Lời gần giống bài khác",
    Cause.DOUBLE: "Lặp lại trên cùng kênh",
    Cause.SERIES: "Trước phần trước của loạt bài",
    Cause.LATE: "Quá giờ đăng",
    Cause.STOPPED: "Đang chờ người xử lý",
    Cause.REFUSED: "Nền tảng sẽ từ chối",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason, in one Vietnamese sentence with the way out, and where at the desk it can be mended."""

    cause: Cause
    words: str
    path: str = ""
    fails: bool = True
    """False: it goes out nevertheless; a person should look."""


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post, as far as it decides whether it may go out."""

    id: int
    key: str
    title: str
    topic: str
    approved: bool
    waits_for: str = ""
    """Where it stands with its editors, in words; of a post that is not approved."""
    submitted: bool = False
    """It is before the approver."""
    has_video: bool = False
    agency: str = ""
    tags: frozenset[str] = frozenset()
    allowed_in_pause: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    season: str = ""
    repeat_days: int = 0
    late_rule: str = LateRule.EXPIRE
    late_minutes: int = 180
    alike: frozenset[int] = frozenset()
    series: str = ""
    series_part: int = 0


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel, its access and its limits."""

    id: int
    key: str
    name: str
    platform: str
    label: str
    """The platform, as people call it."""
    mark: str
    state: str
    state_words: str = ""
    agency: str = ""
    not_before: datetime | None = None
    has_access: bool = True
    expires_at: datetime | None = None
    renews: bool = False
    prepare_ahead: timedelta = timedelta(0)
    gap_minutes: int = 0
    daily_most: int = 0
    quiet_from: int = 0
    quiet_until: int = 0
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A publication that stands in the queue, or went out, or ended; `id` 0 stands in none yet."""

    id: int
    post_id: int
    channel_id: int
    at: datetime
    part: str
    state: State
    held_by: str = ""
    late_until: datetime | None = None
    origin: str = "staff"
    reason: str = ""
    problem: str = ""
    opens: datetime | None = None
    """When the platform takes it, if not at `at`: its own hours."""
    crowd: tuple[Trouble, ...] = ()
    """What stands beside an occurrence that is not queued yet and keeps it out."""


@dataclass(frozen=True, slots=True)
class Again:
    """A recurring post that is still to come: the moments at which it will be put into the queue."""

    post_id: int
    channel_id: int
    moments: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a forecast is made from, read at one moment."""

    now: datetime
    first: date
    last: date
    """The days that are shown; between today and the first of them the autopilot goes on working."""
    task: Task
    """What the autopilot decides from, without days: `used` is everything that counts today."""
    plan_at: time
    days_ahead: int
    posts: Mapping[int, PostFacts]
    channels: Mapping[int, ChannelFacts]
    standing: Sequence[Standing]
    recurring: Sequence[Again] = ()
    pauses: Sequence[Pause] = ()
    costs: Mapping[tuple[int, int], Mapping[str, int]] = field(default_factory=dict)
    """(post, channel) -> units of each budget of that channel that it uses up."""
    broadcast_costs: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """Channel -> the same of one broadcast."""
    refusals: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """(post, channel) -> what the platform would refuse."""
    spent: Mapping[tuple[str, str], Sequence[tuple[datetime, int]]] = field(default_factory=dict)
    """(scope, budget) -> what was spent when."""
    planless: bool = False
    """No plan is loaded: nothing is asked of any topic."""


@dataclass(frozen=True, slots=True)
class Item:
    """One publication of the month and what would become of it."""

    at: datetime
    channel_id: int
    channel_key: str
    post_id: int
    post_key: str
    title: str
    topic: str
    part: str
    grade: Grade
    number: int = 0
    """Its number in the queue; 0: it would be queued by a rule."""
    origin: str = "staff"
    reason: str = ""
    troubles: tuple[Trouble, ...] = ()

    @property
    def planned(self) -> bool:
        """Nothing of it stands in the queue yet."""
        return self.number == 0


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One local day."""

    on: date
    items: tuple[Item, ...] = ()
    gaps: tuple[Gap, ...] = ()
    name: str = ""
    """What day it is, where it has a rule."""

    @property
    def empty(self) -> bool:
        """Nothing at all would go out."""
        return not any(one.grade is not Grade.FAILS for one in self.items)


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One topic: publications that went out or would go out, by channel, and what the plan asks for."""

    letter: str
    label: str
    cells: Mapping[int, int]
    done: int
    to_come: int
    wanted: int

    @property
    def missing(self) -> int:
        """How many are still missing after all of it."""
        return max(0, self.wanted - self.done - self.to_come)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One limit of a platform over the month: the window in which most of it would be used."""

    channel: str
    words: str
    amount: int
    most: int
    on: date

    @property
    def over(self) -> bool:
        """More would be asked than there is."""
        return self.most > self.amount


@dataclass(frozen=True, slots=True)
class Need:
    """Something only a person can do, and by when."""

    by: datetime
    words: str
    path: str = ""
    cause: Cause = Cause.APPROVAL


@dataclass(frozen=True, slots=True)
class Forecast:
    """A month as it would come out."""

    now: datetime
    first: date
    last: date
    channels: tuple[ChannelFacts, ...]
    days: tuple[DayPlan, ...]
    shortfalls: tuple[Shortfall, ...]
    coverage: tuple[CoverageLine, ...]
    budgets: tuple[BudgetLine, ...]
    needs: tuple[Need, ...]
    notes: tuple[str, ...] = ()
    """What was assumed, in words."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item by its hour."""
        return tuple(item for one in self.days for item in one.items)

    @property
    def lacks(self) -> tuple[Shortfall, ...]:
        """The shortfalls as people read them, one for each topic."""
        return by_topic(self.shortfalls)

    @property
    def failing(self) -> tuple[Item, ...]:
        """What would not go out."""
        return tuple(one for one in self.items if one.grade is Grade.FAILS)

    @property
    def warned(self) -> tuple[Item, ...]:
        """What goes out and should be looked at."""
        return tuple(one for one in self.items if one.grade is Grade.WARN)

    @property
    def empty_days(self) -> tuple[DayPlan, ...]:
        """Days still to come on which nothing would go out."""
        return tuple(one for one in self.days if one.empty)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Slots that would stay empty."""
        return tuple(gap for one in self.days for gap in one.gaps)
