"""Short clips from drawn slides: still pictures, soft cross-fades, a line that shows how far, a silent sound track.

Make a shipped clip again, or one of your own, with

    python -m content.clips assets/clips/mot-cua-60-giay.yml out.mp4

which needs the extra `video` (or an ffmpeg on PATH). ffmpeg runs as a program of its own; nothing of it is linked.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from PIL import Image
from pydantic import Field, ValidationError

from content.brand import UNSIGNED, Brand
from content.errors import ContentError
from content.files import Entry, parse_yaml, problems_of, read_text
from content.infographic import Spec, paint, parse_spec
from content.palette import DEFAULT, PALETTES, rgb

FRAME_RATE = 25
FADE_SECONDS = 0.32
PROGRESS_HEIGHT = 8
"""Pixels at the lower edge for the line that shows how far the clip has come."""

Progress = Callable[[float], None]
"""Is told the share done, from 0 to 1."""


class Clip(Entry):
    """A clip as people write it: slides are infographic specs, usually `quote` and `scene`."""

    palette: str = DEFAULT
    agency: str = ""
    seconds_per_slide: Annotated[float, Field(ge=1.5, le=20)] = 3.2
    slides: tuple[dict[str, Any], ...]


def read_clip(path: Path) -> tuple[Clip, list[Spec]]:
    """A clip file and its checked slides. Raises ContentError naming the file, the slide and the field."""
    try:
        clip = Clip.model_validate(parse_yaml(read_text(path), path.name))
    except ValidationError as error:
        raise ContentError("\n".join(problems_of(error, path.name))) from error
    if not clip.slides:
        raise ContentError(f"{path.name}: slides: cần ít nhất một cảnh.")
    shared = {"palette": clip.palette, "agency": clip.agency}
    slides = [
        parse_spec({**shared, **slide}, f"{path.name}: slides.{number}") for number, slide in enumerate(clip.slides)
    ]
    return clip, slides


def draw_slides(slides: Sequence[Spec], size: str = "wide", brand: Brand = UNSIGNED) -> list[Image.Image]:
    """The slides as pictures of one size, signed by the brand. Raises ContentError with words that do not fit."""
    return [paint(slide, size, brand) for slide in slides]


def find_ffmpeg(given: str = "") -> str:
    """The ffmpeg program: the path given, else the one on PATH, else the one of the extra `video`.

    Raises ContentError when there is none.
    """
    if given:
        if found := shutil.which(given):
            return found
        raise ContentError(f"Không chạy được ffmpeg tại “{given}”; hãy sửa đường dẫn FFMPEG hoặc để trống.")
    if found := shutil.which("ffmpeg"):
        return found
    if find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg  # a heavy extra that most installations do not have

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    raise ContentError("Chưa dựng được video: cần cài gói video (uv sync --extra video) hoặc cài ffmpeg.")


def render_clip(
    slides: Sequence[Image.Image],
    out: Path,
    seconds_per_slide: float = 3.2,
    *,
    ffmpeg: str = "",
    line_colour: str = PALETTES[DEFAULT].second,
    progress: Progress | None = None,
) -> Path:
    """Write an H.264 mp4 with a silent AAC track, ready to stream, and return its path.

    `seconds_per_slide` counts the fade to the next slide. The file appears whole or not at all.
    Raises ContentError when ffmpeg is missing or fails, or when the slides differ in size.
    """
    if not slides or any(slide.size != slides[0].size for slide in slides):
        raise ContentError("Video cần ít nhất một cảnh và các cảnh phải cùng kích thước.")
    program = find_ffmpeg(ffmpeg)
    half_done = out.with_name(f".{out.stem}.part.mp4")
    try:
        with tempfile.TemporaryFile() as complaints:
            command = _command(program, slides[0].size, half_done)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints) as process:
                delivered = _feed(process, slides, seconds_per_slide, line_colour, progress)
            if process.returncode or not delivered:
                complaints.seek(0)
                words = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
                raise ContentError(f"{out.name}: ffmpeg không dựng được video ({' '.join(words) or 'không rõ lý do'}).")
        half_done.replace(out)
    finally:
        half_done.unlink(missing_ok=True)
    return out


def frames(slides: Sequence[Image.Image], seconds_per_slide: float, line_colour: str) -> Iterator[bytes]:
    """Every frame as raw RGB, in order."""
    per_slide = round(seconds_per_slide * FRAME_RATE)
    fade = round(FADE_SECONDS * FRAME_RATE)
    total = per_slide * len(slides)
    width, height = slides[0].size
    line = Image.new("RGB", (width, PROGRESS_HEIGHT), rgb(line_colour))
    for number in range(total):
        place, step = divmod(number, per_slide)
        picture = slides[place].convert("RGB")
        into = step - (per_slide - fade)
        if into >= 0 and place + 1 < len(slides):
            picture = Image.blend(picture, slides[place + 1].convert("RGB"), (into + 1) / (fade + 1))
        done = round(width * (number + 1) / total)
        picture = picture.copy()
        picture.paste(line.crop((0, 0, done, PROGRESS_HEIGHT)), (0, height - PROGRESS_HEIGHT))
        yield picture.tobytes()


def _feed(
    process: "subprocess.Popen[bytes]",
    slides: Sequence[Image.Image],
    seconds_per_slide: float,
    line_colour: str,
    progress: Progress | None,
) -> bool:
    """Hand all frames to ffmpeg; False when it closed its end early."""
    assert process.stdin is not None
    total = round(seconds_per_slide * FRAME_RATE) * len(slides)
    try:
        for number, frame in enumerate(frames(slides, seconds_per_slide, line_colour), start=1):
            process.stdin.write(frame)
            if progress:
                progress(number / total)
        process.stdin.close()
    except BrokenPipeError:
        return False
    return True


def _command(program: str, size: tuple[int, int], out: Path) -> list[str]:
    width, height = size
    picture = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {FRAME_RATE} -i pipe:0"
    sound = "-f lavfi -i anullsrc=channel_layout=stereo:sample_rate=44100 -shortest"
    # Drawn pictures are bt709 limited range on every platform; saying so keeps the palette's colours.
    video = "-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    coding = "-c:v libx264 -preset medium -tune animation -crf 23 -pix_fmt yuv420p -c:a aac -b:a 64k"
    tail = "-movflags +faststart -fflags +bitexact -map_metadata -1"
    options = " ".join((picture, sound, video, coding, tail)).split()
    return [program, "-hide_banner", "-loglevel", "error", "-y", *options, str(out)]


def main(arguments: Sequence[str]) -> int:
    """Render one clip file; returns the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("Cách dùng: python -m content.clips assets/clips/ten-clip.yml ket-qua.mp4\n")
        return 2
    try:
        clip, slides = read_clip(Path(arguments[0]))
        colour = PALETTES[clip.palette].second
        out = render_clip(draw_slides(slides), Path(arguments[1]), clip.seconds_per_slide, line_colour=colour)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{out}: {out.stat().st_size // 1024} KB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
