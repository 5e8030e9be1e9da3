"""The archive of a month: all of it as data that opens anywhere, sealed, the same again, and without a secret."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from content.record_tables import Activity
from content.tables import Post, Review
from records.errors import RecordsError
from records.keeping_tables import ArchiveSeal
from records.seals import digest
from reports.archive.making import asked_for, month_before
from reports.archive.rows import TABLES
from reports.evidence.verifying import verify
from reports.periods import ReportError
from scheduler.db import reading, writing
from scheduler.tables import Credential, Publication, PublicationEvent, Reading
from tests.conftest import MINH, NOW, Sandbox
from tests.reports.evidence_case import NASTY, Case, furnish
from web.archiving import Archived, archive, folder_of
from web.tables import DeskAct, Staff

MONTH = "2026-11"
AFTER = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)


@pytest.fixture
def case(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Case]:
    made = furnish(engine, sandbox, tmp_path)
    yield made
    made.house.close()


def sealed(case: Case, now: datetime = AFTER, head: str = "") -> Archived:
    return archive(case.engine, case.folder, MONTH, by="Sơn", now=now, chain_head=head)


def file_of(case: Case, made: Archived) -> Path:
    return folder_of(case.folder) / made.seal.name


def lines(file: Path, name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as opened:
        return [json.loads(line) for line in opened.read(f"du-lieu/{name}.jsonl").decode().splitlines()]


def test_everything_of_the_month_is_inside_as_data(case: Case) -> None:
    file = file_of(case, sealed(case))
    with zipfile.ZipFile(file) as opened:
        names = set(opened.namelist())
    assert {one.path for one in TABLES} <= names and "du-lieu/viec-lam.jsonl" in names
    with reading(case.engine) as session:
        for name, model in (("dien-bien", PublicationEvent), ("duyet", Review), ("so-lieu", Reading)):
            there = set(session.exec(select(model.id)))
            assert there and {one["id"] for one in lines(file, name)} == there
    publications = {one["id"]: one for one in lines(file, "luot-dang")}
    assert set(publications) == {row.id for row in case.rows.values()}
    assert publications[case.rows["gone"].id]["permalink"]
    said = {one["key"]: one["content"] for one in lines(file, "noi-dung") if one["content"]}
    assert said[case.posts["picture"].key]["body"] == "Bà con nộp hồ sơ  tại nhà.\n\nDòng hai."
    assert said[case.posts["gone"].key]["title"] == NASTY
    assert [one["subject"] for one in lines(file, "hoat-dong")]


def test_it_is_whole_opens_without_a_script_and_tells_how_to_check_it(case: Case, tmp_path: Path) -> None:
    file = file_of(case, sealed(case))
    assert verify(file).problems == []
    with zipfile.ZipFile(file) as opened:
        opened.extractall(tmp_path / "mo")
    front = (tmp_path / "mo" / "index.html").read_text(encoding="utf-8")
    assert "<h1>Gói lưu trữ tháng 11/2026" in front and "<script" not in front and 'href="du-lieu/duyet.jsonl"' in front
    guide = (tmp_path / "mo" / "DOC-TOI.txt").read_text(encoding="utf-8")
    assert "GÓI LƯU TRỮ THÁNG 11/2026" in guide and "cchc records check" in guide and "sha256sum -c" in guide
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS.txt"], cwd=tmp_path / "mo", check=True)


def test_made_again_it_is_the_same_file_to_the_last_byte(case: Case) -> None:
    first = sealed(case, head="7:" + "a" * 64)
    before = file_of(case, first).read_bytes()
    again = sealed(case, AFTER + timedelta(days=40), head="9:" + "b" * 64)
    assert not again.new and again.seal.id == first.seal.id
    file_of(case, first).chmod(0o600)
    file_of(case, first).unlink()
    mended = sealed(case, AFTER + timedelta(days=50))
    assert mended.mended and file_of(case, mended).read_bytes() == before
    assert first.seal.sha256 == hashlib.sha256(before).hexdigest() and verify(file_of(case, first)).ok
    with zipfile.ZipFile(file_of(case, mended)) as opened:
        facts = json.loads(opened.read("manifest.json"))
    assert facts["audit_head"] == "7:" + "a" * 64 and facts["month"] == MONTH


def test_what_happens_in_a_later_month_changes_nothing_of_this_one(case: Case) -> None:
    sealed(case)
    row = case.rows["picture"]
    with writing(case.engine) as session:
        session.add(PublicationEvent(publication_id=row.id or 0, at=AFTER, event="withdrawn", state_before="published",
                                     state_after="withdrawn", fence=1, actor=MINH))  # fmt: skip
        session.add(Reading(channel_id=row.channel_id, publication_id=row.id, metric="views", value=9, name="v",
                            version="1", taken_at=AFTER))  # fmt: skip
        session.add(Review(post_id=row.post_id, at=AFTER, action="returned", actor=MINH, content_hash="x"))
        session.add(DeskAct(at=AFTER, actor=MINH, act="setting"))
    assert not sealed(case, AFTER + timedelta(days=1)).new


def test_changed_data_make_a_new_version_and_the_old_one_stays(case: Case) -> None:
    first = sealed(case)
    before = file_of(case, first).read_bytes()
    with writing(case.engine) as session:
        row = session.get_one(Publication, case.rows["picture"].id)
        row.permalink = "https://facebook.com/khac"
        session.add(row)
    second = sealed(case, AFTER + timedelta(days=1), head="8:" + "c" * 64)
    assert second.new and (second.seal.version, second.seal.chain_head) == (2, "8:" + "c" * 64)
    assert file_of(case, first).read_bytes() == before and verify(file_of(case, second)).ok
    with reading(case.engine) as session:
        kept = session.exec(select(ArchiveSeal).order_by(ArchiveSeal.version)).all()
    assert [(one.version, one.sha256 == digest(folder_of(case.folder) / one.name)) for one in kept] == [
        (1, True), (2, True),
    ]  # fmt: skip


def test_no_secret_and_nothing_of_a_browser_or_a_password_is_inside(case: Case) -> None:
    with writing(case.engine) as session:
        session.add(Credential(channel_id=case.channel.id or 0, secret=b"GEHEIM-TOKEN", updated_at=NOW))
        session.add(Staff(login="lan.dang.nhap", name="Lan", name_key="lan", roles=[], password_hash="$argon2id$GEHEIM",
                          created_at=NOW, updated_at=NOW))  # fmt: skip
        session.add(DeskAct(at=NOW, actor="Lan", act="signed_in", address="203.0.113.77"))
        row = session.get_one(Publication, case.rows["picture"].id)
        row.saved = {"upload_session": "GEHEIM-SESSION"}
        session.add(row)
    with zipfile.ZipFile(file_of(case, sealed(case))) as opened:
        for name in opened.namelist():
            data = opened.read(name)
            assert b"GEHEIM" not in data and b"argon2" not in data and b"203.0.113.77" not in data, name
            assert b"lan.dang.nhap" not in data


def test_two_at_once_do_not_make_two_and_a_broken_off_one_leaves_no_seal(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RecordsError("đầy")

    with monkeypatch.context() as patch:
        patch.setattr("web.archiving.seal", full)
        with pytest.raises(RecordsError):
            sealed(case)
    with reading(case.engine) as session:
        assert session.exec(select(ArchiveSeal)).all() == []
    made = sealed(case)
    assert made.new and made.seal.version == 1 and list(folder_of(case.folder).glob(".*.part")) == []


def test_only_a_whole_month_that_is_over_has_an_archive(case: Case) -> None:
    for month in ("2026-13", "11/2026", "", "2026-11-01", "../2026-10"):
        with pytest.raises(ReportError):
            archive(case.engine, case.folder, month, by="Sơn", now=AFTER)
    with pytest.raises(ReportError, match="chưa hết"):
        archive(case.engine, case.folder, "2026-12", by="Sơn", now=AFTER)
    assert month_before(AFTER.date()) == MONTH
    asked = asked_for("2026-02", AFTER)
    assert (asked.last.day, asked.cutoff) == (28, datetime(2026, 2, 28, 17, tzinfo=UTC))


def test_an_empty_month_is_a_whole_archive_too(case: Case) -> None:
    made = archive(case.engine, case.folder, "2025-01", by="Sơn", now=AFTER)
    assert verify(file_of(case, made)).ok


def test_both_databases_say_the_same(engines: tuple[Engine, Engine], sandbox: Sandbox, tmp_path: Path) -> None:
    found = []
    for number, engine in enumerate(engines):
        sandbox.reset(NOW)
        case = furnish(engine, sandbox, tmp_path / str(number))
        found.append(sealed(case).seal)
        case.house.close()
    assert found[0].sha256 == found[1].sha256


def test_every_column_of_the_archive_is_a_column_that_was_chosen() -> None:
    """Nothing is taken over wholesale: the tables of what may be secret are not even asked."""
    source = Path("reports/archive/rows.py").read_text(encoding="utf-8")
    assert "model_dump" not in source and "Credential" not in source and "Staff" not in source
    assert Activity.__tablename__ and Post.__tablename__
