"""Meta's own lists of parameters and fields judge what we send to the Graph API."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlmodel import select

from connectors.base import Outgoing, Part, Receipt
from connectors.facebook import Settings
from connectors.http import new_session
from content.tables import Post
from scheduler.db import open_engine, writing
from scheduler.tables import Channel
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.facebook_case import FacebookCase
from tests.contracts.meta_lists import EVERYWHERE, field_names, meta_object, version
from tests.contracts.traffic import Ear, Exchange, hear
from tests.e2e.flows import FLOWS
from tests.scheduler.house import Running

CALLS: dict[tuple[str, str], tuple[str, str]] = {
    ("POST", "{page}/feed"): ("page", "create_feed"),
    ("POST", "{page}/photos"): ("page", "create_photo"),
    ("POST", "{page}/videos"): ("page", "create_video"),
    ("POST", "{page}/video_reels"): ("page", "create_video_reel"),
    ("POST", "{post}"): ("pagepost", "api_update"),
    ("POST", "{video}"): ("advideo", "api_update"),
    ("POST", "{video}/thumbnails"): ("advideo", "create_thumbnail"),
    ("POST", "{post}/comments"): ("pagepost", "create_comment"),
    ("GET", "{post}/comments"): ("pagepost", "get_comments"),
    ("GET", "{video}/video_insights"): ("advideo", "get_video_insights"),
    ("GET", "{page}/insights"): ("page", "get_insights"),
    ("GET", "{page}/video_reels"): ("page", "get_video_reels"),
    ("GET", "{page}/published_posts"): ("page", "get_published_posts"),
    ("GET", "{page}/feed"): ("page", "get_feed"),
    ("GET", "{post}/insights"): ("pagepost", "get_insights"),
    ("GET", "{page}"): ("page", "api_get"),
    ("GET", "{post}"): ("pagepost", "api_get"),
    ("GET", "{video}"): ("advideo", "api_get"),
    ("DELETE", "{post}"): ("pagepost", "api_delete"),
}
"""Which of Meta's calls ours are."""
TOLD = {"published_posts": "pagepost", "feed": "pagepost", "comments": "comment", "video_reels": "advideo"}
"""Whose fields an edge tells."""
OF_LOGIN = ("oauth", "me/accounts", "debug_token", "video-upload")
"""Not calls of an object: login (facebook 2.1, 2.4) and the bytes of a reel (facebook 3.6)."""
BARE_VIDEO = "10158000000000001"
ENUMS = {
    "upload_phase_enum": ("advideo", "UploadPhase"),
    "video_state_enum": ("advideo", "VideoState"),
    "period_enum": ("insightsresult", "Period"),
    "order_enum": ("comment", "Order"),
    "filter_enum": ("comment", "Filter"),
}
EXCEPTIONS = {
    ("create_photo", "source"): "the file itself, which Meta's package hands over beside the parameters: facebook 3.3",
}
"""What we send and Meta's lists do not have, with the section of the fact sheet that says why."""
EXPECTED = {
    "create_feed",
    "create_photo",
    "create_video",
    "create_video_reel",
    "create_thumbnail",
    "api_update",
    "create_comment",
    "get_comments",
    "get_insights",
    "get_published_posts",
    "get_video_insights",
    "get_video_reels",
}


