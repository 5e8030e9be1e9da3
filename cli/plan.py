"""`cchc plan …`: a month tried beforehand, and why the autopilot would take a post. Nothing is written or sent."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.month import parse_month
from cli.when import parse_moment
from cli.wiring import build
from content.vietnamese import clock, day, local_day, moment, weekday
from reports.monthly import Month
from scheduler.foresight import foresee
from scheduler.foresight.plain import plain
from scheduler.foresight.snapshot import month_days, take
from scheduler.foresight.values import GRADE_MARKS, GRADE_WORDS, DayPlan, Forecast, Grade, Item
from scheduler.foresight.why import why

app = typer.Typer(invoke_without_command=True)

BANNER = "Chế độ chạy thử: không đăng lên mạng xã hội."
LEGEND = "Dấu: ✓ đã đăng; • đăng được; ! cần xem lại; ✗ không đăng được; + dự kiến, chưa vào hàng chờ."


@app.callback()
def plan(
    context: typer.Context,
    month: Annotated[str, typer.Option("--month", help="Tháng, như 2026-12 hay 12/2026; bỏ trống: tháng này.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="In toàn bộ kết quả dạng JSON.")] = False,
) -> None:
    """Try a month. Exit code 1 when something would not go out."""
    if context.invoked_subcommand is not None:
        return
    chosen = parse_month(month) if month else None
    service = build(settings_module.load())
    now = service.clock.now()
    today = local_day(now)
    wanted = chosen or Month(today.year, today.month)
    forecast = foresee(take(service.desk, *month_days(wanted.year, wanted.number, now=now), now=now))
    if as_json:
        typer.echo(json.dumps(plain(forecast), ensure_ascii=False, indent=2))
    else:
        tell(forecast, wanted)
    if forecast.failing:
        raise typer.Exit(1)


@app.command("why", help="Vì sao phần tự xếp lịch chọn, hoặc không chọn, một bài vào một giờ của một kênh.")
def why_one(
    post: Annotated[str, typer.Argument(help="Tên bài.")],
    channel: Annotated[str, typer.Argument(help="Tên gọi của kênh.")],
    at: Annotated[str, typer.Argument(help="Lúc nào, như “31/12/2026 07:30”.")],
) -> None:
    """One sentence, or several."""
    service = build(settings_module.load())
    due = parse_moment(at, "Giờ")
    for sentence in why(service.desk, post, channel, due, now=service.clock.now()):
        say(sentence)


# Telling -------------------------------------------------------------------------------------------------


def tell(forecast: Forecast, month: Month) -> None:
    """The forecast on the screen, at any width from 80 columns on."""
    say(f"Chạy thử {month.label}, tính lúc {moment(forecast.now)}. {BANNER}")
    say(_summary(forecast))
    table("Lịch", ("Ngày", "Giờ", "Kênh", "Điểm", "Dấu", "Bài"), _calendar(forecast), whole=("Ngày", "Giờ", "Dấu"))
    say(LEGEND)
    for title, items, grade in (
        ("Không đăng được", forecast.failing, True),
        ("Cần xem lại", forecast.warned, False),
    ):
        if items:
            table(title, ("Giờ đăng", "Kênh", "Bài", "Vì sao"), _why(items, grade), whole=("Giờ đăng",))
    if forecast.needs:
        rows = [(_short(one.by), one.words) for one in forecast.needs]
        table("Việc cần người làm", ("Trước", "Việc"), rows, whole=("Trước",))
    if missing := list(_missing(forecast)):
        table("Còn thiếu", ("Khi nào", "Ở đâu", "Vì sao"), missing)
    if forecast.budgets:
        limits = [
            (one.channel, one.words, f"{one.most}/{one.amount}", "vượt" if one.over else "đủ", day(one.on))
            for one in forecast.budgets
        ]
        table("Hạn mức của nền tảng", ("Kênh", "Hạn mức", "Dùng", "Kết luận", "Ngày nhiều nhất"), limits)
    _coverage(forecast)
    for note in forecast.notes:
        say(note)


def _summary(forecast: Forecast) -> str:
    counts = {grade: sum(one.grade is grade for one in forecast.items) for grade in Grade}
    parts = [f"{counts[grade]} {GRADE_WORDS[grade].lower()}" for grade in Grade if counts[grade]]
    told = f": {', '.join(parts)}" if parts else ""
    empty = f"{len(forecast.gaps)} khung giờ trống, {len(forecast.empty_days)} ngày trống"
    return f"Có {len(forecast.items)} mục{told}; {empty}."


def _calendar(forecast: Forecast) -> Iterator[tuple[str, ...]]:
    """One row for an item; a day is named in its first row, empty days that follow each other are one row."""
    for plain_and_empty, run in groupby(forecast.days, lambda one: not one.items and not one.name):
        days = list(run)
        if plain_and_empty:
            upto = f" (đến {_day(days[-1].on)}, {len(days)} ngày)" if len(days) > 1 else ""
            yield (_day(days[0].on), "", "", "", "", f"Chưa có bài{upto}")
            continue
        for one in days:
            yield from _of_day(one)


def _of_day(one: DayPlan) -> Iterator[tuple[str, ...]]:
    name = _day(one.on)
    if one.name:
        yield (name, "", "", "", "", f"{one.name}{'' if one.items else ': chưa có bài'}")
        name = ""
    for item in one.items:
        mark = ("+" if item.planned else "") + GRADE_MARKS[item.grade]
        yield (name, clock(item.at), item.channel_key, item.topic, mark, item.title)
        name = ""


def _day(on: date) -> str:
    return f"{weekday(on, short=True)} {on:%d/%m}"


def _short(at: datetime) -> str:
    """A moment within the month: "09:00 15/12"."""
    return f"{clock(at)} {local_day(at):%d/%m}"


def _why(items: tuple[Item, ...], fails: bool) -> Iterator[tuple[str, ...]]:
    for item in items:
        reasons = [one.words for one in item.troubles if one.fails or not fails]
        yield (_short(item.at), item.channel_key, item.title, "\n".join(reasons))


def _missing(forecast: Forecast) -> Iterator[tuple[str, str, str]]:
    """Topics that stay short, and empty slots, those with one reason together."""
    for short in forecast.lacks:
        span = "" if short.period else f"{short.first:%d/%m} – {short.last:%d/%m}"
        yield (
            span,
            "ghim" if short.wish_id else "chiến dịch" if short.campaign_id else f"điểm {short.topic}",
            short.reason,
        )
    slots: dict[tuple[str, str], list[str]] = defaultdict(list)
    for gap in forecast.gaps:
        slots[gap.channel_key, gap.reason].append(_short(gap.at))
    for (channel, reason), times in slots.items():
        told = times[0] if len(times) == 1 else f"{len(times)} khung giờ, {times[0]} … {times[-1]}"
        yield (told, channel, reason)


def _coverage(forecast: Forecast) -> None:
    channels = [one for one in forecast.channels if any(line.cells.get(one.id) for line in forecast.coverage)]
    rows = [
        (
            f"{line.letter} {line.label}",
            *(line.cells.get(one.id, 0) for one in channels),
            line.done + line.to_come,
            line.wanted,
            f"thiếu {line.missing}" if line.missing else "đủ",
        )
        for line in forecast.coverage
    ]
    names = [one.key for one in channels]
    table("Độ phủ sẽ đạt: số lượt đăng", ("Nội dung", *names, "Cộng", "Chỉ tiêu", "Kết luận"), rows)
