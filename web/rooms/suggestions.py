"""Đề xuất: articles of the portals that somebody may want to post; a person takes each one up, or puts it away."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Kind
from content.checks import FORMS
from content.errors import ContentError
from content.sources import sources
from content.suggestions import NEW, STATE_WORDS, counts, dismiss, find_suggestion, page_of
from content.tables import PortalSource, Suggestion
from content.takeup import Choice, as_fields
from reports.portal import minutes_words
from scheduler.channels import OFF
from scheduler.db import reading, writing
from scheduler.portals import Portals, suggest_article, take_to_desk
from scheduler.tables import Channel
from web import asking
from web.door import Posted, house_of, may
from web.forms import Form
from web.house import House
from web.page import go, page
from web.plans import Words, plan_words
from web.roles import Permission, Person
from web.words import Say, say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
PASTED = "dan"
"""The source of an article whose address a person pasted, as the list's address says it."""
SHOWN = 30
_FIELDS = {"topic": "noi_dung", "platforms": "nen_tang", "address": "dia_chi", "reason": "ly_do"}
"""What content calls a field, and what our forms do."""
_SAID = re.compile(r"(?P<field>[a-z_]+): (?P<words>.*)", re.DOTALL)


@router.get("/de-xuat")
def listing(request: Request, _person: Reader) -> Response:
    """The suggestions in one state, newest first."""
    return _listing(request, Form())


def _listing(request: Request, form: Form, status: int = 200) -> Response:
    house, query = house_of(request), request.query_params
    with reading(house.engine) as session:
        words, known = plan_words(session), sources(session)
        names = {one.key: one for one in known}
        source = asking.one_of(query, "nguon", {*names, PASTED})
        asked = {
            "trang_thai": asking.one_of(query, "trang_thai", STATE_WORDS) or NEW,
            "nguon": source,
            "noi_dung": asking.one_of(query, "noi_dung", words.topics),
            "tim": asking.words(query, "tim"),
        }
        found = page_of(
            session,
            asked["trang_thai"],
            search=asked["tim"],
            source_id=0 if source == PASTED else names[source].id if source else None,
            topic=asked["noi_dung"],
            after=asking.number(query.get("sau", "")),
            limit=SHOWN,
        )
        told = counts(session)

    def address(**changes: str | int | None) -> str:
        return asking.address("/de-xuat", **(asked | changes))

    return page(
        request,
        "suggestions/index.html",
        status=status,
        form=form,
        asked=asked,
        address=address,
        rows=found.rows,
        after=address(sau=found.after) if found.after else "",
        searched_on=found.searched_on,
        begun="sau" in query,
        counts=told,
        states=STATE_WORDS,
        sources={one.id: one for one in known},
        names={one.key: one.name for one in known} | {PASTED: "Địa chỉ dán vào"},
        words=words,
        age=lambda row: _age(row, house),
    )


