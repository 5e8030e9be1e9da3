"""What people have to know before it is too late: what is open by grade, what is over, and how each was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from content.vietnamese import moment
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.db import reading
from scheduler.deliveries import SENDING_WORDS, WAY_WORDS, Sending, Way
from scheduler.notices import GRADE_WORDS, Grade, cleared_notices, deliveries_of, kind_words, open_notices
from web.door import house_of, may
from web.page import page
from web.roles import Permission, Person
from web.words import Say, say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]

SHOWN, CLEARED = 200, 40
LATELY = timedelta(days=14)
LOOKS = {Grade.ALARM: ("bad", "bad"), Grade.WARNING: ("warn", "warn"), Grade.NEWS: ("bell", "calm")}
"""Icon and tone of each grade."""


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as the page shows it. `told`: one sentence for each way it went."""

    kind: str
    words: str
    path: str
    raised_at: datetime
    cleared_at: datetime | None
    told: tuple[Say, ...]
    icon: str
    tone: str


@router.get("/thong-bao")
def notices(request: Request, _reader: Reader) -> HTMLResponse:
    """Open notices, the gravest first, then what was cleared lately."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = open_notices(session, limit=SHOWN + 1)
        over = cleared_notices(session, since=house.now() - LATELY, limit=CLEARED)
        told = deliveries_of(session, [*found[:SHOWN], *over])
    lines = [(one.grade, _line(one, told.get(one.id or 0, ()))) for one in found[:SHOWN]]
    telling = house.service.telling
    return page(
        request, "notices/index.html",
        groups=[(grade, GRADE_WORDS[grade], [line for given, line in lines if given == grade]) for grade in Grade],
        over=[_line(one, told.get(one.id or 0, ())) for one in over],
        more=len(found) > SHOWN, days=LATELY.days,
        mails=telling is not None and telling.mail is not None,
        hooks=len(telling.hooks) if telling is not None else 0,
        minutes=int(telling.mail.every.total_seconds() // 60) if telling is not None and telling.mail else 0,
    )  # fmt: skip


def _line(notice: Notice, deliveries: Sequence[NoticeDelivery]) -> Line:
    icon, tone = LOOKS[Grade(notice.grade)]
    return Line(
        kind=kind_words(notice.kind),
        words=notice.words,
        path=notice.path,
        raised_at=notice.raised_at,
        cleared_at=notice.cleared_at,
        told=tuple(map(_told, deliveries)),
        icon=icon,
        tone=tone,
    )


def _told(sent: NoticeDelivery) -> Say:
    """How one way went. Whose address it is stays with who set the system up; a receiver's name is told."""
    way = say(WAY_WORDS[Way(sent.way)])
    where = f" {sent.target}" if sent.way == Way.WEBHOOK else ""
    state = say(SENDING_WORDS[Sending(sent.state)])
    at = sent.finished_at or sent.started_at
    if sent.state in (Sending.SENT, Sending.SENDING):
        return say("{way}{where}: {state} lúc {at}.", way=way, where=where, state=state, at=moment(at))
    return say("{way}{where}: {state} ({at}). {why}", way=way, where=where, state=state, at=moment(at), why=sent.words)
