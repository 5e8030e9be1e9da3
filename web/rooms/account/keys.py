"""Keys with which programs work in my name."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from scheduler.db import reading, writing
from web import tokens
from web.acts import Act, note
from web.door import Posted, Someone, house_of
from web.forms import Form
from web.page import go, page
from web.roles import Person
from web.tokens import SCOPE_WORDS, Scope
from web.words import say

router = APIRouter()

HERE = "/tai-khoan/ma-truy-cap"
LIVES = {"30": "30 ngày", "90": "90 ngày", "365": "1 năm", "0": "Đến khi kết thúc"}


@router.get(HERE)
def keys(request: Request, someone: Someone) -> Response:
    """My keys, and a form for another one."""
    return _page(request, someone, Form(pham_vi=[Scope.READ], han="90"))


def _page(request: Request, someone: Person, form: Form, made: str = "") -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        living = tokens.living(session, someone.id, now=house.now())
    scopes = [(scope, SCOPE_WORDS[scope]) for scope in tokens.scopes_of(someone)]
    return page(
        request, "account/keys.html", tab=HERE, status=422 if form.errors else 200, form=form, keys=living, made=made,
        scopes=scopes, lives=LIVES.items(), scope_words=SCOPE_WORDS,
    )  # fmt: skip


@router.post(HERE)
def make(request: Request, someone: Someone, posted: Posted) -> Response:
    """A new key, shown on this page and never again."""
    form, house = Form(posted), house_of(request)
    name = form.text("ten", "Tên", most=80, required=True)
    known = {scope.value: scope for scope in tokens.scopes_of(someone)}
    chosen = [known[one] for one in form.choices("pham_vi", "Được làm gì", known, required=True)]
    lives = form.choice("han", "Thời hạn", LIVES)
    raw = ""
    if not form.errors:
        with writing(house.engine) as session:
            living = tokens.living(session, someone.id, now=house.now())
            if len(living) >= tokens.MOST:
                form.fail("ten", say("Đã có {most} mã truy cập; hãy kết thúc mã không dùng nữa.", most=tokens.MOST))
            elif name in {one.name for one in living}:
                form.fail("ten", say("Đã có mã truy cập tên “{name}”; hãy đặt tên khác.", name=name))
            else:
                raw = tokens.new_token(session, someone, name, chosen, days=int(lives), now=house.now())
                words = f"tạo “{name}”: {', '.join(chosen)}"
                note(session, request, someone, Act.TOKEN, someone.login, words, now=house.now())
    return _page(request, someone, form if form.errors else Form(pham_vi=[Scope.READ], han="90"), raw)


@router.post("/tai-khoan/ma-truy-cap/{token_id:int}/ket-thuc")
def end(request: Request, someone: Someone, token_id: int) -> Response:
    """End one of my keys."""
    house = house_of(request)
    with writing(house.engine) as session:
        row = tokens.end_token(session, someone.id, token_id, now=house.now())
        if row is not None:
            note(session, request, someone, Act.TOKEN, someone.login, f"kết thúc “{row.name}”", now=house.now())
    if row is None:
        return go(request, HERE, say("Mã truy cập này đã kết thúc từ trước."), "warn")
    return go(request, HERE, say("Đã kết thúc mã truy cập “{name}”.", name=row.name))
