"""The frames of a clip: drawn slides under one slow zoom, soft cross-fades, a caption below, a line that shows how far.

The zoom belongs to the clip, not to a slide: it swings in over one slide and back over the next, standing still
for a moment in every cross-fade. So what two slides have in common lies on the same pixels while one becomes the
other, and nothing jumps. Each frame is resampled once, at exact fractions of a pixel: no step is ever rounded.

Pictures are turned into the video's own colours once, before they move: brightness, and colour at half the size
(BT.709, limited range, 4:2:0, colour sited in the middle of its four pixels). That halves the work of a frame.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from PIL import Image

from content.clips.captions import LINE_EMS, Cue
from content.clips.spec import FRAME_RATE
from content.infographic.canvas import Canvas
from content.infographic.typesetting import NO_BREAK, Face, set_text
from content.palette import Palette, rgb

FADE_FRAMES = 12
ZOOM_MOST = 0.03
"""How much larger a slide gets. At most half of it, 1.5 % of the side, is ever out of sight at an edge."""
ZOOM_PER_SECOND = 0.006
"""Gentle: with short slides the zoom goes less far rather than faster."""
PROGRESS_HEIGHT = 8
"""Pixels at the lower edge for the line that shows how far the clip has come."""

BT709 = (
    (0.18259, 0.61423, 0.06201, 16),
    (-0.10064, -0.33857, 0.43922, 128),
    (0.43922, -0.39894, -0.04027, 128),
)
"""From red, green and blue to brightness and the two colours, limited range."""
COARSE = (1, 2, 2)
"""By how much each plane is smaller than the picture."""

Planes = tuple[Image.Image, ...]
"""Brightness and the two colours of one picture."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the slide stands when captions are burned in: a smaller card above a band of its own.

    Nothing of the slide is covered: the band begins below the card, on a story below the card's foot, and above
    the strip that a telephone covers with its own controls. Pixels; edges are even, as colour has half the size.
    """

    left: int
    width: int
    height: int
    band: int
    """The top of the band, which reaches to the lower edge."""
    first_line: int
    """The top of the first line's capitals, below the top of the band."""
    face: Face
    lines: int


STAGES = {
    (1280, 720): Stage(118, 1044, 588, band=588, first_line=26, face=Face(36, "Medium"), lines=2),
    (1080, 1920): Stage(86, 908, 1614, band=1462, first_line=38, face=Face(46, "Medium"), lines=3),
}


@dataclass(frozen=True, slots=True)
class Film:
    """All a clip's pictures, of one size, in the order they are seen."""

    slides: Sequence[Image.Image]
    lengths: Sequence[int]
    """How many frames each slide stands, half of its fades included."""
    palette: Palette
    cues: Sequence[Cue] | None = None
    """Captions to burn in; None: the slides fill the frame."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.slides[0].size

    @property
    def count(self) -> int:
        """How many frames there are."""
        return sum(self.lengths)

    def frames(self) -> Iterator[bytes]:
        """Every frame in order: the three planes, one after the other."""
        swing = min(ZOOM_MOST, ZOOM_PER_SECOND * min(self.lengths) / FRAME_RATE)
        ends = list(accumulate(self.lengths))
        # a slide and its neighbours are at hand, not all forty
        slide = lru_cache(maxsize=3)(lambda place: planes(self.slides[place]))
        paint = Painter(self)
        place = 0
        for number in range(ends[-1]):
            place += number >= ends[place]
            length = self.lengths[place]
            step = number - (ends[place] - length)
            share = (1 - math.cos(math.pi * step / length)) / 2
            picture = _dissolved(slide, place, step, length, last=place + 1 == len(ends))
            yield paint.frame(picture, 1 + swing * (1 - share if place % 2 else share), number)


def planes(picture: Image.Image) -> Planes:
    """A picture as the video keeps it."""
    full = picture.convert("RGB")
    return tuple(
        full.convert("L", row).resize((full.width // coarse, full.height // coarse), Image.Resampling.BOX)
        for row, coarse in zip(BT709, COARSE, strict=True)
    )


def _dissolved(slide: Callable[[int], Planes], place: int, step: int, length: int, *, last: bool) -> Planes:
    """The slide, or what lies between it and its neighbour `step` frames after it began."""
    half = FADE_FRAMES // 2
    if place and step < half:
        return _blend(slide(place - 1), slide(place), (step + half + 0.5) / FADE_FRAMES)
    if not last and length - step <= half:
        return _blend(slide(place), slide(place + 1), (half - (length - step) + 0.5) / FADE_FRAMES)
    return slide(place)


def _blend(before: Planes, after: Planes, share: float) -> Planes:
    return tuple(Image.blend(one, other, share) for one, other in zip(before, after, strict=True))


class Painter:
    """Puts a zoomed slide, the caption of the moment and the progress line into one frame."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._stage = STAGES[film.size] if film.cues is not None else None
        self._ink, self._line = (
            [plane.getextrema()[0] for plane in planes(Image.new("RGB", (2, 2), rgb(colour)))]
            for colour in (film.palette.ink, film.palette.second)
        )
        self._bands = _bands(film)
        self._band, self._until = next(self._bands, ((), film.count))

    def frame(self, picture: Planes, scale: float, number: int) -> bytes:
        """Frame `number` with this slide on it; frames are asked for in order."""
        if number >= self._until:
            self._band, self._until = next(self._bands)
        return b"".join(self._plane(plane, kind, scale, number).tobytes() for kind, plane in enumerate(picture))

    def _plane(self, slide: Image.Image, kind: int, scale: float, number: int) -> Image.Image:
        width, height = slide.size
        coarse, stage = COARSE[kind], self._stage
        cut_x, cut_y = width * (1 - 1 / scale) / 2, height * (1 - 1 / scale) / 2
        window = (cut_x, cut_y, width - cut_x, height - cut_y)
        if stage is None:
            made = slide.resize((width, height), Image.Resampling.LANCZOS, box=window)
        else:
            made = Image.new("L", slide.size, self._ink[kind])
            card = (stage.width // coarse, stage.height // coarse)
            made.paste(slide.resize(card, Image.Resampling.LANCZOS, box=window), (stage.left // coarse, 0))
            made.paste(self._band[kind], (0, stage.band // coarse))
        done = round(width * (number + 1) / self._film.count)
        made.paste(self._line[kind], (0, height - PROGRESS_HEIGHT // coarse, done, height))
        return made


def _bands(film: Film) -> Iterator[tuple[Planes, int]]:
    """Each band to lay below the card, and the frame from which the next one stands there."""
    if film.cues is None:
        return
    seen = 0
    for cue in film.cues:
        if cue.start > seen:
            yield _band(film, ""), cue.start
        yield _band(film, cue.text), cue.end
        seen = cue.end
    if seen < film.count:
        yield _band(film, ""), film.count


def _band(film: Film, text: str) -> Planes:
    """A caption in the colour of paper on ink, centred below the card."""
    stage = STAGES[film.size]
    width, height = film.size
    canvas = Canvas(width, height - stage.band, film.palette.ink)
    if text:
        column = min(LINE_EMS * stage.face.size, width - 2 * stage.left)
        block = set_text(text.replace(NO_BREAK, " "), column, stage.face, stage.lines)
        canvas.text(block, (width - column) / 2, stage.first_line, film.palette.paper, "center", column)
    return planes(canvas.image())
