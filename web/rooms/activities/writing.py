"""The form of an activity: which kind it is, then only what that kind has."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content.activities import FIGURES, KIND_NAMES, KINDS, ActivityConflict, ActivityKind, alike, change, create
from content.activity_fields import (
    LABELS,
    LINE_MOST,
    TITLE_MOST,
    URL_MOST,
    WORDS_MOST,
    ActivityError,
    ActivityFields,
    count_of,
    fields_of,
    money,
    shown,
)
from content.activity_kinds import TONES
from content.errors import ContentError
from content.record_tables import Activity
from content.vietnamese import local_day, number
from scheduler.db import reading, writing
from web.activities import Logger, found, noted, own_agency
from web.asking import NUMBER_MOST, one_of
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.plans import Words, plan_words
from web.roles import Person
from web.rooms.activities.files import take_all
from web.rooms.activities.listing import OFFICE_WORDS, forms_of
from web.stale import Clash, clash
from web.words import Say, say

router = APIRouter()
FIGURE = "so-"
"""What the names of the fields of figures begin with."""


@router.get("/hoat-dong/moi")
def blank(request: Request, someone: Person = Logger) -> HTMLResponse:
    """The kinds to choose from, or the empty form of one."""
    kind = one_of(request.query_params, "loai", KINDS)
    if not kind:
        return page(request, "activities/choose.html", kinds=KINDS.values())
    today = local_day(house_of(request).now())
    return _form(request, someone, Form(first=today, agency=own_agency(someone)), KINDS[kind])


@router.post("/hoat-dong/moi")
def log(request: Request, posted: Posted, someone: Person = Logger) -> Response:
    """Log it, with the files that came along; a second click leads to the same one."""
    house, form = house_of(request), Form(posted)
    kind = KINDS.get(form.raw("kind"))
    if kind is None:
        return page(request, "activities/choose.html", kinds=KINDS.values(), status=422)
    fields = _read(request, form, someone, kind)
    if fields is None:
        return _form(request, someone, form, kind, status=422)
    try:
        with writing(house.engine) as session:
            row, new = create(session, fields, by=someone.name, now=house.now())
            if new:
                noted(session, request, someone, row, "Ghi hoạt động")
            like = alike(session, row) if new else []
    except ActivityError as error:
        _beside_the_fields(error, form)
        return _form(request, someone, form, kind, status=422)
    wrong = take_all(request, someone, posted, row)
    words, manner = say("Đã ghi hoạt động “{title}”.", title=row.title), "good"
    if like:
        words = say(
            "Đã ghi hoạt động “{title}”. Đã có hoạt động số {number} cùng tên, cùng ngày: nếu ghi trùng, hãy rút một.",
            title=row.title, number=like[0].id,
        )  # fmt: skip
        manner = "warn"
    if wrong:
        words, manner = say("Đã ghi hoạt động, nhưng chưa nhận tệp: {wrong}", wrong=" ".join(wrong)[:2000]), "warn"
    return go(request, f"/hoat-dong/{row.id}", words, manner, done=True)


@router.get("/hoat-dong/{number:int}/sua")
def standing(request: Request, number: int, someone: Person = Logger) -> HTMLResponse:
    """The form of one activity as it stands; `?loai=` shows it as another kind."""
    with reading(house_of(request).engine) as session:
        row = found(session, someone, number, to_change=True)
    kind = KINDS.get(one_of(request.query_params, "loai", KINDS) or row.kind, KINDS["khac"])
    return _form(request, someone, Form(**_start(row)), kind, row, seen=row.version)


@router.post("/hoat-dong/{number:int}/sua")
def keep(request: Request, posted: Posted, number: int, someone: Person = Logger) -> Response:
    """Keep what the form says, unless somebody changed it meanwhile: then both are shown."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        row = found(session, someone, number, to_change=True)
    kind = KINDS.get(form.raw("kind"), KINDS.get(row.kind, KINDS["khac"]))
    fields = _read(request, form, someone, kind)
    seen = form.number("seen", "Phiên bản", least=1, most=NUMBER_MOST)
    if fields is None or form.errors:
        return _form(request, someone, form, kind, row, seen=seen, status=422)
    try:
        with writing(house.engine) as session:
            before = fields_of(found(session, someone, number, to_change=True))
            row = change(session, number, fields, seen=seen, by=someone.name, now=house.now())
            noted(session, request, someone, row, before=before)
    except ActivityConflict as conflict:
        now = conflict.standing
        both = clash(LABELS, shown(fields_of(now)), shown(fields), now.updated_by)
        return _form(request, someone, form, kind, row, seen=now.version, both=both, status=409)
    except ActivityError as error:
        _beside_the_fields(error, form)
        return _form(request, someone, form, kind, row, seen=seen, status=422)
    except ContentError as error:
        return go(request, f"/hoat-dong/{number}", say("{words}", words=error.words), "bad")
    return go(request, f"/hoat-dong/{row.id}", say("Đã lưu hoạt động “{title}”.", title=row.title))


