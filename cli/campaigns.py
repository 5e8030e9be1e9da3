"""`cchc campaign …`: begin a campaign, put posts into it, see how it stands, end it, write its summary."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.acts import leave
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day
from cli.wiring import build
from content.campaign_fields import CampaignFields
from content.campaigns import (
    PHASE_WORDS,
    Phase,
    add_posts,
    campaigns,
    create,
    end,
    find_campaign,
    phase,
    remove_posts,
    reopen,
)
from content.editorial import STATE_WORDS
from content.tables import Editorial
from content.vietnamese import day, local_day, moment, number, percent
from records.holds import check_whole
from reports.campaign_summary import Tally
from reports.campaigns import progress, summarise
from reports.render import campaign_documents
from reports.weekly import written
from scheduler.db import reading, writing
from scheduler.tables import Channel
from web.acts import Act

app = typer.Typer(help="Chiến dịch: tạo, thêm bài, xem tiến độ, kết thúc, lập bản tổng hợp.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="Tên gọi của chiến dịch.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]
PHASES = {"running": Phase.RUNNING, "coming": Phase.COMING, "over": Phase.OVER}


@app.command("add", help="Tạo một chiến dịch.")
def add(
    name: Annotated[str, typer.Argument(help="Tên chiến dịch.")],
    first: Annotated[str, typer.Option("--from", help="Ngày đầu, như 31/12/2026.")],
    last: Annotated[str, typer.Option("--to", help="Ngày cuối.")],
    by: By,
    key: Annotated[str, typer.Option(help="Tên gọi ngắn, như tuan-le-so; bỏ trống: lấy từ tên.")] = "",
    purpose: Annotated[str, typer.Option(help="Mục đích.")] = "",
    total: Annotated[int, typer.Option(help="Chỉ tiêu chung: số lượt đăng; bỏ trống: tổng các chỉ tiêu riêng.")] = 0,
    channel: Annotated[
        list[str] | None, typer.Option(help="Kênh của chiến dịch, ghi nhiều lần được; bỏ trống: mọi kênh.")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Chỉ tiêu riêng, ghi nhiều lần được: điểm của kế hoạch (l=12) hoặc kênh (fanpage=14)."),
    ] = None,
) -> None:
    """Begin a campaign."""
    service = build(settings_module.load())
    with writing(service.engine) as session:
        keys = _channels(session)
        topics, per_channel = _targets(target or [], keys)
        fields = CampaignFields(
            name, parse_day(first, "--from"), parse_day(last, "--to"), purpose, tuple(channel or ()), total, topics,
            per_channel,
        )  # fmt: skip
        row, new = create(session, fields, channels=keys, by=by, now=service.clock.now(), key=key)
        if new:
            leave(session, Act.CAMPAIGN, row.key, "Tạo chiến dịch", now=service.clock.now(), by=by)
    say(f"Đã tạo chiến dịch “{row.name}” từ {day(row.first)} đến {day(row.last)}.")
    say(f"Thêm bài: cchc campaign posts {row.key} --add TÊN-BÀI --by “{by}”")


@app.command("list", help="Xem các chiến dịch và tiến độ.")
def list_campaigns(
    only: Annotated[str, typer.Option(help="Chỉ xem: running (đang diễn ra), coming (sắp tới), over (đã xong).")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="Số dòng.")] = 50,
) -> None:
    """The campaigns, the last to begin first."""
    if only and only not in PHASES:
        raise UserError(f"--only: không hiểu “{only}”; chỉ nhận {', '.join(PHASES)}.")
    service = build(settings_module.load())
    now = service.clock.now()
    today = local_day(now)
    with reading(service.engine) as session:
        found = campaigns(session, today=today, only=PHASES.get(only), limit=limit)
        tallies = progress(session, found)
    rows = [
        (one.key, f"{day(one.first)}–{day(one.last)}", PHASE_WORDS[phase(one, today)], _done(tally), tally.waiting)
        for one in found
        for tally in [tallies[one.id or 0]]
    ]
    table("Chiến dịch", ("Chiến dịch", "Thời gian", "Tình trạng", "Đã đăng", "Chờ"), rows, whole=("Chiến dịch",))


@app.command("show", help="Xem một chiến dịch: tiến độ theo nội dung, theo kênh, từng bài.")
def show(key: Key) -> None:
    """One campaign as its page tells it."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        summary = summarise(session, find_campaign(session, key), service.clock.now())
    for sentence in summary.sentences:
        say(sentence)
    columns = ("Chỉ tiêu", "Đã đăng", "Chờ đăng", "Lỗi, quá giờ", "Còn thiếu")
    lines = [(f"{one.letter}. {one.label}", one.tally) for one in summary.topics]
    lines += [(one.title, one.tally) for one in summary.channels]
    rows = [
        (what, number(one.wanted or None), *map(number, (one.published, one.waiting, one.failed, one.short)))
        for what, one in lines
    ]
    table("Tiến độ", ("Nội dung, kênh", *columns), rows)
    posts = [
        (one.key, one.title, one.topic, STATE_WORDS[Editorial(one.state)], number(one.published), moment(one.next_at))
        for one in summary.posts
    ]
    table("Các bài", ("Tên bài", "Bài", "Điểm", "Trạng thái", "Đã đăng", "Sẽ đăng"), posts, whole=("Tên bài",))


