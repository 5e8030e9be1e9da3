"""What the assets' pages share: who sees which files, what a list was asked for, how a file is told."""

import re
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import HTTPException
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, exists, select

from content.assets import KINDS, After, Listed, Wanted, list_assets
from content.store import ENDINGS
from content.tables import Asset, Post, PostAsset
from content.vietnamese import nfc, number
from web.acts import Act
from web.house import House
from web.roles import Permission, Person
from web.tables import DeskAct

ON_A_PAGE = 24
HASH = re.compile(r"[0-9a-f]{64}")
NAME_MOST = 100
"""Letters of a name that is searched for."""
TYPE_WORDS = {mime: ending.removeprefix(".").upper() for mime, ending in ENDINGS.items()}


class Asked(NamedTuple):
    """What a list was asked for, as it stands in its address."""

    kind: str = ""
    used: str = ""
    name: str = ""

    @classmethod
    def of(cls, values: Any) -> "Asked":
        """From an address or a form; what is not known asks for nothing."""
        kind, used = str(values.get("loai", "")), str(values.get("dung", ""))
        name = nfc(str(values.get("ten", ""))[:NAME_MOST]).strip()
        return cls(kind if kind in KINDS else "", used if used in ("co", "chua") else "", name)

    @property
    def wanted(self) -> Wanted:
        """The same for the list."""
        return Wanted(self.kind, {"co": True, "chua": False}.get(self.used), self.name)

    def address(self, **more: str) -> str:
        """Its query, with what stands besides it."""
        facts = {"loai": self.kind, "dung": self.used, "ten": self.name, **more}
        return urlencode({name: value for name, value in facts.items() if value})


def cursor(after: After | None) -> str:
    """Where the next page begins, for an address; "" when there is none."""
    return f"{after.created_at.isoformat()}_{after.sha256}" if after else ""


def after_of(text: str) -> After | None:
    """The same read back; whatever it is not, is the first page."""
    moment, _, sha256 = text.partition("_")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return After(at, sha256) if at.tzinfo is not None and HASH.fullmatch(sha256) else None


def listed(session: Session, person: Person, asked: Asked, after: str) -> Listed:
    """A page of what this person may see."""
    return list_assets(
        session, asked.wanted, limit=ON_A_PAGE, after=after_of(after), among=_seen_by(person)
    )  # fmt: skip


def theirs(person: Person) -> ColumnElement[bool] | None:
    """Of the posts those this person sees; None: all (`Person.sees`)."""
    if person.may(Permission.READ):
        return None
    own = col(Post.author) == person.name
    return or_(own, col(Post.agency) == person.agency) if person.agency else own


def _seen_by(person: Person) -> ColumnElement[bool] | None:
    """Files in posts that the person sees, and those they handed in; None: all."""
    posts = theirs(person)
    if posts is None:
        return None
    handed_in = select(DeskAct.subject).where(DeskAct.act == Act.FILE, DeskAct.actor == person.name)
    in_post = and_(col(PostAsset.sha256) == col(Asset.sha256), col(PostAsset.post_id) == col(Post.id), posts)
    return or_(exists().where(in_post), col(Asset.sha256).in_(handed_in))


def find(house: House, session: Session, sha256: str) -> Asset:
    """The file of that hash, whole on the disk. Raises HTTPException 404."""
    asset = session.get(Asset, sha256) if HASH.fullmatch(sha256) else None
    if asset is None or not house.service.store.has(asset.sha256, asset.mime, asset.size):
        raise HTTPException(404)
    return asset


def size_words(size: int) -> str:
    """Bytes as people say them: 3,4 MB."""
    for unit, least in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= least:
            return f"{number(size / least, 1)} {unit}"
    return f"{number(size)} byte"


def length_words(seconds: float) -> str:
    """A video's length: 1:05 or 1:02:05; "" when it is not known."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{whole % 60:02}" if whole else ""
