"""Contact sheets: every picture of a group as a thumbnail, the sizes of one spec together, specs side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from content.infographic.canvas import Canvas
from content.infographic.typesetting import BOLD, Block, DoesNotFit, Face, set_text

SCALE = 0.25
MARGIN, GAP, LABEL = 60, 24, 84
"""Pixels: around the sheet, between thumbnails, and above a row for its name."""
TALL, FLAT, STORY = 270, 320, 270
"""Widths of the columns: portraits, square above wide, stories."""
HEIGHT = 480
ACROSS = 1900
"""About how wide a sheet is, in pixels, without its margins."""
GROUND, INK, MUTED = "#e8e7ea", "#2a2730", "#5f5a68"


@dataclass(frozen=True, slots=True)
class Thumb:
    """A small picture and which size it is of."""

    size: str
    picture: Image.Image

    @classmethod
    def of(cls, picture: Image.Image, size: str) -> "Thumb":
        """A quarter of a picture."""
        small = (round(picture.width * SCALE), round(picture.height * SCALE))
        return cls(size, picture.resize(small, Image.Resampling.LANCZOS).convert("RGBA"))


@dataclass(frozen=True, slots=True)
class Row:
    """The thumbnails of one spec."""

    template: str
    title: str
    thumbs: list[Thumb] = field(default_factory=list)


def contact_sheet(heading: str, rows: Sequence[Row]) -> Image.Image:
    """All rows, as many side by side as fit, each under the name of its template and its title."""
    stories = any(thumb.size == "story" for row in rows for thumb in row.thumbs)
    cell = TALL + GAP + FLAT + (GAP + STORY if stories else 0)
    columns = max(1, ACROSS // cell)
    lines = max(1, -(-len(rows) // columns))
    step = LABEL + HEIGHT + 2 * GAP
    width = columns * (cell + MARGIN) + MARGIN
    canvas = Canvas(width, MARGIN + 120 + lines * step + MARGIN - 2 * GAP, GROUND)
    canvas.text(Block((heading,), Face(48, BOLD)), MARGIN, MARGIN, INK)
    for place, row in enumerate(rows):
        x = MARGIN + (place % columns) * (cell + MARGIN)
        y = MARGIN + 120 + (place // columns) * step
        canvas.text(Block((row.template,), Face(26, BOLD)), x, y, INK)
        canvas.text(_one_line(row.title, cell), x, y + 38, MUTED)
        for thumb in row.thumbs:
            left, top = _place(thumb.size)
            canvas.picture(thumb.picture, x + left, y + LABEL + top)
    return canvas.image()


def side_by_side(sheets: Sequence[Image.Image]) -> Image.Image:
    """Several sheets as one picture."""
    whole = Image.new("RGB", (sum(sheet.width for sheet in sheets), max(sheet.height for sheet in sheets)), GROUND)
    x = 0
    for sheet in sheets:
        whole.paste(sheet, (x, 0))
        x += sheet.width
    return whole


def _place(size: str) -> tuple[int, int]:
    return {
        "portrait": (0, 0),
        "square": (TALL + GAP, 0),
        "wide": (TALL + GAP, 270 + GAP),
        "story": (TALL + GAP + FLAT + GAP, 0),
    }[size]


def _one_line(title: str, width: float) -> Block:
    """The title on one line; what is too long ends in an ellipsis, since the picture itself says it all."""
    words = title.split(" ")
    for count in range(len(words), 0, -1):
        text = " ".join(words[:count]) + ("" if count == len(words) else "…")
        try:
            return set_text(text, width, Face(22), 1)
        except DoesNotFit:
            continue
    return Block(("…",), Face(22))
