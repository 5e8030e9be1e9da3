"""Whose an activity is, for pages and the API: who sees it, who may log and change it, the record of what was done."""

from typing import Any

from fastapi import Depends, HTTPException, Request
from sqlmodel import Session

from content.activities import NoActivity, find_activity
from content.activity_fields import LABELS, ActivityFields, fields_of, shown
from content.record_tables import Activity
from web.acts import Act, note
from web.asking import NUMBER_MOST
from web.door import Forbidden, house_of, person
from web.roles import Permission, Person
from web.stale import changes

NO_AGENCY = "Bạn chưa thuộc cơ quan nào nên chưa ghi được hoạt động; hãy nhờ quản trị hệ thống gán cơ quan cho bạn."
WORDS_MOST = 2_000


def sees_all(someone: Person) -> bool:
    """Whether they see what every agency did."""
    return someone.may(Permission.READ)


def may_log(someone: Person) -> bool:
    """Whether they may log activities at all: editors of all agencies, contributors of their own."""
    return someone.may(Permission.EDIT) or (someone.may(Permission.PROPOSE) and someone.agency != "")


def own_agency(someone: Person) -> str:
    """The only agency for which they may log; "" for those who may for every one."""
    return "" if someone.may(Permission.EDIT) else someone.agency


def sees(someone: Person, agency: str) -> bool:
    """Whether what this agency did is theirs to see."""
    return sees_all(someone) or (someone.may(Permission.PROPOSE) and agency != "" and someone.agency == agency)


def may_change(someone: Person, row: Activity) -> bool:
    """Whether they may change it, hand in files for it, withdraw it."""
    return may_log(someone) and own_agency(someone) in ("", row.agency)


def viewer(request: Request) -> Person:
    """A dependency: who sees activities, all or their own. Raises `Forbidden`."""
    someone = person(request)
    if not (sees_all(someone) or someone.may(Permission.PROPOSE)):
        raise Forbidden
    return someone


def logger(request: Request) -> Person:
    """A dependency: who may log activities. Raises `Forbidden`."""
    someone = viewer(request)
    if not may_log(someone):
        raise Forbidden(NO_AGENCY) if someone.may(Permission.PROPOSE) else Forbidden
    return someone


Viewer, Logger = Depends(viewer), Depends(logger)


def found(session: Session, someone: Person, number: int, *, to_change: bool = False) -> Activity:
    """The activity, when it is theirs. Raises HTTPException 404 for what they do not see, `Forbidden` for a change."""
    if not 0 < number <= NUMBER_MOST:
        raise HTTPException(404)
    try:
        row = find_activity(session, number)
    except NoActivity:
        raise HTTPException(404) from None
    if not sees(someone, row.agency):
        raise HTTPException(404)
    if to_change and not may_change(someone, row):
        raise Forbidden("Bạn được xem hoạt động này nhưng không được sửa.")
    return row


def noted(
    session: Session, request: Request, someone: Person, row: Activity, words: str = "", *,
    before: ActivityFields | None = None,
) -> None:  # fmt: skip
    """Leave a row in the history, in the same transaction; a change tells what it changed, nothing when nothing."""
    told = words or (changes(LABELS, shown(before), shown(fields_of(row))) if before else "")
    if told:
        subject = f"Hoạt động số {row.id}: {row.title}"[:300]
        note(session, request, someone, Act.ACTIVITY, subject, told[:WORDS_MOST], now=house_of(request).now())


def values_of(row: Activity) -> dict[str, Any]:
    """The fields by name."""
    fields = fields_of(row)
    return {name: getattr(fields, name) for name in ActivityFields.__slots__}
