"""Pictures at the door: bombs are defused, broken ones told, and nobody learns where a photo was taken."""

import io
import random
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from content.errors import ContentError
from content.media.verdict import HIDDEN, PLACE, TAIL
from content.store import AssetStore
from tests.content.shelf import noise, png
from tests.content.test_store_door import refused

XMP = b"<x:xmpmeta><exif:GPSLatitude>16,27N</exif:GPSLatitude>Nguyen Van A</x:xmpmeta>"
SECRETS = (b"16,27N", b"Nguyen Van A", b"Canon", b"GPS")


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "store")


def scene(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture whose four corners differ, so that a wrong turn shows."""
    picture = Image.new("RGB", size, "white")
    for place, colour in enumerate(("red", "green", "blue", "black")):
        corner = ((place % 2) * size[0] // 2, place // 2 * size[1] // 2)
        picture.paste(colour, (*corner, corner[0] + size[0] // 2, corner[1] + size[1] // 2))
    return picture


def exif(orientation: int = 1) -> Image.Exif:
    told = Image.Exif()
    told[0x010F], told[0x0112], told[0x9286] = "Canon", orientation, "Nguyen Van A"
    told.get_ifd(0x8825).update({1: "N", 2: (16.0, 27.0, 0.0), 3: "E", 4: (107.0, 35.0, 0.0)})
    return told


def saved(picture: Image.Image, form: str, **facts: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **facts)
    return out.getvalue()


def photo(form: str, orientation: int = 1) -> bytes:
    """A picture with everything a camera and an editor leave in it."""
    facts: dict[str, Any] = {"exif": exif(orientation), "icc_profile": profile()}
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", "Nguyen Van A", zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        facts["pnginfo"] = info
    else:
        facts["xmp"] = XMP
    if form == "JPEG":
        facts |= {"comment": b"Nguyen Van A", "quality": 95}
    if form == "WEBP":
        facts["lossless"] = True
    return saved(scene(), form, **facts)


@cache
def profile() -> bytes:
    """One profile: each new one tells the second it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def seen(data: bytes) -> Image.Image:
    """The picture the way people see it."""
    with Image.open(io.BytesIO(data)) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")


def stored(store: AssetStore, data: bytes, name: str = "anh") -> bytes:
    kept = store.put_bytes(data, name)
    return store.path(kept.sha256, kept.mime).read_bytes()


# Privacy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_loses_its_place_and_its_people_and_looks_the_same(
    store: AssetStore, form: str, orientation: int
) -> None:
    data = photo(form, orientation)
    assert any(secret in data for secret in SECRETS)
    kept = store.put_bytes(data, "anh")
    after = store.path(kept.sha256, kept.mime).read_bytes()
    assert not any(secret in after for secret in SECRETS)
    assert kept.notes == (PLACE,)
    assert seen(after).tobytes() == seen(data).tobytes(), "not one pixel is another"
    assert (kept.width, kept.height) == seen(after).size == ((60, 40) if orientation < 5 else (40, 60))
    with Image.open(io.BytesIO(after)) as picture:
        assert dict(picture.getexif()) in ({}, {0x0112: orientation})
        assert picture.info.get("icc_profile") == profile()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_same_picture_with_other_notes_in_it_is_stored_once(store: AssetStore, form: str) -> None:
    bare = saved(scene(), form, icc_profile=profile(), **({"quality": 95} if form == "JPEG" else {"lossless": True}))
    once = store.put_bytes(photo(form), "a")
    assert once.sha256 == store.put_bytes(photo(form), "b").sha256 == store.put_bytes(bare, "c").sha256
    again = store.put_bytes(stored(store, photo(form, 6)), "d")
    assert again.notes == (), "what came out has nothing left to take out"


def test_a_plain_picture_is_stored_byte_for_byte(store: AssetStore) -> None:
    for data in (*(saved(scene(), form) for form in ("JPEG", "PNG", "GIF", "WEBP")), noise()):
        assert stored(store, data) == data


def test_a_thumbnail_comments_and_what_hangs_behind_a_picture_are_gone(store: AssetStore) -> None:
    thumb = b"JFIF\0\1\2\0\0\1\0\1\2\2" + b"Canon!Canon!"
    plain = saved(scene(), "JPEG")
    app0 = b"\xff\xe0" + struct.pack(">H", len(thumb) + 2) + thumb
    data = plain[:2] + app0 + plain[20:] + b"PK\3\4 a film from the phone: Canon"
    kept = store.put_bytes(data, "anh.jpg")
    after = store.path(kept.sha256, kept.mime).read_bytes()
    assert b"Canon" not in after and kept.notes == (HIDDEN, TAIL)
    assert seen(after).tobytes() == seen(data).tobytes()


def test_a_gif_loses_its_comments(store: AssetStore) -> None:
    plain = saved(scene(), "GIF")
    at = len(plain) - 1
    comment = b"\x21\xfe\x0cNguyen Van A\x00"
    xmp = b"\x21\xff\x0bXMP DataXMP" + b"\x05GPSLa\x00"
    kept = store.put_bytes(plain[:at] + comment + xmp + plain[at:] + b"tail", "anh.gif")
    assert store.path(kept.sha256, kept.mime).read_bytes() == plain
    assert kept.notes == (PLACE, TAIL)


