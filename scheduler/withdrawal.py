"""Taking a public post down: an attempt row, one call that may be repeated, one move.

Removing what is already gone is success on every platform, so a lost answer needs no look: the item stays
published, says what happened, and the same command is given again.
"""

from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from connectors.errors import ConnectorError, Unavailable, Unconfirmed
from scheduler.access import Access
from scheduler.db import writing
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.parts import cancel_parts
from scheduler.tables import Attempt, Channel, Publication

WITHDRAW = "withdraw"
LOST_WORDS = "Chưa chắc bài đã gỡ được vì nền tảng không trả lời; hãy chạy lại lệnh này, gỡ lại lần nữa không sao."

log = structlog.get_logger("scheduler.withdrawal")


def take_down(
    engine: Engine, access: Access, row: Publication, channel: Channel, *, reason: str, now: datetime, actor: str
) -> State:
    """Remove a published post from its channel and record who did it and why. What is withdrawn is removed again.

    Raises the connector's error, after which nothing has moved; `LostRace` when somebody moved the row meanwhile.
    """
    attempt_id = _begin(engine, row, now=now)
    try:
        access.ask(channel, lambda connector: connector.withdraw(row.external_id, now=now), now=now)
    except (Unavailable, Unconfirmed) as error:
        # The connector's words promise that the queue tries again; here a person has to.
        lost = type(error)(LOST_WORDS, code=error.code, section=error.section, evidence=error.evidence)
        _record_failure(engine, row, attempt_id, lost, now=now)
        raise lost from None
    except Exception as error:
        _record_failure(engine, row, attempt_id, error, now=now)
        raise
    with writing(engine) as session:
        _close(session, attempt_id, "ok", reason, now=now)
        found = session.get_one(Publication, row.id)
        if found.state == State.WITHDRAWN:
            found.problem, found.problem_code = "", ""
        else:
            apply(session, found, Event.WITHDRAWN, now=now, words=reason, actor=actor, problem="", problem_code="")
            cancel_parts(session, found, now=now, actor=actor)
    log.info("withdrawn", publication=row.id, channel=channel.key, actor=actor)
    return State.WITHDRAWN


def _begin(engine: Engine, row: Publication, *, now: datetime) -> int:
    with writing(engine) as session:
        attempt = Attempt(publication_id=row.id or 0, fence=row.fence, action=WITHDRAW, started_at=now)
        session.add(attempt)
        session.flush()
        assert attempt.id is not None
        return attempt.id


def _record_failure(engine: Engine, row: Publication, attempt_id: int, error: Exception, *, now: datetime) -> None:
    told = isinstance(error, ConnectorError)
    words = error.words if isinstance(error, ConnectorError) else f"Chưa gỡ được bài: {error}"
    with writing(engine) as session:
        attempt = _close(session, attempt_id, type(error).__name__.lower() if told else "unclassified", words, now=now)
        if isinstance(error, ConnectorError):
            attempt.code, attempt.section, attempt.evidence = error.code, error.section, error.evidence
        found = session.get_one(Publication, row.id)
        found.problem, found.problem_code = words, attempt.code
    log.warning("not_withdrawn", publication=row.id, error=f"{type(error).__name__}: {error}")


def _close(session: Session, attempt_id: int, outcome: str, words: str, *, now: datetime) -> Attempt:
    attempt = session.get_one(Attempt, attempt_id)
    attempt.finished_at, attempt.outcome, attempt.words = now, outcome, words
    return attempt
