"""From the portal to the channels: minutes that can be checked by hand, and what is not known stays a dash."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from connectors.base import Part
from content.tables import PortalSource, Suggestion
from reports import render
from reports.portal import PASTED, ArticleRow, LagLine, PortalLag, lag_of, minutes_words, portal_lag
from reports.weekly import WeeklySummary, make_weekly
from scheduler.lifecycle import State
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week

WEEK = (at(23, 0), at(30, 0))


class Portal(Campaign):
    """A campaign whose posts come from portals."""

    def source(self, key: str = "cong", name: str = "Cổng TTĐT tỉnh") -> int:
        return self._add(PortalSource(key=key, name=name, address=f"https://{key}.example/rss", created_at=at(1)))

    def article(self, source: int | None, published: datetime | None, *, post: int | None = None, **facts: Any) -> int:
        self._number += 1
        values = {"seen_at": (published or at(24)) + timedelta(minutes=5), "updated_at": at(1), **facts}
        if post is not None:
            values |= {"state": "taken", "post_key": self.key_of(post)}
        return self._add(
            Suggestion(
                source_id=source,
                dedupe_key=f"https://cong.example/{self._number}",
                title="Bài trên cổng",
                categories=[],
                notes=[],
                published_at=published,
                **values,
            )
        )

    def key_of(self, post: int) -> str:
        from content.tables import Post

        return self.session.get_one(Post, post).key

    def shared(self, source: int | None, published: datetime | None, after: timedelta, **facts: Any) -> int:
        """An article that became public on a channel that long after the portal had it."""
        post = self.post("Bài trên cổng")
        article = self.article(source, published, post=post, **facts)
        self.published(self.page, (published or at(24)) + after, post)
        return article

    @property
    def page(self) -> int:
        if not hasattr(self, "_page"):
            self._page = self.channel()
        return self._page


@pytest.fixture
def portal(session: Session) -> Portal:
    return Portal(session)


def lag(portal: Portal, as_of: datetime = CUTOFF) -> PortalLag:
    portal.session.flush()
    found = portal_lag(portal.session, *WEEK, as_of)
    assert found is not None
    return found


def minutes(line: LagLine) -> tuple[int | None, int | None]:
    return line.median_minutes, line.p90_minutes


# Figures -------------------------------------------------------------------------------------------------


def test_minutes_count_from_the_portal_to_the_first_channel(portal: Portal) -> None:
    source = portal.source()
    post = portal.post("Bài trên cổng")
    portal.article(source, at(24, 8), post=post)
    second = portal.channel("zalo")
    portal.published(second, at(24, 12), post)
    portal.published(portal.page, at(24, 9) + timedelta(minutes=35), post)
    assert minutes(lag(portal).total) == (95, 95)


def test_half_are_faster_than_the_median_and_nine_of_ten_than_the_other(portal: Portal) -> None:
    source = portal.source()
    for number in range(1, 11):
        portal.shared(source, at(24, 8), timedelta(minutes=10 * number))
    assert minutes(lag(portal).total) == (55, 90)


def test_share_is_shared_per_article_of_the_portal(portal: Portal) -> None:
    source = portal.source()
    portal.shared(source, at(24), timedelta(hours=1))
    portal.article(source, at(25))
    portal.article(source, at(26), state="dismissed", decided_by="Lan")
    portal.article(source, at(26), post=portal.post("Chưa đăng"))
    line = lag(portal).total
    assert (line.suggested, line.shared, line.share) == (4, 1, 0.25)


def test_each_source_has_its_line_and_a_pasted_address_too(portal: Portal) -> None:
    first, second = portal.source("a", "Cổng A"), portal.source("b", "Cổng B")
    portal.shared(first, at(24), timedelta(minutes=10))
    portal.shared(None, at(24), timedelta(minutes=30))
    found = lag(portal)
    assert second and [(line.name, line.suggested, line.median_minutes) for line in found.sources] == [
        ("Cổng A", 1, 10),
        ("Cổng B", 0, None),
        (PASTED, 1, 30),
    ]
    assert (found.total.suggested, found.total.median_minutes) == (2, 20)


def test_two_sources_of_one_name_are_told_apart(portal: Portal) -> None:
    portal.source("a", "Cổng"), portal.source("b", "Cổng")
    assert [line.name for line in lag(portal).sources] == ["Cổng (a)", "Cổng (b)"]


def test_what_followed_a_post_or_never_became_public_is_no_sharing(portal: Portal) -> None:
    source = portal.source()
    post = portal.post("Bài trên cổng")
    portal.article(source, at(24), post=post)
    portal.publication(portal.page, post, at(24, 9), State.FAILED)
    portal.published(portal.page, at(24, 10), post, part=Part.COMMENT.value)
    assert lag(portal).total.shared == 0


def test_an_article_belongs_to_one_week_and_is_shared_once_it_was_public(portal: Portal) -> None:
    source = portal.source()
    last_minute = at(29, 23) + timedelta(minutes=50)
    portal.shared(source, last_minute, timedelta(minutes=40), seen_at=at(30, 0) + timedelta(minutes=5))
    portal.shared(source, at(30, 1), timedelta(hours=1))
    portal.shared(source, at(22, 23), timedelta(hours=2))
    before, after = (lag(portal, as_of).total for as_of in (at(30, 0), at(30, 7)))
    assert (before.suggested, before.shared) == (1, 0)
    assert (after.suggested, after.shared, after.median_minutes) == (1, 1, 40)


def test_an_article_without_a_date_belongs_to_the_day_it_was_first_read(portal: Portal) -> None:
    source = portal.source()
    portal.shared(source, None, timedelta(hours=1))
    portal.article(source, None, seen_at=at(20))
    line = lag(portal).total
    assert (line.suggested, line.shared, line.measured, minutes(line)) == (1, 1, 0, (None, None))


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (ArticleRow("cong", at(24, 8), False, at(24, 9)), 60),
        (ArticleRow("cong", at(24, 0), True, at(24, 9)), None),
        (ArticleRow("cong", None, False, at(24, 9)), None),
        (ArticleRow("cong", at(24, 8), False, None), None),
        (ArticleRow("cong", at(24, 9), False, at(24, 8)), None),
    ],
    ids=["known", "day only", "no date", "not public", "public before the portal's hour"],
)
def test_a_lag_is_known_only_where_both_hours_are(row: ArticleRow, wanted: float | None) -> None:
    assert lag_of(row) == wanted


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (0, "0 phút"),
        (59, "59 phút"),
        (60, "1 giờ"),
        (95, "1 giờ 35 phút"),
        (1440, "1 ngày"),
        (4000, "2 ngày 18 giờ"),
    ],
)
def test_minutes_are_told_as_people_say_them(value: int | None, words: str) -> None:
    assert minutes_words(value) == words


# The weekly summary --------------------------------------------------------------------------------------


def summed(engine: Engine, portal: Portal, folder: Path) -> WeeklySummary:
    ordinary_week(portal.session)
    return make_weekly(engine, "2026-W48", CUTOFF, folder).summary


def test_an_office_without_a_portal_reads_nothing_of_it(engine: Engine, portal: Portal, tmp_path: Path) -> None:
    summary = summed(engine, portal, tmp_path)
    assert summary.portal is None
    assert portal_lag(portal.session, *WEEK, CUTOFF) is None
    for words in (render.html(summary), render.text(summary)):
        assert "cổng thông tin" not in words.lower()


def test_the_summary_has_the_portal_in_every_document(engine: Engine, portal: Portal, tmp_path: Path) -> None:
    source = portal.source()
    portal.shared(source, at(24), timedelta(minutes=95))
    portal.article(source, at(25))
    portal.source("khac", "<b>Sở Nội vụ</b> và một cái tên rất dài của một nguồn tin không bao giờ hết")
    summary = summed(engine, portal, tmp_path)
    assert summary.portal is not None and minutes(summary.portal.total) == (95, 95)
    stored = WeeklySummary.model_validate_json((tmp_path / "2026-W48" / "summary.json").read_text(encoding="utf-8"))
    assert stored == summary
    page, text = render.html(summary), render.text(summary)
    assert '<h2 id="bp">' in page and "<b>Sở" not in page
    for words in (page, text):
        assert "1 giờ 35 phút" in words and "50,00%" in words
    assert [line for line in text.splitlines() if len(line) > 80 and "https://" not in line] == []


def test_a_portal_that_shared_nothing_has_dashes_and_no_zero_minutes(
    engine: Engine, portal: Portal, tmp_path: Path
) -> None:
    portal.source()
    text = render.text(summed(engine, portal, tmp_path))
    [line] = [line for line in text.splitlines() if line.startswith("Tất cả")]
    assert line.split() == ["Tất", "cả", "0", "0", "-", "-", "-"]


def test_a_summary_stored_before_there_were_portals_can_still_be_read(
    engine: Engine, portal: Portal, tmp_path: Path
) -> None:
    facts = summed(engine, portal, tmp_path).model_dump(mode="json")
    del facts["portal"]
    assert WeeklySummary.model_validate(facts).portal is None
