"""An article as Zalo takes it: its blocks, its limits, its fingerprint. Pure: no network, no clock (zalo 2.1)."""

import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from connectors.base import Capabilities, Outgoing, Problem
from connectors.zalo.settings import Settings
from connectors.zalo.text import address_of, clean, cover_of, is_inside, is_public_address, pictures_of
from connectors.zalo.video_article import video_payload, video_problems

AUTHOR_MAX = 50
LINE = "Mã tin: "
"""How the line begins that says whose a hidden article is (zalo 9.6)."""


def author_of(outgoing: Outgoing, oa_name: str) -> str:
    """Who signs: what staff chose, else the OA itself."""
    return clean(str(outgoing.options.get("author") or oa_name))


def summary_of(outgoing: Outgoing, summary_max: int) -> str:
    """The required short text: the post's summary, else its first paragraph when that fits, else its title."""
    first = next(_paragraphs(outgoing.text), "")
    return clean(outgoing.summary) or (first if 0 < len(first) <= summary_max else clean(outgoing.title))


def kind_of(outgoing: Outgoing) -> str:
    """The two types of article that Zalo keeps in two lists (zalo 2.5)."""
    return "video" if outgoing.video else "normal"


def line_of(outgoing: Outgoing) -> str:
    """What a hidden article ends with, so that it can be told from another one with the same words (zalo 9.6)."""
    return f"{LINE}{clean(outgoing.key)}"


def payload(outgoing: Outgoing, settings: Settings, oa_name: str, *, status: str, video_id: str = "") -> dict[str, Any]:
    """The whole article, as `create` and `update` take it (the latter with its id).

    Hidden it ends with its line, which nobody is to read: the update that shows it leaves it away. A video has no
    body; its `video_id` tells whose it is.
    """
    if outgoing.video:
        return video_payload(outgoing, video_id, status=status)
    cover = cover_of(outgoing)
    line = [{"type": "text", "content": f"<p>{escape(line_of(outgoing))}</p>"}] if status == "hide" else []
    in_body = cover is not None and cover.url in {image.url for image in outgoing.images}
    return {
        "type": "normal",
        "title": clean(outgoing.title),
        "author": author_of(outgoing, oa_name),
        "cover": {
            "cover_type": "photo",
            "photo_url": address_of(cover) if cover else "",
            # Shown above the text as well, unless the body has the same picture: nobody wants it twice.
            "status": "hide" if in_body else "show",
        },
        "description": summary_of(outgoing, settings.summary_max),
        "body": [*_blocks(outgoing, settings.block_max), *line],
        "status": status,
        "comment": str(outgoing.options.get("comment") or "show"),
    }


def digest(hidden: dict[str, Any], outgoing: Outgoing) -> str:
    """The fingerprint of an article and its files: another one means another article must be created."""
    files = [media.sha256 for media in (*pictures_of(outgoing), outgoing.video) if media]
    return hashlib.sha256(json.dumps([hidden, files], sort_keys=True).encode()).hexdigest()


def _paragraphs(text: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n", clean(text).replace("\r\n", "\n")):
        if part.strip():
            yield part.strip()


def _blocks(outgoing: Outgoing, block_max: int) -> Iterator[dict[str, Any]]:
    for content in _joined(outgoing.text, block_max):
        yield {"type": "text", "content": content}
    for image in outgoing.images:
        block = {"type": "image", "url": address_of(image)}
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
    found = [*_picture_problems(outgoing, limits, settings)]
    if not title:
        found.append(Problem("title", "Bài trên Zalo cần có tiêu đề."))
    if outgoing.video:
        found += video_problems(outgoing, limits, settings)
    else:
        found += _article_problems(outgoing, limits, settings, oa_name)
    for field, label, value, most in (
        ("title", "Tiêu đề", title, settings.title_max),
        ("text", "Nội dung", text, limits.text_max),
    ):
        if len(value) > most:
            found.append(_too_long(field, label, value, most))
    if outgoing.link and not is_public_address(outgoing.link):
        found.append(Problem("link", "Liên kết phải bắt đầu bằng http:// hoặc https://."))
    return found


def _article_problems(outgoing: Outgoing, limits: Capabilities, settings: Settings, oa_name: str) -> Iterator[Problem]:
    """What only an article with a body has: its author, its text, its pictures."""
    author, summary = author_of(outgoing, oa_name), summary_of(outgoing, settings.summary_max)
    if not (clean(outgoing.text) or outgoing.images or outgoing.link):
        yield Problem("text", "Bài trên Zalo cần có nội dung.")
    if cover_of(outgoing) is None:
        yield Problem("images", "Bài trên Zalo cần ít nhất một ảnh để làm ảnh bìa.")
    if len(outgoing.images) > limits.images_max:
        words = f"Bài có {len(outgoing.images)} ảnh; trên Zalo chỉ nên dùng tối đa {limits.images_max} ảnh."
        yield Problem("images", words)
    if not author:
        yield Problem("author", "Bài trên Zalo cần có tên tác giả.")
    if len(author) > AUTHOR_MAX:
        words = (
            f"Tên tác giả dài {len(author)} ký tự; Zalo nhận tối đa {AUTHOR_MAX}. Hãy ghi tên ngắn hơn vào lựa chọn "
            "“author” của kênh hoặc của bài."
        )
        yield Problem("author", words)
    if len(summary) > settings.summary_max:
        yield _too_long("summary", "Tóm tắt", summary, settings.summary_max)


def _too_long(field: str, label: str, value: str, most: int) -> Problem:
    return Problem(field, f"{label} dài {len(value)} ký tự; Zalo nhận tối đa {most}. Hãy rút gọn.")


def _picture_problems(outgoing: Outgoing, limits: Capabilities, settings: Settings) -> Iterator[Problem]:
    for image in pictures_of(outgoing):
        name = image.path.name
        if not is_public_address(image.url):
            yield Problem(
                "images",
                f"Zalo tải ảnh từ địa chỉ công khai; chưa cấu hình địa chỉ công khai cho ảnh “{name}”. "
                "Hãy nhờ người quản trị hệ thống khai báo địa chỉ này.",
            )
        elif is_inside(image.url) and not settings.is_rehearsal:
            yield Problem(
                "images",
                f"Địa chỉ của ảnh “{name}” chỉ mở được trong mạng nội bộ nên Zalo không tải được. Hãy nhờ người quản "
                "trị hệ thống khai báo địa chỉ mở được từ Internet.",
            )
        if image.mime not in limits.image_types:
            yield Problem("images", f"Ảnh “{name}” phải là JPG hoặc PNG.")
        if image.size > limits.image_bytes_max:
            yield Problem("images", f"Ảnh “{name}” quá 1 MB; hãy giảm dung lượng ảnh.")
        if image.size <= 0:
            yield Problem("images", f"Tệp ảnh “{name}” rỗng; hãy thêm lại ảnh.")
