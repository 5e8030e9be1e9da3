"""One page of a portal, when there is no feed: what it tells of itself in its head, and in the end in its text.

No script runs and nothing is loaded: the page is only taken apart.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from content.vietnamese import LOCAL, fold
from portal.dates import LONGEST, When, read_date
from portal.encoding import decode
from portal.images import usable
from portal.links import absolute, dedupe_key, host_of, is_home
from portal.page import Page, read_page
from portal.text import clean, is_garbled, is_shouting, plain
from portal.values import Item, Reading

LARGEST = 10_000_000
"""Bytes."""
_AHEAD = timedelta(hours=24)
_LONGEST_NAME = 1000
"""Characters of a title or the name of a site that are looked at."""
WORDS = {
    "not_a_page": "Địa chỉ này không trả về trang web (có thể là nguồn tin, tệp hoặc ảnh); hãy dán địa chỉ của chính "
    "bài viết, hoặc nhập tay.",
    "no_title": "Không tìm thấy tiêu đề trên trang này; hãy kiểm tra địa chỉ, hoặc nhập tay tiêu đề và tóm tắt.",
    "too_large": "Trang này lớn hơn 10 MB nên không được đọc; hãy nhập tay.",
}
"""Error code -> what staff read."""

_LOOKS_LIKE_A_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|title|h1)[\s>]", re.I)
_FEED = re.compile(r"(?:[^<]++|<\?[^<>]*+>|<!--.*?-->)*+<(?:rss|feed|rdf:rdf)[\s>]", re.I | re.S)
_TITLES = ("og:title", "twitter:title")
_SUMMARIES = ("og:description", "description", "twitter:description")
_PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "pubdate", "publishdate", "publish_date",
    "dc.date.issued", "dc.date", "dcterms.created", "dcterms.issued",
)  # fmt: skip
_BETWEEN = re.compile(r"\s+[-–—|•·»]+\s+|\s*\|\s*")
_SITE = re.compile(
    r"(?:cong|trang) (?:thong tin|ttdt|dien tu|chu)|so |ubnd|uy ban nhan dan|bao |dai |chinh phu|home\b|trang chu"
)
"""How the names of offices' sites begin, folded."""
_LABEL = re.compile(
    r"(?:ngày\s+(?:cập\s+nhật|đăng(?:\s+tin)?|xuất\s+bản)|cập\s+nhật(?:\s+(?:lúc|ngày|lần\s+cuối))?|đăng\s+(?:lúc|ngày)"
    r"|xuất\s+bản(?:\s+(?:lúc|ngày))?|thời\s+gian\s+đăng)\s*:?\s*(?=[\dTCtc(])",
    re.I,
)
_PIECE = re.compile(r"[\s,;|]+")


def read_article(
    data: bytes, *, address: str, fetched_at: datetime, content_type: str = "", zone: ZoneInfo = LOCAL
) -> Reading:
    """The one article of the page `data`, fetched from `address` at `fetched_at` (aware). Never fails on any input."""
    if fetched_at.tzinfo is None:
        raise ValueError("a reading without its zone cannot be dated")
    if len(data) > LARGEST:
        return _refuse("too_large")
    decoded = decode(data, content_type, page=True)
    if not _LOOKS_LIKE_A_PAGE.search(decoded.text) or _FEED.match(decoded.text[:65536]):
        return _refuse("not_a_page")
    article = _Article(read_page(decoded.text), address, fetched_at, zone)
    item = article.item()
    if not item.title:
        return _refuse("no_title")
    warnings = [decoded.warning] if decoded.warning else []
    return Reading((item,), article.site or None, warnings=(*warnings, *article.warnings))


def _refuse(code: str) -> Reading:
    return Reading(error=code, words=WORDS[code])


