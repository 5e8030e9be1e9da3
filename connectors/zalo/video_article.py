"""An article of the type "video": a title, a short text, a video and its poster, nothing else. Pure (zalo 2.2)."""

from collections.abc import Iterator
from typing import Any

from connectors.base import Capabilities, Outgoing, Problem
from connectors.zalo.settings import Settings
from connectors.zalo.text import address_of, clean, cover_of


def description_of(outgoing: Outgoing) -> str:
    """The only text there is: the summary, else the whole text; with the link, which has no place of its own."""
    words = clean(outgoing.summary) or clean(outgoing.text) or clean(outgoing.title)
    if not outgoing.link or outgoing.link in words:
        return words
    return f"{words}\nXem thêm: {outgoing.link}"


def video_payload(outgoing: Outgoing, video_id: str, *, status: str) -> dict[str, Any]:
    """The whole article. `status` is not in every sample of a video's `create`, and is sent (zalo 2.2)."""
    cover = cover_of(outgoing)
    return {
        "type": "video",
        "title": clean(outgoing.title),
        "description": description_of(outgoing),
        "video_id": video_id,
        "avatar": address_of(cover) if cover else "",
        "status": status,
        "comment": str(outgoing.options.get("comment") or "show"),
    }


def video_problems(outgoing: Outgoing, limits: Capabilities, settings: Settings) -> Iterator[Problem]:
    """What Zalo would refuse of the video and its text, and what it would not show."""
    video = outgoing.video
    if video is None:
        return
    name = video.path.name
    if video.mime not in limits.video_types:
        yield Problem("video", f"Video “{name}” phải là MP4 hoặc AVI.")
    if video.size > limits.video_bytes_max:
        yield Problem("video", f"Video “{name}” quá 50 MB; hãy giảm dung lượng video.")
    if video.size <= 0:
        yield Problem("video", f"Tệp video “{name}” rỗng; hãy thêm lại tệp.")
    if cover_of(outgoing) is None:
        yield Problem("cover", "Bài video trên Zalo cần một ảnh bìa.")
    length = len(description_of(outgoing))
    if length > settings.summary_max:
        yield Problem(
            "summary",
            f"Bài video trên Zalo chỉ có tiêu đề và tóm tắt; tóm tắt (kèm liên kết) đang dài {length} ký tự, "
            f"tối đa {settings.summary_max}. Hãy viết tóm tắt ngắn hơn.",
        )
    yield from _not_shown(outgoing)


def _not_shown(outgoing: Outgoing) -> Iterator[Problem]:
    summary, text = clean(outgoing.summary), clean(outgoing.text)
    if summary and text and summary != text:
        words = "Bài video trên Zalo chỉ hiện tiêu đề và tóm tắt; phần nội dung sẽ không hiện."
        yield Problem("text", words, blocks=False)
    cover = cover_of(outgoing)
    if cover and any(image.sha256 != cover.sha256 for image in outgoing.images):
        words = "Bài video trên Zalo chỉ hiện video và ảnh bìa; các ảnh khác sẽ không hiện."
        yield Problem("images", words, blocks=False)
