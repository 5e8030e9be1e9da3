"""The charts as PNG, on white, so that they read the same in a dark mailbox and on grey paper."""

import io

from PIL import Image

from reports import chart
from reports.chart import Panel

SCALE = 2
"""Pixels for one of the drawing's units: sharp on a phone."""


COLOURS = 32
"""Enough for four colours and their soft edges, at a third of the size."""


def panel_png(panel: Panel, mark: str, *, grey: bool = False) -> bytes:
    """One small chart; `grey` for an official document, which has no colour (R32)."""
    drawn = chart.png(chart.panel_svg(panel, mark, paper="#ffffff"), chart.WIDTH * SCALE)
    out = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as picture:
        picture.convert("L" if grey else "RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
    return out.getvalue()
