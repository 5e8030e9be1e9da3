"""The queue's own tables: made once, brought up to date by their package's scripts, left alone when not ours."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from scheduler import handover_tables
from scheduler.handover_tables import MARK, QueueTablesError

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
NOTE = f"COMMENT ON TABLE procrastinate_jobs IS '{MARK}{{}}'"
WITHOUT = (
    "DROP TABLE IF EXISTS procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, "
    "procrastinate_workers CASCADE",
    "DO $$ DECLARE one text; BEGIN FOR one IN "
    "SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate%' "
    "LOOP EXECUTE 'DROP FUNCTION ' || one || ' CASCADE'; END LOOP; END $$",
    "DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type",
)
SHAPE = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
    "WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2",
    "functions": "SELECT oid::regprocedure::text, prosrc FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1",
    "triggers": "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'procrastinate%' ORDER BY 1",
    "indexes": "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'procrastinate%' ORDER BY 1",
    "kinds": "SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid "
    "WHERE t.typname LIKE 'procrastinate%' ORDER BY 1, 2",
}


@pytest.fixture
def bare(engine: Engine) -> Iterator[Engine]:
    """A database without the queue's tables; they are there again afterwards."""
    _without(engine)
    yield engine
    _without(engine)
    handover_tables.make(engine)


def _without(engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in WITHOUT:
            connection.execute(text(statement))


def shape(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Everything of the queue that stands in the database."""
    with engine.connect() as connection:
        return {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in SHAPE.items()}


@POSTGRES
def test_the_tables_are_made_once_and_checked(bare: Engine) -> None:
    with pytest.raises(QueueTablesError, match="cchc init"):
        handover_tables.check(bare)
    assert handover_tables.make(bare)
    assert not handover_tables.make(bare), "again changes nothing"
    handover_tables.check(bare)


@POSTGRES
def test_an_older_queue_is_brought_up_to_date_with_what_waits_in_it(bare: Engine) -> None:
    assert handover_tables.make(bare)
    fresh, scripts = shape(bare), handover_tables._scripts()
    _without(bare)
    [place] = [place for place, one in enumerate(scripts) if one.stem.startswith("03.02.00_50")]
    with bare.begin() as connection:
        for script in scripts[: place + 1]:
            handover_tables._run(connection, script.read_text(encoding="utf-8"))
        connection.execute(text("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('kenh', 'x')"))
        connection.execute(text(NOTE.format(scripts[place].stem)))
    with pytest.raises(QueueTablesError, match="cũ hơn"):
        handover_tables.check(bare)
    assert handover_tables.make(bare)
    handover_tables.check(bare)
    upgraded = shape(bare)
    for name in ("columns", "functions", "triggers", "kinds"):
        assert upgraded[name] == fresh[name], name
    with bare.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar() == 1


@POSTGRES
@pytest.mark.parametrize("note", [NOTE.format("99.00.00_01_later"), "COMMENT ON TABLE procrastinate_jobs IS NULL"])
def test_a_queue_of_a_later_package_or_of_somebody_else_is_left_alone_and_named(bare: Engine, note: str) -> None:
    handover_tables.make(bare)
    with bare.begin() as connection:
        connection.execute(text(note))
    before = shape(bare)
    for look in (handover_tables.make, handover_tables.check):
        with pytest.raises(QueueTablesError, match="procrastinate_"):
            look(bare)
    assert shape(bare) == before
