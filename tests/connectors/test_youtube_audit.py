"""What stands on the channel: public videos only, from every page of the uploads, never a part for the whole."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import Rejected
from connectors.youtube import audit
from tests.conftest import NOW
from tests.connectors.youtube_case import PLAYLIST_ITEMS, Session, make_outgoing, make_video

HOUR = timedelta(hours=1)


def publish(youtube: Session, folder: Path, number: int) -> str:
    """The id of a video that was made public."""
    video = make_video(folder, seed=b"%d" % number, name=f"{number}.mp4")
    outgoing = dataclasses.replace(make_outgoing(folder), title=f"Video số {number}", video=video)
    saved, now = youtube.prepare(outgoing)
    youtube.build().publish(outgoing, saved, now=now)
    return str(saved["video_id"])


def listed(youtube: Session) -> list[str]:
    now = NOW + HOUR / 2
    found = youtube.build().list_published(since=NOW - HOUR, until=NOW + HOUR, now=now)
    return sorted(one.external_id for one in found)


def test_a_channel_without_any_upload_lists_nothing(youtube: Session) -> None:
    assert listed(youtube) == []


def test_every_page_is_read(youtube: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "IDS_MAX", 1)
    ids = [publish(youtube, tmp_path, number) for number in (1, 2)]
    before = youtube.count("GET", PLAYLIST_ITEMS)
    assert listed(youtube) == sorted(ids)
    assert youtube.count("GET", PLAYLIST_ITEMS) - before == 2


def test_a_list_that_was_not_read_to_its_end_is_refused(
    youtube: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "IDS_MAX", 1)
    monkeypatch.setattr(audit, "PAGES_MAX", 1)
    publish(youtube, tmp_path, 1)
    assert len(listed(youtube)) == 1
    publish(youtube, tmp_path, 2)
    with pytest.raises(Rejected, match="gần hơn"):
        listed(youtube)
