"""Seasons: how they are written, kept and told, and which days they hold."""

import unicodedata
from datetime import date

import pytest

from content.errors import ContentError
from content.seasons import in_season, last_day, parse, season_words, written


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("01/9 - 15/12", "09-01/12-15"),
        ("1/9-15/12", "09-01/12-15"),
        ("01/09 – 15/12", "09-01/12-15"),
        ("từ 01/9 đến 15/12 hằng năm", "09-01/12-15"),
        (unicodedata.normalize("NFD", "Từ 01/9 đến 15/12"), "09-01/12-15"),
        ("09-01/12-15", "09-01/12-15"),
        ("15/12 - 28/02", "12-15/02-28"),
        ("29/2 - 29/2", "02-29/02-29"),
        ("\u00a001/9\u00a0-\u00a015/12 ", "09-01/12-15"),
        ("   ", ""),
    ],
)
def test_a_season_is_read_as_people_write_it_and_kept_in_one_form(text: str, kept: str) -> None:
    assert parse(text) == kept
    assert parse(written(kept)) == kept, "what is written out is read back"
    assert parse(season_words(kept)) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("31/9 - 15/12", "30/2 - 1/3", "0/9 - 15/12", "1/13 - 2/13", "13-01/12-15", "02-30/03-01"),
        *("mùa mưa", "01/9", "01/9 - 15/12/2026", "<script>1/9 - 2/9", "١/٩ - ١٥/١٢", "1/9 - 15/12 " * 5_000),
    ],
)
def test_what_is_no_season_is_refused_in_one_short_sentence_with_the_way_out(text: str) -> None:
    with pytest.raises(ContentError) as told:
        parse(text)
    assert told.value.words.endswith("hãy ghi ngày/tháng đầu và cuối, như 01/9 - 15/12.")
    assert len(told.value.words) < 160


def test_a_season_holds_its_own_days_and_no_others() -> None:
    rain = "09-01/12-15"
    assert not in_season(rain, date(2026, 8, 31))
    assert in_season(rain, date(2026, 9, 1)) and in_season(rain, date(2027, 12, 15))
    assert not in_season(rain, date(2026, 12, 16))


def test_a_season_may_run_over_new_year() -> None:
    winter = parse("15/12 - 28/02")
    assert in_season(winter, date(2026, 12, 15)) and in_season(winter, date(2027, 1, 1))
    assert in_season(winter, date(2027, 2, 28)) and not in_season(winter, date(2028, 2, 29))
    assert not in_season(winter, date(2026, 12, 14))


def test_a_season_that_begins_on_29_february_begins_on_1_march_in_a_common_year() -> None:
    season = parse("29/2 - 31/3")
    assert in_season(season, date(2028, 2, 29)) and not in_season(season, date(2027, 2, 28))
    assert in_season(season, date(2027, 3, 1))


def test_no_season_is_the_whole_year_and_an_unreadable_one_is_no_day() -> None:
    assert in_season("", date(2026, 5, 1))
    assert not in_season("mùa mưa", date(2026, 5, 1))
    assert season_words("") == written("") == ""


def test_a_season_is_told_as_in_official_papers() -> None:
    assert season_words("09-01/12-15") == "từ 01/9 đến 15/12 hằng năm"
    assert season_words("12-15/02-28") == "từ 15/12 đến 28/02 hằng năm"


def test_the_last_day_of_the_season_that_goes_on() -> None:
    assert last_day("12-15/02-28", date(2026, 12, 20)) == last_day("12-15/02-28", date(2027, 1, 3)) == date(2027, 2, 28)
    assert last_day("09-01/12-15", date(2026, 12, 15)) == date(2026, 12, 15)
    assert last_day("12-15/02-29", date(2027, 2, 1)) == date(2027, 2, 28)
    assert last_day("12-15/02-29", date(2028, 2, 1)) == date(2028, 2, 29)
    assert last_day("09-01/12-15", date(2026, 12, 16)) is None, "it lies in none"
    for endless in ("", "01-01/12-31", "03-01/02-28"):
        assert last_day(endless, date(2026, 5, 1)) is None
