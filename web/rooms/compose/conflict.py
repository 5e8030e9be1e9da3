"""Two people saved the same post: both texts side by side, and nothing lost whatever is chosen."""

import re
from dataclasses import dataclass

from fastapi import APIRouter

router = APIRouter()
PIECES_MOST = 4_000
"""Words of one text that are compared one by one; longer texts are compared line by line."""
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")

Mark = tuple[str, str]
"""same, mine or theirs, and the words."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One field in which the two differ."""

    label: str
    mine: list[Mark]
    theirs: list[Mark]
