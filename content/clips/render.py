"""A clip file's slides drawn, signed, filmed and encoded, with the subtitles beside the video."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from content.brand import UNSIGNED, Brand
from content.clips.captions import cues, srt
from content.clips.encoder import Progress, encode, find_ffmpeg
from content.clips.film import Film
from content.clips.spec import Clip, check_size
from content.errors import ContentError
from content.infographic import paint
from content.palette import DEFAULT, PALETTES
from content.store import write_whole

Signing = Callable[[str], Brand]
"""Who signs a slide whose file says this about `agency`: `Plan.signing`."""


def _nobody(agency: str) -> Brand:
    return UNSIGNED


@dataclass(frozen=True, slots=True)
class Rendered:
    """What lies on the disk. `subtitles` is None when nothing is said."""

    video: Path
    subtitles: Path | None
    width: int
    height: int
    seconds: float


def film(clip: Clip, size: str, burn: bool | None = None, signing: Signing = _nobody) -> Film:
    """The clip's slides drawn in this size and signed. `burn`: captions in the picture; None: as the clip's file says.

    Raises ContentError for a size this clip may not have, and with words that do not fit.
    """
    known = check_size(clip, size)
    burned = known in clip.burn_captions if burn is None else burn
    written = [cue for cue in cues(clip) if clip.slides[cue.place].captions is not None] if burned else []
    pictures = [paint(slide.spec, known, signing(slide.spec.agency)) for slide in clip.slides]
    palette = PALETTES[clip.palette or signing("").palette or DEFAULT]
    return Film(pictures, [slide.frames for slide in clip.slides], palette, written or None)


def render(
    clip: Clip,
    size: str,
    out: Path,
    burn: bool | None = None,
    *,
    signing: Signing = _nobody,
    ffmpeg: str = "",
    progress: Progress | None = None,
) -> Rendered:
    """Write the video and its subtitles (same name, .srt); each appears whole or not at all.

    Raises ContentError for an unsuitable `out`, words that do not fit, and whatever keeps ffmpeg from its work.
    """
    if out.suffix.lower() != ".mp4":
        raise ContentError(f"{out.name}: tên tệp video phải kết thúc bằng .mp4.")
    if not out.absolute().parent.is_dir():
        raise ContentError(f"{out.name}: không có thư mục {out.parent}; hãy tạo thư mục đó hoặc chọn nơi khác.")
    if out.is_dir():
        raise ContentError(f"{out.name}: đã có một thư mục mang tên này; hãy chọn tên khác.")
    program = find_ffmpeg(ffmpeg)  # what is not there is told before anything is drawn
    subtitles = srt(cues(clip))
    drawn = film(clip, size, burn, signing)
    width, height = drawn.size
    encode(drawn.frames(), drawn.size, drawn.count, out, ffmpeg=program, progress=progress)
    beside = out.with_suffix(".srt") if subtitles else None
    if beside:
        write_whole(beside, subtitles.encode())
    return Rendered(out, beside, width, height, clip.seconds)
