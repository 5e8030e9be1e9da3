import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from content.errors import ContentError, LibraryError
from content.files import parse_yaml
from content.plan import LegalState, active_plan, load_plan, read_plan
from content.tables import PlanRecord
from content.vietnamese import TOPIC_ORDER
from tests.conftest import NOW
from tests.content.shelf import PLANS, plan

BOTH = ["thua-thien-hue-2023", "mau-nam"]


def broken(folder: Path, file: str, old: str, new: str) -> list[str]:
    """The problems of the shipped plan with one thing changed."""
    shutil.copytree(PLANS / "thua-thien-hue-2023", folder / "plan")
    path = folder / "plan" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LibraryError) as told:
        read_plan(folder / "plan")
    return told.value.problems


@pytest.mark.parametrize("folder", BOTH)
def test_every_shipped_plan_reads_and_has_the_eleven_topics_in_order(folder: str) -> None:
    assert read_plan(PLANS / folder).letters == TOPIC_ORDER


def test_the_plan_of_2023_says_what_the_document_says() -> None:
    seed = plan()
    assert (seed.number, seed.issued, seed.year) == ("481/KH-UBND", date(2022, 12, 29), 2023)
    assert [form.letter for form in seed.forms] == ["a", "b", "c", "d", "đ", "e"]
    assert len(seed.audiences) == 4
    assert [one.on for one in seed.deadlines if one.code == "bao_cao_nam"] == [date(2023, 11, 1)]
    assert seed.recipients[-1] == "Lưu: VT, GD, CCHC"


def test_the_topics_the_plan_stresses_weigh_more() -> None:
    heavier = {topic.letter for topic in plan().topics if topic.weight > 1}
    assert heavier == {"i", "k", "l"}
    assert all(topic.minimum_per_week >= 1 for topic in plan().topics)


def test_a_repealed_decree_names_what_replaced_it() -> None:
    ref = plan().legal_ref("61/2018/NĐ-CP")
    assert ref is not None
    assert (ref.state, ref.replaced_by) == (LegalState.EXPIRED, "118/2025/NĐ-CP")


def test_every_target_rank_has_its_denominator() -> None:
    ranked = [index for index in plan().indices if index.target_rank]
    assert {(index.code, index.target_rank, index.denominator) for index in ranked} == {
        ("PAR Index", 10, 63),
        ("ICT", 5, 63),
        ("DTI", 5, 63),
    }


def test_the_blank_plan_invents_no_number_and_no_date() -> None:
    blank = read_plan(PLANS / "mau-nam")
    assert (blank.number, blank.issued, blank.signer) == ("", None, "")
    assert [one.on for one in blank.deadlines] == [None]
    assert "ubnd_huyen" not in {agency.code for agency in blank.agencies}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("plan.yml", "year: 2023", "yaer: 2023", "plan.yml: yaer: tên trường không có trong mẫu"),
        ("plan.yml", "year: 2023", "yaer: 2023", "plan.yml: year: còn thiếu"),
        ("plan.yml", "issued: 29/12/2022", "issued: 31/02/2022", "plan.yml: issued: phải là ngày, viết như 31/12/2026"),
        ("topics.yml", "label: Trách nhiệm người đứng đầu", "label: 5", "topics.yml: mục 2: label: phải là chữ"),
        ("topics.yml", "owners: [vpubnd]", "owners: [vp]", "topics.yml: điểm d: owners: “vp” chưa có trong agencies"),
        ("topics.yml", "letter: đ", "letter: d", "topics.yml: letter: “d” viết hai lần"),
        ("topics.yml", "letter: đ", "letter: m", "topics.yml: letter: phải theo thứ tự chữ cái tiếng Việt"),
        ("indices.yml", "  denominator: 63\n", "", "indices.yml: mục 1: có thứ hạng thì phải"),
        ("legal_refs.yml", "state: con_hieu_luc", "state: con", "legal_refs.yml: mục 1: state: chỉ nhận một trong"),
        ("agencies.yml", "- code: ubnd\n", "- code: ubnd\n  code: x\n", "agencies.yml: dòng 3: "),
        ("forms.yml", "online: false}", "online: sometimes}", "forms.yml: mục 1: online: chỉ nhận true hoặc false"),
    ],
)
def test_a_slip_in_a_plan_is_told_with_file_and_field(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    problems = broken(tmp_path, file, old, new)
    assert any(told in problem for problem in problems), problems


def test_a_missing_file_of_a_plan_is_named(tmp_path: Path) -> None:
    shutil.copytree(PLANS / "mau-nam", tmp_path / "plan")
    (tmp_path / "plan" / "forms.yml").unlink()
    with pytest.raises(LibraryError, match=r"forms\.yml: không tìm thấy tệp"):
        read_plan(tmp_path / "plan")


def test_yaml_guesses_nothing_from_what_people_write() -> None:
    told = parse_yaml("a: 07:30\nb: no\nc: 2026-01-02\nd: 010\ne: true\nf: 12\ng: 1_000\nh: 1.5", "x.yml")
    assert told == {"a": "07:30", "b": "no", "c": "2026-01-02", "d": "010", "e": True, "f": 12, "g": "1_000", "h": 1.5}


def test_loading_a_plan_makes_it_the_active_one_and_twice_is_once(session: Session) -> None:
    load_plan(session, read_plan(PLANS / "mau-nam"), NOW)
    load_plan(session, plan(), NOW)
    load_plan(session, plan(), NOW)
    session.commit()
    records = session.exec(select(PlanRecord)).all()
    assert {(record.code, record.active) for record in records} == {("mau-nam", False), ("thua-thien-hue-2023", True)}
    assert active_plan(session) == plan()


def test_without_a_plan_the_way_out_is_told(session: Session) -> None:
    with pytest.raises(ContentError, match="hãy nạp trước bằng lệnh"):
        active_plan(session)
