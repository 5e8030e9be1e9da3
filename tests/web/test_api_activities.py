"""Activities over the JSON API: the same rules as on the pages, requests once, lists by cursor."""

from typing import Any

import pytest

from tests.web.activity_case import CLASS, PRESS, TALK, logged, proven
from tests.web.desk import Desk
from tests.web.test_api import program
from web.tokens import Scope

BODY: dict[str, Any] = {
    "kind": "tap_huan", "title": "Lớp ở phường", "first": "2026-11-10", "agency": "snv", "topic": "d",
    "figures": {"classes": 2}, "cost": 5_000_000,
}  # fmt: skip


def test_an_activity_is_logged_once_and_read_back(both: Desk) -> None:
    lan = program(both, both.lan)
    made = lan.post("/activities", BODY, headers={"Idempotency-Key": "a"})
    assert made.status_code == 201, made.text
    assert lan.post("/activities", BODY, headers={"Idempotency-Key": "a"}).json() == made.json()
    assert lan.post("/activities", BODY).json()["id"] == made.json()["id"]
    found = lan.get(f"/activities/{made.json()['id']}")
    assert (found["last"], found["form"], found["figures"], found["files"]) == ("2026-11-10", "a", {"classes": 2}, [])


def test_the_list_goes_page_by_page_and_is_narrowed(desk: Desk) -> None:
    for one in (CLASS, PRESS, TALK):
        proven(desk, logged(desk, one))
    lan = program(desk, desk.lan, Scope.READ)
    first = lan.get("/activities", params={"limit": 2})
    rest = lan.get("/activities", params={"limit": 2, "cursor": first["next"]})
    assert [one["id"] for one in first["items"] + rest["items"]] == [3, 2, 1] and rest["next"] is None
    for params, count in (
        ({"kind": "bao_chi"}, 1),
        ({"agency": ""}, 2),
        ({"first": "2026-11-11"}, 0),
        ({"withdrawn": True}, 0),
    ):
        assert len(lan.get("/activities", params=params)["items"]) == count, params
    assert lan.get("/activities/1")["files"][0]["mime"] == "application/pdf"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "x"}, 422), ({"first": "2026-12-30"}, 422), ({"figures": {"classes": -1}}, 422), ({"extra": 1}, 422),
        ({"figures": {"questions": 1}}, 422), ({"agency": "la"}, 422), ({"cost": 1.5}, 422), ({"title": ""}, 422),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(desk: Desk, change: dict[str, Any], status: int) -> None:
    lan = program(desk, desk.lan)
    assert lan.post("/activities", {**BODY, **change}).status_code == status
    assert lan.get("/activities")["items"] == []


def test_a_contributors_program_reads_and_logs_for_their_agency_alone(desk: Desk) -> None:
    logged(desk, PRESS)
    tu = program(desk, desk.tu)
    assert tu.post("/activities", {**BODY, "agency": "stp"}).status_code == 403
    assert tu.post("/activities", {**BODY, "agency": ""}).json()["agency"] == "snv"
    assert [one["agency"] for one in tu.get("/activities", params={"agency": ""})["items"]] == ["snv"]
    assert tu.ask("GET", "/activities/1").status_code == 404
    assert tu.ask("GET", f"/activities/{10**30}").status_code == 422


def test_readers_log_nothing(desk: Desk) -> None:
    for one in (program(desk, desk.charlie), program(desk, desk.lan, Scope.READ)):
        assert one.post("/activities", BODY).status_code == 403
