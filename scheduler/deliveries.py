"""Notices on their way out, as rows: written and committed before anything is sent, so that no event is mailed twice.

    (none) --claimed--> sending --accepted--> sent
    waiting --claimed-->   |   --surely not accepted--> waiting, and after the last try failed
                           |   --nobody knows, or the process died--> a mail is unknown, for good;
                           |                                          a webhook waits: its receiver drops doubles

A notice is one mail whoever its readers are: changing the recipients repeats nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func
from sqlmodel import Session, col, select, update

from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.db import inserting
from scheduler.notices import COMES_BACK, Grade, gravest_first

LEASE = timedelta(minutes=10)
"""Longer than any sending takes: what is still "sending" after this died on its way."""
MAIL_MOST = 100
"""Notices of one mail; the rest comes with the next one."""
_MINUTES = {"mail": (5, 15, 30, 60, 120, 240, 480, 960), "webhook": (1, 5, 15, 60, 180, 360, 720, 1440)}
"""The pauses between the tries; after the last one it has failed."""

DIED = "Hệ thống dừng khi đang gửi; chưa rõ thư có đến hay không nên không gửi lại."
TOO_LATE = "Nguyên nhân đã hết trước khi gửi được."


class Way(StrEnum):
    """How it is told."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Sending(StrEnum):
    """Where one delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


WAY_WORDS = {Way.MAIL: "Thư", Way.WEBHOOK: "Webhook"}
SENDING_WORDS = {
    Sending.WAITING: "chờ gửi lại",
    Sending.SENDING: "đang gửi",
    Sending.SENT: "đã gửi",
    Sending.UNKNOWN: "chưa rõ đã đến chưa",
    Sending.FAILED: "không gửi được",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """Deliveries that are ours to send now, and the notices they carry. `at` is what they bear as their beginning."""

    rows: tuple[int, ...]
    notices: tuple[Notice, ...]
    at: datetime


def pause_after(way: Way, attempts: int, least: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many tries; None when that was the last one."""
    steps = _MINUTES[way]
    if attempts > len(steps):
        return None
    return max(timedelta(minutes=steps[attempts - 1]), least or timedelta())


# What is to be done ----------------------------------------------------------------------------------------


def tidy(session: Session, *, now: datetime) -> int:
    """Settle what died on its way, and what nobody needs any more; how many rows. The caller commits."""
    row = NoticeDelivery
    died = (col(row.state) == Sending.SENDING, col(row.started_at) < now - LEASE)
    unknown = {"state": Sending.UNKNOWN, "finished_at": now, "words": DIED}
    again = {"state": Sending.WAITING, "next_at": now}
    late = {"state": Sending.FAILED, "finished_at": now, "words": TOO_LATE, "next_at": None}
    cleared = exists().where(col(Notice.id) == col(row.notice_id), _is_gone(now))
    asked: tuple[tuple[tuple[ColumnElement[bool], ...], dict[str, Any]], ...] = (
        ((*died, col(row.way) == Way.MAIL), unknown),
        ((*died, col(row.way) == Way.WEBHOOK), again),
        ((col(row.state) == Sending.WAITING, cleared), late),
    )
    return sum(session.exec(update(row).where(*which).values(**values)).rowcount for which, values in asked)


def _is_gone(now: datetime) -> ColumnElement[bool]:
    """Notices whose cause is gone for good: until then it may come back as the same event, which nobody was told."""
    return col(Notice.cleared_at) < now - COMES_BACK


def needs_tidying(session: Session, *, now: datetime) -> bool:
    """Whether `tidy` would find something; asked first, because writing takes a lock."""
    row = NoticeDelivery
    cleared = and_(col(row.notice_id) == col(Notice.id), _is_gone(now))
    died = select(row.id).where(row.state == Sending.SENDING, col(row.started_at) < now - LEASE).limit(1)
    late = select(row.id).where(row.state == Sending.WAITING, cleared).limit(1)
    return session.exec(died).first() is not None or session.exec(late).first() is not None


def due_mail(session: Session, every: timedelta, *, now: datetime) -> bool:
    """Whether a digest should go now: an alarm at once, the rest gathered, and never two within `every`."""
    news = _untold(session, Way.MAIL, "")
    waiting = [row for row, _ in _waiting(session, Way.MAIL, "")]
    again = any(row.next_at is None or row.next_at <= now for row in waiting)
    ripe = any(one.grade == Grade.ALARM or one.raised_at <= now - every for one in news)
    if not ripe and not again:
        return False
    row = NoticeDelivery
    may_be_there = (Sending.SENDING, Sending.SENT, Sending.UNKNOWN)
    # a clock that was put back does not silence what comes after
    last = session.exec(
        select(func.max(row.started_at)).where(
            row.way == Way.MAIL, col(row.state).in_(may_be_there), col(row.started_at) <= now
        )
    ).one()
    return last is None or last <= now - every


def claim_mail(session: Session, target: str, every: timedelta, *, now: datetime) -> Claimed | None:
    """Everything open that no mail has carried yet, as rows that are being sent; None when none should go now.

    The caller commits before it sends.
    """
    _one_at_a_time(session)
    if not due_mail(session, every, now=now):
        return None
    waiting = _waiting(session, Way.MAIL, "")
    news = _untold(session, Way.MAIL, "")[: max(0, MAIL_MOST - len(waiting))]
    made = _begun(session, Way.MAIL, target, news, now)
    again = [(row.id or 0, notice) for row, notice in waiting if _taken(session, row, target, now)]
    return _claimed([*made, *again], now)


