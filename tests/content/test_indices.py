"""Results of indices: changed at the desk, never without their source, never compared where they cannot be."""

from typing import Any

import pytest
from sqlmodel import Session

from content.act_records import Subject, history
from content.indices import Met, index_lines, rank_words, target_words, value_words
from content.office import OfficeError, save
from content.plan import active_plan, load_plan, read_plan
from content.plan_goals import Index
from tests.conftest import LAN, NOW
from tests.content.shelf import PLANS, plan


@pytest.fixture
def loaded(session: Session) -> Session:
    load_plan(session, plan(), NOW)
    session.commit()
    return session


def result(year: int, **facts: Any) -> dict[str, Any]:
    return {"year": year, "source": "Quyết định công bố", **facts}


def index(*results: dict[str, Any], **facts: Any) -> Index:
    target = {"target": "Nhóm 10", "target_rank": 10, "denominator": 63}
    return Index.model_validate(
        {"code": "PAR", "name": "Chỉ số", "measures": "x", "results": list(results), **target, **facts}
    )


def line(*results: dict[str, Any], **facts: Any) -> Any:
    only = plan().model_copy(update={"indices": (index(*results, **facts),)})
    return index_lines(only, 2023)[0]


def items(**facts: Any) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") | facts for one in plan().indices[:1]]


def test_both_plans_know_sipas() -> None:
    for name in ("thua-thien-hue-2023", "mau-nam"):
        (found,) = [one for one in read_plan(PLANS / name).indices if one.code == "SIPAS"]
        assert (found.publisher, found.target_rank, found.results) == ("Bộ Nội vụ", None, ())


def test_a_result_entered_at_the_desk_stands_in_the_plan_and_every_state_is_kept(loaded: Session) -> None:
    kept = save(
        loaded, "indices", items(results=[result(2023, value=88.38, unit="%", rank=17, denominator=63)]),
        seen=0, by=LAN, now=NOW,
    )  # fmt: skip
    loaded.commit()
    (found,) = active_plan(loaded).indices
    assert found.of(2023) is not None
    (act,) = history(loaded, Subject.INDICES, kept.version)
    assert act.data["items"][0]["results"][0]["rank"] == 17


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 2023, "value": 88.38},
        {"year": 2023, "rank": 17, "denominator": 63},
        result(2023, rank=17),
        result(2023, rank=64, denominator=63),
        result(2023, rank=0, denominator=63),
        result(1900),
        result(2023, value=float("inf")),
        result(2023, value="nhiều"),
    ],
)
def test_a_result_without_source_or_denominator_or_sense_is_refused(loaded: Session, wrong: dict[str, Any]) -> None:
    with pytest.raises(OfficeError):
        save(loaded, "indices", items(results=[wrong]), seen=0, by=LAN, now=NOW)


def test_a_year_has_one_result(loaded: Session) -> None:
    with pytest.raises(OfficeError):
        save(loaded, "indices", items(results=[result(2023), result(2023)]), seen=0, by=LAN, now=NOW)


def test_the_rank_of_the_year_is_held_against_the_target() -> None:
    missed = line(result(2022, rank=19, denominator=63), result(2023, rank=17, denominator=63))
    assert (missed.met, missed.ranks_moved) == (Met.NO, 2)
    assert missed.movement == "Tăng 2 bậc so với năm trước."
    reached = line(result(2023, rank=10, denominator=63))
    assert (reached.met, reached.ranks_moved, reached.movement) == (Met.YES, None, "")


def test_ranks_out_of_different_numbers_are_not_compared() -> None:
    found = line(result(2022, rank=17, denominator=63), result(2023, rank=9, denominator=34))
    assert (found.met, found.ranks_moved) == (Met.OTHER_DENOMINATOR, None)
    assert "Không so sánh" in found.movement
    assert line(result(2023, rank=9, denominator=34), denominator=34).met is Met.YES


def test_what_was_not_published_is_neither_met_nor_missed() -> None:
    assert line().met is Met.NO_RESULT
    assert line(result(2023, value=88.38)).met is Met.NO_RESULT
    assert line(result(2023, value=46.0415), target_rank=None).met is Met.NO_TARGET


def test_figures_are_told_as_they_were_published() -> None:
    found = index(result(2023, value=46.0415, unit="điểm", rank=1, denominator=63), result(2022, value=88.38, unit="%"))
    assert (value_words(found.of(2023)), value_words(found.of(2022))) == ("46,0415 điểm", "88,38%")
    assert (rank_words(found.of(2023)), rank_words(found.of(2022)), value_words(None)) == ("1/63", "-", "-")
    assert target_words(found) == "Nhóm 10 (nhóm 10/63)"
    assert target_words(index(target="", target_rank=None, denominator=None)) == "-"
