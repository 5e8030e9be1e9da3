"""What the tests of several connectors start from."""

from collections.abc import Iterator

import pytest

from tests.conftest import Sandbox
from tests.connectors.youtube_case import Session


@pytest.fixture
def youtube(sandbox: Sandbox) -> Iterator[Session]:
    """A channel at the sandbox, and what is asked of it."""
    session = Session(sandbox)
    yield session
    session.http.close()
