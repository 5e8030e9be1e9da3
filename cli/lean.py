"""Loads packages without others that they look for and can do without.

structlog colours tracebacks with rich, and rich brings every lexer of pygments, for a console that this product does
not use: its log is JSON. requests guesses the alphabet of a text that does not tell it, and brings a table of all
languages; platforms answer in JSON, which is UTF-8, and what a portal sends is read by our own `portal.encoding`.
Together they are 10 MB and a fifth of a second in every process. Import this before anything that imports them.
"""

import sys
import warnings
from importlib import import_module
from typing import Any


def _load_without(name: str, *others: str) -> None:
    """Import `name` as if the packages `others` were not installed; who asks for one of them later gets it."""
    hidden = [one for one in others if one not in sys.modules]
    modules: dict[str, Any] = sys.modules
    for one in hidden:
        modules[one] = None  # which stands for what cannot be imported
    try:
        import_module(name)
    finally:
        for one in hidden:
            del sys.modules[one]


_load_without("structlog", "rich", "greenlet")
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
    _load_without("requests", "chardet", "charset_normalizer")
