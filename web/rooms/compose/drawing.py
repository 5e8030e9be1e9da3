"""Drawing an infographic for a post: choose a template, fill in its form beside a live picture, put it into the post.

What is drawn here is drawn as the library draws it, and keeps what it was drawn from, so that it can be changed later.
"""

import base64
import binascii
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from content.assets import keep_files
from content.brand import Brand
from content.drawings import COVER_SIZE, IMAGE_SIZE, Sketch, name_of, sketch_of, spec_in
from content.editing import AssetUse
from content.errors import ContentError
from content.infographic import SIZES, TEMPLATES, NoRoom, Spec
from content.infographic.gallery import SIZE_NAMES, TEMPLATE_NAMES
from content.keys import slug
from content.palette import PALETTES
from content.plan import Plan, active_plan
from content.tables import Post
from scheduler.db import reading, writing
from web.door import Posted, Someone, house_of
from web.forms import Form
from web.page import go, page, part
from web.roles import Person
from web.rooms.compose import drawing_words, working
from web.rooms.compose.drawing_fields import START, Asked, asked, check, start_of
from web.rooms.compose.drawing_put import opened_form, put_drawn, sample_of
from web.rooms.compose.drawn import drawn_facts
from web.rooms.compose.write import find_new, find_post
from web.tables import WorkCopy
from web.words import Say, say

router = APIRouter()
IMAGE_SIZES = ("portrait", "square", "story")
"""What a picture in a post may be; its cover is always wide."""
ALT_MOST = 480
_PACKED_MOST = 64 * 1024
_TURNS = threading.BoundedSemaphore(2)
_PATIENCE = 10.0
"""Seconds to wait for a turn at drawing; an old computer draws two pictures at once."""
_BUSY = say("Máy chủ đang vẽ nhiều hình cùng lúc; hãy đợi vài giây rồi thử lại.")


@dataclass(slots=True)
class Drawing:
    """One form: its picture, what is wrong with it, and where it belongs."""

    key: str
    template: str
    form: Form
    asked: Asked
    spec: Spec | None = None
    values: dict[str, Any] = field(default_factory=dict)
    plan: Plan | None = None

    def sketch(self, size: str) -> Sketch:
        """The picture in this size. Raises `ContentError` with the words that do not fit."""
        assert self.spec is not None and self.plan is not None, "only a form without faults is drawn"
        return sketch_of(self.plan, self.values, self.spec, size)

    @property
    def image_size(self) -> str:
        """The size of the picture in the post."""
        chosen = self.form.raw("kho")
        return chosen if chosen in IMAGE_SIZES else IMAGE_SIZE

    @property
    def packed(self) -> str:
        """The form's values for an address of its picture; "" for one that is too long for that."""
        text = json.dumps(self.values, ensure_ascii=False, separators=(",", ":")).encode()
        found = base64.urlsafe_b64encode(zlib.compress(text, 9)).decode()
        return found if len(found) < 6_000 else ""


# Choosing ------------------------------------------------------------------------------------------------


@router.get("/soan/{key}/hinh")
def choose(request: Request, key: str, person: Someone, tu: str = "") -> Response:
    """The templates as pictures; with `tu` on to the form of a picture that the post has."""
    with reading(house_of(request).engine) as session:
        post, copy = _mine(session, person, key)
        spec = spec_in(drawn_facts(session, post, copy, tu)) if tu else None
    if spec is not None:
        return RedirectResponse(f"/soan/{key}/hinh/{spec['template']}?tu={tu}", status_code=303)
    if tu:
        words = say("Hình này không giữ lại nội dung đã vẽ nên không sửa được; hãy vẽ hình mới.")
        return go(request, f"/soan/{key}/hinh", words, "warn")
    return page(request, "compose/draw_choose.html", key=key, names=TEMPLATE_NAMES, words=drawing_words.TEMPLATES)


