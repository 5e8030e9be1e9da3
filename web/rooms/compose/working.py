"""What somebody is writing and has not saved: one working copy for each person and post, as the form stood.

A copy is replaced only by who knows it (`version`): two windows of one person, or a window that was opened beside an
older copy, never write over each other unasked. A post that is not saved yet is called "~" and a few random letters;
once it was saved, its copy tells under which key, so that a second click saves no second post.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.editing import AssetUse, PostFields, fields_of
from content.keys import KEY
from content.tables import Post
from content.vietnamese import nfc
from scheduler.db import inserting
from web.forms import Form
from web.roles import Person
from web.rooms.compose import rules
from web.rooms.compose.fields import ASSETS_MOST, start_of
from web.tables import Staff, WorkCopy

NEW = "~"
LETTERS_MOST = 900_000
"""Characters in one copy: more than any post may have."""
LATELY = timedelta(minutes=30)
"""Who wrote within this time is told of as writing now."""
FORGOTTEN = timedelta(days=7)
"""How long a copy that became a post still leads there."""
_NEW_KEY = re.compile(r"~[0-9a-f]{12}")
_KNOWN = re.compile(
    r"title|body|topic|form|audiences|source|source_url|legal_refs|hashtags|platforms|sensitive|evergreen"
    r"|allowed_in_pause|valid_from|valid_to|late_rule|late_minutes|agency"
    rf"|{'|'.join(rules.NAMES)}"
    r"|v\.[a-z0-9_]{1,40}\.(?:title|summary|text|link|first_comment|o\.[a-z0-9_]{1,60})"
    r"|a\.\d{1,4}\.(?:sha256|role|platform|alt)"
)
_PLACE = re.compile(r"a\.(\d{1,4})\.(sha256|role|platform|alt)")


class Elsewhere(Exception):
    """The copy was written by another window; `copy` is what stands there."""

    def __init__(self, copy: WorkCopy) -> None:
        self.copy = copy
        super().__init__(copy.post_key)


class TooMuch(Exception):
    """More letters than any post has."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody else who writes in the same post."""

    name: str
    at: datetime


def is_new(key: str) -> bool:
    """Whether the key is that of a post which is not saved yet."""
    return _NEW_KEY.fullmatch(key) is not None


def known(key: str) -> str:
    """A key as posts and copies have them; 404 for anything else, before a database is asked."""
    if not KEY.fullmatch(key) and not is_new(key):
        raise HTTPException(404)
    return key


Key = Annotated[str, Depends(known)]


def find(session: Session, person: Person, key: str) -> WorkCopy | None:
    """The person's copy of this post."""
    return session.exec(select(WorkCopy).where(WorkCopy.staff_id == person.id, WorkCopy.post_key == key)).first()


def form_of(copy: WorkCopy) -> Form:
    """The form as it stood."""
    return Form(FormData([(name, value) for name, value in copy.fields.get("form", [])]))


def version_of(copy: WorkCopy | None) -> str:
    """What a window has to know to write over the copy; "" when there is none."""
    return str(copy.fields.get("version", "")) if copy is not None else ""


def saved_as(copy: WorkCopy | None) -> str:
    """The key of the post that a new post's copy became; "" while it is not saved."""
    return str(copy.fields.get("saved_as", "")) if copy is not None else ""


def drawn_in(copy: WorkCopy | None, fields: PostFields) -> PostFields:
    """The fields with what the pictures say that were drawn for this copy."""
    told: Mapping[str, Any] = copy.fields.get("drawn", {}) if copy is not None else {}
    return replace(fields, assets=tuple(replace(one, drawn=told.get(one.sha256)) for one in fields.assets))


def begin(session: Session, person: Person, fields: PostFields, *, now: datetime) -> str:
    """A new post's copy; returns its key. Copies nobody wrote in, and old signposts, are put away. Caller commits."""
    old = session.exec(select(WorkCopy).where(WorkCopy.staff_id == person.id, col(WorkCopy.post_key).startswith(NEW)))
    for row in old:
        if not row.fields.get("touched") and (not saved_as(row) or row.updated_at < now - FORGOTTEN):
            session.delete(row)
    key = NEW + secrets.token_hex(6)
    pairs = pairs_of(fields)
    row = WorkCopy(
        staff_id=person.id, post_key=key, fields={"form": pairs, "version": secrets.token_hex(4)}, updated_at=now
    )
    session.add(row)
    session.flush()
    return key


def begin_of(session: Session, person: Person, post: Post) -> None:
    """The copy of a post as it is saved; one that another request makes meanwhile is as good. The caller commits."""
    new = inserting(session, WorkCopy).values(
        staff_id=person.id, post_key=post.key, base_hash=post.content_hash, updated_at=post.updated_at,
        fields={"form": pairs_of(fields_of(session, post))},
    )  # fmt: skip
    session.connection().execute(new.on_conflict_do_nothing())


