"""A small SVG writer for bars: every value stands on its bar, bars start at zero, what is missing is a gap with "-".

Shades differ enough to print well in grey. Panels are drawn one by one, so that a page can wrap them on a
phone; `sheet` puts them on one picture of 1200 px for mail and slides.
"""

from dataclasses import dataclass
from functools import cache
from html import escape

import fontpkg_be_vietnam_pro
import resvg_py

from content.articles import cut
from content.palette import DEFAULT, PALETTES, mix
from content.vietnamese import moment, number, weekday
from reports.summary import ChannelWeek, WeeklySummary

FAMILY = "Be Vietnam Pro"
COLOURS = PALETTES[DEFAULT]
QUIET = mix(COLOURS.accent, COLOURS.paper, 0.62)
"""The week before: the accent thinned, clearly lighter in grey."""
WIDTH, HEIGHT, TALL = 360, 232, 116
_TITLE_MOST, _NOTE_MOST = 34, 46
"""Letters of a panel's two lines that surely find room; the full words stand in its description."""
_WEIGHTS = ("Regular", "Medium", "SemiBold", "Bold")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, how much, and whether it is the quiet one of a pair."""

    label: str
    value: int | None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart with its own scale. `note` stands under the title."""

    title: str
    note: str
    bars: tuple[Bar, ...]
    upright: bool
    """Columns side by side, else bars below each other."""
    scale: int = 0
    """The value a full bar stands for; 0: the panel's own greatest."""
    tall: int = TALL
    """The height of a full column."""

    @property
    def described(self) -> str:
        """The figures as a sentence, for those who do not see the picture."""
        return "; ".join(f"{bar.label}: {number(bar.value)}" for bar in self.bars)


def day_panels(summary: WeeklySummary, tall: int = TALL) -> list[Panel]:
    """Publications per channel and day, all on one scale; `tall` is the height of a full column."""
    top = max((count or 0 for channel in summary.channels for count in channel.per_day), default=0)
    return [
        Panel(
            channel.title,
            "số bài đăng mỗi ngày",
            tuple(
                Bar(weekday(day, short=True), count) for day, count in zip(summary.days, channel.per_day, strict=True)
            ),
            upright=True,
            scale=top,
            tall=tall,
        )
        for channel in summary.channels
    ]


def base_panels(summary: WeeklySummary) -> list[Panel]:
    """Reach or views per channel, this week and the week before. Each has its own scale: they are not comparable."""
    return [
        Panel(channel.title, _base_note(channel), _two_weeks(channel), upright=False) for channel in summary.channels
    ]


def _base_note(channel: ChannelWeek) -> str:
    name = f" ({channel.base_name})" if channel.base_name else ""
    return f"{channel.base_label.lower()}{name}"


def _two_weeks(channel: ChannelWeek) -> tuple[Bar, ...]:
    return Bar("Tuần này", channel.base.value), Bar("Tuần trước", channel.base.previous, quiet=True)


def panel_svg(panel: Panel, mark: str, paper: str = "") -> str:
    """One panel as an SVG of its own. `mark` makes the ids of its title and description unique on a page; `paper` is
    the colour of its ground, clear without one."""
    ground = f'<rect width="{WIDTH}" height="{_height(panel)}" fill="{paper}"/>' if paper else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_height(panel)}" role="img" '
        f'aria-labelledby="{mark}-t {mark}-d" font-family="{FAMILY}, system-ui, sans-serif">'
        f'<title id="{mark}-t">{escape(panel.title)}: {escape(panel.note)}</title>'
        f'<desc id="{mark}-d">{escape(panel.described)}</desc>{ground}{_drawn(panel)}</svg>'
    )


