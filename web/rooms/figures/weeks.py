"""The weekly summaries: to read, to download, to make now; and what a later cut-off says otherwise."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select as columns
from sqlmodel import Session, col

from content.vietnamese import local_day, moment
from reports import chart, phrases, told
from reports.changes import changes
from reports.deliveries import DELIVERY_WORDS, deliveries_of, seen
from reports.edits import MOST, PLACES, of_row
from reports.official.values import Heading
from reports.papers import MAKE
from reports.periods import ReportError, week_before, week_named
from reports.render import documents
from reports.stored import heading, versions
from reports.summary import PARTS, WeeklySummary
from reports.tables import Summary
from reports.weekly import KIND, make_weekly
from scheduler.db import reading
from scheduler.deliveries import Sending
from web.door import house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
KEPT = 60
"""So many summaries are listed, the newest first."""
CHANGES_MOST = 60

FILES = {
    "summary.pdf": "PDF để in",
    "summary.docx": "Word theo thể thức",
    "summary.xlsx": "bảng tính Excel",
    "summary.html": "trang HTML",
    "summary.txt": "văn bản thường",
    "summary.json": "dữ liệu JSON",
    "chart.svg": "biểu đồ SVG",
    "chart.png": "biểu đồ PNG",
}
"""What `reports.papers` and `reports.render.documents` make; a test holds them together."""
TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
    ".txt": "text/plain",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
SHAPES = {
    Sending.WAITING: ("wait", "calm"),
    Sending.SENDING: ("run", "calm"),
    Sending.SENT: ("done", "good"),
    Sending.UNKNOWN: ("ask", "warn"),
    Sending.FAILED: ("bad", "bad"),
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
    return _made(request, week_before(house.now(), house.week_start).period)


@router.post("/so-lieu/tuan/{period}/lap-lai")
def make_again(request: Request, _editor: Editor, period: str) -> RedirectResponse:
    """Sum up this week with what is known now; what was made before stays."""
    with reading(house_of(request).engine) as session:
        chosen(session, period)
    return _made(request, period)


def _made(request: Request, period: str) -> RedirectResponse:
    house = house_of(request)
    start, special = house.week_start, house.plan_dir
    try:
        made = make_weekly(
            house.engine, period, house.now(), house.summaries_dir, first_weekday=start, plan_dir=special
        )
    except ReportError as error:  # the figures are kept, and the page makes every document anew
        return go(request, "/so-lieu/tuan", say("{words}", words=error.words), "warn")
    words = say("Đã lập tổng hợp, chốt số liệu lúc {at}.", at=moment(made.summary.cutoff_at))
    return go(request, f"/so-lieu/tuan/{period}", words)


@router.get("/so-lieu/tuan/{period}")
def week(request: Request, _reader: Reader, period: str, ban: str = "", so: str = "") -> HTMLResponse:
    """One week's summary as a page; `ban` names one of its cut-offs, `so` the earlier one that it is held against."""
    return show_week(request, period, ban, so)


def show_week(
    request: Request, period: str, ban: str = "", so: str = "", form: Form | None = None, status: int = 200
) -> HTMLResponse:
    """The page; `form`: the sentences as somebody sent them, with what is wrong."""
    house = house_of(request)
    with reading(house.engine) as session:
        row, rows = chosen(session, period, ban)
        deliveries = deliveries_of(session, [one.id or 0 for one in rows])
    summary = of_row(row)
    earlier = [one for one in rows if one.cutoff_at < row.cutoff_at and one.starts_on == row.starts_on]
    against = next((one for one in earlier if str(one.id) == so), earlier[0] if earlier else None)
    moved = changes(of_row(against), summary) if against is not None else ()
    return page(
        request,
        "figures/week.html",
        status=status,
        week_at=f"/so-lieu/tuan/{summary.period}",
        row=row,
        rows=rows,
        summary=summary,
        days=[(one, chart.panel_svg(one, f"ngay-{n}")) for n, one in enumerate(chart.day_panels(summary))],
        bases=[(one, chart.panel_svg(one, f"nen-{n}")) for n, one in enumerate(chart.base_panels(summary))],
        files=FILES,
        parts=PARTS,
        signed=phrases.signed,
        told=told,
        earlier=earlier,
        against=against,
        moved=moved[:CHANGES_MOST],
        more_moved=max(0, len(moved) - CHANGES_MOST),
        form=form or _words(summary),
        places=PLACES,
        most=MOST,
        post=house.summary_mail,
        deliveries=[one for one in deliveries if one.summary_id == row.id],
        elsewhere=sorted({one.address for one in deliveries if one.summary_id != row.id}),
        seen=seen,
        delivery_words=DELIVERY_WORDS,
        shapes=SHAPES,
    )


def _words(summary: WeeklySummary) -> Form:
    """The form of the three sentences as they stand."""
    at = summary.edited.at.isoformat() if summary.edited else ""
    start: dict[str, Any] = dict(zip(PLACES, summary.lead, strict=True))
    return Form(None, **start, thay=at)


@router.get("/so-lieu/tuan/{period}/{name}")
def document(request: Request, _reader: Reader, period: str, name: str, ban: str = "") -> Response:
    """One document of a summary, made of the stored figures; a picture is shown, the rest is handed over as a file."""
    if name not in FILES:
        raise HTTPException(404)
    with reading(house_of(request).engine) as session:
        row, _ = chosen(session, period, ban)
        frame = heading(session, local_day(row.cutoff_at))
    kind = TYPES[PurePosixPath(name).suffix]
    shown = "inline" if kind.startswith("image/") else "attachment"
    called = f"{'bieu-do' if name.startswith('chart') else 'tong-hop'}-tuan-{period}{PurePosixPath(name).suffix}"
    headers = {"Content-Disposition": f'{shown}; filename="{called}"', "Cache-Control": "no-store"}
    return Response(_paper(name, of_row(row), frame), media_type=kind, headers=headers)


def _paper(name: str, summary: WeeklySummary, frame: Heading) -> bytes:
    return MAKE[name](summary, frame) if name in MAKE else documents(summary)[name]


def chosen(session: Session, period: str, ban: str = "") -> tuple[Summary, Sequence[Summary]]:
    """The summary of a week with this number, else with the latest cut-off, and all of them, the latest first.

    What is not there is not found.
    """
    try:
        wanted = week_named(period).period
    except ReportError:
        raise HTTPException(404) from None
    rows = versions(session, wanted)
    row = next((one for one in rows if str(one.id) == ban), None) if ban else next(iter(rows), None)
    if row is None:
        raise HTTPException(404)
    return row, rows
