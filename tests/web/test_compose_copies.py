"""What is being written and not saved: kept, offered again, and never written over unasked."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content.editing import AssetUse, fields_of
from content.tables import PostAsset
from scheduler.db import reading
from tests.conftest import NOW
from tests.together import while_uncommitted
from tests.web.desk import Desk, Visitor
from tests.web.writing import (
    GOOD,
    TITLE,
    begin,
    copies,
    draft,
    hidden,
    keep,
    post_of,
    sent,
    stored,
)
from web.roles import Person, Role
from web.rooms.compose.working import lead_to, pairs_of, with_assets
from web.tables import WorkCopy


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
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", Role.EDITOR))
    keep(lan, post.key, sent(desk, post, body="Viết."))
    assert "Lan đang sửa bài này, lần cuối 08:00." in mai.get(f"/soan/{post.key}").text
    assert keep(mai, post.key, sent(desk, post, body="Viết.")).json()["others"] == [
        "Lan đang sửa bài này, lần cuối 08:00"
    ]
    desk.clock.set(NOW + timedelta(hours=1))
    assert "đang sửa bài này, lần cuối" not in mai.get(f"/soan/{post.key}").text


def test_whoever_writes_on_is_told_that_the_post_was_saved_meanwhile(desk: Desk) -> None:
    post = draft(desk)
    lan, mai = desk.visit(desk.lan), desk.visit(desk.person("mai", "Mai", Role.EDITOR))
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
    for verb in ("them-tu-lieu", "trinh-duyet", "de-xuat", "len-lich"):
        status = lan.post(f"/soan/{key}/{verb}").status_code
        assert 400 <= status < 500, (verb, status)


# Pictures --------------------------------------------------------------------------------------------


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


def test_files_chosen_in_two_windows_at_once_come_into_one_copy(both: Desk) -> None:
    a, b = stored(both, "a", "b")
    post = draft(both)
    lan = both.visit(both.lan)
    with reading(both.engine) as session:
        pairs = pairs_of(fields_of(session, post_of(both, post.key)))

    def first(session: Session) -> None:
        copy = WorkCopy(staff_id=both.lan.id or 0, post_key=post.key, fields={"form": pairs}, updated_at=NOW)
        with_assets(copy, [AssetUse(a, "image")])
        session.add(copy)

    answer = while_uncommitted(both.engine, first, lambda: lan.post(f"/soan/{post.key}/them-tu-lieu", {"tu_lieu": b}))
    assert getattr(answer, "status_code", answer) == 200
    [copy] = copies(both)
    assert [value for name, value in copy.fields["form"] if name.endswith(".sha256")] == [a, b]


def test_files_chosen_for_a_new_post_that_another_window_saved_come_into_that_post(both: Desk) -> None:
    a, b = stored(both, "a", "b")
    lan = both.visit(both.lan)
    key = begin(lan)
    known = hidden(lan.get(f"/soan/{key}").text, "copy")
    saved = lan.post(f"/soan/{key}", {**GOOD, "copy": known}).url.rpartition("/")[2]
    page = lan.post(f"/soan/{key}/them-tu-lieu", {"tu_lieu": a})
    assert page.url.endswith(f"/soan/{saved}?tiep=1#f-assets") and "Đã thêm 1 tư liệu" in page.text and a in page.text
    page = lan.post(f"/soan/{key}/them-tu-lieu", {"tu_lieu": b})
    assert re.findall(r'name="a.\d+.sha256" value="(.)', page.text) == ["a", "b"]


def test_files_chosen_while_another_window_saves_the_new_post_come_into_that_post(both: Desk) -> None:
    (a,) = stored(both, "a")
    post = draft(both)
    lan = both.visit(both.lan)
    key = begin(lan)
    me = Person(both.lan.id or 0, both.lan.login, both.lan.name, frozenset())
    answer = while_uncommitted(
        both.engine,
        lambda session: lead_to(session, me, key, post.key, NOW),
        lambda: lan.post(f"/soan/{key}/them-tu-lieu", {"tu_lieu": a}),
    )
    assert getattr(answer, "url", str(answer)).endswith(f"/soan/{post.key}?tiep=1#f-assets")
    [copy] = [one for one in copies(both) if one.post_key == post.key]
    assert [value for name, value in copy.fields["form"] if name.endswith(".sha256")] == [a]
