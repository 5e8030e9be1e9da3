"""The office whose posts the product publishes in the rush: migrated tables, connected Pages, approved posts.

One approved post for each publication, one Page for ten posts, each Page with its token in the vault. Rows are put in
thousands at a time by the tables' own models, so that 20,000 take seconds; nothing of what the product checks at the
hour is left out: content hash, approval, prepared hash, lease, fence.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine, insert, text
from sqlmodel import SQLModel, col, select

from benchmarks.rushing.body import TOKEN, VERSION, message, page_of
from benchmarks.rushing.engine import Place
from benchmarks.rushing.loopback import APP_ID
from cli import settings as settings_module
from cli.settings import CommonSettings
from cli.watching import key_file
from cli.wiring import build, make_database
from connectors.base import Account, Connected, Credentials
from content.editorial import content_hash
from content.searchwords import search_keys
from content.tables import Editorial, Post
from scheduler.adding import Wanted
from scheduler.channels import save_channel
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.jobs import mark_installed
from scheduler.lifecycle import State
from scheduler.parts import queued
from scheduler.rows import late_until
from scheduler.service import Service
from scheduler.tables import Channel, Publication, PublicationEvent
from scheduler.vault import Vault

PLATFORM = "facebook"
AT_ONCE = 2_000
"""Rows in one statement's batch."""


def settings_of(place: Place) -> CommonSettings:
    """The office's settings: the data folder of this place, the loopback platform as Graph API."""
    return settings_module.load(
        _env_file=None,
        data_dir=place.folder / "data",
        database_url=sqlalchemy_url(place.database),
        in_flight=place.in_flight,
        facebook={
            "graph_url": place.platform, "version": VERSION, "app_id": APP_ID, "app_secret": SecretStr("rush-secret"),
        },
    )  # fmt: skip


def environment_of(place: Place) -> dict[str, str]:
    """The same settings for `cchc` as a process."""
    return {
        "CCHC_DATA_DIR": str(place.folder / "data"),
        "CCHC_DATABASE_URL": sqlalchemy_url(place.database),
        "CCHC_IN_FLIGHT": str(place.in_flight),
        "CCHC_FACEBOOK__GRAPH_URL": place.platform,
        "CCHC_FACEBOOK__VERSION": VERSION,
        "CCHC_FACEBOOK__APP_ID": APP_ID,
        "CCHC_FACEBOOK__APP_SECRET": "rush-secret",
    }


def sqlalchemy_url(address: str) -> str:
    """A PostgreSQL address as the product takes it; "" for SQLite in the data folder."""
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def found(place: Place) -> Engine:
    """Make the office: tables, Pages, approved posts; nothing is queued. Its engine."""
    settings = settings_of(place)
    settings.data_dir.mkdir(parents=True)
    engine = make_database(settings)
    now = SystemClock().now()
    mark_installed(engine, now=now)
    vault = Vault.at(key_file(settings))
    with writing(engine) as session:
        for number in range(place.channels):
            page = page_of(place, number)
            account = Account(page, f"Trang thông tin số {number + 1}")
            access = Connected(account, Credentials({"access_token": TOKEN}))
            save_channel(session, vault, PLATFORM, access, key=f"trang-{number + 1}", now=now)
    _store(engine, Post, (_post(number, now) for number in range(place.posts)))
    return engine


def _post(number: int, now: datetime) -> dict[str, Any]:
    post = Post(
        key=key_of(number), title=f"Thông báo số {number + 1}", body=message(number), topic="d", form="van_ban",
        audiences=["nguoi_dan"], source="Cổng Thông tin điện tử", legal_refs=[], hashtags=[], platforms=[PLATFORM],
        variants={}, state=Editorial.APPROVED, content_hash="", created_at=now, updated_at=now,
    )  # fmt: skip
    post.content_hash = post.approved_hash = content_hash(post, [])
    return _values(post) | search_keys(post)


def key_of(number: int) -> str:
    """How staff call post `number`."""
    return f"bai-{number}"


def channel_key(place: Place, number: int) -> str:
    """How staff call the Page of post `number`."""
    return f"trang-{number % place.channels + 1}"


def queue_prepared(engine: Engine, place: Place) -> None:
    """Every post stands in the queue for its hour, prepared, so that only the one call is left."""
    now, due = SystemClock().now(), datetime.fromtimestamp(place.due, UTC)
    with reading(engine) as session:
        posts = session.exec(select(Post).order_by(col(Post.id))).all()
        channels = session.exec(select(Channel.id).order_by(col(Channel.id))).all()

    def rows() -> Iterator[dict[str, Any]]:
        for number, post in enumerate(posts):
            yield _values(
                Publication(
                    post_id=post.id or 0, channel_id=channels[number % place.channels] or 0, due_at=due,
                    late_until=late_until(post, due), state=State.READY, next_attempt_at=due, fence=1, saved={},
                    prepared_hash=post.content_hash, reason="Lan xếp lịch.", created_at=now,
                )
            )  # fmt: skip

    _store(engine, Publication, rows())
    with reading(engine) as session:
        ids = session.exec(select(Publication.id).order_by(col(Publication.id))).all()
    event = _values(queued(Publication(id=1, post_id=1, channel_id=1, due_at=due, saved={}, created_at=now),
                           now=now, words="Lan xếp lịch.", actor="Lan"))  # fmt: skip
    _store(engine, PublicationEvent, (event | {"publication_id": one} for one in ids))
    if engine.dialect.name == "sqlite":
        return  # it does without (`scheduler.db.forget_statistics`)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def queue_by_desk(place: Place, engine: Engine) -> None:
    """The same posts as staff and programs queue many, with every check; nothing is prepared."""
    service = service_of(place, engine)
    at = datetime.fromtimestamp(place.due, UTC) + timedelta(days=1)
    wanted = [Wanted(key_of(number), channel_key(place, number), at) for number in range(place.posts)]
    service.desk.add_many(wanted, now=service.clock.now(), actor="Lan")
    service.close()


def service_of(place: Place, engine: Engine) -> Service:
    """The whole product over this office, in this process."""
    return build(settings_of(place), engine=engine)


def _store(engine: Engine, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    source = iter(rows)
    with writing(engine) as session:
        while some := list(islice(source, AT_ONCE)):
            session.execute(insert(table), some)


def _values(row: SQLModel) -> dict[str, Any]:
    """Every column of a row as its model sets it, but the id."""
    return row.model_dump(exclude={"id"})
