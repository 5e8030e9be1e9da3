"""Documents that are no longer in force are found however they are cited, and their replacement is named."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from content.checks import AssetPlace, Drawn, Finding, check
from content.plan import LegalRef, LegalState, Plan
from content.postfile import PostFile, read_post
from tests.content.shelf import plan, shelf
from tests.content.test_checks import said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, **changes: Any) -> list[Finding]:
    changed = replace(post, **changes)
    return check(changed, changed.places(), plan())


@pytest.mark.parametrize(
    "citation",
    [
        "61/2018/NĐ-CP",
        "Nghị định 61/2018/NĐ-CP",
        "Nghị định số 61/2018/NĐ-CP ngày 23/4/2018",
        "NĐ số 61/2018/NĐ-CP",
        "NĐ 61/2018",
        "NĐ61/2018",
        "nghị định 61/2018.",
        "Nghị định số 61/2018 của Chính phủ",
        "Nghị định số 61 ngày 23/4/2018",
        "Nghị định số 61 ngày 23 tháng 4 năm 2018",
        "Nghị định 61 năm 2018",
        "nghi dinh 61/2018/nd-cp",
        "Nghị định 61 / 2018 / NĐ – CP",
        "Nghị định 61/2018/NĐ\u2011CP",
        "NGHỊ ĐỊNH SỐ 61/2018/NĐ-CP",
        "(61/2018/NĐ-CP)",
    ],
)
def test_a_repealed_decree_is_found_however_it_is_written(good: PostFile, citation: str) -> None:
    [found] = findings(good, **said(f"Theo {citation}, bà con nộp hồ sơ ở một nơi."))
    assert (found.field, found.blocks) == ("body", False)
    assert "đã hết hiệu lực: Nghị định 61/2018/NĐ-CP (đến hết ngày 30/06/2025)" in found.words
    assert "Hãy dùng 118/2025/NĐ-CP" in found.words


@pytest.mark.parametrize(
    "text",
    [
        "Nghị định 2361/2018/NĐ-CP",
        "Nghị định 161/2018",
        "Nghị định 61/2018/NĐ-CPX",
        "Thông tư 61/2018/TT-BTC",
        "Quyết định 61/2018",
        "Nghị định 611/2018",
        "Nghị định 61/2019 và năm 2018",
        "61/2018 hồ sơ",
        "Luật Tổ chức Chính phủ",
        "Luật Tổ chức Chính phủ năm 2025",
        "Luật Tổ chức chính quyền địa phương ngày 16/6/2025",
        "Nghị định số 118/2025/NĐ-CP",
    ],
)
def test_other_documents_raise_no_alarm(good: PostFile, text: str) -> None:
    assert findings(good, **said(f"Theo {text}.")) == []


@pytest.mark.parametrize(
    "citation",
    [
        "Luật Tổ chức Chính phủ 2015",
        "Luật Tổ chức Chính phủ năm 2015",
        "luật tổ chức chính phủ (năm 2015)",
        "Luật Tổ chức Chính phủ số 76/2015/QH13 ngày 19/6/2015",
        "Luật Tổ chức Chính phủ ngày 19 tháng 6 năm 2015",
    ],
)
def test_a_repealed_law_is_found_by_its_name_and_year(good: PostFile, citation: str) -> None:
    [found] = findings(good, **said(f"Theo {citation}."))
    assert "đã hết hiệu lực: Luật Tổ chức Chính phủ năm 2015" in found.words
    assert "văn bản đang có hiệu lực" in found.words, "and there is a way out without a known replacement"


@pytest.mark.parametrize(
    ("citation", "cites"),
    [
        ("Chỉ thị 23/CT-TTg", True),
        ("Chỉ thị số 23/CT-TTg ngày 02/9/2021", True),
        ("Chỉ thị số 23/CT-TTg ngày 02 tháng 9 năm 2021", True),
        ("Quyết định 6/QĐ-TTg", True),
        ("Chỉ thị số 23/CT-TTg ngày 10/8/2024", False),
        ("Chỉ thị số 23/CT-TTg năm 2024", False),
        ("Chỉ thị 123/CT-TTg", False),
    ],
)
def test_a_number_without_its_year_is_told_from_another_years(good: PostFile, citation: str, cites: bool) -> None:
    found = findings(good, **said(f"Theo {citation}."))
    assert ["cần kiểm tra hiệu lực" in one.words for one in found] == [True] * cites


def test_one_document_is_one_finding_that_names_every_place(good: PostFile) -> None:
    words = "Theo Nghị định 61/2018/NĐ-CP.\nNguồn: Cổng."
    [found] = findings(
        good, body=words, variants={"zalo": {"text": words}}, source="NĐ 61/2018", legal_refs=["61/2018/NĐ-CP"]
    )
    assert found.field == "body"
    assert "còn được nhắc ở: variants.zalo.text, source, legal_refs." in found.words


def test_a_citation_in_a_picture_or_its_text_is_found(good: PostFile) -> None:
    drawn = [Drawn("hinh.yml", ("Một cửa", "Nghị định 61/2018/NĐ-CP"))]
    [found] = check(good, good.places(), plan(), drawn=drawn)
    assert found.field == "assets (hinh.yml)"
    [found] = check(good, [AssetPlace("image", "Trang bìa Nghị định 61/2018/NĐ-CP trên bàn.")], plan())
    assert found.field == "assets"


def test_a_document_the_plan_does_not_know_is_asked_about(good: PostFile) -> None:
    [found] = findings(good, legal_refs=["118/2025/NĐ-CP", "1/2030/NĐ-CP"])
    assert (found.field, found.blocks) == (
        "legal_refs",
        False,
    ) and "“1/2030/NĐ-CP” chưa có trong danh mục" in found.words


def with_refs(*refs: LegalRef) -> Plan:
    return plan().model_copy(update={"legal_refs": refs})


def test_a_document_whose_last_day_has_passed_is_out_of_force_from_the_next_day(good: PostFile) -> None:
    ref = LegalRef(
        code="118/2025/NĐ-CP",
        name="Nghị định 118/2025/NĐ-CP",
        state=LegalState.IN_FORCE,
        effective_to=date(2026, 12, 31),
    )
    for today, count in ((None, 0), (date(2026, 12, 31), 0), (date(2027, 1, 1), 1)):
        found = check(good, good.places(), with_refs(ref), today=today)
        assert len(found) == count, today


def test_the_replacement_of_a_replacement_is_named(good: PostFile) -> None:
    old, expired = plan().legal_ref("61/2018/NĐ-CP"), LegalState.EXPIRED
    assert old is not None
    middle = LegalRef(code="118/2025/NĐ-CP", name="Nghị định 118", state=expired, replaced_by="9/2030/NĐ-CP")
    newest = LegalRef(code="9/2030/NĐ-CP", name="Nghị định về một cửa", state=LegalState.IN_FORCE)
    post = replace(good, legal_refs=["61/2018/NĐ-CP"], source="Cổng", **said("Xin mời."))
    [found] = check(post, post.places(), with_refs(old, middle, newest))
    assert "Hãy dùng 9/2030/NĐ-CP (Nghị định về một cửa)." in found.words


def test_replacements_that_run_in_a_circle_come_to_an_end(good: PostFile) -> None:
    a = LegalRef(code="1/2018/NĐ-CP", name="A", state=LegalState.EXPIRED, replaced_by="2/2018/NĐ-CP")
    b = LegalRef(code="2/2018/NĐ-CP", name="B", state=LegalState.EXPIRED, replaced_by="1/2018/NĐ-CP")
    post = replace(good, legal_refs=["1/2018/NĐ-CP"], source="Cổng", **said("Xin mời."))
    assert len(check(post, post.places(), with_refs(a, b))) == 1


def test_a_post_that_cites_a_picture_in_its_file_is_found_when_the_file_is_read(tmp_path: Path) -> None:
    text = shelf(tmp_path).read_text(encoding="utf-8").replace("image: giay-hen.png", "infographic: hinh.yml")
    (tmp_path / "hinh.yml").write_text(
        "template: quote\ntitle: Một cửa\nsource: Nghị định số 61/2018/NĐ-CP\n", encoding="utf-8"
    )
    [found] = read_post(shelf(tmp_path, text), plan()).findings(plan())
    assert found.field == "assets (hinh.yml)"
