"""`cchc channels …`: connect an account, list, check, set slots, tell what a platform can do."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import typer
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.console import ask_secret, say, table
from cli.errors import UserError
from cli.when import parse_slots
from cli.wiring import build, open_database
from connectors import CONNECTORS, connector_class
from connectors.base import Connected, Consent, Kind, Metric
from connectors.errors import ConnectorError, Misconfigured, Reconnect, Unsupported
from content.vietnamese import clock, moment, number
from scheduler.channels import (
    CHANNEL_WORDS,
    MISCONFIGURED,
    RECONNECT,
    find_channel,
    open_channel,
    save_channel,
    set_slots,
    stop_channel,
)
from scheduler.db import reading, writing
from scheduler.service import Service
from scheduler.tables import Channel, Credential, Slot

app = typer.Typer(help="Các kênh: kết nối, xem, kiểm tra, khung giờ, giới hạn.", no_args_is_help=True)

KIND_WORDS = {
    Kind.TEXT: "văn bản",
    Kind.LINK: "liên kết",
    Kind.IMAGE: "một ảnh",
    Kind.ALBUM: "nhiều ảnh",
    Kind.ARTICLE: "bài viết",
    Kind.VIDEO: "video",
}
METRIC_WORDS = {
    Metric.REACH: "tiếp cận",
    Metric.VIEWS: "lượt xem",
    Metric.REACTIONS: "cảm xúc",
    Metric.COMMENTS: "bình luận",
    Metric.SHARES: "chia sẻ",
    Metric.CLICKS: "lượt bấm",
    Metric.FOLLOWERS: "người theo dõi",
}

Platform = Annotated[str, typer.Argument(help=f"Một trong: {', '.join(CONNECTORS)}.")]
Key = Annotated[str, typer.Argument(help="Tên gọi của kênh.")]
SLOTS = typer.Option("--slot", help="Khung giờ: “07:30” cho mọi ngày, hoặc “T2 07:30”. Ghi nhiều lần được.")


@app.command(
    "add", help="Kết nối một tài khoản hoặc gia hạn quyền: mở địa chỉ được in ra, cho phép, rồi dán địa chỉ nhận được."
)
def add(
    platform: Platform,
    key: Annotated[str, typer.Option("--key", help="Tên gọi của kênh, do bạn đặt, như fanpage.")],
    agency: Annotated[str, typer.Option(help="Mã cơ quan chủ quản kênh, như trong kế hoạch.")] = "",
    slot: Annotated[list[str] | None, SLOTS] = None,
    option: Annotated[list[str] | None, typer.Option(help="Lựa chọn riêng của nền tảng: tên=giá trị.")] = None,
    account: Annotated[str, typer.Option(help="Mã tài khoản, khi một quyền mở được nhiều tài khoản.")] = "",
    paste: Annotated[bool, typer.Option(help="Dán mã truy cập có sẵn thay vì mở trang cấp quyền.")] = False,
) -> None:
    """Connect an account, or renew its access: open the printed address, allow, paste the address you land on."""
    settings = settings_module.load()
    service = build(settings)
    options = dict(_pair(one) for one in option or [])
    weekly = parse_slots(slot or [])
    _refuse_key_of_another(service, platform, key)
    now = service.clock.now()
    offered = _pasted(service, platform, now) if paste else _consented(service, platform, settings.redirect_uri, now)
    connected = choose(offered, account)
    with writing(service.engine) as session:
        channel = save_channel(
            session, service.vault, platform, connected, key=key, agency=agency, options=options, now=now
        )
        if weekly or not session.exec(select(Slot.id).where(Slot.channel_id == channel.id)).first():
            set_slots(session, channel, weekly or parse_slots(usual_slots(platform)))
    say(f"Đã kết nối {channel.name} thành kênh “{channel.key}”.")


def usual_slots(platform: str) -> list[str]:
    """The posting times a new channel of this platform begins with."""
    return list(connector_class(platform).capabilities.usual_slots)


def begin(service: Service, platform: str, redirect_uri: str) -> Consent:
    """Begin a consent with a fresh state and PKCE verifier (43 characters)."""
    _refuse_unknown(platform)
    try:
        return connector_class(platform).begin_consent(
            service.platforms.settings[platform],
            redirect_uri=redirect_uri,
            state=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(32),
        )
    except Misconfigured as error:
        raise UserError(f"{error.words} Hãy điền các dòng CCHC_{platform.upper()}__… trong tệp .env.") from None


def _refuse_unknown(platform: str) -> None:
    if platform not in CONNECTORS:
        raise UserError(f"Không có nền tảng “{platform}”. Các nền tảng: {', '.join(CONNECTORS)}.")


def _refuse_key_of_another(service: Service, platform: str, key: str) -> None:
    """Before anybody goes through a consent: a code can be used only once."""
    with reading(service.engine) as session:
        there = session.exec(select(Channel).where(Channel.key == key, Channel.platform != platform)).first()
    if there is not None:
        raise UserError(f"Tên kênh “{key}” đã dùng cho {there.name}; hãy chọn tên khác.")


def finish(service: Service, platform: str, consent: Consent, landed: str, now: datetime) -> list[Connected]:
    """Exchange the address the browser landed on for the accounts that were granted."""
    answer = dict(parse_qsl(urlsplit(landed.strip()).query))
    if not answer:
        raise UserError(
            "Địa chỉ vừa dán thiếu phần trả lời của nền tảng (sau dấu ?); hãy chép lại cả địa chỉ trong trình duyệt."
        )
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
    landed = ask_secret("Dán địa chỉ trên thanh trình duyệt sau khi cho phép")
    return finish(service, platform, consent, landed, now)


def _pasted(service: Service, platform: str, now: datetime) -> list[Connected]:
    _refuse_unknown(platform)
    pasted = {}
    for name in ("access_token", "refresh_token"):
        value = ask_secret(f"Dán {name}, hoặc để trống nếu không có")
        if value:
            pasted[name] = value
    if not pasted:
        raise UserError("Chưa dán mã truy cập nào; hãy chạy lại lệnh và dán mã.")
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
    minutes = session.exec(select(Slot.minute).where(Slot.channel_id == channel.id).distinct()).all()
    return ", ".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in sorted(minutes)) or "-"


@app.command("slots", help="Thay các khung giờ đăng của một kênh.")
def slots(key: Key, slot: Annotated[list[str], SLOTS]) -> None:
    """Replace a channel's regular posting times."""
    weekly = parse_slots(slot)
    with writing(open_database(settings_module.load())) as session:
        set_slots(session, find_channel(session, key), weekly)
    say(f"Kênh “{key}” có {sum(map(len, weekly.values()))} khung giờ mỗi tuần.")


