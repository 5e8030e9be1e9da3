"""What the front page reads: short lists by index, columns only, each bounded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Part
from content.standing import Approver, standing_of, why_not
from content.tables import Editorial, Post, Review, Suggestion
from content.vietnamese import local_day
from scheduler.autopilot import slot_times
from scheduler.calendar_tables import Notice
from scheduler.channels import CONNECTED
from scheduler.lifecycle import WAITING, Event, State
from scheduler.notices import Grade, Kind, open_notices
from scheduler.parts import PART_WORDS
from scheduler.rows import OCCUPIES, is_held, one_of, waits_for_a_person
from scheduler.signs import Who
from scheduler.tables import Channel, Credential, Heartbeat, Publication, Slot

NEXT, LISTED, OF_A_DAY, SUBMITTED, OWN = 3, 8, 120, 60, 20
"""The most that one list reads."""
AHEAD = 7
"""Days in which an empty one is told."""
STALE = timedelta(days=14)
"""A failure older than this is told in the history only."""
TRIED = timedelta(days=31)
"""Nothing is tried so long before its hour, so nothing has failed there."""
EXPIRES_SOON = timedelta(days=14)
SOON = timedelta(days=1)
"""What waits for its approval is a scheduler's care when its time is this near."""
ALIVE = timedelta(minutes=3)
"""A clock that gave no sign for this long does not run."""
GOING = (State.SCHEDULED, State.READY, State.RETRY_WAIT, State.PREPARING, State.PUBLISHING)
"""States that lead to a publication without anybody's help."""


@dataclass(frozen=True, slots=True)
class Line:
    """One publication in a list."""

    id: int
    due_at: datetime
    state: State
    held_by: str
    problem: str
    permalink: str
    part: str
    title: str
    key: str
    channel_id: int

    @property
    def what(self) -> str:
        """What it is, when it is not the post itself."""
        return "" if self.part == Part.POST else PART_WORDS[self.part]


def _lines(*conditions: ColumnElement[bool]) -> Select[Any]:
    row = Publication
    shown = (
        col(row.id), col(row.due_at), col(row.state), col(row.held_by), col(row.problem), col(row.permalink),
        col(row.part), col(Post.title), col(Post.key), col(row.channel_id),
    )  # fmt: skip
    found: Select[Any] = columns(*cast("tuple[Any, ...]", shown))
    return found.where(col(row.post_id) == col(Post.id), *conditions)


def _as_lines(session: Session, statement: Select[Any]) -> list[Line]:
    return [_as_line(row) for row in session.connection().execute(statement)]


def _as_line(row: Any) -> Line:
    return Line(row[0], row[1], State(row[2]), *row[3:10])


def next_ones(session: Session, now: datetime) -> list[Line]:
    """The next posts that go out by themselves, soonest first."""
    going = _lines(col(Publication.due_at) >= now, one_of(GOING), col(Publication.part) == Part.POST)
    return _as_lines(session, going.order_by(col(Publication.due_at), col(Publication.id)).limit(NEXT))


def of_the_day(session: Session, on: date) -> list[Line]:
    """The posts of one local day, whatever became of them but what was cancelled."""
    midnight = slot_times(on, [0])[0]
    that_day = _lines(
        col(Publication.due_at) >= midnight,
        col(Publication.due_at) < midnight + timedelta(days=1),
        col(Publication.part) == Part.POST,
        col(Publication.state) != State.CANCELLED,
    )
    return _as_lines(session, that_day.order_by(col(Publication.due_at), col(Publication.id)).limit(OF_A_DAY))


