"""A dated change of what a platform counts is no growth; a figure entered by hand is in no other figure."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from connectors.base import Part
from connectors.measuring import ByHand, DefinitionBreak, Metric
from reports.build import PlatformFacts
from reports.summary import Figure, WeeklySummary
from reports.weekly import make_weekly
from scheduler.figure_tables import Collection
from scheduler.lifecycle import Event, State
from scheduler.tables import Reading
from tests.reports.campaign import CUTOFF, Campaign, at

ON = date(2026, 11, 25)
WORDS = "Từ ngày 25/11/2026 nền tảng đếm lượt xem theo cách khác, không so sánh với số liệu trước đó."
VIEWS = DefinitionBreak(Metric.VIEWS, ON, WORDS, "")
FOLLOWERS = DefinitionBreak(Metric.FOLLOWERS, ON, "Từ ngày 25/11/2026 nền tảng xóa tài khoản ảo.", "", sure=False)
LATER = at(7, 7, month=12)
SENT = ByHand(Metric.SENT, Part.BROADCAST, "Số người được gửi", "Trang quản trị")
OPENED = ByHand(Metric.OPENED, Part.BROADCAST, "Số người đã xem", "Trang quản trị")


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return Campaign(session)


def summed(engine: Engine, campaign: Campaign, folder: Path, facts: PlatformFacts, week: str = "W48") -> WeeklySummary:
    campaign.session.commit()
    cutoff = CUTOFF if week == "W48" else LATER
    return make_weekly(engine, f"2026-{week}", LATER, folder, cutoff, platforms={"youtube": facts}).summary


def hand(
    campaign: Campaign, channel: int, publication: int | None, day: int, seen: timedelta = timedelta(0), **values: int
) -> None:
    """Figures a person entered at eight o'clock, as the console showed them `seen` earlier."""
    collection = Collection(channel_id=channel, source="manual", taken_at=at(day), actor="Lan", readings=len(values))
    campaign.session.add(collection)
    campaign.session.flush()
    for metric, value in values.items():
        campaign.session.add(
            Reading(
                channel_id=channel, publication_id=publication, metric=metric, value=value, name="", version="",
                definition="Trang quản trị", taken_at=at(day) - seen, collection_id=collection.id,
            )
        )  # fmt: skip
    campaign.session.flush()


