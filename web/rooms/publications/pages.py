"""The pages and answers of the verbs: GET shows what will happen, POST does it."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import col, select
from starlette.exceptions import HTTPException

from connectors import connector_class
from connectors.errors import ConnectorError, Unsupported
from content.editorial import is_approved
from content.errors import ContentError
from content.tables import Post
from content.vietnamese import clock, local_day, moment
from scheduler.channels import CHANNEL_WORDS, CONNECTED, OFF, ChannelError
from scheduler.db import reading
from scheduler.lifecycle import WORDS, State
from scheduler.moving import publish_now
from scheduler.parts import PART_WORDS
from scheduler.queue import MOST, QueueError
from scheduler.tables import Channel, Publication
from scheduler.vault import VaultError
from web.acts import acting
from web.door import Forbidden, Posted, Someone, house_of, safe_way_back
from web.forms import Form
from web.house import House
from web.page import go, page
from web.roles import Permission, Person
from web.rooms.publications.verbs import VERBS, Asked, Verb
from web.words import Say, say

router = APIRouter()

REFUSALS = (QueueError, ChannelError, ContentError, ConnectorError, Unsupported, VaultError)
"""What the queue says no with; the words are for the person."""


@router.get("/muc/{number:int}/{verb}")
def ask(request: Request, number: int, verb: str, someone: Someone) -> Response:
    """What this would do, with a button that does it."""
    asked, found = _asked(request, number, verb, someone, Form())
    asked = replace(asked, form=Form(None, **_start(request, asked)))
    return _page(request, asked, found, safe_way_back(request.query_params.get("tiep") or f"/muc/{number}"))


@router.post("/muc/{number:int}/{verb}")
def do(request: Request, number: int, verb: str, someone: Someone, posted: Posted) -> Response:
    """Do it; a refusal shows the page again, with its words."""
    asked, found = _asked(request, number, verb, someone, Form(posted))
    back = safe_way_back(asked.form.raw("tiep") or f"/muc/{number}")
    try:
        words = found.do(asked)
    except REFUSALS as error:
        return _refused(request, asked, found, back, _told(error))
    if asked.form.errors:
        first = next(iter(asked.form.errors.values()))
        if wants_facts(request):
            return JSONResponse({"detail": str(first)}, status_code=422)
        return _page(request, asked, found, back, status=422)
    return _answer(request, back, words)


def _asked(request: Request, number: int, verb: str, someone: Person, form: Form) -> tuple[Asked, Verb]:
    """The publication with its verb. Raises 404 for what is not there or not theirs to see, or `Forbidden`."""
    house, found = house_of(request), VERBS.get(verb)
    if found is None or not 0 < number <= MOST:
        raise HTTPException(404, "Không có mục này.")
    with reading(house.engine) as session:
        row = session.get(Publication, number)
        post = session.get_one(Post, row.post_id) if row else None
        channel = session.get_one(Channel, row.channel_id) if row else None
    if row is None or post is None or channel is None or not someone.sees(post):
        raise HTTPException(404, "Không có mục này.")
    needed = next((one for one in found.needs if someone.may(one)), None)
    if needed is None:
        raise Forbidden
    return Asked(house.service.desk, row, post, channel, form, acting(someone, needed), house.now()), found


def _start(request: Request, asked: Asked) -> dict[str, str]:
    """What the form shows at first: the item's own time, or the one the address names."""
    query, due = request.query_params, asked.row.due_at
    day = query.get("ngay") or local_day(max(due, asked.now)).isoformat()
    return {"ngay": day, "gio": query.get("gio") or clock(due), "cu": due.isoformat()}


def _page(request: Request, asked: Asked, verb: Verb, back: str, *, status: int = 200, problem: str = "") -> Response:
    state = State(asked.row.state)
    return page(
        request, "publications/act.html", status=status, asked=asked, verb=verb, form=asked.form, back=back,
        problem=problem, tells=verb.tells(asked), possible=state in verb.states, words=WORDS[state],
        what=PART_WORDS[asked.row.part], label=connector_class(asked.channel.platform).capabilities.label,
        today=local_day(asked.now),
    )  # fmt: skip


