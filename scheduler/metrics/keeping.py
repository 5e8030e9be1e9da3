"""A collection as rows: written down before the first call, filled as answers come, closed with how it ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlmodel import col, select

from connectors.base import Figure
from connectors.transcript import packed
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.tables import Channel, Reading

UNFINISHED = "Việc thu số liệu chưa xong hoặc đã bị ngắt giữa chừng."
"""Stands there from the first moment, so that what died on its way never passes for whole."""


class Keeper:
    """One collection of one channel. `keep_raw`: whether the platform's answers are kept beside the figures."""

    def __init__(self, engine: Engine, channel_id: int, *, asked: int, keep_raw: bool, now: datetime) -> None:
        self.engine = engine
        self.channel_id = channel_id
        self.keep_raw = keep_raw
        self.now = now
        self.readings = 0
        self._heard: list[dict[str, Any]] = []
        row = Collection(channel_id=channel_id, taken_at=now, words=UNFINISHED, asked=asked)
        with writing(engine) as session:
            session.add(row)
        assert row.id is not None
        self.id = row.id

    def add(self, figures: Sequence[Figure], refs: Mapping[str, int], heard: Sequence[dict[str, Any]]) -> None:
        """Store figures and the answers they were made of, together or not at all."""
        rows = [self._row(one, refs) for one in figures if not one.ref or one.ref in refs]
        payload, size = packed([*self._heard, *heard])
        facts = {
            "readings": self.readings + len(rows),
            "payload": payload if self.keep_raw else None,
            "payload_bytes": size,
        }
        with writing(self.engine) as session:
            if rows:
                session.connection().execute(insert(Reading), rows)
            session.connection().execute(update(Collection).where(col(Collection.id) == self.id).values(**facts))
        self.readings += len(rows)
        self._heard += heard

    def end(self, words: str, calls: int) -> None:
        """Say how it ended: `words` is empty when everything was asked and answered."""
        with writing(self.engine) as session:
            statement = update(Collection).where(col(Collection.id) == self.id)
            session.connection().execute(statement.values(words=words, calls=calls))

    def _row(self, figure: Figure, refs: Mapping[str, int]) -> dict[str, Any]:
        return {
            "channel_id": self.channel_id,
            "publication_id": refs[figure.ref] if figure.ref else None,
            "metric": str(figure.metric),
            "value": figure.value,
            "name": figure.name,
            "version": figure.version,
            "definition": figure.definition,
            "day": figure.day,
            "taken_at": self.now,
            "collection_id": self.id,
        }


def put_away(engine: Engine, days: int, *, now: datetime) -> int:
    """Let go of answers that are older than so many days; their size stays. How many there were."""
    with reading(engine) as session:
        channels = session.exec(select(Channel.id).order_by(col(Channel.id))).all()
    count = 0
    for channel_id in channels:  # each by the index over a channel's collections
        old = (
            col(Collection.channel_id) == channel_id,
            col(Collection.taken_at) < now - timedelta(days=days),
            col(Collection.payload).is_not(None),
        )
        with writing(engine) as session:
            count += session.connection().execute(update(Collection).where(*old).values(payload=None)).rowcount
    return count