def test_a_fitted_picture_keeps_its_colours_and_nothing_else(store: AssetStore) -> None:
    grain = Image.effect_noise((500, 500), 90).convert("RGB")
    data = saved(grain, "JPEG", quality=95, exif=exif(6), icc_profile=profile(), comment=b"Nguyen Van A")
    kept = store.put_bytes(data, "anh.jpg")
    fitted = store.fit(kept.sha256, kept.mime, 40_000, ("image/jpeg",))
    with Image.open(fitted.path) as picture:
        assert dict(picture.getexif()) == {} and "xmp" not in picture.info and "comment" not in picture.info
        assert picture.info["icc_profile"] == profile()


# Bombs ---------------------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(size: tuple[int, int], *more: bytes, rows: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


SIZES = {
    "png": png_of((60_000, 60_000)),
    "png-thin": png_of((1, 2_000_000_000)),
    "gif": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b"\x2c" + struct.pack("<HHHHB", 0, 0, 65_535,
           65_535, 0) + b"\x08\x01\x00\x00\x3b",
    "jpeg": saved(scene(), "JPEG").replace(b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 40, 60),
                                          b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 65_500, 65_500)),
    "webp": b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff" * 2
            + b"VP8L" + struct.pack("<I", 0),
}  # fmt: skip


@pytest.mark.parametrize("form", SIZES)
def test_a_small_file_with_a_huge_picture_is_not_unpacked(store: AssetStore, form: str) -> None:
    words = refused(store, SIZES[form])
    assert "quá nhiều điểm ảnh" in words or "tệp ảnh hỏng" in words


def test_a_packed_comment_or_profile_is_not_unpacked(store: AssetStore) -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = png_of((2, 2), chunk(b"iCCP", b"x\0\0" + bomb), chunk(b"zTXt", b"x\0\0" + bomb), rows=bytes(14))
    assert stored(store, data) == png_of((2, 2), rows=bytes(14))
    assert len(data) > 300_000


def test_more_pixels_than_announced_are_not_unpacked(store: AssetStore) -> None:
    data = png_of((2, 2), rows=bytes(200_000_000))
    try:
        stored(store, data)
    except ContentError as told:
        assert "tệp ảnh hỏng" in told.words


def test_a_photo_with_a_thousand_passes_is_refused(store: AssetStore) -> None:
    data = saved(scene(), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    assert "tệp ảnh hỏng" in refused(store, data[:-2] + data[scan:-2] * 1_000 + data[-2:], "anh.jpg")


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_moving_picture_is_refused_with_what_to_do(store: AssetStore, form: str) -> None:
    frames = [Image.new("RGB", (20, 20), (number, 0, 99)) for number in range(40)]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
    assert "đây là ảnh động" in refused(store, data) and "video MP4" in refused(store, data)


def test_ten_thousand_frames_are_not_unpacked(store: AssetStore) -> None:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x08\x01\x00\x00"
    assert "ảnh động" in refused(store, b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + frame * 10_000 + b"\x3b")


def test_a_moving_png_of_one_frame_is_a_picture(store: AssetStore) -> None:
    plain = png_of((2, 2), rows=bytes(14))
    moving = png_of((2, 2), chunk(b"acTL", struct.pack(">II", 1, 0)), chunk(b"fcTL", bytes(26)), rows=bytes(14))
    assert stored(store, moving) == plain


def test_a_hundred_thousand_empty_chunks_are_told(store: AssetStore) -> None:
    assert "tệp ảnh hỏng" in refused(store, png_of((2, 2), chunk(b"tEXt", b"") * 120_000, rows=bytes(14)))


# Broken --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_that_is_cut_off_anywhere_is_refused(store: AssetStore, form: str) -> None:
    data = photo(form) if form != "GIF" else saved(scene(), form)
    for end in sorted({*range(16, len(data) - 1, max(1, len(data) // 40)), len(data) - 8}):
        with pytest.raises(ContentError, match="anh: "):
            store.put_bytes(data[:end], "anh")
    assert list(store.folder.rglob("*.*")) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), seed=st.integers(0, 1 << 32))
def test_flipped_bits_are_told_or_harmless(store: AssetStore, form: str, seed: int) -> None:
    rng, data = random.Random(seed), bytearray(photo(form) if form != "GIF" else saved(scene(), form))
    for _ in range(rng.randint(1, 12)):
        data[rng.randrange(12, len(data))] ^= 1 << rng.randrange(8)
    try:
        kept = store.put_bytes(bytes(data), "anh")
    except ContentError as told:
        assert told.words.startswith("anh: ")
    else:
        assert kept.width * kept.height <= 50_000_000
        with Image.open(store.path(kept.sha256, kept.mime)) as picture:
            picture.load()


def test_one_flipped_bit_in_a_png_is_noticed(store: AssetStore) -> None:
    data = bytearray(png())
    data[data.index(b"IDAT") + 8] ^= 1
    assert "tệp ảnh hỏng" in refused(store, bytes(data))
