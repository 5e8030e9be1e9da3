"""Figures side by side: bars that start at zero, or places in a ranking as one cell among all.

The label and the figure stand at the bar; there are no axes. A figure nobody has is a gap, never a zero.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from content.files import Entry
from content.infographic.canvas import Canvas
from content.infographic.frame import Box, Sheet, Type, closing_note, head_and_foot, spread, title_face
from content.infographic.spec import Spec, Text, Words, between, one_highlight
from content.infographic.typesetting import BOLD, CAP, NO_BREAK, Block, set_text
from content.palette import Palette, mix
from content.vietnamese import number

UNKNOWN = "Chưa có số liệu"
MOST_PLACES = 200
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?")


def _amount(value: object) -> object:
    """A figure as it is to be read. 1.234 without quotes could be either of two numbers, so it is refused."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    if isinstance(value, int):
        return number(value)
    text = str(value).strip()
    if isinstance(value, float) or (text and not _AMOUNT.fullmatch(text)):
        raise ValueError(f"không đọc được số “{text}”; hãy viết như 88,38 hoặc '1.234.567', bỏ trống nếu chưa có.")
    return text


def _place(text: str) -> str:
    if not text:
        return text
    found = re.fullmatch(r"(\d{1,3})\s*/\s*(\d{1,3})", text)
    if not found:
        raise ValueError(f"hạng “{text}” phải kèm tổng số, viết như 17/63.")
    place, total = int(found[1]), int(found[2])
    if not 1 <= place <= total or total > MOST_PLACES:
        raise ValueError(f"hạng “{text}” phải từ 1 đến tổng số, tổng số không quá {MOST_PLACES}.")
    return f"{place}/{total}"


class Bar(Entry):
    """One row: what it is, its figure, its place among all ("17/63"), and a remark."""

    label: Words
    value: Annotated[Text, BeforeValidator(_amount)] = ""
    rank: Annotated[Text, AfterValidator(_place)] = ""
    text: Text = ""
    highlight: bool = False

    @property
    def amount(self) -> float:
        """The length of the bar."""
        return float(self.value.replace(".", "").replace(",", "."))


class Ranking(Spec):
    """Two to seven rows. With figures they are bars; with places only, each is a cell among all."""

    template: Literal["ranking"] = "ranking"
    year: Words
    """When the figures held: "2023", "01/7/2025"."""
    unit: Text = ""
    """What the figures count: "%", "điểm", "xã, phường"."""
    top: Annotated[int, Field(ge=0, le=MOST_PLACES)] = 0
    """The leading group to mark among the places: 10 for "nhóm 10"."""
    bars: Annotated[tuple[Bar, ...], between(2, 7), AfterValidator(one_highlight)]
    note: Text = ""

    @model_validator(mode="after")
    def _told(self) -> Self:
        if not self.source:
            raise ValueError("source: biểu đồ phải ghi nguồn số liệu.")
        if not any(bar.value or bar.rank for bar in self.bars):
            raise ValueError("bars: chưa có số liệu nào; hãy ghi value hoặc rank.")
        return self

    @property
    def places_only(self) -> bool:
        """Whether the rows tell places and no figures."""
        return not any(bar.value for bar in self.bars)

    def figure(self, bar: Bar) -> str:
        """The figure as it is read, with its unit."""
        if not bar.value:
            return UNKNOWN
        return f"{bar.value}%" if self.unit == "%" else bar.value

    def texts(self) -> list[str]:
        """Every row with figure and place, then the note."""
        return [self.caption(), *(self._told_row(bar) for bar in self.bars), *([self.note] if self.note else [])]

    def caption(self) -> str:
        """When the figures held, and what they count."""
        year = f"Năm {self.year}" if self.year.isdigit() else self.year
        return year if self.unit in {"", "%"} else f"{year}, đơn vị tính: {self.unit}"

    def _told_row(self, bar: Bar) -> str:
        place = f"hạng {bar.rank}" if bar.rank else ""
        told = place or UNKNOWN.lower() if self.places_only else ", ".join(filter(None, (self.figure(bar), place)))
        return f"{bar.label}: {told}" + (f" ({bar.text})" if bar.text else "")


