"""What an editor does with a week: their own words for the summary, mail to the list, a picture as a draft."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import col, select

from connectors import connector_class
from connectors.values import Kind
from content.articles import cut
from content.assets import keep_files
from content.drawings import Sketch, name_of
from content.editing import AssetUse, Conflict, PostFields, save
from content.errors import ContentError
from content.infographic import Spec
from content.plan import Plan, active_plan
from content.tables import Post
from content.vietnamese import moment
from reports.deliveries import deliveries_of, enlist, send_again
from reports.edits import PLACES, EditConflict, of_row, rewrite
from reports.papers import posting
from reports.periods import ReportError
from reports.summary import WeeklySummary
from reports.tables import Summary
from scheduler.db import reading, writing
from scheduler.tables import Channel
from web.acts import Act, acting, note
from web.door import Posted, house_of, may
from web.forms import Form
from web.house import House
from web.page import go
from web.roles import Permission, Person
from web.rooms.figures.weeks import chosen, show_week
from web.words import Say, say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
ALT_MOST = 480
SHOWN_FOR = timedelta(days=14)
"""A week's figures are no news after this."""
WIDE_AUDIENCE = "nguoi_dan"


@router.post("/so-lieu/tuan/{period}/tom-tat")
def write_sentences(request: Request, editor: Editor, period: str, posted: Posted) -> Response:
    """The three sentences in the office's own words; an empty one is the generated one again."""
    house, form = house_of(request), Form(posted)
    words = [form.long_text(place, f"Câu {number}", most=4_000) for number, place in enumerate(PLACES, 1)]
    try:
        with writing(house.engine) as session:
            row, _ = chosen(session, period, form.raw("ban"))
            by = acting(editor, Permission.EDIT)
            rewrite(session, row.id or 0, words, seen=_moment(form.raw("thay")), by=by, now=house.now())
            note(session, request, editor, Act.SUMMARY, period, "Sửa lời tóm tắt.", now=house.now())
    except EditConflict as error:
        form.fail(PLACES[0], say("{words}", words=error.words))
    except ReportError as error:
        number = next((n for n in (1, 2, 3) if error.words.startswith(f"Câu {n} ")), 1)
        form.fail(PLACES[number - 1], say("{words}", words=error.words))
    if form.errors:
        return show_week(request, period, form.raw("ban"), form=form, status=422)
    return go(request, f"/so-lieu/tuan/{period}?ban={row.id}", say("Đã lưu lời tóm tắt; số liệu giữ nguyên."))


