"""One claimed publication: call the platform with no transaction open, then record what it said.

claim | call | record are three steps. Whatever happens between two of them, even the death of the
process, leaves a row from which another worker goes on.
"""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Accepted, Connector, NotThere, Outgoing, Receipt, Saved, Unclear
from connectors.errors import ConnectorError, Unsupported
from content.store import AssetStore
from scheduler.channels import Access, stop_channel
from scheduler.claim import LEASE, Claim
from scheduler.clock import Clock
from scheduler.compose import compose
from scheduler.db import reading, writing
from scheduler.lifecycle import Event
from scheduler.move import LostRace, apply
from scheduler.retry import FIND, PREPARE, Verdict, judge, pause_after
from scheduler.tables import Attempt, Publication

MAX_STEPS = 100_000
"""Bound on the steps of one preparation: 8 MiB a step, the largest video a platform takes."""

log = structlog.get_logger("scheduler.worker")


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

    def run(self, claim: Claim) -> None:
        """Carry out one claim and record its end. Raises nothing but what makes recording impossible."""
        now = self.clock.now()
        try:
            outgoing = self._outgoing(claim)
            connector = self.access.connector(claim.channel, now=now)
        except Exception as error:
            self._record_error(claim, error, begun=False)
            return
        try:
            if claim.action == PREPARE:
                self._prepare(claim, connector, outgoing)
            elif claim.action == FIND:
                self._find(claim, connector, outgoing, now)
            else:
                self._publish(claim, connector, outgoing, now)
        except LostRace:
            log.warning("lost_race", publication=claim.id, action=claim.action)
        except Exception as error:
            self._record_error(claim, error)

    # The three actions ---------------------------------------------------------------------------------

    def _prepare(self, claim: Claim, connector: Connector, outgoing: Outgoing) -> None:
        saved: Saved = dict(claim.publication.saved)
        for _ in range(MAX_STEPS):
            now = self.clock.now()
            step = connector.prepare(outgoing, saved, now=now)
            saved = step.saved
            if step.ready:
                at = max(claim.publication.due_at, now)
                self._record(claim, Event.PREPARED, "ok", saved=saved, good_until=step.good_until, next_attempt_at=at)
                return
            if step.again_after:
                at = now + step.again_after
                self._record(claim, Event.STEP_DONE, "ok", saved=saved, next_attempt_at=at)
                return
            self._keep(claim, saved, now)
        raise RuntimeError("prepare did not end")

    def _publish(self, claim: Claim, connector: Connector, outgoing: Outgoing, now: datetime) -> None:
        answer = connector.publish(outgoing, dict(claim.publication.saved), now=now)
        if isinstance(answer, Accepted):
            at = self.clock.now() + answer.look_after
            self._record(claim, Event.ACCEPTED, "accepted", saved=answer.saved, next_attempt_at=at, looks=0)
        else:
            self._record_receipt(claim, Event.SUCCEEDED, answer)

    def _find(self, claim: Claim, connector: Connector, outgoing: Outgoing, now: datetime) -> None:
        publication = claim.publication
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
        if pause is None:
            words = "Đã gửi nhiều lần nhưng bài không xuất hiện trên kênh; cần người xem."
            self._record(claim, Event.UNCLEAR, "not_there", words=words, next_attempt_at=None)
            return
        words = f"Đã tìm {looks} lần, bài không có trên kênh; sẽ đăng lại."
        self._record(
            claim,
            Event.NOT_FOUND,
            "not_there",
            words=words,
            looks=0,
            attempts=attempts,
            sent_at=None,
            next_attempt_at=now + pause,
        )

    # Reading and recording -----------------------------------------------------------------------------

    def _outgoing(self, claim: Claim) -> Outgoing:
        with reading(self.engine) as session:
            key = f"cchc-{claim.id}"
            return compose(session, self.store, self.media_address, claim.post, claim.channel, key)

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

    def _keep(self, claim: Claim, saved: Saved, now: datetime) -> None:
        """Commit what a step achieved, and go on holding the lease."""
        with writing(self.engine) as session:
            statement = (
                update(Publication)
                .where(col(Publication.id) == claim.id, col(Publication.fence) == claim.publication.fence)
                .values(saved=saved, lease_until=now + LEASE)
            )
            if session.connection().execute(statement).rowcount != 1:
                raise LostRace(f"publication {claim.id} was taken over")

    def _record_receipt(self, claim: Claim, event: Event, receipt: Receipt) -> None:
        self._record(
            claim,
            event,
            "ok",
            words=receipt.permalink,
            external_id=receipt.external_id,
            permalink=receipt.permalink,
            published_at=receipt.published_at or self.clock.now(),
            next_attempt_at=None,
            problem="",
            problem_code="",
        )

    def _record(self, claim: Claim, event: Event, outcome: str, *, words: str = "", **facts: Any) -> None:
        now = self.clock.now()
        with writing(self.engine) as session:
            apply(session, claim.publication, event, now=now, words=words, **facts)
            _close_attempt(session, claim.attempt_id, outcome, now=now, words=words)
        log.info("publication", id=claim.id, channel=claim.channel.key, move=str(event), words=words)

    def _record_error(self, claim: Claim, error: Exception, *, begun: bool = True) -> None:
        """Record what went wrong. `begun` is false when the platform was not yet asked for anything."""
        if not isinstance(error, ConnectorError | Unsupported):
            log.exception("unclassified", publication=claim.id, action=claim.action, error=type(error).__name__)
        now = self.clock.now()
        action = claim.action if begun or claim.action == FIND else PREPARE
        verdict = judge(error, action, claim.publication.attempts, now=now, rng=self.rng)
        if verdict.refresh:
            verdict = self._try_refresh(claim, verdict)
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
        log.warning("publication", id=claim.id, channel=claim.channel.key, move=str(verdict.event), error=str(error))

    def _try_refresh(self, claim: Claim, verdict: Verdict) -> Verdict:
        """The platform says the access token is dead: refresh once; when that fails a person must reconnect."""
        now = self.clock.now()
        if self._refreshed_in_vain(claim):
            words = f"{verdict.words} Đã làm mới mã truy cập mà vẫn bị từ chối; cần kết nối lại."
            return Verdict(verdict.event, words, now, channel_state="reconnect")
        try:
            if self.access.refresh_now(claim.channel, now=now):
                return verdict
        except Exception as error:
            again = judge(error, claim.action, claim.publication.attempts, now=now, rng=self.rng)
            if again.channel_state:
                return Verdict(verdict.event, again.words, now, channel_state=again.channel_state)
            return Verdict(verdict.event, again.words, again.at or now, counts=True)
        return Verdict(verdict.event, verdict.words, now, channel_state="reconnect")

    def _refreshed_in_vain(self, claim: Claim) -> bool:
        """Whether the try before this one was refused for the same reason, after which we refreshed."""
        with reading(self.engine) as session:
            last = session.exec(
                select(Attempt.outcome)
                .where(Attempt.publication_id == claim.id, col(Attempt.id) < claim.attempt_id)
                .order_by(col(Attempt.id).desc())
            ).first()
        return last == "reconnect"


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
