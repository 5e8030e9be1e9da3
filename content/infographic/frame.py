"""The frame every picture shares: sizes of type and margins per format, title, foot, and the room between."""

from dataclasses import dataclass, replace
from functools import lru_cache

from content.brand import Brand
from content.infographic.canvas import Canvas
from content.infographic.signature import signature
from content.infographic.spec import SIZES, Spec
from content.infographic.typesetting import BOLD, REGULAR, Block, DoesNotFit, Face, set_text
from content.palette import DEFAULT, PALETTES, Palette

COARSE = 44
"""Body type larger than this, in pixels, is tried in steps of 4 instead of 2."""
BAND = 24
"""Height of the band over what is urgent, in pixels."""
TITLE_LEADING, TITLE_TRACKING = 1.36, -0.02


@dataclass(frozen=True)
class Box:
    """A rectangle to compose in, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def columns(self, count: int, gutter: float) -> list["Box"]:
        """The same height in equal columns."""
        width = (self.width - gutter * (count - 1)) / count
        return [replace(self, x=self.x + (width + gutter) * place, width=width) for place in range(count)]


@dataclass(frozen=True)
class Format:
    """How a size is set: margins, and the bounds between which type may shrink."""

    width: int
    height: int
    side: int
    top: int
    foot: int
    """Free space below the foot."""
    title: tuple[int, int]
    title_lines: int
    body: tuple[int, int]
    small: tuple[int, int]
    panel: bool = False
    """Whether the title stands on an accent panel on the left."""


FORMATS = {
    "portrait": Format(*SIZES["portrait"], 80, 80, 72, (80, 56), 2, (56, 34), (38, 28)),
    "square": Format(*SIZES["square"], 80, 72, 60, (70, 48), 2, (50, 32), (34, 28)),
    "wide": Format(*SIZES["wide"], 72, 72, 64, (68, 44), 6, (52, 34), (34, 34), panel=True),
    "story": Format(*SIZES["story"], 80, 270, 360, (84, 60), 3, (62, 36), (44, 30)),
}
"""Story keeps clear of the platform's own controls at the top and at the bottom."""
CLOSER = {"story": replace(FORMATS["story"], top=240, foot=260)}
"""The margins a size falls back to where its words find no room in its own."""


@dataclass(frozen=True)
class Type:
    """The three sizes of one picture."""

    title: Face
    body: Face
    small: Face
    air: float = 1.0
    """Free space between points, in ems of the body."""

    @property
    def bold(self) -> Face:
        """The body size in bold."""
        return replace(self.body, weight=BOLD)


def title_face(size: int) -> Face:
    """Bold, lines and letters a little closer than in text."""
    return Face(size, BOLD, TITLE_LEADING, TITLE_TRACKING)


@dataclass(frozen=True)
class Try:
    """Faces and air to compose with."""

    body: Face
    small: Face
    air: float


def candidates(layout: Format) -> list[Try]:
    """What to try, best first: large type with much air, then smaller, and only then closer."""
    most, least = layout.body
    bodies = [*range(most, max(least, COARSE), -4), *range(min(most, COARSE), least - 1, -2)]
    faces = []
    for body in bodies:
        small = layout.small[0] - (layout.small[0] - layout.small[1]) * (most - body) / (most - least)
        faces.append((Face(body), Face(2 * round(small / 2))))
    airs = [(faces, 1.35), (faces[-3:], 1.0), (faces[-2:], 0.75)]
    tight = [Try(replace(body, tight=True), replace(small, tight=True), 0.75) for body, small in faces[-2:]]
    return [Try(body, small, air) for pairs, air in airs for body, small in pairs] + tight


def largest(text: str, width: float, sizes: tuple[int, int], lines: int, height: float = 9999) -> Block:
    """A title as large as its bounds allow, smaller where that keeps words whole. Raises DoesNotFit."""
    found = _largest(text, width, sizes, lines, height)
    if isinstance(found, str):
        raise DoesNotFit(found)
    return found


@lru_cache(maxsize=512)
def _largest(text: str, width: float, sizes: tuple[int, int], lines: int, height: float) -> Block | str:
    """The block, or the words left over. Whole words are worth the least size, other flaws a fifth of the first."""
    best: Block | None = None
    overrun, first = text, sizes[0]
    for size in range(sizes[0], sizes[1] - 1, -2):
        if best and not best.broken and (not best.flaws or size < 0.8 * first):
            break
        for face in (title_face(size), replace(title_face(size), tight=True)):
            try:
                block = set_text(text, width, face, lines)
            except DoesNotFit as error:
                overrun = error.words
                continue
            if block.height > height:
                overrun = block.lines[-1]
            elif best is None:
                best, first = block, size
            elif block.broken < best.broken or (
                block.broken == best.broken and block.flaws < best.flaws and size >= 0.8 * first
            ):
                best = block
    return best or overrun


