"""Articles of the imitated OA: created and updated in the background, listed, counted, shown (sheet 2)."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from sandbox.world import PublicItem, World
from sandbox.zalo_videos import Videos

PROCESSING = timedelta(seconds=6)
PICTURE_MAX = 1_000_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TITLE_MAX, DESCRIPTION_MAX, AUTHOR_MAX = 150, 300, 50
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
    """The address of the picture that stands for the article."""
    return str(payload["avatar"] if payload["type"] == "video" else payload["cover"]["photo_url"])


def addresses(payload: dict[str, Any]) -> list[str]:
    """Every picture address of an article, the cover's first."""
    if payload["type"] == "video":
        return [cover_address(payload)]
    blocks = [block.get("url", "") for block in payload["body"] if block["type"] == "image"]
    return list(dict.fromkeys([cover_address(payload), *blocks]))


def fault_of(payload: dict[str, Any]) -> str:
    """The message of the -201 for an ill-formed article; empty when it is well formed."""
    if payload.get("type") not in ("normal", "video"):
        return "type is invalid"
    is_video = payload["type"] == "video"
    limits = {"title": TITLE_MAX, "description": DESCRIPTION_MAX} | ({} if is_video else {"author": AUTHOR_MAX})
    for name, most in limits.items():
        value = payload.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            return f"{name} allow 1 to {most} characters"
    if payload.get("status", "hide") not in _STATUS or payload.get("comment", "show") not in _STATUS:
        return "status is invalid"
    fault = _video_fault(payload) if is_video else _body_fault(payload)
    if fault:
        return fault
    bad = next((one for one in addresses(payload) if not re.fullmatch(r"https?://[!-~]+", str(one))), None)
    return f"photo_url {bad} is invalid" if bad is not None else ""


_STATUS = ("show", "hide")


def _body_fault(payload: dict[str, Any]) -> str:
    cover, body = payload.get("cover"), payload.get("body")
    if not isinstance(cover, dict) or cover.get("cover_type") != "photo" or cover.get("status") not in _STATUS:
        return "cover value is invalid"
    good = isinstance(body, list) and body and all(_good_block(block) for block in body)
    return "" if good else "body is invalid"


def _video_fault(payload: dict[str, Any]) -> str:
    extra = {"author", "cover", "body"} & set(payload)
    if extra:
        return f"{min(extra)} is invalid"
    return next((f"{name} is invalid" for name in ("avatar", "video_id") if not isinstance(payload.get(name), str)), "")


def _good_block(block: Any) -> bool:
    need = {"text": "content", "image": "url"}
    return isinstance(block, dict) and bool(block.get(need.get(str(block.get("type")), "")))


class Articles:
    """All articles of the OA. Call its methods with the world's lock held."""

    def __init__(self, world: World, oa_id: str, videos: Videos) -> None:
        self._world = world
        self._oa_id = oa_id
        self._videos = videos
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
        new_id = article_id or self._world.token("article")[:20]
        self.jobs[token] = Job(new_id, payload, kept, ready, listed, failed)
        return token

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

    def fault_of(self, payload: dict[str, Any]) -> str:
        """The message of the -201; a video must have been uploaded and be ready."""
        fault = fault_of(payload)
        if not fault and payload["type"] == "video" and not self._videos.usable(payload["video_id"]):
            return "video_id is invalid"
        return fault

    def newest(self, kind: str) -> list[Article]:
        """What is listed by now of this type, newest first; hidden articles too."""
        self.settle()
        of_kind = [article for article in self.all.values() if article.payload["type"] == kind]
        listed = [article for article in of_kind if article.listed <= self._world.now()]
        return sorted(listed, key=lambda article: (article.created, article.id), reverse=True)

    def figures(self, article: Article) -> tuple[int, int]:
        """Views and shares so far; a hidden article has none."""
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
            "create_date": int(article.created.timestamp() * 1000),
            "update_date": int(article.updated.timestamp() * 1000),
            "thumb": self._world.base_url + article.pictures[cover_address(article.payload)],
            "link_view": f"{self._world.base_url}/detail/{self._oa_id}?id={article.id}&pageId={self._oa_id}",
        }

    def detail(self, article: Article) -> dict[str, Any]:
        """An article as `getdetail` tells it: no counters, pictures at addresses of our own."""
        if article.payload["type"] == "video":
            return self._video_detail(article)
        base, pictures = self._world.base_url, article.pictures
        cover = article.payload["cover"]
        body = [
            {**block, "url": base + pictures[block["url"]]} if block["type"] == "image" else block
            for block in article.payload["body"]
        ]
        told = {name: article.payload.get(name) for name in ("type", "title", "author", "description", "comment")}
        return told | {
            "id": article.id,
            "status": article.payload.get("status", "hide"),
            "cover": {**cover, "photo_url": base + pictures[cover["photo_url"]]},
            "body": body,
            "cite": {"url": "", "label": ""},
        }

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
