"""Our records held against what a channel shows: lost, doubled, foreign, withdrawn and late posts.

`compare` is a pure function over one period [since, until), both aware UTC. `audit_channel` reads the
rows, asks the platform with no transaction open, and compares; it changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from connectors.base import Listed, Part
from content.tables import Post
from content.vietnamese import local_day, nfc
from scheduler.access import Access
from scheduler.db import reading
from scheduler.lifecycle import Event, State
from scheduler.retry import LATE
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent

SETTLING = timedelta(minutes=20)
"""So young a post may be missing from a list that lags; the period ends this long before now at the latest."""
_BEFORE, _AFTER = timedelta(minutes=10), timedelta(days=1)
"""How much earlier and later than our record a platform's time of a post may be; a person may have settled it."""


@dataclass(frozen=True, slots=True)
class Ours:
    """One publication that was public, as our records have it. `withdrawn_at` None: it still is."""

    number: int
    title: str
    external_id: str
    permalink: str
    due_at: datetime
    published_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_words: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """What one channel's audit found in a period.

    `recorded`     publications that we say went out in the period
    `seen`         how many of them the platform lists
    `lost`         we say they are public, the platform does not list them
    `doubled`      groups of listed posts with the same words, of which at least one is ours
    `foreign`      listed, in no record of ours, and like none of ours
    `withdrawn`    taken down by us: published or taken down in the period
    `still_public` recorded as taken down and listed all the same
    `late`         went out more than `LATE` after their hour
    `unchecked`    settled by a person, without an id or an address that the platform lists
    """

    since: datetime
    until: datetime
    recorded: int
    seen: int
    lost: tuple[Ours, ...] = ()
    doubled: tuple[tuple[Listed, ...], ...] = ()
    foreign: tuple[Listed, ...] = ()
    withdrawn: tuple[Ours, ...] = ()
    still_public: tuple[Ours, ...] = ()
    late: tuple[Ours, ...] = ()
    unchecked: tuple[Ours, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is lost, doubled, or public although we took it down."""
        return not (self.lost or self.doubled or self.still_public)


def compare(ours: Sequence[Ours], listed: Sequence[Listed], *, since: datetime, until: datetime) -> Audit:
    """Hold the records of a channel, of any time, against what it lists; what counts is [since, until)."""
    matches = _match(ours, listed)
    known = {one.external_id for one in matches.values()}
    recorded = [one for one in ours if since <= one.published_at < until]
    missing = [one for one in recorded if one.withdrawn_at is None and one.number not in matches]
    posted = {match.external_id: one for one in ours if (match := matches.get(one.number)) is not None}
    doubled = _doubled(listed, posted, since, until)
    in_doubled = {one.external_id for group in doubled for one in group}
    return Audit(
        since,
        until,
        recorded=len(recorded),
        seen=sum(one.number in matches for one in recorded),
        lost=tuple(one for one in missing if one.external_id),
        doubled=doubled,
        foreign=tuple(
            one
            for one in listed
            if one.external_id not in known | in_doubled and _within(one.published_at, since, until)
        ),
        withdrawn=tuple(one for one in ours if _was_withdrawn(one, since, until)),
        still_public=tuple(one for one in ours if one.withdrawn_at is not None and one.number in matches),
        late=tuple(one for one in recorded if one.published_at - one.due_at > LATE),
        unchecked=tuple(one for one in missing if not one.external_id),
    )


def _match(ours: Iterable[Ours], listed: Iterable[Listed]) -> dict[int, Listed]:
    """Publication number -> the listed post it is, by id, else by address. One post is one publication."""
    by_id = {one.external_id: one for one in listed}
    by_address = {_address(one.permalink): one for one in by_id.values() if one.permalink}
    matches: dict[int, Listed] = {}
    taken: set[str] = set()
    for one in sorted(ours, key=lambda row: (row.published_at, row.number)):
        found = by_id.get(one.external_id) or (by_address.get(_address(one.permalink)) if one.permalink else None)
        if found is not None and found.external_id not in taken:
            matches[one.number] = found
            taken.add(found.external_id)
    return matches


def _doubled(
    listed: Iterable[Listed], posted: dict[str, Ours], since: datetime, until: datetime
) -> tuple[tuple[Listed, ...], ...]:
    """Posts with the same words: one of ours and one in no record, or two of ours on one local day.

    The same post on two days, each in our records, is a repetition that was planned.
    """
    groups: dict[str, list[Listed]] = defaultdict(list)
    for one in {one.external_id: one for one in listed}.values():
        record = posted.get(one.external_id)
        if _within(record.published_at if record else one.published_at, since, until):
            groups[_words(one)].append(one)
    groups.pop("", None)
    found = []
    for group in groups.values():
        records = [posted[one.external_id] for one in group if one.external_id in posted]
        days = [local_day(one.published_at) for one in records]
        if records and (len(group) > len(records) or _repeats(days)):
            found.append(tuple(group))
    return tuple(found)


def _repeats(days: Sequence[date]) -> bool:
    return len(set(days)) < len(days)


def _words(one: Listed) -> str:
    """What two posts are compared by: the title where the platform has titles, else the text."""
    return " ".join(nfc(one.title or one.text).casefold().split())


def _within(at: datetime | None, since: datetime, until: datetime) -> bool:
    """A post without a time was listed for this period, so it counts."""
    return at is None or since <= at < until


def _was_withdrawn(one: Ours, since: datetime, until: datetime) -> bool:
    if one.withdrawn_at is None:
        return False
    return _within(one.published_at, since, until) or _within(one.withdrawn_at, since, until)


def _address(link: str) -> str:
    """An address without what may differ: scheme, "www.", case of the host, a last slash, the fragment."""
    parts = urlsplit(link.strip())
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}{query}"


# Reading and asking --------------------------------------------------------------------------------------


def audit_channel(
    engine: Engine, access: Access, channel: Channel, *, since: datetime, until: datetime, now: datetime
) -> Audit:
    """The audit of one channel over [since, until), at most up to 20 minutes before `now`.

    Raises what the connector raises: `ConnectorError`, or `Unsupported` where a platform lists nothing.
    """
    until = max(since, min(until, now - SETTLING))
    with reading(engine) as session:
        ours = _records(session, channel)
        begun = _first_attempt(session, channel, since, until)
    # A platform may tell when a post was uploaded, which is never before our first attempt at it.
    earliest = min(since, begun or since) - _BEFORE
    listed = access.ask(
        channel,
        lambda connector: connector.list_published(since=earliest, until=until + _AFTER, now=now),
        now=now,
    )
    return compare(ours, listed, since=since, until=until)


def _records(session: Session, channel: Channel) -> list[Ours]:
    """Every publication of this channel that was ever public, oldest first."""
    withdrawals = {
        event.publication_id: event
        for event in session.exec(
            select(PublicationEvent).where(
                col(PublicationEvent.publication_id) == col(Publication.id),
                Publication.channel_id == channel.id,
                PublicationEvent.event == Event.WITHDRAWN,
            )
        )
    }
    rows = session.exec(
        select(Publication, Post.title)
        .where(
            col(Publication.post_id) == col(Post.id),
            Publication.channel_id == channel.id,
            Publication.part == Part.POST,
            col(Publication.state).in_((State.PUBLISHED, State.WITHDRAWN)),
        )
        .order_by(col(Publication.published_at), col(Publication.id))
    ).all()
    return [_record(row, title, withdrawals.get(row.id or 0)) for row, title in rows]


def _record(row: Publication, title: str, withdrawal: PublicationEvent | None) -> Ours:
    assert row.id is not None
    return Ours(
        number=row.id,
        title=title,
        external_id=row.external_id,
        permalink=row.permalink,
        due_at=row.due_at,
        published_at=row.published_at or row.due_at,
        withdrawn_at=withdrawal.at if withdrawal else None,
        withdrawn_words=withdrawal.words if withdrawal else "",
    )


def _first_attempt(session: Session, channel: Channel, since: datetime, until: datetime) -> datetime | None:
    """When the first attempt at any publication of the period began."""
    statement = select(func.min(Attempt.started_at)).where(
        col(Attempt.publication_id) == col(Publication.id),
        Publication.channel_id == channel.id,
        col(Publication.published_at) >= since,
        col(Publication.published_at) < until,
    )
    return session.exec(statement).one()
