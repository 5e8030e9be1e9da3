"""How the commands speak: tables and sentences on stdout, complaints on stderr; secrets are typed unseen."""

import sys
from collections.abc import Iterable, Sequence

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(words: str, *, now: bool = False) -> None:
    """One line for the person; never wrapped in the middle of an address. `now`: at once, also into a pipe."""
    out.print(Text(words), soft_wrap=True)
    if now:
        sys.stdout.flush()


def complain(words: str) -> None:
    """One clear sentence on stderr."""
    err.print(Text(words, style="red"), soft_wrap=True)


def ask_secret(words: str) -> str:
    """A line that is not shown while it is typed or pasted; from a pipe it is simply read."""
    if sys.stdin.isatty():
        answer: str = typer.prompt(
            f"{words} (không hiện trên màn hình)", default="", hide_input=True, show_default=False
        )
        return answer.strip()
    say(f"{words}:")
    return sys.stdin.readline().strip()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, whole: Sequence[str] = ()) -> None:
    """A table; numbers stand right. Text is printed as it is, never read as markup. No rows: one line says so.

    `whole`: columns that are never broken over lines, so that a key can be copied.
    """
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        say(f"{title}: chưa có gì.")
        return
    made = Table(title=Text(title, style="table.title") if title else None, title_justify="left", show_lines=False)
    for place, name in enumerate(columns):
        numeric = all(_is_number(line[place]) for line in lines)
        made.add_column(Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=name in whole)
    for line in lines:
        made.add_row(*(Text(cell) for cell in line))
    out.print(made)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "").replace(",", "").lstrip("+-").isdigit()
