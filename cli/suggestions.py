"""The commands of `cchc portal …` that keep something: sources, suggestions, taking them up, the lag."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day
from cli.wiring import build
from connectors import CONNECTORS, connector_class
from connectors.base import Kind
from content.plan import active_plan
from content.sources import add_source, how_it_stands, pause_source, remove_source, sources
from content.suggestions import NEW, STATE_WORDS, dismiss, find_suggestion, suggestions
from content.tables import Suggestion
from content.takeup import Choice
from content.vietnamese import MISSING, day, local_day, moment, percent
from content.vietnamese import number as number_words
from reports.periods import midnight
from reports.portal import minutes_words, portal_lag
from scheduler.channels import OFF
from scheduler.db import reading, writing
from scheduler.intake import Intake
from scheduler.portals import Portals, suggest_article, take_up
from scheduler.service import Service
from scheduler.tables import Channel

Key = Annotated[str, typer.Argument(help="Tên gọi của nguồn.")]
Number = Annotated[int, typer.Argument(help="Số của đề xuất.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]
DAYS = 30
"""The lag of this many days, when no day is given."""


def register(app: typer.Typer) -> None:
    """Add these commands to `cchc portal`."""
    for name, (command, words) in COMMANDS.items():
        app.command(name, help=words)(command)


# Sources -------------------------------------------------------------------------------------------------


def add(
    key: Annotated[str, typer.Argument(help="Tên gọi ngắn, như cong-cchc.")],
    address: Annotated[str, typer.Argument(help="Địa chỉ nguồn tin RSS hoặc Atom.")],
    name: Annotated[str, typer.Option(help="Tên đầy đủ, ghi ở dòng nguồn của bài.")] = "",
    topic: Annotated[str, typer.Option(help="Chữ cái nội dung của kế hoạch; bỏ trống: chọn khi lấy từng bài.")] = "",
    agency: Annotated[str, typer.Option(help="Mã cơ quan trong kế hoạch.")] = "",
    every: Annotated[int, typer.Option(help="Đọc lại sau bao nhiêu phút, từ 5 đến 1440.")] = 30,
) -> None:
    """Add a feed."""
    service = build(settings_module.load())
    with writing(service.engine) as session:
        source = add_source(
            session,
            active_plan(session),
            key=key,
            address=address,
            name=name,
            topic=topic,
            agency=agency,
            every_minutes=every,
            now=service.clock.now(),
        )
    say(f"Đã thêm nguồn “{source.key}”, đọc {source.every_minutes} phút một lần.")
    say(f"Đọc ngay: cchc portal fetch {source.key}")


def list_sources() -> None:
    """The sources and how each stands."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        found = sources(session)
    rows = [(one.key, one.name, one.topic or MISSING, one.every_minutes, how_it_stands(one)) for one in found]
    table("Nguồn tin", ("Nguồn", "Tên", "Điểm", "Phút", "Tình trạng"), rows, whole=("Nguồn",))


def pause(key: Key) -> None:
    """Stop reading a source."""
    _switch(key, active=False)
    say(f"Đã tạm dừng nguồn “{key}”; đọc lại bằng lệnh: cchc portal resume {key}")


def resume(key: Key) -> None:
    """Read a paused source again."""
    _switch(key, active=True)
    say(f"Nguồn “{key}” được đọc lại từ lượt tới.")


def _switch(key: str, *, active: bool) -> None:
    with writing(build(settings_module.load()).engine) as session:
        pause_source(session, key, active=active)


def remove(key: Key) -> None:
    """Forget a source that never suggested anything."""
    with writing(build(settings_module.load()).engine) as session:
        remove_source(session, key)
    say(f"Đã xóa nguồn “{key}”.")


def fetch(
    keys: Annotated[list[str] | None, typer.Argument(help="Các nguồn cần đọc; bỏ trống: mọi nguồn đang dùng.")] = None,
) -> None:
    """Read sources now."""
    service = build(settings_module.load())
    turns = _intake(service).read_now(keys or [])
    for turn in turns:
        say(f"{turn.key}: {turn.words}")
    failed = [turn.key for turn in turns if not turn.ok]
    if failed:
        raise UserError(f"Chưa đọc được: {', '.join(failed)}; các bài đã có vẫn giữ nguyên, hệ thống sẽ tự đọc lại.")


# Suggestions ---------------------------------------------------------------------------------------------


def suggest(
    address: Annotated[str, typer.Argument(help="Địa chỉ một bài trên cổng.")],
    topic: Annotated[str, typer.Option(help="Chữ cái nội dung của kế hoạch; bỏ trống: chọn khi lấy bài.")] = "",
) -> None:
    """Suggest one article by its address."""
    service = build(settings_module.load())
    number, new = suggest_article(service.engine, _portals(service), address, topic, now=service.clock.now())
    with reading(service.engine) as session:
        row = find_suggestion(session, number)
    say(f"{'Đã thêm' if new else 'Đã có'} đề xuất {number}: {row.title}")
    if row.state == NEW:
        say(f"Lấy thành bài: cchc portal take {number} --by “tên người lấy”")
    else:
        say(" ".join(_state(row)))


