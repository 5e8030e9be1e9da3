"""Every engine by its name. A module is imported only when its engine is asked for: its packages may not be there."""

from importlib import import_module

from rush.engine import Engine

ENGINES = {
    "ours-sqlite": "rush.engines.ours:SQLITE",
    "ours-postgres": "rush.engines.ours:POSTGRES",
    "ours-worker": "rush.engines.ours:WORKER",
    "ours-workers": "rush.engines.ours:WORKERS",
    "raw-sqlite": "rush.engines.raw:SQLITE",
    "raw-postgres": "rush.engines.raw:POSTGRES",
    "apscheduler": "rush.engines.apscheduler_jobs:DEFAULT",
    "apscheduler-sqlite-10": "rush.engines.apscheduler_jobs:SQLITE_10",
    "apscheduler-sqlite-50": "rush.engines.apscheduler_jobs:SQLITE_50",
    "apscheduler-postgres-10": "rush.engines.apscheduler_jobs:POSTGRES_10",
    "apscheduler-postgres-50": "rush.engines.apscheduler_jobs:POSTGRES_50",
    "celery-prefork": "rush.engines.celery_redis:PREFORK",
    "celery-prefork-late": "rush.engines.celery_redis:PREFORK_LATE",
    "celery-threads": "rush.engines.celery_redis:THREADS",
    "celery-threads-late": "rush.engines.celery_redis:THREADS_LATE",
    "procrastinate": "rush.engines.procrastinate_jobs:PLAIN",
    "procrastinate-again": "rush.engines.procrastinate_jobs:AGAIN",
    "huey-sqlite": "rush.engines.huey_tasks:SQLITE",
    "huey-redis": "rush.engines.huey_tasks:REDIS",
    "dramatiq": "rush.engines.dramatiq_redis:THREADS",
}
"""Name -> module and object."""

BROKEN = {
    "raw-blind": "rush.engines.raw:BLIND",
    "raw-blind-postgres": "rush.engines.raw:BLIND_POSTGRES",
    "raw-careless": "rush.engines.raw:CARELESS",
    "raw-careless-postgres": "rush.engines.raw:CARELESS_POSTGRES",
}
"""Wrong on purpose: they show that the crash run counts what is lost and doubled. In no table unless asked for."""

BASE = "raw-sqlite"
"""Everything is told as a ratio to this one, of the same run."""


def engine_of(name: str) -> Engine:
    """The engine of this name. Raises ImportError when a package that it needs is not there."""
    module, _, thing = (ENGINES | BROKEN)[name].partition(":")
    found = getattr(import_module(module), thing)
    assert isinstance(found, Engine) and found.name == name
    return found
