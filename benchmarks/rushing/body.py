"""What is the same for every engine: the words of a post, its call, and the books that a careful developer keeps.

    body = Body(place)
    body.publish(number)      # write "sending", one POST on a pooled keep-alive session, write "sent"

A post that is "sent" already is skipped. Our product keeps its own books and makes its own call; it sends the same
words to the same address.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter

from benchmarks.rushing.engine import Place

VERSION = "v26.0"
TOKEN = "EAArush"
WAITING, SENDING, SENT = "waiting", "sending", "sent"
_WORDS = (
    "Từ ngày mai, bà con nộp hồ sơ cấp đổi giấy phép lái xe trên Cổng Dịch vụ công Quốc gia mà không phải đến bộ phận "
    "một cửa. Kết quả được trả qua bưu điện trong năm ngày làm việc. Cần hướng dẫn, xin gọi đường dây nóng 1022."
)


def message(number: int) -> str:
    """The words of post `number` (from 0); the platform knows it by the mark in them."""
    return f"Thông báo rush-{number}- {_WORDS}"


def page_of(place: Place, number: int) -> str:
    """The id of the Page that post `number` goes to."""
    return str(100_000 + number % place.channels)


def address_of(place: Place, number: int) -> str:
    """Where post `number` is sent."""
    return f"{place.platform}/{VERSION}/{page_of(place, number)}/feed"


def form_of(number: int) -> dict[str, str]:
    """What is sent."""
    return {"message": message(number), "fields": "id,permalink_url,created_time"}


def new_session(pool: int) -> requests.Session:
    """A session that keeps `pool` connections open and never retries."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=pool, max_retries=0))
    return session


def send(session: requests.Session, place: Place, number: int) -> str:
    """One POST; the id of what is public now."""
    answer = session.post(address_of(place, number), data=form_of(number), timeout=(5, 60))
    answer.raise_for_status()
    return str(json.loads(answer.content)["id"])


# The books -----------------------------------------------------------------------------------------------


class Books(Protocol):
    """A table of posts, each waiting, sending or sent. One connection for each thread."""

    def make(self, posts: int) -> None:
        """The table, with every post waiting."""
        ...

    def begin(self, number: int) -> bool:
        """Commit "sending"; False when it is sent already."""
        ...

    def end(self, number: int, external_id: str) -> None:
        """Commit "sent"."""
        ...

    def left(self) -> int:
        """How many are not sent."""
        ...


_MAKE = """CREATE TABLE post (number INTEGER PRIMARY KEY, message TEXT NOT NULL, state TEXT NOT NULL,
 begun_at DOUBLE PRECISION, external_id TEXT NOT NULL DEFAULT '')"""


class SqliteBooks:
    """WAL and synchronous=FULL: what is committed outlives a power cut."""

    def __init__(self, place: Place) -> None:
        self._file = place.folder / "books.sqlite3"
        self._threads = threading.local()

    def _open(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = self._threads.connection = open_sqlite(self._file)
        return found

    def make(self, posts: int) -> None:
        """The table, with every post waiting."""
        with self._write() as connection:
            connection.execute(_MAKE)
            rows = ((number, message(number), WAITING) for number in range(posts))
            connection.executemany("INSERT INTO post (number, message, state) VALUES (?, ?, ?)", rows)

    def begin(self, number: int) -> bool:
        """Commit "sending"; False when it is sent already."""
        with self._write() as connection:
            values = (SENDING, time.time(), number, SENT)
            update = "UPDATE post SET state = ?, begun_at = ? WHERE number = ? AND state <> ?"
            return connection.execute(update, values).rowcount == 1

    def end(self, number: int, external_id: str) -> None:
        """Commit "sent"."""
        with self._write() as connection:
            values = (SENT, external_id, number)
            connection.execute("UPDATE post SET state = ?, external_id = ? WHERE number = ?", values)

    def left(self) -> int:
        """How many are not sent."""
        count = self._open().execute("SELECT count(*) FROM post WHERE state <> ?", (SENT,))
        return int(count.fetchone()[0])

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class PostgresBooks:
    """With all of PostgreSQL's durability on, as it comes."""

    def __init__(self, place: Place) -> None:
        self._address = place.database
        self._threads = threading.local()

    def _open(self) -> Any:
        found = getattr(self._threads, "connection", None)
        if found is None:
            found = self._threads.connection = open_postgres(self._address)
        return found

    def make(self, posts: int) -> None:
        """The table, with every post waiting."""
        connection = self._open()
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_MAKE)
            with cursor.copy("COPY post (number, message, state) FROM STDIN") as copy:
                for number in range(posts):
                    copy.write_row((number, message(number), WAITING))

    def begin(self, number: int) -> bool:
        """Commit "sending"; False when it is sent already."""
        values = (SENDING, time.time(), number, SENT)
        update = "UPDATE post SET state = %s, begun_at = %s WHERE number = %s AND state <> %s"
        return bool(self._open().execute(update, values).rowcount == 1)

    def end(self, number: int, external_id: str) -> None:
        """Commit "sent"."""
        values = (SENT, external_id, number)
        self._open().execute("UPDATE post SET state = %s, external_id = %s WHERE number = %s", values)

    def left(self) -> int:
        """How many are not sent."""
        count = self._open().execute("SELECT count(*) FROM post WHERE state <> %s", (SENT,))
        return int(count.fetchone()[0])


def open_sqlite(file: Any) -> sqlite3.Connection:
    """A connection that owns its transactions: WAL, synchronous=FULL, patient."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "busy_timeout=15000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def open_postgres(address: str) -> Any:
    """A connection that commits each statement, unless a transaction is opened."""
    import psycopg

    return psycopg.connect(address, autocommit=True)


def books_of(place: Place, *, postgres: bool = False) -> Books:
    """The books of one run: in SQLite, or in the engine's PostgreSQL."""
    return PostgresBooks(place) if postgres else SqliteBooks(place)


class Body:
    """One post, as every peer publishes it; safe to call from many threads."""

    def __init__(self, place: Place, *, postgres: bool = False) -> None:
        self.place = place
        self.books = books_of(place, postgres=postgres)
        self.session = new_session(place.in_flight)

    def publish(self, number: int) -> bool:
        """Write "sending", one POST, write "sent". False when it was sent already."""
        if not self.books.begin(number):
            return False
        self.books.end(number, send(self.session, self.place, number))
        return True
