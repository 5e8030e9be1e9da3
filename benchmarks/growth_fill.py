"""Years of an office's past, for `benchmarks/growth.py`: set into the tables by whole statements, a million in minutes.

What lives stays the same at every size: an office with two years of one post a day (`desk_fill.py`), and sixty channels
on paper with one post each that is due at one moment. Around it the past grows, in one of two directions:

history   few channels with a long past: everything that is added went out one to six years ago, but for a tenth that
          waits for an hour further ahead than a month.
channels  a tenth as many channels as publications; each has eight in its past, one of last week, one to come.
"""

# ruff: noqa: S608  every word of these statements is our own

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, literal, literal_column, select, text
from sqlmodel import SQLModel

from connectors import CONNECTORS
from connectors.base import Metric
from content.tables import Post
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.figure_tables import Collection
from scheduler.tables import (
    Attempt,
    Channel,
    JobRun,
    Publication,
    PublicationEvent,
    Reading,
    Spending,
    TokenRefresh,
)
from web.tables import DeskAct

LIVING, DUE = 730, 60
"""Publications of the living office; channels with one post that is due at one moment."""
DIRECTIONS = ("history", "channels")
DAY = 86_400
FIRST_DAY, LAST_DAY = 6 * 365, 366
"""What is past and grown over lies so many days back: a year is what the cadence of figures reaches."""
FAR = 31
STEP = 7_919
"""From one publication to the post of the next: a prime above the number of posts, so that every post has its share."""
EACH = 10
"""Publications of each channel in the direction of channels."""
BUSY_TABLES = (Publication, PublicationEvent, Attempt, Reading, Collection)
"""Tables so large that their indexes are made after the rows."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is besides the living office."""

    publications: int
    channels: int
    posts: int


