"""ffmpeg as a program of its own: found, fed with frames, watched, and never left behind.

The same frames give the same bytes with the same ffmpeg, however many processors the machine has.
"""

import errno
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from content.clips.spec import FRAME_RATE
from content.errors import ContentError
from content.vietnamese import number

Progress = Callable[[float], None]
"""Is told the share done, from 0 to 1."""

SECONDS_A_FRAME = 1.0
"""The longest an old computer may take for a frame on the average; past it ffmpeg is held to hang."""
SECONDS_TO_START = 60.0

_INSTALL = (
    "Chưa dựng được video vì máy chưa có ffmpeg: hãy cài gói video (uv sync --extra video, hoặc "
    "pip install -e .[video]), hoặc cài ffmpeg rồi điền đường dẫn vào CCHC_FFMPEG."
)


def find_ffmpeg(given: str = "") -> str:
    """The ffmpeg program: the path given, else the one on PATH, else the one of the extra `video`.

    Raises ContentError when there is none.
    """
    if given:
        if found := shutil.which(given):
            return found
        raise ContentError(f"Không chạy được ffmpeg tại “{given}”; hãy sửa CCHC_FFMPEG hoặc để trống.")
    if found := shutil.which("ffmpeg"):
        return found
    if find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg  # a heavy extra that most installations do not have

        try:
            return str(imageio_ffmpeg.get_ffmpeg_exe())
        except RuntimeError as error:  # the package carries no program for this kind of machine
            raise ContentError(_INSTALL) from error
    raise ContentError(_INSTALL)


def encode(
    frames: Iterable[bytes],
    size: tuple[int, int],
    count: int,
    out: Path,
    *,
    ffmpeg: str = "",
    progress: Progress | None = None,
    seconds_allowed: float | None = None,
) -> None:
    """Write `count` frames (planes of 4:2:0, see `film`) of `size` as H.264 with a silent AAC track, ready to stream.

    The file appears whole or not at all. Raises ContentError when ffmpeg is missing, fails, or takes longer
    than `seconds_allowed`; whatever interrupts us ends ffmpeg too.
    """
    program = find_ffmpeg(ffmpeg)
    out = out.absolute()
    # the only name that ffmpeg sees is ours: no dash, protocol or pattern of a given name means anything to it
    part = out.with_name(f".clip-{os.getpid()}.part.mp4")
    allowed = SECONDS_TO_START + SECONDS_A_FRAME * count if seconds_allowed is None else seconds_allowed
    try:
        with tempfile.TemporaryFile() as complaints:
            code = _run(_command(program, size, count, part), frames, count, complaints, allowed, progress)
            if code:
                raise ContentError(_failure(out, code, complaints, allowed))
        part.replace(out)
    except OSError as error:
        raise ContentError(f"{out.name}: không ghi được vào {out.parent} ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)


OVERDUE, CLOSED_EARLY = -1000, 1
"""What `_run` returns when ffmpeg took too long, and when it stopped listening without saying why."""


def _run(
    command: list[str],
    frames: Iterable[bytes],
    count: int,
    complaints: IO[bytes],
    seconds_allowed: float,
    progress: Progress | None,
) -> int:
    """Run ffmpeg to its end: 0 when all went well, else its exit code or one of the above."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
    except OSError as error:
        raise ContentError(f"Không chạy được ffmpeg tại “{command[0]}” ({error.strerror}); hãy cài lại.") from error
    assert process.stdin is not None
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        process.kill()

    watch = threading.Timer(seconds_allowed, end)
    watch.daemon = True
    watch.start()
    try:
        delivered = _feed(process.stdin, frames, count, progress)
        process.wait()
    finally:
        watch.cancel()
        watch.join()  # it ends at once: nothing of ours runs on when the caller goes on
        process.kill()  # does nothing to one that has ended
        with suppress(OSError):
            process.stdin.close()
        process.wait()
    if overdue.is_set():
        return OVERDUE
    return process.returncode if delivered else process.returncode or CLOSED_EARLY


def _feed(pipe: IO[bytes], frames: Iterable[bytes], count: int, progress: Progress | None) -> bool:
    """Hand all frames to ffmpeg and close its input; False when it stopped reading early."""
    for done, frame in enumerate(frames, start=1):
        try:
            pipe.write(frame)
        except OSError:  # a closed pipe has another name on each system
            return False
        if progress:
            progress(done / count)
    try:
        pipe.close()
    except OSError:
        return False
    return True


def _failure(out: Path, code: int, complaints: IO[bytes], allowed: float) -> str:
    """One sentence about why there is no video."""
    if code == OVERDUE:
        seconds = number(allowed, 0)
        return f"{out.name}: ffmpeg không xong trong {seconds} giây nên đã bị dừng; hãy thử lại khi máy rảnh hơn."
    complaints.seek(0)
    told = [line.strip() for line in complaints.read().decode(errors="replace").splitlines() if line.strip()]
    # ffmpeg passes the system's own words on, and newer ones the number as well
    if code == 256 - errno.ENOSPC or any(os.strerror(errno.ENOSPC) in line for line in told):
        return f"{out.name}: đĩa đã đầy, chưa ghi gì; hãy giải phóng chỗ ở {out.parent} rồi làm lại."
    return f"{out.name}: ffmpeg không dựng được video ({told[-1] if told else f'mã lỗi {code}'})."


def _command(program: str, size: tuple[int, int], count: int, out: Path) -> list[str]:
    width, height = size
    # What our planes are is said on both sides, so that ffmpeg converts nothing and every player shows our colours.
    tags = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 -chroma_sample_location center"
    picture = f"-f rawvideo -pix_fmt yuv420p -s {width}x{height} -r {FRAME_RATE} {tags} -i pipe:0"
    sound = f"-f lavfi -t {count / FRAME_RATE:g} -i anullsrc=channel_layout=stereo:sample_rate=48000"
    # Many frames between two others, in a fixed pattern, make a slow zoom a quarter as large at the same
    # likeness; four references are what telephones decode; a fixed number of threads gives the same bytes anywhere.
    coding = f"-vf setsar=1 {tags} -c:v libx264 -preset medium -tune animation -crf 26 -profile:v high -pix_fmt yuv420p"
    zoom = f"-x264-params bframes=12:b-adapt=0:qcomp=0.5:ref=4:keyint={10 * FRAME_RATE}:threads=4"
    silence = "-c:a aac -b:a 128k"
    tail = "-movflags +faststart -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1"
    options = " ".join((picture, sound, coding, zoom, silence, tail)).split()
    return [program, "-hide_banner", "-loglevel", "error", "-y", *options, str(out)]
