"""Stored weekly summaries, read back as they were made; the sentences as a person wrote them lie over."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from content.errors import ContentError
from content.plan import Plan, active_plan
from reports.edits import of_row
from reports.official.heads import from_plan
from reports.official.values import Heading
from reports.summary import WeeklySummary
from reports.tables import Summary
from reports.weekly import KIND

VERSIONS_MOST = 40


def stored(session: Session, summary_id: int) -> WeeklySummary:
    """The summary of this number."""
    return of_row(session.exec(select(Summary).where(Summary.id == summary_id)).one())


def row_of(session: Session, summary: WeeklySummary) -> Summary:
    """The row in which this summary is kept."""
    same = (Summary.kind == KIND, Summary.period == summary.period, Summary.cutoff_at == summary.cutoff_at)
    return session.exec(select(Summary).where(*same)).one()


def versions(session: Session, period: str) -> list[Summary]:
    """The summaries of a week, the latest cut-off first."""
    found = select(Summary).where(Summary.kind == KIND, Summary.period == period)
    return list(
        session.exec(found.order_by(col(Summary.cutoff_at).desc(), col(Summary.id).desc()).limit(VERSIONS_MOST))
    )


def heading(session: Session, on: date) -> Heading:
    """The frame of the week's official document, as far as the plan in force tells it on a local day; it is an
    internal sheet, so it is addressed to nobody.
    """
    plan: Plan | None
    try:
        plan = active_plan(session)
    except ContentError:
        plan = None
    return replace(from_plan(plan, on), addressees=())
