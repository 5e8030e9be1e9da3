"""Opening a post, keeping what is being written, and saving it; who saved meanwhile is never written over unread."""

import re
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.editing import Conflict, PostFields, fields_of, new_key, save
from content.errors import ContentError
from content.plan import active_plan
from content.tables import Post, Review
from content.vietnamese import clock
from scheduler.db import reading, writing
from web.authority import refuse_change
from web.door import Forbidden, Posted, Someone, house_of
from web.files import not_theirs
from web.forms import Form
from web.page import go
from web.roles import Permission, Person
from web.rooms.compose import conflict, working
from web.rooms.compose.fields import read_fields
from web.rooms.compose.sheet import Sheet, anchor, opened, show
from web.rooms.compose.working import Key
from web.tables import WorkCopy
from web.words import say

router = APIRouter()
PAGES = frozenset({"moi", "xem-truoc"})
"""What follows /soan/ and is no post."""
KEYS_TRIED = 20
"""Names that are tried when others take them at the same moment."""


# Who may ------------------------------------------------------------------------------------------------


def find_post(session: Session, person: Person, key: str) -> Post:
    """The post, when this person may change it. Raises 404 for what they may not even see, `Forbidden` else."""
    post = session.exec(select(Post).where(Post.key == working.known(key))).first()
    if post is None or not person.sees(post):
        raise HTTPException(404)
    refuse_change(person, post)
    return post


def find_new(session: Session, person: Person, key: str) -> WorkCopy:
    """The person's copy of a post that is not saved yet; 404 when there is none of theirs."""
    refuse_writing(person)
    copy = working.find(session, person, working.known(key))
    if copy is None:
        raise HTTPException(404)
    return copy


def refuse_writing(person: Person) -> None:
    """Raises `Forbidden` for who may not write posts."""
    if not person.may(Permission.PROPOSE):
        raise Forbidden


def with_agency(person: Person, fields: PostFields, post: Post | None) -> PostFields:
    """A contributor's post is their agency's. Raises `Forbidden` for another one that was slipped in."""
    if person.may(Permission.EDIT):
        return fields
    own = post.agency if post is not None else person.agency
    if fields.agency not in ("", own):
        raise Forbidden("Cộng tác viên chỉ đề xuất bài của cơ quan mình.")
    return replace(fields, agency=own)


# Opening ------------------------------------------------------------------------------------------------


@router.get("/soan/{key}")
def open_post(request: Request, key: Key, person: Someone, tiep: str = "", so: str = "") -> Response:
    """The post as it is saved; with `tiep` the copy that was not saved, with `so` the saved words beside it."""
    house = house_of(request)
    goes_on = bool(tiep) or "/tu-lieu/" in request.headers.get("referer", "")
    with reading(house.engine) as session:
        if working.is_new(key):
            found = find_new(session, person, key)
            sheet = Sheet(key, working.form_of(found), copy=found)
            if working.saved_as(found):
                return RedirectResponse(f"/soan/{working.saved_as(found)}", status_code=303)
        else:
            post = session.exec(select(Post).where(Post.key == key)).first()
            if post is None or not person.sees(post):
                raise HTTPException(404)
            if not person.may_change(post):
                return RedirectResponse(f"/bai/{key}", status_code=303)
            sheet = _sheet(session, person, post, goes_on=goes_on, side_by_side=bool(so))
    return show(request, person, sheet)


def _sheet(session: Session, person: Person, post: Post, *, goes_on: bool, side_by_side: bool) -> Sheet:
    """The post as it is saved, or the person's copy of it with what was saved meanwhile beside it."""
    copy = working.find(session, person, post.key)
    if copy is None or not goes_on:
        return Sheet(post.key, opened(session, post), post.content_hash, post, offer=copy)
    sheet = Sheet(post.key, working.form_of(copy), copy.base_hash, post, copy=copy)
    if side_by_side or copy.base_hash != post.content_hash:
        sheet.beside, sheet.saved_by = fields_of(session, post), last_act(session, post)
    return sheet


def last_act(session: Session, post: Post) -> Review | None:
    """Who touched the post last."""
    rows = select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc())
    return session.exec(rows).first()


# Keeping ------------------------------------------------------------------------------------------------


