"""What a feed or a page told, made ready to be kept: cleaned, cut, keyed. Pure, and never inside a transaction.

A portal may tell megabytes, and looking at each character takes its time; whoever holds the write lock meanwhile
stops everybody else. So this comes before `content.suggestions.record`, which only compares and writes.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlsplit

from content.vietnamese import fold, nfc

TITLE_MAX, SUMMARY_MAX = 300, 1000
"""Characters that are kept."""
LOOK = 4
"""So many times what is kept is looked at; a text that says nothing that long says nothing."""
LINK_MAX = 2000
CATEGORIES_MAX, CATEGORY_MAX = 10, 100
RAW_MAX = 100
KEY_MAX_BYTES = 1000
"""What an index holds on every database; longer keys are kept as their hash."""

CAPITALS = "Tiêu đề viết hoa toàn bộ; hãy viết thường như câu văn."
NO_LINK = "Bài không có liên kết; nếu lấy thì thành bài văn bản."
NO_DATE = "Bài không ghi ngày đăng nên không đo được độ trễ."
ONLY_DAY = "Bài chỉ ghi ngày, không ghi giờ đăng nên không đo được độ trễ."


class Told(Protocol):
    """One article as a feed or a page tells it."""

    @property
    def title(self) -> str:
        """NFC, without tags."""

    @property
    def link(self) -> str | None:
        """Absolute, as the server wrote it; None when there is none."""

    @property
    def published(self) -> datetime | None:
        """Aware; None when it is not known."""

    @property
    def summary(self) -> str:
        """NFC, without tags."""

    @property
    def image(self) -> str | None:
        """Absolute; None when there is none."""

    @property
    def guid(self) -> str | None:
        """What the feed calls it."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What the portal files it under."""

    @property
    def date_only(self) -> bool:
        """Whether only the day was told."""

    @property
    def published_raw(self) -> str:
        """What stood there."""

    @property
    def key(self) -> str:
        """What makes two articles the same one."""

    @property
    def superseded_by(self) -> int | None:
        """The place of the later item in the same feed that renews it."""

    @property
    def shouting(self) -> bool:
        """Whether the title is all capitals."""


class ToldTogether(Protocol):
    """What came of reading one feed or page."""

    @property
    def items(self) -> Sequence[Told]:
        """The articles, in the order in which they were told."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it is kept."""

    key: str
    """What makes two articles the same one; "" when its reader knows nothing that does."""
    folded: str
    """Its title for searching, which then stands for the key within one feed."""
    values: dict[str, Any]
    """The columns that it fills."""
    notes: tuple[str, ...]
    """What an editor should look at."""
    unique: bool
    """Whether no other article of the reading has its guid."""

    def key_in(self, source_id: int | None) -> str:
        """What makes it the same article in that feed; None: a page whose address was pasted."""
        return self.key or _short(f"title:{source_id or 0}:{self.folded}")


def articles(reading: ToldTogether) -> list[Article]:
    """The articles of a reading, as told; without those that a later one renews and those without words."""
    guids = [_short(line(item.guid or "")) for item in reading.items]
    often = Counter(guids)
    found = []
    for item, guid in zip(reading.items, guids, strict=True):
        if item.superseded_by is not None:
            continue
        values = _values(item, guid)
        if values["title"]:
            key = _short(nfc(item.key)) if item.key else ""
            folded = fold(_head(item.title or item.summary, SUMMARY_MAX))
            found.append(Article(key, folded, values, tuple(_notes(item, values)), bool(guid) and often[guid] == 1))
    return found


def _values(item: Told, guid: str) -> dict[str, Any]:
    told = item.published if item.published is not None and item.published.tzinfo is not None else None
    return {
        "title": _kept(item.title, TITLE_MAX) or _kept(item.summary, TITLE_MAX),
        "link": _address(item.link),
        "summary": _kept(item.summary, SUMMARY_MAX),
        "image": _address(item.image),
        "guid": guid,
        "categories": list(islice(filter(None, (_kept(one, CATEGORY_MAX) for one in item.categories)), CATEGORIES_MAX)),
        "published_at": told.astimezone(UTC) if told else None,
        "date_only": item.date_only,
        "published_raw": _kept(item.published_raw, RAW_MAX),
    }


def _notes(item: Told, values: dict[str, Any]) -> Iterator[str]:
    if item.shouting:
        yield CAPITALS
    if not values["link"]:
        yield NO_LINK
    if values["published_at"] is None and values["published_raw"]:
        yield f"Không đọc được ngày đăng “{values['published_raw']}”; hãy xem lại bài gốc."
    elif values["published_at"] is None:
        yield NO_DATE
    elif values["date_only"]:
        yield ONLY_DAY


def _short(text: str) -> str:
    text = printable(text)
    raw = text.encode()
    return text if len(raw) <= KEY_MAX_BYTES else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _address(link: str | None) -> str:
    """The link exactly as it was told, or "" when no browser should follow it."""
    if not link or len(link) > LINK_MAX or not link.isprintable() or " " in link:
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def _head(text: str, most: int) -> str:
    """As much of a text as has to be looked at for `most` characters of it."""
    return text.strip()[: LOOK * most]


def _kept(text: str, most: int) -> str:
    """One clean line within `most` characters."""
    head = _head(text, most)
    clean = line(head)
    if not clean or len(clean) > most or len(head) == len(text.strip()):
        return cut(clean, most)
    # the rest was not looked at
    return cut(f"{clean}…", most)


def line(text: str) -> str:
    """One line of NFC text without control characters and lone surrogates, which databases refuse."""
    return " ".join(printable(nfc(text)).split())


class _Printable(dict[int, int]):
    """For `str.translate`: each character is looked up once, for feeds may be megabytes of them."""

    def __missing__(self, code: int) -> int:
        odd = unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co", "Cn") and code != 0x200D
        kept = 0x20 if odd else code
        if code < 0x10000:  # a page of every character there is does not fill the memory
            self[code] = kept
        return kept


_PRINTABLE = _Printable()


def printable(text: str) -> str:
    """A blank for each character that is not to be seen; the joiner of emoji stays."""
    return text.translate(_PRINTABLE)


def cut(text: str, most: int) -> str:
    """`text` within `most` characters; what is too long ends at a word, with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    if not text[most - 1].isspace() and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:.-–") + "…"