def keep(
    session: Session,
    person: Person,
    key: str,
    data: FormData,
    *,
    seen: str,
    known: str,
    now: datetime,
    force: bool = False,
) -> WorkCopy:
    """Keep the form as it stands; the caller commits. `known` is the version of the copy the window has.

    Raises `Elsewhere` when another window wrote meanwhile (unless `force`), `TooMuch` for what no post can be.
    """
    pairs = [
        [name, nfc(value)] for name, value in data.multi_items() if isinstance(value, str) and _KNOWN.fullmatch(name)
    ]
    if sum(len(value) for _, value in pairs) > LETTERS_MOST or len(pairs) > 2_000:
        raise TooMuch
    row = locked(session, person, key)
    if row is None:
        row = WorkCopy(staff_id=person.id, post_key=key, fields={}, updated_at=now)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            found = locked(session, person, key)
            assert found is not None, "it is there, or it could have been added"
            raise Elsewhere(found) from None
    elif version_of(row) != known and not force:
        raise Elsewhere(row)
    drawn = row.fields.get("drawn", {})
    row.fields = {"form": pairs, "version": secrets.token_hex(4), "drawn": drawn, "touched": True}
    row.base_hash, row.updated_at = seen, now
    session.add(row)
    session.flush()
    return row


def locked(session: Session, person: Person, key: str) -> WorkCopy | None:
    """The person's copy, which no other window of theirs writes until the commit."""
    wanted = select(WorkCopy).where(WorkCopy.staff_id == person.id, WorkCopy.post_key == key)
    return session.exec(wanted.with_for_update().execution_options(populate_existing=True)).first()


def drop(session: Session, person: Person, key: str, known: str | None = None) -> None:
    """Put the copy away; with `known` only when it is the one the window has. The caller commits."""
    row = locked(session, person, key)
    if row is not None and (known is None or version_of(row) == known):
        session.delete(row)
        session.flush()


def lead_to(session: Session, person: Person, key: str, post_key: str, now: datetime) -> None:
    """A new post was saved: from now on its copy only tells where. The caller commits."""
    row = locked(session, person, key)
    if row is not None:
        row.fields, row.updated_at = {"saved_as": post_key}, now
        session.add(row)
        session.flush()


def others(session: Session, person: Person, key: str, now: datetime) -> list[Writer]:
    """Who else writes in this post at the moment, the latest first."""
    rows = session.exec(
        select(Staff.name, WorkCopy.updated_at)
        .where(
            col(WorkCopy.staff_id) == col(Staff.id),
            WorkCopy.post_key == key,
            WorkCopy.staff_id != person.id,
            col(WorkCopy.updated_at) > now - LATELY,
        )
        .order_by(col(WorkCopy.updated_at).desc())
        .limit(5)
    )
    return [Writer(name, at) for name, at in rows]


# Pictures in a copy --------------------------------------------------------------------------------------


def pairs_of(fields: PostFields) -> list[list[str]]:
    """The fields as a form would send them."""
    pairs: list[list[str]] = []
    for name, value in start_of(fields).items():
        if name in ("audiences", "platforms", "tags"):
            pairs += [[name, one] for one in value]
        elif value not in ("", None):
            pairs.append([name, str(value)])
    return pairs


def with_assets(copy: WorkCopy, uses: Sequence[AssetUse]) -> None:
    """Put these pictures and videos behind those the copy has."""
    pairs = copy.fields.get("form", [])
    places = [int(found[1]) for name, _ in pairs if (found := _PLACE.fullmatch(name))]
    first = max(places, default=-1) + 1
    room = max(0, ASSETS_MOST - len({*places}))
    added = [
        [f"a.{first + number}.{name}", getattr(use, name)]
        for number, use in enumerate(uses[:room])
        for name in ("sha256", "role", "platform", "alt")
    ]
    drawn = {use.sha256: dict(use.drawn) for use in uses if use.drawn is not None}
    copy.fields = {
        **copy.fields,
        "form": [*pairs, *added],
        "drawn": {**copy.fields.get("drawn", {}), **drawn},
        "version": secrets.token_hex(4),
        "touched": True,
    }


def rearranged(data: FormData, act: str) -> FormData:
    """The form after one button of its list of pictures: "len.3" and "xuong.3" move, "bo.3" takes away."""
    verb, _, told = act.partition(".")
    names = data.multi_items()
    places = sorted({int(found[1]) for name, _ in names if (found := _PLACE.fullmatch(name))})
    place = int(told) if told.isascii() and told.isdigit() and len(told) < 5 else -1
    if place not in places:
        return data
    order = [one for one in places if one != place]
    if verb in ("len", "xuong"):
        step = -1 if verb == "len" else 1
        order.insert(max(0, min(len(order), places.index(place) + step)), place)
    return _in_order(names, order)


def _in_order(names: Sequence[tuple[str, Any]], order: Sequence[int]) -> FormData:
    after = {before: number for number, before in enumerate(order)}
    kept: list[tuple[str, Any]] = []
    for name, value in names:
        found = _PLACE.fullmatch(name)
        if found is None:
            kept.append((name, value))
        elif int(found[1]) in after:
            kept.append((f"a.{after[int(found[1])]}.{found[2]}", value))
    return FormData(kept)
