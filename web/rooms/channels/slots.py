"""The regular posting times and the rules of a channel, as lines that people write and read."""

import re
from collections.abc import Mapping, Sequence

from content.checks.values import FORMS
from content.vietnamese import WEEKDAYS
from scheduler.channels import DAILY_MOST, GAP_MOST
from scheduler.hours import clock_of, read_hour, read_slot, slot_words
from scheduler.tables import Channel
from web.forms import Form
from web.words import say

MOST = 24
"""Times on one day."""
DAYS = tuple((f"slot{number}", name[0].upper() + name[1:]) for number, name in enumerate(WEEKDAYS))
"""The fields, Monday first, with their labels."""
LABELS = dict(DAYS)
RULE_LABELS = {
    "gap": "Khoảng cách giữa hai mục (phút)",
    "most": "Số mục tối đa mỗi ngày",
    "quiet_from": "Yên lặng từ",
    "quiet_until": "Yên lặng đến",
}
"""The fields of the rules."""
_BEGINS_AS_A_TIME = re.compile(r"\d", re.ASCII)


def told(weekly: Mapping[int, Sequence[int] | Mapping[int, str]]) -> dict[str, str]:
    """What the seven fields show."""
    shown = {}
    for number, (field, _) in enumerate(DAYS):
        minutes = weekly.get(number, ())
        forms = minutes if isinstance(minutes, Mapping) else {}
        shown[field] = ", ".join(slot_words(minute, forms.get(minute, "")) for minute in sorted(minutes))
    return shown


def read_slots(form: Form) -> dict[int, dict[int, str]]:
    """{weekday: {minute: form}} of the seven fields; what is no time of a day stands beside its field."""
    return {number: _day(form, field, label) for number, (field, label) in enumerate(DAYS)}


def _day(form: Form, field: str, label: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for entry in _entries(form.text(field, label, most=300)):
        time, _, kind = entry.partition(" ")
        try:
            minute, kept_for = read_slot(time)
        except ValueError:
            example = "{day}: “{time}” không phải giờ trong ngày; hãy viết như 07:30, 19:30."
            form.fail(field, say(example, day=label, time=time[:40]))
            continue
        try:
            minute, kept_for = read_slot(entry)
        except ValueError:
            known = ", ".join(words.lower() for words in FORMS.values())
            words = "{day}: “{kind}” không phải hình thức nào; sau giờ chỉ ghi {known}, hoặc để trống."
            form.fail(field, say(words, day=label, kind=kind[:40], known=known))
            continue
        if minute in found:
            form.fail(field, say("{day}: {time} ghi hai lần.", day=label, time=clock_of(minute)))
        found[minute] = kept_for
    if len(found) > MOST:
        form.fail(field, say("{day}: tối đa {most} khung giờ.", day=label, most=MOST))
    return dict(sorted(found.items()))


def _entries(text: str) -> list[str]:
    """ "07:30, 11:00 19:30 video" as its slots: commas part them, and so does the next time."""
    entries: list[str] = []
    for piece in filter(None, (one.strip() for one in re.split(r"[,;]", text))):
        first = True
        for word in piece.split():
            if first or _BEGINS_AS_A_TIME.match(word):
                entries.append(word)
            else:
                entries[-1] += f" {word}"
            first = False
    return entries


def rules_told(gap_minutes: int, daily_most: int, quiet_from: int, quiet_until: int) -> dict[str, str]:
    """What the fields of the rules show; no quiet hours: both are empty."""
    quiet = quiet_from != quiet_until
    return {
        "gap": str(gap_minutes),
        "most": str(daily_most or ""),
        "quiet_from": clock_of(quiet_from) if quiet else "",
        "quiet_until": clock_of(quiet_until) if quiet else "",
    }


def rules_of(channel: Channel) -> dict[str, str]:
    """The same for a channel as it is."""
    return rules_told(channel.gap_minutes, channel.daily_most, channel.quiet_from, channel.quiet_until)


def read_rules(form: Form) -> dict[str, int]:
    """The rules as `set_rules` takes them; what is wrong stands beside its field."""
    ends = {name: form.raw(name).strip() for name in ("quiet_from", "quiet_until")}
    quiet = dict.fromkeys(ends, 0)
    for name, text in ends.items():
        if not any(ends.values()):
            break
        try:
            quiet[name] = read_hour(text)
        except ValueError:
            words = "“{label}” phải là giờ trong ngày, như 22:00; muốn bỏ giờ yên lặng thì để trống cả hai ô."
            form.fail(name, say(words, label=RULE_LABELS[name]))
    return {
        "gap_minutes": form.number("gap", RULE_LABELS["gap"], least=0, most=GAP_MOST, start=0),
        "daily_most": form.number("most", RULE_LABELS["most"], least=0, most=DAILY_MOST, start=0),
        **quiet,
    }
