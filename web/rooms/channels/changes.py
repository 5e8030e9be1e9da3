"""What may be changed about a channel: slots, options, whose it is, on or off; and a check of its access."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session, select

from scheduler.channels import (
    OFF,
    ChannelError,
    in_quiet_hours,
    open_channel,
    set_agency,
    set_options,
    set_rules,
    set_slots,
    switch_off,
    weekly_slots_of,
)
from scheduler.checkup import blocks
from scheduler.db import reading, writing
from scheduler.tables import Channel
from web.acts import Act, note
from web.agencies import agency_names
from web.door import Posted, house_of, may
from web.forms import Form
from web.options import read_options
from web.page import go
from web.roles import Permission, Person
from web.rooms.channels import slots
from web.rooms.channels.pages import (
    CHECKED,
    PREFIX,
    Sent,
    chosen_options,
    detail,
    option_fields,
    own_options,
)
from web.stale import MARK, Clash, changes, clash, mark_of
from web.words import Say, say

router = APIRouter()
Keeper = Annotated[Person, Depends(may(Permission.CHANNELS))]


def channel_of(session: Session, key: str, *, held: bool = False) -> Channel:
    """The channel called `key`, `held`: nobody changes it before the commit; not found is an answer of its own."""
    wanted = select(Channel).where(Channel.key == key)
    channel = session.exec(wanted.with_for_update(key_share=True) if held else wanted).one_or_none()
    if channel is None:
        raise HTTPException(404)
    return channel


@router.post("/kenh/{key}/kiem-tra")
def check(request: Request, someone: Keeper, key: str) -> HTMLResponse:
    """Ask the platform now, with no transaction open, and show everything it told."""
    house = house_of(request)
    with reading(house.engine) as session:
        channel = channel_of(session, key)
    _, findings = house.service.look_at(channel)
    with writing(house.engine) as session:
        note(session, request, someone, Act.CHANNEL, key, CHECKED, now=house.now())
    return detail(request, key, findings=findings)


@router.post("/kenh/{key}/khung-gio")
def change_slots(request: Request, someone: Keeper, posted: Posted, key: str) -> Response:
    """Other regular posting times."""
    form = Form(posted)
    weekly = slots.read_slots(form)

    def before(session: Session, channel: Channel) -> dict[str, Any]:
        return slots.told(weekly_slots_of(session, channel))

    def write(session: Session, channel: Channel) -> None:
        set_slots(session, channel, weekly)

    with reading(house_of(request).engine) as session:
        quiet = in_quiet_hours(channel_of(session, key), weekly)
    count = sum(map(len, weekly.values()))
    words = say("Đã lưu: kênh “{key}” có {n} khung giờ mỗi tuần.", key=key, n=count)
    if quiet:
        more = "{said} Lưu ý: {hours} nằm trong giờ yên lặng của kênh nên hệ thống không tự xếp bài vào đó."
        words = say(more, said=words, hours=", ".join(quiet))
    return _change(request, someone, key, "khung-gio", form, slots.LABELS, slots.told(weekly), before, write, words)


@router.post("/kenh/{key}/quy-tac")
def change_rules(request: Request, someone: Keeper, posted: Posted, key: str) -> Response:
    """Another gap, daily maximum or quiet hours."""
    form = Form(posted)
    rules = slots.read_rules(form)
    mine = slots.rules_told(**rules)

    def write(session: Session, channel: Channel) -> None:
        set_rules(session, channel, **rules)

    words = say("Đã lưu quy tắc giờ đăng của kênh “{key}”.", key=key)
    return _change(
        request, someone, key, "quy-tac", form, slots.RULE_LABELS, mine, lambda _, row: slots.rules_of(row), write,
        words,
    )  # fmt: skip


@router.post("/kenh/{key}/tuy-chon")
def change_options(request: Request, someone: Keeper, posted: Posted, key: str) -> Response:
    """Other choices of what the platform declares."""
    form = Form(posted)
    with reading(house_of(request).engine) as session:
        channel = channel_of(session, key)
    offered = own_options(channel.platform)
    chosen = {
        name: value
        for name, value in read_options(form, channel.platform, PREFIX).items()
        if name in {one.name for one in offered}
    }
    mine = {f"{PREFIX}{one.name}": form.raw(f"{PREFIX}{one.name}") for one in offered}
    labels = {f"{PREFIX}{one.name}": one.label for one in offered}

    def write(session: Session, row: Channel) -> None:
        names = {one.name for one in offered}
        kept = {name: value for name, value in chosen_options(row).items() if name not in names}
        set_options(session, row, {**kept, **chosen})

    words = say("Đã lưu tùy chọn của kênh “{key}”.", key=key)
    return _change(
        request, someone, key, "tuy-chon", form, labels, mine, lambda _, row: option_fields(row), write, words
    )


@router.post("/kenh/{key}/co-quan")
def change_agency(request: Request, someone: Keeper, posted: Posted, key: str) -> Response:
    """Whose channel it is."""
    form = Form(posted)
    with reading(house_of(request).engine) as session:
        known = {*agency_names(session), channel_of(session, key).agency}
    agency = form.choice("agency", "Cơ quan chủ quản", known, required=False)

    def write(session: Session, row: Channel) -> None:
        set_agency(session, row, agency)

    words = say("Đã lưu cơ quan chủ quản của kênh “{key}”.", key=key)
    labels, mine = {"agency": "Cơ quan chủ quản"}, {"agency": agency}
    return _change(
        request, someone, key, "co-quan", form, labels, mine, lambda _, row: {"agency": row.agency}, write, words
    )


def _change(
    request: Request,
    someone: Person,
    key: str,
    which: str,
    form: Form,
    labels: Mapping[str, str],
    mine: Mapping[str, Any],
    before: Callable[[Session, Channel], dict[str, Any]],
    write: Callable[[Session, Channel], None],
    words: Say,
) -> Response:
    """Write what one form of the page says, unless somebody else changed the same meanwhile."""
    house, found = house_of(request), None
    if not form.errors:
        try:
            with writing(house.engine) as session:
                row = channel_of(session, key, held=True)
                there = before(session, row)
                if mark_of(there) != form.raw(MARK):
                    found = clash(labels, there, mine)
                elif told := changes(labels, there, mine):
                    write(session, row)
                    note(session, request, someone, Act.CHANNEL, key, told, now=house.now())
        except ChannelError as error:
            form.fail("", say("{words}", words=str(error)))
    if form.errors or found:
        return _again(request, key, which, form, found)
    return go(request, f"/kenh/{key}#{which}", words)


def _again(request: Request, key: str, which: str, form: Form, found: Clash | None) -> HTMLResponse:
    return detail(request, key, sent=Sent(which, form, found))


@router.post("/kenh/{key}/tat")
def off(request: Request, someone: Keeper, key: str) -> RedirectResponse:
    """Nothing is published there any more, until a person switches it on."""
    house = house_of(request)
    with writing(house.engine) as session:
        channel = channel_of(session, key)
        if channel.state != OFF:
            switch_off(session, channel, someone.name, house.now())
            note(session, request, someone, Act.CHANNEL, key, "Tắt kênh", now=house.now())
    words = "Đã tắt kênh “{key}”: không có bài nào được đăng lên đó cho đến khi bật lại; lịch vẫn giữ nguyên."
    return go(request, f"/kenh/{key}", say(words, key=key), "warn", done=True)


@router.post("/kenh/{key}/bat")
def on(request: Request, someone: Keeper, key: str) -> RedirectResponse:
    """On again, and at once a look at whether its access still works."""
    house = house_of(request)
    with writing(house.engine) as session:
        channel = channel_of(session, key)
        if channel.state == OFF:
            open_channel(session, channel.id or 0)
            note(session, request, someone, Act.CHANNEL, key, "Bật kênh", now=house.now())
    return looked_at(request, someone, channel, say("Đã bật kênh “{key}”.", key=key))


def looked_at(request: Request, someone: Person, channel: Channel, words: Say) -> RedirectResponse:
    """On to the channel's page, with what was done and how the platform answers now."""
    house = house_of(request)
    channel, findings = house.service.look_at(channel)
    with writing(house.engine) as session:
        note(session, request, someone, Act.CHANNEL, channel.key, CHECKED, now=house.now())
    where = f"/kenh/{channel.key}"
    if blocks(findings):
        more = " Nền tảng chưa cho dùng; hãy bấm Kiểm tra ngay để xem việc cần làm."
        return go(request, where, say(words.pattern + more, **words.facts), "bad", done=True)
    if any(not one.ok for one in findings):
        more = " Kênh dùng được nhưng có điểm cần xem: bấm Kiểm tra ngay."
        return go(request, where, say(words.pattern + more, **words.facts), "warn", done=True)
    return go(request, where, say(words.pattern + " Kênh dùng được.", **words.facts))
