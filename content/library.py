"""The content library: posts as Markdown files with a head in YAML, read strictly and loaded all or nothing.

    ---
    title: …
    topic: d
    …
    ---
    The text.

The file's name without its ending is the post's key. Loading reads and checks every file and draws every
picture first; if one thing is wrong, everything that is wrong is told and nothing is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlmodel import Session, col, delete, select

import content.infographic
from content.editorial import CHANGED_AFTER_APPROVAL, CHANGED_AFTER_SUBMISSION, content_hash, record
from content.errors import ContentError, LibraryError
from content.plan import Plan
from content.postfile import AssetLine, PostFile, read_post
from content.store import AssetFile, AssetStore
from content.tables import Asset, Editorial, Post, PostAsset

Draw = Callable[[Path, str], bytes]
"""An infographic's spec and a size (portrait, wide) to the bytes of a PNG; raises `ContentError`."""

IMAGE_SIZE, COVER_SIZE = "portrait", "wide"

_FIELDS = (
    *("key", "title", "body", "topic", "form", "audiences", "source", "source_url", "legal_refs", "hashtags"),
    *("platforms", "variants", "sensitive", "evergreen", "allowed_in_pause", "valid_from", "valid_to"),
    *("late_rule", "late_minutes", "file"),
)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The keys of the posts a load met, and what became of their files, for staff."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A stored file in its place in a post."""

    file: AssetFile
    role: str
    platform: str
    alt: str


def infographics_of(plan: Plan) -> Draw:
    """Draws spec files, signed as the plan says."""

    def draw(path: Path, size: str) -> bytes:
        spec = content.infographic.read_spec(path)
        return content.infographic.draw(spec, size, plan.signing(spec.agency))

    return draw


def read_library(folder: Path, plan: Plan) -> list[PostFile]:
    """Every post in the folder, read and checked. Raises `LibraryError` with all problems of all files."""
    posts, problems = read_every_post(folder, plan)
    if problems:
        raise LibraryError(problems)
    return posts


def read_every_post(folder: Path, plan: Plan) -> tuple[list[PostFile], list[str]]:
    """The good posts in the folder, and every problem of the others. Raises `LibraryError` when there is no post."""
    posts: list[PostFile] = []
    problems: list[str] = []
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    if not files:
        raise LibraryError([f"{folder}: không có bài nào (*.md) trong thư mục này; hãy kiểm tra đường dẫn."])
    for path in files:
        try:
            posts.append(read_post(path, plan))
        except LibraryError as error:
            problems += error.problems
    return posts, problems


@dataclass(frozen=True, slots=True)
class ReadyPost:
    """A post that was read and checked, with its pictures drawn and stored: only the rows are left to write."""

    post: PostFile
    placed: tuple[_Placed, ...]


def prepare_library(folder: Path, plan: Plan, store: AssetStore, draw: Draw | None = None) -> list[ReadyPost]:
    """Everything that takes time or may fail, with no transaction open.

    `draw` makes a picture of a spec; without it the product's own infographics do, signed as the plan says.
    Raises `LibraryError` with everything that is wrong in all files.
    """
    draw = cache(draw or infographics_of(plan))
    ready: list[ReadyPost] = []
    problems: list[str] = []
    for post in read_library(folder, plan):
        placed: list[_Placed] = []
        for place, line in enumerate(post.assets, 1):
            try:
                placed += _store(line, store, draw)
            except ContentError as error:
                problems.append(f"{post.key}.md: assets, mục {place}: {error.words}")
        ready.append(ReadyPost(post, tuple(placed)))
    if problems:
        raise LibraryError(problems)
    return ready


def write_library(session: Session, ready: Sequence[ReadyPost], now: datetime, by: str = "Thư viện") -> LoadReport:
    """Bring the posts into the tables; the caller commits. `now` is aware UTC.

    A post whose file changed becomes a draft again and says why. Posts whose files are gone stay as they are.
    """
    report = LoadReport()
    for one in ready:
        getattr(report, _write(session, one.post, one.placed, now, by)).append(one.post.key)
        files = {placed.file.sha256: placed.file for placed in one.placed}.values()
        report.notes.extend(f"{one.post.key}.md: {file.name}: {note}." for file in files for note in file.notes)
    return report


