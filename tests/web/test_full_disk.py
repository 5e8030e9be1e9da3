"""A full disk at every place where the desk writes: one sentence, the old state, nothing to be typed again."""

import contextlib
import hashlib
import io
import re
import resource
import sys
import tempfile
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

import pytest
import requests
from sqlmodel import SQLModel, func, select

from scheduler.db import reading
from tests.scheduler.portal_server import Portal, portal_server
from tests.web.desk import Desk
from tests.web.full_disk import TYPED, Act, acts_of

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


@contextlib.contextmanager
def no_room(limit: int) -> Iterator[None]:
    """No file of this process grows beyond the limit. What is printed goes nowhere: it may go to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def rows(desk: Desk) -> dict[str, int]:
    with reading(desk.engine) as session:
        tables = SQLModel.metadata.sorted_tables
        return {one.name: session.connection().scalar(select(func.count()).select_from(one)) or 0 for one in tables}


def files(desk: Desk) -> set[str]:
    """Every file of the data folder, and of the machine's folder for passing things, that is not whole and kept."""
    found = set()
    for path in desk.folder.rglob("*"):
        parts = path.relative_to(desk.folder).parts
        whole = parts[0] in KEPT and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        if path.is_file() and not whole and path.name not in PASSING and path.stat().st_size:
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
    assert not wrong, "\n".join(wrong)
    assert refused > 15, "the disk was not full"
