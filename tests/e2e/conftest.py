"""The crash matrix's size and result, told at the end of the run."""

import pytest

from tests.e2e.matrix import Tally

_TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """Where every cell of the matrix is counted."""
    return pytestconfig.stash.setdefault(_TALLY, Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how large the matrix was and what became of the posts."""
    counted = config.stash.get(_TALLY, None)
    if counted is not None and counted.cells:
        terminalreporter.write_line(counted.summary())
