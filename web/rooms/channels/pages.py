"""All channels, and one channel in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlmodel import Session, col, func, select

from connectors import connector_class
from connectors.base import Finding
from content.office import REASON_WORDS
from reports.abilities import about_platform
from scheduler.channels import CHANNEL_WORDS, in_quiet_hours, rules_words, weekly_slots_of
from scheduler.checkup import blocks
from scheduler.db import reading
from scheduler.pauses import is_general
from scheduler.standing import Standing, last_check, standings
from scheduler.tables import Channel, Pause
from web.acts import Act
from web.agencies import agency_names
from web.door import house_of, may
from web.forms import Form
from web.options import Option, options_of, shown
from web.page import page
from web.roles import Permission, Person
from web.rooms.channels import slots, wording
from web.stale import Clash, mark_of
from web.tables import DeskAct

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
CHECKED = "Kiểm tra ngay"
"""How a check by a person is noted."""
PREFIX = "o."
"""Of the fields of options."""


@dataclass(frozen=True, slots=True)
class Line:
    """One channel as the pages tell it."""

    one: Standing
    label: str
    state_words: str
    access: tuple[str, Any]
    queue: tuple[str, Any]
    limits: Sequence[Any]
    checked_at: datetime | None

    @property
    def channel(self) -> Channel:
        """The row."""
        return self.one.channel

    @property
    def own_pauses(self) -> list[Pause]:
        """Those of this channel alone."""
        return [one for one in self.one.pauses if not is_general(one)]


@router.get("/kenh")
def channels(request: Request, _reader: Reader) -> HTMLResponse:
    """Every channel and how it stands."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = lines(request, session)
        names = agency_names(session)
    everywhere = [one for one in found[0].one.pauses if is_general(one)] if found else []
    return page(
        request, "channels/index.html", lines=found, names=names, reasons=REASON_WORDS, everywhere=everywhere
    )  # fmt: skip


@router.get("/kenh/{key}")
def one_channel(request: Request, _reader: Reader, key: str) -> HTMLResponse:
    """The same in full."""
    return detail(request, key)


def lines(request: Request, session: Session, key: str | None = None) -> list[Line]:
    """Every channel, or the one called `key`."""
    house = house_of(request)
    now = house.now()
    found = standings(session, house.service.platforms, now=now, key=key)
    daily = last_check(session)
    by_hand = _checked_by_hand(session, daily or now - timedelta(days=1))
    return [
        Line(
            one,
            connector_class(one.channel.platform).capabilities.label,
            CHANNEL_WORDS[one.channel.state],
            wording.access(one, now),
            wording.queue(one),
            wording.limits(one),
            by_hand.get(one.channel.key) or daily,
        )
        for one in found
    ]


def _checked_by_hand(session: Session, since: datetime) -> dict[str, datetime]:
    """Channel key -> when a person had it checked after the daily check."""
    statement = (
        select(DeskAct.subject, func.max(DeskAct.at))
        .where(DeskAct.act == Act.CHANNEL, DeskAct.words == CHECKED, col(DeskAct.at) >= since)
        .group_by(col(DeskAct.subject))
    )
    return dict(session.exec(statement).all())


def chosen_options(channel: Channel) -> dict[str, Any]:
    """What was chosen for the channel, with the types that the platform declares."""
    try:
        kept = connector_class(channel.platform).Options.model_validate(channel.options)
    except ValidationError:
        return {}
    return kept.model_dump(mode="json", exclude_unset=True)


def own_options(platform: str) -> list[Option]:
    """What is chosen for a whole channel; a long text, as of subtitles, belongs to a post."""
    return [one for one in options_of(platform) if one.kind != "lines"]


def option_fields(channel: Channel) -> dict[str, str]:
    """What the fields of the options show; empty where nothing was chosen."""
    chosen = chosen_options(channel)
    return {
        f"{PREFIX}{one.name}": shown(one, chosen[one.name]) if one.name in chosen else ""
        for one in own_options(channel.platform)
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of the channel's page that came back with errors, or met another person's change."""

    which: str
    """khung-gio, quy-tac, tuy-chon or co-quan."""
    form: Form
    clash: Clash | None = None


def detail(
    request: Request, key: str, *, findings: Sequence[Finding] | None = None, sent: Sent | None = None
) -> HTMLResponse:
    """One channel's page; `findings` of a check that was just made."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = lines(request, session, key)
        if not found:
            raise HTTPException(404)
        [line] = found
        channel = line.channel
        weekly = weekly_slots_of(session, channel)
        names = agency_names(session)
    shows: dict[str, dict[str, Any]] = {
        "khung-gio": slots.told(weekly),
        "quy-tac": slots.rules_of(channel),
        "tuy-chon": option_fields(channel),
        "co-quan": {"agency": channel.agency},
    }
    forms = {which: Form(**values) for which, values in shows.items()}
    marks = {which: mark_of(values) for which, values in shows.items()}
    if sent is not None:
        forms[sent.which] = sent.form
        marks[sent.which] = sent.clash.mark if sent.clash else sent.form.raw("dau")
    status = 200 if sent is None else 409 if sent.clash else 422
    return page(
        request,
        "channels/channel.html",
        status=status,
        line=line,
        channel=channel,
        findings=None if findings is None else sorted(findings, key=lambda one: (one.ok, not one.blocks)),
        blocked=blocks(findings or ()),
        sent=sent,
        forms=forms,
        marks=marks,
        days=slots.DAYS,
        rules=slots.RULE_LABELS,
        rules_words=rules_words(channel),
        quiet=in_quiet_hours(channel, weekly),
        own_hours=wording.own_hours(house.service.platforms, channel, house.now()),
        options=[(one, _proof(channel, one)) for one in own_options(channel.platform)],
        names=names,
        about=about_platform(channel.platform),
        reasons=REASON_WORDS,
    )


def _proof(channel: Channel, option: Option) -> tuple[str, datetime | None] | None:
    """Of an option that has to be proved: its state, and when it was. None: nobody has to prove it."""
    if option.name not in connector_class(channel.platform).capabilities.proven_options:
        return None
    proof = channel.proofs.get(option.name)
    return ("proved", datetime.fromisoformat(proof["at"])) if proof else ("unproved", None)
