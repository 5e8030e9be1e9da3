"""Somebody's browser at the door: it knows nothing yet, and sends what the page's own form would send."""

import re
from typing import Any

import pyotp
import requests
from sqlmodel import select

from scheduler.db import reading, writing
from tests.web.desk import Desk, Visitor
from web import totp
from web.staff import invite
from web.tables import Staff

PASSWORD = "một câu dễ nhớ 2026"


class Caller(Visitor):
    """A browser without a session: it reads the token from the page it was given."""

    csrf = ""

    def get(self, path: str, **options: Any) -> requests.Response:
        answer = super().get(path, **options)
        self._read(answer)
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> requests.Response:
        answer = super().post(path, {"csrf": self.csrf, **(data or {})}, **options)
        self._read(answer)
        return answer

    def sign_in(self, login: str, password: str, tiep: str = "/", **options: Any) -> requests.Response:
        """Open the page and send its form."""
        self.get("/dang-nhap")
        return self.post("/dang-nhap", {"dang_nhap": login, "mat_khau": password, "tiep": tiep}, **options)

    def _read(self, answer: requests.Response) -> None:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf


def caller(desk: Desk) -> Caller:
    """A new browser in front of the door."""
    made = Caller(desk.address)
    desk._visitors.append(made)
    return made


def fresh(desk: Desk, staff: Staff) -> Staff:
    """The person as the table has them now."""
    with reading(desk.engine) as session:
        return session.exec(select(Staff).where(Staff.id == staff.id)).one()


def link_of(desk: Desk, staff: Staff) -> str:
    """A new invitation of this person: its path."""
    with writing(desk.engine) as session:
        return f"/moi/{invite(session, staff, now=desk.clock.now())}"


def code(secret: str, desk: Desk, steps: int = 0) -> str:
    """What the phone shows, `steps` half minutes from now."""
    return pyotp.TOTP(secret).at(desk.clock.now(), counter_offset=steps)


def second_factor(desk: Desk, staff: Staff) -> str:
    """Give the person a phone; its secret."""
    secret, _ = totp.new_offer(desk.service.vault, staff.id or 0, now=desk.clock.now())
    with writing(desk.engine) as session:
        assert totp.keep(session, desk.service.vault, staff, secret, 1, now=desk.clock.now())
    return secret
