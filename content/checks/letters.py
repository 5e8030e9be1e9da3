"""Characters that do not belong in a Vietnamese text, and text that a wrong character set has spoilt."""

import unicodedata
from collections.abc import Iterator, Sequence

from content.checks.charsets import VIETNAMESE, in_an_old_set, twice_encoded
from content.checks.slips import find_slips
from content.checks.values import Drawn, Finding, Picture, Words, texts_of, warn

SHOWN = 5
"""So many words or characters are named; who sees five knows what to look for."""

_KEYCAP, _AS_PICTURE, _JOINER, _REPLACEMENT = "\u20e3", "\ufe0f", "\u200d", "\ufffd"
_INVISIBLE = "\u2800\u3164\uffa0\u115f\u1160"
_ORDINARY = VIETNAMESE | {*map(chr, range(32, 127)), *"\n\t“”…–•"}
"""Never odd and never of another alphabet; hardly a text has anything else to look at."""
_OLD_SETS_AT_LEAST = 3
"""So many words that mean something only in TCVN3 or VNI are no chance."""


def find_odd_letters(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """Spoilt characters block; strange ones, broken marks and left-over keys are asked about."""
    for field, text in _fields(post, assets, drawn):
        strange = set(text) - _ORDINARY
        yield from _spoilt(field, text, strange)
        odd = sorted(filter(_is_odd, strange))
        if odd:
            names = ", ".join(map(_name, odd[:SHOWN]))
            yield warn(field, f"có ký tự lạ, hãy xem lại: {names}.")
        slips = find_slips(text)
        if slips:
            asked = ", ".join(f"“{word}” ({' hay '.join(meant[:2])}?)" for word, meant in [*slips.items()][:SHOWN])
            yield warn(field, f"có chữ như gõ nhầm dấu hoặc còn sót phím gõ: {asked}; hãy gõ lại.")


def _fields(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[tuple[str, str]]:
    yield from texts_of(post)
    yield "source", post.source
    yield from (("assets", one.alt) for one in assets)
    yield from ((f"assets ({picture.file})", "\n".join(picture.texts)) for picture in drawn)


def _spoilt(field: str, text: str, strange: set[str]) -> Iterator[Finding]:
    if _REPLACEMENT in text:
        yield Finding(field, "có chữ bị hỏng khi chuyển mã (dấu hỏi đen); hãy gõ lại chữ đó.")
    broken = twice_encoded(text)
    if broken:
        shown = ", ".join(f"“{one}”" for one in broken[:SHOWN])
        yield Finding(
            field, f"có chữ bị hỏng khi chuyển mã: {shown}; hãy chép lại từ bản gốc và lưu với bảng mã UTF-8."
        )
        return
    old = in_an_old_set(text) if strange else []
    if len(old) >= _OLD_SETS_AT_LEAST:
        shown = ", ".join(f"“{word}”" for word in old[:SHOWN])
        yield warn(field, f"có nhiều chữ như gõ bằng bảng mã cũ (TCVN3, VNI): {shown}; hãy gõ lại.")


def _is_odd(letter: str) -> bool:
    """Marks that found no letter, letters of other scripts, look-alikes, and invisible characters."""
    kind = unicodedata.category(letter)
    if kind in ("Mn", "Me"):
        return letter not in (_AS_PICTURE, _KEYCAP)
    if kind in ("Cc", "Cf", "Co", "Cs", "Cn"):
        return letter not in ("\n", "\t", _JOINER, _REPLACEMENT)
    if letter in _INVISIBLE:
        return True
    # Latin letters beyond the European ones are phonetic signs and the like: they only look like ours.
    is_known = letter in VIETNAMESE or (unicodedata.name(letter, "").startswith("LATIN") and ord(letter) < 0x180)
    return kind.startswith("L") and not is_known and letter not in "µªº"


def _name(letter: str) -> str:
    return f"U+{ord(letter):04X}" + (f" ({letter})" if letter.isprintable() and letter.isalpha() else "")
