"""The threads that carry out claims: how much may be claimed for them, and what becomes of work that fails."""

import threading
from collections.abc import Iterator

import pytest

from scheduler.hands import KEPT_FREE, Hands


@pytest.fixture
def hands() -> Iterator[Hands]:
    made = Hands(20)
    yield made
    made.close()


def test_many_hands_have_some_work_ahead_and_few_have_none(hands: Hands) -> None:
    assert (hands.room("a"), Hands(4).room("a")) == (30, 4)


def test_behind_uploads_only_as_much_is_claimed_as_there_are_hands(hands: Hands) -> None:
    end = threading.Event()

    def upload() -> None:
        assert end.wait(30)

    for _ in range(20 - KEPT_FREE):
        hands.give("a", upload, prepares=True)
    assert hands.room_to_prepare("a") == 0
    assert hands.room("a") == KEPT_FREE + KEPT_FREE // 2, "what waits behind an upload would outlive its lease"
    assert hands.room("b") == 30
    end.set()
    hands.rest()


def test_work_that_failed_is_told_once_and_keeps_no_hand(hands: Hands) -> None:
    def fail() -> None:
        raise ValueError("the books are gone")

    for _ in range(3):
        hands.give("a", fail, prepares=False)
    with pytest.raises(ValueError, match="the books"):
        hands.rest()
    hands.rest()
    assert (hands.nearly_idle, hands.room("a")) == (True, 30)
