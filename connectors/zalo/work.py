"""One piece of work on one OA: whom to ask, whose name signs, what goes out, and when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Outgoing, Saved
from connectors.errors import ConnectorError, Rejected, Unavailable
from connectors.zalo import article
from connectors.zalo.api import Api
from connectors.zalo.codes import INVALID, MEDIA_FAILED
from connectors.zalo.listing import Row, find_row, newest
from connectors.zalo.settings import Settings
from connectors.zalo.text import pictures_of

LIST_PAGES = 3
"""How far back a look goes in a list: thirty articles (zalo 9.2)."""
CLOCKS = timedelta(minutes=2)
"""How far Zalo's clock and ours may be apart (zalo 9.3)."""
LOOK_AFTER = timedelta(seconds=10)
"""An article is usually processed in some seconds (zalo 2.3)."""
PATIENCE = timedelta(minutes=15)
"""How long a ticket is asked about before the list decides; how long it lives is unverified (zalo 2.3)."""
SHOW, HIDE = "show", "hide"


@dataclass(slots=True)
class Run:
    """What one piece of work knows of its own steps beside what is saved; it ends with its connector."""

    unused_mark: str = ""
    """The mark that it wrote and has not used: under it surely nothing was sent."""
    error: ConnectorError | None = None
    """What it has to say as soon as the step before is on record."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every step on an article needs to know; `now` is aware UTC."""

    api: Api
    settings: Settings
    oa_name: str
    outgoing: Outgoing
    now: datetime
    run: Run = field(default_factory=Run)

    @property
    def kind(self) -> str:
        """Which of the OA's two lists the article stands in."""
        return article.kind_of(self.outgoing)

    def payload(self, status: str, saved: Saved) -> dict[str, Any]:
        """The whole article as it is sent, with its uploaded video where it has one."""
        video_id = str((saved.get("video") or {}).get("id") or "")
        return article.payload(self.outgoing, self.settings, self.oa_name, status=status, video_id=video_id)

    def row(self, article_id: str) -> Row | None:
        """The article as its list shows it, if it is one of the newest."""
        rows = newest(self.api, [self.kind], self.settings.page_limit, LIST_PAGES, now=self.now)
        return find_row(rows, article_id)


def verify(work: Work, ticket: str) -> dict[str, Any]:
    """What Zalo tells of an article it was given.

    Raises `StillProcessing`, `Unavailable`, or `Rejected` when Zalo gave it up: of pictures, with their names.
    """
    try:
        return work.api.ask("/v2.0/article/verify", {"token": ticket}, now=work.now)
    except Rejected as refused:
        raise _named(work, refused) from None


def ask_for_id(work: Work, ticket: str) -> str:
    """The id of an article that Zalo has finished. Raises as `verify` does."""
    data = verify(work, ticket)
    article_id = data.get("id") or data.get("article_id")
    if not article_id:
        raise Unavailable("Zalo chưa cho biết mã bài; hệ thống sẽ hỏi lại.", section="zalo 2.3")
    return str(article_id)


def is_picture_trouble(refused: Rejected) -> bool:
    """Whether Zalo gave an article up because of its pictures: then it is final (zalo 2.3)."""
    return refused.code == str(MEDIA_FAILED)


def is_unknown_ticket(refused: Rejected) -> bool:
    """Whether Zalo does not know the ticket (any more): then only a look tells. How long one lives is unverified
    (zalo 2.3)."""
    return refused.code == str(INVALID)


def _named(work: Work, refused: Rejected) -> Rejected:
    """The refusal of a picture with the pictures' names; Zalo does not tell which one it was."""
    if not is_picture_trouble(refused):
        return refused
    names = ", ".join(dict.fromkeys(f"“{picture.path.name}”" for picture in pictures_of(work.outgoing)))
    words = f"{refused.words} Ảnh của bài: {names}."
    return Rejected(words, code=refused.code, section=refused.section, evidence=refused.evidence)
