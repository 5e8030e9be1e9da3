"""Items of a channel that readers would see as one are told of, in a sentence; nothing is refused."""

import random
import unicodedata
from datetime import datetime, timedelta

import pytest

from connectors.base import Part
from content.tables import Post
from scheduler.conflicts import Watch, conflict_of, conflicts
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.moving import move
from scheduler.policy import Policy
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, NOW
from tests.scheduler.house import Running
from tests.web.desk import counted

DAY = timedelta(days=1)
POLICY = Policy()
RAIN = (
    "Mưa lớn kéo dài từ đêm nay, bà con vùng trũng hãy kê cao tài sản, sạc đầy điện thoại, không đi qua ngầm tràn "
    "và theo dõi thông báo của chính quyền xã trước khi ra khỏi nhà. Nhà nào có người già, trẻ nhỏ thì báo tổ dân phố."
)


def put(house: Running, post: Post, channel: Channel, days: float, state: State = State.SCHEDULED) -> Publication:
    at = NOW + days * DAY
    published = at if state is State.PUBLISHED else None
    return house.publication(
        post_id=post.id, channel_id=channel.id, due_at=at, state=state, published_at=published, next_attempt_at=None
    )


def told(house: Running, since: float = -90, until: float | None = 90, policy: Policy = POLICY) -> list[str]:
    end: datetime | None = None if until is None else NOW + until * DAY
    with reading(house.engine) as session:
        return [one.words for one in conflicts(session, NOW + since * DAY, end, policy)]


def test_the_same_post_sooner_than_the_cool_down_is_told_with_its_item_and_the_days(running: Running) -> None:
    post, channel = running.post(), running.channel()
    first = put(running, post, channel, -10, State.PUBLISHED)
    put(running, post, channel, 5)
    [words] = told(running)
    assert f"Cùng bài với mục {first.id}, " in words
    assert words.endswith(", trên cùng kênh: cách 15 ngày, trong khi bài này cần cách ít nhất 30 ngày.")


@pytest.mark.parametrize(("days", "found"), [(29, 1), (30, 0), (31, 0)])
def test_at_the_cool_down_it_is_soon_enough(running: Running, days: int, found: int) -> None:
    post, channel = running.post(), running.channel()
    put(running, post, channel, -5, State.PUBLISHED)
    put(running, post, channel, days - 5)
    assert len(told(running)) == found


def test_a_posts_own_days_and_its_one_time_win_over_the_offices_rule(running: Running) -> None:
    channel = running.channel()
    soon, rare, once = (
        running.post(repeat_days=7),
        running.post(repeat_days=200),
        running.post(evergreen=False),
    )
    for post in (soon, rare, once):
        put(running, post, channel, -150, State.PUBLISHED)
        put(running, post, channel, 5)
    put(running, soon, channel, 12)
    words = told(running, since=0)
    assert [one.partition(" ")[0] for one in words] == ["Cùng", "Bài"]
    assert "cần cách ít nhất 200 ngày" in words[0] and words[1].startswith("Bài chỉ đăng một lần mà còn có ở mục ")


def test_nearly_the_same_words_within_the_offices_days_are_told_with_the_other_ones_title(running: Running) -> None:
    channel = running.channel()
    one = running.post(body=RAIN, title="Chuẩn bị trước mưa lớn")
    two = running.post(body="Kính gửi bà con! " + unicodedata.normalize("NFD", RAIN.upper()))
    put(running, one, channel, 1)
    put(running, two, channel, 41)
    [words] = told(running)
    assert words.startswith("Lời gần giống bài “Chuẩn bị trước mưa lớn” (mục ") and "cách 40 ngày" in words
    assert told(running, policy=Policy(alike_days=40)) == []


def test_another_channel_another_part_and_what_never_went_out_are_no_conflict(running: Running) -> None:
    post, channel, other = running.post(), running.channel(), running.channel("zalo")
    put(running, post, channel, 5)
    put(running, post, other, 6)
    for days, state in ((1, State.CANCELLED), (2, State.MISSED), (3, State.FAILED), (4, State.WITHDRAWN)):
        put(running, post, channel, days, state)
    running.publication(
        post_id=post.id, channel_id=channel.id, due_at=NOW + 7 * DAY, part=Part.REVISION, next_attempt_at=None
    )
    assert told(running) == []


def test_what_has_gone_out_twice_is_history_and_told_of_no_more(running: Running) -> None:
    post, channel = running.post(), running.channel()
    put(running, post, channel, -5, State.PUBLISHED)
    put(running, post, channel, -2, State.PUBLISHED)
    assert told(running) == []
    put(running, post, channel, 3, State.HELD)
    assert len(told(running)) == 1


