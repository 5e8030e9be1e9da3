"""Channels, the plan, and who is asking."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from sqlmodel import Session, col, select

from connectors import connector_class
from content.plan import active_plan
from scheduler.channels import (
    CHANNEL_WORDS,
    DAILY_MOST,
    GAP_MOST,
    ChannelError,
    rules_words,
    set_rules,
    set_slots,
)
from scheduler.db import reading, writing
from scheduler.hours import DAY_MINUTES
from scheduler.slots import free_slots
from scheduler.tables import Channel, Credential, Slot
from web.acts import Act, note
from web.api.frame import Caller, In, Out, Page, Told, Words, missing, needs
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(tags=["office"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Keeper = Annotated[Person, Depends(needs(Permission.CHANNELS))]
Key = Annotated[str, Path(max_length=100)]


class Me(Out):
    """Who the key speaks for, and what it may do."""

    login: str
    name: str
    agency: str
    may: list[str]


class SlotOut(Out):
    """A regular posting time, in Asia/Ho_Chi_Minh."""

    weekday: int
    """0 is Monday."""
    minute: int
    form: str
    """The form of posts it is kept for; empty: any."""


class RulesOut(Out):
    """When a rule may give something an hour; minutes after midnight, in Asia/Ho_Chi_Minh."""

    gap_minutes: int
    daily_most: int
    """0: without a limit."""
    quiet_from: int
    quiet_until: int


class SlotIn(In):
    """A regular posting time."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    minute: Annotated[int, Field(ge=0, lt=DAY_MINUTES)]
    form: Annotated[Words, Field(max_length=20)] = ""


class SlotsIn(In):
    """All of a channel's regular posting times."""

    slots: Annotated[list[SlotIn], Field(max_length=7 * 24)]


class RulesIn(In):
    """All of a channel's rules."""

    gap_minutes: Annotated[int, Field(ge=0, le=GAP_MOST)]
    daily_most: Annotated[int, Field(ge=0, le=DAILY_MOST)]
    quiet_from: Annotated[int, Field(ge=0, lt=DAY_MINUTES)]
    quiet_until: Annotated[int, Field(ge=0, lt=DAY_MINUTES)]


class ChannelOut(Out):
    """One account on one platform. Its secrets are told to nobody."""

    key: str
    name: str
    platform: str
    label: str
    agency: str
    state: str
    words: str
    not_before: Told | None
    access_expires_at: Told | None


class ChannelWhole(ChannelOut):
    """One channel with its slots."""

    slots: list[SlotOut]
    rules: RulesOut
    free: list[Told]


class TopicOut(Out):
    """One point of the plan."""

    letter: str
    label: str
    minimum_per_week: int
    minimum_per_month: int
    minimum_per_year: int


class CodeOut(Out):
    """An agency or an audience of the plan."""

    code: str
    name: str


class PlanOut(Out):
    """The active plan: what posts may name."""

    code: str
    title: str
    year: int
    topics: list[TopicOut]
    agencies: list[CodeOut]
    audiences: list[CodeOut]
    legal_refs: list[CodeOut]


@router.get("/me")
def who_am_i(someone: Caller) -> Me:
    """Whose key this is."""
    may = sorted(permission.value for permission in Permission if someone.may(permission))
    return Me(login=someone.login, name=someone.name, agency=someone.agency, may=may)


@router.get("/plan")
def read_plan(request: Request, _someone: Caller) -> PlanOut:
    """The active plan."""
    with reading(house_of(request).engine) as session:
        plan = active_plan(session)
    return PlanOut(
        code=plan.code,
        title=plan.title,
        year=plan.year,
        topics=[TopicOut.model_validate(one) for one in plan.topics],
        agencies=[CodeOut(code=one.code, name=one.name) for one in plan.agencies],
        audiences=[CodeOut(code=one.code, name=one.label) for one in plan.audiences],
        legal_refs=[CodeOut(code=one.code, name=one.name) for one in plan.legal_refs],
    )


@router.get("/channels")
def list_channels(request: Request, _someone: Reader) -> Page[ChannelOut]:
    """Every channel; there are few, so there is one page."""
    with reading(house_of(request).engine) as session:
        rows = session.exec(_rows().order_by(col(Channel.id))).all()
    return Page(items=[ChannelOut(**_facts(channel, credential)) for channel, credential in rows])


@router.get("/channels/{key}")
def read_channel(request: Request, _someone: Reader, key: Key) -> ChannelWhole:
    """One channel with its slots, and those of the next 14 days that are free."""
    house = house_of(request)
    with reading(house.engine) as session:
        row = session.exec(_rows().where(Channel.key == key)).first()
        if row is None:
            raise missing()
        slots = session.exec(
            select(Slot).where(Slot.channel_id == row[0].id).order_by(col(Slot.weekday), col(Slot.minute))
        ).all()
        free = free_slots(session, row[0], now=house.now(), policy=house.service.policy)
    return ChannelWhole(
        **_facts(*row),
        slots=[SlotOut.model_validate(one) for one in slots],
        rules=RulesOut.model_validate(row[0]),
        free=free,
    )


@router.put("/channels/{key}/slots")
def change_slots(request: Request, someone: Keeper, key: Key, body: SlotsIn) -> ChannelWhole:
    """Replace the regular posting times."""
    weekly: dict[int, dict[int, str]] = {}
    for one in body.slots:
        if one.minute in weekly.setdefault(one.weekday, {}):
            raise ChannelError("Mỗi khung giờ chỉ ghi một lần trong một ngày.")
        weekly[one.weekday][one.minute] = one.form

    def write(session: Session, channel: Channel) -> str:
        set_slots(session, channel, weekly)
        return f"Khung giờ: {len(body.slots)} mỗi tuần."

    return _changed(request, someone, key, write)


@router.put("/channels/{key}/rules")
def change_rules(request: Request, someone: Keeper, key: Key, body: RulesIn) -> ChannelWhole:
    """Replace the gap, the daily maximum and the quiet hours."""

    def write(session: Session, channel: Channel) -> str:
        set_rules(session, channel, **body.model_dump())
        return f"Quy tắc giờ đăng: {rules_words(channel)}"

    return _changed(request, someone, key, write)


def _changed(request: Request, someone: Person, key: str, write: Callable[[Session, Channel], str]) -> ChannelWhole:
    house = house_of(request)
    with writing(house.engine) as session:
        channel = session.exec(select(Channel).where(Channel.key == key)).first()
        if channel is None:
            raise missing()
        note(session, request, someone, Act.CHANNEL, key, write(session, channel), now=house.now())
    return read_channel(request, someone, key)


def _rows() -> Any:
    """A channel with its credential, where it has one."""
    return select(Channel, Credential).join(Credential, col(Credential.channel_id) == col(Channel.id), isouter=True)


def _facts(channel: Channel, credential: Credential | None) -> dict[str, object]:
    facts = {name: getattr(channel, name) for name in ("key", "name", "platform", "agency", "state", "not_before")}
    label, expires = connector_class(channel.platform).capabilities.label, credential.expires_at if credential else None
    words = channel.state_words or CHANNEL_WORDS[channel.state]
    return {**facts, "label": label, "words": words, "access_expires_at": expires}
