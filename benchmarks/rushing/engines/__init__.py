"""Every engine by its name. A module is imported only when its engine is asked for: its packages may not be there."""

from importlib import import_module

from benchmarks.rushing.engine import Engine

ENGINES = {
    "ours-sqlite": "benchmarks.rushing.engines.ours:SQLITE",
    "ours-postgres": "benchmarks.rushing.engines.ours:POSTGRES",
    "ours-worker": "benchmarks.rushing.engines.ours:WORKER",
    "ours-workers": "benchmarks.rushing.engines.ours:WORKERS",
    "raw-sqlite": "benchmarks.rushing.engines.raw:SQLITE",
    "raw-postgres": "benchmarks.rushing.engines.raw:POSTGRES",
    "apscheduler": "benchmarks.rushing.engines.apscheduler_jobs:DEFAULT",
    "apscheduler-sqlite-10": "benchmarks.rushing.engines.apscheduler_jobs:SQLITE_10",
    "apscheduler-sqlite-50": "benchmarks.rushing.engines.apscheduler_jobs:SQLITE_50",
    "apscheduler-postgres-10": "benchmarks.rushing.engines.apscheduler_jobs:POSTGRES_10",
    "apscheduler-postgres-50": "benchmarks.rushing.engines.apscheduler_jobs:POSTGRES_50",
    "celery-prefork": "benchmarks.rushing.engines.celery_redis:PREFORK",
    "celery-prefork-late": "benchmarks.rushing.engines.celery_redis:PREFORK_LATE",
    "celery-threads": "benchmarks.rushing.engines.celery_redis:THREADS",
    "celery-threads-late": "benchmarks.rushing.engines.celery_redis:THREADS_LATE",
    "procrastinate": "benchmarks.rushing.engines.procrastinate_jobs:PLAIN",
    "procrastinate-again": "benchmarks.rushing.engines.procrastinate_jobs:AGAIN",
    "huey-sqlite": "benchmarks.rushing.engines.huey_tasks:SQLITE",
    "huey-redis": "benchmarks.rushing.engines.huey_tasks:REDIS",
    "dramatiq": "benchmarks.rushing.engines.dramatiq_redis:THREADS",
}
"""Name -> module and object."""

BROKEN = {
    "raw-blind": "benchmarks.rushing.engines.raw:BLIND",
    "raw-blind-postgres": "benchmarks.rushing.engines.raw:BLIND_POSTGRES",
    "raw-careless": "benchmarks.rushing.engines.raw:CARELESS",
    "raw-careless-postgres": "benchmarks.rushing.engines.raw:CARELESS_POSTGRES",
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
