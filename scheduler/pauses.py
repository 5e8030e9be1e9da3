"""The emergency pause: while one covers a channel, nothing becomes public there but what is allowed in a pause.

Nothing is lost and nothing is let go by itself: at its hour a publication is held, and after the pause a person
decides about each (see `scheduler.release`). Preparing goes on, and so do the looks at what may be public already.
A pause ends when a person ends it or at its own hour; its row stays.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, func, or_, update
from sqlmodel import Session, col, select

from connectors.base import Part
from content.office import REASON_WORDS
from content.tables import Post
from content.vietnamese import moment, nfc
from scheduler.channels import find_channel
from scheduler.db import writing
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.tables import Channel, Pause, Publication

REASONS = REASON_WORDS
"""Why everything stops (domain 2.6)."""
WORDS_MOST = 1000


class PauseError(Exception):
    """Something asked of a pause cannot be done; the message says why and the way out."""


def begin(
    engine: Engine,
    reason: str,
    words: str = "",
    *,
    channel_key: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
    by: str,
) -> Pause:
    """Stop one channel, or all of them, from `since` (None: now) to `until` (None: until a person ends it).

    Times are aware. Raises `PauseError`, and `ChannelError` for a channel that does not exist.
    """
    since = max(since or now, now)
    words = nfc(words).strip()
    if reason not in REASONS:
        raise PauseError("Hãy chọn lý do tạm dừng trong danh sách.")
    if not by.strip():
        raise PauseError("Thiếu tên người tạm dừng.")
    if len(words) > WORDS_MOST:
        raise PauseError(f"Lời ghi dài {len(words)} ký tự; tối đa {WORDS_MOST} ký tự.")
    if until is not None and until <= now:
        raise PauseError(f"Giờ kết thúc {moment(until)} đã qua; hãy chọn một giờ trong tương lai hoặc để trống.")
    if until is not None and until <= since:
        raise PauseError(f"Giờ kết thúc {moment(until)} phải sau giờ bắt đầu {moment(since)}.")
    with writing(engine) as session:
        _one_at_a_time(session)
        channel_id = find_channel(session, channel_key).id if channel_key else None
        same = [
            one for one in standing(session, now=now)
            if one.channel_id == channel_id and one.reason == reason
            and (until is None or one.since < until) and (one.until is None or since < one.until)
        ]  # fmt: skip
        if same:
            who = same[0].started_by
            raise PauseError(f"Đã có lệnh tạm dừng này do {who} đặt nên không đặt hai lần. {tell(same[0])}")
        pause = Pause(
            channel_id=channel_id, reason=reason, words=words, since=since, until=until, started_by=nfc(by.strip())
        )
        session.add(pause)
    return pause


def end(engine: Engine, pause_id: int, *, now: datetime, by: str) -> Pause:
    """Let things go on. What is held stays held until a person decides. Raises `PauseError`."""
    with writing(engine) as session:
        pause = session.get(Pause, pause_id)
        if pause is None:
            raise PauseError(f"Không có lệnh tạm dừng số {pause_id}.")
        if pause.until is not None and pause.until <= now:
            raise PauseError(f"Lệnh tạm dừng số {pause_id} đã tự kết thúc lúc {moment(pause.until)}.")
        ending = update(Pause).where(col(Pause.id) == pause_id, col(Pause.ended_at).is_(None))
        if session.exec(ending.values(ended_at=now, ended_by=nfc(by.strip()))).rowcount != 1:
            session.refresh(pause)
            who = f"{pause.ended_by} kết thúc lúc {moment(pause.ended_at)}"
            raise PauseError(f"Lệnh tạm dừng số {pause_id} đã được {who}.")
        session.refresh(pause)
    return pause


def _one_at_a_time(session: Session) -> None:
    """Two who press the button at once come one after the other; on SQLite all writers do."""
    session.exec(select(Channel.id).order_by(col(Channel.id)).limit(1).with_for_update(key_share=True)).first()


# Reading ---------------------------------------------------------------------------------------------------


def _not_over(now: datetime) -> ColumnElement[bool]:
    return col(Pause.ended_at).is_(None) & or_(col(Pause.until).is_(None), col(Pause.until) > now)


def standing(session: Session, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force and those still to come, oldest first."""
    return session.exec(select(Pause).where(_not_over(now)).order_by(col(Pause.since), col(Pause.id))).all()