def _age(row: Suggestion, house: House) -> str:
    """How long the article has been on the portal; "" when it did not say."""
    if row.published_at is None or row.date_only or row.published_at > house.now():
        return ""
    return minutes_words(int((house.now() - row.published_at).total_seconds() // 60))


@router.post("/de-xuat")
def paste(request: Request, _person: Editor, posted: Posted) -> Response:
    """Suggest the article behind an address; the page is read with no transaction open."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        topics = plan_words(session).topics
    address = form.text("dia_chi", "Địa chỉ bài", most=2000, required=True)
    topic = form.choice("noi_dung", "Nội dung tuyên truyền", topics, required=False)
    if not form.errors:
        try:
            number, new = suggest_article(house.engine, _portals(house), address, topic, now=house.now())
        except ContentError as error:
            _fail(form, error, "dia_chi")
        else:
            told = "Đã thêm đề xuất." if new else "Bài này đã có trong danh sách đề xuất."
            return go(request, f"/de-xuat/{number}", told, "good" if new else "warn")
    return _listing(request, form, 422)


@router.get("/de-xuat/{number}")
def one(request: Request, number: str, _person: Reader) -> Response:
    """One article as it will become a post."""
    with reading(house_of(request).engine) as session:
        row = _find(session, number)
        form = Form(noi_dung=row.topic, nen_tang=_able(session))
        return _one(request, session, row, form)


def _one(request: Request, session: Session, row: Suggestion, form: Form, status: int = 200) -> Response:
    words = plan_words(session)
    source = session.get(PortalSource, row.source_id) if row.source_id else None
    return page(
        request,
        "suggestions/one.html",
        status=status,
        row=row,
        form=form,
        fields=_becomes(session, row, words),
        forms=FORMS,
        source=source,
        words=words,
        state=STATE_WORDS[row.state],
        platforms=list(words.platforms.items()),
        age=_age(row, house_of(request)),
    )


def _becomes(session: Session, row: Suggestion, words: Words) -> object | None:
    """The post it will be: in the topic it is suggested for, or in any, because the words are the same."""
    if words.plan is None or row.state != NEW:
        return None
    known = row.topic if row.topic in words.topics else next(iter(words.topics))
    return as_fields(session, row, words.plan, Choice(tuple(words.platforms), known))


@router.post("/de-xuat/{number}/lay")
def take(request: Request, number: str, person: Editor, posted: Posted) -> Response:
    """Make a draft of it and go on writing there. The article's picture is fetched with no transaction open."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        row = _find(session, number)
        words = plan_words(session)
        topic = form.choice("noi_dung", "Nội dung tuyên truyền", words.topics)
        platforms = form.choices("nen_tang", "Nền tảng", words.platforms, required=True)
        if row.state == NEW and form.errors:
            return _one(request, session, row, form, 422)
    choice = Choice(tuple(platforms), topic)
    try:
        post, no_picture = take_to_desk(
            house.engine,
            _portals(house),
            house.service.store,
            row.id or 0,
            choice,
            by=person.name,
            now=house.now(),
        )
    except ContentError as error:
        return _refused(request, number, form, error)
    if no_picture:
        return go(
            request, f"/soan/{post.key}", say("Đã lấy thành bản nháp. {words}", words=no_picture), "warn", done=True
        )
    return go(request, f"/soan/{post.key}", "Đã lấy thành bản nháp; hãy sửa lời, mô tả ảnh rồi trình duyệt.")


@router.post("/de-xuat/{number}/bo")
def put_away(request: Request, number: str, person: Editor, posted: Posted) -> Response:
    """Put it away for good, with a reason."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        row = _find(session, number)
        reason = form.text("ly_do", "Lý do bỏ qua", most=500, required=True)
        if row.state == NEW and form.errors:
            return _one(request, session, row, form, 422)
    try:
        with writing(house.engine) as session:
            dismiss(session, row.id or 0, by=person.name, reason=reason, now=house.now())
    except ContentError as error:
        return _refused(request, number, form, error)
    return go(request, "/de-xuat", say("Đã bỏ qua “{title}”.", title=row.title))


def _refused(request: Request, number: str, form: Form, error: ContentError) -> Response:
    """Somebody was quicker: say who; something is wrong with the choice: say it beside the field."""
    with reading(house_of(request).engine) as session:
        row = _find(session, number)
        if row.state != NEW:
            return go(request, f"/de-xuat/{row.id}", say("{words}", words=error.words), "warn")
        _fail(form, error, "noi_dung")
        return _one(request, session, row, form, 422)


def _find(session: Session, text: str) -> Suggestion:
    """The suggestion of that number. Raises HTTPException 404."""
    number = asking.number(text)
    try:
        if number is not None:
            return find_suggestion(session, number, locked=False)
    except ContentError:
        pass
    raise HTTPException(404)


def _able(session: Session) -> list[str]:
    """The platforms of the connected channels that carry an article with its link."""
    connected = set(session.exec(select(Channel.platform).where(col(Channel.state) != OFF)).all())
    return [one for one in CONNECTORS if one in connected and Kind.LINK in connector_class(one).capabilities.kinds]


def _fail(form: Form, error: ContentError, otherwise: str) -> None:
    said = _SAID.fullmatch(error.words)
    field = _FIELDS.get(said["field"], otherwise) if said else otherwise
    words = said["words"] if said and said["field"] in _FIELDS else error.words
    form.fail(field, _sentence(words))


def _sentence(words: str) -> Say:
    return say("{words}", words=f"{words[:1].upper()}{words[1:]}")


def _portals(house: House) -> Portals:
    portals = house.service.portals
    if portals is None:
        raise ContentError("Máy chủ này không đọc được các cổng; hãy báo quản trị viên.")
    return portals
