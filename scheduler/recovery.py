"""After a restore from an older copy nothing is published twice: the channels are asked first.

A copy does not know what went out after it was made. So when a database turns out to be one, whatever waits in it is
put aside as unconfirmed and looked for on its channel, as a post whose answer was lost is looked for: found, it is
published with its id; surely not there, it waits on as before; unclear, a person decides. What is not found although
its hour had come is a person's as well: it may have been edited and sent since, and nobody finds it by its old words.
What is queued or resumed later is looked for once, too, before it may be sent: for as long as the office itself would
not send the same post again.

How a copy is noticed. Our own copies are born with a row that says so. For files that somebody copied by hand the data
folder keeps a number that rises with the database's while the service runs; a database whose number is lower is older
than its folder. A living process knows the number as well, and asks before each claim: so it notices a server that
went back under it. What none can know (a whole machine set back) a person tells: `cchc restored --since`.
"""

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine, exists, func, not_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from scheduler.db import inserting, looking, reading, writing
from scheduler.lifecycle import Event, State
from scheduler.move import Move, apply_all
from scheduler.policy import Policy
from scheduler.recovery_tables import Lineage, Restoration
from scheduler.tables import Publication, PublicationEvent
from scheduler.vault import sync_folder

COPY, NUMBER, TOLD = "copy", "number", "told"
"""How a restore was noticed."""
WAITING_TO_GO = (State.SCHEDULED, State.READY, State.RETRY_WAIT)
IN_HANDS = (State.PREPARING, State.PUBLISHING)
"""Nobody has these in hand: those hands were the copied office's."""
AT_ONCE = 500

_NUMBER = select(Lineage.number).where(Lineage.id == 1)
_NEWEST = col(Restoration.id) == sa_select(func.max(Restoration.id)).scalar_subquery()
_STANDS = sa_select(
    _NUMBER.scalar_subquery().label("number"),
    sa_select(col(Restoration.copied_at)).where(_NEWEST).scalar_subquery().label("copied_at"),
    sa_select(col(Restoration.noticed_at)).where(_NEWEST).scalar_subquery().label("noticed_at"),
)
"""The number and the newest restoration, in one statement: each claim asks."""

log = structlog.get_logger("scheduler.recovery")


@dataclass(frozen=True, slots=True)
class Noticed:
    """That this database is a copy, and what came of it."""

    copied_at: datetime
    how: str
    put_aside: int


class Watch:
    """What keeps one process from sending what an older database does not know of. Safe to share between threads."""

    def __init__(self, engine: Engine, policy: Policy) -> None:
        self.engine = engine
        self.file: Path | None = None
        """Where the data folder keeps its number; None: it keeps none."""
        self.seen = 0
        """The highest number that this process has met."""
        # after this the office itself would send the same post again
        self._in_force = timedelta(days=max(policy.cool_down, policy.alike_days))

    def look_first(self, *, now: datetime) -> int:
        """Put aside what is due and was not looked for since the database is an older one; how many. Ask before each
        claim."""
        with looking(self.engine) as connection:
            stands = connection.execute(_STANDS).one()
        number, copied_at, noticed_at = stands.number or 0, stands.copied_at, stands.noticed_at
        if number < self.seen or (copied_at is not None and noticed_at is None):
            noticed = self._notice(self.seen, now)
            return noticed.put_aside if noticed is not None else 0
        self.seen = number
        if noticed_at is None or now >= noticed_at + self._in_force:
            return 0
        with reading(self.engine) as session:
            rows = _unlooked(session, WAITING_TO_GO, noticed_at, due=now)
        if not rows:
            return 0
        with writing(self.engine) as session:
            rows = _unlooked(session, WAITING_TO_GO, noticed_at, due=now, held=True)
            _put_aside(session, rows, copied_at, now=now)
        return len(rows)

    def count(self, *, now: datetime) -> Noticed | None:
        """Raise the number, as a sign that this office lives on; what was noticed instead when it has fallen. Raises
        OSError when the data folder takes no more."""
        if self.file is None:
            return None
        least = max(self.seen, _number_in(self.file) or 0)
        number = _raise_number(self.engine, least, now)
        if number is None:
            return self._notice(least, now)
        self.seen = max(self.seen, number)
        _keep_number(self.engine, self.file)
        return None

    def _notice(self, least: int, now: datetime) -> Noticed | None:
        noticed = _notice(self.engine, at_least=least, suspected=True, now=now)
        with looking(self.engine) as connection:
            self.seen = connection.execute(_NUMBER).scalar() or 0
        if self.file is not None:
            _keep_number(self.engine, self.file)
        return noticed


