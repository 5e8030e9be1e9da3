"""The charts of the figures' pages: bars from zero and a line with gaps, as SVG with a title and a description.

Their figures stand in a table on the same page. Colours are those of the palette on white, in both colour schemes.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from markupsafe import Markup

from content.palette import DEFAULT, PALETTES
from content.vietnamese import day, number
from reports.best_times import Comparison
from reports.chart import FAMILY
from reports.figures import Figures
from reports.marks import Mark
from reports.spans import Span, months_of

COLOURS = PALETTES[DEFAULT]
SHADES = (COLOURS.accent, COLOURS.second, COLOURS.good, COLOURS.bad)
WIDE, HIGH, LEFT, FOOT = 720, 240, 44, 200
NARROW = 420
"""Of a chart that a phone shows whole."""


def steps(span: Span) -> list[tuple[date, date]]:
    """The bars of a span: its days, its weeks when they are many, its months when they are very many."""
    if span.days <= 31:
        return [(on, on) for on in (span.first + timedelta(days=n) for n in range(span.days))]
    if span.days > 100:
        return [(one.first, one.last) for one in months_of(span)]
    starts = [span.first + timedelta(days=n) for n in range(0, span.days, 7)]
    return [(first, min(first + timedelta(days=6), span.last)) for first in starts]


def counts(figures: Figures) -> list[tuple[str, list[int]]]:
    """For each step its label and the publications of each channel."""
    found = []
    for first, last in steps(figures.span):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        row = [sum(figures.per_day.get((channel.id, on), 0) for on in days) for channel in figures.channels]
        found.append((f"{first.day:02d}/{first.month:02d}", row))
    return found


def columns(figures: Figures, title: str, marks: Sequence[Mark] = ()) -> Markup:
    """Publications in each step, the channels stacked; a dashed line where a platform began to count otherwise."""
    rows = counts(figures)
    top = max((sum(row) for _, row in rows), default=0) or 1
    step = (WIDE - LEFT) / max(1, len(rows))
    parts = _axis(0, top)
    every = -(-len(rows) // 16)
    for place, (label, row) in enumerate(rows):
        x, y = LEFT + step * place + step * 0.15, float(FOOT)
        for channel, count in enumerate(row):
            high = 180 * count / top
            y -= high
            if count:
                shade = SHADES[channel % len(SHADES)]
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.7:.1f}" height="{high:.1f}" fill="{shade}"/>'
                )
        if place % every == 0:
            parts.append(_text(x + step * 0.35, FOOT + 20, label, "middle"))
    spans = steps(figures.span)
    for mark in marks:
        place = next(n for n, (_, last) in enumerate(spans) if mark.on <= last)
        first, last = spans[place]
        parts += _dashed(LEFT + step * (place + (mark.on - first).days / ((last - first).days + 1)), mark.number)
    described = "; ".join(f"{label}: {number(sum(row))}" for label, row in rows) + _told(marks)
    return _svg(title, described, "".join(parts))


def line(points: Sequence[tuple[date, int | None]], title: str, marks: Sequence[Mark] = ()) -> Markup:
    """A count over the days; a day that told nothing is a gap, a change of counting a dashed line that cuts it."""
    known = [value for _, value in points if value is not None]
    low, high = (min(known), max(known)) if known else (0, 0)
    room = max(1, high - low)
    low, high = max(0, low - room // 5), high + room // 5 + 1
    step = (WIDE - LEFT - 60) / max(1, len(points) - 1)

    def at(place: int, value: int) -> tuple[float, float]:
        return LEFT + step * place, FOOT - 180 * (value - low) / (high - low)

    parts = _axis(low, high)
    cuts = {mark.on for mark in marks}
    before: tuple[float, float] | None = None
    for place, (on, value) in enumerate(points):
        if on in cuts:
            before = None
        if value is None:
            before = None
            continue
        x, y = at(place, value)
        if before is not None:
            parts.append(
                f'<line x1="{before[0]:.1f}" y1="{before[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
                f'stroke="{COLOURS.accent}" stroke-width="2.5" stroke-linecap="round"/>'
            )
        else:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{COLOURS.accent}"/>')
        before = x, y
    for place in {0, len(points) - 1} if points else set():
        on = points[place][0]
        anchor = "start" if place == 0 else "end"
        parts.append(_text(LEFT if place == 0 else WIDE, FOOT + 20, f"{on.day:02d}/{on.month:02d}", anchor))
    for mark in marks:
        parts += _dashed(LEFT + step * max(0.0, (mark.on - points[0][0]).days - 0.5), mark.number)
    described = "; ".join(f"{day(on)}: {number(value)}" for on, value in points if value is not None) + _told(marks)
    return _svg(title, described, "".join(parts))


def intervals(found: Comparison, title: str) -> Markup:
    """Each cell as a line of its own: the interval as a bar, the median as a dot, the number of posts at the end."""
    left, right, step = 84, NARROW - 64, 30
    top = max((one.high for one in found.compared if one.high is not None), default=0) or 1
    high = step * len(found.cells) + 34

    def at(value: float) -> float:
        return left + (right - left) * value / top

    parts = [_line(left, high - 26, right, high - 26), _text(left, high - 8, "0", "middle")]
    parts.append(_text(right, high - 8, number(top), "middle"))
    for place, one in enumerate(found.cells):
        y = step * place + 18
        parts.append(_text(left - 10, y + 5, one.label, "end"))
        if one.low is None or one.high is None or one.median is None:
            parts.append(_text(left + 8, y + 5, f"chưa đủ bài để so sánh ({number(one.count)} bài)", "start"))
            continue
        wide = max(2.0, at(one.high) - at(one.low))
        shape = f'x="{at(one.low):.1f}" y="{y - 5}" width="{wide:.1f}" height="10" rx="3"'
        parts.append(f'<rect {shape} fill="{COLOURS.second}" fill-opacity="0.55"/>')
        parts.append(f'<circle cx="{at(one.median):.1f}" cy="{y}" r="6" fill="{COLOURS.accent}"/>')
        parts.append(_text(NARROW - 2, y + 5, f"{number(one.count)} bài", "end"))
    described = "; ".join(
        f"{one.label}: trung vị {number(one.median)}, từ {number(one.low)} đến {number(one.high)}, {one.count} bài"
        for one in found.compared
    )
    return _svg(title, described or "Chưa đủ bài để so sánh", "".join(parts), NARROW, high, "drawn spans")


def _svg(title: str, described: str, drawn: str, wide: int = WIDE, high: int = HIGH, kind: str = "drawn") -> Markup:
    return Markup(  # noqa: S704  numbers of ours, and words that are escaped
        f'<svg class="{kind}" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(title)}" '
        f'font-family="{FAMILY}, system-ui, sans-serif"><title>{escape(title)}</title>'
        f"<desc>{escape(described)}</desc>{drawn}</svg>"
    )  # every word in it was escaped above


def _axis(low: int, high: int) -> list[str]:
    """The ground line with what its foot and its top stand for."""
    foot, top = _text(LEFT - 8, FOOT + 5, number(low), "end"), _text(LEFT - 8, 25, number(high), "end")
    return [_line(LEFT, FOOT, WIDE, FOOT), foot, top]


def _dashed(x: float, count: int) -> list[str]:
    """A dashed vertical with the number of its note on top."""
    dash = f'stroke="{COLOURS.ink}" stroke-width="1.5" stroke-dasharray="5 4"'
    return [f'<line x1="{x:.1f}" y1="18" x2="{x:.1f}" y2="{FOOT}" {dash}/>', _text(x, 13, f"({count})", "middle")]


def _told(marks: Sequence[Mark]) -> str:
    return "".join(f"; vạch ({mark.number}) ngày {day(mark.on)}: đổi cách đếm" for mark in marks)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{COLOURS.line}" stroke-width="1.5"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="13" fill="{COLOURS.muted}">{escape(words)}</text>'
