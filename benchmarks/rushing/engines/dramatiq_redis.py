"""Dramatiq 2 with Redis: a message for each post with its `delay`, 50 threads."""

import time
from typing import Any

from dramatiq import Worker, actor
from dramatiq.brokers.redis import RedisBroker

from benchmarks.rushing.engine import REDIS, Place
from benchmarks.rushing.peer import Peer, until_stopped


class DramatiqRedis(Peer):
    """One worker process, its threads in the process itself (its program would add a parent that watches)."""

    package = "dramatiq"
    needs = frozenset({REDIS})
    name, label = "dramatiq", "Dramatiq + Redis, 50 threads"

    def _broker(self, place: Place) -> tuple[RedisBroker, Any]:
        broker = RedisBroker(url=place.redis)
        body = self.body(place)

        @actor(broker=broker, actor_name="publish")
        def publish(number: int) -> None:
            body.publish(number)

        return broker, publish

    def queue(self, place: Place) -> None:
        """One message for each post."""
        _, publish = self._broker(place)
        for number in range(place.posts):
            wait = max(0.0, place.due - time.time())
            publish.send_with_options(args=(number,), delay=int(wait * 1_000) + 1)

    def work(self, place: Place, number: int) -> None:
        """The worker."""
        broker, _ = self._broker(place)
        worker = Worker(broker, worker_threads=place.in_flight)
        worker.start()
        place.tell_ready(number)
        until_stopped()
        worker.stop()


THREADS = DramatiqRedis()
