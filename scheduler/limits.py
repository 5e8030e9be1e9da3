"""What may still be called, per app and per channel. It stands in tables, so a restart forgets nothing.

Where we count ourselves, every call is a row in `spending` and a budget's window is a sum. Where only the
platform counts, its last word is in `usage_level`, and the policy below decides what still may be done:
publishing before looking, looking before figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, insert, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from connectors.base import Budget, Connector, Meter
from connectors.meter import Left, Level, Per, Rolling
from scheduler.db import inserting
from scheduler.tables import Channel, Spending, UsageLevel

BELIEVED = timedelta(hours=1)
"""How long a level without an end of its own counts; a fresh answer brings a fresh one."""
KEPT = timedelta(days=40)
"""Longer than the longest window."""
WORTH_NOTING = 50.0
"""A lower level changes nothing, so it is not written down."""
FULL = 100.0
PAUSES = {Per.APP: timedelta(minutes=60), Per.CHANNEL: timedelta(minutes=15)}
"""How long a full limit is left alone when the platform names no time (facebook 6.4)."""


class Work(IntEnum):
    """What somebody wants to do, as the level from which on it has to wait (facebook 6.4; the steps are ours)."""

    READ_OLD = 70
    READ = 85
    PREPARE = 95
    LOOK = 96
    PUBLISH = 100


def scope_of(per: Per, platform: str, channel_id: int | None) -> str:
    """Whose budget a row belongs to."""
    return f"app:{platform}" if per is Per.APP else f"channel:{channel_id}"


# Budgets that we count -----------------------------------------------------------------------------------


def open_meter(
    connection: Connection, channel: Channel, budgets: Sequence[Budget], *, now: datetime, reading: bool = False
) -> Meter:
    """A meter with what is left for one piece of work on this channel; figures get only their share."""
    return open_meters(connection, [(channel, budgets)], now=now, reading=reading)[0]


def open_meters(
    connection: Connection, those: Sequence[tuple[Channel, Sequence[Budget]]], *, now: datetime, reading: bool = False
) -> list[Meter]:
    """The meters of many channels, in their order, by one statement for each kind of window.

    What is left of the app's own budgets is one sum for all of them: together they spend it once.
    """
    scopes: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for channel, budgets in those:
        for one in budgets:
            if one.amount:
                scopes[one.name, one.window.start(now)].add(scope_of(one.per, channel.platform, channel.id))
    spent: dict[tuple[str, str], tuple[int, datetime]] = {}
    for (name, start), mine in scopes.items():
        told = {"budget": name, "start": start, "scopes": sorted(mine)}
        for scope, units, oldest in connection.execute(_spent_since(), told):
            spent[scope, name] = int(units), oldest
    left: dict[tuple[str, str], Left] = {}
    meters = []
    for channel, budgets in those:
        mine_left = {}
        for one in budgets:
            if one.amount:
                key = scope_of(one.per, channel.platform, channel.id), one.name
                if key not in left:
                    most = int(one.amount * one.reading_share) if reading else one.amount
                    units, oldest = spent.get(key, (0, now))
                    left[key] = Left(max(0, most - units), _more_at(one, oldest, now))
                mine_left[one.name] = left[key]
        meters.append(Meter(mine_left, reads_until=float(Work.READ if reading else Work.PUBLISH)))
    return meters


@cache
def _spent_since() -> Select[str, int, datetime]:
    return (
        sa_select(col(Spending.scope), func.sum(Spending.units), func.min(Spending.at))
        .where(
            col(Spending.scope).in_(bindparam("scopes", expanding=True)),
            col(Spending.budget) == bindparam("budget"),
            col(Spending.at) > bindparam("start"),
        )
        .group_by(col(Spending.scope))
    )


def left_of(
    session: Session, budgets: Mapping[int, tuple[Channel, Sequence[Budget]]], *, now: datetime
) -> dict[int, list[tuple[Budget, int]]]:
    """What is left of every limited budget of these channels (by their ids), in one statement."""
    wanted = {
        (scope_of(budget.per, channel.platform, channel.id), budget.name): budget.window.start(now)
        for channel, those in budgets.values()
        for budget in those
        if budget.amount
    }
    spent: dict[tuple[str, str], int] = {}
    if wanted:
        windows = or_(
            *(
                and_(col(Spending.scope) == scope, col(Spending.budget) == name, col(Spending.at) > start)
                for (scope, name), start in wanted.items()
            )
        )
        statement = select(Spending.scope, Spending.budget, func.sum(Spending.units)).where(windows)
        rows = session.exec(statement.group_by(col(Spending.scope), col(Spending.budget)))
        spent = {(scope, name): int(units) for scope, name, units in rows}
    return {
        channel_id: [
            (budget, max(0, budget.amount - spent.get((scope_of(budget.per, one.platform, one.id), budget.name), 0)))
            for budget in those
            if budget.amount
        ]
        for channel_id, (one, those) in budgets.items()
    }


def _more_at(budget: Budget, oldest: datetime, now: datetime) -> datetime:
    """When there will be more: at the window's end, or when the oldest spending drops out of one that moves."""
    return oldest + budget.window.length if isinstance(budget.window, Rolling) else budget.window.end(now)


