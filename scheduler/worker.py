"""One claimed publication: call the platform with no transaction open, then record what it said.

claim | call | record are three steps. Whatever happens between two of them, even the death of the
process, leaves a row from which another worker goes on.
"""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, func, update
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Accepted, Connector, NotThere, Outgoing, Receipt, Saved, Unclear
from connectors.errors import ConnectorError, Unavailable, Unconfirmed, Unsupported
from content.editorial import content_hash, is_approved
from content.errors import ContentError
from content.store import AssetStore
from content.tables import Post, PostAsset
from scheduler.channels import Access, stop_channel
from scheduler.claim import APPROVAL_WORDS, LEASES, Claim
from scheduler.clock import Clock
from scheduler.compose import compose
from scheduler.db import reading, writing
from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.move import LostRace, apply
from scheduler.retry import FIND, PREPARE, Verdict, judge, pause_after
from scheduler.tables import Attempt, Publication
from scheduler.vault import VaultError

MAX_STEPS = 100_000
"""Bound on the steps of one preparation: 8 MiB a step, the largest video a platform takes."""

LOOK_FOR = timedelta(hours=12)
"""A result that could not be looked up for this long is a person's to decide."""

log = structlog.get_logger("scheduler.worker")


class ApprovalLost(Exception):
    """The post is not, or not any more, exactly what was approved."""


