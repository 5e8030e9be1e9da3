"""Campaigns: what may be kept, who changes what at the same moment, which posts belong to them; on both databases."""

import threading
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from content.campaign_fields import CampaignError, CampaignFields, fields_of
from content.campaigns import (
    CampaignConflict,
    Moved,
    NoCampaign,
    Phase,
    add_posts,
    campaigns,
    change,
    counts,
    create,
    end,
    find_campaign,
    of_post,
    phase,
    posts_of,
    remove_posts,
    reopen,
)
from content.errors import ContentError
from content.plan import load_plan
from content.tables import Campaign, CampaignPost
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import plan
from tests.scheduler.house import House

FIRST, LAST = date(2026, 11, 16), date(2026, 12, 15)
WEEK = CampaignFields(
    "Tuần lễ phản ánh hiện trường", FIRST, LAST, "Người dân biết gửi phản ánh.", ("fanpage", "oa"), 20,
    {"l": 12, "k": 4}, {"fanpage": 14},
)  # fmt: skip
CHANNELS = {"fanpage", "oa", "youtube"}


@pytest.fixture
def house(engine: Engine) -> House:
    made = House(engine)
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
    return made


def made(house: House, fields: CampaignFields = WEEK, *, by: str = LAN, key: str = "") -> Campaign:
    with writing(house.engine) as session:
        return create(session, fields, channels=CHANNELS, by=by, now=NOW, key=key).row


def changed(house: House, fields: CampaignFields, *, seen: int = 1, by: str = LAN, key: str = "") -> Campaign:
    with writing(house.engine) as session:
        found = key or "tuan-le-phan-anh-hien-truong"
        return change(session, found, fields, seen=seen, channels=CHANNELS, by=by, now=NOW + timedelta(hours=1))


def total(house: House, what: Any) -> int:
    with reading(house.engine) as session:
        return int(session.exec(select(func.count()).select_from(what)).one())


# What may be kept ------------------------------------------------------------------------------------------


def test_a_campaign_is_kept_as_it_was_told_under_a_key_made_of_its_name(house: House) -> None:
    row = made(house, replace(WEEK, name=unicodedata.normalize("NFD", "  Tuần lễ   phản ánh hiện trường ")))
    assert row.key == "tuan-le-phan-anh-hien-truong" and row.name == WEEK.name
    assert row.targets == {"total": 20, "topics": {"l": 12, "k": 4}, "channels": {"fanpage": 14}}
    assert (row.version, row.created_by, row.updated_by, row.ended_at) == (1, LAN, LAN, None)
    assert fields_of(row) == WEEK


