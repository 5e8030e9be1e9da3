import errno
import hashlib
import io
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from content.errors import ContentError
from content.store import AssetStore, sniff, write_new, write_whole
from tests.content.films import mp4
from tests.content.shelf import fill_the_disk, needs_dev_full, noise, png

JPEG_ONLY = ("image/jpeg",)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "store")


def test_the_same_bytes_are_stored_once_whatever_the_name(store: AssetStore, tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(png())
    first, second = store.put(tmp_path / "a.png"), store.put(tmp_path / "b.jpg")
    assert first.sha256 == second.sha256 == hashlib.sha256(png()).hexdigest()
    assert (second.mime, second.width, second.height) == ("image/png", 40, 50)
    assert files(store.folder) == [store.path(first.sha256, first.mime)]


def test_a_picture_that_is_not_a_picture_is_refused_by_its_bytes(store: AssetStore, tmp_path: Path) -> None:
    (tmp_path / "anh.jpg").write_text("<html>", encoding="utf-8")
    with pytest.raises(ContentError, match=r"anh\.jpg: .*không phải ảnh"):
        store.put(tmp_path / "anh.jpg")
    assert files(store.folder) == []


def test_half_a_picture_is_refused(store: AssetStore, tmp_path: Path) -> None:
    (tmp_path / "anh.png").write_bytes(noise()[:5000])
    with pytest.raises(ContentError, match=r"anh\.png: tệp ảnh hỏng"):
        store.put(tmp_path / "anh.png")


def test_a_picture_with_too_many_pixels_is_refused(store: AssetStore) -> None:
    out = io.BytesIO()
    Image.new("1", (12000, 12000)).save(out, "PNG")
    with pytest.raises(ContentError, match="quá nhiều điểm ảnh"):
        store.put_bytes(out.getvalue(), "to.png")


def test_a_missing_file_is_named(store: AssetStore, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"mat\.png: không đọc được tệp"):
        store.put(tmp_path / "mat.png")


def test_a_video_is_taken_as_it_is(store: AssetStore) -> None:
    data = mp4()
    kept = store.put_bytes(data, "clip.mp4")
    assert (kept.mime, kept.size, kept.notes) == ("video/mp4", len(data), ())
    assert (kept.width, kept.height, kept.seconds, kept.codec) == (1280, 720, 2.0, "H.264")
    assert store.path(kept.sha256, kept.mime).read_bytes() == data


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"....ftypqt  ....", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"%PDF-1.7", ""),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


@needs_dev_full
def test_a_full_disk_is_told_in_words_and_leaves_nothing_behind(store: AssetStore) -> None:
    target = store.path(hashlib.sha256(png()).hexdigest(), "image/png")
    fill_the_disk(target)
    with pytest.raises(ContentError, match=r"giay-hen\.png: đĩa đã đầy, chưa ghi được tệp này") as told:
        store.put_bytes(png(), "giay-hen.png")
    assert isinstance(told.value.__cause__, OSError)
    assert told.value.__cause__.errno == errno.ENOSPC
    assert files(store.folder) == []
    assert store.put_bytes(png(), "giay-hen.png").size == len(png()), "and with room again it works"


@needs_dev_full
def test_a_full_disk_while_a_picture_is_fitted_leaves_nothing_behind(store: AssetStore) -> None:
    kept = store.put_bytes(noise(), "to.png")
    fill_the_disk(store.folder / "fit" / f"{kept.sha256}-60000.jpg")
    with pytest.raises(ContentError, match="đĩa đã đầy"):
        store.fit(kept.sha256, kept.mime, 60_000, JPEG_ONLY)
    assert files(store.folder) == [store.path(kept.sha256, kept.mime)]


def test_a_picture_that_fits_is_given_back_as_it_is(store: AssetStore) -> None:
    kept = store.put_bytes(png(), "nho.png")
    fitted = store.fit(kept.sha256, kept.mime, 1_000_000, ("image/png", "image/jpeg"))
    assert fitted.path == store.path(kept.sha256, kept.mime)
    assert fitted.sha256 == kept.sha256


