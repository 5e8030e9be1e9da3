"""The regular posting times of a channel, as seven lines that people write and read."""

import re
from collections.abc import Mapping, Sequence

from content.vietnamese import WEEKDAYS
from scheduler.tables import Slot
from web.forms import Form
from web.words import say

MOST = 24
"""Times on one day."""
DAYS = tuple((f"slot{number}", name[0].upper() + name[1:]) for number, name in enumerate(WEEKDAYS))
"""The fields, Monday first, with their labels."""
LABELS = dict(DAYS)
_TIME = re.compile(r"(\d{1,2})(?:[:hg](\d{2})?)?", re.ASCII)


def told(weekly: Mapping[int, Sequence[int]]) -> dict[str, str]:
    """What the seven fields show."""
    return {
        field: ", ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(weekly.get(number, ())))
        for number, (field, _) in enumerate(DAYS)
    }


def weekly_of(slots: Sequence[Slot]) -> dict[int, list[int]]:
    """The rows by weekday."""
    found: dict[int, list[int]] = {}
    for slot in slots:
        found.setdefault(slot.weekday, []).append(slot.minute)
    return found


def read_slots(form: Form) -> dict[int, list[int]]:
    """{weekday: minutes} of the seven fields; what is no time of a day stands beside its field."""
    return {number: _day(form, field, label) for number, (field, label) in enumerate(DAYS)}


def _day(form: Form, field: str, label: str) -> list[int]:
    minutes: list[int] = []
    words = re.split(r"[,;\s]+", form.text(field, label, most=300).strip(" ,;"))
    for word in filter(None, words):
        found = _TIME.fullmatch(word.lower())
        hours, after = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
        if hours > 23 or after > 59:
            example = "{day}: “{time}” không phải giờ trong ngày; hãy viết như 07:30, 19:30."
            form.fail(field, say(example, day=label, time=word[:40]))
            continue
        minute = hours * 60 + after
        if minute in minutes:
            form.fail(field, say("{day}: {time} ghi hai lần.", day=label, time=f"{hours:02}:{after:02}"))
        minutes.append(minute)
    if len(minutes) > MOST:
        form.fail(field, say("{day}: tối đa {most} khung giờ.", day=label, most=MOST))
    return sorted(minutes)
