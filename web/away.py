"""While the database is away (it restarts, its machine is cut off) people read one sentence and lose nothing.

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

from scheduler.db import is_away
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
SECRETIVE = ("/dang-nhap", "/moi", "/tai-khoan", "/nguoi-dung", "/kenh")
"""Where a form may carry a password, a code or a token: that is never written into a page."""
_KINDS = (DBAPIError, NoConnectionFree)


def answer_while_away(app: FastAPI) -> None:
    """Let `app`, the desk or the API, answer 503 instead of breaking."""
    for kind in _KINDS:
        app.add_exception_handler(kind, _away)


def told_away() -> JSONResponse:
    """The answer for programs."""
    return JSONResponse({"detail": WORDS, "errors": []}, status_code=503, headers=RETRY)


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
    if not is_away(error):
        raise error
    if "text/html" not in request.headers.get("accept", "") or request.scope.get("root_path"):
        return told_away()
    know_nobody(request)
    fields, files = await _brought(request) if request.method == "POST" else ([], False)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    words = (SENT_WORDS if fields else SECRET_WORDS) if request.method == "POST" else WORDS
    facts: Mapping[str, object] = {"words": words, "address": address, "fields": fields, "files": files}
    answer = page(request, "away.html", status=503, **facts)
    answer.headers.update(RETRY)
    return answer


async def _brought(request: Request) -> tuple[list[tuple[str, str]], bool]:
    """The written fields of the form that came, and whether files came too; nothing where secrets are typed."""
    if request.url.path.startswith(SECRETIVE):
        return [], False
    try:
        form = await posted(request)
    except (Forbidden, HTTPException):
        return [], False
    pairs = form.multi_items()
    fields = [(name, value) for name, value in pairs if isinstance(value, str)]
    return fields, any(isinstance(value, UploadFile) and value.filename for _, value in pairs)
