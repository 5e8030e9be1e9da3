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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from content.assets import keep_files
from content.drawings import COVER_SIZE, IMAGE_SIZE, Draw, Kept, KeptPictures, infographics_of, kept_pictures, name_of
from content.editorial import CHANGED_AFTER_APPROVAL, CHANGED_AFTER_SUBMISSION, content_hash, record
from content.errors import ContentError, DiskError, LibraryError
from content.plan import Plan
from content.postfile import AssetLine, PostFile, read_post
from content.store import AssetFile, AssetStore
from content.tables import Editorial, Post, PostAsset

_LEFT = (
    "{key}: bài đã được soạn hoặc sửa trên trang Soạn bài nên giữ nguyên, không nạp lời khác trong {file}; "
    "muốn dùng lời trong tệp, hãy chép vào trang Soạn bài."
)
_CHUNK = 500
"""Values in one statement; databases limit them."""
_Value = TypeVar("_Value")

_FIELDS = (
    *("key", "title", "body", "topic", "form", "audiences", "source", "source_url", "legal_refs", "hashtags"),
    *("platforms", "variants", "sensitive", "evergreen", "allowed_in_pause", "valid_from", "valid_to"),
    *("late_rule", "late_minutes", "tags", "season", "repeat_days", "repeat_most", "repeat_until"),
    *("series", "series_part", "file"),
)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The keys of the posts a load met, and what became of their files, for staff."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """Those of the changed ones that were approved, or before the approver, and are drafts again."""
    left: list[str] = field(default_factory=list)
    """Those that say something else than their file and belong to the desk: nothing of the file was taken."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored file in its place in a post."""

    file: AssetFile
    role: str
    platform: str
    alt: str
    drawn: Mapping[str, Any] = field(default_factory=dict)
    """What a drawn picture says and is made of; empty for a file that was handed in."""


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
    placed: tuple[Placed, ...]


def prepare_library(
    folder: Path, plan: Plan, store: AssetStore, draw: Draw | None = None, kept: KeptPictures | None = None
) -> list[ReadyPost]:
    """Everything that takes time or may fail, with no transaction open.

    `draw` makes a picture of a spec; without it the product's own infographics do, signed as the plan says. `kept`
    are the pictures that are not drawn again as long as they are made of the same (`kept_pictures`).
    Raises `LibraryError` with everything that is wrong in all files.
    """
    draw = cache(draw or infographics_of(plan))
    ready: list[ReadyPost] = []
    problems: list[str] = []
    for post in read_library(folder, plan):
        placed: list[Placed] = []
        for place, line in enumerate(post.assets, 1):
            try:
                placed += store_line(line, store, draw, (kept or {}).get(post.key, {}))
            except DiskError:
                raise
            except ContentError as error:
                problems.append(f"{post.key}.md: assets, mục {place}: {error.words}")
        ready.append(ReadyPost(post, tuple(placed)))
    if problems:
        raise LibraryError(problems)
    return ready


def write_library(session: Session, ready: Sequence[ReadyPost], now: datetime, by: str = "Thư viện") -> LoadReport:
    """Bring the posts into the tables; the caller commits. `now` is aware UTC.

    A post whose file changed becomes a draft again and says why. Posts whose files are gone stay as they are, and so
    do posts that were written, or last changed, at the desk: the report notes them. Raises `ContentError` when
    somebody else adds one of the new posts at this moment.
    All rows of a kind go to the database together: thousands of posts take seconds.
    """
    report = LoadReport()
    have = posts_by_key(session, [one.post.key for one in ready], locked=True)
    written: list[tuple[Post, ReadyPost, str, str]] = []
    same: list[tuple[Post, Sequence[Placed]]] = []
    keep_files(session, (placed.file for one in ready for placed in one.placed), now)
    for one in ready:
        row, digest = have.get(one.post.key), digest_of(one.post, one.placed)
        files = {placed.file.sha256: placed.file for placed in one.placed}.values()
        report.notes.extend(f"{one.post.key}.md: {file.name}: {note}." for file in files for note in file.notes)
        if row is not None and row.content_hash == digest:
            report.same.append(one.post.key)
            same.append((row, one.placed))
            continue
        if row is not None and is_of_the_desk(row):
            report.left.append(one.post.key)
            report.notes.append(_LEFT.format(key=row.key, file=one.post.file))
            continue
        outcome, reason = ("new", "") if row is None else ("changed", _reason(row))
        getattr(report, outcome).append(one.post.key)
        if reason:
            report.ended.append(one.post.key)
        have[one.post.key] = row = _fill(row, one.post, digest, now)
        written.append((row, one, outcome, reason))
    try:
        with session.begin_nested():
            # in one order, too: two who bring the same new posts never wait for each other
            session.add_all(one[0] for one in sorted(written, key=lambda one: one[0].key))
    except IntegrityError:
        raise ContentError("Người khác vừa thêm bài trùng mã với bài đang nạp; hãy nạp lại.") from None
    _learn_words(session, same)
    _write_assets(session, [(row, one.placed) for row, one, _, _ in written])
    for row, _, outcome, reason in written:
        record(session, row, "loaded" if outcome == "new" else "changed", by, now, reason)
    session.flush()
    return report


