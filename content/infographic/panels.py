"""Pictures with one strong shape: quote, hero figures, and a clip's scene."""

from dataclasses import replace
from typing import Annotated, Literal

from content.files import Entry
from content.infographic.canvas import Canvas
from content.infographic.frame import Box, Format, Sheet, Type, foot, hat, head_and_foot, kicker, largest, title_face
from content.infographic.signature import signature
from content.infographic.spec import Icon, Spec, Text, Words, between
from content.infographic.typesetting import CAP, Block, DoesNotFit, Face, set_text
from content.palette import Palette

LABEL = 36
"""The least size of a figure's label where there is room, in pixels."""


class Quote(Spec):
    """One big sentence (the title) and what it rests on."""

    template: Literal["quote"] = "quote"
    text: Text = ""

    def texts(self) -> list[str]:
        """The sentence below the title."""
        return [self.text] if self.text else []


class Figure(Entry):
    """One hero figure, written as it is to be read: "10", "88,38%"."""

    value: Words
    label: Words
    text: Text = ""


class KeyFigures(Spec):
    """One to three hero figures."""

    template: Literal["key_figures"] = "key_figures"
    figures: Annotated[tuple[Figure, ...], between(1, 3)]
    note: Text = ""

    def texts(self) -> list[str]:
        """Every figure with its label, then the note."""
        told = [f"{one.value} {one.label}{f': {one.text}' if one.text else ''}" for one in self.figures]
        return [*told, *([self.note] if self.note else [])]


class Scene(Spec):
    """One slide of a clip: a figure or an icon, a head (the title) and one sentence."""

    template: Literal["scene"] = "scene"
    mark: Text = ""
    """A short figure such as "1"; drawn large."""
    icon: Icon = ""
    text: Text = ""

    def texts(self) -> list[str]:
        """The sentence below the title."""
        return [self.text] if self.text else []


def draw_quote(sheet: Sheet, spec: Quote) -> None:
    """One sentence on the accent, as large as it will go."""
    canvas, layout, small, palette = sheet.canvas, sheet.layout, sheet.small, sheet.palette
    _accent_sheet(canvas, layout, palette)
    width = layout.width - 2 * layout.side
    bottom = foot(sheet, spec, loud=True)
    top = kicker(canvas, spec, layout.side, layout.top, width - 160, small, (palette.accent_soft, palette.second))
    text = set_text(spec.text, width, small, 4) if spec.text and not layout.panel else None
    lower = (text.height + small.size * 1.8) if text else 0
    room = bottom - small.size * 1.6 - top - lower
    title = largest(spec.title, width, (round(layout.title[0] * 1.4), layout.title[1]), 8, room)
    y = top + (room - title.height) / 2
    canvas.text(title, layout.side, y, palette.paper)
    if text:
        canvas.text(text, layout.side, y + title.height + small.size * 1.8, palette.accent_soft)


def draw_scene(sheet: Sheet, spec: Scene) -> None:
    """A figure or an icon as the hero on the left (above, on tall sheets), words beside it."""
    canvas, layout, small, palette = sheet.canvas, sheet.layout, sheet.small, sheet.palette
    hero = Box(0, 0, layout.width * 0.36, layout.height)
    words = Box(hero.right + 64, layout.top, layout.width - hero.right - 64 - layout.side, 0)
    if layout.height >= layout.width:
        hero = Box(0, 0, layout.width, layout.height * 0.42)
        words = Box(layout.side, hero.bottom + 112, layout.width - 2 * layout.side, 0)
    canvas.rectangle(hero.x, hero.y, hero.width, hero.height, palette.accent)
    clear = max(0, layout.top - 80)  # on a story the platform's controls lie over the hero's top
    middle_x, middle_y = hero.x + hero.width / 2, (hero.y + clear + hero.bottom) / 2
    side = min(hero.width, hero.height - clear) * 0.5
    if spec.mark:
        figure = Block((spec.mark,), title_face(round(side * 1.25)))
        canvas.text(figure, hero.x, middle_y - figure.height / 2, palette.paper, "center", hero.width)
    elif spec.icon:
        canvas.icon(spec.icon, middle_x - side / 2, middle_y - side / 2, side, palette.paper)
    body = Face(layout.body[0])
    title = largest(spec.title, words.width, layout.title, 4)
    text = set_text(spec.text, words.width, body, 5) if spec.text else None
    gap = body.size * 1.1
    height = title.height + (gap + text.height if text else 0)
    signed = signature(sheet.brand, words.width, small, layout.small[1])
    lowest = layout.height - layout.foot - signed.height
    y = words.y if layout.height >= layout.width else (layout.top + lowest - small.size - height) / 2
    if y + height > lowest - small.size:
        raise DoesNotFit(spec.text or spec.title)
    canvas.rectangle(words.x, y - small.size * 1.6, 72, 8, palette.second)
    canvas.text(title, words.x, y, palette.ink)
    if text:
        canvas.text(text, words.x, y + title.height + gap, palette.muted)
    signed.draw(canvas, words.x, lowest, palette, (palette.accent,), palette.paper)


def draw_figures(sheet: Sheet, spec: KeyFigures) -> None:
    """Hero figures one below the other, each above its label."""
    canvas, layout, palette = sheet.canvas, sheet.layout, sheet.palette
    box, type_ = head_and_foot(sheet, spec)
    label = sheet.small if sheet.tight else replace(sheet.small, size=max(LABEL, sheet.small.size))
    type_ = replace(type_, body=label)
    note = set_text(spec.note, box.width, type_.small, 3) if spec.note and not layout.panel else None
    height = (box.height - (note.height + type_.small.size * 1.2 if note else 0)) / len(spec.figures)
    words = [_label(figure, box.width, type_, not layout.panel) for figure in spec.figures]
    gap = type_.small.size * 1.1
    room = height - max(sum(block.height + gap for block in blocks) for blocks in words)
    room -= type_.small.size * (2.2 if layout.panel else 2.8)
    hero = _hero_size(spec, box.width, room, 1.7 * type_.title.size if type_.air > 0.8 else 88)
    for place, (figure, blocks) in enumerate(zip(spec.figures, words, strict=True)):
        top = box.y + height * place
        if place:
            canvas.rectangle(box.x, top - 1, box.width, 2, palette.line)
        value = Block((figure.value,), title_face(hero))
        y = top + (height - value.height - sum(block.height + gap for block in blocks)) / 2
        canvas.text(value, box.x - hero * 0.04, y, palette.accent)
        y += value.height + gap
        for number, block in enumerate(blocks):
            canvas.text(block, box.x, y, palette.muted if number else palette.ink)
            y += block.height + gap
    if note:
        canvas.text(note, box.x, box.bottom - note.height, palette.muted)


def _label(figure: Figure, width: float, type_: Type, full: bool) -> list[Block]:
    label = [set_text(figure.label, width, type_.bold, 3)]
    return [*label, set_text(figure.text, width, type_.small, 3)] if figure.text and full else label


def _hero_size(spec: KeyFigures, width: float, height: float, least: float) -> int:
    """The largest size, in pixels, at which every figure fits the column and the height left over."""
    for size in range(400, round(least) - 1, -4):
        widest = max(title_face(size).width(figure.value) for figure in spec.figures)
        if size * CAP <= height and widest <= width:
            return size
    raise DoesNotFit(spec.figures[0].value)


def _accent_sheet(canvas: Canvas, layout: Format, palette: Palette) -> None:
    canvas.rectangle(0, 0, layout.width, layout.height, palette.accent)
    hat(canvas, layout.width - 24, layout.top - 104, palette.second)
