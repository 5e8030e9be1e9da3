"""What the office changed at the desk wins over the plan's file, and nobody overwrites what they have not read."""

import shutil
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session

from content import office
from content.errors import LibraryError
from content.office import Conflict, OfficeError, Problem, give_up, read, save
from content.plan import Plan, active_plan, changes_at_the_desk, load_plan, plan_as_changed, read_plan
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import PLANS, encoded, plan

SON = "Sơn"


@pytest.fixture
def loaded(session: Session) -> Session:
    """The shipped plan is the active one."""
    load_plan(session, plan(), NOW)
    session.commit()
    return session


def agencies(of: Plan | None = None) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in (of or plan()).agencies]


def brands(of: Plan | None = None) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in (of or plan()).brands]


def refused(session: Session, name: str, data: list[dict[str, Any]]) -> list[Problem]:
    with pytest.raises(OfficeError) as told:
        save(session, name, data, seen=0, by=SON, now=NOW)
    session.rollback()
    return told.value.problems


def renamed(code: str, name: str) -> list[dict[str, Any]]:
    return [one | ({"name": name} if one["code"] == code else {}) for one in agencies()]


def test_before_anybody_changes_anything_the_plan_is_as_its_file_says(loaded: Session) -> None:
    assert active_plan(loaded) == plan()
    assert read(loaded, "agencies") == ([], 0, "", None)


def test_an_agency_renamed_at_the_desk_is_renamed_wherever_the_plan_is_asked(loaded: Session) -> None:
    kept = save(loaded, "agencies", renamed("snv", "Sở Nội vụ thành phố Huế"), seen=0, by=SON, now=NOW)
    loaded.commit()
    found = next(one for one in active_plan(loaded).agencies if one.code == "snv")
    assert found.name == "Sở Nội vụ thành phố Huế"
    assert read(loaded, "agencies") == kept
    assert (kept.actor, kept.updated_at) == (SON, NOW)


def test_loading_the_file_again_does_not_undo_what_the_desk_changed(loaded: Session) -> None:
    save(loaded, "agencies", renamed("snv", "Sở Nội vụ thành phố Huế"), seen=0, by=SON, now=NOW)
    fresh = plan_as_changed(loaded, read_plan(PLANS / "thua-thien-hue-2023"))
    load_plan(loaded, read_plan(PLANS / "thua-thien-hue-2023"), NOW)
    loaded.commit()
    assert active_plan(loaded) == fresh != plan()


def test_a_brand_changed_at_the_desk_signs_with_its_own_logo(loaded: Session) -> None:
    picture = encoded(Image.new("RGBA", (300, 200), "navy"))
    mine = [{"agency": "snv", "name": "Sở Nội vụ", "palette": "cung_dinh", "logo": "snv.png", "picture": picture}]
    save(loaded, "brands", mine, seen=0, by=SON, now=NOW)
    loaded.commit()
    brand = active_plan(loaded).brand()
    assert (brand.agency, brand.palette) == ("snv", "cung_dinh")
    assert brand.mark is not None and brand.mark.size == (300, 200)


def test_an_office_without_any_brand_signs_with_the_issuer_though_the_file_has_brands(loaded: Session) -> None:
    save(loaded, "brands", [], seen=0, by=SON, now=NOW)
    assert active_plan(loaded).brands == ()
    assert changes_at_the_desk(loaded, plan().code) == {"brands": []}


def test_who_gives_a_list_up_goes_by_the_file_again(loaded: Session) -> None:
    kept = save(loaded, "agencies", renamed("snv", "Khác"), seen=0, by=SON, now=NOW)
    give_up(loaded, "agencies", seen=kept.version)
    loaded.commit()
    assert active_plan(loaded) == plan()


