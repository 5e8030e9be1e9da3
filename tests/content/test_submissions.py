"""Submissions: who has handed in, in time or late, as of a day; two who enter the same at once; both databases."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from content.act_records import Subject, history
from content.errors import ContentError
from content.office import OfficeError, save
from content.plan import Plan, active_plan, load_plan, read_plan
from content.record_tables import Submission
from content.submissions import (
    State,
    SubmissionConflict,
    SubmissionError,
    SubmissionFields,
    find_submission,
    hand_in,
    reminder_words,
    reminders,
    standings,
    withdraw_submission,
)
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import PLANS, plan

REPORT = "bao_cao_nam"
LAST = date(2023, 10, 31)


@pytest.fixture
def office(engine: Engine) -> Engine:
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
    return engine


def came(
    office: Engine, agency: str = "snv", on: date = LAST, *, seen: int = 0, by: str = LAN, **facts: Any
) -> Submission:
    with writing(office) as session:
        fields = SubmissionFields(REPORT, agency, on, **{"document": "15/BC-SNV", **facts})
        return hand_in(session, active_plan(session), fields, seen=seen, by=by, now=NOW)


def states(office: Engine, as_of: date, of: Plan | None = None) -> dict[str, tuple[State, int]]:
    with reading(office) as session:
        found = standings(session, of or active_plan(session), as_of)[0]
    assert found.deadline.code == REPORT
    return {one.agency: (one.state, one.days_late) for one in found.lines}


def test_before_the_day_means_that_the_day_itself_is_late(office: Engine) -> None:
    came(office, "snv", LAST)
    came(office, "stp", LAST + timedelta(1))
    assert states(office, date(2023, 12, 1)) == {
        "vpubnd": (State.MISSING, 31),
        "snv": (State.IN_TIME, 0),
        "stp": (State.LATE, 1),
    }


def test_the_list_is_as_of_a_day(office: Engine) -> None:
    came(office, "snv", LAST)
    assert states(office, LAST - timedelta(1)) == {
        "vpubnd": (State.WAITING, 0), "snv": (State.WAITING, 0), "stp": (State.WAITING, 0),
    }  # fmt: skip
    assert states(office, LAST)["snv"] == (State.IN_TIME, 0)
    assert states(office, LAST + timedelta(1))["stp"] == (State.MISSING, 1)


def test_who_receives_the_press_and_groups_do_not_hand_in_and_others_may(office: Engine) -> None:
    came(office, "bao_chi", LAST)
    assert list(states(office, LAST)) == ["vpubnd", "snv", "stp", "bao_chi"]


def test_a_deadline_names_its_agencies(office: Engine) -> None:
    with writing(office) as session:
        items = [one.model_dump(mode="json") for one in plan().deadlines]
        items[0]["agencies"] = ["stp", "ubnd_huyen"]
        save(session, "deadlines", items, seen=0, by=LAN, now=NOW)
    assert list(states(office, LAST)) == ["stp", "ubnd_huyen"]


def test_the_desks_deadlines_are_those_of_one_plan_and_another_begins_with_its_own(office: Engine) -> None:
    with writing(office) as session:
        items = [one.model_dump(mode="json") for one in plan().deadlines]
        items[0]["on"] = "15/12/2023"
        save(session, "deadlines", items, seen=0, by=LAN, now=NOW)
    with writing(office) as session:
        load_plan(session, read_plan(PLANS / "mau-nam"), NOW)
    with writing(office) as session:
        assert active_plan(session).deadlines[0].on is None
        load_plan(session, plan(), NOW)
    with reading(office) as session:
        assert active_plan(session).deadlines[0].on == date(2023, 12, 15)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agencies": ["la"]}, "agencies"),
        ({"on": "mai"}, "on"),
        ({"what": ""}, "what"),
        ({"code": "so_tong_ket"}, "code"),
    ],
)
def test_a_deadline_that_makes_no_sense_is_refused(office: Engine, change: dict[str, Any], field: str) -> None:
    with writing(office) as session, pytest.raises(OfficeError) as caught:
        items = [one.model_dump(mode="json") for one in plan().deadlines]
        save(session, "deadlines", [items[0] | change, items[1]], seen=0, by=LAN, now=NOW)
    assert [one.field for one in caught.value.problems] == [field]


def test_a_deadline_for_which_somebody_handed_in_stays(office: Engine) -> None:
    came(office)
    with writing(office) as session, pytest.raises(OfficeError, match="không xóa được"):
        save(session, "deadlines", [plan().deadlines[1].model_dump(mode="json")], seen=0, by=LAN, now=NOW)


def test_a_second_click_changes_nothing_and_a_stale_form_is_refused(office: Engine) -> None:
    row = came(office)
    assert came(office).version == 1
    with pytest.raises(SubmissionConflict) as caught:
        came(office, on=LAST + timedelta(3), by=MINH)
    assert caught.value.standing.received_on == LAST
    assert came(office, on=LAST + timedelta(3), seen=1, by=MINH).version == 2
    with reading(office) as session:
        acts = history(session, Subject.SUBMISSION, row.id or 0)
    assert [(one.action, one.actor) for one in acts] == [("changed", MINH), ("recorded", LAN)]


def test_what_is_withdrawn_is_not_handed_in_and_may_be_entered_anew(office: Engine) -> None:
    row = came(office)
    with writing(office) as session:
        withdraw_submission(session, row.id or 0, by=MINH, now=NOW)
        withdraw_submission(session, row.id or 0, by=LAN, now=NOW)
    assert states(office, LAST)["snv"] == (State.WAITING, 0)
    again = came(office, on=LAST - timedelta(2))
    assert (again.id, again.withdrawn_at, again.version) == (row.id, None, 3)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"agency": "khong_co"}, "agency"),
        ({"on": date(2026, 11, 24)}, "received_on"),
        ({"on": date(1999, 1, 1)}, "received_on"),
        ({"document": "x" * 201}, "document"),
        ({"words": "x" * 2001}, "words"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(office: Engine, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        came(office, **facts)
    assert [one.field for one in caught.value.problems] == [field]


def test_a_deadline_that_there_is_not_is_refused(office: Engine) -> None:
    with writing(office) as session, pytest.raises(ContentError, match="bao_cao_nam"):
        fields = SubmissionFields("khac", "snv", LAST)
        hand_in(session, active_plan(session), fields, seen=0, by=LAN, now=NOW)


def test_of_two_who_enter_the_same_at_once_one_wins(office: Engine) -> None:
    told: list[SubmissionConflict] = []

    def enter(days: int) -> None:
        try:
            came(office, on=LAST - timedelta(days))
        except SubmissionConflict as conflict:
            told.append(conflict)

    threads = [threading.Thread(target=enter, args=(one,)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    with reading(office) as session:
        assert session.exec(select(func.count()).select_from(Submission)).one() == 1
        assert find_submission(session, 1 if not told else told[0].standing.id or 0).version == 1
    assert len(told) == 3


@pytest.mark.parametrize(("days", "step"), [(15, 0), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, 1), (-1, 0)])
def test_people_are_reminded_before_the_last_day(office: Engine, days: int, step: int) -> None:
    with reading(office) as session:
        found = reminders(session, active_plan(session), LAST - timedelta(days))
    assert [one.step for one in found] == ([step] if step else [])


def test_nobody_is_reminded_when_everything_is_in(office: Engine) -> None:
    for one in ("vpubnd", "snv"):
        came(office, one, LAST - timedelta(10))
    with reading(office) as session:
        (found,) = reminders(session, active_plan(session), LAST - timedelta(7))
    assert "Chưa nộp 1/3 cơ quan: Sở Tư pháp." in reminder_words(found)
    assert "còn 7 ngày (ngày cuối 31/10/2023)" in reminder_words(found)
    came(office, "stp", LAST - timedelta(10))
    with reading(office) as session:
        assert reminders(session, active_plan(session), LAST - timedelta(7)) == []
