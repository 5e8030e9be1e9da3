"""The tags of posts: what days off and pauses go by (domain 2.5, 2.6). An office may use names of its own, too."""

import re
from collections.abc import Iterable

from content.errors import ContentError
from content.vietnamese import fold, nfc

NOTICE = "thong-bao"
"""An administrative notice: never on a day off."""
KNOWN = {
    NOTICE: "Thông báo hành chính",
    "tin-vui": "Tin vui, giải trí",
    "cuoc-thi": "Cuộc thi",
    "chuc-mung": "Chúc mừng ngày lễ",
    "canh-bao": "Cảnh báo khẩn cấp",
}
"""What the product itself knows of; the words are for staff."""
_BY_WORDS = {fold(words): tag for tag, words in KNOWN.items()}
FORM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST, MOST = 40, 20


def clean(tags: Iterable[str]) -> list[str]:
    """The tags in order, each once. Raises `ContentError` naming the tag that cannot be one."""
    found = list(dict.fromkeys(nfc(tag).strip().lstrip("#") for tag in tags if tag.strip()))
    for tag in found:
        if not FORM.fullmatch(tag) or len(tag) > LONGEST:
            raise ContentError(
                f"tags: “{tag[:LONGEST]}” không đúng mẫu; chỉ dùng chữ thường không dấu, số và gạch nối, như {NOTICE}."
            )
    if len(found) > MOST:
        raise ContentError(f"tags: có {len(found)} nhãn; tối đa {MOST} nhãn.")
    return found


def named(words: str) -> str:
    """The tag that staff mean: one of `KNOWN` by its words, with or without marks; else what was written."""
    return _BY_WORDS.get(fold(words), words)


def tag_words(tag: str) -> str:
    """The tag as staff read it."""
    return KNOWN.get(tag, tag)
