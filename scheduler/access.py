"""Handing out access that works: a connector with fresh credentials and its budgets, and the refresh.

Refreshing a token that rotates is the dangerous moment (zalo 1.8): one refresher at a time, an attempt
row before the call, the new pair committed before anything uses it. When the answer was lost, the old
access token is asked whether it still lives, and there is one more try; never a third.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import requests
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Account, Budget, Connector, Credentials, Meter
from connectors.errors import ConnectorError, Reconnect, Unavailable, Unconfirmed, Unsupported
from scheduler.channels import keep_books, store_credentials
from scheduler.db import looking, reading, writing
from scheduler.limits import open_meter, open_meters
from scheduler.tables import Channel, Credential, TokenRefresh
from scheduler.vault import Vault, VaultError

REFRESH_TIME = timedelta(minutes=3)
"""How long one refresh may take before another worker calls its outcome unknown and tries itself."""

JUST_REFRESHED = timedelta(minutes=10)
"""A pair refused this soon after a refresh is not refreshed again: a person has to look."""

OPENED = 1_000
"""Channels whose opened secrets are kept in memory."""
LOST_TWICE = 2
"""So many lost answers of one pair, and only a person can renew the access."""

ROTATES = "rotating_refresh"
"""The ability of a platform whose refresh kills the old pair."""

RENEWED = frozenset({"refresh", ROTATES})
"""Abilities of platforms whose access is renewed without a person."""

ASK_AGAIN = timedelta(hours=1)
LOST_WORDS = "Nền tảng không trả lời khi làm mới mã truy cập, chưa rõ mã mới đã được cấp hay chưa."
_DEAD = f"{LOST_WORDS} Mã cũ không còn hiệu lực; hãy kết nối lại kênh."

Answer = TypeVar("Answer")


def renews(platform: str) -> bool:
    """Whether an access there is renewed by itself, so that its end is nothing to tell anybody."""
    return bool(connector_class(platform).capabilities.abilities & RENEWED)


@dataclass(frozen=True)
class Platforms:
    """How to open a connector: each platform's settings, and one pooled session per channel."""

    settings: Mapping[str, BaseModel]
    session: Callable[[int], requests.Session]

    def open(self, channel: Channel, credentials: Credentials, meter: Meter | None = None) -> Connector:
        """A connector for one piece of work on one channel."""
        account = Account(channel.external_id, channel.name)
        settings, http = self.settings[channel.platform], self.session(channel.id or 0)
        return connector_class(channel.platform)(settings, account, credentials, http, meter)

    def meter(self, connection: Connection, channel: Channel, *, now: datetime, reading: bool = False) -> Meter:
        """What is left to spend on this channel."""
        return open_meter(connection, channel, self._budgets(channel), now=now, reading=reading)

    def meters(
        self, connection: Connection, channels: Sequence[Channel], *, now: datetime, reading: bool = False
    ) -> list[Meter]:
        """The same for each of many channels."""
        those = [(channel, self._budgets(channel)) for channel in channels]
        return open_meters(connection, those, now=now, reading=reading)

    def _budgets(self, channel: Channel) -> Sequence[Budget]:
        return connector_class(channel.platform).budgets(self.settings[channel.platform])


_SECRETS = columns(col(Credential.channel_id), col(Credential.secret)).where(
    col(Credential.channel_id).in_(bindparam("channels", expanding=True))
)