class _Article:
    def __init__(self, page: Page, address: str, fetched_at: datetime, zone: ZoneInfo) -> None:
        self.page = page
        self.meta = page.meta
        self.address = address
        self.latest = fetched_at + _AHEAD
        self.zone = zone
        self.warnings: list[str] = []
        self.told = list(islice(_linked_data(page.data), 50))
        """What stands in the page as JSON-LD."""
        self.base = absolute(page.base, address) or address
        self.site = plain(self.meta.get("og:site_name"))[:_LONGEST_NAME].strip()
        """The site's own name; "" when it does not say."""
        self._not_the_title = frozenset({fold(self.site), host_of(address), ""})

    def item(self) -> Item:
        """The article; its title is empty when there is none."""
        title = self._title()
        summary = next((text for name in _SUMMARIES if (text := plain(self.meta.get(name)))), "") or self._said(
            "description"
        )
        link = self._link()
        when, raw = self._published()
        item = Item(
            title,
            link,
            when.at if when else None,
            summary,
            image=self._picture(),
            categories=tuple(filter(None, [plain(self.meta.get("article:section"))])),
            date_only=bool(when and when.date_only),
            published_raw=raw,
            key=dedupe_key(link or self.address),
            shouting=is_shouting(title),
        )
        self._note(item)
        return item

    def _note(self, item: Item) -> None:
        if not item.summary:
            self.warnings.append("Trang không có tóm tắt; cần người biên tập viết.")
        if is_garbled(item.title) or is_garbled(item.summary):
            self.warnings.append("Trang có chữ bị hỏng (dấu � hoặc ? giữa chữ); cần đối chiếu với bài gốc.")
        if item.shouting:
            self.warnings.append("Tiêu đề viết toàn chữ hoa; không tự sửa, cần người biên tập xem lại.")

    def _title(self) -> str:
        told = [plain(self.meta.get(name)) for name in _TITLES] + [self._said("headline")]
        heads, whole = self.page.heads, self.page.title
        for text in filter(None, told):
            return self._without_site(text, heads)
        # a page with several headings has named its blocks with them
        if len(heads) == 1 and fold(heads[0]) != fold(self.site):
            return heads[0]
        return self._without_site(whole, heads)

    def _without_site(self, title: str, heads: list[str]) -> str:
        """ "Mở thêm quầy - Sở Nội vụ" as "Mở thêm quầy"."""
        title = title[:_LONGEST_NAME].strip()
        parts = _BETWEEN.split(title)
        if len(parts) < 2:
            return title
        folded = fold(title)
        for head in heads:
            if len(head) >= 10 and folded.startswith(fold(head)):
                return head
        kept, joints = list(parts), _BETWEEN.findall(title)
        while len(kept) > 1 and self._names_the_site(kept[-1]):
            kept.pop()
            joints.pop()
        while len(kept) > 1 and self._names_the_site(kept[0]):
            kept.pop(0)
            joints.pop(0)
        return "".join(part + joint for part, joint in zip(kept, [*joints, ""], strict=True)).strip()

    def _names_the_site(self, part: str) -> bool:
        name = fold(part)
        return name in self._not_the_title or bool(_SITE.match(name))

    def _link(self) -> str | None:
        """What the page calls its own address, but only on the host that was asked."""
        told = [(raw, self.base) for raw in self.page.linked("canonical")] + [(self.meta.get("og:url"), self.address)]
        for raw, base in told:
            link = absolute(raw, base)
            if link is None:
                continue
            if _bare(host_of(link)) != _bare(host_of(self.address)):
                self.warnings.append(
                    f"Trang tự nhận địa chỉ gốc ở máy chủ khác ({host_of(link)}) nên không dùng; "
                    "giữ địa chỉ đã dán, hãy kiểm tra lại."
                )
            elif is_home(link) and not is_home(self.address):
                self.warnings.append("Trang tự nhận địa chỉ gốc là trang chủ nên không dùng; giữ địa chỉ đã dán.")
            else:
                return link
            break
        return absolute(self.address, self.address)

    def _picture(self) -> str | None:
        raws: list[Any] = [self.meta.get(name) for name in _PICTURES]
        raws += [_address(data.get("image")) for data in self.told]
        raws += self.page.linked("image_src")
        return next((image for raw in raws if isinstance(raw, str) and (image := usable(raw, self.base))), None)

    def _published(self) -> tuple[When | None, str]:
        """The date and what stood there; a date in the text counts only behind a label that says what it is."""
        raws = [plain(self.meta.get(name)) for name in _DATES] + [self._said("datePublished")]
        raws += self.page.times
        written = [raw for raw in raws if raw]
        for raw in written:
            if when := read_date(raw, self.zone):
                if when.at <= self.latest:
                    return when, raw
                self.warnings.append("Ngày đăng muộn hơn lúc đọc quá 24 giờ nên bỏ trống.")
                return None, raw
        when, raw = self._labelled()
        if when is None:
            self.warnings.append("Không đọc được ngày đăng trên trang nên bỏ trống.")
        return when, raw or next(iter(written), "")

    def _labelled(self) -> tuple[When | None, str]:
        text = self.page.text
        for label in islice(_LABEL.finditer(text), 20):
            pieces = text[label.end() : label.end() + LONGEST - 40]
            for end in reversed([found.start() for found in _PIECE.finditer(pieces)] + [len(pieces)]):
                when = read_date(pieces[:end], self.zone)
                if when and when.at <= self.latest:
                    return when, clean(label[0] + pieces[:end])
        return None, ""

    def _said(self, name: str) -> str:
        """The first text of this name in the JSON-LD."""
        return next((plain(value) for data in self.told if isinstance(value := data.get(name), str)), "")


def _linked_data(told: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD that could be an article, outermost first."""
    for text in told:
        try:
            waiting = [json.loads(text, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting[:0] = value[:100]
            elif isinstance(value, dict):
                waiting += [value.get("@graph")]
                if {"headline", "datePublished"} & value.keys():
                    yield value


def _address(value: Any) -> Any:
    """The address of a picture as JSON-LD writes it: a text, an object with `url`, a list of either."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get("url") if isinstance(value, dict) else value


def _bare(host: str) -> str:
    return host.removeprefix("www.")
