"""The calendar itself, and the month as a sheet to print and a file for calendar programs."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException

from connectors import CONNECTORS, connector_class
from content import office
from content.holidays import Holiday
from content.vietnamese import local, local_day
from reports.monthly import Month, month_rows
from scheduler.agenda import agenda, empty_slots
from scheduler.autopilot import slot_times
from scheduler.db import reading
from scheduler.lifecycle import WORDS
from scheduler.pauses import between
from scheduler.tables import Channel
from web.campaigns import Offer, offers
from web.channel_names import channel_names
from web.door import house_of, may
from web.forms import Form
from web.house import House
from web.marks import marks
from web.page import page
from web.pauses import told
from web.plans import Words, plan_words
from web.roles import Permission, Person
from web.rooms.calendar.asked import FIRST, LAST, OFFICE, STATE_OPTIONS, Asked, View, asked, wanted
from web.rooms.calendar.shown import MOST, days_of, hours_of
from web.rooms.calendar.special import Special, of_channel
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
TEMPLATES = {
    View.MONTH: "calendar/month.html",
    View.WEEK: "calendar/week.html",
    View.LIST: "calendar/list.html",
    View.DAY: "calendar/list.html",
}
BAD_HOLIDAYS = say("Không đọc được danh sách ngày lễ; lịch vẫn dùng được nhưng chỉ ghi những ngày nghỉ có sẵn.")


@router.get("/lich")
def calendar(request: Request, someone: Reader) -> HTMLResponse:
    """A month, a week, a list or a day."""
    house = house_of(request)
    now = house.now()
    wish = asked(request.query_params, local_day(now))
    with reading(house.engine) as session:
        channels = session.exec(select(Channel).order_by(col(Channel.key))).all()
        called = plan_words(session)
        campaigns = offers(session, wish.filters.chien_dich)
        choice, filters, unknown = wanted(wish.filters, channels, called.plan, campaigns)
        wish = Asked(wish.view, wish.on, wish.today, filters, wish.problem or unknown)
        found = agenda(session, wish.days, choice, most=MOST[wish.view])
        holidays, trouble = _holidays(session, house, wish.days)
        slots = empty_slots(session, wish.days, now=now, channel_id=choice.channel_id) if choice.every_post else {}
        first, last = slot_times(wish.days[0], [0])[0], slot_times(wish.days[-1], [24 * 60])[0]
        flags = house.watch.flags(session, first, last, now=now)
        pauses = told(session, between(session, first, last), {one.id or 0: one.name for one in channels})
    known = marks(channels)
    chosen = next((one for one in channels if one.id == choice.channel_id), None)
    days = days_of(
        wish, found, slots, known, Special(holidays, of_channel(pauses, chosen)), now, gaps=choice.every_post
    )
    return page(
        request,
        TEMPLATES[wish.view],
        asked=wish,
        days=days,
        weeks=[days[first : first + 7] for first in range(0, len(days), 7)],
        hours=hours_of(days) if wish.view is View.WEEK else [],
        hour_now=local(now).hour,
        channels=known.values(),
        total=sum(day.total for day in found.values()),
        form=Form(None, **filters.pairs),
        options=_options(channels, called, campaigns),
        words=WORDS,
        flags=flags,
        problems=[one for one in (wish.problem, trouble) if one],
        may_move=someone.may(Permission.SCHEDULE),
        may_write=someone.may(Permission.PROPOSE),
        back=wish.address(),
        drawn={},
    )


def _options(channels: Sequence[Channel], words: Words, campaigns: Sequence[Offer]) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    agencies = [(one.code, one.short) for one in words.plan.agencies] if words.plan else []
    return {
        "kenh": channel_names(channels),
        "diem": list(words.topics.items()),
        "trang_thai": list(STATE_OPTIONS),
        "don_vi": [(OFFICE, "Đơn vị quản lý kênh"), *agencies],
        "chien_dich": [(one.key, one.name) for one in campaigns],
    }


def _holidays(session: Session, house: House, days: Sequence[date]) -> tuple[Mapping[date, Holiday], str]:
    """What is special of these days; a broken file costs what stands in it, not the page."""
    found, whole = office.holidays_anyway(session, house.plan_dir, days)
    return found, "" if whole else BAD_HOLIDAYS


# Files -----------------------------------------------------------------------------------------------------


@router.get("/lich/tai/{name}")
def download(request: Request, name: str, _someone: Reader) -> Response:
    """A month as "2026-12.xlsx" or "2026-12.ics"."""
    match = re.fullmatch(r"(\d{4})-(\d{2})\.(xlsx|ics)", name, re.ASCII)
    year, number = (int(match[1]), int(match[2])) if match else (0, 0)
    if not match or not (1 <= number <= 12 and FIRST.year <= year <= LAST.year):
        raise HTTPException(404)
    body, kind = _file(house_of(request), Month(year, number), match[3])
    headers = {"Content-Disposition": f'attachment; filename="lich-dang-{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)


def _file(house: House, month: Month, ending: str) -> tuple[bytes, str]:
    # slow to import, and most requests need none
    from reports.month_calendar import month_calendar
    from reports.month_sheet import month_sheet

    with reading(house.engine) as session:
        rows = month_rows(session, month)
        holidays, _trouble = _holidays(session, house, month.days)
    platforms = {one: connector_class(one).capabilities.label for one in CONNECTORS}
    if ending == "ics":
        return month_calendar(month, rows, platforms, house.now().astimezone(UTC)), "text/calendar; charset=utf-8"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return month_sheet(month, rows, holidays, platforms, house.now()), kind
