"""A row of evidence that is missing: its period of keeping was over, or somebody took it away."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from records.gone import ACT, words_of
from records.rules import below
from tests.conftest import NOW
from tests.records.chain_case import checked, fill, kinds, put, row_of, sealed
from tests.records.tampering import remove, tampering
from web.acts import Act


def test_a_row_that_went_with_its_period_of_keeping_is_counted_and_no_finding(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    remove(engine, "token_refresh", id=1)
    assert kinds(checked(engine)) == ["row_removed"]
    assert kinds(checked(engine, now=NOW + timedelta(days=399))) == ["row_removed"]
    found = checked(engine, now=NOW + timedelta(days=401))
    assert found.is_sound and found.gone == 1


@pytest.mark.parametrize(("second", "found"), [(300, []), (30, ["row_removed"])])
def test_what_may_be_gone_goes_by_the_periods_that_the_office_had(
    engine: Engine, second: int, found: list[str]
) -> None:
    """100 days for a while, then 400 again: what was older than 100 days at the end of that while is rightly gone."""
    fill(engine)
    rule = next(one for one in below(raw_days=1) if one.kind == "token_refresh")
    for number, day, days in ((901, 10, 100), (902, second, 400)):
        facts = {"at": NOW + timedelta(days=day), "act": ACT, "subject": rule.kind, "words": words_of(rule, days)}
        put(engine, "desk_act", row_of("desk_act", number, **facts))
    sealed(engine, now=NOW + timedelta(days=second + 1))
    remove(engine, "token_refresh", id=1)
    assert kinds(checked(engine, now=NOW + timedelta(days=second + 2))) == found
    assert Act.RETENTION == ACT


@pytest.mark.parametrize(
    ("column", "value"), [("at", "hôm qua"), ("words", "Lượt làm mới: . ngày"), ("words", b"\xff ng\xc3")]
)
def test_an_act_of_a_period_that_was_spoilt_is_found_like_any_other(
    engines: tuple[Engine, Engine], column: str, value: object
) -> None:
    """On SQLite, which takes any value anywhere."""
    engine = engines[0]
    fill(engine)
    rule = next(one for one in below(raw_days=1) if one.kind == "token_refresh")
    put(engine, "desk_act", row_of("desk_act", 901, act=ACT, subject=rule.kind, words=words_of(rule, 100)))
    sealed(engine)
    with tampering(engine) as connection:
        connection.exec_driver_sql(f"UPDATE desk_act SET {column} = ? WHERE id = 901", (value,))
    assert kinds(checked(engine)) == ["row_changed"]
