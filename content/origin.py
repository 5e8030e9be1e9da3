"""From where an act comes: the desk with the browser's address, a program at the API, a command, or the machine itself.

The outermost door tells it once (`cli.app`, `web.app`); the rows of evidence take it up by themselves when they are
made, so that no rule in between has to pass it on. A thread that nobody told works for the machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Via(StrEnum):
    """The door."""

    DESK = "desk"
    API = "api"
    CLI = "cli"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Origin:
    """The door, and the browser's address or the machine's name."""

    via: Via = Via.MACHINE
    address: str = ""


_MACHINE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_MACHINE)


def origin() -> Origin:
    """From where what is done now comes."""
    return _origin.get()


@contextmanager
def coming_from(via: Via, address: str = "") -> Iterator[None]:
    """What is done inside, in this thread or request, comes from there."""
    token = _origin.set(Origin(via, address))
    try:
        yield
    finally:
        _origin.reset(token)


def via_now() -> str:
    """For a row's column."""
    return _origin.get().via.value


def address_now() -> str:
    """Likewise."""
    return _origin.get().address
