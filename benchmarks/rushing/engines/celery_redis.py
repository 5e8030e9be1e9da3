"""Celery 5 with Redis: a task for each post with its `eta`."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from benchmarks.rushing.body import Body
from benchmarks.rushing.engine import REDIS, Place
from benchmarks.rushing.peer import Peer

VISIBILITY = 60
"""Seconds after which Redis gives a task that nobody acknowledged to another worker, where late acknowledging is on.
It has to be longer than the furthest `eta`: what is queued for tomorrow needs a day, and a crash is then noticed after
a day. The default is an hour."""


class CeleryRedis(Peer):
    """`late`: a task is acknowledged when it is done (`acks_late`), not when it begins."""

    package = "celery"
    needs = frozenset({REDIS})

    def __init__(self, name: str, label: str, *, pool: str, hands: int, late: bool = False) -> None:
        self.name, self.label = name, label
        self._pool, self._hands, self._late = pool, hands, late

    def _app(self, place: Place) -> tuple[Celery, Any]:
        app = Celery("rush", broker=place.redis.replace("unix://", "redis+socket://"), set_as_current=False)
        app.conf.update(
            broker_connection_retry_on_startup=True,
            enable_utc=True,
            task_ignore_result=True,
            worker_hijack_root_logger=False,
            worker_prefetch_multiplier=1 if self._late else 4,
        )
        if self._late:
            app.conf.update(
                task_acks_late=True,
                task_reject_on_worker_lost=True,
                broker_transport_options={"visibility_timeout": VISIBILITY},
            )

        @cache
        def body() -> Body:  # made in the process that works: a forked child has a session and a connection of its own
            return self.body(place)

        @app.task(name="rush.publish", ignore_result=True)
        def publish(number: int) -> None:
            body().publish(number)

        return app, publish

    def queue(self, place: Place) -> None:
        """One `apply_async` for each post, over one connection."""
        app, publish = self._app(place)
        at = datetime.fromtimestamp(place.due, UTC)
        with app.producer_pool.acquire(block=True) as producer:
            for number in range(place.posts):
                publish.apply_async((number,), eta=at, producer=producer)

    def work(self, place: Place, number: int) -> None:
        """`celery worker`."""
        app, _ = self._app(place)

        def ready(**_facts: Any) -> None:
            place.tell_ready(number)

        worker_ready.connect(ready)
        app.worker_main([
            "worker", f"--pool={self._pool}", f"--concurrency={self._hands}", "--loglevel=ERROR",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ])  # fmt: skip


PREFORK = CeleryRedis("celery-prefork", "Celery + Redis, prefork 10", pool="prefork", hands=10)
THREADS = CeleryRedis("celery-threads", "Celery + Redis, 50 threads", pool="threads", hands=50)
PREFORK_LATE = CeleryRedis(
    "celery-prefork-late", "Celery + Redis, prefork 10, acks_late", pool="prefork", hands=10, late=True
)
THREADS_LATE = CeleryRedis(
    "celery-threads-late", "Celery + Redis, 50 threads, acks_late", pool="threads", hands=50, late=True
)