@dataclass(frozen=True)
class Row:
    """One measured row: label and remark, then the bar or the cells, below them or beside them."""

    bar: Bar
    label: Block
    aside: Block | None
    """The place, right of the label."""
    text: Block | None
    gap: float
    strip: float
    """Height of the bar or of the cells, in pixels."""
    indent: float
    """Where the bar begins; 0 when it stands below the label."""

    @property
    def words(self) -> float:
        """Label and remark together."""
        height = max(self.label.height, self.aside.height if self.aside else 0)
        return height + (self.gap + self.text.height if self.text else 0)

    @property
    def height(self) -> float:
        """The whole row."""
        return max(self.words, self.strip) if self.indent else self.words + self.gap * 1.2 + self.strip


def draw_ranking(sheet: Sheet, spec: Ranking) -> None:
    """Compose the chart. Raises DoesNotFit with the words that find no room."""
    box, type_ = head_and_foot(sheet, spec)
    box = closing_note(sheet, spec.note, box)
    box = _caption(sheet, spec, box)
    full = not sheet.layout.panel
    indent = 0.0 if sheet.layout.height > sheet.layout.width else _indent(spec, box.width, type_, full)
    rows = [_measure(bar, spec, box.width, type_, full, indent) for bar in spec.bars]
    least = type_.body.size * type_.air * (0.9 if full else 0.5)
    tops = spread([(row.height, row.bar.label) for row in rows], box, least)
    strong = any(bar.highlight for bar in spec.bars)
    for row, top in zip(rows, tops, strict=True):
        quiet = strong and not row.bar.highlight
        _words(sheet, row, box, top, quiet)
        y = top + (row.height - row.strip) / 2 if row.indent else top + row.words + row.gap * 1.2
        strip = Box(box.x + row.indent, y, box.width - row.indent, row.strip)
        if spec.places_only:
            _cells(sheet.canvas, row.bar, spec.top, strip, sheet.palette, quiet)
        else:
            _bar(sheet, spec, row.bar, strip, _scale(spec, strip.width, type_), type_, quiet)


def _caption(sheet: Sheet, spec: Ranking, box: Box) -> Box:
    """When and in what unit, and what the marked cells mean; the box below it."""
    canvas, palette, small = sheet.canvas, sheet.palette, sheet.small
    told = set_text(spec.caption(), box.width, small, 2)
    canvas.text(told, box.x, box.y, palette.muted)
    height = told.height
    if spec.places_only and spec.top:
        key = set_text(f"nhóm{NO_BREAK}{spec.top} dẫn đầu", box.width - small.size * 2, small, 1)
        side = small.size * CAP
        x, y = box.right - key.width, box.y
        if told.width + key.width + side * 3.5 > box.width:
            x, y = box.x + side * 1.6, box.y + height + small.size * 0.7
            height += small.size * 0.7 + key.height
        canvas.rectangle(x - side * 1.6, y, side, side, _zone(palette))
        canvas.text(key, x, y, palette.muted)
    used = height + small.size * 0.9
    return Box(box.x, box.y + used, box.width, box.height - used)


def _indent(spec: Ranking, width: float, type_: Type, full: bool) -> float:
    """Room for the labels left of the bars, where all are short and nothing else stands with them; else 0."""
    if spec.places_only or any(bar.rank or (bar.text and full) for bar in spec.bars):
        return 0
    labels = max(type_.bold.width(bar.label) for bar in spec.bars)
    return labels + type_.body.size * 0.7 if labels <= width * 0.42 else 0


