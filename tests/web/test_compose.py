"""The composer: what is written is kept, saved once, never over somebody else's words, and handed on."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, func, select

from content.editing import PostFields, fields_of
from content.plan import active_plan
from content.tables import Asset, Editorial, Post, PostAsset, PostRevision, Review
from scheduler.db import reading, writing
from scheduler.tables import Publication, Slot
from tests.conftest import LAN, MINH, NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from web.forms import Form
from web.rooms.compose.conflict import marked
from web.rooms.compose.fields import read_fields, start_of
from web.tables import WorkCopy

TITLE = "Nộp hồ sơ trực tuyến tại nhà: năm bước, không phải chờ đợi ở bộ phận một cửa"
BODY = "Bà con nộp hồ sơ tại nhà trong năm bước.\n\nNguồn: Cổng Thông tin điện tử."
GOOD: dict[str, Any] = {
    "title": TITLE,
    "body": BODY,
    "topic": "đ",
    "form": "van_ban",
    "audiences": ["nguoi_dan"],
    "source": "Cổng Thông tin điện tử",
    "hashtags": "CCHC MotCua",
    "platforms": ["facebook"],
    "evergreen": "1",
    "late_rule": "expire",
    "late_minutes": "180",
}


def post_of(desk: Desk, key: str) -> Post:
    with reading(desk.engine) as session:
        return session.exec(select(Post).where(Post.key == key)).one()


def posts(desk: Desk) -> int:
    with reading(desk.engine) as session:
        return session.exec(select(func.count()).select_from(Post)).one()


def copies(desk: Desk) -> list[WorkCopy]:
    with reading(desk.engine) as session:
        return list(session.exec(select(WorkCopy).order_by(col(WorkCopy.id))))


def acts(desk: Desk, key: str) -> list[tuple[str, str]]:
    with reading(desk.engine) as session:
        rows = select(Review).where(Review.post_id == post_of(desk, key).id).order_by(col(Review.id))
        return [(one.action, one.actor) for one in session.exec(rows)]


def draft(desk: Desk, **facts: Any) -> Post:
    return desk.post(state=Editorial.DRAFT, platforms=["facebook"], **facts)


def begin(visitor: Visitor) -> str:
    """The key of a new post's copy."""
    answer = visitor.post("/soan/moi", allow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["Location"].removeprefix("/soan/")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def sent(desk: Desk, post: Post, **changes: Any) -> dict[str, Any]:
    """What the form of this post sends, with these fields changed."""
    with reading(desk.engine) as session:
        row = session.get_one(Post, post.id)
        start = start_of(fields_of(session, row))
    plain = {name: value for name, value in start.items() if value not in ("", None, (), [])}
    return {**plain, "seen": row.content_hash, **changes}


def keep(visitor: Visitor, key: str, data: dict[str, Any]) -> requests.Response:
    return visitor.post(f"/soan/{key}/tu-luu", data, headers={"Accept": "application/json"})


# The form ----------------------------------------------------------------------------------------------


def test_the_form_of_a_post_sends_back_the_same_post(desk: Desk) -> None:
    """Opening a post and saving it changes nothing, whatever its file had in it."""
    fields = PostFields(
        title="Giấy\u00a0hẹn  trả", body="Một.\n\n  Hai. ", topic="d", form="video", audiences=("nguoi_dan",),
        source="Số\u00a0481/KH-UBND", legal_refs=("118/2025/NĐ-CP", "Luật  số 5"), hashtags=("#CCHC",),
        platforms=("facebook", "zalo"), sensitive=True, evergreen=False, agency="cu",
        variants={"zalo": {"summary": "Ba điều.\n", "options": {"comment": "show"}}, "facebook": {"options": {"reel": False}}},
    )  # fmt: skip
    form = Form(**start_of(fields))
    with reading(desk.engine) as session:
        plan = active_plan(session)
    assert read_fields(form, plan, before=fields) == fields and not form.errors


def test_only_options_that_the_platform_declares_come_in(desk: Desk) -> None:
    data = {
        **GOOD,
        "v.facebook.o.reel": "1",
        "v.facebook.o.admin": "1",
        "v.facebook.o.comment": "hide",
        "v.tiktok.text": "x",
    }
    lan = desk.visit(desk.lan)
    key = lan.post(f"/soan/{begin(lan)}", data).url.rpartition("/")[2]
    assert post_of(desk, key).variants == {"facebook": {"options": {"reel": True}}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"body": "x" * 70_001}, "body"),
        ({"topic": "z"}, "topic"),
        ({"form": "tho"}, "form"),
        ({"audiences": ["nguoi_la"]}, "audiences"),
        ({"platforms": ["tiktok"]}, "platforms"),
        ({"agency": "mat"}, "agency"),
        ({"valid_to": "31/02/2026"}, "valid_to"),
        ({"late_minutes": "-1"}, "late_minutes"),
        ({"late_rule": "x"}, "late_rule"),
        ({"a.0.sha256": "0" * 64, "a.0.role": "image"}, "assets"),
        ({"a.0.sha256": "<script>", "a.0.role": "image"}, "assets"),
        ({"a.0.sha256": "0" * 64, "a.0.role": "banner"}, "a.0.role"),
        ({"v.facebook.text": "x" * 70_001}, "v.facebook.text"),
        ({"v.facebook.o.reel": "có lẽ"}, "v.facebook.o.reel"),
        ({"legal_refs": [f"{n}/2025/NĐ-CP" for n in range(41)]}, "legal_refs"),
        ({"hashtags": " ".join(f"T{n}" for n in range(41))}, "hashtags"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_that_was_written_is_gone(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    lan = desk.visit(desk.lan)
    answer = lan.post(f"/soan/{begin(lan)}", {**GOOD, **changes})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text and "Bà con nộp hồ sơ tại nhà" in answer.text
    assert posts(desk) == 0


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\x00\x01", "🎉" * 1000, "x" * 70_000, "{{ 7 * 7 }}", "a\u0300" * 999]
)
def test_any_text_is_saved_as_it_is_and_shown_as_text(both: Desk, text: str) -> None:
    lan = both.visit(both.lan)
    answer = lan.post(f"/soan/{begin(lan)}", {**GOOD, "body": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    key = answer.url.rpartition("/")[2]
    assert post_of(both, key).body == unicodedata.normalize("NFC", text.replace("\x00", ""))


def test_decomposed_text_is_kept_composed(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    apart = {
        name: unicodedata.normalize("NFD", value) if isinstance(value, str) else value for name, value in GOOD.items()
    }
    key = lan.post(f"/soan/{begin(lan)}", apart).url.rpartition("/")[2]
    assert post_of(desk, key).title == TITLE and post_of(desk, key).topic == "đ"


# Saving ------------------------------------------------------------------------------------------------


def test_a_new_post_is_saved_once_however_often_the_button_is_clicked(both: Desk) -> None:
    lan = both.visit(both.lan)
    key = begin(lan)
    first = lan.post(f"/soan/{key}", GOOD)
    second = lan.post(f"/soan/{key}", GOOD)
    assert first.url == second.url and second.status_code == 200 and posts(both) == 1
    saved = post_of(both, first.url.rpartition("/")[2])
    assert (saved.title, saved.author, saved.state, saved.topic, saved.file) == (TITLE, LAN, Editorial.DRAFT, "đ", "")
    assert lan.get(f"/soan/{key}").url == first.url, "the old address leads to the post"


def test_two_clicks_at_the_same_moment_make_one_post(both: Desk) -> None:
    key, token = begin(both.visit(both.lan)), both.token(both.lan)

    def click(_: int) -> tuple[int, str]:
        answer = Visitor(both.address, token).post(f"/soan/{key}", GOOD)
        return answer.status_code, answer.url

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(click, range(6)))
    assert posts(both) == 1 and {status for status, _ in found} == {200} and len(found) == 1


def test_what_a_stale_page_saves_is_put_beside_what_stands_there(both: Desk) -> None:
    post = draft(both)
    lan, mai = both.visit(both.lan), both.visit(both.person("mai", "Mai", *both.lan.roles))
    mine, theirs = sent(both, post, body="Lời của Lan."), sent(both, post, body="Lời của Mai.")
    assert mai.post(f"/soan/{post.key}", theirs).status_code == 200
    answer = lan.post(f"/soan/{post.key}", mine)
    assert answer.status_code == 409 and "Mai" in answer.text
    assert "<ins>Lan.</ins>" in answer.text and "<del>Mai.</del>" in answer.text
    assert post_of(both, post.key).body == "Lời của Mai."
    assert [one.base_hash for one in copies(both)] == [post.content_hash], "one's own text is kept"


def conflicted(desk: Desk) -> tuple[Post, Visitor, str]:
    """A post that Mai saved while Lan wrote, Lan's browser, and the page Lan was shown."""
    post = draft(desk)
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", *desk.lan.roles))
    mine = sent(desk, post, body="Lời của Lan.")
    mai.post(f"/soan/{post.key}", sent(desk, post, body="Lời của Mai."))
    return post, lan, lan.post(f"/soan/{post.key}", mine).text


def test_ones_own_version_may_replace_the_other_which_is_kept(desk: Desk) -> None:
    post, lan, page = conflicted(desk)
    form = page[page.index(f'action="/soan/{post.key}"') :]
    form = form[: form.index("</form>")]
    fields: dict[str, Any] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(value)
    assert lan.post(f"/soan/{post.key}", fields).status_code == 200
    assert post_of(desk, post.key).body == "Lời của Lan."
    with reading(desk.engine) as session:
        assert [one.data["body"] for one in session.exec(select(PostRevision).order_by(col(PostRevision.id)))] == [
            post.body, "Lời của Mai.", "Lời của Lan.",
        ]  # fmt: skip
    assert copies(desk) == []


def test_taking_the_other_version_leaves_ones_own_to_go_back_to(desk: Desk) -> None:
    post, lan, _ = conflicted(desk)
    page = lan.get(f"/soan/{post.key}").text
    assert "Lời của Mai." in page and "Lời của Lan." not in page and "bản đang viết dở" in page
    assert "Lời của Lan." in lan.get(f"/soan/{post.key}?tiep=1").text


def test_copying_by_hand_shows_both_and_saves_what_was_made_of_them(desk: Desk) -> None:
    post, lan, page = conflicted(desk)
    by_hand = lan.post(f"/soan/{post.key}/chep-tay", {"seen": hidden(page, "seen")})
    assert "Lời của Lan." in by_hand.text and "Lời của Mai." in by_hand.text
    data = sent(
        desk, post, body="Lời của cả hai.", copy=hidden(by_hand.text, "copy"), seen=hidden(by_hand.text, "seen")
    )
    assert lan.post(f"/soan/{post.key}", data).status_code == 200
    assert post_of(desk, post.key).body == "Lời của cả hai." and copies(desk) == []


def test_of_two_who_save_at_once_one_is_saved_and_the_other_keeps_their_text(both: Desk) -> None:
    post = draft(both)
    people = [both.lan, both.person("mai", "Mai", *both.lan.roles), both.person("hoa", "Hoa", *both.lan.roles)]
    data = {one.name: sent(both, post, body=f"Lời của {one.name}.") for one in people}

    def save(token_and_name: tuple[str, str]) -> int:
        token, name = token_and_name
        return Visitor(both.address, token).post(f"/soan/{post.key}", data[name]).status_code

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(save, [(both.token(one), one.name) for one in people]))
    assert sorted(found) == [200, 409, 409]
    texts = {dict(map(tuple, one.fields["form"]))["body"] for one in copies(both)} | {post_of(both, post.key).body}
    assert texts == {f"Lời của {one.name}." for one in people}


def test_long_texts_are_compared_line_by_line() -> None:
    mine = "\n".join(f"dòng {n} với vài chữ" for n in range(3000))
    left, right = marked(mine, mine.replace("dòng 7 ", "dòng bảy "))
    assert [words for only, words in left if only] == ["dòng 7 với vài chữ\n"]
    assert [words for only, words in right if only] == ["dòng bảy với vài chữ\n"]


def test_a_saved_approved_post_is_a_draft_again_and_the_page_had_said_so(desk: Desk) -> None:
    post = desk.post(platforms=["facebook"])
    lan = desk.visit(desk.lan)
    assert "Bài đã duyệt. Sửa nội dung thì bài trở lại bản nháp" in lan.get(f"/soan/{post.key}").text
    lan.post(f"/soan/{post.key}", sent(desk, post))
    assert post_of(desk, post.key).state == Editorial.APPROVED, "saving alone changes nothing"
    lan.post(f"/soan/{post.key}", sent(desk, post, body="Lời mới."))
    assert post_of(desk, post.key).state == Editorial.DRAFT


def test_a_post_that_is_called_like_the_button_is_saved_all_the_same(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    assert lan.post(f"/soan/{begin(lan)}", {**GOOD, "title": "Mới"}).url.endswith("/soan/moi")
    lan.post("/soan/moi", sent(desk, post_of(desk, "moi"), body="Lời khác."))
    assert post_of(desk, "moi").body == "Lời khác."


# Working copies ----------------------------------------------------------------------------------------


def test_what_is_written_is_kept_and_offered_when_the_post_is_opened_again(both: Desk) -> None:
    post = draft(both)
    lan = both.visit(both.lan)
    told = keep(lan, post.key, sent(both, post, body="Đang viết dở.", valid_to="chưa rõ")).json()
    assert told["words"] == "Đã giữ bản nháp lúc 08:00" and told["others"] == [] and told["changed"] == ""
    page = lan.get(f"/soan/{post.key}").text
    assert "Bạn có bản đang viết dở lúc 08:00 ngày 23/11/2026" in page and "Đang viết dở." not in page
    page = lan.get(f"/soan/{post.key}?tiep=1").text
    assert "Đang viết dở." in page and 'value="chưa rõ"' in page, "even what is wrong is kept as it was written"
    assert post_of(both, post.key).body == post.body
    assert "Đang viết dở" not in both.visit(both.minh).get(f"/soan/{post.key}").text


def test_a_copy_is_gone_once_it_was_saved_or_put_away(desk: Desk) -> None:
    post = draft(desk)
    lan = desk.visit(desk.lan)
    copy = keep(lan, post.key, sent(desk, post, body="Viết.")).json()["copy"]
    lan.post(f"/soan/{post.key}", sent(desk, post, body="Viết.", copy=copy))
    assert copies(desk) == []
    copy = keep(lan, post.key, sent(desk, post, body="Viết nữa.")).json()["copy"]
    lan.post(f"/soan/{post.key}/bo-ban-nhap", {"copy": "another"})
    assert len(copies(desk)) == 1, "only the copy that was shown is put away"
    lan.post(f"/soan/{post.key}/bo-ban-nhap", {"copy": copy})
    assert copies(desk) == []


def test_two_windows_of_one_person_do_not_write_over_each_other(both: Desk) -> None:
    post = draft(both)
    lan = both.visit(both.lan)
    first = keep(lan, post.key, sent(both, post, body="Cửa sổ một.")).json()["copy"]
    second = keep(lan, post.key, sent(both, post, body="Cửa sổ hai."))
    assert second.status_code == 409 and second.json()["other"] is True
    assert keep(lan, post.key, sent(both, post, body="Cửa sổ một, tiếp.", copy=first)).status_code == 200
    assert keep(lan, post.key, sent(both, post, body="Cửa sổ hai.", giu="1")).status_code == 200, "when asked to"
    assert dict(map(tuple, copies(both)[0].fields["form"]))["body"] == "Cửa sổ hai."
    lan.post(f"/soan/{post.key}", sent(both, post, body="Cửa sổ một.", copy=first))
    assert len(copies(both)) == 1, "saving one window leaves what the other wrote"


def test_two_people_in_one_post_are_told_of_each_other(desk: Desk) -> None:
    post = draft(desk)
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", *desk.lan.roles))
    keep(lan, post.key, sent(desk, post, body="Viết."))
    assert "Lan đang sửa bài này, lần cuối 08:00." in mai.get(f"/soan/{post.key}").text
    assert keep(mai, post.key, sent(desk, post, body="Viết.")).json()["others"] == [
        "Lan đang sửa bài này, lần cuối 08:00"
    ]
    desk.clock.set(NOW + timedelta(hours=1))
    assert "đang sửa bài này, lần cuối" not in mai.get(f"/soan/{post.key}").text


def test_whoever_writes_on_is_told_that_the_post_was_saved_meanwhile(desk: Desk) -> None:
    post = draft(desk)
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", *desk.lan.roles))
    old = sent(desk, post, body="Viết.")
    mai.post(f"/soan/{post.key}", sent(desk, post, body="Của Mai."))
    assert "Mai lưu lúc 08:00" in keep(lan, post.key, old).json()["changed"]
    assert "Mai đã lưu bài này" in lan.get(f"/soan/{post.key}?tiep=1").text


def test_a_session_that_ended_keeps_nothing_and_says_so(desk: Desk) -> None:
    post = draft(desk)
    answer = keep(Visitor(desk.address, ""), post.key, sent(desk, post))
    assert answer.status_code in (401, 403) and copies(desk) == []


def test_a_copy_larger_than_any_post_is_refused(desk: Desk) -> None:
    post = draft(desk)
    data = sent(desk, post, **{f"v.facebook.{name}": "x" * 450_000 for name in ("text", "title")})
    assert keep(desk.visit(desk.lan), post.key, data).status_code == 413


def test_a_copy_keeps_only_what_a_post_has(desk: Desk) -> None:
    post = draft(desk)
    keep(desk.visit(desk.lan), post.key, sent(desk, post, author="Minh", state="approved", **{"a.0.drawn": "x"}))
    names = {name for name, _ in copies(desk)[0].fields["form"]}
    assert names.isdisjoint({"author", "state", "a.0.drawn", "csrf", "seen"}) and "title" in names


@pytest.mark.parametrize("key", ["~0123456789ab", "khong-co", "%00", "~x", "..%2f..", "a" * 3000])
def test_an_address_that_nobody_has_is_not_found(both: Desk, key: str) -> None:
    lan = both.visit(both.lan)
    assert lan.get(f"/soan/{key}").status_code == 404
    for verb in ("tu-luu", "them-tu-lieu", "trinh-duyet", "de-xuat", "len-lich"):
        status = lan.post(f"/soan/{key}/{verb}").status_code
        assert 400 <= status < 500 or (key == "~0123456789ab" and verb == "tu-luu"), (verb, status)


# Who may -----------------------------------------------------------------------------------------------


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


# Pictures ----------------------------------------------------------------------------------------------


def stored(desk: Desk, *hashes: str, mime: str = "image/png") -> list[str]:
    found = [one * 64 for one in hashes]
    with writing(desk.engine) as session:
        session.add_all(Asset(sha256=one, mime=mime, size=1, name=f"{one[0]}.png", created_at=NOW) for one in found)
    return found


def places(desk: Desk, key: str) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        rows = select(PostAsset).where(PostAsset.post_id == post_of(desk, key).id)
        found = sorted(session.exec(rows), key=lambda one: (one.role, one.position))
        return [(one.sha256[0], one.role, one.alt) for one in found]


def test_chosen_files_come_into_the_form_and_are_saved_with_it(desk: Desk) -> None:
    a, b = stored(desk, "a", "b")
    (film,) = stored(desk, "c", mime="video/mp4")
    lan = desk.visit(desk.lan)
    key = begin(lan)
    keep(lan, key, {**GOOD, "copy": hidden(lan.get(f"/soan/{key}").text, "copy")})
    page = lan.post(f"/soan/{key}/them-tu-lieu", {"tu_lieu": [b, a, film, "0" * 64, "x"]})
    assert page.status_code == 200 and "Đã thêm 3 tư liệu" in page.text and TITLE in page.text
    data = {**GOOD, "copy": hidden(page.text, "copy")}
    for place, role in enumerate(("image", "image", "video")):
        data |= {f"a.{place}.sha256": (b, a, film)[place], f"a.{place}.role": role, f"a.{place}.alt": f"Ảnh {place}"}
    saved = lan.post(f"/soan/{key}", data).url.rpartition("/")[2]
    assert places(desk, saved) == [("b", "image", "Ảnh 0"), ("a", "image", "Ảnh 1"), ("c", "video", "Ảnh 2")]


@pytest.mark.parametrize(
    ("act", "order"),
    [("len.2", "acb"), ("xuong.0", "bac"), ("bo.1", "ac"), ("len.0", "abc"), ("xuong.9", "abc"), ("len.x", "abc")],
)
def test_buttons_move_and_take_away_pictures_and_keep_what_was_written(desk: Desk, act: str, order: str) -> None:
    hashes = stored(desk, "a", "b", "c")
    post = draft(desk)
    lan = desk.visit(desk.lan)
    data = sent(desk, post, body="Chưa lưu.", act=act)
    data |= {f"a.{place}.sha256": one for place, one in enumerate(hashes)}
    page = lan.post(f"/soan/{post.key}", data)
    assert page.status_code == 200 and "Chưa lưu." in page.text
    shown = re.findall(r'name="a.\d+.sha256" value="(.)', page.text)
    assert "".join(shown) == order
    assert post_of(desk, post.key).body == post.body, "nothing is saved by it"


def test_going_to_choose_pictures_keeps_what_was_written(desk: Desk) -> None:
    post = draft(desk)
    lan = desk.visit(desk.lan)
    answer = lan.post(f"/soan/{post.key}", sent(desk, post, body="Chưa lưu.", act="anh"), allow_redirects=False)
    assert answer.headers["Location"] == f"/tu-lieu/chon?bai={post.key}"
    assert "Chưa lưu." in lan.get(f"/soan/{post.key}", headers={"Referer": f"{desk.address}/tu-lieu/chon"}).text


def test_a_picture_button_never_takes_the_place_of_an_older_copy(desk: Desk) -> None:
    post = draft(desk)
    lan = desk.visit(desk.lan)
    keep(lan, post.key, sent(desk, post, body="Bản cũ."))
    answer = lan.post(f"/soan/{post.key}", sent(desk, post, body="Bản mới.", act="anh"))
    assert answer.status_code == 409 and "Bản mới." in answer.text
    assert dict(map(tuple, copies(desk)[0].fields["form"]))["body"] == "Bản cũ."


# Handing on --------------------------------------------------------------------------------------------


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


# The schedule ------------------------------------------------------------------------------------------


def queued(desk: Desk) -> list[Publication]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Publication).order_by(col(Publication.due_at), col(Publication.id))))