def store_spent(session: Session, those: Iterable[tuple[Channel, Connector]], *, now: datetime) -> None:
    """Write down what pieces of work spent so far; the caller commits and then empties the meters."""
    rows = []
    for channel, connector in those:
        if connector.meter.spent:
            per = {budget.name: budget.per for budget in connector.budgets(connector.settings)}
            rows += [
                {"scope": scope_of(per[name], channel.platform, channel.id), "budget": name, "at": now, "units": units}
                for name, units in connector.meter.spent.items()
            ]
    if rows:
        session.connection().execute(_SPENT, rows)


_SPENT = insert(Spending)


def forget(session: Session, *, now: datetime) -> None:
    """Remove what no window reaches any more; the caller commits."""
    session.connection().execute(_OLD, {"before": now - KEPT})


_OLD = delete(Spending).where(col(Spending.at) < bindparam("before"))


# Levels that the platform tells ---------------------------------------------------------------------------


def store_levels(
    session: Session, those: Iterable[tuple[Channel, Connector]], *, now: datetime
) -> list[tuple[Channel, Per, datetime]]:
    """Write down what platforms told of their own limits, the newest word for each; the caller commits.

    What is full comes back, with the time until which it has to be left alone.
    """
    told: dict[str, tuple[Channel, Per, Level]] = {}
    for channel, connector in those:
        for per, level in connector.meter.levels.items():
            told[scope_of(per, channel.platform, channel.id)] = channel, per, level
    if not told:
        return []
    noted = set(session.exec(select(UsageLevel.scope).where(col(UsageLevel.scope).in_(sorted(told)))))
    full = []
    for scope, (channel, per, level) in sorted(told.items()):
        until = level.until
        if level.percent >= FULL:
            until = level.until or now + PAUSES[per]
            full.append((channel, per, until))
        if level.percent >= WORTH_NOTING or scope in noted:
            _put_level(session, {"scope": scope, "percent": level.percent, "until": until, "at": now})
    return full


def _put_level(session: Session, values: dict[str, Any]) -> None:
    """Two workers may hear of the same limit at the same moment."""
    rest = {name: value for name, value in values.items() if name != "scope"}
    new = inserting(session, UsageLevel).values(**values)
    statement = new.on_conflict_do_update(index_elements=["scope"], set_=rest)
    session.connection().execute(statement)


_HIGH = col(UsageLevel.percent) >= WORTH_NOTING
_NOTED = sa_select(col(UsageLevel.scope), col(UsageLevel.percent), col(UsageLevel.until), col(UsageLevel.at)).where(
    _HIGH
)


def is_believed() -> ColumnElement[bool]:
    """Levels that change something, as a part of a statement for `:now` and `:believed` (`BELIEVED` before it)."""
    until, at = col(UsageLevel.until), col(UsageLevel.at)
    return and_(_HIGH, or_(until > bindparam("now"), and_(until.is_(None), at > bindparam("believed"))))


@dataclass(frozen=True, slots=True)
class Told:
    """What platforms told last of their own limits, by scope, as far as it is believed."""

    by_scope: Mapping[str, Level]

    def of(self, channel: Channel) -> Level | None:
        """The higher of a channel's own level and its app's."""
        scopes = (scope_of(per, channel.platform, channel.id) for per in Per)
        found = [self.by_scope[scope] for scope in scopes if scope in self.by_scope]
        return max(found, key=lambda level: level.percent, default=None)

    def too_full(self, per: Per, work: Work) -> list[str]:
        """Whose limit is too full for this work: platforms, or the ids of channels."""
        return [
            scope.partition(":")[2]
            for scope, level in sorted(self.by_scope.items())
            if scope.startswith(f"{per}:") and not may(work, level)
        ]


def told_levels(session: Session, *, now: datetime) -> Told:
    """Every level that is high enough to change something."""
    return Told(
        {
            row.scope: Level(row.percent, row.until)
            for row in session.connection().execute(_NOTED)
            if (row.until or row.at + BELIEVED) > now
        }
    )


def levels(session: Session, channels: Iterable[Channel], *, now: datetime) -> Mapping[int, Level]:
    """Channel id -> the higher of its own level and its app's, for those of these channels that have one."""
    told = told_levels(session, now=now)
    found = {channel.id: told.of(channel) for channel in channels} if told.by_scope else {}
    return {channel_id: level for channel_id, level in found.items() if channel_id is not None and level is not None}


def may(work: Work, level: Level | None) -> bool:
    """Whether this kind of work may be done at this level."""
    return level is None or level.percent < work
