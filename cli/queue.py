"""`cchc queue …`: what goes out when, and a person's hand on it."""

from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_moment
from cli.wiring import build
from content.vietnamese import local_day, moment, weekday
from scheduler.channels import find_channel
from scheduler.db import reading
from scheduler.lifecycle import WORDS, Event, State
from scheduler.queue import free_slots

app = typer.Typer(help="The queue: add, list, hold, resume, cancel, settle.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The item's number in the queue.")]
By = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command("add")
def add(
    post: Annotated[str, typer.Argument(help="The post's key.")],
    channel: Annotated[str, typer.Argument(help="The channel's key.")],
    by: By,
    at: Annotated[str, typer.Option("--at", help="When, such as “31/12/2026 07:30”; empty: the next free slot.")] = "",
) -> None:
    """Queue an approved post on a channel."""
    service = build(settings_module.load())
    now = service.clock.now()
    if at:
        due = parse_moment(at, "--at")
    else:
        with reading(service.engine) as session:
            slots = free_slots(session, find_channel(session, channel), now=now)
        if not slots:
            raise UserError(f"Kênh “{channel}” không còn khung giờ trống trong 14 ngày tới; hãy chọn giờ bằng --at.")
        due = slots[0]
    row = service.desk.add(post, channel, due, now=now, actor=by)
    on = local_day(row.due_at)
    say(f"Đã lên lịch mục {row.id} lúc {moment(row.due_at)} ({weekday(on)}) trên kênh {channel}.")


@app.command("list")
def list_queue(limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 50) -> None:
    """What waits, works, or needs a person, by due time."""
    service = build(settings_module.load())
    rows = [
        (row.id, moment(row.due_at), channel.key, post.key, WORDS[State(row.state)], row.problem or row.reason)
        for row, channel, post in service.desk.waiting(limit=limit)
    ]
    table("Hàng chờ đăng", ("Mục", "Giờ đăng", "Kênh", "Bài", "Trạng thái", "Ghi chú"), rows)


@app.command("next")
def next_one() -> None:
    """What goes out next, and when."""
    service = build(settings_module.load())
    rows = [row for row in service.desk.waiting() if row[0].state in (State.SCHEDULED, State.READY, State.RETRY_WAIT)]
    if not rows:
        say("Hàng chờ chưa có bài nào; thêm bằng lệnh: cchc queue add.")
        return
    row, channel, post = rows[0]
    say(f"Mục {row.id}: “{post.title}” trên {channel.name} lúc {moment(row.due_at)} ({WORDS[State(row.state)]}).")


@app.command("hold")
def hold(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Why.")] = "") -> None:
    """Keep an item back until somebody resumes it."""
    _act(number, Event.HELD, by, reason)


@app.command("resume")
def resume(number: Number, by: By) -> None:
    """Put a held, failed or missed item back into the queue."""
    _act(number, Event.RESUMED, by, "")


@app.command("cancel")
def cancel(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Why.")] = "") -> None:
    """Take an item out of the queue for good."""
    _act(number, Event.CANCELLED, by, reason)


@app.command("settle")
def settle(
    number: Number,
    by: By,
    link: Annotated[str, typer.Option("--link", help="The post's address, when it is there; else leave out.")] = "",
) -> None:
    """Decide an item whose result is unknown, after looking at the channel."""
    service = build(settings_module.load())
    state = service.desk.settle(number, link, now=service.clock.now(), actor=by)
    say(f"Mục {number}: {WORDS[state]}.")


def _act(number: int, event: Event, by: str, reason: str) -> None:
    service = build(settings_module.load())
    state = service.desk.act(number, event, now=service.clock.now(), actor=by, words=reason)
    say(f"Mục {number}: {WORDS[state]}.")
