"""A week that goes out by mail: a database, a clock, a mail server on this machine, and readers."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from reports.mailing import Readers, SummaryMail
from reports.summary import WeeklySummary
from reports.tables import SummaryDelivery
from reports.weekly import make_weekly
from scheduler.clock import FrozenClock
from scheduler.db import reading
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, Mailbox
from tests.reports.campaign import CUTOFF, ordinary_week

DESK = "https://cchc.hue.example"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Post:
    """Verbs for the tests to read like a script."""

    def __init__(self, engine: Engine, box: Mailbox, folder: Path) -> None:
        self.engine, self.box, self.folder = engine, box, folder
        self.clock = FrozenClock(CUTOFF)
        self.readers = Readers(box.server(), SENDER, (LAN_MAIL, MINH_MAIL), DESK)
        with Session(engine) as session:
            ordinary_week(session)

    @property
    def mail(self) -> SummaryMail:
        """A process that has just begun."""
        return SummaryMail(self.engine, self.clock, self.readers)

    def summed(self) -> WeeklySummary:
        """The week, closed now."""
        return make_weekly(self.engine, "2026-W48", self.clock.now(), self.folder).summary

    def enlisted(self) -> int:
        return self.mail.enlist(self.summed())

    def turn(self, after: timedelta = timedelta()) -> list[str]:
        self.clock.set(self.clock.now() + after)
        return [one.state.value for one in self.mail.run()]

    def rows(self) -> list[SummaryDelivery]:
        with reading(self.engine) as session:
            return list(session.exec(select(SummaryDelivery).order_by(col(SummaryDelivery.id))))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def came(self) -> list[str]:
        """To whom letters came, in order."""
        return [one for envelope in self.box.envelopes for one in envelope.rcpt_tos]
