"""How the commands speak: tables and sentences on stdout, complaints on stderr; secrets are typed unseen.

rich draws tables and progress, and is loaded by whoever draws: the service says a few sentences in its life.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

_CONTROLS = dict.fromkeys((7, 8, 11, 12, 13))
"""Bell, backspace, vertical tab, form feed, carriage return: what a text was given from outside moves no cursor."""


def screen(*, stderr: bool = False) -> "Console":
    """Where tables and progress are drawn: stdout or stderr."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def say(words: str, *, now: bool = False) -> None:
    """One line for the person; never wrapped in the middle of an address. `now`: at once, also into a pipe."""
    sys.stdout.write(f"{words.translate(_CONTROLS)}\n")
    if now:
        sys.stdout.flush()


def complain(words: str) -> None:
    """One clear sentence on stderr."""
    from rich.text import Text

    screen(stderr=True).print(Text(words, style="red"), soft_wrap=True)


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
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title, style="table.title") if title else None, title_justify="left", show_lines=False)
    for place, name in enumerate(columns):
        numeric = all(_is_number(line[place]) for line in lines)
        made.add_column(Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=name in whole)
    for line in lines:
        made.add_row(*(Text(cell) for cell in line))
    screen().print(made)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "").replace(",", "").lstrip("+-").isdigit()
