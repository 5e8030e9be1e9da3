"""The Analytics API: totals for each video, two days late (youtube 4.2).

Faults by name: shuffled_columns, missing_rows. `error` gives the refusals, such as a query that is not supported.
"""

import re
from datetime import timedelta

from fastapi import APIRouter, Request

from sandbox.youtube_state import ApiError, Json, State, Video, read_query

DELAY = timedelta(hours=48)
ROWS_MAX = 200
METRICS = {"views": 2400, "likes": 130, "comments": 18, "shares": 40}
"""Name -> about where it grows to."""
ENOUGH = {"yt-analytics.readonly", "youtube.readonly", "youtube"}


def analytics_routes(state: State) -> APIRouter:
    """reports.query with the dimension `video`; everything else is not supported here."""
    router = APIRouter()

    @router.get("/v2/reports")
    def query_report(request: Request) -> Json:
        with state.world.lock:
            state.guard(request)
            if not ENOUGH & {scope.rpartition("/")[2] for scope in state.scopes_of(request)}:
                raise ApiError(403, "insufficientPermissions", message="Insufficient Permission")
            return _table(state, request)

    return router


def _table(state: State, request: Request) -> Json:
    query = read_query(
        request,
        required={"ids", "startDate", "endDate", "metrics"},
        optional={"dimensions", "filters", "sort", "maxResults", "startIndex"},
    )
    metrics = query["metrics"].split(",")
    _check(query, metrics)
    wanted = query["filters"].removeprefix("video==").split(",")
    old = [one for one in map(state.videos.get, wanted) if one and one.public_at]
    rows = [_row(state, one, metrics) for one in old if one.public_at and state.world.now() >= one.public_at + DELAY]
    columns = ["video", *metrics]
    if state.world.strikes("shuffled_columns", request.method, request.url.path):
        columns = columns[::-1]
    table: Json = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": [_header(name) for name in columns]}
    missing = state.world.strikes("missing_rows", request.method, request.url.path)
    if rows and not missing:
        table["rows"] = [[row[name] for name in columns] for row in rows]
    return table


def _check(query: dict[str, str], metrics: list[str]) -> None:
    days = [query["startDate"], query["endDate"]]
    sort = query.get("sort", "")
    rules = (
        query["ids"] == "channel==MINE",
        all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days) and days == sorted(days),
        query.get("dimensions") == "video",
        set(metrics) <= set(METRICS),
        sort.startswith("-") and sort[1:] in metrics,
        query.get("filters", "").startswith("video=="),
        0 < int(query.get("maxResults", "0")) <= ROWS_MAX,
    )
    if not all(rules):
        raise ApiError(400, "badRequest", message="The query is not supported.")


def _row(state: State, video: Video, metrics: list[str]) -> Json:
    since = (video.public_at or state.world.now()) + DELAY
    half_life = timedelta(days=2)
    grown = {
        name: state.world.grown(f"{video.id}:{name}", since, final=METRICS[name], half_life=half_life)
        for name in metrics
    }
    return {"video": video.id, **grown}


def _header(name: str) -> Json:
    is_video = name == "video"
    return {
        "name": name,
        "columnType": "DIMENSION" if is_video else "METRIC",
        "dataType": "STRING" if is_video else "INTEGER",
    }
