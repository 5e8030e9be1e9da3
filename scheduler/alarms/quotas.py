"""What the queue will use up of each budget, window by window, against what is left of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

from sqlalchemy import select as columns
from sqlmodel import Session, col

from connectors import connector_class
from connectors.base import Budget, Connector, Credentials, Media, Outgoing, Part
from connectors.meter import Calendar, Rolling
from content.tables import Asset, Post, PostAsset
from content.vietnamese import local_day
from scheduler.access import Platforms
from scheduler.alarms.values import QuotaFacts
from scheduler.autopilot import slot_times
from scheduler.lifecycle import State
from scheduler.limits import scope_of
from scheduler.rows import one_of
from scheduler.standing import left_of_many
from scheduler.tables import Channel, Publication

DAYS = 7
"""A budget of a day is held against each of so many days."""
ROWS_MOST = 1000
_CHUNK = 500
_A_DAY = timedelta(days=1)
_QUEUED = frozenset({State.SCHEDULED, State.RETRY_WAIT, State.HELD})
"""What has not begun to spend; the rest has been counted, or is just being."""


class _Row(NamedTuple):
    channel_id: int
    post_id: int
    due_at: datetime
    part: str
    variants: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Window:
    """One budget in one window; `left` as of now, or the whole of it where the window has not begun."""

    budget: Budget
    scope: str
    begin: datetime
    end: datetime
    left: int


def quotas(
    session: Session, platforms: Platforms, channels: Sequence[Channel], *, now: datetime
) -> tuple[QuotaFacts, ...]:
    """Every budget of a day or a month that the queue touches."""
    budgets = {
        one.id or 0: (one, [budget for budget in _budgets(platforms, one) if budget.amount and _lasts(budget)])
        for one in channels
    }
    budgets = {number: pair for number, pair in budgets.items() if pair[1]}
    if not budgets:
        return ()
    left = left_of_many(session, budgets, now=now)
    windows = {
        number: [window for budget, units in left[number] for window in _windows(channel, budget, units, now)]
        for number, (channel, _) in budgets.items()
    }
    horizon = max(window.end for several in windows.values() for window in several)
    rows = _queue(session, list(budgets), now, horizon)
    costs = _costs(session, rows, {one.id or 0: one for one, _ in budgets.values()}, platforms)
    wanted: dict[tuple[str, str, datetime], int] = defaultdict(int)
    touched: dict[tuple[str, str, datetime], tuple[_Window, dict[int, str]]] = {}
    for row, units in zip(rows, costs, strict=True):
        for window in windows[row.channel_id]:
            spent = units.get(window.budget.name, 0)
            if spent and window.begin <= row.due_at < window.end:
                key = (window.scope, window.budget.name, window.begin)
                wanted[key] += spent
                names = touched.setdefault(key, (window, {}))[1]
                names[row.channel_id] = budgets[row.channel_id][0].name
    return tuple(_facts(window, names, wanted[key]) for key, (window, names) in touched.items())


def _facts(window: _Window, names: Mapping[int, str], wanted: int) -> QuotaFacts:
    monthly = isinstance(window.budget.window, Calendar) and window.budget.window.monthly
    first = local_day(window.begin)
    return QuotaFacts(
        scope=window.scope,
        name=window.budget.name,
        words=window.budget.words,
        channels=", ".join(f"kênh “{name}”" for name in names.values()),
        first=first,
        monthly=monthly,
        left=window.left,
        wanted=wanted,
        path=f"/lich?thang={first:%Y-%m}" if monthly else f"/lich?ngay={first.isoformat()}",
    )


def _budgets(platforms: Platforms, channel: Channel) -> Sequence[Budget]:
    return connector_class(channel.platform).budgets(platforms.settings[channel.platform])


def _lasts(budget: Budget) -> bool:
    """A budget of minutes only slows things down."""
    return isinstance(budget.window, Calendar) or budget.window.length >= _A_DAY


def _windows(channel: Channel, budget: Budget, left: int, now: datetime) -> Iterable[_Window]:
    """The window that runs, with what is left; then those to come, whole: the next month, or the next days."""
    scope = scope_of(budget.per, channel.platform, channel.id)
    if isinstance(budget.window, Rolling):
        for begin, end in _local_days(now):
            yield _Window(budget, scope, begin, end, left if begin <= now else budget.amount)
        return
    begin, end = budget.window.start(now), budget.window.end(now)
    for _ in range(2 if budget.window.monthly else DAYS):
        yield _Window(budget, scope, begin, end, left if begin <= now else budget.amount)
        begin, end = end, budget.window.end(end)


def _local_days(now: datetime) -> Iterable[tuple[datetime, datetime]]:
    today = local_day(now)
    for ahead in range(DAYS):
        on: date = today + ahead * _A_DAY
        yield slot_times(on, [0])[0], slot_times(on, [24 * 60])[0]


def _queue(session: Session, channels: Sequence[int], now: datetime, until: datetime) -> list[_Row]:
    facts = (Publication.channel_id, Publication.post_id, Publication.due_at, Publication.part, Post.variants)
    found = (
        columns(*cast("tuple[Any, ...]", facts))
        .where(
            col(Publication.post_id) == col(Post.id),
            col(Publication.due_at) >= now,
            col(Publication.due_at) < until,
            one_of(_QUEUED),
            col(Publication.channel_id).in_(channels),
        )
        .order_by(col(Publication.due_at), col(Publication.id))
        .limit(ROWS_MOST)
    )
    return [_Row(*one) for one in session.connection().execute(found)]


def _costs(
    session: Session, rows: Sequence[_Row], channels: Mapping[int, Channel], platforms: Platforms
) -> list[Mapping[str, int]]:
    """Of each row what it will use up; only what it is made of matters, so no file is opened."""
    posts = {row.post_id for row in rows if row.part == Part.POST}
    files: dict[int, list[tuple[str, str, Media]]] = defaultdict(list)
    numbers = sorted(posts)
    for at in range(0, len(numbers), _CHUNK):
        some = numbers[at : at + _CHUNK]
        facts = (PostAsset.post_id, PostAsset.role, PostAsset.platform, Asset.mime, Asset.size, Asset.sha256)
        used = columns(*cast("tuple[Any, ...]", facts)).where(
            col(PostAsset.sha256) == col(Asset.sha256),
            col(PostAsset.post_id).in_(some),
            col(PostAsset.role).in_(("video", "cover")),
        )
        for post_id, role, platform, mime, size, sha256 in session.connection().execute(used):
            files[post_id].append((role, platform, Media(Path(sha256), mime, size, sha256)))
    connectors = {number: platforms.open(one, Credentials({})) for number, one in channels.items()}
    return [_cost(row, channels[row.channel_id], connectors[row.channel_id], files[row.post_id]) for row in rows]


def _cost(
    row: _Row, channel: Channel, connector: Connector, files: Sequence[tuple[str, str, Media]]
) -> Mapping[str, int]:
    media = {role: one for role, platform, one in files if platform in ("", channel.platform)}
    options = {**channel.options, **row.variants.get(channel.platform, {}).get("options", {})}
    outgoing = Outgoing(
        "", "", "", video=media.get("video"), cover=media.get("cover"), options=options, part=Part(row.part)
    )
    try:
        return connector.costs(outgoing)
    except ValueError:  # options that the platform does not know any more; its hour will tell of them
        return {}
