"""How the agencies sign pictures: name, line, palette, logo; with a picture drawn on demand to see it."""

import base64
import hashlib
import io
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from PIL import Image
from starlette.datastructures import UploadFile

from content import office
from content.brand import Brand
from content.drawings import approved_with
from content.errors import ContentError
from content.infographic import draw, parse_spec
from content.logo import MAX_BYTES, logo_of
from content.palette import PALETTES
from content.plan import Plan
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import Item, Keeper, Reader, change, find_standing, plan_in_force, plan_now
from web.page import go, page
from web.stale import Clash, mark_of
from web.words import Say, say

router = APIRouter()
HERE = "/cau-hinh/nhan-dien"
LABELS = {
    "agency": "Cơ quan, đơn vị",
    "name": "Tên ký dưới ảnh",
    "line": "Dòng phụ",
    "palette": "Bảng màu",
    "logo": "Logo",
}
SAMPLE = {
    "template": "notice",
    "urgency": "quan_trong",
    "title": "Nhận kết quả tại nhà qua bưu điện",
    "what": "Hình mẫu để xem tên, dòng phụ, logo và bảng màu của cơ quan.",
    "who": "Người dân, doanh nghiệp",
    "when": "Giờ hành chính",
    "ask": "Bộ phận Một cửa",
    "source": "Hình mẫu",
}
"""A small picture with everything a signature has beside it."""
SHOWN_WIDTH = 540
"""Pixels of the picture on the page: half of what is drawn."""


@router.get(HERE)
def brands(request: Request, _reader: Reader) -> HTMLResponse:
    """Every brand; the first one signs what asks for none."""
    with reading(house_of(request).engine) as session:
        plan = plan_in_force(session)
        kept = office.read(session, office.BRANDS)
    return page(
        request,
        "settings/brands.html",
        brands=[(one, picture_mark(one), mark_of(one.model_dump(mode="json"))) for one in plan.brands] if plan else [],
        names={one.code: one.short for one in plan.agencies} if plan else {},
        free=_without(plan) if plan else [],
        kept=kept,
        palettes={code: one.name for code, one in PALETTES.items()},
    )


def _without(plan: Plan) -> list[tuple[str, str]]:
    signed = {one.agency for one in plan.brands}
    return [(one.code, one.name) for one in plan.agencies if one.code not in signed]


@router.get(f"{HERE}-moi")
def new_brand(request: Request, _keeper: Keeper) -> HTMLResponse:
    """An empty form."""
    return _form(request, None, Form(agency=request.query_params.get("co-quan", "")))


@router.get(HERE + "/{agency}")
def one_brand(request: Request, _keeper: Keeper, agency: str) -> HTMLResponse:
    """The form of one brand."""
    brand = _standing(request, agency)
    return _form(request, brand, Form(**brand.model_dump(mode="json")), mark=mark_of(brand.model_dump(mode="json")))


@router.get(HERE + "/{agency}/logo.png")
def logo(request: Request, _reader: Reader, agency: str) -> Response:
    """The logo as it was read."""
    brand = _standing(request, agency)
    if not brand.picture:
        raise HTTPException(404)
    return _png(base64.b64decode(brand.picture))


@router.get(HERE + "/{agency}/xem.png")
def preview(request: Request, _reader: Reader, agency: str) -> Response:
    """A small infographic that is signed by the brand as it stands."""
    return _png(_drawn(_standing(request, agency)))


def _png(data: bytes) -> Response:
    # the address carries a mark of what is drawn
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@router.post(f"{HERE}-moi")
def add_brand(request: Request, someone: Keeper, posted: Posted) -> Response:
    """A brand for an agency that has none."""
    return _save(request, someone, Form(posted), None)


@router.post(HERE + "/{agency}")
def change_brand(request: Request, someone: Keeper, posted: Posted, agency: str) -> Response:
    """Another name, line, palette or logo; or only a look at them."""
    return _save(request, someone, Form(posted), _standing(request, agency))


@router.post(HERE + "/{agency}/{act}")
def act_on_brand(request: Request, someone: Keeper, posted: Posted, agency: str, act: str) -> Response:
    """Take it away, or let it sign what asks for no agency."""
    form, brand = Form(posted), _standing(request, agency)
    if act == "xoa":
        found = change(request, someone, office.BRANDS, agency, None, form, LABELS)
        words = say("Đã xóa nhận diện của “{name}”; cơ quan ký bằng tên, không có logo.", name=brand.name)
    elif act == "mac-dinh":
        item = brand.model_dump(mode="json")
        found = change(request, someone, office.BRANDS, agency, item, form, LABELS, place=_first)
        words = say("“{name}” nay ký mọi ảnh không ghi cơ quan.", name=brand.name)
    else:
        raise HTTPException(404)
    if found or form.errors:
        return go(request, HERE, say("Chưa đổi: có người vừa sửa nhận diện này; hãy xem lại."), "warn")
    return _done(request, words, agency, first=True)


