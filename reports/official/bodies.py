"""What a report says of the plan itself: its agencies and what they handed in, its indices, the plan after it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from content.plan import Agency, Plan
from content.plan_goals import Deadline, Index
from content.submissions import owing
from content.vietnamese import collation_key, local_day
from reports.official.data import (
    AgencyFacts,
    DeadlineFacts,
    EvidenceFacts,
    IndexFacts,
    ItemFacts,
    NextPlan,
    PlanFacts,
    ResultFacts,
)
from reports.official.rows import ReportRows, SubmissionRow
from reports.spans import Preset, Span, minimum, preset_span

REPORT = "bao_cao_nam"
"""The code of the deadline for the agencies' own reports of the year, in every plan that is shipped."""
GROUP = "nhom"
"""The kind of an entry of the register that stands for several agencies and hands in nothing itself."""


def plan_facts(plan: Plan) -> PlanFacts:
    """What a report says of a plan."""
    names = {one.code: one.name for one in plan.agencies}
    owners: dict[str, list[str]] = defaultdict(list)
    for topic in plan.topics:
        for code in topic.owners:
            owners[code].append(topic.letter)
    return PlanFacts(
        code=plan.code,
        title=plan.title,
        year=plan.year,
        number=plan.number,
        issued=plan.issued,
        issuer=plan.issuer,
        basis=tuple(_whole(plan, one) for one in plan.basis),
        minimum_note=plan.minimum_note,
        owners=tuple((names.get(code, code), tuple(letters)) for code, letters in owners.items()),
    )


def _whole(plan: Plan, basis: str) -> str:
    """A document the plan stands on, with its subject where the plan's register of law tells it (R20)."""
    ref = next((one for one in plan.legal_refs if one.code in basis), None)
    about = ref.name.partition(ref.code)[2].strip() if ref else ""
    return f"{basis} {about}" if about and about not in basis else basis


def next_plan(plan: Plan) -> NextPlan:
    """What the plan of the year after asks for."""
    span = preset_span(Preset.YEAR, plan.year)
    return NextPlan(
        plan=plan_facts(plan),
        topics=tuple((topic.letter, topic.label, minimum(topic, span)) for topic in plan.topics),
        targets=tuple((index.code, index.target) for index in plan.indices if index.target),
        deadlines=tuple((one.what, one.on) for one in plan.deadlines),
    )


def evidence(rows: ReportRows, plan: Plan | None) -> Iterator[EvidenceFacts]:
    """Each file with what it proves."""
    names = {one.code: one.name for one in plan.agencies} if plan else {}
    duties = {one.code: one.what for one in plan.deadlines} if plan else {}
    for row in rows.evidence:
        handed = f"{names.get(row.agency or '', row.agency)}: {duties.get(row.deadline or '', row.deadline)}"
        yield EvidenceFacts(
            name=row.name,
            size=row.size,
            sha256=row.sha256,
            proves=handed if row.activity is None else row.activity,
            added_on=local_day(row.added_at),
        )


# Agencies --------------------------------------------------------------------------------------------------


def agencies(rows: ReportRows, items: Sequence[ItemFacts], plan: Plan, span: Span) -> Iterator[AgencyFacts]:
    """Every agency of the register that there was in the period, in the register's order, and whoever did something
    without standing in it. Groups are listed only where something is told of them."""
    handed = _reports(rows.submissions)
    published: dict[str, set[str]] = defaultdict(set)
    for one in items:
        published[one.agency].add(one.post)
    shared = Counter(one.agency for one in rows.articles if one.public_at is not None)
    active = Counter(one.agency for one in rows.activities)
    due = _due(plan)
    expected = {one.code for one in owing(plan, due)} if due else set()
    told = {*rows.proposed, *published, *shared, *active, *handed} - {""}
    listed = [one for one in plan.agencies if one.code in told or (one.kind != GROUP and _there(one, span))]
    strangers = sorted(told - {one.code for one in plan.agencies}, key=lambda code: (collation_key(code), code))
    for code, name in [*((one.code, one.name) for one in listed), *((code, code) for code in strangers)]:
        report = handed.get(code)
        yield AgencyFacts(
            code=code,
            name=name,
            proposed=rows.proposed.get(code, 0),
            published=len(published[code]),
            shared=shared[code],
            activities=active[code],
            expected=code in expected,
            handed_on=report.received_on if report else None,
            late=report is not None and is_late(report, due),
            words=report.words if report else "",
        )


def _due(plan: Plan) -> Deadline | None:
    return next((one for one in plan.deadlines if one.code == REPORT), None)


def _there(agency: Agency, span: Span) -> bool:
    """Whether it existed on any day of the span."""
    begun = agency.valid_from is None or agency.valid_from <= span.last
    return begun and (agency.valid_to is None or agency.valid_to >= span.first)


def _reports(rows: Sequence[SubmissionRow]) -> Mapping[str, SubmissionRow]:
    return {row.agency: row for row in rows if row.deadline == REPORT}


def is_late(row: SubmissionRow, deadline: Deadline | None) -> bool:
    """Whether it came after the deadline's last day."""
    return deadline is not None and deadline.last_day is not None and row.received_on > deadline.last_day


def deadlines(rows: ReportRows, plan: Plan) -> Iterator[DeadlineFacts]:
    """What had to be handed in, and how much of it came."""
    for one in plan.deadlines:
        handed = [row for row in rows.submissions if row.deadline == one.code]
        yield DeadlineFacts(
            code=one.code,
            what=one.what,
            on=one.on,
            before=one.before,
            expected=len(owing(plan, one)),
            handed=len({row.agency for row in handed}),
            late=len({row.agency for row in handed if is_late(row, one)}),
        )


# Indices ---------------------------------------------------------------------------------------------------


def index_years(plan: Plan | None, year: int) -> tuple[int, int]:
    """The two years that are set side by side: the report's and the one before, or earlier ones while nothing was
    published for the report's year yet."""
    told = {result.year for index in (plan.indices if plan else ()) for result in index.results}
    this = max((one for one in told if one <= year), default=year)
    return this - 1, this


def index(one: Index, years: tuple[int, int]) -> IndexFacts:
    """One index in the two years."""
    found = {
        result.year: ResultFacts(
            year=result.year, value=result.value, unit=result.unit, rank=result.rank, denominator=result.denominator,
            source=result.source,
        )
        for result in one.results
    }  # fmt: skip
    return IndexFacts(
        code=one.code,
        name=one.name,
        target=one.target,
        target_rank=one.target_rank,
        denominator=one.denominator,
        previous=found.get(years[0]),
        this=found.get(years[1]),
    )
