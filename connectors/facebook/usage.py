"""How long Facebook wants us to wait, read from its usage headers (facebook 6.4)."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

HEADERS = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")

PAGE_PAUSE = timedelta(minutes=15)
"""After a Page's own limit, when no header names a time."""
APP_PAUSE = timedelta(minutes=60)
"""After a limit of the app or of a person, when no header names a time."""


def named_wait(headers: Mapping[str, str]) -> timedelta:
    """The longest wait the headers name; zero when they name none (they are absent on quiet days)."""
    minutes = [entry.get("estimated_time_to_regain_access") for entry in _entries(headers)]
    return timedelta(minutes=max((number for number in minutes if isinstance(number, int | float)), default=0))


def _entries(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Every usage object in the headers, whether it stands alone or in lists keyed by Page or business."""
    for name in HEADERS:
        try:
            usage = json.loads(headers.get(name, ""))
        except ValueError:
            continue
        if isinstance(usage, dict):
            yield usage
            for value in usage.values():
                yield from (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()
