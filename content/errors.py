"""What can be wrong with content, told in words staff can act on."""

import errno
from collections.abc import Sequence


class ContentError(Exception):
    """Something a person can mend. `words` is one Vietnamese sentence that names the file or field."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class DiskError(ContentError):
    """The disk is full or refuses: whatever is under way stops, because the next file will fare no better."""


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk is full, or what this person may use of it, or the file may not grow."""


def is_disk_full(error: BaseException) -> bool:
    """Whether something could not be written because there is no room."""
    return isinstance(error, OSError) and error.errno in _FULL


def why(error: OSError) -> str:
    """Why a file could not be written, for within a sentence: a full disk has a way out, the rest is the system's."""
    return "ổ đĩa đã đầy" if is_disk_full(error) else error.strerror or str(error)


class LibraryError(ContentError):
    """Everything that is wrong with one or more files, told at once as "file: field: sentence"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)
