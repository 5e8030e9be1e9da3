"""What staff tell the autopilot: this post then (pin), not this post then (veto), another one in its place (swap).

A pin or a veto is a word for the next planning and moves nothing that stands in the queue; a swap or a refusal changes
one item the autopilot queued. Each is one short transaction that changes nothing when it refuses.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import day, local_day, moment, nfc
from scheduler.autopilot import Decision, alternatives
from scheduler.autopilot.board import PIN, VETO
from scheduler.calendar_tables import Choice
from scheduler.channels import OFF, ChannelError, find_channel
from scheduler.compose import valid_on
from scheduler.db import reading, writing
from scheduler.filling import AUTOPILOT
from scheduler.gathering import task_for
from scheduler.history import midnight
from scheduler.lifecycle import WORDS, Event, State
from scheduler.move import apply
from scheduler.moving import MOVABLE
from scheduler.pauses import standing, stopping, tell
from scheduler.queue import MOST, Desk, QueueError, find_post, find_publication, one_move, taken_words
from scheduler.rows import OCCUPIES, insert_row
from scheduler.tables import Channel, Publication

REASON_MOST = 500
A_DAY = timedelta(days=1)
KIND_WORDS = {PIN: "ghim", VETO: "yêu cầu không đăng"}
_OTHER = {PIN: VETO, VETO: PIN}


class ChoiceError(QueueError):
    """Something told to the autopilot cannot be; the message says why and the way out."""


@dataclass(frozen=True, slots=True)
class Open:
    """A pin or a veto that counts now or later, with what it is about."""

    row: Choice
    post_key: str
    title: str
    channel_key: str
    channel: str
    """The channel's name; empty: every channel."""


# Pins and vetoes -------------------------------------------------------------------------------------------


def pin(
    engine: Engine,
    post_key: str,
    channel_key: str,
    since: date,
    until: date,
    *,
    now: datetime,
    actor: str,
    reason: str = "",
) -> Choice:
    """Ask for a post on a channel on one of the local days from `since` to `until`.

    Raises `ChoiceError` for a post that would not be taken anyway, and for days that are over.
    """
    with writing(engine) as session:
        post, channel = _post(session, post_key), _channel(session, channel_key)
        _refuse_days(since, until, now)
        if not is_approved(post):
            raise ChoiceError(
                f"Bài “{post.key}” chưa được duyệt nên chưa ghim được; hãy trình duyệt và duyệt bài trước."
            )
        if post.sensitive:
            raise ChoiceError(f"Bài “{post.key}” là bài nhạy cảm, hệ thống không tự xếp; hãy tự tay lên lịch cho bài.")
        if channel.platform not in post.platforms:
            label = connector_class(channel.platform).capabilities.label
            raise ChoiceError(f"Bài “{post.key}” không dành cho {label}; hãy chọn kênh khác hoặc sửa bài.")
        if channel.state == OFF:
            raise ChoiceError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh hoặc chọn kênh khác.")
        if not (valid_on(post, since) or valid_on(post, until) or _valid_between(post, since, until)):
            raise ChoiceError(
                f"Bài “{post.key}” không có hiệu lực từ ngày {day(since)} đến ngày {day(until)}; hãy chọn ngày khác."
            )
        if until == local_day(now) and not _stands_on(session, post, channel, until):
            raise ChoiceError(
                f"Hệ thống chỉ tự xếp bài từ ngày mai ({day(until + A_DAY)}); hãy ghim đến một ngày muộn hơn, hoặc tự "
                "tay lên lịch bài cho hôm nay."
            )
        return _keep(session, PIN, post, channel, since, until, now=now, actor=actor, reason=reason)


def veto(
    engine: Engine,
    post_key: str,
    channel_key: str,
    since: date,
    until: date | None,
    *,
    now: datetime,
    actor: str,
    reason: str = "",
) -> Choice:
    """Ask that a post is not chosen from `since` to `until` (local days; None: until this is taken back).

    Without a channel: on none. Raises `ChoiceError`.
    """
    with writing(engine) as session:
        post = _post(session, post_key)
        channel = _channel(session, channel_key) if channel_key else None
        _refuse_days(since, until, now)
        return _keep(session, VETO, post, channel, since, until, now=now, actor=actor, reason=reason)


def take_back(engine: Engine, choice_id: int, *, now: datetime, by: str) -> Choice:
    """A pin or a veto counts no more; its row stays. Raises `ChoiceError` when it ended before."""
    with writing(engine) as session:
        row = session.get(Choice, choice_id) if 0 < choice_id <= MOST else None
        if row is None:
            raise ChoiceError(f"Không có ghim hoặc yêu cầu nào mang số {choice_id}.")
        ending = update(Choice).where(col(Choice.id) == choice_id, col(Choice.ended_at).is_(None))
        if session.exec(ending.values(ended_at=now, ended_by=_name(by))).rowcount != 1:
            session.refresh(row)
            raise ChoiceError(f"Mục số {choice_id} đã kết thúc lúc {moment(row.ended_at)} ({row.ended_by}).")
        session.refresh(row)
    return row


