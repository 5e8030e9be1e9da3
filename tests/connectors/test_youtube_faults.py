"""Every fault that the sheet names for a sandbox (youtube 8), and what becomes of the video."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import sandbox as sandbox_package
from connectors.base import Outgoing, Saved
from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    LimitedWork,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.youtube.quota import next_reset
from sandbox.scenario import kinds_of
from tests.conftest import NOW
from tests.connectors.youtube_case import (
    CAPTIONS,
    PLAYLIST_ID,
    PLAYLIST_ITEMS,
    SRT,
    UPLOAD,
    VIDEOS,
    Session,
    make_media,
    make_outgoing,
)

SHORT = 0.2
"""A read time-out in seconds; the sandbox holds its answer longer."""


class Order(NamedTuple):
    """One fault as it is ordered at the sandbox."""

    kind: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    effect: bool = True
    values: Mapping[str, Any] = {}


class Survived(NamedTuple):
    """A fault that costs time at most. `moment` is the step before which it is ordered, `then` what follows it."""

    name: str
    orders: Sequence[Order]
    moment: str = "begin"
    sessions: int = 1
    after: timedelta = timedelta(0)
    then: Sequence[Order] = ()


def at_upload(kind: str, **facts: Any) -> Order:
    return Order(kind, "PUT", UPLOAD, **facts)


def refused(status: int, reason: str, **values: Any) -> dict[str, Any]:
    return {"status": status, "reason": reason, **values}


SURVIVED = (
    Survived("a part of a chunk is stored", [at_upload("range_short")]),
    Survived("a chunk is lost and nothing is held", [at_upload("range_lost")]),
    Survived("nothing is held any more of several chunks", [at_upload("range_lost")], "third chunk"),
    Survived("the session moves once", [at_upload("moved_308")]),
    Survived("the session moves with every answer", [at_upload("moved_308", times=99)]),
    Survived("a pause is named", [at_upload("retry_after", values={"seconds": 90})], after=timedelta(seconds=90)),
    Survived("503 and the chunk is stored", [at_upload("status", values={"status": 503})]),
    Survived("503 and nothing is stored", [at_upload("status", effect=False, values={"status": 503})]),
    Survived("cut in the middle of a chunk", [at_upload("range_short"), at_upload("hang_up")]),
    Survived("cut before a byte is stored", [at_upload("hang_up", effect=False)]),
    Survived("the last byte arrives and the answer is lost", [at_upload("hang_up")], "last chunk"),
    Survived("half of the last answer", [at_upload("truncated")], "last chunk"),
    Survived("nothing in the last answer", [at_upload("no_body")], "last chunk"),
    Survived("unknown keys in another order everywhere", [Order("strange", times=999)]),
    Survived("the last chunk is lost", [at_upload("hang_up", effect=False)], "last chunk"),
    Survived("all is held and the result is not ready", [at_upload("full_308", times=3)], "last chunk"),
    Survived("the session is gone before the last byte", [at_upload("session_gone")], "third chunk", sessions=2),
    Survived(
        "the session is gone after the last byte and the video is there",
        [at_upload("hang_up")],
        "last chunk",
        then=[at_upload("session_gone")],
    ),
    Survived(
        "the session is gone after the last byte and the video is listed late",
        [at_upload("late_listing", values={"seconds": 400}), at_upload("hang_up")],
        "last chunk",
        after=timedelta(seconds=400),
        then=[at_upload("session_gone")],
    ),
    Survived(
        "the session is gone with the last byte and there is no video",
        [at_upload("hang_up", effect=False)],
        "last chunk",
        sessions=2,
        after=timedelta(minutes=15),
        then=[at_upload("session_gone")],
    ),
    Survived("the opening of the session is lost", [Order("hang_up", "POST", UPLOAD)], sessions=2),
    Survived("a burst limit", [Order("rate_limit", "POST", UPLOAD)], sessions=2),
    Survived(
        "nothing more is told of the processing", [at_upload("failed_processing", values={"reason": "terminated"})]
    ),
    Survived("time-out of captions.insert, done", [Order("delay", "POST", CAPTIONS, values={"seconds": 2 * SHORT})]),
    Survived(
        "time-out of captions.insert, not done",
        [Order("delay", "POST", CAPTIONS, effect=False, values={"seconds": 2 * SHORT})],
    ),
    Survived(
        "time-out of playlistItems.insert, done",
        [Order("delay", "POST", PLAYLIST_ITEMS, values={"seconds": 2 * SHORT})],
    ),
    Survived(
        "time-out of playlistItems.insert, not done",
        [Order("delay", "POST", PLAYLIST_ITEMS, effect=False, values={"seconds": 2 * SHORT})],
    ),
    Survived(
        "a playlist does not know the new video yet",
        [
            Order(
                "error", "POST", PLAYLIST_ITEMS, 2, values=refused(404, "videoNotFound", domain="youtube.playlistItem")
            )
        ],
    ),
    Survived(
        "503 at the cover",
        [Order("status", "POST", ".*/thumbnails/set", effect=False, values={"status": 503})],
    ),
)


class Refused(NamedTuple):
    """A fault that ends in an error: its class, and what its words name."""

    name: str
    order: Order
    error: type[ConnectorError]
    words: str = ""
    until: Any = None


REFUSED = (
    Refused("a dead token on a chunk", at_upload("expired_token"), Reconnect),
    Refused(
        "an account without a channel",
        Order("error", "POST", UPLOAD, values=refused(401, "youtubeSignupRequired", domain="youtube.header")),
        Misconfigured,
        "chưa có kênh",
    ),
    Refused(
        "429 for the whole day",
        Order("rate_limit", "POST", UPLOAD, values={"per_day": True}),
        LimitedWork,
        "hạn mức",
        next_reset(NOW),
    ),
    Refused("quotaExceeded", Order("quota", "POST", UPLOAD), LimitedWork, "hạn mức", next_reset(NOW)),
    Refused(
        "uploadLimitExceeded",
        Order("error", "POST", UPLOAD, values=refused(400, "uploadLimitExceeded", domain="youtube.video")),
        LimitedWork,
        "đủ số video",
        NOW + timedelta(days=1),
    ),
    Refused("invalidTitle", Order("error", "POST", UPLOAD, values=refused(400, "invalidTitle")), Rejected, "tiêu đề"),
    Refused("invalidTags", Order("error", "POST", UPLOAD, values=refused(400, "invalidTags")), Rejected, "thẻ"),
    Refused(
        "invalidPublishAt",
        Order("error", "POST", UPLOAD, values=refused(400, "invalidPublishAt")),
        Rejected,
        "thời điểm",
    ),
    Refused("a final refusal", at_upload("final_error", values=refused(400, "invalidTags")), Rejected, "thẻ"),
    Refused("failed: codec", at_upload("failed_processing", values={"reason": "codec"}), Rejected, "chuẩn nén"),
    Refused(
        "rejected: copyright", at_upload("failed_processing", values={"reason": "copyright"}), Rejected, "bản quyền"
    ),
    Refused(
        "rejected: uploaderAccountClosed",
        at_upload("failed_processing", values={"reason": "uploaderAccountClosed"}),
        Blocked,
        "kênh",
    ),
    Refused(
        "a missing scope",
        Order("error", "POST", UPLOAD, values=refused(403, "insufficientPermissions")),
        Reconnect,
        "quyền",
    ),
)


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    """A video with everything that can be added to it."""
    cover = make_media(tmp_path / "bia.png", b"\x89PNG of a cover", "image/png")
    options = {"captions_text": SRT, "playlist_id": PLAYLIST_ID}
    return dataclasses.replace(make_outgoing(tmp_path), cover=cover, options=options)


def order(youtube: Session, fault: Order) -> None:
    youtube.fault(**{**fault._asdict(), "values": dict(fault.values)})


def not_struck(youtube: Session) -> list[str]:
    """The ordered faults that never struck: a test with such a one proves nothing."""
    told = youtube.http.get(f"{youtube.sandbox.url('youtube')}/_sandbox/faults", timeout=5).json()
    return [one["kind"] for one in told if not one["struck"]]


def is_at(moment: str, saved: Saved) -> bool:
    return {
        "begin": True,
        "third chunk": saved.get("offset", 0) >= 2 * 256 * 1024,
        "last chunk": bool(saved.get("last_byte_sent")),
    }[moment]


def test_every_fault_that_the_sandbox_carries_out_is_described_and_no_other() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(sandbox_package.__path__[0]).glob("youtube*.py")]
    assert set(re.findall(r'strikes\(\s*"(\w+)"', "\n".join(texts))) == set(kinds_of("youtube"))


@pytest.mark.parametrize("case", SURVIVED, ids=lambda case: case.name)
def test_a_fault_costs_time_at_most_and_everything_is_there_once(
    youtube: Session, outgoing: Outgoing, case: Survived
) -> None:
    youtube.tuning = {"read_timeout": SHORT} if any(one.kind == "delay" for one in case.orders) else {}

    waiting = [case.orders, case.then]

    def strike(saved: Saved) -> bool:
        """Order the faults once the moment has come, and let the same worker go on."""
        if len(waiting) == 2 and is_at(case.moment, saved):
            follow()
        return False

    def follow() -> None:
        for one in waiting.pop(0) if waiting else ():
            order(youtube, one)

    strike({})
    saved, now = youtube.run(outgoing, stop=strike, trouble=follow)
    youtube.tuning = {}
    assert youtube.uploads(now) == [saved["video_id"]]
    assert youtube.playlist(now) == [saved["video_id"]]
    assert youtube.captions(saved["video_id"]) == [SRT]
    assert youtube.count("POST", UPLOAD) == case.sessions
    assert now - NOW >= case.after
    assert not [key for key in saved if key.endswith("_problem")]
    assert youtube.sandbox.public("youtube") == []
    assert not_struck(youtube) == []
    assert youtube.publish(outgoing, saved, now).external_id == saved["video_id"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_fault_that_time_does_not_heal_has_its_class_and_its_words(
    youtube: Session, outgoing: Outgoing, case: Refused
) -> None:
    order(youtube, case.order)
    with pytest.raises(case.error) as caught:
        youtube.prepare(outgoing)
    assert type(caught.value) is case.error
    assert case.words in caught.value.words
    assert case.until in (None, getattr(caught.value, "until", None))
    assert not_struck(youtube) == []
    assert youtube.sandbox.public("youtube") == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Order("force_private", "PUT", VIDEOS), Blocked),
        (Order("expired_token", "PUT", VIDEOS), Reconnect),
        (Order("quota", "PUT", VIDEOS), Limited),
        (Order("rate_limit", "PUT", VIDEOS), Unavailable),
        (Order("error", "PUT", VIDEOS, values=refused(403, "forbiddenPrivacySetting")), Rejected),
        (Order("error", "PUT", VIDEOS, values=refused(500, "backendError")), Unconfirmed),
        (Order("hang_up", "PUT", VIDEOS), Unconfirmed),
    ],
    ids=lambda value: value.kind if isinstance(value, Order) else value.__name__,
)
def test_a_fault_at_the_public_call_is_never_taken_for_success(
    youtube: Session, outgoing: Outgoing, fault: Order, error: type[ConnectorError]
) -> None:
    saved, now = youtube.prepare(outgoing)
    order(youtube, fault)
    with pytest.raises(error) as caught:
        youtube.build().publish(outgoing, saved, now=now)
    assert type(caught.value) is error


def test_a_revoked_grant_needs_a_person_and_the_upload_goes_on_after_it(youtube: Session, outgoing: Outgoing) -> None:
    saved, now = youtube.prepare(outgoing, stop=lambda saved: is_at("third chunk", saved))
    youtube.fault("invalid_grant")
    with pytest.raises(Reconnect) as caught:
        youtube.build().refresh(now=now)
    assert not caught.value.refresh_first
    youtube.credentials = youtube.build().refresh(now=now)
    saved, now = youtube.prepare(outgoing, saved, now)
    assert youtube.count("POST", UPLOAD) == 1
