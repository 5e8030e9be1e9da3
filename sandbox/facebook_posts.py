"""Photos and posts of the imitated Page: what may be created, and what it looks like (facebook 3, 4)."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.facebook_errors import GraphError
from sandbox.facebook_login import APP_ID, PAGE_ID, PAGE_NAME
from sandbox.world import World

PROFILE_ID = "122184998852832251"
PHOTO_LIFE = timedelta(hours=24)
PHOTO_BYTES_MAX = 10_000_000
TEXT_MAX = 63_206
ALBUM_MAX = 10
IMAGE_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


@dataclass
class Photo:
    """`post_id` is empty while it is unpublished."""

    id: str
    content: bytes
    mime: str
    alt: str
    at: datetime
    post_id: str = ""


@dataclass
class Post:
    """`listed_at` is later than `at` while the listing lags behind."""

    id: str
    message: str
    link: str
    photos: list[Photo]
    at: datetime
    listed_at: datetime
    published: bool = True
    video_id: str = ""
    app_id: str = APP_ID

    @property
    def page_id(self) -> str:
        """The Page it is on."""
        return self.id.partition("_")[0]


class Posts:
    """Everything on the Page, newest last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.photos: dict[str, Photo] = {}
        self.posts: dict[str, Post] = {}

    def new_id(self) -> str:
        """A number of the length Facebook gives."""
        return str(122_167_000_000_000_000 + self.world.next_number() * 60_018)

    # Creating -------------------------------------------------------------------------------------------

    def upload(
        self, args: dict[str, Any], files: dict[str, bytes], path: str, page_id: str = PAGE_ID
    ) -> dict[str, Any]:
        """`POST /{page}/photos` with a file part, of whatever name."""
        content = next(iter(files.values()), b"")
        mime = next((kind for start, kind in IMAGE_STARTS.items() if content.startswith(start)), "")
        if not mime or len(content) > PHOTO_BYTES_MAX:
            raise GraphError(324, "(#324) Missing or invalid image file")
        photo = Photo(self.new_id(), content, mime, str(args.get("alt_text_custom", "")), self.world.now())
        self.photos[photo.id] = photo
        if not is_true(args.get("published", True)):
            return {"id": photo.id}
        post = self._add(str(args.get("caption", "")), "", [photo], True, path, page_id)
        return {"id": photo.id, "post_id": post.id}

    def publish(self, args: dict[str, Any], path: str, page_id: str = PAGE_ID) -> Post:
        """`POST /{page}/feed`."""
        message, link = str(args.get("message", "")), str(args.get("link", ""))
        media = _attached(args)
        if not (message.strip() or link or media):
            raise GraphError(197, "(#197) The post is empty. Please enter a message to share.")
        if len(message) > TEXT_MAX:
            raise GraphError(100, "(#100) Name parameter too long")
        if link:
            _check_link(link)
        if len(media) > ALBUM_MAX or len(set(media)) < len(media):
            raise GraphError(100, "(#100) Invalid parameter: attached_media")
        photos = [self._usable(photo_id) for photo_id in media]
        if not photos and self._twin(message, link, page_id) and not self.world.strikes("no_twin_check", "POST", path):
            raise GraphError(506, "(#506) Duplicate status message")
        return self._add(message, link, photos, is_true(args.get("published", True)), path, page_id)

    def _usable(self, photo_id: str) -> Photo:
        photo = self.photos.get(photo_id)
        if photo is None or photo.post_id or self.world.now() >= photo.at + PHOTO_LIFE:
            raise GraphError(100, f"(#100) Photo {photo_id} does not exist or can not be attached")
        return photo

    def _twin(self, message: str, link: str, page_id: str) -> bool:
        """Whether the previous post of the Page says the very same."""
        last = next((post for post in reversed(self.posts.values()) if post.page_id == page_id), None)
        return last is not None and (last.message, last.link, last.photos) == (message, link, [])

    def _add(self, message: str, link: str, photos: list[Photo], published: bool, path: str, page_id: str) -> Post:
        now = self.world.now().replace(microsecond=0)
        late = self.world.strikes("late_listing", "POST", path)
        lag = timedelta(seconds=float(late.values.get("seconds", 60))) if late else timedelta(0)
        foreign = self.world.strikes("foreign_app", "POST", path)
        app_id = str(foreign.values.get("id", "200000000000002")) if foreign else APP_ID
        post_id = f"{page_id}_{self.new_id()}"
        post = Post(post_id, message, link, photos, now, now + lag, published, app_id=app_id)
        for photo in photos:
            photo.post_id = post.id
        self.posts[post.id] = post
        return post

    def add_video(self, video_id: str, message: str, at: datetime) -> Post:
        """The post of a video that became public at `at`."""
        post = Post(f"{PAGE_ID}_{self.new_id()}", message, "", [], at, at, video_id=video_id)
        self.posts[post.id] = post
        return post

    def change(self, post: Post, args: dict[str, Any], path: str) -> dict[str, Any]:
        """`POST /{post}`: other words, or from hidden to public; twice is harmless (facebook 3.8, 3.10)."""
        if post.app_id != APP_ID:
            raise GraphError(200, "(#200) Only posts created by this application can be changed", status=403)
        if "message" in args:
            post.message = str(args["message"])
        if "is_published" in args and not self.world.strikes("show_ignored", "POST", path):
            post.published = is_true(args["is_published"])
            if self.world.strikes("show_doubles", "POST", path):
                photos = [dataclasses.replace(photo, id=self.new_id()) for photo in post.photos]
                self.photos |= {photo.id: photo for photo in photos}
                twin = dataclasses.replace(post, id=f"{post.page_id}_{self.new_id()}", photos=photos)
                self.posts[twin.id] = twin
            if self.world.strikes("show_dates", "POST", path):
                post.at = self.world.now().replace(microsecond=0)
        return {"success": True}

    def delete(self, post: Post) -> dict[str, Any]:
        """`DELETE /{post}`."""
        del self.posts[post.id]
        return {"success": True}

    # Looking --------------------------------------------------------------------------------------------

    def listed(self, *, unpublished: bool = False) -> list[Post]:
        """What a listing shows now, newest first."""
        now = self.world.now()
        shown = [post for post in self.posts.values() if (post.published or unpublished) and post.listed_at <= now]
        return sorted(shown, key=lambda post: (post.at, post.id), reverse=True)

    def permalink(self, post: Post) -> str:
        """An address of this sandbox; the profile id in it is not the Page's id, as on Facebook."""
        return f"{self.world.base_url}/{PROFILE_ID}/posts/{post.id.partition('_')[2]}"

    def fields(self, post: Post) -> dict[str, Any]:
        """Every plain field of a Page post; what is empty is left out."""
        facts = {
            "id": post.id,
            "created_time": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "updated_time": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "message": post.message,
            "permalink_url": self.permalink(post),
            "is_published": post.published,
            "is_hidden": False,
            "status_type": _status_type(post),
            "application": {"id": post.app_id, "name": "CCHC (thử nghiệm)", "namespace": "cchc_sandbox"},
            "from": {"id": post.page_id, "name": PAGE_NAME},
            "attachments": self._attachments(post),
            "full_picture": f"{self.world.base_url}/pictures/{post.photos[0].id}" if post.photos else "",
        }
        return {name: value for name, value in facts.items() if value not in ("", None)}

    def _attachments(self, post: Post) -> dict[str, Any] | None:
        if post.link:
            wrapped = f"https://l.facebook.com/l.php?u={post.link}&h=AT0"
            return {"data": [{"media_type": "link", "type": "share", "url": wrapped, "unshimmed_url": post.link}]}
        if post.video_id:
            target = {"id": post.video_id, "url": self.permalink(post)}
            return {"data": [{"media_type": "video", "type": "video_inline", "target": target}]}
        parts = [
            {"media_type": "photo", "type": "photo", "target": {"id": photo.id, "url": self.permalink(post)}}
            for photo in post.photos
        ]
        if len(parts) < 2:
            return {"data": parts} if parts else None
        album = {"media_type": "album", "type": "album", "target": {"id": "122100000000099"}}
        return {"data": [{**album, "subattachments": {"data": parts}}]}


