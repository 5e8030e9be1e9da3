"""From what stands in a feed or a page to plain text: entities, tags, hidden characters (contract 1).

A text has already been decoded once by whoever read the XML; portals that escape twice are decoded at most two
rounds more. No pattern here looks far twice, so no input makes it slow.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from content.checks.charsets import twice_encoded
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
_LONGEST_LINE = 120
"""Characters of a label and a name, with an address and an office perhaps; what is longer tells something."""
_LONGEST_SOURCE = 2000
"""The same with its tags."""
_BYLINE = re.compile(r"\s*\(?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\)?(?:\s*\([^()]{0,60}\))?\s*")
"""An address as RSS writes authors: "a@b.vn (Tên)"."""


@dataclass(slots=True)
class Markup:
    """What was found in a piece of HTML."""

    text: str = ""
    images: list[dict[str, str]] = field(default_factory=list)
    """The attributes of each `<img>`, in order; names in small letters, values decoded once."""
    spare: list[dict[str, str]] = field(default_factory=list)
    """What is shown only in the place of another: `<source>` in a `<picture>`, `<img>` in a `<noscript>`."""
    links: list[str] = field(default_factory=list)
    """The `href` of each `<a>`, in order."""


def read_markup(raw: str, rounds: int = ROUNDS, *, authors: bool = True) -> Markup:
    """The text, pictures and links of `raw`, decoded at most `rounds` times; without `authors`, none are named."""
    found = Markup()
    text = _without_tags(raw if authors else without_authors(raw), found)
    for _ in range(rounds):
        if "&" not in text or (decoded := decode_entities(text)) == text:
            break
        text = _without_tags(decoded if authors else without_authors(decoded), found)
    found.text = clean(text)
    return found


def plain(raw: str | None) -> str:
    """Only the text of `raw`; "" for None."""
    return read_markup(raw).text if raw else ""


def without_authors(raw: str) -> str:
    """`raw` without the "Người tạo: …" lines that portals print, and lines that are somebody's e-mail address.

    Names of authors are not kept. A line is what stands between two tags that begin a new one, or, where there are no
    tags, between two line breaks.
    """
    if "<" not in raw:
        return "\n".join(line for line in raw.split("\n") if not _names_an_author(line))
    raw = _LABELLED.sub(lambda found: " " if fold(found["label"]).strip() in _AUTHORS else found[0], raw)
    kept: list[str] = []
    begin = 0
    for end, following in _line_ends(raw):
        line = raw[begin:end]
        author = (":" in line or "@" in line) and len(line) < _LONGEST_SOURCE and _names_an_author(plain(line))
        kept += [" " if author else line, raw[end:following]]
        begin = following
    return "".join(kept)


def _line_ends(raw: str) -> Iterator[tuple[int, int]]:
    """Where each line of HTML ends, and where the next begins."""
    for token in TOKEN.finditer(raw):
        if token["name"] and token["name"].lower() not in _INLINE:
            yield token.start(), token.end()
    yield len(raw), len(raw)


def _names_an_author(line: str) -> bool:
    """Whether nothing stands there but a label with a name, or the e-mail address of somebody with or without one."""
    if len(line) > _LONGEST_LINE:
        return False
    if _BYLINE.fullmatch(line):
        return True
    label, _colon, name = line.partition(":")
    return bool(name.strip()) and ":" not in name and fold(label).strip("( -*") in _AUTHORS


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
    holder = ""
    """What a `<source>` now belongs to."""
    for token in TOKEN.finditer(text):
        pieces.append(text[end : token.start()])
        end = token.end()
        pieces.append(_gap(token, pieces, text[end : end + 1]))
        name = (token["name"] or token["raw"] or "").lower()
        if name in ("picture", "video", "audio"):
            holder = "" if token["close"] else name
        if name == "noscript":
            found.spare += _pictures(token["inside"])
        elif name == "source" and holder == "picture":
            found.spare.append(_first_given(token["rest"] or ""))
        elif token["name"] and not token["close"]:
            _note(name, token["rest"], found)
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
    if name == "img":
        found.images.append(_first_given(rest))
    elif name == "a":
        found.links += [value for key, value in attributes(rest) if key == "href"][:1]


def _pictures(text: str) -> list[dict[str, str]]:
    tags = (token for token in TOKEN.finditer(text) if (token["name"] or "").lower() == "img" and not token["close"])
    return [_first_given(token["rest"]) for token in tags]


def _first_given(rest: str) -> dict[str, str]:
    """The attributes of a tag; the first of two equal names counts."""
    return dict(reversed(list(attributes(rest))))


def is_shouting(title: str) -> bool:
    """Whether a title of at least two words is written in capitals only."""
    letters = [letter for letter in title if letter.isalpha()]
    return len(letters) >= 10 and len(title.split()) > 1 and all(letter.isupper() for letter in letters)


def is_garbled(text: str) -> bool:
    """Whether letters were lost on the way here ("L?y l?i", U+FFFD, "Cáº£i cÃ¡ch"). Told, never guessed at."""
    return "\ufffd" in text or bool(twice_encoded(text)) or bool(_LOST_LETTER.search(text))


def has_look_alikes(raw: str) -> bool:
    """Whether letters stand there that only look like Đ; `clean` replaces them."""
    return bool(_LOOK_ALIKES.search(raw))
