"""How a post will look where it goes, and how long it is there: made of what the connectors would send.

For the composer while it is written, and for whoever approves. Nothing here decides anything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from connectors import connector_class
from connectors.base import Capabilities, Look, Outgoing, Unit
from content.tables import Post
from content.vietnamese import number
from scheduler.compose import Placed, used_on
from scheduler.submission import Fitted
from web.words import Say, say

UNIT_WORDS = {Unit.BYTES: "byte", Unit.CHARACTERS: "ký tự", Unit.UTF16: "ký tự"}
_MARKED = re.compile(r"(?P<link>https?://[^\s<>]+)|(?P<tag>#\w+)")
_SHOWN_MOST = 20_000
"""Characters of a text that a preview shows; nobody reads on."""


class Piece(NamedTuple):
    """Some words of a text: plain, a link or a hashtag."""

    kind: Literal["plain", "link", "tag"]
    words: str


class Picture(NamedTuple):
    """A picture as a preview shows it."""

    sha256: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Counter:
    """How long a text is, as its platform counts."""

    field: str
    """The form's field."""
    label: str
    platform: str
    length: int
    most: int
    unit: Unit

    @property
    def is_over(self) -> bool:
        """Whether the platform would refuse it."""
        return self.length > self.most

    @property
    def words(self) -> Say:
        """ "1.234 / 5.000 byte"."""
        return say(
            "{length} / {most} {unit}", length=number(self.length), most=number(self.most), unit=UNIT_WORDS[self.unit]
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """A post as the readers of one platform will see it."""

    platform: str
    label: str
    name: str
    """The channel, as its readers know it."""
    others: tuple[str, ...]
    """Further channels of the platform, which get the same."""
    connected: bool
    look: Look
    words: str
    """Why it cannot be put together; "" when it can."""
    title: str = ""
    summary: str = ""
    head: tuple[Piece, ...] = ()
    """The text up to the platform's fold."""
    rest: tuple[Piece, ...] = ()
    link: str = ""
    images: tuple[Picture, ...] = ()
    video: str = ""
    """The film's hash."""
    seconds: float = 0.0
    cover: Picture | None = None
    comment: str = ""
    counters: tuple[Counter, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether some text is longer than the platform takes."""
        return any(one.is_over for one in self.counters)

    @property
    def host(self) -> str:
        """Where the link leads."""
        try:
            return (urlsplit(self.link).hostname or self.link).removeprefix("www.")
        except ValueError:
            return self.link

    @property
    def shown(self) -> tuple[Picture, ...]:
        """The pictures of an album that the feed shows."""
        return self.images[: self.look.album]

    @property
    def more(self) -> int:
        """How many pictures of an album are told as a number only."""
        return len(self.images) - len(self.shown)


def previews_of(post: Post, fitted: Sequence[Fitted], placed: Placed) -> list[Preview]:
    """One preview for each platform, in the post's order; channels of one platform get the same words."""
    found: list[Preview] = []
    for platform in dict.fromkeys(one.channel.platform for one in fitted):
        channels = [one for one in fitted if one.channel.platform == platform]
        found.append(_preview(post, channels, used_on(placed, platform)))
    return found


def _preview(post: Post, channels: Sequence[Fitted], placed: Placed) -> Preview:
    first = channels[0]
    limits = connector_class(first.channel.platform).capabilities
    others = tuple(one.channel.name for one in channels[1:])
    connected = first.channel.id is not None
    name, sent = first.channel.name, first.outgoing
    if sent is None:
        return Preview(limits.platform, limits.label, name, others, connected, limits.look, first.words)
    head, rest = fold_at(sent.text[:_SHOWN_MOST], limits.look.text_lines, limits.look.text_letters)
    cover = next(_pictures(placed, "cover"), None)
    comment = str(post.variants.get(limits.platform, {}).get("first_comment", "")) if limits.comment_max else ""
    return Preview(
        limits.platform, limits.label, name, others, connected, limits.look, "",
        title=sent.title, summary=sent.summary, head=tuple(pieces(head)), rest=tuple(pieces(rest)),
        link="" if sent.images or sent.video else sent.link,
        images=tuple(_pictures(placed, "image")),
        video=next((asset.sha256 for use, asset in placed if use.role == "video"), ""),
        seconds=sent.video.seconds if sent.video else 0.0,
        cover=cover or (next(_pictures(placed, "image"), None) if limits.look.shape == "article" else None),
        comment=comment, counters=tuple(_counters(post, sent, limits, comment)),
    )  # fmt: skip


def _pictures(placed: Placed, role: str) -> Iterator[Picture]:
    for use, asset in placed:
        if use.role == role and asset.mime.startswith("image/"):
            yield Picture(asset.sha256, use.alt, asset.width, asset.height)


def _counters(post: Post, sent: Outgoing, limits: Capabilities, comment: str) -> Iterator[Counter]:
    """Of every text that the platform limits, beside the field in which it is written."""
    own = post.variants.get(limits.platform, {})
    for name, shared, label, text, most, unit in (
        ("title", "title", "Tiêu đề", sent.title, limits.title_max, limits.title_unit),
        ("summary", "", "Tóm tắt", sent.summary, limits.summary_max, limits.text_unit),
        ("text", "body", "Nội dung", sent.text, limits.text_max, limits.text_unit),
        ("first_comment", "", "Bình luận đầu tiên", comment, limits.comment_max, "characters"),
    ):
        field = shared if shared and not own.get(name) else f"v.{limits.platform}.{name}"
        if most and (text or shared):
            yield Counter(field, label, limits.label, Unit(unit).length(text), most, Unit(unit))


def fold_at(text: str, lines: int, letters: int) -> tuple[str, str]:
    """The text before and after a platform's fold; the second is "" for a text that is shown whole."""
    end = len(text)
    if lines:
        places = [found.start() for found in re.finditer("\n", text)]
        end = places[lines - 1] if len(places) >= lines else end
    if letters and end > letters:
        end = max(text.rfind(" ", 0, letters + 1), text.rfind("\n", 0, letters + 1))
        end = end if end > letters // 2 else letters
    return text[:end].rstrip(), text[end:].strip("\n")


def pieces(text: str) -> Iterator[Piece]:
    """The text in pieces; put together they are the text."""
    end = 0
    for found in _MARKED.finditer(text):
        if found.start() > end:
            yield Piece("plain", text[end : found.start()])
        yield Piece("link" if found["link"] else "tag", found[0])
        end = found.end()
    if end < len(text):
        yield Piece("plain", text[end:])
