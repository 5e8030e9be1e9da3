"""Every table has a decision, and what is a record nobody deletes: not the product, not the database."""

import ast

import pytest
from sqlalchemy import Engine, delete, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, SQLModel

import migrations
from cli.database import migrate
from content.tables import Post, Review
from records import append_only, guards
from records.kinds import KINDS, RECORDS, Kind, kept_for_good
from scheduler.db import writing
from tests.architecture.sources import PRODUCT, python_files, short
from tests.conftest import NOW
from tests.records.unguarded import unguarded
from tests.scheduler.house import House

NO_ROWS_OF_OURS = {"alembic_version"}
"""What the migrations keep for themselves."""
MAY_DELETE = {
    "web/rooms/compose/working.py": {"WorkCopy"},
    "web/api/frame.py": {"IdempotentAnswer"},
    "scheduler/limits.py": {"Spending"},
    "scheduler/consents.py": {"PendingConsent"},
    "scheduler/signs.py": {"Heartbeat"},
    "scheduler/service.py": {"Heartbeat"},
    "scheduler/channels.py": {"Slot"},
    "content/office.py": {"OfficeSetting"},
    "content/campaigns.py": {"CampaignPost"},
    "content/library.py": {"PostAsset"},
    "content/editing.py": {"PostAsset"},
    "content/sources.py": {"PortalSource"},
    # these two by rules and by the register of personal data alone
    "records/retention.py": set[str](),
    "web/erasing.py": set[str](),
}
"""Who deletes rows, and of what: a new one has to be looked at."""


def test_every_table_has_a_decision_what_may_become_of_its_rows(engine: Engine) -> None:
    with engine.connect() as connection:
        names = {name for name in inspect(connection).get_table_names() if migrations.modelled(name, "table", None)}
    assert names - NO_ROWS_OF_OURS == set(KINDS), "a new table: say in records/kinds.py what it is"
    assert {table.name for table in SQLModel.metadata.sorted_tables} == set(KINDS)
    assert all(RECORDS.values()), "for every record: what it proves"


def test_the_database_refuses_to_delete_any_record(engine: Engine) -> None:
    """Also of a table that is empty today: each has its own guard."""
    with engine.connect() as connection:
        assert guards.missing(connection) == []
        assert {table for _name, table in guards.there(connection)} == set(kept_for_good()) - {append_only.TABLE}
    post = House(engine).post()
    with writing(engine) as session:
        session.add(Review(post_id=post.id or 0, at=NOW, action="approved", actor="Minh", content_hash="x"))
    for order in ("DELETE FROM review", "DELETE FROM post WHERE id = 1"):
        with pytest.raises(IntegrityError, match="a record of the office is not deleted"), engine.begin() as connection:
            connection.execute(text(order))
    with Session(engine) as session, pytest.raises(IntegrityError, match="not deleted"):
        session.delete(session.get_one(Post, post.id))
        session.commit()


def test_emptying_a_whole_table_is_refused_as_well(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="not deleted"), engine.begin() as connection:
        connection.execute(text("TRUNCATE publication_event"))


def test_what_is_no_record_still_goes(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if KINDS[table.name] is not Kind.RECORD:
                connection.execute(delete(table))


def test_an_upgrade_takes_the_guards_away_and_makes_them_again(engine: Engine) -> None:
    with engine.begin() as connection:
        guards.drop(connection)
        assert set(guards.missing(connection)) == set(kept_for_good()) - {append_only.TABLE}
    migrate(engine, "head")
    migrate(engine, "head")
    with engine.connect() as connection:
        assert guards.missing(connection) == []


def test_a_test_that_must_can_take_them_away_and_they_come_back(engine: Engine) -> None:
    House(engine).post()
    with unguarded(engine), engine.begin() as connection:
        connection.execute(text("DELETE FROM post"))
    with engine.connect() as connection:
        assert guards.missing(connection) == []


# The code ------------------------------------------------------------------------------------------------


def _deletes(source: str) -> set[str]:
    """What is deleted in this code: the names in `delete(Name)`, "a row" for `session.delete(…)`, SQL text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete" and node.args:
            found.add(ast.unparse(node.args[0]))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "session.delete":
            found.add("a row")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "DELETE FROM" in node.value.upper():
            found.add("SQL")
    return found


def test_nothing_in_the_product_deletes_rows_but_where_it_was_looked_at() -> None:
    found = {}
    for path in python_files(*PRODUCT):
        source = path.read_text(encoding="utf-8")
        if "delete" in source.lower() and (named := _deletes(source)):
            found[short(path)] = named
    strangers = {name: what for name, what in found.items() if name not in MAY_DELETE}
    assert strangers == {}, "who deletes rows says here of which table, and it is no record"
    for name, what in found.items():
        models = {one for one in what if one[0].isupper() and one != "SQL"}
        assert models <= MAY_DELETE[name], name
    tables = {mapper.class_.__name__: mapper.local_table.name for mapper in SQLModel._sa_registry.mappers}
    for models in MAY_DELETE.values():
        assert all(KINDS[tables[one]] is not Kind.RECORD for one in models), models
