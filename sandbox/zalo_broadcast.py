"""Broadcasts of the imitated OA: checked, kept, never told about again but under /_sandbox (sheet 4)."""

from datetime import timedelta, timezone
from typing import Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import Response

from sandbox.world import World
from sandbox.zalo_articles import Articles
from sandbox.zalo_oa import ARTICLE, GOVERNMENT, MESSAGE, Oa
from sandbox.zalo_rules import broadcast_fault
from sandbox.zalo_wire import Wire, failure, success

VIETNAM = timezone(timedelta(hours=7))


def add_broadcast_routes(app: FastAPI, world: World, wire: Wire, articles: Articles, oa: Oa) -> None:
    """The call itself, what was accepted (for tests), and the message calls that a government OA is refused."""
    accepted: list[dict[str, Any]] = []

    def refusal(body: Any) -> tuple[int, str] | None:
        """Why this OA may not send it now, if it may not; it needs two permission groups (sheet 4.3)."""
        if oa.oa_type == GOVERNMENT and oa.broadcast_refused:
            return -235, "This API does not support this type of OA"
        if not oa.is_verified:
            return -221, "The OA needs to be verified"
        if found := oa.refusal(ARTICLE):
            return found
        if fault := broadcast_fault(body, set(articles.all)):
            return -201, fault
        if not 6 <= world.now().astimezone(VIETNAM).hour < 22:
            return -234, "Message cannot be sent at night (10:00PM - 6:00AM)"
        return (-211, "Out of quota") if oa.broadcasts_left == 0 else None

    @app.post("/v2.0/oa/message", response_model=None)
    def message(request: Request, body: Any = Body(None)) -> Response:
        with world.lock:
            articles.settle()
            refused = wire.refuse(request, MESSAGE)
            if refused:
                return refused
            if found := refusal(body):
                return wire.answer(failure(*found))
            if oa.broadcasts_left is not None:
                oa.broadcasts_left -= 1
            accepted.append({"message_id": world.token("message")[:24], "at": world.now().isoformat(), **body})
            return wire.answer(success({"message_id": accepted[-1]["message_id"]}))

    @app.post("/v3.0/oa/message/{kind}", response_model=None)
    def message_to_one(request: Request, kind: str) -> Response:
        with world.lock:
            is_refused = oa.oa_type == GOVERNMENT
            words = "This API does not support this type of OA" if is_refused else "not imitated"
            refused = wire.refuse(request, MESSAGE)
            return refused or wire.answer(failure(-235 if is_refused else -201, words))

    @app.get("/_sandbox/broadcasts")
    def list_broadcasts() -> list[dict[str, Any]]:
        return accepted
