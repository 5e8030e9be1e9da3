"""A suggestion becomes a post's file in the library folder, for a person to finish, submit and have approved.

File and row cannot come apart: the file is written whole under a name that was free, then the row is marked,
inside one transaction. If the machine dies between the two, the next try finds the file by the line that names
its suggestion and only marks the row. Nothing here loads, submits or queues the post.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from sqlmodel import Session, col, select

from content.errors import ContentError
from content.keys import KEY, key_of, slug
from content.plan import Plan
from content.store import ENDINGS, AssetStore, write_whole
from content.suggestions import TAKEN, find_suggestion, still_new
from content.tables import PortalSource, Post, Suggestion
from content.vietnamese import day, local_day, nfc

ALT_TO_FILL = "[Mô tả ảnh]"
TEXT_TO_FILL = "[Viết hai, ba câu nói điều gì thay đổi với người đọc]"
"""What only a person can write; the check refuses the post until it is filled in."""
PUBLIC = "nguoi_dan"
"""The audience of an article that says nothing else, where the plan has it."""
NAMES = 1000
"""Bound on the numbers that are put behind a name which is in use."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it lies in the asset store."""

    data: bytes
    ending: str
    """Such as ".jpg"."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The post that was made: its key, its file, and whether the file was there from a try that was cut short."""

    key: str
    file: Path
    notes: tuple[str, ...]
    """What the editor should look at."""
    found: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose when taking a suggestion up; what is empty comes from the suggestion and the plan."""

    platforms: tuple[str, ...]
    topic: str = ""
    audiences: tuple[str, ...] = ()
    key: str = ""


def as_picture(store: AssetStore, data: bytes, name: str) -> Picture:
    """Bytes from elsewhere as a picture the asset store takes. Raises `ContentError` when it does not."""
    kept = store.put_bytes(data, name)
    if not kept.mime.startswith("image/"):
        raise ContentError(f"{name}: tệp không phải ảnh; hãy chọn ảnh khác.")
    return Picture(store.path(kept.sha256, kept.mime).read_bytes(), ENDINGS[kept.mime])


def take(
    session: Session,
    number: int,
    folder: Path,
    plan: Plan,
    choice: Choice,
    *,
    by: str,
    now: datetime,
    picture: Picture | None = None,
) -> Taken:
    """Make a post's file of a suggestion and mark the suggestion taken; the caller commits. `now` is aware UTC.

    Raises `ContentError` when it was taken or dismissed before, when the choice does not fit the plan, when the
    key that was asked for is in use, or when the folder cannot be written. Then nothing was changed.
    """
    by = nfc(" ".join(by.split()))
    if not by:
        raise ContentError("by: thiếu tên người thực hiện.")
    row = find_suggestion(session, number)
    still_new(row)
    head = _head(session, row, plan, choice)
    key, found = _place(session, folder, row, _names(row, head["topic"], nfc(choice.key.strip())), head, picture)
    row.state, row.post_key, row.decided_by, row.topic, row.updated_at = TAKEN, key, by, head["topic"], now
    session.add(row)
    session.flush()
    return Taken(key, folder / f"{key}.md", tuple(row.notes), found)


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
    body = f"{row.summary or TEXT_TO_FILL}\n\nNguồn: {head['source'].rstrip('.')}.\n"
    return f"---\n{_mark(row)}\n{facts}---\n\n{body}"


def _mark(row: Suggestion) -> str:
    """The line by which a file is known to be of this suggestion; to YAML it is a comment."""
    return f"# Đề xuất số {row.id}: {row.link or row.title}"


def _names(row: Suggestion, topic: str, wanted: str) -> Iterator[str]:
    """The keys to try: the one that was asked for, or a slug of the title and then the same with a number."""
    if wanted:
        if not KEY.fullmatch(wanted):
            raise ContentError(f"key: “{wanted}” phải là chữ thường không dấu, số và gạch nối, như d-mot-cua.")
        yield wanted
        return
    key = key_of(topic, row.title if slug(row.title) else f"de-xuat-{row.id}")
    yield key
    for number in range(2, NAMES):
        yield f"{key}-{number}"


# The file ------------------------------------------------------------------------------------------------


def _place(
    session: Session,
    folder: Path,
    row: Suggestion,
    names: Iterator[str],
    head: dict[str, Any],
    picture: Picture | None,
) -> tuple[str, bool]:
    """Write the file under the first key that is free; the key, and whether the file was there already.

    Other files are never touched.
    """
    last = ""
    for last in names:
        file = folder / f"{last}.md"
        if _is_of(file, row):
            return last, True
        if file.exists() or _in_use(session, last):
            continue
        assets: dict[str, Any] = {}
        if picture is not None:
            beside = folder / f"{last}{picture.ending}"
            if not _write_new(beside, picture.data) and beside.read_bytes() != picture.data:
                continue
            # the cover: where a link shows a picture of its own, none is added
            assets = {"assets": [{"cover": beside.name, "alt": ALT_TO_FILL}]}
        if _write_new(file, _text(row, {**head, **assets}).encode()):
            return last, False
    raise ContentError(f"key: tên bài “{last}” đã dùng; hãy chọn tên khác.")


def _is_of(file: Path, row: Suggestion) -> bool:
    try:
        lines = nfc(file.read_text(encoding="utf-8-sig")).splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return lines[:2] == ["---", nfc(_mark(row))]


def _in_use(session: Session, key: str) -> bool:
    """Whether a loaded post, or one that was made of another suggestion, is called so, with or without a file."""
    post = session.exec(select(Post.id).where(Post.key == key)).first()
    taken = session.exec(select(Suggestion.id).where(col(Suggestion.post_key) == key)).first()
    return post is not None or taken is not None


def _write_new(target: Path, data: bytes) -> bool:
    """Write a file whole, unless one of that name is there; whether it was written.

    Raises `ContentError` when the folder cannot be written.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.new")
    write_whole(part, data)
    try:
        # unlike a rename, a link never replaces what somebody else wrote meanwhile
        target.hardlink_to(part)
    except FileExistsError:
        return False
    except OSError as error:
        raise ContentError(f"{target.name}: không ghi được vào {target.parent} ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
    return True
