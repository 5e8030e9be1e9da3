"""How figures came in: collections, what is missing, and what a person enters from a console."""

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from connectors.base import ByHand
from connectors.transcript import unpacked
from content.vietnamese import local
from reports.phrases import METRIC_WORDS
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.figures_by_hand import (
    MANUAL,
    NOTE_MOST,
    VALUE_MOST,
    Entered,
    FigureError,
    Item,
    collections,
    enter,
    entries,
    find_item,
    waiting,
)
from scheduler.tables import Channel
from web import asking
from web.acts import acting
from web.channel_names import channel_names, label
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import Say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]

SHOWN = 50
LATELY = timedelta(days=2)
_FIELDS = {"at": "ngay", "note": "ghi_chu"}
"""What the scheduler calls a field, and what our form does; a metric has a field of its own name."""


@router.get("/nhap-so-lieu")
def listing(request: Request, _person: Reader) -> Response:
    """What waits to be entered, then the last collections of all channels or of one."""
    house, query = house_of(request), request.query_params
    with reading(house.engine) as session:
        channels = session.exec(select(Channel).order_by(Channel.key)).all()
        by_key = {one.key: one for one in channels}
        asked = asking.one_of(query, "kenh", by_key)
        before = asking.number(query.get("sau", ""))
        lines = collections(session, channel_id=by_key[asked].id if asked else None, before=before, limit=SHOWN + 1)
        items = waiting(session, now=house.now(), limit=SHOWN + 1) if before is None else []
    return page(
        request,
        "readings/index.html",
        items=items[:SHOWN],
        more_items=len(items) > SHOWN,
        lines=lines[:SHOWN],
        channels=channel_names(channels),
        names=dict(channel_names(channels)),
        asked=asked,
        begun=before is not None,
        first=asking.address("/nhap-so-lieu", kenh=asked),
        after=asking.address("/nhap-so-lieu", kenh=asked, sau=lines[SHOWN - 1].collection.id)
        if len(lines) > SHOWN
        else "",
        label=label,
        manual=MANUAL,
    )


@router.get("/nhap-so-lieu/lan/{number}")
def raw(request: Request, number: str, _person: Reader) -> Response:
    """What the platform answered in one collection, as a file."""
    found = asking.number(number)
    with reading(house_of(request).engine) as session:
        row = session.get(Collection, found) if found else None
    if row is None or row.payload is None:
        raise HTTPException(404)
    told = {"collection": row.id, "taken_at": row.taken_at.isoformat(), "answers": unpacked(row.payload)}
    name = f"so-lieu-goc-{row.id}-{local(row.taken_at):%Y%m%d-%H%M}.json"
    return Response(
        json.dumps(told, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.get("/nhap-so-lieu/{number}")
def one(request: Request, number: str, _person: Reader) -> Response:
    """What was entered for one publication, and the form."""
    now = local(house_of(request).now())
    with reading(house_of(request).engine) as session:
        item = _find(session, number)
        return _one(request, session, item, Form(ngay=f"{now:%Y-%m-%d}", gio=f"{now:%H:%M}"))


def _one(request: Request, session: Session, item: Item, form: Form, status: int = 200) -> Response:
    return page(
        request,
        "readings/one.html",
        status=status,
        item=item,
        form=form,
        entries=entries(session, item.publication.id or 0),
        label=label(item.channel),
        metric_words=METRIC_WORDS,
        note_most=NOTE_MOST,
    )


@router.post("/nhap-so-lieu/{number}")
def store(request: Request, number: str, person: Editor, posted: Posted) -> Response:
    """Store what was entered; what is doubtful is stored and said."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        item = _find(session, number)
    told = {one.metric.value: value for one in item.by_hand if (value := _value(form, one)) is not None}
    at = form.moment("ngay", "gio", "Xem số liệu lúc")
    note = form.text("ghi_chu", "Ghi chú", most=NOTE_MOST)
    if at is not None and not form.errors:
        facts: dict[str, Any] = {"at": at, "note": note, "actor": acting(person, Permission.EDIT), "now": house.now()}
        try:
            with writing(house.engine) as session:
                done = enter(session, item, told, **facts)
        except FigureError as error:
            for field, words in error.wrong.items():
                form.fail(_FIELDS.get(field, field) or item.by_hand[0].metric.value, Say(words))
        else:
            return _went_well(request, item, done)
    with reading(house.engine) as session:
        return _one(request, session, item, form, 422)


def _went_well(request: Request, item: Item, done: Entered) -> Response:
    if done.doubts:
        doubts = " ".join(done.doubts)
        return go(
            request, f"/nhap-so-lieu/{item.publication.id}", Say("Đã lưu số liệu. {doubts}", doubts=doubts), "warn"
        )
    words = "Đã lưu số liệu." if done.is_new else "Số liệu này đã được lưu trước đó, không lưu thêm lần nữa."
    return go(request, "/nhap-so-lieu", words, "good" if done.is_new else "warn")


def _value(form: Form, figure: ByHand) -> int | None:
    """What was typed; None for an empty field, which is no zero."""
    if not form.raw(figure.metric.value).strip():
        return None
    return form.number(figure.metric.value, figure.label, least=0, most=VALUE_MOST)


def _find(session: Session, number: str) -> Item:
    found = asking.number(number)
    item = find_item(session, found) if found else None
    if item is None:
        raise HTTPException(404)
    return item