def _measure(bar: Bar, spec: Ranking, width: float, type_: Type, full: bool, indent: float) -> Row:
    size, small = type_.body.size, type_.small.size
    aside, beside = None, 0.0
    if spec.places_only and bar.rank:
        place, total = bar.rank.split("/")
        aside = Block((place,), title_face(max(type_.title.size, round(size * 1.3))))
        beside = aside.width + type_.small.width(f"/{total}") + size
    elif spec.places_only or bar.rank:
        aside = Block((f"hạng{NO_BREAK}{bar.rank}" if bar.rank else UNKNOWN,), type_.small)
        beside = aside.width + size
    label = set_text(bar.label, width - beside, type_.bold, 2)
    text = set_text(bar.text, width - beside, type_.small, 2) if bar.text and full else None
    return Row(bar, label, aside, text, small * (0.8 if full else 0.55), size * (1.15 if full else 0.9), indent)


def _scale(spec: Ranking, width: float, type_: Type) -> float:
    """Pixels per unit: the longest bar and its figure fill the width; a percentage is measured against 100."""
    figures = [spec.figure(bar) for bar in spec.bars]
    room = width - max(type_.bold.width(figure) for figure in figures) - type_.body.size * 0.5
    longest = max(bar.amount for bar in spec.bars if bar.value)
    if spec.unit == "%" and longest <= 100:
        longest = 100
    return room / longest if longest else 0


def _words(sheet: Sheet, row: Row, box: Box, top: float, quiet: bool) -> None:
    canvas, palette = sheet.canvas, sheet.palette
    colour = palette.accent if row.bar.highlight else palette.ink
    base = top + max(row.label.height, row.aside.height if row.aside else 0)
    if row.indent:
        base = top + (row.height + row.label.height) / 2
    canvas.text(row.label, box.x, base - row.label.height, colour)
    if row.text:
        canvas.text(row.text, box.x, base + row.gap, palette.muted)
    if not row.aside:
        return
    y, right = base - row.aside.height, box.width
    if row.aside.face.weight == BOLD:
        total = Block(("/" + row.bar.rank.split("/")[1],), sheet.small)
        canvas.text(total, box.x, base - total.height, palette.muted, "right", box.width)
        right -= total.width + 4
    loud = row.aside.face.weight == BOLD and not quiet
    canvas.text(row.aside, box.x, y, palette.accent if loud else palette.ink, "right", right)


def _bar(sheet: Sheet, spec: Ranking, bar: Bar, strip: Box, scale: float, type_: Type, quiet: bool) -> None:
    """A bar from zero with its figure at the end; nothing but words where there is no figure."""
    canvas, palette = sheet.canvas, sheet.palette
    face = type_.bold if bar.value else type_.small
    figure = Block((spec.figure(bar),), face)
    length = bar.amount * scale if bar.value else 0
    if length:
        canvas.rectangle(strip.x, strip.y, length, strip.height, _tone(palette, quiet))
    x = strip.x + (length + type_.body.size * 0.4 if bar.value else 0)
    ink = palette.accent if bar.highlight else palette.ink if bar.value else palette.muted
    canvas.text(figure, x, strip.y + (strip.height - figure.height) / 2, ink)


def _cells(canvas: Canvas, bar: Bar, top: int, strip: Box, palette: Palette, quiet: bool) -> None:
    """One cell for every place, the leading group tinted, ours tall and loud."""
    if not bar.rank:
        return
    place, total = (int(part) for part in bar.rank.split("/"))
    gap = min(5.0, max(1.0, strip.width / total * 0.28))
    step = (strip.width + gap) / total
    inset = strip.height * 0.2
    for cell in range(1, total + 1):
        left, right = round(strip.x + step * (cell - 1)), round(strip.x + step * cell - gap)
        if cell == place:
            canvas.rectangle(
                left - 2, strip.y, right - left + 4, strip.height, palette.ink if quiet else palette.accent
            )
        else:
            colour = _zone(palette) if cell <= top else palette.line
            canvas.rectangle(left, strip.y + inset, right - left, strip.height - 2 * inset, colour)


def _zone(palette: Palette) -> str:
    return mix(palette.second, palette.paper, 0.35)


def _tone(palette: Palette, quiet: bool) -> str:
    return mix(palette.accent, palette.paper, 0.5) if quiet else palette.accent
