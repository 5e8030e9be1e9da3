"""How a campaign stands, against one whose sums are written out by hand; the same on both databases."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from content.campaigns import Phase, posts_of
from content.plan import active_plan
from content.tables import Campaign as CampaignRow
from content.tables import CampaignPost
from reports.campaign_summary import CampaignSummary
from reports.campaigns import pace, progress, summarise
from reports.figures import figures
from reports.only import Only
from reports.periods import midnight
from reports.render import campaign_documents
from reports.spans import Span
from scheduler.lifecycle import State
from scheduler.tables import Channel
from tests.reports.campaign import Campaign, at

NOW = at(21, 0)
"""Half of the campaign's twenty days is over."""
FIRST, LAST = date(2026, 11, 11), date(2026, 11, 30)


class Week(Campaign):
    """Rows, with verbs for a campaign."""

    def campaign(self, posts: list[int], **facts: Any) -> CampaignRow:
        self._number += 1
        values: dict[str, Any] = {
            "key": f"chien-dich-{self._number}", "name": "Tuần lễ phản ánh hiện trường", "first": FIRST, "last": LAST,
            "channels": [], "targets": {"total": 0, "topics": {}, "channels": {}}, "created_by": "Lan",
            "created_at": at(1), "updated_at": at(1), **facts,
        }  # fmt: skip
        row = CampaignRow(**values)
        self._add(row)
        for post in posts:
            self._add(CampaignPost(campaign_id=row.id or 0, post_id=post, added_by="Lan", added_at=at(1)))
        return row


@pytest.fixture
def week(session: Session) -> tuple[Week, CampaignRow]:
    """Three posts on a page and an OA: 3 public (one taken down since), 2 wait, 1 failed; much that does not count."""
    made = Week(session)
    made.plan(d=2, k=1, l=1)
    page, oa = made.channel("facebook", key="fanpage"), made.channel("zalo", key="oa")
    other = made.channel("youtube", key="youtube")
    photo, habits, never = (
        made.post(title, topic) for title, topic in (("Chụp", "l"), ("Thói quen", "k"), ("Cũ", "l"))
    )
    stranger = made.post("Người lạ", "l")
    first = made.published(page, at(11, 0), photo)
    made.published(oa, at(12), photo)
    gone = made.published(page, at(19), habits)
    session.flush()
    made.publication(page, photo, at(25), State.READY)
    made.publication(oa, habits, at(30, 23), State.SCHEDULED)
    made.publication(page, habits, at(20), State.MISSED)
    for when, post, channel in (
        (at(10, 23), photo, page), (at(1, 0, month=12), photo, page), (at(13), stranger, page), (at(13), photo, other),
    ):  # fmt: skip
        made.published(channel, when, post)
    made.publication(oa, photo, at(26), State.CANCELLED)
    made.published(page, at(14), photo, part="comment", follows_id=first)
    made.read(page, first, at(15), reach=100, reactions=7, comments=1)
    made.read(page, gone, at(20), reach=50, reactions=None)
    row = made.campaign(
        [photo, habits, never],
        channels=["fanpage", "oa"],
        targets={"total": 10, "topics": {"l": 5, "k": 2}, "channels": {"fanpage": 8, "oa": 2}},
    )
    session.commit()
    return made, row


def of(session: Session, row: CampaignRow, now: Any = NOW) -> CampaignSummary:
    return summarise(session, row, now)


def told(tally: Any) -> tuple[int, int, int, int, int]:
    return tally.wanted, tally.published, tally.waiting, tally.failed, tally.short


def test_only_its_posts_on_its_channels_between_its_days_count(
    session: Session, week: tuple[Week, CampaignRow]
) -> None:
    found = of(session, week[1])
    assert told(found.tally) == (10, 3, 2, 1, 5)
    assert [(line.letter, line.posts, told(line.tally)) for line in found.topics] == [
        ("k", 1, (2, 1, 1, 1, 0)),
        ("l", 2, (5, 2, 1, 0, 2)),
    ]
    assert [(line.key, told(line.tally)) for line in found.channels] == [
        ("fanpage", (8, 2, 1, 1, 5)),
        ("oa", (2, 1, 1, 0, 0)),
    ]


