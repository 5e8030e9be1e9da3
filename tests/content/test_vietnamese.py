import unicodedata
from datetime import UTC, date, datetime

import pytest

from content.vietnamese import (
    TOPIC_ORDER,
    collation_key,
    day,
    fold,
    long_day,
    moment,
    nfc,
    number,
    percent,
    weekday,
)


def test_decomposed_text_becomes_the_same_string_as_composed_text() -> None:
    assert len(unicodedata.normalize("NFD", "Việt Nam")) == 10
    assert nfc(unicodedata.normalize("NFD", "Việt Nam")) == "Việt Nam"


def test_hidden_characters_go_and_the_non_breaking_space_stays() -> None:
    assert nfc("cải\u00ad cá\u200bch\u00a0số") == "cải cách\u00a0số"


@pytest.mark.parametrize("alike", ["Ð", "Ɖ"])
def test_letters_that_only_look_like_d_with_a_stroke_are_replaced(alike: str) -> None:
    assert nfc(f"{alike}ề án") == "Đề án"


def test_both_spellings_of_a_tone_are_kept_and_found_by_the_same_search() -> None:
    assert nfc("Uỷ ban") != nfc("Ủy ban")
    assert fold("Uỷ ban") == fold("Ủy ban") == "uy ban"


@pytest.mark.parametrize(
    ("text", "key"),
    [("ĐỀ ÁN Một cửa", "de an mot cua"), ("số\u00a0481/KH-UBND ", "so 481/kh-ubnd"), ("Ðề án", "de an")],
)
def test_a_search_without_marks_finds_text_with_marks(text: str, key: str) -> None:
    assert fold(text) == key


def test_words_sort_by_the_vietnamese_alphabet() -> None:
    ordered = ["An toàn", "Ánh", "Ăn", "Âm", "Ấn phẩm", "Cải cách", "Du lịch", "Đề án", "Ô tô", "Ơn", "Ủy ban"]
    ordered += ["Ưu đãi", "Zalo"]
    assert sorted(set(ordered), key=collation_key) == ordered


def test_words_of_the_same_letters_sort_by_tone() -> None:
    ordered = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(set(ordered), key=collation_key) == ordered


def test_the_topic_letters_stand_in_alphabet_order_with_the_stroke_after_d() -> None:
    assert sorted(set(TOPIC_ORDER), key=collation_key) == list(TOPIC_ORDER)
    assert TOPIC_ORDER.index("đ") == TOPIC_ORDER.index("d") + 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1234567.8, "1.234.567,8"),
        (1234, "1.234"),
        (0, "0"),
        (-1234.5, "-1.234,5"),
        (-0.001, "0"),
        (100, "100"),
        (None, "-"),
        (float("nan"), "-"),
    ],
)
def test_numbers_are_told_the_vietnamese_way_and_a_missing_one_is_a_dash(value: float | None, told: str) -> None:
    assert number(value) == told


def test_a_fixed_number_of_decimals_is_kept() -> None:
    assert number(2, places=1) == "2,0"


@pytest.mark.parametrize(("share", "told"), [(0.8838, "88,38%"), (1, "100%"), (0, "0%"), (None, "-")])
def test_a_share_is_told_in_percent_without_a_space(share: float | None, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (date(2026, 3, 5), "ngày 05 tháng 3 năm 2026"),
        (date(2026, 2, 15), "ngày 15 tháng 02 năm 2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026"),
    ],
)
def test_only_days_under_ten_and_the_first_two_months_are_padded(value: date, told: str) -> None:
    assert long_day(value) == told


def test_a_moment_is_told_in_vietnam_even_across_midnight() -> None:
    assert moment(datetime(2026, 12, 31, 0, 30, tzinfo=UTC)) == "07:30 ngày 31/12/2026"
    assert moment(datetime(2026, 12, 31, 18, 0, tzinfo=UTC)) == "01:00 ngày 01/01/2027"
    assert moment(None) == "-"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 12, 31, 7, 30))  # noqa: DTZ001  the very thing that must be refused


def test_a_day_is_not_taken_from_a_moment_by_accident() -> None:
    with pytest.raises(ValueError, match="local_day"):
        day(datetime(2026, 12, 31, 18, 0, tzinfo=UTC))


def test_weekdays_have_their_vietnamese_names() -> None:
    assert [weekday(date(2026, 11, 23)), weekday(date(2026, 11, 29))] == ["thứ Hai", "Chủ nhật"]
    assert [weekday(date(2026, 11, 23), short=True), weekday(date(2026, 11, 29), short=True)] == ["T2", "CN"]


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0323\u0301", "\u0f73", "\u0344\u0323", "\u0301\u200b\u0323"])
def test_a_letter_with_thousands_of_marks_keeps_a_few_and_does_not_hold_the_program_up(marks: str) -> None:
    kept = nfc("Vi" + "ê" + marks * 100_000 + "t Nam")
    assert kept.startswith("Vi") and kept.endswith("t Nam") and len(kept) < 50
    assert nfc(kept) == kept and len(fold("ê" + marks * 100_000)) < 50


def test_no_run_of_signs_that_are_no_marks_is_cut() -> None:
    assert nfc("Mục lục " + "…" * 500 + "–" * 500) == "Mục lục " + "…" * 500 + "–" * 500
    assert nfc("\u0301".join("…" * 500)) == "\u0301".join("…" * 500)


def test_thirty_marks_are_nobodys_mistake() -> None:
    assert nfc("b" + "\u0323" * 30 + "c") == "ḅ" + "\u0323" * 29 + "c"
