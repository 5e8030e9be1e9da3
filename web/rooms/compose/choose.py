"""The door of the composer: what is being written, what came back, and ways to begin something new."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from content.editing import PostFields, fields_of
from content.editorial import STATE_WORDS
from content.tables import Editorial, Post, Review
from scheduler.db import reading, writing
from web.door import Posted, house_of, may
from web.page import page
from web.roles import Permission, Person
from web.rooms.compose import working
from web.rooms.compose.write import save_post
from web.tables import WorkCopy

router = APIRouter()
Writer = Annotated[Person, Depends(may(Permission.PROPOSE))]
SHOWN = 20
"""Posts of each kind; the library finds the others."""


@router.get("/soan")
def choose(request: Request, person: Writer) -> Response:
    """What waits for this person's pen, first what they began themselves."""
    house = house_of(request)
    with reading(house.engine) as session:
        copies = _copies(session, person)
        mine = _posts(session, _own(person), (Editorial.DRAFT, Editorial.RETURNED))
        returned, proposed = [], []
        if person.may(Permission.EDIT):
            known = {post.id for post in mine}
            returned = [one for one in _posts(session, None, (Editorial.RETURNED,)) if one.id not in known]
            proposed = [one for one in _proposed(session) if one.id not in known]
        reasons = _reasons(session, [*mine, *returned])
    return page(
        request,
        "compose/choose.html",
        copies=copies,
        mine=mine,
        returned=returned,
        proposed=proposed,
        reasons=reasons,
        state_words=STATE_WORDS,
    )


@router.post("/soan/moi")
def begin(request: Request, person: Writer, posted: Posted) -> Response:
    """Begin a new post: an empty one, or with the words of the post `bai`. Nothing is saved yet."""
    if "title" in posted:  # the form of the post that is called "moi"
        return save_post(request, "moi", person, posted)
    house = house_of(request)
    like = str(posted.get("bai", ""))
    with writing(house.engine) as session:
        fields = PostFields(title="")
        if like:
            post = session.exec(select(Post).where(Post.key == like)).first()
            if post is None or not person.sees(post):
                raise HTTPException(404)
            fields = fields_of(session, post)
        key = working.begin(session, person, fields, now=house.now())
    return RedirectResponse(f"/soan/{key}", status_code=303)


def _own(person: Person) -> ColumnElement[bool]:
    """Whose draft it is, as `Person.is_theirs` says."""
    wrote = col(Post.author) == person.name
    return or_(wrote, col(Post.agency) == person.agency) if person.agency else wrote


def _posts(session: Session, whose: ColumnElement[bool] | None, states: tuple[Editorial, ...]) -> list[Post]:
    wanted = select(Post).where(col(Post.state).in_(states))
    if whose is not None:
        wanted = wanted.where(whose)
    return list(session.exec(wanted.order_by(col(Post.updated_at).desc()).limit(SHOWN)))


def _proposed(session: Session) -> list[Post]:
    """Drafts of contributors who asked the editors to take them on."""
    asked = select(Review.id).where(Review.post_id == Post.id, Review.action == "proposed").exists()
    wanted = select(Post).where(Post.state == Editorial.DRAFT, asked)
    return list(session.exec(wanted.order_by(col(Post.updated_at).desc()).limit(SHOWN)))


def _copies(session: Session, person: Person) -> list[tuple[WorkCopy, str]]:
    """What the person began and did not save, each with its title, the latest first."""
    rows = session.exec(
        select(WorkCopy).where(WorkCopy.staff_id == person.id).order_by(col(WorkCopy.updated_at).desc()).limit(SHOWN)
    )
    found = [row for row in rows if row.fields.get("touched")]
    return [(row, working.form_of(row).raw("title").strip()) for row in found]


def _reasons(session: Session, posts: list[Post]) -> dict[int, Review]:
    """Why posts came back, by the post's id."""
    ids = [one.id for one in posts if one.state == Editorial.RETURNED]
    if not ids:
        return {}
    rows = session.exec(
        select(Review).where(col(Review.post_id).in_(ids), Review.action == "returned").order_by(col(Review.id))
    )
    return {row.post_id: row for row in rows}
