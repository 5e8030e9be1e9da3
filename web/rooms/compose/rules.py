"""The part of the form that says when a post goes out: tags, season, repeats, series. Names: `NAMES`.

Tags that the product knows are boxes (`tags`), those of the office a line (`tags_own`); a season is two days of a year.
"""

import re
from collections.abc import Mapping
from typing import Any

from content.checks.rules import PARTS_MOST, REPEAT_DAYS_MOST, REPEATS_MOST, SERIES_MOST
from content.editing import LATE_MOST, PostFields
from content.errors import ContentError
from content.keys import slug
from content.seasons import parse, written
from content.series import name_of
from content.tables import LateRule
from content.tags import KNOWN, clean, named
from web.forms import Form
from web.words import say

LATE_WORDS = {
    LateRule.EXPIRE.value: "Không đăng nữa",
    LateRule.NEXT_SLOT.value: "Chuyển sang khung giờ trống kế tiếp",
    LateRule.ANY_TIME.value: "Vẫn đăng, trễ bao lâu cũng được",
}
NAMES = (
    *("tags", "tags_own", "season_from", "season_to", "repeat_days", "repeat_most", "repeat_until"),
    *("series", "series_part"),
)
FIELDS = ("tags", "season", "repeat_days", "repeat_most", "repeat_until", "series", "series_part")
"""The fields of a post that `start_of_rules` shows under other names or in another form."""
ANCHORS = {
    "season": "season_from",
    "repeat.days": "repeat_days",
    "repeat.most": "repeat_most",
    "repeat.until": "repeat_until",
    "series.name": "series",
    "series.part": "series_part",
    "late.rule": "late_rule",
    "late.minutes": "late_minutes",
}
"""Where in the form a finding stands, by the name of its field in a post's file."""
LABELS = {
    "tags": "Nhãn",
    "tags_own": "Nhãn riêng",
    "season_from": "Mùa trong năm",
    "repeat_days": "Đăng lại sau số ngày",
    "repeat_most": "Số lần đăng tối đa trên một kênh",
    "repeat_until": "Đăng lại đến hết ngày",
    "series": "Loạt bài",
    "series_part": "Là phần",
    "late_rule": "Khi đã quá giờ",
    "late_minutes": "Số phút được trễ",
}


def read_rules(form: Form) -> dict[str, Any]:
    """What came, as values of `PostFields`; what is wrong stands in `form.errors`."""
    late = form.choice("late_rule", LABELS["late_rule"], LATE_WORDS, required=False)
    return {
        "late_rule": late or LateRule.EXPIRE.value,
        "late_minutes": form.number("late_minutes", LABELS["late_minutes"], least=1, most=LATE_MOST, start=180),
        "tags": _tags(form),
        "season": _season(form),
        "repeat_days": form.number("repeat_days", LABELS["repeat_days"], least=0, most=REPEAT_DAYS_MOST, start=0),
        "repeat_most": form.number("repeat_most", LABELS["repeat_most"], least=0, most=REPEATS_MOST, start=0),
        "repeat_until": form.day("repeat_until", LABELS["repeat_until"]),
        "series": name_of(form.text("series", LABELS["series"], most=SERIES_MOST)),
        "series_part": form.number("series_part", LABELS["series_part"], least=0, most=PARTS_MOST, start=0),
    }


def start_of_rules(fields: PostFields) -> dict[str, Any]:
    """What the form shows of them."""
    first, _, last = written(fields.season).partition(" - ")
    return {
        "tags": tuple(tag for tag in fields.tags if tag in KNOWN),
        "tags_own": ", ".join(tag for tag in fields.tags if tag not in KNOWN),
        "season_from": first,
        "season_to": last,
        "repeat_days": fields.repeat_days or "",
        "repeat_most": fields.repeat_most or "",
        "repeat_until": fields.repeat_until.isoformat() if fields.repeat_until else "",
        "series": fields.series,
        "series_part": fields.series_part or "",
    }


def are_set(form: Form) -> bool:
    """Whether the form says anything of when the post goes out: then its part is unfolded."""
    usual = {"late_rule": ("", LateRule.EXPIRE.value), "late_minutes": ("", "180")}
    names = (*NAMES, "sensitive", "allowed_in_pause", "valid_from", "valid_to")
    return bool(form.raws("tags")) or any(
        form.raw(name).strip() not in usual.get(name, ("",)) for name in (*names[1:], *usual)
    )


def one_order(read: Mapping[str, Any], before: PostFields) -> Mapping[str, Any]:
    """The same tags in another order are no change: a form cannot show in which order they were given."""
    tags = before.tags if sorted(read["tags"]) == sorted(before.tags) else read["tags"]
    return {**read, "tags": tags}


def _tags(form: Form) -> tuple[str, ...]:
    """Those of the office may be written as words: "Mùa lũ" is mua-lu."""
    chosen = form.choices("tags", LABELS["tags"], KNOWN)
    own = [one.strip() for one in re.split(r"[,;#\n]+", form.long_text("tags_own", LABELS["tags_own"], most=1_000))]
    try:
        return tuple(clean([*chosen, *(_tag(one) for one in own if one)]))
    except ContentError as error:
        words = error.words.removeprefix("tags: ")
        form.fail("tags_own", say("{words}", words=words[:1].upper() + words[1:]))
        return ()


def _tag(words: str) -> str:
    known = named(words)
    return known if known in KNOWN else slug(words) or words


def _season(form: Form) -> str:
    first = form.text("season_from", LABELS["season_from"], most=40)
    last = form.text("season_to", LABELS["season_from"], most=40)
    if not first and not last:
        return ""
    if not first or not last:
        form.fail(
            "season_to" if first else "season_from",
            say("Mùa trong năm cần cả ngày đầu và ngày cuối, như 01/9 và 15/12; bài dùng cả năm thì bỏ trống cả hai."),
        )
        return ""
    try:
        return parse(f"{first} - {last}")
    except ContentError as error:
        form.fail("season_from", say("{words}", words=error.words[:1].upper() + error.words[1:]))
        return ""
