"""One person: added, changed, invited again, signed out, switched off."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, func, select
from starlette.exceptions import HTTPException

from scheduler.db import reading, writing
from web import totp
from web.acts import Act, note
from web.agencies import agency_names
from web.door import Forbidden, Posted, house_of
from web.erasing import data_of, erase
from web.forms import Form
from web.page import go, page
from web.roles import ROLE_WORDS, Person, Role
from web.rooms.people.list_of_people import HERE, Manager
from web.staff import Facts, StaffError, add, change, end_sessions, invite, is_erased, roles_in_words
from web.tables import LARGEST_ID, Invitation, Staff, StaffSession
from web.words import say

router = APIRouter()


@router.get(f"{HERE}/them")
def new(request: Request, _someone: Manager) -> Response:
    """The form for somebody new."""
    return _new_page(request, Form(vai_tro=[]))


def _new_page(request: Request, form: Form) -> Response:
    with reading(house_of(request).engine) as session:
        agencies = agency_names(session)
    return page(
        request, "people/new.html", status=422 if form.errors else 200, form=form, roles=ROLE_WORDS.items(),
        agencies=agencies.items(),
    )  # fmt: skip


@router.post(f"{HERE}/them")
def make(request: Request, someone: Manager, posted: Posted) -> Response:
    """Add a person; the link that lets them in stands on the answer and nowhere else."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        facts = _facts(form, agency_names(session))
        login = form.text("dang_nhap", "Tên đăng nhập", most=100, required=True)
        if not form.errors:
            try:
                row = add(session, login, facts, agencies=agency_names(session), now=now, by_id=someone.id)
                token = invite(session, row, now=now)
                words = f"thêm: {row.name}; vai trò: {roles_in_words(row.roles)}"
                note(session, request, someone, Act.PERSON, row.login, words, now=now)
            except StaffError as error:
                form.fail(error.field, error.words)
    if form.errors:
        return _new_page(request, form)
    return _link_page(request, row, token, say("Đã thêm {name}", name=row.name))


def _facts(form: Form, agencies: dict[str, str]) -> Facts:
    """What the form says of a person; forged roles and agencies stand as errors beside their field."""
    name = form.text("ten", "Họ tên", most=80, required=True)
    roles = tuple(Role(one) for one in form.choices("vai_tro", "Vai trò", list(Role)))
    agency = form.choice("co_quan", "Cơ quan, đơn vị", agencies, required=False)
    return Facts(name, roles, agency)


def _link_page(request: Request, row: Staff, token: str, title: str) -> Response:
    base = house_of(request).address or str(request.base_url).rstrip("/")
    return page(request, "people/link.html", row=row, link=f"{base}/moi/{token}", title=title)


@router.get(f"{HERE}/{{staff_id:int}}")
def person_page(request: Request, someone: Manager, staff_id: int) -> Response:
    """One person with everything that may be done about them."""
    with reading(house_of(request).engine) as session:
        row = _row(session, staff_id)
    facts = Facts.of(row)
    form = Form(
        ten=row.name, vai_tro=row.roles, co_quan=row.agency, dang_dung="1" if row.active else "", da_xem=facts.mark
    )
    return _page(request, someone, row, form)


def _row(session: Session, staff_id: int) -> Staff:
    row = session.get(Staff, staff_id) if staff_id < LARGEST_ID else None
    if row is None:
        raise HTTPException(404)
    return row


def _page(request: Request, someone: Person, row: Staff, form: Form) -> Response:
    house = house_of(request)
    alive = (col(StaffSession.staff_id) == row.id, col(StaffSession.ended_at).is_(None))
    unused = (col(Invitation.staff_id) == row.id, col(Invitation.used_at).is_(None))
    with reading(house.engine) as session:
        sessions = session.exec(select(func.count()).where(*alive, col(StaffSession.expires_at) > house.now())).one()
        seen = session.exec(select(func.max(StaffSession.seen_at)).where(StaffSession.staff_id == row.id)).one()
        until = session.exec(
            select(func.max(Invitation.expires_at)).where(*unused, col(Invitation.expires_at) > house.now())
        ).one()
        agencies = agency_names(session)
    return page(
        request, "people/person.html", status=422 if form.errors else 200, form=form, row=row, sessions=sessions,
        seen=seen, invited_until=until, roles=ROLE_WORDS.items(), agencies=_with(agencies, row.agency).items(),
        own=row.id == someone.id, roles_in_words=roles_in_words(row.roles), erased=is_erased(row),
    )  # fmt: skip


def _with(agencies: dict[str, str], code: str) -> dict[str, str]:
    """The agencies to choose from; the person's own stays even when the plan does not name it any more."""
    return agencies if not code or code in agencies else {**agencies, code: f"{code} (không còn trong kế hoạch)"}