def active(session: Session, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force now, oldest first."""
    return [one for one in standing(session, now=now) if one.since <= now]


def covering(pauses: Sequence[Pause], channel_id: int | None, at: datetime) -> Pause | None:
    """The first of these pauses that covers the channel at that moment; an open one covers all time to come."""
    for one in pauses:
        if one.channel_id in (None, channel_id) and one.since <= at and (one.until is None or at < one.until):
            return one
    return None


def tell(pause: Pause) -> str:
    """ "Tạm dừng vì quốc tang từ … đến …: lời ghi", as a sentence."""
    begins = f"từ {moment(pause.since)}" + (f" đến {moment(pause.until)}" if pause.until else "")
    why = REASONS[pause.reason]
    more = f": {pause.words.rstrip('.')}" if pause.words else ""
    return f"Tạm dừng ({why}) {begins}{more}."


def held_by_pause(session: Session, *, limit: int = 200) -> Sequence[tuple[Publication, Channel, Post]]:
    """What pauses have held and nobody has decided about, by the hour it should have gone out."""
    statement = (
        select(Publication, Channel, Post)
        .where(
            col(Publication.channel_id) == col(Channel.id),
            col(Publication.post_id) == col(Post.id),
            Publication.state == State.HELD,
            Publication.held_by == Event.PAUSED,
        )
        .order_by(col(Publication.due_at), col(Publication.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def count_held(session: Session) -> int:
    """How much pauses have held and nobody has decided about."""
    statement = select(func.count()).where(Publication.state == State.HELD, Publication.held_by == Event.PAUSED)
    return session.exec(statement).one()


# Holding ---------------------------------------------------------------------------------------------------


def stopped_by(
    session: Session, pauses: Sequence[Pause], row: Publication, post: Post, *, now: datetime
) -> Pause | None:
    """The pause for which this publication must not become public now; None when it may, or is not due yet."""
    pause = covering(pauses, row.channel_id, now) if row.due_at <= now else None
    return None if pause is None or _is_allowed(session, row, post) else pause


def _is_allowed(session: Session, row: Publication, post: Post) -> bool:
    """A push of several posts is allowed in a pause when each of them is."""
    articles = row.details.get("articles", ()) if row.part == Part.BROADCAST else ()
    if not post.allowed_in_pause or len(articles) < 2:
        return post.allowed_in_pause
    others = select(Post.allowed_in_pause).where(
        col(Post.id) == col(Publication.post_id), col(Publication.id).in_(articles)
    )
    return all(session.exec(others).all())


def hold(session: Session, row: Publication, pause: Pause, *, now: datetime) -> State:
    """Set one publication aside for a pause; the caller commits. Raises `LostRace`."""
    words = tell(pause)
    return apply(session, row, Event.PAUSED, now=now, words=words, problem=words, next_attempt_at=None)


def hold_the_due(session: Session, *, now: datetime) -> None:
    """Set aside what is due under a pause, also on a channel that stands still; the caller commits."""
    pauses = active(session, now=now)
    if not pauses:
        return
    channels = {one.channel_id for one in pauses}
    due = select(Publication, Post).where(
        col(Publication.post_id) == col(Post.id),
        col(Publication.state).in_((State.SCHEDULED, State.READY, State.RETRY_WAIT)),
        col(Publication.due_at) <= now,
    )
    if None not in channels:
        due = due.where(col(Publication.channel_id).in_(channels))
    for row, post in session.exec(due.with_for_update(of=Publication, skip_locked=True)):
        pause = stopped_by(session, pauses, row, post, now=now)
        if pause is not None:
            hold(session, row, pause, now=now)
