"""What stands at the store's door: files that are no files, strange names, documents that call themselves pictures."""

import os
import socket
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

import content.media.intake as intake
from content.errors import ContentError
from content.media.intake import clean_name
from content.store import AssetFile, AssetStore
from tests.content.films import PAYLOAD_AT, mp4, track
from tests.content.shelf import noise, png


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "store", picture_bytes_max=2_000_000, video_bytes_max=8_000_000)


def left(store: AssetStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if not path.is_dir()]


def refused(store: AssetStore, data: bytes, name: str = "tep.png") -> str:
    """Why these bytes are refused; nothing is left behind."""
    before = left(store)
    with pytest.raises(ContentError) as told:
        store.put_bytes(data, name)
    assert left(store) == before
    assert told.value.words.startswith(f"{name}: ") and "\n" not in told.value.words
    assert told.value.words.endswith(".") and "; " in told.value.words, "why, and the way out"
    return told.value.words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "tệp rỗng (0 byte)"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(16), "ảnh HEIC"),
        (b"\x00\x00\x00\x18ftypavif" + bytes(16), "ảnh AVIF"),
        (b"II*\x00" + bytes(20), "ảnh TIFF"),
        (b"MM\x00*" + bytes(20), "ảnh TIFF"),
        (b"BM" + b"\x36\x10\x00\x00" + bytes(20), "ảnh BMP"),
        (b"8BPS\x00\x01", "tệp Photoshop"),
        (b"%PDF-1.7\n", "tệp PDF"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "tài liệu Word"),
        (b"PK\x03\x04" + bytes(26) + b"anh.png", "tệp nén"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "tài liệu Office đời cũ"),
        (b"Rar!\x1a\x07", "tệp nén"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video AVI"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "tệp âm thanh"),
        (b"ID3\x04", "tệp âm thanh"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video WMV"),
        (b"MZ\x90\x00", "chương trình máy tính"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "ảnh vẽ SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg onload='alert(1)'>", "ảnh vẽ SVG"),
        ("<?xml version='1.0'?><svg>".encode("utf-16"), "ảnh vẽ SVG"),
        (b"<!DOCTYPE html><html>", "trang web"),
        (b"\xff\xd8\xff", "tệp ảnh hỏng"),
        (b"hello", "dù tên tệp ghi gì"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_told_with_the_way_out(store: AssetStore, data: bytes, words: str) -> None:
    assert words in refused(store, data)


def test_a_wrong_ending_is_taken_by_its_content_and_told(store: AssetStore, tmp_path: Path) -> None:
    file = tmp_path / "anh.JPG"
    file.write_bytes(png())
    kept = store.put(file)
    assert kept.mime == "image/png" and store.path(kept.sha256, kept.mime).suffix == ".png"
    assert kept.notes == ("đuôi tệp là .JPG nhưng nội dung là PNG; đã nhận theo nội dung",)
    assert store.put_bytes(png(), "anh.png").notes == store.put_bytes(png(), "anh").notes == ()


@pytest.mark.parametrize(
    "kind", ["folder", "pipe", "socket", "device", "link", "lost link", "circle", "nothing", "nul"]
)
def test_only_ordinary_files_are_opened_and_nothing_waits(store: AssetStore, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "anh.png"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as plug:
            plug.bind(os.path.relpath(path))
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "link":
        (tmp_path / "that.png").write_bytes(png())
        path.symlink_to(tmp_path / "that.png")
    elif kind == "lost link":
        path.symlink_to(tmp_path / "khong-co.png")
    elif kind == "circle":
        path.symlink_to(path)
    elif kind == "nul":
        path = Path("a\0.png")
    with pytest.raises(ContentError) as told:
        store.put(path)
    words = {"folder": "là thư mục", "link": "là liên kết", "lost link": "là liên kết", "circle": "là liên kết"}
    known = words.get(kind, "không đọc được tệp" if kind in ("nothing", "nul") else "ống dẫn hoặc thiết bị")
    assert known in told.value.words and "\0" not in told.value.words
    assert left(store) == []


def test_a_file_that_cannot_be_read_is_named(store: AssetStore, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("whoever may do everything may read it")
    file = tmp_path / "khoa.png"
    file.write_bytes(png())
    file.chmod(0)
    with pytest.raises(ContentError, match=r"khoa\.png: không đọc được tệp"):
        store.put(file)


@pytest.mark.parametrize("data", [noise(), mp4(bytes(300_000))], ids=["picture", "video"])
def test_a_file_that_changes_while_it_is_read_is_not_stored(
    store: AssetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    file = tmp_path / "dang-chep"
    file.write_bytes(data)
    real = intake._refuse_strange

    def and_somebody_writes(facts: os.stat_result, name: str) -> None:
        real(facts, name)
        with file.open("ab") as other:
            other.write(b"more")

    monkeypatch.setattr(intake, "_refuse_strange", and_somebody_writes)
    with pytest.raises(ContentError, match="tệp đang được ghi; hãy đợi ghi xong"):
        store.put(file)
    assert left(store) == []


def test_too_large_a_file_is_told_with_the_limit_and_not_read_to_its_end(store: AssetStore, tmp_path: Path) -> None:
    file = tmp_path / "to.png"
    file.write_bytes(png())
    os.truncate(file, 1 << 40)
    with pytest.raises(ContentError, match=r"to\.png: ảnh lớn hơn 2 MB; hãy thu nhỏ ảnh"):
        store.put(file)
    assert "video lớn hơn 8 MB" in refused(store, mp4(bytes(9_000_000)), "to.mp4")


def test_a_video_is_never_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "dai.mp4"
    with file.open("wb") as out:
        head = mp4(b"")[:24]
        out.write(head + (64 * 1024 * 1024 + 16).to_bytes(4, "big") + b"mdat" + bytes(8))
        out.truncate(24 + 64 * 1024 * 1024 + 16)
        out.seek(0, os.SEEK_END)
        out.write(mp4(b"", tracks=(track(at=PAYLOAD_AT),))[PAYLOAD_AT:])
    store = AssetStore(tmp_path / "store")
    tracemalloc.start()
    kept = store.put(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.size == file.stat().st_size > 64 * 1024 * 1024
    assert most < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (unicodedata.normalize("NFD", "Đề án.png"), "Đề án.png"),
        ("a\nb\t\x1b[31m.png", "a\ufffdb\ufffd\ufffd[31m.png"),
        ("anh\u202egnp.exe", "anh\ufffdgnp.exe"),
        ("\udcff.png", "\ufffd.png"),
        ("số\u00a0481.png", "số 481.png"),
        ("x" * 300 + ".png", "x" * 108 + "…" + "x" * 6 + ".png"),
    ],
)
def test_a_name_is_kept_readable(store: AssetStore, name: str, kept: str) -> None:
    assert clean_name(name) == kept
    assert store.put_bytes(png(), name).name == kept
    kept.encode()


def test_a_stored_file_that_was_cut_short_is_healed(store: AssetStore) -> None:
    for data in (png(), mp4()):
        kept = store.put_bytes(data, "tep")
        place = store.path(kept.sha256, kept.mime)
        place.write_bytes(b"")
        assert store.put_bytes(data, "tep") == kept
        assert place.read_bytes() == data


def test_the_same_film_is_stored_once(store: AssetStore, tmp_path: Path) -> None:
    def put(name: str) -> AssetFile:
        (tmp_path / name).write_bytes(mp4())
        return store.put(tmp_path / name)

    assert put("a.mp4").sha256 == put("b.mp4").sha256
    assert len(left(store)) == 1