def _first(items: list[Item], item: Item) -> None:
    items.remove(item)
    items.insert(0, item)


def _standing(request: Request, agency: str) -> Brand:
    return find_standing(request, lambda plan: plan.brands, agency=agency)


def _save(request: Request, someone: Keeper, form: Form, brand: Brand | None) -> Response:
    try:
        item = _read(request, form, brand)
    finally:
        for sent in form.data.values() if form.data is not None else ():
            if isinstance(sent, UploadFile):
                sent.file.close()
    if form.yes("xem") and not form.errors:
        return _look(request, form, brand, item)
    found: Clash | None = None
    if not form.errors:
        found = change(request, someone, office.BRANDS, brand.agency if brand else "", item, form, LABELS)
    if form.errors or found:
        mark = found.mark if found else form.raw("dau")
        return _form(request, brand, form, found, mark=mark, status=409 if found else 422)
    words = say("Đã lưu nhận diện của “{name}”.", name=item["name"])
    return _done(request, words, item["agency"])


def _look(request: Request, form: Form, brand: Brand | None, item: Item) -> Response:
    """The picture itself, of what was not saved: it opens in a window of its own."""
    try:
        return _png(_drawn(Brand.model_validate(item)))
    except ContentError as error:
        form.fail("name", say("{words}", words=error.words))
        return _form(request, brand, form, mark=form.raw("dau"), status=422)


def _read(request: Request, form: Form, brand: Brand | None) -> Item:
    plan = plan_now(request)
    free = [code for code, _ in _without(plan)] if plan else []
    agency = brand.agency if brand else form.choice("agency", LABELS["agency"], free)
    kept = brand if brand is not None and not form.yes("no_logo") else Brand(name="-")
    item: dict[str, Any] = {
        "agency": agency,
        "name": form.text("name", LABELS["name"], most=120, required=True),
        "line": form.text("line", LABELS["line"], most=120),
        "palette": form.choice("palette", LABELS["palette"], PALETTES, required=False),
        "logo": kept.logo,
        "picture": kept.picture,
    }
    upload = form.file("file")
    if upload is not None:
        item |= _logo(form, upload)
    return item


def _logo(form: Form, upload: UploadFile) -> Item:
    name = (upload.filename or "").replace("\\", "/").rpartition("/")[2][-100:]
    try:
        return {"logo": name, "picture": logo_of(upload.file.read(MAX_BYTES + 1), name)}
    except ContentError as error:
        form.fail("file", say("{words}", words=error.words))
        return {}


def _done(request: Request, words: Say, agency: str, *, first: bool = False) -> Response:
    """What was done, and what becomes of the pictures that were drawn with the brand before."""
    with reading(house_of(request).engine) as session:
        plan = plan_in_force(session)
        is_first = first or bool(plan and plan.brands and plan.brands[0].agency == agency)
        count = approved_with(session, {agency, ""} if is_first else {agency})
    if not count:
        return go(request, HERE, words)
    more = (
        " {count} bài đã duyệt có ảnh vẽ theo nhận diện trước đó: ảnh và lần duyệt giữ nguyên cho đến khi thư viện "
        "được nạp lại; khi đó ảnh được vẽ lại và các bài ấy phải trình duyệt lại."
    )
    return go(request, HERE, say(words.pattern + more, **words.facts, count=count), "warn", done=True)


def picture_mark(brand: Brand) -> str:
    """For the address of its pictures: another brand has another address."""
    return hashlib.sha256(brand.model_dump_json().encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _drawn(brand: Brand) -> bytes:
    """Half a second's work, so it is kept."""
    with Image.open(io.BytesIO(draw(parse_spec(SAMPLE, "hinh-mau.yml"), "square", brand))) as full:
        out = io.BytesIO()
        full.resize((SHOWN_WIDTH, SHOWN_WIDTH * full.height // full.width), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _form(
    request: Request,
    brand: Brand | None,
    form: Form,
    found: Clash | None = None,
    *,
    mark: str = "",
    status: int = 200,
) -> HTMLResponse:
    plan = plan_now(request)
    return page(
        request,
        "settings/brand.html",
        status=status,
        brand=brand,
        picture=picture_mark(brand) if brand else "",
        agency=next((one.name for one in plan.agencies if brand and one.code == brand.agency), "") if plan else "",
        form=form,
        clash=found,
        mark=mark,
        free=_without(plan) if plan else [],
        palettes=[(code, one.name) for code, one in PALETTES.items()],
    )
