"""Suggestions from the portals: list, read, put away. Taking one up is a person's work at the desk."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from sqlmodel import col, select

from content.suggestions import dismiss
from content.tables import Suggestion
from scheduler.db import reading, writing
from web.api.frame import Cursor, In, Limit, Out, Page, Told, Words, cursor_at, cursor_of, missing, needs
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/suggestions", tags=["suggestions"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Editor = Annotated[Person, Depends(needs(Permission.EDIT))]
Number = Annotated[int, Path(ge=1, le=NUMBER_MOST)]


class SuggestionOut(Out):
    """An article somebody may want to post."""

    id: int
    title: str
    link: str
    summary: str
    topic: str
    categories: list[str]
    published_at: Told | None
    seen_at: Told
    state: str
    post_key: str
    notes: list[str]


class DismissIn(In):
    """Why nobody needs to look at it again."""

    reason: Annotated[Words, Field(min_length=1, max_length=1000)]


@router.get("")
def list_suggestions(
    request: Request,
    _someone: Reader,
    state: Annotated[Literal["new", "taken", "dismissed"], Query()] = "new",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SuggestionOut]:
    """The newest first."""
    before = cursor_at(cursor, int)
    statement = select(Suggestion).where(Suggestion.state == state)
    if before:
        statement = statement.where(col(Suggestion.id) < before[0])
    with reading(house_of(request).engine) as session:
        rows = session.exec(statement.order_by(col(Suggestion.id).desc()).limit(limit + 1)).all()
    more = cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[SuggestionOut.model_validate(row) for row in rows[:limit]], next=more)


@router.get("/{number}")
def read_suggestion(request: Request, _someone: Reader, number: Number) -> SuggestionOut:
    """One suggestion."""
    with reading(house_of(request).engine) as session:
        row = session.get(Suggestion, number)
    if row is None:
        raise missing()
    return SuggestionOut.model_validate(row)


@router.post("/{number}/dismiss")
def dismiss_suggestion(request: Request, someone: Editor, number: Number, body: DismissIn) -> SuggestionOut:
    """Put it away for good."""
    house = house_of(request)
    with writing(house.engine) as session:
        if session.get(Suggestion, number) is None:
            raise missing()
        row = dismiss(session, number, by=someone.name, reason=body.reason, now=house.now())
    return SuggestionOut.model_validate(row)
