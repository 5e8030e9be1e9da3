"""What an act at the desk or by command changed, as it stands: the facts that the hashes in its row are over.

Only what people decide, so that a hash does not change by itself; and never a secret, nor anything a secret could be
found from: of an access only how often it was renewed, of a password only whether there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from content.tables import Campaign, CampaignPost, OfficeSetting, PlanRecord, PortalSource, Post
from reports.tables import Report, Summary
from scheduler.channels import OFF
from scheduler.tables import Channel, Credential, Slot
from web.tables import ApiToken, Staff


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the subject."""

    acts: tuple[str, ...]
    """The acts that change the same thing."""
    subject: str
    """Whose earlier acts tell how it stood before; empty: all of them are about one thing."""
    facts: dict[str, Any]


def state_of(session: Session, act: str, subject: str) -> State | None:
    """The state of what the act is about; None where it has none of its own. Everything must be flushed."""
    for acts, is_one, read in _KNOWN:
        if act in acts:
            facts = read(session, subject)
            return State(acts, "" if is_one else subject, facts) if facts is not None else None
    return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _some(row: SQLModel, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _person(session: Session, login: str) -> dict[str, Any] | None:
    row = session.exec(select(Staff).where(Staff.login == login)).first()
    if row is None:
        return None
    facts = _some(row, "login", "name", "agency", "active")
    return {**facts, "roles": sorted(row.roles), "password": row.password_hash != "", "totp": row.totp is not None}


def _tokens(session: Session, login: str) -> dict[str, Any] | None:
    rows = session.exec(
        select(ApiToken).join(Staff, col(Staff.id) == col(ApiToken.staff_id)).where(Staff.login == login)
        .order_by(col(ApiToken.id))
    )  # fmt: skip
    return {"tokens": [_some(row, "id", "name", "scopes", "expires_at", "ended_at") for row in rows]}


def _settings(session: Session, _subject: str) -> dict[str, Any] | None:
    return {row.name: row.data for row in session.exec(select(OfficeSetting).order_by(OfficeSetting.name))}


def _feed(session: Session, key: str) -> dict[str, Any] | None:
    row = session.exec(select(PortalSource).where(PortalSource.key == key)).first()
    facts = ("key", "name", "address", "topic", "agency", "every_minutes", "active")
    return _some(row, *facts) if row else {}


def _channel(session: Session, key: str) -> dict[str, Any] | None:
    row = session.exec(select(Channel).where(Channel.key == key)).first()
    if row is None:
        return None
    access = session.get(Credential, row.id)
    slots = session.exec(select(Slot).where(Slot.channel_id == row.id).order_by(col(Slot.weekday), col(Slot.minute)))
    rules = ("gap_minutes", "daily_most", "quiet_from", "quiet_until")
    return {
        **_some(row, "key", "platform", "external_id", "name", "agency", "options", *rules),
        "off": row.state == OFF,
        "access": access.version if access else None,
        "slots": [[one.weekday, one.minute, one.form] for one in slots],
    }


def _campaign(session: Session, key: str) -> dict[str, Any] | None:
    row = session.exec(select(Campaign).where(Campaign.key == key)).first()
    if row is None:
        return None
    mine = select(CampaignPost.post_id).where(CampaignPost.campaign_id == row.id).order_by(col(CampaignPost.post_id))
    facts = _some(row, "key", "name", "purpose", "first", "last", "channels", "targets", "ended_at")
    return {**facts, "posts": list(session.exec(mine))}


def _report(session: Session, number: str) -> dict[str, Any] | None:
    row = session.get(Report, int(number)) if number.isdecimal() else None
    facts = ("preset", "title", "first", "last", "cutoff_at", "plan", "state", "heading", "texts", "data")
    return _some(row, *facts, "withdrawn_at") if row else None


def _summary(session: Session, period: str) -> dict[str, Any] | None:
    rows = session.exec(select(Summary).where(Summary.period == period).order_by(col(Summary.id)))
    return {"texts": [_some(row, "id", "texts") for row in rows]}


def _plan(session: Session, code: str) -> dict[str, Any] | None:
    row = session.exec(select(PlanRecord).where(PlanRecord.code == code)).first()
    return _some(row, "code", "year", "title", "active", "data") if row else None


def _library(session: Session, _subject: str) -> dict[str, Any] | None:
    rows = session.exec(select(Post.key, Post.content_hash).order_by(Post.key))
    return dict(rows.all())


Read = Callable[[Session, str], dict[str, Any] | None]
_KNOWN: tuple[tuple[tuple[str, ...], bool, Read], ...] = (
    (("person", "password", "totp"), False, _person),
    (("token",), False, _tokens),
    (("setting",), True, _settings),
    (("feed",), False, _feed),
    (("channel",), False, _channel),
    (("campaign",), False, _campaign),
    (("report",), False, _report),
    (("summary",), False, _summary),
    (("plan",), False, _plan),
    (("library",), True, _library),
)
"""Acts, whether they are all about one thing, and what reads it."""
