"""The plan's deadlines, changed at the desk: the day, who hands in, to whom. They hold for this plan alone."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from content.plan_goals import Deadline
from web.door import Forbidden, Posted, person
from web.forms import Form
from web.office_lists import Item, change, find_standing, plan_now, shown
from web.page import go, page
from web.roles import Permission, Person
from web.stale import MARK, Clash, mark_of
from web.words import say

router = APIRouter()
HERE = "/hoat-dong/nop-bao-cao/han"
LABELS = {
    "code": "Mã",
    "what": "Việc phải nộp",
    "on": "Ngày",
    "before": "Trước ngày",
    "by": "Ai nộp (ghi như kế hoạch)",
    "agencies": "Các cơ quan phải nộp",
    "to": "Nộp cho",
    "note": "Ghi chú",
}
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
TAKEN = frozenset({"han", "lan_nop"})
"""Codes that addresses mean something else by."""


def may_set(someone: Person) -> bool:
    """Editors and whoever keeps the plan's lists set deadlines."""
    return someone.may(Permission.EDIT) or someone.may(Permission.SETTINGS)


def keeper(request: Request) -> Person:
    """A dependency: who may set deadlines. Raises `Forbidden`."""
    someone = person(request)
    if not may_set(someone):
        raise Forbidden
    return someone


Keeper = Annotated[Person, Depends(keeper)]


@router.get(HERE)
def new(request: Request, _someone: Keeper) -> HTMLResponse:
    """An empty form."""
    return _form(request, "", Form())


@router.post(HERE)
def add(request: Request, someone: Keeper, posted: Posted) -> Response:
    """A deadline at the end of the list."""
    return _save(request, someone, Form(posted), "")


@router.get(HERE + "/{code}/sua")
def standing(request: Request, _someone: Keeper, code: str) -> HTMLResponse:
    """The form of one deadline."""
    found = _standing(request, code)
    return _form(request, code, Form(**shown(found, ("on",))), mark=mark_of(found))


@router.post(HERE + "/{code}/sua")
def keep(request: Request, someone: Keeper, posted: Posted, code: str) -> Response:
    """What is said of one deadline."""
    _standing(request, code)
    return _save(request, someone, Form(posted), code)


@router.post(HERE + "/{code}/bo")
def drop(request: Request, someone: Keeper, posted: Posted, code: str) -> Response:
    """Take a deadline out of the list, unless somebody handed in for it."""
    form = Form(posted)
    found = change(request, someone, office.DEADLINES, code, None, form, LABELS)
    if found or form.errors:
        words = next(
            iter(form.errors.values()), say("Có người vừa sửa hạn nộp này; hãy xem lại rồi làm lại nếu vẫn cần.")
        )
        return go(request, f"{HERE}/{code}/sua", words, "bad")
    return go(request, "/hoat-dong/nop-bao-cao", say("Đã bỏ hạn nộp khỏi danh sách."))


def _standing(request: Request, code: str) -> Item:
    found = find_standing(request, lambda plan: plan.deadlines, code=code)
    return found.model_dump(mode="json")


def _save(request: Request, someone: Person, form: Form, code: str) -> Response:
    plan = plan_now(request)
    item = _read(form, code, {one.code for one in plan.agencies} if plan else set())
    found: Clash | None = None
    if item is not None:
        found = change(request, someone, office.DEADLINES, code, item, form, LABELS)
    if form.errors or found or item is None:
        mark = found.mark if found else form.raw(MARK)
        return _form(request, code, form, found, mark=mark, status=409 if found else 422)
    return go(request, f"/hoat-dong/nop-bao-cao?han={item['code']}", say("Đã lưu hạn nộp “{what}”.", what=item["what"]))


def _read(form: Form, code: str, agencies: set[str]) -> Item | None:
    new_code = code or form.text("code", LABELS["code"], most=40, required=True)
    if not code and "code" not in form.errors and (not CODE.fullmatch(new_code) or new_code in TAKEN):
        form.fail("code", say("Mã chỉ gồm chữ thường không dấu, số và gạch dưới, như bao_cao_nam."))
    on = form.day("on", LABELS["on"])
    read: dict[str, Any] = {
        "code": new_code,
        "what": form.text("what", LABELS["what"], most=300, required=True),
        "on": on.isoformat() if on else None,
        "before": form.yes("before"),
        "by": form.text("by", LABELS["by"], most=300, required=True),
        "agencies": form.choices("agencies", LABELS["agencies"], agencies),
        "to": form.text("to", LABELS["to"], most=300, required=True),
        "note": form.text("note", LABELS["note"], most=1000),
    }
    return None if form.errors else Deadline.model_validate(read).model_dump(mode="json")


def _form(
    request: Request, code: str, form: Form, found: Clash | None = None, *, mark: str = "", status: int = 200
) -> HTMLResponse:
    plan = plan_now(request)
    return page(
        request, "activities/deadline.html", status=status, code=code, form=form, clash=found, mark=mark,
        agencies=[(one.code, one.name) for one in plan.agencies] if plan else [],
    )  # fmt: skip
