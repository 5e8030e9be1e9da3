"""People of the office: added, changed, invited, switched off. The rules stand here; pages and commands ask them."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from content.vietnamese import fold, local_day, nfc
from scheduler.db import in_turn
from web.door import hashed
from web.named import is_named
from web.roles import APART, DELEGABLE, ROLE_WORDS, Permission, Role, permissions_of
from web.tables import Delegation, Invitation, Staff, StaffSession
from web.tokens import end_own, end_tokens
from web.words import Say, say

INVITATION_LIVES = timedelta(days=7)
LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")
NAME_MOST = 80


class StaffError(Exception):
    """Something about a person that cannot be so; `field` of the form it concerns, and one sentence."""

    def __init__(self, field: str, words: Say) -> None:
        self.field, self.words = field, words
        super().__init__(str(words))


@dataclass(frozen=True, slots=True)
class Facts:
    """What an administrator says of a person."""

    name: str
    roles: tuple[Role, ...]
    agency: str = ""
    active: bool = True

    @classmethod
    def of(cls, row: Staff) -> "Facts":
        """As the row has them."""
        return cls(row.name, tuple(Role(one) for one in row.roles), row.agency, row.active)

    @property
    def mark(self) -> str:
        """Changes with every fact: a form says by it what its writer saw."""
        return hashed(f"{self.name}|{'+'.join(sorted(self.roles))}|{self.agency}|{self.active}")[:16]


def login_of(text: str) -> str:
    """A login as it is kept. Raises `StaffError`."""
    login = nfc(text).strip().lower()
    if not LOGIN.fullmatch(login):
        words = "Tên đăng nhập gồm 2 đến 40 chữ cái không dấu, chữ số, dấu chấm hoặc gạch, bắt đầu bằng chữ cái."
        raise StaffError("dang_nhap", say(words))
    return login


def anybody(session: Session) -> bool:
    """Whether there is a person at all."""
    return session.exec(select(Staff.id).limit(1)).first() is not None


def staff_of(session: Session, login: str) -> Staff | None:
    """The person with this login, as it was typed; what cannot be a login is nobody's."""
    wanted = nfc(login).strip().lower()
    return session.exec(select(Staff).where(Staff.login == wanted)).first() if LOGIN.fullmatch(wanted) else None


