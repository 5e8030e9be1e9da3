"""What the peers share: a queue of their own that calls the body, which keeps the books."""

import signal
from importlib.metadata import PackageNotFoundError, version
from threading import Event

from benchmarks.rushing.body import Body, Books, books_of
from benchmarks.rushing.engine import Engine, Place


class Peer(Engine):
    """A queue as a careful developer sets it up: a task with the post's number at the due time, and the shared body."""

    package: str
    """Its distribution, whose version is told in the table."""
    lead_each: float = 1 / 300
    """Seconds that queueing one post may take."""
    postgres_books = False
    """The books lie where the queue lies, where that is PostgreSQL; in SQLite otherwise."""
    _asked: Books | None = None

    def missing(self) -> str:
        """A package that is not there."""
        try:
            version(self.package)
        except PackageNotFoundError:
            return f"the package {self.package} is not installed; it is in the group bench"
        return ""

    def lead(self, posts: int) -> float:
        """By how fast it queues."""
        return 6 + posts * self.lead_each

    def set_up(self, place: Place) -> None:
        """The books, every post waiting."""
        books_of(place, postgres=self.postgres_books).make(place.posts)

    def left(self, place: Place) -> int:
        """What the books do not call sent."""
        if self._asked is None:
            self._asked = books_of(place, postgres=self.postgres_books)
        return self._asked.left()

    def body(self, place: Place) -> Body:
        """The body with this engine's books."""
        return Body(place, postgres=self.postgres_books)


def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stop = Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    stop.wait()
