"""Figures: few calls for many videos, and Analytics as an addition that never costs the others anything."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.base import Figure
from connectors.youtube import YouTubeChannel
from connectors.youtube.scopes import ANALYTICS_SCOPE, SCOPES
from tests.conftest import NOW, Sandbox
from tests.connectors.youtube_case import REFRESH_TOKEN, FreshChannel, Session, make_outgoing

REPORTS = "/v2/reports"
BATCH = "/youtube/v3/videos:batchGetStats"
COUNTERS = {"views", "reactions", "comments"}
EVERYTHING = COUNTERS | {"shares", "engaged_views", "watch_seconds"}
DAILY = {"views", "engaged_views", "watch_seconds", "new_followers", "lost_followers"}


@pytest.fixture
def youtube(sandbox: Sandbox) -> Iterator[Session]:
    session = Session(sandbox)
    consent = YouTubeChannel.begin_consent(
        session.build(use_analytics=True).settings,
        redirect_uri="http://127.0.0.1/back",
        state="s",
        verifier="v" * 43,
    )
    landed = session.http.get(consent.url, allow_redirects=False, timeout=5).headers["Location"]
    answer = {name: words[0] for name, words in parse_qs(urlsplit(landed).query).items()}
    [session.connected] = FreshChannel.finish_consent(session.settings, consent, answer, now=NOW, http=session.http)
    session.credentials = session.connected.credentials
    yield session
    session.http.close()


@pytest.fixture
def published(youtube: Session, tmp_path: Path) -> tuple[str, datetime]:
    """A public video and a moment five days later."""
    outgoing = make_outgoing(tmp_path)
    saved, now = youtube.prepare(outgoing)
    youtube.publish(outgoing, saved, now)
    youtube.sandbox.at(now + timedelta(days=5))
    return saved["video_id"], now + timedelta(days=5)


def read(youtube: Session, published: tuple[str, datetime], connector: FreshChannel | None = None) -> dict[str, Figure]:
    video_id, later = published
    connector = connector or youtube.build(use_analytics=True)
    figures = connector.read_posts([video_id, "unknown"], now=later)
    assert {figure.ref for figure in figures} == {video_id}
    assert len({figure.metric for figure in figures}) == len(figures), "one figure for each of our words"
    return {figure.metric: figure for figure in figures}


def days(youtube: Session, now: datetime) -> dict[tuple[date | None, str], int | None]:
    figures = youtube.build(use_analytics=True).read_channel(now=now)
    return {(one.day, one.metric): one.value for one in figures if one.day is not None}


# Many videos -------------------------------------------------------------------------------------------------


def test_five_hundred_videos_take_no_more_calls_than_batches_of_fifty_demand(youtube: Session) -> None:
    ids = [f"video{number:06d}" for number in range(500)]
    youtube.build().read_posts(ids, now=NOW)
    assert youtube.count("GET", BATCH) == 10
    assert len(youtube.sandbox.requests("youtube")) == len([*youtube.sent]), "nothing else was asked"
    youtube.fault("error", path=".*batchGetStats", times=99, values={"status": 404, "reason": "notFound"})
    youtube.build().read_posts(ids, now=NOW)
    assert (youtube.count("GET", BATCH), youtube.count("GET", "/youtube/v3/videos")) == (11, 10)


def test_reports_are_asked_for_two_hundred_videos_at_a_time_and_only_for_those_that_are_shown(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    video_id, later = published
    youtube.build(use_analytics=True).read_posts(["gone", video_id], now=later)
    [query] = [parse_qs(urlsplit(str(one.url)).query) for one in youtube.sent if REPORTS in str(one.url)]
    assert query["filters"] == [f"video=={video_id}"]
    assert (query["maxResults"], query["sort"]) == (["1"], ["-views"])


# Totals of a video ---------------------------------------------------------------------------------------------


def test_more_is_read_with_its_own_name_and_delay(youtube: Session, published: tuple[str, datetime]) -> None:
    figures = read(youtube, published)
    assert set(figures) == EVERYTHING
    assert (figures["shares"].value or 0) > 0
    assert (figures["shares"].name, figures["shares"].version) == ("shares", "analytics v2")
    assert "48 đến 72 giờ" in figures["shares"].definition
    assert (figures["views"].name, figures["reactions"].name) == ("viewCount", "likeCount")


def test_minutes_are_told_as_seconds_and_the_definition_says_so(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    watched = read(youtube, published)["watch_seconds"]
    assert watched.name == "estimatedMinutesWatched"
    assert (watched.value or 0) > 0
    assert (watched.value or 0) % 60 == 0
    assert "nhân 60" in watched.definition


def test_what_the_counters_hide_is_filled_in_from_the_reports(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    youtube.fault("hidden_counters", times=2)
    figures = read(youtube, published)
    assert set(figures) == EVERYTHING
    assert (figures["reactions"].name, figures["comments"].name) == ("likes", "comments")
    assert read(youtube, published, youtube.build(use_analytics=False))["reactions"].value is None


def test_columns_are_found_by_name(youtube: Session, published: tuple[str, datetime]) -> None:
    straight = read(youtube, published)
    youtube.fault("shuffled_columns")
    assert read(youtube, published) == straight


def test_without_rows_it_is_unknown_and_not_zero(youtube: Session, published: tuple[str, datetime]) -> None:
    youtube.fault("missing_rows")
    assert set(read(youtube, published)) == COUNTERS


@pytest.mark.parametrize("name", ["views", "engagedViews", "shares"])
def test_a_combination_that_is_refused_is_split_and_costs_only_what_is_refused(
    youtube: Session, published: tuple[str, datetime], name: str
) -> None:
    youtube.fault("refused_metrics", times=99, values={"names": [name]})
    connector = youtube.build(use_analytics=True)
    lost = {"views": set(), "engagedViews": {"engaged_views"}, "shares": {"shares"}}[name]
    assert set(read(youtube, published, connector)) == EVERYTHING - lost
    asked = youtube.count("GET", REPORTS)
    assert asked <= 7
    assert set(read(youtube, published, connector)) == EVERYTHING - lost
    assert youtube.count("GET", REPORTS) == asked + 1, "a refusal is remembered"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "authError"),
        (403, "insufficientPermissions"),
        (403, "forbidden"),
        (403, "accessNotConfigured"),
        (403, "quotaExceeded"),
        (429, "quotaExceeded"),
    ],
)
def test_a_refused_report_costs_only_its_own_figures_and_is_not_asked_again(
    youtube: Session, published: tuple[str, datetime], status: int, reason: str
) -> None:
    youtube.fault("error", path=REPORTS, values={"status": status, "reason": reason}, times=9)
    connector = youtube.build(use_analytics=True)
    for _ in range(2):
        assert set(read(youtube, published, connector)) == COUNTERS
    assert youtube.count("GET", REPORTS) == 1


@pytest.mark.parametrize(
    "table",
    [
        {"columnHeaders": [5, None, {"title": "x"}], "rows": [["v", 1, 2]]},
        {"columnHeaders": [{"name": "video"}, {"name": "shares"}], "rows": ["v", ["v"], ["v", None], ["v", "x"]]},
        {"columnHeaders": None, "rows": None},
    ],
)
def test_a_table_of_another_shape_costs_only_its_own_figures(
    youtube: Session, published: tuple[str, datetime], table: dict[str, object]
) -> None:
    youtube.fault("status", path=REPORTS, values={"status": 200, "json": table})
    assert set(read(youtube, published)) == COUNTERS


def test_a_query_that_is_never_supported_is_given_up_after_a_bounded_number_of_questions(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    youtube.fault("error", path=REPORTS, values={"status": 400, "reason": "badRequest"}, times=99)
    connector = youtube.build(use_analytics=True)
    for _ in range(2):
        assert set(read(youtube, published, connector)) == COUNTERS
    assert youtube.count("GET", REPORTS) == 11


@pytest.mark.parametrize("kind", ["hang_up", "html"])
def test_a_report_that_is_lost_once_is_asked_again(
    youtube: Session, published: tuple[str, datetime], kind: str
) -> None:
    youtube.fault(kind, path=REPORTS)
    connector = youtube.build(use_analytics=True)
    assert set(read(youtube, published, connector)) == COUNTERS
    assert set(read(youtube, published, connector)) == EVERYTHING


def test_impressions_are_asked_for_alone_and_a_refusal_costs_nothing_else(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    connector = youtube.build(use_analytics=True, use_impressions=True)
    for _ in range(2):
        assert set(read(youtube, published, connector)) == EVERYTHING
    asked = [parse_qs(urlsplit(str(one.url)).query)["metrics"] for one in youtube.sent if REPORTS in str(one.url)]
    assert asked.count(["videoThumbnailImpressions"]) == 1, "a 400 is remembered"
    assert len(asked) == 3
    youtube.fault("impressions", times=9)
    connector = youtube.build(use_analytics=True, use_impressions=True)
    assert read(youtube, published, connector)["impressions"].name == "videoThumbnailImpressions"


# The channel day by day ------------------------------------------------------------------------------------------


def test_the_channel_is_read_day_by_day_and_recent_days_are_missing(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    _, later = published
    found = days(youtube, later)
    told = sorted({day for day, _ in found if day is not None})
    assert told == [date(2026, 11, 22) + timedelta(days=number) for number in range(3)]
    assert {metric for _, metric in found} == DAILY
    assert sum(value or 0 for (_, metric), value in found.items() if metric == "views") > 0
    counters = [one for one in youtube.build(use_analytics=True).read_channel(now=later) if one.day is None]
    assert {one.metric for one in counters} == {"followers", "views"}


def test_the_window_slides_over_seven_days(youtube: Session, published: tuple[str, datetime]) -> None:
    _, later = published
    now = later + timedelta(days=30)
    youtube.sandbox.at(now)
    told = {day for day, _ in days(youtube, now)}
    assert len(told) <= 7
    assert min(day for day in told if day) == now.date() - timedelta(days=8)  # in California it is the day before


def test_without_rows_there_are_no_days(youtube: Session, published: tuple[str, datetime]) -> None:
    youtube.fault("missing_rows")
    assert days(youtube, published[1]) == {}


def test_a_refused_report_leaves_the_channels_counters(youtube: Session, published: tuple[str, datetime]) -> None:
    youtube.fault("error", path=REPORTS, values={"status": 403, "reason": "forbidden"})
    figures = youtube.build(use_analytics=True).read_channel(now=published[1])
    assert {one.metric for one in figures} == {"followers", "views"}


# Not asked -------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_while_the_setting_is_off_or_the_grant_is_missing(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    _, later = published
    assert set(read(youtube, published, youtube.build(use_analytics=False))) == COUNTERS
    pasted = {"refresh_token": REFRESH_TOKEN}
    [without] = FreshChannel.adopt(youtube.settings, pasted, now=later, http=youtube.http)
    youtube.credentials = without.credentials
    connector = youtube.build(use_analytics=True)
    assert set(read(youtube, published, connector)) == COUNTERS
    assert {one.day for one in connector.read_channel(now=later)} == {None}
    assert youtube.count("GET", REPORTS) == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_the_consent_asks_for_the_analytics_only_where_they_are_wanted(youtube: Session, wanted: bool) -> None:
    settings = youtube.build(use_analytics=wanted).settings
    consent = YouTubeChannel.begin_consent(settings, redirect_uri="http://127.0.0.1/back", state="s", verifier="v" * 43)
    [scopes] = parse_qs(urlsplit(consent.url).query)["scope"]
    assert (ANALYTICS_SCOPE in scopes.split()) is wanted
    assert set(SCOPES) <= set(scopes.split())
