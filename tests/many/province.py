"""A province with many channels on one database, and any number of `cchc` processes at work on it, in real time."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Engine, text
from sqlmodel import col, select, update

from connectors import CONNECTORS, connector_class
from connectors.http import new_session
from content.editorial import content_hash
from content.store import AssetStore
from content.tables import Asset, Post, PostAsset
from scheduler import handover_tables
from scheduler.channels import save_channel
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.jobs import mark_installed
from scheduler.lifecycle import WORKING, State
from scheduler.tables import Channel, Publication
from scheduler.vault import Vault
from tests.conftest import Sandbox
from tests.processes import Process, until
from tests.scheduler.house import House, granted

READY = {"run": "Đang chạy", "worker": "Đang nhận việc", "web": "Bàn làm việc"}
"""What a command says once it is at work."""
FEED = r"/v[0-9.]+/{}/feed"
ENDLESS = 100_000


class Province(House):
    """Channels are Pages of one person; their posts are told apart by the number in their words."""

    def __init__(self, engine: Engine, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(engine)
        self.sandbox = sandbox
        self.folder = folder
        self.processes: list[Process] = []
        self.env = {
            "CCHC_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "CCHC_DATA_DIR": "data",
            "CCHC_TICK_SECONDS": "1",
            # whoever waits for a held answer waits until it is released
            "CCHC_FACEBOOK__READ_TIMEOUT": "600",
        }
        for platform, settings in sandbox.settings.items():
            sandbox._ask("POST", platform, "clock", {"now": None})
            self.env |= {f"CCHC_{platform}__{name}".upper(): str(value) for name, value in settings.items()}
        self._show_twins()
        (folder / "data").mkdir()
        self.vault = Vault.at(folder / "data" / "cchc.key")
        mark_installed(engine, now=self.now())
        if engine.dialect.name == "postgresql":
            handover_tables.make(engine)
            with engine.begin() as connection:
                connection.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))

    @staticmethod
    def now() -> datetime:
        """The computer's time."""
        return SystemClock().now()

    # Processes -------------------------------------------------------------------------------------------

    def start(self, *arguments: str, module: str = "cli.app", **env: str) -> Process:
        """A `cchc` process, which has begun to work."""
        return self.begun(self.launch(*arguments, module=module, **env), *arguments)

    def launch(self, *arguments: str, module: str = "cli.app", **env: str) -> Process:
        """A `cchc` process, which is only just starting."""
        self.processes.append(Process(self.folder, {**self.env, **env}, *arguments, module=module))
        return self.processes[-1]

    @staticmethod
    def begun(process: Process, *arguments: str) -> Process:
        """Wait until it is at work."""
        process.until(next(READY[word] for word in arguments if word in READY))
        return process

    def mortal(self, place: str, number: int, *arguments: str, **env: str) -> Process:
        """A `cchc` process that gets a signal at one exact place; see `tests.many.mortal`."""
        return self.start(place, str(int(number)), *arguments, module="tests.many.mortal", **env)

    def close(self) -> None:
        """No process outlives its test, and no answer stays held."""
        for process in self.processes:
            process.kill()
        for platform in CONNECTORS:
            self.sandbox.forget(platform)

    def said(self) -> str:
        """Everything that the processes said, to be shown when something went wrong."""
        return "\n".join("".join(process.lines[-40:]) for process in self.processes)

    # Channels and posts ----------------------------------------------------------------------------------

    def pages(self, count: int) -> list[Channel]:
        """So many connected Pages."""
        self.sandbox.pages(*(f"Trang {number}" for number in range(2, count + 1)))
        return self.connect("facebook")

    def connect(self, platform: str) -> list[Channel]:
        """Everything of a platform that an administrator may connect."""
        kind, now = connector_class(platform), self.now()
        settings = kind.Settings(**self.sandbox.settings[platform])
        with new_session() as http:
            found = granted(kind, settings, http, now=now)
        with writing(self.engine) as session:
            return [
                save_channel(session, self.vault, platform, one, key=f"{platform}-{number}", now=now)
                for number, one in enumerate(found, 1)
            ]

    def picture(self, *ids: int) -> None:
        """Give the posts of these publications a picture, as image and as cover, approved like the rest."""
        file = self.folder / "bia.png"
        Image.new("RGB", (640, 360), "teal").save(file)
        stored = AssetStore(self.folder / "data" / "assets").put(file)
        with writing(self.engine) as session:
            size = {"size": stored.size, "width": stored.width, "height": stored.height}
            session.add(Asset(sha256=stored.sha256, mime=stored.mime, created_at=self.now(), **size))
            session.flush()
            of_these = (Publication.post_id == Post.id, col(Publication.id).in_(ids))
            for post in session.exec(select(Post).where(*of_these)):
                files = [
                    PostAsset(post_id=post.id or 0, sha256=stored.sha256, role=role, alt="Ảnh thử")
                    for role in ("image", "cover")
                ]
                session.add_all(files)
                post.content_hash = post.approved_hash = content_hash(post, files)
                session.add(post)

    def queue(self, channels: Iterable[Channel], each: int = 1, since: timedelta = timedelta(minutes=5)) -> list[int]:
        """Posts that are due already, a second apart from `since` ago on; their publications, in the order of due."""
        begin = self.now() - since
        with writing(self.engine) as session:
            pairs = [(self.written(), channel, number) for channel in channels for number in range(each)]
            session.add_all(post for post, _, _ in pairs)
            session.flush()
            rows = [
                Publication(
                    post_id=post.id, channel_id=channel.id, due_at=begin + timedelta(seconds=number),
                    next_attempt_at=begin, saved={}, created_at=begin,
                )
                for post, channel, number in pairs
            ]  # fmt: skip
            session.add_all(rows)
            session.flush()
            return [row.id or 0 for row in sorted(rows, key=lambda row: (row.due_at, row.id or 0))]

    def rows(self) -> list[Publication]:
        """Every publication as it is now."""
        with reading(self.engine) as session:
            return list(session.exec(select(Publication).order_by(col(Publication.id))))

    def states(self) -> Counter[str]:
        """How many publications stand where."""
        return Counter(row.state for row in self.rows())

    def lease_of(self, process: Process) -> list[int]:
        """What a process holds, by the books."""
        return [row.id or 0 for row in self.rows() if row.lease_owner.endswith(f":{process.pid}")]

    def run_out(self, owner: Process | str) -> int:
        """As if the time of everything that a process holds, or that waits for workers, were over; how many."""
        mine = col(Publication.lease_owner).like(owner if isinstance(owner, str) else f"%:{owner.pid}")
        gone = update(Publication).where(mine, col(Publication.state).in_(WORKING))
        with writing(self.engine) as session:
            return session.connection().execute(gone.values(lease_until=self.now() - timedelta(seconds=1))).rowcount

    def hurry(self) -> None:
        """As if the time had come to look again for what nobody knows, and to try again what failed."""
        waiting = (State.UNCONFIRMED, State.RETRY_WAIT)
        due = update(Publication).where(col(Publication.state).in_(waiting), col(Publication.lease_until).is_(None))
        with writing(self.engine) as session:
            session.connection().execute(due.values(next_attempt_at=self.now() - timedelta(seconds=1)))

    # What came of it -------------------------------------------------------------------------------------

    def out(self, page: Channel | None = None) -> list[int]:
        """The publications whose posts the people see, on one Page or on all, oldest first."""
        seen = reversed(self.sandbox.public("facebook"))
        begin = f"{page.external_id}_" if page else ""
        keys = [
            f"bai-{re.findall(r'bài số ([0-9]+),', item['text'])[0]}" for item in seen if item["id"].startswith(begin)
        ]
        with reading(self.engine) as session:
            known = dict(session.exec(select(Post.key, Publication.id).where(Publication.post_id == Post.id)).all())
        return [known[key] or 0 for key in keys]

    def writes(self, page: Channel | None = None, platform: str = "facebook") -> list[tuple[int, dict[str, Any]]]:
        """The public calls on one Page or on all, each with its place among all requests."""
        path = re.compile(FEED.format(page.external_id if page else r"\d+"))
        noted = enumerate(self.sandbox.requests(platform))
        return [(place, one) for place, one in noted if one["method"] == "POST" and path.fullmatch(one["path"])]

    def hold(self, page: Channel | None = None, times: int = ENDLESS) -> None:
        """Answers to public calls, on one Page or on all, do not come until `release`."""
        path = FEED.format(page.external_id if page else r"\d+")
        self.sandbox.fault("facebook", "held", method="POST", path=path, times=times)

    def release(self) -> None:
        """Held answers come."""
        self.sandbox.forget("facebook")
        self._show_twins()

    def _show_twins(self) -> None:
        """A text that is sent a second time is to be seen, and not refused."""
        self.sandbox.fault("facebook", "no_twin_check", times=ENDLESS)

    def until(self, so: Callable[[], bool], words: str) -> None:
        """Look until it is so, and show what the processes said when it never is."""
        try:
            until(so, words)
        except AssertionError:
            left = [
                f"{row.id} {row.state} fence {row.fence} {row.lease_owner} until {row.lease_until}, next "
                f"{row.next_attempt_at} {row.problem}"
                for row in self.rows()
                if row.state != State.PUBLISHED
            ]
            sys.stdout.write("\n".join([f"{self.now()} {self.states()}", *left, self.said()]))
            raise

    def until_published(self, ids: Sequence[int]) -> None:
        """Wait for the end of these; whoever has to look again, or to try again, need not wait for it."""

        def so() -> bool:
            self.hurry()
            done = {row.id for row in self.rows() if row.state == State.PUBLISHED}
            return done.issuperset(ids)

        self.until(so, "everything is published")

    def assert_once(self, ids: Sequence[int]) -> None:
        """Every one of these is public exactly once, nothing else is, and our books say so."""
        out = self.out()
        if Counter(out) != Counter(ids):
            wrong = {one for one in {*out, *ids} if out.count(one) != list(ids).count(one)}
            told = [f"{one} is public {out.count(one)} times: {self.events(one)}" for one in sorted(wrong)]
            raise AssertionError("\n".join(["lost or doubled", *told, self.said()]))
        assert self.states() == {State.PUBLISHED: len(self.rows())}
        left = [row.id for row in self.rows() if row.lease_until is not None or row.lease_owner]
        assert left == [], "nothing stays in anybody's hands"

    def assert_in_order(self, page: Channel, ids: Sequence[int]) -> None:
        """Writes of a channel never overlap, and came in the order of due time."""
        self.assert_one_at_a_time(page)
        mine = {row.id for row in self.rows() if row.channel_id == page.id}
        assert self.out(page) == [one for one in ids if one in mine]

    def assert_one_at_a_time(self, page: Channel) -> None:
        """No write of a channel began before the one before it had its answer."""
        writes = self.writes(page)
        for (_, before), (place, _) in pairwise(writes):
            assert before["ended"] is not None and before["ended"] <= place, "two writes of a channel at once"
