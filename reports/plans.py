"""Which plan the figures of a year are held against: its own, also when the next one is in force already."""

from sqlmodel import Session, col, select

from content.errors import ContentError
from content.plan import Plan, active_plan, plan_as_changed
from content.tables import PlanRecord


def plan_of(session: Session, year: int) -> Plan | None:
    """The plan of that year as the office changed it, else the active one; None while there is none at all."""
    try:
        active = active_plan(session)
    except ContentError:
        return None
    return active if active.year == year else stored_plan(session, year) or active


def stored_plan(session: Session, year: int) -> Plan | None:
    """The plan of that year that was loaded last."""
    record = session.exec(
        select(PlanRecord)
        .where(PlanRecord.year == year)
        .order_by(col(PlanRecord.loaded_at).desc(), col(PlanRecord.id).desc())
    ).first()
    if record is None:
        return None
    plan = Plan.model_validate(record.data)
    try:
        return plan_as_changed(session, plan)
    except ContentError:
        # the desk's lists are of another year and do not fit; the plan stands as it was loaded
        return plan
