"""Carries the rules out: in small batches, each with a sentence in the same transaction, never what is under a hold."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import CompoundSelect, Engine, bindparam, delete, func, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from sqlmodel import select as rows

from content.vietnamese import number
from records.errors import RecordsError
from records.holds import Held, held
from records.keeping_tables import RetentionPeriod
from records.rules import FileRule, Rule, TableRule, Thing
from scheduler.db import reading, writing

BATCH = 500
"""Rows in one short transaction: nobody waits for the night's work."""
BATCHES_MOST = 2_000
"""A run ends after so many; what is left goes the next night."""
_PERIODS = rows(RetentionPeriod)
Told = Callable[[Session, str], None]
"""Leaves the act of what went, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Period:
    """A rule with the period that counts here."""

    rule: Rule
    days: int
    actor: str = ""
    updated_at: datetime | None = None

    def before(self, now: datetime) -> datetime:
        """What is older than this may go."""
        return now - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Due:
    """What of one kind would go now, and what a hold keeps back of it."""

    period: Period
    count: int
    kept_back: int
    size: int = 0
    """Bytes of files; 0 for rows."""


# The office's periods --------------------------------------------------------------------------------------


def periods(session: Session, rules: Sequence[Rule]) -> list[Period]:
    """Every rule with the period of this office. What was set outside a rule's limits counts as the nearest limit."""
    set_here = {one.kind: one for one in session.exec(_PERIODS)}
    found = []
    for rule in rules:
        row = set_here.get(rule.kind)
        days = rule.days if row is None else row.days
        days = min(max(days, rule.least), rule.most)
        found.append(Period(rule, days, row.actor if row else "", row.updated_at if row else None))
    return found


def set_period(
    session: Session, rules: Sequence[Rule], kind: str, days: int, *, by: str, now: datetime
) -> Rule:  # fmt: skip
    """The office's period of one kind; the caller commits. Raises `RecordsError` with what is allowed."""
    rule = next((one for one in rules if one.kind == kind), None)
    if rule is None:
        known = ", ".join(one.kind for one in rules)
        raise RecordsError(f"Không có loại “{kind[:40]}”; các loại: {known}.", "loai")
    if not rule.least <= days <= rule.most:
        raise RecordsError(
            f"{rule.label}: thời hạn từ {number(rule.least)} đến {number(rule.most)} ngày.", "so_ngay"
        )  # fmt: skip
    row = session.get(RetentionPeriod, kind, with_for_update=True)
    if row is None:
        row = RetentionPeriod(kind=kind, days=days, actor=by, updated_at=now)
    row.days, row.actor, row.updated_at = days, by, now
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise RecordsError("Người khác vừa đặt thời hạn này; hãy xem lại rồi đặt lại.", "so_ngay") from None
    return rule


# Before it is done ------------------------------------------------------------------------------------------


def due(engine: Engine, rules: Sequence[Rule], *, now: datetime) -> list[Due]:
    """What would go now, by kind; nothing is changed."""
    with reading(engine) as session:
        hold = held(session)
        return [_due(session, one, hold, now) for one in periods(session, rules)]


def _due(session: Session, period: Period, hold: Held, now: datetime) -> Due:
    if isinstance(period.rule, FileRule):
        old = _old_files(period, now)
        going = [one for one in old if not period.rule.stays(one, hold)]
        return Due(period, len(going), len(old) - len(going), sum(one.size for one in going))
    over = count = _count(session, period, Held(), now)
    if hold.everything:
        count = 0
    elif hold != Held():
        count = _count(session, period, hold, now)
    return Due(period, count, over - count)


def _count(session: Session, period: Period, hold: Held, now: datetime) -> int:
    rule = period.rule
    assert isinstance(rule, TableRule)
    asked = select(func.count()).select_from(rule.table).where(*rule.over(period.before(now), hold))
    return int(session.connection().execute(asked).scalar_one())


# Doing it ----------------------------------------------------------------------------------------------------


