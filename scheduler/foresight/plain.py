"""A forecast as plain JSON values, for programs: times in Asia/Ho_Chi_Minh with their offset, marks as words."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from content.vietnamese import local
from scheduler.foresight.values import ChannelFacts, DayPlan, Forecast


def plain(forecast: Forecast) -> dict[str, Any]:
    """The whole forecast."""
    keys = {one.id: one.key for one in forecast.channels}
    return {
        "now": _plain(forecast.now),
        "first": _plain(forecast.first),
        "last": _plain(forecast.last),
        "counts": {
            "items": len(forecast.items),
            "fails": len(forecast.failing),
            "warned": len(forecast.warned),
            "gaps": len(forecast.gaps),
            "empty_days": len(forecast.empty_days),
        },
        "channels": [_channel(one) for one in forecast.channels],
        "days": [_day(one) for one in forecast.days],
        "shortfalls": _plain(forecast.shortfalls),
        "coverage": [
            {
                **_plain(one),
                "cells": {keys[number]: count for number, count in one.cells.items()},
                "missing": one.missing,
            }
            for one in forecast.coverage
        ],
        "budgets": [{**_plain(one), "over": one.over} for one in forecast.budgets],
        "needs": _plain(forecast.needs),
        "notes": list(forecast.notes),
    }


def _channel(one: ChannelFacts) -> dict[str, Any]:
    return {"key": one.key, "name": one.name, "platform": one.platform, "state": one.state}


def _day(one: DayPlan) -> dict[str, Any]:
    items = [{**_plain(item), "planned": item.planned} for item in one.items]
    return {"on": _plain(one.on), "name": one.name, "empty": one.empty, "items": items, "gaps": _plain(one.gaps)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return local(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