@router.post(f"{HERE}/{{staff_id:int}}")
def save(request: Request, someone: Manager, staff_id: int, posted: Posted) -> Response:
    """Name, roles, agency, and whether they may come in. Of oneself only the name."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        row = _row(session, staff_id)
        agencies = _with(agency_names(session), row.agency)
        if row.id == someone.id:
            facts = _own_facts(form, row)
        else:
            told = _facts(form, agencies)
            facts = Facts(told.name, told.roles, told.agency, active=form.yes("dang_dung"))
        changes: list[str] = []
        if not form.errors:
            try:
                seen = form.raw("da_xem") or "-"
                changes = change(session, row, facts, agencies=agencies, now=now, by_id=someone.id, seen=seen)
            except StaffError as error:
                form.fail(error.field, error.words)
        if changes:
            note(session, request, someone, Act.PERSON, row.login, "; ".join(changes), now=now)
    if form.errors:
        return _page(request, someone, row, form)
    words = say("Đã lưu {name}.", name=row.name) if changes else say("Không có gì thay đổi.")
    return go(request, HERE, words)


def _own_facts(form: Form, row: Staff) -> Facts:
    if any(form.raws(name) for name in ("vai_tro", "co_quan", "dang_dung")):
        raise Forbidden("Không ai tự sửa vai trò, cơ quan hay tình trạng của mình; hãy nhờ quản trị viên khác.")
    before = Facts.of(row)
    return Facts(form.text("ten", "Họ tên", most=80, required=True), before.roles, before.agency, before.active)


def _other(session: Session, someone: Person, staff_id: int) -> Staff:
    """Somebody else than who asks: for one's own there is one's account, which asks for the password."""
    row = _row(session, staff_id)
    if row.id == someone.id:
        raise Forbidden("Việc của chính mình thì làm ở trang Tài khoản của tôi.")
    return row


@router.post(f"{HERE}/{{staff_id:int}}/du-lieu")
def their_data(request: Request, someone: Manager, staff_id: int) -> Response:
    """Everything that is stored of the person, as a file, when they ask for it."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        row = _row(session, staff_id)
        note(session, request, someone, Act.PERSONAL_DATA, row.login, "trích xuất dữ liệu theo yêu cầu", now=now)
    return data_of(house.engine, staff_id, now)


@router.post(f"{HERE}/{{staff_id:int}}/xoa")
def forget(request: Request, someone: Manager, staff_id: int, posted: Posted) -> Response:
    """Erase the person's data; who does it types the login, so that nobody is erased by a slip."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    typed = form.text("xac_nhan", "Tên đăng nhập", most=80, required=True)
    with writing(house.engine) as session:
        row = _other(session, someone, staff_id)
        facts = Facts.of(row)
        if not form.errors and typed.lower() != row.login:
            form.fail("xac_nhan", say("Hãy gõ đúng tên đăng nhập của người sẽ bị xóa."))
        if not form.errors:
            try:
                pseudonym = erase(session, row, now=now, by_id=someone.id)
                note(session, request, someone, Act.PERSONAL_DATA, pseudonym, "xóa dữ liệu cá nhân", now=now)
            except StaffError as error:
                form.fail("xac_nhan", error.words)
    if form.errors:
        again = Form(
            ten=facts.name, vai_tro=list(facts.roles), co_quan=facts.agency, da_xem=facts.mark,
            dang_dung="1" if facts.active else "", xac_nhan=typed,
        )  # fmt: skip
        again.errors |= form.errors
        return _page(request, someone, row, again)
    return go(request, HERE, say("Đã xóa dữ liệu cá nhân; từ nay hiện là “{name}”.", name=pseudonym))


@router.post(f"{HERE}/{{staff_id:int}}/moi")
def invite_again(request: Request, someone: Manager, staff_id: int) -> Response:
    """A new link; older ones open nothing any more."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        row = _other(session, someone, staff_id)
        if not row.active:
            raise Forbidden("Người này đã ngừng sử dụng; hãy cho dùng lại rồi mới mời.")
        token = invite(session, row, now=now)
        note(session, request, someone, Act.PERSON, row.login, "đường dẫn mời mới", now=now)
    return _link_page(request, row, token, say("Đường dẫn mời mới cho {name}", name=row.name))


@router.post(f"{HERE}/{{staff_id:int}}/bo-xac-thuc")
def drop_factor(request: Request, someone: Manager, staff_id: int) -> Response:
    """The phone is lost: no second factor until a new one is set up."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        row = _other(session, someone, staff_id)
        totp.drop(session, row.id or 0, now=now)
        note(session, request, someone, Act.TOTP, row.login, "bỏ, vì mất điện thoại", now=now)
    return go(request, f"{HERE}/{staff_id}", say("Đã bỏ xác thực hai bước của {name}.", name=row.name))


@router.post(f"{HERE}/{{staff_id:int}}/ket-thuc-phien")
def sign_out(request: Request, someone: Manager, staff_id: int) -> Response:
    """Sign the person out everywhere."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        row = _other(session, someone, staff_id)
        count = end_sessions(session, row.id or 0, now=now)
        note(session, request, someone, Act.SESSION_ENDED, row.login, f"{count} phiên", now=now)
    return go(request, f"{HERE}/{staff_id}", say("Đã kết thúc {count} phiên của {name}.", count=count, name=row.name))
