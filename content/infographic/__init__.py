"""Infographics: a small YAML spec in, a picture out; the same pixels on every machine.

draw(read_spec(Path("assets/infographics/xem-ho-so.yml")), "portrait")
"""

from dataclasses import replace

from PIL import Image

from content.errors import ContentError
from content.infographic.canvas import Canvas, png
from content.infographic.comparison import draw_compare
from content.infographic.frame import FORMATS, Try, Type, candidates, ground, head_and_foot
from content.infographic.panels import draw_figures, draw_quote, draw_scene
from content.infographic.rows import draw_list
from content.infographic.spec import (
    SIZES,
    TEMPLATES,
    Compare,
    KeyFigures,
    ListSpec,
    Quote,
    Scene,
    Spec,
    parse_spec,
    read_spec,
)
from content.infographic.typesetting import DoesNotFit

__all__ = ["SIZES", "TEMPLATES", "Spec", "draw", "paint", "parse_spec", "read_spec"]


def draw(spec: Spec, size: str) -> bytes:
    """The picture as PNG bytes. Raises ContentError with the words that do not fit."""
    return png(paint(spec, size))


def paint(spec: Spec, size: str) -> Image.Image:
    """The picture in memory, composed for this size with the largest type that fits.

    Raises ContentError with the words that do not fit, or for a size that does not exist.
    """
    if size not in FORMATS:
        raise ContentError(f"{spec.name}: không có khổ “{size}”; chỉ nhận một trong: {', '.join(FORMATS)}.")
    words = ""
    for attempt in candidates(FORMATS[size]):
        try:
            return _compose(spec, size, attempt).image()
        except DoesNotFit as error:
            words = error.words
    width, height = SIZES[size]
    raise ContentError(f"{spec.name}: chữ không vừa khổ {width} x {height}: “{words}”. Hãy viết ngắn hơn.")


def _compose(spec: Spec, size: str, attempt: Try) -> Canvas:
    canvas, palette, layout = ground(spec, size)
    if isinstance(spec, Quote):
        draw_quote(canvas, spec, layout, attempt.small, palette)
        return canvas
    if isinstance(spec, Scene):
        draw_scene(canvas, spec, layout, attempt.small, palette)
        return canvas
    box, title = head_and_foot(canvas, spec, layout, attempt.small)
    type_ = Type(title, attempt.body, attempt.small, attempt.air)
    if isinstance(spec, ListSpec):
        draw_list(canvas, spec, box, layout, type_, palette)
    elif isinstance(spec, Compare):
        draw_compare(canvas, spec, box, layout, type_, palette)
    elif isinstance(spec, KeyFigures):
        draw_figures(canvas, spec, box, layout, replace(type_, body=attempt.small), palette)
    return canvas
