"""The hidden article, made ahead of its hour, one call a step (zalo 2.3, 9.7).

What is saved between the steps: `video` (of a video article, see `Upload`), the mark (see `lookup`, written before
the article is created), `ticket`, `ticket_at` and `asked` (Zalo's token of the article being processed), `id`.
A lost answer of `create` leaves at worst one more hidden article, which nobody sees; so after two minutes without
a trace it is created again, lest the post be late.
"""

from datetime import datetime, timedelta

from connectors.base import Saved, Step
from connectors.errors import Rejected, Unavailable, Unconfirmed
from connectors.zalo import lookup
from connectors.zalo.budgets import ARTICLES
from connectors.zalo.codes import StillProcessing
from connectors.zalo.listing import detail
from connectors.zalo.showing import update
from connectors.zalo.upload import next_upload
from connectors.zalo.work import HIDE, PATIENCE, Work, ask_for_id

FIRST_ASK = timedelta(seconds=4)
LAST_ASK = timedelta(seconds=60)
FRESH = timedelta(seconds=10)
"""A mark younger than this was written by the step just before: nothing has been sent yet."""
LOST = timedelta(minutes=2)
"""A created article that is not in the list after this long is taken for not created (zalo 9.5)."""


def prepare(work: Work, saved: Saved) -> Step:
    """The next step from what was saved; content that was changed since is put into the same article."""
    if bool(saved.get("video")) != bool(work.outgoing.video):
        saved = {}  # an article cannot change its type
    if saved.get("ticket"):
        return _ask(work, saved)
    step = next_upload(work, saved)
    if step:
        return step
    if saved.get("digest") != lookup.digest(work):
        return _renew(work, saved) if saved.get("id") else _begin(work, saved)
    return _check_again(work, saved) if saved.get("id") else _create(work, saved)


def _begin(work: Work, saved: Saved) -> Step:
    kept = {"video": saved["video"]} if work.outgoing.video else {}
    return Step({**kept, **lookup.mark(work)}, ready=False)


def _begin_anew(work: Work, saved: Saved) -> Step:
    """Forget the article. An uploaded video is kept, and asked about again: Zalo may have deleted it."""
    video = {name: value for name, value in (saved.get("video") or {}).items() if name != "id"}
    return prepare(work, {"video": video} if video else {})


def _create(work: Work, saved: Saved) -> Step:
    """Create it hidden, unless a try whose answer was lost has done so."""
    age = work.now - lookup.started_at(saved)
    if FRESH <= age < lookup.SETTLED:
        return Step(saved, ready=False, again_after=lookup.SETTLED - age)
    if age >= FRESH:
        lost = _lost_article(work, saved)
        if lost:
            return Step({**saved, "id": lost}, ready=True)
        if age < LOST:
            return Step(saved, ready=False, again_after=LOST - age)
        return _begin_anew(work, saved)
    data = work.api.change("/v2.0/article/create", work.payload(HIDE, saved), now=work.now, costs=ARTICLES)
    return _processing(work, saved, str(data.get("token") or ""))


def _renew(work: Work, saved: Saved) -> Step:
    """Put changed content into the hidden article that is there: one more would only lie about."""
    try:
        ticket = update(work, saved, saved["id"], HIDE)
    except Rejected:
        if not _is_gone(work, saved["id"]):
            raise
        return _begin_anew(work, saved)
    return _processing(work, {**saved, "digest": lookup.digest(work)}, ticket)


def _processing(work: Work, saved: Saved, ticket: str) -> Step:
    if not ticket:
        raise Unconfirmed("Zalo nhận bài nhưng không trả mã xử lý; hệ thống sẽ kiểm tra lại.", section="zalo 2.3")
    begun = {"ticket": ticket, "ticket_at": work.now.isoformat(), "asked": 0}
    return Step({**saved, **begun}, ready=False, again_after=FIRST_ASK)


def _ask(work: Work, saved: Saved) -> Step:
    """How far Zalo is with it."""
    patient = work.now - datetime.fromisoformat(saved["ticket_at"]) < PATIENCE
    asked = int(saved["asked"]) + 1
    try:
        article_id = ask_for_id(work, saved["ticket"])
    except StillProcessing as waiting:
        if patient:
            again_after = min(FIRST_ASK * 1.5**asked, LAST_ASK)
            return Step({**saved, "asked": asked}, ready=False, again_after=again_after)
        found = "" if saved.get("id") else _lost_article(work, saved)
        if not found:
            words = "Zalo xử lý bài quá 15 phút chưa xong; hệ thống sẽ hỏi lại."
            raise Unavailable(words, code=waiting.code, section="zalo 2.3") from None
        article_id = found
    except Rejected:
        if patient and saved["digest"] == lookup.digest(work):
            raise
        # A person tries again with something else, or the ticket has died: how long one lives is unverified.
        return _refused(work, saved)
    kept = {name: value for name, value in saved.items() if name not in ("ticket", "ticket_at", "asked")}
    done = {**kept, "id": article_id}
    return Step(done, ready=saved["digest"] == lookup.digest(work))


def _refused(work: Work, saved: Saved) -> Step:
    if not saved.get("id"):
        return _begin_anew(work, saved)
    return prepare(work, {name: saved[name] for name in ("video", "id") if name in saved})


def _check_again(work: Work, saved: Saved) -> Step:
    """Prepared once already: still there? Somebody may have removed a hidden article by hand."""
    if _is_gone(work, saved["id"]):
        return _begin_anew(work, saved)
    return Step({name: value for name, value in saved.items() if name != "update_ticket"}, ready=True)


def _is_gone(work: Work, article_id: str) -> bool:
    return detail(work.api, article_id, now=work.now) is None and work.row(article_id) is None


def _lost_article(work: Work, saved: Saved) -> str:
    """The id of the one hidden article that a lost answer left behind, else "" (zalo 9.3 to 9.5)."""
    hidden = [row for row in lookup.candidates(work, saved) if row.status == HIDE]
    ours = [row for row in hidden if lookup.is_ours(work, saved, row)]
    if len(ours) > 1:
        ids = ", ".join(row.id for row in ours)
        words = f"Trên Zalo OA có {len(ours)} bài ẩn giống hệt bài này (mã {ids}); hãy xóa bớt trong OA Manager."
        raise Rejected(words, section="zalo 9.5")
    return ours[0].id if ours else ""
