"""The autopilot's hand: what it gathers, what it writes, and what it leaves alone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from content.editorial import content_hash
from content.plan import load_plan, read_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import local_day
from scheduler import filling, fitting
from scheduler.autopilot import slot_times
from scheduler.calendar_tables import Choice
from scheduler.channels import set_slots, switch_off
from scheduler.choices import pin, take_back, veto
from scheduler.db import reading, writing
from scheduler.filling import fill, task_for
from scheduler.lifecycle import Event, State
from scheduler.pauses import begin
from scheduler.tables import Channel, Publication, Slot
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.scheduler.house import HOUR, Running
from tests.web.desk import counted

DAY = timedelta(days=1)
TOMORROW = local_day(NOW) + DAY
MORNING, NOON = (slot_times(TOMORROW, [minute])[0] for minute in (450, 690))
PLAN = Path(__file__).parents[2] / "content" / "plans" / "mau-nam"


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, media_host)
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    """A Page with two slots on every day."""
    return with_slots(running, running.connect("facebook"), 450, 690)


def with_slots(running: Running, channel: Channel, *minutes: int) -> Channel:
    with writing(running.engine) as session:
        set_slots(session, channel, {weekday: list(minutes) for weekday in range(7)})
    return channel


def queued(running: Running) -> list[tuple[str, str, datetime]]:
    """Channel, post and hour of what waits."""
    return [(channel.key, post.key, row.due_at) for row, channel, post in running.service.desk.waiting()]


def change(running: Running, model: Any, number: int | None, **facts: Any) -> None:
    with writing(running.engine) as session:
        row = session.get_one(model, number)
        for name, value in facts.items():
            setattr(row, name, value)
        session.add(row)


def test_one_plan_is_made_for_all_channels_and_days_and_every_row_tells_its_reason(
    running: Running, page: Channel
) -> None:
    with_slots(running, running.connect("zalo"), 600)
    for topic in "abcd":
        running.picture(running.post(topic=topic))
    filled = fill(running.service.desk, [TOMORROW, TOMORROW + DAY], now=NOW)
    assert len(filled.decisions) == 6 == len(queued(running))
    assert {channel for channel, _, _ in queued(running)} == {"facebook", "zalo"}
    with reading(running.engine) as session:
        for row in session.exec(select(Publication)):
            assert (row.origin, row.state) == ("autopilot", State.SCHEDULED)
            assert row.reason.startswith("Chọn vì ") and row.reason.endswith(".")


def test_repeating_adds_nothing(running: Running, page: Channel) -> None:
    for topic in "abc":
        running.post(topic=topic)
    days = [TOMORROW, TOMORROW + DAY]
    first = fill(running.service.desk, days, now=NOW)
    assert len(first.decisions) == 3
    again = fill(running.service.desk, days, now=NOW)
    assert (again.decisions, len(queued(running))) == ([], 3)


def test_what_is_not_approved_or_sensitive_or_meant_for_another_platform_is_never_chosen(
    running: Running, page: Channel
) -> None:
    running.post(state="draft")
    running.post(sensitive=True)
    running.post(platforms=["zalo"])
    changed = running.post()
    change(running, Post, changed.id, content_hash="another")
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []


def test_a_channel_that_is_off_is_left_alone(running: Running, page: Channel) -> None:
    running.post()
    with writing(running.engine) as session:
        switch_off(session, session.get_one(Channel, page.id), LAN, NOW)
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert (filled.decisions, filled.gaps) == ([], [])


def test_a_post_over_its_platforms_limit_is_not_chosen(running: Running, page: Channel) -> None:
    running.post(body="x" * 70_000)
    fits = running.post()
    [decision] = fill(running.service.desk, [TOMORROW], now=NOW).decisions
    assert decision.post_id == fits.id


def test_limits_are_asked_once_for_a_content_and_again_when_it_changes(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [running.post(topic=topic) for topic in "ab"]
    asked: list[str] = []
    real = fitting.problems

    def problems(outgoing: Any, post: Any, *rest: Any) -> Any:
        asked.append(post.key)
        return real(outgoing, post, *rest)

    monkeypatch.setattr(fitting, "problems", problems)
    for _ in range(3):
        fill(running.service.desk, [TOMORROW], now=NOW)
    assert sorted(asked) == sorted(post.key for post in posts)
    running.approve_again(posts[0], body="Lời khác.")
    change(running, Channel, page.id, options={})
    fill(running.service.desk, [TOMORROW + DAY], now=NOW)
    assert asked[2:] == [posts[0].key]


def test_a_post_or_a_channel_that_cannot_be_looked_at_keeps_no_other_out(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = running.post(topic="a"), running.post(topic="b")
    strange = with_slots(running, running.channel("facebook", key="hong"), 450)
    real, open_ = fitting.problems, running.service.platforms.open

    def problems(outgoing: Any, post: Any, *rest: Any) -> Any:
        if post.key == broken.key:
            raise RuntimeError("no such thing")
        return real(outgoing, post, *rest)

    def opened(channel: Channel, *rest: Any) -> Any:
        if channel.id == strange.id:
            raise KeyError("settings")
        return open_(channel, *rest)

    monkeypatch.setattr(fitting, "problems", problems)
    object.__setattr__(running.service.platforms, "open", opened)  # a frozen value of this test alone
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert [(one.channel_key, one.post_id) for one in filled.decisions] == [(page.key, sound.id)]
    assert any(broken.key in words for words in filled.problems) and any("hong" in words for words in filled.problems)


def test_what_a_person_queued_meanwhile_keeps_its_place_and_its_rules(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between deciding and writing, a person takes the first slot, with a topic that was meant for the second."""
    for topic in "ab":
        running.post(topic=topic)
    real = filling.decide

    def decided(task: Any) -> Any:
        outcome = real(task)
        late = next(one for one in outcome.decisions if one.at == NOON)
        topic = next(one.topic for one in task.candidates if one.post_id == late.post_id)
        running.queue(running.post(topic=topic), page, MORNING)
        return outcome

    monkeypatch.setattr(filling, "decide", decided)
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []
    assert len(queued(running)) == 1


