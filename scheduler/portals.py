"""The portals as the scheduler asks them: feeds, single pages, pictures, all through one guarded fetch."""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine

from content.errors import ContentError
from content.plan import active_plan
from content.sources import check_address
from content.store import AssetStore
from content.suggestions import find_suggestion, record, still_new
from content.tables import PortalSource
from content.takeup import Choice, Picture, Taken, as_picture, take
from portal.article import read_article
from portal.feed import read_feed
from portal.fetch import Fetched, FetchError, Limits, fetch
from portal.guard import Guard
from portal.values import Reading
from scheduler.db import reading, writing
from scheduler.intake import Answer

PICTURE_MAX = 15_000_000
"""Bytes of an article's picture."""


class Portals:
    """Feeds, pages and pictures of portals, through one guard and one set of limits."""

    def __init__(self, guard: Guard, limits: Limits) -> None:
        self.guard = guard
        self.limits = limits

    def feed(self, source: PortalSource, now: datetime) -> Answer:
        """What a feed tells now; see `scheduler.intake.Ask`."""
        try:
            got = self._fetch(source.address, etag=source.etag, last_modified=source.last_modified)
        except FetchError as error:
            return Answer(Reading(error=error.code, words=error.words), wait=error.wait)
        if got.not_modified:
            return Answer(None, got.etag, got.last_modified)
        told = read_feed(got.body, address=got.address, fetched_at=now, content_type=got.content_type)
        return Answer(told, got.etag, got.last_modified)

    def article(self, address: str, now: datetime) -> Reading:
        """What a single page tells of itself. Raises `ContentError` when it cannot be fetched or tells nothing."""
        try:
            got = self._fetch(address)
        except FetchError as error:
            raise ContentError(error.words) from error
        told = read_article(got.body, address=got.address, fetched_at=now, content_type=got.content_type)
        if not told.ok:
            raise ContentError(told.words)
        return told

    def picture(self, address: str) -> bytes:
        """The bytes behind a picture's address. Raises `ContentError`."""
        try:
            return self._fetch(address).body
        except FetchError as error:
            raise ContentError(error.words) from error

    def _fetch(self, address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        return fetch(address, guard=self.guard, limits=self.limits, etag=etag, last_modified=last_modified)


def suggest_article(engine: Engine, portals: Portals, address: str, topic: str, *, now: datetime) -> tuple[int, bool]:
    """Suggest the article behind an address that a person pasted; its number, and whether it is new.

    Raises `ContentError` when the address, the topic or the page is not one to use.
    """
    address = check_address(address)
    with reading(engine) as session:
        plan = active_plan(session)
    if topic and plan.topic(topic) is None:
        raise ContentError(f"topic: kế hoạch không có nội dung “{topic}”; chỉ có {', '.join(plan.letters)}.")
    told = portals.article(address, now)
    with writing(engine) as session:
        recorded = record(session, None, told, now, topic=topic)
    if not recorded.ids:
        raise ContentError("Trang này không cho biết tiêu đề nào; hãy viết bài bằng tay trong thư viện.")
    return recorded.ids[0], recorded.new > 0


def take_up(
    engine: Engine,
    portals: Portals,
    store: AssetStore,
    folder: Path,
    number: int,
    choice: Choice,
    *,
    by: str,
    now: datetime,
) -> tuple[Taken, str]:
    """Take a suggestion up: fetch its picture with no transaction open, then write file and row together.

    The second value says why there is no picture; "" when there is one, or when the article has none. Raises
    `ContentError` when it cannot be taken up.
    """
    with reading(engine) as session:
        plan = active_plan(session)
        row = find_suggestion(session, number)
    still_new(row)
    picture, why = _picture(portals, store, row.image)
    with writing(engine) as session:
        return take(session, number, folder, plan, choice, by=by, now=now, picture=picture), why


def _picture(portals: Portals, store: AssetStore, address: str) -> tuple[Picture | None, str]:
    """An article whose picture cannot be had is an article all the same."""
    if not address:
        return None, ""
    try:
        return as_picture(store, portals.picture(address), f"Ảnh của bài ({urlsplit(address).hostname})"), ""
    except ContentError as error:
        return None, f"Không lấy được ảnh của bài: {error.words}"
