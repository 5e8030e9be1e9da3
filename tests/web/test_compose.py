"""The composer's form, and saving: what is written is saved once, and never over somebody else's words."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from content.editing import PostFields
from content.plan import active_plan
from content.tables import Editorial, Post, PostRevision
from scheduler.db import reading
from tests.conftest import LAN
from tests.web.desk import Desk, Visitor
from tests.web.writing import (
    GOOD,
    TITLE,
    begin,
    copies,
    draft,
    hidden,
    post_of,
    posts,
    sent,
)
from web.forms import Form
from web.roles import Role
from web.rooms.compose.conflict import marked
from web.rooms.compose.fields import read_fields, start_of

# The form --------------------------------------------------------------------------------------------


def test_the_form_of_a_post_sends_back_the_same_post(desk: Desk) -> None:
    """Opening a post and saving it changes nothing, whatever its file had in it."""
    fields = PostFields(
        title="Giấy\u00a0hẹn  trả", body="Một.\n\n  Hai. ", topic="d", form="video", audiences=("nguoi_dan",),
        source="Số\u00a0481/KH-UBND", legal_refs=("118/2025/NĐ-CP", "Luật  số 5"), hashtags=("#CCHC",),
        platforms=("facebook", "zalo"), sensitive=True, evergreen=False, agency="cu",
        variants={
            "zalo": {"summary": "Ba điều.\n", "options": {"comment": "show"}},
            "facebook": {"options": {"reel": False}},
        },
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
    assert f'href="#f-{field}"' in answer.text and "Cổng Thông tin điện tử" in answer.text
    assert posts(desk) == 0


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "Một\x00\x01cửa", "🎉" * 1000, "x" * 70_000, "{{ 7 * 7 }}", "a\u0300" * 999]
)
def test_any_text_is_saved_as_it_is_and_shown_as_text(both: Desk, text: str) -> None:
    lan = both.visit(both.lan)
    answer = lan.post(f"/soan/{begin(lan)}", {**GOOD, "body": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    key = answer.url.rpartition("/")[2]
    assert post_of(both, key).body == unicodedata.normalize("NFC", text.replace("\x00\x01", ""))


def test_decomposed_text_is_kept_composed(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    apart = {
        name: unicodedata.normalize("NFD", value) if isinstance(value, str) else value for name, value in GOOD.items()
    }
    key = lan.post(f"/soan/{begin(lan)}", apart).url.rpartition("/")[2]
    assert post_of(desk, key).title == TITLE and post_of(desk, key).topic == "đ"


# Saving ----------------------------------------------------------------------------------------------


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
    lan, mai = both.visit(both.lan), both.visit(both.person("mai", "Mai", Role.EDITOR))
    mine, theirs = sent(both, post, body="Lời của Lan."), sent(both, post, body="Lời của Mai.")
    assert mai.post(f"/soan/{post.key}", theirs).status_code == 200
    answer = lan.post(f"/soan/{post.key}", mine)
    assert answer.status_code == 409 and "Mai" in answer.text
    assert "<ins>Lan</ins>." in answer.text and "<del>Mai</del>." in answer.text
    assert post_of(both, post.key).body == "Lời của Mai."
    assert [one.base_hash for one in copies(both)] == [post.content_hash], "one's own text is kept"


def conflicted(desk: Desk) -> tuple[Post, Visitor, str]:
    """A post that Mai saved while Lan wrote, Lan's browser, and the page Lan was shown."""
    post = draft(desk)
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", Role.EDITOR))
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
    people = [both.lan, both.person("mai", "Mai", Role.EDITOR), both.person("hoa", "Hoa", Role.EDITOR)]
    data = {one.name: sent(both, post, body=f"Lời của {one.name}.") for one in people}

    def save(token_and_name: tuple[str, str]) -> int:
        token, name = token_and_name
        return Visitor(both.address, token).post(f"/soan/{post.key}", data[name]).status_code

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(save, [(both.token(one), one.name) for one in people]))
    assert sorted(found) == [200, 409, 409]
    texts = {dict(map(tuple, one.fields["form"]))["body"] for one in copies(both)} | {post_of(both, post.key).body}
    assert texts == {f"Lời của {one.name}." for one in people}


def test_both_versions_are_shown_whole_with_their_own_words_marked() -> None:
    mine = "\n".join(f"Dòng {n} với vài chữ." for n in range(3000))
    theirs = mine.replace("Dòng 7 ", "Dòng bảy ")
    left, right = marked(mine, theirs)
    assert ("".join(words for _, words in left), "".join(words for _, words in right)) == (mine, theirs)
    assert [words for only, words in left if only] == ["7"] and [words for only, words in right if only] == ["bảy"]


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
    for title, key in (("Mới", "bai-moi"), ("Xem trước", "bai-xem-truoc")):
        assert lan.post(f"/soan/{begin(lan)}", {**GOOD, "title": title}).url.endswith(f"/soan/{key}")
    old = draft(desk, key="moi")
    lan.post("/soan/moi", sent(desk, old, body="Lời khác."))
    assert post_of(desk, "moi").body == "Lời khác."
