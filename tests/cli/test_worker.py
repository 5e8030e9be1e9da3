"""`cchc worker` and the words around it: what it needs, who works, and what was handed over."""

import sys

import pytest
from sqlalchemy import Engine, text

from scheduler.clock import SystemClock
from scheduler.db import writing
from scheduler.signs import Who, beat
from tests.cli.conftest import Cchc
from tests.conftest import Sandbox

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def ministry(cchc: Cchc, engine: Engine, sandbox: Sandbox) -> Cchc:
    """A folder whose database is PostgreSQL and whose work is done by workers."""
    cchc.write_library()
    cchc.env |= {"CCHC_DATABASE_URL": engine.url.render_as_string(hide_password=False), "CCHC_HANDS": "workers"}
    cchc.ok("init")
    return cchc


def test_workers_without_postgresql_are_refused_in_one_sentence(office: Cchc) -> None:
    for command in ("worker", "run", "status", "doctor"):
        said = office(command, CCHC_HANDS="workers").sentence
        assert "CCHC_HANDS" in said and "PostgreSQL" in said and "CCHC_DATABASE_URL" in said


@pytest.mark.parametrize("missing", ["procrastinate", "psycopg"])
def test_workers_without_their_extra_say_what_to_install(
    office: Cchc, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as Python itself marks what cannot be imported
    said = office("worker", CCHC_HANDS="workers", CCHC_DATABASE_URL="postgresql+psycopg://u@127.0.0.1:9/x").sentence
    assert "[postgres]" in said
    assert "Hàng chờ" in office.ok("status"), "without it everything else works"


def test_a_worker_where_the_clock_itself_publishes_is_refused(office: Cchc) -> None:
    assert "CCHC_HANDS=workers" in office("worker").sentence


@POSTGRES
def test_the_state_and_the_doctor_say_whether_anybody_works(ministry: Cchc, engine: Engine) -> None:
    assert "không có tiến trình cchc worker nào đang chạy" in ministry.ok("status")
    told = ministry("doctor")
    assert told.code == 1 and "không có tiến trình cchc worker nào" in told.out
    assert "Đã giao 0 mục" in ministry.ok("tick")
    with writing(engine) as session:
        beat(session, "may-hai:7", Who.WORKER, now=SystemClock().now())
    said = ministry.ok("status")
    assert "1 tiến trình cchc worker đang nhận việc: may-hai:7" in said and "Đang chờ nhận: 0 mục" in said
    assert "Dịch vụ KHÔNG chạy" in said, "a worker is no clock"
    assert "cchc worker" not in ministry("doctor").out
    assert "cchc worker" not in ministry.ok("status", CCHC_HANDS="run")


@POSTGRES
def test_the_queue_that_was_not_made_is_named(ministry: Cchc, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE procrastinate_jobs RENAME TO jobs_for_a_moment"))
    try:
        for command in ("worker", "run", "tick"):
            assert "cchc init" in ministry(command).sentence
        assert "bảng hàng giao việc" in ministry("doctor").out
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE jobs_for_a_moment RENAME TO procrastinate_jobs"))
