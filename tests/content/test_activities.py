"""Activities outside the networks: what may be kept, who changes what at the same moment, what they add up to."""

import threading
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from content.act_records import Subject, history
from content.activities import (
    FIGURES,
    KINDS,
    ActivityConflict,
    Asked,
    Column,
    Cost,
    Place,
    activities,
    alike,
    change,
    costs,
    count,
    create,
    find_activity,
    restore,
    tallies,
    totals,
    withdraw,
)
from content.activity_fields import ActivityError, ActivityFields, count_of, fields_of, money
from content.errors import ContentError
from content.plan import load_plan
from content.record_tables import Activity
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import plan

DAY = date(2026, 11, 10)
CLASS = ActivityFields(
    "tap_huan", "Tập huấn cải cách hành chính cho cán bộ một cửa", DAY, date(2026, 11, 12), "Hội trường tầng 2", "snv",
    "d", "a", ("noi_bo",), {"classes": 3, "people": 120}, 12_500_000, "Ngân sách Sở Nội vụ",
)  # fmt: skip
PRESS = ActivityFields(
    "bao_chi", "Chuyên mục Cải cách hành chính", DAY, DAY, topic="h", outlet="Báo địa phương", tone="tich_cuc",
    figures={"news": 2, "articles": 1}, url="https://bao.example.vn/cchc",
)  # fmt: skip
TALK = ActivityFields(
    "doi_thoai", "Đối thoại trực tuyến với doanh nghiệp", DAY, DAY, figures={"questions": 10, "answered": 9}
)


@pytest.fixture
def office(engine: Engine) -> Engine:
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
    return engine


def logged(office: Engine, fields: ActivityFields = CLASS, *, by: str = LAN) -> Activity:
    with writing(office) as session:
        return create(session, fields, by=by, now=NOW).row


def changed(office: Engine, row: Activity, fields: ActivityFields, *, seen: int = 1, by: str = LAN) -> Activity:
    with writing(office) as session:
        return change(session, row.id or 0, fields, seen=seen, by=by, now=NOW + timedelta(hours=1))


def rows(office: Engine) -> int:
    with reading(office) as session:
        return session.exec(select(func.count()).select_from(Activity)).one()


def wrong(office: Engine, **facts: Any) -> dict[str, str]:
    with pytest.raises(ActivityError) as caught:
        logged(office, replace(CLASS, **facts))
    assert rows(office) == 0, "nothing is half-written"
    assert all(one.words.endswith(".") for one in caught.value.problems)
    return {one.field: one.words for one in caught.value.problems}


def test_every_kind_names_figures_that_there_are_and_forms_that_the_plans_have() -> None:
    letters = {one.letter for one in plan().forms}
    for kind in KINDS.values():
        assert set(kind.counted) <= set(kind.figures) <= set(FIGURES)
        assert kind.form in letters | {""}
        assert kind.outline in {"", "I.1", *(f"II.3.{one}" for one in "abcdđ")}


def test_an_activity_is_kept_as_it_was_logged_and_the_record_holds_it(office: Engine) -> None:
    row = logged(
        office, replace(CLASS, title="  Tập huấn\u0000 cải cách\thành chính " + unicodedata.normalize("NFD", "ở xã"))
    )
    with reading(office) as session:
        kept = find_activity(session, row.id or 0)
        assert kept.title == "Tập huấn cải cách hành chính ở xã"
        assert (kept.cost, kept.figures, kept.version) == (12_500_000, {"classes": 3, "people": 120}, 1)
        (act,) = history(session, Subject.ACTIVITY, row.id or 0)
    assert (act.action, act.actor, act.data["title"]) == ("recorded", LAN, kept.title)


def test_the_form_follows_the_kind_and_another_may_be_said(office: Engine) -> None:
    assert logged(office, TALK).form == "d"
    assert logged(office, replace(TALK, form="c")).form == "c"


def test_each_wrong_field_gets_its_own_sentence(office: Engine) -> None:
    found = wrong(
        office, kind="tap_huan", title="", last=date(2026, 11, 1), agency="khong_co", topic="z", form="q",
        audiences=("ma",), figures={"classes": -1, "questions": 3, "<b>": 2}, cost=-5, url="javascript:alert(1)",
        place="x" * 300, outlet="Báo", tone="xau",
    )  # fmt: skip
    assert set(found) == {
        "title", "last", "agency", "topic", "form", "audiences", "classes", "questions", "<b>", "cost", "url", "place",
        "outlet", "tone",
    }  # fmt: skip
    assert "khong_co" in found["agency"]