def test_a_window_sees_beyond_its_edges_and_tells_only_of_what_stands_in_it(running: Running) -> None:
    post, channel = running.post(), running.channel()
    for days in (-20, 1, 20, 41):
        put(running, post, channel, days, State.PUBLISHED if days < 0 else State.SCHEDULED)
    assert len(told(running, 0, 2)) == 2, "with the one before it, and the one after it"
    assert len(told(running, 40, None)) == 1
    assert told(running, 60, 90) == []


def test_on_one_day_it_says_so(running: Running) -> None:
    post, channel = running.post(), running.channel()
    put(running, post, channel, 1)
    put(running, post, channel, 1.1)
    assert "trong cùng một ngày" in told(running)[0]


def test_one_item_is_told_of_what_stands_before_it_or_else_after_it(running: Running) -> None:
    post, channel = running.post(), running.channel()
    first, last = put(running, post, channel, 1), put(running, post, channel, 9)
    alone = put(running, running.post(), channel, 3)
    with reading(running.engine) as session:
        before, after = conflict_of(session, last, POLICY), conflict_of(session, first, POLICY)
        assert conflict_of(session, alone, POLICY) is None
    assert before is not None and f"mục {first.id}," in before.told(last.id or 0)
    assert after is not None and f"mục {last.id}," in after.told(first.id or 0)


def test_the_watch_follows_the_queue_and_asks_once_while_nothing_changes(running: Running) -> None:
    post, channel, watch = running.post(), running.channel(), Watch(POLICY)
    put(running, post, channel, 1)
    row = put(running, post, channel, 9)
    span = NOW, NOW + 60 * DAY
    with reading(running.engine) as session:
        assert len(watch.flags(session, *span, now=NOW)) == 2
        assert row.id in watch.flags(session, NOW + 5 * DAY, NOW + 10 * DAY, now=NOW), "what is before the span counts"
        assert watch.flags(session, NOW + 20 * DAY, NOW + 30 * DAY, now=NOW) == {}
    with counted(running.engine) as statements, reading(running.engine) as session:
        assert len(watch.flags(session, *span, now=NOW)) == 2
    assert len(statements) == 1
    move(running.service.desk, row.id or 0, NOW + 50 * DAY, now=NOW, actor=LAN)
    with reading(running.engine) as session:
        assert watch.flags(session, *span, now=NOW) == {}
        assert watch.flags(session, NOW - 90 * DAY, NOW - 80 * DAY, now=NOW) == {}


def test_a_long_queue_costs_no_more_statements_than_a_short_one(running: Running) -> None:
    channel = running.channel()
    for number in range(60):
        put(running, running.post(body=f"{RAIN} Lần {number}.", evergreen=number % 2 == 0), channel, number / 4)
    with counted(running.engine) as statements, reading(running.engine) as session:
        found = conflicts(session, NOW, NOW + 90 * DAY, POLICY)
    assert len(found) == 59, "each with the nearest before it"
    assert len(statements) <= 6
    with counted(running.engine) as statements, reading(running.engine) as session:
        conflicts(session, NOW, NOW + 90 * DAY, POLICY)
    assert len(statements) <= 5, "no text is read twice"
    with counted(running.engine) as statements, reading(running.engine) as session:
        assert conflicts(session, NOW + 30 * DAY, NOW + 60 * DAY, POLICY) == []
    assert len(statements) == 1, "where nothing waits nothing else is read"


def test_changed_words_are_compared_anew(running: Running) -> None:
    channel = running.channel()
    one, two = running.post(body=RAIN), running.post(body="Lịch tiếp công dân.")
    put(running, one, channel, 1)
    put(running, two, channel, 2)
    assert told(running) == []
    three = running.post(body=RAIN + " Xin cảm ơn.")
    put(running, three, channel, 3)
    assert len(told(running)) == 1


def test_a_span_tells_what_the_whole_queue_tells_of_its_items(running: Running) -> None:
    """Held against everything or only against the posts that matter: the same sentences."""
    channels, rng = [running.channel(), running.channel()], random.Random(7)
    posts = [running.post(body=f"{RAIN} Lần {n}.", evergreen=n % 4 != 0) for n in range(5)]
    posts += [running.post(evergreen=n % 3 != 0) for n in range(10)]
    for _ in range(60):
        put(running, rng.choice(posts), rng.choice(channels), rng.uniform(-20, 80))
    with reading(running.engine) as session:
        whole = conflicts(session, NOW - 200 * DAY, NOW + 400 * DAY, POLICY)
        for first in (0, 10, 40):
            since, until = NOW + first * DAY, NOW + (first + 9) * DAY
            inside = [
                one for one in whole if any(row.open and since <= row.at < until for row in (one.first, one.second))
            ]
            assert inside and conflicts(session, since, until, POLICY) == inside
