"""The link with which a person sets a password, once."""

from datetime import timedelta

import pytest

from tests.web.desk import Desk
from tests.web.door import PASSWORD, Caller, caller, fresh, link_of, second_factor
from web.roles import Role


def accept(visitor: Caller, link: str, password: str, again: str | None = None) -> int:
    visitor.get(link)
    fields = {"mat_khau_moi": password, "nhac_lai": password if again is None else again}
    return visitor.post(link, fields, allow_redirects=False).status_code


def test_an_invitation_sets_a_password_once_and_leads_in(both: Desk) -> None:
    link, visitor = link_of(both, both.lan), caller(both)
    assert 'value="lan"' in visitor.get(link).text
    assert accept(visitor, link, PASSWORD) == 303
    assert visitor.get("/", allow_redirects=False).status_code == 200
    second = caller(both)
    assert second.get(link).status_code == 404
    assert accept(second, link, "another sentence") == 404
    assert second.sign_in("lan", PASSWORD, allow_redirects=False).status_code == 303


def test_an_invitation_ends_after_seven_days_and_with_the_next_one(desk: Desk) -> None:
    old = link_of(desk, desk.lan)
    new = link_of(desk, desk.lan)
    assert caller(desk).get(old).status_code == 404 and caller(desk).get(new).status_code == 200
    desk.clock.set(desk.clock.now() + timedelta(days=7, seconds=1))
    assert accept(caller(desk), new, PASSWORD) == 404
    assert fresh(desk, desk.lan).password_hash == ""


def test_an_invitation_ends_the_sessions_of_whoever_had_the_old_password(desk: Desk) -> None:
    thief = desk.visit(desk.lan)
    assert accept(caller(desk), link_of(desk, desk.lan), PASSWORD) == 303
    assert thief.get("/", allow_redirects=False).status_code == 303


def test_an_invitation_does_not_go_round_the_second_factor(desk: Desk) -> None:
    second_factor(desk, desk.lan)
    visitor = caller(desk)
    assert accept(visitor, link_of(desk, desk.lan), PASSWORD) == 303
    assert visitor.get("/", allow_redirects=False).status_code == 303


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "..%2f..%2fetc", "' OR 1=1 --", "<script>"])
def test_a_forged_invitation_opens_nothing(desk: Desk, token: str) -> None:
    answer = caller(desk).get(f"/moi/{token}")
    assert (answer.status_code == 404 and "không còn dùng được" in answer.text) or "Không có trang này" in answer.text


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("ngắn", None, "ít nhất 10 ký tự"),
        ("matkhau@123", None, "quá phổ biến"),
        ("P@ssw0rd2026", None, "quá phổ biến"),
        ("1234567890", None, "quá phổ biến"),
        ("aaaaaaaaaaaa", None, "quá phổ biến"),
        ("qwertyuiop", None, "quá phổ biến"),
        ("Nguyễn Thị Bích", None, "không được là tên"),
        ("nguyenthibich1990", None, "không được là tên"),
        ("bich.nguyen", None, "không được là tên"),
        ("x" * 300, None, "dài quá"),
        (PASSWORD, "khác", "chưa giống nhau"),
    ],
)
def test_a_weak_password_is_refused_beside_its_field(desk: Desk, password: str, again: str | None, words: str) -> None:
    staff = desk.person("bich.nguyen", "Nguyễn Thị Bích", Role.EDITOR)
    link, visitor = link_of(desk, staff), caller(desk)
    visitor.get(link)
    answer = visitor.post(link, {"mat_khau_moi": password, "nhac_lai": password if again is None else again})
    assert answer.status_code == 422 and words in answer.text
    assert 'type="password" value' not in answer.text
    assert fresh(desk, staff).password_hash == ""
