"""Loads a package without others that it looks for and only makes its output prettier with.

structlog colours tracebacks with rich, and rich brings every lexer of pygments, for a console that this product does
not use: its log is JSON. Together they are 8 MB and a tenth of a second in every process. Import this before anything
that imports structlog.
"""

import sys
from importlib import import_module

_NOT_NEEDED = ("rich", "greenlet")
"""What structlog asks for and does without."""


def _load_without(name: str, *others: str) -> None:
    """Import `name` as if the packages `others` were not installed; who asks for one of them later gets it."""
    hidden = [one for one in others if one not in sys.modules]
    for one in hidden:
        sys.modules[one] = None  # type: ignore[assignment]  # which stands for what cannot be imported
    try:
        import_module(name)
    finally:
        for one in hidden:
            del sys.modules[one]


_load_without("structlog", *_NOT_NEEDED)
