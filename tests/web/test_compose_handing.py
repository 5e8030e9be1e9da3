"""Who may write, and handing a post on: submitted, proposed, given its times."""

import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlmodel import select

from content.tables import Editorial, Post, PostAsset, Review
from scheduler.db import reading, writing
from scheduler.tables import Publication
from tests.conftest import LAN, MINH, NOW
from tests.web.desk import Desk, Visitor, counted
from tests.web.writing import (
    GOOD,
    acts,
    begin,
    copies,
    draft,
    hidden,
    post_of,
    posts,
    queued,
    ready,
    sent,
    stored,
)


def test_who_may_not_write_posts_comes_no_further_than_the_door(desk: Desk) -> None:
    post = draft(desk)
    for staff in (desk.charlie, desk.minh, desk.quang, desk.son):
        visitor = desk.visit(staff)
        assert visitor.get("/soan").status_code == 403 == visitor.post("/soan/moi").status_code
        assert visitor.get(f"/soan/{post.key}", allow_redirects=False).headers["Location"] == f"/bai/{post.key}"
        for verb in ("", "/tu-luu", "/them-tu-lieu", "/trinh-duyet", "/de-xuat", "/len-lich"):
            status = visitor.post(f"/soan/{post.key}{verb}", sent(desk, post, body="Lời lạ.")).status_code
            assert status == 403, (staff.login, verb, status)
        assert visitor.post("/soan/~0123456789ab", GOOD).status_code == 403
    assert post_of(desk, post.key).body == post.body and copies(desk) == [] and posts(desk) == 1


def test_a_contributor_writes_for_their_own_agency_and_no_other(desk: Desk) -> None:
    tu = desk.visit(desk.tu)
    key = tu.post(f"/soan/{begin(tu)}", GOOD).url.rpartition("/")[2]
    assert (post_of(desk, key).agency, post_of(desk, key).author) == ("snv", "Tú")
    assert tu.post(f"/soan/{begin(tu)}", {**GOOD, "agency": "stp"}).status_code == 403
    assert tu.post(f"/soan/{key}", sent(desk, post_of(desk, key), agency="stp")).status_code == 403
    assert post_of(desk, key).agency == "snv" and posts(desk) == 1


def test_a_contributor_sees_and_changes_nothing_of_others(desk: Desk) -> None:
    post = draft(desk, agency="stp", author=LAN)
    tu = desk.visit(desk.tu)
    assert tu.get(f"/soan/{post.key}").status_code == 404
    for verb in ("", "/tu-luu", "/de-xuat", "/them-tu-lieu"):
        assert tu.post(f"/soan/{post.key}{verb}", sent(desk, post, body="Lời lạ.")).status_code == 404
    assert tu.post("/soan/moi", {"bai": post.key}).status_code == 404
    assert (
        tu.post(f"/soan/{post.key}/trinh-duyet").status_code == 403 == tu.post(f"/soan/{post.key}/len-lich").status_code
    )


@pytest.mark.parametrize("state", [Editorial.SUBMITTED, Editorial.APPROVED])
def test_a_contributor_does_not_end_an_approval(desk: Desk, state: Editorial) -> None:
    post = desk.post(state=state, agency="snv", platforms=["facebook"])
    tu = desk.visit(desk.tu)
    assert tu.post(f"/soan/{post.key}", sent(desk, post, body="Lời mới.")).status_code == 403
    assert post_of(desk, post.key).state == state


# Handing on ------------------------------------------------------------------------------------------


def test_submitting_saves_what_is_in_the_form_and_puts_exactly_that_before_the_approver(both: Desk) -> None:
    lan = both.visit(both.lan)
    answer = lan.post(f"/soan/{begin(lan)}/trinh-duyet", GOOD)
    key = answer.url.rpartition("/")[2]
    assert "Đã trình duyệt bài" in answer.text
    assert post_of(both, key).state == Editorial.SUBMITTED and acts(both, key) == [("created", LAN), ("submitted", LAN)]
    again = lan.post(f"/soan/{key}/trinh-duyet", sent(both, post_of(both, key)))
    assert "đang chờ duyệt" in again.text and len(acts(both, key)) == 2


