"""The evidence file: what is in it, what is not, and that the same question has the same answer to the last byte."""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from connectors.base import Metric
from content.errors import ContentError
from reports.evidence import gathering
from reports.evidence.values import BASIS_WORDS, Asked, Basis, asked_for
from reports.evidence.verifying import verify
from reports.periods import ReportError
from scheduler.db import writing
from scheduler.tables import Credential, Publication
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.reports.evidence_case import CUTOFF, NASTY, PERIOD, Case, furnish, happen_later


@pytest.fixture
def case(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Any:
    made = furnish(engine, sandbox, tmp_path)
    yield made
    made.house.close()


def inside(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def listed(files: dict[str, bytes], name: str = "danh-sach.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))


def row_of(case: Case, files: dict[str, bytes], which: str) -> dict[str, str]:
    return next(row for row in listed(files) if row["Mục"] == str(case.rows[which].id))


def test_each_publication_is_told_with_who_when_where_and_its_figures(case: Case) -> None:
    file, made = case.make()
    row = row_of(case, inside(file), "picture")
    assert row["Tiêu đề"] == "Nộp hồ sơ tại nhà" and row["Điểm"] == "đ" and row["Kênh"] == "Trang Cải cách hành chính"
    assert row["Giờ hẹn"] == "2026-11-23T08:00:00+07:00" and row["Đăng lúc"] == "2026-11-23T08:00:20+07:00"
    assert (row["Người trình"], row["Người duyệt"]) == (LAN, MINH) and row["Đường dẫn"] == "https://example.com/0"
    assert row["Mã băm nội dung đã duyệt"] == case.rows["picture"].prepared_hash
    assert row["Căn cứ của nội dung"] == BASIS_WORDS[Basis.REVISION]
    assert (row["Lượt tiếp cận"], row["Lượt xem"], row["Cảm xúc"]) == ("100", "0", "-")
    assert row["Số liệu gần nhất lúc"] == "2026-11-25T08:00:00+07:00"
    assert "post_reach (v25.0; 2026-11-25T08:00:00+07:00)" in row["Tên số liệu theo nền tảng"]
    assert made.counts.publications == 5 and made.counts.posts == 4


def test_the_text_is_what_the_channel_got_byte_for_byte(case: Case) -> None:
    file, _made = case.make()
    files = inside(file)
    text = files[f"bai/{case.rows['picture'].id:07d}.txt"]
    assert text.decode() == "Bà con nộp hồ sơ  tại nhà.\n\nDòng hai.\n\n#CCHC"
    assert row_of(case, files, "picture")["Mã băm tệp nội dung"] == hashlib.sha256(text).hexdigest()
    assert files[f"bai/{case.rows['gone'].id:07d}.txt"].decode() == f"{NASTY} riêng\n\n#CCHC"
    assert files[f"bai/{case.rows['comment'].id:07d}.txt"].decode() == "Xem thêm: x.vn"


def test_the_text_is_the_very_one_that_the_platform_received(case: Case) -> None:
    """Against the real sandbox: what the public sees is what the evidence file says."""
    page = case.house.connect("facebook")
    post = case.house.post(title="Thật", body="Nội dung thật sự được gửi đi.", hashtags=["#CCHC", "#DVC"])
    case.house.approve_again(post)
    row = case.house.queue(post, page)
    case.house.pass_time(NOW + timedelta(hours=2))
    (seen,) = case.house.sandbox.public("facebook")
    file, _made = case.make()
    assert inside(file)[f"bai/{row.id:07d}.txt"].decode() == seen["text"]


def test_what_is_not_stored_is_said_and_nothing_is_made_up(case: Case) -> None:
    file, made = case.make()
    files = inside(file)
    row = row_of(case, files, "old")
    assert row["Căn cứ của nội dung"] == BASIS_WORDS[Basis.NONE] and row["Tệp nội dung"] == "-"
    assert f"bai/{case.rows['old'].id:07d}.txt" not in files and made.counts.texts_missing == 1
    assert any("không còn nội dung đã gửi" in words for words in made.notes)


def test_without_the_hash_the_last_approved_content_before_it_is_given_and_called_so(case: Case) -> None:
    with writing(case.engine) as session:
        row = session.get_one(Publication, case.rows["picture"].id)
        row.prepared_hash, row.sent_at = "", NOW + timedelta(hours=1)
        session.add(row)
    file, _made = case.make()
    assert row_of(case, inside(file), "picture")["Căn cứ của nội dung"] == BASIS_WORDS[Basis.APPROVED]


def test_a_withdrawn_publication_stays_and_is_marked(case: Case) -> None:
    file, made = case.make()
    files = inside(file)
    row = row_of(case, files, "gone")
    assert row["Trạng thái lúc chốt"] == "Đã gỡ" and row["Gỡ lúc"] == "2026-11-25T08:00:00+07:00"
    assert made.counts.withdrawn == 1 and "đã được gỡ" in files[f"bai/{row['Mục']:0>7}.html"].decode()
    life = [one for one in listed(files, "dien-bien.csv") if one["Mục"] == row["Mục"]]
    assert any(one["Người làm"] == LAN and one["Ghi chú"] == "Sai số liệu." for one in life)
    assert any(one["Việc"] == "Duyệt" and one["Người làm"] == MINH for one in life)
    assert any("lần thử: gửi lên nền tảng: xong" in one["Việc"] for one in life)


def test_pictures_and_films_are_there_once_under_their_hash(case: Case) -> None:
    file, made = case.make()
    files = inside(file)
    media = [name for name in files if name.startswith("tu-lieu/")]
    assert all(name.startswith(f"tu-lieu/{hashlib.sha256(files[name]).hexdigest()}.") for name in media)
    assert (made.counts.pictures, made.counts.videos, len(media)) == (1, 1, 2)
    uses = [one["Tệp trong gói"] for one in listed(files, "tep-da-gui.csv")]
    assert len(uses) == 3 and set(uses) == set(media)


def test_without_films_the_list_says_so(case: Case) -> None:
    asked = Asked(PERIOD.first, PERIOD.last, CUTOFF, videos=False)
    file, made = case.make(asked=asked)
    files = inside(file)
    assert not [name for name in files if name.endswith(".mp4")]
    (film,) = [one for one in listed(files, "tep-da-gui.csv") if one["Vai trò"] == "video"]
    assert film["Tệp trong gói"] == "-" and "không kèm" in film["Ghi chú"] and len(film["Mã băm SHA-256"]) == 64
    assert "không kèm" in files["index.html"].decode() and made.counts.videos_left_out == 1
    assert verify(file).ok


def test_a_lost_or_changed_file_of_the_store_is_told(case: Case) -> None:
    (picture,) = case.house.store.folder.rglob("*.png")
    picture.write_bytes(picture.read_bytes() + b"x")
    (film,) = case.house.store.folder.rglob("*.mp4")
    film.unlink()
    file, made = case.make()
    assert made.counts.files_missing == 1 and len(made.notes) == 3
    assert {one["Ghi chú"] for one in listed(inside(file), "tep-da-gui.csv")} == {
        "tệp trong kho không còn đúng mã băm đã ghi", "tệp đã mất khỏi kho tư liệu",
    }  # fmt: skip
    assert verify(file).ok


def test_activities_come_with_their_papers_and_withdrawn_papers_stay_at_home(case: Case) -> None:
    file, made = case.make()
    files = inside(file)
    (row,) = listed(files, "hoat-dong.csv")
    assert row["Tên hoạt động"] == "Tập huấn một cửa" and row["Loại"] != "tap_huan"
    assert "Số lớp: 2" in row["Số liệu"] and "rút lại.docx (đã rút)" in row["Tài liệu kiểm chứng"]
    papers = [name for name in files if name.startswith("hoat-dong/")]
    assert len(papers) == 1 == made.counts.activity_files and papers[0] in row["Tài liệu kiểm chứng"]


def test_the_same_question_has_the_same_answer_to_the_last_byte(case: Case) -> None:
    first, one = case.make("1.zip")
    second, two = case.make("2.zip")
    assert first.read_bytes() == second.read_bytes() and one.manifest_sha256 == two.manifest_sha256


def test_what_happens_after_the_cutoff_changes_no_byte(case: Case) -> None:
    first, _one = case.make("1.zip")
    happen_later(case)
    second, _two = case.make("2.zip")
    assert first.read_bytes() == second.read_bytes()


def test_both_databases_give_the_same_bytes(
    engines: tuple[Engine, Engine], _sandbox_process: Sandbox, tmp_path: Path
) -> None:
    made = []
    for engine in engines:
        _sandbox_process.reset()
        _sandbox_process.at(NOW)
        case = furnish(engine, _sandbox_process, tmp_path / engine.dialect.name)
        made.append(case.make()[0].read_bytes())
        case.house.close()
    assert made[0] == made[1]


def test_batches_come_together_as_one(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _made = case.make("1.zip")
    for module in ("reports.evidence.gathering", "reports.evidence.making"):
        monkeypatch.setattr(f"{module}.BATCH", 2)
    parts, _more = case.make("2.zip")
    assert whole.read_bytes() == parts.read_bytes() and gathering.BATCH == 2


def test_only_one_channel_or_one_point_of_the_plan(case: Case) -> None:
    file, made = case.make(asked=Asked(PERIOD.first, PERIOD.last, CUTOFF, topic="đ"))
    assert made.counts.publications == 1 and [row["Điểm"] for row in listed(inside(file))] == ["đ"]
    _file, none = case.make("2.zip", Asked(PERIOD.first, PERIOD.last, CUTOFF, channel="khac"))
    assert (none.counts.publications, none.counts.activities) == (0, 0)


def test_no_cell_is_a_formula_and_no_page_runs_a_script(case: Case) -> None:
    file, _made = case.make()
    files = inside(file)
    for name in (one for one in files if one.endswith(".csv")):
        for line in csv.reader(io.StringIO(files[name].decode("utf-8-sig"), newline="")):
            assert not any(cell.startswith(("=", "+", "@")) for cell in line)
    sheet = openpyxl.load_workbook(io.BytesIO(files["danh-sach.xlsx"])).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert NASTY in {cell.value for row in sheet.iter_rows() for cell in row}
    for name in (one for one in files if one.endswith(".html")):
        page = files[name].decode()
        assert "<script" not in page and "javascript:" not in page
        assert not re.search(r'(?:src|href)="(?!https://example\.com|[\w./-]*")', page), name


def test_every_link_of_the_pages_leads_to_a_file_inside(case: Case) -> None:
    files = inside(case.make()[0])
    for name in (one for one in files if one.endswith(".html")):
        for link in re.findall(r'(?:src|href)="([^"]+)"', files[name].decode()):
            if not link.startswith("https://"):
                where = (Path("/") / name).parent.joinpath(link).resolve().relative_to("/").as_posix()
                assert where in files, (name, link)


def test_no_secret_and_no_raw_answer_of_a_platform_is_inside(case: Case) -> None:
    with writing(case.engine) as session:
        session.add(Credential(channel_id=case.channel.id or 0, secret=b"BI-MAT", updated_at=NOW))
    everything = b"".join(inside(case.make()[0]).values())
    assert b"BI-MAT" not in everything and "BẰNG-CHỨNG-THÔ".encode() not in everything


def test_names_open_on_every_system(case: Case) -> None:
    names = list(inside(case.make()[0]))
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]{1,120}", name) for name in names)
    assert len({name.casefold() for name in names}) == len(names)


def test_the_sums_are_what_sha256sum_reads(case: Case, tmp_path: Path) -> None:
    file, made = case.make()
    files = inside(file)
    told = dict(reversed(line.split("  ", 1)) for line in files["SHA256SUMS.txt"].decode().splitlines())
    assert told == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
        if name not in ("SHA256SUMS.txt", "manifest.json")
    }  # fmt: skip
    assert hashlib.sha256(files["manifest.json"]).hexdigest() == made.manifest_sha256
    facts = json.loads(files["manifest.json"])
    assert facts["cutoff"] == "2026-11-26T08:00:00+07:00" and facts["counts"]["publications"] == 5


def test_a_file_that_is_there_is_never_written_over_and_a_failure_leaves_nothing(case: Case) -> None:
    file, _made = case.make()
    with pytest.raises(ContentError, match="đã có tệp này"):
        case.make()
    with pytest.raises(AssertionError), pytest.MonkeyPatch.context() as broken:
        broken.setattr("reports.evidence.making.canonical", _fails)
        case.make("2.zip")
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def _fails(_facts: object) -> bytes:
    raise AssertionError("the very last step fails")


def test_a_period_or_a_cutoff_that_makes_no_sense_is_refused_with_a_sentence() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    for facts in ((last, first, None), (first, last, NOW + timedelta(days=1)), (date(2020, 1, 1), last, None)):
        with pytest.raises(ReportError):
            asked_for(*facts, NOW)
    with pytest.raises(ReportError):
        asked_for(date(2026, 11, 24), last, NOW, NOW)
    assert asked_for(first, last, None, NOW).cutoff == NOW


def test_an_empty_period_is_a_whole_file_too(case: Case) -> None:
    file, made = case.make(asked=Asked(date(2025, 1, 1), date(2025, 1, 31), CUTOFF))
    assert made.counts.publications == 0 and verify(file, made.manifest_sha256).ok
    assert "Không có lượt đăng nào" in inside(file)["index.html"].decode()


def test_metrics_of_every_kind_have_a_word() -> None:
    from reports.phrases import METRIC_WORDS

    assert set(METRIC_WORDS) >= set(Metric)
