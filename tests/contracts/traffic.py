"""What our own connectors send and the sandbox answers in the normal flows, kept for a judge to read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine

from content.tables import Post
from scheduler.lifecycle import State
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, Running


@dataclass(frozen=True)
class Exchange:
    """One request with its answer, taken apart."""

    method: str
    path: str
    query: Mapping[str, str]
    kind: str
    parts: tuple[Message, ...] = ()
    """Of a multipart body; of any other body one part."""
    status: int = 0
    answer: Any = None

    @property
    def body(self) -> Any:
        """The JSON object of the body, alone or as the first part of a multipart one; None when there is none."""
        for part in self.parts:
            if part.get_content_type() == "application/json":
                return json.loads(_text(part))
        return None

    @property
    def form(self) -> dict[str, str]:
        """Names and values of a form, in either encoding; of a file only the name matters."""
        if self.kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(_text(self.parts[0]), keep_blank_values=True))
        named = {part.get_param("name", header="content-disposition"): part for part in self.parts}
        return {str(name): "" if part.get_filename() else _text(part) for name, part in named.items() if name}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""


class Ear(HTTPAdapter):
    """Hears everything a session sends, and what came back."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.heard: list[Exchange] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """One request; a body that is read from the disk piece by piece is read at once."""
        body: Any = request.body or b""
        if hasattr(body, "read"):
            body = request.body = b"".join(body)
        body = body if isinstance(body, bytes) else str(body).encode()
        answer = super().send(request, *args, **kwargs)
        self.heard.append(_exchange(request, body, answer))
        return answer


def _exchange(request: requests.PreparedRequest, body: bytes, answer: requests.Response) -> Exchange:
    address = urlsplit(request.url or "")
    kind = str(request.headers.get("Content-Type", "")) if body else ""
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts: Any = message.get_payload() if message.is_multipart() else [message]
    return Exchange(
        method=request.method or "",
        path=address.path,
        query=dict(parse_qsl(address.query, keep_blank_values=True)),
        kind=kind.partition(";")[0],
        parts=tuple(parts),
        status=answer.status_code,
        answer=_json(answer),
    )


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def hear(
    engine: Engine,
    sandbox: Sandbox,
    folder: Path,
    platform: str,
    *posts: Callable[[Running], Post],
    **tuning: Mapping[str, Any],
) -> list[Exchange]:
    """Connect, publish each of `posts` (functions of a house that make one), read figures, withdraw."""
    house, ear = Running(engine, sandbox, folder, "", **tuning), Ear()
    house.http.mount("http://", ear)
    try:
        channel = house.connect(platform)
        rows = [
            house.queue(make(house), channel, NOW + HOUR + place * timedelta(minutes=10))
            for place, make in enumerate(posts)
        ]
        house.pass_time(NOW + 3 * HOUR)
        done = [house.load(row.id) for row in rows]
        assert [row.state for row in done] == [State.PUBLISHED] * len(posts), [row.problem for row in done]
        later = NOW + 96 * HOUR
        house.clock.set(later)
        sandbox.at(later)
        assert house.service.collect().failed == {}
        connector = house.service.access.connector(channel, now=later)
        connector.health(now=later)
        connector.withdraw(done[0].external_id, now=later)
    finally:
        house.close()
    return ear.heard
