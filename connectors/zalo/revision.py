"""New words for an article that is shown: the whole of it again, with its id (zalo 2.4). Repeating it does no harm.

What is saved between the steps: `video` (of a video article, see `Upload`; only its id and hash when Zalo has the
very file already) and `update_ticket` (Zalo's token of the update).
"""

from datetime import datetime

from connectors.base import Accepted, Found, NotThere, Outgoing, Problem, Receipt, Saved, Step
from connectors.errors import Rejected
from connectors.zalo.compare import same_content
from connectors.zalo.listing import detail
from connectors.zalo.showing import changed_at, is_processed, status_in, update
from connectors.zalo.upload import is_file, next_upload
from connectors.zalo.work import CLOCKS, HIDE, LOOK_AFTER, SHOW, Work


def problems(outgoing: Outgoing) -> list[Problem]:
    """A revision belongs to one post."""
    if len(outgoing.refs) == 1 and outgoing.refs[0]:
        return []
    return [Problem("refs", "Bản sửa phải thuộc về đúng một bài đã đăng trên Zalo OA.")]


def prepare(work: Work, saved: Saved) -> Step:
    """See that the article is there, shown and of the same type; upload its video if it has another one."""
    if problems(work.outgoing):
        raise Rejected(problems(work.outgoing)[0].words, section="zalo 2.4")
    article_id = work.outgoing.refs[0]
    told = detail(work.api, article_id, now=work.now)
    row = None if status_in(told) else work.row(article_id)
    if told is None and row is None:
        raise Rejected("Bài cần sửa không còn trên Zalo OA.", section="zalo 2.4")
    told = told or {}
    if told.get("type", work.kind) != work.kind:
        words = "Bài trên Zalo không đổi được giữa bài có ảnh và bài video; hãy gỡ bài cũ rồi đăng bài mới."
        raise Rejected(words, section="zalo 2.4")
    if HIDE in (status_in(told), row.status if row else ""):
        words = "Bài đang bị ẩn trên Zalo OA; sửa sẽ làm bài hiện lại. Hãy cho bài hiện trong OA Manager rồi sửa."
        raise Rejected(words, section="zalo 2.4")
    video = work.outgoing.video
    if video and told.get("video_id") and is_file(video, told.get("video_name")):
        saved = {**saved, "video": {"id": str(told["video_id"]), "sha256": video.sha256}}
    return next_upload(work, saved) or Step(_without_ticket(saved), ready=True)


def publish(work: Work, saved: Saved) -> Accepted:
    """The one call."""
    return Accepted({**saved, "update_ticket": update(work, saved, work.outgoing.refs[0], SHOW)}, LOOK_AFTER)


def find(work: Work, saved: Saved, *, since: datetime) -> Found:
    """Whether what stands there is what is wanted.

    Of pictures only the number can be compared. So where Zalo does not say that the update is done, the article must
    also have been changed since, as far as its list tells.
    """
    is_done = is_processed(work, saved, since)
    if is_done is False:
        return NotThere()
    article_id = work.outgoing.refs[0]
    told = detail(work.api, article_id, now=work.now)
    if not told or not same_content(told, work.payload(SHOW, saved)):
        return NotThere()
    row = work.row(article_id)
    if HIDE in (status_in(told), row.status if row else ""):
        return NotThere()
    if row and row.updated and row.updated < since - CLOCKS and not is_done:
        return NotThere()
    return Receipt(article_id, row.link if row else "", changed_at(row, since))


def _without_ticket(saved: Saved) -> Saved:
    """An older update's ticket says nothing about the next one."""
    return {name: value for name, value in saved.items() if name != "update_ticket"}
