"""The summary on paper: a tagged PDF, one A4 page in a normal week."""

import re
import textwrap
from typing import Any

from content.vietnamese import day, number, weekday
from reports import chart, told
from reports.summary import ChannelWeek, Figure, Incident, WeeklySummary
from reports.typesetting import pdf

TEMPLATE = "weekly.typ"
_BESIDE_MOST = 14
"""Points of the plan beside which the five best posts still stand well; a longer list has the page's whole width."""


_BESIDE_LETTERS = 700
"""Letters of incidents that stand well beside the coming week."""
_COLUMN = 44
"""The height of a full column on paper, in the drawing's units."""


_LONG_WORD = re.compile(r"\S{28,}")


def printed(summary: WeeklySummary, author: str = "") -> bytes:
    """The PDF. `author` is an agency, never a person; the same summary gives the same bytes."""
    pictures: dict[str, bytes] = {}
    facts = _breakable(_facts(summary, pictures)) | {"author": author}
    return pdf(TEMPLATE, facts, pictures, made_at=summary.cutoff_at)


def _breakable(facts: Any, key: str = "") -> Any:
    """A word that no line holds may be broken anywhere; addresses stay whole."""
    if isinstance(facts, str):
        return facts if key in ("url", "file") else _LONG_WORD.sub(_with_breaks, facts)
    if isinstance(facts, dict):
        return {name: _breakable(value, name) for name, value in facts.items()}
    return [_breakable(value, key) for value in facts] if isinstance(facts, list) else facts


def _with_breaks(found: re.Match[str]) -> str:
    return "\u200b".join(textwrap.wrap(found[0], 12, break_on_hyphens=False))


def _facts(summary: WeeklySummary, pictures: dict[str, bytes]) -> dict[str, Any]:
    colours = chart.COLOURS
    return {
        "colours": {
            "accent": colours.accent, "muted": colours.muted, "line": colours.line, "soft": colours.accent_soft,
            "bad": colours.bad,
        },
        "heading": told.TITLE,
        "title": told.title(summary),
        "label": summary.label,
        "cutoff": told.cutoff(summary),
        "sentences": list(summary.lead),
        "channels": [_channel(one) for one in summary.channels],
        "never_added": told.NEVER_ADDED,
        "by_hand_head": list(told.BY_HAND_HEAD),
        "by_hand": [
            [title, channel, f"{label}: {number(value)}", where]
            for title, channel, label, value, where in told.by_hand(summary)
        ],
        "charts": _charts(summary, pictures),
        "top": [
            {
                "title": told.title_of(post), "url": told.web_address(post.url), "where": told.where(post),
                "engagement": number(post.engagement), "base": number(post.base), "base_label": post.base_label.lower(),
            }
            for post in summary.top
        ],
        **_coverage(summary),
        "portal": [told.portal_cells(line) for line in told.portal_lines(summary)],
        "incidents": [
            {
                "title": one.title, "where": told.where_it_happened(one), "happened": told.what_happened(one),
                "outcome": told.outcome(one),
            }
            for one in summary.incidents
        ],
        **_next_week(summary),
        "beside_next": bool(summary.channels) and sum(map(_length, summary.incidents)) <= _BESIDE_LETTERS,
        "sources": [
            {"title": one.title, "collected": told.collected(one), "names": " ".join(told.names(one))}
            for one in summary.channels
        ],
        "notes": _halves(told.notes(summary)),
    }  # fmt: skip


def _channel(one: ChannelWeek) -> dict[str, Any]:
    return {
        "title": one.title,
        "account": told.account(one),
        "cells": [
            _cell(one.published, bad=told.trouble(one)),
            _cell(one.base, one.base_label.lower() if one.base_metric else ""),
            _cell(one.engagement, one.parts_told),
            {"value": told.rate(one.rate), "change": "", "under": "", "bad": ""},
            _cell(one.followers),
        ],
    }


def _cell(figure: Figure, under: str = "", bad: str = "") -> dict[str, str]:
    # a change that is not known says nothing beside a figure that is not known
    change = "" if figure.value is None else told.change(figure)
    return {"value": number(figure.value), "change": f"({change})" if change else "", "under": under, "bad": bad}


def _halves(notes: list[str]) -> list[list[str]]:
    """Two columns of about the same length, read one after the other."""
    place = min(range(len(notes) + 1), key=lambda at: max(sum(map(len, notes[:at])), sum(map(len, notes[at:]))))
    return [notes[:place], notes[place:]]


def _length(one: Incident) -> int:
    return len(one.title) + len(told.what_happened(one)) + len(one.outcome)


def _charts(summary: WeeklySummary, pictures: dict[str, bytes]) -> list[list[dict[str, str]]]:
    """Both rows of small charts, as SVG files beside the template, each with its figures in words."""
    rows: list[list[dict[str, str]]] = []
    for mark, panels in (("ngay", chart.day_panels(summary, _COLUMN)), ("nen", chart.base_panels(summary))):
        found = []
        for place, panel in enumerate(panels):
            name = f"{mark}-{place}.svg"
            pictures[name] = chart.panel_svg(panel, f"{mark}-{place}").encode()
            found.append({"file": name, "alt": f"{panel.title}, {panel.note}. {panel.described}."})
        if found:
            rows.append(found)
    return rows


def _coverage(summary: WeeklySummary) -> dict[str, Any]:
    lines = summary.coverage
    return {
        "coverage": [
            {
                "letter": line.letter, "label": line.label, "week": told.week_to_date(line),
                "year": told.year_to_date(line), "short": bool(line.missing),
                "result": told.result(line),
            }
            for line in lines
        ],
        "missing": told.missing(summary),
        "year": told.year_head(summary),
        "counted": told.counted(lines),
        "side_by_side": bool(summary.top) and 0 < len(lines) <= _BESIDE_MOST,
    }  # fmt: skip


def _next_week(summary: WeeklySummary) -> dict[str, Any]:
    days = summary.next_week
    rows = [[one.title, *(number(on.per_channel[place]) for on in days)] for place, one in enumerate(summary.channels)]
    rows.append([told.TOTAL, *(number(on.total) for on in days)])
    return {
        "next_head": ["Kênh", *(f"{weekday(on.on, short=True)} {day(on.on)[:5]}" for on in days)],
        "next": rows if summary.channels else [],
        "total": told.TOTAL,
        "empty_days": told.empty_days(summary) if summary.channels else "",
        "pending": told.pending(summary),
        "pending_told": told.pending_told(summary),
    }
