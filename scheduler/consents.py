"""Connecting an account: the consent that is begun, the answer that comes back, the channel it becomes.

The answer may reach another process than the one that began, so what it has to be held against is a row.
A code is good for one exchange: the row is deleted before the exchange is tried, and the exchange is made
with no transaction open. Nothing here logs, and no token or verifier is part of an error.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Account, Connected, Consent, Credentials, Finding
from connectors.errors import Unavailable, Unconfirmed, Unsupported
from content.vietnamese import WEEKDAYS_SHORT
from scheduler.access import Platforms
from scheduler.channels import ChannelError, check_options, save_channel, set_slots
from scheduler.db import reading, writing
from scheduler.tables import Channel, PendingConsent, Slot
from scheduler.vault import Vault, VaultError

LIFETIME = timedelta(minutes=15)
"""How long an answer is waited for. The code in it lives ten minutes where the platform tells (zalo 1.2)."""

CONSENT, OFFER = "consent", "offer"
"""What a row of `pending_consent` is: a consent that was begun, or accounts of which one has to be chosen."""

GONE_WORDS = (
    "Không có lượt kết nối nào đang chờ câu trả lời này: câu trả lời đã được dùng rồi hoặc đã quá 15 phút; "
    "hãy kết nối lại từ đầu."
)
NOT_YOURS = "Lượt kết nối này do người khác bắt đầu; hãy tự bắt đầu một lượt kết nối của mình."
OTHER_WORDS = "Câu trả lời không khớp với lượt kết nối đang chờ; hãy kết nối lại và mở đúng địa chỉ mới nhận được."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants the channel to be.

    `slots` as `set_slots` takes them; empty: it keeps those it has, and a new channel begins with the platform's usual
    ones.
    """

    key: str
    agency: str = ""
    slots: Mapping[int, Sequence[int] | Mapping[int, str]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was begun: the person opens `url`, and the answer comes back with `state`."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a finished consent opens; one of the accounts becomes the channel. Kept in memory only."""

    platform: str
    wish: Wish
    connected: tuple[Connected, ...]

    @property
    def accounts(self) -> list[Account]:
        """At least one."""
        return [one.account for one in self.connected]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A consent that waits for its answer, or an offer that waits for a choice, as the person who began it sees it."""

    platform: str
    wish: Wish
    until: datetime
    """After this it is forgotten; aware UTC."""
    url: str = ""
    """Where the person allows it."""
    redirect_uri: str = ""
    """Where the browser comes back."""


class Consents:
    """Begins consents, takes their answers, and saves the account a person chose."""

    def __init__(self, engine: Engine, vault: Vault, platforms: Platforms) -> None:
        self.engine = engine
        self.vault = vault
        self.platforms = platforms

    def check(self, platform: str, wish: Wish) -> None:
        """Before anybody is sent to a platform in vain: raises `ChannelError` for a wish that cannot come true."""
        if platform not in CONNECTORS:
            raise ChannelError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")
        if not wish.key.strip():
            raise ChannelError("Tên kênh đang để trống; hãy đặt một tên gọi, như fanpage.")
        check_options(platform, wish.options)
        channel = self._channel(wish.key)
        if channel is not None and channel.platform != platform:
            raise ChannelError(f"Tên kênh “{wish.key}” đã dùng cho {channel.name}; hãy chọn tên khác.")

    def begin(self, platform: str, wish: Wish, *, redirect_uri: str, now: datetime, by: str = "") -> Begun:
        """The address a person has to open. Forgets the consents that nobody finished in time.

        `by`: only with the same `by` can it be finished.

        Raises `ChannelError` for a wish that cannot come true, `Misconfigured` when the app is not set up.
        """
        self.check(platform, wish)
        consent = connector_class(platform).begin_consent(
            self.platforms.settings[platform],
            redirect_uri=redirect_uri,
            state=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(32),
        )
        with writing(self.engine) as session:
            session.connection().execute(delete(PendingConsent).where(col(PendingConsent.created_at) <= now - LIFETIME))
            session.add(
                PendingConsent(
                    state=consent.state,
                    platform=platform,
                    redirect_uri=redirect_uri,
                    secret=self.vault.seal(0, Credentials({"state": consent.state, "verifier": consent.verifier})),
                    facts=asdict(wish) | {"by": by},
                    created_at=now,
                )
            )
        return Begun(consent.url, consent.state)

    def waiting(self, state: str, *, now: datetime, by: str = "") -> Waiting:
        """A consent that was begun, to be shown again. Raises `ChannelError` when it is over or somebody else's."""
        row = self._row(state, CONSENT, by, now)
        consent = connector_class(row.platform).begin_consent(
            self.platforms.settings[row.platform],
            redirect_uri=row.redirect_uri,
            state=state,
            verifier=self._sealed(row)["verifier"],
        )
        return Waiting(row.platform, _wish(row), row.created_at + LIFETIME, consent.url, row.redirect_uri)

    def finish(self, state: str, answer: Mapping[str, str], *, now: datetime, by: str = "") -> Offer:
        """The accounts that the answer to the consent `state` opens; `answer` is the query that came back.

        Raises `ChannelError` for an answer that is of another consent or person, was used, or comes too late, and
        when the exchange got no answer; `Misconfigured` when the person refused; else what the connector raises.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise ChannelError(OTHER_WORDS)
        row = self._take(state, by, now=now)
        verifier, wish = self._sealed(row)["verifier"], _wish(row)
        consent = Consent(url="", state=state, verifier=verifier, redirect_uri=row.redirect_uri)
        settings, http = self.platforms.settings[row.platform], self.platforms.session(0)
        connector = connector_class(row.platform)
        return self._offer(
            row.platform, wish, lambda: connector.finish_consent(settings, consent, answer, now=now, http=http)
        )

    def adopt(self, platform: str, pasted: Mapping[str, str], wish: Wish, *, now: datetime) -> Offer:
        """The accounts that pasted tokens open, keyed as in `Credentials.values`. Raises as `finish` does."""
        self.check(platform, wish)
        settings, http = self.platforms.settings[platform], self.platforms.session(0)
        connector = connector_class(platform)
        return self._offer(platform, wish, lambda: connector.adopt(settings, pasted, now=now, http=http))

    def keep(self, offer: Offer, *, now: datetime, by: str = "") -> str:
        """Keep an offer, sealed, until its person has chosen an account; the name it is asked for by."""
        name = secrets.token_urlsafe(24)
        connected = [
            {
                "account": asdict(one.account),
                "values": dict(one.credentials.values),
                "expires_at": _text(one.credentials.expires_at),
                "refresh_at": _text(one.credentials.refresh_at),
            }
            for one in offer.connected
        ]
        facts = asdict(offer.wish) | {"by": by, "kind": OFFER}
        with writing(self.engine) as session:
            sealed = self.vault.seal(0, Credentials({"state": name, "offer": json.dumps(connected)}))
            session.add(
                PendingConsent(
                    state=name, platform=offer.platform, redirect_uri="", secret=sealed, facts=facts, created_at=now
                )
            )
        return name

    def kept(self, name: str, *, now: datetime, by: str = "") -> tuple[Offer, datetime]:
        """An offer that was kept, and until when. Raises `ChannelError` when it is over or somebody else's."""
        row = self._row(name, OFFER, by, now)
        connected = tuple(
            Connected(
                Account(**one["account"]),
                Credentials(one["values"], _time(one["expires_at"]), _time(one["refresh_at"])),
            )
            for one in json.loads(self._sealed(row)["offer"])
        )
        return Offer(row.platform, _wish(row), connected), row.created_at + LIFETIME

    def save(self, offer: Offer, account_id: str, *, now: datetime, name: str = "") -> Channel:
        """Make the chosen account the channel, or renew the access of the channel it is already.

        `name` of an offer that was kept: it is used up by that, once. Raises `ChannelError` when the account was
        not offered, when the key was given away meanwhile, or when the offer was used already.
        """
        connected = next((one for one in offer.connected if one.account.external_id == account_id), None)
        if connected is None:
            raise ChannelError(f"Quyền vừa cấp không mở được tài khoản {account_id}; có: {list_accounts(offer)}.")
        wish = offer.wish
        with writing(self.engine) as session:
            if name:
                used = session.connection().execute(delete(PendingConsent).where(col(PendingConsent.state) == name))
                if used.rowcount != 1:
                    raise ChannelError(GONE_WORDS)
            channel = save_channel(
                session, self.vault, offer.platform, connected,
                key=wish.key, agency=wish.agency, options=wish.options, now=now,
            )  # fmt: skip
            if wish.slots or session.exec(select(Slot.id).where(Slot.channel_id == channel.id)).first() is None:
                set_slots(session, channel, wish.slots or usual_slots(offer.platform))
        return channel

    def _row(self, state: str, kind: str, by: str, now: datetime) -> PendingConsent:
        """The row, which stays."""
        with reading(self.engine) as session:
            return _theirs(session.get(PendingConsent, state), kind, by, now)

    def _take(self, state: str, by: str, *, now: datetime) -> PendingConsent:
        """The row of a consent, which is gone now: of two answers at once only one gets it. Another person's stays."""
        with writing(self.engine) as session:
            statement = delete(PendingConsent).where(col(PendingConsent.state) == state).returning(PendingConsent)
            return _theirs(session.scalars(statement).one_or_none(), CONSENT, by, now)

    def _sealed(self, row: PendingConsent) -> Mapping[str, str]:
        try:
            values = self.vault.open(0, row.secret).values
        except VaultError:
            raise ChannelError(GONE_WORDS) from None  # the key was changed meanwhile
        if values["state"] != row.state:
            raise ChannelError(GONE_WORDS)
        return values

    def _offer(self, platform: str, wish: Wish, ask: Callable[[], list[Connected]]) -> Offer:
        """What `ask` opens. A key that is a channel's already means that channel's account and no other."""
        label = connector_class(platform).capabilities.label
        try:
            connected = ask()
        except Unsupported as error:
            raise ChannelError(str(error)) from None
        except (Unavailable, Unconfirmed):
            raise ChannelError(
                f"Chưa nhận được trả lời trọn vẹn của {label} nên chưa kết nối được; "
                "hãy kiểm tra đường truyền rồi kết nối lại từ đầu."
            ) from None
        channel = self._channel(wish.key)
        if channel is not None:
            connected = [one for one in connected if one.account.external_id == channel.external_id]
            if not connected:
                raise ChannelError(
                    f"Quyền vừa cấp không mở được {channel.name}, là tài khoản của kênh “{channel.key}”; hãy kết nối "
                    "lại bằng người quản trị tài khoản đó, hoặc đặt tên khác cho kênh mới."
                )
        if not connected:
            raise ChannelError(
                f"Quyền vừa cấp không mở được tài khoản {label} nào; hãy kết nối lại và chọn đúng tài khoản."
            )
        return Offer(platform, wish, tuple(connected))

    def _channel(self, key: str) -> Channel | None:
        with reading(self.engine) as session:
            return session.exec(select(Channel).where(Channel.key == key)).one_or_none()


def _theirs(row: PendingConsent | None, kind: str, by: str, now: datetime) -> PendingConsent:
    """The row, when it is of this kind and person and still good. Raises `ChannelError`."""
    if row is None or row.created_at <= now - LIFETIME or row.facts.get("kind", CONSENT) != kind:
        raise ChannelError(GONE_WORDS)
    if row.facts.get("by", "") != by:
        raise ChannelError(NOT_YOURS)
    return row


def _wish(row: PendingConsent) -> Wish:
    slots = {int(weekday): _day(kept) for weekday, kept in row.facts["slots"].items()}
    return Wish(row.facts["key"], row.facts["agency"], slots, row.facts["options"])


def _day(kept: list[int] | dict[str, str]) -> list[int] | dict[int, str]:
    """A day's slots as they were before JSON made their keys text."""
    return {int(minute): form for minute, form in kept.items()} if isinstance(kept, dict) else kept


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def list_accounts(offer: Offer) -> str:
    """ "Name (id); Name (id)", for a sentence."""
    return "; ".join(f"{account.name} ({account.external_id})" for account in offer.accounts)


def usual_slots(platform: str) -> dict[int, list[int]]:
    """The posting times a new channel of this platform begins with: {weekday: [minutes after midnight]}."""
    weekly: dict[int, list[int]] = {}
    for slot in connector_class(platform).capabilities.usual_slots:
        *named, clock = slot.split()
        hours, minutes = clock.split(":")
        for weekday in [WEEKDAYS_SHORT.index(named[0])] if named else range(7):
            weekly.setdefault(weekday, []).append(int(hours) * 60 + int(minutes))
    return weekly


def keep_proof(session: Session, channel_id: int, option: str, findings: Sequence[Finding], *, now: datetime) -> bool:
    """Note that an option was proved on a channel; whether it was. The caller commits.

    Only when everything was well. A try that found the opposite also ends what an earlier one had proved.
    """
    channel = session.exec(select(Channel).where(Channel.id == channel_id).with_for_update()).one()
    proved = bool(findings) and all(finding.ok for finding in findings)
    others = {name: proof for name, proof in channel.proofs.items() if name != option}
    proof = {"at": now.isoformat(), "found": [f"{finding.what}: {finding.words}" for finding in findings]}
    channel.proofs = {**others, option: proof} if proved else others
    session.add(channel)
    return proved
