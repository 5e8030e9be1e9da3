"""What is far from the days may be told in sums: the decisions are those that every single row would give."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import local_day
from scheduler.autopilot import After, Before, Outcome, Task, Used, decide
from scheduler.history import Near
from tests.scheduler.autopilot.tasks import CHANNELS, a_moment, tasks, used_of
from tests.scheduler.autopilot.test_promises import generous

_AGAIN = re.compile(r"; (bài )?sớm nhất đăng lại được từ ngày [\d/]+")


def summed(task: Task) -> Task:
    """The task as `scheduler.gathering` reads it from a long history."""
    near = Near.around(min(task.days), max(task.days), max((one.gap_minutes for one in task.channels), default=0))
    pinned = {one.post_id for one in task.wishes if one.kind == "pin"}
    whole = pinned | {one.post_id for one in task.used if one.series}
    is_near = [one.post_id in whole or near.begin <= one.at < near.end for one in task.used]
    far = [one for one, stays in zip(task.used, is_near, strict=True) if not stays]
    return replace(
        task,
        used=[one for one, stays in zip(task.used, is_near, strict=True) if stays],
        before=_before(task, [one for one in far if one.at < near.begin]),
        after=_after([one for one in far if one.at >= near.end]),
        went=Counter((local_day(one.at).year, one.topic) for one in far),
        campaigns=[
            replace(
                campaign,
                had=Counter(
                    (one.topic, one.channel_id)
                    for one in far
                    if one.post_id in campaign.posts and campaign.first <= local_day(one.at) <= campaign.last
                ),
            )
            for campaign in task.campaigns
        ],
    )


def _before(task: Task, rows: Iterable[Used]) -> dict[tuple[int, int], Before]:
    found = dict(task.before)
    for row in rows:
        key = (row.post_id, row.channel_id)
        known = found.get(key)
        found[key] = Before(known.times + 1, max(known.last, row.at)) if known else Before(1, row.at)
    return found


def _after(rows: Iterable[Used]) -> dict[tuple[int, int], After]:
    found: dict[tuple[int, int], After] = {}
    for row in rows:
        key = (row.post_id, row.channel_id)
        known = found.get(key)
        found[key] = (
            After(known.times + 1, min(known.first, row.at), max(known.last, row.at))
            if known
            else After(1, row.at, row.at)
        )
    return found


def _told(outcome: Outcome) -> Outcome:
    """Without the day from which a post is free again: of what is summed up it is told only where it is known."""
    return replace(
        outcome,
        gaps=tuple(replace(one, reason=_AGAIN.sub("", one.reason)) for one in outcome.gaps),
        shortfalls=tuple(
            replace(one, reason=_AGAIN.sub("", one.reason), why=_AGAIN.sub("", one.why)) for one in outcome.shortfalls
        ),
    )


@generous
@given(tasks(), st.lists(st.tuples(st.integers(0, 13), a_moment(-400, 200), st.sampled_from(CHANNELS)), max_size=25))
def test_what_is_far_from_the_days_is_summed_up_without_changing_a_decision(
    task: Task, far: list[tuple[int, object, int]]
) -> None:
    library = task.candidates
    more = [used_of(library[place % len(library)], at, channel) for place, at, channel in far if library]  # type: ignore[arg-type]  # a moment
    whole = replace(task, used=[*task.used, *more])
    light = summed(whole)
    assert len(light.used) <= len(whole.used)
    assert _told(decide(light)) == _told(decide(whole))


def test_the_days_stand_in_whole_weeks_and_months_with_the_gap_around_them() -> None:
    near = Near.around(date(2026, 12, 30), date(2026, 12, 31), 0)
    assert (local_day(near.begin), local_day(near.end)) == (date(2026, 11, 30), date(2027, 1, 5))
    wide = Near.around(date(2026, 3, 3), date(2026, 3, 3), 3 * 24 * 60)
    assert (local_day(wide.begin), local_day(wide.end)) == (date(2026, 2, 25), date(2026, 4, 5))
