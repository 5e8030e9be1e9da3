"""Videos at the door: read by their structure, cut or hostile ones told, places taken out without encoding again."""

import random
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.errors import ContentError
from content.media.films import NO_SUBTITLES, UNKNOWN_LENGTH
from content.media.verdict import HIDDEN, PLACE
from content.store import AssetFile, AssetStore
from tests.content.films import LYING, PAYLOAD_AT, atom, element, mp4, tag, track, webm
from tests.content.shelf import fill_the_disk, needs_dev_full
from tests.content.test_store_door import refused

XYZ = atom(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7), b"+16.4637+107.5909/")
SECRETS = (b"+16.4637", b"107.5909", b"iPhone", b"Nguyen")


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "store")


def stored(store: AssetStore, data: bytes, name: str = "clip.mp4") -> tuple[AssetFile, bytes]:
    kept = store.put_bytes(data, name)
    return kept, store.path(kept.sha256, kept.mime).read_bytes()


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    return str(pytest.importorskip("imageio_ffmpeg", reason="the extra `video` is not installed").get_ffmpeg_exe())


def encoded(ffmpeg: str, file: Path, *more: str) -> bytes:
    """A real film of one second."""
    source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=1"]
    subprocess.run([ffmpeg, "-v", "error", "-y", *source, *more, str(file)], check=True, timeout=60)
    return file.read_bytes()


