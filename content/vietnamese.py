"""Vietnamese text, numbers, dates and order, written once for the whole product (domain 8).

Times come in as aware UTC and are told in Asia/Ho_Chi_Minh, whatever the machine's own zone is.
A value we do not have is told as "-", never as 0.
"""

import math
import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
MISSING = "-"
TOPIC_ORDER = ("a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l")
"""The letters of a Vietnamese list of eleven points: đ after d, no f and no j."""

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
WEEKDAYS_SHORT = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")

_REPAIRS = str.maketrans(
    {
        "\x00": None,  # no database keeps it
        "\u200b": None,
        "\u00ad": None,
        "\ufeff": None,
        "\u000b": "\n",
        "\u00d0": "Đ",  # eth, which looks the same
        "\u00f0": "đ",
        "\u0189": "Đ",
    }
)
_TO_REPAIR = re.compile("[" + "".join(map(chr, _REPAIRS)) + "]")


class _Bare(dict[int, int | None]):
    """For `str.translate`: marks become nothing; each letter is looked up once, for search folds whole libraries."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) == "Mn" else code
        return self[code]


_BARE = _Bare()
_BEYOND_MARKS = re.compile("[^\x00-\x7f\u0300-\u036f]")
_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_WORD = re.compile(r"\w+")

_MOST_MARKS = 30
"""Marks on one letter. No script needs as many, and putting n of them in order takes n² steps."""
_MARK = re.compile(r"[^\x00-\u02ff\w\s]")
_MARKS = re.compile(rf"[^\x00-\u02ff\w\s]{{{_MOST_MARKS + 1},}}")
"""Marks and signs; every mark is among them."""

CollationKey = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


def nfc(text: str) -> str:
    """`text` as it is kept: NFC, no hidden characters, look-alikes of Đ replaced.

    Non-breaking spaces stay, because "số 481/KH-UBND" must not be torn apart; spelling is never changed.
    """
    # looking first is thirty times as fast as replacing, and there is hardly ever anything to replace
    return composed(text.translate(_REPAIRS) if _TO_REPAIR.search(text) else text)


def composed(text: str) -> str:
    """`text` in NFC and nothing else, made in a time that grows with its length only, whatever it is.

    Of more than thirty marks on one letter the rest is dropped.
    """
    # a run of 31 has a sign at one of every 31 places, so ordinary text is hardly looked at
    if _MARK.search(text[_MOST_MARKS :: _MOST_MARKS + 1]):
        text = _MARKS.sub(_few_marks, text)
    return unicodedata.normalize("NFC", text)


def _few_marks(found: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for sign in found[0]:
        # some marks, and some Tibetan signs that are none, fall apart into several
        parts = unicodedata.normalize("NFD", sign)
        marks = marks + len(parts) if unicodedata.combining(parts[0]) else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def fold(text: str) -> str:
    """The search key: no case, no marks, đ as d, single spaces. "cai cach" finds "Cải cách"."""
    plain = unicodedata.normalize("NFD", nfc(text).casefold()).replace("đ", "d")
    # most texts are ASCII and marks only; those lose their marks at the speed of a copy
    bare = plain.translate(_BARE) if _BEYOND_MARKS.search(plain) else plain.encode("ascii", "ignore").decode()
    return " ".join(bare.split())


def collation_key(text: str) -> CollationKey:
    """A key for `sorted`: word by word, letters in the order of the alphabet first, then the tones.

    Tones stand in the order ngang, huyền, hỏi, ngã, sắc, nặng; digits stand before letters.
    """
    return tuple(_word_key(word) for word in _WORD.findall(nfc(text).casefold()))


def _word_key(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters, tones = [], []
    for letter in word:
        marks = unicodedata.normalize("NFD", letter)
        tones.append(next((_TONES[mark] for mark in marks if mark in _TONES), 0))
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        letters.append(100 + _LETTERS[bare] if bare in _LETTERS else _other(bare))
    return tuple(letters), tuple(tones)


def _other(letter: str) -> int:
    """Digits before the alphabet, everything else after it."""
    return int(letter) if letter.isdecimal() else 1000 + ord(letter[0])


def number(value: int | float | None, places: int | None = None) -> str:
    """1234567.8 as "1.234.567,8". With `places` that many decimals are shown, otherwise at most two."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.{2 if places is None else places}f}"
    if places is None:
        text = text.rstrip("0").rstrip(".")
    if text.strip("-0.,") == "":
        text = text.removeprefix("-")
    return text.translate(str.maketrans(",.", ".,"))


def percent(share: float | None, places: int | None = None) -> str:
    """A share of one as a percentage: 0.8838 is "88,38%", None is "-"."""
    return MISSING if share is None or not math.isfinite(share) else f"{number(share * 100, places)}%"


def day(value: date | None) -> str:
    """31/12/2026. A datetime is refused, because its day depends on the zone: use `local_day` first."""
    if isinstance(value, datetime):
        raise ValueError("a moment has no day of its own; use local_day")
    return MISSING if value is None else f"{value.day:02}/{value.month:02}/{value.year}"


def long_day(value: date) -> str:
    """ "ngày 05 tháng 3 năm 2026": days under 10 and only months 1 and 2 are padded (NĐ 30/2020/NĐ-CP)."""
    month = f"{value.month:02}" if value.month <= 2 else f"{value.month}"
    return f"ngày {value.day:02} tháng {month} năm {value.year}"


def local(value: datetime) -> datetime:
    """An aware moment in Asia/Ho_Chi_Minh. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("a time without its zone cannot be told")
    return value.astimezone(LOCAL)


def local_day(value: datetime) -> date:
    """The day it is in Việt Nam at an aware moment."""
    return local(value).date()


def clock(value: datetime | None) -> str:
    """07:30, in Asia/Ho_Chi_Minh."""
    return MISSING if value is None else local(value).strftime("%H:%M")


def moment(value: datetime | None) -> str:
    """ "07:30 ngày 31/12/2026", in Asia/Ho_Chi_Minh."""
    return MISSING if value is None else f"{clock(value)} ngày {day(local_day(value))}"


def weekday(value: date, *, short: bool = False) -> str:
    """ "thứ Hai" … "Chủ nhật", or "T2" … "CN"."""
    return (WEEKDAYS_SHORT if short else WEEKDAYS)[value.weekday()]
