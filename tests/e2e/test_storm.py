"""An office is copied again and again while it publishes, and lives on from an older copy each time: at the end the
people have seen every post exactly once, and the office knows of each."""

import random
import shutil
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from cli.backup import make_copy
from cli.carrying import carry
from cli.restoring import find_copy, unpack, wake
from content.tables import Post
from scheduler import recovery
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication
from tests.conftest import NOW, Sandbox
from tests.e2e.test_kill import states
from tests.records.unguarded import unguarded
from tests.scheduler.house import Running

DISASTERS = {"sqlite": 20, "postgresql": 3}
COUNTS = {"facebook": 10, "zalo": 4}


class Disaster:
    """Counts what is asked of the platforms: at one question a copy is made, at a later one the machine is gone."""

    def __init__(self, house: Running, folder: Path, rng: random.Random) -> None:
        self.house, self.folder = house, folder
        self.copied_at = rng.randint(1, 60)
        self.ends_at = self.copied_at + rng.randint(1, 40)
        self.asked, self.over = 0, False
        self.lock = threading.Lock()
        real = house.http.request

        def request(method: str, url: str, **content: Any) -> Any:
            self.before()
            return real(method, url, **content)

        vars(house.http)["request"] = request  # the copy is made between two calls of one worker

    def before(self) -> None:
        """Every request comes by here, from the threads that publish."""
        with self.lock:
            self.asked += 1
            now = self.asked
            if now >= self.ends_at:
                self.over = True
        if self.over:
            raise requests.exceptions.ConnectionError("the machine is gone")
        if now == self.copied_at:
            make_copy(self.house.engine, self.house.store.folder.parent, "cchc-storm", to=self.folder,
                      now=self.house.clock.now())  # fmt: skip


def furnish(house: Running) -> None:
    for platform, count in COUNTS.items():
        channel = house.connect(platform)
        for number in range(count):
            mark = f"{platform} số {number}"
            post = house.post(
                title=f"Bài {mark}", body=f"Nội dung {mark}.", late_rule="any_time",
                variants={"zalo": {"summary": f"Tóm tắt {mark}."}},
            )  # fmt: skip
            if platform == "zalo" or number % 4 == 0:
                house.picture(post, "teal")
            house.queue(post, channel, NOW + timedelta(minutes=20 + 6 * number))


def go(house: Running, disaster: Disaster | None) -> bool:
    """Let time pass until everything is done or the machine is gone; whether it is done."""
    for _ in range(3_000):
        house.sandbox.at(house.clock.now())
        house.service.settle()
        if disaster is not None and disaster.over:
            return False
        decide(house)
        at = house.service.next_moment()
        if at is None:
            return True
        house.clock.set(max(at, house.clock.now() + timedelta(seconds=1)))
    raise AssertionError("it does not come to rest")


def decide(house: Running) -> None:
    """A person looks at the channels for what nobody else can decide, and says what there is."""
    with reading(house.engine) as session:
        waiting = session.exec(
            select(Publication.id, Post.title, Channel.platform)
            .join(Post, col(Post.id) == col(Publication.post_id))
            .join(Channel, col(Channel.id) == col(Publication.channel_id))
            .where(Publication.state == State.NEEDS_PERSON)
        ).all()
    for number, title, platform in waiting:
        mark = title.removeprefix("Bài ")
        there = any(mark in f"{item['title']} {item['text']}" for item in house.sandbox.public(platform))
        house.service.desk.settle(number or 0, "", sent=there, now=house.clock.now(), actor="lan")


def restored(house: Running, folder: Path, copies: Path, media: str) -> Running:
    """The office from the newest copy, as another machine would have it."""
    now, url = house.clock.now(), house.engine
    house.close()
    folder.mkdir()
    copy = find_copy(copies)
    engine = wake(unpack(copy, folder, None), copy.made_at)
    shutil.copy(house.store.folder.parent / "cchc.key", folder / "cchc.key")
    if url.dialect.name == "postgresql":
        with unguarded(url), url.begin() as connection:
            for table in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(table.delete())
        carry(engine, url)
        engine.dispose()
        engine = url
    again = Running(engine, house.sandbox, folder, media)
    again.clock.set(now)
    noticed = recovery.notice(engine, folder / "number", own_file=False, now=now)
    assert noticed is not None
    again.service.recover()
    return again


def test_copies_at_random_moments_of_a_publishing_storm_lose_and_double_nothing(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str
) -> None:
    rng, kind = random.Random(20261127), engine.dialect.name
    house = Running(engine, sandbox, tmp_path, media_host)
    furnish(house)
    # Without its check for twins the sandbox would not hide a text that is sent a second time.
    sandbox.fault("facebook", "no_twin_check", times=100_000)
    found = 0
    for number in range(DISASTERS[kind]):
        copies = tmp_path / f"copies-{number}"
        disaster = Disaster(house, copies, rng)
        if go(house, disaster) and not (copies / "cchc-storm.json").exists():
            make_copy(house.engine, house.store.folder.parent, "cchc-storm", to=copies, now=house.clock.now())
        known = states(house.engine).get("published", 0)
        house = restored(house, tmp_path / f"office-{number}", copies, media_host)
        found += known - states(house.engine).get("published", 0)
    assert go(house, None)
    for platform, count in COUNTS.items():
        seen = Counter((item["title"], item["text"]) for item in sandbox.public(platform))
        assert len(seen) == count, f"{platform}: lost posts; {states(house.engine)}"
        assert set(seen.values()) == {1}, f"{platform}: doubled posts"
    assert states(house.engine) == {"published": sum(COUNTS.values())}
    assert found > 0, "no copy was older than what was public, so nothing was proved"
    house.close()
    house.engine.dispose()
