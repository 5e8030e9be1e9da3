"""A full disk at every place where the desk writes: one sentence, the old state, nothing to be typed again."""

import contextlib
import gc
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from sqlalchemy import event
from sqlmodel import SQLModel, func, select

from benchmarks.desk_pages import PAGES
from scheduler.db import reading
from scheduler.tables import Pause
from tests.conftest import NOW
from tests.room import no_room
from tests.scheduler.portal_server import Portal, portal_server
from tests.web.desk import Desk
from tests.web.door import PASSWORD, caller
from tests.web.full_disk import TYPED, Act, acts_of
from tests.web.test_api import program
from tests.web.test_assets import assets, png
from web.roles import MAY, Role

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size is POSIX's")

FULL = "Ổ đĩa của máy chủ đã đầy"
LIMITS = (0, 4_100)
"""Bytes beyond which no file grows: nothing is written at all, or a small file is while no row of SQLite fits."""
KEPT = {"assets", "evidence"}
"""Where a whole file may stay whose row found no room: it is called by its hash, and taken when it comes again."""
PASSING = {"cchc.sqlite3", "cchc.sqlite3-wal", "cchc.sqlite3-shm", ".dang-lap.json"}
"""The database, and the note that tells why a file came to nothing."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


def rows(desk: Desk) -> dict[str, int]:
    with reading(desk.engine) as session:
        tables = SQLModel.metadata.sorted_tables
        return {one.name: session.connection().scalar(select(func.count()).select_from(one)) or 0 for one in tables}


def files(desk: Desk) -> set[str]:
    """Every file of the data folder, and of the machine's folder for passing things, that is not whole and kept."""
    found = set()
    # a walk passes over a folder that goes away just now, after its answer
    for folder, _, names in os.walk(desk.folder):
        for path in (Path(folder, name) for name in names if name not in PASSING):
            parts = path.relative_to(desk.folder).parts
            with contextlib.suppress(FileNotFoundError):
                whole = parts[0] in KEPT and hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
                if not whole and path.stat().st_size:
                    found.add("/".join(parts))
    return found


def words_of(answer: requests.Response) -> str:
    """What a person reads of an answer, or what a program does."""
    if "html" not in answer.headers["Content-Type"]:
        return answer.text[:400]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2].partition("</main")[0])).split())


def is_done(act: Act, answer: requests.Response) -> bool:
    kind = answer.headers["Content-Type"]
    return answer.status_code == 200 and (act.done in unescape(answer.text) or kind.startswith(act.done))


def sent_again(visitor: requests.Session, answer: requests.Response, act: Act) -> requests.Response:
    """By the button of the page that told of the full disk, where there is one and no file has to be chosen anew."""
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    button = re.search(r'<form method="post" action="([^"]+)">', answer.text)
    if answer.status_code != 507 or not fields or button is None or act.files:
        return act.send()
    where = urljoin(answer.url, unescape(button[1]))
    return visitor.post(where, data=[(unescape(name), unescape(value)) for name, value in fields], timeout=20)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # xlsxwriter's own files, left to fall
