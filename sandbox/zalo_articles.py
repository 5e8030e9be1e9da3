"""Articles of the imitated OA: created and updated in the background, listed, counted, shown (sheet 2)."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from sandbox.world import PublicItem, World
from sandbox.zalo_oa import OA_ID, Oa
from sandbox.zalo_rules import article_fault
from sandbox.zalo_videos import Videos

KINDS = {
    "slow_verify": "what is created or updated is in work for {seconds} (60)",
    "late_listing": "what is created is in the list only {seconds} (60) after it is ready",
}
PROCESSING = timedelta(seconds=6)
PICTURE_MAX = 1_000_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FETCH = build_opener(ProxyHandler({}))


@dataclass
class Picture:
    """A picture as it was downloaded; `data` empty: it could not be had."""

    data: bytes = b""
    mime: str = ""


@dataclass
class Article:
    """One article. `payload` is what was last sent and processed."""

    id: str
    payload: dict[str, Any]
    pictures: dict[str, str]
    """Address sent -> path on this server."""
    created: datetime
    updated: datetime
    listed: datetime
    shown: datetime | None = None


@dataclass
class Job:
    """A `create` or an `update` being processed; its token is the answer to the caller."""

    article_id: str
    payload: dict[str, Any]
    pictures: dict[str, str]
    taken: datetime
    ready: datetime
    listed: datetime
    failed: bool
    done: bool = field(default=False)


def download(address: str) -> Picture:
    """The picture at an address of this machine; an empty one when it cannot be had or is not JPG or PNG."""
    if urlsplit(address).scheme not in ("http", "https") or urlsplit(address).hostname not in LOOPBACK:
        return Picture()
    try:
        with _FETCH.open(address, timeout=5) as answer:
            data: bytes = answer.read(PICTURE_MAX + 1)
    except OSError:
        return Picture()
    mime = "image/jpeg" if data[:3] == b"\xff\xd8\xff" else "image/png" if data[:8] == b"\x89PNG\r\n\x1a\n" else ""
    return Picture(data, mime) if mime and len(data) <= PICTURE_MAX else Picture()


def cover_address(payload: dict[str, Any]) -> str:
    """The address of the picture that stands for the article; empty when a video does."""
    return str(payload["avatar"] if payload["type"] == "video" else payload["cover"].get("photo_url", ""))


def addresses(payload: dict[str, Any]) -> list[str]:
    """Every picture address of an article, the cover's first."""
    found = [cover_address(payload)]
    for block in payload.get("body", ()):
        found += [block["url"]] if block["type"] == "image" else [block.get("thumb", "")]
    return [address for address in dict.fromkeys(found) if address]


