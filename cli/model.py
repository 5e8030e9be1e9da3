"""Every table of every floor: who migrates the database, or seals rows of any floor, knows them all from the start."""

from importlib import import_module

MODULES = (
    "content.record_tables",
    "content.tables",
    "records.chain_tables",
    "records.keeping_tables",
    "reports.tables",
    "scheduler.calendar_tables",
    "scheduler.recovery_tables",
    "scheduler.tables",
    "web.tables",
)


def know_all_tables() -> None:
    """Make the model's metadata whole."""
    for module in MODULES:
        import_module(module)
