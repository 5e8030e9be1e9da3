"""A canvas that collects shapes and lines of text, and paints them: shapes first, text on top.

Every shape is a colour and a mask of how much of each pixel it covers; masks are smooth at every edge and kept once
drawn. Icons are rendered from their SVG, everything else is Pillow's. Coordinates are pixels from the top left corner.
"""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import resvg_py
from PIL import Image, ImageDraw

from content.infographic.typesetting import BOLD, CAP, DESCENT, Block, Face, folder_of, font
from content.palette import contrast, rgb

ICON_GRID = 24
ICON_STROKE, HERO_STROKE = 1.6, 1.15
"""One weight for all icons, in units of their 24-unit grid; a lighter one where an icon is the hero."""

FINE = 8
"""How many times larger a round edge is drawn before it is averaged down."""
COLOURS = 4096
"""Below one line there are never so many colours: grounds are flat, edges a few steps."""
GROUND = 0.04
"""The share of a line's box that a colour below it has to cover to count as its ground."""


@dataclass(frozen=True)
class Shape:
    """A colour on a rectangle of whole pixels, or on the part of it that the mask covers."""

    left: int
    top: int
    right: int
    bottom: int
    colour: str
    mask: Image.Image | None = None
    icon: bool = False


class Line(NamedTuple):
    """One line of text: the left end of its baseline, in pixels, and how it looks."""

    x: float
    baseline: float
    text: str
    face: Face
    colour: str


@dataclass(frozen=True)
class Written:
    """A line of text and what it stands on."""

    line: Line
    grounds: tuple[str, ...]
    """The colours below the line that cover at least `GROUND` of its box, the widest first."""

    @property
    def contrast(self) -> float:
        """The lowest contrast of the line with what lies below it, from 1 to 21."""
        return min(contrast(self.line.colour, ground) for ground in self.grounds)

    @property
    def large(self) -> bool:
        """Whether a contrast of 3:1 is enough (WCAG 2): 24 px regular or 18.7 px bold on a phone.

        A picture of 1080 pixels is shown about 390 wide there, so that its pixels count for 0.36 each.
        """
        return self.line.face.size * 0.36 >= (18.7 if self.line.face.weight == BOLD else 24)


class Canvas:
    """One picture in the making."""

    def __init__(self, width: int, height: int, ground: str) -> None:
        self.width, self.height, self.ground = width, height, ground
        self.shapes: list[Shape] = []
        self._pictures: list[tuple[Image.Image, tuple[int, int]]] = []
        self.lines: list[Line] = []
        self.flaws = 0.0
        """How badly the lines of the heads end (see `Block.flaws`), and the words torn apart in all other text."""

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        """A filled rectangle, on whole pixels so that its edges are sharp."""
        left, top, right, bottom = round(x), round(y), round(x + width), round(y + max(height, 1))
        r = min(round(radius), (right - left) // 2, (bottom - top) // 2)
        if r < 1:
            self.shapes.append(Shape(left, top, right, bottom, fill))
            return
        self.shapes += [
            Shape(left + r, top, right - r, bottom, fill),
            Shape(left, top + r, left + r, bottom - r, fill),
            Shape(right - r, top + r, right, bottom - r, fill),
        ]
        disc = _disc(2 * r)
        for x0, x1, u in ((left, left + r, 0), (right - r, right, r)):
            for y0, y1, v in ((top, top + r, 0), (bottom - r, bottom, r)):
                self.shapes.append(Shape(x0, y0, x1, y1, fill, disc.crop((u, v, u + r, v + r))))

    def circle(self, x: float, y: float, radius: float, fill: str = "none", stroke: str = "none") -> None:
        """A circle by its centre, on whole pixels; the stroke is 2 px wide."""
        side = round(2 * radius)
        left, top = round(x - side / 2), round(y - side / 2)
        if fill != "none":
            self.shapes.append(Shape(left, top, left + side, top + side, fill, _disc(side)))
        if stroke != "none":
            self.rings(left + side / 2, top + side / 2, (side / 2,), stroke)

    def rings(self, x: float, y: float, radii: tuple[float, ...], stroke: str) -> None:
        """Circles around one centre, as strokes of 2 px; what lies outside the picture costs nothing."""
        reach = max(radii) + 2
        left, top = max(0, int(x - reach)), max(0, int(y - reach))
        right, bottom = min(self.width, int(x + reach) + 1), min(self.height, int(y + reach) + 1)
        if left < right and top < bottom:
            mask = _rings(right - left, bottom - top, x - left, y - top, radii)
            self.shapes.append(Shape(left, top, right, bottom, stroke, mask))

    def icon(self, name: str, x: float, y: float, size: float, colour: str) -> None:
        """A Tabler outline icon with its top left corner at x, y."""
        left, top, side = round(x), round(y), round(size)
        self.shapes.append(Shape(left, top, left + side, top + side, colour, _icon(name, side), icon=True))

    def picture(self, picture: Image.Image, x: float, y: float) -> None:
        """An RGBA picture such as a logo, with its top left corner at x, y; above all shapes, below all text."""
        self._pictures.append((picture, (round(x), round(y))))

    def text(self, block: Block, x: float, y: float, colour: str, align: str = "left", width: float = 0) -> None:
        """Lines whose first capitals have their top at `y`; `width` is the column to centre or right-align in."""
        face = block.face
        self.flaws += block.flaws if face.weight == BOLD else block.broken
        for number, line in enumerate(block.lines):
            spare = width - face.width(line)
            shift = {"left": 0.0, "center": spare / 2, "right": spare}[align]
            baseline = y + face.size * (CAP + face.leading * number)
            self.lines.append(Line(x + shift, baseline, line, face, colour))

    def image(self) -> Image.Image:
        """Paint everything, shapes first."""
        picture = self._without_text()
        for line in self.lines:
            _write(picture, *line)
        return picture

    def written(self) -> list[Written]:
        """Every line, with the colours of the ground it stands on."""
        ground = self._without_text()
        told = []
        for line in self.lines:
            top, bottom = round(line.baseline - line.face.size * CAP), round(line.baseline + line.face.size * DESCENT)
            box = (round(line.x), top, round(line.x + line.face.width(line.text)), bottom)
            told.append(Written(line, _grounds(ground, box)))
        return told

    def icons(self) -> list[tuple[str, tuple[str, ...]]]:
        """The colour of every icon, and the colours of the ground it was drawn on."""
        told: list[tuple[str, tuple[str, ...]]] = []
        self._without_text(told)
        return told

    def _without_text(self, icons: list[tuple[str, tuple[str, ...]]] | None = None) -> Image.Image:
        picture = Image.new("RGB", (self.width, self.height), rgb(self.ground))
        for shape in self.shapes:
            box = (shape.left, shape.top, shape.right, shape.bottom)
            if icons is not None and shape.icon:
                icons.append((shape.colour, _grounds(picture, box)))
            picture.paste(rgb(shape.colour), box, shape.mask)
        for pasted, corner in self._pictures:
            picture.paste(pasted, corner, pasted)
        return picture


def _grounds(picture: Image.Image, box: tuple[int, int, int, int]) -> tuple[str, ...]:
    """The colours that cover at least `GROUND` of a box, the widest first."""
    found = picture.crop(box).getcolors(COLOURS) or []
    area = sum(count for count, _ in found)
    wide = sorted(((count, _hex(pixel)) for count, pixel in found if count >= GROUND * area), reverse=True)
    return tuple(name for _, name in wide)


def _hex(pixel: object) -> str:
    assert isinstance(pixel, tuple), "pictures are RGB"
    return "#" + "".join(f"{channel:02x}" for channel in pixel)


@lru_cache(maxsize=256)
def _disc(side: int) -> Image.Image:
    """A full circle in a square of `side` pixels."""
    mask = Image.new("L", (side * FINE, side * FINE))
    ImageDraw.Draw(mask).ellipse((0, 0, side * FINE - 1, side * FINE - 1), fill=255)
    return mask.reduce(FINE)


@lru_cache(maxsize=32)
def _rings(width: int, height: int, x: float, y: float, radii: tuple[float, ...]) -> Image.Image:
    """Strokes of 2 px around one centre; thin and quiet, so half as fine as a disc."""
    fine = FINE // 2
    mask = Image.new("L", (width * fine, height * fine))
    pen = ImageDraw.Draw(mask)
    for radius in radii:
        reach = (radius + 1) * fine
        pen.ellipse(
            (x * fine - reach, y * fine - reach, x * fine + reach, y * fine + reach), outline=255, width=2 * fine
        )
    return mask.reduce(fine)


@lru_cache(maxsize=256)
def _icon(name: str, side: int) -> Image.Image:
    """What an icon covers in a square of `side` pixels."""
    stroke = ICON_STROKE if side < 120 else HERO_STROKE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {ICON_GRID} {ICON_GRID}" '
        f'fill="none" stroke="#000" stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round">'
        f"{icon_paths(name)}</svg>"
    )
    with Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))) as drawn:
        return drawn.convert("RGBA").getchannel("A")


