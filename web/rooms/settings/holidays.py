"""Days off and days worth remembering, year by year: built in, from the plan's file, or as the office says."""

from dataclasses import replace
from datetime import date

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from content.days import ORIGIN_WORDS, KnownDay, Origin, days_of_year
from content.errors import ContentError
from content.holidays import MOST, Holiday, base
from content.tags import KNOWN
from content.vietnamese import day, local_day
from scheduler.days import USUAL, rule_of, rule_words
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import Item, Keeper, Reader, change, shown
from web.page import go, page
from web.stale import Clash, mark_of
from web.words import say

router = APIRouter()
LABELS = {
    "on": "Ngày",
    "name": "Tên",
    "off": "Được nghỉ",
    "working": "Ngày làm bù",
    "at_most": "Mỗi kênh nhiều nhất",
    "without": "Không đăng bài có nhãn",
    "only": "Chỉ đăng bài có nhãn",
}


@router.get("/cau-hinh/ngay-nghi")
def holidays(request: Request, _reader: Reader) -> HTMLResponse:
    """One year's days, and a form for one more."""
    return _page(request, _year(request), Form(off="1"))


@router.get("/cau-hinh/ngay-nghi/{on}")
def one_holiday(request: Request, _keeper: Keeper, on: str) -> HTMLResponse:
    """The form of one day."""
    which = _day(on)
    known = next((one for one in _days(request, which.year)[0] if one.on == which), None)
    if known is None:
        raise HTTPException(404)
    return _page(request, which.year, Form(**_fields(known.holiday)), on=which, mark=_mark(known))


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
    """The day as it stands below the office's row: as the plan's file says, as it is built in, or not special."""
    form, which = Form(posted), _day(on)
    known = next((one for one in _days(request, which.year)[0] if one.on == which), None)
    below = known.below if known else None
    item = _item(below) if below is not None and below != base(which.year).get(which) else None
    found = change(request, someone, office.HOLIDAYS, which.isoformat(), item, form, LABELS)
    where = f"/cau-hinh/ngay-nghi?nam={which.year}"
    if found or form.errors:
        words = "Chưa xóa ngày {day}: có người vừa sửa ngày này; hãy xem lại rồi xóa nếu vẫn cần."
        return go(request, where, say(words, day=day(which)), "warn")
    if below is not None:
        return go(request, where, say("Đã trả ngày {day} về “{name}”.", day=day(which), name=below.name))
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


def _days(request: Request, year: int) -> tuple[list[KnownDay], office.Kept, str]:
    """The year's days as they stand, what the table knows of the office's own, what is wrong with the plan's file."""
    house = house_of(request)
    with reading(house.engine) as session:
        kept = office.read(session, office.HOLIDAYS)
        try:
            return days_of_year(session, house.plan_dir, year, kept), kept, ""
        except ContentError as error:
            return [KnownDay(one, Origin.BASE) for one in base(year).values()], kept, error.words


def _item(one: Holiday) -> Item:
    return one.model_dump(mode="json")


def _mark(known: KnownDay) -> str:
    """Of the row as the list has it; a day that is built in has none yet."""
    return mark_of({} if known.origin is Origin.BASE else _item(known.holiday))


def _fields(one: Holiday) -> Item:
    """The day as its form shows it."""
    boxes = {"off": "1" if one.off else "", "working": "1" if one.working else ""}
    tags = {"without": ", ".join(one.without), "only": ", ".join(one.only)}
    return {**shown(_item(one), ("on",)), **boxes, **tags}


def _save(request: Request, someone: Keeper, form: Form, on: date | None) -> Response:
    chosen = form.day("on", LABELS["on"], required=True)
    item: Item = {
        "on": chosen.isoformat() if chosen else "",
        "name": form.text("name", LABELS["name"], most=120, required=True),
        "off": form.yes("off"),
        "working": form.yes("working"),
        "at_most": form.number("at_most", LABELS["at_most"], least=0, most=MOST)
        if form.raw("at_most").strip()
        else None,
        "without": _tags(form, "without"),
        "only": _tags(form, "only"),
    }
    if item["off"] and item["working"]:
        form.fail("working", say("Ngày làm bù thì không nghỉ; hãy bỏ chọn “Được nghỉ làm việc” hoặc “Ngày làm bù”."))
    if on and chosen and on != chosen and _is_built_in(request, on):
        form.fail("on", say("Ngày có sẵn không chuyển sang ngày khác được; hãy thêm một ngày mới."))
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


def _number(form: Form, name: str) -> int | None:
    """How many; None for an empty field."""
    return form.number(name, LABELS[name], least=0, most=MOST) if form.raw(name).strip() else None


def _tags(form: Form, name: str) -> list[str]:
    """Tags as people write them: between commas or blanks."""
    return list(dict.fromkeys(form.text(name, LABELS[name], most=600).replace(",", " ").split()))


def _is_built_in(request: Request, on: date) -> bool:
    return any(one.on == on and one.origin is Origin.BASE for one in _days(request, on.year)[0])


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
    days, kept, broken = _days(request, year)
    this = local_day(house.now()).year
    rules = {one.on: rule for one in days if (rule := rule_of(one.holiday)) is not None}
    own = {on: rule_words(rule) for on, rule in rules.items() if replace(rule, name="") != USUAL}
    return page(
        request,
        "settings/holidays.html",
        status=status,
        year=year,
        years=sorted({this - 1, this, this + 1, this + 2, year}),
        days=[(one, _mark(one), own.get(one.on, "")) for one in days],
        usual=rule_words(USUAL),
        origins=ORIGIN_WORDS,
        tags=KNOWN,
        kept=kept,
        broken=broken,
        form=form,
        clash=found,
        on=on,
        mark=mark,
    )
