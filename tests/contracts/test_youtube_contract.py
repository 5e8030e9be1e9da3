"""Google's own discovery documents judge what we send to YouTube, and what our sandbox answers in its name."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Part
from connectors.errors import Unavailable
from connectors.youtube.settings import CHUNK_UNIT
from content.tables import Post
from scheduler.db import open_engine
from tests.conftest import Sandbox
from tests.connectors.youtube_case import PLAYLIST_ID, SRT, UPLOAD, Session, make_outgoing
from tests.contracts.discovery import Discovery
from tests.contracts.traffic import Ear, Exchange, hear
from tests.scheduler.house import Running

DATA, ANALYTICS = "youtube.v3", "youtubeAnalytics.v2"
NOT_IN_A_DOCUMENT = {
    "/o/oauth2/v2/auth": "OAuth, youtube 1.1",
    "/token": "OAuth, youtube 1.1",
}
EXPECTED = {
    "youtube.channels.list",
    "youtube.videos.insert",
    "youtube.videos.list",
    "youtube.videos.update",
    "youtube.videos.delete",
    "youtube.videos.batchGetStats",
    "youtube.thumbnails.set",
    "youtube.captions.insert",
    "youtube.captions.list",
    "youtube.playlistItems.insert",
    "youtube.playlistItems.list",
    "youtubeAnalytics.reports.query",
}
"""What a video with cover, captions and playlist, its figures and its removal take at least."""
RARE = {
    "youtube.captions.update",
    "youtube.playlistItems.list",
    "youtube.search.list",
    "youtube.videos.update",
}
"""What a lost upload, corrected captions and new words for a public video take besides."""


TRANSLATIONS = {
    "en": {"title": "Filing", "description": "Steps."},
    "vi": {"title": "Lời cũ", "description": "Ba bước."},
}


def whole_video(house: Running) -> Post:
    options = {"captions_text": SRT, "playlist_id": PLAYLIST_ID, "made_for_kids": False}
    post = house.post(late_rule="any_time", variants={"youtube": {"options": options}})
    house.picture(post)
    house.video(post)
    return post


@pytest.fixture
def heard(sandbox: Sandbox, tmp_path: Path, _sqlite_template: Path) -> list[Exchange]:
    path = tmp_path / "contract.sqlite3"
    path.write_bytes(_sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    sandbox.fault("youtube", "hang_up", method="POST", path=".*/captions", effect=False)  # so that it looks
    tuning = {"chunk_bytes": CHUNK_UNIT, "use_analytics": True, "use_impressions": True}
    try:
        return hear(engine, sandbox, tmp_path, "youtube", whole_video, youtube=tuning)
    finally:
        engine.dispose()


@pytest.fixture
def heard_rarely(sandbox: Sandbox, tmp_path: Path) -> list[Exchange]:
    """An upload that is lost and read back, captions that are corrected, and new words for what is public."""
    youtube, ear = Session(sandbox), Ear()
    youtube.http.mount("http://", ear)
    post = dataclasses.replace(make_outgoing(tmp_path), options={"captions_text": SRT})
    try:
        saved, now = youtube.run(post, stop=lambda saved: bool(saved.get("last_byte_sent")))
        youtube.fault("late_listing", method="PUT", path=UPLOAD, values={"seconds": 1_200})
        youtube.fault("hang_up", method="PUT", path=UPLOAD)
        connector = youtube.build()
        connector._uploader._confirmed = (saved["session_uri"], saved["offset"])
        with pytest.raises(Unavailable):
            connector.prepare(post, saved, now=now)
        youtube.fault("session_gone", method="PUT", path=UPLOAD)
        saved, now = youtube.run(post, saved, now)
        corrected = dataclasses.replace(post, options={"captions_text": SRT.replace("ba", "bốn")})
        saved, now = youtube.run(corrected, saved, now)
        receipt = youtube.publish(corrected, saved, now)
        youtube.edit(receipt.external_id, now, localizations=TRANSLATIONS)
        revised = dataclasses.replace(corrected, title="Lời mới", part=Part.REVISION, refs=(receipt.external_id,))
        youtube.build().publish(revised, {}, now=now + timedelta(minutes=1))
    finally:
        youtube.http.close()
    return ear.heard


def judged(heard: list[Exchange], judge: Callable[[Discovery, Any, Exchange], list[str]]) -> tuple[set[str], list[str]]:
    """The methods that were met, and the problems `judge` has with them."""
    documents = [Discovery(DATA), Discovery(ANALYTICS)]
    met, problems = set(), []
    for one in heard:
        if one.path in NOT_IN_A_DOCUMENT or "upload_id" in one.query:
            continue  # the address of an upload session is the server's own (youtube 2.2)
        known = [(document, method) for document in documents if (method := document.method(one.method, one.path))]
        if not known:
            problems.append(f"{one}: not in any document")
            continue
        [(document, method)] = known
        met.add(method["id"])
        problems += [f"{one} {dict(one.query)}: {problem}" for problem in judge(document, method, one)]
    return met, problems


def request_problems(document: Discovery, method: Any, one: Exchange) -> list[str]:
    found = [*document.query_problems(method, one.query), *document.body_problems(method, one.body)]
    files = [part for part in one.parts if one.kind and part.get_content_type() != "application/json"]
    for part in files:
        size = len(part.get_payload(decode=True) or b"")
        found += document.upload_problems(method, part.get_content_type(), size)
    return found


def answer_problems(document: Discovery, method: Any, one: Exchange) -> list[str]:
    if one.query.get("uploadType") == "resumable":
        return []  # only a Location, youtube 2.2
    return list(document.answer_problems(method, one.answer))


def test_every_request_to_youtube_is_one_that_its_document_knows(heard: list[Exchange]) -> None:
    met, problems = judged(heard, request_problems)
    assert problems == []
    assert met >= EXPECTED, EXPECTED - met


def test_every_rare_request_is_one_that_the_document_knows_too(heard_rarely: list[Exchange]) -> None:
    met, problems = judged(heard_rarely, request_problems)
    assert problems == []
    assert met >= RARE, RARE - met
    revision = [one for one in heard_rarely if "localizations" in one.query.get("part", "") and one.body][-1]
    assert set(revision.body) == {"id", "snippet", "localizations"}
    _, problems = judged([one for one in heard_rarely if one.status < 300], answer_problems)
    assert problems == []


def test_every_answer_of_our_sandbox_is_one_that_the_document_allows(heard: list[Exchange]) -> None:
    _, problems = judged([one for one in heard if one.status < 300], answer_problems)
    assert problems == []
    ends = [one.answer for one in heard if "upload_id" in one.query and one.status in (200, 201)]
    document = Discovery(DATA)
    insert = document.method("POST", "/upload/youtube/v3/videos")
    assert insert is not None
    assert ends
    assert [problem for end in ends for problem in document.answer_problems(insert, end)] == []


def test_the_judge_finds_what_is_wrong() -> None:
    document = Discovery(DATA)
    update, insert = document.method("PUT", "/youtube/v3/videos"), document.method("POST", "/upload/youtube/v3/videos")
    assert update is not None and insert is not None
    query, body = partial(document.query_problems, update), partial(document.body_problems, update)
    assert list(query({"part": "snippet,status"})) == []
    assert list(query({})) == ["missing: part"]
    assert list(query({"part": "snippets"})) == ["no such part: snippets"]
    assert list(query({"part": "id", "notify": "1"})) == ["no such parameter: notify"]
    assert list(body({"id": "x", "status": {"privacyStatus": "public"}})) == []
    assert list(body({"id": "x", "status": {"privacyStatus": "open"}})) == [
        "body.status.privacyStatus has no such value: 'open'"
    ]
    assert list(body({"id": "x", "status": {"madeForKids": "no"}})) == ["body.status.madeForKids is no boolean: 'no'"]
    assert list(body({"id": "x", "snippet": {"name": "x"}})) == ["body.snippet has no name"]
    assert list(body({"status": {}})) == ["body lacks id"]
    assert list(document.query_problems(insert, {"part": "id", "notifySubscribers": "1"})) != []
    listing = document.method("GET", "/youtube/v3/playlistItems")
    assert listing is not None
    assert list(document.query_problems(listing, {"part": "id", "maxResults": "51"})) != []
    assert list(document.answer_problems(update, {"id": 7})) == ["answer.id is no string: 7"]
