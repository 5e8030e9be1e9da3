"""`cchc doctor`: what is wrong or will be, before it keeps a post from going out. It only looks.

Each line is well (✓), to be known (!) or to be mended (✗); one to be mended ends the command with exit code 1. Without
`--channels` nobody outside is asked; with it the platforms are, as `cchc channels check` does.
"""

import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from sqlalchemy import Engine, Row, func, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlmodel import col, select

import scheduler
from cli import revisions
from cli import settings as settings_module
from cli.backup import told_lost
from cli.console import say
from cli.errors import UserError
from cli.notices import untold
from cli.settings import ROOT, CommonSettings
from cli.watching import key_file
from cli.wiring import build, open_database
from cli.worker import unready
from connectors import CONNECTORS
from connectors.redaction import redact
from content.clips.encoder import find_ffmpeg
from content.errors import ContentError
from content.vietnamese import moment, number
from records import append_only, guards
from scheduler.access import renews
from scheduler.channels import CHANNEL_WORDS, CONNECTED, OFF
from scheduler.checkup import blocks
from scheduler.clock import SystemClock
from scheduler.db import looking, reading
from scheduler.jobs import INSTALLED
from scheduler.signs import ALIVE, Who
from scheduler.tables import Channel, Credential, Heartbeat, JobRun, Publication
from scheduler.vault import Vault, VaultError

