"""What a publication uses: units of quota by bucket, and never more of the file than one chunk."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.base import Outgoing
from connectors.errors import Limited, OverBudget
from connectors.meter import Calendar, Left, Meter, Per
from connectors.youtube import YouTubeChannel
from connectors.youtube.quota import COSTS, cost, next_reset
from connectors.youtube.settings import CHUNK_UNIT, Settings
from tests.conftest import NOW
from tests.connectors.conformance import drive
from tests.connectors.youtube_case import PLAYLIST_ID, SRT, UPLOAD, VIDEOS, Session, make_media, make_outgoing


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


# Quota -------------------------------------------------------------------------------------------------------


def test_a_whole_publication_spends_one_upload_and_about_six_hundred_units(
    youtube: Session, outgoing: Outgoing, tmp_path: Path
) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    options = {"captions_text": SRT, "playlist_id": PLAYLIST_ID}
    whole = dataclasses.replace(outgoing, cover=cover, options=options)
    connector = youtube.build()
    saved = drive(connector, whole, NOW, youtube.sandbox)
    connector.publish(whole, saved, now=NOW + timedelta(minutes=5))
    lists = connector.meter.spent["other"] - 50 - 400 - 50 - 50
    assert connector.meter.spent == {"upload": 1, "other": 550 + lists}
    assert 3 <= lists <= 12


def test_bytes_and_questions_to_a_session_cost_nothing(youtube: Session, outgoing: Outgoing) -> None:
    connector = youtube.build()
    saved = connector.prepare(outgoing, {}, now=NOW).saved
    for _ in range(3):
        saved = connector.prepare(outgoing, saved, now=NOW).saved
    assert connector.meter.spent == {"upload": 1}


def test_a_refused_call_costs_its_units_too_and_each_bucket_is_counted_alone(youtube: Session) -> None:
    connector = youtube.build(use_analytics=True)
    youtube.fault("quota", path="/youtube/v3/channels")
    with pytest.raises(Limited):
        connector.read_channel(now=NOW)
    connector.read_posts(["unknown"], now=NOW)
    assert connector.meter.spent == {"other": 1, "batch": 1}


def test_a_call_that_is_more_than_is_left_is_not_sent(youtube: Session, outgoing: Outgoing) -> None:
    until = next_reset(NOW)
    for budget, path in (("upload", UPLOAD), ("other", "/youtube/v3/channels")):
        meter = Meter(left={budget: Left(0, until)})
        connector = youtube.build(meter=meter)
        before = len(youtube.sandbox.requests("youtube"))
        with pytest.raises(OverBudget) as caught:
            connector.prepare(outgoing, {}, now=NOW) if path == UPLOAD else connector.read_channel(now=NOW)
        assert (caught.value.until, caught.value.budget) == (until, budget)
        assert len(youtube.sandbox.requests("youtube")) == before
        assert meter.spent == {}


def test_figures_go_another_way_when_their_own_bucket_is_empty(youtube: Session) -> None:
    meter = Meter(left={"batch": Left(0, next_reset(NOW))})
    assert youtube.build(meter=meter).read_posts(["unknown"], now=NOW) == []
    assert meter.spent == {"other": 1}


def test_the_four_buckets_are_the_projects_and_figures_may_not_eat_what_publishing_needs() -> None:
    settings = Settings(daily_uploads=7, daily_units=50_000)
    found = {budget.name: budget for budget in YouTubeChannel.budgets(settings)}
    assert {name: budget.amount for name, budget in found.items()} == {
        "upload": 7,
        "search": 100,
        "batch": 10_000,
        "other": 50_000,
    }
    assert {budget.per for budget in found.values()} == {Per.APP}
    assert {budget.window for budget in found.values()} == {Calendar("America/Los_Angeles")}
    assert found["other"].reading_share <= 0.5


def test_every_cost_is_drawn_from_a_bucket_that_is_declared_and_may_be_configured() -> None:
    settings = Settings(costs={"videos.insert": 1600})
    assert {bucket for bucket, _ in COSTS.values()} == {budget.name for budget in YouTubeChannel.budgets(settings)}
    assert cost("POST", UPLOAD, settings) == ("upload", 1600)
    assert cost("PUT", VIDEOS, settings) == ("other", 50)
    assert cost("GET", "/youtube/v3/something", settings) == ("other", 1)


def test_the_buckets_fill_at_midnight_in_california() -> None:
    assert next_reset(NOW).isoformat() == "2026-11-23T08:00:00+00:00"
    assert next_reset(next_reset(NOW)) == next_reset(NOW) + timedelta(days=1)


# The file ------------------------------------------------------------------------------------------------------


def test_one_chunk_of_the_file_is_read_and_sent_at_a_time(
    youtube: Session, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outgoing.video is not None
    read: list[int] = []
    really_open: Callable[..., Any] = Path.open

    def open_and_note(path: Path, *arguments: Any, **more: Any) -> Any:
        file = really_open(path, *arguments, **more)
        if outgoing.video and path == outgoing.video.path:
            return NotingFile(file, read)
        return file

    def whole_file(path: Path) -> bytes:
        raise AssertionError(f"{path.name} is read whole")

    monkeypatch.setattr(Path, "open", open_and_note)
    sent: list[int] = []

    def note_body(answer: requests.Response, **_: Any) -> None:
        body = answer.request.body or b""
        if UPLOAD in str(answer.request.url) and answer.request.method == "PUT":
            assert isinstance(body, bytes)
            sent.append(len(body))

    youtube.http.hooks["response"].append(note_body)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", whole_file)
        youtube.prepare(outgoing)
    assert max(read) == max(sent) == CHUNK_UNIT
    assert sum(read) == sum(sent) == outgoing.video.size


class NotingFile:
    """A file that notes how much of it was read at once."""

    def __init__(self, file: Any, read: list[int]) -> None:
        self.file = file
        self.noted = read

    def __enter__(self) -> "NotingFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def seek(self, *where: int) -> int:
        return int(self.file.seek(*where))

    def tell(self) -> int:
        return int(self.file.tell())

    def read(self, size: int) -> bytes:
        data: bytes = self.file.read(size)
        self.noted.append(len(data))
        return data