def test_who_saw_an_older_list_overwrites_nothing_and_is_shown_what_stands_now(loaded: Session) -> None:
    first = save(loaded, "agencies", renamed("snv", "Một"), seen=0, by=LAN, now=NOW)
    second = save(loaded, "agencies", renamed("snv", "Hai"), seen=first.version, by=MINH, now=NOW)
    loaded.commit()
    for stale in (0, first.version):
        with pytest.raises(Conflict, match=f"{MINH} vừa sửa danh sách này") as told:
            save(loaded, "agencies", renamed("snv", "Ba"), seen=stale, by=LAN, now=NOW)
        assert told.value.kept == second
    with pytest.raises(Conflict):
        give_up(loaded, "agencies", seen=first.version)
    loaded.commit()
    assert read(loaded, "agencies") == second


def test_a_list_given_up_and_begun_again_is_another_one(loaded: Session) -> None:
    first = save(loaded, "brands", brands(), seen=0, by=LAN, now=NOW)
    give_up(loaded, "brands", seen=first.version)
    save(loaded, "brands", [], seen=0, by=LAN, now=NOW + timedelta(minutes=5))
    with pytest.raises(Conflict):
        save(loaded, "brands", brands(), seen=first.version, by=MINH, now=NOW)


@pytest.mark.parametrize("begun", [False, True])
def test_of_two_people_who_save_at_once_exactly_one_is_kept(engine: Engine, begun: bool) -> None:
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
        seen = save(session, "brands", brands(), seen=0, by=LAN, now=NOW).version if begun else 0
    start, outcomes = threading.Barrier(2), []

    def change(by: str) -> None:
        start.wait()
        try:
            with writing(engine) as session:
                save(session, "brands", brands()[:1], seen=seen, by=by, now=NOW)
            outcomes.append(by)
        except Conflict:
            outcomes.append("conflict")

    people = [threading.Thread(target=change, args=(by,)) for by in (LAN, MINH)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    with reading(engine) as session:
        winner = read(session, "brands").actor
    assert sorted(outcomes) == sorted([winner, "conflict"])


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("agencies", {"code": "snv"}, Problem(9, "code", "“snv” viết hai lần; mỗi mã chỉ dùng một lần.")),
        ("agencies", {"name": ""}, Problem(9, "name", "không được để trống.")),
        ("agencies", {"valid_to": "31/02/2026"}, Problem(9, "valid_to", "phải là ngày, viết như 31/12/2026.")),
        (
            "agencies",
            {"valid_from": "02/01/2026", "valid_to": "01/01/2026"},
            Problem(9, "valid_to", "phải từ ngày bắt đầu trở đi."),
        ),
        ("agencies", {"slogan": "x"}, Problem(9, "slogan", "tên trường không có trong mẫu; hãy kiểm tra chính tả.")),
        ("agencies", {"duties": "x" * 2001}, Problem(9, "duties", "dài quá; hãy viết ngắn lại.")),
        ("agencies", {"name": 7}, Problem(9, "name", "phải là chữ; nếu là số hoặc để trống, hãy đặt trong dấu nháy.")),
        ("brands", {"agency": "soyte"}, Problem(5, "agency", "“soyte” chưa có trong agencies.yml.")),
        ("brands", {"agency": "snv"}, Problem(5, "agency", "“snv” viết hai lần; mỗi mã chỉ dùng một lần.")),
        (
            "brands",
            {"agency": "bao_chi", "picture": "AAAA"},
            Problem(5, "picture", "không phải hình do phần mềm đọc từ tệp logo; hãy tải lại tệp logo."),
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_item_and_field(
    loaded: Session, name: str, change: dict[str, Any], problem: Problem
) -> None:
    start = (
        (agencies(), {"code": "x", "name": "X", "short": "X", "kind": "nhom"})
        if name == "agencies"
        else (brands(), {"agency": "x", "name": "X"})
    )
    assert problem in refused(loaded, name, [*start[0], start[1] | change])
    assert active_plan(loaded) == plan()


def test_an_agency_that_may_be_named_somewhere_cannot_vanish(loaded: Session) -> None:
    told = refused(loaded, "agencies", [one for one in agencies() if one["code"] != "bao_chi"])
    assert told == [
        Problem(None, "code", "“bao_chi” có thể đã được nêu tên ở bài đăng hoặc kế hoạch; hãy ghi ngày hết hiệu lực.")
    ]


def test_a_plan_that_the_desks_agencies_do_not_fit_is_refused_with_the_way_out(loaded: Session, tmp_path: Path) -> None:
    save(loaded, "agencies", agencies(), seen=0, by=SON, now=NOW)
    shutil.copytree(PLANS / "thua-thien-hue-2023", tmp_path / "moi")
    for file, old, new in (("agencies.yml", "code: stp\n", "code: so_moi\n"), ("topics.yml", "stp]", "so_moi]")):
        path = tmp_path / "moi" / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (tmp_path / "moi" / "brands.yml").unlink()
    with pytest.raises(LibraryError) as told:
        plan_as_changed(loaded, read_plan(tmp_path / "moi"))
    assert "topics.yml: điểm a: owners: “so_moi” chưa có trong agencies.yml." in told.value.problems
    assert "trang Cấu hình" in told.value.problems[-1]


# Holidays and pauses -----------------------------------------------------------------------------------------


def test_the_files_holidays_hold_until_the_office_has_its_own(loaded: Session) -> None:
    folder = PLANS / "mau-nam"
    days = [date(2026, 1, 1), date(2026, 2, 18), date(2026, 2, 19), date(2026, 10, 10), date(2026, 12, 25)]
    assert "Ngày Chuyển đổi số quốc gia" in {one.name for one in office.holidays(loaded, folder, days).values()}
    own = [{"on": "18/02/2026", "name": "Nghỉ bù"}, {"on": "2026-01-01", "name": "Tết Dương lịch", "off": False}]
    save(loaded, "holidays", own, seen=0, by=SON, now=NOW)
    found = office.holidays(loaded, folder, days)
    assert {on.isoformat(): (one.name, one.off) for on, one in found.items()} == {
        "2026-01-01": ("Tết Dương lịch", False),
        "2026-02-18": ("Nghỉ bù", True),
        "2026-02-19": ("Tết Nguyên đán (mùng 3)", True),
    }, "the office's rows over the base layer; what only the file said is the office's to say now"


def test_a_day_may_have_rules_of_its_own_and_nonsense_is_refused_beside_its_field(loaded: Session) -> None:
    own = [{"on": "22/08/2026", "name": "Làm bù", "working": True}]
    save(loaded, "holidays", own, seen=0, by=SON, now=NOW)
    assert read(loaded, "holidays").data == [{"on": "2026-08-22", "name": "Làm bù", "off": False, "working": True}]
    for facts, field in (
        ({"at_most": -1}, "at_most"),
        ({"at_most": 51}, "at_most"),
        ({"without": ["Thông báo"]}, "without"),
        ({"only": ["x" * 41]}, "only"),
        ({"only": ["tin-vui"], "without": ["tin-vui"]}, ""),
    ):
        told = refused(loaded, "holidays", [{"on": "01/01/2027", "name": "Tết", **facts}])
        assert [one.field for one in told] == [field], facts


def test_a_day_stands_once_among_the_holidays_and_has_a_name(loaded: Session) -> None:
    told = refused(loaded, "holidays", [{"on": "01/01/2026", "name": "Một"}, {"on": "2026-01-01", "name": ""}])
    assert {(one.place, one.field) for one in told} == {(1, "name"), (1, "on")}


def test_each_reason_has_words_and_the_office_may_write_its_own(loaded: Session) -> None:
    assert {one.reason for one in office.pauses(loaded)} == set(office.REASON_WORDS)
    save(loaded, "pauses", [{"reason": "quoc_tang", "words": "Dừng đăng hai ngày."}], seen=0, by=SON, now=NOW)
    assert office.pauses(loaded)[0].words == "Dừng đăng hai ngày."
    assert office.pauses(loaded)[1:] == office.PAUSES[1:]
    assert refused(loaded, "pauses", [{"reason": "le_hoi", "words": "x"}])[0].field == "reason"


def test_a_name_that_is_no_list_of_the_office_is_a_bug(loaded: Session) -> None:
    with pytest.raises(KeyError):
        read(loaded, "topics")
