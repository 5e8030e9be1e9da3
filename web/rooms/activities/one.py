"""One activity: what it was, its files, who did what to it; withdrawn with a reason, and restored."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content.act_records import ACTION_WORDS, Action, Subject, history
from content.activities import FIGURES, KINDS, restore, withdraw
from content.activity_fields import LABELS, ActivityError, fields_of, shown
from content.activity_kinds import TONES
from content.documents import MIME_WORDS, evidence_of_activities
from content.record_tables import ActRecord
from content.vietnamese import number as number_words
from scheduler.db import reading, writing
from web.activities import Logger, Viewer, found, may_change, noted
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.plans import plan_words
from web.roles import Person
from web.rooms.activities.files import MOST_WORDS, size_words
from web.rooms.activities.listing import OFFICE_WORDS, forms_of
from web.words import say

router = APIRouter()


@router.get("/hoat-dong/{number:int}")
def show(request: Request, number: int, someone: Person = Viewer) -> HTMLResponse:
    """Everything of one activity."""
    return _page(request, someone, number, Form())


@router.post("/hoat-dong/{number:int}/rut")
def take_out(request: Request, posted: Posted, number: int, someone: Person = Logger) -> Response:
    """It no longer counts; everything of it stays."""
    house, form = house_of(request), Form(posted)
    try:
        with writing(house.engine) as session:
            was = found(session, someone, number, to_change=True).withdrawn_at
            row = withdraw(session, number, form.raw("reason"), by=someone.name, now=house.now())
            if was is None:
                noted(session, request, someone, row, f"Rút hoạt động: {row.withdrawn_words}")
    except ActivityError as error:
        for one in error.problems:
            form.fail(one.field, say("{words}", words=one.words))
        return _page(request, someone, number, form, status=422)
    words = say(
        "Đã rút hoạt động “{title}”: không còn tính vào số liệu, khôi phục được bất cứ lúc nào.", title=row.title
    )
    return go(request, f"/hoat-dong/{number}", words)


@router.post("/hoat-dong/{number:int}/khoi-phuc")
def bring_back(request: Request, number: int, someone: Person = Logger) -> Response:
    """It counts again."""
    house = house_of(request)
    with writing(house.engine) as session:
        was = found(session, someone, number, to_change=True).withdrawn_at
        row = restore(session, number, by=someone.name, now=house.now())
        if was is not None:
            noted(session, request, someone, row, "Khôi phục hoạt động")
    return go(request, f"/hoat-dong/{number}", say("Đã khôi phục hoạt động “{title}”.", title=row.title))


def _page(request: Request, someone: Person, number: int, form: Form, *, status: int = 200) -> HTMLResponse:
    with reading(house_of(request).engine) as session:
        row = found(session, someone, number)
        called = plan_words(session)
        files = evidence_of_activities(session, [row.id], all_=may_change(someone, row))
        acts = history(session, Subject.ACTIVITY, row.id or 0)
    told = shown(fields_of(row))
    told["agency"] = called.agencies.get(row.agency, row.agency) or OFFICE_WORDS
    told["topic"] = called.topics.get(row.topic, row.topic)
    told["form"] = forms_of(called).get(row.form, row.form)
    told["audiences"] = ", ".join(called.audiences.get(one, one) for one in row.audiences)
    skip = {"title", "first", "last", "figures", "words", "cost", "url", "kind"}
    return page(
        request,
        "activities/one.html",
        status=status,
        row=row,
        form=form,
        kind=KINDS.get(row.kind),
        facts=[(LABELS[name], words) for name, words in told.items() if words and name not in skip],
        figures=[
            (FIGURES[one], row.figures.get(one)) for one in (KINDS[row.kind].figures if row.kind in KINDS else ())
        ],
        cost="" if row.cost is None else number_words(row.cost),
        tones=TONES,
        files=files,
        size_words=size_words,
        mime_words=MIME_WORDS,
        most=MOST_WORDS,
        acts=[(one, ACTION_WORDS[Action(one.action)], _differs(one, older)) for one, older in _pairs(acts)],
        may_change=may_change(someone, row),
    )


def _pairs(acts: list[ActRecord]) -> list[tuple[ActRecord, ActRecord | None]]:
    """Each act, newest first, with the one before it."""
    return list(zip(acts, [*acts[1:], None], strict=False))


def _differs(act: ActRecord, older: ActRecord | None) -> list[str]:
    """What was changed, by the fields' labels."""
    if older is None or act.action != Action.CHANGED:
        return []
    return [label for name, label in LABELS.items() if act.data.get(name) != older.data.get(name)]
