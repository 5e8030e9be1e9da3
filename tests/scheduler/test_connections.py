"""Connections to the database, and rows without mapped objects: what is asked of them, and what they give."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import Session, col

from content.tables import Post
from scheduler import db
from scheduler.db import columns_of, looking, reading, values_of
from scheduler.tables import Channel, Publication
from tests.scheduler.house import House


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How late it is by the clock that nobody can turn; at the end of the list is now."""
    told = [1_000.0]
    monkeypatch.setattr(db, "monotonic", lambda: told[-1])
    return told


@pytest.fixture
def pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Each time a connection is asked whether it lives."""
    found: list[object] = []
    real = engine.dialect.do_ping

    def counted(connection: Any) -> bool:
        found.append(connection)
        return real(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", counted)
    yield found
    engine.dispose()  # the next test begins with connections of its own


def _pid(engine: Engine) -> int:
    with looking(engine) as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_connection_is_asked_whether_it_lives_only_after_it_was_left_alone(
    engine: Engine, seconds: list[float], pings: list[object]
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file does not go away")
    for _ in range(3):
        _pid(engine)
    assert pings == []
    seconds.append(seconds[-1] + 2)
    _pid(engine)
    _pid(engine)
    assert len(pings) == 1


def test_a_connection_that_died_while_it_was_left_alone_is_made_anew_without_a_word(
    engine: Engine, seconds: list[float], pings: list[object]
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file does not go away")
    with engine.connect() as one, engine.connect() as other:
        two = [int(each.execute(text("SELECT pg_backend_pid()")).scalar_one()) for each in (one, other)]
    ender = db.open_engine(engine.url.render_as_string(hide_password=False))
    with ender.connect() as connection:
        for pid in two:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    ender.dispose()
    seconds.append(seconds[-1] + 2)
    assert _pid(engine) not in two
    with engine.connect() as one, engine.connect() as other:
        assert [each.execute(text("SELECT 1")).scalar_one() for each in (one, other)] == [1, 1]


@pytest.mark.parametrize("told", [{}, [], {"a": []}, ["x"], "", "{}", 12, [[]], {"options": {}}])
def test_json_comes_back_as_it_was_put_in(engine: Engine, told: Any) -> None:
    row = House(engine).publication(details={"told": told, "empty": {}}, saved=told)
    with reading(engine) as session:
        found = session.get_one(Publication, row.id)
        assert (found.details, found.saved) == ({"told": told, "empty": {}}, told)


def test_rows_as_values_say_what_the_mapped_rows_say(engine: Engine) -> None:
    row = House(engine).publication(details={"articles": [1]}, problem="Muộn.")
    with Session(engine) as session:
        tables = (Publication, Post, Channel)
        ids = (row.id, row.post_id, row.channel_id)
        together = select(*map(columns_of, tables)).where(
            col(Publication.id) == row.id,
            col(Publication.post_id) == col(Post.id),
            col(Publication.channel_id) == col(Channel.id),
        )
        left = tuple(session.connection().execute(together).one())
        for table, number in zip(tables, ids, strict=True):
            told = vars(values_of(table, left))
            assert told == session.get_one(table, number).model_dump()
            left = left[len(told) :]
