"""`cchc audit` alone: what an auditor runs. Our records of a period held against what the channels show."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from sqlmodel import select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day
from cli.wiring import build
from connectors.base import Listed
from connectors.errors import ConnectorError, Unsupported
from content.vietnamese import day, local_day, moment
from reports.periods import midnight
from scheduler.audit import Audit, Ours, audit_channel
from scheduler.channels import OFF, find_channel
from scheduler.db import reading
from scheduler.retry import LATE
from scheduler.service import Service
from scheduler.tables import Channel
from scheduler.vault import VaultError

app = typer.Typer()
DAYS = 30
"""How far back an audit goes when no first day is given."""

Results = dict[str, Audit | str]
"""Channel key -> what was found, or why the channel could not be asked."""


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    first: Annotated[
        str, typer.Option("--from", help="Ngày đầu, như 01/11/2026; bỏ trống: 30 ngày đến ngày cuối.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, kể cả ngày đó; bỏ trống: hôm nay.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Chỉ một kênh; bỏ trống: mọi kênh chưa tắt.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Chỉ in một dòng JSON.")] = False,
) -> None:
    """Compare our records with the channels; exit code 1 when something is lost, doubled, or could not be asked."""
    if context.invoked_subcommand:
        return
    service = build(settings_module.load())
    days = _period(first, last, local_day(service.clock.now()))
    results = {one.key: _audit(service, one, days) for one in _channels(service, channel)}
    if as_json:
        say(json.dumps(_facts(results, days), ensure_ascii=False))
    else:
        _print(results, days)
    _complain_of(results)


def _period(first: str, last: str, today: date) -> tuple[date, date]:
    """The first and the last day. Raises `UserError` for a period that ends before it begins or has not begun."""
    ends_on = parse_day(last, "--to") if last else today
    starts_on = parse_day(first, "--from") if first else ends_on - timedelta(days=DAYS - 1)
    if starts_on > ends_on:
        raise UserError(f"--from: ngày đầu {day(starts_on)} sau ngày cuối {day(ends_on)}; hãy đổi lại.")
    if starts_on > today:
        raise UserError(f"--from: ngày {day(starts_on)} chưa đến; hãy chọn khoảng thời gian đã qua.")
    return starts_on, ends_on


def _channels(service: Service, key: str) -> list[Channel]:
    with reading(service.engine) as session:
        if key:
            return [find_channel(session, key)]
        return list(session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)).all())


def _audit(service: Service, channel: Channel, days: tuple[date, date]) -> Audit | str:
    since, until = midnight(days[0]), midnight(days[1] + timedelta(days=1))
    try:
        return audit_channel(service.engine, service.access, channel, since=since, until=until, now=service.clock.now())
    except (ConnectorError, Unsupported, VaultError) as error:
        return str(error)


def _complain_of(results: Results) -> None:
    """Raises `UserError` with the sum of what is wrong, which is exit code 1."""
    audits = [one for one in results.values() if isinstance(one, Audit)]
    counts = {
        "bài mất": sum(len(one.lost) for one in audits),
        "nhóm bài trùng": sum(len(one.doubled) for one in audits),
        "bài đã gỡ mà vẫn hiển thị": sum(len(one.still_public) for one in audits),
        "kênh không hỏi được": len(results) - len(audits),
    }
    wrong = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    if wrong:
        raise UserError(f"Đối chiếu có sai lệch: {wrong}.")


# For people ----------------------------------------------------------------------------------------------


def _print(results: Results, days: tuple[date, date]) -> None:
    columns = ("Kênh", "Ghi nhận", "Thấy", "Mất", "Trùng", "Ngoài", "Gỡ", "Trễ")
    table(
        f"Đối chiếu từ ngày {day(days[0])} đến ngày {day(days[1])}",
        columns,
        [(key, *_counts(found)) for key, found in results.items()],
        whole=("Kênh",),
    )
    for key, found in results.items():
        if isinstance(found, str):
            say(f"\n{key}: chưa đối chiếu được. {found}")
            continue
        for title, lines in _lists(found):
            if lines:
                say(f"\n{key}: {title}")
            for line in lines:
                say(f"  - {line}")
    if all(isinstance(found, Audit) and found.ok for found in results.values()):
        say("Không thấy bài nào bị mất hoặc đăng trùng.")


def _counts(found: Audit | str) -> tuple[object, ...]:
    if isinstance(found, str):
        return ("-",) * 7
    parts = (found.lost, found.doubled, found.foreign, found.withdrawn, found.late)
    return (found.recorded, found.seen, *(len(part) for part in parts))


def _lists(found: Audit) -> Iterator[tuple[str, list[str]]]:
    minutes = int(LATE.total_seconds() // 60)
    yield "MẤT, hệ thống ghi đã đăng nhưng trên kênh không còn:", _records(found.lost)
    yield "TRÙNG, trên kênh có nhiều bài cùng lời:", [_group(group) for group in found.doubled]
    yield "ĐÃ GỠ MÀ VẪN HIỂN THỊ, hãy chạy lại cchc queue withdraw:", _records(found.still_public)
    yield "ngoài hệ thống, có trên kênh mà không có trong sổ:", [_listed(one) for one in found.foreign]
    yield "đã gỡ:", [_withdrawal(one) for one in found.withdrawn]
    yield f"đăng trễ hơn {minutes} phút:", [f"{_record(one)} (hẹn lúc {moment(one.due_at)})" for one in found.late]
    yield "không đối chiếu được, do người kết luận nên không có mã bài:", _records(found.unchecked)


def _records(ours: Iterable[Ours]) -> list[str]:
    return [_record(one) for one in ours]


def _record(one: Ours) -> str:
    return f"Mục {one.number}, {moment(one.published_at)}: “{one.title}” {one.permalink}".rstrip()


def _withdrawal(one: Ours) -> str:
    return f"{_record(one)} (gỡ lúc {moment(one.withdrawn_at)}: {one.withdrawn_words.rstrip('.')})"


def _listed(one: Listed) -> str:
    words = " ".join((one.title or one.text).split())
    short = words if len(words) <= 60 else f"{words[:60].rstrip()}…"
    made = " (do chính ứng dụng này đăng)" if one.own else ""
    return f"{moment(one.published_at)}: “{short}” {one.permalink or one.external_id}{made}"


def _group(group: Iterable[Listed]) -> str:
    return "; ".join(_listed(one) for one in group)


# For machines --------------------------------------------------------------------------------------------


def _facts(results: Results, days: tuple[date, date]) -> dict[str, Any]:
    """One JSON object; times are aware UTC in ISO form."""
    channels = {
        key: {"error": found} if isinstance(found, str) else _audit_facts(found) for key, found in results.items()
    }
    ok = all(isinstance(found, Audit) and found.ok for found in results.values())
    return {"from": days[0].isoformat(), "to": days[1].isoformat(), "ok": ok, "channels": channels}


def _audit_facts(found: Audit) -> dict[str, Any]:
    ours = {name: getattr(found, name) for name in ("lost", "still_public", "withdrawn", "late", "unchecked")}
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "recorded": found.recorded,
        "seen": found.seen,
        **{name: [_record_facts(one) for one in part] for name, part in ours.items()},
        "doubled": [[_listed_facts(one) for one in group] for group in found.doubled],
        "foreign": [_listed_facts(one) for one in found.foreign],
    }


def _record_facts(one: Ours) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "external_id": one.external_id,
        "permalink": one.permalink,
        "due_at": one.due_at.isoformat(),
        "published_at": one.published_at.isoformat(),
        "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
        "withdrawn_words": one.withdrawn_words,
    }


def _listed_facts(one: Listed) -> dict[str, Any]:
    at = one.published_at.isoformat() if one.published_at else None
    return {
        "external_id": one.external_id,
        "permalink": one.permalink,
        "published_at": at,
        "title": one.title,
        "text": one.text,
        "own": one.own,
    }
