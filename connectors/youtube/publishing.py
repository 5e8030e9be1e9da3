"""The one call that makes a private video public, and whether YouTube kept its word (youtube 2.7, 2.9, 6)."""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Accepted, Found, NotThere, Outgoing, Published, Receipt, Saved, Unclear
from connectors.errors import Blocked, Unavailable, Unconfirmed
from connectors.youtube.api import Api, Json
from connectors.youtube.checks import describe
from connectors.youtube.codes import DAY, LOST_WORDS, VISIBILITY_WORDS
from connectors.youtube.merging import merged, privacy
from connectors.youtube.processing import early_words, is_there, refuse_failed
from connectors.youtube.readback import find_candidates, pick, read_time
from connectors.youtube.session import ask_session

LOOK_AFTER = timedelta(seconds=10)
SETTLES_IN = timedelta(minutes=1)
"""How long a read may lag behind the answer that said "public"; longer than that, YouTube has another mind."""

AMBIGUOUS_WORDS = "Trên kênh có video giống bài này; cần người kiểm tra và xóa bản thừa trên YouTube Studio."
TOO_MANY_WORDS = "Kênh có quá nhiều video mới để dò hết; hãy xem trên YouTube Studio video của bài đã có chưa."
NOT_READY_WORDS = "Video chưa tải lên xong nên chưa thể công khai; hệ thống sẽ chuẩn bị lại."
VANISHED_WORDS = (
    "YouTube báo đã công khai nhưng video không còn trên kênh; hãy xem YouTube Studio, mục Nội dung, có thể video vừa "
    "bị gỡ."
)


def permalink(video_id: str) -> str:
    """The address people share."""
    return f"https://youtu.be/{video_id}"


def publish(api: Api, outgoing: Outgoing, saved: Saved) -> Published:
    """Set it public, with every other status field as it stands now (youtube 2.9).

    The call may be repeated, but a lost answer is still `Unconfirmed`: the video may be public, and nobody may
    take it for waiting. That the answer says "public" is not yet believed: `find` reads the video back.
    """
    video_id = saved.get("video_id")
    video = api.video("snippet,status", video_id) if video_id else None
    if not is_there(video) or (privacy(video) == "public" and saved.get("was_found")):
        raise Unavailable(NOT_READY_WORDS)  # `prepare` finds out whether it is late, gone or another post's
    refuse_failed(video, now=api.now)
    if privacy(video) == "public":
        return replace(_receipt(video, api.now), words=early_words(video))
    defaults = describe(outgoing, api.settings)["status"]
    body = {"id": video_id, "status": {**defaults, **merged(video, "status", {"privacyStatus": "public"})}}
    answer = api.send("PUT", "/youtube/v3/videos", params={"part": "status"}, json=body, changes=True)
    told = api.body(answer, changes=True)
    if told.get("id") != video_id or not privacy(told):
        raise Unconfirmed(LOST_WORDS, section="youtube 2.9")
    if privacy(told) != "public":
        raise _hidden(api, told)
    return Accepted({**saved, "told_public_at": api.now.isoformat()}, LOOK_AFTER)


def find(api: Api, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
    """Look the video up by its id, or read it back when its id was never learned (youtube 6).

    Raises `Blocked` when the answer had said "public" a while ago and the video is not (youtube 2.7), and
    `Rejected` when YouTube refused it meanwhile.
    """
    told_at = read_time(saved.get("told_public_at"))
    if told_at is not None and told_at < since:
        told_at = None  # the word of an earlier try
    is_overdue = told_at is not None and api.now - told_at > SETTLES_IN
    video = _look(api, outgoing, saved, since=since, known=known)
    if isinstance(video, Unclear):
        return video
    if not is_there(video):
        return Unclear(VANISHED_WORDS) if is_overdue else NotThere()
    refuse_failed(video, now=api.now)
    if privacy(video) == "public":
        return _receipt(video, told_at or since)
    if is_overdue:
        raise _hidden(api, video)
    return NotThere()


def _look(
    api: Api, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str]
) -> Json | Unclear | None:
    video_id = saved.get("video_id") or (ask_session(api, saved).video_id if saved.get("session_uri") else "")
    if not video_id and outgoing.video is not None:
        sent, name = saved.get("sent") or describe(outgoing, api.settings), saved.get("name", "")
        opened_at = read_time(saved.get("opened_at")) or since
        found, is_whole = find_candidates(api, sent, outgoing.video.size, since=opened_at, known=known, name=name)
        video_id = pick(found, sent, name=name)
        if found and not video_id:
            return Unclear(AMBIGUOUS_WORDS)
        if not video_id and not is_whole:
            return Unclear(TOO_MANY_WORDS)
    return api.video("snippet,status", video_id) if video_id else None


def _receipt(video: Json, ours: datetime) -> Receipt:
    """`ours` is when we made it public; `publishedAt` may be the time of the upload, and only counts when later."""
    theirs = read_time((video.get("snippet") or {}).get("publishedAt"))
    at = theirs if theirs is not None and theirs > ours else ours
    return Receipt(video["id"], permalink(video["id"]), at)


def _hidden(api: Api, video: Json) -> Blocked:
    return Blocked(VISIBILITY_WORDS, until=api.now + DAY, code=privacy(video), section="youtube 2.7")
