"""What an address asks for, read so that nothing anybody can type into one is an error."""

from collections.abc import Container
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from content.articles import printable
from content.vietnamese import nfc

NUMBER_MOST = 2**31 - 1
"""The largest number that a row may have on every database."""


def words(asked: QueryParams, name: str, most: int = 200) -> str:
    """What somebody typed: one line, NFC, without signs that databases refuse, and no more than is looked at."""
    return " ".join(printable(nfc(asked.get(name, "")[: 4 * most])).split())[:most]


def one_of(asked: QueryParams, name: str, known: Container[str]) -> str:
    """One of the known values; "" for every other."""
    value = nfc(asked.get(name, "")[:200])
    return value if value in known else ""


def number(text: str, *, most: int = NUMBER_MOST) -> int | None:
    """A whole number from 1 to `most`; None for everything else."""
    fine = text.isascii() and text.isdigit() and len(text) < 12
    return int(text) if fine and 1 <= int(text) <= most else None


def address(path: str, **facts: str | int | None) -> str:
    """The address of a list with what it is asked for; empty facts are left out."""
    query = urlencode({name: value for name, value in facts.items() if value not in ("", None)})
    return f"{path}?{query}" if query else path
