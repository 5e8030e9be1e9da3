"""What staff tell the autopilot: one transaction each, one clear sentence for what cannot be."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from content.tables import Post
from content.vietnamese import local_day
from scheduler.calendar_tables import Choice
from scheduler.channels import set_slots
from scheduler.choices import ChoiceError, offers, open_choices, pin, refuse, swap, take_back, veto
from scheduler.db import reading, writing
from scheduler.filling import fill
from scheduler.lifecycle import Event, State
from scheduler.pauses import begin
from scheduler.queue import QueueError
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.scheduler.house import HOUR, Running

DAY = timedelta(days=1)
TODAY = local_day(NOW)
TOMORROW = TODAY + DAY


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, media_host)
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    channel = running.connect("facebook")
    with writing(running.engine) as session:
        set_slots(session, channel, {weekday: [450] for weekday in range(7)})
    return channel


def item(running: Running, page: Channel) -> Publication:
    """What the autopilot queued for tomorrow."""
    [decision] = fill(running.service.desk, [TOMORROW], now=NOW).decisions
    with reading(running.engine) as session:
        return session.exec(select(Publication).where(Publication.due_at == decision.at)).one()


def choices(running: Running) -> list[Choice]:
    with reading(running.engine) as session:
        return list(session.exec(select(Choice).order_by(Choice.id)))  # type: ignore[arg-type]  # a column


def states(running: Running) -> list[tuple[int, str]]:
    with reading(running.engine) as session:
        return [(row.post_id, row.state) for row in session.exec(select(Publication).order_by(Publication.id))]  # type: ignore[arg-type]  # a column


# Pins and vetoes -------------------------------------------------------------------------------------------


def test_a_pin_and_a_veto_are_kept_with_who_said_so_and_listed_while_they_count(
    running: Running, page: Channel
) -> None:
    one, two = running.post(), running.post()
    pin(running.engine, one.key, page.key, TOMORROW, TOMORROW + DAY, now=NOW, actor=f" {LAN} ", reason="Họp báo.")
    veto(running.engine, two.key, "", TODAY, None, now=NOW, actor=MINH)
    with reading(running.engine) as session:
        listed = open_choices(session, now=NOW)
        told = [(one.row.kind, one.post_key, one.channel_key, one.row.actor, one.row.reason) for one in listed]
        assert [(one.row.kind, one.channel) for one in open_choices(session, now=NOW + 3 * DAY)] == [("veto", "")]
    assert told == [("veto", two.key, "", MINH, ""), ("pin", one.key, page.key, LAN, "Họp báo.")]


def test_what_is_taken_back_counts_no_more_and_says_who_took_it_back(running: Running, page: Channel) -> None:
    choice = veto(running.engine, running.post().key, page.key, TODAY, None, now=NOW, actor=LAN)
    taken = take_back(running.engine, choice.id or 0, now=NOW, by=MINH)
    assert (taken.ended_at, taken.ended_by) == (NOW, MINH)
    with pytest.raises(ChoiceError, match=f"đã kết thúc lúc 08:00 ngày 23/11/2026 \\({MINH}\\)"):
        take_back(running.engine, choice.id or 0, now=NOW, by=LAN)
    with reading(running.engine) as session:
        assert open_choices(session, now=NOW) == []
    for unknown in (0, -1, 99, 2**40):
        with pytest.raises(ChoiceError, match="Không có ghim"):
            take_back(running.engine, unknown, now=NOW, by=LAN)


BAD_PINS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("unapproved", {"state": "draft"}, {}, "chưa được duyệt nên chưa ghim được"),
    ("sensitive", {"sensitive": True}, {}, "là bài nhạy cảm"),
    ("another platform", {"platforms": ["zalo"]}, {}, "không dành cho"),
    ("not valid then", {"valid_to": TODAY}, {}, "không có hiệu lực từ ngày 24/11/2026 đến ngày 24/11/2026"),
    ("ends before it begins", {}, {"until": TODAY}, "Ngày cuối 23/11/2026 trước ngày đầu 24/11/2026"),
    ("over", {}, {"since": TODAY - 2 * DAY, "until": TODAY - DAY}, "đã qua; hãy chọn từ hôm nay"),
    ("only today", {}, {"since": TODAY, "until": TODAY}, "chỉ tự xếp bài từ ngày mai \\(24/11/2026\\)"),
    ("a long reason", {}, {"reason": "x" * 501}, "tối đa 500 ký tự"),
    ("nobody", {}, {"actor": "  "}, "Thiếu tên"),
    ("no such post", {}, {"post_key": "khong-co"}, "Không có bài “khong-co”"),
    ("no such channel", {}, {"channel_key": "khong-co"}, "Không có kênh “khong-co”"),
]


@pytest.mark.parametrize(("post", "facts", "words"), [row[1:] for row in BAD_PINS], ids=[row[0] for row in BAD_PINS])
def test_a_pin_that_would_never_be_carried_out_is_refused_in_one_sentence(
    running: Running, page: Channel, post: dict[str, Any], facts: dict[str, Any], words: str
) -> None:
    values = {
        "post_key": running.post(**post).key, "channel_key": page.key, "since": TOMORROW, "until": TOMORROW,
        "actor": LAN, **facts,
    }  # fmt: skip
    with pytest.raises(ChoiceError, match=words) as error:
        pin(running.engine, now=NOW, **values)
    assert "\n" not in str(error.value)
    assert choices(running) == []


def test_what_stands_in_todays_queue_may_be_pinned_there(running: Running, page: Channel) -> None:
    post = running.post()
    running.queue(post, page, NOW + HOUR)
    assert pin(running.engine, post.key, page.key, TODAY, TODAY, now=NOW, actor=LAN).since == TODAY


def test_the_same_word_twice_and_its_opposite_are_refused(running: Running, page: Channel) -> None:
    post = running.post()
    days = {"since": TOMORROW, "until": TOMORROW + DAY, "now": NOW, "actor": MINH}
    pin(running.engine, post.key, page.key, TOMORROW, TOMORROW, now=NOW, actor=LAN)
    with pytest.raises(ChoiceError, match="Lan đã ghim bài"):
        pin(running.engine, post.key, page.key, **days)
    for where in (page.key, ""):
        with pytest.raises(ChoiceError, match="Lan đã ghim bài"):
            veto(running.engine, post.key, where, **days)
    veto(running.engine, post.key, page.key, TOMORROW + DAY, None, now=NOW, actor=MINH)
    assert [one.kind for one in choices(running)] == ["pin", "veto"]


def test_of_two_who_pin_the_same_at_once_one_is_told(running: Running, page: Channel) -> None:
    post = running.post()
    told = at_once(2, lambda: pin(running.engine, post.key, page.key, TOMORROW, TOMORROW, now=NOW, actor=LAN))
    assert len(told) == 1 and "đã ghim" in told[0]
    assert len(choices(running)) == 1


def at_once(people: int, act: Callable[[], object]) -> list[str]:
    """What those are told who came second."""
    start, told = Barrier(people), list[str]()

    def person() -> None:
        start.wait(timeout=30)
        try:
            act()
        except QueueError as error:
            told.append(str(error))

    threads = [Thread(target=person) for _ in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return told


# Swapping and refusing -------------------------------------------------------------------------------------


def test_what_is_offered_is_ranked_and_explained_and_leaves_out_what_stands_there(
    running: Running, page: Channel
) -> None:
    posts = [running.post(topic=topic) for topic in "abc"]
    running.post(sensitive=True)
    row = item(running, page)
    found = offers(running.service.desk, row.id or 0, now=NOW)
    assert {one.post_id for one in found} == {one.id for one in posts} - {row.post_id}
    assert all(one.reason.startswith("Chọn vì ") and one.at == row.due_at for one in found)


def test_a_swap_cancels_one_and_queues_the_other_with_who_did_it(running: Running, page: Channel) -> None:
    running.post(topic="a"), running.post(topic="b")
    row = item(running, page)
    [offer] = offers(running.service.desk, row.id or 0, now=NOW)
    made = swap(running.service.desk, row.id or 0, offer.key, now=NOW, actor=LAN, seen=row.due_at)
    assert (made.post_id, made.due_at, made.state, made.origin) == (offer.post_id, row.due_at, State.SCHEDULED, "staff")
    assert made.reason.startswith("Lan đổi bài “")
    assert running.load(row.id).state == State.CANCELLED
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []


def test_a_swap_that_fails_changes_nothing(running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is taken by a row that is over, which is seen only when the new one is written."""
    running.post(topic="a")
    row, other = item(running, page), running.post(topic="b")
    running.publication(post_id=other.id, channel_id=page.id, due_at=row.due_at, state=State.CANCELLED)
    with pytest.raises(QueueError, match="đã từng có một mục"):
        swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN)
    monkeypatch.setattr("scheduler.adding.states_at", lambda *_arguments, **_facts: {})
    with pytest.raises(QueueError, match="đã có trong hàng chờ"):
        swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN)
    assert running.load(row.id).state == State.SCHEDULED


