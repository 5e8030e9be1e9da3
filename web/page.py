"""Pages: templates with the desk's words and figures, answers with the headers that keep them safe."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from sqlmodel import col, update

from content import vietnamese
from scheduler.db import reading, unless_full, writing
from scheduler.pauses import active
from web import statics
from web.door import house_of
from web.pauses import Told
from web.pauses import told as told_pauses
from web.request_ids import name_of
from web.roles import Permission, Person
from web.tables import StaffSession
from web.words import HOME, LANGUAGES, Say, told

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer of the desk."""

NAV = (
    ("/", "Hôm nay", "today", None),
    ("/lich", "Lịch đăng", "calendar", Permission.READ),
    ("/soan", "Soạn bài", "write", Permission.PROPOSE),
    ("/duyet", "Chờ duyệt", "approve", Permission.READ),
    ("/thu-vien", "Thư viện", "library", None),
    ("/tu-dong", "Tự xếp lịch", "auto", Permission.READ),
    ("/chien-dich", "Chiến dịch", "campaign", Permission.READ),
    ("/kenh", "Kênh", "channel", Permission.READ),
    ("/so-lieu", "Số liệu", "figures", Permission.READ),
    ("/hoat-dong", "Hoạt động", "activity", None),
    ("/bao-cao", "Báo cáo", "report", Permission.READ),
    ("/kiem-chung", "Kiểm chứng", "proof", Permission.READ),
    ("/thong-bao", "Thông báo", "bell", Permission.READ),
    ("/nhat-ky", "Nhật ký", "history", Permission.READ),
    ("/nguoi-dung", "Người dùng", "people", Permission.PEOPLE),
    ("/cau-hinh", "Cấu hình", "settings", Permission.READ),
)
"""Address, name, icon, and who sees it."""


@cache
def environment() -> Environment:
    """The templates; a name that is not there is a bug and fails loudly."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=_told, static=statics.address, languages=LANGUAGES, Permission=Permission)
    made.filters.update(
        moment=vietnamese.moment,
        clock=vietnamese.clock,
        day=vietnamese.day,
        day_of=lambda value: vietnamese.day(vietnamese.local_day(value)),
        iso=lambda value: value.isoformat(),
        weekday=vietnamese.weekday,
        number=vietnamese.number,
        percent=vietnamese.percent,
        fold=vietnamese.fold,
    )
    return made


@pass_context
def _told(context: Context, text: str, **facts: Any) -> str:
    return told(text, context.get("language", HOME), **facts)


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """One page for who is signed in, with the sentences that wait for them."""
    someone = getattr(request.state, "person", None)
    language = someone.language if isinstance(someone, Person) else request.cookies.get("cchc_lang", HOME)
    text = environment().get_template(template).render(
        **facts,
        request=request,
        person=someone,
        language=language if language in LANGUAGES else HOME,
        csrf=getattr(request.state, "csrf", ""),
        flash=_taken(request, someone),
        nav=[one for one in NAV if one[3] is None or (someone and someone.may(one[3]))],
        alarms=getattr(request.state, "alarms", 0),
        now=house_of(request).now(),
        request_id=name_of(request.scope),
        strip=_paused(request),
    )  # fmt: skip
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def _paused(request: Request) -> list[Told]:
    """The pauses in force, for the strip on top of every page; nothing is read while there is none."""
    if not getattr(request.state, "paused", False):
        return []
    house = house_of(request)
    with reading(house.engine) as session:
        return told_pauses(session, active(session, now=house.now()))


def part(request: Request, template: str, **facts: Any) -> HTMLResponse:
    """A piece of a page, for a script to put in its place. Leaves waiting sentences waiting."""
    someone = getattr(request.state, "person", None)
    language = someone.language if isinstance(someone, Person) else HOME
    text = environment().get_template(template).render(
        **facts, request=request, person=someone, language=language, now=house_of(request).now(),
        csrf=getattr(request.state, "csrf", ""),
    )  # fmt: skip
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


def go(
    request: Request, where: str, words: Say | str = "", kind: str = "good", *, done: bool | None = None
) -> RedirectResponse:
    """After a change: on to another page, which says what came of it. `kind`: good, warn or bad. `done`: whether
    something was done (None: when it is good).

    On a full disk the page cannot be made to say it: what was done is seen there, what was not is told at once.
    """
    someone = getattr(request.state, "person", None)
    if words and isinstance(someone, Person):
        pattern, facts = (words.pattern, words.facts) if isinstance(words, Say) else (words, {})
        facts = {name: told(fact, someone.language) if isinstance(fact, Say) else fact for name, fact in facts.items()}
        line = {"kind": kind, "words": pattern, "facts": json.dumps(facts, ensure_ascii=False, default=_plain)}
        with unless_full() if (kind == "good" if done is None else done) else nullcontext():
            _keep(request, someone, [*request.state.flash, line])
    return RedirectResponse(where, status_code=303)


def _plain(value: object) -> str:
    return vietnamese.moment(value) if isinstance(value, datetime) else str(value)


def _keep(request: Request, someone: Person, flash: list[dict[str, str]]) -> None:
    with writing(house_of(request).engine) as session:
        session.exec(update(StaffSession).where(col(StaffSession.id) == someone.session_id).values(flash=flash[-5:]))


def _taken(request: Request, someone: object) -> list[Mapping[str, str]]:
    """The sentences that wait for this person; showing them forgets them."""
    waiting = getattr(request.state, "flash", None) or []
    if waiting and isinstance(someone, Person):
        with unless_full():
            _keep(request, someone, [])
    return [{"kind": one["kind"], "words": Say(one["words"], **json.loads(one["facts"]))} for one in waiting]
