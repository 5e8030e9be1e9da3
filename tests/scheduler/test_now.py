"""Publishing at once, exactly once; asking the platform again; settling with a reason."""

from datetime import timedelta

import pytest

from content.tables import Editorial
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.moving import ask_again, hasten, publish_now
from scheduler.queue import QueueError
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_moving import DAY, MINUTE, both_at_once, words_of

# Publishing now -----------------------------------------------------------------------------------------


def test_a_post_is_published_now_once_however_often_and_by_whom_it_is_clicked(running: Running) -> None:
    post, channel, desk = running.post(), running.connect("facebook"), running.service.desk
    answers = both_at_once([
        lambda actor=actor, seconds=seconds: publish_now(
            desk, post.key, channel.key, now=NOW + timedelta(seconds=seconds), actor=actor
        )
        for seconds, actor in enumerate((LAN, LAN, MINH, MINH))
    ])  # fmt: skip
    assert sum(isinstance(one, Publication) for one in answers) == 1, answers
    assert all("không đăng thêm lần nữa" in one for one in answers if isinstance(one, str))
    running.pass_time(NOW + 10 * MINUTE)
    with pytest.raises(QueueError, match="Đã đăng"):
        publish_now(desk, post.key, channel.key, now=running.clock.now(), actor=MINH)
    running.pass_time(NOW + 20 * MINUTE)
    assert len(running.sandbox.public("facebook")) == 1


def test_after_an_hour_a_post_may_be_published_again_on_purpose(running: Running) -> None:
    post, channel, desk = running.post(), running.connect("facebook"), running.service.desk
    publish_now(desk, post.key, channel.key, now=NOW, actor=LAN)
    running.pass_time(NOW + 2 * HOUR)
    assert publish_now(desk, post.key, channel.key, now=NOW + 2 * HOUR, actor=LAN).state == State.SCHEDULED


@pytest.mark.parametrize(
    ("state", "due", "refused"),
    [
        (State.SCHEDULED, 30 * MINUTE, True),
        (State.SCHEDULED, 2 * HOUR, False),
        (State.RETRY_WAIT, -3 * HOUR, True),
        (State.NEEDS_PERSON, -3 * DAY, True),
        (State.UNCONFIRMED, -3 * HOUR, True),
        (State.HELD, -3 * DAY, False),
        (State.HELD, 10 * MINUTE, True),
        (State.CANCELLED, -MINUTE, False),
        (State.FAILED, -MINUTE, False),
    ],
)
def test_whatever_may_make_it_appear_twice_stands_in_the_way(
    running: Running, state: State, due: timedelta, refused: bool
) -> None:
    post, channel = running.post(), running.channel()
    running.publication(post_id=post.id, channel_id=channel.id, state=state, due_at=NOW + due)
    if refused:
        with pytest.raises(QueueError, match="không đăng thêm lần nữa"):
            publish_now(running.service.desk, post.key, channel.key, now=NOW, actor=LAN)
    else:
        assert publish_now(running.service.desk, post.key, channel.key, now=NOW, actor=LAN).due_at == NOW


def test_now_keeps_every_rule_of_the_queue(running: Running) -> None:
    draft, channel = running.post(state=Editorial.DRAFT), running.channel()
    with pytest.raises(QueueError, match="chưa được duyệt"):
        publish_now(running.service.desk, draft.key, channel.key, now=NOW, actor=LAN)
    with pytest.raises(QueueError, match="Không có bài"):
        publish_now(running.service.desk, "x\0y", channel.key, now=NOW, actor=LAN)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.READY, State.HELD, State.MISSED])