def posts_by_key(session: Session, keys: Sequence[str], *, locked: bool = False) -> dict[str, Post]:
    """Those of the keys that are in the table, with their posts; `locked`: nobody saves them until the commit."""
    found: list[Post] = []
    if locked:
        ids = [one for some in _chunks(keys) for one in session.exec(select(Post.id).where(col(Post.key).in_(some)))]
        for some in _chunks(sorted(one or 0 for one in ids)):
            found += _locked(session, some)
    else:
        for names in _chunks(keys):
            found += session.exec(select(Post).where(col(Post.key).in_(names)))
    return {row.key: row for row in found}


def _locked(session: Session, ids: Sequence[int]) -> Iterable[Post]:
    """The posts as they are now; always in one order, so that two who lock many never wait for each other."""
    wanted = select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id)).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True))


def _chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def is_of_the_desk(post: Post) -> bool:
    """Whether the post was written, or last changed, at the desk: then no file or table writes over it."""
    return post.file == ""


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
    ready = prepare_library(folder, plan, store, draw, kept_pictures(session, store))
    return write_library(session, ready, now, by)


def store_line(
    line: AssetLine, store: AssetStore, draw: Draw, kept: Mapping[tuple[str, str], Kept] | None = None
) -> list[Placed]:
    """Draw or copy one line of `assets` into the store: an infographic is an image and a cover.

    A picture among the post's `kept` ones is not drawn again.
    """
    found: list[Placed] = []
    for role in line.roles:
        drawn: Mapping[str, Any] = {}
        if line.is_spec:
            size = COVER_SIZE if role == "cover" else IMAGE_SIZE
            sketch = draw(line.path, size)
            if old := (kept or {}).get((line.alt, sketch.made_of)):
                file, drawn = old
            else:
                file = store.put_bytes(sketch.paint(), name_of(line.path.stem, size))
                drawn = sketch.facts()
        else:
            file = store.put(line.path)
        if (role == "video") != file.mime.startswith("video/"):
            wanted = "video" if role == "video" else "ảnh"
            raise ContentError(f"{line.path.name}: cần {wanted} nhưng nội dung tệp là {file.mime}.")
        found += [Placed(file, role, platform, line.alt, drawn) for platform in line.platforms or [""]]
    return found


def digest_of(post: PostFile, placed: Sequence[Placed]) -> str:
    """The content hash the post would have in the table."""
    # the hash reads names that a post has in its file as well as in its row
    return content_hash(cast("Post", post), cast("list[PostAsset]", _places(placed)))


def _fill(row: Post | None, post: PostFile, digest: str, now: datetime) -> Post:
    """The row as the file says it, as a draft that nobody has approved."""
    values = {name: getattr(post, name) for name in _FIELDS}
    values |= {"content_hash": digest, "approved_hash": "", "state": Editorial.DRAFT, "updated_at": now}
    if row is None:
        return Post(**values, created_at=now)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _reason(row: Post) -> str:
    return {Editorial.APPROVED: CHANGED_AFTER_APPROVAL, Editorial.SUBMITTED: CHANGED_AFTER_SUBMISSION}.get(
        Editorial(row.state), ""
    )


class _Place(NamedTuple):
    """A row of `post_asset` that is not written yet."""

    sha256: str
    role: str
    platform: str
    position: int
    alt: str
    drawn: Mapping[str, Any]


def _places(placed: Sequence[Placed]) -> list[_Place]:
    """The post's files in their places; positions count within a role and platform."""
    found: list[_Place] = []
    for one in placed:
        position = sum(place.role == one.role and place.platform == one.platform for place in found)
        found.append(_Place(one.file.sha256, one.role, one.platform, position, one.alt, one.drawn))
    return found


def _learn_words(session: Session, posts: Sequence[tuple[Post, Sequence[Placed]]]) -> None:
    """Keep what the drawn pictures of unchanged posts say, where the rows do not tell it yet or tell it otherwise.

    What is known of a picture is never forgotten because the same picture now comes as a file.
    """
    places = {
        (post.id, place.role, place.platform, place.position, place.sha256): place.drawn
        for post, placed in posts
        for place in _places(placed)
    }
    ids = [post.id for post, _ in posts]
    for some in _chunks(ids):
        for row in session.exec(select(PostAsset).where(col(PostAsset.post_id).in_(some))):
            told = places.get((row.post_id, row.role, row.platform, row.position, row.sha256))
            if row.drawn is None or (told and row.drawn != told):
                row.drawn = None if told is None else dict(told)
                session.add(row)


def _write_assets(session: Session, posts: Sequence[tuple[Post, Sequence[Placed]]]) -> None:
    """Replace the posts' assets by these."""
    ids = [post.id for post, _ in posts]
    for some in _chunks(ids):
        session.exec(delete(PostAsset).where(col(PostAsset.post_id).in_(some)))
    for post, placed in posts:
        assert post.id is not None, "the post was stored just before"
        session.add_all(PostAsset(post_id=post.id, **place._asdict()) for place in _places(placed))
    session.flush()
