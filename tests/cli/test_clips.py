"""`cchc library clip`: one file or a folder, told what was made, stopped cleanly."""

import os
import select
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cchc

ROOT = Path(__file__).resolve().parents[2]
CLIP = """seconds_per_slide: 1.6
sizes: [wide, story]
slides:
  - {template: scene, title: Một cửa, captions: Nộp tại một nơi.}
  - {template: quote, title: Đúng hẹn, captions: Đúng hẹn.}
"""

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `video`")


@pytest.fixture
def clips(cchc: Cchc) -> Path:
    folder = cchc.folder / "clips"
    folder.mkdir()
    (folder / "thu.yml").write_text(CLIP, encoding="utf-8")
    return folder


def size_of(video: Path) -> tuple[int, int]:
    """Width and height as the video's track header tells them."""
    data = video.read_bytes()
    place = data.index(b"tkhd") + 4 + 76
    width, height = struct.unpack(">II", data[place : place + 8])
    return width >> 16, height >> 16


def test_one_file_becomes_a_video_and_its_subtitles(cchc: Cchc, clips: Path) -> None:
    told = cchc("library", "clip", "clips/thu.yml", "--out", "ra.mp4")
    assert told.code == 0, told.err
    assert told.out.startswith("ra.mp4: dài 3,2 giây, 1280 x 720, ") and "phụ đề: ra.srt" in told.out
    assert told.err == ""
    assert size_of(cchc.folder / "ra.mp4") == (1280, 720)
    assert (cchc.folder / "ra.srt").read_text("utf-8").startswith("1\n00:00:00,000 --> 00:00:01,600\nNộp tại một nơi.")


def test_a_folder_is_made_again_in_every_size_its_files_ask_for(cchc: Cchc, clips: Path) -> None:
    out = cchc.ok("library", "clip", "clips", "--no-captions")
    assert "thu.mp4" in out and "thu-doc.mp4" in out
    assert {path.name for path in clips.iterdir()} == {
        *("thu.yml", "thu.mp4", "thu.srt", "thu-doc.mp4", "thu-doc.srt"),
    }
    assert size_of(clips / "thu-doc.mp4") == (1080, 1920)


def test_a_mistake_in_the_last_file_is_told_before_the_first_video(cchc: Cchc, clips: Path) -> None:
    (clips / "z.yml").write_text("slides: []\n", encoding="utf-8")
    assert cchc("library", "clip", "clips").sentence.startswith("z.yml: slides: cần từ 1 đến 40 cảnh")
    assert not list(clips.glob("*.mp4"))


def test_a_caption_that_is_too_fast_is_told_and_the_video_is_made(cchc: Cchc, clips: Path) -> None:
    text = CLIP.replace("Nộp tại một nơi.", "Bà con chỉ cần đến một nơi và nộp hồ sơ một lần.")
    (clips / "thu.yml").write_text(text, encoding="utf-8")
    told = cchc("library", "clip", "clips/thu.yml")
    assert told.code == 0
    assert told.err.startswith("Lưu ý: thu.yml: cảnh 1: captions: “Bà con")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("clips/thu.yml", "--size", "vuong"), "--size: không có khổ video “vuong”"),
        (("clips/thu.yml", "--out", "khong-co/ra.mp4"), "ra.mp4: không có thư mục khong-co"),
        (("clips", "--out", "ra.mp4"), "--out: chỉ dùng khi dựng một video"),
        (("clips/khong-co.yml",), "khong-co.yml: không tìm thấy tệp"),
        (("empty",), "không có tệp mô tả video (*.yml) nào"),
    ],
    ids=range(5),
)
def test_what_cannot_be_made_is_told_in_one_sentence(
    cchc: Cchc, clips: Path, arguments: tuple[str, ...], words: str
) -> None:
    (cchc.folder / "empty").mkdir()
    assert words in cchc("library", "clip", *arguments).sentence


def test_the_setting_names_the_ffmpeg_to_use(cchc: Cchc, clips: Path) -> None:
    told = cchc("library", "clip", "clips/thu.yml", CCHC_FFMPEG="nowhere/ffmpeg").sentence
    assert told == "Không chạy được ffmpeg tại “nowhere/ffmpeg”; hãy sửa CCHC_FFMPEG hoặc để trống."


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a program can catch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_stopped_ends_ffmpeg_and_leaves_nothing(clips: Path, number: signal.Signals) -> None:
    """ffmpeg here only reads, and tells through a named pipe who it is once the first frame has come."""
    heard = clips / "ear"
    os.mkfifo(heard)
    ear = os.open(heard, os.O_RDONLY | os.O_NONBLOCK)
    program = clips / "ffmpeg"
    program.write_text(f"#!/bin/sh\nhead -c 9 >/dev/null\necho $$ > {heard}\nexec cat >/dev/null\n", encoding="utf-8")
    program.chmod(0o755)
    (clips / "thu.yml").write_text(CLIP.replace("1.6", "20"), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", "from cli.app import main; main()", "library", "clip", "thu.yml"], cwd=clips,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "CCHC_FFMPEG": str(program)},
        stderr=subprocess.PIPE, encoding="utf-8",
        # whoever runs the tests in the background may have told their programs to ignore Ctrl-C
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert select.select([ear], [], [], 60)[0], "ffmpeg did not begin"
        ffmpeg = int(os.read(ear, 20))
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    os.close(ear)
    with pytest.raises(ProcessLookupError):
        os.kill(ffmpeg, 0)
    told = "Đã dừng theo yêu cầu; video đang dựng dở không được ghi lại."
    assert (process.returncode, err.strip()) == (130, told)
    assert {path.name for path in clips.iterdir()} == {"thu.yml", "ffmpeg", "ear"}