def due_hook(session: Session, target: str, *, now: datetime) -> bool:
    """Whether there is something to send to this address."""
    waiting = _waiting(session, Way.WEBHOOK, target)
    again = any(row.next_at is None or row.next_at <= now for row, _ in waiting)
    return again or bool(_untold(session, Way.WEBHOOK, target))


def claim_hook(session: Session, target: str, *, now: datetime) -> Claimed | None:
    """One notice for this address, as a row that is being sent; the caller commits before it sends."""
    _one_at_a_time(session)
    for row, notice in _waiting(session, Way.WEBHOOK, target):
        if (row.next_at is None or row.next_at <= now) and _taken(session, row, target, now):
            return _claimed([(row.id or 0, notice)], now)
    return _claimed(_begun(session, Way.WEBHOOK, target, _untold(session, Way.WEBHOOK, target)[:1], now), now)


def record(session: Session, claimed: Claimed, state: Sending, words: str, *, now: datetime) -> int:
    """What came of sending; how many rows were still ours. An answer that came late counts for a mail, too."""
    row = NoticeDelivery
    ours = (
        col(row.id).in_(claimed.rows),
        col(row.state).in_((Sending.SENDING, Sending.UNKNOWN)),
        col(row.started_at) == claimed.at,
    )
    values = {"state": state, "finished_at": now, "next_at": None, "words": words}
    return int(session.exec(update(row).where(*ours).values(**values)).rowcount)


def put_off(
    session: Session, claimed: Claimed, way: Way, words: str, least: timedelta | None, *, now: datetime
) -> Sending:
    """It was surely not accepted: each row waits for its next try, or has failed after its last one."""
    state = Sending.FAILED
    rows = select(NoticeDelivery).where(
        col(NoticeDelivery.id).in_(claimed.rows),
        NoticeDelivery.state == Sending.SENDING,
        NoticeDelivery.started_at == claimed.at,
    )
    for row in session.exec(rows.with_for_update()):
        pause = pause_after(way, row.attempts, least)
        row.state = Sending.FAILED if pause is None else Sending.WAITING
        row.next_at, row.finished_at, row.words = (now + pause if pause else None), now, words
        state = Sending.WAITING if pause is not None else state
        session.add(row)
    return state


# Rows ------------------------------------------------------------------------------------------------------


def _untold(session: Session, way: Way, target: str) -> Sequence[Notice]:
    """Open notices that this way has not carried, the gravest and oldest first."""
    told = and_(col(NoticeDelivery.notice_id) == col(Notice.id), col(NoticeDelivery.way) == way)
    if target:
        told = and_(told, col(NoticeDelivery.target) == target)
    found = select(Notice).where(col(Notice.cleared_at).is_(None), ~exists().where(told))
    ordered = found.order_by(gravest_first(), col(Notice.raised_at), col(Notice.id))
    return session.exec(ordered.limit(5 * MAIL_MOST)).all()


def _waiting(session: Session, way: Way, target: str) -> list[tuple[NoticeDelivery, Notice]]:
    """Tries that came to nothing, of notices that are open."""
    found = select(NoticeDelivery, Notice).where(
        col(NoticeDelivery.notice_id) == col(Notice.id),
        NoticeDelivery.state == Sending.WAITING,
        NoticeDelivery.way == way,
        col(Notice.cleared_at).is_(None),
    )
    if target:
        found = found.where(NoticeDelivery.target == target)
    return list(session.exec(found.order_by(col(NoticeDelivery.id)).limit(MAIL_MOST)).all())


def _begun(
    session: Session, way: Way, target: str, notices: Sequence[Notice], now: datetime
) -> list[tuple[int, Notice]]:
    """New rows; a notice that another clock has begun to tell is left to it."""
    if not notices:
        return []
    known = {one.id or 0: one for one in notices}
    rows = [
        {
            "notice_id": number, "way": way, "target": target, "state": Sending.SENDING, "attempts": 1,
            "started_at": now, "words": "",
        }
        for number in known
    ]  # fmt: skip
    statement = inserting(session, NoticeDelivery).values(rows).on_conflict_do_nothing()
    made = session.connection().execute(statement.returning(col(NoticeDelivery.id), col(NoticeDelivery.notice_id)))
    return [(int(number or 0), known[notice_id]) for number, notice_id in made]


def _taken(session: Session, row: NoticeDelivery, target: str, now: datetime) -> bool:
    """Take a row that waits; False when somebody else has."""
    mine = (col(NoticeDelivery.id) == row.id, col(NoticeDelivery.state) == Sending.WAITING)
    values = {"state": Sending.SENDING, "attempts": row.attempts + 1, "started_at": now, "target": target}
    return bool(session.exec(update(NoticeDelivery).where(*mine).values(**values)).rowcount == 1)


def _claimed(pairs: Sequence[tuple[int, Notice]], now: datetime) -> Claimed | None:
    if not pairs:
        return None
    return Claimed(tuple(number for number, _ in pairs), tuple(notice for _, notice in pairs), now)


def _one_at_a_time(session: Session) -> None:
    """Two clocks that would both send a digest come one after the other; on SQLite all writers do."""
    session.exec(select(Notice.id).order_by(col(Notice.id)).limit(1).with_for_update()).first()
