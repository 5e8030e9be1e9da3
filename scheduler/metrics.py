"""Reach and engagement flow back: read each channel's posts in few calls, store every value with its name.

Counters are stored as they were told: cumulative, perhaps falling, None where the platform told nothing.
A channel that cannot be read stops only itself. Figures give way to publishing: they have only a share of
every budget, and where a platform says that its limit is nearly used up, old posts are left out first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, insert
from sqlmodel import col, select

from connectors.base import Connector, Figure, Part
from connectors.errors import Blocked, ConnectorError, Limited, LimitedWork, Misconfigured, OverBudget, Reconnect
from scheduler.access import Access
from scheduler.channels import CONNECTED, stop_channel
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.limits import BELIEVED, Work, levels, may
from scheduler.tables import Channel, Publication, Reading

READ_FOR = timedelta(days=28)
"""A post is read for this long after it went out; its counters hardly move after that."""

log = structlog.get_logger("scheduler.metrics")


OLD_AFTER = timedelta(days=2)
"""Counters of older posts hardly move in a day, so they are the first to be left out."""

BUSY_WORDS = "Nền tảng báo gần hết giới hạn số lượt gọi nên lần này không thu số liệu, để dành cho việc đăng bài."


@dataclass
class Collected:
    """What one collection brought: values stored, and the channels that could not be read, with the reason."""

    readings: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def collect(engine: Engine, access: Access, *, now: datetime) -> Collected:
    """Read every connected channel once and store what it told, all with the same `taken_at` (`now`)."""
    collected = Collected()
    with reading(engine) as session:
        channels = session.exec(select(Channel).where(Channel.state == CONNECTED).order_by(Channel.key)).all()
    for channel in channels:
        try:
            for stored in _collect_channel(engine, access, channel, now=now):
                collected.readings += stored
        except ConnectorError as error:
            collected.failed[channel.key] = error.words
            _note(engine, channel, error)
            log.warning("not_read", channel=channel.key, error=str(error))
        except Exception as error:
            collected.failed[channel.key] = f"Lỗi chưa được phân loại ({type(error).__name__})."
            log.exception("not_read", channel=channel.key)
    return collected


def _collect_channel(engine: Engine, access: Access, channel: Channel, *, now: datetime) -> Iterator[int]:
    """Read and store the channel's own figures, then its posts': what stops the second does not lose the first."""
    with reading(engine) as session:
        # asked anew for each channel: reading the one before may have raised the level of their app
        level = levels(session, [channel], now=now).get(channel.id or 0)
        if not may(Work.READ, level):
            raise OverBudget("level", until=now + BELIEVED, words=BUSY_WORDS)
        since = now - (READ_FOR if may(Work.READ_OLD, level) else OLD_AFTER)
        rows = session.exec(
            select(Publication.id, Publication.external_id).where(
                Publication.channel_id == channel.id,
                Publication.part == Part.POST,
                Publication.state == State.PUBLISHED,
                Publication.external_id != "",
                col(Publication.published_at) > since,
            )
        ).all()
    ids = {external_id: publication_id for publication_id, external_id in rows}

    def read_posts(connector: Connector) -> list[Figure]:
        return connector.read_posts(sorted(ids), now=now)

    own = access.ask(channel, lambda connector: connector.read_channel(now=now), now=now, figures=True)
    yield _store(engine, channel, ids, own, now=now)
    if ids:
        yield _store(engine, channel, ids, access.ask(channel, read_posts, now=now, figures=True), now=now)


def _store(
    engine: Engine, channel: Channel, ids: dict[str, int | None], figures: Sequence[Figure], *, now: datetime
) -> int:
    rows = [
        {
            "channel_id": channel.id,
            "publication_id": ids[figure.ref] if figure.ref else None,
            "metric": str(figure.metric),
            "value": figure.value,
            "name": figure.name,
            "version": figure.version,
            "definition": figure.definition,
            "day": figure.day,
            "taken_at": now,
        }
        for figure in figures
        if not figure.ref or figure.ref in ids
    ]
    if rows:
        with writing(engine) as session:
            session.connection().execute(insert(Reading), rows)
    return len(rows)


def _note(engine: Engine, channel: Channel, error: ConnectorError) -> None:
    """A read that shows the access is gone, or a limit reached, counts for writing too; our own share does not."""
    if isinstance(error, LimitedWork):
        return
    assert channel.id is not None
    state = ""
    until = None
    if isinstance(error, Reconnect) and not error.refresh_first:
        state = "reconnect"
    elif isinstance(error, Misconfigured):
        return
    elif isinstance(error, Blocked | Limited):
        until = error.until
    if state or until:
        with writing(engine) as session:
            stop_channel(session, channel.id, state, error.words, until)
