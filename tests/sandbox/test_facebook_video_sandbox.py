"""The imitated Facebook is strict about videos: offsets, one end per upload, nothing shown too early."""

from typing import Any

import pytest
import requests

from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_video_case import CHUNK
from tests.sandbox.test_facebook_sandbox import PAGE_ID, Facebook, code_of

FILM = b"\x00\x00\x00\x18ftypmp42" + b"x" * CHUNK


@pytest.fixture
def facebook(sandbox: Sandbox) -> Facebook:
    client = Facebook(sandbox)
    client.log_in()
    return client


def videos(client: Facebook, chunk: bytes = b"", **data: Any) -> requests.Response:
    files = {"video_file_chunk": ("c", chunk)} if chunk else None
    return client.ask("POST", f"{PAGE_ID}/videos", data=data, files=files)


def test_a_film_sent_at_once_is_public_when_it_is_processed(facebook: Facebook, sandbox: Sandbox) -> None:
    answer = facebook.ask("POST", f"{PAGE_ID}/videos", data={"title": "T"}, files={"source": ("a.mp4", FILM)})
    assert sandbox.public("facebook") == []
    sandbox.at(NOW.replace(hour=2))
    (item,) = sandbox.public("facebook")
    node = facebook.ask("GET", answer.json()["id"], params={"fields": "post_id,published,status"}).json()
    assert (f"{PAGE_ID}_{node['post_id']}", node["published"]) == (item["id"], True)
    page = sandbox.http.get(sandbox.url("facebook"), timeout=10).text
    assert f'src="{item["video"]}"' in page


def test_a_wrong_offset_is_refused_with_the_right_one(facebook: Facebook) -> None:
    begun = videos(facebook, upload_phase="start", file_size=len(FILM)).json()
    session = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
    refused = videos(facebook, FILM[:CHUNK], **session, start_offset="5")
    assert code_of(refused) == (400, 6001, 1363037)
    assert refused.json()["error"]["error_data"] == {"start_offset": 0, "end_offset": CHUNK}
    taken = videos(facebook, FILM[:CHUNK], **session, start_offset="0").json()
    assert (taken["start_offset"], taken["end_offset"]) == (str(CHUNK), str(len(FILM)))


def test_an_upload_ends_once_and_only_when_it_is_whole(facebook: Facebook) -> None:
    begun = videos(facebook, upload_phase="start", file_size=len(FILM)).json()
    session = {"upload_session_id": begun["upload_session_id"]}
    assert code_of(videos(facebook, upload_phase="finish", **session))[1] == 6001
    for start in (0, CHUNK):
        chunk = FILM[start : start + CHUNK]
        videos(facebook, chunk, upload_phase="transfer", start_offset=str(start), **session)
    assert videos(facebook, upload_phase="finish", **session).json()["success"] is True
    assert code_of(videos(facebook, upload_phase="finish", **session))[1] == 100


def test_a_video_has_insights_of_its_own_name_only(facebook: Facebook, sandbox: Sandbox) -> None:
    answer = facebook.ask("POST", f"{PAGE_ID}/videos", data={"title": "T"}, files={"source": ("a.mp4", FILM)})
    sandbox.at(NOW.replace(hour=9))
    video_id = answer.json()["id"]
    assert code_of(facebook.ask("GET", f"{video_id}/insights", params={"metric": "post_media_view"})) == (400, 100, 0)
    rows = facebook.ask("GET", f"{video_id}/video_insights").json()["data"]
    assert {row["name"] for row in rows} >= {"blue_reels_play_count", "post_video_avg_time_watched"}
    post_id = f"{PAGE_ID}_{facebook.ask('GET', video_id, params={'fields': 'post_id'}).json()['post_id']}"
    query = {"metric": "post_video_views,post_video_view_time", "period": "lifetime"}
    assert len(facebook.ask("GET", f"{post_id}/insights", params=query).json()["data"]) == 2


def test_the_host_of_the_bytes_wants_the_token_in_its_own_way(facebook: Facebook, sandbox: Sandbox) -> None:
    begun = facebook.ask("POST", f"{PAGE_ID}/video_reels", data={"upload_phase": "start"}).json()
    headers = {"offset": "0", "file_size": str(len(FILM)), "Content-Type": "application/octet-stream"}
    for scheme, status in (("Bearer", 400), ("OAuth", 200)):
        headers["Authorization"] = f"{scheme} {facebook.token}"
        assert sandbox.http.post(begun["upload_url"], data=FILM, headers=headers, timeout=10).status_code == status


def test_words_of_a_video_may_be_changed_after_it_is_public(facebook: Facebook, sandbox: Sandbox) -> None:
    answer = facebook.ask("POST", f"{PAGE_ID}/videos", data={"title": "T"}, files={"source": ("a.mp4", FILM)})
    sandbox.at(NOW.replace(hour=2))
    changed = facebook.ask("POST", answer.json()["id"], data={"name": "Tên mới", "description": "Lời mới"})
    assert changed.json()["success"]
    (item,) = sandbox.public("facebook")
    assert (item["title"], item["text"]) == ("Tên mới", "Lời mới")
