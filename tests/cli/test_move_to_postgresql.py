"""From SQLite to PostgreSQL: every value of every table arrives, or nothing at all; and the queue goes on there."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    create_engine,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from cli.carrying import NOT_CARRIED, carried
from cli.database import upgrade
from scheduler.db import open_engine
from tests.cli.conftest import LIBRARY, Cchc
from tests.conftest import LAN, Sandbox
from tests.postgres import own_database

PASSWORD = "mật-khẩu-không-ai-được-thấy"


@pytest.fixture
def target(_postgres_url: str, worker_id: str) -> Iterator[str]:
    """An empty database without a table."""
    with own_database(_postgres_url, f"cchc_move_{worker_id}") as url:
        yield url


def file_of(cchc: Cchc) -> Path:
    return cchc.folder / "data" / "cchc.sqlite3"


def value_of(table: Table, column: Column[Any], number: int, connection: Connection) -> Any:
    """Something that this column takes, as hard to carry as it may be."""
    for key in column.foreign_keys:
        found = connection.scalars(select(key.column).order_by(key.column).limit(2)).all()
        return found[(number - 1) % len(found)]
    for check in (one for one in table.constraints if isinstance(one, CheckConstraint)):
        allowed = re.match(rf"{column.name} IN \('(\w+)'", str(check.sqltext))
        if allowed:
            return allowed[1]
    kinds: dict[Any, Any] = {
        UTCDateTime: datetime(2026, 12, 31, 23, 59, 59, 999_999 - number, tzinfo=UTC),
        Date: date(2026, 12, 31 - number),
        JSON: {"Ô": [number, 0.1, None, True, {"tên": "Huế"}]},
        LargeBinary: bytes(range(256)) + bytes([number]),
        Boolean: number % 2 == 0,
        Float: number / 3,
        Integer: number,
        (AutoString, String): f"Chữ “{number}” – e\u0300 \U0001f3db\n'\\",
    }
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind))


def fill_what_is_empty(engine: Engine) -> None:
    """Two rows into every table that the office has not used yet, nothing left out."""
    for table in SQLModel.metadata.sorted_tables:
        with engine.begin() as connection:
            if connection.execute(select(table).limit(1)).first() is None:
                rows = [{c.name: value_of(table, c, number, connection) for c in table.columns} for number in (1, 2)]
                alone = {key.name for key in table.primary_key if key.foreign_keys}
                connection.execute(insert(table), rows[: 1 if alone else 2])


@pytest.fixture
def rich(fanpage: Cchc) -> Cchc:
    """An office that published one post and waits with another."""
    fanpage.ok("queue", "add", "d-giay-hen", "fanpage", "--by", LAN, "--at", "31/12/2030 07:30")
    for minute in ("07:29", "07:30", "07:31"):
        fanpage.ok("tick", "--now", f"31/12/2030 {minute}")
    fanpage.ok("queue", "add", "a-gioi-thieu", "fanpage", "--by", LAN, "--at", "31/12/2030 09:00")
    return fanpage


def counts(connection: Connection) -> dict[str, int]:
    return {
        t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in SQLModel.metadata.sorted_tables
    }


def values(table: Table, connection: Connection) -> list[str]:
    """Every row, to the last value."""
    return sorted(repr(tuple(row)) for row in connection.execute(select(table)))


def test_every_table_arrives_to_the_last_value(rich: Cchc, target: str) -> None:
    old = open_engine(f"sqlite:///{file_of(rich)}")
    fill_what_is_empty(old)
    with old.connect() as source:
        wanted = counts(source)
        rows = {table.name: values(table, source) for table in carried()}
    old.dispose()
    assert all(wanted.values()), "a table that nobody filled proves nothing"
    before = hashlib.sha256(file_of(rich).read_bytes()).hexdigest()

    said = rich.ok("move-to-postgresql", CCHC_DATABASE_URL=target)
    assert "cchc init" in said and "giữ nguyên" in said
    assert hashlib.sha256(file_of(rich).read_bytes()).hexdigest() == before
    new = open_engine(target)
    with new.connect() as there:
        arrived = wanted | {"heartbeat": 0, "desk_act": wanted["desk_act"] + 1}  # the move itself left an act
        assert counts(there) == arrived, "what the target's own triggers write is whole, too"
        for table in carried():
            left = [one for one in values(table, there) if table.name != "desk_act" or "'moved'" not in one]
            assert left == rows[table.name], table.name
        for table in carried():
            counter = (
                there.scalar(text(f"SELECT pg_get_serial_sequence('\"{table.name}\"', 'id')"))
                if ("id" in table.columns)
                else None
            )
            if counter:
                free = there.scalar(text(f"SELECT nextval('{counter}')"))
                assert free == (there.scalar(text(f'SELECT max(id) FROM "{table.name}"')) or 0) + 1, table.name
    new.dispose()


def test_the_office_goes_on_where_it_was(rich: Cchc, target: str, sandbox: Sandbox) -> None:
    rich.env["CCHC_DATABASE_URL"] = target
    rich.ok("move-to-postgresql")
    rich.ok("init")
    rich.ok("doctor")
    rich.ok("post", "submit", "k-canh-bao", "--by", LAN)
    rich.ok("tick", "--now", "31/12/2030 09:01")
    seen = [one["text"] for one in sandbox.public("facebook")]
    assert len(seen) == 2 and LIBRARY["a-gioi-thieu"][1] in seen[0], "the tokens came along"


def test_a_target_that_holds_something_is_refused_and_stays_as_it_is(office: Cchc, target: str) -> None:
    office.ok("move-to-postgresql", CCHC_DATABASE_URL=target)
    assert "đã có dữ liệu" in office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence


def test_a_row_that_the_target_does_not_take_leaves_it_empty(office: Cchc, target: str) -> None:
    with closing(sqlite3.connect(file_of(office))) as raw, raw:
        raw.execute("UPDATE review SET reason = 'a' || char(0) || 'b'")
    sentence = office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence
    assert "review" in sentence and "chưa có gì được chuyển" in sentence
    engine = create_engine(target)
    with engine.connect() as connection:
        assert sum(counts(connection).values()) == 0
    engine.dispose()


def test_a_running_service_or_an_open_file_is_refused(office: Cchc, target: str) -> None:
    with FileLock(office.folder / "data" / "run.lock"):
        assert "cchc run" in office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence
    desk = open_engine(f"sqlite:///{file_of(office)}")
    with desk.connect() as connection:
        connection.execute(text("SELECT 1 FROM post")).all()
    assert "cchc web" in office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence, "an idle one, too"
    desk.dispose()
    office.ok("move-to-postgresql", CCHC_DATABASE_URL=target)


@pytest.mark.parametrize("where", ["source", "target"])
def test_a_database_of_a_newer_version_is_refused(office: Cchc, target: str, where: str) -> None:
    engine = open_engine(target if where == "target" else f"sqlite:///{file_of(office)}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert "phiên bản mới hơn" in office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence


def test_a_source_that_is_old_or_none_at_all_is_named(office: Cchc, target: str) -> None:
    (office.folder / "data" / "khac.sqlite3").write_bytes(b"no database, " * 1000)
    told = office("move-to-postgresql", "--from", "data/khac.sqlite3", CCHC_DATABASE_URL=target).sentence
    assert "khac.sqlite3" in told and "không phải" in told
    told = office("move-to-postgresql", "--from", "data/khong-co.sqlite3", CCHC_DATABASE_URL=target).sentence
    assert "khong-co.sqlite3" in told and not (office.folder / "data" / "khong-co.sqlite3").exists()
    with closing(sqlite3.connect(file_of(office))) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "cchc init" in office("move-to-postgresql", CCHC_DATABASE_URL=target).sentence


def test_without_an_address_it_says_what_to_write(office: Cchc) -> None:
    assert "CCHC_DATABASE_URL" in office("move-to-postgresql").sentence


def test_a_server_that_is_not_there_is_told_without_the_password(office: Cchc) -> None:
    office.secrets.add(PASSWORD)
    url = make_url("postgresql+psycopg://cchc@127.0.0.1:9/cchc").set(password=PASSWORD)
    told = office("move-to-postgresql", CCHC_DATABASE_URL=url.render_as_string(hide_password=False))
    assert "CCHC_DATABASE_URL" in told.sentence


def test_no_column_mixes_up_nothing_and_a_null_of_json() -> None:
    mixing = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, JSON) and column.nullable and not column.type.none_as_null
    ]
    assert mixing == []
    assert {table.name for table in SQLModel.metadata.sorted_tables} >= NOT_CARRIED
