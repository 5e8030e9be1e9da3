"""The commands that stand alone: init, demo, run, tick, collect, summary, status, doctor."""

import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from sqlalchemy import func
from sqlmodel import col, select

import scheduler
from cli import database
from cli import settings as settings_module
from cli.console import say, table
from cli.demo import demo
from cli.errors import UserError
from cli.library import load_everything
from cli.logs import set_up_logs
from cli.settings import ROOT, CommonSettings
from cli.when import parse_moment
from cli.wiring import build, summaries
from connectors import CONNECTORS
from content.vietnamese import moment
from reports.weekly import make_weekly, week_before
from scheduler.channels import CHANNEL_WORDS
from scheduler.clock import FrozenClock
from scheduler.db import open_engine, reading
from scheduler.jobs import mark_installed
from scheduler.lifecycle import WORDS, State
from scheduler.service import Service
from scheduler.tables import Channel, Heartbeat, JobRun, Publication
from scheduler.ticker import Ticker
from web.app import create_app
from web.server import WebServer

ALIVE = timedelta(minutes=2)
"""A clock that left no sign of life for this long is taken for stopped."""


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (init, demo, run, tick, collect, summary, status, doctor):
        app.command()(command)


def init() -> None:
    """Make or upgrade the data folder: database, key, plan and library. Repeating it is safe."""
    settings = settings_module.load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    database.upgrade(engine)
    service = build(settings, engine=engine)
    mark_installed(engine, now=service.clock.now())
    say(load_everything(service, settings))
    say(f"Thư mục dữ liệu: {settings.data_dir.absolute()}. Tiếp theo: cchc channels add, rồi cchc run.")


def run() -> None:
    """The long-running service: publishes, collects, sums up; ends cleanly on SIGTERM or Ctrl-C."""
    settings = settings_module.load()
    set_up_logs(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    lock = FileLock(settings.data_dir / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"Đã có một “cchc run” khác đang dùng thư mục dữ liệu {settings.data_dir}; hãy dừng tiến trình đó trước."
        ) from None
    with lock:
        service = build(settings)
        if settings.embedded:
            service.recover()
        ticker = Ticker(service, tick_seconds=settings.tick_seconds)
        with _web(settings, service):
            ticker.start()
            say("Đang chạy. Dừng bằng Ctrl-C.")
            stop.wait()
            say("Đang dừng: chờ các bài đang đăng dở…")
            ticker.stop()
    say("Đã dừng.")


class _NoWeb:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _web(settings: CommonSettings, service: Service) -> WebServer | _NoWeb:
    if not settings.web_port:
        return _NoWeb()
    return WebServer(create_app(service.store.folder, lambda: _alive(service)), settings.web_host, settings.web_port)


def _alive(service: Service) -> bool:
    with reading(service.engine) as session:
        last = session.exec(select(func.max(Heartbeat.at))).first()
    return last is not None and last > service.clock.now() - ALIVE


def tick(
    now: Annotated[str, typer.Option("--now", help="Act as if it were this time, such as “31/12/2026 07:30”.")] = "",
) -> None:
    """One turn by hand: everything that is due, then the calendar jobs whose hour has come."""
    settings = settings_module.load()
    service = build(settings, clock=FrozenClock(parse_moment(now, "--now")) if now else None)
    jobs = service.run_jobs()
    claimed = service.settle()
    service.close()
    say(f"Đã xử lý {claimed} lượt; việc theo lịch đã chạy: {', '.join(jobs) or 'không có'}.")


def collect() -> None:
    """Read every channel's figures now."""
    collected = build(settings_module.load()).collect()
    say(f"Đã thu {collected.readings} số liệu.")
    if collected.failed:
        raise UserError("; ".join(f"{key}: {words}" for key, words in collected.failed.items()))


def summary(
    week: Annotated[str, typer.Option("--week", help="Such as 2026-W48; empty: the last whole week.")] = "",
) -> None:
    """Make a week's engagement summary: stored figures, HTML, text, JSON and a chart."""
    settings = settings_module.load()
    service = build(settings)
    now = service.clock.now()
    wanted = week or week_before(now, settings.week_start).period
    made = make_weekly(service.engine, wanted, now, summaries(settings), first_weekday=settings.week_start)
    say(made.summary.label)
    for sentence in made.summary.sentences:
        say(sentence)
    for path in made.files.values():
        say(str(path))


def status() -> None:
    """Whether the service is alive, how the channels stand, and what needs a person."""
    settings = settings_module.load()
    service = build(settings)
    with reading(service.engine) as session:
        last = session.exec(select(func.max(Heartbeat.at))).first()
        channels = session.exec(select(Channel).order_by(Channel.key)).all()
        counts = session.exec(
            select(Publication.state, func.count()).group_by(col(Publication.state)).order_by(col(Publication.state))
        ).all()
        jobs = session.exec(select(JobRun).order_by(col(JobRun.id).desc()).limit(8)).all()
    alive = "đang chạy" if _alive(service) else "KHÔNG chạy"
    say(f"Dịch vụ {alive}; nhịp gần nhất: {moment(last)}.")
    table("Kênh", ("Kênh", "Trạng thái", "Ghi chú"), [(c.key, CHANNEL_WORDS[c.state], c.state_words) for c in channels])
    table("Hàng chờ", ("Trạng thái", "Số mục"), [(WORDS[State(state)], count) for state, count in counts])
    table("Việc theo lịch gần đây", ("Việc", "Giờ", "Kết quả"), [(j.job, moment(j.slot), j.words) for j in jobs])


def doctor() -> None:
    """Look for what would go wrong: settings, database, key, disk, addresses, clock. Exit code 1 when something is."""
    settings = settings_module.load()
    findings = _findings(settings)
    for words in findings:
        say(f"✗ {words}")
    if findings:
        raise UserError(f"Có {len(findings)} điều cần sửa.")
    say("Không thấy vấn đề nào.")


def _findings(settings: CommonSettings) -> list[str]:
    found = []
    if not Path(scheduler.__file__ or "").is_relative_to(ROOT):
        found.append("Gói “scheduler” được nạp từ nơi khác; hãy cài chương trình trong môi trường riêng.")
    try:
        database.check(open_engine(settings.database))
    except UserError as error:
        found.append(str(error))
    key = settings.data_dir / "cchc.key"
    if key.exists() and sys.platform != "win32" and key.stat().st_mode & 0o077:
        found.append(f"Tệp khóa {key} đang cho người khác đọc; hãy chạy: chmod 600 {key}.")
    if settings.data_dir.exists():
        space = os.statvfs(settings.data_dir)
        if space.f_bavail * space.f_frsize < 500_000_000:
            found.append("Ổ đĩa của thư mục dữ liệu còn dưới 500 MB; hãy dọn bớt.")
    return found + [words for name in CONNECTORS for words in _plain_addresses(settings, name)]


def _plain_addresses(settings: CommonSettings, platform: str) -> list[str]:
    """Addresses without TLS that are not this machine: a token would travel in clear."""
    return [
        f"CCHC_{platform.upper()}__{name.upper()} là địa chỉ http không mã hóa; hãy dùng https."
        for name, value in settings.platform(platform).model_dump().items()
        if isinstance(value, str)
        and value.startswith("http://")
        and not value.startswith(("http://127.", "http://localhost", "http://[::1]"))
    ]
