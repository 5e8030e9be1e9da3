"""An article as Zalo takes it: its blocks, its limits, its fingerprint. Pure: no network, no clock (zalo 2.1)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

from requests.utils import requote_uri

from connectors.base import Capabilities, Media, Outgoing, Problem
from connectors.zalo.settings import Settings

AUTHOR_MAX = 50
HTTP = ("http://", "https://")
_TAG = re.compile(r"<[^>]*>")


def clean(text: str) -> str:
    """NFC, without blanks at the ends."""
    return unicodedata.normalize("NFC", text).strip()


def squeezed(text: object) -> str:
    """For comparing: no tags, NFC, one space between words."""
    return " ".join(clean(unescape(_TAG.sub(" ", str(text or "")))).split())


def cover_of(outgoing: Outgoing) -> Media | None:
    """The picture that stands for the article; every article needs one."""
    return outgoing.cover or next(iter(outgoing.images), None)


def author_of(outgoing: Outgoing, oa_name: str) -> str:
    """Who signs: what staff chose, else the OA itself."""
    return clean(str(outgoing.options.get("author") or oa_name))


def summary_of(outgoing: Outgoing, summary_max: int) -> str:
    """The required short text: the post's summary, else its first paragraph when that fits, else its title."""
    first = next(_paragraphs(outgoing.text), "")
    return clean(outgoing.summary) or (first if 0 < len(first) <= summary_max else clean(outgoing.title))


def payload(outgoing: Outgoing, settings: Settings, oa_name: str, *, status: str) -> dict[str, Any]:
    """The whole article: for `create` with status "hide", for `update` (with its id) with status "show"."""
    cover = cover_of(outgoing)
    in_body = cover is not None and cover.url in {image.url for image in outgoing.images}
    return {
        "type": "normal",
        "title": clean(outgoing.title),
        "author": author_of(outgoing, oa_name),
        "cover": {
            "cover_type": "photo",
            "photo_url": requote_uri(cover.url) if cover else "",
            # Shown above the text as well, unless the body has the same picture: nobody wants it twice.
            "status": "hide" if in_body else "show",
        },
        "description": summary_of(outgoing, settings.summary_max),
        "body": list(_blocks(outgoing, settings.block_max)),
        "status": status,
        "comment": str(outgoing.options.get("comment") or "show"),
    }


def digest(hidden: dict[str, Any], outgoing: Outgoing) -> str:
    """The fingerprint of an article and its pictures: another one means another article must be created."""
    pictures = [image.sha256 for image in (outgoing.cover, *outgoing.images) if image]
    return hashlib.sha256(json.dumps([hidden, pictures], sort_keys=True).encode()).hexdigest()


