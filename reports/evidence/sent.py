"""What a publication sent: made again from the content that was kept under its hash, by the channel's own rules.

The string that went over the wire is not stored by itself. What is stored is the content an approval was bound to,
whole, under its hash, and the hash that was prepared for sending; the text follows from it without anything added.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.base import Media, Outgoing, Part
from content.errors import ContentError
from content.store import AssetStore, Fitted
from content.tables import Asset, Post, PostAsset
from scheduler.compose import compose_of
from scheduler.parts import comment_of
from scheduler.tables import Channel, Publication

NOT_KEPT = "bản thu nhỏ đã gửi không còn trong kho; kèm ảnh gốc"


class Kept(AssetStore):
    """The store as it is: a smaller picture that is not there any more is not made again, the original is told."""

    def fit(self, sha256: str, mime: str, max_bytes: int, types: Any) -> Fitted:
        """The picture as it was sent, or the original."""
        original = self.path(sha256, mime)
        smaller = self.folder / "fit" / f"{sha256}-{max_bytes}.jpg"
        there = original.is_file() and (smaller.is_file() or (original.stat().st_size <= max_bytes and mime in types))
        with suppress(ContentError):  # a broken picture is told by its hash
            if there:
                return super().fit(sha256, mime, max_bytes, types)
        return Fitted(original, mime, 0, 0, 0, sha256)


@dataclass(frozen=True, slots=True)
class Content:
    """A post's content as it was kept: the hashed fields by name, and its files with their places."""

    facts: Mapping[str, Any]
    assets: Sequence[Mapping[str, Any]]


def sent(store: Kept, row: Publication, channel: Channel, content: Content, assets: Mapping[str, Asset]) -> Outgoing:
    """What this row of the queue sent, made of `content`."""
    names = ("key", "title", "body", "topic", "form", "source_url", "hashtags", "variants")
    facts: dict[str, Any] = {name: content.facts.get(name) for name in names}
    post = Post(**facts)
    placed = [
        (PostAsset(post_id=row.post_id, **one), assets[one["sha256"]])
        for one in sorted(content.assets, key=lambda one: (one["position"], one["role"], one["sha256"]))
        if one["sha256"] in assets
    ]
    whole = compose_of(store, lambda _name: "", post, placed, channel, f"cchc-{row.id}")
    if row.part in (Part.POST, Part.REVISION):
        return whole
    text = comment_of(post, channel.platform) if row.part == Part.COMMENT else ""
    return Outgoing(key=whole.key, title=whole.title, text=text, part=Part(row.part))


def files_of(outgoing: Outgoing) -> list[tuple[str, Media, Path]]:
    """Every picture and video with its role, in order."""
    found = [("image", one) for one in outgoing.images]
    found += [("cover", outgoing.cover)] if outgoing.cover else []
    found += [("video", outgoing.video)] if outgoing.video else []
    return [(role, one, one.path) for role, one in found]