class Worker:
    """Carries out claims. Holds no state of its own: any worker can go on where another one stopped."""

    def __init__(
        self,
        engine: Engine,
        access: Access,
        store: AssetStore,
        clock: Clock,
        rng: random.Random,
        media_address: Callable[[str], str],
    ) -> None:
        self.engine = engine
        self.access = access
        self.store = store
        self.clock = clock
        self.rng = rng
        self.media_address = media_address
        self._stopping = threading.Event()

    def run(self, claim: Claim) -> None:
        """Carry out one claim and record its end. Raises nothing but what makes recording impossible."""
        begun = False
        try:
            connector = self.access.connector(claim.channel, now=self.clock.now())
            outgoing = self._outgoing(claim)
            begun = True
            if claim.action == PREPARE:
                self._prepare(claim, connector, outgoing)
            elif claim.action == FIND:
                self._find(claim, connector, outgoing)
            else:
                self._publish(claim, connector, outgoing)
        except LostRace:
            log.warning("lost_race", publication=claim.id, action=claim.action)
        except ApprovalLost:
            with suppress(LostRace):
                self._record(claim, Event.APPROVAL_LOST, "approval_lost", words=APPROVAL_WORDS, next_attempt_at=None,
                             sent_at=None)  # fmt: skip
        except Exception as error:
            self._record_error(claim, error, begun=begun)

    def stop(self) -> None:
        """Let each preparation end after the step it is at; another run goes on from there."""
        self._stopping.set()

    # The three actions ---------------------------------------------------------------------------------

    def _prepare(self, claim: Claim, connector: Connector, outgoing: Outgoing) -> None:
        saved: Saved = dict(claim.publication.saved)
        for _ in range(MAX_STEPS):
            step = connector.prepare(outgoing, saved, now=self.clock.now())
            saved, now = step.saved, self.clock.now()
            if step.ready:
                at, words = max(claim.publication.due_at, now), " ".join(step.warnings)
                self._record(claim, Event.PREPARED, "ok", words=words, problem=words, problem_code="", saved=saved,
                             good_until=step.good_until, next_attempt_at=at)  # fmt: skip
                return
            if step.again_after or self._stopping.is_set():
                at = now + step.again_after
                self._record(claim, Event.STEP_DONE, "ok", saved=saved, next_attempt_at=at)
                return
            self._keep(claim, saved)
        raise RuntimeError("prepare did not end")

    def _publish(self, claim: Claim, connector: Connector, outgoing: Outgoing) -> None:
        saved: Saved = dict(claim.publication.saved)
        # The last moment at which a worker that slept past its lease learns that it must not send.
        self._keep(claim, saved)
        answer = connector.publish(outgoing, saved, now=self.clock.now())
        if isinstance(answer, Accepted):
            at = self.clock.now() + answer.look_after
            self._record(claim, Event.ACCEPTED, "accepted", saved=answer.saved, next_attempt_at=at, looks=0)
        else:
            self._record_receipt(claim, Event.SUCCEEDED, answer)

    def _find(self, claim: Claim, connector: Connector, outgoing: Outgoing) -> None:
        publication, now = claim.publication, self.clock.now()
        since = publication.sent_at or publication.due_at
        answer = connector.find(outgoing, dict(publication.saved), since=since, known=self._known(claim), now=now)
        match answer:
            case Receipt():
                self._record_receipt(claim, Event.FOUND, answer)
            case Unclear():
                self._record(claim, Event.UNCLEAR, "unclear", words=answer.words, next_attempt_at=None)
            case NotThere():
                self._record_not_there(claim, connector)

    def _record_not_there(self, claim: Claim, connector: Connector) -> None:
        looks, now = claim.publication.looks + 1, self.clock.now()
        pauses = connector.capabilities.looks
        if looks < len(pauses):
            words = f"Chưa thấy bài trên kênh (lần {looks}/{len(pauses)})."
            at = now + pauses[looks]
            self._record(claim, Event.LOOK_AGAIN, "not_there", words=words, looks=looks, next_attempt_at=at)
            return
        attempts = claim.publication.attempts + 1
        pause = pause_after(attempts, self.rng)
        if claim.post.content_hash != claim.publication.prepared_hash:
            # What was sent had other words than what was looked for.
            words = "Bài đã sửa sau khi gửi nên hệ thống không tự tìm được; cần người xem trên kênh."
            self._record(claim, Event.UNCLEAR, "not_there", words=words, next_attempt_at=None)
        elif pause is None:
            words = "Đã gửi nhiều lần nhưng bài không xuất hiện trên kênh; cần người xem."
            self._record(claim, Event.UNCLEAR, "not_there", words=words, next_attempt_at=None)
        else:
            words = f"Đã tìm {looks} lần, bài không có trên kênh; sẽ đăng lại."
            self._record(claim, Event.NOT_FOUND, "not_there", words=words, looks=0, attempts=attempts, sent_at=None,
                         next_attempt_at=now + pause)  # fmt: skip

    # Reading and recording -----------------------------------------------------------------------------

    def _outgoing(self, claim: Claim) -> Outgoing:
        """The post as this channel sends it, read as late as possible.

        Raises `ApprovalLost` when it is not, word for word and picture for picture, what was approved. A
        look goes on whatever became of the post since.
        """
        with reading(self.engine) as session:
            post = session.get_one(Post, claim.post.id)
            assets = session.exec(select(PostAsset).where(PostAsset.post_id == post.id)).all()
            approved = is_approved(post) and content_hash(post, assets) == claim.post.content_hash
            if claim.action != FIND and not approved:
                raise ApprovalLost
            key = f"cchc-{claim.id}"
            return compose(session, self.store, self.media_address, post, claim.channel, key)

    def _known(self, claim: Claim) -> frozenset[str]:
        """The ids that other publications of this channel already have."""
        with reading(self.engine) as session:
            ids = session.exec(
                select(Publication.external_id).where(
                    Publication.channel_id == claim.channel.id,
                    Publication.id != claim.id,
                    Publication.external_id != "",
                )
            )
            return frozenset(ids)

    def _keep(self, claim: Claim, saved: Saved) -> None:
        """Commit what a step achieved and go on holding the lease. Raises `LostRace` when it is not ours any more.

        A preparation that gets on begins its tries anew: a long upload on a bad line must not run out of them.
        """
        attempts = 0 if claim.action == PREPARE else claim.publication.attempts
        with writing(self.engine) as session:
            statement = (
                update(Publication)
                .where(col(Publication.id) == claim.id, col(Publication.fence) == claim.publication.fence)
                .values(saved=saved, lease_until=self.clock.now() + LEASES[claim.action], attempts=attempts)
            )
            if session.connection().execute(statement).rowcount != 1:
                raise LostRace(f"publication {claim.id} was taken over")
        claim.publication.attempts = attempts

    def _record_receipt(self, claim: Claim, event: Event, receipt: Receipt) -> None:
        facts: dict[str, Any] = {
            "external_id": receipt.external_id,
            "permalink": receipt.permalink,
            "published_at": receipt.published_at or self.clock.now(),
            "next_attempt_at": None,
            "problem": "",
            "problem_code": "",
        }
        try:
            self._record(claim, event, "ok", words=receipt.permalink, **facts)
        except LostRace:
            self._record_late_receipt(claim, receipt, facts)

    def _record_late_receipt(self, claim: Claim, receipt: Receipt, facts: dict[str, Any]) -> None:
        """The lease ran out while the answer was on its way: what is public is public, whoever holds the row now."""
        now = self.clock.now()
        with writing(self.engine) as session:
            row = session.get_one(Publication, claim.id)
            if (State(row.state), Event.FOUND) in TRANSITIONS:
                apply(session, row, Event.FOUND, now=now, words=receipt.permalink, **facts)
            _close_attempt(session, claim.attempt_id, "ok", now=now, words=receipt.permalink)
        log.warning("late_receipt", publication=claim.id, state=row.state)

    def _record(self, claim: Claim, event: Event, outcome: str, *, words: str = "", **facts: Any) -> None:
        now = self.clock.now()
        with writing(self.engine) as session:
            apply(session, claim.publication, event, now=now, words=words, **facts)
            _close_attempt(session, claim.attempt_id, outcome, now=now, words=words)
        log.info("publication", id=claim.id, channel=claim.channel.key, move=str(event), words=words)

    def _record_error(self, claim: Claim, error: Exception, *, begun: bool) -> None:
        """Record what went wrong. `begun` is false when the platform was not yet asked for anything."""
        if not isinstance(error, ConnectorError | Unsupported | ContentError | VaultError):
            log.exception("unclassified", publication=claim.id, action=claim.action, error=type(error).__name__)
        now = self.clock.now()
        verdict = self._verdict(claim, error, begun=begun, now=now)
        facts: dict[str, Any] = {"problem": verdict.words, "next_attempt_at": verdict.at}
        facts["problem_code"] = error.code if isinstance(error, ConnectorError) else ""
        if verdict.counts:
            facts["attempts"] = claim.publication.attempts + 1
        if verdict.event is Event.NO_ANSWER:
            looks = connector_class(claim.channel.platform).capabilities.looks
            facts |= {"next_attempt_at": now + looks[0], "looks": 0}
        elif verdict.event is Event.WILL_RETRY and claim.action != PREPARE:
            facts["sent_at"] = None
        try:
            with writing(self.engine) as session:
                if verdict.channel_state or verdict.channel_until:
                    stop_channel(session, claim.publication.channel_id, verdict.channel_state,
                                 verdict.words, verdict.channel_until)  # fmt: skip
                apply(session, claim.publication, verdict.event, now=now, words=verdict.words, **facts)
                _close_attempt(session, claim.attempt_id, _outcome(error), now=now, error=error)
        except LostRace:
            log.warning("lost_race", publication=claim.id, action=claim.action)
            return
        log.warning("publication", id=claim.id, channel=claim.channel.key, move=str(verdict.event), error=str(error))

    def _verdict(self, claim: Claim, error: Exception, *, begun: bool, now: datetime) -> Verdict:
        action = claim.action if begun or claim.action == FIND else PREPARE
        failed = self._looks_that_failed(claim) if action == FIND else claim.publication.attempts
        verdict = judge(error, action, failed, now=now, rng=self.rng)
        if verdict.refresh:
            verdict = self._after_refresh(claim, verdict, action, failed, now)
        sent_at = claim.publication.sent_at
        if verdict.event is Event.LOOK_AGAIN and sent_at is not None and now - sent_at > LOOK_FOR:
            return Verdict(Event.UNCLEAR, f"Không kiểm tra được kết quả đăng. {verdict.words}")
        return verdict

    def _looks_that_failed(self, claim: Claim) -> int:
        with reading(self.engine) as session:
            statement = (
                select(func.count())
                .select_from(Attempt)
                .where(
                    Attempt.publication_id == claim.id,
                    Attempt.action == FIND,
                    col(Attempt.outcome).not_in(("", "ok", "not_there", "unclear")),
                )
            )
            return session.exec(statement).one()

    def _after_refresh(self, claim: Claim, verdict: Verdict, action: str, failed: int, now: datetime) -> Verdict:
        """The platform says the access token is dead: refresh once; when that is in vain a person must reconnect."""
        with reading(self.engine) as session:
            began = session.get_one(Attempt, claim.attempt_id).started_at
        if self.access.refreshed_since(claim.channel, began):
            return verdict
        if self.access.refreshed_lately(claim.channel, now=now):
            words = "Đã làm mới mã truy cập mà nền tảng vẫn từ chối; hãy kết nối lại kênh."
            return Verdict(verdict.event, words, now, channel_state="reconnect")
        try:
            if self.access.refresh_now(claim.channel, now=now):
                return verdict
        except (Unavailable, Unconfirmed) as error:
            # Nothing was done for the publication itself, so this try is one that may be repeated.
            again = Unavailable(error.words, code=error.code, retry_after=getattr(error, "retry_after", None))
            return judge(again, action, failed, now=now, rng=self.rng)
        except Exception as error:
            return judge(error, action, failed, now=now, rng=self.rng)
        return Verdict(verdict.event, verdict.words, now, channel_state="reconnect")


def _outcome(error: Exception) -> str:
    return type(error).__name__.lower() if isinstance(error, ConnectorError) else "unclassified"


def _close_attempt(
    session: Session,
    attempt_id: int,
    outcome: str,
    *,
    now: datetime,
    words: str = "",
    error: Exception | None = None,
) -> None:
    values: dict[str, object] = {"finished_at": now, "outcome": outcome, "words": words}
    if isinstance(error, ConnectorError):
        values |= {"words": error.words, "code": error.code, "section": error.section, "evidence": error.evidence}
    elif error is not None:
        values["evidence"] = f"{type(error).__name__}"
    session.connection().execute(update(Attempt).where(col(Attempt.id) == attempt_id).values(**values))
