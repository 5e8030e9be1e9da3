"""What the office did outside the networks (domain 1.4, 1.6): logged, changed, withdrawn, found, counted.

An activity belongs to the day on which it began, so that it is counted once whatever spans are asked for. Nothing is
deleted: what was logged by mistake is withdrawn with a reason, and may be restored. Whoever saves says which version
they saw. Every change leaves a row in the record of acts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, func, select, update

from content.act_records import Action, Subject, as_it_stands, record
from content.activity_fields import LABELS, ActivityError, ActivityFields, Problem, checked, differing, fields_of
from content.activity_kinds import COLUMN_WORDS, FIGURES, KIND_NAMES, KINDS, ActivityKind, Column, Counted
from content.assets import under_marks
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.record_tables import Activity
from content.tables import PlanRecord
from content.vietnamese import fold, local_day, moment, nfc

__all__ = [
    "COLUMN_WORDS",
    "FIGURES",
    "KINDS",
    "KIND_NAMES",
    "ActivityConflict",
    "ActivityError",
    "ActivityFields",
    "ActivityKind",
    "Asked",
    "Column",
    "Cost",
    "Counted",
    "KindTotal",
    "NoActivity",
    "Tally",
    "activities",
    "change",
    "costs",
    "count",
    "create",
    "find_activity",
    "restore",
    "tallies",
    "totals",
    "withdraw",
]  # fmt: skip
REASON_MOST = 500
_WORDS = 6


class NoActivity(ContentError):
    """There is none of that number."""


class ActivityConflict(ContentError):
    """Somebody changed the activity meanwhile; `standing` is how it is now, `names` the fields that differ."""

    def __init__(self, standing: Activity, names: Sequence[str]) -> None:
        differ = f"; khác với bản bạn gửi ở: {', '.join(LABELS[one].lower() for one in names)}" if names else ""
        who = standing.updated_by or standing.created_by or "Người khác"
        super().__init__(
            f"{who} vừa sửa hoạt động “{standing.title}” lúc {moment(standing.updated_at)}{differ}. "
            "Hãy xem lại rồi lưu lại nếu vẫn cần."
        )
        self.standing = standing
        self.names = list(names)


class Logged(NamedTuple):
    """An activity, and whether it was logged just now."""

    row: Activity
    new: bool


# Looking ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What activities are narrowed to; empty: everything that stands."""

    first: date | None = None
    last: date | None = None
    """Both local days belong to it; what counts is the day on which an activity began."""
    kind: str = ""
    agency: str | None = None
    """Its code; "" is the office itself, None every agency."""
    topic: str = ""
    form: str = ""
    words: str = ""
    """Of the title, with or without marks, in any order."""
    withdrawn: bool = False
    """Only what was withdrawn, instead of only what stands."""


