"""Summaries as documents: HTML, plain text of 80 columns, JSON; the weekly one's chart as SVG and PNG, too."""

from functools import cache
from typing import Any

from jinja2 import Environment

from content.campaigns import PHASE_WORDS
from content.palette import DEFAULT, PALETTES
from content.vietnamese import clock, day, local_day, moment, number, percent, weekday
from reports import campaign_chart, chart, table, told
from reports.campaign_summary import CampaignSummary
from reports.phrases import METRIC_WORDS, signed
from reports.portal import minutes_words
from reports.summary import PARTS, WeeklySummary
from reports.templating import environment as environment_of


def documents(summary: WeeklySummary) -> dict[str, bytes]:
    """Every document of the summary, by file name. The HTML asks no other server for anything."""
    sheet = chart.sheet(summary)
    return {
        "summary.html": html(summary).encode(),
        "summary.txt": text(summary).encode(),
        "summary.json": (summary.model_dump_json(indent=2) + "\n").encode(),
        "chart.svg": sheet.encode(),
        "chart.png": chart.png(sheet),
    }


def html(summary: WeeklySummary) -> str:
    """One page that prints on A4, with the chart inline and its figures in a table."""
    days, bases = chart.day_panels(summary), chart.base_panels(summary)
    return page(
        "weekly.html.j2",
        summary,
        days=[(panel, chart.panel_svg(panel, f"ngay-{n}")) for n, panel in enumerate(days)],
        bases=[(panel, chart.panel_svg(panel, f"nen-{n}")) for n, panel in enumerate(bases)],
    )


def text(summary: WeeklySummary) -> str:
    """For the body of a mail, at most 80 columns."""
    return page("weekly.txt.j2", summary)


def page(template: str, summary: WeeklySummary, **facts: Any) -> str:
    """The summary in one of the templates."""
    return _environment().get_template(template).render(summary=summary, told=told, **facts)


def campaign_documents(summary: CampaignSummary) -> dict[str, bytes]:
    """Every document of a campaign's summary, by file name. The HTML asks no other server for anything."""
    facts = {
        "summary": summary,
        "phases": PHASE_WORDS,
        "parts": PARTS,
        "weeks": campaign_chart.weeks_svg(summary),
        "bar": campaign_chart.bar_svg,
    }
    made = {
        ending: _environment().get_template(f"campaign.{ending}.j2").render(**facts).encode()
        for ending in ("html", "txt")
    }
    return {
        "summary.html": made["html"],
        "summary.txt": made["txt"],
        "summary.json": (summary.model_dump_json(indent=2) + "\n").encode(),
    }


@cache
def _environment() -> Environment:
    environment = environment_of(keep_trailing_newline=True)
    environment.filters |= {
        "number": number,
        "percent": lambda share: percent(share, 2),
        "share": lambda share: percent(share, 1),
        "signed": signed,
        "day": day,
        "day_of": lambda at: day(local_day(at)),
        "clock": clock,
        "moment": moment,
        "weekday": weekday,
        "short_weekday": lambda on: weekday(on, short=True),
        "metric": lambda metric: METRIC_WORDS[metric],
        "lasting": minutes_words,
        "columns": table.columns,
        "wrapped": table.wrapped,
    }
    environment.globals |= {"colours": PALETTES[DEFAULT]}
    return environment
