"""Two cards side by side: the first quiet, the second on the accent, their points on the same lines."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from content.files import Entry
from content.infographic.canvas import Canvas
from content.infographic.frame import Box, Sheet, Type, head_and_foot, one_size
from content.infographic.spec import Icon, Spec, Text, Words, between
from content.infographic.typesetting import CAP, Block, DoesNotFit, Face, set_text

PAD, GAP = 40, 32
"""Inside and between the cards, in pixels."""
HEAD = 0.7
"""A head's size, as a share of the title's."""

Colours = tuple[str, str, str]
"""Ground, text and mark of a card."""


class Column(Entry):
    """One side of a comparison."""

    head: Words
    icon: Icon = ""
    points: Annotated[tuple[Words, ...], between(1, 5)]


class Compare(Spec):
    """Two columns, the second one the more important."""

    template: Literal["compare"] = "compare"
    left: Column
    right: Column
    note: Text = ""

    def texts(self) -> list[str]:
        """Both sides, then the note."""
        sides = [f"{side.head}: {'; '.join(side.points)}" for side in (self.left, self.right)]
        return [*sides, *([self.note] if self.note else [])]


@dataclass(frozen=True)
class Heads:
    """The two heads, measured: each with its icon above it, or beside it where height is short."""

    blocks: list[Block]
    icon: float
    beside: bool
    gap: float

    @property
    def tallest(self) -> float:
        """The higher of the two heads."""
        return max(block.height for block in self.blocks)

    @property
    def height(self) -> float:
        """Heads and icons together."""
        return max(self.icon, self.tallest) if self.beside else self.icon + self.gap + self.tallest


def draw_compare(sheet: Sheet, spec: Compare) -> None:
    """Compose the comparison. Raises DoesNotFit with the words that find no room."""
    canvas, layout, palette = sheet.canvas, sheet.layout, sheet.palette
    box, type_ = head_and_foot(sheet, spec)
    quiet = (palette.accent_soft, palette.ink, palette.accent)
    loud = (palette.accent, palette.paper, palette.paper)
    if layout.panel:
        _covers(sheet, spec, box, type_, (quiet, loud))
        return
    if spec.note:
        note = set_text(spec.note, box.width, type_.small, 3)
        canvas.text(note, box.x, box.bottom - note.height, palette.muted)
        box = replace(box, height=box.height - note.height - type_.small.size * 1.4)
    columns = box.columns(2, GAP)
    heads = _heads(spec, columns[0].width - 2 * PAD, type_, beside=layout.height <= layout.width)
    rows = _rows(spec, columns[0].width - 2 * PAD - _dash(type_), type_)
    fixed = PAD + heads.height + 2 * _gap(type_) + sum(_tallest(row) for row in rows) + PAD
    gaps = max(1, len(rows) - 1)
    gap = (box.height - fixed) / gaps
    if gap < type_.body.size * max(0.8 * type_.air, 0.9):
        raise DoesNotFit(spec.right.points[-1])
    gap = min(gap, type_.body.size * 2.4)
    tops = _tops(box.y + PAD + heads.height + 2 * _gap(type_), rows, gap)
    for number, (side, card, colours) in enumerate(zip((spec.left, spec.right), columns, (quiet, loud), strict=True)):
        canvas.rectangle(card.x, card.y, card.width, fixed + gap * gaps, colours[0], 20)
        _head(canvas, side, heads, number, card, colours)
        for row, top in zip(rows, tops, strict=True):
            if block := row[number]:
                canvas.circle(card.x + PAD + 6, top + type_.body.size * CAP / 2, 6, fill=colours[2])
                canvas.text(block, card.x + PAD + _dash(type_), top, colours[1])


def _heads(spec: Compare, width: float, type_: Type, beside: bool) -> Heads:
    icon = _icon(type_) if spec.left.icon or spec.right.icon else 0
    gap = _gap(type_)
    if beside and icon:
        icon *= 0.8
        width -= icon + gap
    words = [spec.left.head, spec.right.head]
    title = replace(type_.title, size=max(type_.body.size, round(type_.title.size * HEAD)))
    return Heads(one_size(words, width, replace(type_, title=title)), icon, beside, gap if icon else 0)


def _rows(spec: Compare, width: float, type_: Type) -> list[list[Block | None]]:
    """The points of both sides, paired; a side with fewer points leaves its place empty."""
    sides = [[set_text(point, width, type_.body, 4) for point in side.points] for side in (spec.left, spec.right)]
    count = max(len(side) for side in sides)
    return [[side[place] if place < len(side) else None for side in sides] for place in range(count)]


def _tallest(row: list[Block | None]) -> float:
    return max(block.height for block in row if block)


def _tops(first: float, rows: list[list[Block | None]], gap: float) -> list[float]:
    tops = [first]
    for row in rows[:-1]:
        tops.append(tops[-1] + _tallest(row) + gap)
    return tops


def _dash(type_: Type) -> float:
    return type_.body.size * 0.75


def _gap(type_: Type) -> float:
    return type_.body.size * 0.7


def _icon(type_: Type) -> float:
    return type_.body.size * 1.9


def _head(canvas: Canvas, side: Column, heads: Heads, number: int, card: Box, colours: Colours) -> None:
    x, y, block = card.x + PAD, card.y + PAD, heads.blocks[number]
    if side.icon:
        middle = (heads.height - heads.icon) / 2 if heads.beside else 0
        canvas.icon(side.icon, x - heads.icon * 0.1, y + middle, heads.icon, colours[2])
    if heads.beside:
        x += heads.icon + heads.gap
        y += (heads.height - block.height) / 2
    else:
        y += heads.icon + heads.gap
    canvas.text(block, x, y, colours[1])


def _covers(sheet: Sheet, spec: Compare, box: Box, type_: Type, colours: tuple[Colours, Colours]) -> None:
    """Two cover cards, one above the other, level with the panel's upper margin; each with one point where both fit."""
    top = max(box.y, sheet.layout.top)
    gap = GAP * 0.75
    half = (box.bottom - type_.small.size * 0.4 - top - gap) / 2
    cards = [replace(box, y=top + (half + gap) * place, height=half) for place in range(2)]
    pairs = zip(spec.left.points, spec.right.points, strict=False)
    told = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    sides = (spec.left, spec.right)
    tries = [(size, 1, told) for size in range(type_.body.size, type_.small.size + 3, -4)]
    for size, lines, points in [*tries, (type_.body.size, 2, told), (type_.body.size, 2, ("", ""))]:
        try:
            face = replace(type_.title, size=size)
            covers = [_cover(*one, type_, face, lines) for one in zip(sides, points, cards, strict=True)]
        except DoesNotFit as error:
            words = error
            continue
        break
    else:
        raise words
    for side, card, blocks, (ground, ink, mark) in zip(sides, cards, covers, colours, strict=True):
        sheet.canvas.rectangle(card.x, card.y, card.width, card.height, ground, 20)
        icon, indent = _cover_icon(side, type_)
        if side.icon:
            sheet.canvas.icon(side.icon, card.x + PAD, card.y + (card.height - icon) / 2, icon, mark)
        y = card.y + (card.height - _height(blocks, type_)) / 2
        for block in blocks:
            sheet.canvas.text(block, card.x + PAD + indent, y, ink)
            y += block.height + type_.small.size * 0.9


def _cover(side: Column, point: str, card: Box, type_: Type, face: Face, lines: int) -> list[Block]:
    """The head and perhaps a point, measured. Raises DoesNotFit with the words that find no room."""
    width = card.width - 2 * PAD - _cover_icon(side, type_)[1]
    blocks = [set_text(side.head, width, face, lines)]
    if point:
        blocks.append(set_text(point, width, type_.small, 2))
    if _height(blocks, type_) + PAD * 1.2 > card.height:
        raise DoesNotFit(point or side.head)
    return blocks


def _cover_icon(side: Column, type_: Type) -> tuple[float, float]:
    """The size of a cover card's icon, and where its words begin."""
    size = _icon(type_) * 1.2 if side.icon else 0
    return size, size + PAD * 0.8 if side.icon else 0


def _height(blocks: list[Block], type_: Type) -> float:
    return sum(block.height for block in blocks) + type_.small.size * 0.9 * (len(blocks) - 1)
