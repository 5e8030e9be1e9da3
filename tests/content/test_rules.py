"""When a post goes out: tags, season, repeats, series; in its file, in the table, in its hash and in its history."""

import hashlib
import json
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from content.checks import Finding, Grade, check
from content.checks.rules import SERIES_MOST
from content.differences import differences
from content.editing import fields_of, save
from content.editorial import approve, content_hash, is_approved, submit
from content.errors import ContentError, LibraryError
from content.library import load_library, read_library
from content.postfile import PostFile, read_post
from content.series import find_series_faults
from content.store import AssetStore
from content.tables import HASHED, HASHED_WHEN_SET, Post, PostAsset, PostRevision
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import LIBRARY, POST, draw, plan, shelf

KEY = "d-giay-hen"
LATER = NOW + timedelta(hours=1)
FULL = """\
tags: [thong-bao, mua-lu]
season: 01/9 - 15/12
late: {rule: next_slot, minutes: 60}
repeat: {days: 45, most: 6, until: 31/12/2026}
"""
PARTED = "evergreen: false\nseries: {name: Sáu bước nộp hồ sơ, part: 2}\n"


def with_head(lines: str) -> str:
    return POST.replace("form: infographic\n", f"form: infographic\n{lines}")


@pytest.fixture
def good(tmp_path: Path) -> PostFile:
    return read_post(shelf(tmp_path), plan())


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> Session:
    """A database with one draft."""
    shelf(tmp_path)
    load_library(session, tmp_path, plan(), AssetStore(tmp_path / "store"), NOW, draw)
    session.commit()
    return session


def post(session: Session, key: str = KEY) -> Post:
    session.expire_all()
    return session.exec(select(Post).where(Post.key == key)).one()


def change(session: Session, **changes: Any) -> Post:
    row = post(session)
    return save(session, KEY, replace(fields_of(session, row), **changes), by=LAN, now=LATER, seen=row.content_hash)


# In its file -------------------------------------------------------------------------------------------


def test_a_file_tells_its_tags_its_season_its_repeats_and_its_series(tmp_path: Path) -> None:
    read = read_post(shelf(tmp_path, with_head(FULL)), plan())
    assert (read.tags, read.season, read.late_rule) == (["thong-bao", "mua-lu"], "09-01/12-15", "next_slot")
    assert (read.repeat_days, read.repeat_most, read.repeat_until) == (45, 6, date(2026, 12, 31))
    parted = read_post(shelf(tmp_path, with_head(PARTED)), plan())
    assert (parted.series, parted.series_part) == ("Sáu bước nộp hồ sơ", 2)