def mark_as_copy(session: Session, copied_at: datetime, how: str = COPY) -> None:
    """Say in this database that it is a copy from `copied_at`; the caller commits."""
    session.add(Restoration(copied_at=copied_at, how=how))


def notice(engine: Engine, file: Path, *, own_file: bool, now: datetime) -> Noticed | None:
    """Whether this database is an older copy that nobody has noticed yet; then what waits in it is put aside.

    `file` holds the data folder's number. `own_file`: the database belongs to this folder alone (SQLite), so a folder
    without a number is not the one that it was kept in. Makes up the folder's number where it is missing.
    """
    told = _number_in(file)
    with reading(engine) as session:
        known = session.get(Lineage, 1)
        pending = session.exec(_pending()).first()
    number = known.number if known else 0
    is_older = told is not None and told > number
    strayed = told is None and own_file and number > 0
    noticed = None
    if pending is not None or is_older or strayed:
        noticed = _notice(engine, at_least=told or 0, suspected=is_older or strayed, now=now)
    if noticed is not None or told is None:
        _keep_number(engine, file)
    return noticed


def count_on(engine: Engine, file: Path, *, now: datetime) -> None:
    """Raise the number in the database, then in the data folder: so the folder's is never ahead of its own database."""
    _raise_number(engine, 0, now)
    _keep_number(engine, file)


def had_its_hour(session: Session, due_at: datetime) -> bool:
    """Whether what was due then may have been sent by an office that this database does not know of."""
    later = select(Restoration.id).where(col(Restoration.noticed_at) >= due_at).limit(1)
    return session.exec(later).first() is not None


def waits_to_be_compared(session: Session) -> int:
    """How many publications are being looked for because of the last restore."""
    newest = session.exec(select(Restoration.noticed_at).order_by(col(Restoration.id).desc())).first()
    if newest is None:
        return 0
    looked = exists().where(
        col(PublicationEvent.publication_id) == col(Publication.id),
        col(PublicationEvent.event) == Event.RESTORED,
        col(PublicationEvent.at) >= newest,
    )
    return len(session.exec(select(Publication.id).where(Publication.state == State.UNCONFIRMED, looked)).all())


def was_put_aside(session: Session, publication_id: int) -> datetime | None:
    """When it was put aside to be compared, if that is why it is unconfirmed."""
    last = session.exec(
        select(PublicationEvent)
        .where(
            PublicationEvent.publication_id == publication_id,
            PublicationEvent.state_after == State.UNCONFIRMED,
            col(PublicationEvent.state_before).not_in((State.UNCONFIRMED, State.NEEDS_PERSON)),
        )
        .order_by(col(PublicationEvent.id).desc())
    ).first()
    return last.at if last is not None and last.event == Event.RESTORED else None


def _pending() -> SelectOfScalar[Restoration]:
    return select(Restoration).where(col(Restoration.noticed_at).is_(None)).order_by(col(Restoration.id))


