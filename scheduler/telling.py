"""Telling people outside the desk: a digest by mail, and each notice to other programs. One turn at a time.

Claim, send, record are three steps: no mail server and no receiver is spoken to while a transaction is open. A mail
that may have been accepted is never sent again; what was surely not accepted comes back later, and not for ever.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from content.vietnamese import moment, number
from postbox.errors import PostError, Refused, Unavailable, Unknown
from postbox.mail import Letter, MailServer
from postbox.mail import send as send_mail
from postbox.webhook import Hook, label, post
from scheduler.calendar_tables import Notice
from scheduler.clock import Clock
from scheduler.db import reading, writing
from scheduler.deliveries import (
    Claimed,
    Sending,
    Way,
    claim_hook,
    claim_mail,
    due_hook,
    due_mail,
    needs_tidying,
    put_off,
    record,
    tidy,
)
from scheduler.digest import digest
from scheduler.notices import kind_words

HOOKS_AT_ONCE = 50
"""Messages to one address in one turn; the next turn comes in a minute."""
REFUSED_WAIT = timedelta(hours=1)
"""At least so long after a no: somebody has to mend the settings first."""
_LANES = 4

log = structlog.get_logger("scheduler.telling")


@dataclass(frozen=True)
class Mailing:
    """Through which server, from whom, to whom, and how often at most."""

    server: MailServer
    sender: str
    recipients: tuple[str, ...]
    every: timedelta

    @property
    def target(self) -> str:
        """The recipients, as a delivery's row names them."""
        return ", ".join(self.recipients)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one sending: `count` notices (or other things, `what`), and a sentence for staff."""

    way: Way
    target: str
    state: Sending
    count: int
    words: str
    what: str = "thông báo"


More = Callable[[Callable[[], bool]], list[Told]]
"""Something else that goes out in the same lane; it is told how to ask whether to begin nothing new."""


class Telling:
    """Carries notices out. Any number of processes may run one over the same database."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        mail: Mailing | None,
        hooks: tuple[Hook, ...] = (),
        desk: str = "",
        more: tuple[More, ...] = (),
    ) -> None:
        """`desk`: the desk's address for links, or ""; `more`: what other floors send beside the notices."""
        self.engine = engine
        self.clock = clock
        self.mail = mail
        self.hooks = hooks
        self.desk = desk
        self.more = more
        self._stopped = threading.Event()

    def run(self) -> list[Told]:
        """One turn: settle what died, then the mail and every address side by side; what came of each sending."""
        now = self.clock.now()
        with reading(self.engine) as session:
            untidy = needs_tidying(session, now=now)
        if untidy:
            with writing(self.engine) as session:
                tidy(session, now=now)
        turns: list[Callable[[], list[Told]]] = [self._by_mail] if self.mail is not None else []
        turns += [partial(self._to_hook, hook) for hook in self.hooks]
        turns += [partial(one, self._stopped.is_set) for one in self.more]
        if not turns:
            return []
        with ThreadPoolExecutor(min(_LANES, len(turns)), thread_name_prefix="telling") as pool:
            return [one for several in pool.map(self._guarded, turns) for one in several]

    def stop(self) -> None:
        """Begin nothing new; what is being sent ends within its own time limit."""
        self._stopped.set()

    def test(self) -> list[Told]:
        """A trial message on every way, at once and without a row; what came of each."""
        now, found = self.clock.now(), []
        if self.mail is not None:
            words = f"Đây là thư thử gửi lúc {moment(now)}. Nhận được thư này là hệ thống gửi được thông báo bằng thư."
            letter = self._letter("[CCHC] Thư thử của trang Thông báo", words, f"cchc-test-{now:%Y%m%dT%H%M%S%f}")
            found.append(self._tried(Way.MAIL, self.mail.target, partial(self._post_letter, letter, now)))
        for hook in self.hooks:
            mark, data = f"test-{now:%Y%m%dT%H%M%S%f}", {"words": f"Thông báo thử lúc {moment(now)}."}
            send = partial(post, hook, mark, "notice.test", data, now=now)
            found.append(self._tried(Way.WEBHOOK, label(hook.address), send))
        return found

    def _tried(self, way: Way, target: str, send: Callable[[], str | None]) -> Told:
        try:
            return Told(way, target, Sending.SENT, 1, send() or "")
        except PostError as error:
            state = Sending.UNKNOWN if isinstance(error, Unknown) else Sending.FAILED
            return Told(way, target, state, 1, error.words)

    def _guarded(self, turn: Callable[[], list[Told]]) -> list[Told]:
        """One way that fails as nobody thought of does not stop the others."""
        try:
            return [] if self._stopped.is_set() else turn()
        except Exception:
            log.exception("not_told")
            return []

    # Mail --------------------------------------------------------------------------------------------------

    def _by_mail(self) -> list[Told]:
        """At most one digest."""
        assert self.mail is not None
        mail, now = self.mail, self.clock.now()
        with reading(self.engine) as session:
            if not due_mail(session, mail.every, now=now):
                return []
        with writing(self.engine) as session:
            claimed = claim_mail(session, mail.target, mail.every, now=now)
        if claimed is None:
            return []
        subject, body = digest(claimed.notices, self.desk, now=now)
        letter = self._letter(subject, body, f"cchc-{claimed.rows[0]}-{now:%Y%m%dT%H%M%S}")
        return [self._sent(Way.MAIL, mail.target, claimed, partial(self._post_letter, letter, now))]

    def _letter(self, subject: str, body: str, mark: str) -> Letter:
        assert self.mail is not None
        return Letter(self.mail.sender, self.mail.recipients, subject, body, mark)

    def _post_letter(self, letter: Letter, now: datetime) -> str:
        assert self.mail is not None
        refused = send_mail(self.mail.server, letter, now=now)
        return f"Máy chủ thư không nhận: {', '.join(refused)}." if refused else ""

    # Webhooks ----------------------------------------------------------------------------------------------

    def _to_hook(self, hook: Hook) -> list[Told]:
        """One message for each notice; an address that does not answer is left alone until the next turn."""
        found: list[Told] = []
        target = label(hook.address)
        for _ in range(HOOKS_AT_ONCE):
            now = self.clock.now()
            with reading(self.engine) as session:
                due = due_hook(session, target, now=now)
            if not due or self._stopped.is_set():
                return found
            with writing(self.engine) as session:
                claimed = claim_hook(session, target, now=now)
            if claimed is None:
                return found
            notice = claimed.notices[0]
            send = partial(post, hook, mark_of(notice), "notice.raised", as_data(notice, self.desk), now=now)
            found.append(self._sent(Way.WEBHOOK, target, claimed, send))
            if found[-1].state is not Sending.SENT:
                return found
        return found

    # Recording ---------------------------------------------------------------------------------------------

    def _sent(self, way: Way, target: str, claimed: Claimed, send: Callable[[], str | None]) -> Told:
        """Send what was claimed, with no transaction open, and write down what came of it."""
        words, state, least = "", Sending.SENT, None
        try:
            words = send() or ""
        except (Refused, Unavailable) as error:
            least = REFUSED_WAIT if isinstance(error, Refused) else error.retry_after
            words, state = error.words, Sending.WAITING
        except Exception as error:
            # lost on the way, or something nobody thought of: it may have been accepted
            words = (
                error.words if isinstance(error, PostError) else f"Lỗi chưa được phân loại ({type(error).__name__})."
            )
            state = Sending.UNKNOWN if way is Way.MAIL else Sending.WAITING
            if not isinstance(error, PostError):
                log.exception("not_told", way=way)
        now = self.clock.now()
        with writing(self.engine) as session:
            state = self._written(session, way, claimed, state, words, least, now)
        return Told(way, target, state, len(claimed.rows), words)

    def _written(
        self,
        session: Session,
        way: Way,
        claimed: Claimed,
        state: Sending,
        words: str,
        least: timedelta | None,
        now: datetime,
    ) -> Sending:
        if state is Sending.WAITING:
            return put_off(session, claimed, way, words, least, now=now)
        record(session, claimed, state, words, now=now)
        return state


def mark_of(notice: Notice) -> str:
    """The id that a receiver knows the notice by, the same at every try."""
    return f"notice-{notice.id}-{notice.raised_at:%Y%m%dT%H%M%S}"


def as_data(notice: Notice, desk: str) -> dict[str, Any]:
    """What other programs are told of a notice."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "label": kind_words(notice.kind),
        "grade": notice.grade,
        "words": notice.words,
        "url": f"{desk}{notice.path}" if desk and notice.path else "",
        "raised_at": notice.raised_at.isoformat(),
    }


def told_words(told: Told) -> str:
    """What came of one sending, for a person."""
    where = f"thư tới {told.target}" if told.way is Way.MAIL else f"webhook {told.target}"
    what = {
        Sending.SENT: "Đã gửi",
        Sending.UNKNOWN: "Chưa rõ đã gửi được hay chưa",
        Sending.WAITING: "Chưa gửi được, sẽ thử lại",
        Sending.FAILED: "Không gửi được",
    }[told.state]
    more = f" {told.words}" if told.words else ""
    return f"{what}: {number(told.count)} {told.what}, {where}.{more}"