def carry_out(engine: Engine, rules: Sequence[Rule], told: Told, *, now: datetime) -> str:
    """Remove what is over; a sentence for the job's row. Cut off anywhere it goes on the next night.

    `told` gets a sentence for each batch and writes it down where acts are kept, in the batch's own transaction.
    """
    gone: dict[str, int] = {}
    for _ in range(BATCHES_MOST):
        with reading(engine) as session:
            those = _may_go(session, periods(session, rules), now)
        if not those:
            break
        with writing(engine) as session:
            removed = _one_batch(session, those, now)
            if not removed:
                break
            told(session, f"đã xóa theo thời hạn: {_in_words(rules, removed)}")
        for kind, count in removed.items():
            gone[kind] = gone.get(kind, 0) + count
    files = _files(engine, rules, told, now)
    gone |= files
    return f"Đã xóa theo thời hạn: {_in_words(rules, gone)}." if gone else "Không có gì hết thời hạn."


def _may_go(session: Session, lasting: Sequence[Period], now: datetime) -> list[Rule]:
    """The rules of which rows are over: most nights none or one. Whether a hold keeps them is not asked yet."""
    of_tables = {one.rule: one for one in lasting if isinstance(one.rule, TableRule)}
    told = {f"before_{place}": one.before(now) for place, one in enumerate(of_tables.values())}
    found = set(session.connection().execute(_which_are_over(tuple(of_tables)), told).scalars()) if told else set()
    return [rule for place, rule in enumerate(of_tables) if place in found]


@lru_cache(maxsize=4)
def _which_are_over(rules: tuple[TableRule, ...]) -> CompoundSelect[int]:
    each = [
        select(literal(place)).where(select(rule.key).where(*rule.over(bindparam(f"before_{place}"), Held())).exists())
        for place, rule in enumerate(rules)
    ]
    return union_all(*each)


def _one_batch(session: Session, rules: Sequence[Rule], now: datetime) -> dict[str, int]:
    """At most `BATCH` rows of whatever kinds. The holds are read in the same transaction: one that was placed a moment
    ago is seen."""
    hold, room, removed = held(session), BATCH, dict[str, int]()
    if hold.everything:
        return {}
    for period in periods(session, rules):
        if isinstance(period.rule, TableRule) and room > 0:
            count = _remove(session, period, hold, room, now)
            if count:
                removed[period.rule.kind] = count
                room -= count
    return removed


def _remove(session: Session, period: Period, hold: Held, most: int, now: datetime) -> int:
    rule = period.rule
    assert isinstance(rule, TableRule)
    those = select(rule.key).where(*rule.over(period.before(now), hold)).order_by(rule.at, rule.key).limit(most)
    keys = list(session.connection().execute(those).scalars())
    if not keys:
        return 0
    mine = rule.key.in_(keys)
    if rule.emptied:
        session.connection().execute(update(rule.table).where(mine).values(dict.fromkeys(rule.emptied)))
    else:
        session.connection().execute(delete(rule.table).where(mine))
    return len(keys)


def _files(engine: Engine, rules: Sequence[Rule], told: Told, now: datetime) -> dict[str, int]:
    """Files go after the act was written: an act too many is better than a file that went without one."""
    with reading(engine) as session:
        hold = held(session)
        going = {one.rule.kind: list(_going(one, hold, now)) for one in periods(session, rules)}
    found = {kind: len(things) for kind, things in going.items() if things}
    if not found:
        return {}
    with writing(engine) as session:
        told(session, f"xóa tệp theo thời hạn: {_in_words(rules, found)}")
    for things in going.values():
        for one in things:
            _let_go(one)
    return found


def _going(period: Period, hold: Held, now: datetime) -> Iterator[Thing]:
    if isinstance(period.rule, FileRule):
        yield from (one for one in _old_files(period, now) if not period.rule.stays(one, hold))


def _old_files(period: Period, now: datetime) -> list[Thing]:
    rule = period.rule
    assert isinstance(rule, FileRule)
    there = sorted(rule.find(), key=lambda one: (one.at, one.path.name))
    return [one for one in there[: len(there) - rule.keep_newest] if one.at < period.before(now)]


def _let_go(one: Thing) -> None:
    """What somebody else took away meanwhile is gone as well; what cannot be taken away is tried the next night."""
    if one.path.is_dir() and not one.path.is_symlink():
        shutil.rmtree(one.path, ignore_errors=True)
    else:
        with suppress(OSError):
            one.path.unlink()


def _in_words(rules: Sequence[Rule], counts: Mapping[str, int]) -> str:
    labels = {one.kind: one.label for one in rules}
    return "; ".join(f"{labels[kind]}: {number(count)}" for kind, count in counts.items())
