"""Recognising our own post among those a Page published (facebook 4.3).

The ids of our photos prove it. Text alone is weak, because campaigns repeat texts: it counts only with
our application, the time window and, for links, the address.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

FIELDS = (
    "id,created_time,message,permalink_url,is_published,application{id,name},status_type,"
    "attachments{media_type,unshimmed_url,target{id},subattachments{target{id}}}"
)
EARLIER = timedelta(hours=2)
"""How much earlier than our own start a post may have been created: a computer's clock that stood an hour ahead when
the post was sent must not make it be sent again (facebook 4.3 asks for a minute)."""

Post = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What we sent."""

    text: str
    link: str
    photo_ids: frozenset[str]
    """Every picture that was ever uploaded for it."""
    has_pictures: bool
    app_id: str
    since: datetime


@dataclass
class Candidates:
    """Posts by strength: proven by a photo, agreeing in everything, agreeing only in part."""

    by_photo: list[Post]
    by_text: list[Post]
    in_part: list[Post]

    def best(self) -> list[Post]:
        """The strongest group that has any."""
        return self.by_photo or self.by_text


def sort_out(posts: Sequence[Post], wanted: Wanted, known: frozenset[str]) -> Candidates:
    """Put every post into the group it belongs to; most belong to none."""
    groups = Candidates([], [], [])
    for post in posts:
        if post.get("id") in known or post.get("is_published") is False:
            continue
        if wanted.photo_ids & set(target_ids(post)):
            groups.by_photo.append(post)
        elif _same_text_in_time(post, wanted):
            agrees = _agreement(post, wanted)
            if agrees is not False:
                (groups.by_text if agrees else groups.in_part).append(post)
    return groups


def _same_text_in_time(post: Post, wanted: Wanted) -> bool:
    created = instant(post.get("created_time"))
    if created is None or created < wanted.since - EARLIER:
        return False
    return normalised(str(post.get("message") or "")) == normalised(wanted.text)


def _agreement(post: Post, wanted: Wanted) -> bool | None:
    """Whether application, link and pictures agree; None when a person must look.

    Two posts without words have the same words: only what else they show can tell that one of them is ours.
    """
    application = post.get("application")
    app_id = str(application.get("id", "")) if isinstance(application, Mapping) else ""
    if app_id and wanted.app_id and app_id != wanted.app_id:
        return False
    unclear = None if wanted.text.strip() else False
    if wanted.has_pictures:
        return unclear  # whatever it shows, our pictures are not told to be there
    if wanted.link:
        links = {_plain(str(one["unshimmed_url"])) for one in _attachments(post) if one.get("unshimmed_url")}
        if _plain(wanted.link) not in links:
            return None if links else unclear  # Facebook may show where the address leads to
    elif not wanted.text.strip() or any(kind == "photo" for kind, _ in shown_media(post)):
        return unclear
    return True if app_id and wanted.app_id else None


def _attachments(post: Post) -> list[Mapping[str, Any]]:
    attachments = post.get("attachments")
    data = attachments.get("data") if isinstance(attachments, Mapping) else None
    return [one for one in data or [] if isinstance(one, Mapping)]


def target_ids(post: Post) -> Iterator[str]:
    """The ids of what a post shows; several pictures are one attachment with parts (facebook 4.1)."""
    for attachment in _attachments(post):
        yield from (target for one in (attachment, *_parts(attachment)) if (target := _target(one)))


def shown_media(post: Post) -> Iterator[tuple[str, str]]:
    """Kind ("photo", "video", "link", …) and id of each thing a post shows; the id may be missing.

    What is a part of an album counts as a picture where its kind is not told.
    """
    for attachment in _attachments(post):
        parts = _parts(attachment)
        for one in parts or [attachment]:
            yield str(one.get("media_type") or ("photo" if parts else "")), _target(one)


def _parts(attachment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = attachment.get("subattachments")
    data = parts.get("data") if isinstance(parts, Mapping) else None
    return [one for one in data or [] if isinstance(one, Mapping)]


def _target(attachment: Mapping[str, Any]) -> str:
    target = attachment.get("target")
    return str(target.get("id") or "") if isinstance(target, Mapping) else ""


def normalised(text: str) -> str:
    """NFC with every run of white space as one blank: Facebook trims and folds lines."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def instant(told: Any) -> datetime | None:
    """A Graph time such as 2026-09-05T14:20:09+0000, or Unix seconds, as aware UTC; None when it is unreadable."""
    try:
        if str(told).isdecimal():
            return datetime.fromtimestamp(int(told), UTC)
        at = datetime.fromisoformat(str(told))  # `strptime` takes ten times as long, once for each post
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _plain(address: str) -> str:
    """An address without what Facebook or a browser adds: the fragment, fbclid, a last slash, case of the host."""
    parts = urlsplit(unicodedata.normalize("NFC", address.strip()))
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "fbclid"])
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{query}"
