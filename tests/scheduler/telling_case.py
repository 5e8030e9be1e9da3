"""An office whose notices are told: a clock, a database, a mail server and receivers on this machine."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from postbox.webhook import Hook
from scheduler.calendar_tables import NoticeDelivery
from scheduler.clock import FrozenClock
from scheduler.db import reading, writing
from scheduler.notices import Grade, Kind, clear, raise_notice
from scheduler.telling import Mailing, Telling
from tests.conftest import NOW
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, Mailbox

EVERY = timedelta(minutes=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DESK = "https://cchc.hue.example"


class Office:
    """A clock, notices, and as many tellers as a test wants over one database."""

    def __init__(self, engine: Engine, box: Mailbox | None = None, *hooks: Hook) -> None:
        self.engine, self.box, self.hooks = engine, box, hooks
        self.clock = FrozenClock(NOW)

    def teller(self) -> Telling:
        mail = Mailing(self.box.server(), SENDER, (LAN_MAIL, MINH_MAIL), EVERY) if self.box else None
        return Telling(self.engine, self.clock, mail=mail, hooks=self.hooks, desk=DESK)

    def turn(self, after: timedelta = timedelta()) -> list[tuple[str, int]]:
        self.clock.set(self.clock.now() + after)
        return [(one.state.value, one.count) for one in self.teller().run()]

    def happens(self, subject: str, grade: Grade = Grade.ALARM, words: str = "", **facts: Any) -> None:
        with writing(self.engine) as session:
            words = words or f"Việc {subject} cần người xử lý."
            raise_notice(session, Kind.NOT_SENT, subject, grade, words, now=self.clock.now(), **facts)

    def over(self, subject: str) -> None:
        with writing(self.engine) as session:
            clear(session, [subject], now=self.clock.now())

    def rows(self) -> list[NoticeDelivery]:
        with reading(self.engine) as session:
            return list(session.exec(select(NoticeDelivery).order_by(col(NoticeDelivery.id))))

    def states(self) -> list[str]:
        return [one.state for one in self.rows()]

    def told(self) -> str:
        """Everything that was mailed."""
        assert self.box is not None
        return "\n".join(letter.get_content() for letter in self.box.letters)