ROOM, COMFORT = 500_000_000, 2_000_000_000
"""Free bytes below which the disk is to be mended, or to be known."""
SKEW, GREAT_SKEW = timedelta(seconds=5), timedelta(seconds=60)
"""By so much this machine's clock may differ from the database server's; a platform's answer tells whole seconds."""
ENDS_SOON, BACKED_UP = timedelta(days=7), timedelta(days=2)
PROXY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. `bad`: to be mended; else `warn`: to be known; neither: well."""

    what: str
    words: str
    bad: bool = False
    warn: bool = False


def doctor(
    channels: Annotated[
        bool, typer.Option("--channels", help="Hỏi cả các nền tảng: quyền của kênh, giờ của họ.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Chỉ in một dòng JSON.")] = False,
) -> None:
    """Look for what would go wrong. Exit code 1 when something has to be mended."""
    settings = settings_module.load()
    found: list[Found] = []
    for one in _look(settings, ask=channels):
        found.append(one)
        if not as_json:
            say(f"{'✗' if one.bad else '!' if one.warn else '✓'} {one.what}: {one.words}")
    bad, warned = [one for one in found if one.bad], [one for one in found if one.warn and not one.bad]
    if as_json:
        say(json.dumps({"ok": not bad, "found": [asdict(one) for one in found]}, ensure_ascii=False))
    if bad:
        raise UserError(f"Có {len(bad)} điều cần sửa.")
    if not as_json:
        say(f"Không thấy vấn đề nào cần sửa; có {len(warned)} điều nên biết." if warned else "Không thấy vấn đề nào.")


def _look(settings: CommonSettings, *, ask: bool) -> Iterator[Found]:
    yield from _program()
    yield from _safely("Đĩa", _disk, settings)
    yield from _safely("Phông chữ", _font)
    yield from _safely("ffmpeg", _ffmpeg, settings)
    yield from _safely("Quyền của tệp", _secrets_apart, settings)
    yield from _safely("Cấu hình", _settings, settings)
    yield from _safely("Proxy", _proxy, settings)
    try:
        engine = open_database(settings)
    except (UserError, SQLAlchemyError) as error:
        yield Found("Cơ sở dữ liệu", _words_of(error), bad=True)
        return
    now = SystemClock().now()
    # first of all, because whatever is asked of a damaged file may break off
    yield from _safely("Toàn vẹn", _integrity, engine)
    yield from _safely("Cơ sở dữ liệu", _revision, engine)
    yield from _safely("Hồ sơ", _guards, engine)
    yield from _safely("Quyền của kênh", _access, settings, engine)
    yield from _safely("Tiến trình nhận việc", _workers, settings)
    yield from _safely("Tệp", _files, engine, settings)
    yield from _safely("Đồng hồ", _server_clock, engine)
    yield from _safely("Dịch vụ", _service, engine, now)
    yield from _safely("Sao lưu", _backup, engine, now)
    yield from _safely("Kênh", _channels, engine, now)
    if ask:
        yield from _safely("Nền tảng", _platforms, settings, engine)


def _safely(what: str, look: Callable[..., Iterator[Found]], *given: object) -> Iterator[Found]:
    """What was found there; where the look itself breaks off, that is one thing to be mended, and the others go on."""
    try:
        yield from look(*given)
    except Exception as error:
        yield Found(what, _words_of(error), bad=True)


def _words_of(error: Exception) -> str:
    if isinstance(error, UserError | VaultError | ContentError):
        return str(error)
    told = " ".join(redact(str(getattr(error, "orig", error))).split())[:200]
    return f"không xem được ({type(error).__name__}: {told}); hãy sửa chỗ này hoặc báo người phụ trách kỹ thuật."


# This machine ----------------------------------------------------------------------------------------------


def _program() -> Iterator[Found]:
    if not Path(scheduler.__file__ or "").is_relative_to(ROOT):
        words = "gói “scheduler” được nạp từ nơi khác; hãy cài chương trình trong môi trường riêng."
        yield Found("Chương trình", words, bad=True)


def _disk(settings: CommonSettings) -> Iterator[Found]:
    if settings.data_dir.exists():
        free = shutil.disk_usage(settings.data_dir).free
        words = f"ổ đĩa của thư mục dữ liệu còn {number(free / 1_000_000_000)} GB"
        way = "." if free >= COMFORT else "; hãy dọn bớt." if free < ROOM else "; nên dọn bớt trước khi đầy."
        yield Found("Đĩa", words + way, bad=free < ROOM, warn=free < COMFORT)


def _font() -> Iterator[Found]:
    try:
        there = files("fontpkg_be_vietnam_pro").joinpath("files", "BeVietnamPro-Regular.ttf").is_file()
    except ModuleNotFoundError:
        there = False
    words = "có phông Be Vietnam Pro." if there else "thiếu phông Be Vietnam Pro; hãy cài lại chương trình."
    yield Found("Phông chữ", words, bad=not there)


def _ffmpeg(settings: CommonSettings) -> Iterator[Found]:
    try:
        yield Found("ffmpeg", f"dùng {find_ffmpeg(settings.ffmpeg)}.")
    except ContentError as error:
        yield Found("ffmpeg", f"{error} Chỉ cần khi dựng video.", bad=bool(settings.ffmpeg), warn=True)


def _settings(settings: CommonSettings) -> Iterator[Found]:
    yield from (Found("Cấu hình", words, bad=True) for words in (*untold(settings), *_plain_addresses(settings)))


def _secrets_apart(settings: CommonSettings) -> Iterator[Found]:
    """Who may read the key, the settings and the data folder."""
    if sys.platform == "win32":
        return
    for what, file, mode in (
        ("Tệp khóa", key_file(settings), "600"), ("Tệp cấu hình", Path(".env"), "600"),
    ):  # fmt: skip
        if file.exists() and file.stat().st_mode & 0o077:
            yield Found(what, f"{file} đang cho người khác đọc; hãy chạy: chmod {mode} {file}", bad=True)
        elif file.exists():
            yield Found(what, f"chỉ người chạy chương trình đọc được {file}.")
    folder = settings.data_dir
    if folder.exists() and (others := folder.stat().st_mode & 0o077):
        words = f"{folder} đang cho người khác {'ghi' if others & 0o022 else 'vào'}; hãy chạy: chmod 700 {folder}"
        yield Found("Thư mục dữ liệu", words, bad=bool(others & 0o022), warn=True)


def _plain_addresses(settings: CommonSettings) -> list[str]:
    """Addresses without TLS that are not this machine: a token or a picture would travel in clear."""
    common = {name: getattr(settings, name) for name in type(settings).model_fields if name not in CONNECTORS}
    sections = {f"{name}__{inner}": value for name in CONNECTORS for inner, value in settings.platform(name)}
    return [
        f"CCHC_{name.upper()} là địa chỉ http không mã hóa; hãy dùng https."
        for name, value in {**common, **sections}.items()
        # an office's proxy is spoken to in clear, what goes through it is not; webhooks have a rule of their own
        if name not in ("proxy", "webhooks")
        and isinstance(value, str)
        and value.startswith("http://")
        and not value.startswith(("http://127.", "http://localhost", "http://[::1]"))
    ]


def _proxy(settings: CommonSettings) -> Iterator[Found]:
    """Whether the office's proxy lets itself be spoken to."""
    if not settings.proxy:
        return
    try:
        parts = urlsplit(settings.proxy)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError
    except ValueError:
        yield Found("Proxy", "địa chỉ proxy trong tệp .env phải có dạng http://máy:cổng.", bad=True)
        return
    try:
        with socket.create_connection((host, port), PROXY_SECONDS):
            yield Found("Proxy", f"nối được tới {host}:{port}.")
    except OSError:
        words = f"không nối được tới {host}:{port}; hãy kiểm tra địa chỉ proxy trong tệp .env và đường mạng."
        yield Found("Proxy", words, warn=True)


