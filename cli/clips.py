"""`cchc library clip`: infographics become a short video with subtitles, while a bar shows how far."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli import settings as settings_module
from cli.console import complain, say, screen
from cli.errors import UserError
from cli.wiring import plan_of
from content.clips import Clip, Rendered, find_ffmpeg, hurried, read_clip, render
from content.clips.render import Signing
from content.clips.spec import CLIP_SIZES, SIZE_WORDS, as_spelled, check_size
from content.vietnamese import number

HELP = "Dựng video ngắn (MP4 và phụ đề SRT) từ một tệp mô tả; chỉ một thư mục thì dựng lại mọi video trong đó."
ENDINGS = {"wide": ".mp4", "story": "-doc.mp4"}
"""What a video's name ends in when nobody gave one: the clip file's own name, and "dọc" for the vertical one."""


def register(app: typer.Typer) -> None:
    """Put the command where it belongs."""
    app.command("clip", help=HELP)(clip)


def clip(
    path: Annotated[Path, typer.Argument(help="Tệp mô tả (.yml), hoặc thư mục gồm nhiều tệp mô tả.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Tệp MP4 sẽ ghi, kèm tệp .srt cùng tên; mặc định nằm cạnh tệp mô tả.")
    ] = None,
    size: Annotated[
        str, typer.Option("--size", help="wide: khổ ngang 16:9; story: khổ dọc 9:16; mặc định: wide.")
    ] = "",
    captions: Annotated[
        bool | None,
        typer.Option("--captions/--no-captions", help="Có in phụ đề vào hình hay không; mặc định: như tệp mô tả ghi."),
    ] = None,
) -> None:
    """Make one clip, or every clip of a folder in each size its file asks for."""
    if size and size not in CLIP_SIZES:
        raise UserError(f"--size: không có khổ video “{size}”; chỉ nhận một trong: {', '.join(CLIP_SIZES)}.")
    path = as_spelled(path)
    several = path.is_dir()
    if several and out:
        raise UserError("--out: chỉ dùng khi dựng một video; với cả thư mục, mỗi video nằm cạnh tệp mô tả của nó.")
    files = sorted(path.glob("*.yml")) if several else [path]
    if not files:
        raise UserError(f"{path}: không có tệp mô tả video (*.yml) nào trong thư mục này.")
    settings = settings_module.load()
    ffmpeg = find_ffmpeg(settings.ffmpeg)
    # all files are read before the first video: a mistake in the last one is not told after half an hour
    wanted = [
        (file, found, known)
        for file in files
        for found in [read_clip(file)]
        for known in ([size] if size else found.sizes if several else ["wide"])
        if check_size(found, known)
    ]
    signing = plan_of(settings).signing
    with _ended_by_a_signal():
        for file, found, known in wanted:
            target = out or file.with_name(file.stem + ENDINGS[known])
            _make(found, known, target, captions, signing, ffmpeg)


def _make(clip: Clip, size: str, target: Path, captions: bool | None, signing: Signing, ffmpeg: str) -> None:
    for sentence in hurried(clip, size in clip.burn_captions if captions is None else captions):
        complain(f"Lưu ý: {sentence}")
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()),
        *(TextColumn("còn"), TimeRemainingColumn()),
    )
    with Progress(
        *columns, console=screen(stderr=True), transient=True, disable=not screen(stderr=True).is_terminal
    ) as bar:
        task = bar.add_task(f"{target.name}, {SIZE_WORDS[size]}", total=1.0)

        def show(share: float) -> None:
            bar.update(task, completed=share)

        made = render(clip, size, target, captions, signing=signing, ffmpeg=ffmpeg, progress=show)
    say(_told(made), now=True)


def _told(made: Rendered) -> str:
    beside = f"; phụ đề: {made.subtitles.name}" if made.subtitles else ""
    kilobytes = number(made.video.stat().st_size // 1024)
    return f"{made.video}: dài {number(made.seconds, 1)} giây, {made.width} x {made.height}, {kilobytes} KB{beside}."


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """SIGTERM is taken like Ctrl-C: ffmpeg is ended, nothing half-made stays, one sentence says so."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        complain("Đã dừng theo yêu cầu; video đang dựng dở không được ghi lại.")
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)