def in_trouble(session: Session, now: datetime) -> tuple[list[Line], int]:
    """What a scheduler has to decide about, the newest first, and how many there are.

    What pauses hold is told apart; what waits for its approval is told when its time is near.
    """
    held_by, due = col(Publication.held_by), col(Publication.due_at)
    place: Select[int, datetime] = columns(col(Publication.id).label("id"), due.label("due_at"))
    stopped = place.where(
        or_(
            waits_for_a_person(State.NEEDS_PERSON),
            and_(waits_for_a_person(State.HELD), held_by.not_in((Event.PAUSED, Event.APPROVAL_LOST))),
            and_(is_held(Event.APPROVAL_LOST), due <= now + SOON),
        )
    )
    failed = place.where(due >= now - STALE, due <= now + TRIED, one_of((State.FAILED, State.MISSED)))
    all_of_it = union_all(stopped, failed).subquery()
    newest = all_of_it.c.due_at.desc(), all_of_it.c.id
    listed = columns(all_of_it.c.id, func.count().over().label("count")).order_by(*newest).limit(LISTED).subquery()
    statement = _lines(col(Publication.id) == listed.c.id).add_columns(listed.c["count"])
    rows = session.connection().execute(statement.order_by(due.desc(), col(Publication.id))).all()
    return [_as_line(row) for row in rows], rows[0][10] if rows else 0


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel's health in one line. `dies_at`: when its access ends unless a person renews it."""

    id: int
    key: str
    name: str
    label: str
    state: str
    words: str
    not_before: datetime | None
    dies_at: datetime | None
    mark: str
    """Two letters of the platform: what the calendar shows too."""
    tone: int


def channels(session: Session) -> list[ChannelLine]:
    """Every channel, with the end of its access where nothing renews it by itself."""
    rows = session.exec(
        select(Channel, Credential.expires_at)
        .join(Credential, col(Credential.channel_id) == col(Channel.id), isouter=True)
        .order_by(Channel.key)
    ).all()
    tones = {platform: place % 3 for place, platform in enumerate(CONNECTORS)}
    found = []
    for row, expires_at in rows:
        able = connector_class(row.platform).capabilities
        renews = bool(able.abilities & {"refresh", "rotating_refresh"})
        found.append(
            ChannelLine(
                row.id or 0, row.key, row.name, able.label, row.state, row.state_words, row.not_before,
                None if renews else expires_at, able.mark or able.label, tones[row.platform],
            )
        )  # fmt: skip
    return found


def after_the_end(session: Session, ending: Sequence[ChannelLine]) -> dict[int, tuple[int, datetime]]:
    """How many queued publications come after the end of their channel's access, and when the first one does."""
    if not ending:
        return {}
    waits = col(Publication.state).in_([*WAITING, State.PREPARING, State.HELD])
    over = or_(*(and_(col(Publication.channel_id) == one.id, col(Publication.due_at) > one.dies_at) for one in ending))
    rows = session.exec(
        select(Publication.channel_id, func.count(), func.min(Publication.due_at))
        .where(waits, over)
        .group_by(col(Publication.channel_id))
    )
    return {channel_id: (count, first) for channel_id, count, first in rows}


def empty_days(session: Session, known: Sequence[ChannelLine], now: datetime) -> list[tuple[ChannelLine, list[date]]]:
    """The working channels that have nothing on a day to come, with those days.

    A channel that has regular hours is expected on the weekdays of those hours only.
    """
    today = local_day(now)
    days = [today + timedelta(days=one) for one in range(1, AHEAD + 1)]
    weekdays: dict[int, set[int]] = defaultdict(set)
    for channel_id, weekday in session.exec(select(Slot.channel_id, Slot.weekday).distinct()):
        weekdays[channel_id].add(weekday)
    begin, end = slot_times(days[0], [0])[0], slot_times(days[-1], [24 * 60])[0]
    rows = session.exec(
        select(Publication.channel_id, Publication.due_at).where(
            col(Publication.due_at) >= begin,
            col(Publication.due_at) < end,
            Publication.part == Part.POST,
            one_of(OCCUPIES),
        )
    )
    filled = {(channel_id, local_day(due_at)) for channel_id, due_at in rows}
    found = [
        (
            one,
            [
                on for on in days
                if (one.id, on) not in filled and on.weekday() in weekdays.get(one.id, {on.weekday()})
            ],
        )
        for one in known
        if one.state == CONNECTED
    ]  # fmt: skip
    return [(one, lacking) for one, lacking in found if lacking]


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Submitted posts that somebody may decide about, the oldest first, each with its submission; `more`: perhaps not
    all of them. And their own posts that were returned, each with the reason."""

    mine: list[tuple[Post, Review | None]]
    more: bool
    returned: list[tuple[Post, str]]


def to_decide(session: Session, who: Approver, *, edits: bool = False) -> ToDecide:
    """What waits for this person as an approver (level 0: nothing), and what came back to them: their own posts,
    and to whoever `edits` those that were loaded from files, because nobody wrote them at the desk."""
    theirs = col(Post.author).in_([who.name, ""] if edits else [who.name])
    wanted = and_(col(Post.state) == Editorial.RETURNED, theirs)
    if who.level:
        wanted = or_(wanted, col(Post.state) == Editorial.SUBMITTED)
    oldest = select(Post.id).where(wanted).order_by(col(Post.updated_at)).limit(SUBMITTED + 1).subquery()
    rows = session.exec(
        select(Post, Review)
        .where(col(Post.id) == oldest.c.id)
        .join(Review, col(Review.post_id) == col(Post.id), isouter=True)
        .order_by(col(Post.updated_at), col(Post.id), col(Review.id))
    ).all()
    posts: dict[int, Post] = {}
    reviews: dict[int, list[Review]] = defaultdict(list)
    for post, review in rows:
        posts[post.id or 0] = post
        if review is not None:
            reviews[post.id or 0].append(review)
    known = [
        (post, standing_of(post, reviews[number]))
        for number, post in posts.items()
        if post.state == Editorial.SUBMITTED
    ]
    mine = [(post, standing.submitted) for post, standing in known if not why_not(standing, who)]
    returned = [
        (post, next((one.reason for one in reversed(reviews[number]) if one.action == "returned"), ""))
        for number, post in posts.items()
        if post.state == Editorial.RETURNED
    ]
    return ToDecide(mine, len(posts) > SUBMITTED, returned)


TOLD_ELSEWHERE = frozenset(
    {Kind.NOT_SENT, Kind.EMPTY_DAY, Kind.HELD, Kind.APPROVAL, Kind.CHANNEL_STOPPED, Kind.TOKEN_EXPIRY, Kind.PAUSE}
)
"""What the page shows in its own way: as needs, as the channels' health, as a banner."""


