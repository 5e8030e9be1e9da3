"""Channels, the plan, and who is asking."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from sqlmodel import col, select

from connectors import connector_class
from content.plan import active_plan
from scheduler.channels import CHANNEL_WORDS
from scheduler.db import reading
from scheduler.queue import free_slots
from scheduler.tables import Channel, Credential, Slot
from web.api.frame import Caller, Out, Page, Told, missing, needs
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(tags=["office"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]


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
def read_channel(request: Request, _someone: Reader, key: Annotated[str, Path(max_length=100)]) -> ChannelWhole:
    """One channel with its slots, and those of the next 14 days that are free."""
    house = house_of(request)
    with reading(house.engine) as session:
        row = session.exec(_rows().where(Channel.key == key)).first()
        if row is None:
            raise missing()
        slots = session.exec(
            select(Slot).where(Slot.channel_id == row[0].id).order_by(col(Slot.weekday), col(Slot.minute))
        ).all()
        free = list(free_slots(session, row[0], now=house.now()))
    return ChannelWhole(**_facts(*row), slots=[SlotOut.model_validate(one) for one in slots], free=free)


def _rows() -> Any:
    """A channel with its credential, where it has one."""
    return select(Channel, Credential).join(Credential, col(Credential.channel_id) == col(Channel.id), isouter=True)


def _facts(channel: Channel, credential: Credential | None) -> dict[str, object]:
    facts = {name: getattr(channel, name) for name in ("key", "name", "platform", "agency", "state", "not_before")}
    label, expires = connector_class(channel.platform).capabilities.label, credential.expires_at if credential else None
    words = channel.state_words or CHANNEL_WORDS[channel.state]
    return {**facts, "label": label, "words": words, "access_expires_at": expires}
