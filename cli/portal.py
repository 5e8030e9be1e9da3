"""`cchc portal …`: what a portal's feed or page would give; nothing is published from here by itself."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli import suggestions
from cli.console import say, table
from cli.errors import UserError
from content.vietnamese import MISSING, day, local_day, moment
from portal.article import read_article
from portal.errors import PortalError
from portal.feed import LARGEST, read_feed
from portal.fetch import Fetched, fetch
from portal.guard import Guard
from portal.values import Item, Reading
from scheduler.clock import SystemClock

app = typer.Typer(no_args_is_help=True)


@app.command("read", help="Đọc thử một nguồn tin hoặc một trang và xem sẽ nhận được gì; không lưu gì.")
def read(
    source: Annotated[str, typer.Argument(metavar="ĐỊA_CHỈ|TỆP", help="Địa chỉ http(s)://…, hoặc tệp đã tải về.")],
    page: Annotated[bool, typer.Option("--page", help="Đọc như trang của một bài viết, không phải nguồn tin.")] = False,
    address: Annotated[str, typer.Option(help="Địa chỉ mà tệp được tải về từ đó.")] = "",
    content_type: Annotated[str, typer.Option(help="Content-Type mà máy chủ đã trả về cùng tệp.")] = "",
    fetched_at: Annotated[str, typer.Option(help="Lúc tải về, như 2026-11-22T08:00:00+07:00; bỏ trống: bây giờ.")] = "",
    allow: Annotated[
        str, typer.Option(help="Máy, máy:cổng hoặc dải địa chỉ trong mạng nội bộ được phép đọc, cách nhau dấu phẩy.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="In ra JSON.")] = False,
) -> None:
    """Show what a feed or a page would give; store nothing."""
    at = _moment(fetched_at)
    reader = read_article if page else read_feed
    try:
        found = _get(source, allow) if "://" in source else _open(source, address)
        kind = content_type or found.content_type
        reading = reader(found.data, address=address or found.address, fetched_at=at, content_type=kind)
    except PortalError as error:
        reading = Reading(error=error.code, words=error.words)
    _tell(reading, as_json)


def _open(file: str, address: str) -> Fetched:
    with Path(file).open("rb") as opened:
        return Fetched(address, opened.read(LARGEST + 1))


def _get(address: str, allow: str) -> Fetched:
    settings = settings_module.load()
    proxy = settings.proxy
    try:
        guard = Guard.of(f"{settings.portal_allow} {allow}", by_proxy=bool(proxy))
    except ValueError as error:
        raise UserError(f"--allow: {error}.") from None
    return fetch(address, guard=guard, proxy=proxy)


def _moment(told: str) -> datetime:
    if not told:
        return SystemClock().now()
    try:
        at: datetime | None = datetime.fromisoformat(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UserError("--fetched-at cần có dạng 2026-11-22T08:00:00+07:00, kể cả múi giờ.")
    return at


def _tell(reading: Reading, as_json: bool) -> None:
    """The reading on the screen. In JSON the error stands in the answer; otherwise it ends the command."""
    if as_json:
        say(json.dumps(reading.as_dict(), ensure_ascii=False, indent=2))
        return
    if not reading.ok:
        raise UserError(reading.words)
    rows = [
        (place, _when(item), item.title or MISSING, item.link or MISSING) for place, item in enumerate(reading.items, 1)
    ]
    table(reading.title or "Cổng không nêu tên", ("Bài", "Đăng lúc", "Tiêu đề", "Đường dẫn"), rows)
    for warning in reading.warnings:
        say(warning)


def _when(item: Item) -> str:
    return day(local_day(item.published)) if item.published and item.date_only else moment(item.published)


suggestions.register(app)
