"""The weekly summary from rows in a real database: figures that can be defended."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from reports.periods import week_before, week_named
from reports.summary import ChannelWeek, Figure
from reports.tables import Summary, SummaryFigure
from reports.weekly import ReportError, WeeklySummary, make_weekly, parse_week
from scheduler.lifecycle import Event, State
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return Campaign(session)


def summed(engine: Engine, campaign: Campaign, folder: Path, cutoff: datetime = CUTOFF) -> WeeklySummary:
    campaign.session.commit()
    return make_weekly(engine, "2026-W48", CUTOFF, folder, cutoff).summary


def only(summary: WeeklySummary) -> ChannelWeek:
    [channel] = summary.channels
    return channel


def test_a_week_is_last_minus_last_before(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(10))
    for day, value in ((12, 100), (22, 130), (24, 150), (29, 171)):
        campaign.read(page, post, at(day), reach=value)
    assert only(summed(engine, campaign, tmp_path)).base == Figure(value=41, previous=30)


def test_a_post_of_this_week_counts_from_zero(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    campaign.read(page, campaign.published(page, at(24)), at(25), reach=88)
    assert only(summed(engine, campaign, tmp_path)).base.value == 88


def test_an_old_post_first_read_this_week_has_no_known_gain(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    campaign.read(page, campaign.published(page, at(3)), at(25), reach=5_000)
    channel = only(summed(engine, campaign, tmp_path))
    assert (channel.base_metric, channel.base.value, channel.rate) == ("reach", None, None)


def test_what_is_missing_stays_missing_and_is_noted(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    campaign.read(page, campaign.published(page, at(24)), at(25), reach=None, reactions=None)
    summary = summed(engine, campaign, tmp_path)
    channel = only(summary)
    assert (channel.base.value, channel.engagement.value, channel.followers.value) == (None, None, None)
    assert channel.published.value == 1
    assert any("1 bài đăng trong tuần chưa có số liệu" in note for note in summary.notes)
    text = (tmp_path / "2026-W48" / "summary.txt").read_text(encoding="utf-8")
    assert [line.split() for line in text.splitlines() if line.startswith("Lượt tương tác ")] == [
        ["Lượt", "tương", "tác", "-", "-", "-"]
    ]


def test_a_falling_counter_is_kept_as_it_is(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(10))
    campaign.read(page, post, at(20), reach=100, reactions=10)
    campaign.read(page, post, at(25), reach=90, reactions=7)
    channel = only(summed(engine, campaign, tmp_path))
    assert (channel.base.value, channel.engagement.value) == (-10, -3)
    assert channel.rate is None


def test_engagement_is_the_sum_of_the_parts_that_are_told(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    campaign.read(page, campaign.published(page, at(24)), at(25), reach=200, reactions=9, comments=0, clicks=11)
    channel = only(summed(engine, campaign, tmp_path))
    assert channel.engagement.value == 20
    assert channel.parts_told == "cảm xúc + bình luận + lượt bấm"
    assert channel.rate == 0.1


def test_the_rate_leaves_out_posts_without_a_base_and_is_undefined_on_zero(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    page, zalo = campaign.channel(), campaign.channel("zalo")
    campaign.read(page, campaign.published(page, at(24)), at(25), reach=100, shares=5)
    campaign.read(page, campaign.published(page, at(25)), at(26), shares=50)
    campaign.read(zalo, campaign.published(zalo, at(25)), at(26), views=0, shares=0)
    first, second = summed(engine, campaign, tmp_path).channels
    assert (first.engagement.value, first.rate) == (55, 0.05)
    assert (second.base.value, second.rate) == (0, None)


def test_reach_and_views_of_two_channels_are_never_added(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page, zalo = campaign.channel(), campaign.channel("zalo")
    campaign.read(page, campaign.published(page, at(24)), at(25), reach=41_003)
    campaign.read(zalo, campaign.published(zalo, at(24)), at(25), views=20_004)
    summary = summed(engine, campaign, tmp_path)
    assert [(channel.base_metric, channel.base.value) for channel in summary.channels] == [
        ("reach", 41_003),
        ("views", 20_004),
    ]
    for path in (tmp_path / "2026-W48").iterdir():
        if path.suffix != ".png":
            written = path.read_text(encoding="utf-8")
            assert "61.007" not in written
            assert "61007" not in written


def test_a_renamed_metric_is_a_break_and_not_growth(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    old, new = campaign.published(page, at(16)), campaign.published(page, at(24))
    campaign.read(page, old, at(20), reach=50, name="post_impressions_unique")
    campaign.read(page, old, at(25), reach=9_000, name="post_total_media_view_unique")
    campaign.read(page, new, at(25), reach=12, name="post_total_media_view_unique")
    summary = summed(engine, campaign, tmp_path)
    assert only(summary).base == Figure(value=12, previous=None)
    assert any("đổi tên hoặc định nghĩa “lượt tiếp cận”" in note for note in summary.notes)


def test_followers_are_told_at_the_end_of_the_week_with_their_change(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    page = campaign.channel()
    for day, value in ((15, 90), (22, 100), (29, 93), (30, 500)):
        campaign.read(page, None, at(day), followers=value)
    followers = only(summed(engine, campaign, tmp_path)).followers
    assert (followers.value, followers.change) == (93, -7)


def test_published_failed_and_missed_are_counted_by_local_day(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    page = campaign.channel()
    campaign.published(page, datetime(2026, 11, 22, 16, 59, tzinfo=UTC))
    campaign.published(page, datetime(2026, 11, 22, 17, 0, tzinfo=UTC))
    campaign.published(page, datetime(2026, 11, 29, 16, 59, tzinfo=UTC))
    failed = campaign.publication(page, campaign.post(), at(24), State.FAILED)
    missed = campaign.publication(page, campaign.post(), at(25), State.MISSED)
    for hour in (9, 10):
        campaign.event(failed, Event.REJECTED, at(24, hour), State.FAILED, "Ảnh quá lớn")
    campaign.event(missed, Event.TOO_LATE, at(25, 12), State.MISSED)
    summary = summed(engine, campaign, tmp_path)
    channel = only(summary)
    assert channel.published == Figure(value=2, previous=1)
    assert (channel.failed, channel.missed) == (1, 1)
    assert channel.per_day == (1, 0, 0, 0, 0, 0, 1)
    assert summary.sentences[0].endswith("1 bài lỗi đăng; 1 bài quá giờ đăng.")
    assert [incident.outcome for incident in summary.incidents] == [
        "Chưa đăng được, cần người xử lý.",
        "Không đăng, cần chọn giờ khác.",
    ]
    assert summary.incidents[0].happened == ("Nền tảng từ chối 2 lần, lần đầu lúc 09:00 ngày 24/11/2026: Ảnh quá lớn.",)


def test_coverage_lists_what_is_missing_in_the_order_of_the_vietnamese_alphabet(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    campaign.plan(a=1, b=1, c=1, d=1, đ=1, e=1, g=1, h=0, i=3, k=1, l=1)
    page, zalo = campaign.channel(), campaign.channel("zalo")
    for topic, when in (("d", at(24)), ("i", at(25)), ("a", at(16)), ("k", at(5))):
        post = campaign.post(topic=topic)
        campaign.published(page, when, post)
        campaign.published(zalo, when, post)
    summary = summed(engine, campaign, tmp_path)
    assert "".join(line.letter for line in summary.missing_topics) == "abcđegikl"
    lines = {line.letter: (line.this_week, line.last_week, line.this_year, line.missing) for line in summary.coverage}
    assert {line.unit for line in summary.coverage} == {"publications"}
    assert lines["d"] == (2, 0, 2, 0)
    assert lines["i"] == (2, 0, 2, 1)
    assert lines["a"] == (0, 2, 2, 1)
    assert lines["k"] == (0, 0, 2, 1)
    assert lines["h"] == (0, 0, 0, 0)


def test_the_week_after_shows_its_empty_days_and_what_waits_for_approval(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    page, zalo = campaign.channel(), campaign.channel("zalo")
    campaign.publication(page, campaign.post(), at(30))
    campaign.publication(zalo, campaign.post(), at(2, month=12))
    campaign.post("Bài chờ", state="submitted")
    summary = summed(engine, campaign, tmp_path)
    assert [day.per_channel for day in summary.next_week[:3]] == [(1, 0), (0, 0), (0, 1)]
    assert summary.empty_days == (date(2026, 12, 1), *(date(2026, 12, day) for day in (3, 4, 5, 6)))
    assert summary.pending == ("Bài chờ",)


def test_the_same_cutoff_gives_the_same_figures_and_no_second_row(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    page = campaign.channel()
    post = campaign.published(page, at(24))
    campaign.read(page, post, at(25), reach=88)
    first = summed(engine, campaign, tmp_path)
    written = {path.name: path.read_bytes() for path in (tmp_path / "2026-W48").iterdir()}
    campaign.read(page, post, at(29), reach=4_000)
    assert summed(engine, campaign, tmp_path) == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "2026-W48").iterdir()} == written
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(Summary)).one() == 1
        figures = session.exec(select(SummaryFigure.value).where(SummaryFigure.metric == "reach")).all()
    assert list(figures) == [88]
    later = CUTOFF - timedelta(seconds=1)
    assert only(summed(engine, campaign, tmp_path, later)).base.value == 4_000


def test_a_week_that_is_not_over_says_so_and_leaves_its_days_open(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    campaign.published(campaign.channel(), at(24))
    campaign.published(campaign.channel("zalo"), at(28))
    summary = summed(engine, campaign, tmp_path, at(26, 17))
    assert summary.channels[0].per_day == (0, 1, 0, 0, None, None, None)
    assert summary.channels[1].published.value == 0
    assert summary.notes[0] == "Tuần chưa kết thúc: số liệu chỉ tính đến 17:00 ngày 26/11/2026."


def test_every_figure_is_stored_with_the_week_before(engine: Engine, session: Session, tmp_path: Path) -> None:
    ordinary_week(session)
    summary = make_weekly(engine, "2026-W48", CUTOFF, tmp_path).summary
    with Session(engine) as reader:
        stored = {
            (row.channel_id, row.topic, row.metric): (row.value, row.previous)
            for row in reader.exec(select(SummaryFigure))
        }
    page = summary.channels[0]
    assert stored[page.id, None, "reach"] == (page.base.value, page.base.previous)
    assert stored[page.id, None, "clicks"] == (None, None)
    assert stored[None, "đ", "publications"] == (2, 0)
    assert WeeklySummary.model_validate_json((tmp_path / "2026-W48" / "summary.json").read_bytes()) == summary


def test_an_empty_campaign_has_a_summary_too(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    summary = summed(engine, campaign, tmp_path)
    assert summary.sentences[0] == "Trong tuần chưa có bài nào được đăng."
    assert summary.channels == ()


def test_a_summary_cannot_be_closed_before_its_time(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="chưa bắt đầu"):
        make_weekly(engine, "2026-W49", at(26), tmp_path / "out")
    with pytest.raises(ReportError, match="Chưa đến thời điểm chốt số liệu"):
        make_weekly(engine, "2026-W48", at(26), tmp_path / "out", at(27))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "tep").write_text("")
    with pytest.raises(ReportError, match="Không ghi được vào thư mục"):
        make_weekly(engine, "2026-W48", CUTOFF, tmp_path / "tep")


@pytest.mark.parametrize("text", ["", "2026", "2026-48", "2026-W54", "2026-W00", "tuần 48", "2026-W4８", "0000-W01"])
def test_a_malformed_week_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ReportError) as refused:
        parse_week(text)
    assert refused.value.words == f"Tuần “{text}” không đúng: hãy ghi năm và số tuần như 2026-W48."


def test_a_week_has_its_days_and_its_label() -> None:
    assert parse_week("2026-W48") == (date(2026, 11, 23), date(2026, 11, 29))
    assert week_named("2026-W48").label == "Tuần 48 năm 2026 (từ ngày 23/11/2026 đến ngày 29/11/2026)"
    assert parse_week("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))


def test_a_week_may_begin_on_saturday() -> None:
    assert parse_week("2020-W29", first_weekday=5) == (date(2020, 7, 11), date(2020, 7, 17))


@pytest.mark.parametrize("first", range(7))
def test_the_week_before_a_moment_is_the_last_whole_one(first: int) -> None:
    for day in range(23, 30):
        week = week_before(at(day, 7), first)
        assert week.starts_on.weekday() == first
        assert week.until <= at(day, 7) < week.until + timedelta(days=7)
        assert parse_week(week.period, first) == (week.starts_on, week.ends_on)
