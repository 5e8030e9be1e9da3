"""`cchc worker`: carries out what the clocks hand over. Any number of these run, on any machine."""

import asyncio
import logging
import signal
from collections.abc import Callable
from functools import partial
from types import FrameType

from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.lasting import settle, share_one_heap
from cli.logfile import keep_logs
from cli.logs import set_up_logs
from cli.settings import CommonSettings
from cli.wiring import build, open_database
from content.vietnamese import moment
from scheduler import handover_tables
from scheduler.clock import SystemClock
from scheduler.db import reading
from scheduler.handover_tables import QueueTablesError
from scheduler.service import Service
from scheduler.signs import Who, alive

HELP = "Đăng những gì cchc run giao (CCHC_HANDS=workers): chạy bao nhiêu tiến trình, trên máy nào cũng được."

NOBODY = (
    "CCHC_HANDS=workers nhưng không có tiến trình cchc worker nào đang chạy nên bài đến giờ phải chờ; "
    "hãy chạy lệnh: cchc worker."
)
"""Nothing goes out, and nothing else would say why."""


def worker() -> None:
    """Work until SIGTERM or Ctrl-C; then what is in hand ends, and nothing new is taken."""
    share_one_heap()
    settings = settings_module.load()
    if settings.hands != "workers":
        raise UserError(
            "cchc worker chỉ chạy khi CCHC_HANDS=workers; hãy đặt như vậy cho cả cchc run, cchc worker và cchc web."
        )
    stop = _Stop()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    set_up_logs(settings.log_level)
    keep_logs(settings)
    # what these would say of a database that is away is said once, in our own words
    for name in ("procrastinate", "psycopg", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    service = build(settings)
    handover_tables.check(service.engine)
    service.kind = Who.WORKER
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # psycopg needs this loop on Windows
        runner.run(_work(service, settings, stop))
    service.close()
    say("Đã dừng.")


class _Stop:
    """What a signal does: remembered from the first moment on, and told to whoever works by then."""

    def __init__(self) -> None:
        self.asked = False
        self.tell: Callable[[], object] = lambda: None

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        self.tell()


def standing(service: Service) -> list[str]:
    """How the workers stand, in sentences for `cchc status`; nothing where the clock itself publishes."""
    if service.handover is None:
        return []
    with reading(service.engine) as session:
        workers = alive(session, Who.WORKER, now=service.clock.now())
        waiting = service.handover.waiting(session)
    if not workers:
        return [NOBODY]
    names = ", ".join(f"{one.owner} (từ {moment(one.started_at)})" for one in workers)
    return [f"{len(workers)} tiến trình cchc worker đang nhận việc: {names}. Đang chờ nhận: {waiting} mục."]


def unready(settings: CommonSettings) -> list[str]:
    """What keeps workers from their work, in sentences for `cchc doctor`. Raises `UserError` without a database."""
    if settings.hands != "workers":
        return []
    engine = open_database(settings)
    try:
        handover_tables.check(engine)
    except QueueTablesError as error:
        return [str(error)]
    with reading(engine) as session:
        return [] if alive(session, Who.WORKER, now=SystemClock().now()) else [NOBODY]


async def _work(service: Service, settings: CommonSettings, stop: _Stop) -> None:
    from scheduler.crew import Crew

    crew, loop = Crew(service, list(service.access.platforms.settings), settings.in_flight), asyncio.get_running_loop()
    stop.tell = partial(loop.call_soon_threadsafe, crew.stop)
    if stop.asked:
        crew.stop()
    settle()
    say(f"Đang nhận việc: {settings.in_flight} mục cùng lúc cho mỗi nền tảng. Dừng bằng Ctrl-C.", now=True)
    await crew.run()
