"""What a process that stays begins with: the commands that serve until they are ended."""

import gc
import signal
import sys
import threading
from contextlib import suppress

from cli import settings as settings_module
from cli.logfile import keep_logs
from cli.logs import set_up_logs
from cli.settings import CommonSettings

YOUNG, MIDDLE = 10_000, 20
"""New objects before the youngest are looked through, and so many such looks before the older ones are."""
_ARENAS = -8
"""glibc's M_ARENA_MAX (malloc.h)."""


def begin() -> tuple[CommonSettings, threading.Event]:
    """One heap, the settings, the log, and the event that SIGTERM or Ctrl-C sets. Raises `UserError` for a setting."""
    share_one_heap()
    settings = settings_module.load()
    set_up_logs(settings.log_level)
    keep_logs(settings)
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    return settings, stop


def settle() -> None:
    """Take what was loaded out of the garbage collector's rounds.

    Half a million objects of modules and tables stay until the end; going through them again and again was a fifth of
    what publishing costs in a rush. What comes from now on is collected as ever, in larger portions.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, MIDDLE)


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