def size_of(direction: str, publications: int) -> Size:
    """What has to be added until there are so many publications."""
    more = max(0, publications - LIVING - DUE)
    return Size(more, more // EACH if direction == "channels" else 0, publications // 200)


def grow(engine: Engine, direction: str, size: Size, now: datetime) -> None:
    """Put the past around the living office, then let the database look at what it has."""
    with _loading(engine) as connection:
        sql = _Sql(connection, now)
        first: dict[type[SQLModel], int] = {table: sql.last(table) for table in (Post, Channel, Publication)}
        most = max(size.publications, size.posts, 1)
        sql.numbers(most)
        _posts(sql, size)
        sql.unchecked()
        if direction == "channels":
            _channels(sql, size, first[Channel])
        _publications(sql, direction, size, first)
        _lives(sql, first[Publication])
        _readings(sql, first[Publication])
        _around(sql, size, now)
        sql.run("DROP TABLE growth_number")
        sql.run("DROP TABLE growth_post")
    if engine.dialect.name == "sqlite":
        return  # it does without (`scheduler.db.forget_statistics`)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))  # or the server writes the rows out while we measure


class _Sql:
    """Statements that read the same on both databases."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.epoch = int(now.timestamp())
        self.lite = connection.dialect.name == "sqlite"

    def run(self, statement: str) -> None:
        self.connection.execute(text(statement))

    def unchecked(self) -> None:
        """From here on to the end of the transaction no foreign key is looked after."""
        if not self.lite:
            self.run("SET LOCAL session_replication_role = replica")

    def last(self, table: type[SQLModel]) -> int:
        """The highest id."""
        return int(self.connection.exec_driver_sql(f"SELECT max(id) FROM {table.__tablename__}").scalar() or 0)

    def at(self, seconds: str) -> str:
        """A moment so many seconds after now."""
        if self.lite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {self.epoch} + ({seconds}), 'unixepoch')"
        return f"to_timestamp({self.epoch} + ({seconds}))"

    def after(self, moment: str, seconds: str) -> str:
        """A moment so many seconds after another one."""
        if self.lite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {moment}, ({seconds}) || ' seconds')"
        return f"{moment} + ({seconds}) * interval '1 second'"

    def numbers(self, most: int) -> None:
        """A table of the numbers from 0 to `most` - 1."""
        self.run("CREATE TABLE growth_number (i integer PRIMARY KEY)")
        self.run(
            "INSERT INTO growth_number WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
            f"WHERE i < {most - 1}) SELECT i FROM n"
        )

    def approved(self) -> int:
        """A table of the approved posts by their place from 0 on; how many there are."""
        self.run("CREATE TABLE growth_post (place integer PRIMARY KEY, id integer)")
        self.run(
            "INSERT INTO growth_post SELECT row_number() OVER (ORDER BY id) - 1, id FROM post WHERE state = 'approved'"
        )
        return int(self.connection.exec_driver_sql("SELECT count(*) FROM growth_post").scalar() or 0)

    def put(self, base: SQLModel, told: dict[str, str], source: str) -> None:
        """Rows of one table: `base` with some columns as the database reckons them from `source`."""
        columns = SQLModel.metadata.tables[str(base.__tablename__)].columns
        given: dict[str, Any] = {
            name: literal(value, columns[name].type)
            for name, value in base.model_dump(exclude={"id", *told}).items()
            if value is not None
        }
        given |= {name: literal_column(words) for name, words in told.items()}
        rows = select(*given.values()).select_from(text(source))
        self.connection.execute(insert(type(base)).from_select(list(given), rows))


def _posts(sql: _Sql, size: Size) -> None:
    """Old posts of the office under new keys; they are approved and not chosen anew."""
    names = [one for one in Post.model_fields if one not in ("id", "key", "evergreen")]
    same = ", ".join(f"p.{name}" for name in names)
    sql.run(
        f"INSERT INTO post (key, evergreen, {', '.join(names)}) SELECT p.key || '-x' || n.i, false, {same} "
        "FROM growth_number n JOIN post p ON p.id = 1 + n.i % 500 "
        f"WHERE n.i < {size.posts} AND p.state = 'approved'"
    )


def _channels(sql: _Sql, size: Size, last: int) -> None:
    base = Channel(key="", platform="", external_id="", name="", options={}, created_at=_PAST)
    platform = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(_real()))
    told = {
        "key": "'don-vi-' || i",
        "external_id": "'don-vi-' || i",
        "name": "'Trang thông tin đơn vị ' || i",
        "platform": f"CASE i % {len(_real())} {platform} END",
        "created_at": sql.at(f"-{FIRST_DAY * DAY}"),
    }
    sql.put(base, told, f"growth_number WHERE i < {size.channels} ORDER BY i")
    followers = Reading(
        channel_id=0, metric=Metric.FOLLOWERS, value=1000, name="followers", version="v1", taken_at=_PAST
    )
    sql.put(followers, {"channel_id": "id", "taken_at": sql.at(f"-{DAY}")}, f"channel WHERE id > {last} ORDER BY id")


def _real() -> list[str]:
    """The platforms that there are, without one on paper."""
    return [name for name, module in CONNECTORS.items() if not module.startswith("benchmarks.")]


def _publications(sql: _Sql, direction: str, size: Size, first: dict[type[SQLModel], int]) -> None:
    """Nine of ten are over, most of them published; one in ten waits for an hour to come."""
    span = (FIRST_DAY - LAST_DAY) * DAY
    past = f"-{FIRST_DAY * DAY} + CAST(i * {span / max(1, size.publications)} AS integer)"
    if direction == "channels":
        channel = f"{first[Channel]} + 1 + i % {max(1, size.channels)}"
        turn = f"i / {max(1, size.channels)}"
        waits, lately = f"{turn} = 9", f"{turn} = 8"
        ahead = f"{DAY} + i % {13 * DAY}"
    else:
        channel, turn = f"1 + i % {first[Channel]}", "0"
        waits, lately = "i % 10 = 9", "1 = 0"
        ahead = f"{FAR * DAY} + CAST(i * {300 * DAY / max(1, size.publications)} AS integer)"
    when = f"CASE WHEN {waits} THEN {ahead} WHEN {lately} THEN -{DAY} - i % {5 * DAY} ELSE {past} END"
    state = (
        f"CASE WHEN {waits} THEN 'scheduled' WHEN {lately} THEN 'published' WHEN i % 1000 = 11 THEN 'held' "
        "WHEN i % 2000 = 22 THEN 'needs_person' "
        "WHEN i % 50 = 3 THEN 'failed' WHEN i % 50 = 13 THEN 'missed' WHEN i % 25 = 5 THEN 'cancelled' "
        "ELSE 'published' END"
    )
    place = f"(CAST(n.i AS bigint) * {STEP}) % {sql.approved()}"
    source = (
        f"(SELECT i, {channel} AS channel, {when} AS seconds, {state} AS state FROM growth_number "
        f"WHERE i < {size.publications}) n CROSS JOIN growth_post p WHERE p.place = {place} ORDER BY n.i"
    )
    public = "n.state = 'published'"
    base = Publication(post_id=0, channel_id=0, due_at=_PAST, saved={}, created_at=_PAST, reason=REASON)
    told = {
        # what waits for an approval is of a post that has none
        "post_id": f"CASE WHEN n.state = 'held' THEN {_UNAPPROVED} ELSE p.id END",
        "channel_id": "n.channel",
        "due_at": sql.at("n.seconds"),
        "created_at": sql.at(f"n.seconds - {5 * DAY}"),
        "late_until": sql.at("n.seconds + 10800"),
        "next_attempt_at": f"CASE WHEN n.state = 'scheduled' THEN {sql.at('n.seconds - 21600')} END",
        "state": "n.state",
        "held_by": "CASE WHEN n.state <> 'held' THEN '' WHEN n.i % 3 = 0 THEN 'approval_lost' ELSE 'held' END",
        "origin": "CASE n.i % 2 WHEN 0 THEN 'autopilot' ELSE 'staff' END",
        "sent_at": f"CASE WHEN {public} THEN {sql.at('n.seconds + 2')} END",
        "published_at": f"CASE WHEN {public} THEN {sql.at('n.seconds + 4')} END",
        "external_id": f"CASE WHEN {public} THEN 'x' || n.i ELSE '' END",
        "permalink": f"CASE WHEN {public} THEN 'https://example.com/x' || n.i ELSE '' END",
    }
    sql.put(base, told, source)


_UNAPPROVED = "(SELECT min(id) FROM post WHERE state = 'submitted')"
_PAST = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
REASON = "Chọn vì điểm d (Dịch vụ công trực tuyến) tuần này mới có 1 bài; trong ngày chưa có bài cùng nội dung."
_STEPS = (
    ("queued", "", "scheduled", -5 * DAY, 0),
    ("claimed", "scheduled", "preparing", -3600, 1),
    ("prepared", "preparing", "ready", -3590, 1),
    ("claimed", "ready", "publishing", 0, 2),
    ("succeeded", "publishing", "published", 4, 2),
)


def _lives(sql: _Sql, last: int) -> None:
    """Of what was published five events and two attempts, of the rest one event; a spending where it still counts."""
    steps = " UNION ALL ".join(
        f"SELECT {place} AS place, '{name}' AS event, '{before}' AS before, '{after}' AS after, {seconds} AS seconds, "
        f"{fence} AS fence"
        for place, (name, before, after, seconds, fence) in enumerate(_STEPS)
    )
    event = PublicationEvent(publication_id=0, at=_PAST, event="", state_before="", state_after="", fence=0)
    told = {
        "publication_id": "p.id", "at": sql.after("p.due_at", "s.seconds"), "event": "s.event",
        "state_before": "s.before", "state_after": "s.after", "fence": "s.fence",
        "words": f"CASE s.place WHEN 0 THEN '{REASON}' WHEN 4 THEN p.permalink ELSE '' END",
        "actor": "CASE s.place WHEN 0 THEN 'autopilot' ELSE '' END",
    }  # fmt: skip
    rows = f"publication p JOIN ({steps}) s ON s.place = 0 OR p.state = 'published' WHERE p.id > {last}"
    sql.put(event, told, f"{rows} ORDER BY p.id, s.place")
    tries = "SELECT 'prepare' AS action, -3600 AS seconds, 1 AS fence UNION ALL SELECT 'publish', 0, 2"
    attempt = Attempt(publication_id=0, fence=0, action="", started_at=_PAST, outcome="ok")
    told = {
        "publication_id": "p.id", "fence": "t.fence", "action": "t.action",
        "started_at": sql.after("p.due_at", "t.seconds"), "finished_at": sql.after("p.due_at", "t.seconds + 3"),
    }  # fmt: skip
    done = f"publication p CROSS JOIN ({tries}) t WHERE p.id > {last} AND p.state = 'published'"
    sql.put(attempt, told, f"{done} ORDER BY p.id, t.fence")
    lately = f"publication WHERE id > {last} AND published_at > {sql.at(f'-{40 * DAY}')}"
    spent = {"scope": "'channel:' || channel_id", "at": "published_at"}
    sql.put(Spending(scope="", budget="posts", at=_PAST, units=1), spent, f"{lately} ORDER BY id")


def _readings(sql: _Sql, last: int) -> None:
    """Two metrics a day and a week after it was published."""
    each = " UNION ALL ".join(
        f"SELECT {days} AS days, '{metric}' AS metric" for days in (1, 7) for metric in (Metric.VIEWS, Metric.REACTIONS)
    )
    base = Reading(channel_id=0, metric="", name="", version="v1", taken_at=_PAST)
    told = {
        "channel_id": "p.channel_id", "publication_id": "p.id", "metric": "e.metric", "name": "e.metric",
        "value": "(p.id % 900) * e.days", "taken_at": sql.after("p.due_at", f"e.days * {DAY}"),
    }  # fmt: skip
    rows = f"publication p CROSS JOIN ({each}) e WHERE p.id > {last} AND p.state = 'published'"
    sql.put(base, told, f"{rows} ORDER BY p.id, e.days, e.metric")


def _around(sql: _Sql, size: Size, now: datetime) -> None:
    """What else an office's years leave behind: collections, jobs, refreshes, notices, deliveries, acts."""

    def old(count: int) -> str:
        return sql.at(f"-{DAY} - CAST(i * {(FIRST_DAY - 1) * DAY / max(1, count)} AS integer)")

    def some(share: int) -> tuple[int, str]:
        count = size.publications // share
        return count, f"growth_number WHERE i < {count} ORDER BY i DESC"

    count, rows = some(5)
    first = "(SELECT max(id) FROM channel)"
    collection = Collection(channel_id=0, taken_at=_PAST, asked=9, calls=2, readings=20)
    sql.put(collection, {"channel_id": f"1 + i % {first}", "taken_at": old(count)}, rows)
    count, rows = some(12)
    run = JobRun(job="", slot=_PAST, started_at=_PAST, outcome="ok", words="Thu 20 số liệu.")
    job = "CASE i % 3 WHEN 0 THEN 'collect' WHEN 1 THEN 'watch' ELSE 'tokens' END"
    sql.put(run, {"job": job, "slot": old(count), "started_at": old(count), "finished_at": old(count)}, rows)
    count, rows = some(20)
    refresh = TokenRefresh(channel_id=0, credential_version=0, started_at=_PAST, outcome="done")
    refreshed = {"channel_id": f"1 + i % {first}", "credential_version": "-i", "started_at": old(count)}
    sql.put(refresh, refreshed, rows)
    count, rows = some(50)
    notice = Notice(kind="not_sent", subject="", grade="alarm", words=REASON, raised_at=_PAST, seen_at=_PAST)
    seen = {"subject": "'growth:' || i", "raised_at": old(count), "seen_at": old(count), "cleared_at": old(count)}
    sql.put(notice, seen, rows)
    told = {"notice_id": "id", "started_at": "raised_at", "finished_at": "raised_at"}
    delivery = NoticeDelivery(notice_id=0, way="mail", target="a@example.vn", state="sent", attempts=1)
    sql.put(delivery, told, "notice WHERE subject LIKE 'growth:%'")
    count, rows = some(5)
    sql.put(DeskAct(at=_PAST, actor="Người số 1", act="signed_in"), {"at": old(count)}, rows)


@contextmanager
def _loading(engine: Engine) -> Iterator[Connection]:
    """One transaction without a journal, with the large tables' indexes made at its end: for a database of our own."""
    lite = engine.dialect.name == "sqlite"
    engine.dispose()
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        if lite:
            for pragma in ("journal_mode=OFF", "foreign_keys=OFF", "cache_size=-400000", "temp_store=MEMORY"):
                raw.execute(f"PRAGMA {pragma}")
        with connection.begin():
            indexes = _without_indexes(connection)
            yield connection
            for made in indexes:
                connection.exec_driver_sql(made)
        if lite:
            raw.execute("PRAGMA journal_mode=WAL")
        connection.invalidate()


def _without_indexes(connection: Connection) -> list[str]:
    """Drop the large tables' indexes; the statements that make them anew."""
    tables = ", ".join(f"'{table.__tablename__}'" for table in BUSY_TABLES)
    if connection.dialect.name == "sqlite":
        wanted = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN ({tables})"
    else:
        wanted = (
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({tables}) "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    found = connection.exec_driver_sql(wanted).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [made for _, made in found]
