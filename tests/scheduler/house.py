"""A furnished database for the scheduler's tests: posts, channels and publications, and a service over the sandbox."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests
from PIL import Image
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session, select

from connectors import CONNECTORS, connector_class
from connectors.base import Connected, Connector
from connectors.http import new_session
from connectors.media import MediaHost
from content.editorial import approve, content_hash, submit
from content.store import AssetStore
from content.tables import Asset, Editorial, Post, PostAsset
from content.vietnamese import fold
from scheduler.access import Platforms
from scheduler.channels import save_channel
from scheduler.clock import FrozenClock
from scheduler.db import reading, writing
from scheduler.jobs import mark_installed
from scheduler.service import Service, serve_ourselves
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent
from scheduler.vault import Vault
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.content.films import mp4

HOUR = timedelta(hours=1)
Row = TypeVar("Row", Post, Channel, Publication)


class House:
    """Rows without any platform behind them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._count = 0

    def post(self, **facts: Any) -> Post:
        """An approved post."""
        return self._saved(self.written(**facts))

    def written(self, **facts: Any) -> Post:
        """An approved post that is not stored yet."""
        self._count += 1
        values: dict[str, Any] = {
            "key": f"bai-{self._count}",
            "title": f"Bài số {self._count}",
            "body": f"Nội dung bài số {self._count}, viết cho người dân.",
            "topic": "d",
            "form": "van_ban",
            "audiences": ["nguoi_dan"],
            "source": "Cổng Thông tin điện tử",
            "legal_refs": [],
            "hashtags": ["#CCHC"],
            "platforms": list(CONNECTORS),
            "variants": {},
            "state": Editorial.APPROVED,
            **facts,
        }
        post = Post(**values, content_hash="", search_key=fold(values["title"]), created_at=NOW, updated_at=NOW)
        post.content_hash = content_hash(post, [])
        post.approved_hash = post.content_hash if post.state == Editorial.APPROVED else ""
        return post

    def channel(self, platform: str = "facebook", **facts: Any) -> Channel:
        """A connected channel."""
        self._count += 1
        values = {"key": f"{platform}-{self._count}", "external_id": f"{self._count}", "name": "Kênh thử", **facts}
        return self._saved(Channel(platform=platform, options={}, created_at=NOW, **values))

    def publication(self, **facts: Any) -> Publication:
        """A scheduled publication that is due now."""
        values: dict[str, Any] = {"due_at": NOW, "next_attempt_at": NOW, "saved": {}, "created_at": NOW, **facts}
        values.setdefault("post_id", None)
        if values["post_id"] is None:
            values["post_id"] = self.post().id
        if "channel_id" not in values:
            values["channel_id"] = self.channel().id
        return self._saved(Publication(**values))

    def load(self, publication_id: int | None) -> Publication:
        """The row as it is now."""
        with reading(self.engine) as session:
            return session.get_one(Publication, publication_id)

    def events(self, publication_id: int | None) -> list[str]:
        """The edges it went along, oldest first."""
        with reading(self.engine) as session:
            statement = select(PublicationEvent).where(PublicationEvent.publication_id == publication_id)
            return [row.event for row in sorted(session.exec(statement), key=lambda row: row.id or 0)]

    def attempts(self, publication_id: int | None) -> list[Attempt]:
        """Its attempts, oldest first."""
        with reading(self.engine) as session:
            statement = select(Attempt).where(Attempt.publication_id == publication_id)
            return sorted(session.exec(statement), key=lambda row: row.id or 0)

    def _saved(self, row: Row) -> Row:
        with writing(self.engine) as session:
            session.add(row)
        return row


