"""Carrying the weekly summary out by mail: claim a row, send, record. No mail server is spoken to while a transaction
is open; see `reports.deliveries` for what may happen to a row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from content.vietnamese import local_day
from postbox.errors import PostError, Refused, Unavailable
from postbox.mail import Letter, MailServer, send
from reports.deliveries import ADDRESSES_MOST, Claimed, claim, enlist, put_off, record, tidy, to_do
from reports.papers.letter import Mailed, mailed
from reports.stored import heading, row_of, stored
from reports.summary import WeeklySummary
from scheduler.clock import Clock
from scheduler.db import reading, writing
from scheduler.deliveries import Sending, Way
from scheduler.telling import REFUSED_WAIT, Told

WHAT = "bản tổng hợp tuần"

log = structlog.get_logger("reports.mailing")


@dataclass(frozen=True)
class Readers:
    """Through which server, from whom, to whom. `desk`: the desk's address for a link, or ""."""

    server: MailServer
    sender: str
    addresses: tuple[str, ...]
    desk: str = ""


class SummaryMail:
    """Sends what waits. Any number of processes may run one over the same database."""

    def __init__(self, engine: Engine, clock: Clock, readers: Readers) -> None:
        self.engine = engine
        self.clock = clock
        self.readers = readers

    def enlist(self, summary: WeeklySummary, *, anew: bool = False) -> int:
        """Queue this summary for everybody on the list who was not sent this week yet; how many."""
        now = self.clock.now()
        with writing(self.engine) as session:
            return enlist(session, row_of(session, summary), self.readers.addresses, now=now, anew=anew)

    def run(self, stopped: Callable[[], bool] = lambda: False) -> list[Told]:
        """One turn: settle what died, then send what is due until something goes wrong; what came of each letter."""
        now = self.clock.now()
        with reading(self.engine) as session:
            if not to_do(session, now=now):
                return []
        with writing(self.engine) as session:
            tidy(session, now=now)
        found: list[Told] = []
        ready: dict[int, Mailed] = {}
        for _ in range(ADDRESSES_MOST):
            if stopped():
                break
            with writing(self.engine) as session:
                claimed = claim(session, now=self.clock.now())
            if claimed is None:
                break
            found.append(self._sent(claimed, ready))
            if found[-1].state is not Sending.SENT:
                break
        return found

    def _sent(self, claimed: Claimed, ready: dict[int, Mailed]) -> Told:
        """Send what was claimed, and write down what came of it."""
        words, state = "", Sending.SENT
        try:
            letter = self._letter(claimed, ready)
        except Exception as error:
            log.exception("no_letter", summary=claimed.summary_id)
            return self._put_off(claimed, f"Không lập được thư ({type(error).__name__}).", None)
        try:
            send(self.readers.server, letter, now=claimed.at)
        except (Refused, Unavailable) as error:
            least = REFUSED_WAIT if isinstance(error, Refused) else error.retry_after
            return self._put_off(claimed, error.words, least)
        except Exception as error:
            # lost on the way, or something nobody thought of: it may have been accepted
            state, words = Sending.UNKNOWN, f"Lỗi chưa được phân loại ({type(error).__name__})."
            if isinstance(error, PostError):
                words = error.words
            else:
                log.exception("not_sent", summary=claimed.summary_id)
        with writing(self.engine) as session:
            record(session, claimed, state, words, now=self.clock.now())
        return Told(Way.MAIL, claimed.address, state, 1, words, WHAT)

    def _put_off(self, claimed: Claimed, words: str, least: timedelta | None) -> Told:
        with writing(self.engine) as session:
            state = put_off(session, claimed, words, least, now=self.clock.now())
        return Told(Way.MAIL, claimed.address, state, 1, words, WHAT)

    def _letter(self, claimed: Claimed, ready: dict[int, Mailed]) -> Letter:
        if claimed.summary_id not in ready:
            with reading(self.engine) as session:
                summary = stored(session, claimed.summary_id)
                frame = heading(session, local_day(summary.cutoff_at))
            ready[claimed.summary_id] = mailed(summary, frame, self.readers.desk)
        mark = f"cchc-summary-{claimed.id}-{claimed.at:%Y%m%dT%H%M%S%f}"
        return ready[claimed.summary_id].to(self.readers.sender, claimed.address, mark)
