"""Personal data: every column that may hold a person is named, and a person is told all of it and erased where records
allow it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from sqlmodel import select as rows

from content.tables import Suggestion
from records.chain import Stamps, seal
from records.holds import Scope, lift, place
from records.kinds import KINDS, Kind
from records.personal import NOBODYS, REGISTER, Erased, documentation
from records.retention import carry_out
from records.verify import verify
from scheduler.db import reading, writing
from tests.architecture.sources import ROOT
from tests.conftest import NOW
from tests.records.everything import everything
from tests.scheduler.house import HOUR
from tests.web.desk import Desk
from tests.web.door import PASSWORD, caller
from web.acts import Act, note
from web.erasing import erase, told
from web.retention import acts_of, all_rules
from web.roles import Role
from web.staff import Facts, StaffError, add, change
from web.tables import DeskAct, Staff, WorkCopy

SOUNDS_OF_A_PERSON = re.compile(
    r"actor|author|login|name|address|device|target|_by$|staff|from_id|to_id|owner|words|reason|password|totp"
    r"|token_hash|answer|fields|flash|^data$|texts|heading|payload|evidence|detail|problem|secret|facts|^body$"
    r"|comment|person|mail|phone|birth"
)
NAME = "Đặng Thị Mai Hoa"


# The register ----------------------------------------------------------------------------------------------


def test_every_column_that_may_hold_a_person_is_named() -> None:
    there = {f"{table.name}.{column.name}" for table in SQLModel.metadata.sorted_tables for column in table.columns}
    suspicious = {one for one in there if SOUNDS_OF_A_PERSON.search(one.partition(".")[2])}
    assert suspicious - set(REGISTER) - set(NOBODYS) == set(), "say in records/personal.py whose it is"
    keys = {
        f"{table.name}.{key.parent.name}"
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "staff"
    }
    assert keys <= set(REGISTER), "a row of a person"
    assert not set(REGISTER) & set(NOBODYS)
    removed = {name.partition(".")[0] for name, one in REGISTER.items() if one.erased is Erased.REMOVED}
    assert [name for name in removed if KINDS[name] is Kind.RECORD] == []


# One person ------------------------------------------------------------------------------------------------


@pytest.fixture
def mai(both: Desk) -> Staff:
    """Somebody who has done a little of everything."""
    both.clock.set(NOW)
    mai = both.person("mai.hoa", NAME, Role.EDITOR, Role.APPROVER_2, password=PASSWORD)
    caller(both).sign_in("mai.hoa", "sai mat khau roi")
    visitor = caller(both)
    visitor.sign_in("mai.hoa", PASSWORD)
    here = both.visit(mai)
    here.post("/tai-khoan/ma-truy-cap", {"ten": "máy tính", "pham_vi": ["read"], "han": "30"})
    here.post("/tai-khoan/uy-quyen", {"cho": str(both.ha.id), "tu_ngay": "2026-11-24", "den_ngay": "2026-11-30"})
    post = both.post(author=NAME)
    both.approve_again(post)
    with writing(both.engine) as session:
        session.add(Suggestion(dedupe_key="x", title="x", categories=[], notes=[], state="dismissed", decided_by=NAME,
                               seen_at=NOW, updated_at=NOW))  # fmt: skip
    return mai


def test_a_person_is_told_all_that_is_stored_of_them_and_no_key(both: Desk, mai: Staff) -> None:
    answer = both.visit(mai).post("/tai-khoan/du-lieu")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    facts = answer.json()
    assert (facts["login"], facts["name"]) == ("mai.hoa", NAME)
    tables = facts["tables"]
    assert {"staff", "staff_session", "sign_in_try", "api_token", "delegation", "post", "desk_act"} <= {
        name for name, found in tables.items() if found
    }
    with reading(both.engine) as session:
        row = session.get_one(Staff, mai.id)
    assert row.password_hash not in answer.text and "argon2" not in answer.text and "token_hash" not in answer.text
    assert all(one["login"] == "mai.hoa" for one in tables["sign_in_try"])
    assert "Charlie" not in answer.text, "nothing of anybody else"


def test_only_a_person_themselves_and_who_manages_people_are_told(both: Desk, mai: Staff) -> None:
    path = f"/nguoi-dung/{mai.id}"
    for staff in (both.lan, both.charlie, mai):
        visitor = both.visit(staff)
        assert visitor.post(f"{path}/du-lieu").status_code == 403
        assert visitor.post(f"{path}/xoa", {"xac_nhan": "mai.hoa"}).status_code == 403
    answer = both.visit(both.son).post(f"{path}/du-lieu")
    assert answer.json()["name"] == NAME


def test_an_erased_person_is_named_in_records_alone(both: Desk, mai: Staff) -> None:
    visitor = both.visit(mai)
    boss = both.visit(both.son)
    path = f"/nguoi-dung/{mai.id}"
    shown = boss.get(path)
    assert shown.status_code == 200 and f"{path}/xoa" in shown.text
    wrong = boss.post(f"{path}/xoa", {"xac_nhan": "mai"})
    assert wrong.status_code == 422 and "Hãy gõ đúng tên đăng nhập" in wrong.text
    before = everything(both.engine)
    answer = boss.post(f"{path}/xoa", {"xac_nhan": "MAI.HOA"})
    assert answer.status_code == 200 and f"Người dùng đã xóa số {mai.id}" in answer.text
    kept = {name for name, one in REGISTER.items() if one.erased is Erased.KEPT}
    named = {name for name, text in everything(both.engine).items() if NAME in text or "mai.hoa" in text}
    assert named <= kept, "only what a record has to name"
    for record in ("post.author", "desk_act.actor", "review.actor"):
        assert everything(both.engine)[record].count(NAME) == before[record].count(NAME), "no record was touched"
    assert visitor.get("/", allow_redirects=False).status_code == 303, "signed out at once"
    assert "không đúng" in caller(both).sign_in("mai.hoa", PASSWORD).text
    page = boss.get(path).text
    assert "đã được xóa lúc" in page and f"{path}/xoa" not in page
    assert boss.post(f"{path}/moi").status_code == 403
    with reading(both.engine) as session:
        assert session.exec(rows(Suggestion.decided_by)).one() == f"Người dùng đã xóa số {mai.id}"


def test_the_audit_chain_stays_sound_when_a_person_is_erased_and_when_periods_are_over(
    both: Desk, mai: Staff, tmp_path: Path
) -> None:
    stamps = Stamps.of(both.service.vault)
    seal(both.engine, stamps, now=NOW + HOUR)
    with writing(both.engine) as session:
        erase(session, session.get_one(Staff, mai.id), now=NOW + HOUR)
        note(session, None, "Sơn", Act.PERSONAL_DATA, "x", "xóa", now=NOW + HOUR)
    later = NOW + timedelta(days=4_000)
    carry_out(both.engine, all_rules(tmp_path, 400), acts_of("Hệ thống", later), now=later)
    seal(both.engine, stamps, now=later + HOUR)
    found = verify(both.engine, stamps, now=later + HOUR)
    assert found.is_sound and found.entries > 3, found


def test_the_register_stands_in_the_guide() -> None:
    assert documentation() in (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_login_is_free_again_and_the_name_goes_to_nobody_else(both: Desk, mai: Staff) -> None:
    with writing(both.engine) as session:
        erase(session, session.get_one(Staff, mai.id), now=NOW)
    with writing(both.engine) as session:
        add(session, "mai.hoa", Facts("Mai Hoa khác", (Role.VIEWER,)), agencies=(), now=NOW)
        with pytest.raises(StaffError, match="Đã có người tên"):
            add(session, "mai2", Facts(NAME, (Role.VIEWER,)), agencies=(), now=NOW)
        erased = session.get_one(Staff, mai.id)
        for again in (lambda: erase(session, erased, now=NOW), lambda: erase(session, both.son, now=NOW)):
            with pytest.raises(StaffError):
                again()


def test_nobody_is_erased_while_a_hold_needs_it(both: Desk, mai: Staff) -> None:
    with writing(both.engine) as session:
        place(session, Scope.EVERYTHING, reason="Thanh tra", by="Sơn", now=NOW)
    answer = both.visit(both.son).post(f"/nguoi-dung/{mai.id}/xoa", {"xac_nhan": "mai.hoa"})
    assert answer.status_code == 422 and "lệnh giữ" in answer.text
    with reading(both.engine) as session:
        assert session.get_one(Staff, mai.id).name == NAME


def test_a_person_without_anything_is_told_as_well(both: Desk) -> None:
    with reading(both.engine) as session:
        text = "".join(told(session, session.get_one(Staff, both.charlie.id), now=NOW))
    assert json.loads(text)["tables"]["staff"][0]["login"] == "charlie"


def test_what_others_did_to_a_person_is_told_without_where_they_did_it(both: Desk, mai: Staff) -> None:
    with writing(both.engine) as session:
        session.add(DeskAct(at=NOW, actor="Sơn", act="person", subject="mai.hoa", words="khóa", address="10.9.8.7"))
        session.add(DeskAct(at=NOW, actor="Sơn", act="person", subject="minh", words="khác", address="10.9.8.7"))
    found = both.visit(mai).post("/tai-khoan/du-lieu").json()["tables"]["desk_act"]
    assert [one["words"] for one in found if one["actor"] == "Sơn"] == ["khóa"]
    assert not any(one.get("address") == "10.9.8.7" for one in found)


def test_nobody_is_erased_while_a_held_post_waits_in_what_they_left_unsaved(both: Desk, mai: Staff) -> None:
    post = both.post()
    with writing(both.engine) as session:
        session.add(WorkCopy(staff_id=mai.id or 0, post_key=post.key, fields={}, updated_at=NOW))
        number = place(session, Scope.POST, post.key, reason="Thanh tra", by="Sơn", now=NOW).id or 0
    with writing(both.engine) as session, pytest.raises(StaffError, match="bài có lệnh giữ"):
        erase(session, session.get_one(Staff, mai.id), now=NOW)
    with writing(both.engine) as session:
        lift(session, number, reason="Xong", by="Sơn", now=NOW)
        erase(session, session.get_one(Staff, mai.id), now=NOW)


@pytest.mark.parametrize("actor", ["Quỳnh", "Quỳnh (thay Minh)", "Minh (thay Quỳnh)"])
def test_a_name_that_any_record_bears_is_not_changed(desk: Desk, actor: str) -> None:
    quynh = desk.person("quynh", "Quỳnh", Role.CHANNEL_ADMIN)
    facts = Facts("Quỳnh Anh", (Role.CHANNEL_ADMIN,))
    with writing(desk.engine) as session:
        note(session, None, actor, Act.CHANNEL, "fanpage", "tắt", now=NOW)
    with writing(desk.engine) as session, pytest.raises(StaffError, match="Nhật ký đã ghi tên"):
        change(session, session.get_one(Staff, quynh.id), facts, agencies=(), now=NOW)
