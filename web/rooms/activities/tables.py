"""Activities as tables: out as CSV or XLSX, the template, in with a look at what would come of it first."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, func

from content.activities import activities
from content.activity_kinds import KIND_NAMES
from content.errors import ContentError, LibraryError
from content.exchange.activity_file import as_csv, as_xlsx, template
from content.exchange.activity_table import ActivityTable, compare, read_table, write
from content.record_tables import Evidence
from content.vietnamese import local_day
from scheduler.db import reading, writing
from web import asking
from web.activities import Logger, Viewer, own_agency
from web.acts import Act, note
from web.door import Posted, house_of
from web.forms import Form
from web.kept_tables import Kept, Shelf
from web.page import go, page
from web.plans import plan_words
from web.roles import Person
from web.rooms.activities.listing import wanted
from web.words import say

router = APIRouter()
MOST, SHOWN = 20_000, 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HERE = "/hoat-dong/nhap"


@router.get("/hoat-dong/xuat")
def export(request: Request, someone: Person = Viewer) -> Response:
    """The list as it is narrowed, as a file: `?dang=csv` or XLSX."""
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        called = plan_words(session)
        want = wanted(request.query_params, someone, called, local_day(now))
        rows = activities(session, want.asked, limit=MOST)
        files = file_counts(session)
    form = asking.one_of(request.query_params, "dang", {"csv", "xlsx"}) or "xlsx"
    data = as_csv(rows, called.plan, files) if form == "csv" else as_xlsx(rows, called.plan, files, now)
    return _file(data, f"hoat-dong-{local_day(now).isoformat()}.{form}", "text/csv" if form == "csv" else XLSX)


@router.get("/hoat-dong/mau")
def empty_table(request: Request, _someone: Person = Logger) -> Response:
    """The workbook to fill in."""
    house = house_of(request)
    with reading(house.engine) as session:
        plan = plan_words(session).plan
    return _file(template(plan, house.now()), "mau-nhap-hoat-dong.xlsx", XLSX)


def file_counts(session: Session) -> dict[int, int]:
    """How many files each activity has."""
    number: Any = col(Evidence.activity_id)
    statement = columns_of(number, func.count()).where(col(Evidence.withdrawn_at).is_(None), number.is_not(None))
    return {row[0]: row[1] for row in session.connection().execute(statement.group_by(number))}


def _file(data: bytes, name: str, mime: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=mime, headers=headers)


@router.get(HERE)
def ask(request: Request, _someone: Person = Logger) -> Response:
    """The form."""
    return page(request, "activities/import.html", form=Form())


@router.post(HERE)
def look(request: Request, posted: Posted, someone: Person = Logger) -> Response:
    """Keep what was handed in, and show what an import would do."""
    house, form = house_of(request), Form(posted)
    table = form.file("bang")
    if table is None:
        form.fail("bang", say("Hãy chọn tệp CSV hoặc XLSX."))
        return page(request, "activities/import.html", status=422, form=form)
    kept: Kept | None = None
    try:
        kept = _shelf(request).keep(someone, table, [], house.now())
        return _shown(request, someone, kept)
    except ContentError as error:
        if kept is not None:
            _shelf(request).drop(kept)
        form.fail("bang", say("{words}", words=error.words))
        return page(request, "activities/import.html", status=422, form=form)


@router.get(HERE + "/{name}")
def look_again(request: Request, name: str, someone: Person = Logger) -> Response:
    """The same dry run once more, against what is logged now."""
    kept = _shelf(request).find(someone, name)
    if kept is None:
        raise HTTPException(404)
    try:
        return _shown(request, someone, kept)
    except ContentError as error:
        return go(request, HERE, say("{words}", words=error.words), "bad")


@router.post(HERE + "/{name}")
def take(request: Request, posted: Posted, name: str, someone: Person = Logger) -> Response:
    """Import the table that was looked at: every row, or with `dong=tot` those that nothing is wrong with."""
    shelf = _shelf(request)
    kept = shelf.find(someone, name)
    if kept is None:
        return go(request, "/hoat-dong", "Bảng này đã được nhập, đã bỏ hoặc đã quá một ngày; hãy gửi lại tệp.", "warn")
    if posted.get("viec") == "bo":
        shelf.drop(kept)
        return go(request, HERE, "Đã bỏ bảng, chưa nhập hoạt động nào.")
    try:
        with shelf.claimed(kept) as mine:
            if mine is None:
                return go(request, "/hoat-dong", "Bảng này đang được nhập.", "warn")
            new, same = _written(request, someone, mine, only_good=posted.get("dong") == "tot")
    except LibraryError:
        words = "Chưa nhập dòng nào vì có dòng còn lỗi; hãy sửa tệp rồi gửi lại, hoặc chỉ nhập các dòng không lỗi."
        return go(request, f"{HERE}/{name}", words, "bad")
    except ContentError as error:
        return go(request, f"{HERE}/{name}", say("{words}", words=error.words), "bad")
    words = "Đã nhập {new} hoạt động mới; {same} hoạt động đã ghi từ trước giữ nguyên."
    return go(request, "/hoat-dong", say(words, new=new, same=same))


def _shelf(request: Request) -> Shelf:
    return Shelf(house_of(request).data_dir, "nhap-hoat-dong")


def _table(request: Request, session: Session, someone: Person, kept: Kept) -> ActivityTable:
    today = local_day(house_of(request).now())
    return read_table(kept.table, plan_words(session).plan, today, agency=own_agency(someone))


def _written(request: Request, someone: Person, kept: Kept, *, only_good: bool) -> tuple[int, int]:
    house = house_of(request)
    with reading(house.engine) as session:
        table = _table(request, session, someone, kept)
    with writing(house.engine) as session:
        new, same = write(session, table, by=someone.name, now=house.now(), only_good=only_good)
        if new:
            note(session, request, someone, Act.ACTIVITY, table.name, f"Nhập {new} hoạt động từ bảng", now=house.now())
    return new, same


def _shown(request: Request, someone: Person, kept: Kept) -> Response:
    with reading(house_of(request).engine) as session:
        table = _table(request, session, someone, kept)
        compare(session, table)
    rows = sorted(table.rows, key=lambda one: (not one.blocked, not one.problems, one.number))[:SHOWN]
    good = sum(not one.blocked for one in table.rows)
    return page(
        request, "activities/dry_run.html", name=kept.name, table=table, rows=rows, good=good, kinds=KIND_NAMES,
        most=SHOWN,
    )  # fmt: skip
