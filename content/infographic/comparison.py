"""Two cards side by side: the first quiet, the second on the accent, their points on the same lines."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from content.files import Entry
from content.infographic.canvas import Canvas
from content.infographic.frame import Box, Sheet, Type, head_and_foot, one_size
from content.infographic.spec import Icon, Spec, Text, Words, between
from content.infographic.typesetting import CAP, Block, DoesNotFit, set_text

PAD, GAP = 40, 32
"""Inside and between the cards, in pixels."""

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
        half = (box.height - GAP) / 2
        _cover(canvas, spec.left, replace(box, height=half), type_, quiet)
        _cover(canvas, spec.right, replace(box, y=box.y + half + GAP, height=half), type_, loud)
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
    return Heads(one_size(words, width, type_), icon, beside, gap if icon else 0)


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


def _cover(canvas: Canvas, side: Column, card: Box, type_: Type, colours: Colours) -> None:
    """A cover card: icon and head only."""
    size = _icon(type_) * 1.2 if side.icon else 0
    indent = size + PAD * 0.8 if side.icon else 0
    head = set_text(side.head, card.width - 2 * PAD - indent, replace(type_.title, size=type_.body.size), 2)
    if head.height + PAD > card.height:
        raise DoesNotFit(side.head)
    canvas.rectangle(card.x, card.y, card.width, card.height, colours[0], 20)
    middle = card.y + card.height / 2
    if side.icon:
        canvas.icon(side.icon, card.x + PAD, middle - size / 2, size, colours[2])
    canvas.text(head, card.x + PAD + indent, middle - head.height / 2, colours[1])
