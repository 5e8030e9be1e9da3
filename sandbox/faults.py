"""The faults that happen on the wire: hang up, delay past the time-out, 5xx, HTML instead of JSON.

Plain ASGI, outermost, because hanging up means to drop the connection under the server.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.world import Fault, World

KINDS = ("hang_up", "delay", "status", "html")
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>The server is temporarily unable.</body></html>"


class WireFaults:
    """Carries out the transport faults of a world, before or after the platform acted.

    `build` makes a new world and its app; POST /_sandbox/reset calls it again, so that each test begins
    with an empty platform at the same address.
    """

    def __init__(self, build: Callable[[], tuple[World, ASGIApp]], base_url: str) -> None:
        self.build = build
        self.base_url = base_url
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self.world, self.app = self.build()
        self.world.base_url = self.base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or strike it."""
        if scope["type"] == "http" and scope["path"] == "/_sandbox/reset":
            self.reset()
            scope = {**scope, "method": "GET", "path": "/_sandbox/clock"}
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        fault = next((hit for kind in KINDS if (hit := self.world.strikes(kind, scope["method"], scope["path"]))), None)
        noted = {"method": scope["method"], "path": scope["path"], "fault": fault.kind if fault else "", "acted": False}
        self.world.requests.append(noted)
        if fault is None:
            await self.app(scope, receive, send)
            return
        body = await _whole_body(receive)
        if fault.effect:
            await self.app(scope, _replay(body), _swallow)
        noted["acted"] = True  # all that this request will ever do is done
        await self._strike(fault, scope, body, send)

    async def _strike(self, fault: Fault, scope: Scope, body: bytes, send: Send) -> None:
        if fault.kind == "hang_up":
            _hang_up(send)
        elif fault.kind == "delay":
            await asyncio.sleep(float(fault.values.get("seconds", 5)))
            _hang_up(send)
        else:
            status = int(fault.values.get("status", 502 if fault.kind == "status" else 200))
            html = str(fault.values.get("body", "")).encode() or HTML
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [
                        (b"content-type", b"text/html; charset=utf-8"),
                        (b"content-length", str(len(html)).encode()),
                    ],
                }
            )
            await send({"type": "http.response.body", "body": html})


async def _whole_body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _swallow(message: Message) -> None:
    """The platform's answer, which nobody will see."""


def _hang_up(send: Send) -> None:
    cycle: Any = getattr(send, "__self__", None)
    cycle.transport.abort()