def test_a_week_in_whose_middle_a_counter_changed_its_meaning(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    across = campaign.published(tube, at(10))
    for day, views, reactions in ((22, 1_000, 50), (24, 1_100, 55), (29, 5_000, 60)):
        campaign.read(tube, across, at(day), views=views, reactions=reactions)
    ended = campaign.published(tube, at(12))
    for day, some in ((22, (200, 4)), (24, (230, 5)), (29, (None, None))):
        campaign.read(tube, ended, at(day), views=some[0], reactions=some[1])
    born_before = campaign.published(tube, at(24))
    campaign.read(tube, born_before, at(24, 20), views=40, reactions=2)
    campaign.read(tube, born_before, at(29), views=400, reactions=7)
    born_after = campaign.published(tube, at(26))
    campaign.read(tube, born_after, at(29), views=90, reactions=3)
    facts = PlatformFacts("YouTube", (VIEWS,))
    summary = summed(engine, campaign, tmp_path, facts)
    [channel] = summary.channels
    # across: not known; ended: 230 - 200, both before the day; born before it, read after: not known; born after it: 90
    assert channel.base == Figure(value=120, previous=None)
    # the other counters go on: 60 - 50, 5 - 4, 7 - 0, 3 - 0
    assert channel.parts["reactions"].value == 21
    assert channel.engagement.value == 21
    # of the two that have both: (1 + 3) / (30 + 90)
    assert channel.rate == 4 / 120
    assert {post.engagement: post.base for post in summary.top} == {10: None, 7: None, 3: 90, 1: 30}
    assert summary.breaks == (WORDS,)
    assert any("đổi tên hoặc định nghĩa “lượt xem”" in note for note in summary.notes)
    for post, views in ((across, 5_100), (born_before, 450), (born_after, 95)):
        campaign.read(tube, post, at(6, month=12), views=views)
    after = summed(engine, campaign, tmp_path, facts, "W49")
    # 5100 - 5000, 450 - 400, 95 - 90; the week before is not of the same thing
    assert after.channels[0].base == Figure(value=155, previous=None)
    assert after.breaks == (WORDS,)


def test_without_the_change_the_same_readings_are_growth(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    tube = campaign.channel("youtube")
    post = campaign.published(tube, at(10))
    for day, views in ((15, 900), (22, 1_000), (29, 5_000)):
        campaign.read(tube, post, at(day), views=views)
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube"))
    assert (summary.channels[0].base, summary.breaks) == (Figure(value=4_000, previous=100), ())


@pytest.mark.parametrize(("hour", "known"), [(23, True), (0, False)])
def test_the_day_of_a_change_begins_at_local_midnight(
    engine: Engine, campaign: Campaign, tmp_path: Path, hour: int, known: bool
) -> None:
    tube = campaign.channel("youtube")
    post = campaign.published(tube, at(10))
    campaign.read(tube, post, at(22), views=10)
    campaign.read(tube, post, at(24 if hour else 25, hour), views=30)
    [channel] = summed(engine, campaign, tmp_path, PlatformFacts("YouTube", (VIEWS,))).channels
    assert channel.base.value == (20 if known else None)


def test_a_gap_over_a_change_before_both_weeks_is_no_growth_either(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    post = campaign.published(tube, at(1))
    campaign.read(tube, post, at(2), views=10)
    campaign.read(tube, post, at(28), views=900)
    old = DefinitionBreak(Metric.VIEWS, date(2026, 11, 9), "Từ ngày 09/11/2026…", "")
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube", (old,)))
    assert (summary.channels[0].base.value, summary.breaks) == (None, ())
    assert any("“lượt xem”" in note for note in summary.notes)


def test_a_change_of_how_followers_are_counted_leaves_their_change_open(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    for day, value in ((22, 900), (29, 400)):
        campaign.read(tube, None, at(day), followers=value)
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube", (FOLLOWERS,)))
    assert summary.channels[0].followers == Figure(value=400, previous=None)
    assert summary.breaks == ("Từ ngày 25/11/2026 nền tảng xóa tài khoản ảo (ngày đổi chưa được xác minh).",)


def test_a_change_of_another_platform_does_not_touch_a_channel(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube, other = campaign.channel("youtube"), campaign.channel("zalo")
    for channel in (tube, other):
        post = campaign.published(channel, at(10))
        for day, views in ((22, 10), (29, 30)):
            campaign.read(channel, post, at(day), views=views)
    campaign.session.commit()
    facts = {"youtube": PlatformFacts("YouTube", (VIEWS,)), "zalo": PlatformFacts("Zalo OA")}
    made = make_weekly(engine, "2026-W48", LATER, tmp_path, CUTOFF, platforms=facts)
    assert [channel.base.value for channel in made.summary.channels] == [None, 20]


def test_the_figures_of_a_broadcast_are_shown_as_entered_by_hand(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    sent = campaign.published(tube, at(24), campaign.post("Bản tin tuần"), part=Part.BROADCAST)
    campaign.published(tube, at(26), campaign.post("Bản tin chưa nhập"), part=Part.BROADCAST)
    hand(campaign, tube, sent, 25, sent=1_200, opened=300)
    hand(campaign, tube, sent, 26, opened=340)
    hand(campaign, tube, sent, 30, opened=999)  # an hour after the cut-off
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube", by_hand=(SENT, OPENED)))
    told = [
        (line.title, line.broadcast, [(one.label, one.value, one.entered_at) for one in line.figures])
        for line in summary.by_hand
    ]
    assert told == [
        ("Bản tin tuần", True, [("Số người được gửi", 1_200, at(25)), ("Số người đã xem", 340, at(26))]),
        ("Bản tin chưa nhập", True, [("Số người được gửi", None, None), ("Số người đã xem", None, None)]),
    ]
    [channel] = summary.channels
    assert (channel.published.value, channel.base_metric, channel.collected_at) == (0, None, None)


def test_what_a_console_showed_the_evening_before_is_shown_in_the_week_in_which_it_was_entered(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    sent = campaign.published(tube, at(20), campaign.post("Tin tuần trước"), part=Part.BROADCAST)
    # seen on Sunday evening, entered on Monday: no summary of the week before could have told it
    hand(campaign, tube, sent, 23, timedelta(hours=12), sent=1_200, opened=300)
    hand(campaign, tube, sent, 24, timedelta(days=2), opened=310)  # a correction: the last entry counts
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube", by_hand=(SENT, OPENED)))
    [line] = summary.by_hand
    assert (line.title, [(one.value, one.entered_at) for one in line.figures]) == (
        "Tin tuần trước",
        [(1_200, at(23)), (310, at(24))],
    )


def test_a_counter_entered_by_hand_is_never_mixed_into_what_the_platform_tells(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    post = campaign.published(tube, at(10), campaign.post("Video"))
    for day, views in ((22, 100), (28, 130)):
        campaign.read(tube, post, at(day), views=views)
        campaign.read(tube, None, at(day), followers=views)
    hand(campaign, tube, post, 29, timedelta(minutes=3), views=50_000)
    hand(campaign, tube, None, 29, followers=70_000)
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube"))
    [channel] = summary.channels
    # 130 - 100, the week before from zero, and 130 followers: as the platform tells
    assert (channel.base, channel.followers) == (Figure(value=30, previous=100), Figure(value=130, previous=100))
    assert [(line.title, line.figures[0].value) for line in summary.by_hand] == [("Video", 50_000), ("YouTube", 70_000)]


def test_what_was_done_about_an_incident_and_a_day_off_are_told(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    tube = campaign.channel("youtube")
    publication = campaign.publication(tube, campaign.post("Bài lỗi"), at(24), State.PUBLISHED)
    campaign.event(publication, Event.REJECTED, at(24), State.FAILED, "Ảnh quá lớn")
    campaign.event(publication, Event.RESUMED, at(24, 10), State.SCHEDULED, "Đã thay ảnh")
    campaign.event(publication, Event.SUCCEEDED, at(30, 6), State.PUBLISHED)
    campaign.event(publication, Event.WITHDRAWN, at(30, 8), State.WITHDRAWN)
    summary = summed(engine, campaign, tmp_path, PlatformFacts("YouTube"))
    [incident] = summary.incidents
    assert incident.happened == ("Nền tảng từ chối lúc 08:00 ngày 24/11/2026: Ảnh quá lớn.",)
    assert incident.done == (
        "Đã cho đăng lại lúc 10:00 ngày 24/11/2026: Đã thay ảnh.",
        "Đã đăng được lúc 06:00 ngày 30/11/2026.",
    )
    # as at the cut-off at seven, not as an hour later
    assert incident.outcome == "Đã đăng."
    campaign.session.commit()
    tet = make_weekly(engine, "2026-W52", at(28, 7, month=12), tmp_path, platforms={}).summary
    assert [(day.on, day.off) for day in tet.next_week if day.off] == [(date(2027, 1, 1), "Tết Dương lịch")]