def ready(desk: Desk) -> tuple[Post, Visitor, dict[str, Any]]:
    """An approved post, a channel with slots at 11:30 and 19:30 every day, and what the panel sends."""
    channel = desk.connect("facebook")
    with writing(desk.engine) as session:
        session.add_all(Slot(channel_id=channel.id or 0, weekday=d, minute=m) for d in range(7) for m in (690, 1170))
    post = desk.post(platforms=["facebook"])
    lan = desk.visit(desk.lan)
    mark = hidden(lan.get(f"/soan/{post.key}").text, "hang_cho")
    return post, lan, {"kenh": ["facebook"], "hang_cho": mark}


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


# The page ----------------------------------------------------------------------------------------------


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


def type_into(page: Page, words: str) -> None:
    page.get_by_label("Tiêu đề", exact=True).fill("Giấy hẹn điện tử")
    page.get_by_label("Nội dung bài").fill(words)


def test_what_is_typed_is_kept_and_gone_on_with_after_a_reload(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto("/soan")
        page.get_by_role("button", name="Soạn bài mới").click()
        type_into(page, "Viết dở.")
        page.get_by_label("Facebook", exact=True).check()
        expect(page.locator("#da-giu")).to_have_text("Đã giữ bản nháp lúc 08:00")
        page.reload()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết dở.")
        page.get_by_label("Nội dung bài").press("Control+End")
        page.keyboard.type(" Viết tiếp.")
        page.get_by_label("Tiêu đề", exact=True).press("Enter")
        expect(page.get_by_text("Đã lưu bài “Giấy hẹn điện tử”.")).to_be_visible()
        assert page.evaluate("Object.keys(localStorage)") == []
        page.get_by_label("Nội dung bài").fill("Sửa sau khi lưu.")
        expect(page.locator("#da-giu")).to_have_text("Đã giữ bản nháp lúc 08:00")
        page.reload()
        page.get_by_role("link", name="Tiếp tục bản đó").click()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Sửa sau khi lưu.")
    assert post_of(desk, "giay-hen-dien-tu").body == "Viết dở. Viết tiếp."


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in_again(desk: Desk, browser: Browser) -> None:
    post = draft(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{post.key}")
        cookies = page.context.cookies()
        page.context.clear_cookies()
        page.get_by_label("Nội dung bài").fill("Viết khi phiên đã hết.")
        expect(page.locator("#chua-giu")).to_contain_text("Phiên đăng nhập đã hết. Chữ bạn viết vẫn còn")
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết khi phiên đã hết.")
        page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": desk.address} for one in cookies])
        page.goto(f"/soan/{post.key}")
        page.get_by_role("button", name="Dùng lại chữ đó").click()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết khi phiên đã hết.")
        expect(page.locator("#da-giu")).to_have_text("Đã giữ bản nháp lúc 08:00")
    assert len(copies(desk)) == 1


def test_a_second_window_is_told_and_may_take_over(desk: Desk, browser: Browser) -> None:
    post = draft(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{post.key}")
        keep(desk.visit(desk.lan), post.key, sent(desk, post, body="Ở cửa sổ kia."))
        page.get_by_label("Nội dung bài").fill("Ở cửa sổ này.")
        expect(page.locator("#chua-giu")).to_contain_text("Bạn có một bản khác của bài này")
        page.get_by_role("button", name="Giữ bản ở đây thay bản kia").click()
        expect(page.locator("#da-giu")).to_have_text("Đã giữ bản nháp lúc 08:00")
        expect(page.locator("#chua-giu")).to_be_hidden()
    assert dict(map(tuple, copies(desk)[0].fields["form"]))["body"] == "Ở cửa sổ này."


def test_a_post_is_written_and_submitted_with_the_keyboard_alone(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{begin(desk.visit(desk.lan))}")
        page.get_by_label("Tiêu đề", exact=True).focus()
        page.keyboard.type(TITLE)
        page.keyboard.press("Tab")
        page.keyboard.type(BODY)
        for name in ("Facebook", "Người dân"):
            page.get_by_label(name, exact=True).press("Space")
        page.get_by_label("Nội dung tuyên truyền").press("đ")
        page.get_by_label("Nguồn", exact=True).focus()
        page.keyboard.type("Cổng Thông tin điện tử")
        page.get_by_role("button", name="Trình duyệt").press("Enter")
        expect(page.get_by_text("Đã trình duyệt bài")).to_be_visible()
    with reading(desk.engine) as session:
        assert session.exec(select(Post.state)).one() == Editorial.SUBMITTED


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_composer(desk: Desk, browser: Browser, width: int) -> None:
    post, lan, panel = ready(desk)
    lan.post(f"/soan/{post.key}/len-lich", {**panel, "cach": "nhieu", "so_ngay": "2"})
    desk.picture(post)
    other = draft(desk, title="Hướng dẫn đăng ký khai sinh, khai tử, kết hôn trực tuyến trên Cổng Dịch vụ công " * 2)
    keep(lan, other.key, sent(desk, other, body="Viết."))
    clash = draft(desk)
    with window(browser, desk, desk.lan, width, color_scheme="dark" if width == 768 else "light") as page:
        for path in ("/soan", f"/soan/{begin(lan)}", f"/soan/{post.key}", f"/soan/{other.key}?tiep=1"):
            page.goto(path)
            page.evaluate(
                "document.querySelectorAll('details').forEach((one) => { one.open = !one.closest('header'); })"
            )
            assert violations(page) == [], path
        page.get_by_role("button", name="Trình duyệt").first.click()
        expect(page.locator("#loi")).to_be_visible()
        assert violations(page) == []
        page.goto(f"/soan/{clash.key}")
        lan.post(f"/soan/{clash.key}", sent(desk, clash, body="Lời của người khác."))
        page.get_by_label("Nội dung bài").fill("Lời của tôi.")
        page.get_by_role("button", name="Lưu", exact=True).first.click()
        expect(page.get_by_role("heading", name="Bài này vừa được lưu bởi người khác")).to_be_visible()
        assert violations(page) == []
