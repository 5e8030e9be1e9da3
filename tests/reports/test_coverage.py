"""The coverage of a span, against publications whose sums are written out by hand; the same on both databases."""

from collections import Counter
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from content.activities import Column
from content.plan import Plan, active_plan, load_plan
from content.record_tables import Activity
from content.tables import Campaign as CampaignRow
from content.tables import CampaignPost, PortalSource, Suggestion
from reports.coverage import MONTH, WEEK, Cell, Coverage, coverage
from reports.only import Only
from reports.periods import midnight
from reports.spans import Preset, Span, months_of, preset_span, weeks_of
from scheduler.lifecycle import State
from tests.reports.campaign import CUTOFF, Campaign, at

NOVEMBER = Span(date(2026, 11, 1), date(2026, 11, 30))
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def campaign(session: Session) -> Campaign:
    """Topic d: 3 publications of 2 posts, one waits; topic i: 1; topic z, of no plan: 1; October: 1 of i."""
    made = Campaign(session)
    made.plan(d=2, i=1, k=0)
    page, oa = made.channel("facebook", key="fanpage"), made.channel("zalo", key="oa")
    both = made.post("Một cửa", "d")
    other = made.post("Chỉ số", "i", agency="snv", form="video")
    made.published(page, at(3), both)
    made.published(oa, at(4), both)
    made.published(page, at(9), made.post("Ảnh", "d", form="infographic", agency="snv"))
    made.published(page, at(5), other)
    made.published(page, at(20, month=10), other)
    made.published(oa, at(6), made.post("Khác", "z"))
    made.publication(oa, made.post("Chờ", "d"), at(30, 20), State.READY)
    made.publication(oa, made.post("Hủy", "d"), at(30, 21), State.CANCELLED)
    taken = made.publication(page, made.post("Gỡ", "k"), at(7), State.WITHDRAWN, published_at=at(7))
    assert taken
    session.commit()
    return made


def of(session: Session, span: Span = NOVEMBER, only: Only = Only(), steps: str = "") -> Coverage:
    return coverage(session, span, active_plan(session), CUTOFF, only, steps=steps)


def test_a_topic_counts_publications_and_says_of_how_many_posts_they_are(session: Session, campaign: Campaign) -> None:
    found = of(session)
    d, i, k, rest = found.topics
    assert (d.letter, d.done, d.posts, d.queued, d.wanted, d.missing) == ("d", 3, 2, 1, 8, 5)
    assert (i.letter, i.done, i.posts, i.queued, i.wanted, i.missing) == ("i", 1, 1, 0, 4, 3)
    assert (k.letter, k.done, k.wanted, k.missing) == ("k", 1, 0, 0)
    assert (rest.letter, rest.done, rest.wanted) == ("", 1, None)
    assert (found.published, found.posts, found.withdrawn) == (6, 5, 1)
    assert d.cell.short == 4, "what waits is not missing any more once it goes out"


def test_the_cells_of_every_way_across_add_up_to_the_topics_and_to_the_channels(
    session: Session, campaign: Campaign
) -> None:
    found = of(session)
    for across in ("channel", "agency", "form", "period"):
        cells = found.cells(across)
        rows: Counter[str] = Counter()
        for (letter, _), cell in cells.items():
            rows[letter] += cell.done
        assert rows == {line.letter: line.done for line in found.topics}, across
        assert sum(cell.done for cell in found.totals(across).values()) == found.published
    page, oa = found.channels
    assert {key: cell.done for key, cell in found.totals("channel").items()} == {page.id: 4, oa.id: 2}
    assert found.cells("channel")["d", oa.id] == Cell(1, 1)
    assert found.cells("agency")["d", "snv"] == Cell(1)
    assert found.cells("form")["d", "van_ban"] == Cell(2, 1)
    assert found.agencies == ("", "snv") and found.forms == ("infographic", "van_ban", "video")


def test_the_plan_is_fulfilled_topic_by_topic_and_a_surplus_covers_no_lack(session: Session) -> None:
    made = Campaign(session)
    made.plan(a=1, b=1)
    channel = made.channel()
    for day in range(1, 11):
        made.published(channel, at(day), made.post(topic="a"))
    made.published(channel, at(11), made.post(topic="b"))
    session.commit()
    found = of(session)
    # a: 10 of 4, b: 1 of 4, so 4 + 1 of 8
    assert (found.fulfilled, found.planned, found.completion) == (5, 8, 0.625)
    assert found.published == 11


