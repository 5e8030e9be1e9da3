"""One post with all it takes to decide about it, and the decision."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import select

from connectors import CONNECTORS
from content.checks import FORMS, Finding, Grade, by_grade
from content.editorial import STATE_WORDS, give_back, standing
from content.errors import ContentError
from content.standing import Step, why_not, why_not_return
from content.tables import Editorial, Post
from reports.weekly import platform_labels
from scheduler.db import reading, writing
from scheduler.submission import NotReady, accepted, mark_of
from web.authority import approver, may_approve, returner
from web.door import Posted, house_of
from web.forms import Form
from web.house import House
from web.page import go, page
from web.postrules import rule_lines
from web.roles import Person
from web.rooms.approvals.listing import Decider, Reader
from web.rooms.approvals.reading import next_key
from web.rooms.approvals.sheet import around, field_words, sheet_of
from web.words import Say, say

router = APIRouter()
REASON_MOST = 2_000
READY_REASONS = {
    "nguon": "Cần bổ sung nguồn hoặc văn bản làm căn cứ.",
    "so-lieu": "Cần kiểm tra lại số liệu, tên gọi hoặc ngày tháng.",
    "loi-van": "Cần viết ngắn gọn, dễ hiểu hơn.",
    "hinh-anh": "Cần thay hoặc sửa hình ảnh, văn bản thay thế.",
    "thoi-diem": "Chưa phù hợp thời điểm đăng.",
}
"""What approvers write most often."""
DONE = {
    Step.ONLY: "Đã duyệt “{title}”.",
    Step.FIRST: "Đã duyệt cấp 1 “{title}”; bài còn chờ một người phê duyệt cấp 2.",
    Step.SECOND: "Đã phê duyệt “{title}”.",
    Step.URGENT: "Đã duyệt khẩn “{title}”; việc này được liệt kê để xem lại.",
}


@router.get("/duyet/{key}")
def one_post(request: Request, someone: Reader, key: str) -> HTMLResponse:
    """The post as an approver has to see it."""
    return _page(request, someone, key)


@router.post("/duyet/{key}/duyet")
def approve(request: Request, someone: Decider, key: str, posted: Posted) -> Response:
    """Say yes to exactly what the page showed."""
    house, form = house_of(request), Form(posted)
    post = _post(house, someone, key)
    expected = form.choice("buoc", "Bước duyệt", [str(one) for one in Step])
    seen, shown = form.raw("ban"), form.raw("thay")
    urgent = form.text("ly_do_khan", "Lý do duyệt khẩn", most=REASON_MOST, required=expected == Step.URGENT)
    if form.errors or not seen:
        form.fail("ban", say("Biểu mẫu thiếu thông tin; hãy xem lại bài rồi duyệt."))
        return _page(request, someone, key, status=422, form=form)
    with reading(house.engine) as session:
        who = approver(someone, standing(session, post), urgent=expected == Step.URGENT)
    try:
        step = house.submissions.approve(
            [key], someone.name, now=house.now(), seen={key: seen}, expected=Step(expected), level=who.level,
            behalf=who.behalf, urgent=urgent, accept_warnings=form.yes("chap_nhan") and bool(shown), shown=shown,
        )[key]  # fmt: skip
    except NotReady as error:
        return _page(request, someone, key, status=422, form=form, found=error.findings.get(key, []))
    except ContentError as error:
        return _page(request, someone, key, status=409, form=form, told=error.words.removeprefix(f"{key}: "))
    return _on(request, someone, say(DONE[step], title=post.title))


@router.post("/duyet/{key}/tra-lai")
def return_it(request: Request, someone: Decider, key: str, posted: Posted) -> Response:
    """Give the post back to its editor, with a reason; an approval is taken back in the same way."""
    house, form = house_of(request), Form(posted)
    post = _post(house, someone, key)
    ready = form.choices("san", "Lý do trả lại", READY_REASONS)
    words = form.long_text("ly_do", "Lý do trả lại", most=REASON_MOST)
    state = form.choice("trang_thai", "Trạng thái", (Editorial.SUBMITTED, Editorial.APPROVED))
    reason = " ".join([*(READY_REASONS[one] for one in ready), *([words] if words else [])])
    if not reason:
        form.fail("ly_do", say("Hãy chọn hoặc viết lý do trả lại để người soạn biết cần sửa gì."))
    if form.errors:
        return _page(request, someone, key, status=422, form=form)
    with reading(house.engine) as session:
        who = returner(someone, standing(session, post))
    try:
        with writing(house.engine) as session:
            give_back(
                session, key, someone.name, reason, house.now(), behalf=who.behalf, seen=form.raw("ban"),
                expected=Editorial(state),
            )  # fmt: skip
    except ContentError as error:
        return _page(request, someone, key, status=409, form=form, told=error.words.removeprefix(f"{key}: "))
    return _on(request, someone, say("Đã trả lại “{title}” cho người soạn.", title=post.title))


def _on(request: Request, someone: Person, words: Say) -> Response:
    """After a decision: the next one."""
    house = house_of(request)
    with reading(house.engine) as session:
        following = next_key(session, someone, house.now())
    return go(request, f"/duyet/{following}" if following else "/duyet", words)


def _post(house: House, someone: Person, key: str) -> Post:
    """The post, when it is theirs to see. Raises 404."""
    with reading(house.engine) as session:
        post = session.exec(select(Post).where(Post.key == key)).one_or_none()
    if post is None or not (someone.sees(post) or may_approve(someone)):
        raise HTTPException(404)
    return post


# The page --------------------------------------------------------------------------------------------------


def _page(
    request: Request,
    someone: Person,
    key: str,
    *,
    status: int = 200,
    form: Form | None = None,
    found: Sequence[Finding] = (),
    told: Say | str = "",
) -> HTMLResponse:
    """The post; after a refusal with what was found or told."""
    house = house_of(request)
    post = _post(house, someone, key)
    with reading(house.engine) as session:
        sheet = sheet_of(house, session, someone, post)
    one, known = sheet.one, sheet.one.standing
    waits, approves = post.state == Editorial.SUBMITTED, may_approve(someone)
    alone = approver(someone, known, urgent=True)
    back = returner(someone, known)
    # What was accepted at the submission is shown to be accepted again; what was found since stands in its place.
    shown = accepted(found) if found else one.accepted
    return page(
        request,
        "approvals/one.html",
        status=status,
        one=one,
        post=post,
        sheet=sheet,
        form=form or Form(),
        told=told,
        found=found,
        blocking=[finding for finding in found if finding.blocks],
        warnings=by_grade(found, Grade.WARNING),
        accepted="" if found else one.accepted,
        mark=mark_of(shown),
        waits=waits,
        approves=approves,
        may=waits and one.may,
        may_return=approves and ((waits and not why_not_return(known, back)) or post.state == Editorial.APPROVED),
        may_urgent=waits
        and known.sensitive
        and not why_not(known, alone, urgent=True)
        and (not one.may or known.step is Step.FIRST),
        alone=alone,
        back=back,
        state_words=STATE_WORDS[Editorial(post.state)],
        labels=platform_labels(CONNECTORS),
        forms=FORMS,
        field_words=field_words,
        rules=list(rule_lines(post)),
        around=around,
        ready=READY_REASONS,
    )
