"""One item of a list of the office: as it stands, changed by somebody who saw it so, or put away."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, HTTPException, Request
from sqlmodel import Session

from content import office
from content.errors import ContentError
from content.office import Conflict, Kept, OfficeError
from content.plan import Plan, active_plan
from content.vietnamese import day
from scheduler.db import reading, writing
from web.acts import Act, note
from web.door import house_of, may
from web.forms import Form
from web.house import House
from web.roles import Permission, Person
from web.stale import MARK, Clash, changes, clash, mark_of
from web.words import say

Reader = Annotated[Person, Depends(may(Permission.READ))]
Keeper = Annotated[Person, Depends(may(Permission.SETTINGS))]
Item = dict[str, Any]
Thing = TypeVar("Thing")

SUBJECTS = {
    office.AGENCIES: "Cơ quan, đơn vị",
    office.BRANDS: "Nhận diện",
    office.HOLIDAYS: "Ngày nghỉ",
    office.PAUSE_TEXTS: "Mẫu tạm dừng",
    office.INDICES: "Chỉ số",
    office.DEADLINES: "Hạn nộp",
}
KEYS = {
    **{office.AGENCIES: "code", office.BRANDS: "agency", office.HOLIDAYS: "on", office.PAUSE_TEXTS: "reason"},
    **{office.INDICES: "code", office.DEADLINES: "code"},
}
"""What tells the items of a list apart."""


class Shelf(NamedTuple):
    """A list as it stands now, from the table or from the plan's file, and what the table knows of it."""

    items: list[Item]
    kept: Kept

    def find(self, name: str, key: str) -> Item | None:
        """The item of that key."""
        return next((one for one in self.items if one[KEYS[name]] == key), None)


def plan_in_force(session: Session) -> Plan | None:
    """The active plan; None before one is loaded."""
    try:
        return active_plan(session)
    except ContentError:
        return None


def plan_now(request: Request) -> Plan | None:
    """The same for a page that asks the database nothing else."""
    with reading(house_of(request).engine) as session:
        return plan_in_force(session)


def find_standing(request: Request, of: Callable[[Plan], Iterable[Thing]], **key: str) -> Thing:
    """The one thing of the plan in force that has this key; what is not there is not found (404)."""
    plan, [(name, value)] = plan_now(request), key.items()
    found = next((one for one in of(plan) if getattr(one, name) == value), None) if plan else None
    if found is None:
        raise HTTPException(404)
    return found


def shelf(session: Session, house: House, name: str) -> Shelf:
    """The list of that name as it stands. Raises `ContentError` when there is no plan, or its file is broken."""
    if name == office.HOLIDAYS:
        found: Any = [one for _, one in sorted(office.own_holidays(session, house.plan_dir).items())]
    elif name == office.PAUSE_TEXTS:
        found = office.pauses(session)
    else:
        found = getattr(active_plan(session), name)
    return Shelf([one.model_dump(mode="json") for one in found], office.read(session, name))


def change(
    request: Request,
    who: Person,
    name: str,
    key: str,
    item: Item | None,
    form: Form,
    labels: Mapping[str, str],
    *,
    place: Callable[[list[Item], Item], None] | None = None,
    tell: Callable[[Item], Mapping[str, Any]] = dict,
) -> Clash | None:
    """Put `item` where the item `key` stands ("" : a new one), or take that away (`item` None).

    Answers the clash with what somebody else saved meanwhile; what is wrong with the item stands in `form.errors`.
    `place` puts it elsewhere in the list; `tell` says an item by the names of `labels`.
    """
    house = house_of(request)
    now = house.now()
    try:
        with writing(house.engine) as session:
            now_there = shelf(session, house, name)
            before = now_there.find(name, key) if key else {}
            if before is None:
                if item is None:
                    return None  # gone already
                before = {}
            if key and mark_of(before) != form.raw(MARK):
                return _clash(labels, tell(before), tell(item) if item else None, mark_of(before), now_there.kept.actor)
            items = _with(now_there.items, name, key, item)
            if place is not None and item is not None:
                place(items, item)
            office.save(session, name, items, seen=now_there.kept.version, by=who.name, now=now)
            told = changes(labels, tell(before), tell(item)) if item else "Xóa khỏi danh sách"
            subject = f"{SUBJECTS[name]}: {(item or before).get(KEYS[name], key)}"
            note(session, request, who, Act.SETTING, subject, told, now=now)
    except Conflict as conflict:
        # somebody else changed another item in the same moment: nothing is known of ours yet
        form.fail("", say("{words}", words=conflict.words))
    except OfficeError as error:
        _beside_the_fields(error, form)
    except ContentError as error:
        form.fail("", say("{words}", words=error.words))
    return None


def _with(items: list[Item], name: str, key: str, item: Item | None) -> list[Item]:
    """The list with the item in its place; a new one stands at the end."""
    rest = [dict(one) for one in items]
    places = [place for place, one in enumerate(rest) if one[KEYS[name]] == key] if key else []
    if item is None:
        return [one for place, one in enumerate(rest) if place not in places]
    if not places:
        return [*rest, item]
    rest[places[0]] = item
    return rest


def _clash(
    labels: Mapping[str, str], before: Mapping[str, Any], item: Mapping[str, Any] | None, mark: str, actor: str
) -> Clash | None:
    if item is None:
        return Clash((), mark, actor)
    found = clash(labels, before, item, actor)
    return replace(found, mark=mark) if found else None


def _beside_the_fields(error: OfficeError, form: Form) -> None:
    for one in error.problems:
        form.fail(one.field, say("{words}", words=one.words[0].upper() + one.words[1:]))


def shown(item: Item, days: Sequence[str]) -> Item:
    """The item as a form shows it: days as people write them here, whatever language the browser speaks."""
    return {
        name: day(date.fromisoformat(value)) if name in days and value else "" if value is None else value
        for name, value in item.items()
    }


def give_up(request: Request, who: Person, name: str, seen: int) -> bool:
    """Go by the plan's file again; False when somebody changed the list meanwhile."""
    house = house_of(request)
    try:
        with writing(house.engine) as session:
            office.give_up(session, name, seen=seen)
            note(session, request, who, Act.SETTING, SUBJECTS[name], "Dùng lại theo tệp của kế hoạch", now=house.now())
    except Conflict:
        return False
    return True