def plays(ffmpeg: str, file: Path) -> bytes:
    """The film's pictures as one stream of bytes; fails when it does not play."""
    command = [ffmpeg, "-v", "error", "-i", str(file), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    return subprocess.run(command, check=True, timeout=60, capture_output=True).stdout


# Facts ---------------------------------------------------------------------------------------------------


def test_length_size_and_codec_are_read(store: AssetStore) -> None:
    kept, after = stored(store, mp4(seconds=12.5))
    assert (kept.seconds, kept.width, kept.height, kept.codec, kept.notes) == (12.5, 1280, 720, "H.264", ())
    assert after == mp4(seconds=12.5)


def test_a_film_that_was_held_upright_is_upright(store: AssetStore) -> None:
    kept, _ = stored(store, mp4(tracks=(track(at=PAYLOAD_AT, matrix=LYING),)))
    assert (kept.width, kept.height) == (720, 1280)


@pytest.mark.parametrize(("code", "codec"), [(b"hvc1", "HEVC"), (b"av01", "AV1"), (b"xx\xff1", "xxÿ1")])
def test_another_codec_is_told(store: AssetStore, code: bytes, codec: str) -> None:
    kept, _ = stored(store, mp4(tracks=(track(at=PAYLOAD_AT, codec=code),)))
    assert kept.codec == codec
    assert kept.notes == (f"video mã hóa {codec}; nên xuất H.264 để mọi kênh đều phát được",)


@pytest.mark.parametrize("more", [[], ["-movflags", "+faststart"], ["-f", "mov"]], ids=["mp4", "moov first", "mov"])
def test_a_real_film_is_read_and_kept_as_it_is_but_for_its_tags(
    store: AssetStore, ffmpeg: str, tmp_path: Path, more: list[str]
) -> None:
    told = ["-metadata", "location=+16.4637+107.5909/", "-metadata", "artist=Nguyen Van A"]
    data = encoded(ffmpeg, tmp_path / "a.mp4", "-c:v", "libx264", *told, *more)
    kept, after = stored(store, data, "a.mov" if "mov" in more else "a.mp4")
    assert (kept.width, kept.height, kept.codec) == (320, 180, "H.264") and abs(kept.seconds - 1) < 0.2
    assert not any(secret in after for secret in SECRETS) and kept.notes == (PLACE,)
    assert len(after) == len(data)
    assert plays(ffmpeg, store.path(kept.sha256, kept.mime)) == plays(ffmpeg, tmp_path / "a.mp4")
    plain, _ = stored(store, encoded(ffmpeg, tmp_path / "b.mp4", "-c:v", "libx264"))
    assert plain.notes == (), "the name of the program that wrote it is nothing to speak of"


def test_a_real_film_in_pieces_and_a_real_webm_are_read(store: AssetStore, ffmpeg: str, tmp_path: Path) -> None:
    pieces = ["-c:v", "libx264", "-g", "5", "-movflags", "frag_keyframe+empty_moov"]
    kept, _ = stored(store, encoded(ffmpeg, tmp_path / "a.mp4", *pieces))
    assert (kept.width, kept.seconds, kept.notes) == (320, 0.0, (UNKNOWN_LENGTH,))
    data = encoded(ffmpeg, tmp_path / "a.webm", "-c:v", "libvpx", "-metadata", "LOCATION=+16.4637+107.5909/")
    kept, after = stored(store, data, "a.webm")
    assert (kept.mime, kept.width, kept.height, kept.codec, kept.notes) == ("video/webm", 320, 180, "VP8", (PLACE,))
    assert b"+16.4637" not in after and len(after) == len(data) and abs(kept.seconds - 1) < 0.2
    assert plays(ffmpeg, store.path(kept.sha256, kept.mime)) == plays(ffmpeg, tmp_path / "a.webm")


# Privacy -------------------------------------------------------------------------------------------------

APPLE = atom(
    b"meta", atom(b"hdlr", bytes(8) + b"mdta" + bytes(13)),
    atom(b"keys", b"com.apple.quicktime.location.ISO6709"), atom(b"ilst", b"+16.4637+107.5909/"),
)  # fmt: skip
XMP = atom(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), b"<x:xmpmeta>Nguyen, GPSLatitude +16.4637")


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (mp4(udta=atom(b"udta", XYZ)), PLACE),
        (mp4(udta=atom(b"udta", atom(b"loci", b"Hue +16.4637"))), PLACE),
        (mp4(udta=atom(b"udta", atom(b"\xa9mak", b"iPhone"))), HIDDEN),
        (mp4(in_moov=APPLE), PLACE),
        (mp4(in_moov=atom(b"udta", APPLE)), PLACE),
        (mp4(in_moov=XMP), PLACE),
        (mp4(before=XMP), PLACE),
        (mp4(after=XMP), PLACE),
        (mp4(after=atom(b"gps ", b"+16.4637")), PLACE),
        (mp4(after=struct.pack(">I4s", 0, b"beam") + b"iPhone"), HIDDEN),
        (mp4(tracks=(track(at=PAYLOAD_AT, extra=atom(b"udta", XYZ)),)), PLACE),
        (mp4(tracks=(track(at=PAYLOAD_AT, extra=APPLE),)), PLACE),
    ],
)
def test_a_films_place_and_maker_are_gone_and_nothing_moved(store: AssetStore, data: bytes, note: str) -> None:
    if b"\xbe\x7a\xcf\xcb" in data[:60]:
        data = mp4(before=XMP, tracks=(track(at=PAYLOAD_AT + len(XMP)),))
    assert any(secret in data for secret in SECRETS)
    kept, after = stored(store, data)
    assert not any(secret in after for secret in SECRETS)
    assert len(after) == len(data) and after.index(b"mdat") == data.index(b"mdat") and b"free" in after
    assert kept.notes == (note,)
    again, same = stored(store, after)
    assert (again.sha256, same, again.notes) == (kept.sha256, after, ())


def test_a_track_of_places_is_gone_with_its_samples(store: AssetStore) -> None:
    payload = b"PICTURES" + b"+16.4637" + b"+107.5909 iPhone" + b"PICTURES"
    film = track(at=PAYLOAD_AT, samples=(8,), extra=atom(b"tref", atom(b"cdsc", bytes(4))))
    places = track(b"meta", codec=b"gpmd", at=PAYLOAD_AT + 8, samples=(8, 16))
    kept, after = stored(store, mp4(payload, tracks=(film, places)))
    assert after[PAYLOAD_AT : PAYLOAD_AT + len(payload)] == b"PICTURES" + bytes(24) + b"PICTURES"
    assert b"gpmd" not in after and b"tref" not in after and kept.notes == (PLACE,)


