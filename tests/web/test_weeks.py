"""The page of a week: what it shows, what an editor does there, who may not, what two people do at once."""

import html
import io
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser
from sqlmodel import col, select

from content.tables import Asset, Editorial, Post, PostAsset
from content.vietnamese import LOCAL
from reports.mailing import Readers, SummaryMail
from reports.papers import MAKE
from reports.render import documents
from reports.tables import Summary, SummaryDelivery
from reports.weekly import make_weekly
from scheduler.clock import FrozenClock
from scheduler.db import open_engine, reading, writing
from scheduler.deliveries import Sending
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import LAN, NOW, Sandbox
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, Mailbox, mailbox
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import PLAN, Desk, counted
from web.rooms.figures.weeks import FILES
from web.tables import DeskAct

WEEK = "/so-lieu/tuan/2026-W47"
TITLE = "Hướng dẫn nộp hồ sơ trực tuyến và nhận kết quả qua dịch vụ bưu chính công ích tại nhà"
HOUR = timedelta(hours=1)
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=LOCAL)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture
def week(_sqlite_template: Path, tmp_path: Path, sandbox: Sandbox, box: Mailbox) -> Iterator[Desk]:
    """A desk whose last week was summed up, with two readers of its mail."""
    path = tmp_path / "cchc.sqlite3"
    shutil.copy(_sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    readers = Readers(box.server(), SENDER, (LAN_MAIL, MINH_MAIL))
    desk = Desk(engine, sandbox, tmp_path, summary_mail=SummaryMail(engine, FrozenClock(NOW), readers))
    page = desk.channel("facebook", key="fanpage", name="Cải cách hành chính Huế")
    oa = desk.channel("zalo", key="oa", name="Cổng TTĐT thành phố Huế")
    for n in range(6):
        at = NOW - timedelta(days=1 + n % 6, hours=n)
        published(desk, page if n % 2 else oa, at, f"{TITLE} ({n})", reach=900 * (n + 1), reactions=12 * n)
    closed(desk)
    yield desk
    desk.close()
    engine.dispose()


def published(desk: Desk, channel: Channel, at: object, title: str, **values: int | None) -> Publication:
    post = desk.post(title=title, topic="dđeikl"[len(title) % 6])
    row = desk.publication(
        post_id=post.id, channel_id=channel.id, state=State.PUBLISHED, due_at=at, published_at=at, next_attempt_at=None
    )
    read(desk, row, SUNDAY, **values)
    return row


def read(desk: Desk, row: Publication, at: object, **values: int | None) -> None:
    with writing(desk.engine) as session:
        session.add_all(
            Reading(
                channel_id=row.channel_id, publication_id=row.id, metric=name, value=value, name=f"post_{name}",
                version="v26.0", taken_at=at,
            )
            for name, value in values.items()
        )  # fmt: skip


def closed(desk: Desk) -> None:
    make_weekly(desk.engine, "2026-W47", desk.clock.now(), desk.house.summaries_dir, plan_dir=PLAN)


def summaries(desk: Desk) -> list[Summary]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Summary).order_by(col(Summary.cutoff_at))))


def deliveries(desk: Desk) -> list[SummaryDelivery]:
    with reading(desk.engine) as session:
        return list(session.exec(select(SummaryDelivery).order_by(col(SummaryDelivery.id))))


