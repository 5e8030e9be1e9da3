"""What of a post is searched, and what a person's words ask for: both cut into the same plain words.

A word is a run of letters and digits after `fold`: "Đề án 06" is de, an, 06; "118/2025/NĐ-CP" is 118, 2025, nd,
cp. Every other character only parts words, so nothing a person types can mean anything to a database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.vietnamese import collation_key, fold

LONGEST_KEY = 200_000
"""Characters of one post that are searched; far above what any platform takes, below what PostgreSQL indexes."""
LONGEST_QUERY, MOST_WORDS = 400, 24

_WORD = re.compile(r"[^\W_]+")
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_VARIANT_TEXTS = ("title", "summary", "text", "first_comment")
_END_OF_WORD, _TONES, _DIGITS, _ALPHABET, _OTHERS = 0x01, 0x02, 0x10, 0x30, 0xF0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that must stand side by side; with `open_end` the last one may go on."""

    words: tuple[str, ...]
    open_end: bool = False


def words_of(text: str) -> list[str]:
    """The plain words of a text, in its order."""
    return _WORD.findall(fold(text))


def wanted(query: str) -> list[Wanted]:
    """What a person's words ask for; all of it must be found.

    A "quoted phrase" stays together, and so does what has no space inside: a document's number, a key. The last
    word may still be half typed, unless it is closed by a quotation mark or a space.
    """
    query = query[:LONGEST_QUERY].translate(_QUOTES)
    pieces = query.split('"')
    found: list[Wanted] = []
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        chunks = [piece] if place % 2 else piece.split()
        for number, chunk in enumerate(chunks, 1):
            if words := words_of(chunk)[:MOST_WORDS]:
                still_typed = last and number == len(chunks) and not piece[-1].isspace()
                found.append(Wanted(tuple(words), still_typed))
    return found[:MOST_WORDS]


def search_keys(post: Any) -> dict[str, Any]:
    """The three columns a post is found and ordered by, from its other fields.

    For writers that go round the table model (bulk inserts); for all others the model sets them itself.
    """
    return {
        "title_key": " ".join(words_of(post.title))[:LONGEST_KEY],
        "search_key": " ".join(words_of(" ".join(_texts(post))))[:LONGEST_KEY],
        "title_order": order_key(post.title),
    }


def _texts(post: Any) -> Iterable[str]:
    yield from (post.title, post.body, post.source or "", post.key)
    yield from _strings(post.hashtags)
    yield from _strings(post.legal_refs)
    for variant in (post.variants or {}).values():
        yield from _strings([variant.get(name) for name in _VARIANT_TEXTS] if isinstance(variant, Mapping) else [])


def _strings(values: Sequence[Any] | None) -> list[str]:
    return [value for value in values or [] if isinstance(value, str)]


def order_key(text: str) -> bytes:
    """`collation_key` as bytes: compared byte by byte, on any database, they stand in Vietnamese order."""
    out = bytearray()
    for letters, tones in collation_key(text):
        for letter in letters:
            out += _letter(letter)
        out.append(_END_OF_WORD)
        out += bytes(_TONES + tone for tone in tones)
        out.append(_END_OF_WORD)
    return bytes(out)


def _letter(place: int) -> bytes:
    """Digits are 0 to 9, the alphabet begins at 100, everything else at 1000 (see `collation_key`)."""
    if place < 10:
        return bytes((_DIGITS + place,))
    if place < 1000:
        return bytes((_ALPHABET + place - 100,))
    return bytes((_OTHERS,)) + place.to_bytes(3, "big")
