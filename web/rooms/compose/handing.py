"""Handing a post on: an editor puts it before the approver, a contributor proposes it to the editors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.checks import Finding, Grade
from content.editorial import record
from content.errors import ContentError
from content.tables import Editorial, Post, Review
from scheduler.db import reading, writing
from scheduler.submission import NotReady
from web.authority import refuse_change
from web.door import Posted, Someone, house_of, may
from web.page import go
from web.roles import Permission, Person
from web.rooms.compose.sheet import Sheet, opened, show
from web.rooms.compose.working import Key
from web.rooms.compose.write import find_post, saved
from web.words import say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]


@router.post("/soan/{key}/trinh-duyet")
def submit(request: Request, key: Key, person: Editor, posted: Posted) -> Response:
    """Save what the form says, check all of it, and put exactly that before the approver."""
    house, now = house_of(request), house_of(request).now()
    post = _as_sent(request, key, person, posted)
    if isinstance(post, Response):
        return post
    where = f"/soan/{post.key}"
    if post.state == Editorial.SUBMITTED:  # a second click, or somebody else was quicker
        return go(request, where, say("Bài “{title}” đang chờ duyệt.", title=post.title))
    shown = str(posted.get("dau", ""))
    try:
        house.submissions.submit(
            [post.key], person.name, now=now, seen={post.key: post.content_hash},
            accept_warnings=_accepts(posted), shown=shown or "-",
        )  # fmt: skip
    except NotReady as error:
        return _asked(request, person, post, error.findings[post.key])
    except ContentError as error:
        return go(request, where, say("{words}", words=error.words), "bad")
    return go(request, where, say("Đã trình duyệt bài “{title}”.", title=post.title))


def _accepts(posted: FormData) -> bool:
    """Whether every group of warnings that the page showed was ticked."""
    groups = set(posted.getlist("nhom"))
    return bool(groups) and groups <= set(posted.getlist("chap_nhan"))


def _asked(request: Request, person: Person, post: Post, findings: list[Finding]) -> Response:
    """The page again, with what has to be mended, or said to be meant so, beside the fields."""
    with reading(house_of(request).engine) as session:
        sheet = Sheet(post.key, opened(session, post), post.content_hash, post)
    sheet.findings, sheet.asks = findings, True
    sheet.blocked = any(one.grade is not Grade.WARNING for one in findings)
    return show(request, person, sheet, status=422)


@router.post("/soan/{key}/de-xuat")
def propose(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Save what the form says and tell the editors that it is meant for them; it stays a draft."""
    post = _as_sent(request, key, person, posted)
    if isinstance(post, Response):
        return post
    house = house_of(request)
    with writing(house.engine) as session:
        row = session.exec(select(Post).where(Post.key == post.key).with_for_update()).one()
        refuse_change(person, row)
        if not _is_proposed(session, row):
            record(session, row, "proposed", person.name, house.now())
    return go(request, f"/soan/{post.key}", say("Đã gửi đề xuất “{title}” cho biên tập viên.", title=post.title))


def _is_proposed(session: Session, post: Post) -> bool:
    """Whether these very words were proposed already."""
    rows = select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc())
    last = session.exec(rows).first()
    return last is not None and (last.action, last.content_hash) == ("proposed", post.content_hash)


def _as_sent(request: Request, key: str, person: Person, posted: FormData) -> Post | Response:
    """The post with what the form says saved; without a form, as it stands when that is what was seen."""
    if "title" in posted:
        return saved(request, key, person, posted)
    with reading(house_of(request).engine) as session:
        post = find_post(session, person, key)
    if posted.get("seen", "") != post.content_hash:
        words = say("Bài vừa được người khác thay đổi nên chưa gửi đi; hãy xem lại rồi làm lại.")
        return go(request, f"/soan/{key}", words, "warn")
    return post