def _notice(engine: Engine, *, at_least: int, suspected: bool, now: datetime) -> Noticed | None:
    with writing(engine) as session:
        known = _lineage(session, now)
        pending = list(session.exec(_pending().with_for_update()))
        if not pending:
            if not suspected or (at_least and known.number >= at_least):
                return None  # another process has noticed it meanwhile
            mark_as_copy(session, now, NUMBER)
            session.flush()
            pending = list(session.exec(_pending()))
        # a file may have been copied again long after it was written: what it tells of itself is surely from before
        since = min(*(one.copied_at for one in pending), known.at)
        rows = _unlooked(session, (*WAITING_TO_GO, *IN_HANDS), now, held=True)
        _put_aside(session, rows, since, now=now)
        for one in pending:
            one.copied_at, one.noticed_at, one.put_aside = since, now, len(rows)
            session.add(one)
        known.number, known.at = max(known.number, at_least) + 1, now
        session.add(known)
    log.warning("restored", copied_at=since.isoformat(), how=pending[-1].how, put_aside=len(rows))
    return Noticed(since, pending[-1].how, len(rows))


def _lineage(session: Session, now: datetime) -> Lineage:
    """The one row, held until the transaction ends; one that another process makes meanwhile is as good."""
    held = select(Lineage).where(Lineage.id == 1).with_for_update()
    row = session.exec(held).first()
    if row is not None:
        return row
    new = inserting(session, Lineage).values(id=1, number=0, at=_last_known(session, now))
    session.connection().execute(new.on_conflict_do_nothing())
    return session.exec(held).one()


def _last_known(session: Session, now: datetime) -> datetime:
    """The newest moment of which a database tells that is older than its number."""
    return session.exec(select(func.max(PublicationEvent.at))).one() or now


def _raise_number(engine: Engine, least: int, now: datetime) -> int | None:
    """One more than the database has, now its number; None when it has less than `least`: then nothing is raised, at
    most the row of a database without one is made."""
    with writing(engine) as session:
        row = _lineage(session, now)
        if row.number < least:
            return None
        row.number, row.at = row.number + 1, now
        session.add(row)
        return row.number


def _unlooked(
    session: Session, states: Sequence[State], since: datetime, *, due: datetime | None = None, held: bool = False
) -> Sequence[Publication]:
    """Rows in these states that were not put aside since then; those that are `due` by now, or all."""
    looked = exists().where(
        col(PublicationEvent.publication_id) == col(Publication.id),
        col(PublicationEvent.event) == Event.RESTORED,
        col(PublicationEvent.at) >= since,
    )
    statement = select(Publication).where(col(Publication.state).in_(states), not_(looked)).order_by(
        col(Publication.id)
    )  # fmt: skip
    if due is not None:
        statement = statement.where(col(Publication.next_attempt_at) <= due)
    return session.exec(statement.with_for_update() if held else statement).all()


def _put_aside(session: Session, rows: Sequence[Publication], since: datetime, *, now: datetime) -> None:
    """Each of them may be public since the copy was made: nothing is sent before its channel was asked."""
    words = "Dữ liệu là bản cũ hơn; hệ thống hỏi kênh xem bài đã đăng chưa rồi mới làm tiếp."
    moves = [
        Move(
            row, Event.RESTORED, now, words,
            facts={
                "fence": row.fence + 1, "next_attempt_at": now, "looks": 0, "progress": None,
                "sent_at": min(row.sent_at or since, since),
            },
        )
        for row in rows
    ]  # fmt: skip
    for start in range(0, len(moves), AT_ONCE):
        apply_all(session, moves[start : start + AT_ONCE])


# The data folder's number --------------------------------------------------------------------------------


def _number_in(file: Path) -> int | None:
    """The number that the data folder keeps; None when there is none that can be read."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return int(told["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep_number(engine: Engine, file: Path) -> None:
    """Write the database's number into the data folder; one that stands higher there stays."""
    with reading(engine) as session:
        known = session.get(Lineage, 1)
    number = known.number if known else 0
    if (_number_in(file) or -1) >= number:
        return
    part = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with part.open("w", encoding="utf-8") as written:
            written.write(json.dumps({"number": number}) + "\n")
            written.flush()
            os.fsync(written.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(file.parent)
