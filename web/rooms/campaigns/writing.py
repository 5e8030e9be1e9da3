"""The form of a campaign: a new one, or one that is changed by who saw it as it stands."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from content.campaign_fields import (
    LABELS,
    NAME_MOST,
    PURPOSE_MOST,
    TARGET_MOST,
    CampaignError,
    CampaignFields,
    fields_of,
    shown,
)
from content.campaigns import CampaignConflict, change, create
from content.errors import ContentError
from content.tables import Campaign
from content.vietnamese import collation_key
from scheduler.db import reading, writing
from scheduler.tables import Channel
from web.asking import NUMBER_MOST
from web.campaigns import noted
from web.channel_names import channel_names
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.plans import Words, plan_words
from web.roles import Permission, Person
from web.rooms.campaigns.one import found
from web.stale import Clash, clash
from web.words import say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
TOPIC, CHANNEL = "diem-", "kenh-"
"""What the names of the fields of targets begin with."""
NEW = "/chien-dich/tao_moi"
"""No key has such a sign in it, so no campaign hides behind it."""


class Known:
    """What a campaign may name: the plan's points, the channels, and what it named before."""

    def __init__(self, session: Session, row: Campaign | None = None) -> None:
        self.words: Words = plan_words(session)
        had = fields_of(row) if row else None
        channels = session.exec(select(Channel).order_by(col(Channel.name), col(Channel.key)))
        self.there = dict(channel_names(channels.all()))
        gone = [*had.channels, *had.per_channel] if had else []
        self.channels: dict[str, str] = self.there | {key: key for key in gone if key not in self.there}
        old = {letter: letter for letter in (had.topics if had else ()) if letter not in self.words.topics}
        self.topics: dict[str, str] = self.words.topics | old


@router.get(NEW)
def blank(request: Request, _editor: Editor) -> HTMLResponse:
    """An empty form."""
    with reading(house_of(request).engine) as session:
        known = Known(session)
    return _form(request, Form(), known)


@router.post(NEW)
def begin(request: Request, someone: Editor, posted: Posted) -> Response:
    """A new campaign; a second click leads to the same one."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        known = Known(session)
    fields = _read(form, known)
    if fields is None:
        return _form(request, form, known, status=422)
    try:
        with writing(house.engine) as session:
            row, new = create(session, fields, channels=known.there, by=someone.name, now=house.now())
            if new:
                noted(session, request, someone, row, "Tạo chiến dịch")
    except CampaignError as error:
        _beside_the_fields(error, form)
        return _form(request, form, known, status=422)
    words = say("Đã tạo chiến dịch “{name}”. Tiếp theo, hãy thêm bài vào chiến dịch.", name=row.name)
    return go(request, f"/chien-dich/{row.key}", words)


@router.get("/chien-dich/{key}/sua")
def standing(request: Request, _editor: Editor, key: str) -> HTMLResponse:
    """The form of one campaign as it stands."""
    with reading(house_of(request).engine) as session:
        row = found(session, key)
        known = Known(session, row)
    return _form(request, Form(**_start(row)), known, row, seen=row.version)


@router.post("/chien-dich/{key}/sua")
def keep(request: Request, someone: Editor, posted: Posted, key: str) -> Response:
    """Keep what the form says, unless somebody changed the campaign meanwhile: then both are shown."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        row = found(session, key)
        known = Known(session, row)
    fields = _read(form, known)
    seen = form.number("seen", "Phiên bản", least=1, most=NUMBER_MOST)
    if fields is None or form.errors:
        return _form(request, form, known, row, seen=seen, status=422)
    try:
        with writing(house.engine) as session:
            before = fields_of(found(session, key))
            row = change(session, key, fields, seen=seen, channels=known.there, by=someone.name, now=house.now())
            noted(session, request, someone, row, before=before)
    except CampaignConflict as conflict:
        now = conflict.standing
        both = clash(LABELS, shown(fields_of(now)), shown(fields), now.updated_by)
        return _form(request, form, known, row, seen=now.version, both=both, status=409)
    except CampaignError as error:
        _beside_the_fields(error, form)
        return _form(request, form, known, row, seen=seen, status=422)
    except ContentError as error:
        return go(request, f"/chien-dich/{key}", say("{words}", words=error.words), "bad")
    return go(request, f"/chien-dich/{row.key}", say("Đã lưu chiến dịch “{name}”.", name=row.name))


def _read(form: Form, known: Known) -> CampaignFields | None:
    """What the form says; None when it says something wrong, which then stands beside its field."""
    first, last = (form.day(name, LABELS[name], required=True) for name in ("first", "last"))
    name = form.text("name", LABELS["name"], most=NAME_MOST, required=True)
    purpose = form.long_text("purpose", LABELS["purpose"], most=PURPOSE_MOST)
    channels = form.choices("channels", LABELS["channels"], known.channels)
    total = form.number("total", LABELS["total"], least=0, most=TARGET_MOST, start=0)
    topics = _targets(form, TOPIC, known.topics)
    per_channel = _targets(form, CHANNEL, known.channels)
    if form.errors or first is None or last is None:
        return None
    return CampaignFields(name, first, last, purpose, tuple(channels), total, topics, per_channel)


def _targets(form: Form, prefix: str, known: dict[str, str]) -> dict[str, int]:
    read = {
        name: form.number(f"{prefix}{name}", told, least=0, most=TARGET_MOST, start=0) for name, told in known.items()
    }
    return {name: count for name, count in read.items() if count}


def _start(row: Campaign) -> dict[str, Any]:
    """What the form shows first."""
    fields = fields_of(row)
    targets = [(TOPIC, fields.topics), (CHANNEL, fields.per_channel)]
    return {
        **{"name": fields.name, "purpose": fields.purpose, "first": fields.first, "last": fields.last},
        **{"channels": fields.channels, "total": fields.total or ""},
        **{f"{prefix}{name}": count for prefix, several in targets for name, count in several.items()},
    }


def _beside_the_fields(error: CampaignError, form: Form) -> None:
    for one in error.problems:
        form.fail(one.field, say("{words}", words=one.words))


def _form(
    request: Request,
    form: Form,
    known: Known,
    row: Campaign | None = None,
    *,
    seen: int = 0,
    both: Clash | None = None,
    status: int = 200,
) -> HTMLResponse:
    return page(
        request,
        "campaigns/form.html",
        status=status,
        form=form,
        row=row,
        seen=seen,
        clash=both,
        channels=sorted(known.channels.items(), key=lambda one: collation_key(one[1])),
        topics=_pairs(TOPIC, list(known.topics.items())),
        channel_targets=_pairs(CHANNEL, list(known.channels.items())),
        name_most=NAME_MOST,
    )


def _pairs(prefix: str, several: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"{prefix}{name}", told) for name, told in several]
