"""A desk in full use for tests: the service over the sandbox, the plan, people of every role, real HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from argon2 import PasswordHasher
from sqlalchemy import Engine, event

from cli.settings import ROOT
from content.plan import Plan, load_plan, read_plan
from content.vietnamese import fold
from portal.guard import Guard
from scheduler.consents import Consents
from scheduler.db import writing
from scheduler.submission import Submissions
from tests.conftest import CHARLIE, LAN, MINH, NOW, Sandbox
from tests.scheduler.house import Running
from tests.served import Served
from web.app import create_app
from web.door import COOKIE, begin_session, csrf_of
from web.house import House
from web.roles import Role
from web.tables import Staff

PLAN = ROOT / "content" / "plans" / "thua-thien-hue-2023"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As strong as a test needs."""


@cache
def the_plan() -> Plan:
    """The plan of every desk, read once: YAML is slow."""
    return read_plan(PLAN)


class Visitor:
    """Somebody's browser without a screen: cookies, and the token of their session on every change."""

    def __init__(self, address: str, token: str = "") -> None:
        self.address = address
        self.token = token
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "text/html"
        if token:
            self.http.cookies.set(COOKIE, token)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(urljoin(self.address, path), timeout=20, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> requests.Response:
        """Send a form as our own page would; redirects are followed unless `allow_redirects=False`."""
        fields = {"csrf": csrf_of(self.token), **(data or {})}
        return self.http.post(urljoin(self.address, path), data=fields, timeout=20, **options)


class Desk(Running):
    """The house of the scheduler's tests with its doors open: people come in by `visit`."""

    def __init__(self, engine: Engine, sandbox: Sandbox, folder: Path, **facts: Any) -> None:
        """`facts`: what is different in this house."""
        super().__init__(engine, sandbox, folder)
        self.folder = folder
        self.library_dir = folder / "library"
        self.library_dir.mkdir()
        service = self.service
        self.house = House(
            service=service,
            submissions=Submissions(engine, service.store, service.platforms, self.library_dir),
            consents=Consents(engine, service.vault, service.platforms),
            guard=Guard.of("127.0.0.1"),
            library_dir=self.library_dir,
            plan_dir=PLAN,
            data_dir=folder,
            summaries_dir=folder / "summaries",
            redirect_uri="https://localhost/back",
            passwords=QUICK,
            **{"address": "", **facts},
        )
        with writing(engine) as session:
            load_plan(session, the_plan(), NOW)
        self.lan = self.person("lan", LAN, Role.EDITOR)
        self.minh = self.person("minh", MINH, Role.APPROVER_1)
        self.ha = self.person("ha", "Hà", Role.APPROVER_2)
        self.tu = self.person("tu", "Tú", Role.CONTRIBUTOR, agency="snv")
        self.quang = self.person("quang", "Quang", Role.CHANNEL_ADMIN)
        self.son = self.person("son", "Sơn", Role.SYSTEM_ADMIN)
        self.charlie = self.person("charlie", CHARLIE, Role.VIEWER)
        self.server = Served(create_app(service.store.folder, lambda: True, self.house))
        self.server.__enter__()
        self._visitors: list[Visitor] = []

    @property
    def address(self) -> str:
        return self.server.address

    def person(self, login: str, name: str, *roles: Role, agency: str = "", password: str = "") -> Staff:
        """A person of the office; without a password they come in by `visit` only."""
        row = Staff(
            login=login, name=name, name_key=fold(name), roles=list(roles), agency=agency,
            password_hash=QUICK.hash(password) if password else "", created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        with writing(self.engine) as session:
            session.add(row)
        return row

    def token(self, staff: Staff) -> str:
        """A session of this person, as if they had signed in."""
        with writing(self.engine) as session:
            return begin_session(session, staff.id or 0, now=self.clock.now(), address="127.0.0.1", device="test")

    def visit(self, staff: Staff | None = None) -> Visitor:
        """This person's browser, signed in; nobody's without a person."""
        visitor = Visitor(self.address, self.token(staff) if staff else "")
        self._visitors.append(visitor)
        return visitor

    def close(self) -> None:
        for visitor in self._visitors:
            visitor.http.close()
        self.server.__exit__(None, None, None)
        super().close()


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the block sends to the database, without BEGIN and COMMIT."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not re.match(r"BEGIN|PRAGMA", statement):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
