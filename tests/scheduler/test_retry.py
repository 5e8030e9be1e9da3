"""What an error means, as a table: nothing is done here, so every row can be read."""

import random
from datetime import timedelta

import pytest

from connectors.errors import (
    Blocked,
    Limited,
    LimitedWork,
    Misconfigured,
    OverBudget,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
    Unsupported,
)
from scheduler.lifecycle import Event
from scheduler.retry import BACKOFF, FIND, PREPARE, PUBLISH, judge, pause_after
from tests.conftest import NOW

LATER = NOW + timedelta(hours=5)
TABLE = [
    # error, while, event, channel state, counts against the budget
    (Rejected("x"), PREPARE, Event.REJECTED, "", False),
    (Rejected("x"), PUBLISH, Event.REJECTED, "", False),
    (Rejected("x"), FIND, Event.UNCLEAR, "", False),
    (Unsupported("x", "y"), PREPARE, Event.REJECTED, "", False),
    (Reconnect("x"), PREPARE, Event.WILL_RETRY, "reconnect", False),
    (Reconnect("x"), PUBLISH, Event.WILL_RETRY, "reconnect", False),
    (Reconnect("x"), FIND, Event.LOOK_AGAIN, "reconnect", False),
    (Reconnect("x", refresh_first=True), PUBLISH, Event.WILL_RETRY, "", False),
    (Misconfigured("x"), PUBLISH, Event.WILL_RETRY, "misconfigured", False),
    (Blocked("x", until=LATER), PUBLISH, Event.WILL_RETRY, "blocked", False),
    (Limited("x", until=LATER), PUBLISH, Event.WILL_RETRY, "", False),
    (Limited("x", until=LATER), FIND, Event.LOOK_AGAIN, "", False),
    (LimitedWork("x", until=LATER), PREPARE, Event.WILL_RETRY, "", False),
    (OverBudget("x", until=LATER), PUBLISH, Event.WILL_RETRY, "", False),
    (Unavailable("x"), PREPARE, Event.WILL_RETRY, "", True),
    (Unavailable("x"), PUBLISH, Event.WILL_RETRY, "", True),
    (Unavailable("x"), FIND, Event.LOOK_AGAIN, "", False),
    (Unconfirmed("x"), PREPARE, Event.WILL_RETRY, "", True),
    (Unconfirmed("x"), PUBLISH, Event.NO_ANSWER, "", False),
    (Unconfirmed("x"), FIND, Event.UNCLEAR, "", False),
    (ZeroDivisionError("a bug"), PREPARE, Event.WILL_RETRY, "", True),
    (ZeroDivisionError("a bug"), PUBLISH, Event.NO_ANSWER, "", False),
    (ZeroDivisionError("a bug"), FIND, Event.UNCLEAR, "", False),
]


@pytest.mark.parametrize(("error", "action", "event", "channel", "counts"), TABLE)
def test_an_error_is_judged_by_what_to_do_next(
    error: Exception, action: str, event: Event, channel: str, counts: bool
) -> None:
    verdict = judge(error, action, 0, now=NOW, rng=random.Random(1))
    assert (verdict.event, verdict.channel_state, verdict.counts) == (event, channel, counts)
    assert verdict.words


def test_a_limit_waits_exactly_until_its_time() -> None:
    verdict = judge(Limited("x", until=LATER), PUBLISH, 7, now=NOW, rng=random.Random(1))
    assert verdict.at == verdict.channel_until == LATER


@pytest.mark.parametrize("error", [LimitedWork("x", until=LATER), OverBudget("uploads", until=LATER)])
def test_a_limit_of_one_kind_of_work_lets_the_rest_of_the_channel_go_on(error: Limited) -> None:
    verdict = judge(error, PREPARE, 0, now=NOW, rng=random.Random(1))
    assert (verdict.at, verdict.channel_until, verdict.channel_state) == (LATER, None, "")


def test_pauses_grow_and_then_the_tries_are_used_up() -> None:
    pauses = [pause_after(tries, random.Random(3)) for tries in range(1, len(BACKOFF) + 2)]
    assert pauses[-1] is None
    known = [pause for pause in pauses if pause]
    assert known == sorted(known)
    assert all(BACKOFF[place] * 0.9 <= pause <= BACKOFF[place] * 1.1 for place, pause in enumerate(known))


def test_when_the_tries_are_used_up_the_publication_fails_and_says_how_often() -> None:
    verdict = judge(Unavailable("Máy chủ bận."), PUBLISH, len(BACKOFF), now=NOW, rng=random.Random(1))
    assert verdict.event is Event.REJECTED
    assert verdict.words == "Đã thử 9 lần không được. Lần cuối: Máy chủ bận."


def test_a_pause_the_platform_asked_for_is_kept_when_it_is_longer() -> None:
    error = Unavailable("x", retry_after=timedelta(hours=3))
    assert judge(error, PREPARE, 0, now=NOW, rng=random.Random(1)).at == NOW + timedelta(hours=3)


def test_a_look_that_fails_never_uses_up_the_tries() -> None:
    verdict = judge(Unavailable("x"), FIND, 99, now=NOW, rng=random.Random(1))
    assert verdict.event is Event.LOOK_AGAIN
    assert verdict.at is not None and verdict.at > NOW
