"""Who signs a picture: logo, name and second line of the brand as one block that never loses a word.

A logo keeps its shape, has the same optical size whatever its shape is, and stands on a ground it can be seen on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt

from PIL import Image

from content.brand import Brand, opened
from content.infographic.canvas import Canvas
from content.infographic.typesetting import BOLD, REGULAR, Block, DoesNotFit, Face, set_text
from content.palette import Palette, contrast

LOGO, LOGO_TIGHT = 2.5, 1.8
"""The side of a square logo, in ems of the small type, and where there is little room; others have the same area."""
PLATE = 0.13
"""Padding inside a logo's plate, as a share of the plate's shorter side."""
SEEN = 0.7
"""The share of a logo that has to stand out from the ground."""


@dataclass(frozen=True)
class Signature:
    """A measured block. Lengths are pixels; `height` is the taller of logo and words."""

    brand: Brand
    logo: tuple[float, float]
    """Width and height; 0, 0 without a logo."""
    words: tuple[Block, ...]
    """The name, then what stands below it."""
    gap: float
    """Between two blocks of words."""
    indent: float
    """How far the words stand from the left edge; 0 where they stand below the logo."""

    @property
    def words_height(self) -> float:
        """From the first capital's top to the last baseline."""
        return sum(block.height for block in self.words) + self.gap * (len(self.words) - 1)

    @property
    def height(self) -> float:
        """What the block needs."""
        return self._lead + self.words_height if self._lead else max(self.words_height, self.logo[1])

    @property
    def _lead(self) -> float:
        """From the top to the words below a logo."""
        return 0.0 if self.indent or not self.logo[1] else self.logo[1] + self.gap

    @property
    def width(self) -> float:
        """From the logo's left edge to the end of the longest line."""
        return self.indent + max(block.width for block in self.words)

    def draw(self, canvas: Canvas, x: float, y: float, palette: Palette, colours: tuple[str, ...], ground: str) -> None:
        """Draw it with its top at `y`; one colour for each block of words, the last one for all that follow."""
        if self.brand.picture:
            width, height = self.logo
            beside_all = not self._lead and self.words_height < 1.5 * height
            top = y + (self.height - height) / 2 if beside_all else y
            _logo(canvas, self.brand, (x, top, width, height), palette, ground)
        y += self._lead or (self.height - self.words_height) / 2
        for place, block in enumerate(self.words):
            canvas.text(block, x + self.indent, y, colours[min(place, len(colours) - 1)])
            y += block.height + self.gap


def signature(
    brand: Brand,
    width: float,
    small: Face,
    least: int,
    *,
    below: tuple[str, ...] = (),
    lines: int = 2,
    stacked: bool = False,
    tight: bool = False,
) -> Signature:
    """The brand in `width`, with further texts `below` it, all in one size: the largest that needs fewest lines.

    `least` is the smallest type of the format, in pixels. The name takes up to `lines` lines, each text below it
    two; where even the smallest type needs more, the name gets one line more. `stacked` puts all words below the
    logo, `tight` takes a little less height. Raises DoesNotFit with what is left.
    """
    logo = _size(brand.mark, (LOGO_TIGHT if tight else LOGO) * small.size)
    indent = logo[0] + small.size * 0.6 if logo[0] and not stacked else 0.0
    texts = [brand.name, *(text for text in below if text)]
    for most in (lines, lines + 1):
        fitting: list[tuple[Block, ...]] = []
        for size in range(small.size, least - 1, -2):
            faces = [replace(small, size=size, weight=BOLD), replace(small, size=size, weight=REGULAR)]
            try:
                name = set_text(texts[0], width - indent, faces[0], most)
                fitting.append((name, *(set_text(text, width - indent, faces[1], 2) for text in texts[1:])))
            except DoesNotFit as error:
                overrun = error
        if fitting:
            words = min(fitting, key=lambda blocks: sum(len(block.lines) for block in blocks))
            return Signature(brand, logo, words, small.size * (0.56 if tight else 0.66), indent)
    raise overrun


def _size(mark: Image.Image | None, side: float) -> tuple[float, float]:
    """Width and height of the same area for every shape, within bounds."""
    if mark is None:
        return 0.0, 0.0
    ratio = mark.width / mark.height
    width, height = side * sqrt(ratio), side / sqrt(ratio)
    shrink = min(1.0, 2.2 * side / width, 1.25 * side / height)
    return width * shrink, height * shrink


def _logo(
    canvas: Canvas, brand: Brand, place: tuple[float, float, float, float], palette: Palette, ground: str
) -> None:
    x, y, width, height = place
    plate = plate_for(brand, palette, ground)
    if plate:
        pad = PLATE * min(width, height)
        canvas.rectangle(x, y, width, height, plate, round(min(width, height) * 0.14))
        shrink = min((width - 2 * pad) / width, (height - 2 * pad) / height)
        x, y = x + width * (1 - shrink) / 2, y + height * (1 - shrink) / 2
        width, height = width * shrink, height * shrink
    canvas.picture(_scaled(brand.picture, max(1, round(width)), max(1, round(height))), x, y)


@lru_cache(maxsize=64)
def _scaled(picture: str, width: int, height: int) -> Image.Image:
    return opened(picture).resize((width, height), Image.Resampling.LANCZOS)


def plate_for(brand: Brand, palette: Palette, ground: str) -> str:
    """The colour of the plate a brand's logo needs on this ground; "" where it stands out by itself.

    A logo without a clear ground (a scan, a JPEG) gets a plate of its own edge's colour.
    """
    edge, colours = _look(brand.picture)
    if edge:
        return edge
    for colour in (ground, palette.paper, palette.accent, palette.ink):
        if sum(share for share, one in colours if contrast(one, colour) >= 3) >= SEEN:
            return "" if colour == ground else colour
    return palette.paper


@lru_cache(maxsize=32)
def _look(picture: str) -> tuple[str, tuple[tuple[float, str], ...]]:
    """The colour of the corners, "" where they are clear; then the visible colours with their share of the logo."""
    small = opened(picture).resize((64, 64), Image.Resampling.BOX)
    last = small.width - 1
    corners = [_rgba(small.getpixel(corner)) for corner in ((0, 0), (last, 0), (0, last), (last, last))]
    edge = ""
    if all(corner[3] >= 250 for corner in corners):
        edge = _hex([sorted(channel)[1] for channel in zip(*corners, strict=True)])
    found = [(count, _rgba(colour)) for count, colour in small.getcolors(64 * 64) or []]
    seen = [(count, _hex(colour)) for count, colour in found if colour[3] >= 96]
    whole = sum(count for count, _ in seen) or 1
    return edge, tuple((count / whole, colour) for count, colour in seen)


def _rgba(pixel: object) -> tuple[int, ...]:
    assert isinstance(pixel, tuple), "a mark is RGBA"
    return pixel


def _hex(colour: Sequence[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour[:3])
