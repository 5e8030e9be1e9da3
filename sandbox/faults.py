"""The faults that happen on the wire, whatever the platform: a lost, late, cut or odd answer.

Plain ASGI, outermost, because hanging up means to drop the connection under the server. A fault either takes
the place of the answer (`INSTEAD`) or changes it on its way (`CHANGES`); one of the first kind and any number
of the second may strike the same request.
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.world import Fault, World

INSTEAD: Mapping[str, str] = {
    "hang_up": "the connection is dropped instead of an answer",
    "delay": "nothing for {seconds} (5), then the connection is dropped",
    "refused": "the connection is dropped, nothing is done, and for {seconds} (2) none is accepted",
    "status": "{status} (502) with {json}, or with {body} as HTML, and with {headers}",
    "html": "{status} (200) and an HTML page, or {body}, where JSON was asked",
    "no_body": "{status} (200) and nothing more",
}
CHANGES: Mapping[str, str] = {
    "strange": "unknown keys in every object of the JSON, and its keys in another order",
    "numbers_as_text": "every number of the JSON, or those called {names}, as a text",
    "smaller": "every number of the JSON that is called one of {names} is only {share} (0.5) of itself",
    "talkative": "names of people, and addresses with a token, in every object of the JSON",
    "content_type": "the answer calls itself {type} (text/javascript; charset=UTF-8)",
    "truncated": "only the first {share} (0.5) of the body, then the connection ends; {quiet}: as if it were all",
    "held": "the answer waits until the faults are forgotten",
    "slow_drip": "the body in {pieces} (8), {seconds} (0.25) apart",
}
KINDS: Mapping[str, str] = {**INSTEAD, **CHANGES}
"""Every kind and what it does; what may stand in its `values` is in braces, with what it is otherwise."""

LOOKED_AT = 0.02
"""Seconds between two looks whether a held answer may go."""
PERSON, LEAKED = "Nguyễn Thị Ngoài Danh Sách", "EAAleakedtoken0123456789"
COMMENT = "Hồ sơ của gia đình tôi bao giờ có kết quả?"
"""What a person wrote below a post."""
"""What an answer that talks too much tells; invented."""
WITHOUT_ANSWER = ("hang_up", "delay", "refused")
HTML = "<html><head><title>502 Bad Gateway</title></head><body>The server is temporarily unable.</body></html>"


@dataclass(frozen=True)
class Answer:
    """A whole answer. `length` is what Content-Length tells."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    length: int

    def with_body(self, body: bytes) -> "Answer":
        """The same answer with another body."""
        return replace(self, body=body, length=len(body))


def _answer(status: int, kind: str, text: str, headers: Mapping[str, Any] | None = None) -> Answer:
    body = text.encode()
    more = {name.lower(): str(value) for name, value in (headers or {}).items()}
    return Answer(status, {"content-type": kind, **more}, body, len(body))


NOTHING_DONE = _answer(200, "application/json", '{"error": 0, "message": "The platform was not asked.", "data": {}}')
"""What is changed on its way where a fault says that the platform does not act."""


