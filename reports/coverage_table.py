"""One way across the coverage as a table: what the page shows, and what CSV, XLSX and the command line hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from content.activities import COLUMN_WORDS, Column
from content.checks import FORMS
from content.plan import Agency, Plan
from content.vietnamese import day, local_day
from reports.coverage import MONTH, WEEK, Cell, Coverage, TopicLine
from reports.only import OFFICE
from reports.spans import Span
from reports.weekly import platform_labels

OFFICE_WORDS = "Cơ quan chủ trì"
TOTAL = "Cộng"
DONE, POSTS, QUEUED, WANTED, MISSING = "Lượt đăng", "Số bài", "Đang chờ", "Chỉ tiêu", "Còn thiếu"
TOPIC, AGENCY, ACTIVITIES, OTHERS = "Nội dung", "Cơ quan đề xuất", "Hoạt động trực tiếp", "Khác"
TABLE_WORDS = dict(
    enumerate((OFFICE_WORDS, TOTAL, DONE, POSTS, QUEUED, WANTED, MISSING, TOPIC, AGENCY, ACTIVITIES, OTHERS))
)
"""The words of its heads and of its foot."""
Value = str | int | None


class View(StrEnum):
    """What topics are laid across."""

    CHANNEL = "kenh"
    AGENCY = "co-quan"
    FORM = "hinh-thuc"
    MONTH = "thang"
    WEEK = "tuan"


VIEW_WORDS = {
    View.CHANNEL: "Theo kênh",
    View.AGENCY: "Theo cơ quan",
    View.FORM: "Theo hình thức",
    View.MONTH: "Theo tháng",
    View.WEEK: "Theo tuần",
}
STEPS = {View.MONTH: MONTH, View.WEEK: WEEK}
"""The views that need the span cut into periods."""
_ACROSS = {View.CHANNEL: "channel", View.AGENCY: "agency", View.FORM: "form"}


@dataclass(frozen=True, slots=True)
class Row:
    """A point of the plan; or an agency, in the view of agencies."""

    letter: str
    label: str
    lead: tuple[int | None, ...]
    """What stands before the cells, as `Table.lead` names it: so that what is missing is seen first."""
    cells: tuple[Cell, ...]
    tail: tuple[int | None, ...]
    """What stands behind the cells, as `Table.tail` names it."""
    short: bool = False
    """Whether it is below the plan's minimum."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of whole numbers with its heads and its foot."""

    view: View
    corner: str
    lead: tuple[str, ...]
    columns: tuple[str, ...]
    titles: tuple[str, ...]
    """The columns' whole names, where the head holds a short one."""
    tail: tuple[str, ...]
    rows: tuple[Row, ...]
    foot: Row
    later: frozenset[int] = frozenset()
    """Columns of periods that have not begun at the cut-off: nothing is missing there yet."""
    outside: int = 0
    """How many of the last columns are of what was done outside the channels."""

    @property
    def inside(self) -> int:
        """How many of the last columns are of publications."""
        return len(self.tail) - self.outside

    @property
    def by_period(self) -> bool:
        """Whether the cells themselves have minimums."""
        return self.view in STEPS

    def lines(self) -> Iterator[list[Value]]:
        """The head, every row and the foot, for a file; a period has a column of its own for what is missing."""
        lettered = self.view is not View.AGENCY
        heads = [one for name in self.titles for one in self._both(name, f"{name}: còn thiếu")]
        yield [*(["Điểm"] if lettered else []), self.corner, *self.lead, *heads, *self.tail]
        for row in (*self.rows, self.foot):
            cells = [one for cell in row.cells for one in self._both(cell.done, cell.missing)]
            yield [*([row.letter] if lettered else []), row.label, *row.lead, *cells, *row.tail]

    def _both(self, done: Value, missing: Value) -> tuple[Value, ...]:
        return (done, missing) if self.by_period else (done,)


def table_of(found: Coverage, view: View, plan: Plan | None = None) -> Table:
    """The table of one view; the coverage must have been cut into the periods that the view needs."""
    if view is View.AGENCY:
        return _by_agency(found, plan)
    names, titles = _heads(found, view)
    across = _ACROSS.get(view, "period")
    cells, totals = found.cells(across), found.totals(across)
    asked = any(line.wanted is not None for line in found.topics)
    rows = tuple(
        Row(
            line.letter,
            line.label,
            (line.done, line.wanted, line.cell.missing) if asked else (line.done,),
            tuple(cells.get((line.letter, key), _nothing(found, line, key, across)) for key in names),
            (line.queued, line.posts, *_outside(found, line.outside)),
            bool(line.missing),
        )
        for line in found.topics
    )
    foot = tuple(totals.get(key, Cell()) for key in names)
    queued = sum(line.queued for line in found.topics)
    return Table(
        view=view,
        corner=TOPIC,
        lead=(DONE, WANTED, MISSING) if asked else (DONE,),
        columns=tuple(names.values()),
        titles=tuple(titles),
        tail=(QUEUED, POSTS, *(COLUMN_WORDS[one] for one in _outside_columns(found))),
        rows=rows,
        foot=Row("", TOTAL, _lead(found, asked), foot, (queued, found.posts, *_outside(found, found.outside))),
        later=_later(found) if across == "period" else frozenset(),
        outside=len(_outside_columns(found)),
    )


