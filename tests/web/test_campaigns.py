"""The campaigns' pages: what they show, who changes what, who may not, what they cost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from content.campaigns import find_campaign, posts_of
from content.tables import Campaign, Post
from reports.campaigns import summarise
from reports.render import campaign_documents
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.campaign_case import FIELDS, HERE, KEY, TITLES, furnished
from tests.web.desk import Desk, counted
from web.rooms.campaigns.one import FILES
from web.tables import DeskAct, Staff

FORM = {
    "name": "Tuần lễ dịch vụ công", "first": "2026-12-01", "last": "2026-12-15", "purpose": "Nộp hồ sơ tại nhà.",
    "channels": ["fanpage"], "total": "10", "diem-đ": "6", "kenh-fanpage": "10",
}  # fmt: skip
NEW = "/chien-dich/tao_moi"


@pytest.fixture
def full(desk: Desk) -> Desk:
    return furnished(desk)


def look(desk: Desk, path: str, who: Staff | None = None) -> str:
    answer = desk.visit(who or desk.lan).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def standing(desk: Desk, key: str = KEY) -> Campaign:
    with reading(desk.engine) as session:
        return find_campaign(session, key)


def members(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        return sorted(session.exec(select(Post.key).where(Post.id.in_(posts_of(KEY)))))  # type: ignore[union-attr]  # a column


def edited(desk: Desk, **changes: Any) -> dict[str, Any]:
    """The form of the campaign as it stands, with changes."""
    row = standing(desk)
    return {
        "seen": str(row.version), "name": row.name, "first": row.first.isoformat(), "last": row.last.isoformat(),
        "purpose": row.purpose, "channels": row.channels, "total": "20", "diem-l": "12", "diem-k": "5",
        "kenh-fanpage": "14", **changes,
    }  # fmt: skip


# What is shown ---------------------------------------------------------------------------------------------


def test_the_list_shows_what_runs_and_how_far_it_is_in_words(full: Desk) -> None:
    text = look(full, "/chien-dich")
    assert "6/20 bài (30,0%)" in text and "Chậm 3 bài so với tiến độ" in text and "12/11/2026 – 06/12/2026" in text
    assert "Ngày Chuyển đổi số" not in text, "what is over stands behind its own tab"
    assert "Đã kết thúc (2)" in text and "Tất cả (4)" in text
    assert "Còn thiếu 8 bài" in look(full, "/chien-dich?loc=da-xong")


def test_nothing_in_an_address_breaks_the_list(full: Desk) -> None:
    for query in ("loc=x", "loc=%00", "trang=0", "trang=-1", "trang=999999", "trang=abc", "loc=" + "a" * 3000):
        assert full.visit(full.lan).get(f"/chien-dich?{query}").status_code == 200


def test_without_a_campaign_the_page_says_what_one_is_and_how_to_begin(desk: Desk) -> None:
    assert "Tạo chiến dịch đầu tiên" in look(desk, "/chien-dich")
    viewer = look(desk, "/chien-dich", desk.charlie)
    assert NEW not in viewer and "Biên tập viên tạo chiến dịch" in viewer


def test_one_campaign_tells_topics_channels_posts_and_what_is_missing(full: Desk) -> None:
    text = look(full, HERE)
    assert "Nội dung còn thiếu, chưa có lịch đăng: điểm k 4 bài, điểm l 5 bài." in text
    assert "Zalo OA 1.240 lượt xem, chưa có số liệu tương tác" in text
    assert text.count("Chưa đăng, chưa có lịch") == 1 and "08:00 ngày 24/11/2026" in text
    assert 'href="/bai/bai-cd-0"' in text and 'name="bai" value="bai-cd-0"' in text
    viewer = look(full, HERE, full.charlie)
    assert "bo-bai" not in viewer.replace('action="/chien-dich/' + KEY + '/bo-bai"', "")
    assert 'type="checkbox"' not in viewer and "/sua" not in viewer


def test_the_summary_can_be_taken_along_as_three_files_that_say_the_same(full: Desk) -> None:
    with reading(full.engine) as session:
        assert set(campaign_documents(summarise(session, standing(full), NOW))) == set(FILES)
    for name in FILES:
        answer = full.visit(full.charlie).get(f"{HERE}/tai/{name}")
        assert answer.status_code == 200 and "6/20 bài (30,0%)" in answer.content.decode()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="chien-dich-{KEY}-{name}"'
    for name in ("x.html", "..%2fcchc.key", "summary.exe"):
        assert full.visit(full.lan).get(f"{HERE}/tai/{name}").status_code == 404


def test_what_is_not_there_is_not_found(full: Desk) -> None:
    visitor = full.visit(full.lan)
    for key in ("khong-co", "a%00b", "..%2f..", "Ủy-ban", "a" * 400):
        for rest in ("", "/sua", "/them-bai", "/tai/summary.html"):
            assert visitor.get(f"/chien-dich/{key}{rest}").status_code == 404
        for verb in ("sua", "them-bai", "bo-bai", "ket-thuc", "mo-lai"):
            assert visitor.post(f"/chien-dich/{key}/{verb}", {"bai": "bai-cd-0"}).status_code == 404


# Writing ---------------------------------------------------------------------------------------------------


def test_a_new_campaign_is_kept_and_a_second_click_leads_to_the_same(both: Desk) -> None:
    both.channel("facebook", key="fanpage", name="Cải cách hành chính Huế")
    visitor = both.visit(both.lan)
    for _ in range(2):
        answer = visitor.post(NEW, FORM)
        assert answer.url.endswith("/chien-dich/tuan-le-dich-vu-cong") and "Đã tạo chiến dịch" in answer.text
    row = standing(both, "tuan-le-dich-vu-cong")
    assert row.targets == {"total": 10, "topics": {"đ": 6}, "channels": {"fanpage": 10}}
    with reading(both.engine) as session:
        assert len(session.exec(select(Campaign)).all()) == 1
        assert [one.words for one in session.exec(select(DeskAct).where(DeskAct.act == "campaign"))] == [
            "Tạo chiến dịch"
        ]
    assert "sửa chiến dịch" in look(both, "/nhat-ky")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Hãy điền “Tên chiến dịch”"),
        ({"last": "2026-11-01"}, "kết thúc trước khi bắt đầu (01/11/2026 trước 01/12/2026)"),
        ({"last": "2029-01-01"}, "dài quá hai năm"),
        ({"first": "hôm qua"}, "phải là một ngày"),
        ({"first": ""}, "Hãy chọn “Từ ngày”"),
        ({"total": "-3"}, "phải là số nguyên từ 0"),
        ({"diem-đ": "mười"}, "phải là số nguyên từ 0"),
        ({"total": "3"}, "lớn hơn chỉ tiêu chung 3"),
        ({"channels": ["khong-co"]}, "Hãy chọn “Kênh” trong danh sách"),
        ({"kenh-oa": "1"}, "không thuộc chiến dịch"),
        ({"purpose": "a" * 2_001}, "tối đa 2000 ký tự"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    full: Desk, changes: dict[str, Any], words: str
) -> None:
    answer = full.visit(full.lan).post(NEW, {**FORM, **changes})
    assert answer.status_code == 422 and words in answer.text and 'role="alert"' in answer.text
    assert ('value="Tuần lễ dịch vụ công"' in answer.text) == ("name" not in changes)


def test_a_name_with_script_in_it_is_only_a_name(full: Desk) -> None:
    text = full.visit(full.lan).post(NEW, {**FORM, "name": "<script>alert(1)</script> & “a”"}).text
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_change_tells_the_history_what_it_changed(full: Desk) -> None:
    answer = full.visit(full.lan).post(f"{HERE}/sua", edited(full, last="2026-12-09", total="25"))
    assert answer.url.endswith(HERE) and "Đã lưu chiến dịch" in answer.text
    with reading(full.engine) as session:
        [act] = session.exec(select(DeskAct).where(DeskAct.act == "campaign"))
    assert act.words == "Đến ngày: “06/12/2026” → “09/12/2026”; Chỉ tiêu chung: “20” → “25”"


def test_who_saw_an_older_version_is_shown_both_and_may_then_decide(full: Desk) -> None:
    mine = edited(full, name="Tên của tôi")
    full.visit(full.person("hoa", "Hoa", *[])).post(f"{HERE}/sua", mine)  # may not: changes nothing
    with writing(full.engine) as session:
        row = find_campaign(session, KEY)
        row.name, row.version, row.updated_by = "Tên của Hoa", 2, "Hoa"
    refused = full.visit(full.lan).post(f"{HERE}/sua", mine)
    assert refused.status_code == 409 and "Hoa đã sửa mục này" in refused.text
    assert "Tên của Hoa" in refused.text and 'value="Tên của tôi"' in refused.text
    assert standing(full).name == "Tên của Hoa"
    [seen] = re.findall(r'name="seen" value="(\d+)"', refused.text)
    full.visit(full.lan).post(f"{HERE}/sua", {**mine, "seen": seen})
    assert standing(full).name == "Tên của tôi"


def test_a_forged_version_is_refused_and_no_error_of_the_server(full: Desk) -> None:
    for seen in ("", "x", "-1", "9" * 30, "2"):
        answer = full.visit(full.lan).post(f"{HERE}/sua", {**edited(full, name="Khác"), "seen": seen})
        assert answer.status_code in (409, 422)
    assert standing(full).name == FIELDS.name


def test_a_campaign_is_ended_and_reopened_and_an_ended_one_is_not_changed(full: Desk) -> None:
    visitor = full.visit(full.lan)
    assert "đã kết thúc" in visitor.post(f"{HERE}/ket-thuc").text
    assert standing(full).ended_by == "Lan"
    for verb, data in (
        ("sua", edited(full, name="X")),
        ("them-bai", {"bai": "bai-1"}),
        ("bo-bai", {"bai": "bai-cd-0"}),
    ):
        assert "hãy mở lại trước khi sửa" in visitor.post(f"{HERE}/{verb}", data).text
    assert len(members(full)) == 6 and standing(full).name == FIELDS.name
    assert "Đã mở lại" in visitor.post(f"{HERE}/mo-lai").text and standing(full).ended_at is None


# Posts -----------------------------------------------------------------------------------------------------


def test_posts_are_found_without_marks_and_put_in_many_at_once(full: Desk) -> None:
    for n in range(3):
        full.post(key=f"moi-{n}", title=f"Mẹo an toàn số {n}", topic="k")
    visitor = full.visit(full.lan)
    text = visitor.get(f"{HERE}/them-bai?tim=meo+an+toan").text
    assert text.count('name="bai"') == 3 and "3 bài chưa có trong chiến dịch" in text
    assert "bai-cd-0" not in visitor.get(f"{HERE}/them-bai").text, "what it has is not offered"
    answer = visitor.post(f"{HERE}/them-bai", {"bai": ["moi-0", "moi-2"]})
    assert "Đã thêm 2 bài vào chiến dịch" in answer.text
    assert [key for key in members(full) if key.startswith("moi")] == ["moi-0", "moi-2"]
    assert "Đã thêm 0 bài" in visitor.post(f"{HERE}/them-bai", {"bai": "moi-0"}).text


def test_posts_are_taken_out_and_what_is_queued_of_them_stays(full: Desk) -> None:
    answer = full.visit(full.lan).post(f"{HERE}/bo-bai", {"bai": ["bai-cd-0", "bai-cd-4"]})
    assert "Đã bỏ 2 bài" in answer.text and members(full) == ["bai-cd-1", "bai-cd-2", "bai-cd-3", "bai-cd-5"]
    assert "08:00 ngày 24/11/2026" in look(full, "/bai/bai-cd-4")


def test_nothing_ticked_and_forged_keys_are_told_and_change_nothing(full: Desk) -> None:
    for data in ({}, {"bai": "khong-co"}, {"bai": ["bai-cd-0", "' OR 1=1"]}, {"bai": "a" * 5_000}):
        for verb in ("them-bai", "bo-bai"):
            answer = full.visit(full.lan).post(f"{HERE}/{verb}", data)
            assert answer.status_code == 200 and 'class="flash bad"' in answer.text
    assert len(members(full)) == 6


def test_nothing_in_the_search_breaks_it(full: Desk) -> None:
    for query in ("tim=%00%22%27*", "noi_dung=zz", "trang_thai=x", "trang=99999", "trang=-1", "tim=" + "a" * 4000):
        assert full.visit(full.lan).get(f"{HERE}/them-bai?{query}").status_code == 200


# Elsewhere -------------------------------------------------------------------------------------------------


def test_a_post_says_which_campaigns_it_belongs_to(full: Desk) -> None:
    for path in ("/bai/bai-cd-0", "/soan/bai-cd-0"):
        text = look(full, path)
        assert f'href="{HERE}"' in text and "dot-gioi-thieu-mot-cua" in text
    assert HERE not in look(full, "/bai/bai-cd-0", full.charlie).replace(f'href="{HERE}"', "", 1)


def test_calendar_library_and_figures_can_be_narrowed_to_a_campaign(full: Desk) -> None:
    full.post(title="Bài ngoài chiến dịch", topic="d")
    other = full.post(title="Bài ngoài đã có lịch")
    full.publication(post_id=other.id, channel_id=1, due_at=NOW)
    library = look(full, f"/thu-vien?chien_dich={KEY}&xem=danh-sach")
    assert "6 bài" in library and "Bài ngoài" not in library
    csv = full.visit(full.lan).get(f"/thu-vien/xuat?chien_dich={KEY}&dang=csv").content.decode()
    assert "Camera" in csv and "Bài ngoài" not in csv
    calendar = look(full, f"/lich?thang=2026-11&xem=danh-sach&chien_dich={KEY}")
    assert "Năm thói quen" in calendar and "Bài ngoài" not in calendar
    assert "không còn trong danh sách" in look(full, "/lich?chien_dich=khong-co")
    figures = look(full, f"/so-lieu/bai?chien_dich={KEY}")
    assert figures.count('href="/bai/bai-cd-') >= 6 or "Mùa mưa lũ" in figures
    assert "chien_dich=" + KEY in look(full, f"/so-lieu?chien_dich={KEY}")
    for path in ("/so-lieu", "/thu-vien", "/lich"):
        for value in ("khong-co", "%00", "' OR 1=1", "a" * 3000):
            assert full.visit(full.lan).get(f"{path}?chien_dich={value}").status_code == 200


def test_figures_asked_for_with_a_campaign_alone_say_what_they_are_of(full: Desk) -> None:
    text = look(full, f"/so-lieu?chien_dich={KEY}")
    for chosen in (
        '<option value="thang-nay" selected>',
        '<option value="*" selected>',
        f'<option value="{KEY}" selected>',
    ):
        assert chosen in text


def test_figures_of_a_campaign_change_when_its_posts_do(full: Desk) -> None:
    def told() -> int:
        return look(full, f"/so-lieu/bai?chien_dich={KEY}").count("<tr")

    before = told()
    full.visit(full.lan).post(f"{HERE}/bo-bai", {"bai": "bai-cd-3"})
    assert told() == before - 2


# Who may, and what it costs --------------------------------------------------------------------------------


def test_only_who_edits_changes_and_only_who_reads_sees(full: Desk) -> None:
    verbs = {
        NEW: FORM,
        **{f"{HERE}/{verb}": {"bai": "bai-cd-0"} for verb in ("them-bai", "bo-bai", "ket-thuc", "mo-lai")},
    }
    verbs[f"{HERE}/sua"] = edited(full, name="Của người khác")
    for someone in (full.charlie, full.minh, full.ha, full.quang, full.son, full.tu):
        visitor = full.visit(someone)
        assert [visitor.post(path, data).status_code for path, data in verbs.items()] == [403] * len(verbs)
        forms = (NEW, f"{HERE}/sua", f"{HERE}/them-bai")
        assert [visitor.get(path).status_code for path in forms] == [403] * len(forms)
        sees = 403 if someone is full.tu else 200
        seen = ("/chien-dich", HERE, f"{HERE}/tai/summary.txt")
        assert [visitor.get(path).status_code for path in seen] == [sees] * len(seen)
    assert standing(full).name == FIELDS.name and len(members(full)) == 6


def test_a_change_without_our_token_is_refused(full: Desk) -> None:
    assert full.visit(full.lan).post(f"{HERE}/ket-thuc", {"csrf": "x"}).status_code == 403
    assert standing(full).ended_at is None


def test_more_campaigns_and_posts_cost_no_more_statements(full: Desk) -> None:
    visitor = full.visit(full.lan)
    paths = ("/chien-dich?loc=tat-ca", HERE, f"{HERE}/them-bai", "/bai/bai-cd-0")

    def cost() -> list[int]:
        found = []
        for path in paths:
            with counted(full.engine) as statements:
                assert visitor.get(path).status_code == 200
            found.append(len(statements))
        return found

    before = cost()
    keys = [full.post(title=f"Bài thêm {n}", topic="l").key for n in range(30)]
    visitor.post(f"{HERE}/them-bai", {"bai": keys})
    for n in range(9):
        visitor.post(NEW, {**FORM, "name": f"Đợt {n}"})
    visitor.get("/")  # shows the sentences that wait
    assert cost() == before


def test_every_page_is_usable_by_everybody_at_every_width(full: Desk, browser: Browser) -> None:
    for n, (title, topic) in enumerate(TITLES):
        full.post(key=f"khac-{n}", title=title, topic=topic, state="draft" if n % 2 else "approved")
    for width in WIDTHS:
        with window(browser, full, full.lan, width) as page:
            for path in (
                "/chien-dich?loc=tat-ca",
                HERE,
                NEW,
                f"{HERE}/sua",
                f"{HERE}/them-bai",
                f"{HERE}/them-bai?tim=x",
            ):
                page.goto(path)
                assert violations(page) == [], (path, width)
            page.goto(HERE)
            assert page.get_by_role("link", name="Thêm bài").first.is_visible()


def test_posts_are_added_by_keyboard_alone(full: Desk, browser: Browser) -> None:
    full.post(key="moi-x", title="Mẹo an toàn", topic="k")
    with window(browser, full, full.lan, java_script_enabled=False) as page:
        page.goto(f"{HERE}/them-bai")
        page.get_by_label("Mẹo an toàn").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Thêm các bài đã chọn").press("Enter")
        expect(page.get_by_text("Đã thêm 1 bài vào chiến dịch.")).to_be_visible()
    assert "moi-x" in members(full)