def _refused(request: Request, asked: Asked, verb: Verb, back: str, words: str) -> Response:
    """The page again, with the item as it is by now."""
    if wants_facts(request):
        return JSONResponse({"detail": words}, status_code=409)
    with reading(asked.desk.engine) as session:
        row = session.get_one(Publication, asked.number)
    return _page(request, replace(asked, row=row), verb, back, status=409, problem=words)


def _told(error: Exception) -> str:
    return error.words if isinstance(error, ConnectorError | ContentError) else str(error)


def wants_facts(request: Request) -> bool:
    """Whether a script asked, which wants no page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _answer(request: Request, back: str, words: Say, kind: str = "good") -> Response:
    """What was done."""
    if wants_facts(request):
        return JSONResponse({"ok": True, "words": str(words)})
    return go(request, back, words, kind, done=True)


# A post at once ---------------------------------------------------------------------------------------------


@router.get("/bai/{key}/dang-ngay")
def ask_now(request: Request, key: str, someone: Someone) -> Response:
    """Which channel, and what will happen."""
    post, channels = _post(house_of(request), key, someone)
    start = {"kenh": request.query_params.get("kenh") or (channels[0].key if channels else "")}
    back = safe_way_back(request.query_params.get("tiep") or f"/bai/{key}")
    return _now_page(request, post, channels, Form(None, **start), back)


@router.post("/bai/{key}/dang-ngay")
def do_now(request: Request, key: str, someone: Someone, posted: Posted) -> Response:
    """Publish the post at once on one channel: exactly one publication, whoever clicks how often."""
    house, form = house_of(request), Form(posted)
    post, channels = _post(house, key, someone)
    back = safe_way_back(form.raw("tiep") or f"/bai/{key}")
    known = {one.key: one for one in channels}
    channel = form.choice("kenh", "Kênh", known)
    if form.errors:
        if wants_facts(request):
            return JSONResponse({"detail": str(form.errors["kenh"])}, status_code=422)
        return _now_page(request, post, channels, form, back, status=422)
    try:
        actor = acting(someone, Permission.SCHEDULE)
        publish_now(house.service.desk, post.key, channel, now=house.now(), actor=actor)
    except REFUSALS as error:
        if wants_facts(request):
            return JSONResponse({"detail": _told(error)}, status_code=409)
        return _now_page(request, post, channels, form, back, status=409, problem=_told(error))
    row = known[channel]
    if row.state == CONNECTED:
        words = "Đang đăng “{title}” trên {channel}; kết quả hiện ở Lịch đăng sau ít phút."
        return _answer(request, back, say(words, title=post.title, channel=row.name))
    words = "“{title}” đã ở hàng chờ của {channel} nhưng kênh đang “{state}” nên chưa đăng được."
    state = CHANNEL_WORDS[row.state]
    return _answer(request, back, say(words, title=post.title, channel=row.name, state=state), "warn")


def _post(house: House, key: str, someone: Person) -> tuple[Post, list[Channel]]:
    """The post with the channels it is meant for. Raises as `_asked`."""
    with reading(house.engine) as session:
        post = session.exec(select(Post).where(Post.key == key)).first() if key.isprintable() else None
        if post is None or not someone.sees(post):
            raise HTTPException(404, "Không có bài này.")
        meant = select(Channel).where(col(Channel.platform).in_(post.platforms), Channel.state != OFF)
        channels = list(session.exec(meant.order_by(Channel.key)))
    if not someone.may(Permission.SCHEDULE):
        raise Forbidden
    return post, channels


def _now_page(
    request: Request, post: Post, channels: list[Channel], form: Form, back: str, *, status: int = 200,
    problem: str = "",
) -> Response:  # fmt: skip
    return page(
        request, "publications/now.html", status=status, post=post, form=form, back=back, problem=problem,
        channels=channels, states=CHANNEL_WORDS, approved=is_approved(post), at=moment(house_of(request).now()),
    )  # fmt: skip