# The database ----------------------------------------------------------------------------------------------


def _revision(engine: Engine) -> Iterator[Found]:
    yield Found("Cơ sở dữ liệu", f"mở được, đúng phiên bản {revisions.revision(engine)}.")


def _access(settings: CommonSettings, engine: Engine) -> Iterator[Found]:
    """Kept tokens that the key at hand does not open."""
    file = key_file(settings)
    with reading(engine) as session:
        kept = session.exec(select(Credential.channel_id, Credential.secret)).all()
    if kept and not file.exists():
        words = f"Thiếu tệp khóa {file}; hãy khôi phục tệp này từ bản sao lưu trước khi chạy lệnh nào khác."
        yield Found("Cơ sở dữ liệu", words, bad=True)
    elif kept:
        vault = Vault.at(file)
        for channel_id, secret in kept:
            vault.open(channel_id, secret)


def _workers(settings: CommonSettings) -> Iterator[Found]:
    yield from (Found("Cơ sở dữ liệu", words, bad=True) for words in unready(settings))


def _files(engine: Engine, settings: CommonSettings) -> Iterator[Found]:
    yield from (Found("Cơ sở dữ liệu", words, bad=True) for words in told_lost(engine, settings.data_dir))


def _guards(engine: Engine) -> Iterator[Found]:
    """Whether the database still refuses to delete records and to change the audit log."""
    with looking(engine) as connection:
        tables = guards.missing(connection)
        if append_only.missing(connection):
            tables.append(append_only.TABLE)
    if tables:
        words = f"không còn được chặn xóa, sửa ở bảng {', '.join(tables)}; hãy hỏi ai đã bỏ phần chặn, chạy "
        yield Found("Hồ sơ", f"{words}cchc audit verify, rồi chạy cchc init để lập lại phần chặn.", bad=True)
    else:
        yield Found("Hồ sơ", "cơ sở dữ liệu chặn xóa hồ sơ và sửa nhật ký kiểm toán.")


def _integrity(engine: Engine) -> Iterator[Found]:
    """SQLite looks through its file; PostgreSQL keeps its own checks, and its foreign keys hold at every change."""
    if engine.dialect.name != "sqlite":
        return
    orphans: Sequence[Row[Any]] = []
    try:
        with looking(engine) as connection:
            told = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(5)")]
            if told == ["ok"]:
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    except DatabaseError as error:  # so damaged that the check itself breaks off
        told = [str(error.orig)]
    if told != ["ok"]:
        words = f"tệp cơ sở dữ liệu bị hỏng ({told[0][:100]}); hãy dừng dịch vụ và khôi phục bản sao lưu."
        yield Found("Toàn vẹn", words, bad=True)
    elif orphans:
        names = ", ".join(sorted({str(row[0]) for row in orphans}))
        yield Found("Toàn vẹn", f"có dòng trỏ tới dòng không còn ở bảng {names}; hãy khôi phục bản sao lưu.", bad=True)
    else:
        yield Found("Toàn vẹn", "tệp cơ sở dữ liệu và các khóa ngoại đều đúng.")


def _server_clock(engine: Engine) -> Iterator[Found]:
    """Two machines that disagree about the time publish early or late."""
    if engine.dialect.name == "sqlite":
        return
    clock = SystemClock()
    with looking(engine) as connection:
        connection.execute(text("SELECT 1"))
        before = clock.now()
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = clock.now()
    yield _skew("máy chủ cơ sở dữ liệu", theirs - before - (after - before) / 2)


