"""Channels as rows: add, stop, open again, slots, credentials sealed, and what was spent on them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, bindparam, delete, event, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Connected, Connector, Credentials
from connectors.meter import Per
from content.vietnamese import moment
from content.words import FORMS
from scheduler.db import spelled
from scheduler.hours import DAY_MINUTES, clock_of, is_quiet_minute
from scheduler.limits import store_levels, store_spent
from scheduler.tables import Channel, Credential, Slot
from scheduler.vault import Vault

CONNECTED, RECONNECT, MISCONFIGURED, BLOCKED, OFF = "connected", "reconnect", "misconfigured", "blocked", "off"

CHANNEL_WORDS = {
    CONNECTED: "Đang hoạt động",
    RECONNECT: "Cần kết nối lại",
    MISCONFIGURED: "Cần sửa cấu hình",
    BLOCKED: "Bị nền tảng tạm khóa",
    OFF: "Đã tắt",
}

GAP_MOST, DAILY_MOST = 12 * 60, 100
"""Rules beyond these are slips of the hand."""
_SEVERITY = {CONNECTED: 0, BLOCKED: 1, RECONNECT: 2, MISCONFIGURED: 2, OFF: 3}


class ChannelError(Exception):
    """Something a person asked of a channel cannot be done; the message says why and the way out."""


def find_channel(session: Session, key: str) -> Channel:
    """The channel staff call `key`. Raises `ChannelError` that lists the known ones."""
    channel = session.exec(select(Channel).where(Channel.key == key)).one_or_none() if key.isprintable() else None
    if channel is None:
        known = ", ".join(session.exec(select(Channel.key).order_by(Channel.key)).all()) or "chưa có kênh nào"
        raise ChannelError(f"Không có kênh “{key}”. Các kênh hiện có: {known}.")
    return channel


def save_channel(
    session: Session,
    vault: Vault,
    platform: str,
    connected: Connected,
    *,
    key: str,
    agency: str = "",
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Channel:
    """Add a channel, or renew the access of the one with the same account; the caller commits.

    Raises `ChannelError` for an unknown platform, a key in use, or options the connector does not know, and when
    somebody else adds the same at this moment.
    """
    if platform not in CONNECTORS:
        raise ChannelError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")
    check_options(platform, options or {})
    account = connected.account
    channel = session.exec(
        select(Channel).where(Channel.platform == platform, Channel.external_id == account.external_id)
    ).one_or_none()
    if channel is None:
        if session.exec(select(Channel).where(Channel.key == key)).one_or_none():
            raise ChannelError(f"Tên kênh “{key}” đã dùng cho tài khoản khác; hãy chọn tên khác.")
        channel = Channel(
            key=key,
            platform=platform,
            external_id=account.external_id,
            name=account.name,
            agency=agency,
            options=dict(options or {}),
            created_at=now,
        )
    channel.name, channel.agency = account.name, agency or channel.agency
    channel.options = {**channel.options, **(options or {})}
    try:
        with session.begin_nested():
            session.add(channel)
    except IntegrityError:
        raise ChannelError(f"Người khác vừa kết nối kênh “{key}” hoặc tài khoản này; hãy xem lại các kênh.") from None
    assert channel.id is not None
    open_channel(session, channel.id)
    store_credentials(session, vault, channel.id, connected.credentials, now=now)
    return channel


def check_options(platform: str, options: Mapping[str, Any]) -> None:
    """Raises `ChannelError` naming the first option this platform does not know or take."""
    try:
        connector_class(platform).Options.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ChannelError(
            f"Tùy chọn “{field}” của kênh {platform} không có hoặc không đúng; xem: cchc channels about {platform}."
        ) from None


def set_options(session: Session, channel: Channel, options: Mapping[str, Any]) -> None:
    """Replace what was chosen for a channel; the caller commits. Raises `ChannelError` for what it does not take."""
    check_options(channel.platform, options)
    channel.options = dict(options)
    session.add(channel)


def set_agency(session: Session, channel: Channel, agency: str) -> None:
    """Whose channel it is, as a code of the plan's register; the caller commits."""
    channel.agency = agency
    session.add(channel)