def load_library(
    session: Session,
    folder: Path,
    plan: Plan,
    store: AssetStore,
    now: datetime,
    draw: Draw | None = None,
    by: str = "Thư viện",
) -> LoadReport:
    """Prepare and write in one go, for a session that nobody else waits for."""
    return write_library(session, prepare_library(folder, plan, store, draw), now, by)


def _store(line: AssetLine, store: AssetStore, draw: Draw) -> list[_Placed]:
    """Draw or copy one line of `assets` into the store: an infographic is an image and a cover."""
    found: list[_Placed] = []
    for role in line.roles:
        if line.is_spec:
            size = COVER_SIZE if role == "cover" else IMAGE_SIZE
            file = store.put_bytes(draw(line.path, size), f"{line.path.stem}-{size}.png")
        else:
            file = store.put(line.path)
        if (role == "video") != file.mime.startswith("video/"):
            wanted = "video" if role == "video" else "ảnh"
            raise ContentError(f"{line.path.name}: cần {wanted} nhưng nội dung tệp là {file.mime}.")
        found += [_Placed(file, role, platform, line.alt) for platform in line.platforms or [""]]
    return found


def _write(session: Session, post: PostFile, placed: Sequence[_Placed], now: datetime, by: str) -> str:
    """Write one post; the answer is "new", "changed" or "same"."""
    values = {name: getattr(post, name) for name in _FIELDS}
    _keep_files(session, placed, now)
    assets = _rows(placed)
    digest = content_hash(Post(**values, content_hash="", created_at=now, updated_at=now), assets)
    row = session.exec(select(Post).where(Post.key == post.key)).one_or_none()
    if row is not None and row.content_hash == digest:
        return "same"
    outcome, reason = ("new", "") if row is None else ("changed", _reason(row))
    row = row or Post(**values, content_hash=digest, created_at=now, updated_at=now)
    for name, value in values.items():
        setattr(row, name, value)
    row.content_hash, row.approved_hash, row.state, row.updated_at = digest, "", Editorial.DRAFT, now
    session.add(row)
    session.flush()
    _write_assets(session, row, assets)
    record(session, row, "loaded" if outcome == "new" else "changed", by, now, reason)
    session.flush()
    return outcome


def _reason(row: Post) -> str:
    return {Editorial.APPROVED: CHANGED_AFTER_APPROVAL, Editorial.SUBMITTED: CHANGED_AFTER_SUBMISSION}.get(
        Editorial(row.state), ""
    )


def _rows(placed: Sequence[_Placed]) -> list[PostAsset]:
    """Table rows without their post; positions count within a role and platform."""
    rows: list[PostAsset] = []
    for one in placed:
        position = sum(row.role == one.role and row.platform == one.platform for row in rows)
        rows.append(
            PostAsset(
                post_id=0,
                sha256=one.file.sha256,
                role=one.role,
                platform=one.platform,
                position=position,
                alt=one.alt,
            )
        )
    return rows


def _keep_files(session: Session, placed: Sequence[_Placed], now: datetime) -> None:
    """A row for each stored file; rows from before a file was read as closely learn what it tells."""
    for file in {one.file.sha256: one.file for one in placed}.values():
        asset = session.get(Asset, file.sha256)
        if asset is None:
            asset = Asset(sha256=file.sha256, mime=file.mime, size=file.size, name=file.name, created_at=now)
        asset.width, asset.height, asset.seconds = file.width, file.height, file.seconds
        session.add(asset)
    session.flush()


def _write_assets(session: Session, post: Post, rows: Sequence[PostAsset]) -> None:
    """Replace the post's assets by these."""
    assert post.id is not None, "the post was stored just before"
    session.exec(delete(PostAsset).where(col(PostAsset.post_id) == post.id))
    for row in rows:
        row.post_id = post.id
        session.add(row)
    session.flush()