def test_a_picture_that_is_too_big_becomes_a_jpeg_within_the_limit_and_the_same_one_every_time(
    store: AssetStore,
) -> None:
    kept = store.put_bytes(noise(), "to.png")
    first = store.fit(kept.sha256, kept.mime, 60_000, JPEG_ONLY)
    assert first.size <= 60_000 < kept.size
    assert (first.mime, sniff(first.path.read_bytes())) == ("image/jpeg", "image/jpeg")
    assert first.sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest()
    assert store.fit(kept.sha256, kept.mime, 60_000, JPEG_ONLY) == first
    first.path.unlink()
    assert store.fit(kept.sha256, kept.mime, 60_000, JPEG_ONLY) == first, "made again, it is the same picture"


def test_transparency_becomes_white(store: AssetStore) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(out, "PNG")
    kept = store.put_bytes(out.getvalue(), "trong.png")
    fitted = store.fit(kept.sha256, kept.mime, 1_000_000, JPEG_ONLY)
    with Image.open(fitted.path) as picture:
        assert picture.getpixel((150, 150)) == (255, 255, 255)


def test_where_a_photo_was_taken_does_not_go_out_with_a_fitted_picture(store: AssetStore) -> None:
    photo, out = Image.effect_noise((600, 400), 90).convert("RGB"), io.BytesIO()
    exif = photo.getexif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    photo.save(out, "JPEG", quality=95, exif=exif)
    kept = store.put_bytes(out.getvalue(), "chup.jpg")
    assert (kept.width, kept.height) == (400, 600), "seen the way the camera was held"
    fitted = store.fit(kept.sha256, kept.mime, 40_000, JPEG_ONLY)
    with Image.open(fitted.path) as picture:
        assert not picture.getexif()


def test_a_picture_that_cannot_be_made_to_fit_is_told(store: AssetStore) -> None:
    kept = store.put_bytes(noise(), "to.png")
    with pytest.raises(ContentError, match=r"không nén được ảnh xuống 500 byte"):
        store.fit(kept.sha256, kept.mime, 500, JPEG_ONLY)


def test_a_lost_file_is_told(store: AssetStore) -> None:
    with pytest.raises(ContentError, match="đã mất khỏi kho tư liệu"):
        store.fit("0" * 64, "image/png", 1000, JPEG_ONLY)


# After a power cut -------------------------------------------------------------------------------------


def as_it_syncs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose entries went to disk, in turn; the disk itself stays the real one."""
    synced: list[Path] = []
    real = os.fsync

    def noting(handle: int) -> None:
        real(handle)
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            synced.append(Path(f"/proc/self/fd/{handle}").readlink())

    monkeypatch.setattr(os, "fsync", noting)
    return synced


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux to name an open folder")
def test_the_name_of_a_file_is_on_disk_too_when_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path.resolve()
    synced = as_it_syncs(monkeypatch)
    write_whole(folder / "moi" / "a.txt", b"a")
    assert synced == [folder / "moi", folder]
    write_new(folder / "moi" / "b.txt", b"b")
    assert synced[2:] == [folder / "moi", folder]
    kept = AssetStore(folder / "kho").put_bytes(png(), "a.png")
    assert synced[4:] == [folder / "kho" / kept.sha256[:2], folder / "kho"]


def test_a_share_that_cannot_sync_folders_still_takes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def refusing(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.setattr(os, "fsync", refusing)
    write_whole(tmp_path / "a.txt", b"a")
    assert (tmp_path / "a.txt").read_bytes() == b"a"


# New files ---------------------------------------------------------------------------------------------


def test_of_many_writers_of_one_new_file_one_wins_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "mot.txt"
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: write_new(target, f"{n}".encode() * 5000), range(8)))
    assert won.count(True) == 1
    assert target.read_bytes() == f"{won.index(True)}".encode() * 5000
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_without_links_takes_a_new_file_and_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Path, _other: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert write_new(tmp_path / "a.txt", b"a")
    assert not write_new(tmp_path / "a.txt", b"b")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"a")]
