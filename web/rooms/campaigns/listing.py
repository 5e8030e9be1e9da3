"""All campaigns as cards, by where they stand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from content.campaigns import PHASE_WORDS, Phase, campaigns, counts, phase
from content.vietnamese import local_day
from reports.campaigns import pace, progress
from scheduler.db import reading
from web import asking
from web.door import house_of, may
from web.page import page
from web.roles import Permission, Person

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
ON_A_PAGE = 9
EVERY = "tat-ca"
"""The choice of all of them."""


@router.get("/chien-dich")
def listing(request: Request, _reader: Reader) -> HTMLResponse:
    """The running ones, unless others are asked for; when none runs, what there is."""
    house = house_of(request)
    now = house.now()
    today = local_day(now)
    with reading(house.engine) as session:
        counted = counts(session, today=today)
        chosen = _chosen(asking.one_of(request.query_params, "loc", {*Phase, EVERY}), counted)
        only = Phase(chosen) if chosen != EVERY else None
        total = counted[only] if only else sum(counted.values())
        last = max(1, -(-total // ON_A_PAGE))
        at = min(asking.number(request.query_params.get("trang", ""), most=10_000) or 1, last)
        rows = campaigns(session, today=today, only=only, limit=ON_A_PAGE, offset=(at - 1) * ON_A_PAGE)
        tallies = progress(session, rows)
    return page(
        request,
        "campaigns/list.html",
        cards=[(row, phase(row, today), tallies[row.id or 0], pace(row, now)) for row in rows],
        phases=PHASE_WORDS,
        counted=counted,
        chosen=chosen,
        every=EVERY,
        before=asking.address("/chien-dich", loc=chosen, trang=at - 1) if at > 1 else "",
        after=asking.address("/chien-dich", loc=chosen, trang=at + 1) if at < last else "",
        today=today,
    )


def _chosen(asked: str, counted: dict[Phase, int]) -> str:
    return asked or next((one.value for one in Phase if counted[one]), Phase.RUNNING.value)
