"""How results get into the tables: whoever has one writes it, and everybody else's that has come meanwhile.

A process that stays has a thread for this (`begin`), so that a hand goes on to its next call at once; elsewhere the
hand that brings something writes it. A record is one transaction that holds only while the fence is still ours. Many
at once are one transaction, too; when one of them has lost its race, each half is tried by itself. Where the database
is away for a moment, what platforms have answered is kept and tried again: a post that is public must not be forgotten
because the books were closed.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, bindparam, update
from sqlmodel import Session, col

from connectors.base import Connector, Part, Receipt
from scheduler.channels import keep_all_books
from scheduler.claim import Claim
from scheduler.clock import Clock
from scheduler.db import is_away, writing
from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.move import LostRace, Move, apply, apply_all
from scheduler.parts import follow
from scheduler.tables import Attempt, Publication

TOLD_EACH = 5
"""More results than these are one line of the log."""
AT_ONCE = 200
"""So many results in one transaction at most."""
GATHER = timedelta(milliseconds=20)
"""In a rush, what is brought within such a time is written together: each transaction costs as much as ten results."""
TRIES, PAUSE = 240, timedelta(seconds=1)
"""While the database is away: as long as a lease lasts. After that a look finds what nobody wrote down."""

T = TypeVar("T")

log = structlog.get_logger("scheduler.worker")


@dataclass(frozen=True, slots=True)
class Result:
    """How one claimed piece of work ended: the edge, how its attempt is closed, and what else is written with it."""

    claim: Claim
    event: Event
    at: datetime
    outcome: str
    words: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    connector: Connector | None = None
    """Its meter tells what was spent."""
    receipt: Receipt | None = None
    """It is public: what belongs under it is queued in the same transaction, and it is never thrown away."""


class Recorder:
    """The books of one process. Any thread may bring a result; one of them writes at a time."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.written: Callable[[Collection[str]], None] = lambda _platforms: None
        """Called after each transaction with the platforms that something was recorded of, by the thread that wrote."""
        self.rushed: Callable[[], bool] = lambda: False
        """Whether so much is in flight that more will be brought within a moment."""
        self._results: deque[Result] = deque()
        self._lock = threading.Lock()
        self._is_writing = False
        self._stopping = threading.Event()
        self._writer: threading.Thread | None = None
        self._brought = threading.Event()
        self._ended = threading.Event()

    def begin(self) -> None:
        """From now on until `end` a thread of its own writes; who brings a result does not wait for it."""
        self._ended.clear()
        self._writer = threading.Thread(target=self._keep_writing, name="books", daemon=True)
        self._writer.start()

    def end(self) -> None:
        """Write what is left. Call it when no hand is at work any more."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._ended.set()
            self._brought.set()
            writer.join()
        while self._try_some():
            pass

    def record(self, result: Result) -> None:
        """Leave it to the thread that writes. Where there is none: write it, and what others bring meanwhile; or leave
        it to who is writing."""
        self._results.append(result)
        if self._writer is not None:
            self._brought.set()
            return
        while self._write_some():
            pass

    def _keep_writing(self) -> None:
        while not self._ended.is_set():
            self._brought.wait()
            if self.rushed():
                self._ended.wait(GATHER.total_seconds())
            self._brought.clear()
            self._try_some()
            if self._results:
                self._brought.set()

    def _try_some(self) -> bool:
        """Whatever goes wrong with some, what others bring is written all the same."""
        try:
            return self._write_some()
        except Exception as error:
            log.error("not_recorded", error=f"{type(error).__name__}: {error}")
            return True

    def _write_some(self) -> bool:
        """Write what was brought, as much as goes into one transaction; False when there was nothing to do."""
        with self._lock:
            if self._is_writing or not self._results:
                return False
            self._is_writing = True
            batch = [self._results.popleft() for _ in range(min(AT_ONCE, len(self._results)))]
        try:
            self._write(batch)
            self._tell({one.claim.channel.platform for one in batch})
        finally:
            with self._lock:
                self._is_writing = False
        return True

    def patiently(self, work: Callable[[], T]) -> T:
        """Do this; while the database is away, try again, for as long as a lease lasts or until `stop`."""
        for attempt in range(TRIES):
            try:
                return work()
            except Exception as error:
                if not is_away(error) or self._stopping.is_set():
                    raise
                log.warning("books_closed", attempt=attempt, error=type(error).__name__)
                self._stopping.wait(PAUSE.total_seconds())
        return work()

    @property
    def is_writing(self) -> bool:
        """Whether somebody writes just now."""
        return self._is_writing

    def stop(self) -> None:
        """Wait no longer for a database that is away."""
        self._stopping.set()

    def _tell(self, platforms: Collection[str]) -> None:
        try:
            self.written(platforms)
        except Exception as error:  # what others have brought is written all the same
            log.error("not_told", error=f"{type(error).__name__}: {error}")

    def _write(self, batch: Sequence[Result]) -> None:
        """All of them; when one spoils it for the others, each half. Raises nothing: they are many hands'."""
        try:
            self.patiently(partial(self._write_together, batch))
        except Exception as error:
            if is_away(error):
                self._give_up(batch, error)
            elif len(batch) > 1:
                half = len(batch) // 2
                self._write(batch[:half])
                self._write(batch[half:])
            elif isinstance(error, LostRace):
                self._write_late(batch[0])
            else:
                self._give_up(batch, error)

    def _write_together(self, batch: Sequence[Result]) -> None:
        with writing(self.engine) as session:
            moves = [Move(one.claim.publication, one.event, one.at, one.words, "", one.facts) for one in batch]
            apply_all(session, moves)
            self._finish(session, batch)
        _tell(batch)

    def _write_late(self, one: Result) -> None:
        try:
            self.patiently(partial(self._too_late, one))
        except Exception as error:
            self._give_up([one], error)

    @staticmethod
    def _give_up(batch: Sequence[Result], error: Exception) -> None:
        """Their leases will run out, and looks find what happened."""
        for one in batch:
            log.error("not_recorded", publication=one.claim.id, error=f"{type(error).__name__}: {error}")

    def _too_late(self, one: Result) -> None:
        """Somebody else has the row; what is public and what was spent is written down all the same."""
        if one.receipt is not None:
            self._late_receipt(one, one.receipt)
            return
        with writing(self.engine) as session:
            self._keep_books(session, [one])
        log.warning("lost_race", publication=one.claim.id, action=one.claim.action)

    def _late_receipt(self, one: Result, receipt: Receipt) -> None:
        """The lease ran out while the answer was on its way: what is public is public, whoever holds the row now."""
        with writing(self.engine) as session:
            row = session.get_one(Publication, one.claim.id, with_for_update=True)
            if (State(row.state), Event.FOUND) in TRANSITIONS:
                apply(session, row, Event.FOUND, now=one.at, words=one.words, **one.facts)
            elif row.state == State.PUBLISHED and not row.external_id:  # a person had settled it without its id
                row.external_id, row.permalink = receipt.external_id, row.permalink or receipt.permalink
            self._finish(session, [one])
        log.warning("late_receipt", publication=one.claim.id, state=row.state)

    def _finish(self, session: Session, batch: Sequence[Result]) -> None:
        """Close the attempts, write down what was spent, queue what follows."""
        closed = [
            {"of_id": one.claim.attempt_id, "to_at": one.at, "to_outcome": one.outcome, "to_words": one.words}
            for one in batch
        ]
        session.connection().execute(_CLOSED, closed)
        self._keep_books(session, batch)
        for one in batch:
            if one.receipt and one.receipt.external_id and one.claim.publication.part == Part.POST:
                follow(session, one.claim.publication, one.claim.post, one.claim.channel, now=one.at)

    @staticmethod
    def _keep_books(session: Session, batch: Sequence[Result]) -> None:
        told = [(one.claim.channel, one.connector) for one in batch if one.connector is not None]
        if told:
            keep_all_books(session, told, now=batch[-1].at)


def _tell(batch: Sequence[Result]) -> None:
    """A line for each result; in a rush one for all of them, and the rows tell the rest."""
    if len(batch) > TOLD_EACH:
        log.info(
            "publications", count=len(batch), first=batch[0].claim.id, moves=Counter(str(one.event) for one in batch)
        )
        return
    for one in batch:
        told = {"publication": one.claim.id, "attempt": one.claim.attempt_id, "channel": one.claim.channel.key}
        log.info("moved", **told, move=str(one.event), words=one.words)


_CLOSED = (
    update(Attempt)
    .where(col(Attempt.id) == bindparam("of_id"))
    .values(finished_at=bindparam("to_at"), outcome=bindparam("to_outcome"), words=bindparam("to_words"))
    .execution_options(synchronize_session=False)
)