class Running(House):
    """A service over the sandbox, with channels connected through its token endpoints, in simulated time."""

    def __init__(
        self,
        engine: Engine,
        sandbox: Sandbox,
        folder: Path,
        media_url: str = "",
        media: MediaHost | None = None,
        **tuning: Mapping[str, Any],
    ) -> None:
        super().__init__(engine)
        self.sandbox = sandbox
        self.clock = FrozenClock(NOW)
        self.store = AssetStore(folder / "assets")
        self.http = new_session()
        settings: dict[str, BaseModel] = {
            name: connector_class(name).Settings(**{**sandbox.settings[name], **tuning.get(name, {})})
            for name in CONNECTORS
        }
        self.service = Service(
            engine,
            clock=self.clock,
            vault=Vault.at(folder / "cchc.key"),
            platforms=Platforms(settings, lambda _channel: self.http),
            store=self.store,
            rng=random.Random(1),
            media_address=media.address if media else lambda name: f"{media_url}/media/{name}" if media_url else "",
            offer_media=media.offer if media else serve_ourselves,
            in_flight=4,
        )
        mark_installed(engine, now=NOW)

    def close(self) -> None:
        self.service.close()
        self.http.close()

    def connect(self, platform: str) -> Channel:
        """Grant access as an administrator would, and save the channel."""
        settings = self.service.platforms.settings[platform]
        found = granted(connector_class(platform), settings, self.http, now=self.clock.now())
        with writing(self.engine) as session:
            return save_channel(session, self.service.vault, platform, found[0], key=platform, now=self.clock.now())

    def prove(self, channel: Channel, option: str) -> None:
        """As if the option had been tried out on the channel."""
        with writing(self.engine) as session:
            row = session.get_one(Channel, channel.id)
            row.proofs = {**row.proofs, option: {"at": NOW.isoformat()}}
            session.add(row)

    def picture(self, post: Post, colour: str = "purple", size: tuple[int, int] = (640, 360)) -> None:
        """Give a post a picture, used as image and as cover, and approve it again."""
        file = self.store.folder.parent / f"{colour}.png"
        Image.new("RGB", size, colour).save(file)
        stored = self.store.put(file)
        with writing(self.engine) as session:
            if session.get(Asset, stored.sha256) is None:
                session.add(
                    Asset(
                        sha256=stored.sha256, mime=stored.mime, size=stored.size, width=stored.width,
                        height=stored.height, created_at=NOW,
                    )
                )  # fmt: skip
                session.flush()
            for role in ("image", "cover"):
                session.add(PostAsset(post_id=post.id or 0, sha256=stored.sha256, role=role, alt="Ảnh thử"))
        self.approve_again(post)

    def video(self, post: Post, number: int = 1) -> None:
        """Give a post a film of three chunks, and approve it again."""
        path = self.store.folder.parent / f"{number}.mp4"
        path.write_bytes(mp4(bytes([number]) * 600_000))
        stored = self.store.put(path)
        with writing(self.engine) as session:
            session.add(Asset(sha256=stored.sha256, mime=stored.mime, size=stored.size, created_at=NOW))
            session.flush()
            session.add(PostAsset(post_id=post.id or 0, sha256=stored.sha256, role="video"))
        self.approve_again(post)

    def approve_again(self, post: Post, **changes: Any) -> None:
        """Change a post, then submit and approve what it has become."""
        with writing(self.engine) as session:
            self.change(session, post, **changes)
        with writing(self.engine) as session:
            submit(session, post.key, LAN, self.clock.now())
            approve(session, post.key, MINH, self.clock.now())

    def change(self, session: Session, post: Post, **changes: Any) -> None:
        """Change a post as an editor does: it is a draft again."""
        row = session.get_one(Post, post.id)
        for name, value in changes.items():
            setattr(row, name, value)
        assets = session.exec(select(PostAsset).where(PostAsset.post_id == row.id)).all()
        row.content_hash, row.approved_hash, row.state = content_hash(row, assets), "", Editorial.DRAFT
        session.add(row)

    def queue(self, post: Post, channel: Channel, at: datetime | None = None) -> Publication:
        """Queue through the desk, as staff do."""
        return self.service.desk.add(post.key, channel.key, at or NOW + HOUR, now=self.clock.now(), actor=LAN)

    def pass_time(self, until: datetime) -> None:
        """Run everything that comes due, moving both clocks from one due moment to the next."""
        for _ in range(2_000):
            self.sandbox.at(self.clock.now())
            self.service.settle()
            now = self.clock.now()
            if now >= until:
                return
            due = self.service.next_moment() or until
            self.clock.set(min(until, due if due > now else now + timedelta(minutes=1)))
        raise AssertionError("time does not pass")


def granted(kind: type[Connector], settings: BaseModel, http: requests.Session, *, now: datetime) -> list[Connected]:
    """Every account that an administrator has granted, by the platform's own dialog and token endpoints."""
    consent = kind.begin_consent(settings, redirect_uri="https://localhost/back", state="a-state", verifier="v" * 43)
    landed = http.get(consent.url, allow_redirects=False, timeout=10).headers["Location"]
    return kind.finish_consent(settings, consent, dict(parse_qsl(urlsplit(landed).query)), now=now, http=http)
