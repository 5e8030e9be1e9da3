"""What the assets' pages share: who sees which files, what a list was asked for, how a file is told."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import HTTPException
from sqlmodel import Session

from content.assets import KINDS, After, Listed, Wanted, list_assets
from content.store import ENDINGS
from content.tables import Asset
from content.vietnamese import nfc, number
from web.files import files_of, not_theirs
from web.house import House
from web.roles import Person

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
        if at.tzinfo is not None:
            at = at.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are have no UTC in some zones
        return None
    return After(at, sha256) if at.tzinfo is not None and HASH.fullmatch(sha256) else None


def listed(session: Session, person: Person, asked: Asked, after: str) -> Listed:
    """A page of what this person may see."""
    return list_assets(
        session, asked.wanted, limit=ON_A_PAGE, after=after_of(after), among=files_of(person)
    )  # fmt: skip


def find(house: House, session: Session, person: Person, sha256: str) -> Asset:
    """The file of that hash, whole on the disk and this person's to see. Raises HTTPException 404."""
    asset = session.get(Asset, sha256) if HASH.fullmatch(sha256) else None
    if asset is None or not_theirs(session, person, [sha256]):
        raise HTTPException(404)
    if not house.service.store.has(asset.sha256, asset.mime, asset.size):
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
