"""Channels and their access: connect, stop, mend, and hand a worker fresh credentials.

Refreshing a token that rotates is the dangerous moment (zalo 1.8): one refresher at a time, an attempt
row before the call, and the new pair committed before anything uses it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import requests
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Account, Connected, Connector, Credentials
from connectors.errors import ConnectorError, Reconnect, Unavailable, Unconfirmed, Unsupported
from scheduler.db import reading, writing
from scheduler.tables import Channel, Credential, Slot, TokenRefresh
from scheduler.vault import Vault

REFRESH_TIME = timedelta(minutes=3)
"""How long one refresh may take before another worker calls its outcome unknown and tries itself."""

JUST_REFRESHED = timedelta(minutes=10)
"""A pair refused this soon after a refresh is not refreshed again: a person has to look."""

CONNECTED, RECONNECT, MISCONFIGURED, BLOCKED, OFF = "connected", "reconnect", "misconfigured", "blocked", "off"

CHANNEL_WORDS = {
    CONNECTED: "Đang hoạt động",
    RECONNECT: "Cần kết nối lại",
    MISCONFIGURED: "Cần sửa cấu hình",
    BLOCKED: "Bị nền tảng tạm khóa",
    OFF: "Đã tắt",
}


Answer = TypeVar("Answer")

_SEVERITY = {CONNECTED: 0, BLOCKED: 1, RECONNECT: 2, MISCONFIGURED: 2, OFF: 3}


class ChannelError(Exception):
    """Something a person asked of a channel cannot be done; the message says why and the way out."""


@dataclass(frozen=True)
class Platforms:
    """How to open a connector: each platform's settings, and one pooled session per channel."""

    settings: Mapping[str, BaseModel]
    session: Callable[[int], requests.Session]

    def open(self, channel: Channel, credentials: Credentials) -> Connector:
        """A connector for one piece of work on one channel."""
        account = Account(channel.external_id, channel.name)
        connector = connector_class(channel.platform)
        return connector(self.settings[channel.platform], account, credentials, self.session(channel.id or 0))


def find_channel(session: Session, key: str) -> Channel:
    """The channel staff call `key`. Raises `ChannelError` that lists the known ones."""
    channel = session.exec(select(Channel).where(Channel.key == key)).one_or_none()
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

    Raises `ChannelError` for an unknown platform, a key in use, or options the connector does not know.
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
    session.add(channel)
    session.flush()
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


def set_slots(session: Session, channel: Channel, weekly: Mapping[int, list[int]]) -> None:
    """Replace a channel's slots: {weekday (0 is Monday): [minutes after midnight, …]}; the caller commits."""
    assert channel.id is not None
    for slot in session.exec(select(Slot).where(Slot.channel_id == channel.id)):
        session.delete(slot)
    session.flush()
    for weekday, minutes in weekly.items():
        session.add_all(Slot(channel_id=channel.id, weekday=weekday, minute=minute) for minute in minutes)


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


def reopen_channels(session: Session, *, now: datetime) -> None:
    """Open the channels whose block or limit has run out."""
    session.connection().execute(
        update(Channel)
        .where(col(Channel.state).in_((CONNECTED, BLOCKED)), col(Channel.not_before) <= now)
        .values(state=CONNECTED, state_words="", not_before=None)
    )


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


