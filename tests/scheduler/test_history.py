"""What the database sums up of a long past decides as if every row were read: on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listen
from sqlmodel import col, select

from connectors.base import Part
from content.plan import load_plan, read_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import local_day
from scheduler import filling
from scheduler.access import Platforms
from scheduler.autopilot import Outcome, Task, Used, decide
from scheduler.candidates import Contents
from scheduler.channels import set_slots
from scheduler.db import reading, writing
from scheduler.filling import fill
from scheduler.gathering import task_for
from scheduler.lifecycle import State
from scheduler.pauses import begin
from scheduler.rows import OCCUPIES
from scheduler.tables import Channel, Publication, Slot
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, Running

DAY = timedelta(days=1)
PLAN = Path(__file__).parents[2] / "content" / "plans" / "mau-nam"
TODAY = local_day(NOW)
DAYS = [TODAY + timedelta(days=1), TODAY + timedelta(days=2)]


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Running]:
    made = Running(engine, sandbox, tmp_path)
    yield made
    made.close()


@pytest.fixture
def page(running: Running) -> Channel:
    channel = running.connect("facebook")
    with writing(running.engine) as session:
        kept = session.get_one(Channel, channel.id)
        set_slots(session, kept, {weekday: [450, 690, 1170] for weekday in range(7)})
    return channel


def read_whole(running: Running, task: Task) -> Task:
    """The task with every row of the queue and nothing summed up."""
    with reading(running.engine) as session:
        rows = session.exec(
            select(Publication, Post).where(
                col(Publication.post_id) == col(Post.id), col(Publication.part) == Part.POST,
                col(Publication.state).in_(OCCUPIES),
            )
        ).all()  # fmt: skip
    used = [
        Used(post.id or 0, post.topic, row.due_at, row.channel_id, tuple(post.audiences), post.series, post.series_part)
        for row, post in rows
    ]
    campaigns = tuple(replace(one, had={}) for one in task.campaigns)
    return replace(task, used=used, before={}, after={}, went={}, campaigns=campaigns)


def task_now(running: Running) -> Task:
    with reading(running.engine) as session:
        return task_for(session, running.service.desk, DAYS, now=NOW)


def test_the_sums_of_a_long_past_and_of_what_waits_far_ahead_decide_like_every_row(
    running: Running, page: Channel
) -> None:
    with writing(running.engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
    posts = [
        running.post(
            topic="adđikl"[place % 6], evergreen=place % 3 > 0, repeat_days=(0, 40, 300)[place % 3],
            repeat_most=(0, 0, 5)[place % 3], series="loat" if place > 20 else "",
            series_part=place - 20 if place > 20 else 0,
        )
        for place in range(24)
    ]  # fmt: skip
    days = (-900, -400, -300, -290, -140, -70, -50, -33, -20, -3, 5, 12, 20, 45, 70, 300)
    states = (State.PUBLISHED, State.WITHDRAWN, State.CANCELLED, State.MISSED, State.READY, State.SCHEDULED)
    other = running.channel()
    for place, post in enumerate(posts[:22]):
        for turn, offset in enumerate(days[place % 5 :: 5]):
            state = states[(place + turn) % 4] if offset < 0 else states[5 - (place + turn) % 2]
            running.publication(
                post_id=post.id, channel_id=(page.id, page.id, other.id)[(place + turn) % 3], state=state,
                due_at=NOW + offset * DAY + HOUR * place, next_attempt_at=None,
            )  # fmt: skip
    with writing(running.engine) as session:
        long = Campaign(
            key="dai", name="Chiến dịch dài", first=TODAY - timedelta(days=320), last=TODAY + timedelta(days=90),
            channels=[page.key], targets={"total": 30, "topics": {"d": 9}},
            created_at=NOW, updated_at=NOW, created_by="Lan",
        )  # fmt: skip
        session.add(long)
        session.flush()
        session.add_all(
            CampaignPost(campaign_id=long.id or 0, post_id=post.id or 0, added_by="Lan", added_at=NOW)
            for post in posts[:9]
        )
    task = task_now(running)
    whole = read_whole(running, task)
    assert len(whole.used) > 2 * len(task.used) > 0, "most of it is summed up"
    assert task.before and task.after and task.went and task.campaigns[0].had, "each kind of sum has something"
    assert decide(task) == decide(whole)
    assert decide(task).decisions, "and something is decided"


def test_a_post_that_is_late_and_ready_counts_at_its_turn_and_once(running: Running, page: Channel) -> None:
    post = running.post(repeat_most=2)
    late, turn = NOW - 60 * DAY, NOW + DAY
    running.publication(
        post_id=post.id, channel_id=page.id, state=State.READY, due_at=late, next_attempt_at=turn, late_until=None
    )
    task = task_now(running)
    assert ([one.at for one in task.used], task.before) == ([turn], {})


def test_what_is_very_late_and_ready_keeps_its_words_from_being_said_twice_though_nobody_may_choose_it(
    running: Running, page: Channel
) -> None:
    words = " ".join(f"Người dân mang theo giấy tờ số {number} khi đến bộ phận một cửa." for number in range(12))
    running.post(body=f"{words} Xin mời.")
    late = running.post(body=words, sensitive=True)
    running.publication(
        post_id=late.id, channel_id=page.id, state=State.READY, due_at=NOW - 200 * DAY, next_attempt_at=NOW + DAY,
        late_until=None,
    )  # fmt: skip
    assert fill(running.service.desk, DAYS, now=NOW).decisions == []


def test_what_was_posted_once_everywhere_is_no_candidate_any_more_and_is_still_told(
    running: Running, page: Channel
) -> None:
    for place in range(3):
        post = running.post(topic="a", evergreen=False)
        state = State.PUBLISHED if place else State.SCHEDULED
        at = NOW + (-90 if place else 90) * DAY
        running.publication(post_id=post.id, channel_id=page.id, state=state, due_at=at, next_attempt_at=None)
    first = fill(running.service.desk, DAYS, now=NOW)
    assert not first.decisions
    task = task_now(running)
    [(kind, spent)] = task.spent.items()
    assert (len(task.candidates), len(spent)) == (1, 2), "the one that waits may be cancelled"
    assert (kind.topic, set(kind.channels)) == ("a", {page.id or 0})
    again = fill(running.service.desk, DAYS, now=NOW)
    assert (again.gaps, again.shortfalls) == (first.gaps, first.shortfalls)
    assert "3 trong 3 bài dùng được cho kênh này chỉ đăng một lần" in again.gaps[0].reason
    running.channel(platform="facebook")
    assert len(task_now(running).candidates) == 3, "another channel may take them"


def test_a_row_that_comes_while_it_is_decided_counts_however_far_it_lies(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, real = running.post(repeat_days=90), decide

    def decided(task: Task) -> Outcome:
        at = NOW + 70 * DAY
        running.publication(post_id=post.id, channel_id=page.id, due_at=at, next_attempt_at=at)
        return real(task)

    monkeypatch.setattr(filling, "decide", decided)
    assert fill(running.service.desk, DAYS, now=NOW).decisions == []


def test_a_post_is_not_spent_while_one_of_its_channels_cannot_be_looked_at(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = running.channel(platform="facebook")
    with writing(running.engine) as session:
        set_slots(session, session.get_one(Channel, other.id), {weekday: [450] for weekday in range(7)})
    post, real = running.post(topic="a", evergreen=False), Platforms.open
    running.publication(post_id=post.id, channel_id=page.id, state=State.PUBLISHED, due_at=NOW - 90 * DAY)

    def opened(platforms: Platforms, channel: Channel, *rest: Any) -> Any:
        if channel.id == other.id:
            raise OSError("no room for a moment")
        return real(platforms, channel, *rest)

    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(Platforms, "open", opened)
        assert fill(running.service.desk, DAYS, now=NOW).decisions == []
    assert {one.channel_key for one in fill(running.service.desk, DAYS, now=NOW).decisions} == {other.key}


def test_what_another_thread_found_spent_of_other_channels_is_not_believed(running: Running, page: Channel) -> None:
    running.post(evergreen=False)
    contents, own = Contents(), frozenset({page.id or 0})
    with reading(running.engine) as session:
        [post] = posts = contents.approved(session)
    two = own | {running.channel().id or 0}
    asked = contents.unspent(posts, [page], own, ())
    contents.unspent(posts, [page], two, ())
    contents.learn(asked, posts, {post.id: own}, {post.id: own})
    assert contents.unspent(posts, [page], two, ()).posts == posts, "it may be free on the other channel"
    asked = contents.unspent(posts, [page], two, ())
    contents.learn(asked, posts, {post.id: two}, {post.id: two})
    assert contents.unspent(posts, [page], two, ()).posts == []


def test_asking_about_a_channel_without_slots_forgets_nothing_that_was_learnt(running: Running, page: Channel) -> None:
    post, other = running.post(evergreen=False), running.channel()
    running.publication(post_id=post.id, channel_id=page.id, state=State.PUBLISHED, due_at=NOW - 90 * DAY)
    task_now(running)
    assert task_now(running).candidates == (), "it is known to be spent"
    with reading(running.engine) as session:
        task = task_for(session, running.service.desk, DAYS, now=NOW, where=[other.id or 0])
    assert [one.post_id for one in task.candidates] == [post.id], "there it may be put"
    assert task_now(running).candidates == ()


def test_a_library_of_many_series_needs_no_more_parameters_than_a_statement_may_have(
    running: Running, page: Channel
) -> None:
    with writing(running.engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
        session.add_all(running.written(series=f"loat-{place}", series_part=1) for place in range(600))
    old = running.post(series="loat", series_part=1)
    running.publication(post_id=old.id, channel_id=page.id, state=State.PUBLISHED, due_at=NOW - 900 * DAY)
    most = 0

    def count(_connection: Any, _cursor: Any, _statement: str, told: Any, _context: Any, many: bool) -> None:
        nonlocal most
        most = max(most, len(told)) if not many else most

    listen(running.engine, "before_cursor_execute", count)
    task = task_now(running)
    assert [(one.post_id, one.at) for one in task.used] == [(old.id, NOW - 900 * DAY)]
    assert len(task.candidates) == 601 and 500 <= most <= 520
    assert fill(running.service.desk, DAYS, now=NOW).decisions
    assert most <= 520


def test_why_a_slot_stays_empty_is_the_same_sentence_before_and_after_it_is_known_what_is_spent(
    running: Running, page: Channel
) -> None:
    with writing(running.engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
        session.add(Slot(channel_id=page.id or 0, weekday=DAYS[1].weekday(), minute=900, form="video_ngan"))
    begin(running.engine, "quoc_tang", since=NOW, until=NOW + 9 * DAY, now=NOW, by="Hà", tag="le")
    kinds: list[dict[str, Any]] = [
        *[{"topic": "a", "valid_to": TODAY - DAY}] * 3, {"topic": "a"}, {"topic": "a", "form": "video_ngan"},
        {"topic": "b", "season": "01-05/02-05"}, *[{"topic": "d", "tags": ["le"]}] * 2, {"topic": "d"},
    ]  # fmt: skip
    for place, facts in enumerate(kinds):
        post = running.post(evergreen=False, **facts)
        running.publication(post_id=post.id, channel_id=page.id, state=State.PUBLISHED,
                            due_at=NOW - (place + 1) * DAY - HOUR, published_at=NOW)  # fmt: skip
    fresh = running.post(topic="h")
    running.publication(post_id=fresh.id, channel_id=page.id, state=State.PUBLISHED, due_at=NOW - 2 * DAY)
    now = running.post(topic="i", evergreen=False)
    running.publication(post_id=now.id, channel_id=page.id, state=State.PUBLISHED, due_at=NOW - HOUR / 2)
    first = fill(running.service.desk, [TODAY, *DAYS], now=NOW)
    assert len(task_now(running).candidates) == 1, "by now it is known"
    again = fill(running.service.desk, [TODAY, *DAYS], now=NOW)
    assert (again.gaps, again.shortfalls) == (first.gaps, first.shortfalls)
    assert any("bài dùng được cho kênh này ngoài thời gian hiệu lực" in one.reason for one in first.gaps)
    assert {one.why.partition("phần lớn ")[2] for one in first.shortfalls} >= {
        "ngoài thời gian hiệu lực.", "ngoài mùa của bài.", "đang bị tạm dừng theo cơ quan hoặc nhãn."
    }  # fmt: skip
