"""The chart: every figure on its bar, bars from zero, gaps for what is missing."""

import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session

from content.vietnamese import number
from reports import chart
from reports.chart import Bar, Panel
from reports.summary import WeeklySummary
from reports.weekly import make_weekly
from tests.reports.campaign import CUTOFF, ordinary_week

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def summary(engine: Engine, session: Session, tmp_path: Path) -> WeeklySummary:
    ordinary_week(session)
    return make_weekly(engine, "2026-W48", CUTOFF, tmp_path).summary


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def lengths(panel: Panel, side: str) -> list[float]:
    bars = ElementTree.fromstring(chart.panel_svg(panel, "x")).iter(f"{SVG}rect")
    return [float(bar.attrib[side]) for bar in bars]


def test_the_chart_contains_every_figure_of_its_table(summary: WeeklySummary) -> None:
    written = words(chart.sheet(summary))
    for channel in summary.channels:
        figures = [*channel.per_day, channel.base.value, channel.base.previous]
        for figure in figures:
            assert number(figure) in written
    drawn = [word for word in written if re.fullmatch(r"-|-?[\d.]+", word)]
    assert len(drawn) == len(summary.channels) * (7 + 2)


def test_the_chart_tells_its_week_and_its_cutoff(summary: WeeklySummary) -> None:
    written = words(chart.sheet(summary))
    assert "Tổng hợp tương tác tuần 48 năm 2026" in written
    assert any("Số liệu chốt lúc 07:00 ngày 30/11/2026" in line for line in written)
    assert any("post_total_media_view_unique" in line for line in written)


def test_bars_are_proportional_and_start_at_zero() -> None:
    panel = Panel("Kênh", "", (Bar("a", 50), Bar("b", 100), Bar("c", 25)), upright=False)
    first, second, third = lengths(panel, "width")
    assert (first * 2, third * 4) == (second, second)


def test_missing_is_a_gap_with_a_dash_and_zero_is_a_zero() -> None:
    panel = Panel("Kênh", "", (Bar("T2", None), Bar("T3", 0), Bar("T4", 3)), upright=True)
    assert len(lengths(panel, "height")) == 1
    assert words(chart.panel_svg(panel, "x"))[2::2] == ["-", "0", "3"]


def test_a_fall_is_told_though_it_has_no_bar() -> None:
    panel = Panel("Kênh", "", (Bar("Tuần này", -12), Bar("Tuần trước", None)), upright=False)
    assert lengths(panel, "width") == []
    assert "-12" in words(chart.panel_svg(panel, "x"))


def test_every_panel_is_described_for_those_who_do_not_see_it(summary: WeeklySummary) -> None:
    for panel in (*chart.day_panels(summary), *chart.base_panels(summary)):
        root = ElementTree.fromstring(chart.panel_svg(panel, "mot"))
        marks = root.attrib["aria-labelledby"].split()
        told = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
        assert list(told) == marks
        assert told["mot-d"] == panel.described


def test_shades_differ_in_grey() -> None:
    greys = [
        Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)) for colour in (chart.COLOURS.accent, chart.QUIET)
    ]
    assert isinstance(greys[0], int)
    assert isinstance(greys[1], int)
    assert greys[1] - greys[0] > 80


def test_the_picture_is_drawn_with_vietnamese_letters(summary: WeeklySummary) -> None:
    picture = Image.open(io.BytesIO(chart.png(chart.sheet(summary))))
    assert picture.width == 1200

    def ink(words: str) -> bytes:
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60">'
            f'<text x="4" y="44" font-size="32" font-family="{chart.FAMILY}">{words}</text></svg>'
        )
        return Image.open(io.BytesIO(chart.png(svg, 300))).convert("RGBA").tobytes()

    drawn = [ink(words) for words in ("Đề án", "De an", "Dề án", "Ẵẫợ", "")]
    assert len(set(drawn)) == 5
