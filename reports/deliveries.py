"""The weekly summary on its way to its readers, as rows: committed before anything is sent, so nobody gets it twice.

    (none) --enlisted--> waiting --claimed--> sending --accepted--> sent
                            ^                    |--surely not accepted--> waiting, after the last try failed
                            |                    |--nobody knows, or the process died--> unknown, for good
                            `-- a person sends again what was sent, failed or is unknown

A week goes to an address once, whatever cut-off of it: what a later one says otherwise is on the page, and only a
person sends that, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, or_
from sqlmodel import Session, col, select, update

from reports.tables import Summary, SummaryDelivery
from scheduler.db import inserting, spelled
from scheduler.deliveries import DIED, LEASE, Sending, Way, pause_after
from scheduler.notices import Finding, Grade, Kind

APART = timedelta(minutes=5)
"""After a failure the other letters wait at least so long: a server that says no is not asked again at once."""
TOLD_FOR = timedelta(days=14)
"""A letter that did not arrive is told for so long; then the next weeks have long come."""
ADDRESSES_MOST = 50

DELIVERY_WORDS = {
    Sending.WAITING: "chờ gửi",
    Sending.SENDING: "đang gửi",
    Sending.SENT: "đã gửi",
    Sending.UNKNOWN: "chưa rõ đã đến chưa",
    Sending.FAILED: "không gửi được",
}
_OVER = (Sending.SENT, Sending.UNKNOWN, Sending.FAILED)
"""What a person may send again."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One letter that is ours to send now. `at` is what its row bears as its beginning."""

    id: int
    summary_id: int
    address: str
    at: datetime


# Beginning -------------------------------------------------------------------------------------------------


def enlist(session: Session, summary: Summary, addresses: Iterable[str], *, now: datetime, anew: bool = False) -> int:
    """A row that waits for each address; how many are new. The caller commits.

    An address that this week was begun for, in any cut-off, is left out; with `anew` (a person wants it) only those
    that have a row for this very summary.
    """
    # two that enlist the same week come one after the other
    week = (Summary.kind == summary.kind, Summary.period == summary.period)
    session.exec(select(Summary.id).where(*week).order_by(col(Summary.id)).limit(1).with_for_update()).first()
    known = select(SummaryDelivery.address).join(Summary, col(Summary.id) == col(SummaryDelivery.summary_id))
    known = known.where(Summary.id == summary.id) if anew else known.where(*week)
    # no mailbox tells large letters from small ones
    begun = {one.casefold() for one in session.exec(known)}
    several = {one.casefold(): one for one in addresses}
    wanted = [one for folded, one in several.items() if folded not in begun][:ADDRESSES_MOST]
    if not wanted:
        return 0
    rows = [
        {
            "summary_id": summary.id, "address": one, "state": Sending.WAITING, "attempts": 0, "next_attempt_at": now,
            "problem": "", "created_at": now,
        }
        for one in wanted
    ]  # fmt: skip
    new = inserting(session, SummaryDelivery).values(rows)
    statement = new.on_conflict_do_nothing().returning(col(SummaryDelivery.id))
    return len(session.connection().execute(statement).all())


def send_again(session: Session, rows: Mapping[int, str], *, now: datetime) -> int:
    """Put these letters back into the queue, because a person wants it; how many. The caller commits.

    `rows`: the row's number and what the person saw of it (`seen`). One that moved meanwhile, or is on its way, stays
    as it is: a second click sends nothing.
    """
    count = 0
    found = select(SummaryDelivery).where(col(SummaryDelivery.id).in_(rows), col(SummaryDelivery.state).in_(_OVER))
    for row in session.exec(found.order_by(col(SummaryDelivery.id)).with_for_update()):
        if seen(row) == rows[row.id or 0]:
            row.state, row.attempts, row.next_attempt_at, row.problem = Sending.WAITING, 0, now, ""
            session.add(row)
            count += 1
    return count


def seen(row: SummaryDelivery) -> str:
    """What a person sees of a row, for `send_again`: its state and when it was begun."""
    return f"{row.state}:{row.started_at.isoformat() if row.started_at else ''}"


# Sending ---------------------------------------------------------------------------------------------------


def tidy(session: Session, *, now: datetime) -> int:
    """What is still "sending" after so long died on its way: nobody knows. How many rows; the caller commits."""
    row = SummaryDelivery
    values = {"state": Sending.UNKNOWN, "problem": DIED}
    return int(session.exec(update(row).where(*_died(now)).values(**values)).rowcount)


