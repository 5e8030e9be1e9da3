"""Figures of a span, against a campaign whose sums are written out by hand; the same on both databases."""

from datetime import date

import pytest
from sqlmodel import Session

from content.plan import Topic, active_plan
from reports.figures import Figures, figures, series
from reports.only import Only
from reports.periods import ReportError
from reports.spans import Span, minimum, own_span, span_named
from scheduler.lifecycle import State
from tests.reports.campaign import CUTOFF, Campaign, at

NOVEMBER = Span(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def campaign(session: Session) -> Campaign:
    """Two channels; three publications of two posts in November, one in October, one that waits."""
    made = Campaign(session)
    made.plan(d=2, i=1)
    page, oa = made.channel("facebook", key="fanpage"), made.channel("zalo", key="oa")
    both, other = made.post("Một cửa", "d"), made.post("Chỉ số", "i", agency="snv")
    on_page = made.published(page, at(3), both)
    on_oa = made.published(oa, at(4), both)
    late = made.publication(page, other, at(5), State.PUBLISHED, published_at=at(5, 9))
    made.published(page, at(20, month=10), other)
    made.publication(oa, made.post("Chờ", "i"), at(30, 20), State.READY)
    made.read(page, on_page, at(4), reach=10, reactions=1, comments=2)
    made.read(page, on_page, at(6), reach=100, reactions=5, comments=None)
    made.read(page, late, at(6), reach=50, reactions=None, comments=None)
    made.read(oa, on_oa, at(6), views=7)
    made.read(page, None, at(31, month=10), followers=1000)
    made.read(page, None, at(29), followers=1030)
    session.commit()
    return made


def of(session: Session, only: Only = Only()) -> Figures:
    return figures(session, NOVEMBER, active_plan(session), CUTOFF, only)


def test_a_channel_has_what_its_posts_were_told_last_and_nothing_that_was_not_told(
    session: Session, campaign: Campaign
) -> None:
    page, oa = of(session).channels
    assert (page.published, page.before, page.base_metric, page.base) == (2, 1, "reach", 150)
    # 5 reactions, and 2 comments that were told before they were not told any more
    assert page.interactions == 7
    assert page.rate == pytest.approx(7 / 100), "the post without interactions does not thin the rate"
    assert (page.followers, page.gained) == (1030, 30)
    assert (oa.base_metric, oa.base, oa.interactions, oa.rate, oa.followers, oa.gained) == (
        "views", 7, None, None, None, None,
    )  # fmt: skip


def test_a_post_on_two_channels_is_two_publications_for_the_plan_and_one_post_beside(
    session: Session, campaign: Campaign
) -> None:
    found = of(session)
    one_stop, index = found.topics
    assert (one_stop.done, one_stop.posts) == (2, 1)
    assert (one_stop.wanted, one_stop.missing) == (8, 6)
    assert (index.done, index.posts, index.queued) == (1, 1, 1)
    assert found.met == 0 and found.asked == 2


def test_what_was_public_an_hour_late_is_not_on_time(session: Session, campaign: Campaign) -> None:
    found = of(session)
    assert found.published == 3 and found.on_time == pytest.approx(2 / 3)
    assert found.published_before == 1


def test_only_asks_for_a_part_and_the_rest_is_not_counted(session: Session, campaign: Campaign) -> None:
    assert of(session, Only(channel="oa")).published == 1
    assert of(session, Only(topic="i")).published == 1
    assert of(session, Only(agency="snv")).published == 1
    assert of(session, Only(agency="")).published == 2


def test_a_day_without_a_count_of_followers_is_a_gap(session: Session, campaign: Campaign) -> None:
    points = dict(series(session, 1, NOVEMBER))
    assert points[date(2026, 11, 29)] == 1030 and points[date(2026, 11, 28)] is None


def test_a_whole_month_and_a_whole_year_ask_for_their_own_minimum_and_other_spans_for_their_weeks() -> None:
    topic = Topic(
        letter="d", order=1, label="x", covers="x", minimum_per_week=1, minimum_per_month=6, minimum_per_year=80
    )
    assert minimum(topic, NOVEMBER) == 6
    assert minimum(topic, Span(date(2026, 11, 2), date(2026, 11, 30))) == 4
    assert minimum(topic, Span(date(2026, 1, 1), date(2026, 12, 31))) == 80
    assert minimum(topic, Span(date(2025, 12, 15), date(2026, 12, 14))) == 80
    assert minimum(topic, Span(date(2026, 10, 15), date(2026, 11, 14))) == 6
    assert minimum(topic, Span(date(2026, 1, 1), date(2026, 10, 31))) == 60
    assert minimum(topic, Span(date(2026, 11, 2), date(2026, 11, 7))) == 0


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("tuan-nay", date(2026, 11, 30), date(2026, 12, 6)),
        ("tuan-truoc", date(2026, 11, 23), date(2026, 11, 29)),
        ("thang-nay", date(2026, 11, 1), date(2026, 11, 30)),
        ("thang-truoc", date(2026, 10, 1), date(2026, 10, 31)),
        ("quy-nay", date(2026, 10, 1), date(2026, 12, 31)),
        ("nam-nay", date(2026, 1, 1), date(2026, 12, 31)),
        ("nam-truoc", date(2025, 1, 1), date(2025, 12, 31)),
        ("thang-15-nay", date(2026, 11, 15), date(2026, 12, 14)),
        ("thang-15-truoc", date(2026, 10, 15), date(2026, 11, 14)),
        ("quy-truoc", date(2026, 7, 1), date(2026, 9, 30)),
        ("sau-thang-dau", date(2026, 1, 1), date(2026, 6, 30)),
        ("sau-thang-cuoi", date(2026, 7, 1), date(2026, 12, 31)),
        ("nam-15-nay", date(2025, 12, 15), date(2026, 12, 14)),
        ("nam-15-truoc", date(2024, 12, 15), date(2025, 12, 14)),
        ("12-thang-qua", date(2025, 12, 1), date(2026, 11, 30)),
        ("den-31-10", date(2026, 1, 1), date(2026, 10, 31)),
    ],
)
def test_a_named_span_is_in_local_days(name: str, first: date, last: date) -> None:
    found = span_named(name, CUTOFF)
    assert (found.first, found.last) == (first, last)


def test_a_span_of_ones_own_is_at_most_a_year_and_the_right_way_round() -> None:
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date(2024, 1, 1), date(2026, 1, 1))):
        with pytest.raises(ReportError):
            own_span(first, last)
    assert own_span(date(2024, 1, 1), date(2024, 12, 31)).days == 366
