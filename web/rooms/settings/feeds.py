"""The portals' feeds: added after a look at the address, paused, read at once, put away; how each stands."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from content.errors import ContentError
from content.plan import Plan
from content.sources import (
    EVERY_MAX,
    EVERY_MIN,
    add_source,
    change_source,
    check_address,
    find_source,
    how_it_stands,
    pause_source,
    remove_source,
    sources,
)
from content.tables import PortalSource
from portal.errors import PortalError
from scheduler.db import reading, writing
from web.acts import Act, note
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import Keeper, Reader, plan_in_force, plan_now
from web.page import go, page
from web.roles import Person
from web.stale import MARK, Clash, changes, clash, mark_of
from web.words import say

router = APIRouter()
HERE = "/cau-hinh/nguon-tin"
LABELS = {
    "name": "Tên",
    "topic": "Nội dung tuyên truyền",
    "agency": "Cơ quan, đơn vị",
    "every_minutes": "Số phút giữa hai lần đọc",
}
ACTS = {
    "tam-dung": ("Tạm dừng", "Đã tạm dừng nguồn “{key}”."),
    "doc-lai": ("Đọc lại", "Nguồn “{key}” được đọc lại từ lượt tới."),
    "xoa": ("Xóa", "Đã xóa nguồn “{key}”."),
}
"""What was done, for the record and for the person."""
NEW_LABELS = {"key": "Tên gọi ngắn", "address": "Địa chỉ nguồn tin", **LABELS}


@router.get(HERE)
def feeds(request: Request, _reader: Reader) -> HTMLResponse:
    """Every feed and how it stands."""
    with reading(house_of(request).engine) as session:
        plan = plan_in_force(session)
        found = [(one, _state(one), how_it_stands(one)) for one in sources(session)]
    names = {one.code: one.short for one in plan.agencies} if plan else {}
    return page(
        request, "settings/feeds.html", feeds=found, names=names, can_read=bool(house_of(request).service.intake)
    )


def _state(source: PortalSource) -> tuple[str, str]:
    """A state that every page knows, and its word."""
    if not source.active:
        return "held", "Tạm dừng"
    if source.failures:
        return "failed", "Không đọc được"
    return ("connected", "Đang đọc") if source.ok_at else ("scheduled", "Chưa đọc")


@router.get(f"{HERE}-moi")
def new_feed(request: Request, _keeper: Keeper) -> HTMLResponse:
    """An empty form."""
    return _form(request, None, Form(every_minutes=30))


@router.get(HERE + "/{key}")
def one_feed(request: Request, _keeper: Keeper, key: str) -> HTMLResponse:
    """The form of one feed."""
    source = _source(request, key)
    return _form(request, source, Form(**_shown(source)), mark=mark_of(_shown(source)))


@router.post(f"{HERE}-moi")
def add_feed(request: Request, someone: Keeper, posted: Posted) -> Response:
    """Add a feed whose address may be read from here: names are looked up before the database is touched."""
    house, form = house_of(request), Form(posted)
    key = form.text("key", NEW_LABELS["key"], most=40, required=True)
    address = form.text("address", NEW_LABELS["address"], most=2000, required=True)
    said = _said(request, form)
    if "address" not in form.errors:
        try:
            house.guard.check(check_address(address))
        except (PortalError, ContentError) as error:
            form.fail("address", say("{words}", words=error.words.removeprefix("address: ")))
    if not form.errors:
        try:
            with writing(house.engine) as session:
                added = add_source(session, _plan(request), key=key, address=address, now=house.now(), **said)
                words = f"Thêm: {added.address}"
                note(session, request, someone, Act.FEED, key, words, now=house.now())
        except ContentError as error:
            _beside(form, error)
    if form.errors:
        return _form(request, None, form, status=422)
    return go(request, HERE, say("Đã thêm nguồn “{key}”; hệ thống đọc ở lượt tới, hoặc bấm Đọc ngay.", key=key))


@router.post(HERE + "/{key}")
def change_feed(request: Request, someone: Keeper, posted: Posted, key: str) -> Response:
    """What is said of a feed."""
    house, form = house_of(request), Form(posted)
    source = _source(request, key)
    said = _said(request, form)
    found: Clash | None = None
    if not form.errors:
        try:
            with writing(house.engine) as session:
                before = _shown(find_source(session, key))
                if mark_of(before) != form.raw(MARK):
                    found = clash(LABELS, before, said)
                else:
                    change_source(session, _plan(request), key, **said)
                    words = changes(LABELS, before, said)
                    note(session, request, someone, Act.FEED, key, words, now=house.now())
        except ContentError as error:
            _beside(form, error)
    if form.errors or found:
        mark = found.mark if found else form.raw(MARK)
        return _form(request, source, form, found, mark=mark, status=409 if found else 422)
    return go(request, HERE, say("Đã lưu nguồn “{key}”.", key=key))


@router.post(HERE + "/{key}/{act}")
def act_on_feed(request: Request, someone: Keeper, key: str, act: str) -> RedirectResponse:
    """Pause, resume, remove, or read it now."""
    _source(request, key)
    if act == "doc":
        return _read_now(request, someone, key)
    if act not in ACTS:
        raise HTTPException(404)
    house = house_of(request)
    try:
        with writing(house.engine) as session:
            if act == "xoa":
                remove_source(session, key)
            else:
                pause_source(session, key, active=act == "doc-lai")
            note(session, request, someone, Act.FEED, key, ACTS[act][0], now=house.now())
    except ContentError as error:
        return go(request, HERE, say("{words}", words=error.words), "bad")
    return go(request, HERE, say(ACTS[act][1], key=key))


def _read_now(request: Request, someone: Person, key: str) -> RedirectResponse:
    """Ask the portal with no transaction open, as the clock does."""
    house = house_of(request)
    if house.service.intake is None:
        return go(request, HERE, say("Máy này không đọc nguồn tin; hãy đọc trên máy chạy dịch vụ."), "warn")
    try:
        turns = house.service.intake.read_now([key])
    except ContentError as error:
        return go(request, HERE, say("{words}", words=error.words), "warn")
    if not turns:
        return go(
            request, HERE, say("Nguồn “{key}” đang được đọc ở nơi khác; hãy xem lại sau ít phút.", key=key), "warn"
        )
    with writing(house.engine) as session:
        note(session, request, someone, Act.FEED, key, f"Đọc ngay: {turns[0].words}", now=house.now())
    return go(
        request, HERE, say("Nguồn “{key}”: {words}", key=key, words=turns[0].words), "good" if turns[0].ok else "bad"
    )


def _source(request: Request, key: str) -> PortalSource:
    with reading(house_of(request).engine) as session:
        found = next((one for one in sources(session) if one.key == key), None)
    if found is None:
        raise HTTPException(404)
    return found


def _shown(source: PortalSource) -> dict[str, Any]:
    return {name: getattr(source, name) for name in LABELS}


def _plan(request: Request) -> Plan:
    """Raises `ContentError` before a plan is loaded."""
    plan = plan_now(request)
    if plan is None:
        raise ContentError("topic: chưa có kế hoạch tuyên truyền nào được nạp.")
    return plan


def _said(request: Request, form: Form) -> dict[str, Any]:
    plan = plan_now(request)
    letters = plan.letters if plan else ()
    codes = [one.code for one in plan.agencies] if plan else []
    every = form.number("every_minutes", LABELS["every_minutes"], least=EVERY_MIN, most=EVERY_MAX)
    return {
        "name": form.text("name", LABELS["name"], most=200),
        "topic": form.choice("topic", LABELS["topic"], letters, required=False),
        "agency": form.choice("agency", LABELS["agency"], codes, required=False),
        "every_minutes": every,
    }


def _beside(form: Form, error: ContentError) -> None:
    """The sentences of `content.sources` begin with the field they speak of."""
    field, colon, words = error.words.partition(": ")
    if colon and field in NEW_LABELS:
        form.fail(field, say("{words}", words=words[0].upper() + words[1:]))
    else:
        form.fail("key", say("{words}", words=error.words))


def _form(
    request: Request,
    source: PortalSource | None,
    form: Form,
    found: Clash | None = None,
    *,
    mark: str = "",
    status: int = 200,
) -> HTMLResponse:
    plan = plan_now(request)
    return page(
        request,
        "settings/feed.html",
        status=status,
        source=source,
        form=form,
        clash=found,
        mark=mark,
        topics=[(one.letter, f"{one.letter}) {one.label}") for one in plan.topics] if plan else [],
        agencies=[(one.code, one.short) for one in plan.agencies] if plan else [],
        least=EVERY_MIN,
        most=EVERY_MAX,
    )
