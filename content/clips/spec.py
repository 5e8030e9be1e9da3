"""What a clip says, as people write it in YAML: slides are infographic specs, each with its time and its caption.

    palette: tim_hue
    seconds_per_slide: 6
    sizes: [wide, story]
    slides:
      - template: scene
        icon: route
        title: Một cửa liên thông
        text: Các cơ quan tự chuyển hồ sơ cho nhau
        seconds: 7
        captions: Bà con không phải cầm hồ sơ đi từng nơi.

Captions stand in a file of subtitles beside the video; where `burn_captions` says so, in the picture too. Left out,
the slide's own words are the subtitles and nothing is put into the picture; an empty list says nothing at all.
Times are seconds of the finished clip; half of each cross-fade belongs to either slide.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from content.brand import PaletteName
from content.errors import ContentError
from content.files import Entry, parse_yaml, problems_of, read_text
from content.infographic import Spec, parse_spec
from content.vietnamese import nfc, number

FRAME_RATE = 25
FILE_BYTES_MAX = 256 * 1024
SLIDES_MAX = 40
SECONDS_MAX = 180
STORY_SECONDS = (3, 90)
"""What short vertical videos may last where they are published as such; one longer is refused there."""

ClipSize = Literal["wide", "story"]
CLIP_SIZES: tuple[ClipSize, ...] = ("wide", "story")
"""Landscape and vertical, by the names of the infographic sizes in which the slides are composed."""

SIZE_WORDS: dict[str, str] = {"wide": "khổ ngang", "story": "khổ dọc"}

Seconds = Annotated[float, Field(ge=1.5, le=20, allow_inf_nan=False)]


def _several(value: object) -> object:
    """One caption is written as a text, several as a list."""
    return (value,) if isinstance(value, str) else value


class _Timing(Entry):
    """What a slide has beside its infographic."""

    seconds: Seconds | None = None
    captions: Annotated[tuple[str, ...], BeforeValidator(_several)] | None = None


class _File(Entry):
    """A clip file as it is written; the slides are read one by one so that each is named in what is wrong."""

    palette: PaletteName = ""
    agency: str = ""
    seconds_per_slide: Seconds = 5
    sizes: tuple[ClipSize, ...] = ("wide",)
    burn_captions: tuple[ClipSize, ...] = ("story",)
    slides: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Slide:
    """One infographic and how long it stands, in frames. `captions` None: nobody wrote any."""

    spec: Spec
    frames: int
    captions: tuple[str, ...] | None = None

    def spoken(self) -> tuple[str, ...]:
        """What the subtitles say: the captions as written, else the slide's own words."""
        return self.words() if self.captions is None else self.captions

    def words(self) -> tuple[str, ...]:
        """The slide's own words in reading order."""
        return (self.spec.title, *self.spec.texts())


@dataclass(frozen=True, slots=True)
class Clip:
    """A checked clip. An empty `palette` is the signing brand's.

    `sizes` are those it is made in, `burn_captions` those that carry the captions in the picture.
    """

    name: str
    palette: str
    slides: tuple[Slide, ...]
    sizes: tuple[ClipSize, ...] = ("wide",)
    burn_captions: tuple[ClipSize, ...] = ("story",)

    @property
    def frames(self) -> int:
        """The length in frames."""
        return sum(slide.frames for slide in self.slides)

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.frames / FRAME_RATE


def read_clip(path: Path) -> Clip:
    """A clip file with all its slides checked.

    Raises ContentError with one line for everything that is wrong, naming the file, the slide and the field.
    """
    path = as_spelled(path)
    name = nfc(path.name)
    if path.exists() and not path.is_file():
        raise ContentError(f"{name}: không phải tệp; hãy chỉ một tệp .yml mô tả video.")
    if path.exists() and path.stat().st_size > FILE_BYTES_MAX:
        raise ContentError(f"{name}: tệp lớn hơn {number(FILE_BYTES_MAX // 1024)} KB, không phải tệp mô tả video.")
    try:
        written = _File.model_validate(parse_yaml(read_text(path), name))
    except ValidationError as error:
        raise ContentError("\n".join(problems_of(error, name))) from error
    if not 1 <= len(written.slides) <= SLIDES_MAX:
        raise ContentError(f"{name}: slides: cần từ 1 đến {SLIDES_MAX} cảnh, hiện có {number(len(written.slides))}.")
    clip = Clip(name, written.palette, _slides(written, name), written.sizes, written.burn_captions)
    if clip.seconds > SECONDS_MAX:
        raise ContentError(
            f"{name}: video dài {number(clip.seconds, 0)} giây, quá giới hạn {SECONDS_MAX} giây; "
            "hãy bớt cảnh, giảm seconds hoặc chia thành nhiều video."
        )
    return clip


def check_size(clip: Clip, size: str) -> ClipSize:
    """The size, when this clip may be made in it. Raises ContentError in words otherwise."""
    for known in CLIP_SIZES:
        if size == known:
            break
    else:
        raise ContentError(f"{clip.name}: không có khổ video “{size}”; chỉ nhận một trong: {', '.join(CLIP_SIZES)}.")
    shortest, longest = STORY_SECONDS
    if known == "story" and not shortest <= clip.seconds <= longest:
        raise ContentError(
            f"{clip.name}: video khổ dọc (9:16) phải dài từ {shortest} đến {longest} giây, video này dài "
            f"{number(clip.seconds, 1)} giây; hãy sửa seconds, bớt cảnh hoặc dựng khổ ngang (wide)."
        )
    return known


def as_spelled(path: Path) -> Path:
    """The file as the disk spells it: a name kept there in decomposed letters is found by its usual spelling."""
    if path.exists() or not path.parent.is_dir():
        return path
    wanted = nfc(path.name)
    found = (entry for entry in path.parent.iterdir() if unicodedata.normalize("NFC", entry.name) == wanted)
    return next(found, path)


def _slides(written: _File, name: str) -> tuple[Slide, ...]:
    """The slides; everything that is wrong with any of them is told at once."""
    slides: list[Slide] = []
    problems: list[str] = []
    shared = {"palette": written.palette, **({"agency": written.agency} if written.agency else {})}
    for place, values in enumerate(written.slides, start=1):
        try:
            slides.append(_slide(values, shared, written.seconds_per_slide, f"{name}: cảnh {place}"))
        except ContentError as error:
            problems.append(error.words)
    if problems:
        raise ContentError("\n".join(problems))
    return tuple(slides)


def _slide(values: object, shared: dict[str, str], seconds: float, name: str) -> Slide:
    if not isinstance(values, dict):
        raise ContentError(f"{name}: phải là nhóm các trường viết thụt lề, bắt đầu bằng template.")
    own = {field: values[field] for field in _Timing.model_fields if field in values}
    try:
        timing = _Timing.model_validate(own)
    except ValidationError as error:
        raise ContentError("\n".join(problems_of(error, name))) from error
    spec = parse_spec({**shared, **{field: value for field, value in values.items() if field not in own}}, name)
    frames = round((timing.seconds or seconds) * FRAME_RATE)
    return Slide(spec, frames, None if timing.captions is None else _written(timing.captions))


def _written(captions: Sequence[str]) -> tuple[str, ...]:
    """Captions in one line each; empty ones are none."""
    return tuple(line for caption in captions if (line := " ".join(nfc(caption).split())))
