"""What is different between two versions of a post, as values: per field the words that went and came, and the assets.

Pure, and made in a time that grows with the length of the texts only, whatever they say: sentences are held against
each other first, then the words of those that differ, as far as the work allowed for one post goes; beyond it a
passage is told as replaced whole.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import Any

from content.seasons import season_words
from content.tables import HASHED, HASHED_WHEN_SET, LateRule
from content.tags import tag_words
from content.vietnamese import day, nfc
from content.words import FORMS

WORK = 40_000_000
"""Comparisons allowed for one post: well under a second, and far more than an edit by hand needs."""
_SENTENCE_END = re.compile(r"(?<=[.!?…:;])\s+|\n+")
_WORD = re.compile(r"[^\W_]+|[\W_]")
_LATE = {
    LateRule.EXPIRE.value: "bỏ qua",
    LateRule.NEXT_SLOT.value: "chuyển sang khung giờ trống kế tiếp",
    LateRule.ANY_TIME.value: "vẫn đăng",
}
_COUNTED = {"repeat_days": "{} ngày", "repeat_most": "{} lần", "series_part": "phần {}"}


class Kind(StrEnum):
    """What became of a passage."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of a text; all of them in order, without the new ones, are the old text, and the other way round."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says something else now. `field` as in a finding: "title", "variants.<platform>.text"."""

    field: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


class Fate(StrEnum):
    """What became of an asset."""

    ADDED = "added"
    REMOVED = "removed"
    ALT = "alt"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class AssetChange:
    """A picture or a film that came, went, is told otherwise, or stands elsewhere."""

    fate: Fate
    sha256: str
    role: str
    platform: str
    before: str = ""
    """The alternative text as it was."""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that differs; empty when nothing does."""

    changes: tuple[Change, ...]
    assets: tuple[AssetChange, ...]

    def __bool__(self) -> bool:
        return bool(self.changes or self.assets)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Differences:
    """From one version to another, each as a `PostRevision` keeps it: the hashed fields, and "assets"."""
    before, after = dict(_texts(old)), dict(_texts(new))
    work = _Work(WORK)
    changes = [
        Change(name, had, has, compared(had, has, work))
        for name in dict.fromkeys([*after, *before])
        for had, has in [(before.get(name, ""), after.get(name, ""))]
        if had != has
    ]
    return Differences(tuple(changes), tuple(_assets(old.get("assets", ()), new.get("assets", ()))))


# Texts -----------------------------------------------------------------------------------------------------


class _Work:
    """How many comparisons are still allowed."""

    def __init__(self, left: int) -> None:
        self.left = left

    def affords(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Whether these may be matched; pays for it. The worst case of a matching, which is hardly ever met."""
        counts = Counter(other)
        pairs = sum(counts[token] for token in one)
        cost = (len(one) + pairs) * (1 + min(len(one), len(other)) // 8)
        if cost > self.left:
            return False
        self.left -= cost
        return True


def compared(old: str, new: str, work: _Work | None = None) -> tuple[Piece, ...]:
    """The passages of two texts, word by word where that tells more than two whole sentences would."""
    work = work or _Work(WORK)
    pieces: list[Piece] = []
    for same, gone, came in _matched(_sentences(old), _sentences(new), work):
        if same or not gone or not came:
            pieces += _pieces(same, gone, came)
            continue
        for part in _matched(_WORD.findall(gone), _WORD.findall(came), work):
            pieces += _pieces(*part)
    return tuple(_joined(pieces))


def _sentences(text: str) -> list[str]:
    """The text cut after each sentence and each line; together they are the text."""
    cuts = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts) if start < end]


def _matched(old: list[str], new: list[str], work: _Work) -> Iterator[tuple[str, str, str]]:
    """(same, gone, new) in order; what is alike at both ends costs nothing."""
    most = min(len(old), len(new))
    head = next((place for place in range(most) if old[place] != new[place]), most)
    most -= head
    tail = next((place for place in range(most) if old[-1 - place] != new[-1 - place]), most)
    yield "".join(old[:head]), "", ""
    ours, theirs = old[head : len(old) - tail], new[head : len(new) - tail]
    if ours and theirs and work.affords(ours, theirs):
        for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            alike = tag == "equal"
            yield ("".join(ours[a:b]), "", "") if alike else ("", "".join(ours[a:b]), "".join(theirs[c:d]))
    else:
        yield "", "".join(ours), "".join(theirs)
    yield "".join(old[len(old) - tail :]), "", ""


def _pieces(same: str, gone: str, came: str) -> list[Piece]:
    told = ((Kind.SAME, same), (Kind.GONE, gone), (Kind.NEW, came))
    return [Piece(kind, text) for kind, text in told if text]


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of a kind together; blanks between two changes belong to both, so that a phrase reads as one."""
    gone = came = ""
    for place, piece in enumerate(pieces):
        between = 0 < place < len(pieces) - 1 and Kind.SAME not in (pieces[place - 1].kind, pieces[place + 1].kind)
        if piece.kind is Kind.SAME and not (between and piece.text.isspace()):
            yield from _pieces("", gone, came)
            gone = came = ""
            yield piece
        else:
            gone += piece.text if piece.kind is not Kind.NEW else ""
            came += piece.text if piece.kind is not Kind.GONE else ""
    yield from _pieces("", gone, came)


# Fields ----------------------------------------------------------------------------------------------------


def _texts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field with what it says, in reading order; what each platform has of its own under a name of its own."""
    for name in HASHED:
        # an older version does not know what came later: there it said nothing
        value = data.get(name, HASHED_WHEN_SET.get(name))
        if name != "variants":
            yield name, _told(name, value)
            continue
        for platform, variant in sorted((value or {}).items()):
            for own, told in sorted(variant.items()):
                if own == "options" and isinstance(told, Mapping):
                    for option, chosen in sorted(told.items()):
                        yield f"variants.{platform}.options.{option}", _told(option, chosen)
                else:
                    yield f"variants.{platform}.{own}", _told(own, told)


def _told(name: str, value: Any) -> str:
    if value is None or (name in HASHED_WHEN_SET and value == HASHED_WHEN_SET[name]):
        return ""
    if name == "tags":
        return "; ".join(tag_words(str(one)) for one in value)
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, list | tuple):
        return "; ".join(_told("", one) for one in value)
    text = nfc(str(value)).strip()
    if name in ("valid_from", "valid_to", "repeat_until"):
        return day(date.fromisoformat(text))
    if name == "season":
        return season_words(text)
    if name in _COUNTED:
        return _COUNTED[name].format(text)
    return {"form": FORMS, "late_rule": _LATE}.get(name, {}).get(text, text)


def _assets(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[AssetChange]:
    """Each of the new ones is paired with one of the old ones of the same file in the same role."""
    left = [dict(one) for one in old]
    for one in new:
        same = [had for had in left if all(had[name] == one[name] for name in ("sha256", "role", "platform"))]
        had = min(same, key=lambda had: had["position"] != one["position"], default=None)
        if had is None:
            yield _asset(Fate.ADDED, one, "", one["alt"])
            continue
        left.remove(had)
        was, now = nfc(had["alt"]), nfc(one["alt"])
        if was != now:
            yield _asset(Fate.ALT, one, was, now)
        if had["position"] != one["position"]:
            yield _asset(Fate.MOVED, one, was, now)
    for had in left:
        yield _asset(Fate.REMOVED, had, had["alt"], "")


def _asset(fate: Fate, one: Mapping[str, Any], before: str, after: str) -> AssetChange:
    return AssetChange(fate, str(one["sha256"]), str(one["role"]), str(one["platform"]), nfc(before), nfc(after))