def test_a_file_in_decomposed_text_tells_the_same(tmp_path: Path) -> None:
    text = with_head(FULL.replace("01/9 - 15/12", "từ 01/9 đến 15/12") + PARTED).replace("repeat:", "# repeat:")
    assert read_post(shelf(tmp_path, unicodedata.normalize("NFD", text)), plan()) == read_post(
        shelf(tmp_path, text), plan()
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("tags: [Thông báo]", "tags: “Thông báo” không đúng mẫu; chỉ dùng chữ thường không dấu"),
        ("tags: ['<script>']", "tags: “<script>” không đúng mẫu"),
        (f"tags: [{', '.join(f't{one}' for one in range(21))}]", "tags: có 21 nhãn; tối đa 20 nhãn."),
        (f"tags: [{'a' * 41}]", "tags: “" + "a" * 40),
        ("tags: thong-bao", "tags: phải là danh sách"),
        ("season: mùa mưa", "season: “mùa mưa” không phải mùa trong năm; hãy ghi ngày/tháng"),
        ("season: 31/9 - 15/12", "season: ngày 31/9 không có trong năm"),
        ("season: [1, 2]", "season: phải là chữ"),
        ("repeat: {days: 367}", "repeat.days: phải là số trong khoảng cho phép"),
        ("repeat: {most: -1}", "repeat.most: phải là số trong khoảng cho phép"),
        ("repeat: {until: 31/02/2026}", "repeat.until: phải là ngày"),
        ("repeat: {often: true}", "repeat.often: tên trường không có trong mẫu"),
        ("series: {name: Loạt, part: 0}", "series.part: bài thuộc một loạt bài nhưng chưa ghi là phần mấy"),
        ("series: {part: 3}", "series.name: có số phần nhưng chưa ghi tên loạt bài"),
        (f"series: {{name: {'a' * 121}, part: 1}}", "series.name: tên dài 121 ký tự; tối đa 120 ký tự."),
        ("series: Loạt bài", "series: phải là nhóm các trường viết thụt lề"),
        ("late: {rule: whenever}", "late.rule: chỉ nhận một trong"),
    ],
)
def test_what_cannot_be_is_told_by_its_field_with_the_way_out(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(LibraryError) as error:
        read_post(shelf(tmp_path, with_head(f"{lines}\n")), plan())
    assert any(told in one for one in error.value.problems), error.value.problems


def test_the_shipped_flood_warning_has_its_season_and_its_tag_and_all_others_stay_all_year() -> None:
    posts = {one.key: one for one in read_library(LIBRARY, plan())}
    flood = posts.pop("l-canh-bao-mua-lu")
    assert (flood.tags, flood.season) == (["canh-bao"], "09-01/12-15")
    assert not any(one.season or one.series or one.repeat_days for one in posts.values())


# What contradicts itself -------------------------------------------------------------------------------


def rules(good: PostFile, **changes: Any) -> list[Finding]:
    changed = replace(good, **changes)
    return check(changed, changed.places(), plan())


@pytest.mark.parametrize(
    ("changes", "field", "words", "grade"),
    [
        ({"evergreen": False, "repeat_days": 30}, "repeat.days", "chỉ đăng một lần mà lại có quy tắc", Grade.ERROR),
        ({"evergreen": False, "repeat_most": 2}, "repeat.most", "hoặc bỏ quy tắc đăng lại", Grade.ERROR),
        ({"evergreen": False, "repeat_until": date(2026, 12, 1)}, "repeat.until", "dùng lại được", Grade.ERROR),
        (
            {"repeat_until": date(2026, 1, 1), "valid_from": date(2026, 2, 1)},
            "repeat.until",
            "01/01/2026 đứng trước ngày bắt đầu dùng bài 01/02/2026",
            Grade.ERROR,
        ),
        (
            {"repeat_until": date(2026, 3, 1), "valid_to": date(2026, 2, 1)},
            "repeat.until",
            "đứng sau ngày hết hạn 01/02/2026",
            Grade.WARNING,
        ),
        (
            {"season": "09-01/12-15", "valid_from": date(2026, 1, 1), "valid_to": date(2026, 8, 31)},
            "season",
            "từ 01/9 đến 15/12 hằng năm không có ngày nào trong thời gian dùng bài",
            Grade.ERROR,
        ),
        (
            {"season": "02-29/02-29", "valid_from": date(2025, 1, 1), "valid_to": date(2027, 12, 31)},
            "season",
            "từ 29/02 đến 29/02",
            Grade.ERROR,
        ),
        ({"series": "Loạt", "series_part": 1, "evergreen": True}, "series.name", "đăng lại riêng lẻ", Grade.WARNING),
        (
            {"series": "Loạt", "series_part": 1, "repeat_days": 9},
            "series.name",
            "không có quy tắc đăng lại riêng",
            Grade.ERROR,
        ),
        ({"tags": ["Ồn Ào"]}, "tags", "“Ồn Ào” không đúng mẫu", Grade.ERROR),
        ({"season": "quanh năm"}, "season", "không phải mùa trong năm", Grade.ERROR),
        ({"repeat_days": 10**9}, "repeat.days", "từ 0 đến 366", Grade.ERROR),
    ],
)
def test_a_contradiction_is_one_sentence_beside_its_field(
    good: PostFile, changes: dict[str, Any], field: str, words: str, grade: Grade
) -> None:
    found = rules(good, **changes)
    assert [(one.field, one.grade) for one in found] == [(field, grade)]
    assert words in found[0].words


@pytest.mark.parametrize(
    "changes",
    [
        {"repeat_days": 30, "repeat_most": 4, "repeat_until": date(2026, 12, 31), "valid_to": date(2026, 12, 31)},
        {"evergreen": False, "series": "Loạt", "series_part": 7},
        {"season": "12-15/02-28", "valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 1)},
        {"season": "02-29/02-29", "valid_from": date(2025, 1, 1), "valid_to": date(2028, 2, 29)},
        {"tags": ["thong-bao", "mua-lu"], "season": "09-01/12-15"},
    ],
)
def test_what_agrees_raises_no_alarm(good: PostFile, changes: dict[str, Any]) -> None:
    assert rules(good, **changes) == []


# In the table ------------------------------------------------------------------------------------------


def test_an_approval_from_before_these_fields_still_holds(desk: Session) -> None:
    """The hash as it was made when a post could not say any of this."""
    row = post(desk)
    assets = desk.exec(select(PostAsset).where(PostAsset.post_id == row.id)).all()
    facts = {name: getattr(row, name) for name in HASHED if name not in HASHED_WHEN_SET}
    pictures = sorted([one.role, one.platform, one.position, one.sha256, one.alt] for one in assets)
    text = json.dumps({**facts, "assets": pictures}, sort_keys=True, ensure_ascii=False, default=str)
    assert content_hash(row, assets) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": ("canh-bao",)},
        {"season": "01/9 - 15/12"},
        {"repeat_days": 7},
        {"repeat_most": 2},
        {"repeat_until": date(2027, 1, 1)},
        {"series": "Loạt bài", "series_part": 1},
        {"late_rule": "next_slot"},
    ],
)
def test_changing_a_rule_after_the_approval_takes_the_approval_away(desk: Session, changes: dict[str, Any]) -> None:
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    assert is_approved(post(desk))
    changed = change(desk, **changes)
    assert not is_approved(changed) and changed.state == "draft"


