"""The agencies of the register: renamed, ended, replaced, added; never removed, because posts and people name them."""

import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from content.plan import Agency
from content.vietnamese import local_day
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import Item, Keeper, Reader, change, find_standing, plan_in_force, plan_now, shown
from web.page import go, page
from web.stale import Clash, mark_of
from web.words import say

router = APIRouter()

LABELS = {
    "code": "Mã",
    "name": "Tên đầy đủ",
    "short": "Tên ngắn",
    "kind": "Loại",
    "duties": "Nhiệm vụ trong kế hoạch",
    "valid_from": "Hoạt động từ ngày",
    "valid_to": "Hết hoạt động từ sau ngày",
    "replaced_by": "Nay là",
}
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@router.get("/cau-hinh/co-quan")
def agencies(request: Request, _reader: Reader) -> HTMLResponse:
    """The register."""
    house = house_of(request)
    with reading(house.engine) as session:
        plan = plan_in_force(session)
        kept = office.read(session, office.AGENCIES)
    return page(
        request,
        "settings/agencies.html",
        agencies=plan.agencies if plan else (),
        kept=kept,
        kinds=office.KIND_WORDS,
        today=local_day(house.now()),
    )


@router.get("/cau-hinh/co-quan-moi")
def new_agency(request: Request, _keeper: Keeper) -> HTMLResponse:
    """An empty form."""
    return _form(request, "", Form(kind="so_nganh"))


@router.get("/cau-hinh/co-quan/{code}")
def one_agency(request: Request, _keeper: Keeper, code: str) -> HTMLResponse:
    """The form of one agency."""
    found = _standing(request, code)
    return _form(request, code, Form(**shown(found, ("valid_from", "valid_to"))), mark=mark_of(found))


@router.post("/cau-hinh/co-quan-moi")
def add_agency(request: Request, someone: Keeper, posted: Posted) -> Response:
    """A new agency at the end of the register."""
    return _save(request, someone, Form(posted), "")


@router.post("/cau-hinh/co-quan/{code}")
def change_agency(request: Request, someone: Keeper, posted: Posted, code: str) -> Response:
    """What is said of one agency."""
    _standing(request, code)
    return _save(request, someone, Form(posted), code)


def _standing(request: Request, code: str) -> Item:
    found = find_standing(request, lambda plan: plan.agencies, code=code)
    return found.model_dump(mode="json")


def _save(request: Request, someone: Keeper, form: Form, code: str) -> Response:
    plan = plan_now(request)
    known = {one.kind for one in plan.agencies} if plan else set()
    item = _read(form, code, known)
    found: Clash | None = None
    if not form.errors:
        found = change(request, someone, office.AGENCIES, code, item, form, LABELS)
    if form.errors or found:
        return _form(request, code, form, found, mark=found.mark if found else "", status=409 if found else 422)
    return go(request, "/cau-hinh/co-quan", say("Đã lưu “{name}”.", name=item["name"]))


def _read(form: Form, code: str, known: set[str]) -> Item:
    new = code or form.text("code", LABELS["code"], most=40, required=True)
    if not code and "code" not in form.errors and not CODE.fullmatch(new):
        form.fail("code", say("Mã chỉ gồm chữ thường không dấu, số và gạch dưới, như so_tai_chinh."))
    since, until = (form.day(name, LABELS[name]) for name in ("valid_from", "valid_to"))
    read = {
        "code": new,
        "name": form.text("name", LABELS["name"], most=200, required=True),
        "short": form.text("short", LABELS["short"], most=60, required=True),
        "kind": form.choice("kind", LABELS["kind"], {*office.KIND_WORDS, *known}),
        "duties": form.text("duties", LABELS["duties"], most=1000),
        "valid_from": since.isoformat() if since else None,
        "valid_to": until.isoformat() if until else None,
        "replaced_by": form.text("replaced_by", LABELS["replaced_by"], most=200),
    }
    return read if form.errors else Agency.model_validate(read).model_dump(mode="json")


def _form(
    request: Request, code: str, form: Form, found: Clash | None = None, *, mark: str = "", status: int = 200
) -> HTMLResponse:
    plan = plan_now(request)
    used = [one.kind for one in plan.agencies] if plan else []
    kinds: dict[str, Any] = {**office.KIND_WORDS, **{one: one for one in used if one not in office.KIND_WORDS}}
    return page(
        request,
        "settings/agency.html",
        status=status,
        code=code,
        form=form,
        clash=found,
        mark=mark or form.raw("dau"),
        kinds=list(kinds.items()),
        names=[one.name for one in plan.agencies] if plan else [],
    )
