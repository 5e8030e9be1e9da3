"""Stored files as rows: written once for each, and found again by kind, by use and by name, newest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, exists, select

from content.store import AssetFile
from content.tables import Asset, Post, PostAsset
from content.vietnamese import fold

KINDS = {"anh": "image/", "video": "video/"}
"""What a list may be narrowed to, and how the media types of that kind begin."""
_BATCH, _LOOKED_THROUGH = 200, 5_000
"""Rows asked for at once, and at most, while names are compared letter by letter."""
_WORDS = 6
_MARKED = "aăâeêioôơuưyd"
"""The letters that may carry marks in a name and none in what is searched for."""


def keep_files(session: Session, files: Iterable[AssetFile], now: datetime) -> dict[str, bool]:
    """A row for each stored file, by its hash whether it is new; the caller commits. `now` is aware UTC.

    Rows from before a file was read as closely learn what it tells.
    """
    found: dict[str, bool] = {}
    # always in one order, so that two who bring the same files never wait for each other
    for _, file in sorted({one.sha256: one for one in files}.items()):
        found[file.sha256] = _is_added(session, file, now)
        asset = session.get_one(Asset, file.sha256)
        asset.width, asset.height, asset.seconds = file.width, file.height, file.seconds
        session.add(asset)
    session.flush()
    return found


def _is_added(session: Session, file: AssetFile, now: datetime) -> bool:
    """Whether the row was made just now. Of two who bring the same file at once, one makes it."""
    if session.get(Asset, file.sha256) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Asset(sha256=file.sha256, mime=file.mime, size=file.size, name=file.name, created_at=now))
    except IntegrityError:
        return False
    return True


class After(NamedTuple):
    """Where a page of the list ended: the next one begins behind this file."""

    created_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty: everything."""

    kind: str = ""
    """A name of `KINDS`."""
    used: bool | None = None
    """Whether some post uses the file; None: both."""
    name: str = ""
    """Words of the file's name, with or without marks, in any order."""


class Listed(NamedTuple):
    """One page of files, whether each is used, and where the next page begins (None: this is the last)."""

    assets: list[tuple[Asset, bool]]
    after: After | None


def list_assets(
    session: Session,
    wanted: Wanted,
    *,
    limit: int,
    after: After | None = None,
    among: ColumnElement[bool] | None = None,
) -> Listed:
    """A page of files, newest first. `among` narrows it to what somebody may see."""
    words = fold(wanted.name).split()[:_WORDS]
    found: list[Asset] = []
    for start in range(0, _LOOKED_THROUGH, _BATCH):
        statement = select(Asset).where(*_narrowed(wanted, words))
        if among is not None:
            statement = statement.where(among)
        if after is not None:
            statement = statement.where(_behind(after))
        size = _BATCH if words else limit + 1
        rows = session.exec(statement.order_by(col(Asset.created_at).desc(), col(Asset.sha256)).limit(size)).all()
        found += [asset for asset in rows if _has(asset.name, words)]
        if len(found) > limit or len(rows) < size or start + size >= _LOOKED_THROUGH:
            break
        after = After(rows[-1].created_at, rows[-1].sha256)
    shown = found[:limit]
    used = _used(session, shown)
    last = After(shown[-1].created_at, shown[-1].sha256) if len(found) > limit else None
    return Listed([(asset, asset.sha256 in used) for asset in shown], last)


def _used(session: Session, assets: Sequence[Asset]) -> set[str]:
    """Those that some post uses."""
    hashes = [one.sha256 for one in assets]
    return set(session.exec(select(PostAsset.sha256).where(col(PostAsset.sha256).in_(hashes)))) if hashes else set()


def _narrowed(wanted: Wanted, words: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    if wanted.kind:
        yield col(Asset.mime).startswith(KINDS[wanted.kind]) if wanted.kind in KINDS else false()
    if wanted.used is not None:
        used = exists().where(col(PostAsset.sha256) == col(Asset.sha256))
        yield used if wanted.used else ~used
    for word in words:
        yield col(Asset.name).ilike(f"%{under_marks(word)}%", escape="\\")


def under_marks(word: str) -> str:
    """The word as LIKE finds it under any marks: a little more than is wanted, such as "coi" for "cai"."""
    return "".join("_" if letter in _MARKED else f"\\{letter}" if letter in "%_\\" else letter for letter in word)


def _has(name: str, words: Sequence[str]) -> bool:
    plain = fold(name) if words else ""
    return all(word in plain for word in words)


def _behind(after: After) -> ColumnElement[bool]:
    same = and_(col(Asset.created_at) == after.created_at, col(Asset.sha256) > after.sha256)
    return or_(col(Asset.created_at) < after.created_at, same)


def posts_with(session: Session, sha256: str, *, limit: int = 100, among: Any = None) -> list[tuple[Post, str]]:
    """The posts that use a file, each with the role it has there, newest first. `among` narrows it as above."""
    statement = select(Post, PostAsset.role).where(col(PostAsset.post_id) == col(Post.id), PostAsset.sha256 == sha256)
    if among is not None:
        statement = statement.where(among)
    rows = session.exec(statement.order_by(col(Post.updated_at).desc(), col(PostAsset.id)).limit(limit)).all()
    return [(post, role) for post, role in rows]
