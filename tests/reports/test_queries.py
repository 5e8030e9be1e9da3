"""What the summary asks the database, on both kinds of database."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from reports import queries
from reports.breaks import definition_breaks, follower_breaks
from reports.periods import week_named
from reports.queries import Series
from scheduler.figure_tables import Collection
from scheduler.lifecycle import Event, State
from tests.reports.campaign import CUTOFF, Campaign, at
from tests.web.desk import counted

WEEK = week_named("2026-W48")


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return Campaign(session)


def counters(campaign: Campaign) -> dict[int, dict[str, Series]]:
    rows = queries.published_rows(campaign.session, WEEK.since, WEEK.until)
    return {row.id: dict(row.counters) for row in rows}


def test_a_counter_is_told_at_the_end_of_the_week_the_week_before_and_earlier(campaign: Campaign) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(2))
    for day, value in ((10, 5), (17, 40), (22, 50), (23, 60), (29, 90), (30, 1_000)):
        campaign.read(page, post, at(day), reach=value)
    assert counters(campaign) == {post: {"reach": Series(90, 50, 5)}}


def test_a_reading_at_midnight_belongs_to_the_week_that_begins(campaign: Campaign) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(2))
    campaign.read(page, post, WEEK.since - timedelta(microseconds=1), reach=1)
    campaign.read(page, post, WEEK.since, reach=2)
    campaign.read(page, post, WEEK.until, reach=3)
    assert counters(campaign) == {post: {"reach": Series(2, 1, None)}}


def test_a_platform_that_answers_nothing_does_not_wipe_out_what_it_said(campaign: Campaign) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(24))
    campaign.read(page, post, at(25), reach=70)
    campaign.read(page, post, at(26), reach=None)
    assert counters(campaign)[post]["reach"] == Series(70, None, None)


def test_figures_of_the_channel_itself_are_not_figures_of_a_post(campaign: Campaign) -> None:
    page, other = campaign.channel(), campaign.channel("zalo")
    post = campaign.published(page, at(24))
    campaign.read(page, None, at(22), followers=10, views=99)
    campaign.read(page, None, at(25), followers=12)
    campaign.read(other, None, at(25), followers=7)
    found = queries.followers(campaign.session, [page, other], WEEK.since, WEEK.until)
    assert found == {page: Series(12, 10, None), other: Series(7, None, None)}
    assert counters(campaign) == {post: {}}


def test_a_renamed_metric_is_a_break_of_exactly_the_posts_it_straddles(campaign: Campaign) -> None:
    page = campaign.channel()
    old, reel, new = (campaign.published(page, at(day)) for day in (16, 16, 24))
    campaign.read(page, old, at(20), reach=50, name="post_impressions_unique")
    campaign.read(page, old, at(25), reach=900, name="post_total_media_view_unique")
    for day in (20, 25):
        campaign.read(page, reel, at(day), reach=day, name="post_video_views")
    campaign.read(page, new, at(25), reach=5, name="post_total_media_view_unique")
    found = definition_breaks(campaign.session, [old, reel, new], WEEK.since, WEEK.until)
    assert found == ({(old, "reach")}, set())


def test_a_redefined_follower_count_is_a_break(campaign: Campaign) -> None:
    page, other = campaign.channel(), campaign.channel("zalo")
    for channel, after in ((page, "tài khoản hoạt động"), (other, "mọi tài khoản")):
        campaign.read(channel, None, at(20), followers=10, definition="mọi tài khoản")
        campaign.read(channel, None, at(25), followers=4, definition=after)
    assert follower_breaks(campaign.session, [page, other], WEEK.since, WEEK.until) == {page}


def test_the_names_are_those_of_the_last_day_of_collecting(campaign: Campaign) -> None:
    page = campaign.channel()
    post, reel = campaign.published(page, at(16)), campaign.published(page, at(17))
    campaign.read(page, post, at(20), views=1, name="post_impressions")
    campaign.read(page, post, at(25), views=2, name="post_media_view", definition="lượt phát hoặc hiển thị")
    campaign.read(page, reel, at(25, 9), views=3, name="blue_reels_play_count")
    found = queries.metric_names(campaign.session, [page], WEEK.until)
    assert [(row.metric, row.name, row.definition) for row in found] == [
        ("views", "blue_reels_play_count", ""),
        ("views", "post_media_view", "lượt phát hoặc hiển thị"),
    ]


def test_trouble_keeps_a_publication_s_events_together_and_knows_where_it_stands(campaign: Campaign) -> None:
    page = campaign.channel()
    first = campaign.publication(page, campaign.post("Bài một"), at(24), State.FAILED)
    second = campaign.published(page, at(25), campaign.post("Bài hai"))
    campaign.event(second, Event.NO_ANSWER, at(24, 7), State.UNCONFIRMED)
    campaign.event(first, Event.WILL_RETRY, at(24, 8), State.RETRY_WAIT)
    campaign.event(second, Event.SUCCEEDED, at(24, 9), State.PUBLISHED)
    campaign.event(first, Event.REJECTED, at(24, 10), State.FAILED)
    campaign.event(first, Event.REJECTED, at(30), State.FAILED)
    rows = queries.trouble_rows(campaign.session, WEEK.since, WEEK.until)
    assert [(row.title, row.event, row.state) for row in rows] == [
        ("Bài một", "will_retry", "failed"),
        ("Bài một", "rejected", "failed"),
        ("Bài hai", "no_answer", "published"),
    ]


def test_the_queue_holds_only_what_may_still_go_out(campaign: Campaign) -> None:
    page = campaign.channel()
    for hour, state in enumerate((State.SCHEDULED, State.HELD, State.CANCELLED, State.FAILED), 8):
        campaign.publication(page, campaign.post(), at(30, hour), state)
    campaign.publication(page, campaign.post(), at(7, month=12))
    assert queries.queue_rows(campaign.session, WEEK.until, WEEK.until + timedelta(days=7)) == (
        (page, at(30, 8)),
        (page, at(30, 9)),
    )


def test_the_last_collection_is_told_for_each_channel(campaign: Campaign) -> None:
    page, silent = campaign.channel(), campaign.channel("zalo")
    campaign.read(page, None, at(28), followers=None)
    campaign.read(page, None, CUTOFF + timedelta(hours=1), followers=1)
    rows = queries.channel_rows(campaign.session, CUTOFF)
    assert [(row.id, row.collected_at) for row in rows] == [(page, at(28)), (silent, None)]


def test_a_failure_is_told_until_the_channel_was_read_again(campaign: Campaign) -> None:
    again, failing, never = campaign.channel(), campaign.channel("zalo"), campaign.channel("youtube")
    for channel_id, day, words, readings in (
        (again, 24, "Mã truy cập hết hạn.", 0), (again, 25, "", 9), (failing, 24, "", 9),
        (failing, 26, "Nền tảng không trả lời.", 0), (failing, 27, "Vẫn không trả lời.", 0), (never, 25, "Lỗi.", 0),
    ):  # fmt: skip
        campaign.session.add(Collection(channel_id=channel_id, taken_at=at(day), words=words, readings=readings))
    campaign.session.flush()
    rows = {row.id: row for row in queries.channel_rows(campaign.session, CUTOFF)}
    told = {number: (row.collected_at, row.failed_at, row.failed_words) for number, row in rows.items()}
    assert told == {
        again: (at(25), None, ""),
        failing: (at(24), at(27), "Vẫn không trả lời."),
        never: (None, at(25), "Lỗi."),
    }


def test_the_statements_of_a_week_do_not_grow_with_its_channels(campaign: Campaign) -> None:
    counts = []
    for number in (2, 12):
        for place in range(number):
            page = campaign.channel(key=f"trang-{number}-{place}")
            campaign.read(page, None, at(16), followers=10 + place)
            campaign.read(page, None, at(25), followers=20 + place, name="page_followers")
        with counted(campaign.session.get_bind().engine) as found:
            rows = queries.week_rows(campaign.session, WEEK, CUTOFF)
        assert rows.followers[page] == Series(20 + place, 10 + place, None) and page in rows.follower_breaks
        counts.append(len(found))
    assert counts[0] == counts[1]
