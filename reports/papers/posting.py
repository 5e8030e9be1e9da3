"""The week as a picture and a post that an editor goes on with: figures of the summary, never typed anew.

A figure that is not known is left out, never drawn as 0. Reach and views of two channels stand apart: nothing is added
but our own publications. The post is a draft; it takes the same way to the public as every other.
"""

from collections.abc import Iterator
from typing import Any

from content.articles import cut
from content.drawings import Sketch, sketch_of
from content.errors import ContentError
from content.infographic import Spec, parse_spec
from content.plan import Plan
from content.vietnamese import local, moment, number
from reports import told
from reports.periods import ReportError
from reports.summary import ChannelWeek, WeeklySummary

FIGURES_MOST, POINTS_MOST = 3, 7
"""What the two templates hold."""
IMAGE, COVER = "portrait", "wide"
_NAME_MOST = 44
_ICONS = {"reach": "users", "views": "eye"}


def key_of(summary: WeeklySummary) -> str:
    """The post's key: the same cut-off is the same post, so a second click leads to it."""
    return f"tong-hop-{summary.period.lower()}-{local(summary.cutoff_at):%Y%m%d-%H%M%S}"


def title(summary: WeeklySummary) -> str:
    """The post's title."""
    return f"{told.short(summary)}: cải cách hành chính trên các kênh"


def drawn(summary: WeeklySummary, plan: Plan) -> tuple[Spec, dict[str, Sketch]]:
    """The picture in both sizes, painted, each the fullest that finds room, signed as the plan says; and what the
    larger one is drawn from.

    Raises `ReportError` when there is no figure to draw, `ContentError` when the office's own name finds no room.
    """
    found = {size: _fullest(summary, plan, size) for size in (IMAGE, COVER)}
    return found[IMAGE][0], {size: sketch for size, (_, sketch) in found.items()}


def _fullest(summary: WeeklySummary, plan: Plan, size: str) -> tuple[Spec, Sketch]:
    tried: ContentError | None = None
    for values in specs(summary):
        spec = parse_spec(values, "hình tổng hợp tuần")
        try:
            sketch = sketch_of(plan, values, spec, size)
            sketch.paint()
            return spec, sketch
        except ContentError as error:
            tried = error
    raise tried or ReportError("Tuần này chưa có số liệu nào để vẽ hình; hãy thu số liệu rồi lập lại tổng hợp.")


def specs(summary: WeeklySummary) -> Iterator[dict[str, Any]]:
    """What the picture may be drawn from, the fullest first; nothing where no figure is known."""
    known = [one for one in summary.channels if one.base.value is not None]
    published = sum(one.published.value or 0 for one in summary.channels)
    common = {
        "title": told.short(summary),
        "kicker": "Tổng hợp tuần",
        "source": f"số liệu của các nền tảng. {told.closed(summary).rstrip('.')}",
        "note": f"{_span(summary)}. Số liệu của các kênh không cộng với nhau.",
    }
    if 0 < len(known) <= FIGURES_MOST:
        figures = [
            {
                "value": number(one.base.value),
                "label": f"{one.base_label.lower()} trên {_name(one)}",
                "text": _more(one),
            }
            for one in known
        ]
        yield {"template": "key_figures", **common, "figures": figures}
        yield {"template": "key_figures", **common, "figures": [{**one, "text": ""} for one in figures]}
    if len(known) >= FIGURES_MOST:
        points = [
            {
                "head": f"{_name(one)}: {number(one.base.value)} {one.base_label.lower()}",
                "text": _more(one),
                "icon": _ICONS.get(one.base_metric or "", ""),
            }
            for one in known[:POINTS_MOST]
        ]
        yield {"template": "facts", **common, "items": points, "numbered": False}
        yield {"template": "facts", **common, "items": [{**one, "text": ""} for one in points], "numbered": False}
        bare = [{"head": one["head"]} for one in points]
        yield {"template": "facts", **common, "items": bare, "note": f"{_span(summary)}."}
    if published:
        figure = {"value": number(published), "label": "lượt đăng bài trong tuần"}
        yield {"template": "key_figures", **common, "note": f"{_span(summary)}.", "figures": [figure]}


def body(summary: WeeklySummary) -> str:
    """The post's text, which an editor goes on with."""
    lines = [f"{summary.label} trên các kênh của chúng tôi:", ""]
    for one in summary.channels:
        facts = [f"{number(one.published.value)} bài đăng"]
        if one.base.value is not None:
            facts.append(f"{number(one.base.value)} {one.base_label.lower()}")
        if one.engagement.value is not None:
            facts.append(f"{number(one.engagement.value)} lượt tương tác")
        lines.append(f"- {one.title}: {'; '.join(facts)}.")
    if summary.top:
        best = summary.top[0]
        lines += ["", f"Bài được quan tâm nhất: “{best.title}” trên {best.channel}."]
        if told.web_address(best.url):
            lines.append(best.url)
    caveat = "Số liệu do từng nền tảng cung cấp; lượt tiếp cận và lượt xem của các kênh không cộng với nhau."
    return "\n".join([*lines, "", f"{told.closed(summary)} {caveat}", "", f"Nguồn: {source(summary)}."])


def source(summary: WeeklySummary) -> str:
    """Where the figures come from."""
    return f"Bản tổng hợp tương tác tuần, số liệu chốt lúc {moment(summary.cutoff_at)}"


def _span(summary: WeeklySummary) -> str:
    """ "Từ ngày 23/11/2026 đến ngày 29/11/2026"."""
    span = summary.label.partition(" (")[2].rstrip(")")
    return f"{span[:1].upper()}{span[1:]}"


def _name(one: ChannelWeek) -> str:
    return cut(one.title, _NAME_MOST)


def _more(one: ChannelWeek) -> str:
    """What else is known of a channel's week."""
    facts = [f"{number(one.published.value)} bài đăng"] if one.published.value is not None else []
    if one.engagement.value is not None:
        facts.append(f"{number(one.engagement.value)} lượt tương tác")
    return ", ".join(facts)