def test_the_hour_decides_so_that_a_retry_on_the_last_evening_is_not_lost(
    session: Session, week: tuple[Week, CampaignRow]
) -> None:
    made, row = week
    [post, *_] = session.exec(posts_of(row.key))
    page = session.exec(select(Channel.id).where(Channel.key == "fanpage")).one() or 0
    made.publication(page, post, at(30, 23), State.PUBLISHED, published_at=at(1, 0, month=12))
    made.publication(page, post, at(10, 22), State.PUBLISHED, published_at=at(11, 1))
    session.commit()
    assert of(session, row).tally.published == progress(session, [row])[row.id or 0].published == 4


def test_the_pace_is_straight_and_a_part_of_a_post_is_nobodys_debt(
    session: Session, week: tuple[Week, CampaignRow]
) -> None:
    row = week[1]
    assert [pace(row, midnight(FIRST) + timedelta(days=n)) for n in (-5, 0, 1, 2, 10, 20, 99)] == [
        0,
        0,
        0,
        1,
        5,
        10,
        10,
    ]
    found = of(session, row)
    assert (found.pace, found.behind) == (5, 2)
    row.ended_at = midnight(FIRST) + timedelta(days=10)
    assert pace(row, midnight(LAST)) == 5, "what was ended is measured at that moment"
    row.targets = {"total": 0}
    assert pace(row, NOW) is None


def test_weeks_are_cut_off_at_the_campaigns_days_and_add_up(session: Session, week: tuple[Week, CampaignRow]) -> None:
    weeks = of(session, week[1]).weeks
    assert [(one.first.day, one.last.day, one.published, one.waiting, one.total, one.pace) for one in weeks] == [
        (11, 15, 2, 0, 2, 2),
        (16, 22, 1, 0, 3, 6),
        (23, 29, 0, 1, None, 9),
        (30, 30, 0, 1, None, 10),
    ]


def test_a_post_tells_when_it_goes_out_next_and_one_that_never_did_is_named(
    session: Session, week: tuple[Week, CampaignRow]
) -> None:
    found = of(session, week[1])
    assert [(post.title, post.published, post.waiting, post.failed) for post in found.posts] == [
        ("Thói quen", 1, 1, 1), ("Chụp", 2, 1, 0), ("Cũ", 0, 0, 0),
    ]  # fmt: skip
    photo = found.posts[1]
    assert photo.next_at == at(25) and photo.last_at == at(12) and photo.next_channel
    assert [post.title for post in found.unused] == ["Cũ"]


def test_readings_are_told_channel_by_channel_and_what_was_not_told_is_none(
    session: Session, week: tuple[Week, CampaignRow]
) -> None:
    page, oa = of(session, week[1]).channels
    assert (page.base_metric, page.base, page.interactions, page.parts["shares"]) == ("reach", 150, 8, None)
    assert (oa.base_metric, oa.base, oa.interactions, oa.rate) == ("", None, None, None)
    assert [(best.title, best.interactions) for best in of(session, week[1]).best] == [("Chụp", 8)]


def test_the_sentences_say_what_staff_would_write(session: Session, week: tuple[Week, CampaignRow]) -> None:
    said = of(session, week[1]).sentences
    assert said[0] == (
        "Chiến dịch “Tuần lễ phản ánh hiện trường” đã đăng 3/10 bài (30,0%), chậm 2 bài so với tiến độ "
        "(đến nay cần 5 bài)."
    )
    assert said[1] == "Còn 2 bài đang chờ đăng trong thời gian chiến dịch; nếu đều đăng đúng lịch thì đạt 5/10 bài."
    assert "Nội dung còn thiếu, chưa có lịch đăng: điểm l 2 bài." in said
    assert "Có 1/3 bài của chiến dịch chưa đăng và chưa có lịch: “Cũ”." in said
    assert said[-1].startswith("Kết quả từng kênh: Facebook") and "150 lượt tiếp cận, 8 lượt tương tác" in said[-1]


