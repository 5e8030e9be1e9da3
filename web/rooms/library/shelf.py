"""The list of posts: pictures large, words small, filters as words."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from content.checks import FORMS
from content.editorial import STATE_WORDS
from content.search import search
from content.tags import KNOWN
from scheduler.db import reading
from web.campaigns import offers
from web.door import Someone, house_of
from web.page import page
from web.plans import plan_words
from web.roles import Permission
from web.rooms.library.asked import KIND_WORDS, QUEUE_WORDS, Asked
from web.rooms.library.cards import cards

router = APIRouter()
ON_A_PAGE, ON_A_LIST = 24, 100


@router.get("/thu-vien")
def shelf(request: Request, person: Someone) -> Response:
    """The posts this person may see, as far as they are asked for."""
    with reading(house_of(request).engine) as session:
        words = plan_words(session)
        campaigns = offers(session, request.query_params.get("chien_dich", "")) if person.may(Permission.READ) else []
        asked = Asked.of(request.query_params, words, campaigns)
        size = ON_A_LIST if asked.xem else ON_A_PAGE
        found = search(
            session, asked.tim, limit=size, offset=(asked.trang - 1) * size, **asked.facts(person, campaigns)
        )
        shown = cards(session, found.posts)
    last = max(1, -(-found.total // size))
    if asked.trang > last:
        return RedirectResponse(asked.address(trang=last), status_code=303)
    return page(
        request,
        "library/shelf.html",
        asked=asked,
        chosen=list(asked.chosen(words, campaigns)),
        cards=shown,
        total=found.total,
        last=last,
        before=asked.address(trang=asked.trang - 1) if asked.trang > 1 else "",
        after=asked.address(trang=asked.trang + 1) if asked.trang < last else "",
        words=words,
        forms=FORMS,
        states=STATE_WORDS,
        queues=QUEUE_WORDS,
        kinds=KIND_WORDS,
        tags=KNOWN if asked.nhan in KNOWN or not asked.nhan else {**KNOWN, asked.nhan: asked.nhan},
        campaigns={one.key: one.name for one in campaigns},
    )
