"""How the commands speak: tables and sentences on stdout, complaints on stderr."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(words: str) -> None:
    """One line for the person; never wrapped in the middle of an address."""
    out.print(Text(words), soft_wrap=True)


def complain(words: str) -> None:
    """One clear sentence on stderr."""
    err.print(Text(words, style="red"), soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; numbers stand right. Text is printed as it is, never read as markup."""
    made = Table(title=title or None, title_justify="left", show_lines=False)
    lines = [[str(cell) for cell in row] for row in rows]
    for place, name in enumerate(columns):
        numeric = bool(lines) and all(_is_number(line[place]) for line in lines)
        made.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        made.add_row(*(Text(cell) for cell in line))
    out.print(made)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "").replace(",", "").lstrip("+-").isdigit()
