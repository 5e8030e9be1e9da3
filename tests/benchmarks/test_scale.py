"""The simulation of many channels agrees with what is known by theory and by hand, and it sees what goes wrong."""

import random
from array import array
from collections.abc import Sequence

import pytest

from benchmarks.scaling.costs import Costs, Line, Step, fitted
from benchmarks.scaling.day import PLATFORMS, SIZES, Day, Platform, Stage, answers, make_day
from benchmarks.scaling.setup import Outcome, Setup
from benchmarks.scaling.simulation import Simulation
from scheduler.handover import PER_HAND

ONE = (Platform("one", 1.0, (1, 1, 0), 3600.0),)
NINE = 9 * 3600.0


def day(hours: Sequence[float], channels: int) -> Day:
    count = range(len(hours))
    return Day(array("d", hours), array("b", [0 for _ in count]), array("l", [one % channels for one in count]))


def simulated(
    setup: Setup, hours: Sequence[float], *, answer: float = 1.0, costs: Costs = Costs(), channels: int = 10**6,
    until: float = NINE + 10**6,
) -> Outcome:  # fmt: skip
    return Simulation(setup, costs, ONE, [answer], random.Random(1)).run(day(hours, channels), until=until)


@pytest.mark.parametrize(("posts", "workers", "hands"), [(1, 1, 5), (100, 1, 10), (101, 2, 5), (1_000, 4, 2)])
def test_posts_due_at_once_take_as_many_rounds_as_the_hands_need(posts: int, workers: int, hands: int) -> None:
    out = simulated(Setup(workers, in_flight=hands, breath=0.0), [NINE] * posts)
    assert max(out.late) == pytest.approx(-(-posts // (workers * hands)) * 1.0)
    assert len(out.late) == posts and out.unsent == 0


def test_posts_of_one_channel_go_one_after_another() -> None:
    out = simulated(Setup(2, in_flight=10, breath=0.0), [NINE] * 7, channels=1)
    assert sorted(out.late) == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_one_hand_waits_as_long_as_theory_says_of_fixed_answers(load: float) -> None:
    """M/D/1: Poisson arrivals, one hand, answers of one second: they wait load / (2 (1 - load)) seconds on average."""
    rng, at, hours = random.Random(4), NINE, []
    for _ in range(8_000):
        at += rng.expovariate(load)
        hours.append(at)
    out = simulated(Setup(1, clocks=1, in_flight=1, breath=0.0), hours)
    assert sum(out.late) / len(out.late) - 1.0 == pytest.approx(load / (2 * (1 - load)), rel=0.12)


def test_the_database_is_the_limit_when_it_has_one_core() -> None:
    """By hand: 1,000 records of 10 ms each on one core take 10 seconds, on four cores a quarter of that."""
    costs = Costs(record=Step(database=Line(each=0.01)))
    slow = simulated(Setup(20, cores=1, in_flight=1), [NINE] * 1_000, answer=0.001, costs=costs)
    fast = simulated(Setup(20, cores=4, in_flight=1), [NINE] * 1_000, answer=0.001, costs=costs)
    assert max(slow.late) == pytest.approx(10.0, rel=0.1)
    assert max(fast.late) == pytest.approx(2.5, rel=0.15)
    assert slow.peak("database") > 0.9 > slow.peak("own")


def test_many_workers_get_everything_although_one_claim_fills_only_a_part_of_their_queue() -> None:
    out = simulated(Setup(40, in_flight=50), [NINE] * 5_000)
    assert out.unsent == 0 and max(out.late) < 10


def test_a_lease_that_is_too_short_is_counted_and_one_as_shipped_is_not() -> None:
    short = simulated(Setup(1, in_flight=5, lease=0.5, breath=0.0), [NINE] * 100)
    assert short.ran_out_in_hand == 100
    taking = Costs(take=Step(ours=Line(fixed=1.0)))
    queued = simulated(Setup(1, in_flight=50, lease=1.5), [NINE] * 100, answer=0.1, costs=taking, until=NINE + 30)
    assert queued.never_taken > 0 and queued.unsent == 100, "each is given back again and again"
    shipped = simulated(Setup(1, in_flight=5, breath=0.0), [NINE] * 100)
    assert (shipped.ran_out_in_hand, shipped.never_taken) == (0, 0)


def test_processes_that_count_at_the_same_moment_put_more_into_the_queue_than_the_rule_says() -> None:
    few = simulated(Setup(1, clocks=1, in_flight=10), [NINE] * 2_000)
    many = simulated(Setup(8, clocks=2, cores=8, in_flight=10), [NINE] * 2_000)
    assert PER_HAND <= few.waited < 2 * PER_HAND < many.waited
    assert few.unsent == many.unsent == few.never_taken == many.never_taken == 0


def test_an_app_with_few_calls_a_minute_holds_up_what_it_cannot_carry() -> None:
    few = (Platform("few", 1.0, (1, 1, 0), 3600.0, app_calls_a_minute=60),)
    out = Simulation(Setup(1, apps=1), Costs(), few, [0.1], random.Random(1)).run(day([NINE] * 180, 10**6))
    assert max(out.late) == pytest.approx(120, abs=6) and out.held_up > 0


def test_a_platform_that_answers_before_it_is_done_is_looked_at() -> None:
    looked = (Platform("look", 1.0, (1, 1, 3), 3600.0, look_after=20.0),)
    first = Simulation(Setup(1), Costs(), looked, [1.0], random.Random(1))
    out = first.run(day([NINE, NINE + 60], 10**6))
    assert out.claimed == 3, "two at their hours, and the look at the first"
    assert Stage.LOOK > Stage.PUBLISH


def test_what_is_not_prepared_is_prepared_before_its_hour() -> None:
    first = Simulation(Setup(1), Costs(), ONE, [1.0], random.Random(1))
    out = first.run(day([NINE] * 10, 10**6), prepared_before=0.0)
    assert out.claimed == 20 and max(out.late) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_day_and_a_spread_flattens_its_peak() -> None:
    sharp, again, spread = (make_day(SIZES[1], random.Random(3), jitter=jitter) for jitter in (0, 0, 900.0))
    assert sharp == again and len(sharp) == len(spread) == SIZES[1].a_day
    at = 7.5 * 3600
    assert len(sharp.between(at, at + 1)) > 50 * max(1, len(spread.between(at, at + 1)))
    assert sum(one.share for one in PLATFORMS) == pytest.approx(1.0)


def test_answers_have_the_median_and_the_tail_that_were_assumed() -> None:
    drawn = sorted(answers(random.Random(5), 0.3, 3.0, 40_000))
    assert drawn[20_000] == pytest.approx(0.3, rel=0.05) and drawn[39_600] == pytest.approx(3.0, rel=0.1)


def test_a_line_through_measurements_on_a_line_is_that_line() -> None:
    line = fitted({n: 0.002 + 0.0001 * n + 1e-7 * 1_000 for n in (1, 20, 100)},
                  {due: 0.004 + 1e-7 * due for due in (1_000, 100_000)})  # fmt: skip
    assert (line.fixed, line.each, line.waiting) == pytest.approx((0.002, 0.0001, 1e-7))
