"""Broadcasts of the imitated OA: checked, kept, never told about again but under /_sandbox (sheet 4).

Knobs, ordered as faults: broadcast_quota (-211), oa_unverified (-221), package_low (-224), type_refused (-235).
"""

from datetime import timedelta, timezone
from typing import Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import Response

from sandbox.world import World
from sandbox.zalo_articles import Articles
from sandbox.zalo_wire import Wire, failure, success

PATH = "/v2.0/oa/message"
VIETNAM = timezone(timedelta(hours=7))
KNOBS = {
    "type_refused": failure(-235, "This API does not support this type of OA"),
    "oa_unverified": failure(-221, "The OA needs to be verified"),
    "package_low": failure(-224, "The OA needs to upgrade OA Tier Package"),
    "broadcast_quota": failure(-211, "Out of quota"),
}
CODES = {"ages": range(8), "gender": range(3), "locations": range(3), "cities": range(64), "platform": range(1, 4)}


def fault_of(body: Any, known: set[str]) -> str:
    """The message of the -201; empty when it is well formed and its articles exist."""
    try:
        target = body["recipient"]["target"]
        payload = body["message"]["attachment"]["payload"]
        elements = [(one["media_type"], one["attachment_id"]) for one in payload["elements"]]
        bad = [name for name, value in target.items() if not _good_codes(name, value)]
    except (KeyError, TypeError, AttributeError):
        return "body is invalid"
    if bad:
        return f"{bad[0]} is invalid"
    if payload.get("template_type") != "media" or not 1 <= len(elements) <= 5:
        return "elements is invalid"
    return "" if all(kind == "article" and ref in known for kind, ref in elements) else "attachment_id is invalid"


def _good_codes(name: str, value: Any) -> bool:
    codes = str(value).split(",") if isinstance(value, str | int) else []
    return bool(codes) and all(code.isdecimal() and int(code) in CODES.get(name, ()) for code in codes)


def add_broadcast_routes(app: FastAPI, world: World, wire: Wire, articles: Articles) -> None:
    """The call itself, and what was accepted, for tests."""
    accepted: list[dict[str, Any]] = []

    @app.post(PATH, response_model=None)
    def message(request: Request, body: Any = Body(None)) -> Response:
        with world.lock:
            articles.settle()
            refused = wire.refuse(request)
            if refused:
                return refused
            struck = next((answer for name, answer in KNOBS.items() if world.strikes(name, "POST", PATH)), None)
            if struck:
                return wire.answer(struck)
            if fault := fault_of(body, set(articles.all)):
                return wire.answer(failure(-201, fault))
            if not 6 <= world.now().astimezone(VIETNAM).hour < 22:
                return wire.answer(failure(-234, "Message cannot be sent at night (10:00PM - 6:00AM)"))
            accepted.append({"message_id": world.token("message")[:24], "at": world.now().isoformat(), **body})
            return wire.answer(success({"message_id": accepted[-1]["message_id"]}))

    @app.get("/_sandbox/broadcasts")
    def list_broadcasts() -> list[dict[str, Any]]:
        return accepted
