"""Which posts which channels take: every limit is asked once for a content, and remembered."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import structlog
from sqlmodel import Session, col, select

from connectors.base import Connector, Credentials
from content.errors import ContentError
from content.store import AssetStore
from content.tables import Asset, Post, PostAsset
from scheduler.access import Platforms
from scheduler.compose import Placed, blocking, compose_of, problems
from scheduler.tables import Channel

log = structlog.get_logger("scheduler.fitting")
CHUNK = 500
"""Values in one statement; databases limit them."""

_Key = tuple[int, str, int, str]
"""Post, its content hash, channel, and what of the channel counts."""


@dataclass
class Fits:
    """What was found out: a post's content does not change under its hash, nor a channel's limits under its options."""

    store: AssetStore
    platforms: Platforms
    address: Callable[[str], str]
    _known: dict[_Key, bool] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def channels_of(
        self, session: Session, posts: Sequence[Post], channels: Sequence[Channel], problems_: list[str]
    ) -> dict[int, frozenset[int]]:
        """Post id -> ids of the channels that it is meant for and that accept it.

        What cannot be looked at, such as a post whose picture is lost, is told in `problems_` and left out.
        """
        asked = {
            (post.id or 0, channel.id or 0): (post.id or 0, post.content_hash, channel.id or 0, facts)
            for channel in channels
            for facts in [_facts(channel)]
            for post in posts
            if channel.platform in post.platforms
        }
        missing = [pair for pair, key in asked.items() if key not in self._known]
        found = self._look(session, posts, channels, missing, problems_) if missing else {}
        with self._lock:
            known = {**self._known, **{asked[pair]: fits for pair, fits in found.items()}}
            wanted = set(asked.values())
            if len(known) > 4 * len(wanted) + CHUNK:  # the rest was changed, or is not approved any more
                known = {key: known[key] for key in wanted & known.keys()}
            self._known = known
        fitting: dict[int, set[int]] = defaultdict(set)
        for (post_id, channel_id), key in asked.items():
            if known.get(key):
                fitting[post_id].add(channel_id)
        return {post.id or 0: frozenset(fitting[post.id or 0]) for post in posts}

    def _look(
        self, session: Session, posts: Sequence[Post], channels: Sequence[Channel], pairs: Sequence[tuple[int, int]],
        told: list[str],
    ) -> dict[tuple[int, int], bool]:  # fmt: skip
        by_id = {post.id or 0: post for post in posts}
        connectors = {one.id or 0: (one, self._open(one, told)) for one in channels}
        files = placed(session, {post_id for post_id, _ in pairs})
        found: dict[tuple[int, int], bool] = {}
        for post_id, channel_id in pairs:
            channel, connector = connectors[channel_id]
            if connector is None:
                continue
            post = by_id[post_id]
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


def chunks(values: Iterable[int]) -> Iterable[list[int]]:
    """The values in lists that a statement may hold."""
    ready = sorted(set(values))
    return (ready[start : start + CHUNK] for start in range(0, len(ready), CHUNK))


def _facts(channel: Channel) -> str:
    """What of a channel its answers depend on."""
    return json.dumps([channel.platform, channel.options, sorted(channel.proofs)], sort_keys=True, default=str)
