"""Connecting an account: choose a platform, allow it there, choose the account. Each step survives a restart.

What waits between two steps belongs to the person who began it and stands in the scheduler's table, sealed. The
strict policy of our pages lets no form lead elsewhere, so the way to the platform is a link on a page of ours.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, SecretStr
from sqlmodel import select

from connectors import CONNECTORS, connector_class
from connectors.errors import ConnectorError
from content.keys import KEY
from scheduler.channels import ChannelError
from scheduler.consents import Offer, Wish, usual_slots
from scheduler.db import reading, writing
from scheduler.tables import Channel
from scheduler.vault import VaultError
from web.acts import Act, note
from web.agencies import agency_names
from web.door import Posted, house_of
from web.forms import Form
from web.page import page
from web.roles import Person
from web.rooms.channels import slots
from web.rooms.channels.changes import Keeper, channel_of, looked_at
from web.rooms.channels.wording import time_left
from web.words import say

router = APIRouter()
HERE = "/kenh/ket-noi"
BACK = f"{HERE}/ve"
"""Where the browser comes back, when the office's CCHC_REDIRECT_URI says so."""
Refused = (ChannelError, ConnectorError, VaultError)


def needs(request: Request, platform: str) -> dict[str, Any]:
    """What a platform asks for before anybody can connect: steps, and settings with whether they are filled in."""
    limits = connector_class(platform).capabilities
    settings = house_of(request).service.platforms.settings[platform]
    fields = type(settings).model_fields
    listed = [
        (f"CCHC_{platform}__{name}".upper(), fields[name].description or "", _filled(settings, name))
        for name in limits.needed_settings
    ]
    return {
        "platform": platform,
        "label": limits.label,
        "steps": limits.connect_steps,
        "settings": listed,
        "missing": [name for name, _, there in listed if not there],
        "tokens": limits.pasted_tokens,
    }