def alarms(session: Session) -> list[Notice]:
    """Open alarms that nothing else on the page tells, the newest first."""
    told = (one for one in open_notices(session) if one.grade == Grade.ALARM and one.kind not in TOLD_ELSEWHERE)
    return list(islice(told, NEXT))


@dataclass(frozen=True, slots=True)
class Counts:
    """What is only counted."""

    suggestions: int
    held_by_pause: int
    beat: datetime | None

    def runs(self, now: datetime) -> bool:
        """Whether a clock gave a sign of life lately."""
        return self.beat is not None and now - self.beat <= ALIVE


def counts(session: Session) -> Counts:
    """New suggestions, what pauses hold, and the last sign of life, in one question."""
    suggestions = select(func.count()).select_from(Suggestion).where(Suggestion.state == "new").scalar_subquery()
    held = select(func.count()).select_from(Publication).where(is_held(Event.PAUSED)).scalar_subquery()
    beat = select(func.max(Heartbeat.at)).where(Heartbeat.kind == Who.CLOCK).scalar_subquery()
    found = session.exec(select(suggestions, held, beat)).one()
    return Counts(found[0], found[1], found[2])


def own_posts(session: Session, name: str, agency: str) -> list[tuple[Post, list[Line], str]]:
    """What somebody wrote or their agency proposed, the newest first: its publications, and why it came back."""
    theirs = col(Post.author) == name
    if agency:
        theirs = or_(theirs, col(Post.agency) == agency)
    posts = session.exec(select(Post).where(theirs).order_by(col(Post.updated_at).desc()).limit(OWN)).all()
    numbers = [one.id for one in posts]
    became: dict[str, list[Line]] = defaultdict(list)
    shown = _lines(
        col(Publication.post_id).in_(numbers),
        col(Publication.part) == Part.POST,
        col(Publication.state) != State.CANCELLED,
    )
    for line in _as_lines(session, shown.order_by(col(Publication.due_at).desc()).limit(OF_A_DAY)):
        became[line.key].append(line)
    newest = select(func.max(Review.id)).where(
        col(Review.post_id).in_(numbers), Review.action == "returned"
    ).group_by(col(Review.post_id))  # fmt: skip
    why = {row.post_id: row.reason for row in session.exec(select(Review).where(col(Review.id).in_(newest)))}
    return [
        (one, became[one.key], why.get(one.id or 0, "") if one.state == Editorial.RETURNED else "") for one in posts
    ]


def by_channel(lines: Sequence[Line], known: Mapping[int, ChannelLine]) -> list[tuple[ChannelLine, list[Line]]]:
    """The lines of each channel, in the order of the channels."""
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.channel_id].append(line)
    return [(known[number], found[number]) for number in known if number in found]
