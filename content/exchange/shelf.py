"""Posts of the library with their pictures, taken out of the tables to be written to a folder.

Pictures are copied under the names they came with, made safe for every system and told apart where two are
called the same. A folder is written beside its place and moved there whole: nobody finds half an export.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from sqlmodel import Session, col, select

from content.errors import ContentError
from content.plan import Plan
from content.search import Facts, found_ids
from content.store import ENDINGS, AssetStore
from content.tables import Asset, Post, PostAsset
from content.vietnamese import nfc, number

MEDIA_FOLDER = "tu-lieu"
"""Where the pictures of an export lie, below its folder."""
MARK = 12
"""Signs of a file's hash that tell it from every other, at the end of its name."""
_NAME_MAX = 80
_PAGE = 500
"""Posts asked for at once; databases limit the values of one statement."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*;\u2028\u2029\ud800-\udfff]+')


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored file in its place in a post, under the name it is exported with."""

    role: str
    platform: str
    alt: str
    name: str
    """Relative to the export's folder."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A post and its pictures, in their order."""

    post: Post
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is exported: the posts, and the files by the names they get."""

    posts: tuple[Shelved, ...]
    files: dict[str, tuple[str, str]]
    """Name -> (sha256, media type)."""


def gather(
    session: Session,
    plan: Plan,
    *,
    search: str = "",
    most: int | None = None,
    marked: bool = False,
    **facts: Unpack[Facts],
) -> Shelf:
    """The posts of the library that have these words and facts, in the plan's order.

    `marked`: every file's name carries its mark, so that it is known again without the file. Raises `ContentError`
    when there is no such post, or when there are more than `most`.
    """
    topic = facts["topic"] = facts.get("topic") or None
    if topic and plan.topic(topic) is None:
        raise ContentError(f"--topic: kế hoạch không có nội dung “{topic}”; chỉ có {', '.join(plan.letters)}.")
    ids = found_ids(session, search, **facts)
    if not ids:
        raise ContentError("Không có bài nào để xuất; hãy bỏ bớt điều kiện --topic, --search.")
    if most is not None and len(ids) > most:
        words = f"Có {number(len(ids))} bài; mỗi lần xuất tối đa {number(most)} bài"
        raise ContentError(f"{words}, hãy lọc bớt rồi xuất từng phần.")
    order = {one.letter: one.order for one in plan.topics}
    posts = sorted(_chosen(session, ids), key=lambda post: (order.get(post.topic, 99), post.key))
    names = _Names(marked=marked)
    pictures: dict[int, list[Picture]] = {}
    for place, asset in places_of(session, sorted(post.id or 0 for post in posts)):
        picture = Picture(place.role, place.platform, place.alt, names.of(asset))
        pictures.setdefault(place.post_id, []).append(picture)
    return Shelf(tuple(Shelved(post, tuple(pictures.get(post.id or 0, ()))) for post in posts), names.files)


def _chosen(session: Session, ids: Sequence[int]) -> Iterator[Post]:
    for start in range(0, len(ids), _PAGE):
        yield from session.exec(select(Post).where(col(Post.id).in_(ids[start : start + _PAGE])))


def places_of(session: Session, ids: Sequence[int]) -> Iterator[tuple[PostAsset, Asset]]:
    """The files of these posts in their places, post by post."""
    order = (col(PostAsset.post_id), col(PostAsset.role), col(PostAsset.platform), col(PostAsset.position))
    both = select(PostAsset, Asset).where(col(PostAsset.sha256) == col(Asset.sha256)).order_by(*order)
    for start in range(0, len(ids), _PAGE):
        yield from session.exec(both.where(col(PostAsset.post_id).in_(ids[start : start + _PAGE])))


class _Names:
    """Names for files, the same file always under the same one, no two alike even without case."""

    def __init__(self, *, marked: bool = False) -> None:
        self._marked = marked
        self.files: dict[str, tuple[str, str]] = {}
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, asset: Asset) -> str:
        if asset.sha256 not in self._given:
            ending = ENDINGS[asset.mime]
            stem = Path(nfc(asset.name)).stem if Path(asset.name).suffix.lower() in _endings(ending) else asset.name
            stem = _UNSAFE.sub("_", nfc(stem)).strip(" .'\u3000")[:_NAME_MAX].strip(" .") or "tep"
            stem = stem.replace(",", "_")
            name = f"{stem}{ending}"
            if self._marked or name.casefold() in self._taken:
                name = f"{stem}-{asset.sha256[:MARK]}{ending}"
            self._taken.add(name.casefold())
            self._given[asset.sha256] = whole = f"{MEDIA_FOLDER}/{name}"
            self.files[whole] = (asset.sha256, asset.mime)
        return self._given[asset.sha256]


def _endings(ending: str) -> tuple[str, ...]:
    return (ending, ".jpeg") if ending == ".jpg" else (ending,)


def copy_files(shelf: Shelf, store: AssetStore, folder: Path) -> None:
    """Copy every picture and video of the shelf below `folder`. Raises `ContentError` for one that is lost."""
    for name, (sha256, mime) in shelf.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = store.path(sha256, mime)
        if not source.is_file():
            raise ContentError(f"{Path(name).name}: tệp đã mất khỏi kho tư liệu; hãy nạp lại thư viện rồi xuất lại.")
        shutil.copyfile(source, target)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `folder` when all went well, and vanishes otherwise.

    Raises `ContentError` when something is there already: an export never mixes with older files.
    """
    taken = f"{folder}: thư mục đã có tệp; hãy chọn một thư mục mới hoặc trống để xuất."
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ContentError(taken)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield part
        part.chmod(0o755)
        try:
            if folder.exists():
                folder.rmdir()
            part.rename(folder)
        except OSError as error:
            if folder.is_dir() and any(folder.iterdir()):  # another export was quicker
                raise ContentError(taken) from error
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_files(folder: Path, texts: Iterable[tuple[str, str]]) -> None:
    """Write text files, UTF-8 with plain line ends on every system."""
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


Writer = Callable[[Shelf, Path], Sequence[str]]
"""Writes a shelf's texts into a folder; the answer is what a person should know."""


def export(shelf: Shelf, store: AssetStore, folder: Path, writer: Writer) -> list[str]:
    """Write the shelf and copy its pictures, whole or not at all; sentences about what is special."""
    with whole_folder(folder) as part:
        told = list(writer(shelf, part))
        copy_files(shelf, store, part)
    return told
