"""`cchc staff …`: the first person comes in by command, and whoever may not stay is switched off."""

import re

import pytest

from tests.cli.conftest import Cchc

SON = ("staff", "add", "son", "--name", "Sơn", "--role", "system_admin")


def test_the_first_person_gets_a_link_to_the_desk(office: Cchc) -> None:
    told = office.ok(*SON)
    assert "Đã thêm Sơn (son): Quản trị hệ thống." in told
    link = re.findall(r"^http://127\.0\.0\.1:8480/moi/([\w-]{40,})$", told, re.M)
    again = office.ok("staff", "invite", "SON", CCHC_WEB_ADDRESS="https://cchc.hue.gov.vn")
    assert re.search(r"^https://cchc\.hue\.gov\.vn/moi/[\w-]{40,}$", again, re.M)
    for file in (office.folder / "data").glob("cchc.sqlite3*"):
        assert link[0].encode() not in file.read_bytes(), "a link is kept only as a hash"
    listed = office.ok("staff", "list", COLUMNS="200")
    assert "chưa đặt mật khẩu" in listed and "Quản trị hệ thống" in listed


def test_a_role_is_named_by_its_code_or_its_words(office: Cchc) -> None:
    told = office.ok("staff", "add", "ha", "--name", "Hà", "--role", "nguoi duyet cap 2", "--role", "editor")
    assert "Biên tập viên, Người duyệt cấp 2" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "x y", "--name", "X", "--role", "editor"), "Tên đăng nhập gồm"),
        (("add", "lan", "--name", " ", "--role", "editor"), "Họ tên cần"),
        (("add", "lan", "--name", "Lan", "--role", "king"), "--role"),
        (("add", "lan", "--name", "Lan", "--role", "editor", "--agency", "xyz"), "không có cơ quan"),
        (("add", "lan", "--name", "Lan", "--role", "channel_admin", "--role", "approver_1"), "không vừa là"),
        (("add", "son", "--name", "Sơn khác", "--role", "editor"), "Đã có người dùng"),
        (("add", "son2", "--name", "sơn", "--role", "editor"), "Đã có người tên"),
        (("invite", "nobody"), "cchc staff list"),
        (("off", "nobody"), "cchc staff list"),
        (("off", "son"), "ít nhất một người"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(office: Cchc, words: tuple[str, ...], sentence: str) -> None:
    office.ok(*SON)
    assert sentence in office("staff", *words).sentence


def test_a_person_is_switched_off_and_not_invited_again(office: Cchc) -> None:
    office.ok(*SON)
    office.ok("staff", "add", "lan", "--name", "Lan", "--role", "editor")
    assert "Đã ngừng Lan" in office.ok("staff", "off", "lan")
    assert "đã ngừng" in office.ok("staff", "list", COLUMNS="200")
    assert "đã ngừng sử dụng" in office("staff", "invite", "lan").sentence


def test_the_roles_that_need_a_second_factor_are_checked_at_the_start(office: Cchc) -> None:
    assert "CCHC_TOTP_ROLES" in office("status", CCHC_TOTP_ROLES="approver_1, king").sentence
    office.ok("status", CCHC_TOTP_ROLES="approver_1, system_admin")
