"""What a mail address looks like, apart from what sends mail: the settings check addresses in every process."""

import re

ADDRESS = re.compile(r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
"""A plain address, without a display name: nothing in it can begin a new header."""
RECIPIENTS_MOST = 20


def is_address(text: str) -> bool:
    """Whether this is one plain mail address."""
    return bool(ADDRESS.fullmatch(text)) and ".." not in text and not text.startswith(".") and ".@" not in text
