"""The limits of the imitated Facebook: headers that rise with every call, refusals that are ordered (facebook 6.4)."""

import json
import re
from collections.abc import Collection
from typing import Any

from sandbox.facebook_errors import GraphError
from sandbox.facebook_login import PAGE_ID
from sandbox.world import Fault, World

KINDS = {
    "rate_limit": "a refusal by {code} (80001 of the Page, 4 of the app, 17 and 32 of a person, 613) with {status} "
    "(400) and a header that names {minutes}",
    "usage": "the headers tell {percent} and {minutes} of the Page or of a business named by {key}, {app_percent} of "
    "the app, {page_percent} in the old header of the Page",
}
QUIET_CALLS, CALLS_PER_PERCENT, NATURAL_MAX = 10, 20, 60
MESSAGES = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
}
OF_PAGE = (80001, 613)


class Usage:
    """Counts calls and tells of it."""

    def __init__(self, world: World, pages: Collection[str] = (PAGE_ID,)) -> None:
        self.world = world
        self.pages = pages

    def limit(self, method: str, path: str) -> tuple[GraphError, dict[str, str]] | None:
        """The refusal that was ordered for this call, and its headers."""
        fault = self.world.strikes("rate_limit", method, path)
        if fault is None:
            return None
        code = int(fault.values.get("code", 80001))
        error = GraphError(code, MESSAGES[code], status=int(fault.values.get("status", 400)))
        minutes = float(fault.values.get("minutes", 17 if code in OF_PAGE else 0))
        headers = _of_page(self._page_in(path), 100 if code in OF_PAGE or minutes else 12, minutes, is_page=True)
        return error, headers if code in OF_PAGE else headers | _of_app(100)

    def headers(self, method: str, path: str, calls: int) -> dict[str, str]:
        """What an answer tells after so many calls; nothing on a quiet day."""
        fault = self.world.strikes("usage", method, path)
        if fault:
            return _ordered(fault)
        if calls < QUIET_CALLS:
            return {}
        percent = min(NATURAL_MAX, calls // CALLS_PER_PERCENT)
        return _of_page(self._page_in(path), percent, 0, is_page=True) | _of_app(percent // 2)

    def _page_in(self, path: str) -> str:
        """The Page that is written to or read; the first one where the address tells none."""
        return next((part for part in re.split("[/_]", path) if part in self.pages), PAGE_ID)


def _ordered(fault: Fault) -> dict[str, str]:
    facts: dict[str, Any] = fault.values
    headers: dict[str, str] = {}
    if "percent" in facts:
        key = str(facts.get("key", PAGE_ID))
        headers |= _of_page(key, facts["percent"], float(facts.get("minutes", 0)), is_page=key == PAGE_ID)
    if "app_percent" in facts:
        headers |= _of_app(facts["app_percent"])
    if "page_percent" in facts:
        told = {"call_count": facts["page_percent"], "total_cputime": 1, "total_time": 2}
        headers["X-Page-Usage"] = json.dumps(told)
    return headers


def _of_page(key: str, percent: int, minutes: float, *, is_page: bool) -> dict[str, str]:
    entry = {
        "type": "pages",
        "call_count": percent // 2,
        "total_cputime": percent // 3,
        "total_time": percent,
        "estimated_time_to_regain_access": int(minutes),
    }
    other = {**entry, "type": "instagram", "call_count": 99, "estimated_time_to_regain_access": 0}
    told = {key: [other, entry], "551100000000001": [{**entry, "total_time": 98}]} if is_page else {key: [entry]}
    return {"x-business-use-case-usage": json.dumps(told)}


def _of_app(percent: int) -> dict[str, str]:
    return {"x-app-usage": json.dumps({"call_count": percent, "total_time": percent // 2, "total_cputime": 0})}
