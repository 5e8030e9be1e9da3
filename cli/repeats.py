"""`cchc queue repeat`, `repeats` and `repeat-end`: one post again and again."""

from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import DAYS, parse_day, parse_hour
from cli.wiring import build
from content.vietnamese import local_day, moment
from scheduler.db import reading
from scheduler.recurring import MONTH, WEEK, begin, end, standing, tell

Number = Annotated[int, typer.Argument(help="Số của lịch lặp lại.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `cchc queue`."""
    app.command("repeat", help="Cho một bài đã duyệt lặp lại trên một kênh, đến một ngày hay đủ số lần.")(repeat)
    app.command("repeats", help="Xem những bài đang lặp lại.")(repeats)
    app.command("repeat-end", help="Kết thúc một lịch lặp lại; mục đã xếp vẫn còn.")(repeat_end)


def repeat(
    post: Annotated[str, typer.Argument(help="Tên bài.")],
    channel: Annotated[str, typer.Argument(help="Tên gọi của kênh.")],
    by: By,
    on: Annotated[str, typer.Option("--on", help="T2 … T7, CN; hoặc ngày trong tháng, 1 đến 31.")],
    at: Annotated[str, typer.Option("--at", help="Giờ đăng, như 07:30.")],
    until: Annotated[str, typer.Option("--until", help="Ngày cuối cùng, như 31/12/2026; lâu nhất hai năm.")],
    since: Annotated[str, typer.Option("--since", help="Từ ngày nào; bỏ trống: hôm nay.")] = "",
    every: Annotated[int, typer.Option("--every", help="Cách mấy tuần (hoặc tháng) một lần.")] = 1,
    most: Annotated[int, typer.Option("--most", help="Tối đa bao nhiêu lần; 0: đến hết ngày cuối.")] = 0,
) -> None:
    """Let a post recur."""
    service = build(settings_module.load())
    now = service.clock.now()
    weekday = DAYS.get(on.strip().upper())
    if weekday is None and not (on.strip().isascii() and on.strip().isdigit()):
        raise UserError(f"--on: không hiểu “{on}”; hãy viết T2 … T7, CN, hoặc một số từ 1 đến 31.")
    one = begin(
        service.desk,
        post,
        channel,
        every=MONTH if weekday is None else WEEK,
        on=int(on.strip()[:4]) if weekday is None else weekday,
        minute=parse_hour(at, "--at"),
        since=parse_day(since, "--since") if since else local_day(now),
        until=parse_day(until, "--until"),
        step=every,
        most=most,
        now=now,
        actor=by,
    )
    say(f"Đã đặt lịch lặp lại số {one.id}: {tell(one)}. Việc tự xếp lịch hằng ngày sẽ xếp từng lượt.")


def repeats() -> None:
    """What recurs."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        rows = [
            (each.one.id, each.post.key, each.channel.key, tell(each.one), each.had,
             ", ".join(moment(at) for at in each.coming) or "-")
            for each in standing(session, now=service.clock.now())
        ]  # fmt: skip
    if not rows:
        say("Chưa có bài nào lặp lại; đặt bằng lệnh: cchc queue repeat.")
        return
    table("Lịch lặp lại", ("Số", "Bài", "Kênh", "Khi nào", "Đã xếp", "Sắp tới"), rows, whole=("Số", "Kênh"))


def repeat_end(number: Number, by: By) -> None:
    """End what recurs."""
    service = build(settings_module.load())
    one = end(service.desk, number, now=service.clock.now(), actor=by)
    say(f"Đã kết thúc lịch lặp lại số {one.id}; mục đã xếp vào hàng chờ vẫn còn, muốn bỏ thì hủy từng mục.")
