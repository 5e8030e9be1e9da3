"""The charts as PNG, on white, so that they read the same in a dark mailbox and on grey paper."""

from reports import chart
from reports.chart import Panel

SCALE = 2
"""Pixels for one of the drawing's units: sharp on a phone."""


def panel_png(panel: Panel, mark: str) -> bytes:
    """One small chart."""
    return chart.png(chart.panel_svg(panel, mark, paper="#ffffff"), chart.WIDTH * SCALE)
