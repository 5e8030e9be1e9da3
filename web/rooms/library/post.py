"""One post as it is: read-only, with everything that is known of it and the ways on."""

from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from content.campaigns import of_post
from content.checks import FORMS, Finding
from content.editing import Conflict, fields_of, new_key, save
from content.editorial import ACTION_WORDS, STATE_WORDS, is_approved
from content.errors import ContentError
from content.keys import KEY
from content.tables import Editorial, Post
from scheduler.db import reading, writing
from web.door import Forbidden, Posted, Someone, house_of
from web.house import House
from web.page import go, page
from web.plans import plan_words
from web.postrules import rule_lines
from web.roles import Permission, Person
from web.rooms.library import facts
from web.words import say

router = APIRouter()
KEY_MOST = 200


def find(session: Session, person: Person, key: str) -> Post:
    """The post this person may see. Raises HTTPException 404, also for one that is not theirs to know of."""
    fine = len(key) <= KEY_MOST and "\0" not in key
    post = session.exec(select(Post).where(Post.key == key)).first() if fine else None
    if post is None or not person.sees(post):
        raise HTTPException(404)
    return post


@router.get("/bai/{key}")
def show(request: Request, key: str, person: Someone) -> Response:
    """The post."""
    house = house_of(request)
    with reading(house.engine) as session:
        post = find(session, person, key)
        words = plan_words(session)
        files = facts.files_of(session, post)
        findings = _findings(house, session, post)
        gone, acts = facts.gone_of(session, post), facts.acts_of(session, post)
        campaigns = of_post(session, post.id) if person.may(Permission.READ) else []
        copy_key = new_key(session, post.title) if person.may(Permission.PROPOSE) else ""
    return page(
        request,
        "library/post.html",
        post=post,
        words=words,
        files=facts.shared_files(files),
        own=list(facts.own_of(post, files, words)),
        grades=facts.grades_of(findings, words),
        gone=gone,
        acts=acts,
        form=FORMS.get(post.form, post.form),
        rules=list(rule_lines(post)),
        state=STATE_WORDS[Editorial(post.state)],
        action_words=ACTION_WORDS,
        approved=is_approved(post),
        may_edit=person.may_change(post),
        copy_key=copy_key,
        campaigns=campaigns,
    )


def _findings(house: House, session: Session, post: Post) -> list[Finding]:
    """What the checks say now. The post is held against the others when it is submitted, not each time it is read."""
    try:
        return house.submissions.findings(session, post, now=house.now(), beside_others=False)
    except ContentError:  # no plan yet: nothing to hold a post against
        return []


@router.post("/bai/{key}/nhan-ban")
def copy(request: Request, key: str, person: Someone, posted: Posted) -> Response:
    """A draft with the same words and pictures, under a key of its own; a second click leads to the same draft."""
    if not person.may(Permission.PROPOSE):
        raise Forbidden
    house = house_of(request)
    wanted = str(posted.get("moi", ""))
    try:
        with writing(house.engine) as session:
            made = _copied(session, find(session, person, key), person, wanted, house)
    except Conflict:
        return go(request, f"/bai/{key}", "Tên bài mới vừa được người khác dùng; hãy nhân bản lại.", "bad")
    except ContentError as error:
        return go(request, f"/bai/{key}", say("Chưa nhân bản được: {words}", words=error.words), "bad")
    return go(request, f"/soan/{made.key}", say("Đã nhân bản thành bản nháp “{key}”.", key=made.key))


def _copied(session: Session, post: Post, person: Person, wanted: str, house: House) -> Post:
    fields = fields_of(session, post)
    if not person.may(Permission.EDIT):
        fields = replace(fields, agency=person.agency)
    taken = session.exec(select(Post).where(Post.key == wanted)).first() if _is_key(wanted) else None
    if not _is_key(wanted) or (taken is not None and (taken.id == post.id or taken.author != person.name)):
        wanted = new_key(session, post.title)
    return save(session, wanted, fields, by=person.name, now=house.now(), seen="")


def _is_key(text: str) -> bool:
    return len(text) <= KEY_MOST and KEY.fullmatch(text) is not None
