"""An official report for the filled office (`desk_fill.py`): of the last whole month."""

from datetime import datetime

from sqlalchemy import Engine

from reports.official.keeping import make_report, wanted
from reports.spans import Preset, span_named


def make_one(engine: Engine, now: datetime) -> None:
    """The report of the last whole month, as known now."""
    month = span_named("thang-truoc", now)
    asked = wanted(Preset.MONTH, month, now, year=month.first.year, number=month.first.month)
    make_report(engine, asked, by="x", now=now)