@pytest.fixture
def heard(sandbox: Sandbox, tmp_path: Path, _sqlite_template: Path) -> list[Exchange]:
    path = tmp_path / "contract.sqlite3"
    path.write_bytes(_sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    # the hidden post and the first public one, so that it looks for both
    sandbox.fault("facebook", "hang_up", path=r".*/feed", method="POST", effect=True, times=2)
    makers = [proved(flow.furnish) for flow in FLOWS if flow.platform == "facebook"]
    try:
        calls = hear(engine, sandbox, tmp_path, "facebook", *makers)
    finally:
        engine.dispose()
    sandbox.reset()
    sandbox.at(NOW)
    return [one for call in [*calls, *what_follows(sandbox, tmp_path)] for one in unpacked(call)]


def proved(furnish: Callable[[Running], Post]) -> Callable[[Running], Post]:
    """The same post, on channels where hidden-first publishing was proved."""

    def made(house: Running) -> Post:
        with writing(house.engine) as session:
            for channel in session.exec(select(Channel)):
                channel.proofs = {"hidden_first": NOW.isoformat()}
        return furnish(house)

    return made


def what_follows(sandbox: Sandbox, folder: Path) -> list[Exchange]:
    """What is sent for a comment, a revision, a proof and an audit, by the connector alone."""
    case, ear = FacebookCase(), Ear()
    case.http = new_session()
    case.http.mount("http://", ear)
    try:
        page = case.connect(sandbox)
        receipt = page.publish(case.simplest(folder), {}, now=NOW)
        assert isinstance(receipt, Receipt)
        for part in (Part.COMMENT, Part.REVISION):
            outgoing = Outgoing(key="k", title="T", text="Lời mới", part=part, refs=(receipt.external_id,))
            saved = drive(page, outgoing, NOW, sandbox)
            page.publish(outgoing, saved, now=NOW)
            page.find(outgoing, saved, since=NOW, known=frozenset(), now=NOW)
        page.prove("hidden_first", now=NOW)
        page.read_channel(now=NOW)
        page.read_posts([receipt.external_id, BARE_VIDEO], now=NOW)
        page.list_published(since=NOW, until=NOW, now=NOW)
    finally:
        case.http.close()
    return ear.heard


def unpacked(call: Exchange) -> Iterator[Exchange]:
    """The calls inside a batch, else the call itself (facebook 5.6)."""
    if "batch" not in call.form:
        yield call
        return
    assert set(call.form) <= {"access_token", "appsecret_proof", "include_headers", "batch"}
    for inner in json.loads(call.form["batch"]):
        address = urlsplit(inner["relative_url"])
        yield Exchange(inner["method"], f"/{Settings().version}/{address.path}", dict(parse_qsl(address.query)), "")


def place_of(path: str, pages: set[str], videos: set[str]) -> str:
    """The path with what stands for an id named by its kind."""
    node, _, edge = re.sub(r"^/v[\d.]+/", "", path).partition("/")
    kind = "{page}" if node in pages else "{video}" if node in videos else "{post}"
    return f"{kind}/{edge}" if edge else kind


def judged(heard: list[Exchange]) -> tuple[set[str], list[str]]:
    """The calls that were met, and what Meta's lists do not have of them."""
    pages = {found[1] for one in heard if (found := re.fullmatch(r"/v[\d.]+/(\d+)/(?:feed|photos|videos)", one.path))}
    videos = {str(one.answer["video_id"]) for one in heard if isinstance(one.answer, dict) and "video_id" in one.answer}
    videos.add(BARE_VIDEO)
    met, problems = set(), []
    for one in heard:
        if any(part in one.path for part in OF_LOGIN):
            continue
        place = place_of(one.path, pages, videos)
        if (one.method, place) not in CALLS:
            problems.append(f"{one}: no such call")
            continue
        module, call = CALLS[one.method, place]
        met.add(call)
        sent = {**one.query, **(one.form if one.method == "POST" else {})}
        told = TOLD.get(place.rpartition("/")[2], module)
        problems += [f"{one.method} {place}: {problem}" for problem in found_in(module, call, told, sent)]
    return met, sorted(set(problems))


def found_in(module: str, call: str, told: str, sent: Mapping[str, str]) -> Iterator[str]:
    """Names and values that `call` does not take, and fields that it does not tell."""
    params = meta_object(module).params(call)
    for name, text in sent.items():
        kind = params.get(name, "")
        if name not in params and name not in EVERYWHERE and (call, name) not in EXCEPTIONS:
            yield f"{call} takes no {name}"
        elif kind in ENUMS and text not in meta_object(ENUMS[kind][0]).values(ENUMS[kind][1]):
            yield f"{call}: {name} has no value {text}"
        elif kind == "bool" and text not in ("true", "false"):
            yield f"{call}: {name} is not true or false: {text}"
        elif kind == "unsigned int" and not text.isdecimal():
            yield f"{call}: {name} is no number: {text}"
        elif kind == "list<Object>" and name != "metric" and not isinstance(json.loads(text), list):
            yield f"{call}: {name} is no list: {text}"
    thing = meta_object(told)
    for name in field_names(sent["fields"]) if "fields" in sent else []:
        if name not in thing.fields and name not in thing.edges:
            yield f"{told} has no field {name}"


def test_the_lists_are_those_of_the_version_we_ask_for() -> None:
    assert version() == Settings().version


def test_every_parameter_and_field_is_one_that_meta_lists(heard: list[Exchange]) -> None:
    met, problems = judged(heard)
    assert problems == []
    assert met >= EXPECTED, EXPECTED - met


def test_the_judge_finds_what_is_wrong() -> None:
    def found(module: str, call: str, **sent: str) -> list[str]:
        return list(found_in(module, call, module, sent))

    assert found("page", "create_feed", message="x", published="false") == []
    assert found("page", "create_feed", mesage="x") == ["create_feed takes no mesage"]
    assert found("page", "create_feed", published="False") == ["create_feed: published is not true or false: False"]
    assert found("page", "create_video_reel", video_state="LIVE") == [
        "create_video_reel: video_state has no value LIVE"
    ]
    assert found("pagepost", "api_get", fields="id,likes.limit(0),link") == ["pagepost has no field link"]


def test_every_exception_is_still_needed(heard: list[Exchange]) -> None:
    for call, name in EXCEPTIONS:
        module = next(module for module, known in CALLS.values() if known == call)
        assert name not in meta_object(module).params(call)
        assert any(name in one.form for one in heard if one.method == "POST"), f"{name} is never sent"
