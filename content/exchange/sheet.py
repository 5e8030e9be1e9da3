"""A table as it was read, before anybody asks what its columns mean; and how much of one is taken.

The limits are far above what an office writes and far below what stops a small server. Each is told in
words where it is passed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from content.vietnamese import nfc

FILE_MAX = 20_000_000
"""Bytes of one table file."""
ROWS_MAX = 5_000
"""Rows with something in them."""
COLUMNS_MAX = 200
CELL_MAX = 100_000
"""Characters in one cell; a long article has about ten thousand."""
EMPTY_RUN_MAX = 150_000
"""After so many empty rows in a row the rest is taken for formatting that was left behind; below fewer it is read."""
HEADER_WITHIN = 20
"""The header stands in one of the first rows; a title and a blank line may stand above it."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no plain value; `words` say what it is and the way out."""

    words: str


Cell = str | int | float | bool | date | Odd
"""What a cell holds; an empty one is the empty text. A moment of a day is an `Odd`."""


@dataclass(slots=True)
class Line:
    """One row: its number as Excel shows it, and its cells."""

    number: int
    cells: list[Cell]

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it but blanks."""
        return all(isinstance(cell, str) and not cell.strip() for cell in self.cells)


@dataclass(slots=True)
class Grid:
    """The rows that have something in them, and what a person should know about the reading."""

    lines: list[Line]
    title: str = ""
    """The sheet's name; empty for a CSV file."""
    notes: list[str] = field(default_factory=list)
    merged: dict[int, dict[int, int]] = field(default_factory=dict)
    """Row -> column -> the row where the merged cell begins that covers it; columns count from 0."""


def texts(line: Sequence[Cell]) -> list[str]:
    """A row's cells as header texts: NFC, on one line."""
    return [" ".join(nfc(cell).split()) if isinstance(cell, str) else "" for cell in line]


def worthwhile(lines: Iterator[Line]) -> tuple[list[Line], int]:
    """The rows that hold something, one more than allowed at most; and where reading was given up, or 0."""
    kept: list[Line] = []
    empty = 0
    for line in lines:
        if line.empty:
            empty += 1
            if empty >= EMPTY_RUN_MAX:
                return kept, line.number
            continue
        empty = 0
        kept.append(line)
        if len(kept) > ROWS_MAX + HEADER_WITHIN:
            break
    return kept, 0