def test_of_two_who_swap_the_same_item_at_once_one_is_told(running: Running, page: Channel) -> None:
    running.post(topic="a")
    row, other = item(running, page), running.post(topic="b")
    told = at_once(3, lambda: swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN))
    assert len(told) == 2
    assert [state for _, state in states(running)] == [State.CANCELLED, State.SCHEDULED]


def test_a_person_may_not_put_there_what_may_not_be_queued(running: Running, page: Channel) -> None:
    running.post(topic="a")
    row = item(running, page)
    for post, words in (
        (running.post(state="draft"), "chưa được duyệt"),
        (running.post(valid_to=TODAY), "hiệu lực"),
        (running.post(platforms=["zalo"]), "không dành cho"),
        (running.post(body="x" * 70_000), "text"),
    ):
        with pytest.raises(QueueError, match=words):
            swap(running.service.desk, row.id or 0, post.key, now=NOW, actor=LAN)
    with reading(running.engine) as session:
        same = session.get_one(Post, row.post_id).key
    with pytest.raises(ChoiceError, match="hãy chọn một bài khác"):
        swap(running.service.desk, row.id or 0, same, now=NOW, actor=LAN)
    assert len(states(running)) == 1


def test_nothing_is_put_into_a_pause_that_has_its_end(running: Running, page: Channel) -> None:
    running.post(topic="a")
    row, other = item(running, page), running.post(topic="b")
    begin(running.engine, "quoc_tang", since=NOW, until=NOW + 3 * DAY, now=NOW, by=MINH)
    with pytest.raises(ChoiceError, match="tạm dừng"):
        swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN)
    assert offers(running.service.desk, row.id or 0, now=NOW) == []


