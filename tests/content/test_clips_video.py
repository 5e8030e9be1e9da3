"""The video file: playable everywhere, the same bytes again, whole or not there, and clear about what is missing."""

import re
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from content.clips import FRAME_RATE, Clip, Slide, encoder, find_ffmpeg, read_clip, render
from content.clips.encoder import encode
from content.errors import ContentError
from content.infographic import parse_spec

ASSETS = Path(__file__).parents[2] / "assets" / "clips"
VIDEOS = sorted(ASSETS.glob("*.mp4"))
SIZE = (64, 36)

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `video`")


def frames(count: int = 12, size: tuple[int, int] = SIZE) -> Iterator[bytes]:
    pixels = size[0] * size[1]
    for number in range(count):
        yield bytes([40 + number % 100]) * pixels + bytes([120]) * (pixels // 2)


def small_clip() -> Clip:
    slides = (
        Slide(parse_spec({"template": "scene", "title": "Một cửa"}, "thu.yml: cảnh 1"), 8, ("Một.",)),
        Slide(parse_spec({"template": "quote", "title": "Đúng hẹn"}, "thu.yml: cảnh 2"), 8),
    )
    return Clip("thu.yml", "tim_hue", slides)


def boxes(path: Path) -> list[bytes]:
    """The top-level boxes of an mp4, in order."""
    data, place, names = path.read_bytes(), 0, []
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        names.append(name)
        place += length
    return names


def told_by_ffmpeg(path: Path) -> str:
    """What ffmpeg says of the file's streams."""
    return subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-i", str(path)], stderr=subprocess.PIPE, encoding="utf-8", check=False
    ).stderr


def loudest(path: Path) -> int:
    """The largest sample of the sound track."""
    sound = subprocess.run(
        [find_ffmpeg(), "-loglevel", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"],
        stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    assert len(sound) > 48_000
    return max(abs(sample) for (sample,) in struct.iter_unpack("<h", sound))


def check_streams(path: Path, size: tuple[int, int], seconds: float) -> None:
    names = boxes(path)
    assert names.index(b"moov") < names.index(b"mdat")
    told = told_by_ffmpeg(path)
    (video,) = re.findall(r"Video: (.*)", told)
    (sound,) = re.findall(r"Audio: (.*)", told)
    assert re.match(r"h264 \(High\) .*yuv420p\(tv, bt709, progressive\), (\d+x\d+) \[SAR 1:1 .*25 fps", video), video
    assert f"{size[0]}x{size[1]}" in video
    assert re.match(r"aac \(LC\) .*48000 Hz, stereo", sound), sound
    hours, minutes, rest = re.findall(r"Duration: (\d+):(\d+):([\d.]+)", told)[0]
    assert int(hours) * 3600 + int(minutes) * 60 + float(rest) == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize(("size", "pixels"), [("wide", (1280, 720)), ("story", (1080, 1920))])
def test_a_clip_becomes_a_video_that_every_platform_takes(tmp_path: Path, size: str, pixels: tuple[int, int]) -> None:
    clip = small_clip()
    if size == "story":
        clip = replace(clip, slides=(replace(clip.slides[0], frames=68), clip.slides[1]))
    shares: list[float] = []
    made = render(clip, size, tmp_path / "thu.mp4", progress=shares.append)
    check_streams(made.video, pixels, clip.seconds)
    assert loudest(made.video) == 0 if clip.seconds > 1 else True
    assert (made.width, made.height) == pixels
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) == clip.frames
    assert made.subtitles and "Một." in made.subtitles.read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"thu.mp4", "thu.srt"}


def test_the_same_frames_give_the_same_bytes_and_no_version_of_a_program(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        encode(frames(), SIZE, 12, tmp_path / name)
    first = (tmp_path / "a.mp4").read_bytes()
    assert first == (tmp_path / "b.mp4").read_bytes()
    assert not re.search(rb"Lav[cf]\d", first), "a version would be another one on the next machine"


@pytest.mark.parametrize("name", ["-y.mp4", "một cửa.mp4", "a b.mp4", "pipe:1.mp4", "%03d.mp4"])
def test_an_awkward_name_is_a_name_and_no_option(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    encode(frames(), SIZE, 12, Path(name))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert boxes(tmp_path / name)[0] == b"ftyp"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("khong-co/thu.mp4", r"thu\.mp4: không có thư mục .*khong-co; hãy tạo thư mục đó"),
        ("thu.avi", r"thu\.avi: tên tệp video phải kết thúc bằng \.mp4"),
        ("thu", r"thu: tên tệp video phải kết thúc bằng \.mp4"),
        ("la-thu-muc.mp4", "đã có một thư mục mang tên này"),
    ],
)
def test_a_place_where_no_video_can_be_is_told_before_any_work(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "la-thu-muc.mp4").mkdir()
    with pytest.raises(ContentError, match=words):
        render(small_clip(), "wide", tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["la-thu-muc.mp4"]


# ffmpeg: found, missing, failing, hanging ----------------------------------------------------------------


def script(folder: Path, lines: str) -> Path:
    program = folder / "bin" / "ffmpeg"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nfor last; do :; done\n{lines}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_without_ffmpeg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(encoder, "find_spec", lambda name: None)
    with pytest.raises(ContentError, match=r"hãy cài gói video \(uv sync .*, hoặc pip .*\), hoặc cài ffmpeg"):
        render(small_clip(), "wide", tmp_path / "thu.mp4")
    assert not list(tmp_path.iterdir())


def test_a_wrong_ffmpeg_path_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"Không chạy được ffmpeg tại .*hãy sửa CCHC_FFMPEG"):
        find_ffmpeg(str(tmp_path / "ffmpeg"))


