"""The pages of the assets: all of them, one of them, and choosing some for a post."""

import re
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import select
from starlette.datastructures import FormData, UploadFile

from content.assets import posts_with
from content.editorial import STATE_WORDS
from content.tables import Editorial
from scheduler.db import reading
from web.acts import Act
from web.door import Posted, Someone, house_of, may
from web.files import posts_of
from web.page import page
from web.roles import Permission, Person
from web.rooms.assets.shelf import (
    HASH,
    TYPE_WORDS,
    Asked,
    cursor,
    find,
    length_words,
    listed,
    size_words,
)
from web.tables import DeskAct

router = APIRouter()
POST_KEY = re.compile(r"~?[a-z0-9][a-z0-9-]{0,120}")
MOST_CHOSEN = 30
ROLE_WORDS = {"image": "Ảnh trong bài", "cover": "Ảnh đại diện", "video": "Video"}
_TELL: dict[str, Any] = {"size_words": size_words, "length_words": length_words, "types": TYPE_WORDS}


@router.get("/tu-lieu")
def index(request: Request, person: Someone, sau: str = "") -> Response:
    """All files, newest first."""
    asked = Asked.of(request.query_params)
    with reading(house_of(request).engine) as session:
        found = listed(session, person, asked, sau)
    next_page = f"/tu-lieu?{asked.address(sau=cursor(found.after))}" if found.after else ""
    first = f"/tu-lieu?{asked.address()}" if sau else ""
    return page(
        request, "assets/index.html", asked=asked, found=found.assets, next_page=next_page, first=first, **_TELL
    )  # fmt: skip


@router.get("/tu-lieu/{sha256}/xem")
def one(request: Request, person: Someone, sha256: str) -> Response:
    """What is known of one file, and where it is used."""
    house = house_of(request)
    with reading(house.engine) as session:
        asset = find(house, session, person, sha256)
        posts = posts_with(session, sha256, among=posts_of(person))
        by = session.exec(
            select(DeskAct.actor).where(
                DeskAct.at == asset.created_at, DeskAct.act == Act.FILE, DeskAct.subject == sha256
            )
        ).first()
    roles: dict[str, list[str]] = {}
    for post, role in posts:
        words = roles.setdefault(post.key, [])
        if ROLE_WORDS[role] not in words:
            words.append(ROLE_WORDS[role])
    return page(
        request, "assets/one.html", asset=asset, posts=list({post.key: post for post, _ in posts}.values()),
        roles=roles, by=by, states={state.value: STATE_WORDS[state] for state in Editorial}, **_TELL,
    )  # fmt: skip


May = Depends(may(Permission.PROPOSE))


@router.get("/tu-lieu/chon")
def choose(request: Request, bai: str = "", person: Person = May) -> Response:
    """Choosing files for a post."""
    return _choosing(
        request, person, FormData(list[tuple[str, str | UploadFile]](request.query_params.multi_items())), bai
    )


@router.post("/tu-lieu/chon")
def choose_on(request: Request, posted: Posted, person: Person = May) -> Response:
    """Another page, or another search, with what was chosen so far."""
    return _choosing(request, person, posted, str(posted.get("bai", "")))


def _choosing(request: Request, person: Person, values: FormData, key: str) -> Response:
    if not POST_KEY.fullmatch(key):
        raise HTTPException(404)
    asked, after = Asked.of(values), str(values.get("sau", ""))
    chosen = dict.fromkeys(str(one) for one in values.getlist("tu_lieu") if HASH.fullmatch(str(one)))
    with reading(house_of(request).engine) as session:
        found = listed(session, person, asked, after)
    here = {asset.sha256 for asset, _ in found.assets}
    return page(
        request, "assets/choose.html", key=key, asked=asked, found=found.assets, after=cursor(found.after), first=after,
        chosen=list(chosen)[:MOST_CHOSEN], elsewhere=[one for one in chosen if one not in here][:MOST_CHOSEN], **_TELL,
    )  # fmt: skip
