"""The tables: one line of history for both databases, and times that keep their meaning."""

from datetime import UTC, datetime, timedelta, timezone

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from scheduler.db import reading, writing
from scheduler.tables import JobRun


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


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