def one_size(heads: list[str], width: float, type_: Type) -> list[Block]:
    """All heads in the title's size where each fits on one line, else all in the body's bold."""
    try:
        return [set_text(head, width, type_.title, 1) for head in heads]
    except DoesNotFit:
        return [set_text(head, width, type_.bold, 3) for head in heads]


@dataclass(frozen=True)
class Sheet:
    """An empty sheet of paper, and what is tried on it."""

    canvas: Canvas
    layout: Format
    palette: Palette
    body: Face
    small: Face
    air: float
    """Free space between points, in ems of the body."""
    brand: Brand
    """Who signs."""

    @property
    def tight(self) -> bool:
        """Whether this is one of the last attempts, with little air."""
        return self.air <= 0.8


def ground(spec: Spec, layout: Format, attempt: Try, brand: Brand) -> Sheet:
    """A new sheet for one attempt."""
    palette = PALETTES[spec.palette or brand.palette or DEFAULT]
    canvas = Canvas(layout.width, layout.height, palette.paper)
    return Sheet(canvas, layout, palette, attempt.body, attempt.small, attempt.air, brand)


@dataclass(frozen=True)
class Badge:
    """A word in a coloured shape above the title, with an icon of its own; it stands in the kicker's place."""

    words: str
    icon: str
    ink: str
    ground: str
    band: str = ""
    """The colour of a band along the upper edge of the sheet; empty for none."""


def head_and_foot(sheet: Sheet, spec: Spec, badge: Badge | None = None) -> tuple[Box, Type]:
    """Draw kicker, title, source and agency; return the free box between them and the sizes to compose in it."""
    box, title = _panel(sheet, spec, badge) if sheet.layout.panel else _framed(sheet, spec, badge)
    return box, Type(title, sheet.body, sheet.small, sheet.air)


