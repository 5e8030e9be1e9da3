"""Holidays and days worth remembering, year by year: decided by the State every year, so they are data."""

from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from content.errors import ContentError
from content.vietnamese import day, local_day
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.settings.lists import Item, Keeper, Reader, Shelf, change, shelf, shown
from web.stale import Clash, mark_of
from web.words import say

router = APIRouter()
LABELS = {"on": "Ngày", "name": "Tên", "off": "Được nghỉ"}


@router.get("/cau-hinh/ngay-nghi")
def holidays(request: Request, _reader: Reader) -> HTMLResponse:
    """One year's days, and a form for one more."""
    return _page(request, _year(request), Form(off="1"))


@router.get("/cau-hinh/ngay-nghi/{on}")
def one_holiday(request: Request, _keeper: Keeper, on: str) -> HTMLResponse:
    """The form of one day."""
    which = _day(on)
    found = _shelf(request)[0].find(office.HOLIDAYS, which.isoformat())
    if found is None:
        raise HTTPException(404)
    form = Form(**{**shown(found, ("on",)), "off": "1" if found["off"] else ""})
    return _page(request, which.year, form, on=which, mark=mark_of(found))


@router.post("/cau-hinh/ngay-nghi")
def add_holiday(request: Request, someone: Keeper, posted: Posted) -> Response:
    """One more day."""
    return _save(request, someone, Form(posted), None)


@router.post("/cau-hinh/ngay-nghi/{on}")
def change_holiday(request: Request, someone: Keeper, posted: Posted, on: str) -> Response:
    """Another day, another name, or off or not."""
    return _save(request, someone, Form(posted), _day(on))


@router.post("/cau-hinh/ngay-nghi/{on}/xoa")
def remove_holiday(request: Request, someone: Keeper, posted: Posted, on: str) -> Response:
    """One day less."""
    form, which = Form(posted), _day(on)
    found = change(request, someone, office.HOLIDAYS, which.isoformat(), None, form, LABELS)
    where = f"/cau-hinh/ngay-nghi?nam={which.year}"
    if found or form.errors:
        words = "Chưa xóa ngày {day}: có người vừa sửa ngày này; hãy xem lại rồi xóa nếu vẫn cần."
        return go(request, where, say(words, day=day(which)), "warn")
    return go(request, where, say("Đã xóa ngày {day}.", day=day(which)))


def _year(request: Request) -> int:
    asked = request.query_params.get("nam", "")
    this = local_day(house_of(request).now()).year
    return int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:9]) <= 2100 else this


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(404) from None


def _shelf(request: Request) -> tuple[Shelf, str]:
    """The days as they stand, and what is wrong with the plan's file."""
    house = house_of(request)
    with reading(house.engine) as session:
        try:
            return shelf(session, house, office.HOLIDAYS), ""
        except ContentError as error:
            return Shelf([], office.Kept([])), error.words


def _save(request: Request, someone: Keeper, form: Form, on: date | None) -> Response:
    chosen = form.day("on", LABELS["on"], required=True)
    item: Item = {
        "on": chosen.isoformat() if chosen else "",
        "name": form.text("name", LABELS["name"], most=120, required=True),
        "off": form.yes("off"),
    }
    found: Clash | None = None
    if not form.errors:
        key = on.isoformat() if on else ""
        found = change(request, someone, office.HOLIDAYS, key, item, form, LABELS)
    if form.errors or found or chosen is None:
        year = (on or chosen or local_day(house_of(request).now())).year
        mark = found.mark if found else form.raw("dau")
        return _page(request, year, form, found, on=on, mark=mark, status=409 if found else 422)
    words = say("Đã lưu ngày {day}: {name}.", day=day(chosen), name=item["name"])
    return go(request, f"/cau-hinh/ngay-nghi?nam={chosen.year}", words)


def _page(
    request: Request,
    year: int,
    form: Form,
    found: Clash | None = None,
    *,
    on: date | None = None,
    mark: str = "",
    status: int = 200,
) -> HTMLResponse:
    house = house_of(request)
    there, broken = _shelf(request)
    days: list[dict[str, Any]] = [
        one | {"day": date.fromisoformat(one["on"]), "mark": mark_of(one)} for one in there.items
    ]
    years = {one["day"].year for one in days} | {local_day(house.now()).year, local_day(house.now()).year + 1, year}
    return page(
        request,
        "settings/holidays.html",
        status=status,
        year=year,
        years=sorted(years),
        days=[one for one in days if one["day"].year == year],
        kept=there.kept,
        broken=broken,
        form=form,
        clash=found,
        on=on,
        mark=mark,
    )