def test_a_post_that_lost_its_approval_meanwhile_is_not_queued(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, real = running.post(), filling.decide

    def decided(task: Any) -> Any:
        with writing(running.engine) as session:
            running.change(session, post, body="Sửa sau khi duyệt.")
        return real(task)

    monkeypatch.setattr(filling, "decide", decided)
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []
    assert queued(running) == []


def _vetoed(running: Running, page: Channel, post: Post) -> None:
    veto(running.engine, post.key, page.key, TOMORROW, None, now=NOW, actor=LAN, reason="Chờ số liệu.")


def _paused(running: Running, page: Channel, _post: Post) -> None:
    begin(running.engine, "quoc_tang", since=NOW + HOUR, until=NOW + 2 * DAY, now=NOW, by=MINH)


def _switched_off(running: Running, page: Channel, _post: Post) -> None:
    with writing(running.engine) as session:
        switch_off(session, session.get_one(Channel, page.id), LAN, NOW)


def _sensitive_now(running: Running, _page: Channel, post: Post) -> None:
    with writing(running.engine) as session:
        row = session.get_one(Post, post.id)
        row.sensitive = True
        row.content_hash = row.approved_hash = content_hash(row, [])
        session.add(row)


@pytest.mark.parametrize("said", [_vetoed, _paused, _switched_off, _sensitive_now])
def test_what_a_person_says_between_deciding_and_writing_counts(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    post, real = running.post(), filling.decide

    def decided(task: Any) -> Any:
        outcome = real(task)
        assert [one.post_id for one in outcome.decisions] == [post.id]
        said(running, page, post)
        return outcome

    monkeypatch.setattr(filling, "decide", decided)
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []
    assert queued(running) == []


def test_a_pin_that_was_taken_back_between_deciding_and_writing_is_not_carried_out(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, real = running.post(), filling.decide
    choice = pin(running.engine, post.key, page.key, TOMORROW, TOMORROW, now=NOW, actor=LAN)

    def decided(task: Any) -> Any:
        take_back(running.engine, choice.id or 0, now=NOW, by=LAN)
        return real(task)

    monkeypatch.setattr(filling, "decide", decided)
    assert fill(running.service.desk, [TOMORROW], now=NOW).decisions == []


def test_a_pin_of_a_post_that_lost_its_approval_is_told_with_the_posts_name(running: Running, page: Channel) -> None:
    post = running.post()
    pin(running.engine, post.key, page.key, TOMORROW, TOMORROW, now=NOW, actor=LAN)
    with writing(running.engine) as session:
        running.change(session, post, body="Lời đã sửa sau khi ghim.")
    [told] = [one for one in fill(running.service.desk, [TOMORROW], now=NOW).shortfalls if one.wish_id]
    assert told.reason.startswith(f"Ghim của Lan cho bài “{post.key}” chưa thực hiện được: bài chưa được duyệt")
    assert told.post_key == post.key


def test_a_pin_is_carried_out_once_and_ended_with_the_number_of_its_item(running: Running, page: Channel) -> None:
    posts = [running.post(topic=topic) for topic in "abcd"]
    choice = pin(running.engine, posts[3].key, page.key, TOMORROW, TOMORROW, now=NOW, actor=LAN)
    [first, *_] = fill(running.service.desk, [TOMORROW], now=NOW).decisions
    assert (first.post_id, first.at, first.pin_id) == (posts[3].id, MORNING, choice.id)
    [(row, _, _), *_] = running.service.desk.waiting()
    with reading(running.engine) as session:
        ended = session.get_one(Choice, choice.id)
    assert (ended.ended_at, ended.ended_by) == (NOW, f"autopilot: mục {row.id}")


def test_a_veto_holds_for_its_channel_and_its_days(running: Running, page: Channel) -> None:
    post = running.post()
    veto(running.engine, post.key, page.key, TOMORROW, TOMORROW, now=NOW, actor=MINH)
    filled = fill(running.service.desk, [TOMORROW, TOMORROW + DAY], now=NOW)
    assert [local_day(one.at) for one in filled.decisions] == [TOMORROW + DAY]


def test_a_cancelled_item_is_not_chosen_again_for_its_day_alone(running: Running, page: Channel) -> None:
    running.post()
    fill(running.service.desk, [TOMORROW], now=NOW)
    [(row, _, _)] = running.service.desk.waiting()
    running.service.desk.act(row.id or 0, Event.CANCELLED, now=NOW, actor=LAN)
    filled = fill(running.service.desk, [TOMORROW, TOMORROW + DAY], now=NOW)
    assert [local_day(one.at) for one in filled.decisions] == [TOMORROW + DAY]


def test_rules_of_channels_and_slots_are_kept(running: Running, page: Channel) -> None:
    for topic in "abcd":
        running.post(topic=topic)
    change(running, Channel, page.id, daily_most=1, quiet_from=400, quiet_until=500)
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert [one.at for one in filled.decisions] == [NOON]
    with writing(running.engine) as session:
        for slot in session.exec(select(Slot)):
            slot.form = "video"
            session.add(slot)
    assert fill(running.service.desk, [TOMORROW + DAY], now=NOW).decisions == []


def test_a_late_post_that_has_its_turn_counts_when_it_goes_out(running: Running, page: Channel) -> None:
    change(running, Channel, page.id, gap_minutes=60)
    turn = MORNING - timedelta(minutes=30)
    running.post()
    late = running.post(topic="b")
    running.publication(
        post_id=late.id, channel_id=page.id, state=State.READY, due_at=NOW - 9 * DAY, next_attempt_at=turn
    )
    made = fill(running.service.desk, [TOMORROW], now=NOW).decisions
    assert [one.at for one in made] == [NOON]


def test_a_day_off_is_lighter_and_without_notices(running: Running, page: Channel) -> None:
    new_year = date(2027, 1, 1)
    running.post(topic="a", tags=["thong-bao"])
    plain = running.post(topic="b")
    running.post(topic="c", tags=["thong-bao"])
    filled = fill(running.service.desk, [new_year], now=NOW)
    assert [one.post_id for one in filled.decisions] == [plain.id]
    assert any("Tết Dương lịch" in one.reason or "Năm mới" in one.reason for one in filled.gaps), filled.gaps


def test_nearly_the_same_words_do_not_go_out_near_each_other_even_of_a_post_no_longer_approved(
    running: Running, page: Channel
) -> None:
    words = "Từ ngày mai bà con nộp hồ sơ đất đai tại trung tâm hành chính công của xã, nhớ mang căn cước và giấy tờ."
    old = running.post(topic="a", body=words)
    running.queue(old, page, NOW + HOUR)
    with writing(running.engine) as session:
        running.change(session, old, title="Sửa tiêu đề")
    running.post(topic="b", body=words + " Xin cảm ơn.")
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert filled.decisions == []
    assert "gần giống" in filled.gaps[0].reason


def test_a_campaign_comes_first_while_it_is_behind(running: Running, page: Channel) -> None:
    running.post(topic="l")
    mine = running.post(topic="a")
    with writing(running.engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
        facts: dict[str, Any] = {"created_by": LAN, "created_at": NOW, "updated_at": NOW}
        row = Campaign(
            key="cds", name="Tháng CĐS", first=TOMORROW, last=TOMORROW + 9 * DAY, channels=[page.key],
            targets={"total": 10, "channels": {page.key: 10, "khong-con": 3}}, **facts,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(CampaignPost(campaign_id=row.id or 0, post_id=mine.id or 0, added_by=LAN, added_at=NOW))
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert filled.decisions[0].post_id == mine.id
    assert "chiến dịch “Tháng CĐS” mới có 0 trên 10 bài" in filled.decisions[0].reason
    assert any(one.campaign_id for one in filled.shortfalls)


def test_what_went_out_years_ago_counts_for_what_goes_out_once_and_for_when_it_was_seen(
    running: Running, page: Channel
) -> None:
    once, often = running.post(topic="a", evergreen=False), running.post(topic="b")
    for post in (once, often):
        running.publication(post_id=post.id, channel_id=page.id, due_at=NOW - 700 * DAY, state=State.PUBLISHED)
    [decision] = fill(running.service.desk, [TOMORROW], now=NOW).decisions
    assert decision.post_id == often.id
    assert "lần gần nhất đăng ngày 23/12/2024" in decision.reason


def test_the_job_tells_what_was_done_and_what_the_plan_will_not_get(running: Running, page: Channel) -> None:
    running.post(topic="a")
    with writing(running.engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
    words = running.service.fill_days(TOMORROW, 6)
    assert words.startswith("Xếp 1 bài từ ngày 24/11/2026 đến ngày 29/11/2026; còn 11 khung giờ trống.")
    assert "tuần 23/11–29/11/2026 có 0/1" in words and "chỗ thiếu khác" in words


def test_reading_the_task_changes_nothing_and_takes_a_handful_of_statements(running: Running, page: Channel) -> None:
    for place in range(40):
        post = running.post(topic="abcd"[place % 4])
        running.publication(
            post_id=post.id, channel_id=page.id, due_at=NOW - 40 * DAY + HOUR * place, state=State.PUBLISHED
        )
    with reading(running.engine) as session:
        task_for(session, running.service.desk, [TOMORROW], now=NOW)
    with counted(running.engine) as statements, reading(running.engine) as session:
        task = task_for(session, running.service.desk, [TOMORROW], now=NOW)
    assert (len(task.candidates), len(task.before)) == (40, 40)
    assert len([one for one in statements if one.startswith("SELECT")]) <= 16
    assert not [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_without_a_plan_it_goes_by_freshness_and_says_that_there_is_none(running: Running, page: Channel) -> None:
    running.post()
    filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert len(filled.decisions) == 1
    assert filled.problems == [
        "Chưa có kế hoạch tuyên truyền nào được nạp; hãy nạp trước bằng lệnh: cchc library load."
    ]
