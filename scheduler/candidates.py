"""The posts that the autopilot may choose from: each content is read once, and remembered."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content.tables import Editorial, Post
from scheduler.autopilot import Candidate
from scheduler.tables import Channel

CHUNK = 500
"""Values in one statement; databases limit them."""

_Key = tuple[int, str]
"""Post, and its content hash."""


IS_CHOSEN = (
    col(Post.state) == Editorial.APPROVED,
    col(Post.sensitive).is_(False),
    col(Post.approved_hash) == col(Post.content_hash),
    col(Post.content_hash) != "",
)
"""Which posts may be chosen without a person."""


class Approved(NamedTuple):
    """A post that may be chosen without a person: approved as it is, and not sensitive."""

    id: int
    content_hash: str
    agency: str
    """Not of the content: an office may change it under the same approval."""
    facts: Candidate
    """What its content says, without its agency, its channels and what it is like."""
    platforms: frozenset[str]


class Unspent(NamedTuple):
    """The posts that are not known to be spent, those that are (see `Task.spent`), and of which channels that holds."""

    posts: Sequence[Approved]
    spent: Mapping[Candidate, frozenset[int]]
    channels: object
    """For `Contents.learn`; None: nothing is learnt."""


class Contents:
    """What was read of posts: a content does not change under its hash. It may be shared by threads."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[Candidate, frozenset[str]]] = {}
        self._last: tuple[list[tuple[int, str, str]], list[Approved]] = ([], [])
        """The rows that were read last, and what was answered: mostly nothing has changed since."""
        self._near: tuple[object, object, dict[int, frozenset[int]]] = (None, None, {})
        """Of which posts it was asked last what says nearly the same, and the answer."""
        self._left: tuple[Any, list[Approved], Mapping[Candidate, frozenset[int]]] = (None, [], {})
        """Of which posts it was asked last which are spent, and the answer."""
        self._made: dict[int, tuple[Approved, Candidate]] = {}
        self._spent: tuple[object, dict[_Key, frozenset[int]]] = (None, {})
        """The channels as they were, and of posts that go out once and can nowhere any more where they did."""
        self._lock = Lock()
        """Of what is spent: it is added to."""

    def approved(self, session: Session) -> list[Approved]:
        """Every post that may be chosen, by its number."""
        # put in order here, or SQLite would go along the numbers and read every text
        rows = sorted((number or 0, name, agency) for number, name, agency in session.connection().execute(_APPROVED))
        before, answer = self._last
        if rows != before:
            answer = self._approved(session, rows)
            if len(answer) == len(rows):
                self._last = rows, answer
        return answer

    def _approved(self, session: Session, rows: Sequence[tuple[int, str, str]]) -> list[Approved]:
        keys = {(number, name) for number, name, _ in rows}
        known = self._known
        missing = keys - known.keys()
        if missing:
            kept = known if len(known) <= 2 * len(keys) else {key: known[key] for key in keys & known.keys()}
            self._known = known = {**kept, **_read(session, missing)}
        # what was changed between the two readings is looked at the next time
        return [
            Approved(number, name, agency, *known[number, name])
            for number, name, agency in rows
            if (number, name) in known
        ]

    def candidate(self, post: Approved, channels: frozenset[int], alike: frozenset[int]) -> Candidate:
        """The post as the autopilot judges it; made once as long as nothing of it changes."""
        before, made = self._made.get(post.id, (None, None))
        if made is None or before != post or made.channels != channels or made.alike != alike:
            made = replace(post.facts, agency=post.agency, channels=channels, alike=alike)
            self._made[post.id] = (post, made)
        return made

    def unspent(
        self, posts: Sequence[Approved], channels: Sequence[Channel], planned: frozenset[int], named: Collection[int]
    ) -> Unspent:
        """The posts without those known to be spent; one that is `named` stays. `planned`: the channels that something
        may be put on."""
        facts = planned, [(one.id, one.platform, one.options, sorted(one.proofs)) for one in channels]
        with self._lock:
            if facts != self._spent[0]:
                self._spent = facts, {}
            stands, known = self._spent
        if not known:
            return Unspent(posts, {}, stands)
        asked = (posts, known, frozenset(named))
        before, left, spent = self._left
        if before is not None and before[0] is posts and before[1] is known and before[2] == asked[2]:
            return Unspent(left, spent, stands)
        left, kinds = [], defaultdict[tuple[Any, ...], list[int]](list)
        for post in posts:
            used = known.get((post.id, post.content_hash))
            if used is None or post.id in named:
                left.append(post)
            else:
                kinds[used, post.agency, *_asked_of_spent(post.facts)].append(post.id)
        spent = {_spent(*kind): frozenset(numbers) for kind, numbers in kinds.items()}
        self._left = asked, left, spent
        return Unspent(left, spent, stands)

    def near(
        self, library: object, others: object, find: Callable[[], dict[int, frozenset[int]]]
    ) -> dict[int, frozenset[int]]:
        """What `find` finds, asked anew when one of these has changed."""
        before = self._near
        if before[0] is library and before[1] == others:
            return before[2]
        found = find()
        self._near = (library, others, found)
        return found

    def learn(
        self, asked: Unspent, posts: Sequence[Approved], places: Mapping[int, frozenset[int]],
        used: Mapping[int, frozenset[int]],
    ) -> None:  # fmt: skip
        """Remember which of these are spent: used for good on each channel (`places`) that they may be put on.

        Of a post that a channel could not be asked about nobody knows all its places: it is not told here. Nothing is
        learnt if the channels are others by now than when it was `asked`.
        """
        more = {
            (post.id, post.content_hash): places[post.id]
            for post in posts
            if not post.facts.evergreen and places[post.id] and places[post.id] <= used.get(post.id, frozenset())
        }
        with self._lock:
            channels, known = self._spent
            if more and asked.channels is not None and channels is asked.channels:
                self._spent = channels, {**known, **more}