class Articles:
    """All articles of the OA. Call its methods with the world's lock held."""

    def __init__(self, world: World, videos: Videos, oa: Oa) -> None:
        self._world = world
        self._videos = videos
        self._oa = oa
        self.counted: dict[str, tuple[int, int]] = {}
        """Article -> views and shares that a test has set."""
        self.all: dict[str, Article] = {}
        self.jobs: dict[str, Job] = {}
        self.media: dict[str, Picture] = {}

    def begin(self, payload: dict[str, Any], downloaded: dict[str, Picture], *, path: str, article_id: str = "") -> str:
        """Take a create, or an update of `article_id`, into processing; its token."""
        slow = self._world.strikes("slow_verify", "POST", path)
        late = self._world.strikes("late_listing", "POST", path)
        ready = self._world.now() + (timedelta(seconds=float(slow.values.get("seconds", 60))) if slow else PROCESSING)
        listed = ready + timedelta(seconds=float(late.values.get("seconds", 60)) if late else 0)
        failed = any(not picture.data for picture in downloaded.values())
        token = self._world.token("job") + "=="
        kept = {} if failed else {address: self._keep(picture) for address, picture in downloaded.items()}
        if not article_id and self._oa.articles_left is not None:
            self._oa.articles_left -= 1
        new_id = article_id or self._world.token("article")[:20]
        self.jobs[token] = Job(new_id, payload, kept, self._world.now(), ready, listed, failed)
        return token

    def job_of(self, token: str) -> Job | None:
        """What this token was given for, as long as it is known."""
        job, life = self.jobs.get(token), self._oa.ticket_seconds
        is_forgotten = job and life is not None and self._world.now() - job.taken > timedelta(seconds=life)
        return None if is_forgotten else job

    def _keep(self, picture: Picture) -> str:
        path = f"/media/{self._world.next_number()}"
        self.media[path] = picture
        return path

    def settle(self) -> None:
        """Let everything happen whose time has come."""
        now = self._world.now()
        for job in self.jobs.values():
            if not job.done and job.ready <= now:
                job.done = True
                if not job.failed:
                    self._apply(job)

    def _apply(self, job: Job) -> None:
        article = self.all.get(job.article_id)
        if article is None:
            article = Article(job.article_id, job.payload, job.pictures, job.ready, job.ready, job.listed)
            self.all[article.id] = article
        article.payload, article.pictures, article.updated = job.payload, job.pictures, job.ready
        if job.payload.get("status") != "show":
            article.shown = None
        elif article.shown is None:
            article.shown = job.ready

    def refusal(self, payload: Any, *, is_update: bool) -> tuple[int, str] | None:
        """Why this article may not be created or updated, if it may not."""
        fault = article_fault(payload, self._videos.usable, title_max_exclusive=self._oa.title_max_exclusive)
        if not fault and is_update:
            kept = self.all.get(str(payload.get("id", "")))
            fault = "" if kept and kept.payload["type"] == payload["type"] else "id is invalid"
        elif not fault and "id" in payload:
            fault = "id is invalid"
        if fault:
            return -201, fault
        if not is_update and self._oa.articles_left == 0:
            return -223, "Your OA has reach the limit quota create article"
        return None

    def newest(self, kind: str) -> list[Article]:
        """What is listed by now of this type, newest first; hidden articles too, if the OA lists them."""
        self.settle()
        of_kind = [article for article in self.all.values() if article.payload["type"] == kind]
        listed = [article for article in of_kind if article.listed <= self._world.now()]
        if not self._oa.lists_hidden:
            listed = [article for article in listed if article.payload.get("status") == "show"]
        return sorted(listed, key=lambda article: (article.created, article.id), reverse=True)

    def figures(self, article: Article) -> tuple[int, int]:
        """Views and shares so far; a hidden article has none."""
        if article.id in self.counted:
            return self.counted[article.id]
        if article.shown is None:
            return 0, 0
        views = self._world.grown(f"view:{article.id}", article.shown, final=900, half_life=timedelta(days=2))
        shares = self._world.grown(f"share:{article.id}", article.shown, final=25, half_life=timedelta(days=2))
        return views, shares

    def row(self, article: Article) -> dict[str, Any]:
        """An article as `getslice` lists it."""
        views, shares = self.figures(article)
        return {
            "id": article.id,
            "type": article.payload["type"],
            "title": article.payload["title"],
            "status": article.payload.get("status", "hide"),
            "total_view": views,
            "total_share": shares,
            "create_date": self._oa.time(article.created),
            "update_date": self._oa.time(article.updated),
            "thumb": self._address(article, cover_address(article.payload)),
            "link_view": f"{self._world.base_url}/detail/{OA_ID}?id={article.id}&pageId={OA_ID}",
        }

    def detail(self, article: Article) -> dict[str, Any]:
        """An article as `getdetail` tells it: no counters, pictures at addresses of our own."""
        if article.payload["type"] == "video":
            return self._video_detail(article)
        body = [
            {**block, "url": self._address(article, block["url"])} if block["type"] == "image" else block
            for block in article.payload["body"]
        ]
        told = {name: article.payload.get(name) for name in ("type", "title", "author", "description", "comment")}
        cover = article.payload["cover"]
        if cover["cover_type"] == "photo":
            cover = {**cover, "photo_url": self._address(article, cover["photo_url"])}
        return told | {
            "id": article.id,
            "status": article.payload.get("status", "hide"),
            "cover": cover,
            "body": body,
            "cite": {"url": "", "label": ""},
        }

    def _address(self, article: Article, sent: str) -> str:
        """Where Zalo keeps a picture that was sent with this address."""
        return self._world.base_url + article.pictures[sent] if sent in article.pictures else ""

    def _video_detail(self, article: Article) -> dict[str, Any]:
        """Of a video `status` is the state of the file (sheet 2.4); whether it is shown, only the list tells."""
        video = self._videos.usable(article.payload["video_id"])
        return {
            "id": article.id,
            "type": "video",
            "title": article.payload["title"],
            "description": article.payload["description"],
            "video_id": article.payload["video_id"],
            "video_name": video.name if video else "",
            "convert_percent": 100,
            "status": 1,
            "status_message": "Video is ready",
        }

    def public(self) -> list[PublicItem]:
        """What a visitor of the OA sees, newest first."""
        self.settle()
        shown = [(article.shown, article) for article in self.all.values() if article.shown]
        return [self._item(article, at) for at, article in sorted(shown, key=lambda one: one[0], reverse=True)]

    def _item(self, article: Article, at: datetime) -> PublicItem:
        views, shares = self.figures(article)
        blocks = article.payload.get("body", [])
        texts = [block["content"] for block in blocks if block["type"] == "text"]
        breaks = re.compile(r"</p>|<br\s*/?>")
        words = [unescape(re.sub(r"<[^>]*>", "", breaks.sub("\n", text))).strip() for text in texts]
        return PublicItem(
            id=article.id,
            title=article.payload["title"],
            text="\n\n".join([article.payload["description"], *words]),
            url=self.row(article)["link_view"],
            at=at,
            pictures=tuple(article.pictures.values()),
            video=f"/video/{article.payload['video_id']}" if article.payload["type"] == "video" else "",
            figures={"Lượt xem": views, "Lượt chia sẻ": shares},
        )
