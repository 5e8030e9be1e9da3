"""Promises for any readings, and on both kinds of database: gains add up, sums agree, documents are the same."""

import random
import shutil
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from connectors.base import Part
from connectors.measuring import DefinitionBreak, Metric
from content.plan import active_plan
from reports.breaks import definition_breaks, moment_of
from reports.figures import figures
from reports.gains import Post, gains_of, total
from reports.periods import Week, week_named
from reports.queries import published_rows
from reports.seeks import WEEK
from reports.spans import Span
from reports.weekly import make_weekly
from scheduler.db import open_engine
from scheduler.figure_tables import Collection
from scheduler.lifecycle import Event, State
from tests.reports.campaign import Campaign, at

WEEKS = [week_named(f"2026-W{number}") for number in range(40, 49)]
FIRST, LAST = WEEKS[0], WEEKS[-1]
HOURS = 24 * 7 * len(WEEKS)

Reading = tuple[int, int | None]
"""Hours after it was published, and what was told."""

readings = st.lists(
    st.tuples(st.integers(0, HOURS), st.none() | st.integers(0, 1_000)), max_size=12, unique_by=lambda one: one[0]
)
posts = st.lists(st.tuples(st.integers(0, HOURS - 1), readings), min_size=1, max_size=4)
breaks = st.none() | st.integers(0, 7 * len(WEEKS) - 1)


def happened(campaign: Campaign, drawn: list[tuple[int, list[Reading]]]) -> dict[int, list[tuple[datetime, int]]]:
    """The drawn posts as rows; what was told of each before the last week ended, in order."""
    page = campaign.channel()
    told: dict[int, list[tuple[datetime, int]]] = {}
    for begun, some in drawn:
        published = FIRST.since + timedelta(hours=begun)
        post = campaign.published(page, published)
        told[post] = []
        for hours, value in sorted(some):
            when = published + timedelta(hours=hours)
            campaign.read(page, post, when, reach=value)
            if value is not None and when < LAST.until:
                told[post].append((when, value))
    return told


