"""A reset platform is an empty one, whatever was asked of it before, and stands at the time that is told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sandbox.world import PLATFORMS
from tests.conftest import NOW, Sandbox
from tests.sandbox.test_faults import Visitor

SCENARIO = "- {after: 0, platform: facebook, kind: status}"
USES: dict[str, Callable[[Sandbox], object]] = {
    "nothing": lambda sandbox: None,
    "the time": lambda sandbox: sandbox.at(NOW - timedelta(days=400)),
    "a post": lambda sandbox: Visitor(sandbox).post().raise_for_status(),
    "a fault": lambda sandbox: sandbox.fault("facebook", "status"),
    "a scenario": lambda sandbox: sandbox.http.post(
        f"{sandbox.url('facebook')}/_sandbox/scenario", data=SCENARIO.encode(), timeout=5
    ).raise_for_status(),
    "an unknown address": lambda sandbox: sandbox.http.get(f"{sandbox.url('facebook')}/nowhere", timeout=5),
}


@pytest.mark.parametrize("use", USES.values(), ids=list(USES))
def test_nothing_of_what_was_asked_is_left_after_a_reset(sandbox: Sandbox, use: Callable[[Sandbox], object]) -> None:
    use(sandbox)
    sandbox.reset(NOW)
    for platform in PLATFORMS:
        left = [sandbox._ask("GET", platform, what) for what in ("public", "requests", "faults")]
        assert left == [[], [], []], platform
        assert datetime.fromisoformat(sandbox._ask("GET", platform, "clock")["now"]) == NOW
    assert sandbox.comments() == []
    assert sandbox._ask("GET", "facebook", "queries") == []


def test_without_a_time_a_reset_goes_back_to_the_computers(sandbox: Sandbox) -> None:
    sandbox.reset()
    for platform in PLATFORMS:
        first, second = (datetime.fromisoformat(sandbox._ask("GET", platform, "clock")["now"]) for _ in range(2))
        assert NOW != first < second