def test_the_path_given_comes_first_then_the_one_on_path_then_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    shutil.copy(sys.executable, program)
    assert find_ffmpeg(str(program)) == str(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == str(program)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert "imageio_ffmpeg" in find_ffmpeg()


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    program = script(tmp_path, "")
    program.write_bytes(b"\x00not a program")
    with pytest.raises(ContentError, match="Không chạy được ffmpeg tại"):
        encode(frames(), SIZE, 12, tmp_path / "thu.mp4", ffmpeg=str(program))


@pytest.mark.parametrize("reads", [True, False])
def test_a_failing_ffmpeg_leaves_nothing_behind_and_its_last_word_is_told(tmp_path: Path, reads: bool) -> None:
    ends = "echo half > \"$last\"\necho dau >&2\necho 'Unknown encoder libx264' >&2\nexit 8"
    program = script(tmp_path, f"cat >/dev/null\n{ends}" if reads else ends)
    (tmp_path / "thu.mp4").write_bytes(b"the one from yesterday")
    with pytest.raises(ContentError, match=r"^thu\.mp4: ffmpeg không dựng được video \(Unknown encoder libx264\)\.$"):
        encode(frames(2000), SIZE, 2000, tmp_path / "thu.mp4", ffmpeg=str(program))
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "thu.mp4"}
    assert (tmp_path / "thu.mp4").read_bytes() == b"the one from yesterday"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / ".clip-7.part.mp4"
    monkeypatch.setattr(encoder.os, "getpid", lambda: 7)
    part.symlink_to("/dev/full")
    with pytest.raises(ContentError, match=r"^thu\.mp4: đĩa đã đầy, chưa ghi gì; hãy giải phóng chỗ"):
        encode(frames(200, (320, 180)), (320, 180), 200, tmp_path / "thu.mp4")
    assert not list(tmp_path.iterdir())


def test_an_ffmpeg_that_hangs_is_ended(tmp_path: Path) -> None:
    program = script(tmp_path, "exec sleep 600")
    with pytest.raises(ContentError, match=r"thu\.mp4: ffmpeg không xong trong 0 giây nên đã bị dừng"):
        encode(frames(2000), SIZE, 2000, tmp_path / "thu.mp4", ffmpeg=str(program), seconds_allowed=0.2)
    assert not (tmp_path / "thu.mp4").exists()


def test_an_interruption_ends_ffmpeg_and_leaves_nothing(tmp_path: Path) -> None:
    program = script(tmp_path, f'echo $$ > {tmp_path}/bin/pid\nexec {find_ffmpeg()} "$@"')
    others = set(threading.enumerate())

    def interrupted() -> Iterator[bytes]:
        yield from frames(5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode(interrupted(), SIZE, 12, tmp_path / "thu.mp4", ffmpeg=str(program))
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]
    assert [thread.name for thread in threading.enumerate() if thread not in others] == []


# What is shipped -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", VIDEOS, ids=lambda path: path.stem)
def test_every_shipped_video_is_the_one_its_file_describes(path: Path) -> None:
    stem, tall = path.stem.removesuffix("-doc"), path.stem.endswith("-doc")
    clip = read_clip(path.with_name(f"{stem}.yml"))
    assert ("story" if tall else "wide") in clip.sizes
    check_streams(path, (1080, 1920) if tall else (1280, 720), clip.frames / FRAME_RATE)
    assert path.stat().st_size <= 1500 * 1024


def test_every_clip_is_shipped_in_each_of_its_sizes_and_the_folder_stays_small() -> None:
    wanted = {
        f"{file.stem}{'-doc' if size == 'story' else ''}"
        for file in ASSETS.glob("*.yml")
        for size in read_clip(file).sizes
    }
    assert {path.stem for path in VIDEOS} == wanted
    assert {path.stem for path in ASSETS.glob("*.srt")} == wanted
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) <= 8 * 1024 * 1024
