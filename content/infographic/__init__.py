"""Infographics: a small YAML spec in, a picture out; the same pixels on every machine.

draw(read_spec(Path("assets/infographics/xem-ho-so.yml")), "portrait")
"""

from PIL import Image

from content.brand import UNSIGNED, Brand
from content.errors import ContentError
from content.infographic.canvas import Canvas, png
from content.infographic.frame import CLOSER, FORMATS, Format, candidates, ground
from content.infographic.spec import SIZES, Spec
from content.infographic.templates import DRAW, TEMPLATES, parse_spec, read_spec
from content.infographic.typesetting import DoesNotFit

__all__ = ["SIZES", "TEMPLATES", "NoRoom", "Spec", "compose", "draw", "paint", "parse_spec", "read_spec"]


class NoRoom(ContentError):
    """The words do not fit; `left` are the first that find no room."""

    def __init__(self, words: str, left: str) -> None:
        self.left = left
        super().__init__(words)


NEAR = 0.85
"""How much smaller than the largest that fits the type may be for the sake of better line ends."""


def draw(spec: Spec, size: str, brand: Brand = UNSIGNED) -> bytes:
    """The picture as PNG bytes. Raises ContentError with the words that do not fit."""
    return png(paint(spec, size, brand))


def paint(spec: Spec, size: str, brand: Brand = UNSIGNED) -> Image.Image:
    """The picture in memory, composed for this size with the largest type that fits, signed by the brand.

    `brand` is what `Plan.signing(spec.agency)` answers. Raises ContentError with the words that do not fit, or for
    a size that does not exist.
    """
    return compose(spec, size, brand).image()


def compose(spec: Spec, size: str, brand: Brand = UNSIGNED) -> Canvas:
    """The picture before it is painted. Raises ContentError as `paint` does.

    Type a little smaller than the largest that fits is taken where it keeps the words of a head together.
    """
    if size not in FORMATS:
        raise ContentError(f"{spec.name}: không có khổ “{size}”; chỉ nhận một trong: {', '.join(FORMATS)}.")
    signing = brand.signing(spec.agency, spec.name)
    words = ""
    for layout in filter(None, (FORMATS[size], CLOSER.get(size))):
        found = _best(spec, layout, signing)
        if isinstance(found, Canvas):
            return found
        words = found
    width, height = SIZES[size]
    told = f"{spec.name}: chữ không vừa khổ {width} x {height}: “{words}”. Hãy viết ngắn hơn."
    raise NoRoom(told, words)


def _best(spec: Spec, layout: Format, signing: Brand) -> Canvas | str:
    """The best composition in these margins, or the words that find no room."""
    words, largest = "", 0
    best: Canvas | None = None
    for attempt in candidates(layout):
        if attempt.body.size < largest * NEAR:
            break
        sheet = ground(spec, layout, attempt, signing)
        try:
            DRAW[spec.template](sheet, spec)
        except DoesNotFit as error:
            words = error.words
            continue
        largest = max(largest, attempt.body.size)
        if best is None or sheet.canvas.flaws < best.flaws:
            best = sheet.canvas
        if not best.flaws:
            break
    return best or words
