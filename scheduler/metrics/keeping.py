"""A collection as rows: written down before the first call, filled as answers come, closed with how it ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Update, bindparam, insert, update
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col

from connectors.base import Figure
from connectors.transcript import packed
from scheduler.db import recording
from scheduler.figure_tables import Collection
from scheduler.tables import Reading

_READINGS = insert(Reading)
UNFINISHED = "Việc thu số liệu chưa xong hoặc đã bị ngắt giữa chừng."
"""Stands there from the first moment, so that what died on its way never passes for whole."""


def begin(engine: Engine, channels: Mapping[int, int], *, now: datetime) -> dict[int, int]:
    """Write down a collection of each of these channels (id -> posts it is to be asked of); its number, by channel."""
    if not channels:
        return {}
    rows = [
        {"channel_id": channel_id, "taken_at": now, "words": UNFINISHED, "asked": asked}
        for channel_id, asked in channels.items()
    ]
    with recording(engine) as connection:
        return {channel_id: number or 0 for channel_id, number in connection.execute(_begun(), rows)}


class Keeper:
    """One collection of one channel, begun as the row `number`. `keep_raw`: whether the platform's answers are kept
    beside the figures."""

    def __init__(self, number: int, channel_id: int, *, asked: int, keep_raw: bool, now: datetime) -> None:
        self.id = number
        self.channel_id = channel_id
        self.asked = asked
        self.keep_raw = keep_raw
        self.now = now
        self.rows: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self._heard: list[dict[str, Any]] = []

    @property
    def readings(self) -> int:
        """How many values came."""
        return len(self.rows)

    def add(self, figures: Sequence[Figure], refs: Mapping[str, int], heard: Sequence[dict[str, Any]]) -> None:
        """Figures, and the answers they were made of."""
        self.rows += [self._row(one, refs) for one in figures if not one.ref or one.ref in refs]
        self._heard += heard

    def end(self, words: str, calls: int) -> None:
        """How it ended: `words` is empty when everything was asked and answered. `store` writes it down."""
        payload, size = packed(self._heard) if self._heard else (None, 0)
        self.facts = {
            "number": self.id,
            "asked": self.asked,
            "readings": self.readings,
            "payload": payload if self.keep_raw else None,
            "payload_bytes": size,
            "words": words,
            "calls": calls,
        }

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


def store(engine: Engine, ended: Sequence[Keeper]) -> None:
    """Write down what came of these collections and how they ended, all of it or nothing."""
    if not ended:
        return
    rows = [row for one in ended for row in one.rows]
    with recording(engine) as connection:
        if rows:
            connection.execute(_READINGS, rows)
        connection.execute(_ended(), [one.facts for one in ended])


@cache
def _begun() -> ReturningInsert[int, int | None]:
    return insert(Collection).returning(col(Collection.channel_id), col(Collection.id))


@cache
def _ended() -> Update:
    return update(Collection).where(col(Collection.id) == bindparam("number"))