class Place(NamedTuple):
    """Where a page of the list ended: the next one begins behind this activity."""

    first: date
    id: int


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What there is of one kind: activities, items as the report's tables count them, and each figure.

    A figure that no activity told is None; `untold` says how many activities did not tell it.
    """

    kind: ActivityKind
    activities: int
    counted: int
    figures: dict[str, int | None]
    untold: dict[str, int]


class Cost(NamedTuple):
    """What the activities of one agency cost out of one source: đồng (None: nobody told), and how many told it."""

    agency: str
    funding: str
    cost: int | None
    activities: int
    told: int


@dataclass(slots=True)
class Tally:
    """How many activities, and items as the tables count them, one agency has of one kind, topic and form."""

    kind: str
    agency: str
    topic: str
    form: str
    activities: int = 0
    counted: int = 0
    figures: Counter[str] = field(default_factory=Counter)


def find_activity(session: Session, number: int, *, locked: bool = False) -> Activity:
    """The activity of that number as it is now. Raises `NoActivity`."""
    statement = select(Activity).where(Activity.id == number).execution_options(populate_existing=True)
    row = session.exec(statement.with_for_update() if locked else statement).one_or_none()
    if row is None:
        raise NoActivity(f"Không có hoạt động số {number}; xem danh sách bằng lệnh: cchc activities list.")
    return row


def activities(
    session: Session, asked: Asked, *, limit: int = 50, offset: int = 0, after: Place | None = None
) -> list[Activity]:
    """Activities, the last to begin first. `after`: those behind this place of the list."""
    statement = select(Activity).where(*_are(asked))
    if after is not None:
        behind = and_(col(Activity.first) == after.first, col(Activity.id) < after.id)
        statement = statement.where(or_(col(Activity.first) < after.first, behind))
    ordered = statement.order_by(col(Activity.first).desc(), col(Activity.id).desc())
    return list(session.exec(ordered.limit(limit).offset(offset)))


def count(session: Session, asked: Asked) -> int:
    """How many there are."""
    return session.exec(select(func.count(col(Activity.id))).where(*_are(asked))).one()


def tallies(session: Session, asked: Asked) -> list[Tally]:
    """The activities by kind, agency, topic and form, in that order of the kinds, then by code."""
    found: dict[tuple[str, str, str, str], Tally] = {}
    for kind, agency, topic, form, figures in _figures(session, asked):
        tally = found.setdefault((kind, agency, topic, form), Tally(kind, agency, topic, form))
        tally.activities += 1
        tally.counted += KINDS[kind].counts_as(figures) if kind in KINDS else 1
        tally.figures.update(figures)
    order = {code: place for place, code in enumerate(KINDS)}
    return [found[key] for key in sorted(found, key=lambda one: (order.get(one[0], len(order)), *one))]


def totals(session: Session, asked: Asked) -> list[KindTotal]:
    """What there is of each kind that has any, in the order of `KINDS`."""
    rows: dict[str, list[dict[str, int]]] = defaultdict(list)
    for kind, _agency, _topic, _form, figures in _figures(session, asked):
        rows[kind].append(figures)
    return [_total(kind, rows[code]) for code, kind in KINDS.items() if rows[code]]


def costs(session: Session, asked: Asked) -> list[Cost]:
    """What the activities cost, by agency and source of the money, the office itself first."""
    agency, funding = col(Activity.agency), col(Activity.funding)
    statement = (
        columns_of(agency, funding, func.sum(Activity.cost), func.count(), func.count(col(Activity.cost)))
        .where(*_are(asked))
        .group_by(agency, funding)
    )
    found = [
        Cost(row[0], row[1], None if row[2] is None else int(row[2]), row[3], row[4])
        for row in session.connection().execute(statement)
    ]
    return sorted(found, key=lambda one: (one.agency, one.funding))


def alike(session: Session, row: Activity) -> list[Activity]:
    """Others that stand, of the same kind and day with the same title: perhaps the same activity logged twice."""
    statement = select(Activity).where(
        Activity.first == row.first, Activity.kind == row.kind, Activity.id != row.id, *_are(Asked())
    )
    title = fold(row.title)
    return [one for one in session.exec(statement.order_by(col(Activity.id)).limit(200)) if fold(one.title) == title]


def _figures(session: Session, asked: Asked) -> Iterator[tuple[str, str, str, str, dict[str, int]]]:
    names: Any = (Activity.kind, Activity.agency, Activity.topic, Activity.form, Activity.figures)
    for row in session.connection().execute(columns_of(*names).where(*_are(asked))):
        yield row[0], row[1], row[2], row[3], row[4]


def _total(kind: ActivityKind, rows: Sequence[dict[str, int]]) -> KindTotal:
    told = {name: [one[name] for one in rows if name in one] for name in kind.figures}
    return KindTotal(
        kind,
        len(rows),
        sum(kind.counts_as(one) for one in rows),
        {name: sum(values) if values else None for name, values in told.items()},
        {name: len(rows) - len(values) for name, values in told.items()},
    )


def _are(asked: Asked) -> list[ColumnElement[bool]]:
    gone = col(Activity.withdrawn_at)
    found: list[ColumnElement[bool]] = [gone.is_not(None) if asked.withdrawn else gone.is_(None)]
    if asked.first is not None:
        found.append(col(Activity.first) >= asked.first)
    if asked.last is not None:
        found.append(col(Activity.first) <= asked.last)
    if asked.agency is not None:
        found.append(col(Activity.agency) == asked.agency)
    for name in ("kind", "topic", "form"):
        if value := getattr(asked, name):
            found.append(col(getattr(Activity, name)) == value)
    words = fold(asked.words).split()[:_WORDS]
    return found + [col(Activity.title).ilike(f"%{under_marks(one)}%", escape="\\") for one in words]


# Changing --------------------------------------------------------------------------------------------------


def create(session: Session, fields: ActivityFields, *, by: str, now: datetime) -> Logged:
    """Log an activity; the caller commits. Raises `ActivityError`.

    The very same fields sent again (a double click) are the activity that is there.
    """
    plan = _plan(session, locked=True)
    ready = checked(fields, plan=plan, today=local_day(now))
    same = select(Activity).where(
        Activity.first == ready.first, Activity.kind == ready.kind, Activity.title == ready.title, *_are(Asked())
    )
    for standing in session.exec(same.order_by(col(Activity.id)).limit(50)):
        if not differing(fields_of(standing), ready):
            return Logged(standing, False)
    row = Activity(**_values(ready), created_by=by, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    _record(session, row, Action.RECORDED, by, now)
    return Logged(row, True)


def change(session: Session, number: int, fields: ActivityFields, *, seen: int, by: str, now: datetime) -> Activity:
    """Keep what the activity shall be; the caller commits. `seen` is the version that `by` had before them.

    Saving what is kept already changes nothing. Raises `ActivityError`, `ActivityConflict`, `NoActivity`, and
    `ContentError` for one that was withdrawn.
    """
    row = find_activity(session, number, locked=True)
    if row.withdrawn_at is not None:
        raise ContentError(f"Hoạt động “{row.title}” đã được rút: hãy khôi phục trước khi sửa.")
    before = fields_of(row)
    ready = checked(fields, plan=_plan(session), today=local_day(now), had=before)
    names = differing(before, ready)
    if not names:
        return row
    if row.version != seen:
        raise ActivityConflict(row, names)
    return _written(session, row, Action.CHANGED, by, now, **_values(ready))


def withdraw(session: Session, number: int, words: str, *, by: str, now: datetime) -> Activity:
    """Take it out of every list and count, with the reason; its files stay. The caller commits.

    Withdrawing again changes nothing. Raises `ActivityError` without a reason, `NoActivity`.
    """
    row = find_activity(session, number, locked=True)
    if row.withdrawn_at is not None:
        return row
    reason = reason_of(words)
    return _written(session, row, Action.WITHDRAWN, by, now, withdrawn_at=now, withdrawn_by=by, withdrawn_words=reason)


def restore(session: Session, number: int, *, by: str, now: datetime) -> Activity:
    """Let it count again. The caller commits. Raises `NoActivity`."""
    row = find_activity(session, number, locked=True)
    if row.withdrawn_at is None:
        return row
    return _written(session, row, Action.RESTORED, by, now, withdrawn_at=None, withdrawn_by="", withdrawn_words="")


def reason_of(words: str) -> str:
    """Why something is withdrawn, as it is kept. Raises `ActivityError` when it is missing or too long."""
    reason = " ".join(nfc(words).split())
    if not reason:
        raise ActivityError([Problem("reason", "Hãy ghi lý do rút, để người kiểm tra sau này hiểu.")])
    if len(reason) > REASON_MOST:
        raise ActivityError([Problem("reason", f"Lý do dài quá; tối đa {REASON_MOST} ký tự.")])
    return reason


def _written(session: Session, row: Activity, action: Action, by: str, now: datetime, **values: Any) -> Activity:
    values |= {"version": row.version + 1, "updated_by": by, "updated_at": now}
    same = (col(Activity.id) == row.id, col(Activity.version) == row.version)
    if session.exec(update(Activity).where(*same).values(**values)).rowcount != 1:
        raise ActivityConflict(find_activity(session, row.id or 0), [])
    session.refresh(row)
    _record(session, row, action, by, now)
    return row


def _record(session: Session, row: Activity, action: Action, by: str, now: datetime) -> None:
    record(session, Subject.ACTIVITY, row.id or 0, action, as_it_stands(row), by=by, now=now)


def _values(ready: ActivityFields) -> dict[str, Any]:
    several = {"audiences": list(ready.audiences), "figures": dict(ready.figures)}
    names = [name for name in ActivityFields.__slots__ if name not in several]
    return {name: getattr(ready, name) for name in names} | several


def _plan(session: Session, *, locked: bool = False) -> Plan | None:
    """The plan in force. Locked: two who log the same activity at once do it one after the other."""
    if locked:
        session.exec(select(PlanRecord.id).where(col(PlanRecord.active).is_(True)).with_for_update()).first()
    try:
        return active_plan(session)
    except ContentError:
        return None
