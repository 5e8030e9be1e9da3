"""The agencies that people belong to, as the plan that is in force names them."""

from sqlmodel import Session

from content.errors import ContentError
from content.plan import Plan, active_plan


def agency_names(session: Session) -> dict[str, str]:
    """Code -> short name, in the plan's order; empty before a plan is loaded."""
    plan = _plan(session)
    return {one.code: one.short for one in plan.agencies} if plan else {}


def office_name(session: Session) -> str:
    """Who issued the plan in force, for the door; "" before a plan is loaded."""
    plan = _plan(session)
    return plan.issuer if plan else ""


def _plan(session: Session) -> Plan | None:
    try:
        return active_plan(session)
    except ContentError:
        return None
