"""Tables and paragraphs for plain text of 80 columns. All text is NFC, so one character is one column."""

import textwrap
from collections.abc import Sequence

WIDTH = 80


def columns(rows: Sequence[Sequence[str]], pattern: str) -> str:
    """Rows as aligned columns, two blanks apart; the first row is the head.

    `pattern` has one letter a column: `<` left, `>` right, `~` left and as wide as is left, wrapped.
    """
    widths = [max(len(str(row[n])) for row in rows) for n in range(len(pattern))]
    if "~" in pattern:
        place = pattern.index("~")
        rest = sum(widths) - widths[place] + 2 * (len(pattern) - 1)
        widths[place] = min(widths[place], WIDTH - rest)
    lines = []
    for number, row in enumerate(rows):
        lines += _lines([str(cell) for cell in row], widths, pattern)
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _lines(row: Sequence[str], widths: Sequence[int], pattern: str) -> list[str]:
    cells = [
        textwrap.wrap(cell, width) or [""] if kind == "~" else [cell]
        for cell, width, kind in zip(row, widths, pattern, strict=True)
    ]
    lines = []
    for place in range(max(map(len, cells))):
        parts = [
            (cell[place] if place < len(cell) else "").rjust(width)
            if kind == ">"
            else (cell[place] if place < len(cell) else "").ljust(width)
            for cell, width, kind in zip(cells, widths, pattern, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def wrapped(words: str, first: str = "", rest: str | None = None) -> str:
    """A paragraph within the width; `first` opens its first line, `rest` (as wide, blank) the others."""
    indent = " " * len(first) if rest is None else rest
    return textwrap.fill(words, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
