"""Hours of the day as rules tell them: minutes after midnight in Asia/Ho_Chi_Minh, whatever the machine's own zone."""

import re
from datetime import datetime, time, timedelta

from content.vietnamese import LOCAL, fold, local
from content.words import FORMS

DAY_MINUTES = 24 * 60
_HOUR = re.compile(r"(\d{1,2})(?:[:hg](\d{1,2})?)?", re.ASCII)


def midnight(at: datetime) -> datetime:
    """The beginning of the local day of an aware moment."""
    return datetime.combine(local(at).date(), time(), LOCAL)


def is_quiet(at: datetime, quiet_from: int, quiet_until: int) -> bool:
    """Whether an aware moment lies in quiet hours; they may run over midnight, and two equal ends mean none."""
    return is_quiet_minute(local(at).hour * 60 + local(at).minute, quiet_from, quiet_until)


def is_quiet_minute(minute: int, quiet_from: int, quiet_until: int) -> bool:
    """The same for minutes after midnight."""
    if quiet_from <= quiet_until:
        return quiet_from <= minute < quiet_until
    return minute >= quiet_from or minute < quiet_until


def after_quiet(at: datetime, quiet_from: int, quiet_until: int) -> datetime:
    """`at` itself, or the end of the quiet hours that it lies in."""
    if not is_quiet(at, quiet_from, quiet_until):
        return at
    end = midnight(at) + timedelta(minutes=quiet_until)
    return end if end > at else end + timedelta(days=1)


def clock_of(minute: int) -> str:
    """07:30 for 450."""
    return f"{minute // 60:02}:{minute % 60:02}"


def read_hour(text: str) -> int:
    """Minutes after midnight of "07:30", "7h30", "7g30" or "7h". Raises ValueError with a sentence for staff."""
    found = _HOUR.fullmatch(text.strip().lower())
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if hours < 24 and minutes < 60:
        return hours * 60 + minutes
    shown = text.strip()[:40]
    if found and (hours, minutes) == (24, 0):
        raise ValueError(f"“{shown}” không phải giờ trong ngày; nửa đêm là 00:00 của ngày hôm sau.")
    raise ValueError(f"“{shown}” không phải giờ trong ngày; hãy viết từ 00:00 đến 23:59, như 07:30.")


def read_slot(text: str) -> tuple[int, str]:
    """Minute and form of "07:30" or "19:30 video": the form that the slot is kept for. Raises ValueError likewise."""
    hour, _, kind = text.strip().partition(" ")
    minute = read_hour(hour)
    if not kind.strip():
        return minute, ""
    wanted = fold(kind)
    for form, words in FORMS.items():
        if wanted in (form, fold(words), fold(form.replace("_", " "))):
            return minute, form
    known = ", ".join(words.lower() for words in FORMS.values())
    raise ValueError(f"“{kind.strip()[:40]}” không phải hình thức nào; sau giờ chỉ ghi: {known}.")


def slot_words(minute: int, form: str) -> str:
    """The same as it is written: "19:30 video"."""
    return f"{clock_of(minute)} {FORMS[form].lower()}" if form in FORMS else clock_of(minute)
