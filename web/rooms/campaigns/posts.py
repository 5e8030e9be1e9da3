"""The posts of a campaign: found in the library and put in, or taken out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from content.campaigns import add_posts, posts_of, remove_posts
from content.editorial import STATE_WORDS
from content.errors import ContentError
from content.search import search
from content.tables import Editorial
from content.vietnamese import number
from records.holds import check_whole
from scheduler.db import reading, writing
from web import asking
from web.campaigns import noted
from web.door import Posted, house_of, may
from web.page import go, page
from web.plans import plan_words
from web.roles import Permission, Person
from web.rooms.campaigns.one import found
from web.words import say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
ON_A_PAGE = 40


@router.get("/chien-dich/{key}/them-bai")
def choose(request: Request, _editor: Editor, key: str) -> HTMLResponse:
    """What the library has and the campaign has not, to tick."""
    house, asked = house_of(request), request.query_params
    words = asking.words(asked, "tim")
    at = asking.number(asked.get("trang", ""), most=10_000) or 1
    with reading(house.engine) as session:
        row = found(session, key)
        called = plan_words(session)
        topic = asking.one_of(asked, "noi_dung", called.topics)
        state = asking.one_of(asked, "trang_thai", set(Editorial))
        hits = search(
            session, words, limit=ON_A_PAGE, offset=(at - 1) * ON_A_PAGE, topic=topic or None, state=state or None,
            beyond=posts_of(row.key),
        )  # fmt: skip
    here = f"/chien-dich/{row.key}/them-bai"
    facts = {"tim": words, "noi_dung": topic, "trang_thai": state}
    return page(
        request,
        "campaigns/add.html",
        row=row,
        posts=hits.posts,
        total=hits.total,
        asked=facts,
        topics=called.topics,
        states=STATE_WORDS,
        targets=row.targets.get("topics", {}),
        self_address=here,
        before=asking.address(here, **facts, trang=at - 1) if at > 1 else "",
        after=asking.address(here, **facts, trang=at + 1) if at * ON_A_PAGE < hits.total else "",
    )


@router.post("/chien-dich/{key}/them-bai")
def add(request: Request, someone: Editor, posted: Posted, key: str) -> Response:
    """Put the ticked posts in."""
    house, keys = house_of(request), _ticked(posted)
    try:
        with writing(house.engine) as session:
            row = found(session, key)
            moved = add_posts(session, key, keys, by=someone.name, now=house.now())
            if moved.done:
                noted(session, request, someone, row, f"Thêm bài: {', '.join(moved.done)}")
    except ContentError as error:
        return go(request, f"/chien-dich/{key}/them-bai", say("{words}", words=error.words), "bad")
    words = say("Đã thêm {count} bài vào chiến dịch.", count=number(len(moved.done)))
    return go(request, f"/chien-dich/{row.key}#bai", words)


@router.post("/chien-dich/{key}/bo-bai")
def remove(request: Request, someone: Editor, posted: Posted, key: str) -> Response:
    """Take the ticked posts out; what is queued of them stays queued."""
    house = house_of(request)
    try:
        with writing(house.engine) as session:
            row = found(session, key)
            check_whole(session, row.id or 0)
            moved = remove_posts(session, key, _ticked(posted))
            if moved.done:
                noted(session, request, someone, row, f"Bỏ bài: {', '.join(moved.done)}")
    except ContentError as error:
        return go(request, f"/chien-dich/{key}#bai", say("{words}", words=error.words), "bad")
    words = say("Đã bỏ {count} bài khỏi chiến dịch; lịch đăng của bài giữ nguyên.", count=number(len(moved.done)))
    return go(request, f"/chien-dich/{row.key}#bai", words)


def _ticked(posted: Posted) -> list[str]:
    return [one for one in posted.getlist("bai") if isinstance(one, str)]
