"""YouTube against its sandbox: the common promises, the public call, limits, access, checks and figures."""

import dataclasses
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import Figure, NotThere, Outgoing, Receipt
from connectors.errors import (
    ConnectorError,
    Limited,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.youtube import YouTubeChannel
from connectors.youtube.checks import count_tags
from connectors.youtube.settings import Options, Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, look
from tests.connectors.youtube_case import (
    UPLOAD,
    VIDEOS,
    FreshChannel,
    Session,
    make_outgoing,
    make_settings,
)


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


class TestYouTubeChannel(ConnectorConformance):
    platform = "youtube"
    publish_call = ("PUT", VIDEOS)

    def settings(self, sandbox: Sandbox) -> Settings:
        return make_settings(sandbox)

    def simplest(self, tmp_path: Path) -> Outgoing:
        return make_outgoing(tmp_path)

    def connect(self, sandbox: Sandbox) -> FreshChannel:
        first = self.connected(sandbox)[0]
        return FreshChannel(self.settings(sandbox), first.account, first.credentials, self.http)


# The public call -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["hang_up", "status", "html", "delay"])
@pytest.mark.parametrize("effect", [True, False])
def test_a_strange_answer_to_the_public_call_is_looked_up(
    youtube: Session, outgoing: Outgoing, fault: str, effect: bool
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault(fault, method="PUT", path=VIDEOS, effect=effect, values={"seconds": 0.3})
    with pytest.raises(Unconfirmed):
        youtube.build(read_timeout=0.2 if fault == "delay" else 5).publish(outgoing, saved, now=now)
    found = look(youtube.build(), outgoing, saved, now, youtube.sandbox)
    public = [item["id"] for item in youtube.sandbox.public("youtube")]
    if effect:
        assert isinstance(found, Receipt)
        assert public == [found.external_id]
    else:
        assert found == NotThere()
        assert public == []


def test_publishing_what_is_public_already_changes_nothing(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    receipt = youtube.publish(outgoing, saved, now)
    again = youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(again, Receipt)
    assert again.external_id == receipt.external_id
    assert youtube.count("PUT", VIDEOS) == 1
    assert len(youtube.sandbox.public("youtube")) == 1


def test_a_change_that_is_shown_late_is_found_at_a_later_look(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("late_listing", values={"seconds": 30})
    youtube.fault("hang_up", method="PUT", path=VIDEOS)
    with pytest.raises(Unconfirmed):
        youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(look(youtube.build(), outgoing, saved, now, youtube.sandbox), Receipt)


def test_the_public_call_is_one_changing_call_with_everything_else_as_it_stands(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, status={"embeddable": False, "license": "creativeCommon"})
    stands = youtube.video(saved["video_id"], now)["status"]
    youtube.publish(outgoing, saved, now)
    body = youtube.bodies("PUT", VIDEOS)[-1]
    settable = {name: stands[name] for name in stands if name not in ("madeForKids", "uploadStatus")}
    assert body == {"id": saved["video_id"], "status": {**settable, "privacyStatus": "public"}}


def test_a_moment_of_publishing_that_somebody_set_goes_when_it_becomes_public(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, status={"publishAt": "2026-12-24T01:00:00Z"})
    youtube.publish(outgoing, saved, now)
    assert "publishAt" not in youtube.bodies("PUT", VIDEOS)[-1]["status"]


def test_a_video_that_was_deleted_before_the_hour_is_prepared_again(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.build().withdraw(saved["video_id"], now=now)
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, saved, now=now)
    assert youtube.count("PUT", VIDEOS) == 0


# Reading back ----------------------------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_upload_is_known(youtube: Session, outgoing: Outgoing) -> None:
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, {}, now=NOW)
    assert youtube.count("PUT", VIDEOS) == 0


def test_it_reads_back_a_video_whose_id_was_never_learned(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    receipt = youtube.publish(outgoing, saved, now)
    find = youtube.build().find
    found = find(outgoing, {}, since=NOW, known=frozenset(), now=now)
    assert isinstance(found, Receipt)
    assert found.external_id == receipt.external_id
    assert find(outgoing, {}, since=NOW, known=frozenset({receipt.external_id}), now=now) == NotThere()
    assert find(outgoing, {}, since=now + timedelta(hours=1), known=frozenset(), now=now) == NotThere()


def test_a_withdrawn_video_is_gone_and_gone_twice_is_no_error(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.build().publish(outgoing, saved, now=now)
    for _ in range(2):
        youtube.build().withdraw(saved["video_id"], now=now)
    assert youtube.sandbox.public("youtube") == []


def test_a_bare_404_is_gone_only_when_the_video_is_not_there(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    for effect in (False, True):
        values = {"status": 404}
        youtube.fault("status", method="DELETE", path=VIDEOS, effect=effect, values=values)
        with nullcontext() if effect else pytest.raises(Rejected):
            youtube.build().withdraw(saved["video_id"], now=now)
    assert youtube.uploads(now) == []


# Limits ----------------------------------------------------------------------------------------------------------


def test_the_daily_limit_waits_until_midnight_in_california(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("rate_limit", method="POST", path=UPLOAD, values={"per_day": True})
    with pytest.raises(Limited) as caught:
        youtube.build().prepare(outgoing, {}, now=NOW)
    assert caught.value.until == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_a_burst_limit_is_only_a_pause(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("rate_limit", method="POST", path=UPLOAD)
    with pytest.raises(Unavailable):
        youtube.build().prepare(outgoing, {}, now=NOW)


def test_the_shared_quota_of_a_day_runs_out_and_comes_back(youtube: Session) -> None:
    youtube.fault("quota", path="/youtube/v3/channels")
    with pytest.raises(Limited) as caught:
        youtube.build().read_channel(now=NOW)
    assert caught.value.code == "403/quotaExceeded"
    youtube.sandbox.at(caught.value.until)
    assert youtube.build().read_channel(now=caught.value.until)


def test_no_token_and_no_session_address_is_ever_in_an_error(youtube: Session, outgoing: Outgoing) -> None:
    saved, _ = youtube.prepare(outgoing, stop=lambda saved: "session_uri" in saved)
    token = youtube.credentials.values["access_token"]
    secret_part = saved["session_uri"].split("upload_id=")[1]
    echo = f"Bad {saved['session_uri']} and Bearer {token}, {token}"
    for status in (400, 401, 403, 404, 500):
        youtube.fault("error", path=".*", values={"status": status, "reason": "odd", "message": echo})
        with pytest.raises(ConnectorError) as caught:
            youtube.build().read_channel(now=NOW)
        seen = f"{caught.value!r} {caught.value} {caught.value.evidence} {caught.value.__cause__!r}"
        assert token not in seen
        assert secret_part not in seen


# What is checked before anything is scheduled ------------------------------------------------------------------------


def fields(outgoing: Outgoing) -> set[str]:
    connector = YouTubeChannel.__new__(YouTubeChannel)
    return {problem.field for problem in connector.check(outgoing) if problem.blocks}


def test_the_description_is_counted_in_bytes(outgoing: Outgoing) -> None:
    assert fields(dataclasses.replace(outgoing, text="a" * 5000)) == set()
    assert fields(dataclasses.replace(outgoing, text="ế" * 1666)) == set()
    assert fields(dataclasses.replace(outgoing, text="ế" * 1667)) == {"text"}


@pytest.mark.parametrize("title", ["", "   ", "a" * 101, "😀" * 51, "a < b", "a > b"])
def test_a_title_that_youtube_would_refuse_is_refused_here(outgoing: Outgoing, title: str) -> None:
    assert fields(dataclasses.replace(outgoing, title=title)) == {"title"}


def test_tags_are_counted_with_their_quotes_and_commas(outgoing: Outgoing) -> None:
    assert (count_tags(["Foo-Baz"]), count_tags(["Foo Baz"]), count_tags(["a", "b"])) == (7, 9, 3)
    assert fields(dataclasses.replace(outgoing, tags=("a" * 500,))) == set()
    assert fields(dataclasses.replace(outgoing, tags=("a" * 249, "b" * 251))) == {"tags"}


def test_only_a_video_can_be_published(outgoing: Outgoing) -> None:
    assert fields(dataclasses.replace(outgoing, video=None)) == {"video"}
    assert outgoing.video is not None
    picture = dataclasses.replace(outgoing.video, mime="image/png")
    assert fields(dataclasses.replace(outgoing, video=picture)) == {"video"}
    assert fields(dataclasses.replace(outgoing, options={"category_id": "phim"})) == {"options"}


# Figures ----------------------------------------------------------------------------------------------------------


def values(figures: list[Figure]) -> Mapping[str, int | None]:
    return {figure.metric: figure.value for figure in figures}


def test_figures_come_from_the_batch_call_and_from_the_list_where_it_is_refused(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.build().publish(outgoing, saved, now=now)
    later = now + timedelta(days=3)
    youtube.sandbox.at(later)
    batch = youtube.build().read_posts([saved["video_id"], saved["video_id"], "unknown"], now=later)
    counted = values(batch)
    assert (counted["views"] or 0) > (counted["reactions"] or 0) > 0
    youtube.fault("error", path=".*batchGetStats", values={"status": 404, "reason": "notFound"})
    assert youtube.build().read_posts([saved["video_id"]], now=later) == batch


def test_hidden_subscribers_are_unknown_and_not_zero(youtube: Session) -> None:
    assert values(youtube.build().read_channel(now=NOW))["followers"] == 12_300
    youtube.fault("hidden_subscribers")
    assert values(youtube.build().read_channel(now=NOW))["followers"] is None


def test_the_sessions_settings_refuse_a_chunk_of_a_forbidden_size() -> None:
    with pytest.raises(ValueError, match="multiple of 262144"):
        Settings(client_id="a", client_secret="b", chunk_bytes=300_000)
    assert Options().made_for_kids is False


def test_a_file_whose_kind_no_computer_knows_may_still_be_a_video(youtube: Session, outgoing: Outgoing) -> None:
    assert outgoing.video is not None
    for mime, is_taken in (("application/octet-stream", True), ("application/pdf", False)):
        video = dataclasses.replace(outgoing.video, mime=mime)
        assert (youtube.build().check(dataclasses.replace(outgoing, video=video)) == []) is is_taken