class WireFaults:
    """Carries out the transport faults of a world, before or after the platform acted.

    `build` makes a new world and its app; POST /_sandbox/reset calls it again, so that each test begins
    with an empty platform at the same address. A world that was asked nothing but the time is as good as new.
    `shut_door` lets nobody in for so many seconds.
    """

    def __init__(self, build: Callable[[], tuple[World, ASGIApp]], base_url: str) -> None:
        self.build = build
        self.base_url = base_url
        self.shut_door: Callable[[float], None] = lambda _seconds: None
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self.world, self.app = self.build()
        self.world.base_url = self.base_url
        self.is_new = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or strike it."""
        if scope["type"] == "http" and scope["path"] == "/_sandbox/reset":
            if not self.is_new or self.world.faults or self.world.coming:
                self.reset()
            scope = {**scope, "path": "/_sandbox/clock"}  # which stands at the form's `now` then, or the computer's
        elif scope["path"] != "/_sandbox/clock":
            self.is_new = False
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        world, app = self.world, self.app
        faults = _struck(world, scope["method"], scope["path"])
        noted = {"method": scope["method"], "path": scope["path"], "acted": False, "ended": None}
        noted["fault"] = ", ".join(fault.kind for fault in faults)
        world.requests.append(noted)
        rng = random.Random(f"{world.seed}:{len(world.requests)}")
        try:
            if not faults:
                await app(scope, receive, send)
                return
            body = await _whole_body(receive)
            acts = all(fault.effect and fault.kind != "refused" for fault in faults)
            answer = await _asked(app, scope, body) if acts else NOTHING_DONE
            noted["acted"] = True  # all that this request will ever do is done
            await self._strike(faults, answer, send, rng)
        finally:
            noted["ended"] = len(world.requests)  # so many had begun by then; what comes later does not overlap

    async def _strike(self, faults: Sequence[Fault], answer: Answer, send: Send, rng: random.Random) -> None:
        first = faults[0]
        if first.kind == "delay":
            await asyncio.sleep(float(first.values.get("seconds", 5)))
        if first.kind == "refused":
            self.shut_door(float(first.values.get("seconds", 2)))
        if first.kind in WITHOUT_ANSWER:
            _transport(send).abort()
            return
        pieces, pause = 1, 0.0
        world = self.world
        for fault in faults:
            while fault.kind == "held" and fault in world.faults and self.world is world:
                await asyncio.sleep(LOOKED_AT)
            answer = _other(answer, fault, rng)
            if fault.kind == "slow_drip":
                pieces, pause = int(fault.values.get("pieces", 8)), float(fault.values.get("seconds", 0.25))
        await _send(answer, send, pieces, pause)


def _struck(world: World, method: str, path: str) -> list[Fault]:
    """The faults that strike this request; the one that takes the answer's place stands first."""
    world.arm_due()
    instead = next((hit for kind in INSTEAD if (hit := world.strikes(kind, method, path))), None)
    if instead and instead.kind in WITHOUT_ANSWER:
        return [instead]
    changes = [hit for kind in CHANGES if (hit := world.strikes(kind, method, path))]
    return [instead, *changes] if instead else changes


def _other(answer: Answer, fault: Fault, rng: random.Random) -> Answer:
    """What becomes of an answer."""
    values = fault.values
    match fault.kind:
        case "status":
            status, headers = int(values.get("status", 502)), values.get("headers")
            if "json" in values:
                return _answer(status, "application/json", json.dumps(values["json"]), headers)
            return _answer(status, "text/html; charset=utf-8", str(values.get("body", "")) or HTML, headers)
        case "html":
            page = str(values.get("body", "")) or HTML
            return _answer(int(values.get("status", 200)), "text/html; charset=utf-8", page)
        case "no_body":
            return replace(answer.with_body(b""), status=int(values.get("status", 200)))
        case "strange":
            return _rewritten(answer, lambda value: _strange(value, rng))
        case "numbers_as_text":
            names = values.get("names")
            return _rewritten(answer, lambda value: _as_text(value, names, names is None))
        case "smaller":
            names, share = values.get("names", ()), float(values.get("share", 0.5))
            return _rewritten(answer, lambda value: _smaller(value, names, share))
        case "talkative":
            return _rewritten(answer, _talkative)
        case "content_type":
            kind = str(values.get("type", "text/javascript; charset=UTF-8"))
            return replace(answer, headers={**answer.headers, "content-type": kind})
        case "truncated":
            kept = answer.body[: int(len(answer.body) * float(values.get("share", 0.5)))]
            return answer.with_body(kept) if values.get("quiet") else replace(answer, body=kept)
    return answer


# What is done to JSON ------------------------------------------------------------------------------------


