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
from connectors.errors import ConnectorError, Unsupported
from content.vietnamese import moment
from scheduler.channels import (
    CONNECTED,
    OFF,
    find_channel,
)
from scheduler.checkup import blocks
from scheduler.consents import keep_proof
from scheduler.db import reading, writing
from scheduler.tables import Channel

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
    now = service.clock.now()
    looked = [service.look_at(channel) for channel in channels]
    if as_json:
        say(json.dumps(_facts(looked, now), ensure_ascii=False))
    else:
        for channel, findings in looked:
            show(channel, findings, now)
    blocked = [channel.key for channel, findings in looked if blocks(findings)]
    if blocked:
        raise UserError(
            f"Kênh chưa dùng được: {', '.join(blocked)}; hãy làm theo các bước đã nêu rồi chạy cchc channels check."
        )


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
