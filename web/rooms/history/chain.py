"""The page for auditors: how the audit log's chain stands, its entries, and handing them out."""

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from sqlmodel import Session, col, func, select
from starlette.background import BackgroundTask
from starlette.datastructures import FormData

from content.origin import Via
from content.vietnamese import LOCAL, day, local_day, number
from records.chain import head
from records.chain_tables import AuditEntry
from records.export import export
from records.sources import BY_TABLE
from records.verify import last_check
from scheduler.db import reading, writing
from web.acts import ACT_WORDS, Act, note
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
FROM_WHERE = (Permission.PEOPLE, Permission.SETTINGS)
"""Who sees from which address colleagues worked, and takes it out of the house."""
HERE = "/nhat-ky/chuoi"
SHOWN = 50
DAYS, DAYS_MOST = 30, 366
ASKED = ("nguoi", "viec", "tim", "tu", "den")
SOURCE_WORDS = {
    "publication_event": "Diễn biến của lượt đăng",
    "attempt": "Lần gửi lên nền tảng",
    "desk_act": "Việc làm tại bàn làm việc và bằng lệnh",
    "review": "Soạn và duyệt bài",
    "post_revision": "Nội dung bài được giữ lại",
    "act_record": "Sổ hoạt động, tài liệu, chỉ số",
    "token_refresh": "Làm mới mã truy cập kênh",
    "pause": "Lệnh tạm dừng",
    "choice": "Yêu cầu ghim, loại bài",
    "recurrence": "Lịch đăng lặp lại",
    "delegation": "Ủy quyền duyệt",
    "legal_hold": "Lệnh giữ hồ sơ",
    "archive_seal": "Gói lưu trữ tháng đã niêm phong",
    "evidence": "Tài liệu kiểm chứng",
    "summary": "Tổng hợp tuần",
    "report": "Báo cáo",
}
VIA_WORDS: dict[str, str] = {
    Via.DESK: "bàn làm việc",
    Via.API: "chương trình gọi API",
    Via.CLI: "lệnh tại máy chủ",
    Via.MACHINE: "hệ thống tự làm",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are shown: of [since, until), both aware."""

    since: datetime
    until: datetime
    person: str = ""
    source: str = ""
    subject: str = ""
    before: int = 0
    """Only entries before this number; 0: the newest."""


@router.get(HERE)
def chain(request: Request, someone: Reader) -> HTMLResponse:
    """How the chain stands, and what is in it."""
    form = Form(FormData([(name, request.query_params.get(name, "")) for name in ASKED]))
    return _page(request, someone, form)


def _sees_from_where(someone: Person) -> bool:
    return any(someone.may(one) for one in FROM_WHERE)


@router.post(f"{HERE}/xuat")
def hand_out(request: Request, someone: Reader, data: Posted) -> Response:
    """The entries of some days as one ZIP file that the receiver can check."""
    if not _sees_from_where(someone):
        raise HTTPException(403)
    house, form = house_of(request), Form(data)
    days = _days(form, house.now())
    if days is None:
        return _page(request, someone, form, status=422)
    folder = Path(tempfile.mkdtemp(prefix="cchc-nhat-ky-"))
    try:
        inside = folder / f"nhat-ky-{days[0].isoformat()}-{days[1].isoformat()}"
        done = export(house.engine, inside, _start(days[0]), _start(days[1] + timedelta(days=1)), now=house.now())
        packed = folder / f"{inside.name}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in done.files:
                archive.write(path, f"{inside.name}/{path.name}")
        with writing(house.engine) as session:
            words = f"{number(done.entries)} mục, từ ngày {day(days[0])} đến ngày {day(days[1])}"
            note(session, request, someone, Act.EXPORT, packed.name, words, now=house.now())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    away = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(packed, media_type="application/zip", filename=packed.name, background=away)


def _page(request: Request, someone: Person, form: Form, *, status: int = 200) -> HTMLResponse:
    house = house_of(request)
    wanted = _wanted(request, form, house.now())
    with reading(house.engine) as session:
        entries = _entries(session, wanted)
        people = session.exec(
            select(AuditEntry.actor)
            .where(col(AuditEntry.at) >= wanted.since, col(AuditEntry.at) < wanted.until, AuditEntry.actor != "")
            .distinct()
            .order_by(AuditEntry.actor)
            .limit(200)
        ).all()
        facts = {"end": head(session), "check": last_check(session), "sealed_at": _sealed_at(session)}
    asked = {name: form.raw(name) for name in ASKED if form.raw(name)}
    after = entries[SHOWN - 1].sequence if len(entries) > SHOWN else 0
    return page(
        request,
        "history/chain.html",
        status=status,
        form=form,
        sees_from_where=_sees_from_where(someone),
        days_form=Form(
            tu=local_day(wanted.since).isoformat(), den=local_day(wanted.until - timedelta(days=1)).isoformat()
        ),
        entries=[(one, _act(one), VIA_WORDS.get(one.via, "")) for one in entries[:SHOWN]],
        people=[(name, name) for name in people],
        sources=list(SOURCE_WORDS.items()),
        is_narrowed=bool(asked),
        newest=f"{HERE}?{urlencode(asked)}" if wanted.before else "",
        older=f"{HERE}?{urlencode({**asked, 'truoc': after})}" if after else "",
        **facts,
    )


def _act(entry: AuditEntry) -> tuple[str, str]:
    """What kind of act it is, and which one."""
    source, _, act = entry.act.partition(".")
    known = ACT_WORDS.get(Act(act)) if source == "desk_act" and act in set(Act) else None
    return known or SOURCE_WORDS.get(source, source), "" if known else act


def _entries(session: Session, wanted: Wanted) -> list[AuditEntry]:
    """The newest entries of that time, and one more than are shown."""
    where = [col(AuditEntry.at) >= wanted.since, col(AuditEntry.at) < wanted.until]
    if wanted.person:
        where.append(col(AuditEntry.actor) == wanted.person)
    if wanted.source:
        where.append(col(AuditEntry.source) == wanted.source)
    if wanted.subject:
        where.append(col(AuditEntry.subject_key).contains(wanted.subject, autoescape=True))
    if wanted.before:
        where.append(col(AuditEntry.sequence) < wanted.before)
    newest = select(AuditEntry).where(*where).order_by(col(AuditEntry.sequence).desc())
    return list(session.exec(newest.limit(SHOWN + 1)).all())


def _sealed_at(session: Session) -> datetime | None:
    last = select(func.max(col(AuditEntry.sequence))).scalar_subquery()
    return session.exec(select(AuditEntry.sealed_at).where(col(AuditEntry.sequence) == last)).first()


def _wanted(request: Request, form: Form, now: datetime) -> Wanted:
    """What the address asks for; what makes no sense is told beside its field and left out."""
    today = local_day(now)
    first, last = _days(form, now) or (today - timedelta(days=DAYS - 1), today)
    before = request.query_params.get("truoc", "")
    return Wanted(
        _start(first),
        _start(last + timedelta(days=1)),
        person=form.text("nguoi", "Người", most=200),
        source=form.choice("viec", "Loại việc", BY_TABLE, required=False),
        subject=form.text("tim", "Đối tượng", most=100),
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else 0,
    )


def _days(form: Form, now: datetime) -> tuple[date, date] | None:
    """The first and the last day; None, told beside the field, when they are none to go by."""
    today = local_day(now)
    first, last = form.day("tu", "Từ ngày"), form.day("den", "Đến ngày")
    if form.errors:
        return None
    last = last or (min(first + timedelta(days=DAYS - 1), today) if first and first <= today else first or today)
    first = first or last - timedelta(days=DAYS - 1)
    if first > last:
        form.fail("den", say("“Đến ngày” phải từ “Từ ngày” trở đi."))
    elif (last - first).days >= DAYS_MOST:
        form.fail("den", say("Mỗi lần xem hoặc xuất nhiều nhất {count} ngày.", count=DAYS_MOST))
    return None if form.errors else (first, last)


def _start(on: date) -> datetime:
    return datetime.combine(on, time(), LOCAL)
