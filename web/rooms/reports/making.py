"""A new report: for a period that has a name, or from a day to a day; figures as they stand at a moment."""

from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content.vietnamese import clock, local_day
from reports.official.build import Wanted
from reports.official.keeping import OWN, make_report, wanted
from reports.official.presets import Period, offered, period_named
from reports.periods import ReportError
from reports.spans import PRESET_WORDS, Span
from scheduler.db import writing
from web.door import Posted, house_of
from web.forms import Form
from web.house import House
from web.page import go, page
from web.rooms.reports.shared import HOME, Editor, noted
from web.words import say

router = APIRouter()
NEW = "/bao-cao/tao-moi"


class Group(NamedTuple):
    """Periods of one length, to choose from."""

    words: str
    periods: tuple[Period, ...]


@router.get(NEW)
def blank(request: Request, _editor: Editor) -> HTMLResponse:
    """The form; the plan's own report stands first."""
    house = house_of(request)
    now = house.now()
    return _form(request, house, Form(cutoff_day=local_day(now).isoformat(), cutoff_hour=clock(now)))


@router.post(NEW)
def begin(request: Request, someone: Editor, posted: Posted) -> Response:
    """Make it; a second click leads to the same one."""
    house, form = house_of(request), Form(posted)
    now = house.now()
    asked = _asked(house, form, now)
    if asked is None:
        return _form(request, house, form, status=422)
    try:
        row = make_report(house.engine, asked, by=someone.name, now=now)
    except ReportError as error:
        form.fail("period", say("{words}", words=error.words))
        return _form(request, house, form, status=422)
    with writing(house.engine) as session:
        noted(session, request, someone, row, f"Lập báo cáo: {row.title}")
    words = say("Đã lập bản nháp. Hãy đọc từng mục, sửa lời văn và viết các mục còn trống.")
    return go(request, f"{HOME}/{row.id}", words)


def _asked(house: House, form: Form, now: datetime) -> Wanted | None:
    """What the form asks for; None when it says something wrong, which then stands beside its field."""
    code = form.text("period", "Kỳ báo cáo", most=40, required=True)
    cutoff = form.moment("cutoff_day", "cutoff_hour", "Thời điểm chốt số liệu")
    first = last = None
    if code == OWN:
        first, last = (
            form.day(name, label, required=True) for name, label in (("first", "Từ ngày"), ("last", "Đến ngày"))
        )
    if form.errors or cutoff is None:
        return None
    # the form tells minutes; "now" in it is this very moment
    closed = now if (local_day(cutoff), clock(cutoff)) == (local_day(now), clock(now)) else cutoff
    try:
        if first and last:
            return wanted(None, Span(first, last), closed)
        chosen = period_named(code, house.week_start)
        return wanted(chosen.preset, chosen.span, closed, year=chosen.year, number=chosen.number)
    except ReportError as error:
        form.fail("period", say("{words}", words=error.words))
        return None


def _form(request: Request, house: House, form: Form, *, status: int = 200) -> HTMLResponse:
    groups = [
        Group(PRESET_WORDS[preset], periods) for preset, periods in offered(house.now(), house.week_start).items()
    ]
    return page(request, "reports/new.html", status=status, form=form, groups=groups, own=OWN)