def _framed(sheet: Sheet, spec: Spec, badge: Badge | None) -> tuple[Box, Face]:
    """Kicker and title above, source and agency below."""
    canvas, layout, small, palette = sheet.canvas, sheet.layout, sheet.small, sheet.palette
    width = layout.width - 2 * layout.side
    hat(canvas, layout.width - 24, layout.top - 104, palette.accent_soft)
    bottom = foot(sheet, spec)
    y = _lead(sheet, spec, badge, width - 160, (palette.accent, palette.second))
    most, least = layout.title
    sizes = ((most + least) // 2, least) if sheet.tight else layout.title
    title = largest(spec.title, width, sizes, layout.title_lines)
    canvas.text(title, layout.side, y, palette.ink)
    y += title.height + title.face.size * 0.3 + small.size * 1.2
    bottom -= small.size * (1.1 if sheet.tight else 1.2)
    return Box(layout.side, y, width, bottom - y), title.face


def _panel(sheet: Sheet, spec: Spec, badge: Badge | None) -> tuple[Box, Face]:
    """The cover: title and agency on an accent panel, the body on paper beside it."""
    canvas, layout, small, palette = sheet.canvas, sheet.layout, sheet.small, sheet.palette
    edge = round(layout.width * 0.42)
    canvas.rectangle(0, 0, edge, layout.height, palette.accent)
    width = edge - layout.side - 40
    y = _lead(sheet, spec, badge, width, (palette.accent_soft, palette.second))
    try:
        signed = signature(sheet.brand, width, small, layout.small[1])
    except DoesNotFit:
        signed = signature(sheet.brand, width, small, layout.small[1], lines=4, stacked=True)
    agency_top = layout.height - layout.foot - signed.height
    room = agency_top - small.size * 1.5 - y
    title = largest(spec.title, width, layout.title, layout.title_lines, room)
    canvas.text(title, layout.side, y, palette.paper)
    signed.draw(canvas, layout.side, agency_top, palette, (palette.accent_soft,), palette.accent)
    x = edge + 48
    box = Box(x, 48, layout.width - 48 - x, layout.height - 96)
    if not spec.source:
        return box, title.face
    source = set_text(f"Nguồn: {spec.source}", box.width, small, 3)
    top = layout.height - layout.foot - source.height
    canvas.text(source, x, top, palette.muted)
    return Box(x, box.y, box.width, top - small.size * 0.9 - box.y), title.face


def _lead(sheet: Sheet, spec: Spec, badge: Badge | None, width: float, colours: tuple[str, str]) -> float:
    """What stands above the title; returns where the title's capitals begin."""
    canvas, layout, small = sheet.canvas, sheet.layout, sheet.small
    if badge is None:
        return kicker(canvas, spec, layout.side, layout.top, width, small, colours)
    if badge.band:
        canvas.rectangle(0, 0, layout.width, BAND, badge.band)
    words = set_text(badge.words, width, replace(small, weight=BOLD), 1)
    height, icon = small.size * 2.0, small.size * 1.3
    indent = small.size * 2.05
    canvas.rectangle(layout.side, layout.top, indent + words.width + small.size * 0.8, height, badge.ground, 14)
    canvas.icon(badge.icon, layout.side + small.size * 0.5, layout.top + (height - icon) / 2, icon, badge.ink)
    canvas.text(words, layout.side + indent, layout.top + (height - words.height) / 2, badge.ink)
    return layout.top + height + small.size * 1.5


def kicker(
    canvas: Canvas, spec: Spec, x: float, y: float, width: float, small: Face, colours: tuple[str, str]
) -> float:
    """The topic and the short bar above it, in two colours; returns where the title's capitals begin."""
    colour, bar = colours
    canvas.rectangle(x, y, 72, 8, bar)
    y += 8 + small.size * 1.1
    if not spec.kicker:
        return y + small.size * 0.6
    block = set_text(spec.kicker, width, replace(small, weight=BOLD), 2)
    canvas.text(block, x, y, colour)
    return y + block.height + small.size * 1.6


def foot(sheet: Sheet, spec: Spec, *, loud: bool = False) -> float:
    """The brand's frame: logo, name, second line and source above the lower margin, a hairline over them.

    Where there is little room the second line gives way first. `loud` is for pictures on the accent. Returns the y
    of the hairline. Raises DoesNotFit with a name or source that finds no room.
    """
    canvas, layout, small, palette = sheet.canvas, sheet.layout, sheet.small, sheet.palette
    ink, muted, line, under = palette.ink, palette.muted, palette.line, palette.paper
    if loud:
        ink, muted, line, under = palette.paper, palette.accent_soft, palette.second, palette.accent
    width = layout.width - 2 * layout.side
    source = f"Nguồn: {spec.source}" if spec.source else ""
    second = "" if sheet.tight else sheet.brand.line
    beside = None if second else _beside(sheet, source, width)
    below = (second, "" if beside else source)
    signed = signature(sheet.brand, width, small, layout.small[1], below=below, tight=sheet.tight)
    top = layout.height - layout.foot - signed.height
    signed.draw(canvas, layout.side, top, palette, (ink, muted), under)
    if beside:
        canvas.text(beside, layout.side, top + (signed.height - beside.height) / 2, muted, "right", width)
    hairline = top - small.size * (0.85 if sheet.tight else 1)
    canvas.rectangle(layout.side, hairline, width, 2, line)
    return hairline


def closing_note(sheet: Sheet, note: str, box: Box) -> Box:
    """The closing sentence at the foot of the box, on a soft ground; the box without it. A cover has none."""
    if not note or sheet.layout.panel:
        return box
    pad = sheet.small.size
    block = set_text(note, box.width - 2 * pad, sheet.small, 3)
    height = block.height + 2 * pad
    sheet.canvas.rectangle(box.x, box.bottom - height, box.width, height, sheet.palette.accent_soft, 12)
    sheet.canvas.text(block, box.x + pad, box.bottom - height + pad, sheet.palette.ink)
    return replace(box, height=box.height - height - pad)


def spread(rows: list[tuple[float, str]], box: Box, least: float) -> list[float]:
    """Where rows of these heights begin when they share the box evenly, at least `least` pixels apart.

    Raises DoesNotFit with the words of the first row that falls below the box.
    """
    used = 0.0
    for height, words in rows:
        used += height + least
        if used > box.height + 1:
            raise DoesNotFit(words)
    gap = (box.height - sum(height for height, _ in rows)) / len(rows)
    tops = [box.y + gap / 2]
    for height, _ in rows[:-1]:
        tops.append(tops[-1] + height + gap)
    return tops


def _beside(sheet: Sheet, source: str, width: float) -> Block | None:
    """The source on one line at the right end, where the name leaves it room."""
    if not source:
        return None
    try:
        name = signature(sheet.brand, width, sheet.small, sheet.small.size, lines=1).width
        block = set_text(source, width, replace(sheet.small, weight=REGULAR), 1)
    except DoesNotFit:
        return None
    return block if name + 48 + block.width <= width else None


def hat(canvas: Canvas, x: float, y: float, colour: str, rings: int = 7, step: int = 34) -> None:
    """The rings of a conical hat seen from above: the one ornament, always behind and always quiet."""
    canvas.rings(x, y, tuple(float(ring * step) for ring in range(1, rings + 1)), colour)
