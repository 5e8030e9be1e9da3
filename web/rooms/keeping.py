"""What the office keeps and for how long: sealed archives, legal holds, periods, and what is due to go."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from content.vietnamese import number
from records.errors import RecordsError
from records.gone import words_of
from records.holds import REASON_MOST, SCOPE_WORDS, Scope, holds, lift, place, subject_words
from records.retention import due, periods, set_period
from records.rules import Rule
from records.seals import seals
from scheduler.db import reading, writing
from web.acts import Act, note
from web.archiving import folder_of
from web.door import Posted, house_of, may
from web.forms import Form
from web.house import House
from web.page import go, page
from web.retention import all_rules
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Keeper = Annotated[Person, Depends(may(Permission.SETTINGS))]
HERE = "/kiem-chung/luu-tru"
NAME = r"luu-tru-\d{4}-\d\d-v\d{1,6}\.zip"


def rules_of(house: House) -> tuple[Rule, ...]:
    """Every rule of this house."""
    return all_rules(house.data_dir, house.service.policy.raw_days)


@router.get(HERE)
def keeping(request: Request, someone: Reader) -> HTMLResponse:
    """Archives, holds and periods; forms for who may change them."""
    return _page(request, someone, Form(pham_vi=Scope.PERIOD.value))


def _page(request: Request, someone: Person, form: Form) -> HTMLResponse:
    house = house_of(request)
    with reading(house.engine) as session:
        lines = [(one, subject_words(session, one)) for one in holds(session)]
        archives = seals(session)
        found = periods(session, rules_of(house))
    folder = folder_of(house.data_dir)
    return page(
        request, "records/keeping.html", status=422 if form.errors else 200, form=form, holds=lines,
        archives=[(one, (folder / one.name).is_file()) for one in archives], periods=found,
        scopes=SCOPE_WORDS.items(), may_change=someone.may(Permission.SETTINGS), size_of=size_words,
    )  # fmt: skip


def size_words(size: int) -> str:
    """Bytes as people say them."""
    return f"{number(size / 1024**2, 1)} MB"


@router.get(f"{HERE}/het-han")
def what_is_due(request: Request, _reader: Reader) -> HTMLResponse:
    """What would go tonight, and what holds keep back."""
    house = house_of(request)
    found = due(house.engine, rules_of(house), now=house.now())
    lines = [one for one in found if one.count or one.kept_back]
    return page(request, "records/due.html", lines=lines, size_of=size_words)


@router.get(f"{HERE}/goi/{{name}}")
def download(request: Request, someone: Reader, name: str) -> Response:
    """One archive; who took it out of the house is written down."""
    house = house_of(request)
    file = folder_of(house.data_dir) / name
    if not re.fullmatch(NAME, name) or not file.is_file():
        raise HTTPException(404)
    with writing(house.engine) as session:
        note(session, request, someone, Act.ARCHIVE, name, "tải về", now=house.now())
    headers = {"Cache-Control": "private, no-store", "Content-Encoding": "identity"}
    return FileResponse(file, media_type="application/zip", filename=name, headers=headers)


@router.post(f"{HERE}/giu")
def hold(request: Request, someone: Keeper, posted: Posted) -> Response:
    """Place a hold."""
    form, house = Form(posted), house_of(request)
    scope = form.choice("pham_vi", "Giữ", [one.value for one in Scope])
    subject = form.text("doi_tuong", "Mã", most=200)
    first, last = form.day("tu", "Từ ngày"), form.day("den", "Đến hết ngày")
    reason = form.text("ly_do", "Lý do", most=REASON_MOST, required=True)
    if not form.errors:
        try:
            with writing(house.engine) as session:
                row = place(
                    session,
                    Scope(scope),
                    subject,
                    first=first,
                    last=last,
                    reason=reason,
                    by=someone.name,
                    now=house.now(),
                )
                words = f"đặt: {subject_words(session, row)}; lý do: {row.reason}"
                note(session, request, someone, Act.HOLD, f"lệnh giữ số {row.id}", words, now=house.now())
        except RecordsError as error:
            form.fail(error.field or "pham_vi", say("{words}", words=error.words))
    if form.errors:
        return _page(request, someone, form)
    return go(request, HERE, say("Đã đặt lệnh giữ; những gì thuộc lệnh không bị xóa cho đến khi dỡ."))


@router.post(f"{HERE}/giu/{{hold_id:int}}/do")
def lift_hold(request: Request, someone: Keeper, hold_id: int, posted: Posted) -> Response:
    """Lift a hold, with a reason."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    reason = form.text("ly_do_do", "Lý do dỡ", most=REASON_MOST, required=True)
    if form.errors:
        return go(request, HERE, say("Hãy ghi lý do dỡ lệnh giữ."), "bad")
    try:
        with writing(house.engine) as session:
            row = lift(session, hold_id, reason=reason, by=someone.name, now=now)
            words = f"dỡ: {subject_words(session, row)}; lý do: {row.lifted_words}"
            note(session, request, someone, Act.HOLD, f"lệnh giữ số {row.id}", words, now=now)
    except RecordsError:
        return go(request, HERE, say("Lệnh giữ này đã được dỡ từ trước."), "warn")
    return go(request, HERE, say("Đã dỡ lệnh giữ số {number}.", number=hold_id))


@router.post(f"{HERE}/thoi-han")
def keep(request: Request, someone: Keeper, posted: Posted) -> Response:
    """Set how long one kind of thing stays."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    rules = rules_of(house)
    kind = form.choice("loai", "Loại", [one.kind for one in rules])
    days = form.number("so_ngay", "Số ngày", least=1, most=100_000)
    if form.errors:
        return go(request, HERE, say("Thời hạn là số ngày, như 400."), "bad")
    try:
        with writing(house.engine) as session:
            rule = set_period(session, rules, kind, days, by=someone.name, now=now)
            note(session, request, someone, Act.RETENTION, rule.kind, words_of(rule, days), now=now)
    except RecordsError as error:
        return go(request, HERE, say("{words}", words=error.words), "bad")
    return go(request, HERE, say("Đã đặt thời hạn: {label}, {days} ngày.", label=rule.label, days=days))
