"""The catalogues: every sentence of the desk in every language, with the same facts in it."""

import re

import pytest

from web.messages import is_sentence, messages, of_code, of_template
from web.words import HOME, LANGUAGES, catalogue

OTHERS = [language for language in LANGUAGES if language != HOME]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_a_translation(language: str) -> None:
    known = catalogue(language)
    assert [one for one in messages() if one not in known] == [], "add them: python -m web.messages"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_of_a_sentence_nobody_says(language: str) -> None:
    assert set(catalogue(language)) - set(messages()) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_speaks_of_the_same_facts(language: str) -> None:
    def facts(text: str) -> list[str]:
        return sorted(set(re.findall(r"\{\w+\}", text)))

    wrong = [one for one, other in catalogue(language).items() if facts(one) != facts(other)]
    assert wrong == []


def test_the_collector_finds_what_a_template_says_and_not_what_it_is_made_of() -> None:
    source = '{{ _("Xem") }}{{ m.field(f, "title", "Tiêu đề", kind="text", hint="Ngắn gọn") }}{{ x == "draft" }}'
    assert set(of_template(source)) == {"Xem", "Tiêu đề", "Ngắn gọn"}


def test_the_collector_finds_what_code_says_and_leaves_its_docstrings() -> None:
    source = '"""Lời đầu."""\nx = say("Da luu {n}.", n=1)\ny = {"a": "Đã lưu"}\nz = f"Lỗi {x}"\n'
    assert set(of_code(source)) == {"Da luu {n}.", "Đã lưu"}


def test_facts_and_signs_alone_are_no_sentence() -> None:
    assert [one for one in ("{words}", "“{words}”", "{name}, {at}", "… ", "{n} bài") if is_sentence(one)] == ["{n} bài"]


def test_words_that_lower_floors_give_to_what_a_page_shows_are_sentences_too() -> None:
    assert {"xong", "Quốc tang", "Đã bỏ qua", "dọc 4:5", "Phải sửa", "Chờ đăng"} <= set(messages())
