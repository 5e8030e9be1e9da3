"""Lists: facts, steps and checklists as rows or as four cells."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from content.infographic.canvas import Canvas
from content.infographic.frame import Box, Sheet, Type, closing_note, head_and_foot, one_size, spread
from content.infographic.spec import Item, ListSpec, between
from content.infographic.typesetting import CAP, Block, DoesNotFit, Face, set_text
from content.palette import Palette

Lead = Literal["number", "step", "icon", "tick"]
PAD = 36
"""Inside a cell, in pixels."""
SHORT = 0.36
"""The share of a cover's width up to which heads count as short."""


class Facts(ListSpec):
    """Three to seven short points."""

    template: Literal["facts"] = "facts"
    items: Annotated[tuple[Item, ...], between(3, 7)]
    numbered: bool = True


class Steps(ListSpec):
    """A procedure of three to five steps."""

    template: Literal["steps"] = "steps"
    items: Annotated[tuple[Item, ...], between(3, 5)]


class Checklist(ListSpec):
    """What to have ready, each point with a tick."""

    template: Literal["checklist"] = "checklist"
    items: Annotated[tuple[Item, ...], between(3, 7)]


@dataclass(frozen=True)
class Row:
    """One measured point."""

    item: Item
    head: Block
    text: Block | None
    gap: float
    """Between the head's baseline and the sentence's capitals."""
    lead: float
    """Height of the mark on the left."""

    @property
    def words_height(self) -> float:
        """Head and sentence together."""
        return self.head.height + (self.gap + self.text.height if self.text else 0)

    @property
    def height(self) -> float:
        """What the row needs without air."""
        return max(self.words_height, self.lead)


def draw_list(sheet: Sheet, spec: ListSpec) -> None:
    """Compose a list. Raises DoesNotFit with the first words that find no room."""
    canvas, layout, palette = sheet.canvas, sheet.layout, sheet.palette
    box, type_ = head_and_foot(sheet, spec)
    box = closing_note(sheet, spec.note, box)
    lead: Lead = "tick"
    if isinstance(spec, Steps):
        lead = "step"
    elif isinstance(spec, Facts):
        lead = "number" if spec.numbered else "icon"
    tall = layout.height > layout.width
    if lead == "icon" and len(spec.items) == 4 and tall:
        _cells(canvas, spec.items, box, type_, palette)
        return
    if layout.panel and _told_beside_heads(canvas, spec.items, box, lead, type_, palette):
        return
    detail = not layout.panel
    half = (len(spec.items) + 1) // 2
    try:
        _rows(canvas, spec.items, box, Slots(0, len(spec.items), lead, cover=layout.panel), type_, palette, detail)
    except DoesNotFit:
        if tall or layout.panel or len(spec.items) < 6 or type_.air > 0.8:
            raise
        left, right = box.columns(2, 56)
        _rows(canvas, spec.items[:half], left, Slots(0, half, lead, True), type_, palette, detail)
        _rows(canvas, spec.items[half:], right, Slots(half, half, lead, True), type_, palette, detail)


def _told_beside_heads(
    canvas: Canvas, items: tuple[Item, ...], box: Box, lead: Lead, type_: Type, palette: Palette
) -> bool:
    """A cover whose heads are all so short that half of it were empty tells the sentences, too, where they fit."""
    head = _table_head(type_)
    if max(head.width(item.head) for item in items) > box.width * SHORT or not all(item.text for item in items):
        return False
    slots = Slots(0, len(items), lead, cover=True)
    for size in range(type_.body.size, type_.small.size + 1, -4):
        try:
            _rows(canvas, items, box, slots, replace(type_, body=replace(type_.body, size=size)), palette, True)
        except DoesNotFit:
            continue
        return True
    return lead in {"icon", "tick"} and _table(canvas, items, box, type_, palette)


