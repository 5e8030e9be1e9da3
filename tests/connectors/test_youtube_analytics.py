"""Shares from the Analytics API are an addition: off by default, and never at the cost of the other figures."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.base import Figure
from connectors.youtube import YouTubeChannel
from connectors.youtube.settings import ANALYTICS_SCOPE, SCOPES
from tests.conftest import NOW, Sandbox
from tests.connectors.youtube_case import FreshChannel, Session, make_outgoing

REPORTS = "/v2/reports"


@pytest.fixture
def youtube(sandbox: Sandbox) -> Iterator[Session]:
    session = Session(sandbox)
    both = " ".join((*SCOPES, ANALYTICS_SCOPE))
    session.credentials = dataclasses.replace(
        session.credentials, values={**session.credentials.values, "scope": both}, refresh_at=NOW
    )
    yield session
    session.http.close()


@pytest.fixture
def published(youtube: Session, tmp_path: Path) -> tuple[str, datetime]:
    """A public video and a moment five days later."""
    outgoing = make_outgoing(tmp_path)
    saved, now = youtube.prepare(outgoing)
    youtube.build().publish(outgoing, saved, now=now)
    youtube.sandbox.at(now + timedelta(days=5))
    return saved["video_id"], now + timedelta(days=5)


def read(youtube: Session, published: tuple[str, datetime], connector: FreshChannel | None = None) -> dict[str, Figure]:
    video_id, later = published
    connector = connector or youtube.build(use_analytics=True)
    figures = connector.read_posts([video_id, "unknown"], now=later)
    assert {figure.ref for figure in figures} == {video_id}
    return {figure.metric: figure for figure in figures}


EVERYTHING = {"views", "reactions", "comments", "shares"}


def test_shares_are_read_with_their_own_name_and_delay(youtube: Session, published: tuple[str, datetime]) -> None:
    figures = read(youtube, published)
    assert set(figures) == EVERYTHING
    assert (figures["shares"].value or 0) > 0
    assert (figures["shares"].name, figures["shares"].version) == ("shares", "analytics v2")
    assert "48 đến 72 giờ" in figures["shares"].definition


def test_columns_are_found_by_name(youtube: Session, published: tuple[str, datetime]) -> None:
    straight = read(youtube, published)
    youtube.fault("shuffled_columns")
    assert read(youtube, published) == straight


def test_without_rows_the_shares_are_unknown_and_not_zero(youtube: Session, published: tuple[str, datetime]) -> None:
    youtube.fault("missing_rows")
    assert set(read(youtube, published)) == EVERYTHING - {"shares"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "badRequest"),
        (401, "authError"),
        (403, "insufficientPermissions"),
        (403, "forbidden"),
        (403, "accessNotConfigured"),
        (403, "quotaExceeded"),
    ],
)
def test_a_refused_report_costs_only_the_shares_and_is_not_asked_again(
    youtube: Session, published: tuple[str, datetime], status: int, reason: str
) -> None:
    youtube.fault("error", path=REPORTS, values={"status": status, "reason": reason}, times=9)
    connector = youtube.build(use_analytics=True)
    for _ in range(2):
        assert set(read(youtube, published, connector)) == EVERYTHING - {"shares"}
    assert youtube.count("GET", REPORTS) == 1


def test_a_report_that_is_lost_once_is_asked_again(youtube: Session, published: tuple[str, datetime]) -> None:
    youtube.fault("hang_up", path=REPORTS)
    connector = youtube.build(use_analytics=True)
    assert set(read(youtube, published, connector)) == EVERYTHING - {"shares"}
    assert set(read(youtube, published, connector)) == EVERYTHING


def test_nothing_is_asked_while_the_setting_is_off_or_the_grant_is_missing(
    youtube: Session, published: tuple[str, datetime]
) -> None:
    assert set(read(youtube, published, youtube.build())) == EVERYTHING - {"shares"}
    values = {**youtube.credentials.values, "scope": SCOPES[0]}
    youtube.credentials = dataclasses.replace(youtube.credentials, values=values)
    connector = youtube.build(use_analytics=True)
    assert set(read(youtube, published, connector)) == EVERYTHING - {"shares"}
    assert youtube.count("GET", REPORTS) == 0
    [problem] = connector.health(now=published[1])
    assert "chia sẻ" in problem.words and not problem.blocks


@pytest.mark.parametrize("wanted", [True, False])
def test_the_consent_asks_for_the_analytics_only_where_they_are_wanted(youtube: Session, wanted: bool) -> None:
    settings = youtube.build(use_analytics=wanted).settings
    consent = YouTubeChannel.begin_consent(settings, redirect_uri="http://127.0.0.1/back", state="s", verifier="v" * 43)
    [scopes] = parse_qs(urlsplit(consent.url).query)["scope"]
    assert (ANALYTICS_SCOPE in scopes.split()) is wanted
    assert set(SCOPES) <= set(scopes.split())
