"""Campaigns over the JSON API: the same rules as on the pages, requests once, lists by cursor."""

from typing import Any

from sqlmodel import select

from scheduler.db import reading
from scheduler.lifecycle import State
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.desk import Desk
from tests.web.test_api import Program, program
from web.tables import DeskAct
from web.tokens import Scope

BODY: dict[str, Any] = {
    "name": "Tuần lễ phản ánh hiện trường",
    "first": "2026-11-20",
    "last": "2026-11-29",
    "channels": ["fanpage"],
    "total": 10,
    "topics": {"l": 6, "k": 2},
}
KEY = "tuan-le-phan-anh-hien-truong"


def filled(desk: Desk) -> Program:
    """A channel, two posts of which one is public and one waits, and Lan's program."""
    channel = desk.channel(key="fanpage")
    desk.post(key="chup", topic="l")
    for key, state in (("gui", State.PUBLISHED), ("theo-doi", State.SCHEDULED)):
        at = NOW - HOUR if state == State.PUBLISHED else NOW + HOUR
        desk.publication(
            post_id=desk.post(key=key, topic="l").id, channel_id=channel.id, due_at=at, state=state,
            published_at=at if state == State.PUBLISHED else None,
        )  # fmt: skip
    return program(desk, desk.lan)


def acts(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        return [one.words for one in session.exec(select(DeskAct).where(DeskAct.act == "campaign"))]


def test_a_campaign_is_made_filled_measured_and_ended_by_a_program(both: Desk) -> None:
    lan = filled(both)
    made = lan.post("/campaigns", BODY)
    assert made.status_code == 201 and made.json()["key"] == KEY and made.json()["phase"] == "dang-chay"
    posts = {"posts": ["gui", "theo-doi", "chup"]}
    assert lan.post(f"/campaigns/{KEY}/posts", posts).json() == {"done": ["gui", "theo-doi", "chup"], "same": []}
    assert lan.post(f"/campaigns/{KEY}/posts", {"posts": ["gui"]}).json() == {"done": [], "same": ["gui"]}
    found = lan.get(f"/campaigns/{KEY}")
    assert found["posts"] == ["chup", "gui", "theo-doi"] and found["pace"] == 3
    assert found["progress"] == {"wanted": 10, "published": 1, "waiting": 1, "failed": 0, "left": 9, "short": 8}
    whole = lan.get(f"/campaigns/{KEY}/progress")
    assert whole["sentences"][0].endswith("đã đăng 1/10 bài (10,0%), chậm 2 bài so với tiến độ (đến nay cần 3 bài).")
    assert whole["channels"][0]["interactions"] is None
    assert lan.get("/figures", params={"campaign": KEY})["published"] == 1
    assert lan.get("/figures", params={"campaign": "khong\x00co"})["published"] == 0
    assert lan.post(f"/campaigns/{KEY}/posts/remove", {"posts": ["chup"]}).json()["done"] == ["chup"]
    changed = lan.ask("PUT", f"/campaigns/{KEY}?seen=1", json={**BODY, "total": 12}).json()
    assert (changed["version"], changed["total"]) == (2, 12)
    assert lan.post(f"/campaigns/{KEY}/end").json()["phase"] == "da-xong"
    assert lan.post(f"/campaigns/{KEY}/posts", posts).status_code == 409
    assert lan.post(f"/campaigns/{KEY}/reopen").json()["ended_at"] is None
    assert acts(both) == [
        "Tạo chiến dịch", "Thêm bài: gui, theo-doi, chup", "Bỏ bài: chup", "Chỉ tiêu chung: “10” → “12”",
        "Kết thúc chiến dịch", "Mở lại chiến dịch",
    ]  # fmt: skip


def test_a_change_of_what_nobody_saw_is_refused_and_says_who_changed_what(desk: Desk) -> None:
    lan = filled(desk)
    lan.post("/campaigns", BODY)
    lan.ask("PUT", f"/campaigns/{KEY}?seen=1", json={**BODY, "last": "2026-11-30"})
    refused = lan.ask("PUT", f"/campaigns/{KEY}?seen=1", json={**BODY, "name": "Tên khác"})
    assert refused.status_code == 409 and "Lan vừa sửa" in refused.json()["detail"]
    assert "tên chiến dịch, đến ngày" in refused.json()["detail"]


def test_what_cannot_be_kept_is_refused_in_a_sentence(desk: Desk) -> None:
    lan = filled(desk)
    for change, words in (
        ({"last": "2026-11-01"}, "kết thúc trước khi bắt đầu"),
        ({"channels": ["khong-co"]}, "Không có kênh"),
        ({"topics": {"l": 11}}, "lớn hơn chỉ tiêu chung"),
        ({"key": "Không phải"}, "gạch nối"),
    ):
        refused = lan.post("/campaigns", {**BODY, **change})
        assert refused.status_code == 422 and words in refused.json()["detail"]
    for change in ({"name": ""}, {"total": -1}, {"total": 10**9}, {"first": "hôm nay"}, {"x": 1}, {"topics": []}):
        assert lan.post("/campaigns", {**BODY, **change}).status_code == 422
    assert lan.post(f"/campaigns/{KEY}/posts", {"posts": ["gui"]}).status_code == 404
    for path in ("/campaigns/x%00y", f"/campaigns/{KEY}", "/campaigns/../me"):
        assert lan.ask("GET", f"{path}/progress").status_code == 404


def test_the_same_key_of_a_request_makes_one_campaign(desk: Desk) -> None:
    lan, once = filled(desk), {"Idempotency-Key": "a"}
    first = lan.post("/campaigns", BODY, headers=once)
    again = lan.post("/campaigns", BODY, headers=once)
    assert again.headers["Idempotent-Replayed"] == "true" and again.json() == first.json()
    assert len(lan.get("/campaigns")["items"]) == 1


def test_a_list_goes_on_where_it_ended_and_can_be_narrowed(desk: Desk) -> None:
    lan = filled(desk)
    days = {"a": ("2026-11-01", "2026-11-09"), "b": ("2026-11-20", "2026-11-29"), "c": ("2026-12-20", "2026-12-29")}
    for name, (first, last) in days.items():
        lan.post("/campaigns", {**BODY, "name": name, "first": first, "last": last})
    page, seen = lan.get("/campaigns", params={"limit": 2}), []
    seen += [one["key"] for one in page["items"]]
    page = lan.get("/campaigns", params={"limit": 2, "cursor": page["next"]})
    seen += [one["key"] for one in page["items"]]
    assert seen == ["c", "b", "a"] and page["next"] is None
    for only, key in (("da-xong", "a"), ("dang-chay", "b"), ("sap-toi", "c")):
        assert [one["key"] for one in lan.get("/campaigns", params={"only": only})["items"]] == [key]
    assert lan.ask("GET", "/campaigns?cursor=x").status_code == 422


def test_only_who_edits_changes_and_only_who_reads_sees(desk: Desk) -> None:
    lan = filled(desk)
    lan.post("/campaigns", BODY)
    for someone in (desk.charlie, desk.minh, desk.quang, desk.son):
        other = program(desk, someone)
        assert other.get(f"/campaigns/{KEY}")["key"] == KEY
        assert other.post("/campaigns", BODY).status_code == 403
        assert other.ask("PUT", f"/campaigns/{KEY}?seen=1", json=BODY).status_code == 403
        for verb in ("posts", "posts/remove", "end", "reopen"):
            assert other.post(f"/campaigns/{KEY}/{verb}", {"posts": ["gui"]}).status_code == 403
    tu, reads = program(desk, desk.tu), program(desk, desk.lan, Scope.READ)
    assert tu.ask("GET", "/campaigns").status_code == tu.ask("GET", f"/campaigns/{KEY}").status_code == 403
    assert reads.post("/campaigns", BODY).status_code == 403
