"""The panel that gives a post its times: at an hour, in the next free slot, or in the slots of several days."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from connectors.base import Part
from content.tables import Post
from content.vietnamese import moment
from scheduler.adding import Wanted
from scheduler.channels import OFF
from scheduler.db import reading
from scheduler.doubts import doubts
from scheduler.lifecycle import OPEN
from scheduler.slots import FAR, spread_over_days
from scheduler.tables import Channel, Publication
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go
from web.roles import Permission, Person
from web.rooms.compose.working import Key
from web.words import Say, say

router = APIRouter()
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]

SHOWN = 30
DAYS_MOST = 30
WAYS = {"gio": "Vào giờ đã chọn", "khung": "Khung giờ trống gần nhất", "nhieu": "Nhiều ngày liền, mỗi ngày một khung"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the queue holds of a post: its latest rows, and a mark of all that may still come."""

    rows: list[tuple[Publication, Channel]]
    mark: str


def standing(session: Session, post: Post) -> Standing:
    """Every time the post has or had, the next ones first."""
    found = session.exec(
        select(Publication, Channel)
        .where(
            col(Publication.channel_id) == col(Channel.id),
            Publication.post_id == post.id,
            Publication.part == Part.POST,
        )
        .order_by(col(Publication.due_at).desc(), col(Publication.id).desc())
        .limit(SHOWN)
    ).all()
    coming = sorted((one for one in found if one[0].state in OPEN), key=lambda one: one[0].due_at)
    rows = [*coming, *(one for one in found if one[0].state not in OPEN)]
    mark = hashlib.sha256(repr(sorted(row.id or 0 for row, _ in found)).encode()).hexdigest()[:16]
    return Standing(rows, mark)


def channels(session: Session, post: Post) -> list[Channel]:
    """The channels that this post is meant for."""
    wanted = select(Channel).where(col(Channel.platform).in_(post.platforms), Channel.state != OFF)
    return list(session.exec(wanted.order_by(Channel.key)))


@router.post("/soan/{key}/len-lich")
def schedule(request: Request, key: Key, person: Scheduler, posted: Posted) -> Response:
    """Put the post into the queue of each chosen channel; what one channel refuses does not stop the others."""
    house, now = house_of(request), house_of(request).now()
    with reading(house.engine) as session:
        post = session.exec(select(Post).where(Post.key == key)).first()
        if post is None or not person.sees(post):
            raise HTTPException(404)
        known = {one.key: one for one in channels(session, post)}
        mark = standing(session, post).mark
    form = Form(posted)
    way = form.choice("cach", "Cách lên lịch", WAYS)
    chosen = form.choices("kenh", "Kênh", known, required=True)
    at = form.moment("ngay", "gio", "Giờ đăng") if way == "gio" else None
    days = form.number("so_ngay", "Số ngày", least=2, most=DAYS_MOST, start=2) if way == "nhieu" else 1
    if form.errors:
        return _back(request, key, next(iter(form.errors.values())), "bad")
    if form.raw("hang_cho") != mark:
        return _back(
            request, key, say("Hàng chờ của bài vừa thay đổi nên chưa lên lịch; hãy xem lại rồi làm lại."), "warn"
        )
    done: list[str] = []
    refused: dict[str, str] = {}
    warned: list[str] = []
    policy = house.service.policy
    wanted: list[Wanted] = []
    with reading(house.engine) as session:
        for name in chosen:
            times = [at] if at else spread_over_days(session, known[name], days, now=now, policy=policy, post=post)
            wanted += [Wanted(key, name, time) for time in times]
            if not times:
                refused[name] = f"{known[name].name}: chưa có khung giờ trống nào hợp với bài trong {FAR} ngày tới"
    queued = house.service.desk.add_each(wanted, now=now, actor=person.name, unapproved=True)
    with reading(house.engine) as session:
        for one, row in zip(wanted, queued, strict=True):
            channel = known[one.channel].name
            if not isinstance(row, Publication):
                refused.setdefault(one.channel, f"{channel}: {row}")
                continue
            done.append(f"{moment(one.at)} trên {channel}")
            warned += [f"{channel}: {words}" for words in doubts(session, row, policy, now=now)]
    return _told(request, key, done, [*refused.values()], warned)


def _told(request: Request, key: str, done: Sequence[str], refused: Sequence[str], warned: Sequence[str]) -> Response:
    """What was done, what was not, and what speaks against it: a warning, no refusal."""
    told = "; ".join(done[:4]) + (f" và {len(done) - 4} lượt nữa" if len(done) > 4 else "")
    why = "; ".join(dict.fromkeys(refused)).rstrip(".")
    if not done:
        return _back(request, key, say("Chưa lên lịch được: {why}.", why=why), "bad")
    words = say("Đã lên lịch: {told}.", told=told)
    if refused:
        words = say("Đã lên lịch: {told}. Chưa lên lịch được: {why}.", told=told, why=why)
    if warned:
        words = say("{said} Nên xem lại: {notes}", said=words, notes=" ".join(list(dict.fromkeys(warned))[:3]))
    return _back(request, key, words, "warn" if refused or warned else "good", done=True)


def _back(request: Request, key: str, words: Say, kind: str, *, done: bool = False) -> Response:
    return go(request, f"/soan/{key}#len-lich", words, kind, done=done)
