"""The Analytics API: totals for each video and the channel day by day, two days late (youtube 4.2)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, Request

from sandbox.youtube_state import ANALYSING, CHANNEL_ID, PACIFIC, ApiError, Json, State, Video, read_query

DELAY = timedelta(hours=48)
ROWS_MAX = 200
FINALS = {
    "views": 2400,
    "engagedViews": 1500,
    "estimatedMinutesWatched": 3100,
    "likes": 130,
    "comments": 18,
    "shares": 40,
    "subscribersGained": 25,
    "subscribersLost": 4,
    "videoThumbnailImpressions": 9000,
}
"""Metric -> about where one video's total grows to."""
HALF_LIFE = timedelta(days=2)
KINDS: Mapping[str, str] = {
    "shuffled_columns": "the columns of a report in another order",
    "missing_rows": "a report without rows",
    "refused_metrics": "400 for a combination with any of the metrics {names}",
    "impressions": "the thumbnail metrics are known; without this they are refused",
}


def analytics_routes(state: State) -> APIRouter:
    """reports.query without dimension, or with `video` or `day`; everything else is not supported here."""
    router = APIRouter()

    @router.get("/v2/reports")
    def query_report(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=ANALYSING)
            return _table(state, request)

    return router


def _table(state: State, request: Request) -> Json:
    query = read_query(
        request,
        required={"ids", "startDate", "endDate", "metrics"},
        optional={"dimensions", "filters", "sort", "maxResults", "startIndex", "currency"},
    )
    metrics = query["metrics"].split(",")
    _check(state, request, query, metrics)
    dimension = query.get("dimensions", "")
    rows = {"": _total, "video": _by_video, "day": _by_day}[dimension](state, query, metrics)
    columns = [*([dimension] if dimension else []), *metrics]
    if state.world.strikes("shuffled_columns", request.method, request.url.path):
        columns = columns[::-1]
    table: Json = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": [_header(name) for name in columns]}
    missing = state.world.strikes("missing_rows", request.method, request.url.path)
    if rows and not missing:
        table["rows"] = [[row[name] for name in columns] for row in rows]
    return table


def _check(state: State, request: Request, query: dict[str, str], metrics: list[str]) -> None:
    days = [query["startDate"], query["endDate"]]
    dimension, sort = query.get("dimensions", ""), query.get("sort", "")
    known = set(FINALS)
    if not state.world.strikes("impressions", request.method, request.url.path):
        known.discard("videoThumbnailImpressions")
    rules = (
        query["ids"] in ("channel==MINE", f"channel=={CHANNEL_ID}"),
        all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days) and days == sorted(days),
        dimension in ("", "video", "day"),
        set(metrics) <= known and len(set(metrics)) == len(metrics),
        not sort or sort.lstrip("-") in (dimension, *metrics),
        not query.get("filters") or query["filters"].startswith("video=="),
        dimension != "video" or (sort.startswith("-") and 0 < int(query.get("maxResults", "0")) <= ROWS_MAX),
        not _is_refused(state, request, metrics),
    )
    if not all(rules):
        raise ApiError(400, "badRequest", message="The query is not supported.")


def _is_refused(state: State, request: Request, metrics: list[str]) -> bool:
    """Whether an ordered refusal is meant for this combination; one for another waits for it."""
    now = state.world.now()
    ordered = [one for one in state.world.faults if one.kind == "refused_metrics" and not one.is_over(now)]
    is_meant = any(set(one.values["names"]) & set(metrics) for one in ordered)
    return is_meant and state.world.strikes("refused_metrics", request.method, request.url.path) is not None


def _by_video(state: State, query: dict[str, str], metrics: list[str]) -> list[Json]:
    wanted = query.get("filters", "").removeprefix("video==").split(",")
    seen = _public(state, state.world.now() - DELAY)
    return [
        {"video": one.id, **{name: _grown(state, one, name, state.world.now() - DELAY) for name in metrics}}
        for one in seen
        if one.id in wanted or "filters" not in query
    ]


def _by_day(state: State, query: dict[str, str], metrics: list[str]) -> list[Json]:
    """Pacific days that are over for two days; what was not yet public makes no row."""
    first, last = (date.fromisoformat(query[name]) for name in ("startDate", "endDate"))
    rows = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        start, end = _midnight(day), _midnight(day + timedelta(days=1))
        seen = _public(state, end)
        if seen and end <= state.world.now() - DELAY:
            row = {
                name: sum(_grown(state, one, name, end) - _grown(state, one, name, start) for one in seen)
                for name in metrics
            }
            rows.append({"day": day.isoformat(), **row})
    return rows


def _total(state: State, query: dict[str, str], metrics: list[str]) -> list[Json]:
    seen = _public(state, state.world.now() - DELAY)
    if not seen:
        return []
    return [{name: sum(_grown(state, one, name, state.world.now() - DELAY) for one in seen) for name in metrics}]


def _public(state: State, at: datetime) -> list[Video]:
    return [one for one in state.videos.values() if one.public_at is not None and one.public_at <= at]


def _grown(state: State, video: Video, name: str, at: datetime) -> int:
    """The total of a metric as it stood at `at`."""
    later = state.world.now() - at
    since = (video.public_at or at) + later
    return state.world.grown(f"{video.id}:{name}", since, final=FINALS[name], half_life=HALF_LIFE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PACIFIC).astimezone(UTC)


def _header(name: str) -> Json:
    is_dimension = name in ("video", "day")
    return {
        "name": name,
        "columnType": "DIMENSION" if is_dimension else "METRIC",
        "dataType": "STRING" if is_dimension else "INTEGER",
    }
