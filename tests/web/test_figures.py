"""The pages of figures: what they show, what they are asked wrongly, what they cost."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from connectors.base import Metric
from reports.weekly import make_weekly
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted

PAGES = (
    "/so-lieu",
    "/so-lieu/do-phu",
    "/so-lieu/do-phu?xem=thang&ky=nam-nay",
    "/so-lieu/gio-dang",
    "/so-lieu/bai",
    "/so-lieu/kenh/fanpage",
    "/so-lieu/tuan",
    "/so-lieu/tuan/2026-W47",
)
LOOKED = (
    *("/so-lieu", "/so-lieu/do-phu", "/so-lieu/do-phu.csv", "/so-lieu/do-phu.xlsx", "/so-lieu/gio-dang"),
    *("/so-lieu/bai", "/so-lieu/bai.csv", "/so-lieu/kenh/fanpage"),
)
LONG = "Hướng dẫn nộp hồ sơ trực tuyến và nhận kết quả qua dịch vụ bưu chính công ích tại nhà"


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Three weeks of posts on two channels, with figures, and last week summed up."""
    page = desk.channel("facebook", key="fanpage", name="Cải cách hành chính Huế")
    oa = desk.channel("zalo", key="oa", name="Cổng TTĐT thành phố Huế")
    for n in range(24):
        post = desk.post(title=f"{LONG} ({n})", topic="dđeik"[n % 5], agency="snv" if n % 4 == 0 else "")
        at = NOW - timedelta(days=20 - n * 0.8)
        one = published(desk, post.id, page if n % 3 else oa, at)
        read(desk, one, reach=900 * n, reactions=12 * n, comments=n)
    follow(desk, page, 10_240)
    make_weekly(desk.engine, "2026-W47", NOW, desk.house.summaries_dir)
    return desk


def published(desk: Desk, post_id: int | None, channel: Channel, at: object) -> Publication:
    return desk.publication(
        post_id=post_id, channel_id=channel.id, state=State.PUBLISHED, due_at=at, published_at=at, next_attempt_at=None
    )


def read(desk: Desk, row: Publication, **values: int) -> None:
    with writing(desk.engine) as session:
        session.add_all(
            Reading(
                channel_id=row.channel_id, publication_id=row.id, metric=name, value=value, name=f"post_{name}",
                version="v26.0", taken_at=NOW - timedelta(hours=2),
            )
            for name, value in values.items()
        )  # fmt: skip


def follow(desk: Desk, channel: Channel, count: int) -> None:
    with writing(desk.engine) as session:
        session.add_all(
            Reading(
                channel_id=channel.id or 0, metric=Metric.FOLLOWERS, value=count + 9 * n, name="followers_count",
                version="v26.0", taken_at=NOW - timedelta(days=20 - n),
            )
            for n in range(20) if n % 6
        )  # fmt: skip


def test_the_overview_shows_figures_as_they_were_told_and_a_dash_for_what_was_not(full: Desk) -> None:
    text = full.visit(full.charlie).get("/so-lieu").text
    assert "10.411" in text, "followers with Vietnamese thousands"
    assert "Chưa có kênh nào" not in text
    oa = text[text.index("/so-lieu/kenh/oa?") :]
    assert oa[: oa.index("</tr>")].count(">-<") >= 1, "no followers were told of the OA"


def test_the_matrix_says_what_is_missing_in_words(full: Desk) -> None:
    text = full.visit(full.lan).get("/so-lieu/do-phu?ky=thang-nay").text
    assert "thiếu" in text and "Dịch vụ công trực tuyến" in text


def test_wrong_questions_stand_beside_their_field_and_never_break_the_page(full: Desk) -> None:
    visitor = full.visit(full.lan)
    for query in (
        "ky=nam-3000", "ky=tuy-chon", "ky=tuy-chon&tu=2026-13-40&den=x", "ky=tuy-chon&tu=2026-12-01&den=2026-01-01",
        "ky=tuy-chon&tu=1000-01-01&den=2026-01-01", "kenh=%00", "diem=zz", "co_quan=' OR 1=1", "trang=-1",
        "trang=999999", "trang=abc", "xep=__class__", "ky=" + "a" * 3000,
    ):  # fmt: skip
        for path in LOOKED:
            assert visitor.get(f"{path}?{query}").status_code == 200, (path, query)
    assert "Ngày cuối phải sau" in visitor.get("/so-lieu?ky=tuy-chon&tu=2026-12-01&den=2026-01-01").text


