"""Passwords: what may be one, how one is kept, and asking for one so that a wrong name costs the same work.

Only argon2 hashes are kept. Two are worked out at a time, because each takes 64 MB: a crowd at the door waits, the
server does not fall over.
"""

import re
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from content.vietnamese import fold, nfc
from web.forms import Form
from web.words import Say, say

LEAST, MOST = 10, 200
"""Characters of a password."""
_AT_ONCE = threading.BoundedSemaphore(2)

_WORDS = """
matkhau password passw0rd pass admin administrator quantri quantrivien quanly abc abcd abcde abcdef abcdefgh
qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm iloveyou anhyeuem emyeuanh yeuanh yeuem toiyeuban
toiyeuvietnam vietnam vietnamvodich hanoi saigon huethuong congan canbo chuyenvien vanphong ubnd uybannhandan
caicachhanhchinh cchc truyenthong welcome letmein changeme secret dragon monkey football sunshine princess
superman batman master hello xinchao chaoban trustno macdinh default test demo user login dangnhap khongbiet
khongco quenmatkhau matkhaucuatoi mypassword baomat conyeu giadinh
"""
_STEMS = frozenset(_WORDS.split())
"""What remains of the commonest passwords of Việt Nam and the world without their digits and signs."""
_ORNAMENTS = re.compile(r"^[^a-z]+|[^a-z]+$")
_LIKE_LETTERS = str.maketrans("013457@$!", "oieastasi")


def password_of(text: str) -> str:
    """A password as it is compared: the same letters in one form, whatever keyboard they came from."""
    return nfc(text[: MOST + 1])


def weakness(password: str, *names: str) -> Say | None:
    """Why this may not be the password of the person with these names; None when it may."""
    if len(password) < LEAST:
        return say("Mật khẩu cần ít nhất {least} ký tự; một câu ngắn dễ nhớ là tốt nhất.", least=LEAST)
    if len(password) > MOST:
        return say("Mật khẩu dài quá {most} ký tự.", most=MOST)
    bare = fold(password).replace(" ", "")
    if any(bare in (own, own * 2) or _letters(bare) == own for own in map(_bare, names) if own):
        return say("Mật khẩu không được là tên hoặc tên đăng nhập; hãy chọn một câu khác.")
    if _is_common(bare):
        return say("Mật khẩu này quá phổ biến nên dễ bị đoán; hãy chọn một câu khác.")
    return None


def new_password(form: Form, *names: str) -> str:
    """The two fields of a new password, the same in both and no weak one; what is wrong stands beside the field."""
    password = password_of(form.raw("mat_khau_moi"))
    if (wrong := weakness(password, *names)) is not None:
        form.fail("mat_khau_moi", wrong)
    elif password_of(form.raw("nhac_lai")) != password:
        form.fail("nhac_lai", say("Hai lần gõ mật khẩu chưa giống nhau."))
    return password


def _bare(name: str) -> str:
    return fold(name).replace(" ", "")


def _letters(bare: str) -> str:
    return "".join(letter for letter in bare if letter.isalpha())


def _is_common(bare: str) -> bool:
    """One or two letters over and over, a row of digits or of the keyboard, or a common word with ornaments."""
    if len(set(bare)) <= 3:
        return True
    rows = ("01234567890123456789", "98765432109876543210", "qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyz")
    if any(bare in row for row in rows) or bare.isdecimal():
        return True
    read = (_letters(bare), _letters(_ORNAMENTS.sub("", bare).translate(_LIKE_LETTERS)))
    return any(not rest or rest in _STEMS or _halved(rest) in _STEMS for rest in read)


def _halved(word: str) -> str:
    half = word[: len(word) // 2]
    return half if half * 2 == word else ""


def kept(passwords: PasswordHasher, password: str) -> str:
    """The password's hash."""
    with _AT_ONCE:
        return passwords.hash(password)


def fits(passwords: PasswordHasher, password_hash: str, password: str) -> bool:
    """Whether it is the password. Without a hash (nobody of that name, no password yet) the work is the same."""
    with _AT_ONCE:
        try:
            return passwords.verify(password_hash or _nobodys(passwords), password) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys(passwords: PasswordHasher) -> str:
    return passwords.hash("a password that nobody has")