@pytest.mark.parametrize(
    ("facts", "now", "phase", "words"),
    [
        ({"first": date(2026, 11, 25)}, NOW, Phase.COMING, "bắt đầu ngày 25/11/2026, còn 4 ngày; chỉ tiêu 10 bài"),
        ({}, at(1, month=12), Phase.OVER, "đã kết thúc ngày 30/11/2026: đã đăng 3/10 bài (30,0%), còn thiếu 7 bài"),
        ({"ended_at": at(15)}, NOW, Phase.OVER, "đã kết thúc ngày 15/11/2026: đã đăng 3/10"),
        ({"targets": {}}, NOW, Phase.RUNNING, "đã đăng 3 bài (không đặt chỉ tiêu chung)."),
        ({"targets": {"total": 3}}, NOW, Phase.RUNNING, "đã đăng 3/3 bài (100,0%), đã đạt chỉ tiêu."),
        ({"targets": {"total": 6}}, NOW, Phase.RUNNING, "(50,0%), đúng tiến độ."),
        ({"targets": {"total": 4}}, NOW, Phase.RUNNING, "(75,0%), nhanh hơn tiến độ 1 bài."),
    ],
)
def test_the_first_sentence_fits_where_the_campaign_stands(
    session: Session, week: tuple[Week, CampaignRow], facts: dict[str, Any], now: Any, phase: Phase, words: str
) -> None:
    for name, value in facts.items():
        setattr(week[1], name, value)
    session.commit()
    found = of(session, week[1], now)
    assert found.phase is phase and words in found.sentences[0]


def test_a_list_tells_the_same_as_the_campaign_itself(session: Session, week: tuple[Week, CampaignRow]) -> None:
    made, row = week
    other = made.campaign([], channels=["khong-con"], targets={"total": 4})
    posts = list(session.exec(posts_of(row.key)))
    everywhere = made.campaign(posts, first=date(2026, 11, 13), last=date(2026, 11, 13))
    session.commit()
    found = progress(session, [row, other, everywhere])
    assert told(found[row.id or 0]) == told(of(session, row).tally)
    assert told(found[other.id or 0]) == (4, 0, 0, 0, 4)
    assert found[everywhere.id or 0] == of(session, everywhere).tally
    assert progress(session, []) == {}


def test_figures_can_be_asked_of_one_campaigns_posts_alone(session: Session, week: tuple[Week, CampaignRow]) -> None:
    month = Span(date(2026, 11, 1), date(2026, 11, 30))
    found = figures(session, month, active_plan(session), NOW, Only(campaign=week[1].key))
    assert {post.title for post in found.posts} == {"Chụp", "Thói quen"} and found.published == 5
    assert figures(session, month, active_plan(session), NOW, Only(campaign="khong-co")).posts == ()


def test_a_campaign_without_anything_is_told_without_a_slip(session: Session) -> None:
    row = Week(session).campaign([], name="<b>&amp;", targets={})
    session.commit()
    found = of(session, row)
    assert "Chiến dịch chưa có bài nào." in found.sentences
    files = campaign_documents(found)
    assert b"<b>" not in files["summary.html"].replace(b"<b>0</b>", b"") and b"&lt;b&gt;" in files["summary.html"]


def test_the_documents_say_the_same_and_ask_no_other_server(session: Session, week: tuple[Week, CampaignRow]) -> None:
    found = of(session, week[1])
    files = campaign_documents(found)
    html, text = files["summary.html"].decode(), files["summary.txt"].decode()
    assert not re.findall(r'(?:src|href)="https?://(?!example\.vn)', html) and "<script" not in html
    plain = re.sub(r"\s+", " ", text)
    for sentence in (*found.sentences, *found.notes):
        assert sentence in html and sentence in plain
    assert max(map(len, text.splitlines())) <= 80
    assert CampaignSummary.model_validate(json.loads(files["summary.json"])) == found


def test_two_years_make_a_picture_that_can_be_read(session: Session, week: tuple[Week, CampaignRow]) -> None:
    week[1].last = date(2028, 11, 10)
    session.commit()
    html = campaign_documents(of(session, week[1]))["summary.html"].decode()
    drawn = html[html.index('<svg class="drawn"') :]
    assert drawn[: drawn.index("</svg>")].count("<text") < 50