def test_what_is_not_there_is_not_found(full: Desk) -> None:
    visitor = full.visit(full.lan)
    for path in (
        "/so-lieu/kenh/khong-co", "/so-lieu/tuan/2026-W99", "/so-lieu/tuan/2026-W01", "/so-lieu/tuan/..%2f..%2fetc",
        "/so-lieu/tuan/2026-W47/..%2fcchc.key", "/so-lieu/tuan/2026-W47/x.html",
    ):  # fmt: skip
        assert visitor.get(path).status_code == 404, path


def test_a_contributor_does_not_see_the_offices_figures(full: Desk) -> None:
    visitor = full.visit(full.tu)
    assert [visitor.get(path).status_code for path in PAGES] == [403] * len(PAGES)


def test_the_table_opens_in_a_spreadsheet_and_holds_no_formula(full: Desk) -> None:
    with writing(full.engine) as session:
        session.get_one(Channel, 1).name = "=cmd|' /C calc'!A0"
    answer = full.visit(full.lan).get("/so-lieu/bai.csv?ky=thang-nay")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "'=cmd|" in answer.text and ",=cmd" not in answer.text


def test_more_posts_and_topics_do_not_mean_more_statements(full: Desk) -> None:
    visitor = full.visit(full.lan)
    with counted(full.engine) as statements:
        visitor.get("/so-lieu?ky=quy-nay")
    assert len(statements) <= 20, statements
    with counted(full.engine) as again:
        visitor.get("/so-lieu/bai?ky=quy-nay")
    assert len(again) <= 7, "figures that nothing changed are not counted anew"


def test_new_readings_are_seen_at_once(full: Desk) -> None:
    visitor = full.visit(full.lan)
    visitor.get("/so-lieu/bai")
    with writing(full.engine) as session:
        row = session.get_one(Publication, 20)
        session.add(
            Reading(
                channel_id=row.channel_id, publication_id=20, metric="reach", value=7_654_321, name="x", version="1",
                taken_at=NOW,
            )
        )  # fmt: skip
    assert "7.654.321" in visitor.get("/so-lieu/bai").text


def test_accounts_of_one_name_are_told_apart_beside_their_posts(desk: Desk) -> None:
    for platform in ("facebook", "zalo"):
        channel = desk.channel(platform, key=platform, name="UBND thành phố Huế")
        published(desk, desk.post().id, channel, NOW - timedelta(hours=1))
    visitor = desk.visit(desk.lan)
    text, table = visitor.get("/so-lieu/bai").text, visitor.get("/so-lieu/bai.csv").text
    assert all(f"{one}: UBND thành phố Huế" in told for one in ("Facebook", "Zalo OA") for told in (text, table))


def test_a_change_of_counting_is_a_dashed_line_with_its_note(full: Desk) -> None:
    visitor = full.visit(full.lan)
    text = visitor.get("/so-lieu?ky=tuy-chon&tu=2026-06-01&den=2026-11-30").text
    assert text.count("stroke-dasharray") == 1, "Facebook counts reach otherwise from 15/06/2026"
    assert "Đổi cách đếm trong kỳ" in text and "Từ ngày 15/06/2026 Facebook bỏ số người tiếp cận" in text
    assert "stroke-dasharray" not in visitor.get("/so-lieu?ky=thang-nay").text


def test_followers_counted_in_two_ways_are_not_subtracted_and_their_line_is_cut(full: Desk) -> None:
    with writing(full.engine) as session:
        for day, count in ((14, 9_000), (15, 20_000), (20, 20_400)):
            session.add(
                Reading(
                    channel_id=1, metric=Metric.FOLLOWERS, value=count, name="x", version="v26.0",
                    taken_at=NOW.replace(year=2025, month=11, day=day),
                )
            )  # fmt: skip

    def shown(first: int) -> str:
        return full.visit(full.lan).get(f"/so-lieu/kenh/fanpage?ky=tuy-chon&tu=2025-11-{first}&den=2025-11-30").text

    assert "+400 trong kỳ" in shown(17)
    assert "- trong kỳ" in shown(15), "the count before the span is from before the change"
    text = shown(14)
    assert "stroke-dasharray" in text
    chart = text[text.index('<svg class="drawn"') :]
    assert 'stroke-linecap="round"' not in chart[: chart.index("</svg>")], "no line joins the two days"


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_figures(full: Desk, browser: Browser, width: int) -> None:
    with window(browser, full, full.lan, width) as page:
        for path in PAGES:
            page.goto(path)
            assert violations(page) == [], path


def test_an_empty_desk_says_what_to_do_next(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan, 360) as page:
        page.goto("/so-lieu")
        assert page.get_by_role("link", name="Đến trang Kênh").is_visible()
        assert violations(page) == []
