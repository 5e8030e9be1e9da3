"""While the database is away (it restarts, its machine is cut off), or the disk is full, people read one sentence and
lose nothing.

Nothing here asks the database. What a form brought is on the page of the answer, to be sent again with one button; a
script reads the sentence and keeps its page as it is.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from content.errors import DiskError
from scheduler.db import is_away, is_full
from web.door import Forbidden, posted
from web.page import page

T = TypeVar("T")

RETRY = {"Retry-After": "10"}
"""Seconds; a restart of PostgreSQL takes about as long."""
WORDS = "Cơ sở dữ liệu tạm thời không truy cập được; hãy thử lại sau ít phút."
SENT_WORDS = (
    "Cơ sở dữ liệu tạm thời không truy cập được nên chưa rõ việc vừa gửi đã được ghi hay chưa. Điều bạn viết được giữ "
    "ở trang này: đợi ít phút rồi bấm “Gửi lại”."
)
SECRET_WORDS = "Cơ sở dữ liệu tạm thời không truy cập được; đợi ít phút rồi quay lại trang trước và gửi lại."
FULL_WORDS = "Ổ đĩa của máy chủ đã đầy nên chưa ghi được gì; hãy báo quản trị hệ thống dọn bớt, rồi tải lại trang."
FULL_SECRET_WORDS = "Ổ đĩa của máy chủ đã đầy nên chưa ghi được gì; hãy báo quản trị hệ thống dọn bớt, rồi gửi lại."
FULL_SENT_WORDS = (
    "Ổ đĩa của máy chủ đã đầy nên việc vừa gửi chưa được ghi. Điều bạn viết được giữ ở trang này: hãy báo quản trị hệ "
    "thống dọn bớt, rồi bấm “Gửi lại”."
)
SECRETIVE = ("/dang-nhap", "/moi", "/tai-khoan", "/nguoi-dung", "/kenh")
"""Where a form may carry a password, a code or a token: that is never written into a page."""
_KINDS = (DBAPIError, NoConnectionFree)
_AWAY, _FULL = (SENT_WORDS, SECRET_WORDS, WORDS), (FULL_SENT_WORDS, FULL_SECRET_WORDS, FULL_WORDS)
"""To who sent a form that the answer holds, to who sent one that it must not hold, to who only reads."""


def answer_while_away(app: FastAPI) -> None:
    """Let `app`, the desk or the API, answer 503, or 507 when the disk is full, instead of breaking."""
    for kind in (*_KINDS, OSError, DiskError):
        app.add_exception_handler(kind, _away)


def told_away() -> JSONResponse:
    """The answer for programs."""
    return JSONResponse({"detail": WORDS, "errors": []}, status_code=503, headers=RETRY)


def _told_full(words: str) -> JSONResponse:
    return JSONResponse({"detail": words, "errors": []}, status_code=507)


def reached(ask: Callable[[], T]) -> T | None:
    """What the database answered; None while it is away."""
    try:
        return ask()
    except _KINDS as error:
        if not is_away(error):
            raise
        return None


def know_nobody(request: Request) -> None:
    """A page without its frame's facts: none of them is asked for."""
    request.state.person = request.state.flash = None
    request.state.paused = False


async def _away(request: Request, error: Exception) -> Response:
    full = isinstance(error, DiskError) or is_full(error)
    if not full and not is_away(error):
        raise error
    if "text/html" not in request.headers.get("accept", "") or request.scope.get("root_path"):
        return _told_full(FULL_SECRET_WORDS) if full else told_away()
    know_nobody(request)
    fields, files = await _brought(request) if request.method == "POST" else ([], False)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    sent, secret, read = _FULL if full else _AWAY
    words = (sent if fields else secret) if request.method == "POST" else read
    facts: Mapping[str, object] = {"words": words, "address": address, "fields": fields, "files": files, "full": full}
    answer = page(request, "away.html", status=507 if full else 503, **facts)
    if not full:
        answer.headers.update(RETRY)
    return answer


async def _brought(request: Request) -> tuple[list[tuple[str, str]], bool]:
    """The written fields of the form that came, and whether files came too; nothing where secrets are typed."""
    if request.url.path.startswith(SECRETIVE):
        return [], False
    try:
        form = await posted(request)
    except (Forbidden, HTTPException, OSError, RuntimeError):  # or the disk was full while the form itself was read
        return [], False
    pairs = form.multi_items()
    fields = [(name, value) for name, value in pairs if isinstance(value, str)]
    return fields, any(isinstance(value, UploadFile) and value.filename for _, value in pairs)
