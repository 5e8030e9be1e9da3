"""Asking the platforms how each channel's access stands, before the hour: what works, what ends, what is missing.

The same look serves `cchc channels check` and the daily job; it opens a channel that works again and stops
one that a person has to mend, so that nobody learns of it from a post that did not go out.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine, bindparam
from sqlmodel import select

from connectors import connector_class
from connectors.base import Finding
from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect
from content.vietnamese import moment, number
from scheduler.access import Access
from scheduler.channels import (
    BLOCKED,
    CHANNEL_WORDS,
    CONNECTED,
    MISCONFIGURED,
    OFF,
    RECONNECT,
    open_channel,
    stop_channel,
)
from scheduler.db import reading, writing
from scheduler.tables import Channel
from scheduler.vault import VaultError

MediaCheck = Callable[[datetime], list[Finding]]
"""Whether pictures can be put and fetched where platforms look for them, at a moment (aware)."""

log = structlog.get_logger("scheduler.checkup")

_ALL = select(Channel).where(Channel.state != OFF).order_by(Channel.key)
_THIS = select(Channel).where(Channel.id == bindparam("number")).with_for_update()


def look_at(
    engine: Engine, access: Access, channel: Channel, media: MediaCheck, *, now: datetime
) -> tuple[Channel, list[Finding]]:
    """How one channel stands. Opens it when the access works again, stops it when a person has to act.

    What is not well and stops nothing yet stands beside the channel, until it is well.
    """
    assert channel.id is not None
    findings, stop, answered = _ask(access, channel, now)
    if answered and connector_class(channel.platform).capabilities.needs_public_media:
        findings = [*findings, *media(now)]
    with writing(engine) as session:
        # as it is now: somebody may have switched it off while the platform was asked
        channel = session.exec(_THIS, params={"number": channel.id}).one()
        assert channel.id is not None
        if stop is not None:
            stop_channel(session, channel.id, *stop)
        elif answered and channel.state in (RECONNECT, MISCONFIGURED) and not blocks(findings):
            open_channel(session, channel.id)
        if answered and channel.state == CONNECTED and channel.not_before is None:
            channel.state_words = " ".join(f"{one.what}: {one.words}" for one in findings if not one.ok)
    if blocks(findings):
        return channel, findings
    return channel, [*findings, *_budgets(engine, access, channel, now), *_waiting(channel, now)]


def look_at_all(engine: Engine, access: Access, media: MediaCheck, *, now: datetime) -> str:
    """The daily look at every channel that is not off; a sentence for the job's row.

    One channel that cannot be asked does not keep the others from being looked at.
    """
    with reading(engine) as session:
        channels = session.exec(_ALL).all()
    told = []
    for channel in channels:
        try:
            _, findings = look_at(engine, access, channel, media, now=now)
        except Exception as error:
            log.exception("not_checked", channel=channel.key)
            told.append(f"{channel.key}: chưa kiểm tra được ({type(error).__name__}).")
            continue
        told += [f"{channel.key}: {one.what}: {one.words}" for one in findings if not one.ok]
    return " ".join([f"Kiểm tra {len(channels)} kênh.", *(told or ["Không có gì cần xử lý."])])


def _ask(
    access: Access, channel: Channel, now: datetime
) -> tuple[list[Finding], tuple[str, str, datetime | None] | None, bool]:
    """What the platform tells, how the channel is to be stopped if it is, and whether the access worked."""
    try:
        told = access.ask(channel, lambda connector: connector.health(now=now), now=now)
    except (ConnectorError, VaultError) as error:
        # a limit of calls says nothing about the access
        blocked = not isinstance(error, Limited)
        failed = Finding("Quyền truy cập", False, str(error), way_out(channel, error), blocks=blocked)
        match error:
            case Reconnect():
                return [failed], (RECONNECT, error.words, None), False
            case Misconfigured():
                return [failed], (MISCONFIGURED, error.words, None), False
            case Blocked():
                return [failed], (BLOCKED, error.words, error.until), False
        return [failed], None, False
    return told, None, True


def _budgets(engine: Engine, access: Access, channel: Channel, now: datetime) -> list[Finding]:
    """What is left of every limit that is counted on our side."""
    budgets = connector_class(channel.platform).budgets(access.platforms.settings[channel.platform])
    with reading(engine) as session:
        left = access.platforms.meter(session.connection(), channel, now=now).left
    found = []
    for budget in budgets:
        if budget.name in left:
            units, until = left[budget.name].units, left[budget.name].until
            more = "" if units >= budget.amount else f"; có thêm từ {moment(until)}"
            words = f"còn {number(units)}/{number(budget.amount)} {budget.words}{more}."
            found.append(Finding("Hạn mức", units > 0, words, "Không cần làm gì: hệ thống tự chờ có hạn mức mới."))
    return found


def _waiting(channel: Channel, now: datetime) -> list[Finding]:
    """What else keeps posts from this channel although its access may work."""
    if channel.state == OFF:
        return [Finding("Trạng thái", False, f"{CHANNEL_WORDS[OFF]}, không có bài nào được đăng lên kênh này.")]
    if channel.not_before is not None and channel.not_before > now:
        words = f"Kênh tạm dừng đến {moment(channel.not_before)}. {channel.state_words}".strip()
        return [Finding("Trạng thái", False, words, "Không cần làm gì: hệ thống tự đăng tiếp sau thời điểm đó.")]
    return []


def way_out(channel: Channel, error: Exception) -> str:
    """What a person does about an error of this channel."""
    again, connect = f"cchc channels check {channel.key}", f"cchc connect {channel.platform} --key {channel.key}"
    match error:
        case Reconnect() | VaultError():
            return f"Kết nối lại ở trang Kênh, hoặc bằng lệnh: {connect}"
        case Misconfigured():
            return (
                f"Sửa theo lời trên: các dòng CCHC_{channel.platform.upper()}__… trong tệp .env rồi chạy {again}, "
                f"hoặc cấp lại quyền ở trang Kênh ({connect})"
            )
        case Blocked() | Limited():
            return f"Chờ đến {moment(error.until)}, rồi chạy: {again}"
    return f"Kiểm tra đường truyền của máy này, rồi chạy lại: {again}"


def blocks(findings: Sequence[Finding]) -> bool:
    """Whether nothing can be published."""
    return any(finding.blocks and not finding.ok for finding in findings)
