"""Huey with SQLite or Redis: a task for each post with its `eta`, 50 threads."""

from datetime import UTC, datetime
from typing import Any

from huey import RedisHuey, SqliteHuey

from benchmarks.rushing.engine import REDIS as NEEDS_REDIS
from benchmarks.rushing.engine import Place
from benchmarks.rushing.peer import Peer


class HueyTasks(Peer):
    """The consumer as its program starts it, with a scheduler that looks every second."""

    package = "huey"

    def __init__(self, name: str, label: str, *, redis: bool) -> None:
        self.name, self.label, self._redis = name, label, redis
        self.needs = frozenset({NEEDS_REDIS}) if redis else frozenset()

    def _huey(self, place: Place) -> tuple[Any, Any]:
        if self._redis:
            huey = RedisHuey("rush", url=place.redis, results=False, utc=True)
        else:
            file = str(place.folder / "huey.sqlite3")
            huey = SqliteHuey("rush", filename=file, fsync=True, timeout=15, results=False, utc=True)
        body = self.body(place)

        def publish(number: int) -> None:
            body.publish(number)

        return huey, huey.task(name="publish")(publish)

    def queue(self, place: Place) -> None:
        """One `schedule` for each post."""
        _, publish = self._huey(place)
        at = datetime.fromtimestamp(place.due, UTC).replace(tzinfo=None)  # huey wants naive UTC
        for number in range(place.posts):
            publish.schedule((number,), eta=at)

    def work(self, place: Place, number: int) -> None:
        """The consumer."""
        huey, _ = self._huey(place)
        huey.on_startup()(lambda: place.tell_ready(number))
        huey.create_consumer(workers=place.in_flight, worker_type="thread", scheduler_interval=1, max_delay=1).run()


SQLITE = HueyTasks("huey-sqlite", "Huey + SQLite, 50 threads", redis=False)
REDIS = HueyTasks("huey-redis", "Huey + Redis, 50 threads", redis=True)
