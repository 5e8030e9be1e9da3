"""Figures of a span, the coverage matrix, and the weekly summaries."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from sqlmodel import col, select

from reports.only import Only
from reports.periods import ReportError
from reports.plans import plan_of
from reports.spans import SPAN_WORDS, Span, own_span, span_named
from reports.tables import Summary
from reports.weekly import KIND
from scheduler.db import reading
from web.api.frame import Out, Page, Told, Words, missing, needs
from web.door import house_of
from web.known import known_coverage, known_figures
from web.roles import Permission, Person

router = APIRouter(tags=["figures"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
NAMED = f"A named span, or give first and last. One of: {', '.join(SPAN_WORDS)}."


class ChannelFigures(Out):
    """One channel's figures; null is what the platform did not tell. Those of two channels are never added."""

    key: str
    published: int
    before: int
    base_metric: str
    base: int | None
    interactions: int | None
    rate: float | None
    followers: int | None
    gained: int | None
    collected_at: Told | None


class TopicFigures(Out):
    """One point of the plan, in publications; `posts` counts each post once.

    `wanted` is null where the figures are of a part of the office, which the plan sets no minimum for; the letter is
    empty for all that belongs to no point of the plan.
    """

    letter: str
    done: int
    queued: int
    wanted: int | None
    missing: int
    posts: int


class FiguresOut(Out):
    """The figures of a span of local days."""

    first: date
    last: date
    published: int
    on_time: float | None
    channels: list[ChannelFigures]
    topics: list[TopicFigures]


class TopicCoverage(TopicFigures):
    """The same with what was done outside the channels, which is added to nothing."""

    label: str
    outside: dict[str, int]
    """portal, press, direct -> items."""


class PeriodOut(Out):
    """A period of the span; its place in the list is its number."""

    first: date
    last: date


class TargetOut(Out):
    """What the plan asks of a topic in a period."""

    topic: str
    period: int
    wanted: int


class CellOut(Out):
    """One count. The cells of a channel add up to its publications, those of a topic to the topic's."""

    topic: str
    form: str
    channel: str
    agency: str
    period: int
    done: int
    queued: int


class CoverageOut(Out):
    """The coverage of a span. `completion` is null when nothing is planned."""

    first: date
    last: date
    cutoff: Told
    published: int
    posts: int
    withdrawn: int
    planned: int
    fulfilled: int
    completion: float | None
    topics: list[TopicCoverage]
    periods: list[PeriodOut]
    targets: list[TargetOut]
    cells: list[CellOut]


class WeekOut(Out):
    """One weekly summary that was made."""

    period: str
    starts_on: date
    ends_on: date
    cutoff_at: Told


@router.get("/figures")
def read_figures(
    request: Request,
    _someone: Reader,
    span: Annotated[str, Query(max_length=40, description=NAMED)] = "",
    first: Annotated[date | None, Query()] = None,
    last: Annotated[date | None, Query()] = None,
    channel: Annotated[str, Query(max_length=100)] = "",
    topic: Annotated[str, Query(max_length=5)] = "",
    agency: Annotated[str | None, Query(max_length=60)] = None,
    campaign: Annotated[Words, Query(max_length=60, description="Key of a campaign: only its posts.")] = "",
) -> FiguresOut:
    """What was published in the span and what it reached, as of the last reading."""
    house = house_of(request)
    now = house.now()
    wanted = _span(span, first, last, now, house.week_start)
    with reading(house.engine) as session:
        only = Only(channel, topic, agency, campaign)
        found = known_figures(session, house, wanted, only, plan_of(session, wanted.last.year), now)
    return FiguresOut(
        first=wanted.first,
        last=wanted.last,
        published=found.published,
        on_time=found.on_time,
        channels=[ChannelFigures.model_validate(one) for one in found.channels],
        topics=[TopicFigures.model_validate(one) for one in found.topics],
    )


@router.get("/coverage")
def read_coverage(
    request: Request,
    _someone: Reader,
    span: Annotated[str, Query(max_length=40, description=NAMED)] = "",
    first: Annotated[date | None, Query()] = None,
    last: Annotated[date | None, Query()] = None,
    steps: Annotated[Literal["", "month", "week"], Query(description="Cut the span into periods.")] = "",
    channel: Annotated[str, Query(max_length=100)] = "",
    topic: Annotated[str, Query(max_length=5)] = "",
    agency: Annotated[str | None, Query(max_length=60)] = None,
    campaign: Annotated[Words, Query(max_length=60, description="Key of a campaign: only its posts.")] = "",
) -> CoverageOut:
    """The coverage matrix, in publications: every count by topic, form, channel, agency and period."""
    house = house_of(request)
    now = house.now()
    wanted = _span(span, first, last, now, house.week_start)
    only = Only(channel, topic, agency, campaign)
    with reading(house.engine) as session:
        found = known_coverage(
            session,
            house,
            wanted,
            only,
            plan_of(session, wanted.last.year),
            now,
            steps=steps,
            week_start=house.week_start,
        )
    keys = {one.id: one.key for one in found.channels}
    return CoverageOut(
        first=wanted.first,
        last=wanted.last,
        cutoff=found.cutoff,
        published=found.published,
        posts=found.posts,
        withdrawn=found.withdrawn,
        planned=found.planned,
        fulfilled=found.fulfilled,
        completion=found.completion,
        topics=[TopicCoverage.model_validate(one) for one in found.topics],
        periods=[PeriodOut(first=one.first, last=one.last) for one in found.periods],
        targets=[
            TargetOut(topic=letter, period=place, wanted=wanted) for (letter, place), wanted in found.targets.items()
        ],
        cells=[
            CellOut(
                topic=key.topic, form=key.form, channel=keys.get(key.channel, ""), agency=key.agency,
                period=key.period, done=found.done.get(key, 0), queued=found.queued.get(key, 0),
            )
            for key in sorted({*found.done, *found.queued})
        ],
    )  # fmt: skip


def _span(name: str, first: date | None, last: date | None, now: datetime, week_start: int) -> Span:
    """What was asked for; wrong spans are answered 422."""
    try:
        wanted = own_span(first, last) if first and last else span_named(name or "thang-nay", now, week_start)
        if not 2000 <= wanted.first.year <= wanted.last.year <= 2100:
            raise ReportError("Chỉ xem được các năm 2000–2100.")
    except ReportError as error:
        raise HTTPException(422, error.words) from None
    return wanted


@router.get("/weeks")
def list_weeks(request: Request, _someone: Reader) -> Page[WeekOut]:
    """The summaries that were made, the newest first."""
    with reading(house_of(request).engine) as session:
        rows = session.exec(
            select(Summary)
            .where(Summary.kind == KIND)
            .order_by(col(Summary.starts_on).desc(), col(Summary.id).desc())
            .limit(100)
        ).all()
    return Page(items=[WeekOut.model_validate(row) for row in rows])


@router.get("/weeks/{period}")
def read_week(
    request: Request, _someone: Reader, period: Annotated[str, Path(pattern=r"^\d{4}-W\d{2}$")]
) -> dict[str, Any]:
    """One week's stored summary with the latest cut-off, whole."""
    with reading(house_of(request).engine) as session:
        data = session.exec(
            select(Summary.data)
            .where(Summary.kind == KIND, Summary.period == period)
            .order_by(col(Summary.cutoff_at).desc())
            .limit(1)
        ).first()
    if data is None:
        raise missing()
    return dict(data)
