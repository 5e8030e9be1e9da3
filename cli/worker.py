"""`cchc worker`: carries out what the clocks hand over. Any number of these run, on any machine."""

import asyncio
import logging
import signal
from types import FrameType

from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.logs import set_up_logs
from cli.settings import CommonSettings
from cli.wiring import build
from scheduler import handover_tables
from scheduler.service import Service
from scheduler.signs import Who

HELP = "Đăng những gì cchc run giao (CCHC_HANDS=workers): chạy bao nhiêu tiến trình, trên máy nào cũng được."


def worker() -> None:
    """Work until SIGTERM or Ctrl-C; then what is in hand ends, and nothing new is taken."""
    settings = settings_module.load()
    if settings.hands != "workers":
        raise UserError(
            "cchc worker chỉ chạy khi CCHC_HANDS=workers; hãy đặt như vậy cho cả cchc run, cchc worker và cchc web."
        )
    set_up_logs(settings.log_level)
    # what these would say of a database that is away is said once, in our own words
    for name in ("procrastinate", "psycopg", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    service = build(settings)
    handover_tables.check(service.engine)
    service.kind = Who.WORKER
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # psycopg needs this loop on Windows
        runner.run(_work(service, settings))
    service.close()
    say("Đã dừng.")


async def _work(service: Service, settings: CommonSettings) -> None:
    from scheduler.crew import Crew

    crew, loop = Crew(service, list(service.access.platforms.settings), settings.in_flight), asyncio.get_running_loop()

    def stop(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(crew.stop)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    say(f"Đang nhận việc: {settings.in_flight} mục cùng lúc cho mỗi nền tảng. Dừng bằng Ctrl-C.", now=True)
    await crew.run()