def switch_off(session: Session, channel: Channel, by: str, now: datetime) -> None:
    """Write nothing to a channel until a person switches it on again; the caller commits."""
    assert channel.id is not None
    stop_channel(session, channel.id, OFF, f"{by} tắt lúc {moment(now)}.", None)


def set_slots(session: Session, channel: Channel, weekly: Mapping[int, Sequence[int] | Mapping[int, str]]) -> None:
    """Replace a channel's slots: {weekday (0 is Monday): [minutes after midnight, …]}; the caller commits.

    {minute: form} instead of the list: the form of posts each slot is kept for. Raises `ChannelError` for a time that
    no day has, one that is named twice, and a form that there is not.
    """
    assert channel.id is not None
    for weekday, minutes in weekly.items():
        if weekday not in range(7) or any(minute not in range(DAY_MINUTES) for minute in minutes):
            raise ChannelError("Khung giờ phải nằm trong ngày, từ 00:00 đến 23:59.")
        if len(set(minutes)) < len(minutes):
            raise ChannelError("Mỗi khung giờ chỉ ghi một lần trong một ngày.")
        if isinstance(minutes, Mapping) and any(form and form not in FORMS for form in minutes.values()):
            raise ChannelError(f"Hình thức của khung giờ phải là một trong: {', '.join(FORMS)}.")
    # two who replace them at once come one after the other
    session.exec(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)).one()
    session.exec(delete(Slot).where(col(Slot.channel_id) == channel.id))
    for weekday, minutes in weekly.items():
        forms = minutes if isinstance(minutes, Mapping) else {}
        session.add_all(
            Slot(channel_id=channel.id, weekday=weekday, minute=minute, form=forms.get(minute, ""))
            for minute in minutes
        )


def weekly_slots_of(session: Session, channel: Channel) -> dict[int, dict[int, str]]:
    """A channel's slots as `set_slots` takes them."""
    weekly: dict[int, dict[int, str]] = {}
    rows = select(Slot).where(Slot.channel_id == channel.id).order_by(col(Slot.weekday), col(Slot.minute))
    for slot in session.exec(rows):
        weekly.setdefault(slot.weekday, {})[slot.minute] = slot.form
    return weekly


def in_quiet_hours(channel: Channel, weekly: Mapping[int, Mapping[int, str]]) -> list[str]:
    """Hours of slots that no rule ever uses, because they lie in the channel's quiet hours."""
    hours = {minute for minutes in weekly.values() for minute in minutes}
    return [
        clock_of(minute) for minute in sorted(hours)
        if is_quiet_minute(minute, channel.quiet_from, channel.quiet_until)
    ]  # fmt: skip


def set_rules(
    session: Session, channel: Channel, *, gap_minutes: int, daily_most: int, quiet_from: int, quiet_until: int
) -> None:
    """Replace when something may be given an hour here by a rule; the caller commits. Raises `ChannelError`.

    Minutes after midnight, local; the same two ends: no quiet hours.
    """
    if gap_minutes not in range(GAP_MOST + 1):
        raise ChannelError(f"Khoảng cách giữa hai mục là số phút từ 0 đến {GAP_MOST}.")
    if daily_most not in range(DAILY_MOST + 1):
        raise ChannelError(f"Số mục tối đa mỗi ngày là số từ 0 (không giới hạn) đến {DAILY_MOST}.")
    if quiet_from not in range(DAY_MINUTES) or quiet_until not in range(DAY_MINUTES):
        raise ChannelError("Giờ yên lặng phải nằm trong ngày, từ 00:00 đến 23:59.")
    channel.gap_minutes, channel.daily_most = gap_minutes, daily_most
    channel.quiet_from, channel.quiet_until = quiet_from, quiet_until
    session.add(channel)


