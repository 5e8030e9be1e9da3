"""Something of everything that an address of the desk names, out of a filled office (`desk_fill.py`)."""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from connectors.base import Part
from content import office
from content.infographic.templates import TEMPLATES
from content.plan import active_plan
from content.tables import Asset, PortalSource, Post, Suggestion
from content.vietnamese import local_day
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication
from web.tables import Staff

AHEAD = 30
"""Days to come that the office has filled."""


def facts(engine: Engine, now: datetime, plan_dir: Path) -> dict[str, str]:
    """Something of everything that an address names."""
    with reading(engine) as session:
        today = local_day(now)
        last_week = (today - timedelta(days=7)).isocalendar()
        week = today.isocalendar()
        free = today + timedelta(days=AHEAD + 3)
        plan, holidays = active_plan(session), office.own_holidays(session, plan_dir)
        return {
            "week": f"{week.year}-W{week.week:02}",
            "last_week": f"{last_week.year}-W{last_week.week:02}",
            "month": f"{today:%Y-%m}",
            "day": f"{today:%Y-%m-%d}",
            "free_day": f"{free:%Y-%m-%d}",
            "free_hour": "07:30",
            "channel": session.exec(select(Channel.key).order_by(col(Channel.id))).first() or "",
            "campaign": "dot-3",
            **{"activity": "1", "index": quote(plan.indices[0].code), "deadline": plan.deadlines[0].code},
            "report": "1",
            "asset": session.exec(select(Asset.sha256).where(col(Asset.name).startswith("anh-"))).first() or "",
            "published": _one(session, State.PUBLISHED),
            "broadcast": _one(session, State.PUBLISHED, part=Part.BROADCAST),
            "waiting": _one(session, State.SCHEDULED),
            "chosen": _one(session, State.SCHEDULED, "autopilot"),
            "suggestion": str(session.exec(select(func.max(Suggestion.id))).one()),
            "feed": session.exec(select(PortalSource.key)).first() or "",
            "staff": str(session.exec(select(func.min(Staff.id))).one()),
            "agency": plan.agencies[0].code,
            "brand": plan.brands[0].agency,
            "holiday": f"{max(holidays):%Y-%m-%d}",
            "template": next(iter(TEMPLATES)),
            **{state: _post(session, state) for state in ("approved", "submitted", "draft")},
        }


def _one(session: Session, state: State, origin: str = "", part: Part = Part.POST) -> str:
    wanted = select(Publication.id).where(Publication.state == state, Publication.part == part)
    if origin:
        wanted = wanted.where(Publication.origin == origin)
    return str(session.exec(wanted.order_by(col(Publication.due_at).desc())).first())


def _post(session: Session, state: str) -> str:
    return session.exec(select(Post.key).where(Post.state == state).order_by(col(Post.id).desc())).first() or ""