def test_only_what_the_autopilot_queued_and_is_not_public_can_be_changed(running: Running, page: Channel) -> None:
    other = running.post(topic="b")
    own = running.queue(running.post(topic="a"), page, NOW + HOUR)
    facts: dict[str, Any] = {"channel_id": page.id, "origin": "autopilot", "due_at": NOW + 2 * HOUR}
    rows = [
        (own, "không do hệ thống tự xếp"),
        (running.publication(**facts, state=State.PUBLISHED), "đang ở trạng thái “Đã đăng”"),
        (running.publication(**facts, state=State.PUBLISHING), "đang được xử lý"),
        (running.publication(**facts, state=State.UNCONFIRMED), "đang ở trạng thái"),
        (running.publication(**facts, state=State.NEEDS_PERSON), "đang ở trạng thái"),
        (running.publication(**{**facts, "due_at": NOW - HOUR}, state=State.MISSED), "đã qua"),
    ]
    before = states(running)
    for row, words in rows:
        for act in (
            lambda row=row: swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN),
            lambda row=row: refuse(running.service.desk, row.id or 0, now=NOW, actor=LAN),
            lambda row=row: offers(running.service.desk, row.id or 0, now=NOW),
        ):
            with pytest.raises(ChoiceError, match=words):
                act()
    with pytest.raises(QueueError, match="Không có mục số 999"):
        swap(running.service.desk, 999, other.key, now=NOW, actor=LAN)
    assert (states(running), choices(running)) == (before, [])


def test_who_saw_another_time_is_told_the_new_one(running: Running, page: Channel) -> None:
    running.post(topic="a")
    row, other = item(running, page), running.post(topic="b")
    for act in (
        lambda: swap(running.service.desk, row.id or 0, other.key, now=NOW, actor=LAN, seen=NOW),
        lambda: refuse(running.service.desk, row.id or 0, now=NOW, actor=LAN, seen=NOW),
    ):
        with pytest.raises(ChoiceError, match="vừa được đổi sang 07:30 ngày 24/11/2026"):
            act()


def test_a_refusal_cancels_the_item_and_keeps_its_post_away_until_then(running: Running, page: Channel) -> None:
    post = running.post(topic="a")
    row = item(running, page)
    choice = refuse(
        running.service.desk, row.id or 0, TOMORROW + DAY, now=NOW, actor=LAN, reason="Đang chờ số liệu mới."
    )
    assert running.load(row.id).state == State.CANCELLED
    assert running.events(row.id)[-1] == Event.CANCELLED
    assert (choice.kind, choice.post_id, choice.channel_id, choice.until) == ("veto", post.id, page.id, TOMORROW + DAY)
    days = [TOMORROW + DAY * number for number in range(3)]
    filled = fill(running.service.desk, days, now=NOW)
    assert [local_day(one.at) for one in filled.decisions] == [TOMORROW + 2 * DAY]


def test_a_refusal_that_cannot_be_kept_leaves_the_item_where_it_is(running: Running, page: Channel) -> None:
    running.post(topic="a")
    row = item(running, page)
    for facts, words in (
        ({"until": TODAY}, "trước ngày đăng 24/11/2026"),
        ({"until": None, "reason": "x" * 501}, "tối đa 500 ký tự"),
        ({"until": None, "actor": ""}, "Thiếu tên"),
    ):
        with pytest.raises(ChoiceError, match=words):
            refuse(running.service.desk, row.id or 0, **{"now": NOW, "actor": LAN, **facts})  # type: ignore[arg-type]  # one of each kind
    assert (running.load(row.id).state, choices(running)) == (State.SCHEDULED, [])


def test_refusing_again_what_was_refused_before_is_kept_too(running: Running, page: Channel) -> None:
    post = running.post(topic="a")
    veto(running.engine, post.key, page.key, TOMORROW + 2 * DAY, None, now=NOW, actor=MINH)
    row = item(running, page)
    refuse(running.service.desk, row.id or 0, now=NOW, actor=LAN)
    assert running.load(row.id).state == State.CANCELLED
    assert len(choices(running)) == 2
