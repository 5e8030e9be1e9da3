"""Two items of one channel that readers would see as one: the same post too soon, or nearly the same words.

Nothing is refused: a person who looks at the queue is told, and decides. Each item is held against the nearest one
before it, so what is told never grows faster than the queue. Whoever has already gone out is told of only beside
something that still may.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, case, func, select, union_all
from sqlmodel import Session, col

from connectors.base import Part
from content.alike import Alikes, texts_of_post
from content.tables import Post, Review
from content.vietnamese import local_day, moment
from scheduler.hours import midnight
from scheduler.lifecycle import OPEN, State
from scheduler.policy import Policy
from scheduler.tables import Publication, PublicationEvent

_COUNTS = sorted(OPEN | {State.PUBLISHED})
_CHUNK = 500
"""Values in one statement; databases limit them."""
SPANS = 200
"""So many spans are remembered: fifty people who look at different months."""
_Rows = Select[int | None, int, int, datetime, bool]
_Nearest = CompoundSelect[int | None, int, int, datetime, bool]
_KNOWN = Alikes()
"""By content hash, so that it holds for every database that this process serves."""


class Placed(NamedTuple):
    """A post in its place on a channel. `at` (aware) is when it went out, or is to."""

    id: int
    post_id: int
    channel_id: int
    at: datetime
    open: bool
    """Whether it still may go out."""


class About(NamedTuple):
    """What is asked of a post."""

    id: int
    key: str
    title: str
    content_hash: str
    evergreen: bool
    repeat_days: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two items of one channel, the earlier one first."""

    first: Placed
    second: Placed
    about: tuple[About, About]
    days: int | None
    """So many days should lie between them; None: the post goes out once."""

    @property
    def is_same(self) -> bool:
        """Whether both are the same post."""
        return self.first.post_id == self.second.post_id

    @property
    def words(self) -> str:
        """One sentence, as the later one's reader is told it."""
        return self.told(self.second.id)

    def told(self, number: int) -> str:
        """One sentence about the other one, for the reader of item `number`."""
        other, about = (self.first, self.about[0]) if number == self.second.id else (self.second, self.about[1])
        where = f"mục {other.id}, {moment(other.at)}, trên cùng kênh"
        if self.is_same and self.days is None:
            return f"Bài chỉ đăng một lần mà còn có ở {where}."
        apart = _apart(self.first, self.second)
        gap = f"cách {apart} ngày" if apart else "trong cùng một ngày"
        if self.is_same:
            return f"Cùng bài với {where}: {gap}, trong khi bài này cần cách ít nhất {self.days} ngày."
        return f"Lời gần giống bài “{about.title}” ({where}): {gap}, trong khi nên cách ít nhất {self.days} ngày."


def conflicts(
    session: Session, since: datetime, until: datetime | None, policy: Policy, *, channel_id: int | None = None
) -> list[Conflict]:
    """The conflicts of items that may still go out between two moments (aware), by time; `until` None: without end.

    Four statements at most (more for more than five hundred posts), one where nothing waits between the two, and no
    text of a post that was compared before. Of all that stands around only the posts that matter are read row by row.
    """
    span = timedelta(days=max(policy.alike_days, policy.cool_down))
    early, late = since - span, until + span if until else None
    waits = [col(Publication.state).in_(OPEN), col(Publication.due_at) >= since]
    waits += [] if until is None else [col(Publication.due_at) < until]
    posts, asked = _around(session, _window(early, late, channel_id), and_(*waits))
    if not asked:
        return []
    near = _near(session, posts)
    # what an item is held against, and what stands between the two
    beside = {other for post in asked for other in (post, *near[post])}
    rows: list[Placed] = []
    for chunk in _chunks(sorted({other for post in beside for other in (post, *near[post])})):
        nearby = _window(early, late, channel_id).where(col(Publication.post_id).in_(chunk))
        rows += [Placed._make(row) for row in session.connection().execute(nearby)]
    # what goes out once, or is repeated more rarely than others, is looked for beyond the window
    rare = [post for post in sorted(asked) if not posts[post].evergreen or posts[post].repeat_days > span.days]
    for chunk in _chunks(rare):
        rows += [Placed._make(row) for row in session.connection().execute(_beyond(chunk, early, late, channel_id))]
    return [
        one
        for one in pairs(rows, posts, near, policy)
        if any(row.open and since <= row.at and (until is None or row.at < until) for row in (one.first, one.second))
    ]


