"""Activities outside the networks: list, read, log. The same rules as on the pages."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import Field, StringConstraints

from content.activities import Asked, Place, activities, create
from content.activity_fields import ActivityError, ActivityFields
from content.documents import evidence_of_activities
from content.record_tables import Activity
from content.vietnamese import nfc
from scheduler.db import reading, writing
from web.activities import NO_AGENCY, found, may_log, noted, own_agency, sees_all
from web.api.frame import Cursor, In, Limit, OnceKey, Out, Page, Told, Words, cursor_at, cursor_of, needs, once
from web.asking import NUMBER_MOST
from web.door import Forbidden, house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/activities", tags=["activities"])
Viewer = Annotated[Person, Depends(needs(Permission.READ, Permission.PROPOSE))]
Logger = Annotated[Person, Depends(needs(Permission.EDIT, Permission.PROPOSE))]
Line = Annotated[Words, StringConstraints(max_length=200)]
Count = Annotated[int, Field(ge=0, le=100_000_000)]


class ActivityIn(In):
    """What was done. Figures by their names: classes, people, news, articles…; what is unknown is left out."""

    kind: Line
    title: Annotated[Words, Field(min_length=1, max_length=300)]
    first: date
    last: Annotated[date | None, Field(description="null: one day.")] = None
    place: Line = ""
    agency: Annotated[Line, Field(description="Code; empty: the office itself, or the caller's own agency.")] = ""
    topic: Line = ""
    form: Annotated[Line, Field(description="Letter; empty: that of the kind.")] = ""
    audiences: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    figures: Annotated[dict[str, Count], Field(max_length=20)] = {}
    cost: Annotated[int | None, Field(ge=0, le=10_000_000_000_000, description="Đồng.")] = None
    funding: Line = ""
    outlet: Line = ""
    url: Annotated[Words, Field(max_length=2000)] = ""
    tone: Line = ""
    words: Annotated[Words, Field(max_length=5000)] = ""


class ActivityOut(Out):
    """One activity. It is counted on the day it began; `figures` holds only what was told."""

    id: int
    kind: str
    title: str
    first: date
    last: date
    place: str
    agency: str
    topic: str
    form: str
    audiences: list[str]
    figures: dict[str, int]
    cost: int | None
    funding: str
    outlet: str
    url: str
    tone: str
    words: str
    version: int
    created_by: str
    created_at: Told
    updated_at: Told
    withdrawn_at: Told | None
    withdrawn_words: str


class FileOut(Out):
    """A file that proves it; `sha256` is that of the file as it is kept."""

    id: int
    name: str
    mime: str
    size: int
    sha256: str
    words: str


class ActivityWhole(ActivityOut):
    """One activity with its files."""

    files: list[FileOut]


@router.get("")
def list_activities(
    request: Request,
    someone: Viewer,
    first: Annotated[date | None, Query(description="Those that began on this local day or later.")] = None,
    last: Annotated[date | None, Query(description="Those that began on this local day or before.")] = None,
    kind: Annotated[str, Query(max_length=40)] = "",
    agency: Annotated[str | None, Query(max_length=80, description="Code; empty: the office itself.")] = None,
    topic: Annotated[str, Query(max_length=10)] = "",
    form: Annotated[str, Query(max_length=10)] = "",
    withdrawn: Annotated[bool, Query(description="Only what was withdrawn.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ActivityOut]:
    """Activities, the last to begin first. A contributor sees those of their own agency."""
    if not sees_all(someone):
        agency = someone.agency or "-"
    plain = [None if one is None else nfc(one) for one in (kind, agency, topic, form)]
    at = cursor_at(cursor, date.fromisoformat, int)
    asked = Asked(first, last, plain[0] or "", plain[1], plain[2] or "", plain[3] or "", "", withdrawn)
    with reading(house_of(request).engine) as session:
        rows = activities(session, asked, limit=limit + 1, after=Place(at[0], at[1]) if at else None)
    shown = rows[:limit]
    more = cursor_of(shown[-1].first.isoformat(), shown[-1].id) if len(rows) > limit else None
    return Page(items=[ActivityOut.model_validate(row) for row in shown], next=more)


@router.get("/{number}")
def read_activity(
    request: Request, someone: Viewer, number: Annotated[int, Path(ge=1, le=NUMBER_MOST)]
) -> ActivityWhole:
    """One activity with its files."""
    with reading(house_of(request).engine) as session:
        row = found(session, someone, number)
        files = evidence_of_activities(session, [row.id])
    whole: dict[str, Any] = ActivityOut.model_validate(row).model_dump()
    return ActivityWhole(**whole, files=[FileOut.model_validate(one) for one in files])


@router.post("", status_code=201)
def log_activity(request: Request, someone: Logger, body: ActivityIn, idempotency_key: OnceKey = None) -> ActivityOut:
    """Log an activity. The very same one sent again is the one that is there."""
    if not may_log(someone):
        raise Forbidden(NO_AGENCY)
    own = own_agency(someone)
    if own and body.agency not in ("", own):
        raise Forbidden("Bạn chỉ ghi được hoạt động của cơ quan mình.")

    def do() -> ActivityOut:
        return ActivityOut.model_validate(_logged(request, someone, _fields(body, own)))

    return once(request, someone, idempotency_key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


def _fields(body: ActivityIn, own: str) -> ActivityFields:
    told = body.model_dump() | {"last": body.last or body.first, "agency": own or body.agency}
    return ActivityFields(**told)


def _logged(request: Request, someone: Person, fields: ActivityFields) -> Activity:
    house = house_of(request)
    try:
        with writing(house.engine) as session:
            row, new = create(session, fields, by=someone.name, now=house.now())
            if new:
                noted(session, request, someone, row, "Ghi hoạt động")
    except ActivityError as error:
        raise HTTPException(422, " ".join(one.words for one in error.problems)) from None
    return row
