"""Whether "hidden first" holds on this very Page (facebook 3.10): tried out with one small picture.

Nobody documents it, so it is used only where this was passed. For some seconds the public can see the trial
post. It is deleted in every case, also after a failure in the middle; a person hears of one that stayed.
"""

from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any

from connectors.base import Finding
from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.facebook import listing, lookup, photos
from connectors.facebook.codes import GONE, Purpose
from connectors.facebook.graph import Graph

SECTION = "facebook 3.10"
FIELDS = "id,is_published,permalink_url,created_time"
VIETNAM = timezone(timedelta(hours=7))
USUAL_WAY = "Hãy để kênh này đăng bài theo cách thông thường (không chọn tạo bài ẩn trước)."
TRY_LATER = "Hãy kiểm chứng lại sau ít phút; trước đó cứ đăng bài theo cách thông thường."


class _FailedError(Exception):
    """A statement did not hold; it is among the findings."""


class HiddenFirstTrial:
    """One trial on one Page, at one moment. Use it once."""

    def __init__(self, graph: Graph, page_id: str) -> None:
        self.graph = graph
        self.page_id = page_id
        self.words = f"Bài thử kỹ thuật lúc {_clock(graph.now)}; bài này tự xóa ngay sau khi thử."
        """Nobody else's, because of the second in them."""
        self.photo_id = ""
        self.post_id = ""
        self.seen: dict[str, None] = {}
        """Every post that is our trial, in the order in which they were met."""
        self.may_exist = False
        self.doing = ""
        self.found: list[Finding] = []

    def run(self) -> list[Finding]:
        """Every statement of the sheet with what was seen. Raises a `ConnectorError` only before anything exists."""
        self.photo_id = photos.send(self.graph, self.page_id, ("thu.png", _picture(), "image/png"), alt="Ảnh thử")
        try:
            self._create()
            before = self._see_hidden()
            self._show()
            self._see_shown(before)
        except ConnectorError as error:
            self.found.append(Finding(self.doing, False, error.words, TRY_LATER))
        except _FailedError:
            pass
        finally:
            cleaned = self._clean()
        return [*self.found, cleaned]

    def _create(self) -> None:
        self.doing = "Tạo bài ẩn"
        media = [{"media_fbid": self.photo_id}]
        values = {"message": self.words, "attached_media": media, "published": False}
        try:
            answer = self.graph.write(f"{self.page_id}/feed", Purpose.REPEATABLE, values)
        except Unavailable:  # perhaps made, and nobody knows its id
            self.may_exist = True
            raise
        self.may_exist = True
        self.post_id = str(answer.get("id") or "")
        self.seen |= {self.post_id: None} if self.post_id else {}
        self._note(bool(self.post_id), "Facebook đã tạo bài ẩn có một ảnh.", "Facebook không trả mã bài ẩn.")

    def _see_hidden(self) -> datetime | None:
        """Nobody sees it; when Facebook says it was created."""
        self.doing = "Bài ẩn không ai thấy"
        post = self._read()
        self._note(
            post.get("is_published") is False,
            "Facebook cho biết bài chưa công khai.",
            "Facebook không cho biết bài chưa công khai.",
        )
        self.doing = "Bài ẩn không có trong danh sách bài đã đăng"
        self._note(not self._listed(), "Danh sách bài đã đăng không có bài ẩn.", "Bài ẩn đã hiện trong danh sách.")
        return lookup.instant(post.get("created_time"))

    def _show(self) -> None:
        for self.doing in ("Cho bài hiện", "Gửi lại lệnh cho hiện"):
            answer = self.graph.write(self.post_id, Purpose.PUBLISH, {"is_published": True})
            self._note(answer.get("success") is True, "Facebook trả lời thành công.", "Facebook không báo thành công.")

    def _see_shown(self, before: datetime | None) -> None:
        self.doing = "Bài đã hiện"
        post = self._read()
        link = str(post.get("permalink_url") or "")
        shown = post.get("is_published") is True and bool(link)
        self._note(shown, f"Bài đã công khai tại {link}.", "Bài chưa công khai hoặc chưa có địa chỉ.")
        self.found.append(_told_time(before, lookup.instant(post.get("created_time")), self.graph.now))
        self.doing = "Chỉ có một bài trong danh sách"
        count = len(self._listed())
        seen = f"Danh sách bài đã đăng có {count} bài thử thay vì một."
        self._note(
            count == 1, "Danh sách bài đã đăng có đúng một bài thử.", seen, TRY_LATER if not count else USUAL_WAY
        )

    def _note(self, ok: bool, good: str, bad: str, step: str = USUAL_WAY) -> None:
        self.found.append(Finding(self.doing, ok, good if ok else bad, "" if ok else step))
        if not ok:
            raise _FailedError

    def _read(self) -> dict[str, Any]:
        return self.graph.read(self.post_id, fields=FIELDS)

    def _listed(self, edge: str = listing.PUBLISHED) -> list[str]:
        """The ids of the posts of a list that are our trial: its id, its picture or its words."""
        posts, _ = listing.read_since(self.graph, self.page_id, edge, self.graph.now - timedelta(seconds=120))
        ours = [str(one["id"]) for one in posts if one.get("id") and self._is_ours(one)]
        self.seen |= dict.fromkeys(ours)
        return ours

    def _is_ours(self, post: dict[str, Any]) -> bool:
        if post["id"] == self.post_id or self.photo_id in lookup.target_ids(post):
            return True
        return lookup.normalised(str(post.get("message") or "")) == lookup.normalised(self.words)

    def _clean(self) -> Finding:
        """Delete the trial, also one whose creation was never answered."""
        what = "Xóa bài thử"
        if not self.may_exist:
            return Finding(what, True, "Không có bài thử nào được tạo.")
        left: list[str] = []
        why = ""
        try:
            ids = list(self.seen) or self._listed(listing.EVERYTHING)
        except ConnectorError as error:
            step = "Hãy mở Fanpage và xóa bằng tay bài thử có nội dung “Bài thử kỹ thuật”, kể cả trong mục bài nháp."
            return Finding(what, False, error.words, step)
        for post_id in ids:  # each, whatever became of the one before
            try:
                self._delete(post_id)
            except ConnectorError as error:
                left, why = [*left, post_id], error.words
        if left:
            return Finding(what, False, why, f"Hãy mở Fanpage và xóa bằng tay bài thử mã {', '.join(left)}.")
        words = "Bài thử đã được xóa." if ids else "Không thấy bài thử nào trên Fanpage; không cần xóa."
        return Finding(what, True, words)

    def _delete(self, post_id: str) -> None:
        """Delete it. After an answer that says nothing the post itself is asked. Raises when it may be left."""
        try:
            answer = self.graph.delete_object(post_id)
        except Misconfigured as error:
            if error.code != GONE:
                raise
        except Unavailable:
            if not self._is_gone(post_id):
                raise
        else:
            if not isinstance(answer, dict) or answer.get("success") is not True:
                raise Unavailable("Facebook chưa xác nhận đã xóa bài thử.", section=SECTION)

    def _is_gone(self, post_id: str) -> bool:
        try:
            self.graph.read(post_id, fields="id")
        except Misconfigured as error:
            if error.code != GONE:
                raise
            return True
        return False


def _picture() -> bytes:
    """A small plain picture, made here."""
    from PIL import Image  # a trial is made once in the life of a Page

    held = BytesIO()
    Image.new("RGB", (400, 210), (200, 16, 46)).save(held, "PNG")
    return held.getvalue()


def _told_time(before: datetime | None, after: datetime | None, now: datetime) -> Finding:
    """Whether `created_time` became the moment of showing; no condition, only good to know."""
    what = "Giờ đăng mà Facebook ghi"
    if before is None or after is None:
        return Finding(what, True, "Facebook không cho biết giờ tạo bài.")
    if before == after:
        words = f"Facebook vẫn ghi giờ tạo bài ẩn ({_clock(before)}), không đổi khi bài hiện lúc {_clock(now)}."
    else:
        words = f"Facebook đổi giờ đăng từ {_clock(before)} thành {_clock(after)} khi bài hiện."
    return Finding(what, True, words)


def _clock(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M:%S ngày %d/%m/%Y")
