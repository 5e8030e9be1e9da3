"""Every request has a name that leads from the page of an error to the lines of the log."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from cli.logs import set_up_logs
from tests.web.desk import Desk

HEADER = "X-Request-ID"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def logs() -> Iterator[None]:
    """Logs as a process writes them; afterwards they are as they were."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers[:] = []  # as in a process of its own
    set_up_logs("INFO")
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = before
    root.setLevel(level)


def test_a_fit_name_is_kept_and_any_other_is_replaced(desk: Desk) -> None:
    visitor = desk.visit()
    assert visitor.get("/dang-nhap", headers={HEADER: "proxy-0001.a_b"}).headers[HEADER] == "proxy-0001.a_b"
    for hostile in (
        "short",
        "a" * 65,
        "có dấu cách".encode().decode("latin-1"),
        "a b c d e f",
        '"}{"level":"x',
        "../../etc",
        "<b>bold</b>",
    ):
        given = visitor.get("/dang-nhap", headers={HEADER: hostile.encode("latin-1", "replace")}).headers[HEADER]
        assert re.fullmatch(r"[0-9a-f]{16}", given), hostile
    names = {visitor.get("/dang-nhap").headers[HEADER] for _ in range(5)}
    assert len(names) == 5


def test_the_page_of_an_error_and_every_line_about_it_have_the_same_name(
    desk: Desk, logs: None, capsys: Captured
) -> None:
    desk.engine.dispose()
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE suggestion RENAME TO lost")
    answer = desk.visit(desk.lan).get("/de-xuat", headers={HEADER: "found-me-1"})
    assert answer.status_code == 500 and answer.headers[HEADER] == "found-me-1"
    assert "<code>found-me-1</code>" in answer.text
    told = desk.visit(desk.lan).get("/de-xuat", headers={HEADER: "found-me-2", "Accept": "application/json"})
    assert told.json()["request_id"] == told.headers[HEADER] == "found-me-2"
    assert desk.visit(desk.lan).get("/tai-khoan", headers={HEADER: "all-went-well"}).status_code == 200
    written = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    mine = [line for line in written if line.get("request") == "found-me-1"]
    assert any("suggestion" in line.get("exception", "") for line in mine), written
    assert all(line["worker"] for line in written)
    assert not [line for line in written if line.get("request") == "all-went-well"], "nothing lingers"


def test_a_line_of_a_library_is_a_line_of_ours_without_its_secrets(logs: None, capsys: Captured) -> None:
    logging.getLogger("urllib3").warning("retry %s", "https://x/?access_token=EAAGsecretsecret")
    try:
        raise ValueError("password=secretsecret")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it broke")
    told = capsys.readouterr().err
    written = [json.loads(line) for line in told.splitlines()]
    assert len(written) == 2 and "secretsecret" not in told
    assert "ValueError" in written[1]["exception"]