def add(
    session: Session, login: str, facts: Facts, *, agencies: Collection[str], now: datetime, by_id: int | None = None
) -> Staff:
    """A new person without a password; `invite` lets them set one. Raises `StaffError`. The caller commits.

    `by_id`: who adds them, and must still be the one who may; None at the server.
    """
    login, name = login_of(login), _name(facts.name)
    _roles(facts.roles)
    _agency(facts.agency, agencies)
    in_turn(session.connection(), "staff")  # of an office without anybody there is no row that could be held
    _still_manages(_everybody(session), by_id)
    if staff_of(session, login) is not None:
        raise StaffError("dang_nhap", say("Đã có người dùng tên đăng nhập “{login}”.", login=login))
    _name_is_free(session, name)
    row = Staff(
        login=login, name=name, name_key=fold(name), roles=list(facts.roles), agency=facts.agency, created_at=now,
        updated_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def change(
    session: Session,
    row: Staff,
    facts: Facts,
    *,
    agencies: Collection[str],
    now: datetime,
    by_id: int | None = None,
    seen: str = "",
) -> list[str]:
    """Make a person what `facts` say; what changed, in words for the record. Raises `StaffError`.

    Who loses or gains roles, or is switched off, is signed out everywhere. `by_id` as in `add`; `seen` is the mark of
    the facts that were looked at. The caller commits.
    """
    everybody = _everybody(session)
    _still_manages(everybody, by_id)
    if is_erased(row):
        raise StaffError("ten", say("Dữ liệu của người dùng này đã được xóa; hãy thêm người dùng mới."))
    before, name = Facts.of(row), _name(facts.name)
    if seen and seen != before.mark:
        raise StaffError("ten", say("Người khác vừa sửa người dùng này; hãy tải lại trang để xem rồi sửa tiếp."))
    if row.id == by_id and (set(facts.roles), facts.agency, facts.active) != (set(before.roles), before.agency, True):
        raise StaffError("vai_tro", say("Không ai tự sửa vai trò, cơ quan hay tình trạng của mình."))
    if facts.agency != before.agency:
        _agency(facts.agency, agencies)
    if set(facts.roles) != set(before.roles):
        _roles(facts.roles)
        _no_borrowed_approval(session, row, facts.roles, now)
    if name != before.name:
        if is_named(session, before.name):
            words = "Nhật ký đã ghi tên “{name}” nên không đổi được; hãy ngừng người dùng này và thêm người mới."
            raise StaffError("ten", say(words, name=before.name))
        _name_is_free(session, name, row.id)
    if manages(row) and not (facts.active and Permission.PEOPLE in permissions_of(facts.roles)):
        _others_manage(everybody, row)
    changes = _told(before, Facts(name, facts.roles, facts.agency, facts.active))
    row.name, row.name_key, row.roles = name, fold(name), list(facts.roles)
    row.agency, row.active, row.updated_at = facts.agency, facts.active, now
    session.add(row)
    if set(facts.roles) != set(before.roles) or not facts.active:
        end_sessions(session, row.id or 0, now=now)
    if not facts.active:
        end_tokens(session, row.id or 0, now=now)
        _void_invitations(session, row.id or 0, now)
    session.flush()
    return changes


def manages(row: Staff) -> bool:
    """Whether the person manages people."""
    return row.active and Permission.PEOPLE in permissions_of(Role(one) for one in row.roles)


def _everybody(session: Session) -> list[Staff]:
    """All rows, locked until the end: two who change people at once do it one after the other."""
    rows = select(Staff).order_by(col(Staff.id)).with_for_update()
    return list(session.exec(rows.execution_options(populate_existing=True)))


def _still_manages(everybody: list[Staff], by_id: int | None) -> None:
    if by_id is not None and not any(manages(one) for one in everybody if one.id == by_id):
        raise StaffError("ten", say("Bạn không còn quyền quản lý người dùng."))


def _others_manage(everybody: list[Staff], row: Staff) -> None:
    if not any(manages(one) for one in everybody if one.id != row.id):
        raise StaffError("vai_tro", say("Phải còn ít nhất một người đang dùng có quyền quản lý người dùng."))


def _name(text: str) -> str:
    name = " ".join(nfc(text).split())
    if not name or len(name) > NAME_MOST or not name.isprintable():
        raise StaffError("ten", say("Họ tên cần từ 1 đến {most} ký tự.", most=NAME_MOST))
    return name


def check_others_manage(session: Session, row: Staff, by_id: int | None) -> None:
    """Somebody else manages people, and who asks (`by_id`) still does. Raises `StaffError`. Locks all rows."""
    everybody = _everybody(session)
    _still_manages(everybody, by_id)
    if manages(row):
        _others_manage(everybody, row)


def is_erased(row: Staff) -> bool:
    """Whether the person was erased (`web.erasing`): no login that is typed begins like this."""
    return row.login.startswith("~")


def key_of_erased(name: str) -> str:
    """What stays of an erased person's name: enough to give it to nobody else, because records go on naming them."""
    return f"~{hashed(fold(name))}"


def _name_is_free(session: Session, name: str, but: int | None = None) -> None:
    taken = (fold(name), key_of_erased(name))
    other = session.exec(select(Staff).where(col(Staff.name_key).in_(taken), Staff.id != (but or 0))).first()
    if other is not None:
        words = "Đã có người tên “{name}”; hãy ghi thêm đơn vị cho khỏi nhầm, như “{name} (Sở Nội vụ)”."
        raise StaffError("ten", say(words, name=name))


def _roles(roles: Collection[Role]) -> None:
    if not roles:
        raise StaffError("vai_tro", say("Hãy chọn ít nhất một vai trò."))
    for one, other in APART:
        if one in roles and other in roles:
            words = "Một người không vừa là “{one}” vừa là “{other}”: người giữ khóa các kênh không duyệt bài."
            raise StaffError("vai_tro", say(words, one=ROLE_WORDS[one], other=ROLE_WORDS[other]))


def _agency(code: str, agencies: Collection[str]) -> None:
    if code and code not in agencies:
        raise StaffError("co_quan", say("Kế hoạch không có cơ quan, đơn vị mang mã “{code}”.", code=code[:40]))


def _no_borrowed_approval(session: Session, row: Staff, roles: Collection[Role], now: datetime) -> None:
    if not _hold_the_keys(roles):
        return
    lent = select(Delegation.id).where(
        Delegation.to_id == row.id, col(Delegation.until) >= local_day(now), col(Delegation.ended_at).is_(None)
    )
    if session.exec(lent).first() is not None:
        words = "Người này đang được ủy quyền duyệt nên không giữ khóa các kênh; hãy kết thúc ủy quyền trước."
        raise StaffError("vai_tro", say(words))


def _told(before: Facts, after: Facts) -> list[str]:
    changes = []
    if before.name != after.name:
        changes.append(f"tên: {before.name} → {after.name}")
    if set(before.roles) != set(after.roles):
        changes.append(f"vai trò: {roles_in_words(before.roles)} → {roles_in_words(after.roles)}")
    if before.agency != after.agency:
        changes.append(f"cơ quan: {before.agency or '-'} → {after.agency or '-'}")
    if before.active != after.active:
        changes.append("cho dùng lại" if after.active else "ngừng")
    return changes


def roles_in_words(roles: Collection[str]) -> str:
    """ "Biên tập viên, Người xem"."""
    return ", ".join(ROLE_WORDS[role] for role in Role if role in roles)


# Invitations and passwords -------------------------------------------------------------------------------


def invite(session: Session, row: Staff, *, now: datetime) -> str:
    """A new link's token; older links of the person open nothing any more. The caller commits."""
    _void_invitations(session, row.id or 0, now)
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(token_hash=hashed(token), staff_id=row.id or 0, created_at=now, expires_at=now + INVITATION_LIVES)
    )
    return token


