"""Every way to tamper with an evidence file is found, and none of them hurts whoever checks."""

import hashlib
import io
import json
import random
import struct
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.errors import ContentError
from reports.evidence.making import canonical
from reports.evidence.verifying import verify
from scheduler.db import open_engine
from tests.conftest import Sandbox
from tests.reports.evidence_case import furnish

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def good(_sqlite_template: Path, _sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "db.sqlite3").write_bytes(_sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{folder / 'db.sqlite3'}")
    case = furnish(engine, _sandbox_process, folder)
    file, _made = case.make()
    case.house.close()
    yield file
    engine.dispose()


def unpacked(file: Path) -> Files:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(target: Path, files: Files | list[tuple[str, bytes]]) -> Path:
    pairs = files.items() if isinstance(files, dict) else files
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of doubled names
        for name, data in pairs:
            archive.writestr(name, data)
    return target


def told(file: Path, expected: str = "") -> str:
    return "\n".join(verify(file, expected).problems)


def test_the_file_as_it_was_made_is_whole_and_its_hash_is_the_books(good: Path) -> None:
    found = verify(good)
    assert found.ok and found.files == len(unpacked(good)) - 1
    assert verify(good, found.manifest_sha256.upper() + "\n").ok
    assert "khác mã trong sổ" in told(good, "0" * 64)


def test_packing_the_same_files_again_is_no_change_of_what_they_say(good: Path, tmp_path: Path) -> None:
    assert verify(packed(tmp_path / "x.zip", unpacked(good))).ok


KINDS = (
    *("danh-sach.csv", "danh-sach.xlsx", "so-lieu.csv", "dien-bien.csv", "tep-da-gui.csv", "hoat-dong.csv"),
    *(
        "index.html",
        "DOC-TOI.txt",
        "SHA256SUMS.txt",
        "manifest.json",
        "kieu.css",
        ".txt",
        ".html",
        ".png",
        ".mp4",
        ".pdf",
    ),
)


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_byte_is_found_in_every_kind_of_file(good: Path, tmp_path: Path, kind: str) -> None:
    files = unpacked(good)
    name = next(one for one in files if one.endswith(kind))
    for place in (0, len(files[name]) // 2, len(files[name]) - 1):
        data = bytearray(files[name])
        data[place] ^= 1
        words = told(packed(tmp_path / "x.zip", {**files, name: bytes(data)}), verify(good).manifest_sha256)
        assert name in words or (kind == "manifest.json" and "khác mã trong sổ" in words)


def test_one_changed_byte_of_the_zip_is_found_or_changes_nothing_that_is_said(good: Path, tmp_path: Path) -> None:
    raw, files, rng = good.read_bytes(), unpacked(good), random.Random(7)
    for _ in range(400):
        data = bytearray(raw)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (tmp_path / "x.zip").write_bytes(data)
        if verify(tmp_path / "x.zip").ok:
            assert unpacked(tmp_path / "x.zip") == files


def test_a_file_that_was_taken_out_is_named(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    for name in list(files):
        words = told(packed(tmp_path / "x.zip", {one: data for one, data in files.items() if one != name}))
        assert name in words and "thiếu" in words


def test_a_file_that_was_put_in_or_renamed_is_named(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    assert "bai/them.txt: có trong gói nhưng không có trong danh mục" in told(
        packed(tmp_path / "x.zip", {"bai/them.txt": b"x", **files})
    )
    renamed = {("Danh-sach.csv" if name == "danh-sach.csv" else name): data for name, data in files.items()}
    words = told(packed(tmp_path / "x.zip", renamed))
    assert "danh-sach.csv: có trong danh mục nhưng thiếu" in words and "Danh-sach.csv: có trong gói" in words


def test_two_files_that_changed_places_are_found(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    one, other = [name for name in files if name.startswith("bai/") and name.endswith(".txt")][:2]
    words = told(packed(tmp_path / "x.zip", {**files, one: files[other], other: files[one]}))
    assert one in words and other in words


def test_another_order_is_found_in_the_zip_in_the_manifest_and_in_a_list(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    assert "Thứ tự" in told(packed(tmp_path / "x.zip", dict(reversed(files.items()))))
    facts = json.loads(files["manifest.json"])
    facts["files"].reverse()
    words = told(packed(tmp_path / "x.zip", {**files, "manifest.json": canonical(facts)}))
    assert "Thứ tự" in words and "SHA256SUMS.txt nói khác" in words
    lines = files["danh-sach.csv"].splitlines(keepends=True)
    shuffled = b"".join([lines[0], *reversed(lines[1:])])
    assert "danh-sach.csv" in told(packed(tmp_path / "x.zip", {**files, "danh-sach.csv": shuffled}))


def test_a_file_that_was_cut_short_is_found_wherever_it_was_cut(good: Path, tmp_path: Path) -> None:
    raw = good.read_bytes()
    for share in (0, 1, 10, 50, 90, 99):
        (tmp_path / "x.zip").write_bytes(raw[: len(raw) * share // 100])
        assert told(tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(raw[:-1])
    assert told(tmp_path / "x.zip")


def test_bytes_before_the_package_and_words_after_it_are_found(good: Path, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"MZ rest of a program" + good.read_bytes())
    assert told(tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(good.read_bytes())
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        archive.comment = b"x"
    assert "ghi chú" in told(tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(good.read_bytes() + b"tail")
    assert told(tmp_path / "x.zip")


def test_what_is_hidden_between_two_files_is_found(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    for place in (1, len(files) - 1, len(files)):
        hidden = tmp_path / f"{place}.zip"
        with zipfile.ZipFile(hidden, "w", zipfile.ZIP_DEFLATED) as archive:
            for count, (name, data) in enumerate(files.items(), 1):
                archive.writestr(name, data)
                if count == place:
                    assert archive.fp is not None
                    archive.fp.write(b"PK\x03\x04" + b"x" * 40)
                    archive.start_dir = archive.fp.tell()
        assert unpacked(hidden) == files
        assert "Giữa các tệp của gói có dữ liệu lạ" in told(hidden)


def test_a_name_that_stands_twice_is_found_even_in_other_letters(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    for name in ("danh-sach.csv", "DANH-SACH.csv"):
        words = told(packed(tmp_path / "x.zip", [(name, b"x"), *files.items()]))
        assert "2 lần" in words
    words = told(packed(tmp_path / "x.zip", [*files.items(), ("manifest.json", files["manifest.json"])]))
    assert "manifest.json: tên này có 2 lần" in words


@pytest.mark.parametrize(
    "name", ["../ra.txt", "/etc/x", "bai/../../x", "C:\\x", "a\\..\\b", "\u202egpj.exe", "x" * 200, "bai/", "a\nb"]
)
def test_names_that_lead_elsewhere_are_told_and_nothing_is_written(good: Path, tmp_path: Path, name: str) -> None:
    file = packed(tmp_path / "x.zip", {name: b"x", **unpacked(good)})
    before = sorted(tmp_path.rglob("*"))
    assert "không được phép" in told(file)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_no_file(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    info = zipfile.ZipInfo("lien-ket")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
        for one, data in files.items():
            archive.writestr(one, data)
    assert "liên kết" in told(tmp_path / "x.zip")


def test_a_bomb_is_told_and_not_suffered(good: Path, tmp_path: Path) -> None:
    """A small file that says it is small and swells: nothing beyond what the manifest allows is read."""
    files = unpacked(good)
    bomb = bytes(200_000_000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DOC-TOI.txt", bomb)
        for name, data in files.items():
            if name != "DOC-TOI.txt":
                archive.writestr(name, data)
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    size = struct.pack("<I", len(bomb))
    while (place := raw.find(size)) >= 0:
        raw[place : place + 4] = struct.pack("<I", len(files["DOC-TOI.txt"]))
    (tmp_path / "x.zip").write_bytes(raw)
    import tracemalloc

    tracemalloc.start()
    words = told(tmp_path / "x.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "DOC-TOI.txt" in words and peak < 30_000_000


def test_files_that_share_bytes_are_a_bomb(good: Path, tmp_path: Path) -> None:
    """Many entries of the directory point at one packed file."""
    raw = good.read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        first, second = archive.infolist()[:2]
    data = bytearray(raw)
    start = archive.start_dir
    place = data.find(second.filename.encode(), start) - 46
    data[place + 42 : place + 46] = struct.pack("<I", first.header_offset)
    (tmp_path / "x.zip").write_bytes(data)
    assert "chồng lên nhau" in told(tmp_path / "x.zip")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"\xff\xfe", b'{"format":"other/9"}', b'{"format":"cchc-evidence/1"}', b"[" * 100_000]
)
def test_a_manifest_that_is_none_is_one_sentence(good: Path, tmp_path: Path, data: bytes) -> None:
    assert "manifest.json" in told(packed(tmp_path / "x.zip", {**unpacked(good), "manifest.json": data}))


def test_a_manifest_in_another_form_with_the_same_words_is_found(good: Path, tmp_path: Path) -> None:
    files = unpacked(good)
    pretty = json.dumps(json.loads(files["manifest.json"]), ensure_ascii=False, indent=1).encode()
    assert "dạng chuẩn" in told(packed(tmp_path / "x.zip", {**files, "manifest.json": pretty}))


def test_whoever_writes_the_manifest_anew_is_found_by_the_book_alone(good: Path, tmp_path: Path) -> None:
    """Everything inside agrees, because everything inside was forged: only the hash in the office's book tells."""
    files = unpacked(good)
    book = hashlib.sha256(files["manifest.json"]).hexdigest()
    files["danh-sach.csv"] += b"9999\r\n"
    facts = json.loads(files["manifest.json"])
    files["SHA256SUMS.txt"] = "".join(
        f"{hashlib.sha256(files[one['path']]).hexdigest()}  {one['path']}\n"
        for one in facts["files"]
        if one["path"] != "SHA256SUMS.txt"
    ).encode()
    for one in facts["files"]:
        data = files[one["path"]]
        one["sha256"], one["size"] = hashlib.sha256(data).hexdigest(), len(data)
    files["manifest.json"] = canonical(facts)
    forged = packed(tmp_path / "x.zip", files)
    assert verify(forged).ok and "khác mã trong sổ" in told(forged, book)


def test_what_is_no_hash_or_no_file_is_a_sentence_of_its_own(good: Path, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="64"):
        verify(good, "abc")
    with pytest.raises(ContentError, match="không có tệp"):
        verify(tmp_path / "khong-co.zip")
    (tmp_path / "x.zip").write_bytes(b"not a zip at all")
    assert "không phải là gói ZIP" in told(tmp_path / "x.zip")
