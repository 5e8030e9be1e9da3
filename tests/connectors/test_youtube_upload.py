"""The YouTube upload survives everything: crashes, lost answers, lost sessions, odd servers."""

import dataclasses
import hashlib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from connectors.base import Outgoing, Saved
from connectors.errors import (
    Reconnect,
    Rejected,
    Unavailable,
)
from connectors.youtube.settings import CHUNK_UNIT
from tests.conftest import NOW
from tests.connectors.conformance import STEPS_MAX
from tests.connectors.youtube_case import (
    UPLOAD,
    Session,
    make_outgoing,
    make_video,
    until_the_last_chunk,
)

CRASH_STEPS = 9


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


# The upload ------------------------------------------------------------------------------------------------


def test_the_upload_is_complete_and_private_until_the_hour(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    assert youtube.sandbox.public("youtube") == []
    receipt = youtube.publish(outgoing, saved, now)
    assert receipt.permalink == f"https://youtu.be/{receipt.external_id}"
    assert outgoing.video is not None
    shown = youtube.http.get(f"{youtube.sandbox.url('youtube')}/media/{receipt.external_id}/video", timeout=5)
    assert hashlib.sha256(shown.content).hexdigest() == outgoing.video.sha256
    [item] = youtube.sandbox.public("youtube")
    assert (item["title"], item["text"]) == (outgoing.title, outgoing.text)


def test_every_declaration_is_sent_and_survives_the_public_call(youtube: Session, outgoing: Outgoing) -> None:
    chosen = dataclasses.replace(
        outgoing,
        options={"made_for_kids": True, "synthetic_media": True, "license": "creativeCommon", "category_id": "27"},
    )
    saved, now = youtube.prepare(chosen)
    youtube.build().publish(chosen, saved, now=now)
    video = youtube.build()._api(now).video("snippet,status", saved["video_id"])
    expected = {
        "privacyStatus": "public",
        "selfDeclaredMadeForKids": True,
        "containsSyntheticMedia": True,
        "license": "creativeCommon",
        "embeddable": True,
        "publicStatsViewable": True,
    }
    assert {name: video["status"][name] for name in expected} == expected
    assert video["snippet"]["categoryId"] == "27"
    assert video["snippet"]["tags"] == list(outgoing.tags)


@pytest.mark.parametrize("crash", range(CRASH_STEPS))
def test_a_crash_after_any_step_leaves_exactly_one_video(youtube: Session, outgoing: Outgoing, crash: int) -> None:
    """The step was carried out, its record was lost, and another worker goes on from the one before."""
    saved: Saved = {}
    now = NOW
    for number in range(STEPS_MAX):
        youtube.sandbox.at(now)
        step = youtube.build().prepare(outgoing, dict(saved), now=now)
        if number != crash:
            saved = step.saved
            now += step.again_after
        if step.ready and number != crash:
            break
    assert crash < number < STEPS_MAX - 1
    assert youtube.uploads(now) == [saved["video_id"]]
    assert {status for _, status in youtube.puts} <= {201, 308}, "bytes were sent that the server did not want"


@pytest.mark.parametrize("before", range(CRASH_STEPS))
@pytest.mark.parametrize("effect", [True, False])
def test_an_answer_lost_at_any_step_leaves_exactly_one_video(
    youtube: Session, outgoing: Outgoing, before: int, effect: bool
) -> None:
    steps = iter(range(STEPS_MAX))
    saved, now = youtube.prepare(outgoing, stop=lambda _: next(steps) == before)
    youtube.fault("hang_up", effect=effect)
    saved, now = youtube.prepare(outgoing, saved, now)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_the_last_byte_is_announced_in_a_step_of_its_own(youtube: Session, outgoing: Outgoing) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    assert saved["offset"] == 4 * CHUNK_UNIT
    assert youtube.count("PUT", UPLOAD) == 4
    assert connector.prepare(outgoing, saved, now=NOW).saved["video_id"]
    assert youtube.count("PUT", UPLOAD) == 5


def test_when_the_server_holds_every_byte_but_has_no_answer_it_is_asked_again(
    youtube: Session, outgoing: Outgoing
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("full_308", times=2)
    step = connector.prepare(outgoing, saved, now=NOW)
    assert step.again_after > timedelta(0)
    assert step.saved["offset"] == step.saved["size"]
    youtube.puts.clear()
    saved, now = youtube.prepare(outgoing, step.saved, NOW + step.again_after)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert [said for said, _ in youtube.puts] == [f"bytes */{saved['size']}"] * 2
    assert youtube.count("POST", UPLOAD) == 1


@pytest.mark.parametrize("kind", ["range_short", "moved_308"])
def test_it_goes_on_where_the_server_says(youtube: Session, outgoing: Outgoing, kind: str) -> None:
    youtube.fault(kind, times=2)
    saved, now = youtube.prepare(outgoing)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 1


@pytest.mark.parametrize("status", [400, 403, 416, 500, 502])
def test_a_page_of_a_proxy_is_not_taken_for_the_end_of_the_session(
    youtube: Session, outgoing: Outgoing, status: int
) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    youtube.fault("html", method="PUT", path=UPLOAD, values={"status": status}, times=2)
    for worker in (connector, youtube.build()):
        with suppress(Unavailable):
            saved = worker.prepare(outgoing, saved, now=NOW).saved
    assert "refused" not in saved
    saved = youtube.build().prepare(outgoing, saved, now=NOW).saved
    assert youtube.uploads() == [saved["video_id"]]


def test_no_more_bytes_are_sent_into_a_session_older_than_a_day(youtube: Session, outgoing: Outgoing) -> None:
    saved, _ = youtube.prepare(outgoing, stop=lambda saved: saved["offset"] > 0)
    saved, now = youtube.prepare(outgoing, saved, NOW + timedelta(hours=25))
    assert youtube.count("POST", UPLOAD) == 2
    assert youtube.uploads(now) == [saved["video_id"]]


def test_a_chunk_that_overlaps_is_put_right_by_the_servers_word(youtube: Session, outgoing: Outgoing) -> None:
    connector, saved = until_the_last_chunk(youtube, outgoing)
    wrong = {**saved, "offset": CHUNK_UNIT, "last_byte_sent": False}
    connector._uploader._confirmed = (saved["session_uri"], CHUNK_UNIT)
    saved = connector.prepare(outgoing, wrong, now=NOW).saved
    assert saved["offset"] == 4 * CHUNK_UNIT
    assert youtube.uploads() == []


def test_a_pause_named_by_the_server_is_kept(youtube: Session, outgoing: Outgoing) -> None:
    connector = youtube.build()
    saved = connector.prepare(outgoing, {}, now=NOW).saved
    youtube.fault("retry_after", values={"seconds": 77})
    assert connector.prepare(outgoing, saved, now=NOW).again_after == timedelta(seconds=77)


@pytest.mark.parametrize("dies", [True, False], ids=["dies after every step", "lives"])
def test_every_pause_that_the_server_names_is_kept_and_the_upload_still_ends(
    youtube: Session, outgoing: Outgoing, dies: bool
) -> None:
    free_at = [NOW]

    def note(answer: requests.Response, **_: Any) -> None:
        if answer.request.method == "PUT":
            assert youtube.now >= free_at[-1]
            free_at.append(youtube.now + timedelta(seconds=int(answer.headers.get("Retry-After", "0"))))

    youtube.http.hooks["response"].append(note)
    youtube.fault("retry_after", times=99, values={"seconds": 40})
    saved, now = (youtube.prepare if dies else youtube.run)(outgoing)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert {status for _, status in youtube.puts} <= {201, 308}
    asked = [said for said, _ in youtube.puts if "*" in said]
    assert dies or asked == [], "what the server said before the pause still holds after it"


@pytest.mark.parametrize("dies", [True, False], ids=["dies after every step", "lives"])
def test_a_session_that_moves_with_every_answer_still_comes_to_an_end(
    youtube: Session, outgoing: Outgoing, dies: bool
) -> None:
    youtube.fault("moved_308", times=99)
    saved, now = (youtube.prepare if dies else youtube.run)(outgoing)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert (youtube.count("POST", UPLOAD), len(youtube.puts) <= 4 * 5) == (1, True)


def test_the_address_of_a_session_is_sent_byte_for_byte(youtube: Session, outgoing: Outgoing) -> None:
    youtube.fault("odd_address")
    saved, now = youtube.prepare(outgoing)
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.count("POST", UPLOAD) == 1


def test_the_chunks_of_a_session_keep_their_size_when_the_setting_changes(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.run(outgoing, stop=lambda saved: saved["offset"] > 0)
    youtube.tuning = {"chunk_bytes": 2 * CHUNK_UNIT}
    saved, now = youtube.run(outgoing, saved, now)
    assert {status for _, status in youtube.puts} == {201, 308}
    assert youtube.uploads(now) == [saved["video_id"]]


def test_a_dead_token_in_the_middle_asks_for_a_refresh_and_the_session_lives_on(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, _ = youtube.prepare(outgoing, stop=lambda saved: saved["offset"] > 0)
    youtube.fault("expired_token")
    with pytest.raises(Reconnect) as caught:
        youtube.build().prepare(outgoing, saved, now=NOW)
    assert caught.value.refresh_first
    youtube.credentials = youtube.build().refresh(now=NOW)
    saved, _ = youtube.prepare(outgoing, saved)
    assert youtube.count("POST", UPLOAD) == 1


def test_another_file_is_uploaded_anew_and_the_old_video_is_remembered(
    youtube: Session, outgoing: Outgoing, tmp_path: Path
) -> None:
    saved, now = youtube.prepare(outgoing)
    other = dataclasses.replace(outgoing, video=make_video(tmp_path, b"new film", "moi.mp4"))
    again, now = youtube.prepare(other, saved, now)
    assert again["abandoned"] == [saved["video_id"]]
    assert sorted(youtube.uploads(now)) == sorted([saved["video_id"], again["video_id"]])


def test_a_new_address_that_a_question_brought_is_kept_before_a_byte_is_sent_there(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing, stop=lambda saved: saved["offset"] > 0)
    youtube.fault("moved_308")
    youtube.puts.clear()
    moved = youtube.build().prepare(outgoing, saved, now=now).saved
    assert moved["session_uri"] != saved["session_uri"]
    assert [said for said, _ in youtube.puts] == [f"bytes */{saved['size']}"]
    saved, now = youtube.prepare(outgoing, moved, now)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_progress_grows_with_what_the_server_holds(youtube: Session, outgoing: Outgoing) -> None:
    assert outgoing.video is not None
    connector, saved, told = youtube.build(), cast(Saved, {}), []
    while not saved.get("video_id"):
        step = connector.prepare(outgoing, saved, now=NOW)
        saved = step.saved
        told.append(step.progress)
    shares = [number * CHUNK_UNIT / outgoing.video.size for number in range(5)]
    assert told == [*shares, shares[4], 1.0]


def test_a_pause_named_as_a_moment_is_kept(youtube: Session, outgoing: Outgoing) -> None:
    connector = youtube.build()
    saved = connector.prepare(outgoing, {}, now=NOW).saved
    youtube.fault("retry_after", values={"seconds": "Mon, 23 Nov 2026 01:02:30 GMT"})
    assert connector.prepare(outgoing, saved, now=NOW).again_after == timedelta(seconds=150)


def test_a_file_that_grew_or_shrank_during_the_upload_is_named_and_sent_no_further(
    youtube: Session, outgoing: Outgoing
) -> None:
    assert outgoing.video is not None
    path = outgoing.video.path
    whole = path.read_bytes()
    saved, now = youtube.prepare(outgoing, stop=lambda saved: saved["offset"] > 0)
    for changed in (whole + b"more", whole[:-1]):
        path.write_bytes(changed)
        with pytest.raises(Rejected, match="đã thay đổi"):
            youtube.build().prepare(outgoing, saved, now=now)
    path.write_bytes(whole)
    saved, now = youtube.prepare(outgoing, saved, now)
    assert youtube.uploads(now) == [saved["video_id"]]


def test_a_file_that_changed_on_the_disk_is_named_and_not_sent(youtube: Session, outgoing: Outgoing) -> None:
    assert outgoing.video is not None
    outgoing.video.path.write_bytes(b"short")
    with pytest.raises(Rejected, match=r"huong-dan\.mp4"):
        youtube.prepare(outgoing)