def open_choices(session: Session, *, now: datetime, limit: int = 200) -> list[Open]:
    """The pins and vetoes that count now or later, the soonest first."""
    statement = (
        select(Choice, Post, Channel)
        .join(Post, col(Post.id) == col(Choice.post_id))
        .outerjoin(Channel, col(Channel.id) == col(Choice.channel_id))
        .where(_is_open(local_day(now)))
        .order_by(col(Choice.since), col(Choice.id))
        .limit(limit)
    )
    return [
        Open(row, post.key, post.title, channel.key if channel else "", channel.name if channel else "")
        for row, post, channel in session.exec(statement)
    ]


def _is_open(today: date) -> ColumnElement[bool]:
    return col(Choice.ended_at).is_(None) & or_(col(Choice.until).is_(None), col(Choice.until) >= today)


def _keep(
    session: Session, kind: str, post: Post, channel: Channel | None, since: date, until: date | None, *,
    now: datetime, actor: str, reason: str, once: bool = True,
) -> Choice:  # fmt: skip
    """The row, when nobody said the opposite for one of these days, nor (`once`) the same; the caller commits."""
    reason = nfc(reason).strip()
    if len(reason) > REASON_MOST:
        raise ChoiceError(f"Lý do dài {len(reason)} ký tự; tối đa {REASON_MOST} ký tự.")
    # Two who say the same at once come one after the other; on SQLite all writers do.
    session.exec(select(Post.id).where(Post.id == post.id).with_for_update(key_share=True)).one()
    begun = [Choice.since <= until] if until else []
    kinds = (_OTHER[kind], kind) if once else (_OTHER[kind],)
    mine = select(Choice).where(Choice.post_id == post.id, _is_open(since), *begun, col(Choice.kind).in_(kinds))
    for other in session.exec(mine.order_by(col(Choice.id))):
        same_place = other.channel_id == (channel.id if channel else None)
        if same_place or (other.kind != kind and (channel is None or other.channel_id is None)):
            span = f"từ ngày {day(other.since)}" + (f" đến ngày {day(other.until)}" if other.until else "")
            raise ChoiceError(
                f"{other.actor} đã {KIND_WORDS[other.kind]} bài “{post.key}” {span}; "
                "hãy bỏ mục đó trước, hoặc chọn ngày khác."
            )
    row = Choice(
        kind=kind, post_id=post.id or 0, channel_id=channel.id if channel else None, since=since, until=until,
        reason=reason, actor=_name(actor), created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _refuse_days(since: date, until: date | None, now: datetime) -> None:
    if until is not None and until < since:
        raise ChoiceError(f"Ngày cuối {day(until)} trước ngày đầu {day(since)}; hãy chọn lại hai ngày.")
    if until is not None and until < local_day(now):
        raise ChoiceError(f"Ngày {day(until)} đã qua; hãy chọn từ hôm nay ({day(local_day(now))}) trở đi.")


def _valid_between(post: Post, since: date, until: date) -> bool:
    """Whether the post's validity lies within the days."""
    first, last = max(since, post.valid_from or since), min(until, post.valid_to or until)
    return first <= last


def _stands_on(session: Session, post: Post, channel: Channel, on: date) -> bool:
    """Whether the post stands on the channel on that local day."""
    begin = midnight(on)
    there = select(Publication.id).where(
        Publication.post_id == post.id, Publication.channel_id == channel.id, Publication.part == Part.POST,
        col(Publication.state).in_(OCCUPIES), col(Publication.due_at) >= begin, col(Publication.due_at) < begin + A_DAY,
    )  # fmt: skip
    return session.exec(there.limit(1)).first() is not None


def _name(actor: str) -> str:
    if not actor.strip():
        raise ChoiceError("Thiếu tên người thực hiện.")
    return nfc(actor.strip())


def _post(session: Session, key: str) -> Post:
    try:
        return find_post(session, key)
    except QueueError as error:
        raise ChoiceError(str(error)) from None


def _channel(session: Session, key: str) -> Channel:
    try:
        return find_channel(session, key)
    except ChannelError as error:
        raise ChoiceError(str(error)) from None


# What the autopilot queued ---------------------------------------------------------------------------------


def offers(desk: Desk, publication_id: int, *, now: datetime, limit: int = 10) -> list[Decision]:
    """Other posts for the place of an item that the autopilot queued, the best first, each with its sentence."""
    with reading(desk.engine) as session:
        row = find_publication(session, publication_id)
        _refuse_fixed(row, now)
        task = task_for(session, desk, [local_day(row.due_at)], now=now, where=[row.channel_id])
    return [one for one in alternatives(task, row.channel_id, row.due_at, limit + 1) if one.post_id != row.post_id][
        :limit
    ]


def swap(
    desk: Desk, publication_id: int, post_key: str, *, now: datetime, actor: str, seen: datetime | None = None
) -> Publication:
    """Put another approved post in the place of an item that the autopilot queued: both changes, or none.

    `seen` is the time (aware) the person saw beside it. Raises `ChoiceError` or `QueueError`; `offers` tells what the
    autopilot itself would take, a person may choose any post that may be queued there.
    """
    who = _name(actor)
    with reading(desk.engine) as session:
        row, post = find_publication(session, publication_id), _post(session, post_key)
        channel = session.get_one(Channel, row.channel_id)
        _refuse_fixed(row, now, seen)
        if post.id == row.post_id:
            raise ChoiceError(f"Mục {row.id} đang là bài “{post.key}”; hãy chọn một bài khác.")
        desk.refuse_unfit(session, post, channel, row.due_at)
        _refuse_paused(session, post, channel, row.due_at, now)
    try:
        with one_move(publication_id), writing(desk.engine) as session:
            row = find_publication(session, publication_id)
            _refuse_fixed(row, now, seen)
            before, after = session.get_one(Post, row.post_id), session.get_one(Post, post.id)
            if not is_approved(after):
                raise ChoiceError(f"Bài “{after.key}” vừa được sửa nên cần duyệt lại; hãy chọn bài khác.")
            words = f"{who} đổi bài “{before.title}” thành bài “{after.title}”."
            _cancel(session, row, words, now=now, actor=who)
            return insert_row(session, after, channel, row.due_at, now=now, origin="staff", reason=words, actor=who)
    except IntegrityError:  # somebody queued the same post there a moment ago
        raise ChoiceError(taken_words(post, channel, "")) from None


def refuse(
    desk: Desk,
    publication_id: int,
    until: date | None = None,
    *,
    now: datetime,
    actor: str,
    reason: str = "",
    seen: datetime | None = None,
) -> Choice:
    """Cancel an item that the autopilot queued, and do not choose its post for the channel until then: both, or none.

    `until` is a local day; None: until that is taken back. Raises `ChoiceError` or `QueueError`.
    """
    who = _name(actor)
    with one_move(publication_id), writing(desk.engine) as session:
        row = find_publication(session, publication_id)
        _refuse_fixed(row, now, seen)
        post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
        on = local_day(row.due_at)
        if until is not None and until < on:
            raise ChoiceError(f"Ngày cuối {day(until)} trước ngày đăng {day(on)}; hãy chọn ngày muộn hơn.")
        since = min(on, local_day(now))
        words = f"{who} không đăng bài này theo lịch tự xếp.{f' {nfc(reason).strip()}' if reason.strip() else ''}"
        _cancel(session, row, words, now=now, actor=who)
        return _keep(session, VETO, post, channel, since, until, now=now, actor=who, reason=reason, once=False)


def _cancel(session: Session, row: Publication, words: str, *, now: datetime, actor: str) -> None:
    apply(session, row, Event.CANCELLED, now=now, words=words, actor=actor, next_attempt_at=None)


def _refuse_fixed(row: Publication, now: datetime, seen: datetime | None = None) -> None:
    """Raises `ChoiceError` for an item that is not the autopilot's, or that may be public already."""
    state = State(row.state)
    if row.origin != AUTOPILOT or row.part != Part.POST:
        raise ChoiceError(f"Mục {row.id} không do hệ thống tự xếp; hãy hủy hoặc đổi giờ mục này ở trang của nó.")
    if state in (State.PREPARING, State.PUBLISHING):
        raise ChoiceError(f"Mục {row.id} đang được xử lý (“{WORDS[state]}”); hãy thử lại sau ít phút.")
    if state not in MOVABLE:
        raise ChoiceError(f"Không đổi được mục {row.id}: đang ở trạng thái “{WORDS[state]}”.")
    if row.due_at <= now:
        raise ChoiceError(f"Giờ đăng {moment(row.due_at)} của mục {row.id} đã qua; hãy đổi giờ hoặc hủy mục này.")
    if seen is not None and seen != row.due_at:
        raise ChoiceError(f"Mục {row.id} vừa được đổi sang {moment(row.due_at)}; hãy tải lại trang rồi làm lại.")


def _refuse_paused(session: Session, post: Post, channel: Channel, at: datetime, now: datetime) -> None:
    pause = stopping([one for one in standing(session, now=now) if one.until is not None], channel, at, [post])
    if pause is not None:
        raise ChoiceError(f"Giờ {moment(at)} nằm trong thời gian tạm dừng. {tell(pause)}")
