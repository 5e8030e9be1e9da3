"""What follows a public post: its first comment, new words, a broadcast. Once each, and never instead of the post."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from connectors.base import Part
from content.tables import Post
from reports.periods import week_named
from reports.queries import week_rows
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.parts import follow
from scheduler.queue import QueueError
from scheduler.queue_parts import broadcast, revise
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import LAN, NOW, Sandbox
from tests.scheduler.house import HOUR, Running

COMMENT = "Hỏi thêm, xin gọi Trung tâm Phục vụ hành chính công."
WITH_COMMENT: dict[str, Any] = {"facebook": {"first_comment": COMMENT}, "zalo": {"summary": "Tóm tắt."}}
COMMENTS = r"/v[0-9.]+/\d+_\d+/comments"


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


@pytest.fixture
def page(house: Running) -> Channel:
    return house.connect("facebook")


def publish(house: Running, channel: Channel, **facts: Any) -> Publication:
    """A post that went out at NOW + 1 h; it is NOW + 2 h."""
    post: Post = house.post(**{"variants": WITH_COMMENT, **facts})
    if channel.platform == "youtube":
        house.video(post)
    elif channel.platform == "zalo":
        house.picture(post)
    row = house.queue(post, channel, house.clock.now() + HOUR)
    house.pass_time(house.clock.now() + 2 * HOUR)
    found = house.load(row.id)
    assert found.state == State.PUBLISHED, found.problem
    return found


def followers(house: Running, row: Publication) -> list[Publication]:
    with reading(house.engine) as session:
        return list(session.exec(select(Publication).where(Publication.follows_id == row.id).order_by("id")))


# The first comment ---------------------------------------------------------------------------------------


def test_the_first_comment_stands_under_its_post_once_it_is_public(house: Running, page: Channel) -> None:
    row = publish(house, page)
    assert house.sandbox.comments() == [{"post": row.external_id, "text": COMMENT}]
    [comment] = followers(house, row)
    assert (comment.part, comment.state, comment.due_at) == (Part.COMMENT, State.PUBLISHED, row.due_at)
    assert comment.external_id and comment.external_id != row.external_id


def test_a_post_without_a_comment_and_a_platform_without_comments_get_none(house: Running, page: Channel) -> None:
    plain = publish(house, page, variants={})
    article = publish(house, house.connect("zalo"))
    assert [followers(house, row) for row in (plain, article)] == [[], []]
    assert house.sandbox.comments() == []


@pytest.mark.parametrize("effect", [True, False])
def test_a_comment_whose_answer_is_lost_is_looked_for_and_stands_there_once(
    house: Running, page: Channel, effect: bool
) -> None:
    house.sandbox.fault("facebook", "hang_up", method="POST", path=COMMENTS, effect=effect)
    row = publish(house, page)
    house.pass_time(house.clock.now() + 3 * HOUR)
    assert [one["text"] for one in house.sandbox.comments()] == [COMMENT]
    assert [one.state for one in followers(house, row)] == [State.PUBLISHED]


def test_a_comment_that_is_refused_says_so_and_leaves_post_and_channel_alone(house: Running, page: Channel) -> None:
    values = {"code": 200, "status": 403}
    house.sandbox.fault("facebook", "error", method="POST", path=COMMENTS, values=values, times=5)
    row = publish(house, page)
    [comment] = followers(house, row)
    assert comment.state == State.FAILED and "quyền" in comment.problem
    with reading(house.engine) as session:
        assert session.get_one(Channel, page.id).state == "connected"
    assert publish(house, page, variants={}).state == State.PUBLISHED


def test_a_post_that_was_found_after_a_lost_answer_gets_its_comment_once(house: Running, page: Channel) -> None:
    house.sandbox.fault("facebook", "hang_up", method="POST", path=r"/v[0-9.]+/\d+/feed")
    row = publish(house, page)
    assert len(house.sandbox.comments()) == 1
    with reading(house.engine) as session:  # a late answer would queue it again
        post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
        follow(session, row, post, channel, now=house.clock.now())
        assert len(followers(house, row)) == 1


def test_a_comment_waits_while_the_post_is_edited_and_goes_out_as_it_was_approved(
    house: Running, page: Channel
) -> None:
    house.sandbox.fault("facebook", "rate_limit", method="POST", path=COMMENTS)
    post = house.post(variants=WITH_COMMENT)
    house.queue(post, page, NOW + HOUR)
    house.pass_time(NOW + HOUR + timedelta(minutes=2))
    house.approve_again(post, variants={"facebook": {"first_comment": "Lời mới đã duyệt."}})
    house.pass_time(NOW + 5 * HOUR)
    assert [one["text"] for one in house.sandbox.comments()] == ["Lời mới đã duyệt."]


def test_taking_the_post_down_cancels_the_comment_that_still_waits(house: Running, page: Channel) -> None:
    house.sandbox.fault("facebook", "rate_limit", method="POST", path=COMMENTS)
    post = house.post(variants=WITH_COMMENT)
    row = house.queue(post, page, NOW + HOUR)
    house.pass_time(NOW + HOUR + timedelta(minutes=2))
    number = house.load(row.id).id or 0
    house.service.desk.withdraw(number, "Sai số.", now=house.clock.now(), actor=LAN)
    assert [one.state for one in followers(house, row)] == [State.CANCELLED]
    house.pass_time(NOW + 4 * HOUR)
    assert house.sandbox.comments() == []


def test_a_comment_the_platform_would_refuse_is_told_before_the_post_is_queued(house: Running, page: Channel) -> None:
    post = house.post(variants={"facebook": {"first_comment": "x" * 70_000}})
    with pytest.raises(QueueError, match="first_comment"):
        house.queue(post, page)


def test_an_unproved_option_is_not_queued_and_a_proved_one_is(house: Running, page: Channel) -> None:
    post = house.post(variants={"facebook": {"options": {"hidden_first": True}}})
    house.picture(post)
    with pytest.raises(QueueError, match="cchc channels prove facebook hidden_first"):
        house.queue(post, page)
    house.prove(page, "hidden_first")
    assert house.queue(post, page).id


# New words for a public post -----------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["facebook", "zalo", "youtube"])
def test_new_words_that_were_approved_stand_on_the_channel_and_nothing_is_doubled(
    house: Running, platform: str
) -> None:
    row = publish(house, house.connect(platform))
    with reading(house.engine) as session:
        post = session.get_one(Post, row.post_id)
    house.approve_again(post, body="Lời đã sửa, số điện thoại đúng.", title="Tiêu đề đã sửa")
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + HOUR)
    [revision] = followers(house, row)[-1:]
    assert (revision.part, revision.state) == (Part.REVISION, State.PUBLISHED), revision.problem
    [seen] = house.sandbox.public(platform)
    assert "số điện thoại đúng" in seen["text"]
    assert house.load(row.id).external_id == revision.external_id == seen["id"]


def test_words_that_were_not_approved_are_not_sent(house: Running, page: Channel) -> None:
    row = publish(house, page)
    with reading(house.engine) as session:
        post = session.get_one(Post, row.post_id)
    with pytest.raises(QueueError, match="không phải bài đang hiện"):
        revise(house.service.desk, followers(house, row)[0].id or 0, now=house.clock.now(), actor=LAN)
    with writing(house.engine) as session:
        house.change(session, post, body="Chưa ai duyệt.")
    with pytest.raises(QueueError, match="chưa được duyệt"):
        revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)


def test_two_revisions_of_one_post_do_not_wait_side_by_side(house: Running, page: Channel) -> None:
    row = publish(house, page)
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    with pytest.raises(QueueError, match="đang có một lần sửa"):
        revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)


# A broadcast ---------------------------------------------------------------------------------------------


@pytest.fixture
def article(house: Running) -> Publication:
    return publish(house, house.connect("zalo"))


def send(house: Running, *numbers: int | None, **audience: Any) -> Publication:
    at = house.clock.now() + HOUR
    row = broadcast(house.service.desk, [one or 0 for one in numbers], audience, at, now=house.clock.now(), actor=LAN)
    house.pass_time(at + 3 * HOUR)
    return house.load(row.id)


def test_published_articles_are_pushed_once_to_whom_staff_chose(house: Running, article: Publication) -> None:
    second = publish(house, house.connect("zalo"))
    done = send(house, article.id, second.id, cities=["Thừa Thiên Huế"])
    assert done.state == State.PUBLISHED, done.problem
    [sent] = house.sandbox.broadcasts()
    assert sent["articles"] == [article.external_id, second.external_id]
    assert sent["target"] == {"cities": "53"}


@pytest.mark.parametrize("effect", [True, False])
def test_a_broadcast_in_doubt_is_never_repeated_and_a_person_is_told_where_to_look(
    house: Running, article: Publication, effect: bool
) -> None:
    house.sandbox.fault("zalo", "hang_up", method="POST", path="/v2.0/oa/message", effect=effect)
    row = send(house, article.id)
    assert row.state == State.NEEDS_PERSON
    assert "OA Manager" in row.problem
    assert len(house.sandbox.broadcasts()) == int(effect)
    house.service.desk.settle(row.id or 0, "", now=house.clock.now(), actor=LAN, sent=True)
    house.pass_time(house.clock.now() + 5 * HOUR)
    assert (house.load(row.id).state, len(house.sandbox.broadcasts())) == (State.PUBLISHED, int(effect))


def test_what_cannot_be_broadcast_is_said_at_once(house: Running, article: Publication, page: Channel) -> None:
    other = publish(house, page, variants={})
    now = house.clock.now()
    night = now.replace(hour=16)  # 23:00 in Việt Nam
    for numbers, audience, at, words in (
        ([], {}, now, "Chưa chọn bài"),
        ([article.id, other.id], {}, now, "nhiều kênh"),
        ([other.id], {}, now, "không hỗ trợ"),
        ([article.id], {}, now - HOUR, "đã qua"),
        ([article.id], {}, night, "giờ gần nhất"),
        ([article.id], {"cities": ["Atlantis"]}, now, "Atlantis"),
    ):
        with pytest.raises(QueueError, match=words):
            broadcast(house.service.desk, [one or 0 for one in numbers], audience, at, now=now, actor=LAN)
    assert house.sandbox.broadcasts() == []


def test_an_article_that_was_taken_down_meanwhile_is_not_pushed(house: Running, article: Publication) -> None:
    at = house.clock.now() + HOUR
    row = broadcast(house.service.desk, [article.id or 0], {}, at, now=house.clock.now(), actor=LAN)
    house.service.desk.withdraw(article.id or 0, "Sai.", now=house.clock.now(), actor=LAN)
    house.pass_time(at + HOUR)
    assert house.load(row.id).state in (State.CANCELLED, State.FAILED)
    assert house.sandbox.broadcasts() == []


# What counts posts counts posts only ----------------------------------------------------------------------


def test_comments_and_revisions_have_no_figures_and_are_no_posts(house: Running, page: Channel) -> None:
    row = publish(house, page)
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + HOUR)
    collected = house.service.collect()
    assert collected.failed == {}
    with reading(house.engine) as session:
        assert {one for one in session.exec(select(Reading.publication_id)) if one} == {row.id}
        rows = week_rows(session, week_named("2026-W48"), house.clock.now() + HOUR)
    assert [one.id for one in rows.published] == [row.id]
    assert len(rows.covered) == 1