def test_subtitles_inside_a_film_are_gone_and_staff_are_told(store: AssetStore) -> None:
    words = track(b"sbtl", codec=b"tx3g", at=PAYLOAD_AT + 16, samples=(16,))
    kept, after = stored(store, mp4(b"P" * 16 + b"drone: +16.4637 ", tracks=(track(at=PAYLOAD_AT), words)))
    assert b"+16.4637" not in after and kept.notes == (HIDDEN, NO_SUBTITLES)


@needs_dev_full
def test_a_full_disk_while_a_film_is_copied_leaves_nothing_behind(store: AssetStore) -> None:
    fill_the_disk(store.folder / "video")
    with pytest.raises(ContentError, match=r"clip\.mp4: đĩa đã đầy, chưa ghi được tệp này"):
        store.put_bytes(mp4(bytes(300_000)), "clip.mp4")
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    assert store.put_bytes(mp4(bytes(300_000)), "clip.mp4").seconds == 2.0, "and with room again it works"


def test_a_film_to_look_around_in_stays_one(store: AssetStore) -> None:
    around = atom(b"uuid", bytes.fromhex("ffcc8263f8554a938814587a02521fdd"), b"<rdf:SphericalVideo>")
    data = mp4(tracks=(track(at=PAYLOAD_AT, extra=around),))
    assert stored(store, data)[1] == data


def test_a_webm_loses_its_tags(store: AssetStore) -> None:
    kept, after = stored(store, webm(tags=tag(b"LOCATION", b"+16.4637")), "a.webm")
    assert b"+16.4637" not in after and kept.notes == (PLACE,)
    assert (kept.width, kept.height, kept.seconds, kept.codec) == (640, 360, 2.0, "VP9")
    assert stored(store, webm(tags=tag(b"ENCODER", b"Lavf")), "a.webm")[0].notes == ()
    short = stored(store, webm(tags=b"\x12\x54\xc3\x67\x80"), "a.webm")[1]
    assert short.endswith(b"\xec\x83\0\0\0")


# Refused -------------------------------------------------------------------------------------------------

NESTED = b""
for _ in range(10_000):
    NESTED = struct.pack(">I4s", 8 + len(NESTED), b"trak") + NESTED