def same_article(told: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether `getdetail` shows what we wanted; picture addresses are rewritten and not compared (zalo 9.4)."""
    fields = ("title", "description", "author")
    if any(squeezed(told[name]) != squeezed(wanted[name]) for name in fields if told.get(name) is not None):
        return False
    told_text, wanted_text = _texts(told.get("body")), _texts(wanted["body"])
    return not told_text or (bool(wanted_text) and (told_text[0], told_text[-1]) == (wanted_text[0], wanted_text[-1]))


def _texts(body: object) -> list[str]:
    blocks = [block for block in body if isinstance(block, dict)] if isinstance(body, list) else []
    return [squeezed(block.get("content")) for block in blocks if block.get("type") == "text"]


def _paragraphs(text: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n", clean(text).replace("\r\n", "\n")):
        if part.strip():
            yield part.strip()


def _blocks(outgoing: Outgoing, block_max: int) -> Iterator[dict[str, Any]]:
    for content in _joined(outgoing.text, block_max):
        yield {"type": "text", "content": content}
    for image in outgoing.images:
        block = {"type": "image", "url": requote_uri(image.url)}
        yield {**block, "caption": clean(image.alt)} if image.alt.strip() else block
    if outgoing.link and outgoing.link not in outgoing.text:
        # Plain text: that Zalo takes links as HTML is nowhere documented (zalo 2.1).
        yield {"type": "text", "content": f"<p>Xem thêm: {escape(outgoing.link)}</p>"}


def _joined(text: str, block_max: int) -> Iterator[str]:
    """Paragraphs as HTML, as many to a block as fit."""
    content = ""
    for paragraph in _paragraphs(text):
        for piece in _pieces(paragraph, block_max - len("<p></p>")):
            if content and len(content) + len(piece) + len("<p></p>") > block_max:
                yield content
                content = ""
            content += f"<p>{piece}</p>"
    if content:
        yield content


def _pieces(paragraph: str, length: int) -> Iterator[str]:
    """A paragraph as escaped HTML, cut between words (a word that is too long by itself: inside it)."""
    piece = ""
    for word in re.findall(r"\S+\s*", paragraph):
        html = escape(word, quote=False).replace("\n", "<br>")
        if piece and len(piece) + len(html) > length:
            yield piece.rstrip()
            piece = ""
        if len(html) > length:
            # Escaped again after cutting, so that no entity is cut in two; five is the longest, "&amp;".
            step = length // len("&amp;")
            yield from (escape(word[at : at + step], quote=False) for at in range(0, len(word), step))
        else:
            piece += html
    if piece:
        yield piece.rstrip()


def problems(outgoing: Outgoing, limits: Capabilities, settings: Settings, oa_name: str) -> list[Problem]:
    """Everything Zalo would refuse, in words for staff."""
    title, text = clean(outgoing.title), clean(outgoing.text)
    author = author_of(outgoing, oa_name)
    found = [*_picture_problems(outgoing, limits)]
    if not title:
        found.append(Problem("title", "Bài trên Zalo cần có tiêu đề."))
    if not (text or outgoing.images or outgoing.link):
        found.append(Problem("text", "Bài trên Zalo cần có nội dung."))
    if not author:
        found.append(Problem("author", "Bài trên Zalo cần có tên tác giả."))
    for field, label, value, most in (
        ("title", "Tiêu đề", title, settings.title_max),
        ("summary", "Tóm tắt", summary_of(outgoing, settings.summary_max), settings.summary_max),
        ("author", "Tên tác giả", author, AUTHOR_MAX),
        ("text", "Nội dung", text, limits.text_max),
    ):
        if len(value) > most:
            found.append(Problem(field, f"{label} dài {len(value)} ký tự; Zalo nhận tối đa {most}. Hãy rút gọn."))
    if outgoing.link and not outgoing.link.lower().startswith(HTTP):
        found.append(Problem("link", "Liên kết phải bắt đầu bằng http:// hoặc https://."))
    if outgoing.video:
        found.append(Problem("video", "Phần mềm chưa đăng được video lên Zalo; hãy dùng liên kết tới video."))
    return found


def _picture_problems(outgoing: Outgoing, limits: Capabilities) -> Iterator[Problem]:
    if cover_of(outgoing) is None:
        yield Problem("images", "Bài trên Zalo cần ít nhất một ảnh để làm ảnh bìa.")
    if len(outgoing.images) > limits.images_max:
        words = f"Bài có {len(outgoing.images)} ảnh; trên Zalo chỉ nên dùng tối đa {limits.images_max} ảnh."
        yield Problem("images", words)
    for image in filter(None, (outgoing.cover, *outgoing.images)):
        name = image.path.name
        if not image.url.lower().startswith(HTTP):
            yield Problem(
                "images",
                f"Zalo tải ảnh từ địa chỉ công khai; chưa cấu hình địa chỉ công khai cho ảnh “{name}”. "
                "Hãy nhờ người quản trị hệ thống khai báo địa chỉ này.",
            )
        if image.mime not in limits.image_types:
            yield Problem("images", f"Ảnh “{name}” phải là JPG hoặc PNG.")
        if image.size > limits.image_bytes_max:
            yield Problem("images", f"Ảnh “{name}” quá 1 MB; hãy giảm dung lượng ảnh.")