class Access:
    """Hands out credentials that work, and refreshes them when their time has come."""

    def __init__(self, engine: Engine, vault: Vault, platforms: Platforms) -> None:
        self.engine = engine
        self.vault = vault
        self.platforms = platforms
        # the same sealed bytes hold the same secrets; a refresh seals new ones
        self._opened = lru_cache(maxsize=OPENED)(vault.open)

    def connector(self, channel: Channel, *, now: datetime, figures: bool = False) -> Connector:
        """A connector with fresh credentials and its budgets; `figures`: only the share that figures may use.

        Whoever gets it stores what its meter counted (`keep_books`). Raises `Reconnect` when there are none, and
        `Unavailable` when they cannot be had just now: whatever happened to a refresh, the work itself was not
        begun.
        """
        at_hand = self.at_hand([channel], now=now, figures=figures).get(channel.id or 0)
        if at_hand is not None:
            return at_hand
        credentials, _ = self._load(channel)
        try:
            credentials = self.refresh_if_due(channel, now=now) or credentials
        except (Unavailable, Unconfirmed) as error:
            # The old pair may still live; if it does not, the platform says so and nothing is done.
            if credentials.expires_at is None or credentials.expires_at <= now:
                raise Unavailable(error.words, code=error.code, evidence=error.evidence) from None
        with looking(self.engine) as connection:
            meter = self.platforms.meter(connection, channel, now=now, reading=figures)
        return self.platforms.open(channel, credentials, meter)

    def at_hand(self, channels: Sequence[Channel], *, now: datetime, figures: bool = False) -> dict[int, Connector]:
        """Connectors of those of these channels whose access needs nothing first: no refresh, no person.

        The others are left out; `connector` says for each what is the matter. Two statements and no call, so it is
        what many publications of the same minute go through.
        """
        with looking(self.engine) as connection:
            return self.opened(connection, channels, now=now, figures=figures)

    def opened(
        self, connection: Connection, channels: Sequence[Channel], *, now: datetime, figures: bool = False
    ) -> dict[int, Connector]:
        """The same as `at_hand`, by a connection that is open already."""
        wanted = {channel.id: channel for channel in channels if channel.id is not None}
        opened: list[tuple[Channel, Credentials]] = []
        for channel_id, secret in connection.execute(_SECRETS, {"channels": sorted(wanted)}):
            with suppress(VaultError):
                credentials = self._opened(channel_id, secret)
                if credentials.refresh_at is None or credentials.refresh_at > now:
                    opened.append((wanted[channel_id], credentials))
        meters = self.platforms.meters(connection, [channel for channel, _ in opened], now=now, reading=figures)
        return {
            channel.id or 0: self.platforms.open(channel, credentials, meter)
            for (channel, credentials), meter in zip(opened, meters, strict=True)
        }

    def ask(
        self, channel: Channel, work: Callable[[Connector], Answer], *, now: datetime, figures: bool = False,
        opened: Connector | None = None,
    ) -> Answer:  # fmt: skip
        """One piece of work that does no harm when it is repeated; once more, after a refresh, if the token had died.

        What it spent is stored however it ends. `opened`: a connector that was `at_hand` a moment ago. Raises what the
        connector raises.
        """
        try:
            return self._metered(channel, work, now=now, figures=figures, opened=opened)
        except Reconnect as error:
            if opened is None or self._load(channel)[0] == opened.credentials:  # else somebody renewed them meanwhile
                if not error.refresh_first or self.refreshed_lately(channel, now=now):
                    raise
                if not self.refresh_now(channel, now=now):
                    raise
        return self._metered(channel, work, now=now, figures=figures)

    def _metered(
        self, channel: Channel, work: Callable[[Connector], Answer], *, now: datetime, figures: bool,
        opened: Connector | None = None,
    ) -> Answer:  # fmt: skip
        connector = opened or self.connector(channel, now=now, figures=figures)
        try:
            return work(connector)
        finally:
            if connector.meter.spent or connector.meter.levels:
                with writing(self.engine) as session:
                    keep_books(session, channel, connector, now=now)

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
        """One refresh, by one refresher at a time; one more when its answer was lost.

        Raises `Unavailable` when another one is at it, `Unconfirmed` when nobody knows, `Reconnect` when only a
        person can renew the access: also when both answers were lost and the old token is dead.
        """
        assert channel.id is not None
        for _ in range(LOST_TWICE):
            lives = True
            credentials, attempt_id, lost = self._begin_refresh(channel.id, version, now=now)
            if attempt_id is None:
                return credentials
            connector = self.platforms.open(channel, credentials)
            rotates = ROTATES in connector.capabilities.abilities
            try:
                if lost and rotates:
                    lives = self._ask_the_old_token(connector, lost, now=now)
                fresh = connector.refresh(now=now)
            except ConnectorError as error:
                self._end_refresh(attempt_id, _outcome(error), str(error), now=now)
                if not isinstance(error, Unconfirmed) or not rotates or (lost and lives):
                    raise
                if lost:
                    raise Reconnect(_DEAD, code=error.code, section=error.section, evidence=error.evidence) from None
                continue
            except Unsupported:
                self._end_refresh(attempt_id, "refused", "unsupported", now=now)
                raise
            return self._keep_fresh(channel.id, version, attempt_id, fresh, now=now)
        raise Unconfirmed(LOST_WORDS)

    def _ask_the_old_token(self, connector: Connector, lost: int, *, now: datetime) -> bool:
        """What a lost answer left behind: a token that lives was not rotated; a dead one has one more try.

        Raises `Unavailable` when the platform does not tell, or the old token lives and has to do; `Reconnect`
        when both tries were lost and the old token is dead.
        """
        try:
            connector.probe(now=now)
        except Reconnect:
            if lost >= LOST_TWICE:
                raise Reconnect(_DEAD) from None
            return False
        except Unconfirmed as error:
            raise Unavailable(error.words, code=error.code, evidence=error.evidence) from None
        else:
            if lost >= LOST_TWICE:
                words = f"{LOST_WORDS} Mã cũ còn dùng được một thời gian; hãy kết nối lại kênh trước khi mã hết hạn."
                raise Unavailable(words, retry_after=ASK_AGAIN)
        return True

    def _keep_fresh(
        self, channel_id: int, version: int, attempt_id: int, fresh: Credentials, *, now: datetime
    ) -> Credentials:
        """Commit the new pair before anything uses it."""
        with writing(self.engine) as session:
            row = session.exec(select(Credential).where(Credential.channel_id == channel_id).with_for_update()).one()
            if row.version != version:
                # A person connected the channel anew meanwhile; theirs is the newer grant.
                _finish(session, attempt_id, "superseded", "", now)
                return self.vault.open(channel_id, row.secret)
            store_credentials(session, self.vault, channel_id, fresh, now=now)
            _finish(session, attempt_id, "done", "", now)
        return fresh

    def _load(self, channel: Channel) -> tuple[Credentials, int]:
        assert channel.id is not None
        with reading(self.engine) as session:
            row = session.get(Credential, channel.id)
        if row is None:
            raise Reconnect("Kênh chưa có mã truy cập; hãy kết nối kênh.")
        return self.vault.open(channel.id, row.secret), row.version

    def _begin_refresh(self, channel_id: int, version: int, *, now: datetime) -> tuple[Credentials, int | None, int]:
        """The pair, our attempt's row (None: somebody renewed the pair already), and how many answers were lost."""
        with writing(self.engine) as session:
            row = session.exec(select(Credential).where(Credential.channel_id == channel_id).with_for_update()).one()
            credentials = self.vault.open(channel_id, row.secret)
            if row.version != version:
                return credentials, None, 0
            earlier = session.exec(
                select(TokenRefresh).where(
                    TokenRefresh.channel_id == channel_id,
                    TokenRefresh.credential_version == version,
                    col(TokenRefresh.outcome).in_(("", "unknown", "refused")),
                )
            ).all()
            for attempt in earlier:
                if not attempt.outcome:
                    if attempt.started_at > now - REFRESH_TIME:
                        raise Unavailable("Mã truy cập đang được làm mới.", retry_after=timedelta(seconds=30))
                    attempt.outcome, attempt.finished_at = "unknown", now
            attempt = TokenRefresh(
                channel_id=channel_id, credential_version=version, started_at=now, detail=_fingerprint(row.secret)
            )
            session.add(attempt)
            session.flush()
            return credentials, attempt.id, len(earlier)

    def _end_refresh(self, attempt_id: int, outcome: str, detail: str, *, now: datetime) -> None:
        with writing(self.engine) as session:
            _finish(session, attempt_id, outcome, detail, now)


def _outcome(error: ConnectorError) -> str:
    """What one try at a refresh came to, for its row: only "unknown" and "refused" say something about the pair."""
    if isinstance(error, Reconnect):
        return "refused"
    return "unknown" if isinstance(error, Unconfirmed) else "not_sent"


def _finish(session: Session, attempt_id: int, outcome: str, detail: str, now: datetime) -> None:
    """Write down what a try came to. One that was given up stays so, however late its answer comes: the audit log has
    sealed that end."""
    attempt = session.get_one(TokenRefresh, attempt_id, with_for_update=True)
    if attempt.finished_at is not None:
        return
    attempt.outcome, attempt.finished_at = outcome, now
    if detail:
        attempt.detail = detail
    session.add(attempt)


def _fingerprint(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()[:16]
