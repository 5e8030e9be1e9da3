"""What every answer of the imitated Zalo has in common: envelope, token check, limits, ordered faults."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from sandbox.world import World
from sandbox.zalo_oa import Oa
from sandbox.zalo_tokens import Tokens

LIMIT = 4000
"""Calls of the app a minute."""
KINDS = {
    "expired_token": "the access token is dead: -220",
    "rate_limit": "the app's limit of calls is reached: -32",
    "proof_required": "a call without appsecret_proof is refused: -242; a wrong one always is",
    "error": "the body is {error}, {message} and whatever else is told, with HTTP 200; nothing is done",
}
MESSAGES = {-216: "Access token is invalid", -220: "access_token is expired or removed"}


def success(data: dict[str, Any] | None = None) -> dict[str, Any]:
    """The envelope of a success."""
    return ({} if data is None else {"data": data}) | {"error": 0, "message": "Success"}


def failure(code: int, message: str) -> dict[str, Any]:
    """The envelope of an error; it travels with HTTP 200."""
    return {"error": code, "message": message}


def ordered_error(world: World, request: Request) -> Response | None:
    """The error that was ordered instead of an answer; nothing is done."""
    fault = world.strikes("error", request.method, request.url.path)
    return JSONResponse(dict(fault.values)) if fault else None


class Wire:
    """Refuses what may not pass and writes the answers. Call it with the world's lock held."""

    def __init__(self, world: World, tokens: Tokens, oa: Oa) -> None:
        self._world = world
        self._tokens = tokens
        self._oa = oa
        self._minute: datetime | None = None
        self._calls = 0

    def refuse(self, request: Request, group: str) -> Response | None:
        """The answer to a call without a good token, without the permission group, over the limit, or struck."""
        self._count()
        found = self._refusal(request, group)
        return self.answer(failure(*found)) if found else ordered_error(self._world, request)

    def _refusal(self, request: Request, group: str) -> tuple[int, str] | None:
        method, path = request.method, request.url.path
        if self._world.strikes("expired_token", method, path):
            return -220, MESSAGES[-220]
        is_misplaced = "authorization" in request.headers or "access_token" in request.query_params
        code = -216 if is_misplaced else self._tokens.state_of(request.headers.get("access_token", ""))
        if code:
            return code, MESSAGES[code]
        if self._proof_is_wrong(request):
            return -242, "Invalid appsecret_proof"
        if self._calls > LIMIT or self._world.strikes("rate_limit", method, path):
            return -32, "Your application reached limit call api"
        if self._oa.calls_per_minute is not None and self._calls > self._oa.calls_per_minute:
            return -32, "Your OA reached limit call api"
        return self._oa.refusal(group)

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