def sheet(summary: WeeklySummary) -> str:
    """The whole chart as one SVG, 1200 px wide."""
    days, bases = day_panels(summary), base_panels(summary)
    title, _, span = summary.label.partition(" (")
    title = f"Tổng hợp tương tác {title[0].lower()}{title[1:]}"
    under = f"{span[0].upper()}{span[1:-1]}. Số liệu chốt lúc {moment(summary.cutoff_at)}."
    parts = [_text(40, 62, title, 30, weight=700), _text(40, 98, under, 18, colour=COLOURS.muted)]
    y = 150
    for heading, panels in (
        ("Số bài đăng theo kênh và theo ngày", days),
        ("Lượt tiếp cận hoặc lượt xem theo kênh (mỗi kênh một thang đo, không cộng với nhau)", bases),
    ):
        parts.append(_text(40, y, heading, 20, weight=600, colour=COLOURS.accent))
        parts.append(_line(40, y + 14, 1160, y + 14))
        y += 34
        for place, panel in enumerate(panels):
            row, column = divmod(place, 3)
            parts.append(f'<g transform="translate({40 + column * 380} {y + row * 240})">{_drawn(panel)}</g>')
        rows = -(-len(panels) // 3)
        y += (rows - 1) * 240 + (max(map(_height, panels), default=0)) + 44 if panels else 24
    height = y
    described = "; ".join(f"{panel.title}, {panel.note}: {panel.described}" for panel in (*days, *bases))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="{height}" viewBox="0 0 1200 {height}" '
        f'role="img" aria-labelledby="t d" font-family="{FAMILY}, system-ui, sans-serif">'
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(described)}</desc>'
        f'<rect width="1200" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def png(svg: str, width: int = 1200) -> bytes:
    """The SVG as a PNG, with the font from its package and no other: the same pixels on every machine."""
    picture: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, width=width, font_files=list(_fonts()), skip_system_fonts=True, font_family=FAMILY
    )
    return bytes(picture)


@cache
def _fonts() -> tuple[str, ...]:
    files = fontpkg_be_vietnam_pro.ROOT / "files"
    return tuple(str(files / f"BeVietnamPro-{weight}.ttf") for weight in _WEIGHTS)


def _height(panel: Panel) -> int:
    return HEIGHT - TALL + panel.tall if panel.upright else 148


def _drawn(panel: Panel) -> str:
    title, note = cut(panel.title, _TITLE_MOST), cut(panel.note, _NOTE_MOST)
    head = _text(0, 20, title, 17, weight=600) + _text(0, 42, note, 14, colour=COLOURS.muted)
    return head + (_columns(panel) if panel.upright else _rows(panel))


def _columns(panel: Panel) -> str:
    base, tallest = HEIGHT - 32 - TALL + panel.tall, panel.tall
    step = (WIDTH - 12) / max(1, len(panel.bars))
    parts = [_line(0, base, WIDTH - 12, base)]
    for place, bar in enumerate(panel.bars):
        middle = step * (place + 0.5)
        high = _length(bar, panel, tallest)
        parts.append(_bar(middle - 14, base - high, 28, high, bar))
        parts.append(_text(middle, base - high - 8, number(bar.value), 16, weight=600, anchor="middle"))
        parts.append(_text(middle, base + 22, bar.label, 14, anchor="middle", colour=COLOURS.muted))
    return "".join(parts)


def _rows(panel: Panel) -> str:
    left, longest = 92, 160
    parts = [_line(left, 58, left, 58 + 40 * len(panel.bars))]
    for place, bar in enumerate(panel.bars):
        y = 64 + 40 * place
        long = _length(bar, panel, longest)
        parts.append(_text(0, y + 19, bar.label, 14, colour=COLOURS.muted))
        parts.append(_bar(left, y, long, 28, bar))
        parts.append(_text(left + long + 8, y + 20, number(bar.value), 16, weight=600))
    return "".join(parts)


def _length(bar: Bar, panel: Panel, full: int) -> float:
    """Proportional to the value, from zero. A fall has no length; its label tells it."""
    scale = panel.scale or max((other.value or 0 for other in panel.bars), default=0)
    return 0 if scale <= 0 else round(full * max(0, bar.value or 0) / scale, 1)


def _bar(x: float, y: float, wide: float, high: float, bar: Bar) -> str:
    if not wide or not high:
        return ""
    colour = QUIET if bar.quiet else COLOURS.accent
    return f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="2" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{COLOURS.line}" stroke-width="1.5"/>'


def _text(
    x: float, y: float, words: str, size: int, *, weight: int = 400, anchor: str = "start", colour: str = COLOURS.ink
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
