"""What came in a form, as values: NFC, trimmed, within its limits; what is wrong stands beside its field."""

import re
from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from starlette.datastructures import FormData, UploadFile

from content.vietnamese import LOCAL, nfc
from web.words import Say, say

_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
"""What nobody types, and PostgreSQL does not take all of."""


def one_line(text: str) -> str:
    """Single blanks between words; those that must not break stay, because "số 481" must not be torn apart."""
    return re.sub(r"[^\S\xa0]+", " ", text).strip()


class Form:
    """The fields of one form. Getters never raise: they answer something harmless and leave an error.

    >>> form = Form(posted); title = form.text("title", "Tiêu đề", most=200, required=True)
    >>> if form.errors: return page(request, "x.html", status=422, form=form)
    """

    def __init__(self, data: FormData | None = None, **start: Any) -> None:
        self.data = data
        self.start = start
        """What the fields show when nothing was sent yet."""
        self.errors: dict[str, Say] = {}

    def raw(self, name: str) -> str:
        """What the field shows: as it was sent, or as it starts."""
        if self.data is None:
            value = self.start.get(name, "")
            return value if isinstance(value, str) else str(value)
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""

    def raws(self, name: str) -> list[str]:
        """All values of a field that may have several."""
        if self.data is None:
            return [str(one) for one in self.start.get(name, ())]
        return [one for one in self.data.getlist(name) if isinstance(one, str)]

    def fail(self, name: str, words: Say) -> None:
        """Something is wrong with this field; the first thing that was found stays."""
        self.errors.setdefault(name, words)

    def text(self, name: str, label: str, *, most: int = 300, required: bool = False) -> str:
        """One line."""
        return one_line(self.long_text(name, label, most=most, required=required))

    def long_text(self, name: str, label: str, *, most: int = 70_000, required: bool = False) -> str:
        """Several lines, with line ends as "\\n"."""
        value = nfc(self.raw(name).replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)).strip()
        if required and not value:
            self.fail(name, say("Hãy điền “{label}”.", label=Say(label)))
        if len(value) > most:
            words = "“{label}” dài {length} ký tự; tối đa {most} ký tự."
            self.fail(name, say(words, label=Say(label), length=len(value), most=most))
            return value[:most]
        return value

    def choice(self, name: str, label: str, known: Collection[str], *, required: bool = True) -> str:
        """One of `known`, or "" when it may be left open."""
        value = nfc(self.raw(name)).strip()
        if value in known or (not value and not required):
            return value
        self.fail(name, say("Hãy chọn “{label}” trong danh sách.", label=Say(label)))
        return ""

    def choices(self, name: str, label: str, known: Collection[str], *, required: bool = False) -> list[str]:
        """Some of `known`, each once, in the order they were sent."""
        values = list(dict.fromkeys(nfc(one).strip() for one in self.raws(name)))
        if any(one not in known for one in values) or (required and not values):
            self.fail(name, say("Hãy chọn “{label}” trong danh sách.", label=Say(label)))
            return []
        return values

    def yes(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.raw(name) not in ("", "0", "false")

    def number(self, name: str, label: str, *, least: int, most: int, start: int | None = None) -> int:
        """A whole number within its limits; `start` for an empty field."""
        value = self.raw(name).strip().replace(".", "")
        if not value and start is not None:
            return start
        if value.isascii() and value.isdigit() and len(value) < 12 and least <= int(value) <= most:
            return int(value)
        words = "“{label}” phải là số nguyên từ {least} đến {most}."
        self.fail(name, say(words, label=Say(label), least=least, most=most))
        return least

    def day(self, name: str, label: str, *, required: bool = False) -> date | None:
        """A day, as a date field sends it (2026-12-31) or as people write it (31/12/2026)."""
        value = self.raw(name).strip()
        if not value:
            if required:
                self.fail(name, say("Hãy chọn “{label}”.", label=Say(label)))
            return None
        for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                found = datetime.strptime(value, pattern).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
            if 2000 <= found.year <= 2100:
                return found
        self.fail(name, say("“{label}” phải là một ngày, như 31/12/2026.", label=Say(label)))
        return None

    def hour(self, name: str, label: str) -> time | None:
        """A time of day, 07:30 or 7h30; None with an error when it is none."""
        value = self.raw(name).strip().lower().replace("h", ":").replace("g", ":")
        hours, _, minutes = value.partition(":")
        minutes = minutes[:2] or "0"
        digits = (hours + minutes).isascii() and hours.isdigit() and minutes.isdigit()
        if digits and int(hours) < 24 and int(minutes) < 60:
            return time(int(hours), int(minutes))
        self.fail(name, say("“{label}” phải là giờ và phút, như 07:30.", label=Say(label)))
        return None

    def moment(self, day_name: str, hour_name: str, label: str) -> datetime | None:
        """A day and an hour in Asia/Ho_Chi_Minh, aware; None with an error when one of them is missing."""
        on, at = self.day(day_name, label, required=True), self.hour(hour_name, label)
        return datetime.combine(on, at, LOCAL) if on is not None and at is not None else None

    def file(self, name: str) -> UploadFile | None:
        """A file that was handed in; None when the field was left empty."""
        value = self.data.get(name) if self.data is not None else None
        return value if isinstance(value, UploadFile) and value.filename else None
