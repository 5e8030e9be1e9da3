"""Hashtags: CamelCase without marks, so that all readers of one matter meet under one tag (domain 8)."""

import re
import unicodedata
from collections.abc import Iterator

from content.checks.syllables import is_syllable
from content.checks.values import Finding, Words, texts_of, warn
from content.vietnamese import fold, nfc

TAGS_MAX = 8
LONG = 6
"""From this many letters on, a tag in one case is hard to read."""
_TAG = re.compile(r"#(?=\w*[^\W\d_])\w+")
_TAG_IN_TEXT = re.compile(r"(?<![\w/&#])#(?=\w*[^\W\d_])\w+")
_WORD = re.compile(r"[^\W_]+")


def hashtag(text: str) -> str:
    """A tag made of a phrase: "Cải cách hành chính" is #CaiCachHanhChinh; #UBNDTinh and #CCHC keep their acronyms.

    "" when the phrase has no letter.
    """
    words = _WORD.findall(nfc(text))
    shouted = text.isupper()
    tag = "".join(_part(word, shouted=shouted) for word in words)
    return f"#{tag}" if any(letter.isalpha() for letter in tag) else ""


def _part(word: str, *, shouted: bool) -> str:
    """One word of a tag. In a phrase all in capitals only what cannot be a Vietnamese word is an acronym."""
    bare = _without_marks(word)
    if word.isupper() and not (shouted and len(word) > 1 and is_syllable(word)):
        return bare
    return bare[:1].upper() + (bare[1:].lower() if word.isupper() else bare[1:])


def _without_marks(text: str) -> str:
    """`fold`, but keeping capitals."""
    plain = unicodedata.normalize("NFD", nfc(text)).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")


def find_tag_faults(post: Words) -> Iterator[Finding]:
    """Tags that would break, split the readers, or cannot be read."""
    for tag in post.hashtags:
        yield from _tag("hashtags", tag)
    if len(post.hashtags) > TAGS_MAX:
        yield warn("hashtags", f"có {len(post.hashtags)} thẻ; nên dùng tối đa {TAGS_MAX}.")
    if len({fold(tag) for tag in post.hashtags}) < len(post.hashtags):
        yield warn("hashtags", "có thẻ viết hai lần; hãy bỏ bớt một.")
    for field, text in texts_of(post):
        for tag in dict.fromkeys(_TAG_IN_TEXT.findall(text)):
            yield from _tag(field, tag)


def _tag(field: str, tag: str) -> Iterator[Finding]:
    letters = tag.lstrip("#")
    if not _TAG.fullmatch(tag):
        instead = hashtag(letters)
        way = f"; hãy viết {instead}" if instead else ""
        yield Finding(field, f"“{tag}”: thẻ chỉ gồm chữ và số viết liền, không dấu cách, gạch nối hay &{way}.")
    elif not tag.isascii():
        yield warn(field, f"“{tag}”: nên viết không dấu ({hashtag(letters)}) để không chia nhỏ người đọc.")
    elif len(letters) >= LONG and letters.islower():
        yield warn(field, f"“{tag}”: nên viết hoa chữ đầu mỗi tiếng để dễ đọc, như #CaiCachHanhChinh.")