def test_a_full_disk_ends_every_act_with_one_sentence_and_the_old_state(
    both: Desk, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = both.folder / "tam"
    passing.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    elsewhere = both.engine.dialect.name == "postgresql"
    wrong, refused = [], 0
    for name, act in acts_of(both, portal).items():
        if elsewhere and not act.files:
            continue
        answer = None
        for limit in LIMITS[:1] if elsewhere else LIMITS:
            had, stood = files(both), rows(both)
            with no_room(limit):
                answer = act.send()
            told, where = words_of(answer), f"{name} at {limit}: {answer.status_code} {words_of(answer)[:600]}"
            if is_done(act, answer):  # made in memory, or small enough
                wrong += [f"done without room: {where}"] if not act.may_work else []
                continue
            refused += 1
            if answer.status_code not in (200, 422, 507) or not re.search("đĩa|chỗ trống", told):
                wrong.append(f"not told: {where}")
            if act.typed and TYPED not in unescape(answer.text):
                wrong.append(f"typed in vain: {where}")
            after = rows(both)
            if stood != after and not act.stays:
                wrong.append(f"rows {[one for one in stood if stood[one] != after[one]]}: {where}")
            if left := files(both) - had:
                wrong.append(f"files {left}: {where}")
        assert answer is not None
        last = answer if is_done(act, answer) else sent_again(act.visitor.http, answer, act)
        if not is_done(act, last):
            wrong.append(f"not done: {name}: {last.status_code} {words_of(last)[:600]}")
    gc.collect()  # those files fall here, and not in the middle of another test
    assert not wrong, "\n".join(wrong)
    assert refused > 15, "the disk was not full"


def test_pages_are_read_on_a_full_disk_as_on_any_other(desk: Desk) -> None:
    visits = [(MAY[Role(who.roles[0])], desk.visit(who)) for who in (desk.lan, desk.quang, desk.ha, desk.son)]
    desk.clock.set(NOW + timedelta(hours=3))  # so that who comes is noted as seen
    pages = [one for one in PAGES if "{" not in one.address and not one.decides and not one.outside]
    with no_room():
        answers = {
            one.address: next(person for may, person in visits if one.needs is None or one.needs in may)
            .get(one.address)
            .status_code
            for one in pages
        }
    assert len(answers) > 40 and set(answers.values()) == {200}, answers


def test_what_is_drawn_only_to_be_quicker_next_time_costs_no_page_on_a_full_disk(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    lan.post("/tu-lieu/tai-len", files=[("tep", ("a.png", png()))])
    picture = assets(desk)[0].sha256
    shutil.rmtree(desk.folder / "cache")
    with no_room():
        small, template = lan.get(f"/tu-lieu/{picture}/nho"), lan.get("/thu-vien/mau/facts/tim_hue")
    assert {small.status_code, template.status_code} <= {200, 404, 503}, "the original, none, or none for now"
    assert lan.get(f"/tu-lieu/{picture}/nho").headers["Content-Type"] == "image/webp"
    assert lan.get("/thu-vien/mau/facts/tim_hue").headers["Content-Type"] == "image/webp"


def test_who_signs_in_on_a_full_disk_reads_why_not_and_the_password_stands_nowhere(desk: Desk) -> None:
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    mai = caller(desk)
    with no_room():
        answer = mai.sign_in("mai", PASSWORD)
    assert answer.status_code == 507 and FULL in answer.text and PASSWORD not in answer.text
    assert mai.sign_in("mai", PASSWORD).status_code == 200


def test_a_program_reads_the_sentence_too(desk: Desk) -> None:
    machine, post = program(desk, desk.lan), desk.post(state="draft", platforms=["facebook"])
    with no_room():
        answer = machine.http.post(f"{machine.url}/posts/{post.key}/submit", json={}, timeout=20)
    assert answer.status_code == 507 and FULL in answer.json()["detail"]


def test_what_was_done_on_the_last_room_of_the_disk_is_not_told_as_not_done(desk: Desk) -> None:
    ha, full = desk.visit(desk.ha), contextlib.ExitStack()
    begun: list[str] = []

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO pause"):
            begun.append(statement)

    def fill(*_: Any) -> None:
        if begun.pop() if begun else False:
            full.enter_context(no_room())

    event.listen(desk.engine, "after_cursor_execute", watch)
    event.listen(desk.engine.pool, "checkin", fill)
    try:
        with full:
            answer = ha.post("/tam-dung", {"ly_do": "chi_dao"})
    finally:
        event.remove(desk.engine, "after_cursor_execute", watch)
        event.remove(desk.engine.pool, "checkin", fill)
    assert answer.status_code == 200 and FULL not in answer.text and "chỉ đạo" in answer.text.casefold()
    with reading(desk.engine) as session:
        assert [one.reason for one in session.exec(select(Pause))] == ["chi_dao"]
