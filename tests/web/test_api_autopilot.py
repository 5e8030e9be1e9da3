"""The API's part of the autopilot: what it decided and will decide, a month tried, and a person's word in it."""

from collections.abc import Iterator

import pytest

from content.vietnamese import local_day
from tests.conftest import NOW
from tests.web.calendar_case import A_DAY, library, page_of, trouble
from tests.web.desk import Desk
from tests.web.test_api import Program
from web.tokens import Scope


@pytest.fixture
def office(desk: Desk) -> Desk:
    library(desk)
    trouble(desk, page_of(desk))
    desk.service.fill_days(local_day(NOW) + A_DAY, 2)
    return desk


@pytest.fixture
def lan(office: Desk) -> Iterator[Program]:
    program = Program(office, office.lan, list(Scope))
    yield program
    program.http.close()


def test_decisions_the_days_ahead_and_a_month_are_read(lan: Program) -> None:
    decided = lan.get("/autopilot/decisions")["items"]
    assert len(decided) >= 3 and all(one["origin"] == "autopilot" and one["reason"] for one in decided)
    ahead = lan.get("/autopilot/ahead?days=5")
    assert ahead["planned"] and all(one["reason"] for one in ahead["planned"])
    month = lan.get("/autopilot/months/2026-11")
    assert month["counts"]["fails"] >= 2 and month["first"] == "2026-11-01"
    for wrong, status in (("2026-13", 409), ("2020-01", 409), ("x", 422)):
        assert lan.ask("GET", f"/autopilot/months/{wrong}").status_code == status


def test_a_pin_is_made_once_for_one_key_and_taken_back(lan: Program) -> None:
    body = {"post": "thu-vien-20", "channel": "fanpage", "since": "2026-11-27", "reason": "Đúng dịp"}
    first = lan.post("/autopilot/pins", body, headers={"Idempotency-Key": "a"})
    again = lan.post("/autopilot/pins", body, headers={"Idempotency-Key": "a"})
    assert first.status_code == 201 and again.json() == first.json()
    assert [one["id"] for one in lan.get("/autopilot/choices")["items"]] == [first.json()["id"]]
    assert lan.post("/autopilot/pins", body).status_code == 409, "nobody says the same twice"
    number = first.json()["id"]
    assert lan.post(f"/autopilot/choices/{number}/end").status_code == 200
    assert lan.post(f"/autopilot/choices/{number}/end").status_code == 409
    assert lan.get("/autopilot/choices")["items"] == []


def test_a_veto_needs_its_reason_and_a_swap_a_post_that_fits(lan: Program) -> None:
    body = {"post": "thu-vien-20", "since": "2026-11-27"}
    assert lan.post("/autopilot/vetoes", body).status_code == 422
    assert lan.post("/autopilot/vetoes", {**body, "reason": "Số liệu cũ"}).status_code == 201
    item = lan.get("/autopilot/decisions")["items"][0]
    bad = lan.post("/autopilot/swaps", {"publication": item["id"], "post": "khong-co"})
    assert bad.status_code == 409
    made = lan.post("/autopilot/swaps", {"publication": item["id"], "post": "thu-vien-30"})
    assert made.status_code == 201 and made.json()["post"] == "thu-vien-30" and made.json()["due_at"] == item["due_at"]


def test_who_may_not_schedule_may_only_read(office: Desk) -> None:
    for staff in (office.minh, office.charlie):
        program = Program(office, staff, list(Scope))
        assert program.ask("GET", "/autopilot/decisions").status_code == 200
        for path in ("pins", "vetoes", "swaps", "run", "choices/1/end"):
            assert program.post(f"/autopilot/{path}", {}).status_code in (403, 422), path
        assert program.get("/autopilot/choices")["items"] == []
        program.http.close()
