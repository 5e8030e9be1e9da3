"""What every answer of the imitated OA API has in common: envelope, token check, limits, ordered faults."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from sandbox.world import World
from sandbox.zalo_tokens import Tokens

LIMIT = 4000
"""Calls a minute."""
MESSAGES = {-216: "Access token is invalid", -220: "access_token is expired or removed"}


def success(data: dict[str, Any] | None = None) -> dict[str, Any]:
    """The envelope of a success."""
    return ({} if data is None else {"data": data}) | {"error": 0, "message": "Success"}


def failure(code: int, message: str) -> dict[str, Any]:
    """The envelope of an error; it travels with HTTP 200."""
    return {"error": code, "message": message}


class Wire:
    """Refuses what may not pass and writes the answers. Call it with the world's lock held."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self._minute: datetime | None = None
        self._calls = 0

    def refuse(self, request: Request) -> Response | None:
        """The answer to a call without a good token, over the limit, or struck by an ordered fault."""
        method, path = request.method, request.url.path
        self._count()
        if self._world.strikes("expired_token", method, path):
            return self.answer(failure(-220, MESSAGES[-220]))
        code = self._tokens.state_of(request.headers.get("access_token", ""))
        if code:
            return self.answer(failure(code, MESSAGES[code]))
        if self._proof_is_wrong(request):
            return self.answer(failure(-242, "Invalid appsecret_proof"))
        if self._calls > LIMIT or self._world.strikes("rate_limit", method, path):
            return self.answer(failure(-32, "Your application reached limit call api"))
        if self._world.strikes("empty", method, path):
            return Response(b"", media_type="application/json")
        if fault := self._world.strikes("error", method, path):
            return self.answer(dict(fault.values))
        return None

    def _proof_is_wrong(self, request: Request) -> bool:
        proof = request.headers.get("appsecret_proof", "")
        required = self._world.strikes("proof_required", request.method, request.url.path)
        right = self._tokens.proof_of(request.headers.get("access_token", ""))
        return proof != right and bool(proof or required)

    def answer(self, body: dict[str, Any]) -> Response:
        """Always HTTP 200, with the headers of the limit."""
        left = max(LIMIT - self._calls, 0)
        return JSONResponse(body, headers={"X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remain": str(left)})

    def _count(self) -> None:
        minute = self._world.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._calls = minute, 0
        self._calls += 1
