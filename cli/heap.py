"""One heap for all threads of a process that runs for months."""

import sys
from contextlib import suppress

_ARENAS = -8
"""glibc's M_ARENA_MAX (malloc.h)."""


def share_one_heap() -> None:
    """Let every thread take its memory from the same heap; call it before there are any.

    glibc gives each thread a heap of its own, up to eight for each core, and none of them gives back what its thread
    needed for a moment: with fifty hands a third of all memory. Only one thread runs Python at a time, so one heap
    costs nothing measurable. Elsewhere than on glibc there is nothing to do.
    """
    if sys.platform != "linux":
        return
    import ctypes  # only who runs for long needs it

    with suppress(AttributeError):  # musl has no such setting
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
