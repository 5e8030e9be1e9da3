"""What a table leaves alone in a post that is there already.

A column that is absent keeps what the post has; an empty cell in a column that is there clears it. Words and files
of a channel that the row does not choose any more go with the channel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from content.exchange.columns import COLUMNS, MEDIA, MEDIA_PAIRS, Header, Place
from content.library import Placed
from content.postfile import PostFile
from content.store import AssetFile
from content.tables import Asset, Post, PostAsset

Stored = Sequence[tuple[PostAsset, Asset]]
"""A post's files in their places, as the database has them."""

FIELDS = tuple(one.field for one in COLUMNS if one.field not in ("key", *MEDIA))
"""The fields of a post that have one column of their own."""


def with_kept(
    post: PostFile, placed: Sequence[Placed], old: Post, stored: Stored, header: Header
) -> tuple[PostFile, tuple[Placed, ...]]:
    """The row's post and files, and beside them what `old` has where the table has no column."""
    kept: dict[str, Any] = {name: getattr(old, name) for name in FIELDS if Place(name) not in header.names}
    whole = replace(post, **kept)
    whole.variants = _variants(post, old, header)
    own = [_with_alt(one, stored, header) for one in placed]
    return whole, (*own, *_files(whole, own, stored, header))


def _variants(post: PostFile, old: Post, header: Header) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for platform in dict.fromkeys((*old.variants, *post.variants)):
        written = post.variants.get(platform, {})
        before = old.variants.get(platform) if platform in post.platforms else None
        kept = {name: value for name, value in (before or {}).items() if Place(name, platform) not in header.names}
        empty_before = before == {} and Place("options", platform) not in header.names
        if kept or platform in post.variants or empty_before:
            found[platform] = kept | written
    return found


def placed_as(use: PostAsset, asset: Asset) -> Placed:
    """A file of the store in its place, without opening it."""
    facts = {name: getattr(asset, name) for name in ("sha256", "mime", "size", "width", "height", "name", "seconds")}
    return Placed(AssetFile(**facts), use.role, use.platform, use.alt)


def _files(post: PostFile, own: Sequence[Placed], stored: Stored, header: Header) -> Iterator[Placed]:
    drawn_covers = {one.platform for one in own if one.role == "cover"}
    for use, asset in stored:
        dropped = use.platform != "" and use.platform not in post.platforms
        covered = use.role == "cover" and use.platform in drawn_covers
        if not dropped and not covered and not has_column(header, _column(use.role), use.platform):
            yield placed_as(use, asset)


def _with_alt(one: Placed, stored: Stored, header: Header) -> Placed:
    """The same file in the same place keeps its alternative text where the table has no column for it."""
    # a cover drawn together with its picture stands in the picture's column
    column = _column(one.role) if has_column(header, _column(one.role), one.platform) else "image"
    if one.alt or has_column(header, dict(MEDIA_PAIRS)[column], one.platform):
        return one
    place = (one.file.sha256, one.role, one.platform)
    return next((replace(one, alt=use.alt) for use, _ in stored if (use.sha256, use.role, use.platform) == place), one)


def _column(role: str) -> str:
    return "cover" if role == "cover" else "image"


def has_column(header: Header, field: str, platform: str) -> bool:
    """Whether the table has a column for this, under whatever number."""
    return any((place.field, place.platform) == (field, platform) for place in header.names)
