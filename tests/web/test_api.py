"""The JSON API: by a person's own key it does what the pages do, and never more."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from fastapi import HTTPException
from sqlmodel import update

from content.vietnamese import local_day
from scheduler.db import writing
from scheduler.lifecycle import State
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.desk import Desk
from web.api.frame import aware, cursor_at, cursor_of
from web.delegations import delegate
from web.door import as_person
from web.tables import ApiToken, IdempotentAnswer, Staff
from web.tokens import Scope, new_token

ALL = list(Scope)
DRAFT: dict[str, Any] = {
    "title": "Nộp hồ sơ trực tuyến tại nhà",
    "body": "Bà con có thể nộp hồ sơ trực tuyến, không phải đến bộ phận một cửa.",
    "topic": "đ",
    "audiences": ["nguoi_dan"],
    "source": "Cổng Thông tin điện tử thành phố Huế",
    "platforms": ["facebook"],
    "hashtags": ["#CCHC"],
}


class Program:
    """Somebody's program: a key, and requests in JSON."""

    def __init__(self, desk: Desk, staff: Staff | None, scopes: list[Scope]) -> None:
        self.url = f"{desk.address}/api/v1"
        self.http = requests.Session()
        self.http.trust_env = False
        if staff is not None:
            with writing(desk.engine) as session:
                someone = as_person(session, staff, desk.clock.now())
                key = new_token(session, someone, "thử", scopes, days=0, now=desk.clock.now())
            self.http.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self.http.request(method, f"{self.url}{path}", timeout=20, **options)
        assert answer.status_code < 500, answer.text
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options).json()

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.ask("POST", path, json=body if body is not None else {}, **options)


def program(desk: Desk, staff: Staff | None, *scopes: Scope) -> Program:
    return Program(desk, staff, list(scopes) or ALL)


def test_without_a_living_key_nothing_is_told(desk: Desk) -> None:
    nobody = program(desk, None)
    assert nobody.ask("GET", "/me").status_code == 401
    assert nobody.ask("GET", "/posts", headers={"Authorization": "Bearer cchc_x"}).status_code == 401
    lan = program(desk, desk.lan)
    assert lan.get("/me")["name"] == "Lan"
    with writing(desk.engine) as session:
        session.get_one(ApiToken, 1).ended_at = NOW
    assert lan.ask("GET", "/me").status_code == 401


def test_a_cookie_opens_nothing_here(desk: Desk) -> None:
    assert desk.visit(desk.lan).get("/api/v1/me").status_code == 401


def test_a_key_allows_what_its_scopes_and_its_owner_may(desk: Desk) -> None:
    reads = program(desk, desk.lan, Scope.READ)
    assert reads.post("/posts", DRAFT).status_code == 403
    viewer = program(desk, desk.charlie)
    assert viewer.post("/posts", DRAFT).status_code == 403
    assert viewer.post("/pauses", {"reason": "thien_tai"}).status_code == 403
    assert program(desk, desk.quang).post("/posts/x/approve", {"seen": "0" * 64}).status_code == 403


def test_a_post_goes_from_draft_to_the_people_by_programs_alone(desk: Desk) -> None:
    channel = desk.connect("facebook")
    lan, minh = program(desk, desk.lan), program(desk, desk.minh)
    made = lan.post("/posts", DRAFT).json()
    assert made["state"] == "draft" and made["author"] == "Lan"
    key = made["key"]
    queued = lan.post("/publications", {"post": key, "channel": channel.key, "at": (NOW + HOUR).isoformat()}).json()
    assert queued["state"] == "held", "it waits for its approval"
    assert lan.post(f"/posts/{key}/submit", {"accept_warnings": True}).json()["state"] == "submitted"
    seen = {"seen": made["content_hash"], "accept_warnings": True}
    assert lan.post(f"/posts/{key}/approve", seen).status_code == 403
    assert minh.post(f"/posts/{key}/approve", {**seen, "seen": "0" * 64}).status_code == 409
    assert minh.post(f"/posts/{key}/approve", seen).json()["approved"] is True
    desk.pass_time(NOW + 2 * HOUR)
    life = lan.get(f"/publications/{queued['id']}")
    assert life["state"] == "published" and life["permalink"] and life["events"] and life["attempts"]
    [public] = desk.sandbox.public("facebook")
    assert made["body"] in str(public), "and it is what was approved"


def test_the_same_key_of_a_request_makes_one_post_however_often_it_is_sent(desk: Desk) -> None:
    lan = program(desk, desk.lan)
    first = lan.post("/posts", DRAFT, headers={"Idempotency-Key": "a"})
    again = lan.post("/posts", DRAFT, headers={"Idempotency-Key": "a"})
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    other = lan.post("/posts", {**DRAFT, "title": "Khác"}, headers={"Idempotency-Key": "a"})
    assert other.status_code == 422
    assert program(desk, desk.ha).ask("GET", "/posts").json()["items"][1:] == []
    assert lan.post("/posts", DRAFT, headers={"Idempotency-Key": "b"}).json()["key"] != first.json()["key"]


