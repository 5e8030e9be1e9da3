"""Forms that somebody filled in while another person changed the same thing: refused, with both values shown.

A form carries the mark of what it showed. When what stands now has another mark, nothing is written, unless it is
already what was sent (a double click).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MARK = "dau"
"""The hidden field."""


def mark_of(shown: Mapping[str, Any]) -> str:
    """A mark over everything that a form showed."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Clash:
    """What stands now beside what was sent, field by field, where they differ."""

    rows: tuple[tuple[str, str, str], ...]
    """Label, theirs, mine."""
    mark: str
    """With it the same form may be sent again, knowing what stands now."""
    actor: str = ""


def clash(
    labels: Mapping[str, str], theirs: Mapping[str, Any], mine: Mapping[str, Any], actor: str = ""
) -> Clash | None:
    """The difference in the fields of `labels`; None when there is none: it was saved already."""
    rows = tuple(
        (label, _shown(theirs.get(name)), _shown(mine.get(name)))
        for name, label in labels.items()
        if _shown(theirs.get(name)) != _shown(mine.get(name))
    )
    return Clash(rows, mark_of(theirs), actor) if rows else None


def changes(labels: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What a change changed, for the record of acts: "Tên: “A” → “B”"."""
    return "; ".join(
        f"{label}: “{_shown(before.get(name))[:200]}” → “{_shown(after.get(name))[:200]}”"
        for name, label in labels.items()
        if _shown(before.get(name)) != _shown(after.get(name))
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
