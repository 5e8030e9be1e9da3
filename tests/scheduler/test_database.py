"""The tables: one line of history for both databases, and times that keep their meaning."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from cli.database import _config, migrate
from connectors.base import Part
from content.searchwords import search_keys
from content.tables import Post, PostAsset, Suggestion
from migrations import modelled
from reports import views
from scheduler.db import forget_statistics, reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Attempt, JobRun, Publication
from tests.scheduler.house import House

AT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
EMPTY, WORDS = "{}", ""
_POST: dict[str, Any] = {
    **dict.fromkeys(("key", "title", "body", "topic", "form", "source", "content_hash", "search_key"), "x"),
    **dict.fromkeys(("audiences", "legal_refs", "hashtags", "platforms"), "[]"),
    **dict.fromkeys(("source_url", "approved_hash", "file"), WORDS),
    **dict.fromkeys(("sensitive", "evergreen", "allowed_in_pause"), False),
    **dict.fromkeys(("created_at", "updated_at"), AT),
    **{"id": 1, "variants": EMPTY, "late_rule": "expire", "late_minutes": 180, "state": "approved"},
}
_CHANNEL: dict[str, Any] = {
    **{"id": 2, "key": "fanpage", "platform": "facebook", "external_id": "1", "name": "x", "agency": WORDS},
    **{"state": "connected", "state_words": WORDS, "options": EMPTY, "created_at": AT},
}
_PUBLICATION: dict[str, Any] = {
    **dict.fromkeys(("lease_owner", "held_by", "reason", "prepared_hash", "problem", "problem_code"), WORDS),
    **{
        "id": 3,
        "post_id": 1,
        "channel_id": 2,
        "due_at": AT,
        "state": "published",
        "fence": 2,
        "attempts": 0,
        "looks": 0,
    },
    **{"origin": "staff", "saved": EMPTY, "external_id": "1_2", "permalink": "https://x", "created_at": AT},
}
_ATTEMPT: dict[str, Any] = {
    **dict.fromkeys(("code", "section", "words", "evidence"), WORDS),
    **{"id": 4, "publication_id": 3, "fence": 2, "action": "publish", "started_at": AT, "outcome": "ok"},
}
_ASSET: dict[str, Any] = {
    **{"sha256": "0" * 64, "mime": "image/png", "size": 9, "width": 1, "height": 1, "seconds": 0.0},
    **{"name": "hinh-wide.png", "created_at": AT},
}
_POST_ASSET: dict[str, Any] = {
    **{"id": 5, "post_id": 1, "sha256": "0" * 64, "role": "cover", "platform": WORDS, "position": 0, "alt": "Ảnh"},
}
_SUGGESTION: dict[str, Any] = {
    **dict.fromkeys(("dedupe_key", "guid", "title"), "x"),
    **dict.fromkeys(("link", "summary", "image", "topic", "published_raw", "post_key", "decided_by"), WORDS),
    **dict.fromkeys(("categories", "notes"), "[]"),
    **{"id": 6, "date_only": False, "state": "new", "seen_at": AT, "updated_at": AT},
}
_INDEXES = {"ix_suggestion_state_seen_at_id", "ix_suggestion_source_id_guid"}
OLD_ROWS = (
    *(("post", _POST), ("channel", _CHANNEL), ("publication", _PUBLICATION), ("attempt", _ATTEMPT)),
    *(("asset", _ASSET), ("post_asset", _POST_ASSET)),
)
"""One row of each table that stands in the way of a careless upgrade, as the first version wrote it."""


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": modelled})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrations_make_the_very_indexes_of_the_code(engine: Engine) -> None:
    """Alembic does not compare which rows an index is of."""
    with engine.connect() as connection:
        made = indexes(connection)
    assert any(" WHERE " in how for how in made.values()), "indexes of some rows were seen"
    if engine.dialect.name == "sqlite":
        engine = create_engine("sqlite://")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("CREATE SCHEMA modelled"))
            connection.execute(text("SET LOCAL search_path TO modelled"))
        SQLModel.metadata.create_all(connection, checkfirst=False)
        modelled_ones = indexes(connection)
        connection.rollback()
    assert made == modelled_ones


def indexes(connection: Connection) -> dict[str, str]:
    """The indexes that the models describe, as the database tells how each was made."""
    if connection.dialect.name == "sqlite":
        told = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        told = (
            "SELECT indexname, tablename, replace(indexdef, current_schema() || '.', '') FROM pg_indexes "
            "WHERE schemaname = current_schema()"
        )
    return {
        name: " ".join(how.split())
        for name, table, how in connection.execute(text(told))
        if table in SQLModel.metadata.tables and modelled(name, "index", None)
    }


def test_a_vietnamese_time_survives_a_round_trip(engine: Engine) -> None:
    vietnam = timezone(timedelta(hours=7))
    with writing(engine) as session:
        at = datetime(2026, 11, 23, 7, 0, tzinfo=vietnam)
        session.add(JobRun(job="x", slot=at, started_at=at))
    with reading(engine) as session:
        stored = session.exec(select(JobRun.slot)).one()
    assert stored == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert stored.utcoffset() == timedelta(0)


def test_a_read_sees_the_last_commit_while_somebody_writes(engine: Engine) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    with Session(engine) as writer:
        writer.add(JobRun(job="x", slot=at, started_at=at))
        writer.flush()
        with reading(engine) as session:
            assert session.exec(select(JobRun)).all() == []
        writer.commit()


# Upgrading with data ------------------------------------------------------------------------------------


@pytest.fixture
def old_engine(engine: Engine) -> Iterator[Engine]:
    """The same empty database as it was when the first version of this program had made it."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        views.drop(connection)
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    migrate(engine, "0001")
    yield engine
    migrate(engine, "head")