_asked_of_spent = attrgetter(
    "topic", "form", "tags", "allowed_in_pause", "valid_from", "valid_to", "season"
)  # fmt: skip
"""What rules ask of a post before they ask whether it was used."""


def _spent(channels: frozenset[int], agency: str, *rest: Any) -> Candidate:
    """One for all the posts of `Task.spent` that are the same in this."""
    topic, form, tags, allowed_in_pause, valid_from, valid_to, season = rest
    return Candidate(
        0, "", "", topic, form, channels, tags=tags, agency=agency, allowed_in_pause=allowed_in_pause, evergreen=False,
        valid_from=valid_from, valid_to=valid_to, season=season,
    )  # fmt: skip


_APPROVED: Select[int | None, str, str] = columns(col(Post.id), col(Post.content_hash), col(Post.agency)).where(
    *IS_CHOSEN
)


def _read(session: Session, keys: Iterable[_Key]) -> dict[_Key, tuple[Candidate, frozenset[str]]]:
    found = {}
    for chunk in chunks(number for number, _ in keys):
        for post in session.exec(select(Post).where(col(Post.id).in_(chunk))):
            found[post.id or 0, post.content_hash] = (_facts(post), frozenset(post.platforms))
    return found


def _facts(post: Post) -> Candidate:
    return Candidate(
        post_id=post.id or 0,
        key=post.key,
        title=post.title,
        topic=post.topic,
        form=post.form,
        channels=frozenset(),
        audiences=tuple(post.audiences),
        tags=frozenset(post.tags),
        allowed_in_pause=post.allowed_in_pause,
        evergreen=post.evergreen,
        valid_from=post.valid_from,
        valid_to=post.valid_to,
        season=post.season,
        repeat_days=post.repeat_days,
        repeat_most=post.repeat_most,
        repeat_until=post.repeat_until,
        series=post.series,
        series_part=post.series_part,
    )


def chunks(values: Iterable[int]) -> Iterable[list[int]]:
    """The values in lists that a statement may hold."""
    ready = sorted(set(values))
    return (ready[start : start + CHUNK] for start in range(0, len(ready), CHUNK))