def test_what_has_not_begun_is_refused_and_what_still_runs_is_not(office: Engine) -> None:
    assert "chưa tới" in wrong(office, first=date(2026, 11, 24), last=date(2026, 11, 24))["first"]
    assert logged(office, replace(CLASS, first=date(2026, 11, 23), last=date(2026, 12, 31))).id


def test_the_day_it_is_is_the_day_in_viet_nam(office: Engine) -> None:
    late = NOW.replace(day=22, hour=18)  # 01:00 on the 23rd in Việt Nam
    with writing(office) as session:
        assert create(session, replace(CLASS, first=date(2026, 11, 23), last=date(2026, 11, 23)), by=LAN, now=late).new


def test_more_answers_than_questions_are_refused(office: Engine) -> None:
    found = wrong(office, kind="doi_thoai", figures={"questions": 10, "answered": 11})
    assert list(found) == ["answered"]


def test_a_press_item_names_who_printed_it(office: Engine) -> None:
    assert list(wrong(office, kind="bao_chi", figures={})) == ["outlet"]


def test_an_unknown_kind_is_refused(office: Engine) -> None:
    assert "kind" in wrong(office, kind="dam_cuoi")


def test_the_same_activity_sent_twice_is_logged_once(office: Engine) -> None:
    first, second = logged(office), logged(office)
    assert first.id == second.id
    assert rows(office) == 1


