"""Keys made of words: plain, short enough, the same in the library, in tables and for suggestions."""

import pytest

from content.keys import KEY, key_of, slug


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Đường về Ủy ban: 100% trực tuyến!", "duong-ve-uy-ban-100-truc-tuyen"),
        ("   ", ""),
        ("日本", ""),
        ("a" * 90, "a" * 60),
        ("mot hai " * 20, "mot-hai-mot-hai-mot-hai-mot-hai-mot-hai-mot-hai-mot-hai-mot"),
    ],
)
def test_a_slug_is_plain_ascii_and_not_too_long(title: str, found: str) -> None:
    assert slug(title) == found


def test_the_letter_đ_is_two_letters_in_a_key_as_in_the_library() -> None:
    assert key_of("đ", "Nộp hồ sơ") == "dd-nop-ho-so"


@pytest.mark.parametrize(("topic", "title"), [("đ", "Đề án 06"), ("d", "thủ tục " * 40), ("a", "a" * 90)])
def test_a_key_of_words_is_a_key(topic: str, title: str) -> None:
    assert KEY.fullmatch(key_of(topic, title))
