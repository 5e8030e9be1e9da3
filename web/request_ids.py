"""Every request has a name: it stands in its answer, in the lines of the log and on the page of an error."""

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_FIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""A name that a proxy gave and that may stand in a line of a log."""

log = structlog.get_logger("web")


class RequestId:
    """Takes the name that came along when it is fit, or gives one. Pure ASGI; outermost of what we add."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see the class."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if _FIT.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        # a request has a task, and so a context, of its own: what a traceback says afterwards has its name as well
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=name)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
                if message["status"] >= 500:
                    log.warning("answered", method=scope["method"], path=scope["path"][:200], status=message["status"])
            await send(message)

        await self.app(scope, receive, named)


def name_of(scope: Scope) -> str:
    """The name of a request; "" outside of one."""
    return str(scope.get("state", {}).get("request_id", ""))
