"""The pages of figures: the overview, the coverage matrix, the posts, one channel."""

import csv
import io
from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from connectors.base import Metric
from content.exchange.values import harmless
from content.vietnamese import local
from reports.figures import ON_TIME, Figures, PostLine, series
from reports.marks import marks_of, numbers_by_platform
from reports.phrases import METRIC_WORDS, signed
from reports.queries import COUNTERS, metric_names
from reports.summary import BASES
from reports.weekly import platform_labels
from scheduler.db import reading
from web.channel_names import channel_names
from web.door import house_of, may
from web.known import known_figures
from web.page import page
from web.roles import Permission, Person
from web.rooms.figures import charts
from web.rooms.figures.asked import Asked, asked

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
PER_PAGE = 50


def _by(counter: str) -> Callable[[PostLine], float]:
    """What was not told stands last."""
    return lambda post: _or_less(post.counters[counter])


def _or_less(value: int | None) -> int:
    return -1 if value is None else value


SORTS: dict[str, Callable[[PostLine], float]] = {
    "ngay": lambda post: post.published_at.timestamp(),
    "tuong-tac": lambda post: _or_less(post.interactions),
    **{metric.value: _by(metric.value) for metric in COUNTERS},
}
"""How the table of posts may be put in order, the greatest first."""


def _answered(request: Request) -> tuple[Asked, Figures]:
    """What was asked for, and its figures."""
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        question = asked(request, session, now, house.week_start)
        return question, known_figures(session, house, question.span, question.only, question.plan, now)


@router.get("/so-lieu")
def overview(request: Request, _reader: Reader) -> HTMLResponse:
    """Three figures, each channel, what went out when, the posts with most interactions."""
    question, found = _answered(request)
    marks = marks_of((one.platform for one in found.channels), found.span)
    best = sorted((one for one in found.posts if one.interactions), key=lambda one: -(one.interactions or 0))[:5]
    return page(
        request,
        "figures/index.html",
        question=question,
        figures=found,
        best=best,
        on_time_minutes=int(ON_TIME.total_seconds() // 60),
        chart=charts.columns(found, f"Số lượt đăng, {found.span.label}", marks),
        marks=marks,
        noted=numbers_by_platform(marks),
        rows=charts.counts(found),
        shades=charts.SHADES,
        labels=platform_labels(one.platform for one in found.channels),
        bases=BASES,
        signed=signed,
    )


@router.get("/so-lieu/bai")
def posts(request: Request, _reader: Reader) -> HTMLResponse:
    """Every publication of the span with its counters."""
    question, found = _answered(request)
    order = request.query_params.get("xep", "ngay")
    order = order if order in SORTS else "ngay"
    lines = sorted(found.posts, key=SORTS[order], reverse=True)
    at = _page_number(request, len(lines))
    return page(
        request,
        "figures/posts.html",
        question=question,
        figures=found,
        lines=lines[at * PER_PAGE : (at + 1) * PER_PAGE],
        order=order,
        orders=[("ngay", "Mới đăng"), ("tuong-tac", "Tương tác"), *((m.value, METRIC_WORDS[m]) for m in COUNTERS)],
        at=at,
        more=(at + 1) * PER_PAGE < len(lines),
        counters=[(metric.value, METRIC_WORDS[metric]) for metric in COUNTERS],
        names=_names(question),
    )


@router.get("/so-lieu/bai.csv")
def posts_as_table(request: Request, _reader: Reader) -> Response:
    """The same for a spreadsheet: UTF-8 with its mark, times of Việt Nam, an empty cell for what was not told."""
    question, found = _answered(request)
    out = io.StringIO()
    writer = csv.writer(out)
    head = (
        "Đăng lúc",
        "Kênh",
        "Điểm",
        "Cơ quan",
        "Bài",
        "Địa chỉ",
        *(METRIC_WORDS[one].capitalize() for one in COUNTERS),
    )
    writer.writerow(head)
    writer.writerows(_cells(question, found.posts))
    name = f"so-lieu-{found.span.first.isoformat()}-{found.span.last.isoformat()}.csv"
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _names(question: Asked) -> dict[int | None, str]:
    """Each channel by its id, with its platform where several share a name."""
    told = dict(channel_names(question.channels))
    return {channel.id: told[channel.key] for channel in question.channels}


def _cells(question: Asked, lines: Iterable[PostLine]) -> Iterable[list[object]]:
    names = _names(question)
    for line in lines:
        words = (
            names.get(line.channel_id, ""),
            line.topic,
            question.agency_name(line.agency),
            line.title,
            line.permalink,
        )
        at = local(line.published_at).strftime("%d/%m/%Y %H:%M")
        yield [at, *map(harmless, words), *(line.counters[one.value] for one in COUNTERS)]


def _page_number(request: Request, lines: int) -> int:
    """From 0; what is no page is the first, or the last."""
    wanted = request.query_params.get("trang", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 7):
        return 0
    return max(0, min(int(wanted), -(-lines // PER_PAGE)) - 1)


@router.get("/so-lieu/kenh/{key}")
def channel(request: Request, _reader: Reader, key: str) -> HTMLResponse:
    """One channel: followers over the span, what its figures are called by the platform, its posts."""
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        question = asked(request, session, now, house.week_start)
        one = next((row for row in question.channels if row.key == key), None)
        if one is None or one.id is None:
            raise HTTPException(404)
        found = known_figures(session, house, question.span, question.only, question.plan, now)
        points = series(session, one.id, found.span)
        names = metric_names(session, [one.id], min(now, found.span.until))
    line = next((row for row in found.channels if row.id == one.id), None)
    marks = marks_of([one.platform], found.span)
    of_followers = [mark for mark in marks if Metric.FOLLOWERS in mark.metrics]
    return page(
        request,
        "figures/channel.html",
        question=question,
        figures=found,
        channel=one,
        line=line,
        points=[point for point in points if point[1] is not None],
        chart=charts.line(points, f"Người theo dõi của {one.name}, {found.span.label}", of_followers),
        marks=marks,
        names=names,
        metric_words=METRIC_WORDS,
        bases=BASES,
        signed=signed,
        lines=[post for post in found.posts if post.channel_id == one.id][:20],
        label=platform_labels([one.platform])[one.platform],
    )