def conflict_of(session: Session, row: Publication, policy: Policy) -> Conflict | None:
    """The conflict of one item of the queue with what stands before it, or else after it."""
    found = conflicts(session, row.due_at, row.due_at + timedelta(seconds=1), policy, channel_id=row.channel_id)
    own = [one for one in found if row.id in (one.first.id, one.second.id)]
    return min(own, key=lambda one: one.second.id != row.id, default=None)


def flag_of(session: Session, row: Publication, policy: Policy) -> str:
    """One sentence about what this item, if it still may go out, is too close to; "" when there is nothing."""
    found = conflict_of(session, row, policy) if row.state in OPEN else None
    return found.told(row.id or 0) if found else ""


def pairs(
    rows: Iterable[Placed], posts: Mapping[int, About], near: Mapping[int, frozenset[int]], policy: Policy
) -> Iterator[Conflict]:
    """Each item with the nearest before it on its channel that it is too close to. Pure."""
    last: dict[tuple[int, int], Placed] = {}
    open_on: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        if row.open:
            open_on.add(row.channel_id)
        # of two that have gone out nothing is told, and most of what is read has
        if row.channel_id in open_on and (found := _nearest(row, last, posts, near, policy)):
            before, wanted = found
            if row.open or before.open:
                yield Conflict(before, row, (posts[before.post_id], posts[row.post_id]), wanted)
        last[row.channel_id, row.post_id] = row


def _nearest(
    row: Placed,
    last: Mapping[tuple[int, int], Placed],
    posts: Mapping[int, About],
    near: Mapping[int, frozenset[int]],
    policy: Policy,
) -> tuple[Placed, int | None] | None:
    """The latest before it that it is too close to, and the days that should lie between them."""
    best: tuple[Placed, int | None] | None = None
    on = local_day(row.at)
    for post in (row.post_id, *near.get(row.post_id, ())):
        before = last.get((row.channel_id, post))
        if before is None or (best and before.at <= best[0].at):
            continue
        wanted = _wanted(posts[row.post_id], policy) if post == row.post_id else policy.alike_days
        if wanted is None or (on - local_day(before.at)).days < wanted:
            best = before, wanted
    return best


def _wanted(post: About, policy: Policy) -> int | None:
    """Days between two times of the post; None: there is no second one."""
    return post.repeat_days or policy.cool_down if post.evergreen else None


def _apart(first: Placed, second: Placed) -> int:
    return (local_day(second.at) - local_day(first.at)).days


# Reading -----------------------------------------------------------------------------------------------


def _window(early: datetime, late: datetime | None, channel_id: int | None) -> _Rows:
    statement = _placed(channel_id).where(col(Publication.due_at) >= early)
    return statement if late is None else statement.where(col(Publication.due_at) < late)


def _beyond(posts: Sequence[int], early: datetime, late: datetime | None, channel_id: int | None) -> _Nearest:
    """Of each post on each channel the last before the window and the first after it: one that was used a hundred times
    has no more of them."""
    due, number = col(Publication.due_at), col(Publication.id)
    sides: list[tuple[ColumnElement[bool], tuple[Any, ...]]] = [(due < early, (due.desc(), number.desc()))]
    if late is not None:
        sides.append((due >= late, (due, number)))
    found = []
    for outside, order in sides:
        of_one = (col(Publication.channel_id), col(Publication.post_id))
        place = func.row_number().over(partition_by=of_one, order_by=order).label("place")
        rows = _placed(channel_id).where(col(Publication.post_id).in_(posts), outside).add_columns(place).subquery()
        found.append(select(*list(rows.c)[:-1]).where(rows.c.place == 1))
    return union_all(*found)