@router.post("/soan/{key}/tu-luu")
def keep_copy(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Keep what is being written; answers when, who else writes, and whether the post was saved meanwhile."""
    house, now = house_of(request), house_of(request).now()
    seen, known = str(posted.get("seen", "")), str(posted.get("copy", ""))
    changed = ""
    try:
        with writing(house.engine) as session:
            if working.is_new(key):
                refuse_writing(person)
                if working.saved_as(working.find(session, person, key)):
                    words = "Bài này đã được lưu ở một cửa sổ khác; hãy bấm Lưu để so hai bản."
                    return JSONResponse({"words": words}, status_code=409)
            else:
                post = find_post(session, person, key)
                if seen != post.content_hash:
                    changed = _changed(last_act(session, post))
            copy = working.keep(
                session, person, key, posted, seen=seen, known=known, now=now, force=bool(posted.get("giu"))
            )
            others = working.others(session, person, key, now)
    except working.Elsewhere as error:
        words = (
            f"Bạn có một bản khác của bài này, viết lúc {clock(error.copy.updated_at)} ở cửa sổ khác hoặc lần trước."
        )
        return JSONResponse({"words": words, "other": True}, status_code=409)
    except working.TooMuch:
        return JSONResponse({"words": "Nội dung dài quá mức lưu được; hãy viết ngắn lại."}, status_code=413)
    return JSONResponse(
        {
            "words": f"Đã giữ bản nháp lúc {clock(now)}",
            "copy": working.version_of(copy),
            "others": [f"{one.name} đang sửa bài này, lần cuối {clock(one.at)}" for one in others],
            "changed": changed,
        }
    )


def _changed(act: Review | None) -> str:
    who = f"{act.actor} lưu lúc {clock(act.at)}" if act else "người khác lưu"
    return f"Bài vừa được {who}; khi bạn lưu, hai bản sẽ được đặt cạnh nhau để chọn."


@router.post("/soan/{key}/bo-ban-nhap")
def drop_copy(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Put away what was not saved, when it is the copy the person was shown."""
    house = house_of(request)
    with writing(house.engine) as session:
        working.drop(session, person, key, str(posted.get("copy", "")))
    where = "/soan" if working.is_new(key) else f"/soan/{key}"
    return go(request, where, say("Đã bỏ bản đang viết dở."))


# Saving -------------------------------------------------------------------------------------------------


@router.post("/soan/{key}")
def save_post(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Save the post; or, by one of the buttons of the list of pictures, keep the form and go on."""
    act = str(posted.get("act", ""))
    if act:
        return _keep_and_go_on(request, key, person, posted, act)
    outcome = saved(request, key, person, posted)
    if isinstance(outcome, Response):
        return outcome
    return go(request, f"/soan/{outcome.key}", say("Đã lưu bài “{title}”.", title=outcome.title))


def saved(request: Request, key: str, person: Person, posted: FormData) -> Post | Response:
    """The post as it was saved, or the page that says why it was not: errors beside the fields, or both versions."""
    house, now = house_of(request), house_of(request).now()
    seen, form = str(posted.get("seen", "")), Form(posted)
    with reading(house.engine) as session:
        plan, copy, post = active_plan(session), working.find(session, person, key), None
        if working.is_new(key):
            refuse_writing(person)
            target = working.saved_as(copy)
            post = find_post(session, person, target) if target else None
        else:
            post = find_post(session, person, key)
        before = fields_of(session, post) if post is not None else None
    fields = with_agency(person, read_fields(form, plan, before=before), post)
    with reading(house.engine) as session:
        had = {one.sha256 for one in before.assets} if before is not None else set()
        if not_theirs(session, person, {one.sha256 for one in fields.assets} - had):
            form.fail("assets", say("Không nhận ra một tư liệu của bài; hãy bỏ ảnh hoặc video đó rồi chọn lại."))
    if not fields.title:
        form.fail("title", say("Hãy đặt tiêu đề rồi lưu; các phần khác có thể điền sau."))
    if form.errors:
        return show(request, person, Sheet(key, form, seen, post, copy), status=422)
    try:
        return _write(request, person, key, post, working.drawn_in(copy, fields), posted, now)
    except Conflict:
        return conflict.shown(request, person, post.key if post else key, posted, fields)
    except ContentError as error:
        name, _, words = error.words.partition(": ")
        form.fail(anchor(name), say("{words}", words=words[:1].upper() + words[1:]))
        return show(request, person, Sheet(key, form, seen, post, copy), status=422)


def _write(
    request: Request, person: Person, key: str, post: Post | None, fields: PostFields, posted: FormData, now: datetime
) -> Post:
    """Save in one short transaction, and put the copy away that was saved. A new post gets a key that is free."""
    house = house_of(request)
    seen, known = str(posted.get("seen", "")), str(posted.get("copy", ""))
    for tried in range(KEYS_TRIED):
        try:
            with writing(house.engine) as session:
                # of two clicks at once the second one waits here, and finds where the first one has put the post
                copy = working.locked(session, person, key)
                if copy is None and working.is_new(key):
                    copy = working.keep(session, person, key, posted, seen="", known="", now=now)
                name = post.key if post is not None else working.saved_as(copy) or _free_key(session, fields.title)
                made = save(session, name, fields, by=person.name, now=now, seen=seen)
                if working.is_new(key):
                    working.lead_to(session, person, key, made.key, now)
                else:
                    working.drop(session, person, key, known)
            return made
        except (Conflict, working.Elsewhere):
            with reading(house.engine) as session:
                there = post is not None or working.saved_as(working.find(session, person, key))
            if there or tried == KEYS_TRIED - 1:
                raise
    raise AssertionError("the last try returns or raises")


def _free_key(session: Session, title: str) -> str:
    """A key that no post and no page of the composer has."""
    key = new_key(session, title)
    return new_key(session, f"bai {key}") if key in PAGES else key


def _keep_and_go_on(request: Request, key: str, person: Person, posted: FormData, act: str) -> Response:
    """Without saving: move or take away a picture, or go and choose some; nothing that was written is lost."""
    house = house_of(request)
    data, seen, known = working.rearranged(posted, act), str(posted.get("seen", "")), str(posted.get("copy", ""))
    post = None
    try:
        with writing(house.engine) as session:
            if working.is_new(key):
                refuse_writing(person)
            else:
                post = find_post(session, person, key)
            working.keep(session, person, key, data, seen=seen, known=known, now=house.now())
    except working.TooMuch:
        raise HTTPException(413) from None
    except working.Elsewhere as error:
        return show(request, person, Sheet(key, Form(data), seen, post, offer=error.copy), status=409)
    return RedirectResponse(_next_page(key, act), status_code=303)


def _next_page(key: str, act: str) -> str:
    """Where a button of the list of pictures leads: choosing some, drawing one, or back to the list."""
    if act == "anh":
        return f"/tu-lieu/chon?bai={key}"
    verb, _, sha256 = act.partition(".")
    if verb == "hinh":
        return f"/soan/{key}/hinh?tu={sha256}" if re.fullmatch(r"[0-9a-f]{64}", sha256) else f"/soan/{key}/hinh"
    return f"/soan/{key}?tiep=1#f-assets"
