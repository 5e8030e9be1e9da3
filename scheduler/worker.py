"""One claimed publication: call the platform with no transaction open, then record what it said.

claim | call | record are three steps. Whatever happens between two of them, even the death of the
process, leaves a row from which another worker goes on.
"""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlmodel import col, select

from connectors.base import Accepted, NotThere, Outgoing, Part, Receipt, Saved, Unclear
from connectors.http import only_while
from content.store import AssetStore
from scheduler.access import Access
from scheduler.briefing import NEVER, Brief, brief_all, brief_claimed
from scheduler.claim import LEASES, Claim
from scheduler.clock import Clock
from scheduler.compose import compose_of, compose_part, key_of
from scheduler.db import reading
from scheduler.lifecycle import Event
from scheduler.move import LostRace
from scheduler.parts import PART_WORDS
from scheduler.record import Record, percent
from scheduler.recorder import Recorder
from scheduler.retry import FIND, PREPARE, PUBLISH, pause_after
from scheduler.tables import Pause, Publication

MAX_STEPS = 100_000
"""Bound on the steps of one preparation: 8 MiB a step, the largest video a platform takes."""

log = structlog.get_logger("scheduler.worker")


class ApprovalLost(Exception):
    """The post is not, or not any more, exactly what was approved."""


class Paused(Exception):
    """A pause that covers this publication has begun since it was claimed."""

    def __init__(self, pause: Pause) -> None:
        super().__init__(pause.id)
        self.pause = pause


