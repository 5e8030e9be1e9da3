"""What is being written, as its readers would see it and as the checks find it. Nothing is saved."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from content.checks import Finding, Grade, warn
from content.editing import PostFields, as_post, fields_of, files_of
from content.plan import active_plan
from content.tables import Post
from scheduler.db import reading
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import part
from web.previews import Counter, Preview, previews_of
from web.roles import Permission, Person
from web.rooms.compose import working
from web.rooms.compose.fields import read_fields
from web.rooms.compose.sheet import Sheet, show, told
from web.rooms.compose.write import find_new, find_post
from web.tables import WorkCopy

router = APIRouter()
May = Depends(may(Permission.PROPOSE))
_LOST = "một tư liệu của bài không còn trong kho; hãy bỏ đi rồi chọn lại."


@dataclass(frozen=True, slots=True)
class Live:
    """Everything about the form as it stands."""

    findings: list[Finding]
    previews: list[Preview]

    @property
    def counters(self) -> dict[str, list[Counter]]:
        """By the form's field."""
        found: dict[str, list[Counter]] = {}
        for preview in self.previews:
            for one in preview.counters:
                found.setdefault(one.field, []).append(one)
        return found

    @property
    def blockers(self) -> int:
        """How many findings keep the post from being submitted."""
        return sum(one.grade is not Grade.WARNING for one in self.findings)


@router.post("/soan/xem-truoc")
def preview(request: Request, posted: Posted, phan: str = "", person: Person = May) -> Response:
    """The form `key` is the post's. With `phan` the piece for a script, else the whole page."""
    return _seen(request, person, str(posted.get("key", "")), posted, piece=bool(phan))


@router.post("/soan/{key}/xem-truoc")
def preview_of(request: Request, key: str, posted: Posted, phan: str = "", person: Person = May) -> Response:
    """The same for a form that does not name its post."""
    return _seen(request, person, key, posted, piece=bool(phan))


def _seen(request: Request, person: Person, key: str, posted: FormData, *, piece: bool) -> Response:
    form = Form(posted)
    with reading(house_of(request).engine) as session:
        post, copy = _where(session, person, key)
        live = look(request, session, form, key, post, copy)
    sheet = Sheet(key, form, str(posted.get("seen", "")), post, copy)
    sheet.findings, sheet.live = live.findings, live
    if piece:
        return part(
            request, "compose/live_part.html", sheet=sheet, form=form, post=post, checked=told(live.findings)
        )  # fmt: skip
    return show(request, person, sheet)


def _where(session: Session, person: Person, key: str) -> tuple[Post | None, WorkCopy | None]:
    """The post that the form belongs to, and the person's copy; 404 or `Forbidden` for one that is not theirs."""
    if not key:
        return None, None
    if key.startswith(working.NEW):
        copy = find_new(session, person, key)
        if not working.saved_as(copy):
            return None, copy
        return find_post(session, person, working.saved_as(copy)), copy
    return find_post(session, person, key), working.find(session, person, key)


def look(request: Request, session: Session, form: Form, key: str, post: Post | None, copy: WorkCopy | None) -> Live:
    """How these fields would go out and what is to be mended, by the very code that submits and sends."""
    house = house_of(request)
    plan = active_plan(session)
    before = fields_of(session, post) if post is not None else None
    fields = working.drawn_in(copy, read_fields(form, plan, before=before))
    draft = _draft(fields, key, post)
    placed = files_of(session, fields, post_id=post.id if post else None)
    seen = house.submissions.look(session, draft, placed, now=house.now(), plan=plan)
    wrong = [Finding(name, words) for name, words in form.errors.items()]
    lost = [warn("assets", _LOST)] if len(placed) < len(fields.assets) else []
    findings = list(dict.fromkeys([*wrong, *lost, *seen.findings]))
    return Live(findings, previews_of(draft, seen.fitted, placed))


def _draft(fields: PostFields, key: str, post: Post | None) -> Post:
    """The fields as a post; where it is stored, under its own key and with the file its old pictures came from."""
    draft = as_post(fields, post.key if post else key)
    if post is not None:
        draft.file = post.file
    return draft
