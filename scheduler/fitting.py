"""Which posts which channels take: every limit is asked once for a content, and remembered."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import structlog
from sqlmodel import Session, col, select

from connectors.base import Connector, Credentials
from content.errors import ContentError
from content.store import AssetStore
from content.tables import Asset, Post, PostAsset
from scheduler.access import Platforms
from scheduler.candidates import CHUNK, Approved, chunks
from scheduler.compose import Placed, blocking, compose_of, problems
from scheduler.tables import Channel

log = structlog.get_logger("scheduler.fitting")

_Key = tuple[int, str, int, str]
"""Post, its content hash, channel, and what of the channel counts."""


class Fitting(NamedTuple):
    """Which channels take which posts."""

    channels: Mapping[int, frozenset[int]]
    """Post id -> ids of the channels that it is meant for and that accept it."""
    unsure: Mapping[int, frozenset[int]]
    """Post id -> ids of the channels of which nobody can tell for the moment; nothing for a post without any."""


@dataclass
class Fits:
    """What was found out: a post's content does not change under its hash, nor a channel's limits under its options."""

    store: AssetStore
    platforms: Platforms
    address: Callable[[str], str]
    _known: dict[_Key, bool] = field(default_factory=dict)
    _answered: tuple[Any, Fitting] = (None, Fitting({}, {}))
    """What was asked last, and the whole answer: mostly nothing has changed since."""
    _lock: Lock = field(default_factory=Lock)

    def channels_of(
        self, session: Session, posts: Sequence[Approved], channels: Sequence[Channel], problems_: list[str]
    ) -> Fitting:
        """Which of these channels take which of these posts.

        What cannot be looked at, such as a post whose picture is lost, is told in `problems_` and looked at again the
        next time.
        """
        facts = [(channel.id or 0, channel.platform, _facts(channel)) for channel in channels]
        asked = (tuple((post.id, post.content_hash) for post in posts), tuple(facts))
        before, answer = self._answered
        if asked == before:
            return answer
        keys = {
            (post.id, channel_id): (post.id, post.content_hash, channel_id, options)
            for channel_id, platform, options in facts
            for post in posts
            if platform in post.platforms
        }
        missing = {pair: key for pair, key in keys.items() if key not in self._known}
        found = self._look(session, channels, missing, problems_) if missing else {}
        with self._lock:
            known = {**self._known, **{keys[pair]: fits for pair, fits in found.items()}}
            wanted = set(keys.values())
            if len(known) > 4 * len(wanted) + CHUNK:  # the rest was changed, or is not approved any more
                known = {key: known[key] for key in wanted & known.keys()}
            self._known = known
        fitting: dict[int, set[int]] = {post.id: set() for post in posts}
        unsure: dict[int, set[int]] = defaultdict(set)
        for (post_id, channel_id), key in keys.items():
            if key not in known:
                unsure[post_id].add(channel_id)
            elif known[key]:
                fitting[post_id].add(channel_id)
        answer = Fitting(*({number: frozenset(ids) for number, ids in one.items()} for one in (fitting, unsure)))
        if not unsure:  # else it is looked at again, and told again
            self._answered = asked, answer
        return answer

    def _look(
        self, session: Session, channels: Sequence[Channel], asked: Mapping[tuple[int, int], _Key], told: list[str]
    ) -> dict[tuple[int, int], bool]:
        posts = {
            (post.id or 0, post.content_hash): post
            for chunk in chunks(post_id for post_id, _ in asked)
            for post in session.exec(select(Post).where(col(Post.id).in_(chunk)))
        }
        connectors = {one.id or 0: (one, self._open(one, told)) for one in channels}
        files = placed(session, {post_id for post_id, _ in asked})
        found: dict[tuple[int, int], bool] = {}
        for (post_id, channel_id), (_, content_hash, _, _) in asked.items():
            channel, connector = connectors[channel_id]
            post = posts.get((post_id, content_hash))
            if connector is None or post is None:  # changed a moment ago: it is looked at the next time
                continue
            try:
                outgoing = compose_of(self.store, self.address, post, files.get(post_id, ()), channel, "check")
                found[post_id, channel_id] = not blocking(problems(outgoing, post, connector, channel))
            except ContentError as error:
                told.append(f"{post.key}: {error.words}")
            except Exception as error:  # one post must not keep the others from being queued
                log.exception("not_checked", post=post.key, channel=channel.key)
                told.append(f"{post.key}: không kiểm tra được với kênh {channel.key} ({type(error).__name__}).")
        return found

    def _open(self, channel: Channel, told: list[str]) -> Connector | None:
        try:
            return self.platforms.open(channel, Credentials({}))
        except Exception as error:  # one channel must not keep the others from being filled
            log.exception("not_opened", channel=channel.key)
            told.append(f"{channel.key}: {type(error).__name__}")
            return None


def placed(session: Session, posts: Iterable[int]) -> Mapping[int, Placed]:
    """The files of these posts, each with its place, in order."""
    found: dict[int, list[tuple[PostAsset, Asset]]] = defaultdict(list)
    for chunk in chunks(posts):
        statement = select(PostAsset, Asset).where(
            col(PostAsset.sha256) == col(Asset.sha256), col(PostAsset.post_id).in_(chunk)
        )
        for use, asset in session.exec(statement.order_by(col(PostAsset.position), col(PostAsset.id))):
            found[use.post_id].append((use, asset))
    return found


def _facts(channel: Channel) -> str:
    """What of a channel its answers depend on."""
    return json.dumps([channel.platform, channel.options, sorted(channel.proofs)], sort_keys=True, default=str)