def to_do(session: Session, *, now: datetime) -> bool:
    """Whether there is anything to tidy or to send; asked first, because writing takes a lock."""
    row = SummaryDelivery
    died = session.exec(select(row.id).where(*_died(now)).limit(1)).first()
    return died is not None or session.exec(select(row.id).where(*_due(now)).limit(1)).first() is not None


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """The next letter that is due, taken; None when there is none. The caller commits before it sends."""
    row = SummaryDelivery
    order = (col(row.next_attempt_at), col(row.id))
    due = select(row).where(*_due(now)).order_by(*order).limit(1).with_for_update(skip_locked=True)
    found = session.exec(due).first()
    if found is None or found.id is None:
        return None
    mine = (col(row.id) == found.id, col(row.state) == Sending.WAITING)
    values = {"state": Sending.SENDING, "attempts": found.attempts + 1, "started_at": now, "next_attempt_at": None}
    if session.exec(update(row).where(*mine).values(**values)).rowcount != 1:
        return None
    return Claimed(found.id, found.summary_id, found.address, now)


def record(session: Session, claimed: Claimed, state: Sending, words: str, *, now: datetime) -> bool:
    """It was accepted, or nobody knows; whether the row was still ours. An answer that came late counts, too."""
    row = SummaryDelivery
    ours = (*_ours(claimed), col(row.state).in_((Sending.SENDING, Sending.UNKNOWN)))
    values = {"state": state, "problem": words, "sent_at": now if state is Sending.SENT else None}
    return bool(session.exec(update(row).where(*ours).values(**values)).rowcount == 1)


def put_off(session: Session, claimed: Claimed, words: str, least: timedelta | None, *, now: datetime) -> Sending:
    """It was surely not accepted: it waits for its next try, or has failed after its last one; the others wait, too."""
    row = SummaryDelivery
    found = session.exec(
        select(row).where(*_ours(claimed), col(row.state) == Sending.SENDING).with_for_update()
    ).first()
    if found is None:
        return Sending.UNKNOWN
    pause = pause_after(Way.MAIL, found.attempts, least)
    found.state = Sending.FAILED if pause is None else Sending.WAITING
    found.next_attempt_at, found.problem = (now + pause if pause else None), words
    session.add(found)
    session.flush()
    soon = (col(row.state) == Sending.WAITING, col(row.next_attempt_at) < now + APART)
    session.exec(update(row).where(*soon).values(next_attempt_at=now + APART))
    return Sending(found.state)


def _died(now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = SummaryDelivery
    return col(row.state) == Sending.SENDING, col(row.started_at) < now - LEASE


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = SummaryDelivery
    return col(row.state) == Sending.WAITING, or_(col(row.next_attempt_at).is_(None), col(row.next_attempt_at) <= now)


def _ours(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    row = SummaryDelivery
    return col(row.id) == claimed.id, col(row.started_at) == claimed.at


# Reading ---------------------------------------------------------------------------------------------------


def deliveries_of(session: Session, summary_ids: Sequence[int]) -> list[SummaryDelivery]:
    """The rows of these summaries, in the order in which they were enlisted."""
    row = SummaryDelivery
    found = select(row).where(col(row.summary_id).in_(summary_ids))
    return list(session.exec(found.order_by(col(row.summary_id), col(row.id)).limit(5 * ADDRESSES_MOST)))


_UNSENT = (
    select(SummaryDelivery, Summary.period)
    .join(Summary, col(Summary.id) == col(SummaryDelivery.summary_id))
    .where(
        col(SummaryDelivery.state).in_(spelled((Sending.FAILED, Sending.UNKNOWN))),
        col(SummaryDelivery.created_at) > bindparam("since"),
    )
    .order_by(col(SummaryDelivery.id))
    .limit(ADDRESSES_MOST)
)


def unsent(session: Session, *, now: datetime) -> list[Finding]:
    """What people are told: letters of the last two weeks that did not arrive, or may not have."""
    rows = session.exec(_UNSENT, params={"since": now - TOLD_FOR})
    findings = []
    for one, period in rows:
        words = (
            f"Bản tổng hợp tuần {int(period[-2:])} năm {period[:4]} gửi tới {one.address} "
            f"{DELIVERY_WORDS[Sending(one.state)]}. {one.problem} Hãy xem trang của tuần và gửi lại nếu cần."
        )
        grade = Grade.ALARM if one.state == Sending.FAILED else Grade.WARNING
        findings.append(Finding(Kind.TELLING, f"summary:{one.id}", grade, words, f"/so-lieu/tuan/{period}"))
    return findings
