"""Runs the migrations on the connection it is given (see `cli.database`)."""

from alembic import context
from sqlmodel import SQLModel

from cli.model import know_all_tables
from migrations import modelled
from records import append_only, guards
from reports import views

know_all_tables()
for table in SQLModel.metadata.tables.values():
    for index in table.indexes:
        if "where" in index.info:
            index.dialect_options["postgresql"]["where"] = index.info["where"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=modelled,
)
# our views and guards stand on the tables, and are made anew by whoever asked for the newest revision (`cli.database`)
views.drop(context.config.attributes["connection"])
guards.drop(context.config.attributes["connection"])
append_only.drop(context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
