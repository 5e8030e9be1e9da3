"""The public page of each imitated platform: what the people see, newest first.

Only the structure is imitated; marks, colours and styles are our own. Every text is escaped, and only
http and https addresses and paths of the sandbox itself become links.
"""

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.world import PublicItem, World

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_NAME = "Cải cách hành chính (mô phỏng)"
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_SHOWN = 4
"""Pictures shown in a grid; the last one tells how many more there are."""

Items = list[PublicItem]


def render_page(world: World, items: Items) -> str:
    """One HTML page that looks like this platform's feed."""
    kind, place, draw = _FEEDS.get(world.platform, ("Trang", "", _timeline))
    told = f"{len(items)} nội dung công khai" if items else "Chưa có nội dung công khai"
    feed = draw(items) if items else '<p class="empty">Chưa có gì ở đây. Nội dung đã đăng sẽ hiện tại trang này.</p>'
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_NAME)}: {escape(kind)}</title><style>{_CSS}</style></head>"
        f'<body class="{escape(world.platform, quote=True)}">'
        '<p class="banner" role="note">Sandbox: trang mô phỏng, không phải mạng xã hội thật</p>'
        f'<header><div class="cover"></div><div class="who">{_mark()}<div><h1>{escape(_NAME)}</h1>'
        f"<p>{escape(kind)} · {told} · {_moment(world.now())}</p></div></div></header>"
        f'<main><h2 class="hidden">{escape(place)}</h2>{feed}</main></body></html>'
    )


def _timeline(items: Items) -> str:
    return f'<div class="timeline">{"".join(map(_post, items))}</div>'


def _post(item: PublicItem) -> str:
    title = f"<h3>{escape(item.title)}</h3>" if item.title and not item.text.startswith(item.title) else ""
    return (
        f'<article id="{_id(item)}"><div class="by">{_mark()}<p><strong>{escape(_NAME)}</strong>{_when(item)}</p></div>'
        f"{title}<p class=text>{_marked(item.text)}</p>{_video(item) or _grid(item)}{_link_card(item)}{_figures(item)}"
        "</article>"
    )


def _articles(items: Items) -> str:
    return f'<ol class="articles">{"".join(map(_article, items))}</ol>'


def _article(item: PublicItem) -> str:
    cover = _picture(item.pictures[0], item.title) if item.pictures else '<span class="nocover"></span>'
    rest = _grid(item, item.pictures[1:])
    return (
        f'<li id="{_id(item)}"><article><div class="thumb">{cover}</div><div>'
        f"<h3>{_anchored(item, item.title or 'Bài viết')}</h3>"
        f"<p class=text>{_marked(item.text)}</p>{_video(item)}{rest}<p class=small>{_when(item)}</p>{_figures(item)}"
        "</div></article></li>"
    )


def _videos(items: Items) -> str:
    return f'<div class="videos">{"".join(map(_clip, items))}</div>'


def _clip(item: PublicItem) -> str:
    player = _video(item) or '<div class="noplayer">Chưa có tệp video</div>'
    more = f"<details><summary>Mô tả</summary><p class=text>{_marked(item.text)}</p></details>" if item.text else ""
    return (
        f'<article id="{_id(item)}">{player}<h3>{_anchored(item, item.title or "Video")}</h3>'
        f"{_figures(item)}<p class=small>{_when(item)}</p>{more}</article>"
    )


_FEEDS: dict[str, tuple[str, str, Callable[[Items], str]]] = {
    "facebook": ("Trang cơ quan nhà nước", "Dòng thời gian", _timeline),
    "zalo": ("Tài khoản chính thức", "Bài viết", _articles),
    "youtube": ("Kênh video", "Video", _videos),
}


def _mark() -> str:
    """A mark of our own: a letter sheet in a circle."""
    return (
        '<svg class="mark" viewBox="0 0 40 40" aria-hidden="true"><circle cx="20" cy="20" r="20"/>'
        '<path d="M13 10h10l5 5v15H13z M16 18h9 M16 22h9 M16 26h6"/></svg>'
    )


def _grid(item: PublicItem, pictures: tuple[str, ...] | None = None) -> str:
    shown = item.pictures if pictures is None else pictures
    if not shown:
        return ""
    cells = [
        f"<a href={_quoted(path)}>{_picture(path, f'Ảnh {n} của bài: {item.title or item.text[:60]}')}</a>"
        for n, path in enumerate(shown[:_SHOWN], 1)
        if _safe(path)
    ]
    more = len(shown) - _SHOWN
    if more > 0 and cells:
        cells[-1] = cells[-1].removesuffix("</a>") + f"<span>+{more} ảnh</span></a>"
    return f'<div class="grid n{min(len(shown), _SHOWN)}">{"".join(cells)}</div>'


def _picture(path: str, alt: str) -> str:
    return f"<img src={_quoted(path)} alt={_quoted(alt)} loading=lazy>" if _safe(path) else ""


def _video(item: PublicItem) -> str:
    if not item.video or not _safe(item.video):
        return ""
    poster = f" poster={_quoted(item.pictures[0])}" if item.pictures and _safe(item.pictures[0]) else ""
    name = _quoted(f"Video: {item.title}")
    return f"<video controls preload=metadata src={_quoted(item.video)} aria-label={name}{poster}></video>"


def _figures(item: PublicItem) -> str:
    told = " · ".join(f"{escape(label)}: <b>{_number(value)}</b>" for label, value in item.figures.items())
    return f"<p class=figures>{told}</p>" if told else ""


def _link_card(item: PublicItem) -> str:
    if not item.link or item.pictures or item.video or not _safe(item.link):
        return ""
    host = re.sub(r"^https?://([^/]*).*$", r"\1", item.link)
    return f'<p class="card">{_linked(item.link, host)}</p>'


def _linked(address: str, words: str) -> str:
    return f"<a href={_quoted(address)}>{escape(words)}</a>" if address and _safe(address) else escape(words)


def _anchored(item: PublicItem, words: str) -> str:
    """A link to the item on this page: its own address would lead to the real platform."""
    return f'<a href="#{_id(item)}">{escape(words)}</a>'


def _safe(address: str) -> bool:
    """http, https, or a path of the sandbox itself; nothing that could run."""
    return bool(re.match(r"(https?://|/(?!/))", address, re.I))


def _marked(text: str) -> str:
    """The text with its line breaks, its hashtags coloured and its addresses as links."""
    parts = re.split(r"(https?://[^\s<>\"]+|(?<!\w)#\w+)", text)
    return "".join(
        f'<span class="tag">{escape(part)}</span>'
        if part.startswith("#")
        else _linked(part, part)
        if part.startswith("http")
        else escape(part)
        for part in parts
    )


def _when(item: PublicItem) -> str:
    return f'<time datetime="{item.at.isoformat()}">{_moment(item.at)}</time>'


def _moment(at: datetime) -> str:
    local = at.astimezone(_LOCAL)
    return f"{local:%H:%M}, {_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _id(item: PublicItem) -> str:
    return escape(f"bai-{item.id}", quote=True)


def _quoted(value: str) -> str:
    return f'"{escape(value, quote=True)}"'
