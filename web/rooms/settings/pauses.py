"""The words that stand ready when somebody has to pause everything: one text for each reason."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import Keeper, Reader, change
from web.page import go, page
from web.stale import Clash, mark_of
from web.words import say

router = APIRouter()
LABELS = {"words": "Nội dung"}


@router.get("/cau-hinh/tam-dung")
def pause_texts(request: Request, _reader: Reader) -> HTMLResponse:
    """The texts, each in a form of its own."""
    return _page(request)


@router.post("/cau-hinh/tam-dung/{reason}")
def change_text(request: Request, someone: Keeper, posted: Posted, reason: str) -> Response:
    """Another text for one reason."""
    form = Form(posted)
    words = form.long_text("words", "Nội dung", most=1000, required=True)
    found: Clash | None = None
    if reason not in office.REASON_WORDS:
        form.fail("words", say("Không có lý do tạm dừng này."))
    if not form.errors:
        found = change(
            request, someone, office.PAUSE_TEXTS, reason, {"reason": reason, "words": words}, form, LABELS
        )  # fmt: skip
    if form.errors or found:
        return _page(request, reason, form, found)
    return go(
        request, "/cau-hinh/tam-dung", say("Đã lưu mẫu “{reason}”.", reason=office.REASON_WORDS[reason])
    )  # fmt: skip


def _page(request: Request, reason: str = "", form: Form | None = None, found: Clash | None = None) -> HTMLResponse:
    """`form` is the one that came for `reason`; the others show what stands."""
    with reading(house_of(request).engine) as session:
        standing = office.pauses(session)
        kept = office.read(session, office.PAUSE_TEXTS)
    texts = []
    for one in standing:
        mark = mark_of(one.model_dump(mode="json"))
        if one.reason == reason and form is not None:
            texts.append((one.reason, form, found.mark if found else form.raw("dau")))
        else:
            texts.append((one.reason, Form(words=one.words), mark))
    status = 200 if form is None else 409 if found else 422
    return page(
        request,
        "settings/pauses.html",
        status=status,
        texts=texts,
        kept=kept,
        clash=found,
        chosen=reason,
        reasons=office.REASON_WORDS,
    )
