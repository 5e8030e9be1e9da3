"""A large office on PostgreSQL for the measurements: 100,000 channels, their past, and what is due at one moment.

The past is put in by `growth_fill.py`; the posts are those of the rush (`rushing/office.py`), so that what is due can
be called on its loopback platform.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, literal, select, text
from sqlalchemy.sql.expression import func
from sqlmodel import col

from benchmarks import paper
from benchmarks.growth_fill import Size, grow
from benchmarks.rushing import office
from benchmarks.rushing.body import TOKEN
from benchmarks.rushing.engine import Place
from cli.watching import key_file
from cli.wiring import make_database
from connectors.base import Account, Connected, Credentials
from content.tables import Editorial, Post
from scheduler.channels import save_channel
from scheduler.db import columns_of, reading, writing
from scheduler.jobs import mark_installed
from scheduler.lifecycle import State
from scheduler.tables import Channel, Credential, Publication
from scheduler.vault import Vault

POSTS = 1_000
OPENED = 12_000
"""Channels whose access is in the vault; of the others nothing is ever claimed here."""
SIGNED_ON = 20
"""Channels on paper, for the figures."""


@dataclass(frozen=True)
class Filled:
    """What was made: the database, and how many bytes one publication of the past takes with all that belongs to it."""

    engine: Engine
    vault: Vault
    channels: list[int]
    """On the loopback platform, the first to come due first."""
    on_paper: list[int]
    bytes_each: float


def fill(place: Place, now: datetime, channels: int, past: int) -> Filled:
    """Make all of it; takes a minute or two."""
    settings = office.settings_of(place)
    settings.data_dir.mkdir(parents=True)
    engine = make_database(settings)
    mark_installed(engine, now=now)
    vault = Vault.at(key_file(settings))
    with writing(engine) as session:
        posts = [office._post(number, now) for number in range(POSTS + 1)]
        posts[POSTS]["state"] = Editorial.SUBMITTED  # what is held for its approval
        session.execute(insert(Post), posts)
        on_paper = [
            save_channel(
                session, vault, paper.NAME, Connected(paper.account(number), Credentials({"access_token": "t"})),
                key=f"giay-{number}", now=now,
            ).id or 0
            for number in range(SIGNED_ON)
        ]  # fmt: skip
        one = Connected(Account("99", "Trang"), Credentials({"access_token": TOKEN}))
        save_channel(session, vault, office.PLATFORM, one, key="trang", now=now)
        session.add(_past(session.execute(select(func.min(col(Post.id)))).scalar_one(), on_paper[0], now))
    before = _bytes(engine)
    grow(engine, "channels", Size(past, channels, 0), now)
    bytes_each = (_bytes(engine) - before) / past
    with reading(engine) as session:
        wanted = select(col(Channel.id)).where(col(Channel.platform) == office.PLATFORM).order_by(col(Channel.id))
        found = [one or 0 for one in session.execute(wanted).scalars()]
    access = Credentials({"access_token": TOKEN})
    with writing(engine) as session:
        rows = [
            {"channel_id": one, "secret": vault.seal(one, access), "version": 1, "updated_at": now}
            for one in found[1 : OPENED + 1]
        ]
        session.execute(insert(Credential), rows)
    return Filled(engine, vault, found[1:], on_paper, bytes_each)


def _past(post_id: int, channel_id: int, now: datetime) -> Publication:
    return Publication(
        post_id=post_id, channel_id=channel_id, due_at=now - timedelta(days=30), state=State.PUBLISHED, saved={},
        external_id="giay-0-1", published_at=now - timedelta(days=30), created_at=now - timedelta(days=31),
    )  # fmt: skip


def _bytes(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def add_due(engine: Engine, now: datetime, first: int, many: int) -> None:
    """Prepared publications due at `now`, one on each channel from the place `first` on, whatever its platform."""
    due = now - timedelta(seconds=1)
    base = Publication(
        post_id=0, channel_id=0, due_at=due, late_until=due + timedelta(days=2), state=State.READY, fence=1,
        next_attempt_at=due, saved={}, reason="Lan xếp lịch.", created_at=now,
    )  # fmt: skip
    columns = columns_of(Publication).columns
    given = {
        name: literal(value, columns[name].type)
        for name, value in base.model_dump(exclude={"id", "post_id", "channel_id", "prepared_hash"}).items()
        if value is not None
    }
    place = func.row_number().over(order_by=col(Channel.id)).label("place")
    chosen = select(col(Channel.id), place).where(col(Channel.platform) != paper.NAME).subquery()
    rows = select(col(Post.id), chosen.c.id, col(Post.content_hash), *given.values()).where(
        col(Post.id) == 1 + chosen.c.place % POSTS, chosen.c.place > first, chosen.c.place <= first + many
    )
    names = ["post_id", "channel_id", "prepared_hash", *given]
    with writing(engine) as session:
        session.execute(insert(Publication).from_select(names, rows))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE publication"))


@contextmanager
def a_level(engine: Engine, now: datetime) -> Iterator[None]:
    """While the block runs, one platform has told that its app's limit is half used up."""
    with engine.begin() as connection:
        told = "INSERT INTO usage_level (scope, percent, at) VALUES ('app:zalo', 60, :now)"
        connection.execute(text(told), {"now": now})
    yield
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM usage_level"))