def _status_type(post: Post) -> str:
    if post.photos or post.video_id:
        return "added_photos" if post.photos else "added_video"
    return "shared_story" if post.link else "mobile_status_update"


def is_true(value: Any) -> bool:
    """A boolean as it arrives in a form or in JSON: nothing but true and false (facebook 3)."""
    told = {"true": True, "false": False}.get(value if isinstance(value, str) else str(value).lower())
    if told is None:
        raise GraphError(100, "(#100) A boolean parameter must be true or false")
    return told


def _check_link(link: str) -> None:
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise GraphError(1500, "(#1500) The url you supplied is invalid")
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise GraphError(100, "(#100) Links to facebook.com can not be shared", 1609008)


def _attached(args: dict[str, Any]) -> list[str]:
    """Photo ids from a JSON list, or from attached_media[0], attached_media[1] … (facebook 3)."""
    try:
        if "attached_media" in args:
            listed = args["attached_media"]
            media = json.loads(listed) if isinstance(listed, str) else listed
        else:
            names = sorted((name for name in args if name.startswith("attached_media[")), key=lambda n: int(n[15:-1]))
            media = [json.loads(args[name]) if isinstance(args[name], str) else args[name] for name in names]
        return [str(one["media_fbid"]) for one in media]
    except (ValueError, TypeError, KeyError):
        raise GraphError(100, "(#100) param attached_media must be an array.") from None
