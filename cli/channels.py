"""`cchc channels …`: list, check, prove, set slots, tell what a platform can do."""

from typing import Annotated

import typer
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.acts import leave
from cli.check import check, prove
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_hour, parse_slots
from cli.wiring import open_database
from connectors import CONNECTORS, connector_class
from content.vietnamese import fold, moment
from reports.abilities import about_platform
from scheduler.channels import CHANNEL_WORDS, find_channel, in_quiet_hours, rules_words, set_rules, set_slots
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.hours import slot_words
from scheduler.tables import Channel, Credential, Slot
from web.acts import Act

app = typer.Typer(no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="Tên gọi của kênh.")]
SLOTS = typer.Option(
    "--slot",
    help="Khung giờ: “07:30” cho mọi ngày, “T2 07:30”, hay “T7 19:30 video” cho một hình thức. Ghi nhiều lần được.",
)


@app.command("list", help="Xem các kênh, trạng thái và quyền truy cập.")
def list_channels() -> None:
    """Every channel, its state and when its access ends."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        rows = [
            (channel.key, connector_class(channel.platform).capabilities.label, channel.name,
             CHANNEL_WORDS[channel.state], _expiry(session, channel), _slots(session, channel))
            for channel in session.exec(select(Channel).order_by(Channel.key))
        ]  # fmt: skip
    table("Kênh", ("Kênh", "Nền tảng", "Tài khoản", "Trạng thái", "Quyền truy cập", "Khung giờ"), rows, whole=("Kênh",))


def _expiry(session: Session, channel: Channel) -> str:
    row = session.get(Credential, channel.id)
    if row is None:
        return "-"
    if row.refresh_at:
        return "tự gia hạn"
    return moment(row.expires_at) if row.expires_at else "không thời hạn"


def _slots(session: Session, channel: Channel) -> str:
    rows = session.exec(select(Slot.minute, Slot.form).where(Slot.channel_id == channel.id).distinct()).all()
    return ", ".join(slot_words(minute, form) for minute, form in sorted(rows)) or "-"


@app.command("slots", help="Thay các khung giờ đăng của một kênh.")
def slots(key: Key, slot: Annotated[list[str], SLOTS]) -> None:
    """Replace a channel's regular posting times."""
    weekly = parse_slots(slot)
    with writing(open_database(settings_module.load())) as session:
        channel = find_channel(session, key)
        set_slots(session, channel, weekly)
        quiet = in_quiet_hours(channel, weekly)
        words = f"Thay khung giờ: {sum(map(len, weekly.values()))} khung mỗi tuần"
        leave(session, Act.CHANNEL, key, words, now=SystemClock().now())
    say(f"Kênh “{key}” có {sum(map(len, weekly.values()))} khung giờ mỗi tuần.")
    if quiet:
        say(f"Lưu ý: {', '.join(quiet)} nằm trong giờ yên lặng của kênh nên hệ thống không tự xếp bài vào đó.")


@app.command("rules", help="Xem hoặc đặt quy tắc giờ đăng của một kênh: khoảng cách, số mục mỗi ngày, giờ yên lặng.")
def rules(
    key: Key,
    gap: Annotated[int | None, typer.Option("--gap", help="Hai mục cách nhau ít nhất bao nhiêu phút.")] = None,
    most: Annotated[int | None, typer.Option("--most", help="Số mục tối đa mỗi ngày; 0: không giới hạn.")] = None,
    quiet: Annotated[
        str, typer.Option("--quiet", help="Giờ yên lặng, như “22:00-06:00”; “khong”: không có giờ yên lặng.")
    ] = "",
) -> None:
    """Show or set when rules may give something an hour on a channel."""
    with writing(open_database(settings_module.load())) as session:
        channel = find_channel(session, key)
        since, until = channel.quiet_from, channel.quiet_until
        if quiet:
            since, until = _quiet(quiet)
        set_rules(
            session,
            channel,
            gap_minutes=channel.gap_minutes if gap is None else gap,
            daily_most=channel.daily_most if most is None else most,
            quiet_from=since,
            quiet_until=until,
        )
        if gap is not None or most is not None or quiet:
            leave(session, Act.CHANNEL, key, f"Quy tắc giờ đăng: {rules_words(channel)}", now=SystemClock().now())
    say(f"Kênh “{key}”: {rules_words(channel)}")


def _quiet(text: str) -> tuple[int, int]:
    if fold(text) in ("khong", "0"):
        return 0, 0
    since, sign, until = text.replace("–", "-").partition("-")
    if not sign:
        raise UserError(f"--quiet: không hiểu “{text}”; hãy viết như 22:00-06:00, hoặc khong.")
    return parse_hour(since, "--quiet"), parse_hour(until, "--quiet")


app.command("check", help="Hỏi các nền tảng: quyền còn dùng được không, khi nào hết hạn, thiếu gì, cần làm gì.")(check)
app.command("prove", help="Thử một lựa chọn ngay trên kênh; chỉ lựa chọn đã qua kiểm chứng mới được dùng.")(prove)


@app.command("about", help="Xem mỗi nền tảng nhận và cho biết những gì.")
def about(platform: Annotated[str, typer.Argument(help="Chỉ nền tảng này.")] = "") -> None:
    """What each platform takes and tells: the limits the checks use."""
    if platform and platform not in CONNECTORS:
        raise UserError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")
    names = [platform] if platform else list(CONNECTORS)
    facts = [about_platform(name) for name in names]
    rows = [(label, *(fact[label] for fact in facts)) for label in facts[0]]
    table("", ("", *(connector_class(name).capabilities.label for name in names)), rows)


def about_markdown() -> str:
    """The table of abilities that stands in docs/platforms.md; `python -m cli.channels` prints it."""
    facts = [about_platform(name) for name in CONNECTORS]
    lines = [["", *(connector_class(name).capabilities.label for name in CONNECTORS)], ["---"] * (len(facts) + 1)]
    lines += [[label, *(fact[label] for fact in facts)] for label in facts[0]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    print(about_markdown(), end="")  # noqa: T201  this is the command's output
