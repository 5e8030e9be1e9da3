"""`cchc run`: the long-running service. It stands alone, so that it loads nothing that only other commands need."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from filelock import FileLock, Timeout

from cli.console import say
from cli.errors import UserError
from cli.lasting import begin, settle
from cli.settings import CommonSettings
from cli.web import serving
from cli.wiring import build, open_database
from scheduler import handover_tables
from scheduler.ticker import Ticker


def run(web: Annotated[bool, typer.Option("--web", help="Phục vụ luôn bàn làm việc cho cán bộ.")] = False) -> None:
    """The long-running service: publishes, collects, sums up; ends cleanly on SIGTERM or Ctrl-C."""
    settings, stop = begin()
    engine = open_database(settings)
    with alone(settings):
        service = build(settings, engine=engine)
        if settings.embedded:
            service.recover()
        if service.handover is not None:
            handover_tables.check(engine)
        ticker = Ticker(service, tick_seconds=settings.tick_seconds)
        service.beat()
        with serving(settings, service, desk=web, own_clock=True):
            settle()
            ticker.start()
            try:
                say("Đang chạy. Dừng bằng Ctrl-C.", now=True)
                stop.wait()
                say("Đang dừng: chờ các bài đang đăng dở…", now=True)
            finally:  # what the platforms have answered is written down, also when nobody hears us any more
                ticker.stop()
    say("Đã dừng.")


@contextmanager
def alone(settings: CommonSettings) -> Iterator[None]:
    """The only service over the data folder's own database file. A database on a server takes any number of clocks."""
    if not settings.embedded:
        yield
        return
    lock = FileLock(settings.data_dir / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"Đã có một “cchc run” khác đang dùng thư mục dữ liệu {settings.data_dir}; hãy dừng tiến trình đó trước."
        ) from None
    with lock:
        yield
