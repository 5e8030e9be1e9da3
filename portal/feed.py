"""RSS 0.9x, 1.0 and 2.0 and Atom, read into plain values; nothing is fetched and no clock is read.

Portals write feeds in every broken way there is. What can be told for certain is read, what cannot is left empty and
said, and nothing is guessed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

from content.vietnamese import LOCAL, fold, number
from portal.dates import read_date
from portal.elements import Node, of_feed
from portal.encoding import decode
from portal.images import attached, in_text, linked
from portal.links import absolute, dedupe_key, host_of, is_home
from portal.notes import Notes
from portal.text import Markup, has_look_alikes, is_garbled, is_shouting, plain, read_markup
from portal.tree import Declares, NotAFeed, Tree, parse
from portal.values import Item, Reading

LARGEST = 10_000_000
"""Bytes. A feed of thousands of articles stays far below."""
MOST = 10_000
"""Articles; a portal's whole archive is not a feed."""
_AHEAD = timedelta(hours=24)
"""How far after the reading a date may lie; clocks and zones are set wrongly, a year ahead is a mistake."""

WORDS = {
    "not_a_feed": "Địa chỉ này không trả về nguồn tin RSS hoặc Atom (có thể là trang web, trang báo bảo trì hoặc trang "
    "của tường lửa); hãy mở địa chỉ trên trình duyệt để kiểm tra rồi thử lại.",
    "dtd_forbidden": "Nguồn tin có khai báo DOCTYPE/ENTITY nên không được đọc vì lý do an toàn; hãy đề nghị đơn vị "
    "quản trị cổng bỏ phần khai báo này.",
    "too_large": "Nguồn tin lớn hơn 10 MB nên không được đọc; hãy đề nghị đơn vị quản trị cổng giới hạn số bài.",
    "truncated": "Nguồn tin bị cắt ngang trước khi có bài nào trọn vẹn; hãy thử lại sau ít phút.",
}
"""Error code -> what staff read."""

_TITLES = ("title", "dc:title", "media:title")
_SUMMARIES = ("description", "summary", "content:encoded", "content", "dc:description", "subtitle")
_DATES = (
    "pubdate", "published", "dc:date", "dcterms:issued", "issued", "dcterms:created", "created", "date",
    "atom:published", "updated", "atom:updated", "dcterms:modified", "modified",
)  # fmt: skip
"""Where the day of publication stands, the surest first."""
_MEDIA = frozenset({"enclosure", "media:content", "media:thumbnail", "itunes:image", "image", "thumbnail", "thumb"})
_CATEGORIES = ("category", "dc:subject")


def read_feed(
    data: bytes, *, address: str, fetched_at: datetime, content_type: str = "", zone: ZoneInfo = LOCAL
) -> Reading:
    """What the feed `data`, fetched from `address` at `fetched_at` (aware), tells.

    Never fails on any input: what is no feed comes back with an `error`. A time without a zone is one of `zone`.
    """
    if fetched_at.tzinfo is None:
        raise ValueError("a reading without its zone cannot be dated")
    if len(data) > LARGEST:
        return _refuse("too_large")
    decoded = decode(data, content_type)
    try:
        tree = parse(decoded.text)
    except NotAFeed:
        return _refuse("not_a_feed")
    except Declares:
        return _refuse("dtd_forbidden")
    return _Reader(tree, address, fetched_at, zone, decoded.warning).reading()


def _refuse(code: str) -> Reading:
    return Reading(error=code, words=WORDS[code])


