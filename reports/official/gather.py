"""Making the frozen data of a report: the plans, the rows, then the pure part. SELECTs only."""

from datetime import datetime

from sqlmodel import Session

from connectors import CONNECTORS, connector_class
from content.plan import Plan
from content.vietnamese import moment
from reports.official.build import Known, Wanted, build
from reports.official.data import ReportData
from reports.official.rows import report_rows
from reports.periods import ReportError
from reports.plans import plan_of, stored_plan
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
    following = stored_plan(session, wanted.year + 1) if wanted.preset in YEARLY else None
    rows = report_rows(session, wanted.span, wanted.cutoff, plan.code if plan else "")
    known = Known(plan, following, {name: connector_class(name).capabilities.label for name in CONNECTORS})
    data = build(rows, wanted, known)
    if plan and plan.year != wanted.year:
        other = f"Chưa nạp kế hoạch của năm {wanted.year}; số liệu được đối chiếu với kế hoạch của năm {plan.year}."
        data = data.model_copy(update={"notes": (*data.notes, other)})
    return data, plan