@app.command("posts", help="Thêm bài vào chiến dịch hoặc bỏ bài ra.")
def posts(
    key: Key,
    by: By,
    add: Annotated[list[str] | None, typer.Option("--add", help="Tên bài thêm vào, ghi nhiều lần được.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Tên bài bỏ ra, ghi nhiều lần được.")] = None,
) -> None:
    """Put posts in, take posts out; both or neither."""
    if not add and not remove:
        raise UserError("Hãy cho biết bài cần thêm (--add) hoặc cần bỏ (--remove).")
    service = build(settings_module.load())
    now = service.clock.now()
    with writing(service.engine) as session:
        added = add_posts(session, key, add, by=by, now=now).done if add else ()
        if remove:
            check_whole(session, find_campaign(session, key).id or 0)
        gone = remove_posts(session, key, remove).done if remove else ()
        for words, several in (("Thêm bài", added), ("Bỏ bài", gone)):
            if several:
                leave(session, Act.CAMPAIGN, key, f"{words}: {', '.join(several)}"[:2_000], now=now, by=by)
    say(f"Đã thêm {len(added)} bài, bỏ {len(gone)} bài. Xem: cchc campaign show {key}")


@app.command("end", help="Kết thúc một chiến dịch; các bài đã có lịch vẫn đăng như đã xếp.")
def end_campaign(
    key: Key, by: By, reopened: Annotated[bool, typer.Option("--reopen", help="Mở lại chiến dịch đã kết thúc.")] = False
) -> None:
    """End it, or let it go on."""
    service = build(settings_module.load())
    now = service.clock.now()
    words = "Mở lại chiến dịch" if reopened else "Kết thúc chiến dịch"
    with writing(service.engine) as session:
        was = find_campaign(session, key).ended_at
        row = (reopen if reopened else end)(session, key, by=by, now=now)
        if (was is None) != reopened:
            leave(session, Act.CAMPAIGN, row.key, words, now=now, by=by)
    say(f"{words} “{row.name}”: xong.")


@app.command("summary", help="Lập bản tổng hợp của chiến dịch: HTML để in, văn bản thường, JSON.")
def summary(key: Key, out: Annotated[Path, typer.Option("--out", help="Thư mục sẽ ghi.")] = Path()) -> None:
    """Write the summary; files of the same names are replaced."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        made = summarise(session, find_campaign(session, key), service.clock.now())
    files = written(out / f"chien-dich-{made.key}", campaign_documents(made))
    say(made.sentences[0])
    say(f"Đã ghi: {', '.join(str(file) for file in files.values())}.")


def _done(tally: Tally) -> str:
    whole = f"/{number(tally.wanted)} ({percent(tally.share, 1)})" if tally.wanted else ""
    return f"{number(tally.published)}{whole}"


def _channels(session: Session) -> list[str]:
    return list(session.exec(select(Channel.key)))


def _targets(entries: list[str], channels: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """ "l=12" and "fanpage=14" as targets by topic and by channel. Raises `UserError`."""
    topics: dict[str, int] = {}
    per_channel: dict[str, int] = {}
    for entry in entries:
        name, _, count = (part.strip() for part in entry.partition("="))
        if not (name and count.isascii() and count.isdigit() and len(count) < 9):
            raise UserError(f"--target: không hiểu “{entry}”; hãy viết như l=12 hoặc fanpage=14.")
        (per_channel if name in channels else topics)[name] = int(count)
    return topics, per_channel
