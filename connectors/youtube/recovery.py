"""What becomes of an upload whose session is gone or refuses: read back first, then begin anew (youtube 2.4, 6).

A video is only taken for this upload's when it surely is. What merely looks alike may be another post's, so a
person is told; who asks to go on after that gets a new upload.
"""

from datetime import datetime, timedelta

from connectors.base import Outgoing, Saved, Step
from connectors.errors import ConnectorError, Limited, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.api import Api, Json
from connectors.youtube.checks import describe
from connectors.youtube.codes import Refusal, as_work, classify
from connectors.youtube.readback import (
    READ_EVERY,
    count_look,
    find_candidates,
    is_measured,
    pick,
    read_time,
    search_candidates,
)

ACCESS_KEPT = timedelta(minutes=1)
"""A refusal of the access is said once; the session that is opened after it would meet the same one."""
ALIKE_WORDS = (
    "Trên kênh có video giống bài này nhưng không rõ do lần tải lên trước của bài hay của bài khác. Hãy mở YouTube "
    "Studio, mục Nội dung, xóa bản thừa nếu có; sau 10 phút hãy đưa mục trở lại hàng chờ, hệ thống sẽ tải lên lại."
)


def lost_session(api: Api, saved: Saved) -> Step:
    """The session is gone (youtube 2.4). Whether the last byte was sent decides everything."""
    if not saved["last_byte_sent"]:
        again = memory.restarted(saved, "phiên tải lên không còn, chưa gửi hết tệp", now=api.now)
        times = len(again["restarts"]) - 1
        return Step(again, False, memory.pause(times - 1) if times else timedelta(0))
    found = _look(api, saved)
    if not _ours(api, saved, found) or not all(map(is_measured, found)):
        # It may be listed late, and what tells it from others may only be told once it is processed.
        saved, enough = count_look(saved, "lookback", now=api.now)
        if not enough:
            return Step(saved, False, READ_EVERY, progress=saved["offset"] / saved["size"])
        found = found or _look(api, saved, by_search=True)
    why = "phiên tải lên không còn và không thấy video trên kênh sau 15 phút"
    return _taken(api, saved, found) or Step(memory.restarted(saved, why, now=api.now), ready=False)


def refused_session(api: Api, saved: Saved, refusal: Refusal) -> Step:
    """The session's final answer is a refusal: keep it, because an error could not forget the dead session."""
    kept = {"status": refusal.status, "reason": refusal.reason, "domain": refusal.domain, "at": api.now.isoformat()}
    return Step({**saved, "refused": kept}, ready=False)


def after_refusal(api: Api, outgoing: Outgoing, saved: Saved) -> Step:
    """Say the refusal; start anew once the content was mended, the limit is over or a person insists later."""
    kept = saved["refused"]
    at = datetime.fromisoformat(kept["at"])
    error = classify(Refusal(kept["status"], kept["reason"], kept["domain"]), now=at, changes=False)
    if saved["sent"] == describe(outgoing, api.settings) and api.now < _until(error, at):
        raise as_work(error)
    found = _look(api, saved) if saved["last_byte_sent"] else []
    why = f"YouTube từ chối lần trước ({error.code})"
    return _taken(api, saved, found) or Step(memory.restarted(saved, why, now=api.now), ready=False)


def _until(error: ConnectorError, at: datetime) -> datetime:
    if isinstance(error, Limited):
        return error.until
    if isinstance(error, Unavailable):
        return at + memory.LONGEST_PAUSE
    return at + (memory.TOLD_FOR if isinstance(error, Rejected) else ACCESS_KEPT)


def _look(api: Api, saved: Saved, *, by_search: bool = False) -> list[Json]:
    since = datetime.fromisoformat(saved["opened_at"])
    known = frozenset(saved.get("abandoned", []))
    asked = {"since": since, "known": known, "name": saved.get("name", "")}
    if by_search:
        return search_candidates(api, saved["sent"], saved["size"], **asked)
    return find_candidates(api, saved["sent"], saved["size"], **asked)[0]


def _ours(api: Api, saved: Saved, found: list[Json]) -> str:
    """The video that is surely ours, else ""."""
    sent_at = read_time(saved.get("last_byte_at"))
    until = sent_at and sent_at + timedelta(seconds=api.settings.read_timeout)
    return pick(found, saved["sent"], name=saved.get("name", ""), until=until)


def _taken(api: Api, saved: Saved, found: list[Json]) -> Step | None:
    """The step that takes the one video that is surely ours, or tells of those that may be; None: go on without."""
    if not found:
        return None
    ours = _ours(api, saved, found)
    if ours:
        taken = memory.uploaded(saved, ours, now=api.now)
        return Step({**taken, "was_found": True}, ready=False, progress=1.0)
    return not_ours(api, saved, [str(video["id"]) for video in found])


def not_ours(api: Api, saved: Saved, ids: list[str]) -> Step:
    """Tell a person of videos that only look alike; whoever goes on after that means that they are not ours."""
    error = Rejected(ALIKE_WORDS, section="youtube 6", evidence=" ".join(ids))
    step = memory.told(saved, f"alike {' '.join(sorted(ids))}", error, now=api.now)
    if step is not None:
        return step
    left = {**saved, "abandoned": [*saved.get("abandoned", []), *ids]}
    why = f"video giống bài này ({', '.join(ids)}) không phải của bài"
    return Step(memory.restarted(left, why, now=api.now), ready=False)
