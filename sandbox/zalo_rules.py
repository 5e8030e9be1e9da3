"""What is wrong with an article or a broadcast, strictly by the sheet (2.1, 2.2, 4.1)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

TITLE_MAX, DESCRIPTION_MAX, AUTHOR_MAX = 150, 300, 50
STATUS = ("show", "hide")
VIEWS = ("horizontal", "vertical", "square")
FIELDS = {
    "normal": {
        *("id", "type", "title", "author", "cover", "description", "body", "related_medias", "tracking_link"),
        *("cite", "status", "comment"),
    },
    "video": {"id", "type", "title", "description", "video_id", "avatar", "status", "comment"},
}
BLOCKS = {
    "text": {"type", "content"},
    "image": {"type", "url", "caption"},
    "video": {"type", "url", "video_id", "thumb"},
    "product": {"type", "id"},
}
CODES = {"ages": range(8), "gender": range(3), "locations": range(3), "cities": range(64), "platform": range(1, 4)}

Usable = Callable[[str], object]


def article_fault(payload: Any, usable: Usable, *, title_max_exclusive: bool = False) -> str:
    """The message of the -201 for an ill-formed article; empty when it is well formed.

    `usable` tells whether a video was uploaded and is ready.
    """
    if not isinstance(payload, dict):
        return "body is invalid"
    kind = payload.get("type")
    if kind not in FIELDS:
        return "type is invalid"
    unknown = sorted(set(payload) - FIELDS[kind])
    if unknown:
        return f"{unknown[0]} is invalid"
    limits = {"title": TITLE_MAX - title_max_exclusive, "description": DESCRIPTION_MAX}
    for name, most in limits.items() if kind == "video" else {**limits, "author": AUTHOR_MAX}.items():
        value = payload.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            return f"{name} allow 1 to {most} characters"
    if payload.get("status", "hide") not in STATUS or payload.get("comment", "show") not in STATUS:
        return "status is invalid"
    return _video_fault(payload, usable) if kind == "video" else _normal_fault(payload, usable)


def _video_fault(payload: Mapping[str, Any], usable: Usable) -> str:
    if not _is_address(payload.get("avatar")):
        return f"avatar {payload.get('avatar')} is invalid"
    return "" if _is_video(payload.get("video_id"), usable) else "video_id is invalid"


def _normal_fault(payload: Mapping[str, Any], usable: Usable) -> str:
    related = payload.get("related_medias", [])
    if not isinstance(related, list) or not all(isinstance(one, str) for one in related):
        return "related_medias is invalid"
    fault = _cover_fault(payload.get("cover"), usable)
    if fault:
        return fault
    body = payload.get("body")
    if not isinstance(body, list) or not body:
        return "body is invalid"
    return next((fault for block in body if (fault := _block_fault(block, usable))), "")


def _cover_fault(cover: Any, usable: Usable) -> str:
    if not isinstance(cover, dict) or cover.get("cover_type") not in ("photo", "video"):
        return "cover value is invalid"
    if cover.get("status") not in STATUS:
        return "create media fail"
    if cover["cover_type"] == "photo":
        address = cover.get("photo_url")
        return "" if _is_address(address) else f"photo_url {address} is invalid"
    good = _is_video(cover.get("video_id"), usable) and cover.get("cover_view") in VIEWS
    return "" if good else "cover value is invalid"


def _block_fault(block: Any, usable: Usable) -> str:
    if not isinstance(block, dict) or block.get("type") not in BLOCKS or set(block) - BLOCKS[block["type"]]:
        return "body is invalid"
    if block["type"] == "text":
        good = isinstance(block.get("content"), str) and bool(block["content"])
        return "" if good else "content is invalid"
    if block["type"] == "image":
        return "" if _is_address(block.get("url")) else f"photo_url {block.get('url')} is invalid"
    if block["type"] == "video":
        good = _is_address(block.get("url")) or _is_video(block.get("video_id"), usable)
        return "" if good else "video is invalid"
    return "" if isinstance(block.get("id"), str) else "product is invalid"


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[!-~]+", value) is not None


def _is_video(value: Any, usable: Usable) -> bool:
    return isinstance(value, str) and bool(usable(value))


def broadcast_fault(body: Any, known: set[str]) -> str:
    """The message of the -201; empty when it is well formed and its articles exist."""
    try:
        target = body["recipient"]["target"]
        attachment = body["message"]["attachment"]
        payload = attachment["payload"]
        elements = [(one["media_type"], one["attachment_id"]) for one in payload["elements"]]
        bad = [name for name, value in target.items() if not _are_codes(name, value)]
    except (KeyError, TypeError, AttributeError):
        return "body is invalid"
    if bad:
        return f"{bad[0]} is invalid"
    if attachment.get("type", "template") != "template" or payload.get("template_type") != "media":
        return "template_type is invalid"
    if not 1 <= len(elements) <= 5:
        return "elements is invalid"
    return "" if all(kind == "article" and ref in known for kind, ref in elements) else "attachment_id is invalid"


def _are_codes(name: str, value: Any) -> bool:
    codes = str(value).split(",") if isinstance(value, str | int) and not isinstance(value, bool) else []
    return bool(codes) and all(code.isdecimal() and int(code) in CODES.get(name, ()) for code in codes)