def _table(canvas: Canvas, items: tuple[Item, ...], box: Box, type_: Type, palette: Palette) -> bool:
    """Heads in a column, sentences beside them; whether they fit."""
    small = type_.small.size
    head = _table_head(type_)
    column = max(head.width(item.head) for item in items) + small * 0.9
    try:
        face = replace(type_.small, leading=1.32)
        texts = [set_text(item.text, box.width - column, face, 3) for item in items]
        tops = spread([(text.height, text.lines[-1]) for text in texts], box, small * 0.95)
    except DoesNotFit:
        return False
    for place, (item, text, top) in enumerate(zip(items, texts, tops, strict=True)):
        if place:
            rule = (tops[place - 1] + texts[place - 1].height + top) / 2 + small * 0.08
            canvas.rectangle(box.x, rule - 1, box.width, 2, palette.line)
        block = Block((item.head,), head)
        canvas.text(block, box.x, top + (text.height - block.height) / 2, palette.accent)
        canvas.text(text, box.x + column, top, palette.ink)
    return True


def _table_head(type_: Type) -> Face:
    return replace(type_.bold, size=round(type_.small.size * 1.1))


def _measure(items: tuple[Item, ...], width: float, lead_height: float, type_: Type, detail: bool) -> list[Row]:
    rows = []
    for item in items:
        head = set_text(item.head, width, type_.bold, 3)
        text = set_text(item.text, width, type_.small, 3) if item.text and detail else None
        rows.append(Row(item, head, text, type_.small.size * 0.95, lead_height))
    return rows


@dataclass(frozen=True)
class Slots:
    """Which points of the list stand in this column, how many fit side by side with it, and their mark."""

    first: int
    count: int
    lead: Lead
    paired: bool = False
    """Whether a second column stands beside this one; their points then share one grid."""
    cover: bool = False
    """Whether there are heads only, seen small: marks are smaller there, so that the words can be larger."""

    def number(self, type_: Type) -> Face:
        """The face of a leading figure."""
        return type_.bold if self.cover and self.count > 4 else type_.title

    def size(self, type_: Type) -> float:
        """The mark's width in pixels."""
        if self.lead == "number":
            return self.number(type_).size * 0.72
        if self.lead == "icon":
            return type_.body.size * (1.7 if self.cover else 2.5 if self.count <= 4 else 2.0)
        return type_.body.size * (1.5 if self.lead == "tick" else 2.0)

    def height(self, type_: Type) -> float:
        """The mark's height in pixels."""
        return self.number(type_).size * CAP if self.lead == "number" else self.size(type_)


def _rows(
    canvas: Canvas, items: tuple[Item, ...], box: Box, slots: Slots, type_: Type, palette: Palette, detail: bool
) -> None:
    """Points spread over the box, hairlines between them."""
    size = slots.size(type_)
    indent = size + type_.body.size * 0.7
    icon = _side_icon(items, box, slots, type_, detail)
    width = box.width - indent - (icon + 36 if icon else 0)
    rows = _measure(items, width, slots.height(type_), type_, detail)
    heights = _heights(rows, box, slots, type_.body.size * type_.air * (1 if detail and box.width > 600 else 0.62))
    if slots.cover:  # heads on one line each are worth a slightly smaller size
        canvas.flaws += 0.25 * sum(len(row.head.lines) - 1 for row in rows)
    tops = [box.y + sum(heights[:place]) for place in range(len(rows))]
    middles = [top + height / 2 for top, height in zip(tops, heights, strict=True)]
    if slots.lead == "step":
        canvas.rectangle(box.x + size / 2 - 2, middles[0], 4, middles[-1] - middles[0], palette.line)
    elif not slots.paired:
        for top in tops[1:]:
            canvas.rectangle(box.x, top - 1, box.width, 2, palette.line)
    for place, (row, middle) in enumerate(zip(rows, middles, strict=True)):
        number = str(slots.first + place + 1)
        _mark(canvas, slots, number, row.item, Box(box.x, middle - size / 2, size, size), type_, palette)
        _words(canvas, row, box.x + indent, middle, palette)
        if icon and row.item.icon:
            canvas.icon(row.item.icon, box.right - icon, middle - icon / 2, icon, palette.accent)