class _Reader:
    """One reading: what the articles of a feed have in common."""

    def __init__(self, tree: Tree, address: str, fetched_at: datetime, zone: ZoneInfo, warning: str) -> None:
        self.cut, self.mended = tree.cut, tree.mended
        self.address = address
        self.latest = fetched_at + _AHEAD
        self.zone = zone
        self.guids: Counter[str] = Counter()
        """How many articles have each guid."""
        self.notes = Notes([warning] if warning else [])
        self.feed = of_feed(tree.root, address)
        home = next(self.feed.head.links(address), None)
        # what is served from a developer's own machine says nothing about where the portal is
        self.base = home if home and host_of(home) not in ("localhost", "127.0.0.1") else address

    def reading(self) -> Reading:
        """Everything that was read."""
        nodes = [node for node in self.feed.items if not node.is_empty()]
        if len(nodes) > MOST:
            self.notes.say(f"Nguồn tin có {number(len(nodes))} bài; chỉ đọc {number(MOST)} bài đầu.")
            nodes = nodes[:MOST]
        if self.cut and not nodes:
            return _refuse("truncated")
        guids = [(node.first("guid") or node.first("id") or node.about).strip() for node in nodes]
        self.guids = Counter(guids)
        items = [self._item(place, node, guid) for place, (node, guid) in enumerate(zip(nodes, guids, strict=True))]
        items = self._keyed(items)
        items = self._linked_to_their_updates(items)
        if self.cut:
            self.notes.say("Nguồn tin bị cắt ngang: bài cuối cùng chưa trọn vẹn (nếu có) được bỏ qua đến lần đọc sau.")
        elif self.mended:
            self.notes.say("Nguồn tin viết sai cú pháp XML nên đã được sửa khi đọc; cần đối chiếu với bài gốc.")
        title = plain(self.feed.head.first("title")) or None
        return Reading(tuple(items), title, warnings=tuple(self.notes.told()))

    def _item(self, place: int, node: Node, guid: str) -> Item:
        base = node.base() or self.base
        title = next((text for name in _TITLES if (text := plain(node.first(name)))), "")
        link = next(node.links(base), None)
        if link is None and self.guids[guid] == 1:  # what several articles share is the address of none
            link = self._link_in_guid(node, guid, base)
        told = [self._markup(node, name) for name in _SUMMARIES]
        summary = next((markup.text for markup in told if markup.text), "")
        item = Item(
            title,
            link,
            None,
            summary,
            image=self._picture(node, told, base),
            guid=guid or None,
            categories=self._categories(node),
            shouting=is_shouting(title),
        )
        self._note(place, item, node)
        return self._dated(place, node, item)

    def _markup(self, node: Node, name: str) -> Markup:
        raw = node.first(name)
        return read_markup(raw, authors=False) if raw else Markup()

    def _picture(self, node: Node, told: Sequence[Markup], base: str) -> str | None:
        if image := attached(node.media(_MEDIA), base):
            return image
        bases = [node.base_in(name) or base for name in _SUMMARIES]
        for find in (in_text, linked):
            for markup, where in zip(told, bases, strict=True):
                if image := find(markup, where):
                    return image
        return None

    def _categories(self, node: Node) -> tuple[str, ...]:
        told = (plain(text) for name in _CATEGORIES for text in node.all(name))
        return tuple(dict.fromkeys(text for text in told if text))

    def _link_in_guid(self, node: Node, guid: str, base: str) -> str | None:
        if node.attribute("guid", "ispermalink").strip().lower() == "false" or not guid:
            return None
        permanent = node.attribute("guid", "ispermalink").strip().lower() == "true"
        if guid.lower().startswith(("http://", "https://")) or (permanent and guid.startswith("/")):
            link = absolute(guid, base)
            return link if link and not is_home(link) else None
        return None

    def _note(self, place: int, item: Item, node: Node) -> None:
        if not item.title:
            self.notes.at(place, "không có tiêu đề; cần người biên tập đặt tiêu đề")
        if item.link is None:
            self.notes.at(place, "không có đường dẫn; giữ làm đề xuất được nhưng không chia sẻ liên kết được")
        if is_garbled(item.title) or is_garbled(item.summary):
            self.notes.at(place, "có chữ bị hỏng ngay từ cổng (dấu � hoặc ? giữa chữ); cần đối chiếu với bài gốc")
        if has_look_alikes(node.first("title") or ""):
            self.notes.at(place, "tiêu đề có chữ giống chữ Đ (Ð); đã thay bằng chữ Đ")

    def _dated(self, place: int, node: Node, item: Item) -> Item:
        """The item with its date: the first that can be read counts."""
        written = [text for name in _DATES if (text := plain(node.first(name)))]
        if not written:
            self.notes.at(place, "không ghi ngày đăng")
            return item
        for raw in written:
            if when := read_date(raw, self.zone):
                if when.at > self.latest:
                    self.notes.at(place, "ngày đăng muộn hơn lúc đọc quá 24 giờ nên bỏ trống; giá trị gốc được giữ lại")
                    return replace(item, published_raw=raw)
                return replace(item, published=when.at, date_only=when.date_only, published_raw=raw)
        self.notes.at(place, "ngày đăng không đọc được nên bỏ trống; giá trị gốc được giữ lại")
        return replace(item, published_raw=written[0])

    def _keyed(self, items: Sequence[Item]) -> list[Item]:
        """The items with their keys: the address, else a guid that no other article has, else what is told.

        The address of the front page, which portals of one page give every article, comes behind the guid.
        """
        here = dedupe_key(self.address)
        keyed = []
        for item in items:
            alone = item.guid is not None and self.guids[item.guid] == 1
            if item.link and not (alone and is_home(item.link)):
                key = dedupe_key(item.link)
            elif alone:
                key = f"{here} guid {item.guid}"
            else:
                key = f"{here} title {_told(item)}"
            keyed.append(replace(item, key=key))
        articles: dict[str, set[str]] = {}
        for item in keyed:
            articles.setdefault(item.guid or "", set()).add(item.key)
        if any(guid and len(keys) > 1 for guid, keys in articles.items()):
            self.notes.first("Nhiều bài dùng chung một guid nên không dùng guid để nhận ra bài trùng.")
        return keyed

    def _linked_to_their_updates(self, items: Sequence[Item]) -> list[Item]:
        """Items of one key in the order they were published; where a date is missing, as they stand."""
        places: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            places.setdefault(item.key, []).append(place)
        made = list(items)
        for same in places.values():
            if len(same) == 1:
                continue
            times = [made[place].published for place in same]
            if None not in times:
                same = sorted(same, key=lambda place: made[place].published or self.latest)
            for older, newer in pairwise(same):
                made[older] = replace(made[older], superseded_by=newer)
                made[newer] = replace(made[newer], updates=older)
                self.notes.pair(older, newer, by_title=made[newer].link is None)
        for place, item in enumerate(made):
            if item.shouting:
                self.notes.at(place, "tiêu đề viết toàn chữ hoa; không tự sửa, cần người biên tập xem lại")
        return made


def _told(item: Item) -> str:
    """What an article is known by that has no address: its title and time, and its summary in short."""
    when = item.published.isoformat() if item.published else "-"
    return f"{fold(item.title)} {when} {sha256(fold(item.summary).encode()).hexdigest()[:32]}"
