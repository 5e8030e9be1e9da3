"""Suggestions of what portals tell: one that a person pasted, and taking one up as a file or as a draft of the desk."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Engine

from content.articles import articles
from content.errors import ContentError, DiskError
from content.plan import active_plan
from content.sources import check_address
from content.store import AssetStore
from content.suggestions import find_suggestion, record, still_new
from content.tables import Post
from content.takeup import Choice, Draft, as_fields, as_picture, draft, mark_taken, stored_picture, take
from scheduler.asking import Portals as Portals
from scheduler.db import reading, writing


def suggest_article(engine: Engine, portals: Portals, address: str, topic: str, *, now: datetime) -> tuple[int, bool]:
    """Suggest the article behind an address that a person pasted; its number, and whether it is new.

    Raises `ContentError` when the address, the topic or the page is not one to use.
    """
    address = check_address(address)
    with reading(engine) as session:
        plan = active_plan(session)
    if topic and plan.topic(topic) is None:
        raise ContentError(f"topic: kế hoạch không có nội dung “{topic}”; chỉ có {', '.join(plan.letters)}.")
    told = articles(portals.article(address, now))
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
) -> tuple[Draft, str]:
    """Take a suggestion up: picture and file with no write lock held, then the row in one short transaction.

    The second value says why there is no picture; "" when there is one, or when the article has none. Raises
    `ContentError` when it cannot be taken up.
    """
    with reading(engine) as session:
        plan = active_plan(session)
        row = find_suggestion(session, number, locked=False)
    still_new(row)
    picture, why = _picture(portals, store, row.image, as_picture)
    with reading(engine) as session:
        made = draft(session, number, folder, plan, choice, by=by, picture=picture)
    with writing(engine) as session:
        mark_taken(session, made, now)
    return made, why


def take_to_desk(
    engine: Engine, portals: Portals, store: AssetStore, number: int, choice: Choice, *, by: str, now: datetime
) -> tuple[Post, str]:
    """Take a suggestion up as a draft of the desk: the picture first, then everything in one short transaction.

    The second value is as `take_up` tells it. Raises `ContentError` when it cannot be taken up; of two who take the
    same one at once, one does.
    """
    with reading(engine) as session:
        plan = active_plan(session)
        row = find_suggestion(session, number, locked=False)
        still_new(row)
        as_fields(session, row, plan, choice)  # what cannot be taken up is told before anything is fetched
    picture, why = _picture(portals, store, row.image, stored_picture)
    with writing(engine) as session:
        return take(session, number, plan, choice, by=by, now=now, picture=picture), why


Kept = TypeVar("Kept")


def _picture(
    portals: Portals, store: AssetStore, address: str, keep: Callable[[AssetStore, bytes, str], Kept]
) -> tuple[Kept | None, str]:
    """An article whose picture cannot be had is an article all the same; on a full disk it waits until there is room."""
    if not address:
        return None, ""
    try:
        return keep(store, portals.picture(address), f"Ảnh của bài ({urlsplit(address).hostname})"), ""
    except DiskError:
        raise
    except ContentError as error:
        return None, f"Không lấy được ảnh của bài: {error.words}"