def _heads(found: Coverage, view: View) -> tuple[dict[object, str], list[str]]:
    """Key -> short name of each column, and their whole names: an office calls its account alike on every platform."""
    if view is View.CHANNEL:
        labels = platform_labels(one.platform for one in found.channels)
        several = Counter(one.platform for one in found.channels)
        channels: dict[object, str] = {
            one.id: labels[one.platform] if several[one.platform] == 1 else one.name for one in found.channels
        }
        return channels, [f"{labels[one.platform]}: {one.name}" for one in found.channels]
    if view is View.FORM:
        forms: dict[object, str] = {code: FORMS.get(code, code) for code in _forms(found)}
        return forms, list(forms.values())
    short = _month if view is View.MONTH else _week
    whole = [f"{day(one.first)}–{day(one.last)}" for one in found.periods]
    return {place: short(one) for place, one in enumerate(found.periods)}, whole


def _forms(found: Coverage) -> list[str]:
    """Those the office knows, in its order, used or not; then whatever else occurs."""
    return [*FORMS, *(one for one in found.forms if one not in FORMS)]


def _month(span: Span) -> str:
    whole = span.first.day == 1
    return f"T{span.first.month}/{span.first.year}" if whole else f"{_short(span.first)}–{_short(span.last)}"


def _week(span: Span) -> str:
    return f"{_short(span.first)}–{_short(span.last)}"


def _short(on: date) -> str:
    return f"{on.day:02d}/{on.month:02d}"


def _nothing(found: Coverage, line: TopicLine, key: object, across: str) -> Cell:
    """An empty cell; of a period with what is asked there."""
    asked = found.targets.get((line.letter, key)) if across == "period" and isinstance(key, int) else None
    return Cell(0, 0, asked)


def _later(found: Coverage) -> frozenset[int]:
    return frozenset(place for place, one in enumerate(found.periods) if one.since >= found.cutoff)


def _lead(found: Coverage, asked: bool) -> tuple[int | None, ...]:
    """The foot of the lead: what went out, what the plan asks, what is missing."""
    missing = sum(line.missing for line in found.topics)
    return (found.published, found.planned, missing) if asked else (found.published,)


def _outside_columns(found: Coverage) -> tuple[Column, ...]:
    """A channel or a campaign has nothing outside the channels."""
    return () if found.only.channel or found.only.campaign else tuple(Column)


def _outside(found: Coverage, counts: Mapping[Column, int]) -> tuple[int, ...]:
    return tuple(counts.get(column, 0) for column in _outside_columns(found))


# Agencies --------------------------------------------------------------------------------------------------


def _by_agency(found: Coverage, plan: Plan | None) -> Table:
    """Agencies down, topics across: the register may name thirty of them."""
    cells = found.cells("agency")
    totals = found.totals("agency")
    letters = [line.letter for line in found.topics]
    activities = {code: sum(one.activities for one in found.activities if one.agency == code) for code in _all(found)}
    rows = []
    for code, name in _agencies(found, plan).items():
        row = tuple(cells.get((letter, code), Cell()) for letter in letters)
        whole = totals.get(code, Cell())
        rows.append(Row("", name, (whole.done,), row, (whole.queued, *_kept(found, activities.get(code, 0)))))
    foot = tuple(Cell(line.done, line.queued) for line in found.topics)
    queued = sum(line.queued for line in found.topics)
    every = sum(one.activities for one in found.activities)
    return Table(
        view=View.AGENCY,
        corner=AGENCY,
        lead=(DONE,),
        columns=tuple(letter or OTHERS for letter in letters),
        titles=tuple(f"{line.letter}. {line.label}" if line.letter else line.label for line in found.topics),
        tail=(QUEUED, *([ACTIVITIES] if _outside_columns(found) else [])),
        rows=tuple(rows),
        foot=Row("", TOTAL, (found.published,), foot, (queued, *_kept(found, every))),
        outside=1 if _outside_columns(found) else 0,
    )


def _kept(found: Coverage, count: int) -> tuple[int, ...]:
    return (count,) if _outside_columns(found) else ()


def _all(found: Coverage) -> Sequence[str]:
    return [OFFICE, *(code for code in found.agencies if code != OFFICE)]


def _agencies(found: Coverage, plan: Plan | None) -> dict[str, str]:
    """Code -> name: the office, those of the plan's register that stand at the cut-off, and whoever has something."""
    known = plan.agencies if plan else ()
    names = {one.code: one.short for one in known}
    if found.only.agency is not None:
        return {found.only.agency: names.get(found.only.agency, found.only.agency) or OFFICE_WORDS}
    on = min(found.span.last, local_day(found.cutoff))
    register = [one.code for one in known if _stands(one, on) or one.code in found.agencies]
    strangers = [code for code in found.agencies if code not in names and code != OFFICE]
    return {OFFICE: OFFICE_WORDS, **{code: names.get(code, code) for code in [*register, *strangers]}}


def _stands(one: Agency, on: date) -> bool:
    return (one.valid_from is None or one.valid_from <= on) and (one.valid_to is None or one.valid_to >= on)
