"""`cchc channels …`: connect an account, list, check, set slots, tell what a platform can do."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import typer
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_slots
from cli.wiring import build, open_database
from connectors import CONNECTORS, connector_class
from connectors.base import Connected, Consent
from connectors.errors import ConnectorError, Misconfigured, Reconnect, Unsupported
from content.vietnamese import clock, moment, number
from scheduler.channels import (
    CHANNEL_WORDS,
    CONNECTED,
    MISCONFIGURED,
    RECONNECT,
    find_channel,
    save_channel,
    set_slots,
    stop_channel,
)
from scheduler.db import reading, writing
from scheduler.service import Service
from scheduler.tables import Channel, Credential, Slot

app = typer.Typer(help="Channels: connect, list, check, slots, abilities.", no_args_is_help=True)

Platform = Annotated[str, typer.Argument(help=f"One of: {', '.join(CONNECTORS)}.")]
Key = Annotated[str, typer.Argument(help="The channel's key.")]
SLOTS = typer.Option("--slot", help="A posting time: “07:30” for every day, or “T2 07:30”. Repeat for more.")


@app.command("add")
def add(
    platform: Platform,
    key: Annotated[str, typer.Option("--key", help="How you will call this channel, such as fanpage.")],
    agency: Annotated[str, typer.Option(help="The owning agency's code in the plan.")] = "",
    slot: Annotated[list[str] | None, SLOTS] = None,
    option: Annotated[list[str] | None, typer.Option(help="name=value, as the platform's options allow.")] = None,
    account: Annotated[str, typer.Option(help="The account's id, when one access opens several.")] = "",
    paste: Annotated[
        bool, typer.Option(help="Paste tokens you already have instead of opening a consent page.")
    ] = False,
) -> None:
    """Connect an account, or renew its access: open the printed address, allow, paste the address you land on."""
    settings = settings_module.load()
    service = build(settings)
    options = dict(_pair(one) for one in option or [])
    now = service.clock.now()
    offered = _pasted(service, platform, now) if paste else _consented(service, platform, settings.redirect_uri, now)
    connected = choose(offered, account)
    with writing(service.engine) as session:
        channel = save_channel(
            session, service.vault, platform, connected, key=key, agency=agency, options=options, now=now
        )
        if slot or not session.exec(select(Slot.id).where(Slot.channel_id == channel.id)).first():
            set_slots(session, channel, parse_slots(slot or usual_slots(platform)))
    say(f"Đã kết nối {channel.name} thành kênh “{channel.key}”.")


def usual_slots(platform: str) -> list[str]:
    """The posting times a new channel of this platform begins with."""
    return list(connector_class(platform).capabilities.usual_slots)


def begin(service: Service, platform: str, redirect_uri: str) -> Consent:
    """Begin a consent with a fresh state and PKCE verifier (43 characters)."""
    if platform not in CONNECTORS:
        raise UserError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")
    return connector_class(platform).begin_consent(
        service.platforms.settings[platform],
        redirect_uri=redirect_uri,
        state=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(32),
    )


def finish(service: Service, platform: str, consent: Consent, landed: str, now: datetime) -> list[Connected]:
    """Exchange the address the browser landed on for the accounts that were granted."""
    answer = dict(parse_qsl(urlsplit(landed.strip()).query))
    settings = service.platforms.settings[platform]
    return connector_class(platform).finish_consent(
        settings, consent, answer, now=now, http=service.platforms.session(0)
    )


def choose(offered: list[Connected], account: str) -> Connected:
    """The one account meant. Raises `UserError` that lists them when it is not clear which."""
    if account:
        offered = [one for one in offered if one.account.external_id == account]
    if len(offered) == 1:
        return offered[0]
    names = "; ".join(f"{one.account.external_id} ({one.account.name})" for one in offered)
    if not offered:
        raise UserError("Quyền vừa cấp không mở được tài khoản nào; hãy cấp quyền lại và chọn đúng tài khoản.")
    raise UserError(f"Quyền vừa cấp mở được nhiều tài khoản; chọn một bằng --account: {names}.")


def _consented(service: Service, platform: str, redirect_uri: str, now: datetime) -> list[Connected]:
    consent = begin(service, platform, redirect_uri)
    say(f"Mở địa chỉ sau bằng tài khoản quản trị kênh rồi bấm cho phép:\n\n{consent.url}\n")
    landed = typer.prompt("Dán địa chỉ trên thanh trình duyệt sau khi cho phép", hide_input=True)
    return finish(service, platform, consent, landed, now)


def _pasted(service: Service, platform: str, now: datetime) -> list[Connected]:
    pasted = {}
    for name in ("access_token", "refresh_token"):
        value = typer.prompt(f"Dán {name} (để trống nếu không có)", default="", hide_input=True, show_default=False)
        if value:
            pasted[name] = value.strip()
    settings = service.platforms.settings[platform]
    try:
        return connector_class(platform).adopt(settings, pasted, now=now, http=service.platforms.session(0))
    except Unsupported as error:
        raise UserError(str(error)) from None


def _pair(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UserError(f"--option: “{text}” phải có dạng tên=giá trị.")
    return name.strip(), value.strip()


@app.command("list")
def list_channels() -> None:
    """Every channel, its state and when its access ends."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        rows = [
            (channel.key, connector_class(channel.platform).capabilities.label, channel.name,
             CHANNEL_WORDS[channel.state], _expiry(session, channel), _slots(session, channel))
            for channel in session.exec(select(Channel).order_by(Channel.key))
        ]  # fmt: skip
    table("Kênh", ("Kênh", "Nền tảng", "Tài khoản", "Trạng thái", "Mã truy cập hết hạn", "Khung giờ"), rows)