def _side_icon(items: tuple[Item, ...], box: Box, slots: Slots, type_: Type, detail: bool) -> float:
    """The size of the icons at the right end; 0 where there is no room, no icon, or an icon already leads."""
    roomy = box.width > 600 and (detail or len(items) <= 4)
    wanted = slots.lead in {"number", "step"} and any(item.icon for item in items)
    return type_.body.size * 1.6 if roomy and wanted else 0


def _heights(rows: list[Row], box: Box, slots: Slots, air: float) -> list[float]:
    """How high each row's strip is. Raises DoesNotFit when they do not fit the box together."""
    heights = [row.height + air for row in rows]
    if slots.paired:
        heights = [max(box.height / slots.count, height - air * 0.5) for height in heights]
    if sum(heights) > box.height * len(rows) / slots.count + 1:
        raise DoesNotFit(_overrun(rows, box.height, air))
    if slots.lead == "step" and max(heights) * len(rows) <= box.height:
        return [box.height / len(rows)] * len(rows)
    spare = 0 if slots.paired else (box.height - sum(heights)) / len(rows)
    return [height + spare for height in heights]


def _words(canvas: Canvas, row: Row, x: float, middle: float, palette: Palette) -> None:
    """Head and sentence, centred on the row."""
    y = middle - row.words_height / 2
    canvas.text(row.head, x, y, palette.ink)
    if row.text:
        canvas.text(row.text, x, y + row.head.height + row.gap, palette.muted)


def _mark(canvas: Canvas, slots: Slots, number: str, item: Item, box: Box, type_: Type, palette: Palette) -> None:
    """What stands left of a row: a figure, a disc with a figure, an icon or a tick."""
    middle, lead = box.y + box.height / 2, slots.lead
    if lead == "number":
        block = Block((number,), slots.number(type_))
        canvas.text(block, box.x, middle - block.height / 2, palette.accent)
    elif lead == "step":
        canvas.circle(box.x + box.width / 2, middle, box.width / 2, fill=palette.accent)
        block = Block((number,), type_.bold)
        canvas.text(block, box.x, middle - block.height / 2, palette.paper, "center", box.width)
    elif lead == "icon":
        canvas.rectangle(box.x, box.y, box.width, box.height, palette.accent_soft, 16)
        inset = box.width * 0.19
        canvas.icon(item.icon or "point", box.x + inset, box.y + inset, box.width - 2 * inset, palette.accent)
    else:
        canvas.icon("circle-check", box.x, box.y, box.width, palette.accent)


def _overrun(rows: list[Row], height: float, air: float) -> str:
    """The words of the first row that falls below the box."""
    used = 0.0
    for row in rows:
        used += row.height + air
        if used > height + air:
            return row.item.head
    return rows[-1].item.head


def _cells(canvas: Canvas, items: tuple[Item, ...], box: Box, type_: Type, palette: Palette) -> None:
    """Four points as two by two cells, each with its icon above the words."""
    columns = box.columns(2, 32)
    height = (box.height - 32) / 2
    width = columns[0].width - 2 * PAD
    heads = one_size([item.head for item in items], width, type_)
    texts = [set_text(item.text, width, type_.small, 6) if item.text else None for item in items]
    icon, gap = type_.body.size * 1.9, type_.small.size
    used = max(
        icon + gap * 1.3 + head.height + (gap + text.height if text else 0)
        for head, text in zip(heads, texts, strict=True)
    )
    if used + 1.6 * PAD > height:
        raise DoesNotFit(max((item.text or item.head for item in items), key=len))
    for place, (item, head, text) in enumerate(zip(items, heads, texts, strict=True)):
        cell = Box(columns[place % 2].x, box.y + (height + 32) * (place // 2), columns[0].width, height)
        canvas.rectangle(cell.x, cell.y, cell.width, cell.height, palette.accent_soft, 20)
        y = cell.y + (height - used) / 2
        canvas.icon(item.icon or "point", cell.x + PAD - icon * 0.1, y, icon, palette.accent)
        y += icon + gap * 1.3
        canvas.text(head, cell.x + PAD, y, palette.ink)
        if text:
            canvas.text(text, cell.x + PAD, y + head.height + gap, palette.ink)
