"""`cchc connect`: an account becomes a channel, or a channel's access is renewed."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import typer

from cli import settings as settings_module
from cli.acts import leave
from cli.callback import Callback
from cli.check import ask, show
from cli.console import ask_secret, say
from cli.errors import UserError
from cli.settings import check_redirect, is_loopback
from cli.when import parse_slots
from cli.wiring import build
from connectors import CONNECTORS
from connectors.errors import Misconfigured
from scheduler.consents import Begun, Consents, Offer, Wish, list_accounts
from scheduler.db import writing
from scheduler.service import Service
from web.acts import Act

TRIES = 3
"""How often a person is asked again which account is meant: the consent is used up and must not be lost."""


def connect(
    platform: Annotated[str, typer.Argument(help=f"Một trong: {', '.join(CONNECTORS)}.")],
    key: Annotated[str, typer.Option("--key", help="Tên gọi của kênh, do bạn đặt, như fanpage.")],
    agency: Annotated[str, typer.Option(help="Mã cơ quan chủ quản kênh, như trong kế hoạch.")] = "",
    slot: Annotated[
        list[str] | None, typer.Option("--slot", help="Khung giờ: “07:30” hoặc “T2 07:30”. Ghi nhiều lần được.")
    ] = None,
    option: Annotated[list[str] | None, typer.Option(help="Lựa chọn riêng của nền tảng: tên=giá trị.")] = None,
    account: Annotated[str, typer.Option(help="Mã tài khoản, khi một quyền mở được nhiều tài khoản.")] = "",
    redirect_uri: Annotated[
        str, typer.Option("--redirect-uri", help="Địa chỉ quay về của riêng lần này, thay cho CCHC_REDIRECT_URI.")
    ] = "",
    wait: Annotated[int, typer.Option(min=1, max=15, help="Số phút chờ trình duyệt quay lại.")] = 10,
    paste_address: Annotated[
        bool, typer.Option("--paste-address", help="Dán địa chỉ nhận được, khi trình duyệt ở máy khác.")
    ] = False,
    paste_token: Annotated[
        bool, typer.Option("--paste-token", help="Dán mã truy cập có sẵn thay vì mở trang cấp quyền.")
    ] = False,
) -> None:
    """Begin a consent, take its answer from the browser or from the keyboard, save the channel, and check it."""
    settings = settings_module.load()
    service = build(settings)
    consents = Consents(service.engine, service.vault, service.platforms)
    wish = Wish(key, agency, parse_slots(slot or []), dict(_pair(one) for one in option or []))
    if paste_token:
        offer = _adopted(service, consents, platform, wish)
    else:
        address = _address(redirect_uri or settings.redirect_uri)
        waits = timedelta(minutes=0 if paste_address or not is_loopback(address) else wait)
        offer = _consented(service, consents, platform, wish, address, waits)
    channel = consents.save(offer, _choose(offer, account), now=service.clock.now())
    with writing(service.engine) as session:
        leave(session, Act.CHANNEL, channel.key, f"Kết nối {channel.name}", now=service.clock.now())
    if channel.key == key:
        say(f"Đã kết nối {channel.name} thành kênh “{key}”.")
    else:
        say(f"{channel.name} đã là kênh “{channel.key}”; đã gia hạn quyền của kênh đó, không thêm kênh “{key}”.")
    show(*service.look_at(channel), service.clock.now())


def _pair(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UserError(f"--option: “{text}” phải có dạng tên=giá trị.")
    return name.strip(), value.strip()


def _address(redirect_uri: str) -> str:
    try:
        return check_redirect(redirect_uri)
    except ValueError as error:
        raise UserError(f"--redirect-uri: {error}.") from None


def _consented(
    service: Service, consents: Consents, platform: str, wish: Wish, redirect_uri: str, wait: timedelta
) -> Offer:
    """What a person allows in the browser; `wait` zero: the address the browser lands on is pasted."""
    if wait:
        with Callback(redirect_uri) as callback:
            begun = _begin(service, consents, platform, wish, callback.redirect_uri)
            callback.expect(begun.state)
            _show(begun)
            return _awaited(service, consents, begun, callback, wait)
    if is_loopback(redirect_uri) and urlsplit(redirect_uri).port == 0:
        with Callback(redirect_uri) as callback:
            redirect_uri = callback.redirect_uri  # a platform takes no port 0; nobody has to listen there
    begun = _begin(service, consents, platform, wish, redirect_uri)
    _show(begun)
    return _pasted(service, consents, begun)


def _begin(service: Service, consents: Consents, platform: str, wish: Wish, redirect_uri: str) -> Begun:
    try:
        return consents.begin(platform, wish, redirect_uri=redirect_uri, now=service.clock.now())
    except Misconfigured as error:
        raise UserError(f"{error.words} Hãy điền các dòng CCHC_{platform.upper()}__… trong tệp .env.") from None


def _show(begun: Begun) -> None:
    say(f"Mở địa chỉ sau bằng tài khoản quản trị kênh rồi bấm cho phép:\n\n{begun.url}\n", now=True)


def _awaited(service: Service, consents: Consents, begun: Begun, callback: Callback, wait: timedelta) -> Offer:
    minutes = int(wait.total_seconds() // 60)
    try:
        say(
            f"Đang chờ trình duyệt quay lại {callback.redirect_uri}, tối đa {minutes} phút; dừng bằng Ctrl-C.", now=True
        )
        answer = callback.wait(wait)
    except KeyboardInterrupt:
        raise UserError("Đã dừng chờ, chưa có gì thay đổi; hãy chạy lại lệnh khi cần kết nối.") from None
    if answer is None:
        raise UserError(
            f"Đã chờ {minutes} phút mà trình duyệt chưa quay lại; hãy chạy lại lệnh và mở địa chỉ mới, "
            "thêm --paste-address nếu trình duyệt ở máy khác."
        )
    return consents.finish(begun.state, answer, now=service.clock.now())


def _pasted(service: Service, consents: Consents, begun: Begun) -> Offer:
    landed = ask_secret("Dán địa chỉ trên thanh trình duyệt sau khi cho phép")
    try:
        answer = dict(parse_qsl(urlsplit(landed).query))
    except ValueError:
        answer = {}
    if not answer:
        raise UserError(
            "Địa chỉ vừa dán thiếu phần trả lời của nền tảng (sau dấu ?); hãy chạy lại lệnh và chép lại cả địa chỉ "
            "trên thanh trình duyệt."
        )
    return consents.finish(begun.state, answer, now=service.clock.now())


def _adopted(service: Service, consents: Consents, platform: str, wish: Wish) -> Offer:
    consents.check(platform, wish)
    pasted = {}
    for name in ("access_token", "refresh_token"):
        value = ask_secret(f"Dán {name}, hoặc để trống nếu không có")
        if value:
            pasted[name] = value
    if not pasted:
        raise UserError("Chưa dán mã truy cập nào; hãy chạy lại lệnh và dán mã.")
    return consents.adopt(platform, pasted, wish, now=service.clock.now())


def _choose(offer: Offer, account: str) -> str:
    """The id of the account that is meant: the named one, the only one, or the one a person picks from the list."""
    accounts = offer.accounts
    if account or len(accounts) == 1:
        return account or accounts[0].external_id
    say("Quyền vừa cấp mở được nhiều tài khoản:")
    for number, one in enumerate(accounts, 1):
        say(f"  {number}. {one.name} ({one.external_id})")
    places = {str(number): one.external_id for number, one in enumerate(accounts, 1)}
    for _ in range(TRIES):
        typed = ask("Gõ số thứ tự hoặc mã của tài khoản cần kết nối")
        chosen = places.get(typed, typed)
        if chosen in places.values():
            return chosen
        if not typed:
            break
    raise UserError(
        f"Chưa chọn tài khoản; hãy chạy lại lệnh và ghi --account với mã của một trong: {list_accounts(offer)}."
    )
