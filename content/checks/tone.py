"""How the post speaks: short and easy for every age (the plan's V.6.a), no shouting, one call (domain 2.7).

What only a reader can judge is left to the reader; what can be counted is counted here.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from content.checks.syllables import is_syllable
from content.checks.values import Finding, Words, bodies_of, texts_of, titles_of, warn
from content.vietnamese import fold

TITLE_COMFORTABLE = 90
"""Longer titles are cut in most feeds (domain 2.7)."""
FIRST_SENTENCE_MAX, SENTENCE_MAX = 35, 50
"""Syllables. The first sentence says what changes for the reader, so it is held to less."""
EMOJI_MAX = 4

_SENTENCE_END = re.compile(r"(?<=[.!?…])[”\"»)]?\s+|[\n;]")
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[IVXLC]+")
_BAIT = re.compile(r"[!?]{2,}")
_SOURCE = re.compile(r"^\W*nguon\s*:", re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>\"“”()\[\]]+", re.IGNORECASE)
_TICKS = frozenset("✓✔☑✅➡→•")


def find_tone_faults(post: Words) -> Iterator[Finding]:
    """Titles, then each text."""
    if not post.title.strip():
        yield Finding("title", "bài chưa có tiêu đề; hãy viết một câu ngắn nói điều người đọc cần biết.")
    if not post.body.strip():
        yield Finding("body", "bài chưa có nội dung; hãy viết dưới phần đầu của tệp.")
    for field, title in titles_of(post):
        yield from _title(field, title)
    for field, text in texts_of(post):
        yield from _manners(field, text)
    for field, text in bodies_of(post):
        if text.strip():
            yield from _sentences(field, text)
            yield from _last_lines(field, text)


def _title(field: str, title: str) -> Iterator[Finding]:
    if len(title) > TITLE_COMFORTABLE:
        yield warn(field, f"tiêu đề dài {len(title)} ký tự; nên viết trong {TITLE_COMFORTABLE} ký tự.")
    shouted = _shouted(title)
    if shouted and title.isupper():
        yield warn(field, "tiêu đề viết hoa toàn bộ; hãy viết thường như câu văn.")
    elif shouted:
        yield warn(
            field, f"tiêu đề viết hoa cả từ “{shouted}”; hãy viết thường như câu văn, chỉ tên viết tắt mới viết hoa."
        )


def _shouted(title: str) -> str:
    """Two capital words side by side that could be Vietnamese: "HỘI NGHỊ", but not "PCI, ICT", "UBND" or "XVI"."""
    words = list(_WORD.finditer(title))
    loud = [
        word
        for word in words
        if len(word.group()) > 1
        and word.group().isupper()
        and is_syllable(word.group())
        and not _ROMAN.fullmatch(word.group())
    ]
    for first, second in pairwise(loud):
        # Two short ones without marks are more likely acronyms: "OA", "CA".
        if title[first.end() : second.start()].isspace() and not (first.group() + second.group()).isascii():
            return f"{first.group()} {second.group()}"
    if title.isupper() and len(loud) > 1:
        return title
    return ""


def _manners(field: str, text: str) -> Iterator[Finding]:
    bait = _BAIT.search(text)
    if bait:
        yield warn(field, f"có dấu “{bait.group()}”; hãy dùng một dấu câu, giọng văn của cơ quan không giật gân.")
    # no emoji stands before this one, and most texts have nothing that does not
    emoji = sum(_is_emoji(letter) for letter in text) if max(text, default="") >= "\u2600" else 0
    if emoji > EMOJI_MAX:
        yield warn(field, f"có {emoji} biểu tượng cảm xúc; nên dùng tối đa {EMOJI_MAX}.")


def _is_emoji(letter: str) -> bool:
    code = ord(letter)
    return (0x1F000 <= code < 0x1FB00 or 0x2600 <= code < 0x27C0) and letter not in _TICKS and code not in _SKIN


_SKIN = range(0x1F3FB, 0x1F400)


def _sentences(field: str, text: str) -> Iterator[Finding]:
    """Readability, by the plan's own demand; in Vietnamese every syllable is written by itself."""
    lengths = [
        (len(sentence.split()), sentence.strip())
        for sentence in _SENTENCE_END.split(_LINK.sub("", text))
        if sentence.strip() and not fold(sentence).startswith("nguon:")
    ]
    if lengths and lengths[0][0] > FIRST_SENTENCE_MAX:
        yield warn(
            field,
            f"câu đầu dài {lengths[0][0]} tiếng; nên viết trong {FIRST_SENTENCE_MAX} tiếng, nói ngay điều thay đổi với "
            "người đọc.",
        )
    for length, sentence in lengths[1:]:
        if length > SENTENCE_MAX:
            begin = " ".join(sentence.split()[:6])
            yield warn(field, f"câu “{begin}…” dài {length} tiếng; nên tách thành hai câu cho dễ đọc.")


def _last_lines(field: str, text: str) -> Iterator[Finding]:
    lines = [(line, fold(line)) for line in text.splitlines()]
    if not _SOURCE.search("\n".join(plain for _, plain in lines)):
        yield warn(field, "chưa có dòng nguồn; hãy thêm một dòng cuối như “Nguồn: Cổng Thông tin điện tử tỉnh.”")
    calls = {
        address.rstrip(".,;:!?…")
        for line, plain in lines
        if not plain.startswith("nguon:")
        for address in _LINK.findall(line)
    }
    if len(calls) > 1:
        yield warn(field, f"có {len(calls)} liên kết; nên chỉ mời người đọc mở một liên kết.")
