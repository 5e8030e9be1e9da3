"""`cchc channels check` and `prove`: what works on a channel, what will end when, what to do about it."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlmodel import select

from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.wiring import build
from connectors import connector_class
from connectors.base import Finding
from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect, Unsupported
from content.vietnamese import moment, number
from scheduler.channels import (
    BLOCKED,
    CHANNEL_WORDS,
    CONNECTED,
    MISCONFIGURED,
    OFF,
    RECONNECT,
    find_channel,
    open_channel,
    stop_channel,
)
from scheduler.consents import keep_proof
from scheduler.db import reading, writing
from scheduler.service import Service
from scheduler.tables import Channel
from scheduler.vault import VaultError

YES = ("có", "co", "yes", "y")

Looked = list[tuple[Channel, list[Finding]]]
"""Each channel as it stands after it was looked at, and what was found."""


def check(
    key: Annotated[str, typer.Argument(help="Chỉ kênh này; bỏ trống: mọi kênh chưa tắt.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Chỉ in một dòng JSON.")] = False,
) -> None:
    """Ask the platforms how the access stands; opens a channel again when it works. Exit code 1 when one does not."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        wanted = select(Channel).where(Channel.state != OFF).order_by(Channel.key)
        channels = [find_channel(session, key)] if key else list(session.exec(wanted).all())
    if not channels:
        raise UserError("Chưa có kênh nào đang dùng; kết nối bằng lệnh: cchc connect.")
    looked = [look_at(service, channel) for channel in channels]
    if as_json:
        say(json.dumps(_facts(looked, service.clock.now()), ensure_ascii=False))
    else:
        for channel, findings in looked:
            show(channel, findings, service.clock.now())
    blocked = [channel.key for channel, findings in looked if blocks(findings)]
    if blocked:
        raise UserError(
            f"Kênh chưa dùng được: {', '.join(blocked)}; hãy làm theo các bước đã nêu rồi chạy cchc channels check."
        )


def look_at(service: Service, channel: Channel) -> tuple[Channel, list[Finding]]:
    """How one channel stands. Opens it when the access works again, stops it when a person has to act."""
    now = service.clock.now()
    assert channel.id is not None
    findings, stop = _ask(service, channel, now)
    with writing(service.engine) as session:
        if stop is not None:
            stop_channel(session, channel.id, *stop)
        elif channel.state in (RECONNECT, MISCONFIGURED) and not blocks(findings):
            open_channel(session, channel.id)
        channel = session.get_one(Channel, channel.id)
    if blocks(findings):
        return channel, findings
    return channel, [*findings, *_budgets(service, channel, now), *_waiting(channel, now)]


def _ask(
    service: Service, channel: Channel, now: datetime
) -> tuple[list[Finding], tuple[str, str, datetime | None] | None]:
    """What the platform tells, and how the channel is to be stopped, if it is."""
    try:
        told = service.access.ask(channel, lambda connector: connector.health(now=now), now=now)
    except (ConnectorError, VaultError) as error:
        failed = Finding("Quyền truy cập", False, str(error), way_out(channel, error), blocks=True)
        match error:
            case Reconnect():
                return [failed], (RECONNECT, error.words, None)
            case Misconfigured():
                return [failed], (MISCONFIGURED, error.words, None)
            case Blocked():
                return [failed], (BLOCKED, error.words, error.until)
        return [failed], None
    return told, None


def _budgets(service: Service, channel: Channel, now: datetime) -> list[Finding]:
    """What is left of every limit that is counted on our side."""
    budgets = connector_class(channel.platform).budgets(service.platforms.settings[channel.platform])
    with reading(service.engine) as session:
        left = service.platforms.meter(session, channel, now=now).left
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
            return f"Kết nối lại bằng lệnh: {connect}"
        case Misconfigured():
            return (
                f"Sửa theo lời trên: các dòng CCHC_{channel.platform.upper()}__… trong tệp .env rồi chạy {again}, "
                f"hoặc cấp lại quyền bằng lệnh {connect}"
            )
        case Blocked() | Limited():
            return f"Chờ đến {moment(error.until)}, rồi chạy: {again}"
    return f"Kiểm tra đường truyền của máy này, rồi chạy lại: {again}"


