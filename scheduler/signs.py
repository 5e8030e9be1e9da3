"""Signs of life: which clocks, workers and desks are running, wherever they run."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, select

from scheduler.db import inserting
from scheduler.tables import Heartbeat

ALIVE = timedelta(minutes=2)
"""What left no sign of life for this long is taken for stopped."""
FORGOTTEN = timedelta(days=1)
"""A worker or a desk that left none for this long died without a word, and its row goes."""


class Who(StrEnum):
    """What beats: a clock (`cchc run`) claims what is due, a worker (`cchc worker`) carries it out, a desk of its own
    (`cchc web`) holds the key file as they do."""

    CLOCK = "clock"
    WORKER = "worker"
    DESK = "desk"


def beat(session: Session, owner: str, kind: Who, *, now: datetime) -> None:
    """Leave a sign of life; the caller commits."""
    new = inserting(session, Heartbeat).values(owner=owner, started_at=now, at=now, kind=kind)
    sign = new.on_conflict_do_update(index_elements=["owner"], set_={"kind": kind, "at": now})
    session.connection().execute(sign)


def alive(session: Session, kind: Who, *, now: datetime) -> Sequence[Heartbeat]:
    """Those that gave a sign of life lately, the oldest first."""
    lately = select(Heartbeat).where(Heartbeat.kind == kind, col(Heartbeat.at) > now - ALIVE)
    return session.exec(lately.order_by(col(Heartbeat.started_at), col(Heartbeat.owner))).all()


def forget_dead_workers(session: Session, *, now: datetime) -> None:
    """Let go of rows that nobody will ever renew; the caller commits. A clock's last sign stays, to be told."""
    others = col(Heartbeat.kind) != Who.CLOCK
    session.exec(delete(Heartbeat).where(others, col(Heartbeat.at) < now - FORGOTTEN))