def _filled(settings: BaseModel, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def comes_back(request: Request) -> tuple[str, bool]:
    """The address that the platform sends the browser to, and whether that is a page of ours."""
    house = house_of(request)
    ours, asked = urlsplit(house.address or str(request.base_url)), urlsplit(house.redirect_uri)
    if asked.port == 0:
        # a platform takes no port 0; which one it is does not matter when the address is pasted
        host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname
        asked = asked._replace(netloc=f"{host}:{ours.port or 80}")
    return asked.geturl(), asked.path == BACK and asked.netloc == ours.netloc


@router.get(HERE)
def begin_page(request: Request, _keeper: Keeper) -> HTMLResponse:
    """Choose a platform, or go on with the one in the address; with a channel: renew its access."""
    key, platform = request.query_params.get("kenh", ""), request.query_params.get("nen-tang", "")
    if key:
        with reading(house_of(request).engine) as session:
            channel = channel_of(session, key)
        return _form(request, channel.platform, Form(), channel)
    if not platform:
        return page(request, "channels/choose.html", platforms=[needs(request, one) for one in CONNECTORS])
    if platform not in CONNECTORS:
        raise HTTPException(404)
    usual: dict[str, Any] = {**slots.told(usual_slots(platform))}
    return _form(request, platform, Form(**usual))


def _form(
    request: Request, platform: str, form: Form, channel: Channel | None = None, status: int = 200
) -> HTMLResponse:
    uri, here = comes_back(request)
    with reading(house_of(request).engine) as session:
        names = agency_names(session)
    return page(
        request,
        "channels/connect.html",
        status=status,
        form=form,
        needs=needs(request, platform),
        channel=channel,
        names=names,
        days=slots.DAYS,
        redirect_uri=uri,
        comes_here=here,
    )


@router.post(HERE)
def begin(request: Request, someone: Keeper, posted: Posted) -> Response:
    """Begin a consent, or take pasted tokens."""
    house, form = house_of(request), Form(posted)
    platform = form.choice("nen_tang", "Nền tảng", CONNECTORS)
    if not platform:
        raise HTTPException(404)
    channel, wish = _wish(request, form)
    if not form.errors:
        try:
            if form.yes("dan_ma"):
                tokens = _tokens(form, platform)
                if not form.errors:
                    offer = house.consents.adopt(platform, tokens, wish, now=house.now())
                    return _offered(request, someone, offer)
            else:
                uri, _ = comes_back(request)
                begun = house.consents.begin(platform, wish, redirect_uri=uri, now=house.now(), by=someone.login)
                return RedirectResponse(f"{HERE}/lan/{begun.state}", status_code=303)
        except Refused as error:
            form.fail("key", say("{words}", words=_words(error)))
    return _form(request, platform, form, channel, status=422)


def _wish(request: Request, form: Form) -> tuple[Channel | None, Wish]:
    """What the person wants: a channel that is there, by its key, or a new one."""
    with reading(house_of(request).engine) as session:
        if form.raw("kenh"):
            channel = channel_of(session, form.raw("kenh"))
            return channel, Wish(channel.key)
        key = form.text("key", "Tên gọi", most=40, required=True)
        taken = session.exec(select(Channel.key).where(Channel.key == key)).first()
        known = agency_names(session)
    if key and (not KEY.fullmatch(key) or key == HERE.rpartition("/")[2]):
        form.fail("key", say("Tên gọi chỉ gồm chữ thường không dấu, số và gạch nối, như fanpage."))
    if taken:
        words = "Đã có kênh “{key}”; muốn gia hạn quyền của kênh đó, hãy mở kênh và bấm Kết nối lại."
        form.fail("key", say(words, key=key))
    agency = form.choice("agency", "Cơ quan chủ quản", known, required=False)
    return None, Wish(key, agency, slots.read_slots(form))


def _tokens(form: Form, platform: str) -> dict[str, str]:
    """What was pasted; it is never shown again."""
    named = connector_class(platform).capabilities.pasted_tokens
    if not named:
        form.fail("dan_ma", say("Nền tảng này không nhận mã dán sẵn; hãy kết nối bằng trình duyệt."))
    pasted = {name: form.text(name, name, most=4000) for name in named}
    if named and not any(pasted.values()):
        form.fail(named[0], say("Hãy dán mã truy cập."))
    return {name: value for name, value in pasted.items() if value}


@router.get(HERE + "/lan/{state}")
def waiting(request: Request, someone: Keeper, state: str) -> HTMLResponse:
    """The way to the platform, and a place to paste the address the browser landed on."""
    return _waiting(request, someone, state, Form())


def _waiting(request: Request, someone: Person, state: str, form: Form, status: int = 200) -> HTMLResponse:
    house = house_of(request)
    try:
        found = house.consents.waiting(state, now=house.now(), by=someone.login)
    except Refused as error:
        return _failed(request, error)
    _, here = comes_back(request)
    label = connector_class(found.platform).capabilities.label
    left = time_left(found.until, house.now())
    return page(
        request, "channels/waiting.html", status=status, found=found, state=state, form=form, label=label, left=left,
        comes_here=here and found.redirect_uri == comes_back(request)[0],
    )  # fmt: skip


@router.get(BACK)
def come_back(request: Request, someone: Keeper) -> Response:
    """The browser comes back from the platform with its answer."""
    answer = dict(request.query_params)
    if not answer.get("state"):
        return _failed(request, ChannelError("Địa chỉ này thiếu câu trả lời của nền tảng; hãy kết nối lại từ đầu."))
    return _finish(request, someone, answer["state"], answer)


@router.post(HERE + "/lan/{state}")
def paste(request: Request, someone: Keeper, posted: Posted, state: str) -> Response:
    """The address on which the browser landed, pasted by the person."""
    form = Form(posted)
    landed = form.text("dia_chi", "Địa chỉ", most=8000, required=True)
    try:
        answer = dict(parse_qsl(urlsplit(landed).query))
    except ValueError:
        answer = {}
    if not form.errors and not answer:
        words = "Địa chỉ vừa dán thiếu phần trả lời của nền tảng (sau dấu ?); hãy chép lại cả địa chỉ."
        form.fail("dia_chi", say(words))
    elif not form.errors and answer.get("state") != state:
        words = "Địa chỉ vừa dán không thuộc lượt kết nối này; hãy mở lại đường dẫn bên trên và chép địa chỉ mới."
        form.fail("dia_chi", say(words))
    if form.errors:
        # what was pasted may hold a code: it is not shown again
        shown = Form()
        shown.errors = form.errors
        return _waiting(request, someone, state, shown, status=422)
    return _finish(request, someone, state, answer)


def _finish(request: Request, someone: Person, state: str, answer: dict[str, str]) -> Response:
    house = house_of(request)
    try:
        offer = house.consents.finish(state, answer, now=house.now(), by=someone.login)
    except Refused as error:
        return _failed(request, error)
    return _offered(request, someone, offer)


def _offered(request: Request, someone: Person, offer: Offer) -> RedirectResponse:
    house = house_of(request)
    name = house.consents.keep(offer, now=house.now(), by=someone.login)
    return RedirectResponse(f"{HERE}/chon/{name}", status_code=303)


@router.get(HERE + "/chon/{name}")
def choose(request: Request, someone: Keeper, name: str) -> HTMLResponse:
    """The accounts that may become the channel."""
    return _choose(request, someone, name, Form())


def _choose(request: Request, someone: Person, name: str, form: Form, status: int = 200) -> HTMLResponse:
    house = house_of(request)
    try:
        offer, until = house.consents.kept(name, now=house.now(), by=someone.login)
    except Refused as error:
        return _failed(request, error)
    with reading(house.engine) as session:
        known = session.exec(select(Channel).where(Channel.platform == offer.platform)).all()
    return page(
        request,
        "channels/account.html",
        status=status,
        name=name,
        offer=offer,
        form=form,
        label=connector_class(offer.platform).capabilities.label,
        left=time_left(until, house.now()),
        taken={one.external_id: one.key for one in known if one.key != offer.wish.key},
    )


@router.post(HERE + "/chon/{name}")
def save(request: Request, someone: Keeper, posted: Posted, name: str) -> Response:
    """Make the chosen account the channel, and look at once whether it works."""
    house, form = house_of(request), Form(posted)
    try:
        offer, _ = house.consents.kept(name, now=house.now(), by=someone.login)
        account = form.choice("account", "Tài khoản", [one.external_id for one in offer.accounts])
        if form.errors:
            return _choose(request, someone, name, form, status=422)
        channel = house.consents.save(offer, account, now=house.now(), name=name)
    except Refused as error:
        return _failed(request, error)
    with writing(house.engine) as session:
        note(session, request, someone, Act.CHANNEL, channel.key, f"Kết nối {channel.name}", now=house.now())
    words = say("Đã kết nối {name} thành kênh “{key}”.", name=channel.name, key=channel.key)
    if channel.key != offer.wish.key:
        told = "{name} đã là kênh “{key}”: quyền của kênh đó được gia hạn, không thêm kênh “{wanted}”."
        words = say(told, name=channel.name, key=channel.key, wanted=offer.wish.key)
    return looked_at(request, someone, channel, words)


def _failed(request: Request, error: Exception) -> HTMLResponse:
    """A step that led nowhere: why, and the way on."""
    return page(request, "channels/failed.html", status=400, words=_words(error))


def _words(error: Exception) -> str:
    words = error.words if isinstance(error, ConnectorError) else str(error)
    code = f" ({error.code})" if isinstance(error, ConnectorError) and error.code else ""
    return words.rstrip(".") + code + "."
