"""Who has handed in for a deadline, in time or late, as of a day; the list of who is to be reminded."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from content.act_records import ACTION_WORDS, Action, Subject, history
from content.documents import MIME_WORDS, evidence_of_submissions
from content.plan import Plan
from content.plan_goals import Deadline
from content.record_tables import Submission
from content.submissions import (
    DOCUMENT_MOST,
    STATE_WORDS,
    WORDS_MOST,
    NoSubmission,
    State,
    SubmissionConflict,
    SubmissionError,
    SubmissionFields,
    find_submission,
    hand_in,
    standings,
    submission_of,
    withdraw_submission,
)
from content.vietnamese import day, local_day
from scheduler.db import reading, writing
from web.acts import Act, note
from web.asking import NUMBER_MOST
from web.door import Posted, house_of, may
from web.forms import Form
from web.office_lists import Reader, plan_in_force
from web.page import go, page
from web.roles import Permission, Person
from web.rooms.activities.deadlines import may_set
from web.rooms.activities.files import MOST_WORDS, size_words, take_all
from web.stale import Clash, clash
from web.words import say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
HERE = "/hoat-dong/nop-bao-cao"
LABELS = {"received_on": "Ngày nhận", "document": "Số, ký hiệu văn bản", "words": "Ghi chú"}
SHAPES = {State.IN_TIME: "published", State.LATE: "unconfirmed", State.MISSING: "failed", State.WAITING: "scheduled"}
"""The shape and colour of each, from the states every page knows."""


@router.get(HERE)
def listing(request: Request, someone: Reader, han: str = "", ngay: str = "") -> HTMLResponse:
    """One deadline of the plan, as of today or another day."""
    house = house_of(request)
    today = local_day(house.now())
    as_of = Form(ngay=ngay[:20]).day("ngay", "Tính đến ngày") or today
    with reading(house.engine) as session:
        plan = plan_in_force(session)
        found = standings(session, plan, as_of) if plan else []
        chosen = next((one for one in found if one.deadline.code == han), found[0] if found else None)
        ids = [one.submission.id for one in chosen.lines if one.submission] if chosen else []
        files: dict[int, int] = {}
        for one in evidence_of_submissions(session, ids):
            files[one.submission_id or 0] = files.get(one.submission_id or 0, 0) + 1
    return page(
        request,
        "activities/submissions.html",
        plan=plan,
        all=found,
        chosen=chosen,
        remind=chosen.of(State.MISSING, State.WAITING) if chosen else [],
        files=files,
        as_of=as_of,
        today=today,
        states=STATE_WORDS,
        shapes=SHAPES,
        may_edit=someone.may(Permission.EDIT),
        may_set=may_set(someone),
    )


@router.get(HERE + "/lan-nop/{number:int}")
def of_number(request: Request, _someone: Reader, number: int) -> Response:
    """Where a submission stands, by its number: files and the history lead here."""
    with reading(house_of(request).engine) as session:
        try:
            row = find_submission(session, number if number <= NUMBER_MOST else 0)
        except NoSubmission:
            raise HTTPException(404) from None
    return go(request, f"{HERE}/{row.deadline}/{row.agency}")


@router.get(HERE + "/{code}/{agency}")
def one(request: Request, _someone: Editor, code: str, agency: str) -> HTMLResponse:
    """The form: what this agency handed in for this deadline."""
    with reading(house_of(request).engine) as session:
        plan, deadline = _known(session, code, agency)
        row = submission_of(session, plan.code, code, agency)
    stands = row if row and row.withdrawn_at is None else None
    start = Form(received_on=local_day(house_of(request).now()))
    if stands:
        start = Form(received_on=stands.received_on, document=stands.document, words=stands.words)
    return _form(request, plan, deadline, agency, start, seen=stands.version if stands else 0)


@router.post(HERE + "/{code}/{agency}")
def keep(request: Request, someone: Editor, posted: Posted, code: str, agency: str) -> Response:
    """Keep it, with the files that came along, unless somebody entered it meanwhile: then both are shown."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        plan, deadline = _known(session, code, agency)
    fields = _read(form, code, agency)
    seen = form.number("seen", "Phiên bản", least=0, most=NUMBER_MOST, start=0)
    if fields is None or form.errors:
        return _form(request, plan, deadline, agency, form, seen=seen, status=422)
    try:
        with writing(house.engine) as session:
            plan, deadline = _known(session, code, agency)
            row = hand_in(session, plan, fields, seen=seen, by=someone.name, now=house.now())
            words = f"{_name(plan, agency)}: nhận ngày {day(row.received_on)}, {row.document or 'không ghi số văn bản'}"
            note(session, request, someone, Act.SUBMISSION, deadline.what[:300], words, now=house.now())
    except SubmissionConflict as conflict:
        now = conflict.standing
        both = clash(LABELS, _told(now), _told(fields), now.recorded_by)
        return _form(request, plan, deadline, agency, form, seen=now.version, both=both, status=409)
    except SubmissionError as error:
        for it in error.problems:
            form.fail(it.field, say("{words}", words=it.words))
        return _form(request, plan, deadline, agency, form, seen=seen, status=422)
    wrong = take_all(request, someone, posted, row)
    if wrong:
        told = say("Đã ghi việc nộp, nhưng chưa nhận tệp: {wrong}", wrong=" ".join(wrong)[:2000])
        return go(request, f"{HERE}/{code}/{agency}", told, "warn", done=True)
    return go(request, f"{HERE}?han={code}", say("Đã ghi: {agency} đã nộp.", agency=_name(plan, agency)))


