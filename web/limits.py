"""How much a browser may send: bytes are counted as they come, whatever the request says of its length."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from content.vietnamese import number

MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000
USUAL = 25 * MEGABYTE
WIDER = {"/tu-lieu/tai-len": 4 * GIGABYTE}
"""Where files are streamed to disk as they are; a form is never one of them, because forms are read before anybody
looks who sends them."""
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
HEARD_OUT = 100 * MEGABYTE
"""So much more of a body that is too large is thrown away, that its sender reads the answer; then the line is cut."""


class TooLarge(HTTPException):
    """More than may be sent here; `detail` says so in Vietnamese."""

    def __init__(self, most: int) -> None:
        words = f"Nội dung gửi lên lớn hơn {number(most / MEGABYTE)} MB nên không được nhận; hãy gửi tệp nhỏ hơn."
        super().__init__(413, words)


class BodyLimit:
    """Raises `TooLarge` where the body is read. Pure ASGI: nothing is kept in memory, streams stay streams."""

    def __init__(self, app: ASGIApp, usual: int = USUAL, wider: Mapping[str, int] = WIDER) -> None:
        self.app, self.usual, self.wider = app, usual, wider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see the class."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, came = self._most(scope), 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                await _hear_out(message, receive)
                raise TooLarge(most)
            return message

        await self.app(scope, counted, send)

    def _most(self, scope: Scope) -> int:
        if Headers(scope=scope).get("content-type", "").lower().startswith(FORMS):
            return self.usual
        wide = [most for prefix, most in self.wider.items() if _below(scope["path"], prefix)]
        return max(wide, default=self.usual)


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


async def _hear_out(message: Message, receive: Receive) -> None:
    left = HEARD_OUT
    while left > 0 and message.get("more_body", False):
        message = await receive()
        left -= len(message.get("body", b""))
