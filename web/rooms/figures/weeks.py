"""The weekly summaries: to read, to download, to make now."""

from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content.vietnamese import moment
from reports import chart, phrases
from reports.periods import ReportError, week_before, week_named
from reports.render import documents
from reports.summary import PARTS, WeeklySummary
from reports.tables import Summary
from reports.weekly import KIND, make_weekly
from scheduler.db import reading
from web.door import house_of, may
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
KEPT = 60
"""So many summaries are listed, the newest first."""

FILES = {
    "summary.html": "trang HTML",
    "summary.txt": "văn bản thường",
    "summary.json": "dữ liệu JSON",
    "chart.svg": "biểu đồ SVG",
    "chart.png": "biểu đồ PNG",
}
"""What `reports.render.documents` makes; a test holds the two together."""
TYPES = {
    ".html": "text/html",
    ".txt": "text/plain",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@router.get("/so-lieu/tuan")
def weeks(request: Request, _reader: Reader) -> HTMLResponse:
    """Every week that was summed up, its latest cut-off."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = session.connection().execute(
            columns(col(Summary.period), col(Summary.starts_on), col(Summary.ends_on), col(Summary.cutoff_at))
            .where(col(Summary.kind) == KIND)
            .order_by(col(Summary.starts_on).desc(), col(Summary.cutoff_at).desc())
            .limit(KEPT)
        )
        rows = [tuple(row) for row in found]
    latest = {period: (first, last, cutoff) for period, first, last, cutoff in reversed(rows)}
    made = week_before(house.now(), house.week_start).period in latest
    return page(request, "figures/weeks.html", rows=sorted(latest.items(), reverse=True), made=made)


@router.post("/so-lieu/tuan")
def make(request: Request, _editor: Editor) -> RedirectResponse:
    """Sum up the last whole week with what is known now."""
    house = house_of(request)
    period = week_before(house.now(), house.week_start).period
    made = make_weekly(house.engine, period, house.now(), house.summaries_dir, first_weekday=house.week_start)
    words = say("Đã lập tổng hợp, chốt số liệu lúc {at}.", at=moment(made.summary.cutoff_at))
    return go(request, f"/so-lieu/tuan/{period}", words)


@router.get("/so-lieu/tuan/{period}")
def week(request: Request, _reader: Reader, period: str) -> HTMLResponse:
    """One week's summary as a page."""
    with reading(house_of(request).engine) as session:
        summary = _summary(session, period)
    return page(
        request,
        "figures/week.html",
        summary=summary,
        days=[(one, chart.panel_svg(one, f"ngay-{n}")) for n, one in enumerate(chart.day_panels(summary))],
        bases=[(one, chart.panel_svg(one, f"nen-{n}")) for n, one in enumerate(chart.base_panels(summary))],
        files=FILES,
        parts=PARTS,
        signed=phrases.signed,
    )


@router.get("/so-lieu/tuan/{period}/{name}")
def document(request: Request, _reader: Reader, period: str, name: str) -> Response:
    """One document of a summary, made of the stored figures; a picture is shown, the rest is handed over as a file."""
    with reading(house_of(request).engine) as session:
        found = documents(_summary(session, period)).get(name)
    if found is None:
        raise HTTPException(404)
    kind = TYPES[PurePosixPath(name).suffix]
    shown = "inline" if kind.startswith("image/") else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{period}-{name}"', "Cache-Control": "no-store"}
    return Response(found, media_type=kind, headers=headers)


def _summary(session: Session, period: str) -> WeeklySummary:
    """The summary of a week with the latest cut-off; what is not there is not found."""
    try:
        wanted = week_named(period).period
    except ReportError:
        raise HTTPException(404) from None
    data = session.exec(
        select(Summary.data)
        .where(Summary.kind == KIND, Summary.period == wanted)
        .order_by(col(Summary.cutoff_at).desc())
        .limit(1)
    ).first()
    if data is None:
        raise HTTPException(404)
    return WeeklySummary.model_validate(data)