def rules_words(channel: Channel) -> str:
    """The channel's rules in one sentence for staff."""
    gap = f"cách nhau ít nhất {channel.gap_minutes} phút" if channel.gap_minutes else "không đặt khoảng cách"
    most = f"tối đa {channel.daily_most} mục mỗi ngày" if channel.daily_most else "không giới hạn số mục mỗi ngày"
    quiet = (
        f"yên lặng từ {clock_of(channel.quiet_from)} đến {clock_of(channel.quiet_until)}"
        if channel.quiet_from != channel.quiet_until
        else "không có giờ yên lặng"
    )
    return f"{gap}; {most}; {quiet}."


def stop_channel(session: Session, channel_id: int, state: str, words: str, until: datetime | None) -> None:
    """Let nothing more be written to a channel until a person, or the clock at `until`, opens it again.

    `state` empty: only wait. Never makes a stop shorter or weaker than it is: a limit of five minutes does
    not end a block of a day, and nothing but a person touches a channel that is off.
    """
    channel = session.exec(select(Channel).where(Channel.id == channel_id).with_for_update()).one()
    if channel.state == OFF:
        return
    if until is not None and (channel.not_before is None or channel.not_before < until):
        channel.not_before = until
    if state and _SEVERITY[state] >= _SEVERITY[channel.state]:
        channel.state, channel.state_words = state, words
    elif channel.state == CONNECTED:
        channel.state_words = words
    session.add(channel)


def open_channel(session: Session, channel_id: int) -> None:
    """A person or a check found that the access works: write to this channel again."""
    channel = session.exec(select(Channel).where(Channel.id == channel_id).with_for_update()).one()
    channel.state, channel.state_words, channel.not_before = CONNECTED, "", None
    session.add(channel)


def is_reopening() -> ColumnElement[bool]:
    """Channels whose block or limit has run out, as a part of a statement for `:now`."""
    return and_(col(Channel.state).in_(spelled((CONNECTED, BLOCKED))), col(Channel.not_before) <= bindparam("now"))


_REOPENING = update(Channel).where(is_reopening()).values(state=CONNECTED, state_words="", not_before=None)


def reopen_channels(session: Session, *, now: datetime) -> None:
    """Open the channels whose block or limit has run out."""
    session.connection().execute(_REOPENING, {"now": now})


FULL_WORDS = "Nền tảng báo đã dùng hết giới hạn số lượt gọi; hệ thống tạm dừng rồi tự tiếp tục."


def keep_books(session: Session, channel: Channel, connector: Connector, *, now: datetime) -> None:
    """Write down what a piece of work spent and what the platform told of its limits; the caller commits."""
    keep_all_books(session, [(channel, connector)], now=now)


def keep_all_books(session: Session, those: Iterable[tuple[Channel, Connector]], *, now: datetime) -> None:
    """The same for many pieces of work at once.

    The meters are emptied by the commit itself, so that what is rolled back is written down next time. A limit that
    is full stops its channel, or every channel of the app, until it has room again.
    """
    told = [(channel, one) for channel, one in those if one.meter.spent or one.meter.levels]
    if not told:
        return
    meters = [one.meter for _, one in told]

    def empty(_session: object) -> None:
        for meter in meters:
            meter.emptied()

    event.listen(session, "after_commit", empty, once=True)
    store_spent(session, told, now=now)
    for channel, per, until in store_levels(session, told, now=now):
        same_app = Channel.platform == channel.platform if per is Per.APP else Channel.id == channel.id
        for channel_id in session.exec(select(Channel.id).where(same_app).order_by(col(Channel.id))).all():
            assert channel_id is not None
            stop_channel(session, channel_id, "", FULL_WORDS, until)


def store_credentials(
    session: Session, vault: Vault, channel_id: int, credentials: Credentials, *, now: datetime
) -> None:
    """Save new credentials; the caller commits before anything uses them."""
    row = session.get(Credential, channel_id)
    secret = vault.seal(channel_id, credentials)
    if row is None:
        row = Credential(channel_id=channel_id, secret=secret, version=0, updated_at=now)
    row.secret, row.version, row.updated_at = secret, row.version + 1, now
    row.expires_at, row.refresh_at = credentials.expires_at, credentials.refresh_at
    session.add(row)