def list_suggestions(
    search: Annotated[str, typer.Argument(help="Từ cần tìm; gõ không dấu cũng được.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Cả đề xuất đã lấy, đã bỏ qua.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Số dòng.")] = 50,
) -> None:
    """The suggestions, new ones first."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        found = suggestions(session, search, limit=limit, everything=everything)
    rows = [
        (one.id, one.topic or MISSING, _published(one), one.title, " ".join([*_state(one), *one.notes]))
        for one in found
    ]
    table("Đề xuất từ cổng", ("Số", "Điểm", "Đăng lúc", "Tiêu đề", "Ghi chú"), rows)


def _published(row: Suggestion) -> str:
    if row.published_at is None:
        return MISSING
    return day(local_day(row.published_at)) if row.date_only else moment(row.published_at)


def _state(row: Suggestion) -> list[str]:
    if row.state == NEW:
        return []
    post = f" thành “{row.post_key}”" if row.post_key else ""
    return [f"{STATE_WORDS[row.state]}{post} ({row.decided_by})."]


def take_suggestion(
    number: Number,
    by: By,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", help="Nền tảng; bỏ trống: mọi nền tảng đã kết nối, đăng được bài.")
    ] = None,
    topic: Annotated[str, typer.Option(help="Chữ cái nội dung của kế hoạch, khác với đề xuất.")] = "",
    audience: Annotated[list[str] | None, typer.Option("--audience", help="Mã đối tượng của kế hoạch.")] = None,
    key: Annotated[str, typer.Option("--key", help="Tên bài; bỏ trống: đặt theo tiêu đề.")] = "",
) -> None:
    """Make a post's file of a suggestion."""
    settings = settings_module.load()
    service = build(settings)
    with reading(service.engine) as session:
        find_suggestion(session, number, locked=False)
    choice = Choice(tuple(platform or _able(service)), topic, tuple(audience or ()), key)
    unknown = [name for name in choice.platforms if name not in CONNECTORS]
    if unknown:
        raise UserError(f"--platform: không có nền tảng “{unknown[0]}”; chỉ có {', '.join(CONNECTORS)}.")
    taken, no_picture = take_up(
        service.engine,
        _portals(service),
        service.store,
        settings.library_dir,
        number,
        choice,
        by=by,
        now=service.clock.now(),
    )
    say(f"Đã lấy đề xuất {number} thành bài “{taken.key}”: {taken.file}")
    for words in filter(None, [no_picture, *taken.notes]):
        say(f"- {words}")
    say("Hãy sửa tệp (tóm tắt, mô tả ảnh), rồi: cchc library check, cchc library load, cchc post submit " + taken.key)


def _able(service: Service) -> list[str]:
    """The platforms of the connected channels that carry an article with its link."""
    with reading(service.engine) as session:
        connected = set(session.exec(select(Channel.platform).where(Channel.state != OFF)).all())
    able = [name for name in CONNECTORS if name in connected and Kind.LINK in connector_class(name).capabilities.kinds]
    if not able:
        raise UserError("Chưa có kênh nào đăng được liên kết; hãy chọn nền tảng bằng --platform.")
    return able


def dismiss_suggestion(
    number: Number, by: By, reason: Annotated[str, typer.Option("--reason", help="Vì sao không đăng.")]
) -> None:
    """Put a suggestion away for good."""
    service = build(settings_module.load())
    with writing(service.engine) as session:
        dismiss(session, number, by=by, reason=reason, now=service.clock.now())
    say(f"Đã bỏ qua đề xuất {number}.")


# The lag -------------------------------------------------------------------------------------------------


def lag(
    first: Annotated[str, typer.Option("--from", help="Từ ngày, như 01/11/2026; bỏ trống: 30 ngày gần đây.")] = "",
    last: Annotated[str, typer.Option("--to", help="Đến hết ngày, như 30/11/2026; bỏ trống: hôm nay.")] = "",
) -> None:
    """How long articles took from the portal to the channels, and how many were shared."""
    service = build(settings_module.load())
    now = service.clock.now()
    end = parse_day(last, "--to") if last else local_day(now)
    begin = parse_day(first, "--from") if first else end - timedelta(days=DAYS - 1)
    if begin > end:
        raise UserError("--from: ngày đầu đứng sau ngày cuối; hãy đổi lại.")
    with reading(service.engine) as session:
        found = portal_lag(session, midnight(begin), midnight(end + timedelta(days=1)), now)
    if found is None:
        raise UserError("Chưa có nguồn tin nào; thêm bằng lệnh: cchc portal add.")
    rows = [
        (
            line.name,
            number_words(line.suggested),
            number_words(line.shared),
            percent(line.share, 1),
            minutes_words(line.median_minutes),
            minutes_words(line.p90_minutes),
        )
        for line in (found.total, *found.sources)
    ]
    columns = ("Nguồn", "Bài trên cổng", "Đã chia sẻ", "Tỷ lệ", "Độ trễ trung vị", "90% bài trong")
    table(f"Từ cổng đến mạng xã hội, từ {day(begin)} đến {day(end)}", columns, rows)


def _portals(service: Service) -> Portals:
    assert service.portals is not None
    return service.portals


def _intake(service: Service) -> Intake:
    assert service.intake is not None
    return service.intake


COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "add": (add, "Thêm một nguồn tin RSS hoặc Atom."),
    "list": (list_sources, "Xem các nguồn tin và tình trạng từng nguồn."),
    "pause": (pause, "Tạm dừng đọc một nguồn."),
    "resume": (resume, "Đọc lại một nguồn đang tạm dừng."),
    "remove": (remove, "Xóa một nguồn chưa có đề xuất nào."),
    "fetch": (fetch, "Đọc các nguồn tin ngay bây giờ."),
    "suggest": (suggest, "Thêm một đề xuất từ địa chỉ của một bài."),
    "suggestions": (list_suggestions, "Xem các đề xuất, mới nhất trước."),
    "take": (take_suggestion, "Lấy một đề xuất thành bản nháp trong thư mục thư viện."),
    "dismiss": (dismiss_suggestion, "Bỏ qua một đề xuất, kèm lý do."),
    "lag": (lag, "Xem độ trễ từ cổng đến mạng xã hội và tỷ lệ bài được chia sẻ."),
}
"""Name -> the command and its words for staff, in the order in which they are listed."""