@app.command("check", help="Hỏi các nền tảng xem quyền truy cập còn dùng được không.")
def check(key: Annotated[str, typer.Argument(help="Chỉ kênh này.")] = "") -> None:
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
            open_channel(session, channel.id)
    for problem in problems:
        say(f"{channel.key}: {problem.words}")
    say(f"{channel.key}: {channel.name} dùng được, kiểm tra lúc {clock(now)}.")
    return not any(problem.blocks for problem in problems)


@app.command("about", help="Xem mỗi nền tảng nhận và cho biết những gì.")
def about(platform: Annotated[str, typer.Argument(help="Chỉ nền tảng này.")] = "") -> None:
    """What each platform takes and tells: the limits the checks use."""
    if platform:
        _refuse_unknown(platform)
    names = [platform] if platform else list(CONNECTORS)
    facts = [about_platform(name) for name in names]
    rows = [(label, *(fact[label] for fact in facts)) for label in facts[0]]
    table("", ("", *(connector_class(name).capabilities.label for name in names)), rows)


def about_markdown() -> str:
    """The table of platform abilities as it stands in README between its marks; `python -m cli.channels` prints it."""
    facts = [about_platform(name) for name in CONNECTORS]
    lines = [["", *(connector_class(name).capabilities.label for name in CONNECTORS)], ["---"] * (len(facts) + 1)]
    lines += [[label, *(fact[label] for fact in facts)] for label in facts[0]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def about_platform(name: str) -> Mapping[str, str]:
    """One platform's limits and abilities as words; README's table is held against this."""
    limits = connector_class(name).capabilities
    unit = {"characters": "ký tự", "bytes": "byte"}[limits.text_unit]

    def most(value: int, what: str) -> str:
        return f"{number(value)} {what}" if value else "-"

    return {
        "Loại bài": ", ".join(words for kind, words in KIND_WORDS.items() if kind in limits.kinds),
        "Tiêu đề": most(limits.title_max, "ký tự"),
        "Tóm tắt": most(limits.summary_max, "ký tự"),
        "Nội dung": most(limits.text_max, unit),
        "Số ảnh": most(limits.images_max, "ảnh"),
        "Mỗi ảnh": most(limits.image_bytes_max, "byte"),
        "Video": most(limits.video_bytes_max, "byte"),
        "Cần địa chỉ ảnh công khai": "có" if limits.needs_public_media else "không",
        "Chuẩn bị trước": f"{int(limits.prepare_ahead.total_seconds() // 3600)} giờ",
        "Số liệu": ", ".join(METRIC_WORDS[metric] for metric in limits.metrics),
    }


if __name__ == "__main__":
    print(about_markdown(), end="")  # noqa: T201  this is the command's output
