"""Official reports: list, read with every word that stands in them, the Word file."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from reports.official.docx import docx
from reports.official.keeping import NoReport, data_of, document_of, find_report, reports, written
from reports.tables import Report
from scheduler.db import reading
from web.api.frame import Cursor, Limit, Out, Page, Told, cursor_at, cursor_of, missing, needs
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/reports", tags=["reports"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Number = Annotated[int, Path(ge=1, le=NUMBER_MOST)]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class ReportLine(Out):
    """One report of a list. Nothing from `cutoff_at` on is in its figures; `withdrawn_at` null: it counts."""

    id: int
    preset: str
    title: str
    first: date
    last: date
    cutoff_at: Told
    state: str
    made_by: str
    made_at: Told
    updated_by: str
    updated_at: Told
    withdrawn_at: Told | None


class PlaceOut(Out):
    """What stands at one place of the outline; `own`: a person wrote it over the prefilled words."""

    code: str
    title: str
    words: str
    own: bool


class ReportOut(ReportLine):
    """One report: its heading, its words, and the figures as they were frozen (null is what nobody told)."""

    version: int
    heading: dict[str, Any]
    places: list[PlaceOut]
    figures: dict[str, Any]


@router.get("")
def list_reports(
    request: Request, _someone: Reader, withdrawn: bool = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[ReportLine]:
    """Reports, the last one made first."""
    at = cursor_at(cursor, int)
    with reading(house_of(request).engine) as session:
        found = reports(session, limit=limit + 1, before=at[0] if at else None, withdrawn=withdrawn)
    shown = found[:limit]
    more = cursor_of(shown[-1].id) if len(found) > limit else None
    return Page(items=[ReportLine.model_validate(row) for row in shown], next=more)


@router.get("/{number}")
def read_report(request: Request, _someone: Reader, number: Number) -> ReportOut:
    """One report."""
    with reading(house_of(request).engine) as session:
        row = _found(session, number)
    data = data_of(row)
    there = written(row, data).values()
    places = [PlaceOut(code=one.place.code, title=one.place.title, words=one.words, own=one.own) for one in there]
    line = ReportLine.model_validate(row).model_dump()
    return ReportOut(**line, version=row.version, heading=row.heading, places=places, figures=row.data)


@router.get("/{number}/docx", response_class=Response, responses={200: {"content": {WORD: {}}}})
def read_docx(request: Request, _someone: Reader, number: Number) -> Response:
    """The Word file, made of the report alone: the same version is the same file."""
    with reading(house_of(request).engine) as session:
        row = _found(session, number)
    headers = {"Content-Disposition": f'attachment; filename="bao-cao-{row.id}.docx"'}
    return Response(docx(document_of(row)), media_type=WORD, headers=headers)


def _found(session: Session, number: int) -> Report:
    try:
        return find_report(session, number)
    except NoReport:
        raise missing() from None