def invited(session: Session, token: str, *, now: datetime) -> Staff | None:
    """Whom the link invites; None when it is used, too old, or none of ours."""
    statement = select(Staff).where(
        col(Invitation.staff_id) == col(Staff.id),
        Invitation.token_hash == hashed(token),
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > now,
        col(Staff.active).is_(True),
    )
    return session.exec(statement).first()


def accept(session: Session, token: str, password_hash: str, *, now: datetime) -> Staff | None:
    """Set the password of whom the link invites, once, and end their sessions. The caller commits."""
    row = invited(session, token, now=now)
    mine = (col(Invitation.token_hash) == hashed(token), col(Invitation.used_at).is_(None))
    if row is None or session.exec(update(Invitation).where(*mine).values(used_at=now)).rowcount != 1:
        return None
    set_password(session, row, password_hash, now=now)
    return row


def set_password(session: Session, row: Staff, password_hash: str, *, now: datetime, keep_session: int = 0) -> None:
    """A new password: every other session and every open invitation of the person ends. The caller commits."""
    row.password_hash, row.updated_at = password_hash, now
    session.add(row)
    end_sessions(session, row.id or 0, now=now, but=keep_session)
    _void_invitations(session, row.id or 0, now)


def set_language(session: Session, staff_id: int, language: str) -> None:
    """The language a person reads. The caller commits."""
    session.exec(update(Staff).where(col(Staff.id) == staff_id).values(language=language))


def end_sessions(session: Session, staff_id: int, *, now: datetime, but: int = 0) -> int:
    """Sign the person out everywhere (but in one session); how many ended. The caller commits."""
    theirs = (col(StaffSession.staff_id) == staff_id, col(StaffSession.ended_at).is_(None), col(StaffSession.id) != but)
    return session.exec(update(StaffSession).where(*theirs).values(ended_at=now)).rowcount


def end_session(session: Session, staff_id: int, session_id: int, *, now: datetime) -> StaffSession | None:
    """End one session of the person; None when it is not theirs, or ended. The caller commits."""
    return end_own(session, StaffSession, staff_id, session_id, now=now)


def _void_invitations(session: Session, staff_id: int, now: datetime) -> None:
    open_ones = (col(Invitation.staff_id) == staff_id, col(Invitation.used_at).is_(None))
    session.exec(update(Invitation).where(*open_ones).values(used_at=now))


# Delegations ---------------------------------------------------------------------------------------------


def may_give(row: Staff) -> bool:
    """Whether the person has a right of approval of their own to put into another's hands."""
    return row.active and bool(permissions_of(Role(one) for one in row.roles) & DELEGABLE)


def may_receive(row: Staff) -> bool:
    """Whether an approver's right may be put into this person's hands: not where the keys of the channels are."""
    return row.active and not _hold_the_keys(row.roles)


def _hold_the_keys(roles: Collection[str]) -> bool:
    approving = {role for role in Role if permissions_of([role]) & DELEGABLE}
    return any(set(pair) & approving and (set(pair) - approving) & set(roles) for pair in APART)