def _rewritten(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    try:
        return answer.with_body(json.dumps(change(json.loads(answer.body))).encode())
    except ValueError:
        return answer  # a picture, a page, or nothing


def _inner(text: str, change: Callable[[Any], Any]) -> str:
    """The items of a batch carry their JSON as a text (facebook 5.6)."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.dumps(change(json.loads(text)))
    except ValueError:
        return text


def _strange(value: Any, rng: random.Random) -> Any:
    if isinstance(value, list):
        return [_strange(one, rng) for one in value]
    if isinstance(value, str):
        return _inner(value, lambda inner: _strange(inner, rng))
    if not isinstance(value, dict):
        return value
    pairs = [(name, _strange(one, rng)) for name, one in value.items()]
    if not _only_counts(value):  # in a list of counters by name a new name would be another counter
        odd: tuple[Any, ...] = (None, 0, "", "x", True, [], {"v": 1}, [{"id": "0"}])
        pairs += [(f"unknown_{rng.randrange(10_000)}", rng.choice(odd)) for _ in range(rng.randint(1, 3))]
    rng.shuffle(pairs)
    return dict(pairs)


def _only_counts(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(type(one) is int for one in value.values())


def _as_text(value: Any, names: Sequence[str] | None, is_named: bool) -> Any:
    if isinstance(value, list):
        return [_as_text(one, names, is_named) for one in value]
    if isinstance(value, str):
        return _inner(value, lambda inner: _as_text(inner, names, is_named))
    if isinstance(value, dict):
        return {name: _as_text(one, names, names is None or name in names) for name, one in value.items()}
    return str(value) if is_named and type(value) in (int, float) else value


def _smaller(value: Any, names: Sequence[str], share: float, is_named: bool = False) -> Any:
    if isinstance(value, list):
        return [_smaller(one, names, share, is_named) for one in value]
    if isinstance(value, str) and not (is_named and value.isdecimal()):
        return _inner(value, lambda inner: _smaller(inner, names, share))
    if isinstance(value, dict):
        return {name: _smaller(one, names, share, name in names) for name, one in value.items()}
    if not is_named or isinstance(value, bool | None):
        return value
    less = int(float(value) * share)
    return str(less) if isinstance(value, str) else less


def _talkative(value: Any) -> Any:
    if isinstance(value, list):
        return [_talkative(one) for one in value]
    if isinstance(value, str):
        return _inner(value, _talkative)
    if not isinstance(value, dict):
        return value
    link = f"https://graph.example/?access_token={LEAKED}"
    people = [{"id": "1000000000000001", "name": PERSON, "message": COMMENT, "link": link}]
    told = {name: _talkative(one) for name, one in value.items()}
    return {**told, "from": people[0], "people": people, "picture": people[0]["link"]}


# The wire itself -----------------------------------------------------------------------------------------


async def _whole_body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _asked(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Let the platform act, and keep its answer back."""
    was_read = False
    start: dict[str, Any] = {}
    chunks: list[bytes] = []

    async def receive() -> Message:
        nonlocal was_read
        if was_read:
            return {"type": "http.disconnect"}
        was_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    whole = b"".join(chunks)
    return Answer(int(start["status"]), headers, whole, len(whole))


async def _send(answer: Answer, send: Send, pieces: int, pause: float) -> None:
    headers = {**answer.headers, "content-length": str(answer.length)}
    if answer.status in (204, 304):
        del headers["content-length"]
    told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": told})
    size = max(1, -(-len(answer.body) // pieces))
    for place in range(0, len(answer.body), size):
        if place:
            await asyncio.sleep(pause)
        await send({"type": "http.response.body", "body": answer.body[place : place + size], "more_body": True})
    if len(answer.body) < answer.length:
        _transport(send).close()
    else:
        await send({"type": "http.response.body", "body": b""})


def _transport(send: Send) -> Any:
    cycle: Any = getattr(send, "__self__", None)
    return cycle.transport