def test_what_was_not_reached_is_not_rounded_up_to_it(session: Session) -> None:
    made = Campaign(session)
    made.plan(a=1000)
    channel, post = made.channel(), made.post(topic="a")
    for second in range(3_999):
        made.published(channel, at(1).replace(minute=second // 100, second=second % 60, microsecond=second), post)
    session.commit()
    assert of(session).completion_told == 0.999


def test_without_anything_planned_there_is_no_percentage(session: Session, campaign: Campaign) -> None:
    three_days = Span(date(2026, 11, 3), date(2026, 11, 5))
    found = of(session, three_days)
    assert (found.published, found.planned, found.completion, found.completion_told) == (3, 0, None, None)
    assert coverage(session, NOVEMBER, None, CUTOFF).completion is None


def test_a_part_of_the_office_is_not_held_against_the_plan_of_the_whole(session: Session, campaign: Campaign) -> None:
    for only in (Only(channel="oa"), Only(agency="snv"), Only(campaign="khong-co")):
        found = of(session, only=only)
        assert {line.wanted for line in found.topics} == {None} and found.completion is None, only
        assert not found.targets and not found.short
    assert of(session, only=Only(channel="oa")).published == 2
    assert of(session, only=Only(topic="d")).topics[0].wanted == 8


def test_a_campaign_narrows_the_matrix_to_its_posts(session: Session, campaign: Campaign) -> None:
    row = CampaignRow(
        key="chuyen-doi-so", name="Chuyển đổi số", first=NOVEMBER.first, last=NOVEMBER.last, channels=[], targets={},
        created_by="Lan", created_at=at(1), updated_at=at(1),
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(CampaignPost(campaign_id=row.id or 0, post_id=1, added_by="Lan", added_at=at(1)))
    session.commit()
    assert of(session, only=Only(campaign="chuyen-doi-so")).published == 2


def test_nothing_counts_that_became_public_after_the_cut_off(session: Session, campaign: Campaign) -> None:
    found = coverage(session, NOVEMBER, active_plan(session), at(5))
    assert found.published == 2 and found.topics[0].queued == 1


def test_what_waits_does_not_count_for_a_span_that_is_over(session: Session, campaign: Campaign) -> None:
    campaign.publication(1, campaign.post("Giữ", "d"), at(20, month=10), State.HELD)
    session.commit()
    assert of(session, Span(date(2026, 10, 1), date(2026, 10, 31))).topics[0].queued == 0


def test_a_day_begins_at_midnight_in_viet_nam(session: Session) -> None:
    made = Campaign(session)
    made.plan(a=1)
    channel = made.channel()
    made.published(channel, midnight(NOVEMBER.first))
    made.published(channel, midnight(date(2026, 12, 1)))
    session.commit()
    later = datetime(2027, 1, 1, tzinfo=CUTOFF.tzinfo)
    assert coverage(session, NOVEMBER, active_plan(session), later).published == 1


def test_months_and_weeks_have_their_own_minimum_and_add_up_to_the_span(session: Session, campaign: Campaign) -> None:
    found = of(session, Span(date(2026, 10, 1), date(2026, 11, 30)), steps=MONTH)
    assert [(one.first.month, one.last.day) for one in found.periods] == [(10, 31), (11, 30)]
    cells = found.cells("period")
    assert (cells["d", 0], cells["d", 1]) == (Cell(0, 0, 8), Cell(3, 1, 8))
    assert (cells["i", 0], cells["i", 1]) == (Cell(1, 0, 4), Cell(1, 0, 4))
    assert ("k", 0) not in cells, "nothing is asked and nothing was done"
    weeks = of(session, steps=WEEK)
    assert sum(cell.done for cell in weeks.cells("period").values()) == weeks.published == 6
    assert weeks.cells("period")["d", 1] == Cell(2, 0, 2), "the week of 2/11 to 8/11"


def test_what_was_done_outside_the_channels_stands_beside_and_is_added_to_nothing(
    session: Session, campaign: Campaign
) -> None:
    facts: dict[str, Any] = {"title": "Lớp", "created_by": "Lan", "created_at": at(1), "updated_at": at(1)}
    day = date(2026, 11, 9)
    for topic, agency, first, withdrawn in (
        ("d", "snv", day, None), ("d", "", day, None), ("d", "", day, at(10)), ("i", "", date(2026, 10, 31), None),
    ):  # fmt: skip
        session.add(
            Activity(kind="tap_huan", topic=topic, agency=agency, first=first, last=first, form="a",
                     withdrawn_at=withdrawn, **facts)
        )  # fmt: skip
    source = PortalSource(key="cong", name="Cổng", address="https://hue.gov.vn/rss", agency="snv", created_at=at(1))
    session.add(source)
    session.flush()
    for place, topic in enumerate(("d", "d", "")):
        session.add(
            Suggestion(source_id=source.id, dedupe_key=str(place), title="Tin", topic=topic, categories=[], notes=[],
                       published_at=at(8), seen_at=at(8), updated_at=at(8))
        )  # fmt: skip
    session.commit()
    found = of(session)
    d, i, *_ = found.topics
    assert (d.done, dict(d.outside)) == (3, {Column.PORTAL: 2, Column.DIRECT: 2})
    assert found.published == 6 and not i.outside
    assert (found.split.online, found.split.traditional, found.split.share) == (8, 2, 0.8)
    assert of(session, only=Only(agency="snv")).topics[0].outside == {Column.PORTAL: 2, Column.DIRECT: 1}
    assert not of(session, only=Only(channel="oa")).topics[0].outside, "a channel has no trainings"


def test_any_publications_add_up_in_every_way_across(session: Session) -> None:
    chance = Random(20261130)
    made = Campaign(session)
    made.plan(a=1, b=2, đ=0)
    channels = [made.channel("facebook"), made.channel("zalo"), made.channel("youtube")]
    posts = [
        made.post(topic=chance.choice(["a", "b", "đ", "q", ""]), agency=chance.choice(["", "snv", "stp"]),
                  form=chance.choice(["van_ban", "video"]))
        for _ in range(20)
    ]  # fmt: skip
    days = [date(2026, chance.randint(1, 12), chance.randint(1, 28)) for _ in range(300)]
    per_channel: Counter[int] = Counter()
    for place, on in enumerate(days):
        channel = chance.choice(channels)
        when = at(on.day, place % 24, on.month).replace(microsecond=place)
        per_channel[channel] += when < CUTOFF
        made.published(channel, when, chance.choice(posts))
    session.commit()
    for steps in ("", MONTH, WEEK):
        found = of(session, YEAR, steps=steps)
        assert found.published == sum(per_channel.values()) == sum(line.done for line in found.topics)
        assert {key: cell.done for key, cell in found.totals("channel").items()} == per_channel
        for across in ("channel", "agency", "form", "period"):
            rows: Counter[str] = Counter()
            for (letter, _), cell in found.cells(across).items():
                rows[letter] += cell.done
            assert rows == {line.letter: line.done for line in found.topics}


def test_a_plan_that_names_no_number_for_a_topic_asks_nothing_of_it(session: Session, campaign: Campaign) -> None:
    plan = active_plan(session)
    topics = tuple(one.model_copy(update={"minimum_per_week": 0, "minimum_per_year": 12}) for one in plan.topics)
    changed = Plan.model_validate({**plan.model_dump(mode="json"), "topics": [one.model_dump() for one in topics]})
    load_plan(session, changed, at(1))
    assert of(session).completion is None
    assert of(session, YEAR).planned == 36


@pytest.mark.parametrize(
    ("preset", "number", "first", "last"),
    [
        (Preset.WEEK, 48, date(2026, 11, 23), date(2026, 11, 29)),
        (Preset.MONTH, 2, date(2026, 2, 1), date(2026, 2, 28)),
        (Preset.STATISTICS_MONTH, 1, date(2025, 12, 15), date(2026, 1, 14)),
        (Preset.QUARTER, 4, date(2026, 10, 1), date(2026, 12, 31)),
        (Preset.HALF, 2, date(2026, 7, 1), date(2026, 12, 31)),
        (Preset.YEAR, 1, date(2026, 1, 1), date(2026, 12, 31)),
        (Preset.STATISTICS_YEAR, 1, date(2025, 12, 15), date(2026, 12, 14)),
        (Preset.TO_DEADLINE, 1, date(2026, 1, 1), date(2026, 10, 31)),
    ],
)
def test_a_preset_is_the_span_that_the_law_and_the_plan_name(
    preset: Preset, number: int, first: date, last: date
) -> None:
    found = preset_span(preset, 2026, number)
    assert (found.first, found.last) == (first, last)


def test_the_parts_of_a_span_lie_side_by_side_and_fill_it() -> None:
    for span in (
        NOVEMBER,
        YEAR,
        Span(date(2026, 1, 15), date(2026, 3, 14)),
        Span(date(2026, 1, 31), date(2026, 3, 30)),
    ):
        for parts in (months_of(span), weeks_of(span), weeks_of(span, 5)):
            assert parts[0].first == span.first and parts[-1].last == span.last
            assert sum(part.days for part in parts) == span.days
    assert len(months_of(Span(date(2026, 1, 15), date(2026, 3, 14)))) == 2
