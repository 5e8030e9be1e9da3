"""The connectors against the sandbox, over real HTTP."""

import pytest

pytest.register_assert_rewrite("tests.connectors.conformance")
