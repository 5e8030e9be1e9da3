"""Logs as JSON lines on stderr, with everything that looks like a secret blotted out."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from connectors.http import redact


def set_up_logs(level: str) -> None:
    """Log from `level` on ("INFO"); nothing of a request's body or a token ever reaches a line."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _blot,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # looked up for each line: who replaces sys.stderr for a while may close its own afterwards
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _blot(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}