def test_two_who_send_the_same_activity_at_once_log_it_once(office: Engine) -> None:
    threads = [threading.Thread(target=logged, args=(office,)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert rows(office) == 1


def test_another_of_the_same_name_and_day_is_told(office: Engine) -> None:
    first, second = logged(office), logged(office, replace(CLASS, title=CLASS.title.upper(), agency="stp"))
    with reading(office) as session:
        assert [one.id for one in alike(session, second)] == [first.id]


def test_a_change_that_did_not_see_the_one_before_it_is_refused(office: Engine) -> None:
    row = logged(office)
    after = changed(office, row, replace(CLASS, figures={"classes": 4, "people": 120}))
    assert after.version == 2
    with pytest.raises(ActivityConflict) as caught:
        changed(office, row, replace(CLASS, place="Phòng họp 1"), by=MINH)
    assert caught.value.names == ["place", "figures"]
    assert caught.value.standing.figures == {"classes": 4, "people": 120}
    assert changed(office, row, fields_of(after)).version == 2, "saving what is kept changes nothing"
    with reading(office) as session:
        assert [one.action for one in history(session, Subject.ACTIVITY, row.id or 0)] == ["changed", "recorded"]


def test_of_two_changes_at_once_one_wins_and_the_other_is_told(office: Engine) -> None:
    row, told = logged(office), []

    def save(place: str) -> None:
        try:
            changed(office, row, replace(CLASS, place=place))
        except ActivityConflict as conflict:
            told.append(conflict)

    threads = [threading.Thread(target=save, args=(f"Phòng {one}",)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(told) == 3
    with reading(office) as session:
        assert find_activity(session, row.id or 0).version == 2


def test_what_a_new_plan_no_longer_names_may_stay(office: Engine) -> None:
    row = logged(office)
    new = plan().model_copy(update={"topics": plan().topics[:2], "forms": (), "audiences": (), "agencies": ()})
    with writing(office) as session:
        load_plan(session, new, NOW)
    assert changed(office, row, replace(CLASS, words="Bổ sung danh sách dự lớp.")).words
    with pytest.raises(ActivityError):
        logged(office)


def test_what_is_withdrawn_counts_nowhere_and_comes_back_as_it_was(office: Engine) -> None:
    row = logged(office)
    with writing(office) as session, pytest.raises(ActivityError):
        withdraw(session, row.id or 0, " \n", by=MINH, now=NOW)
    with writing(office) as session:
        assert withdraw(session, row.id or 0, "Ghi trùng", by=MINH, now=NOW).withdrawn_by == MINH
        withdraw(session, row.id or 0, "lần nữa", by=LAN, now=NOW)
    with reading(office) as session:
        assert count(session, Asked()) == 0
        assert not totals(session, Asked())
        assert not tallies(session, Asked())
        assert not costs(session, Asked())
        assert [one.withdrawn_words for one in activities(session, Asked(withdrawn=True))] == ["Ghi trùng"]
    with pytest.raises(ContentError):
        changed(office, row, replace(CLASS, place="x"), seen=2)
    with writing(office) as session:
        restore(session, row.id or 0, by=LAN, now=NOW)
        assert count(session, Asked()) == 1
        kept = [one.action for one in history(session, Subject.ACTIVITY, row.id or 0)]
    assert kept == ["restored", "withdrawn", "recorded"]


def test_the_figures_of_a_kind_add_up_and_missing_is_not_nought(office: Engine) -> None:
    logged(office)
    logged(office, replace(CLASS, title="Lớp thứ hai", figures={"people": 30}))
    logged(office, replace(CLASS, title="Lớp thứ ba", figures={"classes": 0}))
    logged(office, replace(TALK, figures={}))
    with reading(office) as session:
        classes, talk = totals(session, Asked())
    assert (classes.kind.code, classes.activities, classes.counted) == ("tap_huan", 3, 3 + 1 + 0)
    assert (classes.figures, classes.untold) == ({"classes": 3, "people": 150}, {"classes": 1, "people": 1})
    assert (talk.counted, talk.figures) == (1, {"sessions": None, "questions": None, "answered": None})


def test_activities_are_tallied_by_agency_topic_and_form_for_the_tables(office: Engine) -> None:
    logged(office)
    logged(office, PRESS)
    logged(office, replace(PRESS, title="Phóng sự", figures={"features": 1}))
    with reading(office) as session:
        found = tallies(session, Asked())
    assert [(one.kind, one.agency, one.topic, one.form, one.activities, one.counted) for one in found] == [
        ("tap_huan", "snv", "d", "a", 1, 3),
        ("bao_chi", "", "h", "c", 2, 4),
    ]
    assert found[1].figures == {"news": 2, "articles": 1, "features": 1}
    assert KINDS["bao_chi"].column is Column.PRESS


def test_costs_are_told_by_agency_and_source_and_what_nobody_told_is_none(office: Engine) -> None:
    logged(office)
    logged(office, replace(CLASS, title="Lớp thứ hai", cost=None))
    logged(office, TALK)
    with reading(office) as session:
        found = costs(session, Asked())
    assert found == [Cost("", "", None, 1, 0), Cost("snv", "Ngân sách Sở Nội vụ", 12_500_000, 2, 1)]


def test_an_activity_belongs_to_the_day_it_began_so_spans_add_up(office: Engine) -> None:
    logged(office, replace(CLASS, first=date(2026, 10, 31), last=date(2026, 11, 2)))
    with reading(office) as session:
        counted = [
            count(session, Asked(date(2026, month, 1), last)) for month, last in
            ((10, date(2026, 10, 31)), (11, date(2026, 11, 30)))
        ]  # fmt: skip
    assert counted == [1, 0]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(kind="bao_chi"), 1),
        (Asked(agency="snv"), 1),
        (Asked(agency=""), 2),
        (Asked(topic="h"), 1),
        (Asked(form="d"), 1),
        (Asked(words="TAP HUAN cai cach"), 1),
        (Asked(words="đối thoại"), 1),
        (Asked(words="100% _\\"), 0),
        (Asked(DAY, DAY, kind="doi_thoai", words="doanh"), 1),
    ],
)
def test_a_list_is_narrowed(office: Engine, asked: Asked, found: int) -> None:
    for one in (CLASS, PRESS, TALK):
        logged(office, one)
    with reading(office) as session:
        assert count(session, asked) == len(activities(session, asked)) == found


def test_a_list_is_read_page_by_page(office: Engine) -> None:
    made = [logged(office, replace(TALK, title=f"Cuộc {one}", first=DAY - timedelta(one // 2))).id for one in range(5)]
    with reading(office) as session:
        first = activities(session, Asked(), limit=2)
        rest = activities(session, Asked(), after=Place(first[-1].first, first[-1].id or 0))
    assert [one.id for one in (*first, *rest)] == [made[1], made[0], made[3], made[2], made[4]]


@pytest.mark.parametrize(
    ("typed", "value"),
    [("", None), ("12.500.000", 12_500_000), ("12500000 đồng", 12_500_000), ("0", 0), ("1 000 000đ", 1_000_000)],
)
def test_money_is_read_as_staff_type_it(typed: str, value: int | None) -> None:
    assert money(typed) == value


@pytest.mark.parametrize("typed", ["12,5 triệu", "12.50", "-1", "1e9", "12.500.00", "nhiều", "9" * 20, "١٢"])
def test_money_is_never_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match="số đồng"):
        money(typed)


@pytest.mark.parametrize(("typed", "value"), [("", None), ("1.250", 1250), ("7", 7)])
def test_a_count_is_read_as_staff_type_it(typed: str, value: int | None) -> None:
    assert count_of(typed) == value


@pytest.mark.parametrize("typed", ["1,5", "1.25", "-3", "mười", "1" * 12])
def test_a_count_is_never_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match="số nguyên"):
        count_of(typed)