def test_what_must_be_mended_is_told_beside_the_fields_and_the_words_are_saved(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    answer = lan.post(f"/soan/{begin(lan)}/trinh-duyet", {**GOOD, "source": "", "audiences": []})
    assert answer.status_code == 422 and "Chưa trình duyệt được" in answer.text
    assert 'id="s-source"' in answer.text and 'id="s-audiences"' in answer.text and "Phải sửa" in answer.text
    assert "Đã xem và chấp nhận" not in answer.text and posts(desk) == 1


def asked(desk: Desk, lan: Visitor) -> tuple[str, requests.Response, dict[str, Any]]:
    """A post with two groups of warnings that was to be submitted: its key, the page, what a form sends."""
    answer = lan.post(f"/soan/{begin(lan)}/trinh-duyet", {**GOOD, "title": "N" * 95, "legal_refs": ["61/2018/NĐ-CP"]})
    assert answer.status_code == 422 and "Đã xem và chấp nhận" in answer.text
    with reading(desk.engine) as session:
        key = session.exec(select(Post.key)).one()
    groups = re.findall(r'name="nhom" value="([^"]+)"', answer.text)
    assert set(groups) >= {"title", "legal_refs"}
    return key, answer, {**sent(desk, post_of(desk, key)), "nhom": groups, "dau": hidden(answer.text, "dau")}


def test_warnings_are_accepted_group_by_group_and_the_history_says_which(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    key, _, data = asked(desk, lan)
    assert lan.post(f"/soan/{key}/trinh-duyet", {**data, "chap_nhan": data["nhom"][:-1]}).status_code == 422
    assert lan.post(f"/soan/{key}/trinh-duyet", {**data, "chap_nhan": data["nhom"], "dau": "0" * 32}).status_code == 422
    assert post_of(desk, key).state == Editorial.DRAFT
    lan.post(f"/soan/{key}/trinh-duyet", {**data, "chap_nhan": data["nhom"]})
    assert post_of(desk, key).state == Editorial.SUBMITTED
    with reading(desk.engine) as session:
        reason = session.exec(select(Review.reason).where(Review.action == "submitted")).one()
    assert reason.startswith("Chấp nhận cảnh báo") and "61/2018/NĐ-CP" in reason


def test_a_warning_that_was_not_shown_is_not_accepted(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    key, _, data = asked(desk, lan)
    changed = {**data, "chap_nhan": data["nhom"], "title": "M" * 120}
    assert lan.post(f"/soan/{key}/trinh-duyet", changed).status_code == 422
    assert post_of(desk, key).state == Editorial.DRAFT


def test_nobody_submits_words_they_did_not_see(desk: Desk) -> None:
    post = draft(desk)
    lan = desk.visit(desk.lan)
    assert "vừa được người khác thay đổi" in lan.post(f"/soan/{post.key}/trinh-duyet", {"seen": "0" * 64}).text
    assert post_of(desk, post.key).state == Editorial.DRAFT


def test_a_contributor_proposes_once_and_editors_find_it(both: Desk) -> None:
    tu, lan = both.visit(both.tu), both.visit(both.lan)
    assert "Gửi đề xuất" in tu.get(f"/soan/{begin(tu)}").text
    answer = tu.post(f"/soan/{begin(tu)}/de-xuat", GOOD)
    key = answer.url.rpartition("/")[2]
    assert "Đã gửi đề xuất" in answer.text and "Cộng tác viên đề xuất" in lan.get("/soan").text
    tu.post(f"/soan/{key}/de-xuat", sent(both, post_of(both, key)))
    assert acts(both, key) == [("created", "Tú"), ("proposed", "Tú")]
    assert post_of(both, key).state == Editorial.DRAFT


def test_the_door_shows_what_came_back_with_its_reason(desk: Desk) -> None:
    post = draft(desk, title="Bài của Lan", author=LAN)
    with writing(desk.engine) as session:
        session.get_one(Post, post.id).state = Editorial.RETURNED
        session.add(
            Review(post_id=post.id or 0, at=NOW, action="returned", actor=MINH, reason="Thiếu ngày.", content_hash="")
        )
    page = desk.visit(desk.lan).get("/soan").text
    assert "Bài của Lan" in page and "Lý do trả lại: Thiếu ngày." in page
    assert "Minh trả lại lúc 08:00" in desk.visit(desk.lan).get(f"/soan/{post.key}").text


def test_a_new_post_may_begin_with_the_words_of_another(desk: Desk) -> None:
    post = draft(desk, title="Mẫu bài", body="Lời mẫu.")
    lan = desk.visit(desk.lan)
    answer = lan.post("/soan/moi", {"bai": post.key})
    assert "Lời mẫu." in answer.text and "/soan/~" in answer.url and posts(desk) == 1


# The schedule ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "hours"),
    [
        ({"cach": "khung"}, [3.5]),
        ({"cach": "gio", "ngay": "2026-11-24", "gio": "07:30"}, [23.5]),
        ({"cach": "nhieu", "so_ngay": "3"}, [3.5, 27.5, 51.5]),
    ],
)
def test_a_post_gets_its_times_once(desk: Desk, how: dict[str, str], hours: list[float]) -> None:
    post, lan, panel = ready(desk)
    page = lan.post(f"/soan/{post.key}/len-lich", {**panel, **how})
    assert "Đã lên lịch" in page.text and f'href="/muc/{queued(desk)[0].id}"' in page.text
    assert [one.due_at for one in queued(desk)] == [NOW + timedelta(hours=one) for one in hours]
    again = lan.post(f"/soan/{post.key}/len-lich", {**panel, **how})
    assert "Hàng chờ của bài vừa thay đổi" in again.text and len(queued(desk)) == len(hours)


@pytest.mark.parametrize(
    "changes",
    [
        {"kenh": []}, {"kenh": ["la"]}, {"cach": "x"}, {"cach": "gio", "ngay": "2020-01-01", "gio": "07:30"},
        {"cach": "gio", "ngay": "", "gio": "25:99"}, {"cach": "nhieu", "so_ngay": "999"}, {"hang_cho": ""},
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_told_and_nothing_is_queued(desk: Desk, changes: dict[str, Any]) -> None:
    post, lan, panel = ready(desk)
    page = lan.post(f"/soan/{post.key}/len-lich", {"cach": "khung", **panel, **changes})
    assert page.status_code == 200 and re.search('class="flash (bad|warn)"', page.text) and queued(desk) == []


def test_a_post_that_is_not_approved_may_hold_a_place(desk: Desk) -> None:
    post, lan, panel = ready(desk)
    lan.post(f"/soan/{post.key}", sent(desk, post, body="Lời mới."))
    assert "Đã lên lịch" in lan.post(f"/soan/{post.key}/len-lich", {**panel, "cach": "khung"}).text
    assert [one.state for one in queued(desk)] == ["held"]


# The page --------------------------------------------------------------------------------------------


def test_a_page_asks_the_database_no_more_however_much_a_post_has(desk: Desk) -> None:
    post, lan, _ = ready(desk)
    with counted(desk.engine) as few:
        lan.get(f"/soan/{post.key}")
    hashes = stored(desk, *"abcdef")
    with writing(desk.engine) as session:
        session.add_all(
            PostAsset(post_id=post.id or 0, sha256=one, role="image", position=n) for n, one in enumerate(hashes)
        )
        for n in range(20):
            session.add(Review(post_id=post.id or 0, at=NOW, action="changed", actor=LAN, content_hash=""))
            session.add(
                Publication(
                    post_id=post.id or 0, channel_id=1, due_at=NOW + timedelta(days=n), saved={}, created_at=NOW
                )
            )
    with counted(desk.engine) as many:
        assert lan.get(f"/soan/{post.key}").status_code == 200
    assert len(many) <= len(few) + 1 and len(many) < 32, many


def test_the_door_asks_the_database_no_more_however_much_waits(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    for n in range(15):
        draft(desk, author=LAN if n % 2 else "")
    with counted(desk.engine) as found:
        assert lan.get("/soan").status_code == 200
    assert len(found) <= 8, found