@router.post(HERE + "/{code}/{agency}/rut")
def take_out(request: Request, someone: Editor, code: str, agency: str) -> Response:
    """It was entered by mistake."""
    house = house_of(request)
    with writing(house.engine) as session:
        plan, deadline = _known(session, code, agency)
        row = submission_of(session, plan.code, code, agency)
        if row is None:
            raise HTTPException(404)
        if row.withdrawn_at is None:
            withdraw_submission(session, row.id or 0, by=someone.name, now=house.now())
            words = f"{_name(plan, agency)}: rút việc đã ghi nộp"
            note(session, request, someone, Act.SUBMISSION, deadline.what[:300], words, now=house.now())
    words_ = say("Đã rút: {agency} trở lại là chưa nộp.", agency=_name(plan, agency))
    return go(request, f"{HERE}?han={code}", words_)


def _known(session: Session, code: str, agency: str) -> tuple[Plan, Deadline]:
    plan = plan_in_force(session)
    deadline = next((one for one in plan.deadlines if one.code == code), None) if plan else None
    if plan is None or deadline is None or agency not in {one.code for one in plan.agencies}:
        raise HTTPException(404)
    return plan, deadline


def _name(plan: Plan, agency: str) -> str:
    return next((one.name for one in plan.agencies if one.code == agency), agency)


def _read(form: Form, code: str, agency: str) -> SubmissionFields | None:
    received: date | None = form.day("received_on", LABELS["received_on"], required=True)
    document = form.text("document", LABELS["document"], most=DOCUMENT_MOST)
    words = form.long_text("words", LABELS["words"], most=WORDS_MOST)
    return None if received is None else SubmissionFields(code, agency, received, document, words)


def _told(row: Submission | SubmissionFields) -> dict[str, str]:
    return {"received_on": day(row.received_on), "document": row.document, "words": row.words}


def _form(
    request: Request, plan: Plan, deadline: Deadline, agency: str, form: Form, *, seen: int,
    both: Clash | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    with reading(house_of(request).engine) as session:
        row = submission_of(session, plan.code, deadline.code, agency)
        files = evidence_of_submissions(session, [row.id], all_=True) if row else []
        acts = history(session, Subject.SUBMISSION, row.id or 0) if row else []
    return page(
        request, "activities/submission.html", status=status, form=form, deadline=deadline, agency=agency,
        name=_name(plan, agency), row=row, seen=seen, clash=both, files=files, size_words=size_words,
        mime_words=MIME_WORDS, most=MOST_WORDS, acts=[(one, ACTION_WORDS[Action(one.action)]) for one in acts],
    )  # fmt: skip
