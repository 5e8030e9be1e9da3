"""The cadence: often while new, then less; each interval once, none left out, no burst after an outage."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.vietnamese import local
from scheduler.metrics.cadence import EXAMPLE, USUAL, Cadence, Step, parse_steps
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAKING = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
"""07:30 in Việt Nam; the job wakes up at half past every hour."""


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    """Up to three steps, ages rising, intervals growing."""
    count = draw(st.integers(1, 3))
    every = sorted(draw(st.lists(st.integers(1, 200), min_size=count, max_size=count)))
    ages = sorted(draw(st.lists(st.integers(200, 1200), min_size=count, max_size=count, unique=True)))
    steps = tuple(Step(age * HOUR, one * HOUR) for age, one in zip(ages, every, strict=True))
    return Cadence(steps, draw(st.integers(0, 6)))


def asked(cadence: Cadence, published: datetime, wakings: list[datetime]) -> list[datetime]:
    """The moments at which one publication is asked for, when every answer comes."""
    moments: list[datetime] = []
    for now in wakings:
        if now >= published and cadence.is_due(published, moments[-1] if moments else None, now):
            moments.append(now)
    return moments


@settings(deadline=None)  # a busy machine is no failure
@given(cadence=cadences(), minutes=st.integers(0, 600), gaps=st.lists(st.integers(1, 90), min_size=30, max_size=120))
def test_no_publication_is_asked_twice_within_an_interval_and_none_is_forgotten(
    cadence: Cadence, minutes: int, gaps: list[int]
) -> None:
    published = WAKING - timedelta(minutes=minutes)
    wakings = [WAKING + sum(gaps[:place]) * HOUR for place in range(len(gaps))]  # with outages of up to 90 hours
    moments = asked(cadence, published, wakings)
    awake = [now for now in wakings if now - published < cadence.oldest]
    assert moments[:1] == awake[:1], "a new one is read at the first waking"
    for earlier, later in pairwise(moments):
        every = cadence.every(later - published)
        assert every is not None
        assert cadence.mark(later, every) > cadence.mark(earlier, every)
    for now in awake:
        every, last = cadence.every(now - published), max(one for one in moments if one <= now)
        assert every is not None
        assert cadence.mark(last, every) == cadence.mark(now, every), "each interval has its reading"


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 23), st.integers(1, 400))
def test_with_a_waking_every_hour_two_readings_are_never_further_apart_than_two_intervals(hour: int, days: int) -> None:
    published = WAKING + hour * HOUR - timedelta(minutes=7)
    moments = asked(USUAL, published, [WAKING + place * HOUR for place in range(24 * min(days, 60))])
    for earlier, later in pairwise(moments):
        every = USUAL.every(later - published)
        assert every is not None
        assert later - earlier <= 2 * every


def test_the_usual_cadence_thins_from_hours_to_weeks_and_ends_after_a_year() -> None:
    wakings = [WAKING + place * HOUR for place in range(24 * 400)]
    moments = asked(USUAL, WAKING, wakings)
    ages = [moment - WAKING for moment in moments]
    assert sum(age < 2 * DAY for age in ages) == pytest.approx(16, abs=1)
    assert sum(2 * DAY <= age < 28 * DAY for age in ages) == 26
    assert sum(age >= 28 * DAY for age in ages) == pytest.approx(48, abs=1)
    assert max(ages) < 365 * DAY


def test_the_last_reading_of_a_day_and_of_a_week_is_half_an_hour_before_its_end() -> None:
    moments = asked(USUAL, WAKING, [WAKING + place * HOUR for place in range(24 * 100)])
    daily = [local(one) for one in moments if 3 * DAY <= one - WAKING < 28 * DAY]
    weekly = [local(one) for one in moments if one - WAKING >= 29 * DAY]
    assert {f"{one:%H:%M}" for one in daily} == {"23:30"}
    assert {f"{one:%w %H:%M}" for one in weekly} == {"0 23:30"}
    saturday = Cadence(USUAL.steps, first_weekday=5)
    later = [local(one) for one in asked(saturday, WAKING, [WAKING + place * HOUR for place in range(24 * 60)])]
    assert {f"{one:%w %H:%M}" for one in later[-3:]} == {"5 23:30"}, "an office whose week begins on Saturday"


def test_after_an_outage_there_is_one_reading_and_no_burst() -> None:
    wakings = [WAKING, *(WAKING + 10 * DAY + place * HOUR for place in range(24))]
    assert len(asked(USUAL, WAKING, wakings)) == 3, "one at once, and that of the evening"


@pytest.mark.parametrize(
    "text",
    ["2 ngày/6 giờ", "2 NGÀY / 6 giờ ,28 ngày/1 ngày", "  1 tuần/1 giờ, 52 tuần/2 tuần ", EXAMPLE],
)
def test_a_cadence_is_read_as_staff_write_it(text: str) -> None:
    assert parse_steps(text)
    assert parse_steps("2 ngày/6 giờ") == (Step(2 * DAY, 6 * HOUR),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "không đúng dạng"),
        ("2 ngày", "không đúng dạng"),
        ("hai ngày/6 giờ", "không đúng dạng"),
        ("2 ngày/6 phút", "không đúng dạng"),
        ("2 ngày/6 giờ,", "không đúng dạng"),
        ("-2 ngày/6 giờ", "không đúng dạng"),
        ("2 ngày/0 giờ", "lớn hơn 0"),
        ("2 giờ/1 ngày", "không được dài hơn"),
        ("28 ngày/1 ngày, 2 ngày/6 giờ", "tăng dần"),
        ("2 ngày/1 ngày, 28 ngày/6 giờ", "thưa dần"),
        ("9999 ngày/1 ngày", "lớn nhất"),
        (", ".join(f"{n} ngày/1 giờ" for n in range(1, 9)), "nhiều nhất là 6"),
        ("<script>" * 100, "không đúng dạng"),
    ],
)
def test_a_cadence_that_makes_no_sense_is_refused_in_one_sentence_with_an_example(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        parse_steps(text)
    assert EXAMPLE in str(refused.value)
    assert len(str(refused.value)) < 250


def test_a_clock_that_was_turned_back_asks_for_nothing_twice() -> None:
    assert not USUAL.is_due(NOW, NOW + 3 * HOUR, NOW + HOUR)
    assert USUAL.is_due(NOW + HOUR, None, NOW)
