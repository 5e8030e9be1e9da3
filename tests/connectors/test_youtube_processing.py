"""From a private upload to "only one call is left": words, processing, cover (youtube 2.6, 2.9)."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Outgoing
from connectors.errors import Rejected, Unavailable
from tests.connectors.youtube_case import (
    PLAYLIST_ID,
    SRT,
    UPLOAD,
    Session,
    make_media,
    make_outgoing,
)


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


def test_new_wording_reaches_the_private_video_before_the_hour(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    changed = dataclasses.replace(outgoing, title="Tiêu đề mới")
    saved, now = youtube.prepare(changed, saved, now)
    assert youtube.sandbox.public("youtube") == []
    youtube.build().publish(changed, saved, now=now)
    assert [item["title"] for item in youtube.sandbox.public("youtube")] == ["Tiêu đề mới"]


def test_new_words_leave_what_somebody_set_on_the_private_video(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, status={"embeddable": False}, snippet={"defaultAudioLanguage": "vi"})
    changed = dataclasses.replace(outgoing, title="Tiêu đề mới", options={"made_for_kids": True})
    saved, now = youtube.prepare(changed, saved, now)
    video = youtube.video(saved["video_id"], now)
    assert (video["snippet"]["title"], video["snippet"]["defaultAudioLanguage"]) == ("Tiêu đề mới", "vi")
    status = {name: video["status"][name] for name in ("embeddable", "selfDeclaredMadeForKids", "privacyStatus")}
    assert status == {"embeddable": False, "selfDeclaredMadeForKids": True, "privacyStatus": "private"}


@pytest.mark.parametrize(("reason", "words"), [("codec", "chuẩn nén"), ("copyright", "bản quyền")])
def test_a_video_that_cannot_be_processed_is_rejected_with_the_reason(
    youtube: Session, outgoing: Outgoing, reason: str, words: str
) -> None:
    youtube.fault("failed_processing", values={"reason": reason})
    with pytest.raises(Rejected, match=words):
        youtube.prepare(outgoing)


def test_terminated_means_no_more_news_and_not_a_failure(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("failed_processing", values={"reason": "terminated"})
    assert youtube.prepare(outgoing)[0]["video_id"]


def test_a_video_deleted_by_hand_is_told_and_uploaded_again_only_when_a_person_goes_on(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.build().withdraw(saved["video_id"], now=now)
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: "told" in saved)
    for _ in range(2):
        with pytest.raises(Rejected, match="có thể đã bị xóa trên YouTube Studio"):
            youtube.build().prepare(outgoing, saved, now=now)
    assert youtube.count("POST", UPLOAD) == 1
    again, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=10))
    assert youtube.uploads(now) == [again["video_id"]]


def test_a_video_that_is_shown_again_goes_on_as_if_nothing_had_been_told(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("upload_status", times=4, values={"uploadStatus": "deleted"})
    told, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: "told" in saved)
    again, now = youtube.prepare(outgoing, told, now)
    assert again["video_id"] == saved["video_id"]
    assert "told" not in again


def test_new_words_send_only_what_is_new_in_the_post(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, snippet={"title": "Đổi trên Studio"}, status={"license": "creativeCommon"})
    changed = dataclasses.replace(outgoing, text="Lời mới.")
    saved, now = youtube.prepare(changed, saved, now)
    video = youtube.video(saved["video_id"], now)
    assert (video["snippet"]["title"], video["snippet"]["description"]) == ("Đổi trên Studio", "Lời mới.")
    assert video["status"]["license"] == "creativeCommon"


def test_a_violation_of_rights_is_not_answered_with_another_try_but_with_the_way_to_object(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("failed_processing", values={"reason": "claim"})
    with pytest.raises(Rejected, match="khiếu nại nếu không đúng"):
        youtube.prepare(outgoing)


def test_a_cover_that_the_grant_does_not_cover_does_not_stop_the_video(
    youtube: Session, outgoing: Outgoing, tmp_path: Path
) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    values = {"status": 403, "reason": "insufficientPermissions"}
    youtube.fault("error", path=".*thumbnails.*", values=values)
    saved, _ = youtube.prepare(dataclasses.replace(outgoing, cover=cover))
    assert "kết nối lại" in saved["thumbnail_problem"]


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "quotaExceeded"), (429, "uploadRateLimitExceeded"), (503, "backendError")]
)
def test_what_is_given_up_promises_nothing_and_says_what_to_do_by_hand(
    youtube: Session, outgoing: Outgoing, tmp_path: Path, status: int, reason: str
) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    options = {"captions_text": SRT, "playlist_id": PLAYLIST_ID}
    values = {"status": status, "reason": reason}
    youtube.fault("error", method="POST", path=".*(thumbnails|captions|playlistItems).*", times=99, values=values)
    saved, _ = youtube.prepare(dataclasses.replace(outgoing, cover=cover, options=options))
    told = [saved[f"{name}_problem"] for name in ("thumbnail", "captions", "playlist")]
    assert all("hệ thống sẽ" not in words and "YouTube Studio" in words for words in told), told


def test_the_cover_is_set_once(youtube: Session, outgoing: Outgoing, tmp_path: Path) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    with_cover = dataclasses.replace(outgoing, cover=cover)
    saved, now = youtube.prepare(with_cover)
    saved, now = youtube.prepare(with_cover, saved, now)
    assert youtube.count("POST", "/upload/youtube/v3/thumbnails/set") == 1
    assert "thumbnail_problem" not in saved


def test_a_refused_cover_does_not_stop_the_video(youtube: Session, outgoing: Outgoing, tmp_path: Path) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    youtube.fault("error", path=".*thumbnails.*", values={"status": 403, "reason": "forbidden"})
    saved, now = youtube.prepare(dataclasses.replace(outgoing, cover=cover))
    assert "xác minh" in saved["thumbnail_problem"]
    assert youtube.publish(outgoing, saved, now).external_id == saved["video_id"]
