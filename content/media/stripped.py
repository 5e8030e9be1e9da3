"""A picture's bytes after everything that is not the picture was left out."""

from typing import NamedTuple


class Stripped(NamedTuple):
    """The bytes that are kept, and what was not.

    `turn` is an orientation (2 to 8) that has to be carried out on the picture because the format cannot keep it
    safely; `frames` more than one is a moving picture.
    """

    data: bytes
    place: bool = False
    hidden: bool = False
    tail: bool = False
    turn: int = 1
    frames: int = 1
