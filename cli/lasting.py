"""What a process that stays does once it stands: the commands that serve until they are ended."""

import gc

YOUNG, MIDDLE = 10_000, 20
"""New objects before the youngest are looked through, and so many such looks before the older ones are."""


def settle() -> None:
    """Take what was loaded out of the garbage collector's rounds.

    Half a million objects of modules and tables stay until the end; going through them again and again was a fifth of
    what publishing costs in a rush. What comes from now on is collected as ever, in larger portions.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, MIDDLE)
