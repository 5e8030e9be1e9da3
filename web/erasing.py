"""A staff member's data: told whole to the person, and erased where the law does not keep it.

Requests are answered within two working days (NĐ 356/2025/NĐ-CP; domain.md section 4); both are one click or one
command. What `records.personal` names decides which rows and columns are meant.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from fastapi.responses import Response, StreamingResponse
from sqlalchemy import ColumnElement, Engine, LargeBinary, Table, delete, func, or_, select, update
from sqlmodel import Session, SQLModel, col

from records.holds import held
from records.personal import REGISTER, Erased, Finds, columns
from scheduler.db import reading
from web.named import is_theirs, named
from web.retention import copies_of
from web.staff import StaffError, check_others_manage, is_erased, key_of_erased
from web.tables import Delegation, Staff, WorkCopy
from web.words import say

SECRET = frozenset({"password_hash", "totp", "totp_step", "token_hash", "name_key", "request_hash"})
"""Columns that open doors or only serve the search: whoever asks for their data is told that they are there, not what
they hold."""
OFFICE = frozenset({"data", "title_words", "words_key", "title_order", "search_key", "title_key"})
"""What in a record is the office's content and not the person's data."""
PSEUDONYM = "Người dùng đã xóa số {number}"


# Told --------------------------------------------------------------------------------------------------------


def told(session: Session, person: Staff, *, now: datetime) -> Iterator[str]:
    """Everything that is stored of this person, as one JSON text, piece by piece."""
    head = {"person": person.id, "login": person.login, "name": person.name, "told_at": now.isoformat()}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "tables": {'
    first = True
    for table in _tables():
        clauses = _clauses(table, person)
        if not clauses:
            continue
        yield ("" if first else ",") + f"\n{json.dumps(table.name)}: ["
        first = False
        yield from _rows(session, table, clauses, person)
        yield "]"
    yield "}}\n"


def _rows(session: Session, table: Table, clauses: list[ColumnElement[bool]], person: Staff) -> Iterator[str]:
    shown = [one for one in table.columns if not _is_hidden(one)]
    wanted = select(*shown).where(or_(*clauses)).order_by(*table.primary_key)
    begun = False
    for row in session.connection().execute(wanted.execution_options(yield_per=500)).mappings():
        facts = {name: _plain(value) for name, value in row.items() if value not in (None, "")}
        if "actor" in facts and not is_theirs(facts["actor"], person.name):
            facts.pop("address", None)  # of whoever did it to them
        yield (",\n" if begun else "\n") + json.dumps(facts, ensure_ascii=False, default=str)
        begun = True


def _is_hidden(column: Any) -> bool:
    return column.name in SECRET | OFFICE or isinstance(column.type, LargeBinary)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _tables() -> list[Table]:
    names = {name.partition(".")[0] for name in REGISTER} - {"post_search"}
    return [table for table in SQLModel.metadata.sorted_tables if table.name in names]


def _clauses(table: Table, person: Staff) -> list[ColumnElement[bool]]:
    """Which rows of a table are of this person."""
    if table.name == "staff":
        return [table.c.id == person.id]
    found: list[ColumnElement[bool]] = []
    for name, one in REGISTER.items():
        of, _, column = name.partition(".")
        if of != table.name:
            continue
        if one.finds is Finds.ID:
            found.append(table.c[column] == person.id)
        elif one.finds is Finds.LOGIN:
            found.append(table.c[column] == person.login)
        elif one.finds is Finds.NAME:
            found.append(named(table.c[column], person.name))
        elif one.finds is Finds.SUBJECT:
            found.append(or_(table.c[column] == person.login, table.c[column] == person.name))
    return found


def data_of(engine: Engine, staff_id: int, now: datetime) -> Response:
    """The same as a file for the browser, read while it is sent."""

    def pieces() -> Iterator[str]:
        with reading(engine) as session:
            yield from told(session, session.get_one(Staff, staff_id), now=now)

    name = f"du-lieu-nguoi-dung-{staff_id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces(), media_type="application/json", headers=headers)


# Erased ------------------------------------------------------------------------------------------------------


def erase(session: Session, person: Staff, *, now: datetime, by_id: int | None = None) -> str:
    """Forget the person where no record has to name them; their pseudonym. The caller commits.

    Their way in is gone at once, the login is free. Raises `StaffError` for oneself, for the last one who manages
    people, for who is erased already, and while a legal hold keeps everything, a period, or what they left unsaved.
    """
    if person.id == by_id:
        raise StaffError("dang_nhap", say("Không ai tự xóa mình; hãy nhờ quản trị viên khác."))
    if is_erased(person):
        raise StaffError("dang_nhap", say("Người dùng này đã được xóa từ trước."))
    check_others_manage(session, person, by_id)
    hold = held(session)
    if hold.everything or hold.periods:
        words = "Đang có lệnh giữ tất cả hoặc giữ theo thời gian; phải dỡ lệnh đó rồi mới xóa được."
        raise StaffError("dang_nhap", say(words))
    theirs = select(func.count()).select_from(WorkCopy).where(col(WorkCopy.staff_id) == person.id, *copies_of(hold))
    if hold.posts and session.connection().execute(theirs).scalar_one():
        words = "Người này còn bản đang soạn của một bài có lệnh giữ; phải dỡ lệnh đó rồi mới xóa được."
        raise StaffError("dang_nhap", say(words))
    pseudonym = PSEUDONYM.format(number=person.id)
    for table in _tables():
        _forget(session, table, person, pseudonym)
    _end_delegations(session, person, now)
    person.login, person.name, person.name_key = f"~{person.id}", pseudonym, key_of_erased(person.name)
    person.roles, person.agency, person.active, person.language = [], "", False, "vi"
    person.password_hash, person.totp, person.totp_step, person.updated_at = "", None, 0, now
    session.add(person)
    session.flush()
    return pseudonym


def _forget(session: Session, table: Table, person: Staff, pseudonym: str) -> None:
    """Remove the rows that are the person's alone; put the pseudonym where a name is no record."""
    mine = {column for name, column in columns(Finds.ID, Erased.REMOVED) if name == table.name}
    mine_by_login = {column for name, column in columns(Finds.LOGIN, Erased.REMOVED) if name == table.name}
    which = [table.c[one] == person.id for one in mine] + [table.c[one] == person.login for one in mine_by_login]
    if which:
        session.connection().execute(delete(table).where(or_(*which)))
    for name, column in columns(Finds.NAME, Erased.REPLACED):
        if name == table.name != "staff":
            changed = update(table).where(table.c[column] == person.name).values({column: pseudonym})
            session.connection().execute(changed)


def _end_delegations(session: Session, person: Staff, now: datetime) -> None:
    theirs = or_(col(Delegation.from_id) == person.id, col(Delegation.to_id) == person.id)
    running = update(Delegation).where(theirs, col(Delegation.ended_at).is_(None)).values(ended_at=now)
    session.connection().execute(running)
