"""How many alarms are open, for the menu of every page: asked now and then, not by each page."""

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from scheduler.db import reading
from scheduler.notices import count_alarms

FRESH = timedelta(seconds=20)
"""A number this old is still shown; the watch itself looks every half hour."""

_known: WeakKeyDictionary[Engine, tuple[datetime, int]] = WeakKeyDictionary()


def heard(engine: Engine, number: int, now: datetime) -> None:
    """A page has just counted them."""
    _known[engine] = (now, number)


def open_alarms(engine: Engine, now: datetime) -> int:
    """The number as it was a moment ago."""
    last = _known.get(engine)
    if last is None or abs(now - last[0]) >= FRESH:
        with reading(engine) as session:
            last = _known[engine] = (now, count_alarms(session))
    return last[1]
