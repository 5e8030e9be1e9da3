"""One report: its outline with the words beside the facts, and where it stands."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from reports.official import grids, keeping
from reports.official.data import ReportData
from reports.official.document import annexes, cutoff_words
from reports.official.heads import shown as shown_heading
from reports.official.keeping import KIND_WORDS, REASON_MOST, STATE_WORDS, Written, data_of, left_open, written
from reports.official.places import Grid, outline
from reports.official.wording import roman
from reports.periods import ReportError
from reports.tables import Report
from scheduler.db import reading, writing
from web.acts import Act
from web.asking import NUMBER_MOST
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.reports.shared import HOME, Editor, Reader, Shown, found, noted, shown
from web.tables import DeskAct
from web.words import Say, say

router = APIRouter()
TOLD = 12
"""So many lines of its history stand on the page."""


class Box(NamedTuple):
    """A place with its table."""

    written: Written
    table: Shown | None


class Article(NamedTuple):
    """A titled part of a section."""

    title: str
    boxes: list[Box]


class Part(NamedTuple):
    """A section under its number."""

    title: str
    articles: list[Article]


def parts(row: Report, data: ReportData) -> Iterator[Part]:
    """The outline with everything that stands in it."""
    there = written(row, data)
    numbers = {which: place for place, which in enumerate(Grid, 1)}
    section = 0
    for part in outline(data):
        section += bool(part.title)
        articles = []
        for place, article in enumerate(part.articles, 1):
            boxes = [
                Box(there[one.code], shown(grids.grid(data, one.grid), numbers[one.grid]) if one.grid else None)
                for one in article.places
            ]
            articles.append(Article(f"{place}. {article.title}" if article.title else "", boxes))
        yield Part(f"{roman(section)}. {part.title}" if part.title else "", articles)


@router.get("/bao-cao/{number:int}")
def show(request: Request, _reader: Reader, number: int) -> HTMLResponse:
    """The whole of it."""
    with reading(house_of(request).engine) as session:
        row = found(session, number)
        told = _told(session, row)
    data = data_of(row)
    return page(
        request,
        "reports/one.html",
        row=row,
        data=data,
        parts=list(parts(row, data)),
        cutoff=cutoff_words(data),
        heading=shown_heading(row.heading),
        open_places=left_open(row, data),
        told=told,
        kinds=KIND_WORDS,
        states=STATE_WORDS,
        may_write=row.state == keeping.DRAFT and row.withdrawn_at is None,
        annexes=tuple((title, len(table.rows)) for title, table, _ in annexes(data)),
        reason_most=REASON_MOST,
    )


def _told(session: Session, row: Report) -> list[DeskAct]:
    """Its own history, newest first."""
    statement = (
        select(DeskAct)
        .where(DeskAct.act == Act.REPORT, DeskAct.subject == str(row.id), col(DeskAct.at) >= row.made_at)
        .order_by(col(DeskAct.at).desc(), col(DeskAct.id).desc())
    )
    return list(session.exec(statement.limit(TOLD)))


# Where it stands -------------------------------------------------------------------------------------------


def _moved(
    request: Request, someone: Editor, number: int, do: Callable[[Session], Report], told: str, words: Say
) -> Response:
    """Do it and note it; a refusal is told on the report's page."""
    address = f"{HOME}/{number}"
    try:
        with writing(house_of(request).engine) as session:
            before = found(session, number).version
            row = do(session)
            if row.version != before:
                noted(session, request, someone, row, told)
    except ReportError as error:
        return go(request, address, say("{words}", words=error.words), "bad")
    return go(request, address, words)


def _facts(request: Request, someone: Editor) -> dict[str, Any]:
    return {"by": someone.name, "now": house_of(request).now()}


@router.post("/bao-cao/{number:int}/chot")
def finish(request: Request, someone: Editor, posted: Posted, number: int) -> Response:
    """Freeze it as the person read it."""
    seen = Form(posted).number("seen", "Phiên bản", least=0, most=NUMBER_MOST, start=0)
    facts = _facts(request, someone)
    words = say("Đã chốt báo cáo. Tải tệp Word để trình ký và lấy số.")
    return _moved(
        request,
        someone,
        number,
        lambda session: keeping.finish(session, number, seen=seen, **facts),
        "Chốt báo cáo",
        words,
    )


@router.post("/bao-cao/{number:int}/mo-lai")
def take_back(request: Request, someone: Editor, posted: Posted, number: int) -> Response:
    """A draft again, with a reason."""
    reason, facts = _reason(posted), _facts(request, someone)
    return _moved(
        request, someone, number, lambda session: keeping.take_back(session, number, reason, **facts),
        f"Mở lại báo cáo đã chốt: {reason}", say("Báo cáo là bản nháp trở lại."),
    )  # fmt: skip


@router.post("/bao-cao/{number:int}/rut")
def withdraw(request: Request, someone: Editor, posted: Posted, number: int) -> Response:
    """Put it aside, with a reason."""
    reason, facts = _reason(posted), _facts(request, someone)
    return _moved(
        request, someone, number, lambda session: keeping.withdraw(session, number, reason, **facts),
        f"Rút báo cáo: {reason}", say("Đã rút báo cáo; vẫn xem lại được ở mục “Đã rút”."),
    )  # fmt: skip


@router.post("/bao-cao/{number:int}/khoi-phuc")
def restore(request: Request, someone: Editor, number: int) -> Response:
    """It counts again."""
    facts = _facts(request, someone)
    return _moved(
        request, someone, number, lambda session: keeping.restore(session, number, **facts), "Khôi phục báo cáo đã rút",
        say("Đã khôi phục báo cáo."),
    )  # fmt: skip


def _reason(posted: Posted) -> str:
    return Form(posted).text("reason", "Lý do", most=REASON_MOST)
