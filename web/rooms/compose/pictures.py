"""Pictures and videos that were chosen for a post come into its form, still unsaved."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from content.editing import AssetUse
from content.tables import Asset
from scheduler.db import writing
from web.door import Posted, Someone, house_of
from web.files import not_theirs
from web.page import go
from web.roles import Person
from web.rooms.compose import working
from web.rooms.compose.working import Key
from web.rooms.compose.write import find_new, find_post
from web.tables import WorkCopy
from web.words import say

router = APIRouter()
AT_ONCE = 30


@router.post("/soan/{key}/them-tu-lieu")
def add(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Put the chosen files (`tu_lieu`, hashes) behind those the post has: pictures as pictures, films as films."""
    house = house_of(request)
    chosen = [one for one in dict.fromkeys(posted.getlist("tu_lieu")) if isinstance(one, str)][:AT_ONCE]
    with writing(house.engine) as session:
        rows = session.exec(select(Asset).where(col(Asset.sha256).in_(chosen))).all() if chosen else []
        foreign = not_theirs(session, person, chosen)
        known = {row.sha256: row for row in rows if row.sha256 not in foreign}
        uses = [AssetUse(one, _role(known[one])) for one in chosen if one in known]
        key = put(session, person, key, uses).post_key
    where = f"/soan/{key}?tiep=1#f-assets"
    if not uses:
        return go(request, where, say("Chưa chọn tư liệu nào, hoặc tư liệu không còn trong kho."), "warn")
    return go(request, where, say("Đã thêm {count} tư liệu; bài chưa lưu.", count=len(uses)))


def put(session: Session, person: Person, key: str, uses: Sequence[AssetUse]) -> WorkCopy:
    """Into the person's copy of the post, made now where there is none. The caller commits.

    What is chosen for a new post that was saved in another window comes into the copy of that post.
    """
    copy = None
    if working.is_new(key):
        find_new(session, person, key)
        copy = working.locked(session, person, key)
        key = working.saved_as(copy) or key
    if not working.is_new(key):
        post = find_post(session, person, key)
        if working.find(session, person, key) is None:
            working.begin_of(session, person, post)
        copy = working.locked(session, person, key)
    if copy is None:  # saved or given up in another window at this very moment
        raise HTTPException(404)
    working.with_assets(copy, uses)
    session.add(copy)
    session.flush()
    return copy


def _role(asset: Asset) -> str:
    return "video" if asset.mime.startswith("video/") else "image"