HUGE_TABLES = track(at=PAYLOAD_AT).replace(
    atom(b"stsz", struct.pack(">IIII", 0, 0, 1, 16)), atom(b"stsz", struct.pack(">IIII", 0, 0, 0xFFFFFFFF, 16))
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (mp4()[:60], "hỏng hoặc bị cắt"),
        (mp4()[:-1], "hỏng hoặc bị cắt"),
        (mp4()[:100], "hỏng hoặc bị cắt"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(64), "hỏng hoặc bị cắt"),
        (mp4().replace(b"moov", b"moox"), "hỏng hoặc bị cắt"),
        (mp4().replace(b"mdat", b"free", 1), "hỏng hoặc bị cắt"),
        (mp4(tracks=(track(at=1 << 30),)), "hỏng hoặc bị cắt"),
        (mp4(tracks=()), "hỏng hoặc bị cắt"),
        (mp4(tracks=(NESTED,)), "hỏng hoặc bị cắt"),
        (mp4(tracks=(track(b"soun", codec=b"mp4a", at=PAYLOAD_AT),), brand=b"M4A "), "chỉ có âm thanh"),
        (mp4(tracks=(track(codec=b"encv", at=PAYLOAD_AT),)), "bị khóa bản quyền"),
        (mp4(in_moov=atom(b"pssh", bytes(24))), "bị khóa bản quyền"),
        (mp4(seconds=0), "không ghi thời lượng"),
        (mp4(seconds=90_000), "vô lý"),
        (mp4(tracks=(track(at=PAYLOAD_AT, size=(65_000, 10)),)), "vô lý"),
        (mp4(before=atom(b"free") * 250_000, tracks=(track(at=PAYLOAD_AT + 2_000_000),)), "hỏng hoặc bị cắt"),
        (mp4(in_moov=atom(b"free") * 250_000), "hỏng hoặc bị cắt"),
        (mp4(after=struct.pack(">I4sQ", 1, b"free", 1 << 63)), "hỏng hoặc bị cắt"),
        (mp4(after=struct.pack(">I4sQ", 1, b"free", 3)), "hỏng hoặc bị cắt"),
        (mp4(after=struct.pack(">I4s", 7, b"free")), "hỏng hoặc bị cắt"),
        (mp4(in_moov=struct.pack(">I4s", 1 << 30, b"udta")), "hỏng hoặc bị cắt"),
        (webm()[:-1], "hỏng hoặc bị cắt"),
        (webm()[:40], "hỏng hoặc bị cắt"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 60, "hỏng hoặc bị cắt"),
        (webm(doctype=b"matroska"), "đây là video MKV"),
        (webm(kind=2), "chỉ có âm thanh"),
        (webm(encodings=element(b"\x6d\x80", element(b"\x62\x40", element(b"\x50\x35", b"")))), "bị khóa bản quyền"),
        (webm(seconds=float("nan")), "vô lý"),
        (webm(seconds=float("inf")), "vô lý"),
        (webm(seconds=-5.0), "vô lý"),
    ],
)
def test_a_film_that_cannot_be_posted_is_told(store: AssetStore, data: bytes, words: str) -> None:
    assert words in refused(store, data, "clip.mp4")


def test_a_recording_whose_lengths_were_never_written_is_taken_and_told(store: AssetStore) -> None:
    kept, after = stored(store, webm(open_ends=True, seconds=None), "a.webm")
    assert (kept.seconds, kept.notes) == (0.0, (UNKNOWN_LENGTH,))
    assert after == webm(open_ends=True, seconds=None)


@pytest.mark.parametrize("hostile", [HUGE_TABLES, track(b"meta", at=0), track(b"meta", at=1 << 30, samples=(1 << 31,))])
def test_tables_that_lie_cost_nothing_and_harm_nothing_outside_the_media(store: AssetStore, hostile: bytes) -> None:
    data = mp4(b"film" * 16, tracks=(track(at=PAYLOAD_AT), hostile))
    _, after = stored(store, data)
    assert after[:PAYLOAD_AT] == data[:PAYLOAD_AT] and b"mvhd" in after


def test_padding_behind_a_film_is_no_damage(store: AssetStore) -> None:
    assert stored(store, mp4(after=bytes(700)))[0].seconds == 2.0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), kind=st.sampled_from(["mp4", "meta", "webm"]))
def test_flipped_bits_and_cuts_are_told_or_harmless(store: AssetStore, seed: int, kind: str) -> None:
    whole = {
        "mp4": mp4(udta=atom(b"udta", XYZ)),
        "meta": mp4(tracks=(track(at=PAYLOAD_AT), track(b"meta", at=PAYLOAD_AT + 16))),
        "webm": webm(tags=tag(b"ENCODER", b"Lavf")),
    }[kind]
    rng, data = random.Random(seed), bytearray(whole)
    for _ in range(rng.randint(1, 6)):
        data[rng.randrange(12, len(data))] = rng.choice((0, 1, 255, rng.randrange(256)))
    try:
        kept = store.put_bytes(bytes(data[: rng.choice((len(data), rng.randrange(20, len(data))))]), "clip")
    except ContentError as told:
        assert told.words.startswith("clip: ")
    else:
        assert 0 <= kept.seconds <= 86_400 and kept.width > 0
    assert list((store.folder).rglob("*.part")) == []
