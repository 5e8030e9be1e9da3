"""Which pictures of a post are already at Facebook, unpublished, and how long they live (facebook 3.3, 3.4).

`Saved` keeps {"photos": [{"mark", "id", "uploaded_at"}, …], "spent": [id, …]}: one entry per picture in
the post's order, and the ids of pictures that were uploaded before and grew too old or were replaced.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Media, Saved
from connectors.errors import Rejected, Unavailable
from connectors.facebook.graph import Graph

LIFE = timedelta(hours=23)
"""Unpublished photos vanish after about 24 hours; an hour is left for the post itself."""


def content_of(image: Media, place: int) -> bytes:
    """The bytes of the picture at `place` (from 0). Raises `Rejected` when the file cannot be read."""
    try:
        return image.path.read_bytes()
    except OSError as error:
        words = f"Không đọc được tệp ảnh thứ {place + 1} ({image.path.name}); hãy tải ảnh lên lại."
        raise Rejected(words, evidence=type(error).__name__) from None


def upload(graph: Graph, page_id: str, image: Media, content: bytes) -> str:
    """The id of the picture, uploaded unpublished (facebook 3.3).

    Raises a `ConnectorError`, never `Unconfirmed`: a lost answer is harmless, the orphan vanishes (facebook 3.10).
    """
    name = f"{image.sha256[:16]}{image.path.suffix}"
    return send(graph, page_id, (name, content, image.mime), alt=image.alt)


def send(graph: Graph, page_id: str, part: tuple[str, bytes, str], *, alt: str) -> str:
    """The same for a picture that is no file; `part` is its name, its bytes and its type."""
    answer = graph.put_photo(part, album_path=f"{page_id}/photos", published=False, alt_text_custom=alt or None)
    if not isinstance(answer, dict) or not answer.get("id"):
        raise Unavailable("Facebook không trả mã ảnh; hệ thống sẽ tải ảnh lên lại.", section="facebook 3.3")
    return str(answer["id"])


def mark(image: Media) -> str:
    """What makes an uploaded picture the right one: its bytes and its alternative text."""
    return hashlib.sha256(f"{image.sha256}\n{image.alt}".encode()).hexdigest()


def next_missing(images: Sequence[Media], saved: Saved, now: datetime) -> int | None:
    """The place of the first picture that is not (or no longer) at Facebook; None when all are."""
    photos = saved.get("photos", [])
    for place, image in enumerate(images):
        photo = photos[place] if place < len(photos) else None
        if not photo or photo["mark"] != mark(image) or now >= _uploaded_at(photo) + LIFE:
            return place
    return None


def with_photo(saved: Saved, place: int, image: Media, photo_id: str, now: datetime) -> Saved:
    """`saved` with the picture at `place` uploaded; the id it replaces is kept, because a lost post may hold it."""
    photos = list(saved.get("photos", []))
    spent = [*saved.get("spent", []), *(photo["id"] for photo in photos[place : place + 1])]
    photos[place : place + 1] = [{"mark": mark(image), "id": photo_id, "uploaded_at": now.isoformat()}]
    return {**saved, "photos": photos, "spent": spent}


def current_ids(images: Sequence[Media], saved: Saved) -> list[str]:
    """The ids to attach, in the post's order."""
    return [photo["id"] for photo in saved.get("photos", [])[: len(images)]]


def every_id(saved: Saved) -> set[str]:
    """Every id that was ever uploaded for this publication."""
    return {photo["id"] for photo in saved.get("photos", [])} | set(saved.get("spent", []))


def good_until(images: Sequence[Media], saved: Saved) -> datetime | None:
    """When the oldest upload becomes worthless (aware UTC); None when nothing was uploaded."""
    times = [_uploaded_at(photo) for photo in saved.get("photos", [])[: len(images)]]
    return min(times) + LIFE if times else None


def _uploaded_at(photo: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(photo["uploaded_at"])
