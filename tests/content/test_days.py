"""Days off: Tết by the Vietnamese calendar, swaps and compensatory days, and who says what a day is."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session

from content.days import Origin, days_of_year
from content.errors import LibraryError
from content.holidays import base, base_days
from content.office import holidays_anyway, save
from tests.conftest import NOW

PLAN = Path("content/plans/mau-nam")


@pytest.mark.parametrize(
    ("eve", "first"),
    [
        (date(2026, 2, 16), date(2026, 2, 17)),
        (date(2027, 2, 5), date(2027, 2, 6)),
        (date(2028, 1, 25), date(2028, 1, 26)),
        (date(2030, 2, 1), date(2030, 2, 2)),  # a day before the Chinese new year
    ],
)
def test_tet_is_by_the_vietnamese_calendar_with_its_eve(eve: date, first: date) -> None:
    year = base(first.year)
    assert (year[eve].name, year[first].name) == ("Tết Nguyên đán (giao thừa)", "Tết Nguyên đán (mùng 1)")
    assert year[eve].off and year[first].off


def test_every_name_is_written_as_officials_write_it() -> None:
    names = [one.name for year in range(1995, 2101) for one in base(year).values()]
    assert not [name for name in names if "Nguyên Đán" in name or "Ngày Giỗ" in name or "thay cho" in name]
    assert base(1994) == base(2101) == {}


def test_a_swapped_day_is_off_and_the_one_worked_for_it_is_not() -> None:
    year = base(2026)
    assert (year[date(2026, 8, 31)].off, year[date(2026, 8, 31)].name) == (True, "Nghỉ hoán đổi với ngày 22/08/2026")
    worked = year[date(2026, 8, 22)]
    assert (worked.off, worked.working, worked.name) == (False, True, "Làm bù cho ngày nghỉ 31/08/2026")
    assert base(2019)[date(2019, 1, 5)].working, "a swap that reaches over New Year"


def test_a_compensatory_day_is_off() -> None:
    assert base_days([date(2026, 4, 27), date(2026, 4, 28)]) == {date(2026, 4, 27): base(2026)[date(2026, 4, 27)]}
    assert base(2026)[date(2026, 4, 27)].name == "Nghỉ bù Giỗ Tổ Hùng Vương"


def test_the_day_whose_law_is_in_doubt_is_named_and_not_off() -> None:
    for year in (2026, 2028, 2029):
        assert (one := base(year)[date(year, 11, 24)]).off is False and "kiểm tra quy định" in one.name
    assert not [one for one in base(2029).values() if "Nghỉ bù Ngày Văn hóa" in one.name]


def test_a_year_nobody_entered_has_the_countrys_days_off(session: Session) -> None:
    found = days_of_year(session, PLAN, 2031)
    assert {one.origin for one in found} == {Origin.BASE}
    assert [one.holiday.name for one in found if one.on == date(2031, 1, 23)] == ["Tết Nguyên đán (mùng 1)"]


def test_each_day_tells_where_it_comes_from_and_what_lies_below(session: Session) -> None:
    rows = [
        {"on": "2026-10-10", "name": "Ngày Chuyển đổi số quốc gia", "off": False},  # as the file has it
        {"on": "2026-10-13", "name": "Ngày Doanh nhân", "off": False, "only": ["tin-vui"]},  # the file's, changed
        {"on": "2026-09-02", "name": "Quốc khánh", "at_most": 3},  # over the base layer
        {"on": "2026-12-24", "name": "Ngày truyền thống"},  # nobody else's
    ]
    save(session, "holidays", rows, seen=0, by="Sơn", now=NOW)
    found = {one.on: one for one in days_of_year(session, PLAN, 2026)}
    told = {on: (one.origin, one.below.name if one.below else "") for on, one in found.items()}
    assert told[date(2026, 10, 10)] == (Origin.FILE, "")
    assert told[date(2026, 10, 13)] == (Origin.OFFICE, "Ngày Doanh nhân Việt Nam")
    assert told[date(2026, 9, 2)] == (Origin.OFFICE, "Quốc khánh") and found[date(2026, 9, 2)].holiday.at_most == 3
    assert told[date(2026, 12, 24)] == (Origin.OFFICE, "")
    assert told[date(2026, 2, 17)] == (Origin.BASE, "")


def test_rows_an_office_stored_before_days_had_rules_are_still_read(session: Session) -> None:
    save(session, "holidays", [{"on": "2026-02-18", "name": "Tết (mùng 2)"}], seen=0, by="Sơn", now=NOW)
    found, whole = holidays_anyway(session, PLAN, [date(2026, 2, 18)])
    assert whole and found[date(2026, 2, 18)].name == "Tết (mùng 2)"


def test_a_file_that_cannot_be_read_costs_only_what_stands_in_it(session: Session, tmp_path: Path) -> None:
    (tmp_path / "ngay-le.yml").write_text("- {on: 24/12/2026, name: Ngày, at_most: -1}\n", encoding="utf-8")
    found, whole = holidays_anyway(session, tmp_path, [date(2026, 12, 24), date(2026, 9, 2)])
    assert (list(found), whole) == ([date(2026, 9, 2)], False)
    with pytest.raises(LibraryError, match="at_most"):
        days_of_year(session, tmp_path, 2026)
