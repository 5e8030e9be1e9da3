"""Evidence: handed in beside an activity or a submission, downloaded to be saved and never opened here, hidden."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from content.activities import find_activity
from content.documents import (
    ENDINGS,
    FILE_MOST,
    NoEvidence,
    add_evidence,
    documents_in,
    find_evidence,
    restore_evidence,
    withdraw_evidence,
)
from content.errors import ContentError
from content.record_tables import Activity, Evidence, Submission
from content.submissions import find_submission
from content.vietnamese import number
from scheduler.db import reading, writing
from web.activities import Logger, Viewer, found, may_change, sees
from web.acts import Act, note
from web.asking import NUMBER_MOST
from web.door import Forbidden, Posted, house_of
from web.page import go
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
KEPT = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def size_words(size: int) -> str:
    """ "1,2 MB" or "340 KB"."""
    return f"{number(round(size / 1e6, 1))} MB" if size >= 1_000_000 else f"{number(max(size / 1e3, 1), 0)} KB"


MOST_WORDS = size_words(FILE_MOST)


def take_all(request: Request, someone: Person, posted: FormData, subject: Activity | Submission) -> list[str]:
    """Store the files of a form and put them beside their subject; what is wrong with each that was not taken."""
    house = house_of(request)
    store, wrong = documents_in(house.data_dir), list[str]()
    for one in posted.getlist("tep"):
        if not isinstance(one, UploadFile) or not one.filename:
            continue
        try:
            file = store.put(one.file, one.filename)
            with writing(house.engine) as session:
                words = str(posted.get("chu_thich", ""))
                row = add_evidence(session, file, subject, words=words, by=someone.name, now=house.now())
                note(session, request, someone, Act.FILE, file.sha256, f"{row.name} ({_of(row)})", now=house.now())
        except ContentError as error:
            wrong.append(error.words)
    return wrong


@router.post("/hoat-dong/{number:int}/tep")
def hand_in(request: Request, posted: Posted, number: int, someone: Person = Logger) -> Response:
    """Files for an activity."""
    with reading(house_of(request).engine) as session:
        row = found(session, someone, number, to_change=True)
    return answer(request, someone, posted, row, f"/hoat-dong/{number}#tep")


def answer(request: Request, someone: Person, posted: FormData, subject: Activity | Submission, back: str) -> Response:
    """Take the files of a form, and say what came of it."""
    several = [one for one in posted.getlist("tep") if isinstance(one, UploadFile) and one.filename]
    if not several:
        return go(request, back, "Chưa chọn tệp nào; hãy chọn tệp rồi gửi lại.", "bad")
    wrong = take_all(request, someone, posted, subject)
    if wrong:
        taken = len(several) - len(wrong)
        words = say("Đã nhận {count} tệp. Chưa nhận: {wrong}", count=taken, wrong=" ".join(wrong)[:2000])
        return go(request, back, words, "warn" if taken else "bad", done=bool(taken))
    return go(request, back, say("Đã nhận {count} tệp kiểm chứng.", count=len(several)))


@router.get("/hoat-dong/tep/{number:int}")
def download(request: Request, number: int, someone: Person = Viewer) -> Response:
    """The file, to be saved; browsers do not open it on our pages."""
    house = house_of(request)
    with reading(house.engine) as session:
        row, _ = _seen(session, someone, number)
    store = documents_in(house.data_dir)
    if not store.has(row.sha256, row.mime, row.size):
        words = say(
            "Tệp “{name}” đã mất khỏi máy chủ; hãy báo quản trị hệ thống khôi phục từ bản sao lưu.", name=row.name
        )
        return go(request, back_to(row), words, "bad")
    return FileResponse(
        store.path(row.sha256, row.mime),
        media_type=row.mime,
        filename=row.name or f"{row.sha256[:12]}{ENDINGS[row.mime]}",
        content_disposition_type="attachment",
        headers=KEPT,
    )


@router.post("/hoat-dong/tep/{number:int}/rut")
def withdraw(request: Request, number: int, someone: Person = Logger) -> Response:
    """Hide a file."""
    return _turn(
        request, someone, number, withdraw_evidence, "Đã rút tệp “{name}”; tệp vẫn được lưu và khôi phục được."
    )


@router.post("/hoat-dong/tep/{number:int}/khoi-phuc")
def restore(request: Request, number: int, someone: Person = Logger) -> Response:
    """Show it again."""
    return _turn(request, someone, number, restore_evidence, "Đã khôi phục tệp “{name}”.")


def _turn(request: Request, someone: Person, number_: int, act: Any, words: str) -> Response:
    house = house_of(request)
    with writing(house.engine) as session:
        row, subject = _seen(session, someone, number_)
        if not _may_change(someone, subject):
            raise Forbidden("Bạn được xem tệp này nhưng không được rút.")
        row = act(session, number_, by=someone.name, now=house.now())
        told = say(words, name=row.name)
        note(session, request, someone, Act.FILE, row.sha256, f"{told} ({_of(row)})", now=house.now())
    return go(request, back_to(row), told)


def _seen(session: Session, someone: Person, number_: int) -> tuple[Evidence, Activity | Submission]:
    """A file and what it proves, when that is theirs to see; those who may not change it do not see hidden files."""
    if not 0 < number_ <= NUMBER_MOST:
        raise HTTPException(404)
    try:
        row = find_evidence(session, number_)
    except NoEvidence:
        raise HTTPException(404) from None
    of_activity, of_submission = row.activity_id, row.submission_id
    subject = find_activity(session, of_activity) if of_activity else find_submission(session, of_submission or 0)
    if not sees(someone, subject.agency) or (row.withdrawn_at and not _may_change(someone, subject)):
        raise HTTPException(404)
    return row, subject


def _may_change(someone: Person, subject: Activity | Submission) -> bool:
    return may_change(someone, subject) if isinstance(subject, Activity) else someone.may(Permission.EDIT)


def back_to(row: Evidence) -> str:
    """The page on which a file stands."""
    return (
        f"/hoat-dong/{row.activity_id}#tep"
        if row.activity_id
        else f"/hoat-dong/nop-bao-cao/lan-nop/{row.submission_id}"
    )


def _of(row: Evidence) -> str:
    return f"hoạt động số {row.activity_id}" if row.activity_id else f"lần nộp số {row.submission_id}"