def _placed(channel_id: int | None) -> _Rows:
    row = Publication
    statement = select(
        *(col(row.id), col(row.post_id), col(row.channel_id)),
        *(func.coalesce(col(row.published_at), col(row.due_at)), col(row.state) != State.PUBLISHED),
    )
    statement = statement.where(col(row.part) == Part.POST, col(row.state).in_(_COUNTS))
    return statement if channel_id is None else statement.where(col(row.channel_id) == channel_id)


def _around(session: Session, window: _Rows, waits: ColumnElement[bool]) -> tuple[dict[int, About], set[int]]:
    """The posts of the items in the window, and those of them of which an item `waits`."""
    post = col(Publication.post_id)
    there = window.with_only_columns(post, func.max(case((waits, 1), else_=0)).label("waits")).group_by(post).subquery()
    columns = (col(getattr(Post, name)) for name in About._fields)
    found = session.connection().execute(
        select(*columns, there.c.waits).join_from(there, Post, col(Post.id) == there.c.post_id)
    )
    posts, asked = dict[int, About](), set[int]()
    for *about, waiting in found:
        one = posts[about[0]] = About(*about)
        if waiting:
            asked.add(one.id)
    return posts, asked


def _near(session: Session, posts: Mapping[int, About]) -> dict[int, frozenset[int]]:
    """Of each post the others among these that say nearly the same; texts are read once in a process's life."""
    ids = {one.content_hash: one.id for one in posts.values()}

    def read(missing: Collection[str]) -> dict[str, Sequence[str]]:
        texts: dict[str, Sequence[str]] = {}
        for chunk in _chunks([ids[name] for name in missing]):
            wanted = select(col(Post.id), col(Post.body), col(Post.variants)).where(col(Post.id).in_(chunk))
            for number, body, variants in session.connection().execute(wanted):
                texts[posts[number].content_hash] = texts_of_post(body, variants)
        return texts

    near = _KNOWN.among(ids.keys(), read)
    return {
        one.id: frozenset(ids[name] for name in near.get(one.content_hash, ()) if name in ids) for one in posts.values()
    }


def _chunks(values: Sequence[int]) -> Iterator[Sequence[int]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


# For pages ---------------------------------------------------------------------------------------------


class Watch:
    """The conflicts of what may still go out in a span of time, found anew when the queue or a post has changed."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self._lock = policy, Lock()
        self._state: tuple[object, ...] = ()
        self._kept: dict[tuple[datetime, datetime], Mapping[int, str]] = {}

    def flags(self, session: Session, since: datetime, until: datetime, *, now: datetime) -> Mapping[int, str]:
        """Item -> one sentence about what it is too close to, of the items between two moments (aware).

        One statement while nothing has changed. An item that waited too long for a person is not told of.
        """
        since = max(since, midnight(now) - timedelta(days=max(self._policy.alike_days, self._policy.cool_down)))
        if until <= since:
            return {}
        state = _state_of(session, now)
        with self._lock:
            if self._state != state:
                self._state, self._kept = state, {}
            found = self._kept.get((since, until))
        if found is None:
            found = _flags(conflicts(session, since, until, self._policy))
            with self._lock:
                if self._state == state and len(self._kept) < SPANS:
                    self._kept[since, until] = found
        return found


def _state_of(session: Session, now: datetime) -> tuple[object, ...]:
    """The last of everything that changes a queue or a post: each act leaves a row, and rows are only added."""
    newest = (select(func.max(col(table.id))).scalar_subquery() for table in (Publication, PublicationEvent, Review))
    return (local_day(now), *session.connection().execute(select(*newest)).one())


def _flags(found: Iterable[Conflict]) -> Mapping[int, str]:
    """What stands before an item is told rather than what comes after it."""
    flags: dict[int, str] = {}
    for one in found:
        if one.second.open:
            flags[one.second.id] = one.told(one.second.id)
        if one.first.open:
            flags.setdefault(one.first.id, one.told(one.first.id))
    return flags
