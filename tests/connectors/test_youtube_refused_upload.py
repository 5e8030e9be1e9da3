"""A session that refuses for good: said once, read back where bytes may have become a video, then begun anew (2.4)."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Outgoing
from connectors.errors import ConnectorError, LimitedWork, Misconfigured, Reconnect, Rejected, Unavailable
from tests.conftest import NOW
from tests.connectors.youtube_case import UPLOAD, Session, make_outgoing, until_the_last_chunk


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


def test_a_refusal_that_ends_the_session_is_said_until_the_content_is_mended(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("final_error", values={"status": 400, "reason": "invalidTitle"})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    for _ in range(2):
        with pytest.raises(Rejected, match="tiêu đề"):
            youtube.build().prepare(outgoing, saved, now=now)
    mended = dataclasses.replace(outgoing, title="Nộp hồ sơ trực tuyến")
    saved, now = youtube.prepare(mended, saved, now)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_the_channels_own_upload_limit_pauses_for_a_day_and_then_begins_anew(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("final_error", values={"status": 400, "reason": "uploadLimitExceeded"})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    with pytest.raises(LimitedWork) as caught:
        youtube.build().prepare(outgoing, saved, now=now)
    assert caught.value.until == now + timedelta(days=1)
    saved, now = youtube.prepare(outgoing, saved, caught.value.until)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_a_session_that_ends_with_a_rare_server_error_is_left_for_a_new_one(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("final_error", values={"status": 507, "reason": "insufficientStorage"})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    with pytest.raises(Unavailable):
        youtube.build().prepare(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 2


def test_a_quota_error_as_the_final_answer_waits_for_the_new_day_and_then_begins_anew(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("final_error", values={"status": 403, "reason": "quotaExceeded"})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    with pytest.raises(LimitedWork) as caught:
        youtube.build().prepare(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, caught.value.until)
    assert youtube.uploads(now) == [saved["video_id"]]


@pytest.mark.parametrize("status", [400, 403, 413])
def test_a_refusal_without_a_word_is_believed_when_it_stays_the_same_and_told_to_a_person(
    youtube: Session, outgoing: Outgoing, status: int
) -> None:
    youtube.fault("final_error", values={"status": status})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    assert len([said for said, _ in youtube.puts if "*" in said]) >= 3
    with pytest.raises(Rejected):
        youtube.build().prepare(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=10))
    assert youtube.uploads(now) == [saved["video_id"]]


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "insufficientPermissions", Reconnect),
        (403, "forbidden", Misconfigured),
        (403, "accessNotConfigured", Misconfigured),
    ],
)
def test_a_refusal_of_the_access_is_said_once_and_another_session_is_opened_after_it_was_mended(
    youtube: Session, outgoing: Outgoing, status: int, reason: str, error: type[ConnectorError]
) -> None:
    youtube.fault("final_error", values={"status": status, "reason": reason})
    saved, now = youtube.prepare(outgoing, stop=lambda saved: "refused" in saved)
    with pytest.raises(error):
        youtube.build().prepare(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=2))
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 2


def test_a_video_that_is_there_although_its_session_refuses_is_not_uploaded_again(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("error", method="PUT", path=UPLOAD, values={"status": 403, "reason": "forbidden"})
    saved, now = youtube.prepare(outgoing, saved, stop=lambda saved: "refused" in saved)
    saved, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=2))
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 1


def test_a_session_that_only_says_later_is_given_up_after_a_day_and_read_back(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("rate_limit", method="PUT", path=UPLOAD, times=99)
    with pytest.raises(Unavailable):
        youtube.build().prepare(outgoing, saved, now=NOW + timedelta(hours=23))
    later = NOW + timedelta(hours=25)
    youtube.sandbox.at(later)
    youtube.credentials = youtube.build().refresh(now=later)
    saved = youtube.build().prepare(outgoing, saved, now=later).saved
    assert youtube.uploads(later) == [saved["video_id"]]


def test_a_limit_that_an_upload_meets_stops_uploads_and_not_the_channel(youtube: Session, outgoing: Outgoing) -> None:
    for kind, values in (
        ("rate_limit", {"per_day": True}),
        ("quota", {}),
        ("error", {"reason": "uploadLimitExceeded"}),
    ):
        youtube.fault(kind, method="POST", path=UPLOAD, values=values)
        with pytest.raises(LimitedWork):
            youtube.build().prepare(outgoing, {}, now=NOW)
