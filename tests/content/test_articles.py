"""What a feed told is made ready: cut before it is cleaned, so that a huge feed costs little."""

import pytest

from content import articles as ready
from content.articles import CATEGORIES_MAX, LOOK, SUMMARY_MAX, TITLE_MAX, articles
from portal.values import Reading
from tests.content.portal_case import item


def test_megabytes_are_cut_before_they_are_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = ready.printable

    def watched(text: str) -> str:
        seen.append(len(text))
        return real(text)

    monkeypatch.setattr(ready, "printable", watched)
    huge = "hồ sơ " * 700_000
    [article] = articles(Reading(items=(item(1, title=huge, summary=huge, categories=(huge,) * 50),)))
    assert max(seen) <= LOOK * SUMMARY_MAX
    assert len(seen) < 20, "no more categories than are kept"
    assert len(article.values["title"]) <= TITLE_MAX and len(article.values["summary"]) <= SUMMARY_MAX
    assert len(article.values["categories"]) == CATEGORIES_MAX


def test_blanks_before_and_between_the_words_do_not_lose_them() -> None:
    blanks = " \n" * 5000
    [article] = articles(Reading(items=(item(1, title=f"{blanks}Một cửa{blanks}", summary=f"Một{blanks}cửa"),)))
    assert article.values["title"] == "Một cửa"
    assert article.values["summary"] == "Một…", "that more was told is told"


def test_an_article_without_a_key_is_known_by_its_title_within_its_feed() -> None:
    [first, second] = articles(Reading(items=(item(1, key="", title="Một cửa"), item(2, key="", title="MỘT CỬA "))))
    assert first.key_in(1) == second.key_in(1) == "title:1:mot cua"
    assert first.key_in(1) != first.key_in(2)
