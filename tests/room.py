"""A disk without room, for tests in this process."""

import contextlib
import io
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def no_room(limit: int = 0) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, which is what a full disk is to it: what does not fit is
    refused, what is there stays. What is printed meanwhile goes nowhere, because it may go to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
