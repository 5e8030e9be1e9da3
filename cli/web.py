"""`cchc web`: the staff desk as a process of its own; and serving it from inside `cchc run --web`."""

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import structlog
import typer

from cli.console import say
from cli.errors import UserError
from cli.lasting import begin
from cli.settings import CommonSettings
from cli.wiring import build, health, house
from scheduler.db import is_away, reading, writing
from scheduler.service import Service
from scheduler.signs import Who, alive, beat, forget_dead_workers

USUAL_PORT = 8480
log = structlog.get_logger("cli.web")
BEAT_SECONDS = 30


def web(
    port: Annotated[int, typer.Option(help="Cổng; bỏ trống: CCHC_WEB_PORT, hoặc 8480.", min=0, max=65535)] = 0,
) -> None:
    """Serve the desk until Ctrl-C. Publishing is done by `cchc run`, here or on another machine."""
    settings, stop = begin()
    service = build(settings)
    service.kind = Who.DESK
    with serving(settings.model_copy(update={"web_port": port or settings.web_port}), service, desk=True):
        beating(service, stop)
    service.close()
    say("Đã dừng.")


def beating(service: Service, stop: threading.Event) -> None:
    """Leave signs of life until the end: a change of the key looks for who else holds one (`cchc keys rotate`)."""
    while True:
        now = service.clock.now()
        try:
            with writing(service.engine) as session:
                beat(session, service.owner, service.kind, now=now)
                forget_dead_workers(session, now=now)
        except Exception as error:  # where the database is away, the desk says so itself, on every page
            if not is_away(error):
                log.exception("no_sign_of_life")
        if stop.wait(BEAT_SECONDS):
            return


def serving(
    settings: CommonSettings, service: Service, *, desk: bool, own_clock: bool = False
) -> AbstractContextManager[object]:
    """The web server until the block ends: with the desk, or only pictures where a port is set for them.

    `own_clock`: a clock beats in this process; when it does not, the process is not ready.

    Raises `UserError` when the port cannot be had.
    """
    if not settings.web_port and not desk:
        return nullcontext()
    from web.app import create_app  # only who serves pays for it: a fifth of all that `cchc run` loads
    from web.server import WebServer

    port = settings.web_port or USUAL_PORT
    rooms = house(service, settings) if desk else None
    app = create_app(service.store.folder, lambda: is_alive(service), rooms, health(service, settings, own_clock))
    try:
        server = WebServer(app, settings.web_host, port)
    except OSError as error:
        where = f"{settings.web_host}:{port}"
        raise UserError(
            f"Không mở được cổng {where} ({error.strerror}); hãy đổi CCHC_WEB_PORT hoặc dừng chương trình giữ cổng."
        ) from None
    if desk:
        say(f"Bàn làm việc: {settings.web_address or server.address} (dừng bằng Ctrl-C).", now=True)
    return server


def is_alive(service: Service) -> bool:
    """Whether a clock has ticked lately."""
    with reading(service.engine) as session:
        return bool(alive(session, Who.CLOCK, now=service.clock.now()))