def test_the_desk_keeps_them_composed_each_tag_once_and_a_season_in_its_one_form(desk: Session) -> None:
    name = unicodedata.normalize("NFD", "  Sáu   bước\u00a0nộp\n hồ sơ ")
    saved = change(desk, tags=("#mua-lu", "canh-bao", "mua-lu"), season="Từ 1/9 đến 15/12", series=name, series_part=3)
    assert (saved.tags, saved.season) == (["mua-lu", "canh-bao"], "09-01/12-15")
    assert (saved.series, saved.series_part) == ("Sáu bước nộp hồ sơ", 3)
    before = saved.content_hash
    assert change(desk, season="09-01/12-15", series=name).content_hash == before, "the same again is no change"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tags": ("Ồn ào",)}, "tags: “Ồn ào” không đúng mẫu"),
        ({"tags": ("x" * 5_000,)}, "tags: “xxx"),
        ({"season": "31/9 - 1/10"}, "season: ngày 31/9 không có trong năm"),
        ({"season": "<b>" * 9_999}, "season: “<b><b>"),
        ({"repeat_days": -1}, "repeat.days: phải là số nguyên từ 0 đến 366."),
        ({"repeat_most": 2**40}, "repeat.most: phải là số nguyên từ 0 đến 1.000."),
        ({"series_part": 1001}, "series.part: phải là số nguyên từ 0 đến 1.000."),
        ({"series": "đ" * (SERIES_MOST + 1)}, "series.name: tên dài 121 ký tự"),
    ],
)
def test_the_desk_refuses_what_cannot_be_and_writes_nothing(desk: Session, changes: dict[str, Any], told: str) -> None:
    before = post(desk).content_hash
    with pytest.raises(ContentError) as error:
        change(desk, **changes)
    assert error.value.words.startswith(told) and len(error.value.words) < 200
    assert post(desk).content_hash == before


def test_two_posts_in_one_place_of_a_series_are_an_error_and_a_missing_part_a_warning(
    session: Session, tmp_path: Path
) -> None:
    shelf(tmp_path, with_head(PARTED))
    for key, part, name in (
        ("d-mot", 2, "Sáu bước nộp hồ sơ"),
        ("d-hai", 4, "Sáu bước nộp hồ sơ"),
        ("d-ba", 2, "Loạt khác"),
    ):
        text = PARTED.replace("part: 2", f"part: {part}").replace("Sáu bước nộp hồ sơ", name)
        (tmp_path / f"{key}.md").write_text(with_head(text), encoding="utf-8")
    load_library(session, tmp_path, plan(), AssetStore(tmp_path / "store"), NOW, draw)

    def found(key: str) -> list[tuple[str, str, Grade]]:
        return [(one.field, one.words, one.grade) for one in find_series_faults(session, post(session, key))]

    missing = ("series.part", "chưa có phần 1 của loạt bài này; các phần đăng theo thứ tự.", Grade.WARNING)
    twin = "bài “d-mot” đã là phần 2 của loạt bài này; hãy ghi số phần khác."
    assert found(KEY) == [("series.part", twin, Grade.ERROR), missing]
    assert found("d-ba") == [missing]
    assert found("d-hai") == [("series.part", missing[1].replace("phần 1", "phần 3"), Grade.WARNING)]


# In its history ----------------------------------------------------------------------------------------


def test_a_change_is_told_in_words_that_staff_use(desk: Session) -> None:
    change(desk)
    change(desk, title="Giấy hẹn", tags=("mua-lu",))
    change(
        desk, tags=("thong-bao", "mua-lu"), season="01/9 - 15/12", repeat_days=45, repeat_most=6,
        repeat_until=date(2026, 12, 31), late_rule="next_slot", series="Sáu bước", series_part=2,
    )  # fmt: skip
    kept = desk.exec(select(PostRevision).order_by(PostRevision.id)).all()
    told = {one.field: (one.before, one.after) for one in differences(kept[-2].data, kept[-1].data).changes}
    assert told == {
        "tags": ("mua-lu", "Thông báo hành chính; mua-lu"),
        "season": ("", "từ 01/9 đến 15/12 hằng năm"),
        "repeat_days": ("", "45 ngày"),
        "repeat_most": ("", "6 lần"),
        "repeat_until": ("", "31/12/2026"),
        "late_rule": ("bỏ qua", "chuyển sang khung giờ trống kế tiếp"),
        "series": ("", "Sáu bước"),
        "series_part": ("", "phần 2"),
    }


def test_a_version_from_before_these_fields_does_not_differ_in_them(desk: Session) -> None:
    change(desk, title="Giấy hẹn")
    data = desk.exec(select(PostRevision)).all()[-1].data
    old = {name: value for name, value in data.items() if name not in HASHED_WHEN_SET}
    assert not differences(old, data)