def test_what_went_wrong_may_be_sent_again_with_the_same_key(desk: Desk) -> None:
    lan = program(desk, desk.lan)
    wrong = {**DRAFT, "assets": [{"sha256": "0" * 64, "role": "image"}]}
    assert lan.post("/posts", wrong, headers={"Idempotency-Key": "a"}).status_code == 409
    assert lan.post("/posts", DRAFT, headers={"Idempotency-Key": "a"}).status_code == 201


def test_a_change_over_somebody_elses_is_refused(desk: Desk) -> None:
    lan = program(desk, desk.lan)
    made = lan.post("/posts", DRAFT).json()
    change = lan.ask("PUT", f"/posts/{made['key']}?seen={made['content_hash']}", json={**DRAFT, "title": "Mới"})
    assert change.json()["title"] == "Mới"
    stale = lan.ask("PUT", f"/posts/{made['key']}?seen={made['content_hash']}", json={**DRAFT, "title": "Cũ"})
    assert stale.status_code == 409
    assert lan.get(f"/posts/{made['key']}")["title"] == "Mới"


def test_a_contributor_sees_and_writes_what_is_theirs_whatever_they_claim(desk: Desk) -> None:
    desk.post(title="Của người khác")
    tu = program(desk, desk.tu)
    made = tu.post("/posts", {**DRAFT, "agency": "vpubnd"}).json()
    assert made["agency"] == "snv"
    assert [one["key"] for one in tu.get("/posts")["items"]] == [made["key"]]
    assert tu.ask("GET", "/posts/bai-1").status_code == 404
    assert tu.post(f"/posts/{made['key']}/submit").status_code == 403
    assert tu.ask("GET", "/publications").status_code == 403


def test_a_contributors_program_changes_nothing_that_waits_for_a_decision_or_has_one(desk: Desk) -> None:
    tu, lan = program(desk, desk.tu), program(desk, desk.lan)
    made = tu.post("/posts", DRAFT).json()
    where = f"/posts/{made['key']}?seen={made['content_hash']}"
    lan.post(f"/posts/{made['key']}/submit", {"accept_warnings": True})
    assert tu.ask("PUT", where, json={**DRAFT, "title": "Lời khác"}).status_code == 403
    seen = {"seen": made["content_hash"], "accept_warnings": True}
    assert program(desk, desk.minh).post(f"/posts/{made['key']}/approve", seen).json()["approved"] is True
    assert tu.ask("PUT", where, json={**DRAFT, "title": "Lời khác"}).status_code == 403
    assert lan.get(f"/posts/{made['key']}")["approved"] is True


def test_a_contributors_program_does_not_take_a_post_back_from_where_an_editor_put_it(desk: Desk) -> None:
    tu = program(desk, desk.tu)
    made = tu.post("/posts", DRAFT).json()
    where = f"/posts/{made['key']}?seen={made['content_hash']}"
    assert program(desk, desk.lan).ask("PUT", where, json={**DRAFT, "agency": ""}).json()["agency"] == ""
    assert tu.ask("PUT", where, json={**DRAFT, "agency": "snv"}).json()["agency"] == ""


def test_who_stands_for_an_absent_approver_returns_in_their_name_and_never_what_they_wrote(desk: Desk) -> None:
    today = local_day(NOW)
    with writing(desk.engine) as session:
        delegate(session, desk.minh.id or 0, desk.charlie.id or 0, today, today, reason="", by="Minh", now=NOW)
    lan, charlie = program(desk, desk.lan), program(desk, desk.charlie, Scope.READ, Scope.APPROVE)
    made = lan.post("/posts", DRAFT).json()
    lan.post(f"/posts/{made['key']}/submit", {"accept_warnings": True})
    stale = {"reason": "Cần nguồn.", "seen": "0" * 64}
    assert charlie.post(f"/posts/{made['key']}/return", stale).status_code == 409
    back = charlie.post(f"/posts/{made['key']}/return", {**stale, "seen": made["content_hash"]}).json()
    assert back["history"][0]["reason"] == "Thay mặt Minh: Cần nguồn."
    own = desk.post(author="Minh", state="submitted")
    assert "Minh đã soạn" in charlie.post(f"/posts/{own.key}/return", {"reason": "Cần nguồn."}).json()["detail"]


def test_who_stands_for_an_absent_approver_pauses_in_their_name(desk: Desk) -> None:
    today = local_day(NOW)
    with writing(desk.engine) as session:
        delegate(session, desk.ha.id or 0, desk.charlie.id or 0, today, today, reason="", by="Hà", now=NOW)
    charlie = program(desk, desk.charlie, Scope.READ, Scope.PAUSE)
    begun = charlie.post("/pauses", {"reason": "thien_tai"}).json()
    assert begun["started_by"] == "Charlie (thay Hà)"
    assert charlie.post(f"/pauses/{begun['id']}/end").json()["ended_by"] == "Charlie (thay Hà)"


