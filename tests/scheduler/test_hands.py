"""The threads that carry out claims: how much may be claimed for them, and what becomes of work that fails."""

import threading
from collections.abc import Iterator

import pytest

from scheduler.hands import KEPT_FREE, Hands
from scheduler.lifecycle import State
from tests.scheduler.house import Running


@pytest.fixture
def hands() -> Iterator[Hands]:
    made = Hands(20)
    yield made
    made.close()


def test_many_hands_have_some_work_ahead_and_few_have_none(hands: Hands) -> None:
    assert (hands.room("a"), Hands(4).room("a")) == (40, 4)


def test_behind_uploads_only_as_much_is_claimed_as_there_are_hands(hands: Hands) -> None:
    end = threading.Event()

    def upload() -> None:
        assert end.wait(30)

    for _ in range(20 - KEPT_FREE):
        hands.give("a", upload, prepares=True)
    assert hands.room_to_prepare("a") == 0
    assert hands.room("a") == 2 * KEPT_FREE, "what waits behind an upload would outlive its lease"
    assert hands.room("b") == 40
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
    assert (hands.nearly_idle, hands.room("a")) == (True, 40)


def test_what_comes_next_on_a_channel_is_claimed_as_soon_as_the_one_before_it_is_recorded(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, rows, page = running.service, [], running.connect("facebook")
    for _ in range(4):
        post = running.post()
        facts = {"state": State.READY, "prepared_hash": post.content_hash}
        rows.append(running.publication(post_id=post.id, channel_id=page.id, **facts))
    assert service.tick() == 1
    service.wait()
    assert service.go_on({"zalo"}) == 0, "what is recorded there frees nothing here"
    assert service.go_on({"facebook"}) == 1
    service.wait()
    with monkeypatch.context() as busy:
        busy.setattr(service.hands, "room", lambda _platform: 0)
        assert service.go_on({"facebook"}) == 0
    assert service.go_on({"zalo"}) == 1, "its hand is free by now, and its lane was all along"
    service.wait()
    assert [running.load(row.id).state for row in rows] == [State.PUBLISHED] * 3 + [State.READY]
