"""A campaign's weeks as one picture: what is public at the end of each week, and the pace it should keep.

Its figures stand in a table beside it. The pace is a dashed line, so that it is told apart in grey, too.
"""

from html import escape

from content.palette import DEFAULT, PALETTES
from content.vietnamese import number
from reports.campaign_summary import CampaignSummary, WeekTally
from reports.chart import FAMILY

COLOURS = PALETTES[DEFAULT]
WIDE, HIGH, LEFT, TOP, FOOT = 720, 250, 44, 34, 200
LABELS = 14
"""So many weeks have their day and their number; of more, every other or third one has."""


def weeks_svg(summary: CampaignSummary) -> str:
    """The picture; bars from zero, a bar that has not begun is a gap."""
    weeks = summary.weeks
    top = max([summary.tally.wanted, *(week.total or 0 for week in weeks), *(week.pace or 0 for week in weeks), 1])
    step = (WIDE - LEFT) / len(weeks)
    every = -(-len(weeks) // LABELS)
    parts = [_line(LEFT, FOOT, WIDE, FOOT), _text(LEFT - 8, FOOT + 5, "0", "end")]
    parts.append(_text(LEFT - 8, TOP + 5, number(top), "end"))
    for place, week in enumerate(weeks):
        middle = LEFT + step * (place + 0.5)
        if week.total:
            high = (FOOT - TOP) * week.total / top
            wide = min(step * 0.6, 72)
            parts.append(
                f'<rect x="{middle - wide / 2:.1f}" y="{FOOT - high:.1f}" width="{wide:.1f}" height="{high:.1f}" '
                f'fill="{COLOURS.accent}"/>'
            )
            if place % every == 0:
                parts.append(_text(middle, FOOT - high - 7, number(week.total), "middle"))
        if place % every == 0:
            parts.append(_text(middle, FOOT + 20, f"{week.last.day:02}/{week.last.month:02}", "middle"))
    parts += _pace(weeks, step, top)
    title = "Số bài đã đăng, cộng dồn đến cuối mỗi tuần"
    return (
        f'<svg class="drawn" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-labelledby="cd-t cd-d" font-family="{FAMILY}, system-ui, sans-serif">'
        f'<title id="cd-t">{escape(title)}</title><desc id="cd-d">{escape(_described(weeks))}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _pace(weeks: tuple[WeekTally, ...], step: float, top: int) -> list[str]:
    """From 0 at the first week's beginning through the pace of each week's end; no line without a target."""
    if any(week.pace is None for week in weeks):
        return []
    points = [(float(LEFT), float(FOOT))]
    points += [
        (LEFT + step * (place + 1), FOOT - (FOOT - TOP) * (week.pace or 0) / top) for place, week in enumerate(weeks)
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = f'stroke="{COLOURS.second}" stroke-width="2.5" stroke-dasharray="7 5"'
    key = f'<line x1="{LEFT}" y1="{HIGH - 10}" x2="{LEFT + 36}" y2="{HIGH - 10}" {dash}/>'
    square = f'<rect x="{LEFT + 200}" y="{HIGH - 16}" width="12" height="12" fill="{COLOURS.accent}"/>'
    return [
        f'<polyline points="{drawn}" fill="none" {dash}/>',
        key + _text(LEFT + 44, HIGH - 5, "Tiến độ cần đạt", "start"),
        square + _text(LEFT + 220, HIGH - 5, "Đã đăng, cộng dồn", "start"),
    ]


def _described(weeks: tuple[WeekTally, ...]) -> str:
    told = []
    for week in weeks:
        need = "" if week.pace is None else f" (cần {number(week.pace)})"
        told.append(f"đến {week.last.day:02}/{week.last.month:02}: {number(week.total)}{need}")
    return "; ".join(told)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{COLOURS.line}" stroke-width="1.5"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="13" fill="{COLOURS.muted}">{escape(words)}</text>'


def bar_svg(published: float, waiting: float) -> str:
    """A bar of two parts in percent: solid for what is public, striped for what waits; said in words beside it."""
    colours = COLOURS
    stripes = (
        ""
        if not waiting
        else f'<rect x="{published:.1f}" y="1" width="{waiting:.1f}" height="10" fill="{colours.accent_soft}" '
        f'stroke="{colours.accent}" stroke-width=".8"/>'
    )
    return (
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect width="100" height="12" fill="{colours.line}"/>{stripes}'
        f'<rect width="{published:.1f}" height="12" fill="{colours.accent}"/></svg>'
    )