def test_without_a_total_it_is_what_the_targets_add_up_to(house: House) -> None:
    assert made(house, replace(WEEK, total=0, per_channel={"oa": 30, "fanpage": 0})).targets == {
        "total": 30, "topics": {"l": 12, "k": 4}, "channels": {"oa": 30},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"name": " \u200b "}, "name", "chưa có tên"),
        ({"name": "a" * 201}, "name", "dài 201 ký tự; tối đa 200"),
        ({"purpose": "a" * 2_001}, "purpose", "dài 2.001 ký tự; tối đa 2.000"),
        ({"last": date(2026, 11, 15)}, "last", "kết thúc trước khi bắt đầu (15/11/2026 trước 16/11/2026)"),
        ({"last": date(2028, 11, 16)}, "last", "dài quá hai năm"),
        ({"first": date(1999, 1, 1)}, "first", "2000–2100"),
        ({"last": date(2101, 1, 1)}, "first", "2000–2100"),
        ({"channels": ("fanpage", "khong-co")}, "channels", "Không có kênh “khong-co”"),
        ({"topics": {"z": 1}}, "topics", "không có điểm “z”"),
        ({"topics": {"l": -1}}, "topics", "từ 0 đến 100.000"),
        ({"total": 100_001}, "total", "từ 0 đến 100.000"),
        ({"topics": {"l": 21}}, "topics", "cộng lại là 21, lớn hơn chỉ tiêu chung 20"),
        ({"per_channel": {"fanpage": 15, "oa": 6}}, "per_channel", "cộng lại là 21"),
        ({"per_channel": {"youtube": 1}}, "per_channel", "“youtube” không thuộc chiến dịch"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_sentence_that_names_the_field(
    house: House, facts: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(CampaignError) as refused:
        made(house, replace(WEEK, **facts))
    [problem] = refused.value.problems
    assert problem.field == field and words in problem.words
    assert total(house, Campaign) == 0


def test_two_years_to_the_day_are_allowed(house: House) -> None:
    assert made(house, replace(WEEK, last=date(2028, 11, 15))).last == date(2028, 11, 15)


@pytest.mark.parametrize("key", ["Tuần lễ", "a_b", "../x", "a" * 61, "-a", "a\0b"])
def test_a_key_that_is_no_slug_is_refused(house: House, key: str) -> None:
    with pytest.raises(CampaignError, match="gạch nối"):
        made(house, key=key)


def test_a_double_click_makes_one_campaign_and_another_of_the_same_name_gets_a_key_of_its_own(house: House) -> None:
    first = made(house)
    assert made(house).id == first.id
    assert made(house, replace(WEEK, total=21)).key == f"{first.key}-2"
    assert made(house, by=MINH).key == f"{first.key}-3"
    with pytest.raises(CampaignError, match="Đã có chiến dịch"):
        made(house, replace(WEEK, total=30), key=first.key)


def test_without_a_plan_no_topic_has_a_target(engine: Engine) -> None:
    with pytest.raises(CampaignError, match="không có điểm “l”"):
        made(House(engine))
    assert made(House(engine), replace(WEEK, topics={})).key


# Changing --------------------------------------------------------------------------------------------------


def test_a_change_raises_the_version_and_saving_the_same_does_not(house: House) -> None:
    made(house)
    row = changed(house, replace(WEEK, total=25), by=MINH)
    assert (row.version, row.updated_by, row.targets["total"]) == (2, MINH, 25)
    assert changed(house, replace(WEEK, total=25), seen=1).version == 2, "a double click is no conflict"


def test_who_saw_an_older_version_is_told_who_changed_what_and_overwrites_nothing(house: House) -> None:
    made(house)
    changed(house, replace(WEEK, last=LAST + timedelta(days=3)), by=MINH)
    with pytest.raises(CampaignConflict) as refused:
        changed(house, replace(WEEK, name="Tên khác"), seen=1)
    assert "Minh vừa sửa" in refused.value.words and "09:00 ngày 23/11/2026" in refused.value.words
    assert "tên chiến dịch, đến ngày" in refused.value.words
    with reading(house.engine) as session:
        assert find_campaign(session, "tuan-le-phan-anh-hien-truong").name == WEEK.name


def test_of_two_people_at_once_one_wins_and_the_other_is_told(house: House) -> None:
    made(house)
    ready, results = threading.Barrier(2), list[str]()

    def save(name: str) -> None:
        ready.wait()
        try:
            results.append(changed(house, replace(WEEK, name=name), by=name).name)
        except CampaignConflict:
            results.append("")

    people = [threading.Thread(target=save, args=(name,)) for name in (LAN, MINH)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    [winner] = [name for name in results if name]
    with reading(house.engine) as session:
        row = find_campaign(session, "tuan-le-phan-anh-hien-truong")
    assert (row.name, row.version) == (winner, 2) and len(results) == 2


def test_a_channel_and_a_topic_that_went_away_do_not_lock_the_campaign(house: House) -> None:
    made(house)
    with writing(house.engine) as session:
        row = change(
            session, "tuan-le-phan-anh-hien-truong", replace(WEEK, total=30), seen=1, channels={"moi"}, by=LAN, now=NOW
        )
    assert row.channels == ["fanpage", "oa"]


def test_an_ended_campaign_is_left_alone_until_it_is_reopened(house: House) -> None:
    key = made(house).key
    house.post(key="bai-a")
    with writing(house.engine) as session:
        row = end(session, key, by=MINH, now=NOW)
        assert (row.ended_by, row.version) == (MINH, 2)
        assert end(session, key, by=LAN, now=NOW + timedelta(hours=1)).ended_by == MINH
    for attempt in (
        lambda session: change(session, key, WEEK, seen=2, channels=CHANNELS, by=LAN, now=NOW),
        lambda session: add_posts(session, key, ["bai-a"], by=LAN, now=NOW),
        lambda session: remove_posts(session, key, ["bai-a"]),
    ):
        with writing(house.engine) as session, pytest.raises(ContentError, match="hãy mở lại trước khi sửa"):
            attempt(session)
    with writing(house.engine) as session:
        assert reopen(session, key, by=LAN, now=NOW).ended_at is None
        assert add_posts(session, key, ["bai-a"], by=LAN, now=NOW).done == ("bai-a",)


def test_what_is_not_there_is_named(house: House) -> None:
    for key in ("khong-co", "a\0b", "x" * 500, "Ủy ban", ""):
        with reading(house.engine) as session, pytest.raises(NoCampaign):
            find_campaign(session, key)


# Posts -----------------------------------------------------------------------------------------------------


def test_many_posts_are_added_at_once_and_all_of_them_or_none(house: House) -> None:
    key = made(house).key
    posts = [house.post(key=f"bai-{n}x") for n in range(3)]
    with writing(house.engine) as session, pytest.raises(ContentError, match="không có bài “khong-co”"):
        add_posts(session, key, ["bai-0x", "khong-co"], by=LAN, now=NOW)
    assert total(house, CampaignPost) == 0
    with writing(house.engine) as session:
        assert add_posts(session, key, ["bai-0x", " bai-1x ", "bai-0x", ""], by=LAN, now=NOW) == Moved(
            ("bai-0x", "bai-1x"), ()
        )
        assert add_posts(session, key, ["bai-1x", "bai-2x"], by=LAN, now=NOW) == Moved(("bai-2x",), ("bai-1x",))
        assert remove_posts(session, key, ["bai-0x"]) == Moved(("bai-0x",), ())
        assert remove_posts(session, key, ["bai-0x"]) == Moved((), ("bai-0x",))
    with reading(house.engine) as session:
        assert set(session.exec(posts_of(key))) == {posts[1].id, posts[2].id}
        assert [one.key for one in of_post(session, posts[1].id)] == [key]
        assert of_post(session, posts[0].id) == []


def test_nothing_and_too_much_at_once_are_refused(house: House) -> None:
    key = made(house).key
    for posts, words in (([" "], "Chưa chọn bài nào"), ([f"b{n}" for n in range(501)], "tối đa 500")):
        with writing(house.engine) as session, pytest.raises(ContentError, match=words):
            add_posts(session, key, posts, by=LAN, now=NOW)


def test_two_people_who_add_the_same_post_at_once_add_it_once(house: House) -> None:
    key, ready, failed = made(house).key, threading.Barrier(2), list[Exception]()
    house.post(key="bai-a")

    def add(by: str) -> None:
        ready.wait()
        try:
            with writing(house.engine) as session:
                add_posts(session, key, ["bai-a"], by=by, now=NOW)
        except Exception as error:
            failed.append(error)

    people = [threading.Thread(target=add, args=(name,)) for name in (LAN, MINH)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert failed == [] and total(house, CampaignPost) == 1


# Lists -----------------------------------------------------------------------------------------------------


def test_campaigns_are_running_to_come_or_over_and_what_was_ended_is_over(house: House) -> None:
    spans = {"chay": (-3, 3), "toi": (1, 9), "qua": (-9, -1), "dung": (-1, 1)}
    today = date(2026, 11, 23)
    for name, (since, until) in spans.items():
        days = {"first": today + timedelta(days=since), "last": today + timedelta(days=until)}
        made(house, replace(WEEK, name=name, **days))
    with writing(house.engine) as session:
        end(session, "dung", by=LAN, now=NOW)
    expected = {Phase.RUNNING: ["chay"], Phase.COMING: ["toi"], Phase.OVER: ["dung", "qua"]}
    with reading(house.engine) as session:
        for which, keys in expected.items():
            assert [one.key for one in campaigns(session, today=today, only=which)] == keys
        everything = campaigns(session, today=today)
        assert [one.key for one in everything] == ["toi", "dung", "chay", "qua"], "the last to begin first"
        assert {one.key: phase(one, today) for one in everything} == {
            key: which for which, keys in expected.items() for key in keys
        }
        assert counts(session, today=today) == {Phase.RUNNING: 1, Phase.COMING: 1, Phase.OVER: 2}
        first = campaigns(session, today=today, limit=2)
        rest = campaigns(session, today=today, limit=9, before=(first[-1].first, first[-1].id or 0))
        assert [one.key for one in (*first, *rest)] == ["toi", "dung", "chay", "qua"]
