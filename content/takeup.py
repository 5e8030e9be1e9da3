"""A suggestion becomes a post's file in the library folder, for a person to finish, submit and have approved.

File and row cannot come apart: `draft` writes the file whole under a name that was free, with no write lock held,
then `mark_taken` marks the row in one short transaction. If the machine dies between the two, the next try finds
the file by the line that names its suggestion, whatever was renamed meanwhile, and only marks the row. Nothing here
loads, submits or queues the post.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from sqlmodel import Session, col, select

from content.assets import keep_files
from content.editing import AssetUse, PostFields, save
from content.errors import ContentError
from content.keys import KEY, key_of, slug
from content.plan import Plan
from content.store import ENDINGS, AssetFile, AssetStore, write_new
from content.suggestions import TAKEN, find_suggestion, still_new
from content.tables import PortalSource, Post, Suggestion
from content.vietnamese import day, local_day, nfc

ALT_TO_FILL = "[Mô tả ảnh]"
TEXT_TO_FILL = "[Viết hai, ba câu nói điều gì thay đổi với người đọc]"
"""What only a person can write; the check refuses the post until it is filled in."""
PUBLIC = "nguoi_dan"
"""The audience of an article that says nothing else, where the plan has it."""
FOUND = "Tệp của đề xuất này đã có từ một lần lấy bị ngắt giữa chừng nên được giữ nguyên; hãy xem lại nội dung tệp."
NAMES = 1000
"""Bound on the numbers that are put behind a name which is in use."""
LINE_MAX = 10_000
"""Characters; the line that names a suggestion begins within them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it lies in the asset store."""

    data: bytes
    ending: str
    """Such as ".jpg"."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The post's file that was made of a suggestion, or found from a try that was cut short."""

    number: int
    """The suggestion's."""
    key: str
    file: Path
    topic: str
    by: str
    notes: tuple[str, ...]
    """What the editor should look at."""
    written: tuple[tuple[Path, bytes], ...] = ()
    """What this try wrote: nothing where the file was there already."""

    @property
    def found(self) -> bool:
        """Whether the file was there already."""
        return not self.written


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose when taking a suggestion up; what is empty comes from the suggestion and the plan."""

    platforms: tuple[str, ...]
    topic: str = ""
    audiences: tuple[str, ...] = ()
    key: str = ""


def as_picture(store: AssetStore, data: bytes, name: str) -> Picture:
    """Bytes from elsewhere as a picture the asset store takes. Raises `ContentError` when it does not."""
    kept = stored_picture(store, data, name)
    return Picture(store.path(kept.sha256, kept.mime).read_bytes(), ENDINGS[kept.mime])


def stored_picture(store: AssetStore, data: bytes, name: str) -> AssetFile:
    """The same as it lies in the store. Raises `ContentError` when the store does not take it."""
    kept = store.put_bytes(data, name)
    if not kept.mime.startswith("image/"):
        raise ContentError(f"{name}: tệp không phải ảnh; hãy chọn ảnh khác.")
    return kept


def draft(
    session: Session, number: int, folder: Path, plan: Plan, choice: Choice, *, by: str, picture: Picture | None = None
) -> Draft:
    """Make a post's file of a suggestion; nothing is written to the database: `mark_taken` comes next.

    Raises `ContentError` when it was taken or dismissed before, when the choice does not fit the plan, when the
    key that was asked for is in use, or when the folder cannot be written.
    """
    by = nfc(" ".join(by.split()))
    if not by:
        raise ContentError("by: thiếu tên người thực hiện.")
    row = find_suggestion(session, number, locked=False)
    still_new(row)
    head = _head(session, row, plan, choice)
    names = _names(row, head["topic"], nfc(choice.key.strip()))
    file = _found(session, folder, row)
    written: tuple[tuple[Path, bytes], ...] = ()
    if file is None:
        file, written = _place(session, folder, row, names, head, picture)
    notes = tuple(row.notes) if written else (*row.notes, FOUND)
    return Draft(number, file.stem, file, head["topic"], by, notes, written)


def mark_taken(session: Session, made: Draft, now: datetime) -> None:
    """Mark the suggestion of a draft as taken; the caller commits. `now` is aware UTC.

    Raises `ContentError` when somebody else decided meanwhile; what this try wrote is gone then, unless it is the
    post they took.
    """
    row = find_suggestion(session, made.number)
    try:
        still_new(row)
    except ContentError:
        if row.post_key != made.key:
            _take_back(made)
        raise
    row.state, row.post_key, row.decided_by, row.topic, row.updated_at = TAKEN, made.key, made.by, made.topic, now
    session.add(row)
    session.flush()


# At the desk ----------------------------------------------------------------------------------------------


def as_fields(session: Session, row: Suggestion, plan: Plan, choice: Choice) -> PostFields:
    """The post that a suggestion becomes, as the desk writes posts. Raises `ContentError` as `draft`."""
    head = _head(session, row, plan, choice)
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in head.items()}
    return PostFields(body=_body(row, head), **values)


def take(
    session: Session, number: int, plan: Plan, choice: Choice, *, by: str, now: datetime, picture: AssetFile | None
) -> Post:
    """Make a draft of the desk of a suggestion and mark it as taken, both or neither; the caller commits.

    `now` is aware UTC; `picture`, when there is one, lies in the store. No file is written. Raises `ContentError` as
    `draft`, and when somebody else decided meanwhile.
    """
    row = find_suggestion(session, number)
    still_new(row)
    fields = as_fields(session, row, plan, choice)
    if picture is not None:
        keep_files(session, [picture], now)
        # a cover: where a link shows a picture of its own, none is added
        cover = AssetUse(picture.sha256, "cover", alt=ALT_TO_FILL, drawn={})
        fields = replace(fields, assets=(cover,))
    names = _names(row, fields.topic, nfc(choice.key.strip()))
    key = next((one for one in names if not _in_use(session, one)), "")
    if not key:
        raise ContentError(f"key: tên bài “{choice.key}” đã dùng; hãy chọn tên khác.")
    post = save(session, key, fields, by=by, now=now, seen="")
    row.state, row.post_key, row.decided_by, row.topic, row.updated_at = TAKEN, key, by, fields.topic, now
    session.add(row)
    session.flush()
    return post


# The text ------------------------------------------------------------------------------------------------


def _head(session: Session, row: Suggestion, plan: Plan, choice: Choice) -> dict[str, Any]:
    topic = choice.topic or row.topic
    if not topic:
        raise ContentError(f"topic: đề xuất {row.id} chưa có nội dung; hãy chọn một trong: {', '.join(plan.letters)}.")
    if plan.topic(topic) is None:
        raise ContentError(f"topic: kế hoạch không có nội dung “{topic}”; chỉ có {', '.join(plan.letters)}.")
    codes = [audience.code for audience in plan.audiences]
    audiences = list(dict.fromkeys(choice.audiences)) or ([PUBLIC] if PUBLIC in codes else codes)
    for audience in audiences:
        if audience not in codes:
            raise ContentError(f"audiences: không có đối tượng “{audience}”; hãy chọn trong: {', '.join(codes)}.")
    if not choice.platforms:
        raise ContentError("platforms: chưa chọn nền tảng nào để đăng.")
    head: dict[str, Any] = {
        "title": row.title,
        "topic": topic,
        "form": "lien_ket" if row.link else "van_ban",
        "audiences": audiences,
        "source": _source(session, row, plan),
        "source_url": row.link,
        "hashtags": ["CCHC"],
        "platforms": list(dict.fromkeys(choice.platforms)),
        # news is not posted again
        "evergreen": False,
    }
    return {name: value for name, value in head.items() if value != ""}


def _source(session: Session, row: Suggestion, plan: Plan) -> str:
    """Whose words these are, and of which day."""
    source = session.get(PortalSource, row.source_id) if row.source_id else None
    agency = next((one.name for one in plan.agencies if source and one.code == source.agency), "")
    host = urlsplit(row.link).hostname or ""
    names = [name for name in (source.name if source else "", agency) if name]
    whose = ", ".join(dict.fromkeys(names)) or host or "[Ghi nguồn chính thống]"
    return f"{whose}, ngày {day(local_day(row.published_at))}" if row.published_at else whose


def _text(row: Suggestion, head: dict[str, Any]) -> str:
    """The whole file."""
    facts = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=100_000, default_flow_style=None)
    return f"---\n{_mark(row)} {row.link or row.title}\n{facts}---\n\n{_body(row, head)}\n"


def _body(row: Suggestion, head: dict[str, Any]) -> str:
    return f"{row.summary or TEXT_TO_FILL}\n\nNguồn: {head['source'].rstrip('.')}."


def _mark(row: Suggestion) -> str:
    """How the line begins by which a file is known to be of this suggestion; to YAML it is a comment.

    What follows is for people: the portal may change it.
    """
    return f"# Đề xuất số {row.id}:"


def _names(row: Suggestion, topic: str, wanted: str) -> Iterator[str]:
    """The keys to try: the one that was asked for, or a slug of the title and then the same with a number."""
    if wanted and not KEY.fullmatch(wanted):
        raise ContentError(f"key: “{wanted}” phải là chữ thường không dấu, số và gạch nối, như d-mot-cua.")
    key = wanted or key_of(topic, row.title if slug(row.title) else f"de-xuat-{row.id}")
    return chain([key], () if wanted else (f"{key}-{number}" for number in range(2, NAMES)))


# The file ------------------------------------------------------------------------------------------------


def _found(session: Session, folder: Path, row: Suggestion) -> Path | None:
    """The file that an earlier try made of this suggestion."""
    for file in sorted(folder.glob("*.md")):
        if _is_of(file, row) and KEY.fullmatch(file.stem) and not _taken_as(session, file.stem):
            return file
    return None


def _is_of(file: Path, row: Suggestion) -> bool:
    try:
        with file.open(encoding="utf-8-sig") as text:
            first, second = (nfc(text.readline(LINE_MAX)) for _ in range(2))
    except (OSError, UnicodeDecodeError):
        return False
    return first.rstrip() == "---" and second.startswith(nfc(_mark(row)))


def _place(
    session: Session,
    folder: Path,
    row: Suggestion,
    names: Iterator[str],
    head: dict[str, Any],
    picture: Picture | None,
) -> tuple[Path, tuple[tuple[Path, bytes], ...]]:
    """Write the file under the first key that is free; the file, and everything that was written.

    Other files are never touched.
    """
    last = ""
    for last in names:
        file = folder / f"{last}.md"
        if file.exists() or _in_use(session, last):
            continue
        assets: dict[str, Any] = {}
        written: list[tuple[Path, bytes]] = []
        if picture is not None:
            beside = folder / f"{last}{picture.ending}"
            if write_new(beside, picture.data):
                written.append((beside, picture.data))
            elif beside.read_bytes() != picture.data:
                continue
            # the cover: where a link shows a picture of its own, none is added
            assets = {"assets": [{"cover": beside.name, "alt": ALT_TO_FILL}]}
        data = _text(row, {**head, **assets}).encode()
        if write_new(file, data):
            return file, (*written, (file, data))
        if _is_of(file, row):
            return file, ()  # somebody takes the same suggestion at this moment
    raise ContentError(f"key: tên bài “{last}” đã dùng; hãy chọn tên khác.")


def _in_use(session: Session, key: str) -> bool:
    """Whether a loaded post, or one that was made of another suggestion, is called so, with or without a file."""
    return session.exec(select(Post.id).where(Post.key == key)).first() is not None or _taken_as(session, key)


def _taken_as(session: Session, key: str) -> bool:
    """Whether a suggestion became the post of that key."""
    return session.exec(select(Suggestion.id).where(col(Suggestion.post_key) == key)).first() is not None


def _take_back(made: Draft) -> None:
    """Remove what this try wrote and nobody has touched since; the file before its picture."""
    for file, data in reversed(made.written):
        with suppress(OSError):
            if file.read_bytes() == data:
                file.unlink()
