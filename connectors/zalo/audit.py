"""What stands on the OA: the shown articles of both lists (zalo 2.5)."""

from datetime import datetime

from connectors.base import Listed
from connectors.zalo.api import Api
from connectors.zalo.listing import KINDS, Row, everything
from connectors.zalo.settings import Settings


def list_shown(api: Api, settings: Settings, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
    """The shown articles that were created before `until` and changed last at `since` or later.

    Zalo tells no time of publishing. An article is made hidden before its hour and may be edited after it, so
    its hour lies somewhere between its two times. Who made an article, and its text, are not told either.
    """
    rows = everything(api, KINDS, settings.page_limit, settings.pages_max, now=now)
    return [_listed(row, since, until) for row in rows if row.status == "show" and _touches(row, since, until)]


def _touches(row: Row, since: datetime, until: datetime) -> bool:
    return (row.created is None or row.created < until) and (row.updated is None or row.updated >= since)


def _listed(row: Row, since: datetime, until: datetime) -> Listed:
    at = next((at for at in (row.created, row.updated) if at is not None and since <= at < until), None)
    return Listed(row.id, row.link, at, row.title, "", None)
