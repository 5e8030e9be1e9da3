"""Writing down how one claimed piece of work ended: the move, its attempt, what it spent, what follows.

Each record is one transaction that holds only while the fence is still ours. Nothing here calls a platform,
except to renew a token that the platform says is dead.
"""

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Connector, Part, Receipt, Saved
from connectors.errors import ConnectorError, Misconfigured, Unavailable, Unconfirmed, Unsupported
from content.errors import ContentError
from scheduler.access import Access
from scheduler.channels import keep_books, stop_channel
from scheduler.claim import APPROVAL_WORDS, APPROVED_LATE, LEASES, WAITS, Claim
from scheduler.db import reading, writing
from scheduler.lateness import SPACED
from scheduler.lifecycle import Event
from scheduler.move import LostRace, apply
from scheduler.pauses import held_facts
from scheduler.recorder import Recorder, Result
from scheduler.recovery import had_its_hour, was_put_aside
from scheduler.retry import FIND, LATE, PREPARE, Verdict, judge
from scheduler.rows import first_try
from scheduler.signs import Who
from scheduler.tables import Attempt, Heartbeat, Pause, Publication, PublicationEvent
from scheduler.vault import VaultError

LOOK_FOR = timedelta(hours=12)
"""A result that could not be looked up for this long is a person's to decide."""

DELAYS = (
    WAITS,
    SPACED,
    Event.COMPARED,
    Event.HELD,
    Event.PAUSED,
    Event.APPROVAL_LOST,
    Event.WILL_RETRY,
    Event.REJECTED,
    Event.LEASE_RAN_OUT,
    Event.NOT_BEGUN,
)
"""Events whose words say why a post went out late."""

log = structlog.get_logger("scheduler.worker")