def hidden(text: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', text)


# Reading -------------------------------------------------------------------------------------------------


def test_the_page_has_the_seven_blocks_and_a_dash_for_what_is_missing(week: Desk) -> None:
    text = week.visit(week.charlie).get(WEEK).text
    heads = ("1. Tóm tắt", "2. Theo kênh", "3. Năm bài", "4. Độ phủ", "5. Sự cố", "6. Tuần tới", "7. Ghi chú")
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert re.search(r"Người theo dõi\"><span>- <span", text), "followers were never read"
    assert "không cộng với nhau" in text


def test_every_document_of_a_week_can_be_had(week: Desk) -> None:
    visitor = week.visit(week.charlie)
    for name in FILES:
        answer = visitor.get(f"{WEEK}/{name}")
        assert answer.status_code == 200 and answer.content, name
    assert "attachment" in visitor.get(f"{WEEK}/summary.html").headers["Content-Disposition"]
    printed = pypdfium2.PdfDocument(visitor.get(f"{WEEK}/summary.pdf").content)
    assert "Tổng hợp tương tác tuần" in printed[0].get_textpage().get_text_range()
    assert load_workbook(io.BytesIO(visitor.get(f"{WEEK}/summary.xlsx").content)).sheetnames[1] == "Theo kênh"


def test_the_list_of_documents_is_what_is_made(week: Desk) -> None:
    made = make_weekly(week.engine, "2026-W47", NOW, week.house.summaries_dir)
    assert set(FILES) == {*MAKE, *documents(made.summary)}


def test_the_page_costs_a_fixed_number_of_statements(week: Desk) -> None:
    visitor = week.visit(week.lan)
    with counted(week.engine) as first:
        visitor.get(WEEK)
    for n in range(20):
        published(week, Channel(id=1), NOW - timedelta(days=2, minutes=n), f"{TITLE}, thêm {n}", reach=n)
    week.clock.set(week.clock.now() + HOUR)
    closed(week)
    with counted(week.engine) as again:
        visitor.get(WEEK)
    assert len(first) <= len(again) <= 6, again


@pytest.mark.parametrize("ban", ["0", "99999", "abc", "1 OR 1=1", "%00", "1" * 400])
def test_a_cutoff_that_is_not_there_is_not_found(week: Desk, ban: str) -> None:
    visitor = week.visit(week.charlie)
    assert visitor.get(f"{WEEK}?ban={ban}").status_code == 404
    assert visitor.get(f"{WEEK}/summary.txt?ban={ban}").status_code == 404


# Making and comparing ------------------------------------------------------------------------------------


def test_only_an_editor_makes_a_summary(week: Desk) -> None:
    assert week.visit(week.charlie).post("/so-lieu/tuan").status_code == 403
    answer = week.visit(week.lan).post("/so-lieu/tuan")
    assert answer.url.endswith(WEEK) and "Đã lập tổng hợp" in answer.text


def test_a_later_cutoff_stands_beside_the_earlier_one_and_says_what_moved(week: Desk) -> None:
    visitor = week.visit(week.lan)
    with reading(week.engine) as session:
        row = session.exec(select(Publication).where(Publication.channel_id == 1)).first()
    assert row is not None
    read(week, row, SUNDAY + HOUR, reach=7_000_000)
    week.clock.set(week.clock.now() + HOUR)
    answer = visitor.post(f"{WEEK}/lap-lai")
    old, new = summaries(week)
    assert "Khác với bản chốt lúc" in answer.text and old.cutoff_at < new.cutoff_at
    before = visitor.get(f"{WEEK}?ban={old.id}")
    assert before.status_code == 200 and "Khác với bản" not in before.text
    same = visitor.get(f"{WEEK}?ban={new.id}&so=rác")
    assert same.status_code == 200


def test_a_week_that_nobody_summed_up_is_not_made_by_its_address(week: Desk) -> None:
    assert week.visit(week.lan).post("/so-lieu/tuan/2026-W30/lap-lai").status_code == 404


# The sentences -------------------------------------------------------------------------------------------


def words(text: str, **changed: str) -> dict[str, str]:
    form = {"thay": hidden(text, "thay")[0], "ban": hidden(text, "ban")[0]}
    return {
        **form,
        **{f"sentence-{n}": "" for n in (1, 2, 3)},
        **{name.replace("_", "-"): v for name, v in changed.items()},
    }


def test_an_editor_writes_over_a_sentence_and_the_figures_stay(week: Desk) -> None:
    visitor = week.visit(week.lan)
    own = "Tuần này <b>nổi bật</b> ở dịch vụ công trực tuyến."
    answer = visitor.post(f"{WEEK}/tom-tat", words(visitor.get(WEEK).text, sentence_2=own))
    assert "Đã lưu lời tóm tắt" in answer.text and "&lt;b&gt;nổi bật" in answer.text and f"do {LAN} sửa" in answer.text
    [row] = summaries(week)
    assert row.edited_by == LAN and row.data["sentences"][1] != own
    assert own in visitor.get(f"{WEEK}/summary.txt").text.replace("\n  ", " ")
    with reading(week.engine) as session:
        assert "Sửa lời tóm tắt." in session.exec(select(DeskAct.words)).all()


def test_two_who_write_at_once_do_not_overwrite_each_other(week: Desk) -> None:
    first, second = week.visit(week.lan), week.visit(week.lan)
    form = words(first.get(WEEK).text, sentence_1="Câu của người thứ nhất.")
    first.post(f"{WEEK}/tom-tat", form)
    answer = second.post(f"{WEEK}/tom-tat", {**form, "sentence-1": "Câu của người thứ hai."})
    assert answer.status_code == 422 and "Người khác vừa sửa" in answer.text and "Câu của người thứ hai." in answer.text
    assert summaries(week)[0].texts["sentence-1"] == "Câu của người thứ nhất."


@pytest.mark.parametrize("changed", [{"sentence_1": "x" * 3_000}, {"sentence_3": "y" * 90_000}, {"thay": "hôm qua"}])
def test_what_cannot_stand_is_told_beside_its_field(week: Desk, changed: dict[str, str]) -> None:
    visitor = week.visit(week.lan)
    answer = visitor.post(f"{WEEK}/tom-tat", words(visitor.get(WEEK).text, **changed))
    assert answer.status_code == 422 and 'class="error"' in answer.text
    assert summaries(week)[0].texts == {}


# Mail ----------------------------------------------------------------------------------------------------


def test_an_editor_sends_the_week_once_and_sees_what_came_of_each_letter(week: Desk, box: Mailbox) -> None:
    visitor = week.visit(week.lan)
    assert "Gửi ngay tới 2 địa chỉ" in visitor.get(WEEK).text
    ban = {"ban": str(summaries(week)[0].id)}
    assert "Đã xếp 2 thư" in visitor.post(f"{WEEK}/gui", ban).text
    assert "đã có trong hàng gửi" in visitor.post(f"{WEEK}/gui", ban).text
    assert box.letters == [], "no mail server is spoken to within a request"
    assert week.house.summary_mail is not None
    week.house.summary_mail.run()
    text = visitor.get(WEEK).text
    assert len(box.letters) == 2 and text.count("đã gửi") == 2 and "Gửi lại cho cả danh sách" in text


def test_a_second_click_on_send_again_sends_nothing(week: Desk, box: Mailbox) -> None:
    visitor, mail = week.visit(week.lan), week.house.summary_mail
    assert mail is not None
    visitor.post(f"{WEEK}/gui")
    mail.run()
    row = deliveries(week)[0]
    letter = next(one for one in hidden(visitor.get(WEEK).text, "thu") if one.startswith(f"{row.id}|"))
    assert "Đã xếp 1 thư" in visitor.post(f"{WEEK}/gui-lai", {"thu": letter}).text
    assert "Không gửi lại thư nào" in visitor.post(f"{WEEK}/gui-lai", {"thu": letter}).text
    mail.run()
    assert len(box.letters) == 3


@pytest.mark.parametrize("letter", ["", "1", "x|y", "999999|sent:", "1|waiting:", "²|sent:", "1|" + "x" * 9_000])
def test_a_forged_letter_sends_nothing(week: Desk, letter: str) -> None:
    visitor = week.visit(week.lan)
    visitor.post(f"{WEEK}/gui")
    assert "Không gửi lại thư nào" in visitor.post(f"{WEEK}/gui-lai", {"thu": letter}).text
    assert [row.state for row in deliveries(week)] == [Sending.WAITING] * 2


def test_a_letter_of_another_week_is_not_sent_again_from_here(week: Desk) -> None:
    visitor = week.visit(week.lan)
    make_weekly(week.engine, "2026-W46", NOW, week.house.summaries_dir)
    visitor.post("/so-lieu/tuan/2026-W46/gui")
    with writing(week.engine) as session:
        row = session.get_one(SummaryDelivery, 1)
        row.state = Sending.FAILED
    assert "Không gửi lại thư nào" in visitor.post(f"{WEEK}/gui-lai", {"thu": "1|failed:"}).text
    assert deliveries(week)[0].state == Sending.FAILED


def test_without_a_mail_server_the_page_says_what_to_set(desk: Desk) -> None:
    make_weekly(desk.engine, "2026-W47", NOW, desk.house.summaries_dir)
    visitor = desk.visit(desk.lan)
    assert "CCHC_SUMMARY_TO" in visitor.get(WEEK).text
    assert "Chưa cấu hình" in visitor.post(f"{WEEK}/gui").text and deliveries(desk) == []


@pytest.mark.parametrize("verb", ["tom-tat", "gui", "gui-lai", "bai", "lap-lai"])
def test_who_may_not_edit_changes_and_sends_nothing(week: Desk, verb: str) -> None:
    for person in (week.charlie, week.minh, week.tu, week.son):
        assert week.visit(person).post(f"{WEEK}/{verb}").status_code == 403
    text = week.visit(week.charlie).get(WEEK).text
    assert f"{WEEK}/{verb}" not in text
    assert deliveries(week) == [] and len(summaries(week)) == 1


# The picture ---------------------------------------------------------------------------------------------


def test_the_week_becomes_a_draft_with_its_picture_and_goes_nowhere_by_itself(week: Desk) -> None:
    visitor = week.visit(week.lan)
    answer = visitor.post(f"{WEEK}/bai")
    assert "/soan/tong-hop-2026-w47-" in answer.url and answer.status_code == 200
    with reading(week.engine) as session:
        [post] = session.exec(select(Post).where(col(Post.key).startswith("tong-hop-"))).all()
        uses = session.exec(select(PostAsset).where(PostAsset.post_id == post.id)).all()
        queued = session.exec(select(Publication).where(Publication.post_id == post.id)).all()
        kept = session.exec(select(Asset.sha256)).all()
    assert (post.state, post.author, post.topic, post.evergreen, queued) == (Editorial.DRAFT, LAN, "a", False, [])
    assert sorted(use.role for use in uses) == ["cover", "image"] and {use.sha256 for use in uses} <= set(kept)
    assert all("Số liệu chốt lúc" in use.alt and use.drawn and use.drawn["spec"]["template"] for use in uses)
    assert "Số liệu chốt lúc" in post.body and post.platforms == ["facebook", "zalo"]


def test_the_draft_is_not_meant_for_a_channel_that_takes_no_picture(week: Desk) -> None:
    week.channel("youtube", key="kenh")
    week.clock.set(week.clock.now() + HOUR)
    closed(week)
    week.visit(week.lan).post(f"{WEEK}/bai")
    with reading(week.engine) as session:
        [post] = session.exec(select(Post).where(col(Post.key).startswith("tong-hop-"))).all()
    assert post.platforms == ["facebook", "zalo"]


def test_the_same_cutoff_is_the_same_draft_and_a_later_one_another(week: Desk) -> None:
    visitor = week.visit(week.lan)
    first = visitor.post(f"{WEEK}/bai").url
    again = visitor.post(f"{WEEK}/bai")
    assert again.url.partition("?")[0] == first.partition("?")[0] and "đã được tạo trước đó" in again.text
    week.clock.set(week.clock.now() + HOUR)
    closed(week)
    assert visitor.post(f"{WEEK}/bai").url.partition("?")[0] != first.partition("?")[0]


def test_a_week_without_figures_makes_no_picture_and_says_why(desk: Desk) -> None:
    desk.channel("facebook", key="fanpage")
    make_weekly(desk.engine, "2026-W47", NOW, desk.house.summaries_dir)
    answer = desk.visit(desk.lan).post(f"{WEEK}/bai")
    assert "chưa có số liệu nào để vẽ hình" in answer.text
    with reading(desk.engine) as session:
        assert session.exec(select(Post)).all() == []


# In a browser --------------------------------------------------------------------------------------------


def test_every_form_of_the_page_leads_somewhere(week: Desk) -> None:
    visitor = week.visit(week.lan)
    visitor.post(f"{WEEK}/gui")
    assert week.house.summary_mail is not None
    week.house.summary_mail.run()
    week.clock.set(week.clock.now() + HOUR)
    visitor.post(f"{WEEK}/lap-lai")
    actions: set[str] = set()
    for row in summaries(week):
        text = visitor.get(f"{WEEK}?ban={row.id}").text
        actions |= set(re.findall(r'<form method="post" action="(/so-lieu[^"]*)"', text))
        links = re.findall(r'href="([^"]*summary[^"]*)"', text)
        assert len(links) == 6 and all(visitor.get(html.unescape(one)).status_code == 200 for one in links)
        assert "Macro" not in text
    assert actions == {f"{WEEK}/{verb}" for verb in ("tom-tat", "gui", "gui-lai", "bai", "lap-lai")}


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_a_week(week: Desk, browser: Browser, width: int) -> None:
    visitor = week.visit(week.lan)
    visitor.post(f"{WEEK}/gui")
    week.clock.set(week.clock.now() + HOUR)
    visitor.post(f"{WEEK}/lap-lai")
    old, new = summaries(week)
    with window(browser, week, week.lan, width) as page:
        for address in (f"{WEEK}?ban={old.id}", f"{WEEK}?ban={new.id}", "/so-lieu/tuan"):
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert violations(page) == [], address
