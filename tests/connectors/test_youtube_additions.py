"""Captions and the playlist: there once whatever is lost, and never in the way of the video."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import Outgoing, Saved
from connectors.errors import Reconnect
from connectors.youtube import YouTubeChannel
from tests.conftest import NOW
from tests.connectors.conformance import STEPS_MAX
from tests.connectors.youtube_case import (
    CAPTIONS,
    PLAYLIST_ID,
    PLAYLIST_ITEMS,
    SRT,
    Session,
    make_media,
    make_outgoing,
)

CRASH_STEPS = 14


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return with_options(make_outgoing(tmp_path), captions_text=SRT, playlist_id=PLAYLIST_ID)


def with_options(outgoing: Outgoing, **options: str) -> Outgoing:
    return dataclasses.replace(outgoing, options={**outgoing.options, **options})


def assert_everything_once(youtube: Session, saved: Saved, now: datetime) -> None:
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.playlist(now) == [saved["video_id"]]
    assert youtube.captions(saved["video_id"]) == [SRT]
    assert not [key for key in saved if key.endswith("_problem")]


# Once ------------------------------------------------------------------------------------------------------


def test_captions_and_the_playlist_are_there_before_the_hour_and_cost_what_the_sheet_says(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.run(outgoing, {}, NOW)
    assert_everything_once(youtube, saved, now)
    assert youtube.sandbox.public("youtube") == []
    asked = youtube.sandbox.requests("youtube")
    assert [one["method"] for one in asked if one["path"] == "/youtube/v3/captions"] == []
    # one look before the insert, and two more by this test through other lists
    assert len([one for one in asked if (one["method"], one["path"]) == ("GET", PLAYLIST_ITEMS)]) == 1 + 2


def test_preparing_again_adds_nothing_more(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.run(outgoing, {}, NOW)
    saved, now = youtube.run(outgoing, saved, now)
    assert_everything_once(youtube, saved, now)
    assert (youtube.count("POST", CAPTIONS), youtube.count("POST", PLAYLIST_ITEMS)) == (1, 1)


@pytest.mark.parametrize("crash", range(CRASH_STEPS))
def test_a_crash_after_any_step_leaves_one_video_one_track_and_one_item(
    youtube: Session, outgoing: Outgoing, crash: int
) -> None:
    """The step was carried out, its record was lost, and another worker goes on from the one before."""
    saved: Saved = {}
    now = NOW
    connector = youtube.build()
    for number in range(STEPS_MAX):
        youtube.sandbox.at(now)
        step = connector.prepare(outgoing, dict(saved), now=now)
        if number == crash:
            connector = youtube.build()
            continue
        saved = step.saved
        now += step.again_after
        if step.ready:
            break
    assert crash < number < STEPS_MAX - 1
    assert_everything_once(youtube, saved, now)


def test_another_worker_for_every_step_comes_to_an_end_too(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    assert_everything_once(youtube, saved, now)


@pytest.mark.parametrize("path", [PLAYLIST_ITEMS, CAPTIONS])
@pytest.mark.parametrize("fault", ["hang_up", "status", "html"])
@pytest.mark.parametrize("effect", [True, False])
def test_a_lost_answer_of_an_addition_never_doubles_it(
    youtube: Session, outgoing: Outgoing, path: str, fault: str, effect: bool
) -> None:
    youtube.fault(fault, method="POST", path=path, effect=effect)
    saved, now = youtube.run(outgoing, {}, NOW)
    assert_everything_once(youtube, saved, now)
    assert youtube.count("POST", path) == (1 if effect else 2)


def test_a_lost_item_that_is_listed_late_is_waited_for_and_not_added_again(
    youtube: Session, outgoing: Outgoing
) -> None:
    youtube.fault("late_listing", method="POST", path=PLAYLIST_ITEMS, values={"seconds": 40})
    youtube.fault("hang_up", method="POST", path=PLAYLIST_ITEMS)
    saved, now = youtube.run(outgoing, {}, NOW)
    assert_everything_once(youtube, saved, now)
    assert youtube.count("POST", PLAYLIST_ITEMS) == 1


def test_a_video_that_somebody_put_into_the_playlist_is_left_there(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.run(with_options(outgoing, playlist_id=""), {}, NOW)
    resource = {"kind": "youtube#video", "videoId": saved["video_id"]}
    body = {"snippet": {"playlistId": PLAYLIST_ID, "resourceId": resource}}
    youtube.build()._api(now).send("POST", PLAYLIST_ITEMS, params={"part": "snippet"}, json=body)
    saved, now = youtube.run(outgoing, saved, now)
    assert_everything_once(youtube, saved, now)


def test_a_video_that_is_in_the_playlist_already_is_done(youtube: Session, outgoing: Outgoing) -> None:
    values = {"status": 409, "reason": "videoAlreadyInPlaylist"}
    youtube.fault("error", method="POST", path=PLAYLIST_ITEMS, values=values)
    saved, _ = youtube.run(outgoing, {}, NOW)
    assert not [key for key in saved if key.endswith("_problem")]
    assert youtube.count("POST", PLAYLIST_ITEMS) == 1


def test_captions_that_somebody_put_there_under_the_same_name_are_given_our_words(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.run(with_options(outgoing, captions_text=""), {}, NOW)
    theirs = with_options(outgoing, captions_text=SRT.replace("ba bước", "năm bước"))
    youtube.run(theirs, saved, now)
    saved, now = youtube.run(outgoing, saved, now)
    assert_everything_once(youtube, saved, now)
    assert (youtube.count("POST", CAPTIONS), youtube.count("PUT", CAPTIONS)) == (2, 1)


def test_a_playlist_that_does_not_know_the_new_video_yet_is_asked_again_later(
    youtube: Session, outgoing: Outgoing
) -> None:
    values = {"status": 404, "reason": "videoNotFound", "domain": "youtube.playlistItem"}
    youtube.fault("error", method="POST", path=PLAYLIST_ITEMS, values=values, times=3)
    saved, now = youtube.run(outgoing, {}, NOW)
    assert_everything_once(youtube, saved, now)


def test_corrected_captions_replace_the_ones_that_are_there(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.run(outgoing, {}, NOW)
    corrected = SRT.replace("ba bước", "bốn bước")
    youtube.fault("hang_up", method="PUT", path=CAPTIONS)
    saved, now = youtube.run(with_options(outgoing, captions_text=corrected), saved, now)
    assert youtube.captions(saved["video_id"]) == [corrected]
    assert "captions_problem" not in saved


# Not in the way ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "forbidden"),
        (403, "insufficientPermissions"),
        (403, "quotaExceeded"),
        (403, "playlistContainsMaximumNumberOfVideos"),
        (404, "playlistNotFound"),
        (404, "videoNotFound"),
        (400, "invalidMetadata"),
        (429, "rateLimitExceeded"),
        (500, "backendError"),
        (418, "neverSeen"),
    ],
)
def test_an_addition_that_is_refused_for_good_is_told_and_the_video_goes_on(
    youtube: Session, outgoing: Outgoing, status: int, reason: str
) -> None:
    for path in (CAPTIONS, PLAYLIST_ITEMS):
        youtube.fault("error", method="POST", path=path, values={"status": status, "reason": reason}, times=99)
    saved, now = youtube.run(outgoing, {}, NOW)
    assert saved["captions_problem"].endswith(".")
    assert saved["playlist_problem"].endswith(".")
    assert now < NOW + timedelta(minutes=20)
    assert saved == youtube.run(outgoing, saved, now)[0], "a problem that was told is not tried again"
    assert youtube.publish(outgoing, saved, now).external_id == saved["video_id"]


def test_a_playlist_that_does_not_know_the_video_yet_is_asked_as_often_when_workers_die(
    youtube: Session, outgoing: Outgoing
) -> None:
    values = {"status": 404, "reason": "videoNotFound", "domain": "youtube.playlistItem"}
    youtube.fault("error", method="POST", path=PLAYLIST_ITEMS, values=values, times=3)
    saved, now = youtube.prepare(outgoing)
    assert_everything_once(youtube, saved, now)


def test_a_dead_token_at_an_addition_asks_for_a_refresh(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("expired_token", method="POST", path=CAPTIONS)
    with pytest.raises(Reconnect) as caught:
        youtube.run(outgoing, {}, NOW)
    assert caught.value.refresh_first
    youtube.credentials = youtube.build().refresh(now=NOW)
    saved, _ = youtube.run(outgoing, {}, NOW)
    assert youtube.captions(saved["video_id"]) == [SRT]


def test_a_cover_comes_with_captions_and_the_playlist(youtube: Session, outgoing: Outgoing, tmp_path: Path) -> None:
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    saved, now = youtube.run(dataclasses.replace(outgoing, cover=cover), {}, NOW)
    assert youtube.count("POST", "/upload/youtube/v3/thumbnails/set") == 1
    assert_everything_once(youtube, saved, now)


# Checks -----------------------------------------------------------------------------------------------------


def problems(outgoing: Outgoing) -> list[str]:
    connector = YouTubeChannel.__new__(YouTubeChannel)
    return [problem.words for problem in connector.check(outgoing) if problem.blocks]


@pytest.mark.parametrize("text", [SRT, SRT.replace("\n", "\r\n"), "\ufeff" + SRT, SRT.replace("2\n00", "00")])
def test_srt_text_as_programs_write_it_is_taken(outgoing: Outgoing, text: str) -> None:
    assert problems(with_options(outgoing, captions_text=text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Chỉ có lời, không có giờ.", "đoạn thứ 1: thiếu dòng thời gian"),
        (SRT.replace("00:00:06,000", "00:00:03,000"), "đoạn thứ 2: thời điểm kết thúc"),
        (SRT.replace("Bước một, đăng nhập bằng VNeID.", ""), "đoạn thứ 2: chưa có lời"),
        ("1", "đoạn thứ 1: thiếu dòng thời gian"),
        (" \n ", "không có đoạn nào"),
    ],
)
def test_a_fault_in_the_srt_text_is_named_by_its_passage(outgoing: Outgoing, text: str, words: str) -> None:
    [found] = problems(with_options(outgoing, captions_text=text))
    assert words in found


def test_a_playlist_address_in_place_of_its_id_is_refused(outgoing: Outgoing) -> None:
    [found] = problems(with_options(outgoing, playlist_id="https://www.youtube.com/playlist?list=PL1"))
    assert "playlist_id" in found