class Worker:
    """Carries out claims. Holds no state of its own: any worker can go on where another one stopped.

    `media_address` gives the public address of a stored picture, `offer_media` makes the picture available there.
    """

    def __init__(
        self,
        engine: Engine,
        access: Access,
        store: AssetStore,
        clock: Clock,
        rng: random.Random,
        media_address: Callable[[str], str],
        offer_media: Callable[[Path, str], None],
    ) -> None:
        self.engine = engine
        self.access = access
        self.store = store
        self.clock = clock
        self.rng = rng
        self.recorder = Recorder(engine, clock)
        self.media_address = media_address
        self.offer_media = offer_media
        self._stopping = threading.Event()

    def brief(self, claims: Sequence[Claim], *, claimed: datetime | None = None) -> list[Brief]:
        """What the hands have to know about these claims, read at once. `claimed`: when this process got hold of them.

        Where that cannot be had, each hand asks for itself: nobody else would go on with what is claimed already.
        """
        try:
            if claimed is not None:
                return brief_claimed(self.access, claims, now=claimed)
            return brief_all(self.access, claims, now=self.clock.now())
        except Exception as error:
            log.warning("not_briefed", claims=len(claims), error=f"{type(error).__name__}: {error}")
            return [Brief(one, NEVER) for one in claims]

    def run(self, claim: Claim) -> None:
        """Carry out one claim and record its end."""
        [brief] = self.brief([claim])
        self.carry_out(brief)

    def carry_out(self, brief: Brief) -> None:
        """Carry out one claim and record its end. Raises nothing but what makes recording impossible."""
        claim = brief.claim
        told = {"publication": claim.id, "attempt": claim.attempt_id, "channel": claim.channel.key}
        with structlog.contextvars.bound_contextvars(**told):  # every line of this work, whoever writes it
            self._carry_out(brief)

    def _carry_out(self, brief: Brief) -> None:
        claim, begun = brief.claim, False
        record = Record(self.recorder, self.access, self.rng, claim)
        try:
            if not brief.is_fresh(self.clock.now()):
                [brief] = self.recorder.patiently(lambda: brief_all(self.access, [claim], now=self.clock.now()))
            if not brief.is_ours:
                raise LostRace(f"publication {claim.id} was taken over")
            record.connector = brief.connector or self.access.connector(claim.channel, now=self.clock.now())
            outgoing = self._outgoing(brief)
            begun = True
            if claim.action == PREPARE:
                self._prepare(record, outgoing)
            elif claim.action == FIND:
                self._find(record, outgoing)
            else:
                self._publish(record, outgoing, brief)
        except LostRace:
            record.keep_books()
            log.warning("lost_race", publication=claim.id, action=claim.action)
        except ApprovalLost:
            record.lost_approval()
        except Paused as stop:
            record.paused(stop.pause)
        except Exception as error:
            record.error(error, begun=begun)

    def stop(self) -> None:
        """Let each preparation end after the step it is at; another run goes on from there."""
        self._stopping.set()
        self.recorder.stop()

    # The three actions ---------------------------------------------------------------------------------

    def _prepare(self, record: Record, outgoing: Outgoing) -> None:
        assert record.connector is not None
        publication = record.claim.publication
        saved: Saved = dict(publication.saved)
        self._offer_pictures(record, outgoing)
        for _ in range(MAX_STEPS):
            step = record.connector.prepare(outgoing, saved, now=self.clock.now())
            saved, now = step.saved, self.clock.now()
            if step.ready:
                at, words = max(publication.due_at, now), " ".join(step.warnings)
                waited_for = publication.problem if now > publication.due_at else ""
                record.move(Event.PREPARED, "ok", words=words, problem=words or waited_for, problem_code="",
                            saved=saved, good_until=step.good_until, next_attempt_at=at, progress=None)  # fmt: skip
                return
            if step.again_after or self._stopping.is_set():
                record.move(Event.STEP_DONE, "ok", saved=saved, next_attempt_at=now + step.again_after,
                            progress=percent(step.progress))  # fmt: skip
                return
            record.keep(saved, step.progress)
        raise RuntimeError("prepare did not end")

    def _offer_pictures(self, record: Record, outgoing: Outgoing) -> None:
        """Put the pictures where a platform that fetches them by address finds them."""
        assert record.connector is not None
        if record.connector.capabilities.needs_public_media and outgoing.part in (Part.POST, Part.REVISION):
            for picture in filter(None, (outgoing.cover, *outgoing.images)):
                if picture.url:  # without an address the connector's own check says what is missing
                    self.offer_media(picture.path, picture.path.name)
                    record.hold()

    def _publish(self, record: Record, outgoing: Outgoing, brief: Brief) -> None:
        assert record.connector is not None
        if brief.pause is not None:
            raise Paused(brief.pause)
        publication, now = record.claim.publication, self.clock.now()
        saved: Saved = dict(publication.saved)
        until = publication.lease_until
        if until is None or until - now < LEASES[PUBLISH] / 2:
            record.keep(saved)
            until = now + LEASES[PUBLISH]
        # The last moment at which a worker that slept learns that it must not send: somebody else may have it since.
        with only_while(lambda: self.clock.now() <= until):
            answer = record.connector.publish(outgoing, saved, now=now)
        if isinstance(answer, Accepted):
            at = self.clock.now() + answer.look_after
            record.move(Event.ACCEPTED, "accepted", saved=answer.saved, next_attempt_at=at, looks=0)
        else:
            record.receipt(Event.SUCCEEDED, answer)

    def _find(self, record: Record, outgoing: Outgoing) -> None:
        assert record.connector is not None
        publication, now = record.claim.publication, self.clock.now()
        since, saved = publication.sent_at or publication.due_at, dict(publication.saved)
        known = self.recorder.patiently(lambda: self._known(record.claim))
        answer = record.connector.find(outgoing, saved, since=since, known=known, now=now)
        if isinstance(answer, NotThere) and saved and record.was_put_aside() and publication.part == Part.POST:
            # what an older copy has prepared may not be what was sent since: look for the post without it
            ours = known | {one for one in saved.values() if isinstance(one, str)}
            answer = record.connector.find(outgoing, {}, since=since, known=ours, now=now)
        match answer:
            case Receipt():
                record.receipt(Event.FOUND, answer)
            case Unclear():
                record.move(Event.UNCLEAR, "unclear", words=answer.words, problem=answer.words, next_attempt_at=None)
            case NotThere():
                self._not_there(record)

    def _not_there(self, record: Record) -> None:
        assert record.connector is not None
        claim = record.claim
        looks, now = claim.publication.looks + 1, self.clock.now()
        what, is_post = PART_WORDS[claim.publication.part], claim.publication.part == Part.POST
        pauses = record.connector.capabilities.looks
        if looks < len(pauses):
            words = f"Chưa thấy {what} trên kênh (lần {looks}/{len(pauses)})."
            at = now + pauses[looks]
            record.move(Event.LOOK_AGAIN, "not_there", words=words, problem=words, looks=looks, next_attempt_at=at)
            return
        if record.was_put_aside():
            if claim.publication.part == Part.REVISION or not record.had_its_hour():
                record.goes_on()
                return
            words = (
                f"Giờ của mục này đã đến trước lúc khôi phục mà không thấy {what} đúng lời này trên kênh. Nếu sau lúc "
                "sao lưu bài đã được sửa rồi đăng thì hệ thống không nhận ra được; cần người xem trên kênh."
            )
            record.move(Event.UNCLEAR, "not_there", words=words, problem=words, next_attempt_at=None)
            return
        attempts = claim.publication.attempts + 1
        pause = pause_after(attempts, self.rng)
        changed = claim.post.content_hash != claim.publication.prepared_hash
        if changed and claim.publication.part != Part.REVISION:  # new words may be sent again without harm
            # What was sent had other words than what was looked for.
            words = f"Bài đã sửa sau khi gửi nên hệ thống không tự tìm được {what}; cần người xem trên kênh."
            record.move(Event.UNCLEAR, "not_there", words=words, problem=words, next_attempt_at=None)
        elif pause is None:
            words = f"Đã gửi nhiều lần nhưng {what} không xuất hiện trên kênh; cần người xem."
            record.move(Event.UNCLEAR, "not_there", words=words, problem=words, next_attempt_at=None)
        else:
            words = f"Đã tìm {looks} lần, {what} không có trên kênh; sẽ {'đăng' if is_post else 'gửi'} lại."
            record.move(Event.NOT_FOUND, "not_there", words=words, problem=words, looks=0, attempts=attempts,
                        sent_at=None, next_attempt_at=now + pause)  # fmt: skip

    # Reading -------------------------------------------------------------------------------------------

    def _outgoing(self, brief: Brief) -> Outgoing:
        """The post as this channel sends it. Raises `ApprovalLost` when it is not what was approved."""
        if not brief.is_approved:
            raise ApprovalLost
        claim, row = brief.claim, brief.claim.publication
        if row.part == Part.POST:
            return compose_of(
                self.store, self.media_address, claim.post, brief.placed, claim.channel, key_of(claim.publication)
            )
        with reading(self.engine) as session:
            return compose_part(session, self.store, self.media_address, claim.post, claim.channel, row, brief.placed)

    def _known(self, claim: Claim) -> frozenset[str]:
        """The ids that other publications of this channel already have; new words have the id of their own post."""
        with reading(self.engine) as session:
            ids = session.exec(
                select(Publication.external_id).where(
                    Publication.channel_id == claim.channel.id,
                    Publication.id != claim.id,
                    Publication.external_id != "",
                    col(Publication.part) != Part.REVISION,
                    col(Publication.id) != claim.publication.follows_id,
                )
            )
            return frozenset(ids)