def test_what_differs_on_a_platform_has_the_shape_of_a_post_or_is_refused(desk: Desk) -> None:
    lan = program(desk, desk.lan)
    for wrong in ({"text": {"a": 1}}, {"options": "x"}, {"title": 5}, {"words": "x"}):
        assert lan.post("/posts", {**DRAFT, "variants": {"facebook": wrong}}).status_code == 422, wrong
    own = {"facebook": {"text": "Lời riêng", "options": {"a": True}}}
    made = lan.post("/posts", {**DRAFT, "variants": own}).json()
    assert made["variants"] == own
    assert lan.get(f"/posts/{made['key']}/findings")["items"]


def test_a_character_that_no_database_takes_is_no_error_of_ours(both: Desk) -> None:
    lan, ha = program(both, both.lan), program(both, both.ha)
    key = lan.post("/posts", DRAFT).json()["key"]
    for body in ({"post": "a\0b", "channel": "x"}, {"post": key, "channel": "x\0y"}):
        for when in ("now", "next_slot"):
            assert lan.post("/publications", {**body, "when": when}).status_code in (404, 409)
    assert ha.post("/pauses", {"reason": "thien_tai", "channel": "x\0y"}).status_code == 409


@pytest.mark.parametrize("link", ["javascript:alert(1)", "xem trên trang", "https://", "//example.vn/1"])
def test_what_a_program_settles_with_is_an_address_that_others_may_follow(desk: Desk, link: str) -> None:
    row = desk.publication(state=State.NEEDS_PERSON, due_at=NOW)
    body = {"result": "there", "permalink": link, "reason": "Đã xem."}
    lan = program(desk, desk.lan)
    assert lan.post(f"/publications/{row.id}/decisions/settle", body).status_code == 409
    assert lan.get(f"/publications/{row.id}")["state"] == "needs_person"


def test_a_request_that_was_broken_off_is_not_said_to_go_on_for_ever(desk: Desk) -> None:
    lan, key = program(desk, desk.lan), {"Idempotency-Key": "a"}
    lan.post("/posts", DRAFT, headers=key)
    with writing(desk.engine) as session:  # as the process leaves it that dies before it has answered
        session.exec(update(IdempotentAnswer).values(status=0, answer={}))
    assert "đang được xử lý" in lan.post("/posts", DRAFT, headers=key).json()["detail"]
    desk.clock.set(NOW + HOUR)
    told = lan.post("/posts", DRAFT, headers=key)
    assert told.status_code == 409 and "bị ngắt giữa chừng" in told.json()["detail"]
    assert len(lan.get("/posts")["items"]) == 1


def test_a_cursor_at_a_moment_that_has_no_utc_is_refused() -> None:
    with pytest.raises(HTTPException, match="cursor"):
        cursor_at(cursor_of("0001-01-01T00:00:00+14:00", 1), aware, int)


def test_a_list_is_read_to_its_end_by_cursor_and_nothing_comes_twice(desk: Desk) -> None:
    for _ in range(7):
        desk.publication(due_at=NOW + timedelta(days=1))
    lan = program(desk, desk.lan)
    for path in ("/publications", "/posts"):
        seen, cursor = [], None
        for _ in range(10):
            page = lan.get(path, params={"limit": 3, **({"cursor": cursor} if cursor else {})})
            seen += [one.get("id", one.get("key")) for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 7, path
    for cursor in ("x", "eyJhIjoxfQ==", "WzFd", "W251bGxd", "%00"):
        assert lan.ask("GET", "/publications", params={"cursor": cursor}).status_code == 422


def test_the_verbs_of_the_queue_are_refused_where_the_life_cycle_does_not_have_them(desk: Desk) -> None:
    row = desk.publication(due_at=NOW + HOUR)
    lan = program(desk, desk.lan)
    assert lan.post(f"/publications/{row.id}/hold").json()["state"] == "held"
    assert lan.post(f"/publications/{row.id}/ask-again").status_code == 409
    assert lan.post(f"/publications/{row.id}/cancel").json()["state"] == "cancelled"
    assert lan.post(f"/publications/{row.id}/resume").status_code == 409
    assert lan.post("/publications/999/hold").status_code == 404
    assert lan.post(f"/publications/{row.id}/explode").status_code == 422


def test_a_pause_is_begun_and_ended_by_who_may_and_by_a_key_that_may(desk: Desk) -> None:
    assert program(desk, desk.ha, Scope.APPROVE).post("/pauses", {"reason": "thien_tai"}).status_code == 403
    ha = program(desk, desk.ha)
    begun = ha.post("/pauses", {"reason": "thien_tai", "words": "Mưa lũ"})
    assert begun.status_code == 201 and [one["words"] for one in ha.get("/pauses")["items"]] == ["Mưa lũ"]
    assert ha.post("/pauses", {"reason": "thien_tai"}).status_code == 409, "it stands already"
    assert ha.post(f"/pauses/{begun.json()['id']}/end").json()["ended_by"] == "Hà"
    assert ha.post(f"/pauses/{begun.json()['id']}/end").status_code == 409


@pytest.mark.parametrize("path", ["/plan", "/channels", "/figures", "/coverage", "/weeks", "/suggestions", "/pauses"])
def test_every_list_answers_on_an_empty_desk(desk: Desk, path: str) -> None:
    assert program(desk, desk.lan).ask("GET", path).status_code == 200
