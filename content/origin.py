"""From where an act comes: the desk with the browser's address, a program at the API, a command, or the machine itself.

The outermost door tells it once (`cli.app`, `web.app`); the rows of evidence take it up by themselves when they are
made, so that no rule in between has to pass it on. A thread that nobody told works for the machine.
"""

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


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())


def origin() -> Origin:
    """From where what is done now comes."""
    return _origin.get()


def comes_from(via: Via, address: str = "") -> None:
    """What is done from here on, in this thread or request, comes from there."""
    _origin.set(Origin(via, address))


def via_now() -> str:
    """For a row's column."""
    return _origin.get().via.value


def address_now() -> str:
    """Likewise."""
    return _origin.get().address
