"""What pages and the API share about campaigns: the record of what was done, and the ones to choose from."""

from typing import NamedTuple

from fastapi import Request
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from content.campaign_fields import KEY_MOST, LABELS, CampaignFields, fields_of, shown
from content.keys import KEY
from content.tables import Campaign
from web.acts import Act, note
from web.door import house_of
from web.roles import Person
from web.stale import changes

MOST = 2_000
"""Characters of one row of the history."""
OFFERED = 100


class Offer(NamedTuple):
    """A campaign to choose."""

    id: int
    key: str
    name: str


def offers(session: Session, also: str = "") -> list[Offer]:
    """The campaigns that filters offer, the last to begin first; `also`: the key of one that is asked for."""
    columns = (col(Campaign.id), col(Campaign.key), col(Campaign.name))
    ordered = columns_of(*columns).order_by(col(Campaign.first).desc(), col(Campaign.id).desc())
    found = [Offer(row[0] or 0, row[1], row[2]) for row in session.connection().execute(ordered.limit(OFFERED))]
    if (
        len(also) <= KEY_MOST
        and KEY.fullmatch(also)
        and len(found) == OFFERED
        and all(one.key != also for one in found)
    ):
        asked = columns_of(*columns).where(col(Campaign.key) == also)
        found += [Offer(row[0] or 0, row[1], row[2]) for row in session.connection().execute(asked)]
    return found


def noted(
    session: Session,
    request: Request,
    someone: Person,
    row: Campaign,
    words: str = "",
    *,
    before: CampaignFields | None = None,
) -> None:
    """Leave a row in the history, in the same transaction; a change tells what it changed, and nothing when nothing."""
    told = words or (changes(LABELS, shown(before), shown(fields_of(row))) if before else "")
    if told:
        note(session, request, someone, Act.CAMPAIGN, row.key, told[:MOST], now=house_of(request).now())
