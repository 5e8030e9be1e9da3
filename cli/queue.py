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

app = typer.Typer(help="Hàng chờ đăng: thêm, xem, giữ, mở lại, hủy, kết luận, gỡ.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Số của mục trong hàng chờ.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]


@app.command("add", help="Xếp một bài đã duyệt vào hàng chờ của một kênh.")
def add(
    post: Annotated[str, typer.Argument(help="Tên bài.")],
    channel: Annotated[str, typer.Argument(help="Tên gọi của kênh.")],
    by: By,
    at: Annotated[
        str, typer.Option("--at", help="Lúc nào, như “31/12/2026 07:30”; bỏ trống: khung giờ trống gần nhất.")
    ] = "",
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


@app.command("list", help="Xem những mục đang chờ, đang xử lý hoặc cần người quyết định.")
def list_queue(limit: Annotated[int, typer.Option(min=1, help="Số dòng.")] = 50) -> None:
    """What waits, works, or needs a person, by due time."""
    service = build(settings_module.load())
    rows = [
        (row.id, moment(row.due_at), channel.key, post.key, WORDS[State(row.state)], row.problem or row.reason)
        for row, channel, post in service.desk.waiting(limit=limit)
    ]
    table("Hàng chờ đăng", ("Mục", "Giờ đăng", "Kênh", "Bài", "Trạng thái", "Ghi chú"), rows, whole=("Kênh",))


@app.command("next", help="Xem bài nào sẽ đăng tiếp theo, lúc nào.")
def next_one() -> None:
    """What goes out next, and when."""
    service = build(settings_module.load())
    rows = [row for row in service.desk.waiting() if row[0].state in (State.SCHEDULED, State.READY, State.RETRY_WAIT)]
    if not rows:
        say("Hàng chờ chưa có bài nào; thêm bằng lệnh: cchc queue add.")
        return
    row, channel, post = rows[0]
    say(f"Mục {row.id}: “{post.title}” trên {channel.name} lúc {moment(row.due_at)} ({WORDS[State(row.state)]}).")


@app.command("hold", help="Giữ một mục lại cho đến khi có người mở.")
def hold(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Lý do.")] = "") -> None:
    """Keep an item back until somebody resumes it."""
    _act(number, Event.HELD, by, reason)


@app.command("resume", help="Đưa mục đang giữ, lỗi hoặc quá giờ trở lại hàng chờ.")
def resume(number: Number, by: By) -> None:
    """Put a held, failed or missed item back into the queue."""
    _act(number, Event.RESUMED, by, "")


@app.command("cancel", help="Hủy hẳn một mục.")
def cancel(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Lý do.")] = "") -> None:
    """Take an item out of the queue for good."""
    _act(number, Event.CANCELLED, by, reason)


@app.command("settle", help="Kết luận một mục chưa rõ kết quả, sau khi đã xem trên kênh.")
def settle(
    number: Number,
    by: By,
    link: Annotated[
        str, typer.Option("--link", help="Địa chỉ bài đăng nếu đã có trên kênh; chưa có thì bỏ trống.")
    ] = "",
) -> None:
    """Decide an item whose result is unknown, after looking at the channel."""
    service = build(settings_module.load())
    state = service.desk.settle(number, link, now=service.clock.now(), actor=by)
    say(f"Mục {number}: {WORDS[state]}.")


@app.command("withdraw", help="Gỡ một bài đã đăng khỏi kênh; gỡ lại lần nữa không sao.")
def withdraw(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Lý do gỡ.")]) -> None:
    """Take a published post down from its channel."""
    service = build(settings_module.load())
    state = service.desk.withdraw(number, reason, now=service.clock.now(), actor=by)
    say(f"Mục {number}: {WORDS[state]}.")


def _act(number: int, event: Event, by: str, reason: str) -> None:
    service = build(settings_module.load())
    state = service.desk.act(number, event, now=service.clock.now(), actor=by, words=reason)
    say(f"Mục {number}: {WORDS[state]}.")
