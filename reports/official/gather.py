"""Making the frozen data of a report: the plans, the rows, then the pure part. SELECTs only."""

from datetime import datetime

from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from content.errors import ContentError
from content.plan import Plan, active_plan, plan_as_changed
from content.tables import PlanRecord
from content.vietnamese import moment
from reports.official.build import Known, Wanted, build
from reports.official.data import ReportData
from reports.official.rows import report_rows
from reports.periods import ReportError
from reports.spans import Preset

YEARLY = (Preset.YEAR, Preset.STATISTICS_YEAR, Preset.TO_DEADLINE)
"""The reports that look ahead to the next year's plan."""


def gathered(session: Session, wanted: Wanted, now: datetime) -> tuple[ReportData, Plan | None]:
    """The data of a report, and the plan it is held against.

    Raises `ReportError` for a cut-off that has not come, or a period that had not begun at it.
    """
    if wanted.cutoff > now:
        raise ReportError(f"Chưa đến thời điểm chốt số liệu {moment(wanted.cutoff)}: hãy chọn thời điểm đã qua.")
    if wanted.cutoff <= wanted.span.since:
        raise ReportError("Kỳ báo cáo bắt đầu sau thời điểm chốt số liệu: hãy chọn kỳ đã qua hoặc kỳ này.")
    plan = plan_of(session, wanted.year)
    following = _stored(session, wanted.year + 1) if wanted.preset in YEARLY else None
    rows = report_rows(session, wanted.span, wanted.cutoff, plan.code if plan else "")
    known = Known(plan, following, {name: connector_class(name).capabilities.label for name in CONNECTORS})
    data = build(rows, wanted, known)
    if plan and plan.year != wanted.year:
        other = f"Chưa nạp kế hoạch của năm {wanted.year}; số liệu được đối chiếu với kế hoạch của năm {plan.year}."
        data = data.model_copy(update={"notes": (*data.notes, other)})
    return data, plan


def plan_of(session: Session, year: int) -> Plan | None:
    """The plan of that year as the office changed it, else the active one; None while there is none at all."""
    try:
        active = active_plan(session)
    except ContentError:
        return None
    return active if active.year == year else _stored(session, year) or active


def _stored(session: Session, year: int) -> Plan | None:
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