def _moment(text: str) -> datetime | None:
    """What the form was filled in with; what is no moment fits no row."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise EditConflict("Trang đã cũ; hãy tải lại trang rồi sửa.") from None
    if found is not None and found.tzinfo is None:
        raise EditConflict("Trang đã cũ; hãy tải lại trang rồi sửa.")
    return found


@router.post("/so-lieu/tuan/{period}/gui")
def send(request: Request, editor: Editor, period: str, posted: Posted) -> RedirectResponse:
    """Queue this cut-off for everybody on the list who has no row for it yet."""
    house, form = house_of(request), Form(posted)
    post = house.summary_mail
    if post is None:
        words = say("Chưa cấu hình gửi tổng hợp tuần bằng thư.")
        return go(request, f"/so-lieu/tuan/{period}", words, "warn")
    with writing(house.engine) as session:
        row, _ = chosen(session, period, form.raw("ban"))
        count = enlist(session, row, post.readers.addresses, now=house.now(), anew=True)
        if count:
            note(session, request, editor, Act.SUMMARY, period, f"Gửi tới {count} địa chỉ.", now=house.now())
    return _queued(request, row, count, say("Mọi địa chỉ trong danh sách đã có trong hàng gửi."))


@router.post("/so-lieu/tuan/{period}/gui-lai")
def repeat(request: Request, editor: Editor, period: str, posted: Posted) -> RedirectResponse:
    """Send again what a person chose, as they saw it: one letter, or all of them."""
    house, form = house_of(request), Form(posted)
    with writing(house.engine) as session:
        row, _ = chosen(session, period, form.raw("ban"))
        known = {one.id: one for one in deliveries_of(session, [row.id or 0])}
        rows = {}
        for one in form.raws("thu"):
            number, _, state = one.partition("|")
            if number.isascii() and number.isdigit() and len(number) < 10 and int(number) in known:
                rows[int(number)] = state
        count = send_again(session, rows, now=house.now()) if rows else 0
        if count:
            note(session, request, editor, Act.SUMMARY, period, f"Gửi lại {count} thư.", now=house.now())
    none = say("Không gửi lại thư nào: thư đang trên đường hoặc vừa được gửi lại.")
    return _queued(request, row, count, none)


def _queued(request: Request, row: Summary, count: int, none: Say) -> RedirectResponse:
    """Back to the letters of this cut-off, with how many were queued, or why none was."""
    where = f"/so-lieu/tuan/{row.period}?ban={row.id}#gui"
    if not count:
        return go(request, where, none, "warn")
    return go(request, where, say("Đã xếp {count} thư vào hàng gửi; thư đi trong vòng một phút.", count=count))


# The week as a post --------------------------------------------------------------------------------------


@router.post("/so-lieu/tuan/{period}/bai")
def make_post(request: Request, editor: Editor, period: str, posted: Posted) -> RedirectResponse:
    """A draft with the week's picture, opened in the composer; the same cut-off is the same draft."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        row, _ = chosen(session, period, form.raw("ban"))
        summary = of_row(row)
        key = posting.key_of(summary)
        there = session.exec(select(Post.id).where(Post.key == key)).first()
        ids = [one.id for one in summary.channels]
        platforms = session.exec(select(Channel.platform).where(col(Channel.id).in_(ids)).order_by(col(Channel.id)))
        meant = _showing(dict.fromkeys(platforms))
    if there is not None:
        return go(request, f"/soan/{key}", say("Bài từ lần chốt số liệu này đã được tạo trước đó."), "warn")
    try:
        with reading(house.engine) as session:
            plan = active_plan(session)
        spec, sketches = posting.drawn(summary, plan)
    except ContentError as error:
        return go(request, f"/so-lieu/tuan/{period}?ban={row.id}", say("{words}", words=error.words), "warn")
    _keep(house, editor, key, _fields(summary, plan, meant), spec, sketches)
    words = say("Đã tạo bản nháp từ tổng hợp chốt lúc {at}; bài chưa trình duyệt.", at=moment(summary.cutoff_at))
    return go(request, f"/soan/{key}", words)


def _showing(platforms: Iterable[str]) -> tuple[str, ...]:
    """Those that take a picture; the draft should not begin with an error."""
    return tuple(one for one in platforms if Kind.IMAGE in connector_class(one).capabilities.kinds)


def _keep(house: House, editor: Person, key: str, fields: PostFields, spec: Spec, sketches: dict[str, Sketch]) -> None:
    """Store the picture in both sizes and the draft that shows it; somebody else's draft of this cut-off stands."""
    alt = cut(spec.alternative_text(), ALT_MOST)
    files = {size: house.service.store.put_bytes(one.paint(), name_of(key, size)) for size, one in sketches.items()}
    roles = {posting.IMAGE: "image", posting.COVER: "cover"}
    uses = tuple(
        AssetUse(files[size].sha256, roles[size], alt=alt, drawn=one.facts()) for size, one in sketches.items()
    )
    try:
        with writing(house.engine) as session:
            keep_files(session, files.values(), house.now())
            by, now = acting(editor, Permission.EDIT), house.now()
            save(session, key, replace(fields, assets=uses), by=by, now=now, seen="")
    except Conflict:
        return  # two clicked at once: both are led to the one draft


def _fields(summary: WeeklySummary, plan: Plan, platforms: tuple[str, ...]) -> PostFields:
    """Topic and text prefilled: the plan's first point is where results of the programme are told."""
    first = min(plan.topics, key=lambda one: one.order)
    return PostFields(
        title=posting.title(summary),
        form="infographic",
        body=posting.body(summary),
        topic=first.letter,
        audiences=tuple(one.code for one in plan.audiences if one.code == WIDE_AUDIENCE),
        source=posting.source(summary),
        platforms=platforms,
        evergreen=False,
        valid_to=summary.ends_on + SHOWN_FOR,
    )
