"""An answer that says "public" is believed only when the video is read back (youtube 2.7)."""

import dataclasses
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors.base import Accepted, NotThere, Outgoing, Receipt, Unclear
from connectors.errors import Blocked, Rejected, Unavailable, Unconfirmed
from connectors.youtube import readback
from connectors.youtube.readback import read_time
from tests.conftest import NOW
from tests.connectors.conformance import look
from tests.connectors.youtube_case import (
    VIDEOS,
    Session,
    make_outgoing,
)


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    return make_outgoing(tmp_path)


def test_the_answer_that_says_public_is_believed_only_when_the_video_is_read_back(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    answer = youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(answer, Accepted)
    assert answer.look_after == timedelta(seconds=10)
    found = youtube.find(outgoing, answer.saved, since=now, now=now + answer.look_after)
    assert isinstance(found, Receipt)
    assert (found.external_id, found.published_at) == (saved["video_id"], now)


def test_a_moment_that_the_platform_tells_counts_only_when_it_is_later(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    video = youtube.video(saved["video_id"], now)
    uploaded_at = read_time(video["snippet"]["publishedAt"])
    assert uploaded_at is not None
    assert uploaded_at < now
    assert youtube.publish(outgoing, saved, now).published_at == now
    earlier = uploaded_at - timedelta(hours=1)
    found = youtube.find(outgoing, {"video_id": saved["video_id"]}, since=earlier, now=now)
    assert isinstance(found, Receipt)
    assert found.published_at == uploaded_at


def test_another_visibility_in_the_answer_is_blocked_at_once(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("force_private", method="PUT", path=VIDEOS)
    with pytest.raises(Blocked) as caught:
        youtube.build().publish(outgoing, saved, now=now)
    assert (caught.value.code, caught.value.section) == ("private", "youtube 2.7")


def test_a_video_that_stays_private_although_the_answer_said_public_is_blocked_after_a_minute(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("force_private", method="PUT", path=VIDEOS, values={"silent": True})
    answer = youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(answer, Accepted)
    for seconds in (10, 40, 60):
        later = now + timedelta(seconds=seconds)
        assert youtube.find(outgoing, answer.saved, since=now, now=later) == NotThere()
    with pytest.raises(Blocked, match="YouTube Studio") as caught:
        youtube.find(outgoing, answer.saved, since=now, now=now + timedelta(seconds=160))
    assert (caught.value.code, caught.value.section) == ("private", "youtube 2.7")
    assert youtube.sandbox.public("youtube") == []


def test_the_looks_of_the_scheduler_reach_the_verdict_on_the_visibility(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("force_private", method="PUT", path=VIDEOS, values={"silent": True})
    answer = youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(answer, Accepted)
    with pytest.raises(Blocked):
        look(youtube.build(), outgoing, answer.saved, now, youtube.sandbox)


def test_the_word_of_an_earlier_try_is_no_word_on_this_one(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    kept = {**saved, "told_public_at": (now - timedelta(days=1)).isoformat()}
    assert youtube.find(outgoing, kept, since=now, now=now + timedelta(minutes=3)) == NotThere()


def test_a_video_that_vanished_after_the_answer_said_public_is_left_to_a_person(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    answer = youtube.build().publish(outgoing, saved, now=now)
    assert isinstance(answer, Accepted)
    youtube.build().withdraw(saved["video_id"], now=now)
    assert youtube.find(outgoing, answer.saved, since=now, now=now + timedelta(seconds=10)) == NotThere()
    found = youtube.find(outgoing, answer.saved, since=now, now=now + timedelta(minutes=3))
    assert isinstance(found, Unclear)


def test_a_video_kept_private_is_never_called_published_even_when_the_answer_is_lost(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("force_private", method="PUT", path=VIDEOS, times=2)
    youtube.fault("hang_up", method="PUT", path=VIDEOS)
    with pytest.raises(Unconfirmed):
        youtube.build().publish(outgoing, saved, now=now)
    assert look(youtube.build(), outgoing, saved, now, youtube.sandbox) == NotThere()
    with pytest.raises(Blocked) as caught:
        youtube.build().publish(outgoing, saved, now=now)
    assert (caught.value.code, caught.value.section) == ("private", "youtube 2.7")
    assert youtube.sandbox.public("youtube") == []


def test_a_video_that_was_made_public_by_hand_is_told_and_published_without_a_change(
    youtube: Session, outgoing: Outgoing
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, status={"privacyStatus": "public"})
    changes = youtube.count("PUT", VIDEOS)
    step = youtube.build().prepare(outgoing, saved, now=now)
    assert step.ready
    assert "công khai trước" in " ".join(step.warnings)
    receipt = youtube.build().publish(outgoing, step.saved, now=now)
    assert isinstance(receipt, Receipt)
    assert "công khai trước" in receipt.words
    assert youtube.count("PUT", VIDEOS) == changes


def test_a_video_that_others_can_see_by_its_address_is_told(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.edit(saved["video_id"], now, status={"privacyStatus": "unlisted"})
    [words] = youtube.build().prepare(outgoing, saved, now=now).warnings
    assert "không công khai" in words
    assert youtube.publish(outgoing, saved, now).external_id == saved["video_id"]


def test_after_a_restore_a_video_is_found_behind_any_number_of_newer_ones_or_not_called_missing(
    youtube: Session, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readback, "uploads", partial(readback.uploads, page_size=1))
    saved, now = youtube.prepare(outgoing)
    ours = youtube.publish(outgoing, saved, now)
    for number in range(4):
        now += timedelta(hours=1)
        _, now = youtube.prepare(dataclasses.replace(outgoing, title=f"Video mới {number}"), now=now)
    now += timedelta(hours=1)
    found = youtube.find(outgoing, {}, since=NOW, now=now)
    assert isinstance(found, Receipt) and found.external_id == ours.external_id
    other = dataclasses.replace(outgoing, title="Chưa từng đăng")
    assert youtube.find(other, {}, since=NOW, now=now) == NotThere()
    monkeypatch.setattr(readback, "PAGES_MAX", 3)
    for one in (outgoing, other):
        told = youtube.find(one, {}, since=NOW, now=now)
        assert isinstance(told, Unclear) and "quá nhiều video mới" in told.words


def test_a_video_that_was_deleted_is_neither_published_nor_found(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("upload_status", times=2, values={"uploadStatus": "deleted"})
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, saved, now=now)
    assert youtube.find(outgoing, saved, since=now, now=now) == NotThere()
    assert youtube.count("PUT", VIDEOS) == 0


@pytest.mark.parametrize(
    "status",
    [
        {"uploadStatus": "rejected", "rejectionReason": "copyright"},
        {"uploadStatus": "failed", "failureReason": "codec"},
    ],
)
def test_a_video_that_youtube_refused_before_the_hour_is_neither_published_nor_found(
    youtube: Session, outgoing: Outgoing, status: dict[str, str]
) -> None:
    saved, now = youtube.prepare(outgoing)
    youtube.fault("upload_status", times=2, values={**status, "privacyStatus": "public"})
    with pytest.raises(Rejected):
        youtube.build().publish(outgoing, saved, now=now)
    with pytest.raises(Rejected):
        youtube.find(outgoing, saved, since=now, now=now)
    assert youtube.count("PUT", VIDEOS) == 0
