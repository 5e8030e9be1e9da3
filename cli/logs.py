"""Logs as JSON lines on stderr: who, which request, which publication; everything that looks like a secret blotted out.

Lines of libraries (uvicorn's tracebacks, APScheduler, urllib3) take the same way, so they are lines of JSON as well.
"""

import logging
import os
import socket
import sys
import threading
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog

from connectors.redaction import blot, redact

Line = MutableMapping[str, Any]


def set_up_logs(level: str) -> None:
    """Log from `level` on ("INFO"); nothing of a request's body or a token ever reaches a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _who,
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        _blot,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=shared
    )
    handler = _Stderr()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # looked up for each line: who replaces sys.stderr for a while may close its own afterwards; line and end in one
        # write, because several processes write into one file
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Lines(structlog.WriteLogger):
    """Where a line cannot be written (a full disk, a pipe that nobody reads any more), the work goes on without it."""

    def msg(self, message: str) -> None:
        """Write one line, if that can be done."""
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class _Stderr(logging.StreamHandler[Any]):
    """Writes to the stderr of the moment, as above."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _other: Any) -> None:
        """It is always the one of the moment."""


def quiet_crashes() -> None:
    """What nobody caught is told whole, in any thread, with the secrets in its words blotted out."""

    def told(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))

    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = told
    if threading.excepthook is threading.__excepthook__:  # else somebody watches the threads already
        threading.excepthook = lambda one: told(one.exc_type, one.exc_value, one.exc_traceback)


_WORKER = f"{socket.gethostname()}:{os.getpid()}"
"""As a process signs what it claims."""


def _who(_logger: Any, _name: str, event: Line) -> Line:
    event["worker"] = _WORKER
    return event


def _blot(_logger: Any, _name: str, event: Line) -> Line:
    return dict(blot(event))