class Record:
    """The book of one claim. `connector` is set once there is one; its meter is stored with every record."""

    def __init__(self, recorder: Recorder, access: Access, rng: random.Random, claim: Claim) -> None:
        self.recorder = recorder
        self.engine = recorder.engine
        self.access = access
        self.clock = recorder.clock
        self.rng = rng
        self.claim = claim
        self.connector: Connector | None = None

    def keep(self, saved: Saved, progress: float | None = None) -> None:
        """Commit what a step achieved and go on holding the lease. Raises `LostRace` when it is not ours any more.

        A preparation that gets on begins its tries anew: a long upload on a bad line must not run out of them.
        """
        values: dict[str, Any] = {"saved": saved}
        if self.claim.action == PREPARE:
            values |= {"attempts": 0, "progress": percent(progress)}
            self.claim.publication.attempts = 0
        self.hold(**values)

    def hold(self, **values: Any) -> None:
        """Go on holding the lease, and commit `values` with it. Raises `LostRace` when it is not ours any more."""
        now = self.clock.now()
        with writing(self.engine) as session:
            statement = (
                update(Publication)
                .where(col(Publication.id) == self.claim.id, col(Publication.fence) == self.claim.publication.fence)
                .values(lease_until=now + LEASES[self.claim.action], **values)
            )
            if session.connection().execute(statement).rowcount != 1:
                raise LostRace(f"publication {self.claim.id} was taken over")
            self._keep_books(session, now)

    def move(self, event: Event, outcome: str, *, words: str = "", **facts: Any) -> None:
        """Move along one edge and close the attempt; when the row is not ours any more, only what was spent."""
        self.recorder.record(
            Result(self.claim, event, self.clock.now(), outcome, words, facts, connector=self.connector)
        )

    def lost_approval(self) -> None:
        """The post is not what was approved: hold it, nothing was sent."""
        self.move(Event.APPROVAL_LOST, "approval_lost", words=APPROVAL_WORDS, next_attempt_at=None, sent_at=None)

    def paused(self, pause: Pause) -> None:
        """A pause has begun since the claim: hold it, nothing was sent."""
        self.move(Event.PAUSED, "paused", sent_at=None, **held_facts(self.claim.publication, pause))

    def was_put_aside(self) -> datetime | None:
        """When it was put aside to be compared with the channel, because this database is an older copy."""
        with reading(self.engine) as session:
            return was_put_aside(session, self.claim.id)

    def had_its_hour(self) -> bool:
        """Whether its hour had come when the office was restored."""
        with reading(self.engine) as session:
            return had_its_hour(session, self.claim.publication.due_at)

    def goes_on(self) -> None:
        """An older copy was compared: it is surely not on the channel, and waits on as the copy says."""
        claim, now = self.claim, self.clock.now()
        words = "Dữ liệu là bản cũ hơn; đã tìm trên kênh, chưa có bài này nên làm tiếp như đã xếp lịch."
        problem = words if claim.publication.due_at <= now else ""
        at = first_try(claim.channel, claim.publication.due_at, now=now)
        self.move(Event.COMPARED, "not_there", words=words, problem=problem, looks=0, sent_at=None, next_attempt_at=at)

    # Public, or perhaps --------------------------------------------------------------------------------

    def receipt(self, event: Event, receipt: Receipt) -> None:
        """It is public. What follows a post (its first comment) is queued in the same transaction.

        It is never thrown away: when the row is not ours any more, what is public is public all the same.
        """
        now = self.clock.now()
        words = " ".join(filter(None, (receipt.permalink or receipt.external_id, self._why_late(receipt, now))))
        facts: dict[str, Any] = {
            "external_id": receipt.external_id,
            "permalink": receipt.permalink,
            "published_at": receipt.published_at or now,
            "next_attempt_at": None,
            "problem": receipt.words,
            "problem_code": "",
            "progress": None,
        }
        self.recorder.record(Result(self.claim, event, now, "ok", words, facts, self.connector, receipt))

    def _why_late(self, receipt: Receipt, now: datetime) -> str:
        """How late a post went out and what it had waited for; "" when it was on time."""
        row = self.claim.publication
        late = (row.sent_at or receipt.published_at or now) - row.due_at
        if late <= LATE or row.part != Part.POST:
            return ""
        try:
            reason, ran = self._what_it_waited_for()
        except SQLAlchemyError:  # it is public: no word is worth losing that over
            return f"Đăng muộn {int(late.total_seconds() // 60)} phút."
        unknown = (
            "Chưa rõ vì sao; xem nhật ký của dịch vụ." if ran and ran < row.due_at else "Lúc đó dịch vụ chưa chạy."
        )
        return f"Đăng muộn {int(late.total_seconds() // 60)} phút. {reason or unknown}"

    def _what_it_waited_for(self) -> tuple[str | None, datetime | None]:
        """The last words of its history that say why it is late, and when the first of the clocks began to run."""
        with reading(self.engine) as session:
            reason = session.exec(
                select(PublicationEvent.words)
                .where(
                    PublicationEvent.publication_id == self.claim.id,
                    or_(col(PublicationEvent.event).in_(DELAYS), col(PublicationEvent.words) == APPROVED_LATE),
                )
                .order_by(col(PublicationEvent.id).desc())
            ).first()
            ran = session.exec(select(func.min(Heartbeat.started_at)).where(Heartbeat.kind == Who.CLOCK)).one()
        return reason, ran

    # What went wrong -----------------------------------------------------------------------------------

    def error(self, error: Exception, *, begun: bool) -> None:
        """Record what went wrong. `begun` is false when the platform was not yet asked for anything."""
        claim = self.claim
        if not isinstance(error, ConnectorError | Unsupported | ContentError | VaultError):
            log.exception("unclassified", publication=claim.id, action=claim.action, error=type(error).__name__)
        now = self.clock.now()
        verdict = self.recorder.patiently(lambda: self._verdict(error, begun=begun, now=now))
        facts: dict[str, Any] = {"problem": verdict.words, "next_attempt_at": verdict.at}
        facts["problem_code"] = error.code if isinstance(error, ConnectorError) else ""
        if verdict.counts:
            facts["attempts"] = claim.publication.attempts + 1
        if verdict.event is Event.NO_ANSWER:
            looks = connector_class(claim.channel.platform).capabilities.looks
            facts |= {"next_attempt_at": now + looks[0], "looks": 0}
        elif verdict.event is Event.WILL_RETRY and claim.action != PREPARE:
            facts["sent_at"] = None

        def write() -> None:
            with writing(self.engine) as session:
                if verdict.channel_state or verdict.channel_until:
                    stop_channel(session, claim.publication.channel_id, verdict.channel_state,
                                 verdict.words, verdict.channel_until)  # fmt: skip
                apply(session, claim.publication, verdict.event, now=now, words=verdict.words, **facts)
                self._close_attempt(session, _outcome(error), now=now, error=error)
                self._keep_books(session, now)

        try:
            self.recorder.patiently(write)
        except LostRace:
            self.keep_books()
            log.warning("lost_race", publication=claim.id, action=claim.action)
            return
        told = {"publication": claim.id, "attempt": claim.attempt_id, "channel": claim.channel.key}
        log.warning("moved", **told, move=str(verdict.event), error=str(error))

    def _verdict(self, error: Exception, *, begun: bool, now: datetime) -> Verdict:
        claim = self.claim
        action = claim.action if begun or claim.action == FIND else PREPARE
        failed = self._looks_that_failed() if action == FIND else claim.publication.attempts
        verdict = judge(error, action, failed, now=now, rng=self.rng)
        if verdict.refresh:
            verdict = self._after_refresh(verdict, action, failed, now)
        if begun and isinstance(error, Misconfigured) and claim.publication.part != Part.POST:
            # A permission that only comments or broadcasts need must not stop the posts of the channel.
            return Verdict(Event.UNCLEAR if action == FIND else Event.REJECTED, verdict.words)
        sent_at = claim.publication.sent_at
        if (
            verdict.event is Event.LOOK_AGAIN
            and sent_at is not None
            and now - max(sent_at, self.was_put_aside() or sent_at) > LOOK_FOR
        ):
            return Verdict(Event.UNCLEAR, f"Không kiểm tra được kết quả đăng. {verdict.words}")
        return verdict

    def _looks_that_failed(self) -> int:
        with reading(self.engine) as session:
            statement = (
                select(func.count())
                .select_from(Attempt)
                .where(
                    Attempt.publication_id == self.claim.id,
                    Attempt.action == FIND,
                    col(Attempt.outcome).not_in(("", "ok", "not_there", "unclear", Event.NOT_BEGUN.value)),
                )
            )
            return session.exec(statement).one()

    def _after_refresh(self, verdict: Verdict, action: str, failed: int, now: datetime) -> Verdict:
        """The platform says the access token is dead: refresh once; when that is in vain a person must reconnect."""
        channel = self.claim.channel
        with reading(self.engine) as session:
            began = session.get_one(Attempt, self.claim.attempt_id).started_at
        if self.access.refreshed_since(channel, began):
            return verdict
        if self.access.refreshed_lately(channel, now=now):
            words = "Đã làm mới mã truy cập mà nền tảng vẫn từ chối; hãy kết nối lại kênh."
            return Verdict(verdict.event, words, now, channel_state="reconnect")
        try:
            if self.access.refresh_now(channel, now=now):
                return verdict
        except (Unavailable, Unconfirmed) as error:
            # Nothing was done for the publication itself, so this try is one that may be repeated.
            again = Unavailable(error.words, code=error.code, retry_after=getattr(error, "retry_after", None))
            return judge(again, action, failed, now=now, rng=self.rng)
        except Exception as error:
            return judge(error, action, failed, now=now, rng=self.rng)
        return Verdict(verdict.event, verdict.words, now, channel_state="reconnect")

    # Shared --------------------------------------------------------------------------------------------

    def _keep_books(self, session: Session, now: datetime) -> None:
        if self.connector is not None:
            keep_books(session, self.claim.channel, self.connector, now=now)

    def keep_books(self) -> None:
        """Store what was spent although the row is not ours any more."""
        with writing(self.engine) as session:
            self._keep_books(session, self.clock.now())

    def _close_attempt(self, session: Session, outcome: str, *, now: datetime, error: Exception) -> None:
        values: dict[str, object] = {"finished_at": now, "outcome": outcome}
        if isinstance(error, ConnectorError):
            values |= {"words": error.words, "code": error.code, "section": error.section, "evidence": error.evidence}
        else:
            values["evidence"] = f"{type(error).__name__}"
        session.connection().execute(update(Attempt).where(col(Attempt.id) == self.claim.attempt_id).values(**values))


def percent(progress: float | None) -> int | None:
    """A share from 0 to 1 as whole percent."""
    return None if progress is None else max(0, min(100, int(progress * 100)))


def _outcome(error: Exception) -> str:
    return type(error).__name__.lower() if isinstance(error, ConnectorError) else "unclassified"