class Access:
    """Hands out credentials that work, and refreshes them when their time has come."""

    def __init__(self, engine: Engine, vault: Vault, platforms: Platforms) -> None:
        self.engine = engine
        self.vault = vault
        self.platforms = platforms

    def connector(self, channel: Channel, *, now: datetime) -> Connector:
        """A connector with fresh credentials.

        Raises `Reconnect` when there are none, and `Unavailable` when they cannot be had just now: whatever
        happened to a refresh, the work itself was not begun.
        """
        credentials, _ = self._load(channel)
        try:
            credentials = self.refresh_if_due(channel, now=now) or credentials
        except (Unavailable, Unconfirmed) as error:
            # The old pair may still live; if it does not, the platform says so and nothing is done.
            if credentials.expires_at is None or credentials.expires_at <= now:
                raise Unavailable(error.words, code=error.code, evidence=error.evidence) from None
        return self.platforms.open(channel, credentials)

    def ask(self, channel: Channel, work: Callable[[Connector], Answer], *, now: datetime) -> Answer:
        """One piece of work that does no harm when it is repeated; once more, after a refresh, if the token had died.

        Raises what the connector raises.
        """
        try:
            return work(self.connector(channel, now=now))
        except Reconnect as error:
            if not error.refresh_first or self.refreshed_lately(channel, now=now):
                raise
            if not self.refresh_now(channel, now=now):
                raise
        return work(self.connector(channel, now=now))

    def refresh_if_due(self, channel: Channel, *, now: datetime) -> Credentials | None:
        """New credentials when their time has come, else None. Raises the refresh's `ConnectorError`."""
        credentials, version = self._load(channel)
        if credentials.refresh_at is None or credentials.refresh_at > now:
            return None
        return self.refresh(channel, version, now=now)

    def refreshed_since(self, channel: Channel, moment: datetime) -> bool:
        """Whether the credentials were changed after `moment` (aware)."""
        with reading(self.engine) as session:
            row = session.get(Credential, channel.id)
        return row is not None and row.updated_at > moment

    def refreshed_lately(self, channel: Channel, *, now: datetime) -> bool:
        """Whether they are so new that a platform that refuses them would refuse the next ones, too."""
        with reading(self.engine) as session:
            row = session.get(Credential, channel.id)
        return row is not None and row.version > 1 and row.updated_at > now - JUST_REFRESHED

    def refresh_now(self, channel: Channel, *, now: datetime) -> bool:
        """Refresh whatever its time; False when this platform has nothing to refresh."""
        _, version = self._load(channel)
        try:
            self.refresh(channel, version, now=now)
        except Unsupported:
            return False
        return True

    def refresh(self, channel: Channel, version: int, *, now: datetime) -> Credentials:
        """One refresh, by one refresher at a time. Raises `Unavailable` when another one is at it."""
        assert channel.id is not None
        credentials, attempt_id = self._begin_refresh(channel.id, version, now=now)
        if attempt_id is None:
            return credentials
        try:
            fresh = self.platforms.open(channel, credentials).refresh(now=now)
        except ConnectorError as error:
            outcome = {Reconnect: "refused", Unavailable: "not_sent"}.get(type(error), "unknown")
            self._end_refresh(attempt_id, outcome, str(error), now=now)
            raise
        except Unsupported:
            self._end_refresh(attempt_id, "refused", "unsupported", now=now)
            raise
        with writing(self.engine) as session:
            row = session.exec(select(Credential).where(Credential.channel_id == channel.id).with_for_update()).one()
            if row.version != version:
                # A person connected the channel anew meanwhile; theirs is the newer grant.
                _finish(session, attempt_id, "superseded", "", now)
                return self.vault.open(channel.id, row.secret)
            store_credentials(session, self.vault, channel.id, fresh, now=now)
            _finish(session, attempt_id, "done", "", now)
        return fresh

    def _load(self, channel: Channel) -> tuple[Credentials, int]:
        assert channel.id is not None
        with reading(self.engine) as session:
            row = session.get(Credential, channel.id)
        if row is None:
            raise Reconnect("Kênh chưa có mã truy cập; hãy kết nối kênh.")
        return self.vault.open(channel.id, row.secret), row.version

    def _begin_refresh(self, channel_id: int, version: int, *, now: datetime) -> tuple[Credentials, int | None]:
        with writing(self.engine) as session:
            row = session.exec(select(Credential).where(Credential.channel_id == channel_id).with_for_update()).one()
            credentials = self.vault.open(channel_id, row.secret)
            if row.version != version:
                return credentials, None
            last = session.exec(
                select(TokenRefresh).where(TokenRefresh.channel_id == channel_id).order_by(col(TokenRefresh.id).desc())
            ).first()
            if last and not last.outcome:
                if last.started_at > now - REFRESH_TIME:
                    raise Unavailable("Mã truy cập đang được làm mới.", retry_after=timedelta(seconds=30))
                last.outcome, last.finished_at = "unknown", now
            attempt = TokenRefresh(
                channel_id=channel_id, credential_version=version, started_at=now, detail=_fingerprint(row.secret)
            )
            session.add(attempt)
            session.flush()
            return credentials, attempt.id

    def _end_refresh(self, attempt_id: int, outcome: str, detail: str, *, now: datetime) -> None:
        with writing(self.engine) as session:
            _finish(session, attempt_id, outcome, detail, now)


def _finish(session: Session, attempt_id: int, outcome: str, detail: str, now: datetime) -> None:
    attempt = session.get_one(TokenRefresh, attempt_id)
    attempt.outcome, attempt.finished_at = outcome, now
    if detail:
        attempt.detail = detail
    session.add(attempt)


def _fingerprint(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()[:16]