@router.get("/soan/{key}/hinh/{template}/mau")
def sample(request: Request, key: str, template: str, person: Someone) -> Response:
    """A template's example, small."""
    if template not in TEMPLATES:
        raise HTTPException(404)
    with reading(house_of(request).engine) as session:
        brand = active_plan(session).signing()
    try:
        with _turn():
            picture = _sample(template, brand)
    except ContentError:
        return Response(status_code=429)
    return Response(picture, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


# The form ------------------------------------------------------------------------------------------------


@router.get("/soan/{key}/hinh/{template}")
def open_form(request: Request, key: str, template: str, person: Someone, tu: str = "") -> Response:
    """An empty form with the post's own title and source, or that of a picture which is there."""
    with reading(house_of(request).engine) as session:
        post, copy = _mine(session, person, key)
        spec = spec_in(drawn_facts(session, post, copy, tu)) if tu else None
        words = opened_form(session, post, copy)
        plan = active_plan(session)
    if spec is not None and spec["template"] == template:
        start = {**start_of(spec), "palette": spec.get("palette", ""), "agency": spec.get("agency", ""), "tu": tu}
    else:
        agency = person.agency if person.agency in dict(signers(plan)) else ""
        start = {f"{START}.title": words.raw("title"), f"{START}.source": words.raw("source"), "agency": agency}
    drawing = _drawing(key, template, Form(**start, kho=IMAGE_SIZE, bia="1"), plan)
    drawing.form.errors.clear()  # nobody has sent anything yet
    return _show(request, drawing, fresh=spec is None)


@router.post("/soan/{key}/hinh/{template}")
def draw(request: Request, key: str, template: str, person: Someone, posted: Posted, phan: str = "") -> Response:
    """By one of the buttons of a list a row more or less; else draw everything and put it into the post."""
    with reading(house_of(request).engine) as session:
        _mine(session, person, key)
        plan = active_plan(session)
    act = str(posted.get("act", ""))
    if act:
        drawing = _drawing(key, template, Form(with_rows(posted, act)), plan)
        if act != "ve":
            drawing.form.errors.clear()  # the form is not finished
        if phan:
            return part(request, "compose/draw_fields.html", drawing=drawing, form=drawing.form, **_words(template))
        return _show(request, drawing)
    drawing = _drawing(key, template, Form(posted), plan)
    sketches: list[tuple[str, str, Sketch]] = []
    if not drawing.form.errors:
        sketches = _sketches(drawing)
    if drawing.form.errors:
        return _show(request, drawing, status=422)
    return _put(request, person, drawing, sketches)


def _put(request: Request, person: Person, drawing: Drawing, sketches: list[tuple[str, str, Sketch]]) -> Response:
    house, spec = house_of(request), drawing.spec
    assert spec is not None and drawing.plan is not None, "there is nothing to put without a picture"
    alt = drawing.form.text("alt", "Văn bản thay thế", most=1_000) or _alternative(spec, drawing.plan)
    stem, uses, files = slug(spec.title) or drawing.template, [], []
    for role, size, sketch in sketches:
        file = house.service.store.put_bytes(sketch.paint(), name_of(stem, size))
        files.append(file)
        uses.append(AssetUse(file.sha256, role, alt=alt, drawn=sketch.facts()))
    with writing(house.engine) as session:
        keep_files(session, files, house.now())
        key = put_drawn(session, person, drawing.key, uses, instead_of=drawing.form.raw("tu")).post_key
    where = f"/soan/{key}?tiep=1#f-assets"
    return go(request, where, say("Đã đưa hình “{title}” vào bài; bài chưa lưu.", title=spec.title))


# The picture ---------------------------------------------------------------------------------------------


@router.post("/soan/{key}/hinh/{template}/anh")
def picture(
    request: Request, key: str, template: str, person: Someone, posted: Posted, kho: str = "", dang_viet: str = ""
) -> Response:
    """The form as it stands, as a picture; 422 with each field and what is wrong with it.

    With `dang_viet` the form is still being filled in: what it lacks is no failure of the request, so 200.
    """
    with reading(house_of(request).engine) as session:
        _mine(session, person, key)
        plan = active_plan(session)
    drawing = _drawing(key, template, Form(posted), plan)
    size = kho if kho in SIZES else drawing.image_size
    found = None if drawing.form.errors else _painted(drawing, size)
    if found is None:
        return JSONResponse({"problems": dict(drawing.form.errors)}, status_code=200 if dang_viet else 422)
    return Response(found, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.get("/soan/{key}/hinh/{template}/anh")
def picture_of(request: Request, key: str, template: str, person: Someone, s: str = "", kho: str = "") -> Response:
    """The same for a page without scripts: the values stand in the address."""
    with reading(house_of(request).engine) as session:
        _mine(session, person, key)
        plan = active_plan(session)
    values = _unpacked(s)
    start = {**start_of(values), "palette": values.get("palette", ""), "agency": values.get("agency", "")}
    drawing = _drawing(key, template, Form(**start), plan)
    found = None if drawing.form.errors else _painted(drawing, kho if kho in SIZES else IMAGE_SIZE)
    if found is None:
        raise HTTPException(404)
    return Response(found, media_type="image/png", headers={"Cache-Control": "private, max-age=600"})


def _painted(drawing: Drawing, size: str) -> bytes | None:
    """The picture; None with the fault beside its field."""
    try:
        with _turn():
            return drawing.sketch(size).paint()
    except ContentError as error:
        _blame(drawing, size, error)
        return None


def _sketches(drawing: Drawing) -> list[tuple[str, str, Sketch]]:
    """Every picture that goes into the post, drawn: role, size, sketch. What does not fit stands beside its field."""
    wanted = [("image", drawing.image_size)]
    if drawing.form.yes("bia"):
        wanted.append(("cover", COVER_SIZE))
    found = []
    for role, size in wanted:
        try:
            sketch = drawing.sketch(size)
            with _turn():
                sketch.paint()
            found.append((role, size, sketch))
        except ContentError as error:
            _blame(drawing, size, error)
    return found


def _blame(drawing: Drawing, size: str, error: ContentError) -> None:
    words = error.words.partition(": ")[2] or error.words
    if not isinstance(error, NoRoom):
        drawing.form.fail("agency" if "agency" in error.words else f"{START}.title", say("{words}", words=words))
        return
    width, height = SIZES[size]
    left = error.left if len(error.left) <= 60 else f"{error.left[:60]}…"
    told: Say = say(
        "Chữ không vừa khổ {name} ({width} x {height}) từ chỗ “{left}”; hãy viết ngắn hơn.",
        name=SIZE_NAMES[size], width=width, height=height, left=left,
    )  # fmt: skip
    drawing.form.fail(_where(drawing, error.left), told)


def _where(drawing: Drawing, left: str) -> str:
    """The field in which the words stand that found no room."""
    wanted = " ".join(left.split()).rstrip("…")
    names = [name for name in drawing.asked.places.values() if drawing.form.raw(name)]
    for name in names:
        written = " ".join(drawing.form.raw(name).split())
        if wanted and (wanted in written or written in wanted):
            return name
    return max(names, key=lambda name: len(drawing.form.raw(name)), default=f"{START}.title")


# Pieces --------------------------------------------------------------------------------------------------


def _mine(session: Session, person: Person, key: str) -> tuple[Post | None, WorkCopy | None]:
    """The post, when this person may change it, and their copy; 404 or `Forbidden` for anybody else."""
    if key.startswith(working.NEW):
        copy = find_new(session, person, key)
        return None, copy
    return find_post(session, person, key), working.find(session, person, key)


def _drawing(key: str, template: str, form: Form, plan: Plan) -> Drawing:
    model = TEMPLATES.get(template)
    if model is None:
        raise HTTPException(404)
    made = asked(model, form)
    palette = form.choice("palette", "Bảng màu", PALETTES, required=False)
    agency = form.choice("agency", "Cơ quan ký", [value for value, _ in signers(plan)], required=False)
    more = {"palette": palette, "agency": agency}
    drawing = Drawing(key, template, form, made, plan=plan)
    drawing.values = {**made.values, **{name: value for name, value in more.items() if value}}
    drawing.spec = check(model, form, made, more)
    return drawing


def signers(plan: Plan) -> list[tuple[str, str]]:
    """Who may sign: the plan's brands, then its other agencies by their names."""
    known = {brand.agency for brand in plan.brands}
    brands = [(brand.agency, brand.name) for brand in plan.brands[1:] if brand.agency]
    return [*brands, *((one.name, one.name) for one in plan.agencies if one.code not in known)]


def with_rows(data: FormData, act: str) -> FormData:
    """The form after one button of a list: "them.s.items.4" adds the row 4, "bo.s.items.2" takes the row 2 away."""
    verb, _, row = act.partition(".")
    pairs = list(data.multi_items())
    if verb == "them" and row.startswith(f"{START}."):
        pairs.append((f"{row}.moi", ""))
    if verb == "bo":
        pairs = [(name, value) for name, value in pairs if name != row and not name.startswith(f"{row}.")]
    return FormData([(name, value) for name, value in pairs if name != "act"])


def _show(request: Request, drawing: Drawing, *, status: int = 200, fresh: bool = False) -> Response:
    drawable = drawing.spec is not None and not fresh and not drawing.form.errors
    assert drawing.plan is not None, "every page reads the plan first"
    first = drawing.plan.signing()
    return page(
        request, "compose/draw.html", status=status, drawing=drawing, form=drawing.form, drawable=drawable,
        signers=signers(drawing.plan), first=first.name, palettes=[(name, one.name) for name, one in PALETTES.items()],
        sizes=[(name, SIZE_NAMES[name]) for name in IMAGE_SIZES], **_words(drawing.template),
    )  # fmt: skip


def _words(template: str) -> dict[str, Any]:
    return {"name": TEMPLATE_NAMES[template], "icons": drawing_words.ICONS}


def _alternative(spec: Spec, plan: Plan) -> str:
    """The picture in words, not longer than somebody listens."""
    text = spec.alternative_text(plan.signing(spec.agency).signing(spec.agency, spec.name).name)
    if len(text) <= ALT_MOST:
        return text
    cut = text[:ALT_MOST]
    return f"{cut[: cut.rfind(' ')]}…"


def _unpacked(packed: str) -> dict[str, Any]:
    """What `Drawing.packed` packed; nothing for anything else, however large it would become."""
    try:
        raw = base64.urlsafe_b64decode(packed.encode())
        text = zlib.decompressobj().decompress(raw, _PACKED_MOST)
        values = json.loads(text)
    except (ValueError, zlib.error, binascii.Error, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


@contextmanager
def _turn() -> Iterator[None]:
    """A turn at drawing. Raises `ContentError` when too many wait."""
    if not _TURNS.acquire(timeout=_PATIENCE):
        raise ContentError(_BUSY)
    try:
        yield
    finally:
        _TURNS.release()


@lru_cache(maxsize=64)
def _sample(template: str, brand: Brand) -> bytes:
    return sample_of(template, brand)