def _skew(whose: str, by: timedelta) -> Found:
    seconds = number(abs(by.total_seconds()), 0)
    if abs(by) <= SKEW:
        return Found("Đồng hồ", f"khớp với {whose}.")
    side = "chậm" if by > timedelta(0) else "nhanh"
    words = f"máy này {side} {seconds} giây so với {whose}; hãy bật đồng bộ giờ (NTP) trên cả hai máy."
    return Found("Đồng hồ", words, bad=abs(by) > GREAT_SKEW, warn=True)


def _service(engine: Engine, now: datetime) -> Iterator[Found]:
    with reading(engine) as session:
        last = session.exec(select(func.max(Heartbeat.at)).where(Heartbeat.kind == Who.CLOCK)).first()
    if last is None:
        yield Found("Dịch vụ", "chưa chạy lần nào; khi xong việc cài đặt hãy chạy: cchc run.", warn=True)
    elif now - last > ALIVE:
        yield Found("Dịch vụ", f"không chạy; nhịp gần nhất {moment(last)}.", warn=True)
    else:
        yield Found("Dịch vụ", "đang chạy.")


def _backup(engine: Engine, now: datetime) -> Iterator[Found]:
    with reading(engine) as session:
        done = select(func.max(JobRun.finished_at)).where(JobRun.job == "backup", JobRun.outcome == "ok")
        last = session.exec(done).first()
        since = session.exec(select(JobRun.slot).where(JobRun.job == INSTALLED)).first()
    if last is not None:
        old = now - last > BACKED_UP
        words = f"lần gần nhất {moment(last)}" + ("; hãy xem vì sao cchc run không sao lưu." if old else ".")
        yield Found("Sao lưu", words, bad=old)
    elif since is not None and now - since > BACKED_UP:
        yield Found("Sao lưu", "chưa có bản nào; hãy chạy cchc run liên tục, việc sao lưu làm lúc 02:00.", bad=True)


# Channels --------------------------------------------------------------------------------------------------


def _channels(engine: Engine, now: datetime) -> Iterator[Found]:
    """What our own tables know of each channel; nobody is asked."""
    last = select(func.max(Publication.published_at)).where(col(Publication.channel_id) == col(Channel.id))
    with reading(engine) as session:
        rows = session.exec(
            select(Channel, Credential.expires_at, last.scalar_subquery())
            .outerjoin(Credential, col(Credential.channel_id) == col(Channel.id))
            .where(Channel.state != OFF)
            .order_by(Channel.key)
        ).all()
    for channel, ends, published in rows:
        words = [f"{CHANNEL_WORDS[channel.state]}.", channel.state_words]
        words.append(f"Lần đăng gần nhất {moment(published)}." if published else "Chưa đăng bài nào.")
        soon = False
        if ends is not None and not renews(channel.platform):
            soon = ends - now < ENDS_SOON
            words.append(f"Quyền còn {max(0, (ends - now).days)} ngày.")
        told = " ".join(one for one in words if one)
        yield Found(f"Kênh {channel.key}", told, bad=channel.state != CONNECTED, warn=soon)


def _platforms(settings: CommonSettings, engine: Engine) -> Iterator[Found]:
    """Ask each platform how the access stands, and read what time it has."""
    service = build(settings, engine=engine)
    with reading(engine) as session:
        channels = session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)).all()
    for channel in channels:
        off: list[timedelta] = []
        service.access.platforms.session(channel.id or 0).hooks["response"] = [_dated(off, service.clock.now)]
        _, findings = service.look_at(channel)
        for one in findings:
            if not one.ok:
                told = f"{one.what}: {one.words} {one.step}".strip()
                yield Found(f"Kênh {channel.key}", told, bad=one.blocks, warn=True)
        if not blocks(findings):
            yield Found(f"Kênh {channel.key}", "nền tảng trả lời, quyền dùng được.")
        if off:
            by = min(off, key=abs)  # the least of them is the one that was least on its way
            yield _skew(f"nền tảng của kênh {channel.key}", by if abs(by) > timedelta(seconds=2) else timedelta(0))


def _dated(off: list[timedelta], now: Callable[[], datetime]) -> Callable[..., Any]:
    def hear(answer: Any, **_options: Any) -> None:
        with suppress(TypeError, ValueError):
            told = parsedate_to_datetime(answer.headers.get("Date", ""))
            if told.tzinfo is not None:
                off.append(told - now())

    return hear
