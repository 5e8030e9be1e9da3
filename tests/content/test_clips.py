"""Clips: playable everywhere, whole or not there, and clear about what is missing."""

import shutil
import struct
import sys
from pathlib import Path

import pytest
from PIL import Image

from content import clips
from content.errors import ContentError

ASSETS = Path(__file__).parents[2] / "assets" / "clips"
SPECS = sorted(ASSETS.glob("*.yml"))

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="needs the extra `video`")


def slides(count: int = 2, size: tuple[int, int] = (320, 180)) -> list[Image.Image]:
    return [Image.new("RGB", size, (40 * number, 30, 90)) for number in range(count)]


def boxes(path: Path) -> list[bytes]:
    """The top-level boxes of an mp4, in order."""
    data, place, names = path.read_bytes(), 0, []
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        names.append(name)
        place += length
    return names


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_shipped_clip_can_be_drawn_again(path: Path) -> None:
    clip, specs = clips.read_clip(path)
    pictures = clips.draw_slides(specs)
    assert {picture.size for picture in pictures} == {(1280, 720)}
    assert 12 <= clip.seconds_per_slide * len(pictures) <= 20


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_shipped_clip_lies_rendered_beside_its_spec(path: Path) -> None:
    video = path.with_suffix(".mp4")
    clip, specs = clips.read_clip(path)
    assert video.stat().st_size <= 350 * 1024
    frame_count, seconds = imageio_ffmpeg.count_frames_and_secs(str(video))
    assert frame_count == round(clip.seconds_per_slide * clips.FRAME_RATE) * len(specs)
    assert seconds == pytest.approx(clip.seconds_per_slide * len(specs), abs=0.1)


def test_a_clip_is_h264_with_silent_aac_and_starts_before_it_is_loaded(tmp_path: Path) -> None:
    shares: list[float] = []
    out = clips.render_clip(slides(), tmp_path / "thu.mp4", 1.6, progress=shares.append)
    names = boxes(out)
    assert names.index(b"moov") < names.index(b"mdat")
    data = out.read_bytes()
    assert b"avc1" in data
    assert b"mp4a" in data
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thu.mp4"]


def test_frames_fade_and_the_line_reaches_the_end() -> None:
    drawn = list(clips.frames(slides(), 1.6, "#ffffff"))
    assert len(drawn) == 80
    assert drawn[0][:3] == bytes((0, 30, 90))
    assert 0 < drawn[39][0] < 40
    assert drawn[40][:3] == bytes((40, 30, 90))
    assert drawn[-1][-3:] == b"\xff\xff\xff"
    assert drawn[0][-3:] != b"\xff\xff\xff"


def test_without_ffmpeg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(clips, "find_spec", lambda name: None)
    with pytest.raises(ContentError, match="cần cài gói video"):
        clips.render_clip(slides(), tmp_path / "thu.mp4", 1.6)
    assert not list(tmp_path.iterdir())


def test_a_wrong_ffmpeg_path_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="Không chạy được ffmpeg tại"):
        clips.find_ffmpeg(str(tmp_path / "ffmpeg"))


def test_the_path_given_comes_first_then_the_one_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    shutil.copy(sys.executable, program)
    assert clips.find_ffmpeg(str(program)) == str(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert clips.find_ffmpeg() == str(program)


def test_a_failing_ffmpeg_leaves_nothing_behind(tmp_path: Path) -> None:
    failing = tmp_path / "bin" / "ffmpeg"
    failing.parent.mkdir()
    failing.write_text(
        "#!/bin/sh\nfor last; do :; done\necho half > \"$last\"\necho 'khong co dia' >&2\nexit 3\n", encoding="utf-8"
    )
    failing.chmod(0o755)
    with pytest.raises(ContentError, match=r"thu\.mp4: ffmpeg không dựng được video \(khong co dia\)"):
        clips.render_clip(slides(), tmp_path / "thu.mp4", 1.6, ffmpeg=str(failing))
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_slides_of_different_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cùng kích thước"):
        clips.render_clip([*slides(1), *slides(1, (100, 100))], tmp_path / "thu.mp4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slides: []\n", "thu.yml: slides: cần ít nhất một cảnh"),
        ("canh: []\nslides: []\n", "thu.yml: canh: tên trường không có trong mẫu"),
        ("slides:\n  - template: scene\n    tittle: x\n", "thu.yml: slides.0: tittle: tên trường không có trong mẫu"),
    ],
)
def test_a_wrong_clip_file_names_slide_and_field(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "thu.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        clips.read_clip(path)
    assert words in str(caught.value)


def test_the_command_tells_its_use_and_its_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert clips.main([]) == 2
    assert "Cách dùng" in capsys.readouterr().err
    assert clips.main([str(tmp_path / "khong-co.yml"), "out.mp4"]) == 1
    assert "không tìm thấy tệp" in capsys.readouterr().err
