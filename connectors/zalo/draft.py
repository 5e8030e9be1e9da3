"""The hidden article, made ahead of its hour, one call a step (zalo 2.3, 9).

What is saved between the steps: `video` (of a video article, see `Upload`), the mark (see `lookup`), `ticket`,
`ticket_at` and `asked` (Zalo's token of the article being processed), `id`; after a lost answer `again_at`, when the
article was created a second time; `may_begin`, when nothing that was sent is unaccounted for.

The mark is on record before `create` is called. Who finds one that he did not write himself does not know whether it
was called: he looks for the article as often as the sheet says before he creates it again, once.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.base import Saved, Step
from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.zalo import lookup
from connectors.zalo.budgets import ARTICLES
from connectors.zalo.codes import StillProcessing
from connectors.zalo.showing import is_gone, update
from connectors.zalo.upload import next_upload
from connectors.zalo.work import HIDE, PATIENCE, Work, ask_for_id, is_picture_trouble, is_unknown_ticket

FIRST_ASK = timedelta(seconds=4)
LAST_ASK = timedelta(seconds=60)
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
"""After a lost answer, how old it is at each look (zalo 9.2, 9.5)."""
REFUSALS = (Rejected, Reconnect, Misconfigured, Blocked, Limited)
"""Zalo said no, so nothing was created."""
_TICKET = ("ticket", "ticket_at", "asked")


def prepare(work: Work, saved: Saved) -> Step:
    """The next step from what was saved; content that was changed since is put into the same article."""
    error, work.run.error = work.run.error, None
    if error:
        raise error
    if bool(saved.get("video")) != bool(work.outgoing.video):
        saved = {}  # an article cannot change its type
    if saved.get("ticket"):
        return _ask(work, saved)
    step = next_upload(work, saved)
    if step:
        return step
    if saved.get("id"):
        return _check_again(work, saved) if _is_of_today(work, saved) else _renew(work, saved)
    if "started_at" not in saved or (saved.get("may_begin") and "again_at" not in saved):
        return _begin(work, saved)
    return _create(work, saved) if _mark_of(saved) == work.run.unused_mark else _look(work, saved)


def _tell(work: Work, saved: Saved, error: ConnectorError) -> Step:
    """Put on record what is known now; the next step of this piece of work raises `error`."""
    work.run.error = error
    return Step(saved, ready=False)


def _is_of_today(work: Work, saved: Saved) -> bool:
    return bool(saved.get("digest") == lookup.digest(work))


# Creating ------------------------------------------------------------------------------------------------


def _begin(work: Work, saved: Saved) -> Step:
    """Put on record that it is about to be created."""
    kept = {"video": saved["video"]} if work.outgoing.video else {}
    return _marked(work, {**kept, **lookup.mark(work)})


def _begin_again(work: Work, saved: Saved) -> Step:
    """The same after a lost answer: whatever appears since the first mark is still looked for."""
    kept = {name: value for name, value in saved.items() if name != "may_begin"}
    return _marked(work, {**kept, **lookup.wanted(work), "again_at": work.now.isoformat()})


def _marked(work: Work, saved: Saved) -> Step:
    work.run.unused_mark = _mark_of(saved)
    return Step(saved, ready=False)


def _mark_of(saved: Saved) -> str:
    return str(saved.get("again_at") or saved["started_at"])


def _begin_anew(work: Work, saved: Saved) -> Step:
    """Forget the article."""
    return prepare(work, {name: value for name, value in _free(saved).items() if name == "video"})


def _free(saved: Saved) -> Saved:
    """Nothing that was sent is unaccounted for. A video is asked about again: Zalo may have deleted it."""
    video = {name: value for name, value in (saved.get("video") or {}).items() if name != "id"}
    return {**saved, **({"video": video} if video else {}), "may_begin": True}


def _create(work: Work, saved: Saved) -> Step:
    work.run.unused_mark = ""
    try:
        data = work.api.change("/v2.0/article/create", work.payload(HIDE, saved), now=work.now, costs=ARTICLES)
    except REFUSALS as refused:
        return _tell(work, _free(saved), refused)
    return _processing(work, saved, str(data.get("token") or ""))


def _renew(work: Work, saved: Saved) -> Step:
    """Put changed content into the hidden article that is there: one more would only lie about."""
    try:
        ticket = update(work, saved, saved["id"], HIDE)
    except Rejected:
        if not is_gone(work, saved["id"]):
            raise
        return _begin_anew(work, saved)
    return _processing(work, {**saved, "digest": lookup.digest(work)}, ticket)


def _processing(work: Work, saved: Saved, ticket: str) -> Step:
    if not ticket:
        raise Unconfirmed("Zalo nhận bài nhưng không trả mã xử lý; hệ thống sẽ kiểm tra lại.", section="zalo 2.3")
    begun = {"ticket": ticket, "ticket_at": work.now.isoformat(), "asked": 0}
    return Step({**saved, **begun}, ready=False, again_after=FIRST_ASK)


# After a lost answer -------------------------------------------------------------------------------------


class _Lost(NamedTuple):
    """What a lost answer left behind: the id of our article, and those of which nobody can say whose they are."""

    article_id: str
    doubtful: list[str]


def _look(work: Work, saved: Saved) -> Step:
    """Look for the article; what is not there after the last look was not created (zalo 9.2 to 9.5)."""
    age = work.now - datetime.fromisoformat(_mark_of(saved))
    if age < LOOKS[0] and not saved.get("may_begin"):
        return Step(saved, ready=False, again_after=LOOKS[0] - age)
    lost = _lost(work, saved)
    if lost.article_id:
        return Step({**saved, "id": lost.article_id}, ready=_is_of_today(work, saved))
    if saved.get("may_begin"):
        return _begin_again(work, saved)
    pause = next((look - age for look in LOOKS if look > age), None)
    if pause:
        return Step(saved, ready=False, again_after=pause)
    again = {"again_at": _mark_of(saved), **_free(saved)}
    if lost.doubtful or "again_at" in saved:
        return _tell(work, again, _unclear(lost, saved))  # whoever tries again after these words has looked
    return Step(again, ready=False)


def _lost(work: Work, saved: Saved) -> _Lost:
    rows = lookup.candidates(work, saved, former_title=str(saved.get("title") or work.outgoing.title))
    judged = [(row.id, lookup.is_our_draft(work, saved, row)) for row in rows]
    ours = [article_id for article_id, is_ours in judged if is_ours]
    if len(ours) > 1:
        words = f"Trên Zalo OA có {len(ours)} bài ẩn giống hệt bài này (mã {', '.join(ours)}); "
        raise Rejected(f"{words}hãy xóa bớt trong OA Manager.", section="zalo 9.5")
    return _Lost(ours[0] if ours else "", [article_id for article_id, is_ours in judged if is_ours is None])


def _unclear(lost: _Lost, saved: Saved) -> Rejected:
    if lost.doubtful:
        words = (
            "Zalo không trả lời khi tạo bài ẩn, và không rõ bài ẩn nào trên Zalo OA là bài này (mã "
            f"{', '.join(lost.doubtful)}). Hãy xem trong OA Manager, xóa bài ẩn thừa rồi thử lại."
        )
    else:
        words = (
            "Đã hai lần gửi lệnh tạo bài ẩn mà Zalo không trả lời, và không thấy bài trên Zalo OA. Hãy xem trong OA "
            "Manager, xóa bài ẩn thừa nếu có rồi thử lại."
        )
    return Rejected(words, section="zalo 9.5", evidence=str(saved.get("said") or ""))


# While Zalo works ----------------------------------------------------------------------------------------


def _ask(work: Work, saved: Saved) -> Step:
    """How far Zalo is with it."""
    asked = int(saved["asked"]) + 1
    try:
        article_id = ask_for_id(work, saved["ticket"])
    except StillProcessing as waiting:
        if work.now - datetime.fromisoformat(saved["ticket_at"]) < PATIENCE:
            again_after = min(FIRST_ASK * 1.5**asked, LAST_ASK)
            return Step({**saved, "asked": asked}, ready=False, again_after=again_after)
        article_id = str(saved.get("id") or _lost(work, saved).article_id)
        if not article_id:
            words = "Zalo xử lý bài quá 15 phút chưa xong; hệ thống sẽ hỏi lại."
            raise Unavailable(words, code=waiting.code, section="zalo 2.3") from None
    except Rejected as refused:
        return _refused(work, _without_ticket(saved), refused)
    return Step({**_without_ticket(saved), "id": article_id}, ready=_is_of_today(work, saved))


def _refused(work: Work, saved: Saved, refused: Rejected) -> Step:
    """A ticket that is not known any more tells nothing, so the article is looked for; else Zalo gave it up."""
    if is_unknown_ticket(refused):
        return Step({**saved, "said": refused.evidence}, ready=False)
    if saved.get("id"):
        return _tell(work, {name: saved[name] for name in ("video", "id") if name in saved}, refused)
    if not is_picture_trouble(refused) and (article_id := _lost(work, saved).article_id):
        return Step({**saved, "id": article_id}, ready=_is_of_today(work, saved))
    return _tell(work, _free(saved), refused)


def _without_ticket(saved: Saved) -> Saved:
    return {name: value for name, value in saved.items() if name not in _TICKET}


# Made already --------------------------------------------------------------------------------------------


def _check_again(work: Work, saved: Saved) -> Step:
    """Prepared once already: still there? Somebody may have removed a hidden article by hand."""
    if is_gone(work, saved["id"]):
        return _begin_anew(work, saved)
    return Step({name: value for name, value in saved.items() if name != "update_ticket"}, ready=True)
