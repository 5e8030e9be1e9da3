"""Runs the migrations on the connection it is given (see `cli.database`). Every table module is imported here."""

from alembic import context
from sqlmodel import SQLModel

import content.record_tables
import content.tables  # noqa: F401  imported so that the metadata is whole
import records.chain_tables
import records.keeping_tables  # noqa: F401  its tables belong to the whole model
import reports.tables  # noqa: F401  as above
import scheduler.calendar_tables
import scheduler.recovery_tables
import scheduler.tables  # noqa: F401  as above
import web.tables  # noqa: F401  imported so that the metadata is whole
from migrations import modelled
from records import append_only, guards
from reports import views

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
