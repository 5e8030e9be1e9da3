"""A canvas that collects shapes and lines of text, and paints them: shapes first, text on top.

Round shapes and icons are small SVG tiles, smooth at every edge and kept once drawn; text is Pillow's.
Coordinates are pixels from the top left corner.
"""

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import resvg_py
from PIL import Image, ImageDraw

from content.infographic.typesetting import CAP, Block, Face, font
from content.palette import rgb

ICON_GRID = 24
ICON_STROKE, HERO_STROKE = 1.6, 1.15
"""One weight for all icons, in units of their 24-unit grid; a lighter one where an icon is the hero."""


@dataclass(frozen=True)
class Tile:
    """A piece of SVG and the whole pixels it covers."""

    left: int
    top: int
    width: int
    height: int
    svg: str


class Canvas:
    """One picture in the making."""

    def __init__(self, width: int, height: int, ground: str) -> None:
        self.width, self.height, self.ground = width, height, ground
        self._shapes: list[Tile] = []
        self._texts: list[tuple[float, float, str, Face, str]] = []

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        """A filled rectangle, on whole pixels so that its edges are sharp."""
        left, top, right, bottom = round(x), round(y), round(x + width), round(y + max(height, 1))
        size = f'width="{right - left}" height="{bottom - top}"'
        shape = f'<rect {size} rx="{radius:g}" fill="{fill}"/>' if radius else fill
        self._shapes.append(Tile(left, top, right - left, bottom - top, shape))

    def circle(self, x: float, y: float, radius: float, fill: str = "none", stroke: str = "none") -> None:
        """A circle by its centre; the stroke is 2 px wide."""
        left, top, side = int(x - radius) - 2, int(y - radius) - 2, int(2 * radius) + 5
        shape = (
            f'<circle cx="{x - left:g}" cy="{y - top:g}" r="{radius:g}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="2"/>'
        )
        self._shapes.append(Tile(left, top, side, side, shape))

    def icon(self, name: str, x: float, y: float, size: float, colour: str) -> None:
        """A Tabler outline icon with its top left corner at x, y."""
        stroke = ICON_STROKE if size < 120 else HERO_STROKE
        side = round(size)
        shape = (
            f'<g transform="scale({side / ICON_GRID:g})" fill="none" stroke="{colour}" stroke-width="{stroke}" '
            f'stroke-linecap="round" stroke-linejoin="round">{icon_paths(name)}</g>'
        )
        self._shapes.append(Tile(round(x), round(y), side, side, shape))

    def text(self, block: Block, x: float, y: float, colour: str, align: str = "left", width: float = 0) -> None:
        """Lines whose first capitals have their top at `y`; `width` is the column to centre or right-align in."""
        face = block.face
        for number, line in enumerate(block.lines):
            spare = width - face.width(line)
            shift = {"left": 0.0, "center": spare / 2, "right": spare}[align]
            baseline = y + face.size * (CAP + face.leading * number)
            self._texts.append((x + shift, baseline, line, face, colour))

    def image(self) -> Image.Image:
        """Paint everything, shapes first."""
        picture = Image.new("RGB", (self.width, self.height), rgb(self.ground))
        for tile in self._shapes:
            if tile.svg.startswith("#"):
                picture.paste(rgb(tile.svg), (tile.left, tile.top, tile.left + tile.width, tile.top + tile.height))
            else:
                drawn = _drawn(tile.svg, tile.width, tile.height)
                picture.paste(drawn, (tile.left, tile.top), drawn)
        pen = ImageDraw.Draw(picture)
        for x, baseline, line, face, colour in self._texts:
            _write(pen, x, baseline, line, face, colour)
        return picture


@lru_cache(maxsize=256)
def _drawn(shape: str, width: int, height: int) -> Image.Image:
    """One shape with smooth edges on a clear ground."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{shape}</svg>'
    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)))) as drawn:
        return drawn.convert("RGBA")


def _write(pen: ImageDraw.ImageDraw, x: float, baseline: float, line: str, face: Face, colour: str) -> None:
    """One line; a tracked face is set letter by letter."""
    cut = font(face.weight, face.size)
    if not face.tracking:
        pen.text((round(x), round(baseline)), line, fill=colour, font=cut, anchor="ls")
        return
    for letter in line:
        pen.text((x, round(baseline)), letter, fill=colour, font=cut, anchor="ls")
        x += face.advance(letter)


def png(picture: Image.Image) -> bytes:
    """A picture as PNG bytes without any metadata."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def icon_exists(name: str) -> bool:
    """Whether the icon package has an outline icon of this name."""
    return bool(re.fullmatch(r"[a-z0-9-]+", name)) and _icon_file(name).is_file()


@lru_cache(maxsize=256)
def icon_paths(name: str) -> str:
    """The drawing instructions inside an icon's `<svg>` element."""
    source = _icon_file(name).read_text(encoding="utf-8")
    return "".join(re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>", source))


def _icon_file(name: str) -> "resources.abc.Traversable":
    return resources.files("tablerpy") / "icons" / "outline" / f"{name}.svg"