def _expiry(session: Session, channel: Channel) -> str:
    row = session.get(Credential, channel.id)
    if row is None:
        return "-"
    return moment(row.expires_at) if row.expires_at else "không thời hạn"


def _slots(session: Session, channel: Channel) -> str:
    minutes = session.exec(select(Slot.minute).where(Slot.channel_id == channel.id).distinct()).all()
    return ", ".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in sorted(minutes)) or "-"


@app.command("slots")
def slots(key: Key, slot: Annotated[list[str], SLOTS]) -> None:
    """Replace a channel's regular posting times."""
    weekly = parse_slots(slot)
    with writing(open_database(settings_module.load())) as session:
        set_slots(session, find_channel(session, key), weekly)
    say(f"Kênh “{key}” có {sum(map(len, weekly.values()))} khung giờ mỗi tuần.")


@app.command("check")
def check(key: Annotated[str, typer.Argument(help="Only this channel.")] = "") -> None:
    """Ask the platforms whether the access works; opens a channel again when it does."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        channels = [find_channel(session, key)] if key else session.exec(select(Channel).order_by(Channel.key)).all()
    sound = [_check_one(service, channel) for channel in channels]
    if not channels:
        raise UserError("Chưa có kênh nào; kết nối bằng lệnh: cchc channels add.")
    if not all(sound):
        raise UserError("Có kênh chưa dùng được; xem các dòng trên.")


def _check_one(service: Service, channel: Channel) -> bool:
    now = service.clock.now()
    assert channel.id is not None
    try:
        problems = service.access.connector(channel, now=now).health(now=now)
    except ConnectorError as error:
        state = {Reconnect: RECONNECT, Misconfigured: MISCONFIGURED}.get(type(error), "")
        with writing(service.engine) as session:
            stop_channel(session, channel.id, state, error.words, None)
        say(f"{channel.key}: {error}")
        return False
    if channel.state in (RECONNECT, MISCONFIGURED):
        with writing(service.engine) as session:
            stop_channel(session, channel.id, CONNECTED, "", None)
    for problem in problems:
        say(f"{channel.key}: {problem.words}")
    say(f"{channel.key}: {channel.name} dùng được, kiểm tra lúc {clock(now)}.")
    return not any(problem.blocks for problem in problems)


@app.command("about")
def about(platform: Annotated[str, typer.Argument(help="Only this platform.")] = "") -> None:
    """What each platform takes and tells: the limits the checks use."""
    if platform and platform not in CONNECTORS:
        raise UserError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")
    names = [platform] if platform else list(CONNECTORS)
    facts = [about_platform(name) for name in names]
    rows = [(label, *(fact[label] for fact in facts)) for label in facts[0]]
    table("", ("", *(connector_class(name).capabilities.label for name in names)), rows)


def about_platform(name: str) -> Mapping[str, str]:
    """One platform's limits and abilities as words; README's table is held against this."""
    limits = connector_class(name).capabilities
    unit = {"characters": "ký tự", "bytes": "byte"}[limits.text_unit]

    def most(value: int, what: str) -> str:
        return f"{number(value)} {what}" if value else "-"

    return {
        "Loại bài": ", ".join(sorted(limits.kinds)),
        "Tiêu đề": most(limits.title_max, "ký tự"),
        "Tóm tắt": most(limits.summary_max, "ký tự"),
        "Nội dung": most(limits.text_max, unit),
        "Số ảnh": most(limits.images_max, "ảnh"),
        "Mỗi ảnh": most(limits.image_bytes_max, "byte"),
        "Video": most(limits.video_bytes_max, "byte"),
        "Cần địa chỉ ảnh công khai": "có" if limits.needs_public_media else "không",
        "Chuẩn bị trước": f"{int(limits.prepare_ahead.total_seconds() // 3600)} giờ",
        "Số liệu": ", ".join(limits.metrics),
    }
