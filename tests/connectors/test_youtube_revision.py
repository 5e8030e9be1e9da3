"""New words for a public video: everything that is not words stays as it stands on the channel."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import NotThere, Outgoing, Part, Receipt
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed, Unsupported
from tests.connectors.youtube_case import VIDEOS, Session, make_outgoing

STUDIO: dict[str, dict[str, Any]] = {
    "snippet": {"categoryId": "25", "defaultAudioLanguage": "vi"},
    "status": {
        "privacyStatus": "unlisted",
        "license": "creativeCommon",
        "embeddable": False,
        "publicStatsViewable": False,
        "selfDeclaredMadeForKids": True,
        "containsSyntheticMedia": True,
    },
    "localizations": {"en": {"title": "Online filing", "description": "Three steps."}},
}
"""What somebody set in YouTube Studio after the video was published."""


@pytest.fixture
def published(youtube: Session, tmp_path: Path) -> tuple[Outgoing, datetime]:
    """A post whose video is public, as it should be now: with new words."""
    outgoing = make_outgoing(tmp_path)
    saved, now = youtube.prepare(outgoing)
    receipt = youtube.publish(outgoing, saved, now)
    now += timedelta(minutes=1)
    youtube.sandbox.at(now)
    words = {"title": "Hướng dẫn mới", "text": "Bốn bước nộp hồ sơ.", "tags": ("CCHC", "dịch vụ công")}
    return dataclasses.replace(outgoing, part=Part.REVISION, refs=(receipt.external_id,), **words), now


def revise(youtube: Session, outgoing: Outgoing, now: datetime) -> Any:
    step = youtube.build().prepare(outgoing, {}, now=now)
    assert step.ready
    return youtube.build().publish(outgoing, step.saved, now=now)


def test_only_the_words_change_and_everything_else_stays_as_it_stands(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    [video_id] = outgoing.refs
    youtube.edit(video_id, now, **STUDIO)
    before = youtube.video(video_id, now)
    changes = youtube.count("PUT", VIDEOS)
    receipt = revise(youtube, outgoing, now)
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == video_id
    after = youtube.video(video_id, now)
    words = {"title": outgoing.title, "description": outgoing.text, "tags": list(outgoing.tags)}
    assert after == {**before, "snippet": {**before["snippet"], **words}}
    assert youtube.count("PUT", VIDEOS) == changes + 1


def test_the_words_in_the_videos_own_language_are_no_translation(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    [video_id] = outgoing.refs
    old = {"vi": {"title": "Hướng dẫn cũ", "description": "Ba bước."}}
    youtube.edit(video_id, now, localizations={**STUDIO["localizations"], **old})
    youtube.fault("strange", path=VIDEOS, times=3)
    revise(youtube, outgoing, now)
    ours = {"vi": {"title": outgoing.title, "description": outgoing.text}}
    assert youtube.video(video_id, now)["localizations"] == {**STUDIO["localizations"], **ours}


def test_a_category_that_the_post_names_is_sent(youtube: Session, published: tuple[Outgoing, datetime]) -> None:
    outgoing, now = published
    revise(youtube, dataclasses.replace(outgoing, options={"category_id": "27"}), now)
    assert youtube.video(outgoing.refs[0], now)["snippet"]["categoryId"] == "27"


def test_a_moment_of_publishing_that_somebody_set_on_a_private_video_is_kept(
    youtube: Session, published: tuple[Outgoing, datetime], tmp_path: Path
) -> None:
    outgoing, now = published
    private = dataclasses.replace(make_outgoing(tmp_path), title="Chưa công khai")
    saved, now = youtube.prepare(private, now=now)
    status = {"privacyStatus": "private", "publishAt": "2026-12-24T01:00:00Z"}
    youtube.edit(saved["video_id"], now, status=status)
    revise(youtube, dataclasses.replace(outgoing, refs=(saved["video_id"],)), now)
    kept = youtube.video(saved["video_id"], now)["status"]
    assert {name: kept[name] for name in status} == status


def test_a_repetition_sends_nothing(youtube: Session, published: tuple[Outgoing, datetime]) -> None:
    outgoing, now = published
    first, changes = revise(youtube, outgoing, now), youtube.count("PUT", VIDEOS)
    assert revise(youtube, outgoing, now) == first
    assert youtube.count("PUT", VIDEOS) == changes


@pytest.mark.parametrize("fault", ["hang_up", "status", "html"])
@pytest.mark.parametrize("effect", [True, False])
def test_a_lost_answer_is_compared_with_what_stands_there(
    youtube: Session, published: tuple[Outgoing, datetime], fault: str, effect: bool
) -> None:
    outgoing, now = published
    youtube.fault(fault, method="PUT", path=VIDEOS, effect=effect)
    with pytest.raises(Unconfirmed):
        revise(youtube, outgoing, now)
    found = youtube.find(outgoing, {}, since=now, now=now)
    if effect:
        assert isinstance(found, Receipt)
        assert found.external_id == outgoing.refs[0]
    else:
        assert found == NotThere()
        revise(youtube, outgoing, now)
    assert [item["title"] for item in youtube.sandbox.public("youtube")] == [outgoing.title]


def test_a_video_that_is_gone_is_said_in_words_and_never_written(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    youtube.build().withdraw(outgoing.refs[0], now=now)
    changes = youtube.count("PUT", VIDEOS)
    for action in (
        lambda: youtube.build().prepare(outgoing, {}, now=now),
        lambda: youtube.build().publish(outgoing, {}, now=now),
        lambda: youtube.find(outgoing, {}, since=now, now=now),
    ):
        with pytest.raises(Rejected, match="không còn video"):
            action()
    assert youtube.count("PUT", VIDEOS) == changes


def test_an_answer_without_the_words_is_never_written_back(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    youtube.fault("left_out", values={"part": "snippet"})
    changes = youtube.count("PUT", VIDEOS)
    with pytest.raises(Unavailable):
        youtube.build().publish(outgoing, {}, now=now)
    assert youtube.count("PUT", VIDEOS) == changes


def test_who_can_see_the_video_is_not_written_even_when_it_changes_between_the_read_and_the_write(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    revise(youtube, outgoing, now)
    assert list(youtube.bodies("PUT", VIDEOS)[-1]) == ["id", "snippet"]


def test_a_refused_revision_keeps_its_class(youtube: Session, published: tuple[Outgoing, datetime]) -> None:
    outgoing, now = published
    youtube.fault("error", method="PUT", path=VIDEOS, values={"status": 403, "reason": "forbidden"})
    with pytest.raises(Misconfigured):
        revise(youtube, outgoing, now)


def test_of_a_revision_only_the_words_are_checked(youtube: Session, published: tuple[Outgoing, datetime]) -> None:
    outgoing, _ = published
    check = youtube.build().check
    assert check(dataclasses.replace(outgoing, video=None)) == []
    assert {one.field for one in check(dataclasses.replace(outgoing, title="a < b", refs=()))} == {"title", "refs"}
    with pytest.raises(Rejected, match="tiêu đề"):
        youtube.build().prepare(dataclasses.replace(outgoing, title=""), {}, now=published[1])


def test_other_parts_are_refused_as_a_mistake_of_planning(
    youtube: Session, published: tuple[Outgoing, datetime]
) -> None:
    outgoing, now = published
    comment = dataclasses.replace(outgoing, part=Part.COMMENT)
    for action in (
        lambda: youtube.build().prepare(comment, {}, now=now),
        lambda: youtube.build().publish(comment, {}, now=now),
        lambda: youtube.find(comment, {}, since=now, now=now),
    ):
        with pytest.raises(Unsupported):
            action()