def downgrade(engine: Engine, revision: str) -> None:
    config = _config()
    with engine.begin() as connection:
        views.drop(connection)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def write_rows(engine: Engine, *rows: tuple[str, dict[str, Any]]) -> None:
    with engine.begin() as connection:
        for table, facts in rows:
            names = ", ".join(facts)
            marks = ", ".join(f":{name}" for name in facts)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), facts)


def test_an_upgrade_keeps_every_row_and_every_rule(old_engine: Engine) -> None:
    write_rows(old_engine, *OLD_ROWS)

    migrate(old_engine, "head")

    with reading(old_engine) as session:
        publication = session.exec(select(Publication)).one()
        attempts = session.exec(select(Attempt)).all()
    assert (publication.id, publication.part, publication.external_id) == (3, "post", "1_2")
    assert [attempt.publication_id for attempt in attempts] == [3]
    for column, value in (("state", "'unheard'"), ("part", "'unheard'"), ("channel_id", "99")):
        with pytest.raises(IntegrityError), old_engine.begin() as connection:
            connection.execute(text(f"UPDATE publication SET {column} = {value}"))


def test_the_words_of_pictures_come_and_go_with_their_revision_and_every_row_stays(old_engine: Engine) -> None:
    write_rows(old_engine, *OLD_ROWS)
    migrate(old_engine, "0004")
    write_rows(old_engine, ("suggestion", _SUGGESTION))
    for _ in range(2):
        migrate(old_engine, "0005")
        with writing(old_engine) as session:
            use = session.exec(select(PostAsset)).one()
            assert (use.id, use.alt, use.drawn) == (5, "Ảnh", None), "nobody knows what an older picture says"
            use.drawn = {"file": "hinh.yml", "texts": ["Một cửa"]}
        with reading(old_engine) as session:
            assert session.exec(select(PostAsset.drawn)).one() == {"file": "hinh.yml", "texts": ["Một cửa"]}
            assert session.exec(select(Suggestion.guid)).one() == "x"
        with old_engine.begin() as connection:
            assert {str(one["name"]) for one in inspect(connection).get_indexes("suggestion")} >= _INDEXES
        downgrade(old_engine, "0004")
        with old_engine.begin() as connection:
            assert not _INDEXES & {str(one["name"]) for one in inspect(connection).get_indexes("suggestion")}
            assert "drawn" not in {one["name"] for one in inspect(connection).get_columns("post_asset")}
            assert connection.execute(text("SELECT id, alt FROM post_asset")).all() == [(5, "Ảnh")]


def test_the_index_of_what_waits_for_a_person_comes_and_goes_with_its_revision(old_engine: Engine) -> None:
    found = []
    for step, revision in ((migrate, "0018"), (migrate, "0019"), (downgrade, "0018"), (migrate, "0019")):
        step(old_engine, revision)
        with old_engine.connect() as connection:
            found.append(indexes(connection))
    before, after = found[:2]
    assert after.keys() - before.keys() == {"ix_publication_person"}
    assert found[2:] == [before, after]


def test_an_upgrade_makes_the_search_keys_that_the_program_makes(old_engine: Engine) -> None:
    title = "Cải cách 76/NQ-CP: ＡＢＣ Ðề án số ½, lần thứ ٣ – “Ốm”  ñ ß \u200bĐặng"
    body = "Nộp hồ sơ\u000bmột lần… \u00a0K\u1ebf hoa\u0323ch " + "chữ " * 70_000
    facts = {"title": title, "body": body, "hashtags": '["#CCHC", 7]', "variants": '{"zalo": {"text": "Ở đây"}}'}
    write_rows(old_engine, ("post", {**_POST, **facts}))
    migrate(old_engine, "head")
    with reading(old_engine) as session:
        post = session.exec(select(Post)).one()
    assert {name: getattr(post, name) for name in search_keys(post)} == search_keys(post)


def test_no_revision_leans_on_code_that_may_change_after_its_release() -> None:
    leaning = re.compile(
        r"^\s*(?:from|import) +(?:content|scheduler|connectors|portal|reports|web|cli)\b", re.MULTILINE
    )
    scripts = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
    assert scripts and [path.name for path in scripts if leaning.search(path.read_text(encoding="utf-8"))] == []


def test_a_migration_that_leaves_orphans_is_undone(old_engine: Engine) -> None:
    if old_engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL checks foreign keys at every statement by itself")
    keys_off = {"isolation_level": "AUTOCOMMIT"}
    with old_engine.connect().execution_options(**keys_off) as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO attempt (publication_id, fence, action, started_at, outcome, code, section, words, "
                    "evidence) VALUES (99, 1, 'find', '2026-11-23', '', '', '', '', '')")  # fmt: skip
        raw.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(RuntimeError, match="point to nothing"):
        migrate(old_engine, "head")
    with old_engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"
        connection.execute(text("DELETE FROM attempt"))


def test_nothing_is_called_late_before_its_hour_whatever_the_planner_was_told(engine: Engine) -> None:
    """Few rows on few channels: there SQLite before 3.42 overlooks where a range ends (see `scheduler.db`)."""
    house = House(engine)
    for channel in [house.channel() for _ in range(3)]:
        for days in (1, 2, 3):
            house.publication(channel_id=channel.id, due_at=AT + timedelta(days=days), part=Part.POST)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    forget_statistics(engine)
    waiting = (State.SCHEDULED, State.READY, State.RETRY_WAIT, State.PREPARING)
    late = select(Publication.id).where(
        Publication.channel_id == channel.id, col(Publication.state).in_(waiting), Publication.part == Part.POST,
        col(Publication.due_at) < AT,
    )  # fmt: skip
    with reading(engine) as session:
        assert session.exec(late).all() == []