def blocks(findings: Sequence[Finding]) -> bool:
    """Whether nothing can be published."""
    return any(finding.blocks and not finding.ok for finding in findings)


def show(channel: Channel, findings: Sequence[Finding], now: datetime) -> None:
    """One channel as a list for people: how it stands, then each thing with its step."""
    label = connector_class(channel.platform).capabilities.label
    state = "CHƯA dùng được" if blocks(findings) else "dùng được"
    say(f"{channel.key}: {state}, kiểm tra lúc {moment(now)} ({label}, {channel.name})")
    _list(findings)


def _list(findings: Sequence[Finding]) -> None:
    for finding in findings:
        mark = "✓" if finding.ok else "✗" if finding.blocks else "!"
        say(f"  {mark} {finding.what}: {finding.words}")
        if finding.step and not finding.ok:
            say(f"    → {finding.step}")


def _facts(looked: Looked, now: datetime) -> Mapping[str, Any]:
    """One JSON object; times are aware UTC in ISO form."""
    names = ("what", "ok", "words", "step", "blocks")
    channels = [
        {
            "key": channel.key,
            "platform": channel.platform,
            "name": channel.name,
            "state": channel.state,
            "ok": not blocks(findings),
            "findings": [{name: getattr(finding, name) for name in names} for finding in findings],
        }
        for channel, findings in looked
    ]
    return {"checked_at": now.isoformat(), "ok": all(one["ok"] for one in channels), "channels": channels}


# Proofs ------------------------------------------------------------------------------------------------


def prove(
    key: Annotated[str, typer.Argument(help="Tên gọi của kênh.")],
    option: Annotated[str, typer.Argument(help="Lựa chọn cần kiểm chứng.")],
) -> None:
    """Try out an option on the channel itself, after a person agreed; keep the proof when all was well."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        channel = find_channel(session, key)
    now = service.clock.now()
    _refuse_to_prove(channel, option, now)
    say(
        f"Để kiểm chứng “{option}”, hệ thống đăng thử lên kênh “{key}” ({channel.name}) rồi gỡ xuống ngay. "
        "Trong lúc đó công chúng có thể nhìn thấy bài thử, và người theo dõi có thể nhận được thông báo."
    )
    if ask("Gõ “có” để đồng ý").casefold() not in YES:
        raise UserError("Chưa có gì được đăng thử vì chưa được đồng ý; khi cần hãy chạy lại lệnh và gõ “có”.")
    try:
        findings = service.access.ask(channel, lambda connector: connector.prove(option, now=now), now=now)
    except (ConnectorError, Unsupported) as error:
        raise UserError(
            f"Chưa kiểm chứng xong “{option}”: {str(error).rstrip('.')}. Hãy xem trên kênh có còn bài thử thì gỡ, "
            f"rồi chạy: cchc channels check {key}."
        ) from None
    with writing(service.engine) as session:
        proved = keep_proof(session, channel.id or 0, option, findings, now=now)
    _list(findings)
    if not proved:
        raise UserError(
            f"“{option}” không qua được kiểm chứng nên không dùng được trên kênh “{key}”; xem các dòng trên."
        )
    say(f"Đã kiểm chứng “{option}” trên kênh “{key}”.")


def _refuse_to_prove(channel: Channel, option: str, now: datetime) -> None:
    """Raises `UserError` for an option that needs no proof, and while nothing may be written to the channel."""
    limits = connector_class(channel.platform).capabilities
    if option not in limits.proven_options:
        known = ", ".join(sorted(limits.proven_options))
        which = f"{limits.label} có: {known}" if known else f"{limits.label} không có lựa chọn nào như vậy"
        raise UserError(f"“{option}” không phải lựa chọn cần kiểm chứng; {which}.")
    if channel.state != CONNECTED or (channel.not_before is not None and channel.not_before > now):
        raise UserError(
            f"Kênh “{channel.key}” đang dừng nên chưa thử được; hãy chạy cchc channels check {channel.key} "
            "và làm theo các bước được nêu."
        )


def ask(words: str) -> str:
    """A line that a person types; from a pipe it is simply read, "" at its end."""
    if sys.stdin.isatty():
        answer: str = typer.prompt(words, default="", show_default=False)
        return answer.strip()
    say(f"{words}:")
    return sys.stdin.readline().strip()