def test_an_item_that_waits_can_be_sent_at_once(running: Running, state: State) -> None:
    post, channel = running.post(), running.connect("facebook")
    row = running.publication(
        post_id=post.id, channel_id=channel.id, due_at=NOW + DAY, state=state, held_by="held", next_attempt_at=None
    )
    hasten(running.service.desk, row.id or 0, now=NOW, actor=LAN)
    hasten(running.service.desk, row.id or 0, now=NOW + timedelta(seconds=2), actor=LAN)
    running.pass_time(NOW + MINUTE)
    assert len(running.sandbox.public("facebook")) == 1
    with pytest.raises(QueueError, match="Đã đăng"):
        hasten(running.service.desk, row.id or 0, now=NOW + MINUTE, actor=LAN)


def test_of_several_items_of_one_post_that_are_hurried_at_once_one_goes_out(running: Running) -> None:
    post, channel, desk = running.post(), running.connect("facebook"), running.service.desk
    rows = [
        running.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + number * DAY) for number in range(1, 6)
    ]
    answers = both_at_once([
        lambda number=row.id, seconds=seconds: hasten(desk, number, now=NOW + timedelta(seconds=seconds), actor=LAN)
        for seconds, row in enumerate(rows)
    ])  # fmt: skip
    assert sum(isinstance(one, State) for one in answers) == 1, answers


def test_an_item_is_not_sent_at_once_beside_another_one_of_its_post_or_without_approval(running: Running) -> None:
    post, channel = running.post(), running.channel()
    running.publication(post_id=post.id, channel_id=channel.id, state=State.PUBLISHED, published_at=NOW)
    row = running.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + DAY)
    with pytest.raises(QueueError, match="không đăng thêm lần nữa"):
        hasten(running.service.desk, row.id or 0, now=NOW, actor=LAN)
    draft = running.publication(post_id=running.post(state=Editorial.DRAFT).id, due_at=NOW + DAY, state=State.HELD)
    with pytest.raises(QueueError, match="chưa được duyệt"):
        hasten(running.service.desk, draft.id or 0, now=NOW, actor=LAN)


# Asking again -------------------------------------------------------------------------------------------


def lost(running: Running) -> tuple[Channel, Publication]:
    """A post that is public although nobody knows it, and looks at it that gave up."""
    channel = running.connect("facebook")
    row = running.queue(running.post(late_rule="any_time"), channel)
    running.sandbox.fault("facebook", "hang_up", path=r"/v[0-9.]+/\d+/feed", method="POST", effect=True)
    running.pass_time(NOW + HOUR)
    with writing(running.engine) as session:
        found = session.get_one(Publication, row.id)
        found.state, found.problem, found.next_attempt_at = State.NEEDS_PERSON, "Không kiểm tra được.", None
        session.add(found)
    return channel, row


def test_the_platform_can_be_asked_again_and_what_it_shows_is_found(running: Running) -> None:
    _, row = lost(running)
    now = running.clock.now()
    assert ask_again(running.service.desk, row.id or 0, now=now, actor=LAN) is State.UNCONFIRMED
    assert running.load(row.id).next_attempt_at == now
    with pytest.raises(QueueError, match="Đang kiểm tra kết quả"):
        ask_again(running.service.desk, row.id or 0, now=now, actor=LAN)
    running.pass_time(now + HOUR)
    assert (running.load(row.id).state, len(running.sandbox.public("facebook"))) == (State.PUBLISHED, 1)


@pytest.mark.parametrize("state", sorted(set(State) - {State.NEEDS_PERSON}))
def test_only_an_unknown_outcome_is_asked_about(running: Running, state: State) -> None:
    row = running.publication(state=state)
    with pytest.raises(QueueError, match="Chỉ hỏi lại được"):
        ask_again(running.service.desk, row.id or 0, now=NOW, actor=LAN)


def test_a_person_who_settles_says_why_and_the_history_keeps_it(running: Running) -> None:
    _, row = lost(running)
    running.service.desk.settle(
        row.id or 0, "https://example.vn/1", now=NOW, actor=LAN, reason="Đã xem trên trang, thấy bài lúc 09:00."
    )
    assert words_of(running, row.id)[-1] == "https://example.vn/1 Đã xem trên trang, thấy bài lúc 09:00."
