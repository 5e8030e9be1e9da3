"""Everything an official report asks the database: SELECTs on columns, the same on SQLite and PostgreSQL.

Nothing that happened, was read or was logged from the cut-off on is in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from connectors.base import Metric, Part
from content.record_tables import Activity, Evidence, Submission
from content.tables import PortalSource, Post, Suggestion
from content.vietnamese import local_day
from reports.queries import COUNTERS
from reports.seeks import of_channel
from reports.spans import Span
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, PublicationEvent, Reading

LOST = (State.FAILED, State.MISSED, State.EXPIRED)
"""It did not become public, and nothing makes it so by itself."""


class Told(NamedTuple):
    """The last value of one metric before the cut-off that the platform told, and what it means."""

    value: int
    name: str
    definition: str
    by_hand: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One publication that became public in the period."""

    id: int
    channel_id: int
    post: str
    title: str
    topic: str
    form: str
    agency: str
    at: datetime
    url: str
    told: Mapping[str, Told]
    """Metric -> its last value; a metric that was never told is left out."""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One account and its followers before the period, at the cut-off, and first told within the period."""

    id: int
    key: str
    platform: str
    name: str
    state: str
    created_at: datetime
    before: Told | None
    after: Told | None
    first: Told | None


class LostRow(NamedTuple):
    """A publication that was due in the period and did not become public; the last thing that went wrong."""

    publication_id: int
    channel_id: int
    state: str
    words: str


class ArticleRow(NamedTuple):
    """An article of a portal."""

    agency: str
    """Of the source."""
    topic: str
    fed: bool
    """A feed told it; else a person pasted its address."""
    published_at: datetime | None
    date_only: bool
    public_at: datetime | None


class ActivityRow(NamedTuple):
    """An activity outside the networks."""

    id: int
    kind: str
    title: str
    first: date
    last: date
    place: str
    agency: str
    topic: str
    form: str
    figures: dict[str, int]
    cost: int | None
    funding: str
    outlet: str
    url: str
    tone: str


class SubmissionRow(NamedTuple):
    """What an agency handed in."""

    deadline: str
    agency: str
    received_on: date
    document: str
    words: str


class EvidenceRow(NamedTuple):
    """A file, and what it proves: the title of an activity, or the agency and deadline of a submission."""

    name: str
    size: int
    sha256: str
    added_at: datetime
    activity: str | None
    agency: str | None
    deadline: str | None


@dataclass(frozen=True, slots=True)
class ReportRows:
    """All rows of one report."""

    items: tuple[ItemRow, ...]
    gone: frozenset[int]
    """Publications that were taken down before the cut-off."""
    channels: tuple[ChannelRow, ...]
    lost: tuple[LostRow, ...]
    proposed: Mapping[str, int]
    """Agency -> posts that it proposed in the period."""
    articles: tuple[ArticleRow, ...]
    sources: int
    """Feeds that are read."""
    activities: tuple[ActivityRow, ...]
    submissions: tuple[SubmissionRow, ...]
    evidence: tuple[EvidenceRow, ...]


def report_rows(session: Session, span: Span, cutoff: datetime, plan: str) -> ReportRows:
    """Everything of the span that was known at `cutoff` (aware); `plan` is the code of the one it is held against."""
    since, until = span.since, min(span.until, cutoff)
    days = (span.first, min(span.last, local_day(cutoff)))
    return ReportRows(
        items=_items(session, since, until, cutoff),
        gone=_gone(session, since, until, cutoff),
        channels=_channels(session, since, until),
        lost=_lost(session, since, until, cutoff),
        proposed=_proposed(session, since, until),
        articles=_articles(session, since, until, cutoff),
        sources=_rows(session, select(func.count()).select_from(PortalSource))[0][0],
        activities=_activities(session, *days, cutoff),
        submissions=_submissions(session, plan, cutoff),
        evidence=_evidence(session, plan, *days, cutoff),
    )


def _rows(session: Session, statement: Executable) -> list[Any]:
    return list(session.connection().execute(statement))


# Publications ----------------------------------------------------------------------------------------------


def _public(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    at = col(Publication.published_at)
    return col(Publication.part) == Part.POST.value, at >= since, at < until


def _last(
    metric: Metric, owner: Sequence[ColumnElement[bool]], *window: ColumnElement[bool], first: bool = False
) -> Any:
    """The id of the last reading that told something; one seek in the index. `first`: of the first one."""
    at, value, number = col(Reading.taken_at), col(Reading.value), col(Reading.id)
    order = (at, value, number) if first else (at.desc(), value.desc(), number.desc())
    return (
        select(number)
        .where(*owner, col(Reading.metric) == metric.value, value.is_not(None), *window)
        .order_by(*order)
        .limit(1)
        .correlate(Publication, Channel)
        .scalar_subquery()
    )


def _told_columns(row: Any, collection: Any) -> tuple[Any, ...]:
    return row.value, row.name, row.definition, collection.source, row.taken_at


def _told(value: int | None, name: str, definition: str, source: str | None, at: datetime) -> Told | None:
    return None if value is None else Told(value, name, definition, source == "manual", at)


def _items(session: Session, since: datetime, until: datetime, cutoff: datetime) -> tuple[ItemRow, ...]:
    columns = (Publication.id, Publication.channel_id, Post.key, Post.title, Post.topic, Post.form, Post.agency)
    readings = [(metric, aliased(Reading), aliased(Collection)) for metric in COUNTERS]
    statement = select(
        *(col(column) for column in columns),
        col(Publication.published_at),
        col(Publication.permalink),
        *(one for _, row, collection in readings for one in _told_columns(row, collection)),
    ).join(Post, col(Post.id) == col(Publication.post_id))
    for metric, row, collection in readings:
        last = _last(metric, (col(Reading.publication_id) == col(Publication.id),), col(Reading.taken_at) < cutoff)
        statement = statement.outerjoin(row, col(row.id) == last).outerjoin(
            collection, col(collection.id) == col(row.collection_id)
        )
    statement = statement.where(*_public(since, until)).order_by(col(Publication.published_at), col(Publication.id))
    return tuple(_item(row) for row in _rows(session, statement))


def _item(row: Any) -> ItemRow:
    facts, values = tuple(row[:9]), tuple(row[9:])
    told = {
        metric.value: one
        for place, metric in enumerate(COUNTERS)
        if (one := _told(*values[5 * place : 5 * place + 5])) is not None
    }
    return ItemRow(*(*facts, told))


def _gone(session: Session, since: datetime, until: datetime, cutoff: datetime) -> frozenset[int]:
    statement = (
        select(col(Publication.id))
        .join(PublicationEvent, col(PublicationEvent.publication_id) == col(Publication.id))
        .where(
            *_public(since, until),
            col(PublicationEvent.state_after) == State.WITHDRAWN.value,
            col(PublicationEvent.at) < cutoff,
        )
    )
    return frozenset(row[0] for row in _rows(session, statement))


def _lost(session: Session, since: datetime, until: datetime, cutoff: datetime) -> tuple[LostRow, ...]:
    public, due = col(Publication.published_at), col(Publication.due_at)
    event = PublicationEvent
    statement = (
        select(col(Publication.id), col(Publication.channel_id), col(event.state_after), col(event.words))
        .join(event, col(event.publication_id) == col(Publication.id))
        .where(
            col(Publication.part) == Part.POST.value,
            due >= since,
            due < until,
            or_(public.is_(None), public >= cutoff),
            col(event.state_after).in_([state.value for state in LOST]),
            col(event.at) < cutoff,
        )
        .order_by(col(Publication.id), col(event.at), col(event.id))
    )
    return tuple({row[0]: LostRow(*row) for row in _rows(session, statement)}.values())


# Channels --------------------------------------------------------------------------------------------------


def _channels(session: Session, since: datetime, until: datetime) -> tuple[ChannelRow, ...]:
    """With their followers; what a platform tells for a single day is another kind of value."""
    owner = of_channel()
    taken = col(Reading.taken_at)
    ends = [
        _last(Metric.FOLLOWERS, owner, taken < since),
        _last(Metric.FOLLOWERS, owner, taken < until),
        _last(Metric.FOLLOWERS, owner, taken >= since, taken < until, first=True),
    ]
    readings = [(end, aliased(Reading), aliased(Collection)) for end in ends]
    columns = (Channel.id, Channel.key, Channel.platform, Channel.name, Channel.state, Channel.created_at)
    statement = select(
        *(col(column) for column in columns),
        *(one for _, row, collection in readings for one in _told_columns(row, collection)),
    ).select_from(Channel)
    for end, row, collection in readings:
        statement = statement.outerjoin(row, col(row.id) == end).outerjoin(
            collection, col(collection.id) == col(row.collection_id)
        )
    return tuple(
        ChannelRow(*row[:6], *(_told(*row[6 + 5 * place : 11 + 5 * place]) for place in range(3)))
        for row in _rows(session, statement.order_by(col(Channel.id)))
    )


# Agencies, portals, activities -----------------------------------------------------------------------------


def _proposed(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    created = col(Post.created_at)
    statement = (
        select(col(Post.agency), func.count())
        .where(col(Post.agency) != "", created >= since, created < until)
        .group_by(col(Post.agency))
    )
    return {row[0]: row[1] for row in _rows(session, statement)}


def _articles(session: Session, since: datetime, until: datetime, cutoff: datetime) -> tuple[ArticleRow, ...]:
    """By the day on which the portal published them, or we first read them; see `reports.portal`."""
    told_at = func.coalesce(col(Suggestion.published_at), col(Suggestion.seen_at))
    first = (
        select(col(Post.key).label("key"), func.min(col(Publication.published_at)).label("public_at"))
        .join(Publication, col(Publication.post_id) == col(Post.id))
        .where(col(Publication.part) == Part.POST.value, col(Publication.published_at) < cutoff)
        .group_by(col(Post.key))
        .subquery()
    )
    statement = (
        select(
            *(col(PortalSource.agency), col(Suggestion.topic), col(Suggestion.source_id)),
            *(col(Suggestion.published_at), col(Suggestion.date_only), first.c.public_at),
        )
        .select_from(Suggestion)
        .join(PortalSource, col(PortalSource.id) == col(Suggestion.source_id), isouter=True)
        .join(first, first.c.key == col(Suggestion.post_key), isouter=True)
        .where(told_at >= since, told_at < until, col(Suggestion.seen_at) < cutoff)
        .order_by(col(Suggestion.id))
    )
    return tuple(
        ArticleRow(agency or "", topic, source is not None, *rest)
        for agency, topic, source, *rest in _rows(session, statement)
    )


def _standing(table: Any, logged: Any, cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    """What the office itself logged is known from its own moment on, and withdrawn from that moment on."""
    return col(logged) <= cutoff, or_(col(table.withdrawn_at).is_(None), col(table.withdrawn_at) > cutoff)


def _activities(session: Session, first: date, last: date, cutoff: datetime) -> tuple[ActivityRow, ...]:
    """An activity belongs to the day on which it began."""
    columns = (
        *(Activity.id, Activity.kind, Activity.title, Activity.first, Activity.last, Activity.place),
        *(Activity.agency, Activity.topic, Activity.form, Activity.figures, Activity.cost, Activity.funding),
        *(Activity.outlet, Activity.url, Activity.tone),
    )
    statement = (
        select(*(col(column) for column in columns))
        .where(
            col(Activity.first) >= first,
            col(Activity.first) <= last,
            *_standing(Activity, Activity.created_at, cutoff),
        )
        .order_by(col(Activity.first), col(Activity.id))
    )
    return tuple(ActivityRow(*row) for row in _rows(session, statement))


def _submissions(session: Session, plan: str, cutoff: datetime) -> tuple[SubmissionRow, ...]:
    columns = (Submission.deadline, Submission.agency, Submission.received_on, Submission.document, Submission.words)
    statement = (
        select(*(col(column) for column in columns))
        .where(col(Submission.plan) == plan, *_standing(Submission, Submission.recorded_at, cutoff))
        .order_by(col(Submission.received_on), col(Submission.id))
    )
    return tuple(SubmissionRow(*row) for row in _rows(session, statement))


def _evidence(session: Session, plan: str, first: date, last: date, cutoff: datetime) -> tuple[EvidenceRow, ...]:
    """Of the activities of the period, then of what was handed in for the plan."""
    activity = (
        col(Activity.first) >= first,
        col(Activity.first) <= last,
        *_standing(Activity, Activity.created_at, cutoff),
    )
    submission = (col(Submission.plan) == plan, *_standing(Submission, Submission.recorded_at, cutoff))
    files = (col(Evidence.name), col(Evidence.size), col(Evidence.sha256), col(Evidence.added_at))
    statement = (
        select(*files, col(Activity.title), col(Submission.agency), col(Submission.deadline))
        .join(Activity, col(Activity.id) == col(Evidence.activity_id), isouter=True)
        .join(Submission, col(Submission.id) == col(Evidence.submission_id), isouter=True)
        .where(*_standing(Evidence, Evidence.added_at, cutoff), or_(and_(*activity), and_(*submission)))
        .order_by(
            col(Activity.first).is_(None), col(Activity.first), col(Activity.id), col(Submission.id), col(Evidence.id)
        )
    )
    return tuple(EvidenceRow(*row) for row in _rows(session, statement))
