"""Slots, rules and what speaks against an hour, at the API."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.web.desk import Desk
from tests.web.test_api import program
from web.tokens import Scope

RULES = {"gap_minutes": 30, "daily_most": 3, "quiet_from": 1320, "quiet_until": 360}
SLOT = {"weekday": 2, "minute": 450, "form": "video"}


def test_slots_and_rules_are_set_and_the_next_slot_keeps_them(both: Desk) -> None:
    both.channel(key="fanpage")
    quang, lan = program(both, both.quang), program(both, both.lan)
    slots = [SLOT, {"weekday": 2, "minute": 1170}, {"weekday": 2, "minute": 1390}]
    told = quang.ask("PUT", "/channels/fanpage/slots", json={"slots": slots}).json()
    assert told["slots"][0] == SLOT and len(told["slots"]) == 3
    told = quang.ask("PUT", "/channels/fanpage/rules", json=RULES).json()
    assert told["rules"] == RULES and lan.get("/channels/fanpage")["rules"] == RULES
    assert [at[:16] for at in told["free"][:2]] == ["2026-11-25T00:30", "2026-11-25T12:30"]
    post = both.post(form="van_ban")
    made = lan.post("/publications", {"post": post.key, "channel": "fanpage", "when": "next_slot"}).json()
    assert made["due_at"].startswith("2026-11-25T12:30") and made["warnings"] == []


def test_an_hour_chosen_against_the_rules_is_taken_and_told(desk: Desk) -> None:
    desk.channel(key="fanpage", gap_minutes=60)
    lan = program(desk, desk.lan)
    at = NOW + timedelta(hours=15)
    body = {"channel": "fanpage", "at": at.isoformat()}
    first = lan.post("/publications", {**body, "post": desk.post().key})
    assert first.status_code == 201 and "giờ yên lặng" in first.json()["warnings"][0]
    again = lan.post(f"/publications/{first.json()['id']}/move", {"at": (at + timedelta(minutes=5)).isoformat()})
    assert len(again.json()["warnings"]) == 1, "it does not stand in its own way"
    second = lan.post("/publications", {**body, "post": desk.post().key})
    assert len(second.json()["warnings"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("slots", {"slots": [{"weekday": 7, "minute": 0}]}, 422),
        ("slots", {"slots": [{"weekday": 0, "minute": 1440}]}, 422),
        ("slots", {"slots": [SLOT, SLOT]}, 409),
        ("slots", {"slots": [{**SLOT, "form": "phim"}]}, 409),
        ("rules", {**RULES, "quiet_from": 1440}, 422),
        ("rules", {**RULES, "gap_minutes": -1}, 422),
        ("rules", {"gap_minutes": 1}, 422),
    ],
)
def test_what_makes_no_sense_changes_nothing(desk: Desk, path: str, body: dict[str, Any], status: int) -> None:
    desk.channel(key="fanpage")
    quang = program(desk, desk.quang)
    before = quang.get("/channels/fanpage")
    assert quang.ask("PUT", f"/channels/fanpage/{path}", json=body).status_code == status
    assert quang.get("/channels/fanpage") == before
    assert quang.ask("PUT", f"/channels/khong-co/{path}", json=body).status_code in (404, 409, 422)


def test_only_who_keeps_channels_and_says_so_in_the_key_may_set_them(desk: Desk) -> None:
    desk.channel(key="fanpage")
    for who in (program(desk, desk.lan), program(desk, desk.quang, Scope.READ, Scope.PAUSE)):
        assert who.ask("PUT", "/channels/fanpage/rules", json=RULES).status_code == 403
