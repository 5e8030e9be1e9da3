"""An upload whose answer or session was lost: read back first, sent again only as a kept decision (youtube 2.4, 6)."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Outgoing, Saved, Unclear
from connectors.errors import Rejected, Unavailable
from tests.conftest import NOW
from tests.connectors.youtube_case import (
    UPLOAD,
    Session,
    make_outgoing,
    make_video,
    until_the_last_chunk,
)


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


def test_when_the_last_answer_is_lost_the_session_is_asked_and_nothing_is_sent_again(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    saved = youtube.build().prepare(outgoing, saved, now=NOW).saved
    assert youtube.uploads() == [saved["video_id"]]
    assert (youtube.count("POST", UPLOAD), youtube.count("PUT", UPLOAD)) == (1, 6)
    assert youtube.puts[-1] == (f"bytes */{saved['size']}", 201)
    assert "session_uri" not in saved


def test_a_session_lost_before_the_last_byte_begins_again_from_byte_zero(youtube: Session, outgoing: Outgoing) -> None:
    saved, _ = youtube.prepare(outgoing, stop=lambda saved: saved["offset"] > 0)
    youtube.fault("session_gone")
    saved = youtube.build().prepare(outgoing, saved, now=NOW).saved
    assert "session_uri" not in saved
    assert saved["restarts"]
    saved, now = youtube.prepare(outgoing, saved)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_a_session_lost_after_the_last_byte_is_answered_by_the_channels_own_list(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 1


def test_a_video_that_is_listed_late_is_waited_for_and_not_uploaded_again(youtube: Session, outgoing: Outgoing) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("late_listing", values={"seconds": 400})
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved)
    assert now > NOW + timedelta(seconds=400)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_an_upload_that_never_arrived_is_begun_again_only_after_three_looks_and_fifteen_minutes(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD, effect=False)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, stop=lambda saved: "session_uri" not in saved)
    assert now >= NOW + timedelta(minutes=15)
    saved, now = youtube.prepare(outgoing, saved, now)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert len(saved["restarts"]) == 1


def test_words_that_were_changed_during_the_upload_do_not_hide_the_video_that_was_sent(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    changed = dataclasses.replace(outgoing, title="Tiêu đề mới", text="Lời mới.")
    saved, now = youtube.prepare(changed, saved)
    assert (youtube.count("POST", UPLOAD), youtube.count("GET", "/youtube/v3/search")) == (1, 0)
    assert youtube.video(saved["video_id"], now)["snippet"]["title"] == "Tiêu đề mới"


def test_a_video_that_only_looks_alike_is_not_taken_for_ours(
    youtube: Session, outgoing: Outgoing, tmp_path: Path
) -> None:
    other = dataclasses.replace(outgoing, video=make_video(tmp_path, b"another film", "phim-khac.mp4"))
    assert other.video is not None
    other.video.path.write_bytes(other.video.path.read_bytes()[:-1])
    shorter = dataclasses.replace(other.video, size=other.video.size - 1)
    youtube.prepare(dataclasses.replace(other, video=shorter))
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD, effect=False)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    later = NOW + timedelta(minutes=5)
    youtube.sandbox.at(later)
    assert "video_id" not in youtube.build().prepare(outgoing, saved, now=later).saved


def test_two_videos_that_may_both_be_ours_are_left_to_a_person(youtube: Session, outgoing: Outgoing) -> None:
    for _ in range(2):
        youtube.prepare(outgoing)
    found = youtube.build().find(outgoing, {}, since=NOW, known=frozenset(), now=NOW + timedelta(minutes=2))
    assert isinstance(found, Unclear)


def test_the_search_index_is_the_last_resort_before_a_file_goes_up_again(youtube: Session, outgoing: Outgoing) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("late_listing", values={"seconds": 90_000})  # the playlist does not know it for a day
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    saved, _ = youtube.prepare(outgoing, saved)
    assert youtube.count("GET", "/youtube/v3/search") == 1
    assert youtube.count("POST", UPLOAD) == 1
    assert "restarts" not in saved


@pytest.mark.parametrize(("status", "reason"), [(403, "quotaExceeded"), (404, ""), (400, "badRequest")])
def test_a_search_that_is_refused_decides_nothing(
    youtube: Session, outgoing: Outgoing, status: int, reason: str
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD, effect=False)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    youtube.fault("session_gone")
    youtube.fault("error", path="/youtube/v3/search", values={"status": status, "reason": reason})
    saved, now = youtube.prepare(outgoing, saved)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert len(saved["restarts"]) == 1


def test_a_channel_that_does_not_tell_its_uploads_decides_nothing(youtube: Session, outgoing: Outgoing) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    youtube.fault("session_gone")
    answer = {"items": [{"id": "UCsandbox0000000000000001", "contentDetails": {}}]}
    youtube.fault("status", path="/youtube/v3/channels", values={"status": 200, "json": answer})
    with pytest.raises(Unavailable):
        youtube.build().prepare(outgoing, saved, now=NOW)


# Two publications that look alike ---------------------------------------------------------------------------


def lose_the_last_chunk(youtube: Session, outgoing: Outgoing, *, effect: bool = False) -> Saved:
    """An upload whose last chunk got no answer and whose session is gone when it is asked next."""
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("hang_up", method="PUT", path=UPLOAD, effect=effect)
    with pytest.raises(Unavailable):
        connector.prepare(outgoing, saved, now=NOW)
    return saved


def test_the_video_of_another_publication_with_the_same_words_and_file_is_not_taken_for_ours(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    twin, now = youtube.prepare(dataclasses.replace(outgoing, key="publication-2"), now=NOW + timedelta(minutes=2))
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: "told" in saved)
    for _ in range(2):
        with pytest.raises(Rejected, match="giống bài này"):
            youtube.build().prepare(outgoing, saved, now=now)
    assert youtube.count("POST", UPLOAD) == 2, "nothing is uploaded before a person has seen it"
    saved, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=10))
    assert saved["video_id"] != twin["video_id"]
    assert sorted(youtube.uploads(now)) == sorted([saved["video_id"], twin["video_id"]])


def test_the_name_of_the_file_tells_two_such_publications_apart_where_youtube_keeps_it(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    youtube.fault("kept_names", times=9)
    twin, now = youtube.prepare(dataclasses.replace(outgoing, key="publication-2"))
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, now)
    assert saved["video_id"] != twin["video_id"]
    assert sorted(youtube.uploads(now)) == sorted([saved["video_id"], twin["video_id"]])


def test_no_video_is_taken_before_youtube_tells_of_its_file(youtube: Session, outgoing: Outgoing) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    youtube.fault("kept_names", times=9)
    twin, _ = youtube.prepare(
        dataclasses.replace(outgoing, key="publication-2"), stop=lambda saved: "video_id" in saved
    )
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved)
    assert saved["video_id"] != twin["video_id"]
    assert sorted(youtube.uploads(now)) == sorted([saved["video_id"], twin["video_id"]])


def test_the_name_of_the_file_finds_the_one_of_two_that_is_ours(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("kept_names", times=9)
    saved = lose_the_last_chunk(youtube, outgoing, effect=True)
    [ours] = youtube.uploads()
    _, now = youtube.prepare(dataclasses.replace(outgoing, key="publication-2"))
    youtube.fault("session_gone")
    saved, _ = youtube.prepare(outgoing, saved, now)
    assert (saved["video_id"], youtube.count("POST", UPLOAD)) == (ours, 2)


@pytest.mark.parametrize("kept", [True, False], ids=["the name is told", "the name is not told"])
def test_our_own_video_that_came_into_being_late_is_known_by_the_name_of_its_file_or_left_to_a_person(
    youtube: Session, outgoing: Outgoing, kept: bool
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("full_308", times=3)
    if kept:
        youtube.fault("kept_names")
    saved = connector.prepare(outgoing, saved, now=NOW).saved
    saved, now = youtube.prepare(outgoing, saved, stop=lambda saved: saved["waits"] == 3)
    now += timedelta(minutes=5)
    youtube.sandbox.at(now)
    youtube.fault("hang_up", method="PUT", path=UPLOAD)
    with pytest.raises(Unavailable):
        youtube.build().prepare(outgoing, saved, now=now)
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: bool({"told", "video_id"} & saved.keys()))
    assert ("video_id" in saved) is kept
    assert youtube.count("POST", UPLOAD) == 1


def test_a_video_of_the_same_file_with_another_description_is_left_to_a_person(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    _, now = youtube.prepare(dataclasses.replace(outgoing, key="publication-2", text="Lời khác."))
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: "told" in saved)
    with pytest.raises(Rejected, match="giống bài này"):
        youtube.build().prepare(outgoing, saved, now=now)


def test_a_video_that_was_found_by_its_looks_and_is_public_already_is_another_posts(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved = lose_the_last_chunk(youtube, outgoing)
    twin, now = youtube.prepare(dataclasses.replace(outgoing, key="publication-2"))
    youtube.fault("session_gone")
    saved, now = youtube.prepare(outgoing, saved, now)
    assert saved["video_id"] == twin["video_id"], "uploaded in the very minute: nothing tells them apart"
    youtube.publish(outgoing, twin, now)
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now, stop=lambda saved: "told" in saved)
    with pytest.raises(Rejected, match="giống bài này"):
        youtube.build().prepare(outgoing, saved, now=now)
    saved, now = youtube.prepare(outgoing, saved, now + timedelta(minutes=10))
    assert saved["video_id"] != twin["video_id"]