def _read(request: Request, form: Form, someone: Person, kind: ActivityKind) -> ActivityFields | None:
    """What the form says; None when it says something wrong, which then stands beside its field."""
    first = form.day("first", LABELS["first"], required=True)
    last = form.day("last", LABELS["last"]) or first
    own = own_agency(someone)
    agency = form.text("agency", LABELS["agency"], most=LINE_MOST)
    if own and agency not in ("", own):
        form.fail("agency", say("Bạn chỉ ghi được hoạt động của cơ quan mình."))
    figures = {name: _value(form, FIGURE + name, FIGURES[name].label, count_of) for name in kind.figures}
    cost = _value(form, "cost", LABELS["cost"], money)
    lines: dict[str, Any] = {
        name: form.text(name, LABELS[name], most=LINE_MOST) for name in ("place", "topic", "form", "funding")
    }
    names = ("outlet", "tone") if kind.press else ()
    press: dict[str, Any] = {name: form.text(name, LABELS[name], most=LINE_MOST) for name in names}
    fields: dict[str, Any] = {
        "title": form.text("title", LABELS["title"], most=TITLE_MOST, required=True),
        "url": form.text("url", LABELS["url"], most=URL_MOST),
        "words": form.long_text("words", LABELS["words"], most=WORDS_MOST),
        "audiences": tuple(one[:LINE_MOST] for one in form.raws("audiences")[:50]),
    }
    if form.errors or first is None or last is None:
        return None
    counted = {name: value for name, value in figures.items() if value is not None}
    return ActivityFields(
        kind.code, first=first, last=last, agency=own or agency, figures=counted, cost=cost, **fields, **lines, **press
    )


def _value(form: Form, name: str, label: str, read: Callable[[str], int | None]) -> int | None:
    try:
        return read(form.raw(name))
    except ValueError:
        example = "12.500.000" if name == "cost" else "1.250"
        form.fail(name, say("“{label}” phải là số nguyên, như {example}.", label=Say(label), example=example))
        return None


def _start(row: Activity) -> dict[str, Any]:
    """What the form shows first."""
    fields = fields_of(row)
    start = {name: getattr(fields, name) for name in ActivityFields.__slots__ if name not in ("figures", "cost")}
    start |= {FIGURE + name: number(value) for name, value in fields.figures.items()}
    return start | {"cost": "" if fields.cost is None else number(fields.cost)}


def _beside_the_fields(error: ActivityError, form: Form) -> None:
    for one in error.problems:
        form.fail(FIGURE + one.field if one.field in FIGURES else one.field, say("{words}", words=one.words))


def _form(
    request: Request,
    someone: Person,
    form: Form,
    kind: ActivityKind,
    row: Activity | None = None,
    *,
    seen: int = 0,
    both: Clash | None = None,
    status: int = 200,
) -> HTMLResponse:
    with reading(house_of(request).engine) as session:
        called = plan_words(session)
    own = own_agency(someone)
    return page(
        request,
        "activities/form.html",
        status=status,
        form=form,
        row=row,
        seen=seen,
        clash=both,
        kind=kind,
        kinds=list(KIND_NAMES.items()),
        figures=[(FIGURE + name, FIGURES[name]) for name in kind.figures],
        own=called.agencies.get(own, own),
        agencies=_with_old([("", OFFICE_WORDS), *called.agencies.items()], row.agency if row else ""),
        topics=_with_old(list(called.topics.items()), row.topic if row else ""),
        forms=_with_old(list(forms_of(called).items()), row.form if row else ""),
        audiences=_audiences(called, row),
        tones=list(TONES.items()),
    )


def _with_old(options: list[tuple[str, str]], had: str) -> list[tuple[str, str]]:
    """The plan's options, and what the activity had before even if the plan no longer names it."""
    return options if not had or had in dict(options) else [*options, (had, had)]


def _audiences(called: Words, row: Activity | None) -> list[tuple[str, str]]:
    old = [(one, one) for one in (row.audiences if row else ()) if one not in called.audiences]
    return [*called.audiences.items(), *old]
