"""Best times: intervals reckoned by hand, like held against like, and nothing said that the sample does not allow."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from sqlmodel import Session

from connectors.base import DefinitionBreak, Metric
from content.vietnamese import LOCAL
from reports.best_times import BANDS, BestTimes, Sample, band_of, best_times, by_band, compare, interval
from reports.spans import Span
from tests.reports.campaign import Campaign

NOW = datetime(2026, 11, 30, 12, tzinfo=LOCAL)
AUTUMN = Span(date(2026, 9, 1), date(2026, 11, 30))
FIVE = Fraction(5, 100)


def test_the_interval_of_ten_values_goes_from_the_second_to_the_ninth() -> None:
    # P(at most 1 of 10 on one side) = 11/1024, twice that is 2.1 %; with 2 of 10 it would be 10.9 %
    assert interval([9, 1, 8, 2, 7, 3, 6, 4, 5, 10], FIVE) == (2, 9)
    # six values: 2 · 1/64 = 3.1 %; five: 2 · 1/32 = 6.3 %, which is too much
    assert interval([1, 2, 3, 4, 5, 6], FIVE) == (1, 6)
    assert interval([1, 2, 3, 4, 5], FIVE) is None
    assert interval([], FIVE) is None


@pytest.mark.parametrize("count", [6, 7, 12, 25, 60])
def test_the_interval_is_the_narrowest_that_is_sure_enough(count: int) -> None:
    low, high = interval(range(1, count + 1), FIVE) or (0, 0)
    assert low + high == count + 1, "as many values below as above"
    missed = [sum(comb(count, n) for n in range(rank)) * 2 / 2**count for rank in (low, low + 1)]
    assert missed[0] <= 0.05 < missed[1]


def test_a_great_many_values_are_no_trouble() -> None:
    low, high = interval(range(20_000), FIVE) or (0, 0)
    assert (low, high) == (9860, 10139), "10,000 ± 1.96 · √20,000 / 2"


def test_two_hours_differ_when_their_intervals_do_not_touch() -> None:
    found = compare({"sáng": [*range(1, 11)], "tối": [*range(101, 111)], "trưa": [5, 6]})
    morning, evening, noon = found.cells
    # two cells are compared, so each may miss with 2.5 %: ten values go from the second to the ninth
    assert (morning.median, morning.low, morning.high) == (5.5, 2, 9)
    assert (evening.median, evening.low, evening.high) == (105.5, 102, 109)
    assert not noon.enough and noon.median is None and noon.count == 2
    assert found.best is evening and found.differences == ((evening, morning),)


def test_more_cells_ask_for_more_of_each() -> None:
    # seven cells, each may miss with 0.7 %: ten values then reach from the first to the last
    found = compare({str(n): [*range(1, 11)] for n in range(7)})
    assert {(one.low, one.high) for one in found.cells} == {(1, 10)}
    assert found.best is None and found.differences == ()


def test_intervals_that_touch_say_nothing() -> None:
    found = compare({"sáng": [*range(1, 11)], "tối": [*range(8, 18)]})
    assert found.best is None and found.differences == ()


def test_one_cell_alone_is_never_the_best() -> None:
    assert compare({"sáng": [*range(20)], "tối": [900]}).best is None


def test_every_hour_has_its_band() -> None:
    places = [band_of(datetime(2026, 11, 2, hour, 59, tzinfo=LOCAL)) for hour in range(24)]
    assert places == [6] * 6 + [0] * 3 + [1] * 2 + [2] * 3 + [3] * 2 + [4] * 3 + [5] * 3 + [6] * 2
    assert sum(one.count for one in by_band([Sample(NOW, 1)]).cells) == 1 and len(BANDS) == 7


# From the database -----------------------------------------------------------------------------------------


def posted(made: Campaign, channel: int, when: datetime, *, after: timedelta = timedelta(days=7), **told: int) -> int:
    """A publication with one reading so long after the beginning of its day, at noon."""
    row = made.published(channel, when)
    noon = when.replace(hour=12, minute=0)
    values: dict[str, Any] = {"reactions": 1, "comments": 0, "shares": 0, **told}
    made.read(channel, row, noon + after, **values)
    return row


def of(session: Session, channel: int, *breaks: DefinitionBreak) -> BestTimes:
    session.commit()
    return best_times(session, channel, AUTUMN, NOW, breaks)


def at(day: int, hour: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LOCAL)


def test_the_value_is_that_of_the_seventh_day_and_no_other(session: Session) -> None:
    made = Campaign(session)
    channel, other = made.channel(), made.channel()
    row = posted(made, channel, at(5, 7), reactions=30, comments=5, shares=2)
    made.read(channel, row, at(11, 23), reactions=20, comments=4, shares=1)
    made.read(channel, row, at(13, 0), reactions=99, comments=9, shares=9)
    posted(made, other, at(5, 7), reactions=500)
    found = of(session, channel)
    assert [one.value for one in found.samples] == [37]
    assert found.parts == ("reactions", "comments", "shares") and found.measure == "interactions"
    assert found.cell(0, 0).count == 1 and found.cell(0, 0).median is None


def test_a_post_of_another_age_or_with_other_counters_is_left_out_and_told(session: Session) -> None:
    made = Campaign(session)
    channel = made.channel()
    for day in range(1, 4):
        posted(made, channel, at(day, 8), reactions=day)
    posted(made, channel, at(4, 8), after=timedelta(days=2))
    posted(made, channel, at(25, 8, 11), reactions=7)
    lone = made.published(channel, at(6, 8))
    made.read(channel, lone, at(13, 9), reactions=5)
    found = of(session, channel)
    assert sorted(one.value for one in found.samples) == [1, 2, 3]
    assert (found.unread, found.too_young, found.unlike) == (1, 1, 1)


def test_nothing_is_compared_across_a_change_of_counting(session: Session) -> None:
    made = Campaign(session)
    channel = made.channel()
    for day in (1, 2, 20, 21):
        posted(made, channel, at(day, 8), reactions=day)
    changed = DefinitionBreak(Metric.REACTIONS, date(2026, 10, 20), "Từ ngày 20/10/2026 …", "x")
    other = DefinitionBreak(Metric.VIEWS, date(2026, 10, 21), "…", "x")
    found = of(session, channel, changed, other)
    assert sorted(one.value for one in found.samples) == [20, 21]
    assert found.unlike == 2 and found.breaks == (changed,)


def test_what_the_platform_calls_otherwise_is_not_mixed_in(session: Session) -> None:
    made = Campaign(session)
    channel = made.channel()
    old = made.published(channel, at(1, 8))
    made.read(channel, old, at(8, 12), name="post_reactions_old", reactions=50, comments=0, shares=0)
    posted(made, channel, at(9, 8), reactions=3)
    found = of(session, channel)
    assert [one.value for one in found.samples] == [3] and found.unlike == 1


def test_a_channel_that_tells_views_alone_is_compared_by_views(session: Session) -> None:
    made = Campaign(session)
    channel = made.channel("zalo")
    row = made.published(channel, at(1, 8))
    made.read(channel, row, at(8, 12), views=120)
    found = of(session, channel)
    assert (found.measure, found.parts, [one.value for one in found.samples]) == ("views", ("views",), [120])
    empty = of(session, made.channel("youtube"))
    assert empty.measure == "" and empty.samples == () and empty.bands.best is None
