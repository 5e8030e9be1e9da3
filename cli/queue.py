"""`cchc queue …`: what goes out when, and a person's hand on it."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlmodel import Session, select

from cli import repeats
from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_moment
from cli.wiring import build
from connectors.base import Part
from content.tables import Post
from content.vietnamese import local_day, moment, weekday
from scheduler.adding import Wanted
from scheduler.channels import find_channel
from scheduler.conflicts import conflicts
from scheduler.db import reading
from scheduler.doubts import doubts
from scheduler.lifecycle import WORDS, Event, State
from scheduler.parts import PART_WORDS
from scheduler.policy import Policy
from scheduler.queue import find_post
from scheduler.queue_parts import broadcast, revise
from scheduler.slots import FAR, next_free
from scheduler.tables import Channel, Publication

app = typer.Typer(no_args_is_help=True)
repeats.register(app)

NEXT = (State.SCHEDULED, State.READY, State.RETRY_WAIT)
"""States in which an item will go out by itself."""

Number = Annotated[int, typer.Argument(help="Số của mục trong hàng chờ.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]


@app.command("add", help="Xếp một bài đã duyệt vào hàng chờ của một hay nhiều kênh: tất cả, hoặc không kênh nào.")
def add(
    post: Annotated[str, typer.Argument(help="Tên bài.")],
    channels: Annotated[list[str], typer.Argument(help="Tên gọi của từng kênh.")],
    by: By,
    at: Annotated[
        str, typer.Option("--at", help="Lúc nào, như “31/12/2026 07:30”; bỏ trống: khung giờ trống gần nhất.")
    ] = "",
    next_slot: Annotated[bool, typer.Option("--next", help="Vào khung giờ trống kế tiếp của kênh.")] = False,
) -> None:
    """Queue an approved post on channels."""
    service = build(settings_module.load())
    now = service.clock.now()
    if at and next_slot:
        raise UserError("Chỉ ghi một trong hai: --at hoặc --next.")
    with reading(service.engine) as session:
        places = [find_channel(session, one) for one in dict.fromkeys(channels)]
        what = find_post(session, post)
        hour = parse_moment(at, "--at") if at else None
        wanted = [Wanted(post, one.key, hour or _next_free(session, one, what, now, service.policy)) for one in places]
    rows = service.desk.add_many(wanted, now=now, actor=by)
    with reading(service.engine) as session:
        for one, row in zip(wanted, rows, strict=True):
            on = local_day(row.due_at)
            say(f"Đã lên lịch mục {row.id} lúc {moment(row.due_at)} ({weekday(on)}) trên kênh {one.channel}.")
            for words in doubts(session, row, service.policy, now=now):
                say(f"Nên xem lại: {words}")


def _next_free(session: Session, channel: Channel, post: Post, now: datetime, policy: Policy) -> datetime:
    found = next_free(session, channel, now=now, policy=policy, post=post)
    if found is None:
        raise UserError(
            f"Kênh “{channel.key}” không còn khung giờ trống nào hợp với bài trong {FAR} ngày tới; "
            "hãy chọn giờ bằng --at."
        )
    return found


@app.command("list", help="Xem những mục đang chờ, đang xử lý hoặc cần người quyết định.")
def list_queue(limit: Annotated[int, typer.Option(min=1, help="Số dòng.")] = 50) -> None:
    """What waits, works, or needs a person, by due time."""
    service = build(settings_module.load())
    rows = [
        (row.id, moment(row.due_at), channel.key, _what(row, post), _state(row), row.problem or row.reason)
        for row, channel, post in service.desk.waiting(limit=limit)
    ]
    table("Hàng chờ đăng", ("Mục", "Giờ đăng", "Kênh", "Bài", "Trạng thái", "Ghi chú"), rows, whole=("Kênh",))


@app.command("conflicts", help="Xem những mục trùng bài hoặc gần giống bài khác trên cùng một kênh, quá sát nhau.")
def conflicts_of(
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="Xem trong bao nhiêu ngày tới.")] = 60,
) -> None:
    """What stands too close to something like it, from today on."""
    service = build(settings_module.load())
    now = service.clock.now()
    with reading(service.engine) as session:
        found = conflicts(session, now, now + timedelta(days=days), service.policy)
        channels = {one.id: one.key for one in session.exec(select(Channel))}
    if not found:
        say(f"Trong {days} ngày tới không có mục nào trùng bài hoặc gần giống bài khác trên cùng kênh.")
        return
    rows = [
        (one.second.id, moment(one.second.at), channels[one.second.channel_id], one.about[1].key, one.words)
        for one in found
    ]
    table("Trùng, gần giống", ("Mục", "Giờ đăng", "Kênh", "Bài", "Vì sao"), rows, whole=("Kênh",))


@app.command("next", help="Xem bài nào sẽ đăng tiếp theo, lúc nào.")
def next_one() -> None:
    """What goes out next, and when."""
    service = build(settings_module.load())
    rows = [row for row in service.desk.waiting() if row[0].state in NEXT and row[0].part == Part.POST]
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
    link: Annotated[str, typer.Option("--link", help="Địa chỉ bài đăng, nếu đã có trên kênh.")] = "",
    sent: Annotated[bool, typer.Option("--sent", help="Đã gửi, nhưng không có địa chỉ (tin truyền thông).")] = False,
    absent: Annotated[bool, typer.Option("--not-there", help="Không có trên kênh; hệ thống sẽ gửi lại.")] = False,
) -> None:
    """Decide an item whose result is unknown, after looking at the channel."""
    if [bool(link), sent, absent].count(True) != 1:
        raise UserError("Hãy cho biết đúng một kết luận: --link “địa chỉ bài”, --sent, hoặc --not-there.")
    service = build(settings_module.load())
    state = service.desk.settle(number, link, now=service.clock.now(), actor=by, sent=sent)
    say(f"Mục {number}: {WORDS[state]}.")


@app.command("withdraw", help="Gỡ một bài đã đăng khỏi kênh; gỡ lại lần nữa không sao.")
def withdraw(number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Lý do gỡ.")]) -> None:
    """Take a published post down from its channel."""
    service = build(settings_module.load())
    state = service.desk.withdraw(number, reason, now=service.clock.now(), actor=by)
    say(f"Mục {number}: {WORDS[state]}.")


@app.command("revise", help="Thay chữ của một bài đang hiện trên kênh bằng nội dung đã duyệt lại.")
def revise_one(number: Number, by: By) -> None:
    """Give a public post the words that are approved now."""
    service = build(settings_module.load())
    row = revise(service.desk, number, now=service.clock.now(), actor=by)
    say(f"Mục {row.id} sẽ sửa bài của mục {number} ngay trong lượt tới.")


@app.command("broadcast", help="Gửi bài đã đăng tới người quan tâm (tin truyền thông), nơi nền tảng cho phép.")
def broadcast_posts(
    numbers: Annotated[list[int], typer.Argument(help="Số của các mục đã đăng trên cùng một kênh.")],
    by: By,
    at: Annotated[str, typer.Option("--at", help="Lúc nào, như “31/12/2026 07:30”; bỏ trống: ngay bây giờ.")] = "",
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="Đối tượng: tên=giá trị, như “cities=Thừa Thiên Huế”; bỏ trống: tất cả."),
    ] = None,
) -> None:
    """Push published posts to followers."""
    service = build(settings_module.load())
    now = service.clock.now()
    audience = {name: [one.strip() for one in values.split(",")] for name, values in map(_pair, to or [])}
    row = broadcast(service.desk, numbers, audience, parse_moment(at, "--at") if at else now, now=now, actor=by)
    say(f"Đã xếp mục {row.id} lúc {moment(row.due_at)}. Không rút lại được sau khi gửi.")


def _pair(text: str) -> tuple[str, str]:
    name, sign, values = text.partition("=")
    if not sign or not values.strip():
        raise UserError(f"--to “{text}” phải có dạng tên=giá trị, như “cities=Thừa Thiên Huế”.")
    return name.strip(), values


def _what(row: Publication, post: Post) -> str:
    return post.key if row.part == Part.POST else f"{post.key} ({PART_WORDS[row.part]})"


def _state(row: Publication) -> str:
    words = WORDS[State(row.state)]
    return words if row.progress is None else f"{words} ({row.progress}%)"


def _act(number: int, event: Event, by: str, reason: str) -> None:
    service = build(settings_module.load())
    state = service.desk.act(number, event, now=service.clock.now(), actor=by, words=reason)
    say(f"Mục {number}: {WORDS[state]}.")
