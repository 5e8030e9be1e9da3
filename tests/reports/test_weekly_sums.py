"""Whole weeks whose every figure was worked out by hand; the sums stand beside the figures."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from reports.summary import ChannelWeek, Figure, WeeklySummary
from reports.weekly import make_weekly
from scheduler.lifecycle import Event, State
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return Campaign(session)


def summed(engine: Engine, campaign: Campaign, folder: Path, week: str = "2026-W48") -> WeeklySummary:
    campaign.session.commit()
    return make_weekly(engine, week, at(31, month=12), folder, None if week != "2026-W48" else CUTOFF).summary


def told(channel: ChannelWeek) -> dict[str, tuple[int | None, int | None]]:
    """Each figure with that of the week before."""
    figures: dict[str, Figure] = {
        "published": channel.published,
        channel.base_metric or "base": channel.base,
        **channel.parts,
        "engagement": channel.engagement,
        "followers": channel.followers,
    }
    return {name: (figure.value, figure.previous) for name, figure in figures.items()}


def test_an_ordinary_week_of_three_channels(engine: Engine, session: Session, tmp_path: Path) -> None:
    ordinary_week(session)
    summary = make_weekly(engine, "2026-W48", CUTOFF, tmp_path).summary
    page, zalo, youtube = summary.channels
    assert told(page) == {
        # six posts of the plan and the one that was late; the week before, the old one
        "published": (7, 1),
        # 2160 + 1989 + 1818 + 1647 + 1476 + 1305 = 10395; the old post 3421 - 3100 = 321; the late one is not known
        "reach": (10_716, 3_100),
        # 108 + 101 + 94 + 87 + 80 + 73 = 543; the old post 80 - 77 = 3
        "reactions": (546, 77),
        # 5 + 6 + 7 + 8 + 9 + 10 = 45; the old post 12 - 12 = 0
        "comments": (45, 12),
        # 18 + 17 + 16 + 15 + 14 + 13 = 93; the old post 11 - 9 = 2
        "shares": (95, 9),
        "clicks": (None, None),
        # 546 + 45 + 95; the week before 77 + 12 + 9
        "engagement": (686, 98),
        "followers": (48_655, 48_210),
    }
    assert page.rate == 686 / 10_716
    assert page.per_day == (1, 1, 1, 1, 2, 1, 0)
    assert (page.failed, page.missed, page.withdrawn) == (0, 0, 0)
    assert told(zalo) == {
        "published": (6, 0),
        # 1240 + 1150 + 1060 + 970 + 880 + 790
        "views": (6_090, None),
        "reactions": (None, None),
        "comments": (None, None),
        # 8 + 7 + 6 + 5 + 4 + 3
        "shares": (33, None),
        "clicks": (None, None),
        "engagement": (33, None),
        # 11987 - 12004 = -17: they fell
        "followers": (11_987, 12_004),
    }
    assert zalo.rate == 33 / 6_090
    assert (zalo.failed, zalo.followers.change) == (1, -17)
    assert told(youtube) == {
        "published": (1, 1),
        # 12345 - 412 = 11933; 3345 - 412 = 2933
        "views": (14_866, 412),
        # 96 - 31, twice
        "reactions": (130, 31),
        # the first was never told before, so only the second one's 7
        "comments": (7, None),
        "shares": (None, None),
        "clicks": (None, None),
        # 130 + 7; the week before knew no comments, so the weeks are not of the same things
        "engagement": (137, None),
        "followers": (None, None),
    }
    assert youtube.rate == (65 + 72) / (11_933 + 2_933)
    # 108 + 5 + 18 = 131, and 7 less with each day
    assert [(post.engagement, post.base, post.channel) for post in summary.top] == [
        (131, 2_160, "Facebook"),
        (124, 1_989, "Facebook"),
        (117, 1_818, "Facebook"),
        (110, 1_647, "Facebook"),
        (103, 1_476, "Facebook"),
    ]
    assert {
        line.letter: (line.this_week, line.last_week, line.this_year, line.missing) for line in summary.coverage
    } == {
        "a": (2, 0, 2, 0),
        "b": (0, 0, 0, 1),
        "c": (0, 1, 1, 1),
        "d": (2, 0, 2, 0),
        "đ": (2, 0, 2, 0),
        "e": (0, 0, 0, 1),
        "g": (1, 0, 1, 0),
        "h": (0, 0, 0, 1),
        "i": (2, 0, 2, 0),
        "k": (3, 0, 3, 0),  # on the page, the OA and as a video
        "l": (2, 1, 3, 1),
    }
    failed, late = summary.incidents
    assert failed.happened == (
        "Chưa đăng được, hệ thống tự thử lại 2 lần, lần đầu lúc 19:00 ngày 26/11/2026: "
        "Zalo OA đang bận, chưa nhận bài.",
        "Nền tảng từ chối lúc 21:00 ngày 26/11/2026: Ảnh bìa lớn hơn 1 MB.",
    )
    assert (failed.done, failed.outcome) == ((), "Chưa đăng được, cần người xử lý.")
    assert late.done == ("Đã xác nhận bài có trên kênh lúc 09:00 ngày 27/11/2026.",)
    assert late.outcome == "Đã đăng."
    assert [(day.on.day, day.per_channel) for day in summary.next_week] == [
        (30, (1, 1, 0)),
        (1, (1, 1, 0)),
        (2, (0, 0, 0)),
        (3, (1, 1, 0)),
        (4, (1, 1, 0)),
        (5, (0, 0, 0)),
        (6, (0, 0, 0)),
    ]
    assert summary.empty_days == (date(2026, 12, 2), date(2026, 12, 5), date(2026, 12, 6))
    assert summary.sentences == (
        "Trong tuần có 14 lượt đăng bài (Facebook 7, Zalo OA 6, YouTube 1); 1 bài lỗi đăng.",
        "Bài có nhiều tương tác nhất là “Ngồi nhà nhận kết quả: ba bước gửi hồ sơ qua bưu chính công ích” "
        "trên Facebook, với 131 lượt tương tác trong tuần.",
        # 14 - 2 = 12; 686 - 98 = 588, that is 600 %
        "So với tuần trước, số lượt đăng tăng 12; lượt tương tác: Facebook tăng 588 (600,0%), "
        "Zalo OA chưa đủ số liệu để so sánh, YouTube chưa đủ số liệu để so sánh.",
    )


def test_a_week_with_readings_that_are_missing(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    """A None, no reading at all, a first reading that came late, and a gap over the end of the week."""
    page = campaign.channel()
    gap = campaign.published(page, at(17))
    campaign.read(page, gap, at(18), reach=100, reactions=10)
    campaign.read(page, gap, at(24), reach=None, reactions=None)
    campaign.read(page, gap, at(26), reach=150, reactions=14)
    asked = campaign.published(page, at(24))
    campaign.read(page, asked, at(25), reach=None, reactions=None)
    campaign.published(page, at(25))  # never read
    silent = campaign.published(page, at(16))
    campaign.read(page, silent, at(21), reach=300, reactions=30)
    campaign.read(page, silent, at(2, month=12), reach=360, reactions=33)
    unknown = campaign.published(page, at(3))
    campaign.read(page, unknown, at(25), reach=5_000, reactions=400)
    campaign.read(page, None, at(20), followers=1_000)
    first = summed(engine, campaign, tmp_path)
    [channel] = first.channels
    assert told(channel) == {
        "published": (2, 2),
        # 150 - 100 over the gap; the week before 100 + 300, both from zero
        "reach": (50, 400),
        # 14 - 10; the week before 10 + 30
        "reactions": (4, 40),
        "comments": (None, None),
        "shares": (None, None),
        "clicks": (None, None),
        "engagement": (4, 40),
        # not read in the week
        "followers": (None, 1_000),
    }
    assert channel.rate == 4 / 50
    assert [post.engagement for post in first.top] == [4]
    assert "Facebook: 2 bài đăng trong tuần chưa có số liệu, ghi “-”." in first.notes
    assert "Facebook: trong tuần chưa thu được số người theo dõi." in first.notes
    [after] = summed(engine, campaign, tmp_path, "2026-W49").channels
    # 360 - 300: the silent week's gain comes with the next reading, and nothing is lost over the two
    assert told(after)["reach"] == (60, 50)


def test_a_week_in_which_a_post_was_taken_down(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    campaign.plan(d=2)
    page = campaign.channel()
    kept, gone = campaign.published(page, at(24)), campaign.published(page, at(24, 10))
    campaign.event(gone, Event.SUCCEEDED, at(24, 10), State.PUBLISHED)
    for post, value in ((kept, 70), (gone, 80)):
        campaign.read(page, post, at(25), reach=value, reactions=value // 10)
    campaign.event(gone, Event.WITHDRAWN, at(26), State.WITHDRAWN, "Sai số liệu")
    campaign.take_down(gone)
    campaign.read(page, kept, at(28), reach=90, reactions=9)
    campaign.read(page, gone, at(28), reach=None, reactions=None)
    summary = summed(engine, campaign, tmp_path)
    [channel] = summary.channels
    # what it had reached before it was taken down was reached: 90 + 80, 9 + 8
    assert told(channel)["reach"] == (170, None)
    assert told(channel)["engagement"] == (17, None)
    assert (channel.published.value, channel.withdrawn) == (2, 1)
    assert [(post.engagement, post.withdrawn) for post in summary.top] == [(9, False), (8, True)]
    assert [(one.happened, one.outcome) for one in summary.incidents] == [
        (("Gỡ bài khỏi kênh lúc 08:00 ngày 26/11/2026: Sai số liệu.",), "Đã đăng, sau đó đã gỡ khỏi kênh.")
    ]
    # 2 of 2: it was published; the note says what became of it
    assert summary.coverage[0].missing == 0
    assert "Facebook: 1 bài đăng trong tuần đã gỡ, vẫn tính trong số bài đăng." in summary.notes
    before = make_weekly(engine, "2026-W48", CUTOFF, tmp_path / "before", at(25, 12)).summary
    assert (before.channels[0].withdrawn, before.incidents) == (0, ())
    assert told(before.channels[0])["reach"] == (150, None)


def test_a_week_across_new_year_belongs_to_the_year_of_its_number(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    """2026-W53 runs from 28/12/2026 to 03/01/2027."""
    campaign.plan(d=1)
    page = campaign.channel()
    for number, when in enumerate(
        (
            at(27, 23, month=12),  # Sunday of the week before
            at(28, 0, month=12),
            at(31, 23, month=12),
            at(1, 0, month=1, year=2027),
            at(3, 23, month=1, year=2027),
            at(4, 0, month=1, year=2027),  # Monday of the week after
        )
    ):
        post = campaign.published(page, when)
        campaign.read(page, post, when.replace(minute=30), reach=10**number)
    campaign.session.commit()
    now = at(11, 7, month=1, year=2027)
    last, first = (make_weekly(engine, week, now, tmp_path).summary for week in ("2026-W53", "2027-W01"))
    assert last.label == "Tuần 53 năm 2026 (từ ngày 28/12/2026 đến ngày 03/01/2027)"
    [line] = last.coverage
    # four in the week, one the Sunday before; of 2026 are that one and the two of December
    assert (line.this_week, line.last_week, line.this_year) == (4, 1, 3)
    # 10 + 100 + 1000 + 10000; the week before 1
    assert told(last.channels[0])["reach"] == (11_110, 1)
    assert last.channels[0].per_day == (1, 0, 0, 1, 1, 0, 1)
    assert first.label == "Tuần 1 năm 2027 (từ ngày 04/01/2027 đến ngày 10/01/2027)"
    [line] = first.coverage
    # one in the week; the week before is W53 with its December; of 2027 are two of it and this one
    assert (line.this_week, line.last_week, line.this_year) == (1, 4, 3)
    assert told(first.channels[0])["reach"] == (100_000, 11_110)


def test_a_week_in_which_followers_were_corrected(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    for day, value in ((22, 48_655), (24, 48_700), (26, 47_900), (29, 47_910)):
        campaign.read(page, None, at(day), followers=value)
    campaign.read(page, None, at(6, month=12), followers=48_800)
    [channel] = summed(engine, campaign, tmp_path).channels
    # 47910 - 48655: kept as the platform tells it
    assert (channel.followers.value, channel.followers.change) == (47_910, -745)
    [after] = summed(engine, campaign, tmp_path, "2026-W49").channels
    # 48800 - 47910 = 890; the two weeks together 48800 - 48655 = 145 = -745 + 890
    assert (after.followers.value, after.followers.change) == (48_800, 890)


def test_a_week_that_runs_from_saturday_to_friday(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    page = campaign.channel()
    old = campaign.published(page, at(18))
    for day, value in ((20, 100), (21, 130), (27, 190), (28, 900)):
        campaign.read(page, old, at(day), reach=value)
    for day in (20, 21, 23, 27, 28):
        campaign.published(page, at(day))
    campaign.publication(page, campaign.post(), at(28, 9))
    campaign.session.commit()
    summary = make_weekly(engine, "2026-W48", CUTOFF, tmp_path, at(28, 7), first_weekday=5).summary
    assert summary.label == "Tuần 48 năm 2026 (từ ngày 21/11/2026 đến ngày 27/11/2026)"
    [channel] = summary.channels
    # 190 - 100; the week before from zero
    assert told(channel)["reach"] == (90, 100)
    # Saturday, Monday, Friday; the week before Wednesday and Friday
    assert told(channel)["published"] == (3, 2)
    assert channel.per_day == (1, 0, 1, 0, 0, 0, 1)
    assert [(day.on, day.total) for day in summary.next_week[:2]] == [(date(2026, 11, 28), 1), (date(2026, 11, 29), 0)]


def test_a_week_of_two_channels_of_one_platform(engine: Engine, campaign: Campaign, tmp_path: Path) -> None:
    first = campaign.channel(key="tinh", name="Cải cách hành chính Huế")
    second = campaign.channel(key="so", name="Sở Nội vụ Huế")
    post = campaign.post("Một bài, hai Trang")
    for channel, value in ((first, 500), (second, 70)):
        publication = campaign.published(channel, at(24), post)
        campaign.read(channel, publication, at(25), reach=value, shares=value // 10)
        campaign.read(channel, None, at(25), followers=value * 2)
    summary = summed(engine, campaign, tmp_path)
    assert [channel.title for channel in summary.channels] == ["Cải cách hành chính Huế (tinh)", "Sở Nội vụ Huế (so)"]
    assert [told(channel)["reach"] for channel in summary.channels] == [(500, None), (70, None)]
    assert [told(channel)["followers"] for channel in summary.channels] == [(1_000, None), (140, None)]
    assert [(post.engagement, post.channel) for post in summary.top] == [
        (50, "Cải cách hành chính Huế (tinh)"),
        (7, "Sở Nội vụ Huế (so)"),
    ]
    assert summary.sentences[0].startswith("Trong tuần có 2 lượt đăng bài (Cải cách hành chính Huế (tinh) 1, ")


def test_a_post_of_the_last_minute_of_sunday_loses_no_interaction(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    """Published on Sunday at 23:59, read for the first time on Monday: it is Sunday's post and Monday's figures."""
    page = campaign.channel()
    post = campaign.published(page, at(22, 23).replace(minute=59))
    campaign.read(page, post, at(23, 6), reach=40, reactions=4)
    campaign.read(page, post, at(29), reach=100, reactions=9)
    campaign.read(page, post, at(5, month=12), reach=130, reactions=10)
    before = summed(engine, campaign, tmp_path, "2026-W47")
    assert told(before.channels[0])["published"] == (1, 0)
    assert told(before.channels[0])["engagement"] == (None, None)
    week = summed(engine, campaign, tmp_path)
    assert told(week.channels[0])["published"] == (0, 1)
    # counted from zero, not from an unknown: 100 - 0 and 9 - 0
    assert told(week.channels[0])["reach"] == (100, None)
    assert told(week.channels[0])["engagement"] == (9, None)
    assert any("đến tuần này mới có số liệu lần đầu" in note for note in week.notes)
    after = summed(engine, campaign, tmp_path, "2026-W49")
    # 130 - 100, and the same week before that the summary of that week tells
    assert told(after.channels[0])["reach"] == (30, 100)