def _write(picture: Image.Image, x: float, baseline: float, line: str, face: Face, colour: str) -> None:
    """One line, letter by letter: each letter's shape is drawn once and kept, a line costs a fourteenth of Pillow's.

    Without tracking this gives Pillow's own pixels, because the basic layout advances by whole pixels.
    """
    x = x if face.tracking else round(x)
    ink, down = rgb(colour), round(baseline)
    for letter in line:
        quarters = round(4 * x)
        shape, left, top = _letter(letter, face.weight, face.size, quarters % 4)
        if shape:
            picture.paste(ink, (quarters // 4 + left, down + top), shape)
        x += face.advance(letter)


@lru_cache(maxsize=8192)
def _letter(letter: str, weight: str, size: int, quarter: int) -> tuple[Image.Image | None, int, int]:
    """How a letter covers the pixels around its origin (left end of the baseline), moved right by quarter pixels."""
    cut = font(weight, size)
    left, top, right, bottom = (round(edge) for edge in cut.getbbox(letter, anchor="ls"))
    if right <= left or bottom <= top:
        return None, 0, 0
    shape = Image.new("L", (right - left + 1, bottom - top))
    ImageDraw.Draw(shape).text((quarter / 4 - left, -top), letter, fill=255, font=cut, anchor="ls")
    return shape, left, top


def png(picture: Image.Image) -> bytes:
    """An RGB picture as PNG bytes without any metadata.

    Flat colours need no row filters; without them this takes half the time of Pillow's writer and fewer bytes.
    """
    width, height = picture.size
    raw, row = picture.tobytes(), 3 * width
    rows = b"".join(b"\0" + raw[start : start + row] for start in range(0, len(raw), row))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 3)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def icon_exists(name: str) -> bool:
    """Whether the icon package has an outline icon of this name."""
    return bool(re.fullmatch(r"[a-z0-9-]+", name)) and _icon_file(name).is_file()


@lru_cache(maxsize=256)
def icon_paths(name: str) -> str:
    """The drawing instructions inside an icon's `<svg>` element."""
    source = _icon_file(name).read_text(encoding="utf-8")
    return "".join(re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>", source))


def _icon_file(name: str) -> Path:
    return folder_of("tablerpy") / "icons" / "outline" / f"{name}.svg"
