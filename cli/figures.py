"""`cchc figures …`: enter what only a console shows, and look at how figures came in."""

import json
from typing import Annotated

import typer
from sqlmodel import select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_moment
from cli.wiring import open_database
from connectors.base import ByHand
from connectors.transcript import unpacked
from content.vietnamese import moment, number
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.figures_by_hand import MANUAL, FigureError, Item, Line, collections, enter, find_item, waiting
from scheduler.tables import Channel

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Số của mục đã đăng, như trong cchc figures waiting.", min=1)]
FIGURE = typer.Option("--figure", help="Tên=số, như sent=1200. Ghi nhiều lần được; số không xem được thì bỏ qua.")
LISTED = 50


@app.command("waiting", help="Xem những tin chờ nhập số liệu từ trang quản trị của nền tảng.")
def list_waiting() -> None:
    """What went out and has no figures yet."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        items = waiting(session, now=SystemClock().now(), limit=LISTED)
    rows = [
        (str(one.publication.id), one.channel.key, moment(one.publication.published_at), one.title, _names(one))
        for one in items
    ]
    table("Chờ nhập tay", ("Số", "Kênh", "Gửi lúc", "Bài", "Nhập được"), rows, whole=("Số",))


def _names(item: Item) -> str:
    return ", ".join(f"{one.metric} ({one.label.lower()})" for one in item.by_hand)


@app.command("enter", help="Nhập số liệu mà chỉ trang quản trị của nền tảng cho xem. Nhập lại là một lần nhập mới.")
def enter_figures(
    publication: Number,
    by: Annotated[str, typer.Option("--by", help="Người nhập.")],
    figure: Annotated[list[str], FIGURE],
    at: Annotated[str, typer.Option("--at", help="Xem số liệu lúc nào; bỏ trống: ngay bây giờ.")] = "",
    note: Annotated[str, typer.Option("--note", help="Ghi chú.")] = "",
) -> None:
    """Store what a console showed."""
    now = SystemClock().now()
    seen = parse_moment(at, "--at") if at else now
    engine = open_database(settings_module.load())
    with writing(engine) as session:
        item = find_item(session, publication)
        if item is None:
            raise UserError(f"Mục {publication} không có, chưa được gửi, hoặc không có số liệu nào phải nhập tay.")
        told = {}
        for text in figure:
            name, value = _figure(text, item.by_hand)
            told[name] = value
        try:
            done = enter(session, item, told, at=seen, note=note, actor=by, now=now)
        except FigureError as error:
            raise UserError(str(error)) from None
    say("Đã lưu số liệu." if done.is_new else "Số liệu này đã được lưu trước đó, không lưu thêm lần nữa.")
    for doubt in done.doubts:
        say(doubt)


def _figure(text: str, known: tuple[ByHand, ...]) -> tuple[str, int]:
    name, _, value = (part.strip() for part in text.partition("="))
    names = [one.metric.value for one in known]
    digits = value.replace(".", "")
    if name not in names or not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise UserError(f"“{text[:60]}” không đúng; viết tên=số, với tên là một trong: {', '.join(names)}.")
    return name, int(digits)


@app.command("log", help="Xem các lần thu số liệu gần nhất: hỏi bao nhiêu, nhận bao nhiêu, vì sao thiếu.")
def log(channel: Annotated[str, typer.Option("--channel", help="Chỉ kênh này.")] = "") -> None:
    """The last collections, the newest first."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        one = session.exec(select(Channel).where(Channel.key == channel)).first() if channel else None
        if channel and one is None:
            raise UserError(f"Không có kênh “{channel}”.")
        lines = collections(session, channel_id=one.id if one else None, limit=LISTED)
    rows = [
        (str(line.collection.id), moment(line.collection.taken_at), line.channel.key, _told(line)) for line in lines
    ]
    table("Các lần thu số liệu", ("Số", "Lúc", "Kênh", "Kết quả"), rows, whole=("Số", "Kênh"))


def _told(line: Line) -> str:
    one = line.collection
    if one.source == MANUAL:
        return f"{one.actor} nhập tay {number(one.readings)} số liệu. {one.words}".strip()
    missing = f", thiếu {number(line.missing)}" if line.missing else ""
    words = f"hỏi {number(one.asked)} bài{missing}; {number(one.readings)} số liệu, {number(one.calls)} lượt gọi."
    return f"tự động: {words} {one.words}".strip()


@app.command("raw", help="In nguyên văn trả lời của nền tảng trong một lần thu, dạng JSON.")
def raw(collection: Annotated[int, typer.Argument(help="Số của lần thu, như trong cchc figures log.", min=1)]) -> None:
    """What the platform answered, as it is kept."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        row = session.exec(select(Collection).where(Collection.id == collection)).first()
    if row is None:
        raise UserError(f"Không có lần thu số {collection}.")
    if row.payload is None:
        raise UserError(f"Lần thu số {collection} không còn hoặc không có nguyên văn; các số liệu thì vẫn giữ.")
    typer.echo(json.dumps(unpacked(row.payload), ensure_ascii=False, indent=1))