def gains(session: Session, day: date | None) -> dict[str, dict[int, Post]]:
    """Each week's posts with what they gained, as the summary asks for them."""
    known = () if day is None else (DefinitionBreak(Metric.REACH, day, "-", ""),)
    found = {}
    for week in WEEKS:
        rows = published_rows(session, week.since, week.until)
        ids = [row.id for row in rows if row.counters]
        changed = definition_breaks(session, ids, week.since, week.until, {1: known})
        found[week.period] = {row.id: gains_of(row, week.since, changed) for row in rows}
    return found


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a database for each smaller example would take minutes
)
@given(drawn=posts, at_day=breaks)
def test_the_gains_of_consecutive_weeks_add_up_to_the_last_reading_minus_the_first(
    _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, list[Reading]]],
    at_day: int | None,
) -> None:  # fmt: skip
    """Whatever falls, is missing or comes late.

    The first value counts from zero when it was told in the week of publication or in the one after; otherwise the
    week of the first reading has no gain, and the sum begins with that week's last value. A dated change takes
    exactly the gain across it out of the sum.
    """
    path = tmp_path_factory.mktemp("sums") / "cchc.sqlite3"
    shutil.copy(_sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    day = None if at_day is None else FIRST.starts_on + timedelta(days=at_day)
    with Session(engine) as session:
        told = happened(Campaign(session), drawn)
        found = gains(session, day)
        published = {row.id: row.published_at for row in published_rows(session, FIRST.since, LAST.until)}
        published |= {id: post.row.published_at for week in found.values() for id, post in week.items()}
    engine.dispose()
    moment = None if day is None else moment_of(DefinitionBreak(Metric.REACH, day, "-", ""))
    for post, values in told.items():
        summed = [week[post].gained["reach"].value for week in found.values() if post in week]
        assert sum(value or 0 for value in summed) == expected(published.get(post), values, moment)
    for week in found.values():
        of_posts = [post.gained["reach"] for post in week.values()]
        known = [gain.value for gain in of_posts if gain.value is not None]
        assert total(of_posts).value == (sum(known) if known else None)
    for earlier, later in pairwise(found.values()):
        for post, week_later in later.items():
            assert week_later.gained["reach"].previous == (
                earlier[post].gained["reach"].value if post in earlier else None
            )


def expected(published: datetime | None, values: list[tuple[datetime, int]], moment: datetime | None) -> int:
    """Last minus first, worked out without weeks but for the two rules that name one."""
    if not values or published is None:
        return 0
    week_of = {when: next(week for week in WEEKS if week.since <= when < week.until) for when, _ in values}
    first_week = week_of[values[0][0]]
    start, base = published, 0
    if published < first_week.since - WEEK:
        start, base = [one for one in values if week_of[one[0]] == first_week][-1]
    ends = [(start, base)]
    for week in WEEKS:
        inside = [one for one in values if week_of[one[0]] == week and one[0] >= start]
        ends += inside[-1:]
    lost = sum(new[1] - old[1] for old, new in pairwise(ends) if moment is not None and old[0] < moment <= new[0])
    return ends[-1][1] - base - lost


# Two engines ----------------------------------------------------------------------------------------------


NAMES = ("viewsTotal", "views_total", "Views", "đếm lượt", "doc", "post_media_view")
"""Names that databases sort differently."""


def history(session: Session, seed: int) -> None:
    """Nine weeks of an office whose luck is drawn, the same for the same seed."""
    lot = random.Random(seed)
    campaign = Campaign(session)
    campaign.plan(**dict.fromkeys("abcdđeghikl", 2))
    channels = [campaign.channel(platform) for platform in ("facebook", "zalo", "youtube", "facebook")]
    titles = [
        campaign.post(f"Bài “{lot.choice(NAMES)}” số {number % 7}", "abcdđeghikl"[number % 11]) for number in range(40)
    ]
    for number in range(160):
        channel, post = lot.choice(channels), lot.choice(titles)
        when = FIRST.since + timedelta(minutes=lot.randrange(60 * HOURS) // 30 * 30, seconds=number)
        part = Part.BROADCAST if number % 20 == 0 else Part.POST
        one = campaign.published(channel, when, post, part=part)
        for hours in sorted(lot.sample(range(1, 24 * 40), lot.randrange(8))):
            values: dict[str, Any] = {
                metric: lot.choice((None, lot.randrange(900)))
                for metric in ("reach", "views", "reactions", "comments", "shares")
                if lot.random() < 0.8
            }
            named = NAMES[number % 6] if lot.random() < 0.9 else lot.choice(NAMES)
            if part == Part.POST:
                campaign.read(channel, one, when + timedelta(hours=hours), name=named, **values)
        if number % 9 == 0:
            campaign.event(one, Event.WILL_RETRY, when, State.RETRY_WAIT, "Đang bận")
            campaign.event(one, Event.SUCCEEDED, when, State.PUBLISHED)
        if number % 31 == 0:
            campaign.event(one, Event.WITHDRAWN, when + timedelta(days=2), State.WITHDRAWN, "Sai")
            campaign.take_down(one)
    for channel in channels:
        for day in range(0, HOURS // 24, 3):
            when = FIRST.since + timedelta(days=day, hours=5)
            campaign.read(channel, None, when, followers=lot.choice((None, lot.randrange(5_000))))
            collection = Collection(
                channel_id=channel, taken_at=when, readings=1, words=lot.choice(("", "Hết lượt gọi"))
            )
            session.add(collection)
    for number in range(20):
        campaign.publication(lot.choice(channels), lot.choice(titles), at(30) + timedelta(hours=9 * number))
    for number in range(5):
        campaign.post(f"Chờ duyệt {lot.choice(NAMES)} {number}", state="submitted")
    session.commit()


@pytest.mark.parametrize("seed", [7, 11])
def test_both_databases_give_the_same_summaries_to_the_byte(
    engines: tuple[Engine, Engine], tmp_path: Path, seed: int
) -> None:
    now = at(1, month=12)
    for engine in engines:
        with Session(engine) as session:
            history(session, seed)
    weeks: list[tuple[Week, int]] = [(week, 0) for week in WEEKS[1::3]] + [(week_named("2026-W47", 5), 5)]
    for week, first in weeks:
        cutoff = now - timedelta(hours=first)
        made = [
            make_weekly(engine, week.period, now, tmp_path / engine.dialect.name, cutoff, first_weekday=first)
            for engine in engines
        ]
        assert any(channel.engagement.value is not None for channel in made[0].summary.channels)
        assert made[0].summary.incidents
        for name, path in made[0].files.items():
            assert path.read_bytes() == made[1].files[name].read_bytes(), name


def test_both_databases_give_the_same_figures_and_coverage(engines: tuple[Engine, Engine]) -> None:
    told = []
    for engine in engines:
        with Session(engine) as session:
            history(session, 7)
            told.append(figures(session, Span(date(2026, 10, 1), date(2026, 11, 30)), active_plan(session), at(30)))
    sqlite, postgres = told
    assert sqlite == postgres
    assert sum(line.done for line in sqlite.topics)
