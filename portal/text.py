"""From what stands in a feed or a page to plain text: entities, tags, hidden characters (contract 1).

A text has already been decoded once by whoever read the XML; portals that escape twice are decoded at most two
rounds more. No pattern here looks far twice, so no input makes it slow.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from content.vietnamese import fold, nfc


def names(told: str) -> frozenset[str]:
    """Names written with blanks between them, or with commas where they have blanks of their own."""
    return frozenset(told.split("," if "," in told else None))


ROUNDS = 2
"""How often a text is decoded beyond the reading of the XML."""
_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_GIVEN = r"""[^<>=]*+(?:=\s*+(?:"[^"]*+"(?=[\s/>]|\Z)|'[^']*+'(?=[\s/>]|\Z))?+[^<>=]*+){0,50}+"""
"""The attributes of a tag. A value in quotes may hold "<" and ">", as `alt` and `content` do; a quote that is never
closed, or that closes in the middle of a word, is a slip and not the beginning of a value. Fifty are enough for
anybody, and are what keeps the search from starting over too often."""
TOKEN = re.compile(
    rf"<(?P<raw>script|style|noscript|template)\b(?P<about>{_GIVEN})>(?P<inside>.*?)(?:</(?P=raw)\s*>|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[|\]\]>"
    r"|<[!?][^<>]*+(?:>|\Z)"
    rf"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:_.-]*+)(?=[\s/>]|\Z)(?P<rest>{_GIVEN})(?:>|\Z)"  # the last may be cut
    r"|</?[A-Za-z][A-Za-z0-9:_.-]*+(?=[\s/>])[^<>]*+(?:>|\Z)",
    re.S | re.I,
)
"""What is no text in HTML: tags, comments, and elements that are not shown."""
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([A-Za-z_][\w:.-]*+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_INLINE = names(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark nobr o:p q s samp small span "
    "st1:place strike strong sub sup time tt u var wbr"
)
"""Tags that stand inside a word or a sentence: dropping one leaves no gap."""

_HIDDEN = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0)])
_HIDDEN |= dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFFFE, 0xFFFF])
"""Control characters, and marks that turn the direction of writing."""

_LOOK_ALIKES = re.compile("[\u00d0\u00f0\u0189]")
_TWICE_ENCODED = re.compile("(?:Ã|Ä|Æ|Å|á[\u00ba\u00bb])[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]")
_LOST_LETTER = re.compile(r"(?<![\w/=&?.-])[^\W\d_]++\?[^\W\d_A-ZĐ]")

_LABELLED = re.compile(
    r"<(div|p|li|tr)\b[^<>]*+>\s*+(?:<(?:b|strong|span|td|th)\b[^<>]*+>\s*+){1,3}(?P<label>[^<>:]{3,40}):?\s*+<[^<>]*+>"
    r"(?P<value>(?:(?!</?\1\b)[^<]|(?!</?\1\b)<){0,300}+)</\1\s*>",
    re.I,
)
_AUTHORS = names(
    "nguoi tao,nguoi dang,nguoi viet,nguoi sua,nguoi cap nhat,nguoi soan,tac gia,tao boi,sua doi boi,cap nhat boi,"
    "created by,modified by,author,editor,posted by,creator"
)
"""Labels of list fields that name a person, folded (contract 6)."""


@dataclass(slots=True)
class Markup:
    """What was found in a piece of HTML."""

    text: str = ""
    images: list[dict[str, str]] = field(default_factory=list)
    """The attributes of each `<img>` (and `<source>`), in order; names in small letters, values decoded once."""
    links: list[str] = field(default_factory=list)
    """The `href` of each `<a>`, in order."""


def read_markup(raw: str, rounds: int = ROUNDS) -> Markup:
    """The text, pictures and links of `raw`, decoded at most `rounds` times."""
    found = Markup()
    text = _without_tags(raw, found)
    for _ in range(rounds):
        if "&" not in text or (decoded := decode_entities(text)) == text:
            break
        text = _without_tags(decoded, found)
    found.text = clean(text)
    return found


def plain(raw: str | None) -> str:
    """Only the text of `raw`; "" for None."""
    return read_markup(raw).text if raw else ""


def without_authors(raw: str) -> str:
    """`raw` without the "Người tạo: …" lines that lists of portals print among their fields: names are not kept."""
    if "<" not in raw:
        return raw
    return _LABELLED.sub(lambda found: " " if fold(found["label"]).strip() in _AUTHORS else found[0], raw)


def clean(text: str) -> str:
    """NFC, no hidden characters, every kind of white space collapsed to one space."""
    return " ".join(nfc(text.translate(_HIDDEN)).split())


def decode_entities(text: str) -> str:
    """One round of HTML's entities. Names need their semicolon: `?gd=7&sect=2` is an address, not a "§"."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def attributes(rest: str) -> Iterator[tuple[str, str]]:
    """The attributes of a tag as (name in small letters, value decoded once)."""
    for name, double, single, bare in _ATTRIBUTE.findall(rest):
        yield name.lower(), decode_entities(double or single or bare)


def _without_tags(text: str, found: Markup) -> str:
    if "<" not in text and "]]>" not in text:
        return text
    pieces: list[str] = []
    end = 0
    for token in TOKEN.finditer(text):
        pieces.append(text[end : token.start()])
        end = token.end()
        pieces.append(_gap(token, pieces, text[end : end + 1]))
        if token["name"] and not token["close"]:
            _note(token["name"].lower(), token["rest"], found)
    pieces.append(text[end:])
    return "".join(pieces)


def _gap(token: re.Match[str], pieces: list[str], following: str) -> str:
    """What stands where a tag was. `<b>Trích yếu:</b>Nội dung` needs the blank that the bold face stood for."""
    if token["name"] is None:
        return "" if token[0] in ("<![CDATA[", "]]>") or token[0].startswith("<!--") else " "
    if token["name"].lower() not in _INLINE:
        return " "
    labelled = token["close"] and pieces[-1].endswith(":") and following.isalpha()
    return " " if labelled else ""


def _note(name: str, rest: str, found: Markup) -> None:
    if name == "img" or name == "source":
        found.images.append(dict(reversed(list(attributes(rest)))))  # the first of two equal names counts
    elif name == "a":
        found.links += [value for key, value in attributes(rest) if key == "href"][:1]


def is_shouting(title: str) -> bool:
    """Whether a title of at least two words is written in capitals only."""
    letters = [letter for letter in title if letter.isalpha()]
    return len(letters) >= 10 and len(title.split()) > 1 and all(letter.isupper() for letter in letters)


def is_garbled(text: str) -> bool:
    """Whether letters were lost on the way here ("L?y l?i", U+FFFD, "Cáº£i cÃ¡ch"). Told, never guessed at."""
    return "\ufffd" in text or bool(_TWICE_ENCODED.search(text)) or bool(_LOST_LETTER.search(text))


def has_look_alikes(raw: str) -> bool:
    """Whether letters stand there that only look like Đ; `clean` replaces them."""
    return bool(_LOOK_ALIKES.search(raw))
