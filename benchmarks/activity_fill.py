"""Years of activities with their files, results of indices and submissions, for the pages that show them."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from content import office
from content.activities import KINDS
from content.documents import PDF
from content.plan import active_plan
from content.record_tables import Activity, Evidence
from content.submissions import SubmissionFields, hand_in
from content.vietnamese import local_day
from scheduler.db import writing

ACTIVITIES = 5_000
"""As many as a province's agencies log in some years."""


def fill_activities(engine: Engine, now: datetime) -> None:
    """Write them."""
    today, kinds = local_day(now), list(KINDS.values())
    with writing(engine) as session:
        plan = active_plan(session)
        for number in range(ACTIVITIES):
            kind, first = kinds[number % len(kinds)], today - timedelta(days=number % 700)
            session.add(
                Activity(
                    kind=kind.code, title=f"{kind.label} về cải cách hành chính, đợt {number}", first=first, last=first,
                    agency=plan.agencies[number % len(plan.agencies)].code, form=kind.form,
                    topic=plan.letters[number % len(plan.letters)], figures=dict.fromkeys(kind.figures, number % 90),
                    cost=number * 1_000 if number % 3 else None, created_by="x", created_at=now, updated_at=now,
                )
            )  # fmt: skip
        session.flush()
        session.add_all(
            Evidence(
                activity_id=number, sha256=f"{number:064x}", name="bien-ban.pdf", mime=PDF, size=1, added_by="x",
                added_at=now,
            )
            for number in range(1, ACTIVITIES + 1)
        )  # fmt: skip
        items = [one.model_dump(mode="json") for one in plan.indices]
        for one in items:
            one["results"] = [{"year": today.year, "rank": 9, "denominator": 34, "source": "x"}]
        office.save(session, office.INDICES, items, seen=0, by="x", now=now)
        for agency in plan.agencies:
            fields = SubmissionFields(plan.deadlines[0].code, agency.code, today)
            hand_in(session, plan, fields, seen=0, by="x", now=now)
