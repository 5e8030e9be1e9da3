"""What a platform answered to the questions for figures, as it came, and nothing that tells of persons.

A connector hands over the answers that it made figures of, with the shape of what may be kept: an allow-list. Whatever
the shape does not name stays out, and where the value is of another form than the shape allows, only its kind is
kept ("(str)"): so no name, no text and no token can get in, whatever a platform begins to send.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = Any
"""A mapping of names to shapes, a list with the one shape of its members, or a leaf: a test of the value."""
Leaf = Callable[[Any], bool]

_DIGITS = re.compile(r"-?\d{1,20}(\.\d{1,6})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d([+-]\d\d:?\d\d|Z)?)?")
_LEVEL = 6
"""Packing harder gains little."""


def counter(value: Any) -> bool:
    """A number, also one that is written as a text."""
    if isinstance(value, str):
        return _DIGITS.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def moment(value: Any) -> bool:
    """A day or a moment as a text."""
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def flag(value: Any) -> bool:
    """Yes or no."""
    return isinstance(value, bool)


def one_of(names: Iterable[str]) -> Leaf:
    """One of the words that we know, such as the names that were asked for."""
    known = frozenset(names)
    return lambda value: isinstance(value, str) and value in known


def any_of(*leaves: Leaf) -> Leaf:
    """What one of these allows."""
    return lambda value: any(leaf(value) for leaf in leaves)


def allowed(value: Any, shape: Shape) -> Any:
    """What of `value` fits `shape`."""
    if isinstance(shape, Mapping):
        if not isinstance(value, Mapping):
            return _kind(value)
        return {name: allowed(value[name], inner) for name, inner in shape.items() if name in value}
    if isinstance(shape, list):
        return [allowed(one, shape[0]) for one in value] if isinstance(value, list) else _kind(value)
    return value if shape(value) else _kind(value)


def _kind(value: Any) -> str | None:
    return None if value is None else f"({type(value).__name__})"


@dataclass
class Transcript:
    """The answers of one piece of work, in the order in which they came."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    cut: str = ""
    """Why not everything was asked, in one sentence; empty when it was."""

    def hear(self, call: str, of: str, told: Any, shape: Shape) -> None:
        """Keep what `shape` allows of an answer. `call` and `of` (the post's id, or "") are our own words."""
        self.heard.append({"call": call, "of": of, "told": allowed(told, shape)})

    def cut_short(self, words: str) -> None:
        """Not everything was asked; what was told so far is worth keeping."""
        self.cut = words


def packed(heard: Iterable[Mapping[str, Any]]) -> tuple[bytes, int]:
    """Answers as they are stored, and their size before packing."""
    text = json.dumps(list(heard), ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(text, _LEVEL), len(text)


def unpacked(payload: bytes) -> list[dict[str, Any]]:
    """The answers again."""
    found: list[dict[str, Any]] = json.loads(zlib.decompress(payload))
    return found
