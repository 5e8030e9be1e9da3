"""An event's card: the day as it hangs on the wall in a block calendar, the hour, the place, one thing to do."""

import re
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from content.files import Day
from content.infographic.answers import Answer, ledger, stack
from content.infographic.frame import Box, Sheet, Type, head_and_foot, title_face
from content.infographic.spec import Icon, Spec, Text, Words
from content.infographic.typesetting import BOLD, CAP, Block, DoesNotFit, set_text
from content.vietnamese import day, weekday

_HOUR = re.compile(r"(\d{1,2})\s*(?:giờ|h|:)\s*(\d{2})?(?:\s*phút)?")


def _hour(text: str) -> str:
    """ "8:00", "8h" or "8 giờ" as "8 giờ 00". Raises ValueError for what is no time of day."""
    found = _HOUR.fullmatch(text)
    if text and (not found or int(found[1]) > 23 or int(found[2] or 0) > 59):
        raise ValueError(f"không đọc được giờ “{text}”; hãy viết như 8 giờ 00 hoặc 08:00.")
    return f"{int(found[1])} giờ {found[2] or '00'}" if found else ""


Hour = Annotated[Text, AfterValidator(_hour)]


class Event(Spec):
    """One event on one day. The weekday is reckoned from the date, so it is never wrong."""

    template: Literal["event"] = "event"
    date: Day
    start: Hour = ""
    end: Hour = ""
    place: Words
    about: Text = ""
    """What it is for."""
    who: Text = ""
    """Who may come."""
    action: Words
    """The one thing to do."""
    action_icon: Icon = "arrow-right"

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Event":
        if self.end and (not self.start or _minutes(self.end) <= _minutes(self.start)):
            raise ValueError("giờ kết thúc (end) phải đứng sau giờ bắt đầu (start).")
        return self

    @property
    def weekday(self) -> str:
        """ "Thứ Bảy": it opens its line."""
        told = weekday(self.date)
        return told[0].upper() + told[1:]

    @property
    def hours(self) -> str:
        """ "8 giờ 00 – 11 giờ 30", "8 giờ 00", or nothing for a whole day."""
        return " – ".join(filter(None, (self.start, self.end)))

    @property
    def moment(self) -> str:
        """ "thứ Bảy, 12/12/2026 · 8 giờ 00"."""
        return " · ".join(filter(None, (f"{weekday(self.date)}, {day(self.date)}", self.hours)))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What stands below the day, in reading order."""
        told = (
            Answer("Địa điểm", self.place, "map-pin"),
            Answer("Nội dung", self.about, "message-2"),
            Answer("Thành phần", self.who, "users"),
        )
        return tuple(one for one in told if one.words)

    def texts(self) -> list[str]:
        """The moment, the answers, the thing to do."""
        return [f"Thời gian: {self.moment}", *(f"{one.question}: {one.words}" for one in self.answers), self.action]


def _minutes(hour: str) -> int:
    hours, _, minutes = hour.partition(" giờ ")
    return int(hours) * 60 + int(minutes)


def draw_event(sheet: Sheet, spec: Event) -> None:
    """Compose the card. Raises DoesNotFit with the words that find no room."""
    box, type_ = head_and_foot(sheet, spec)
    box = _action(sheet, spec, box, type_)
    if sheet.layout.width == sheet.layout.height:
        _square(sheet, spec, box, type_)
        return
    share, answers = (0.5, spec.answers[:1]) if sheet.layout.panel else (0.34, spec.answers)
    side = min(box.height * share, 400)
    _day(sheet, spec, replace(box, height=side), type_)
    below = side + type_.body.size * 0.5
    stack(sheet, answers, replace(box, y=box.y + below, height=box.height - below), type_)


def _square(sheet: Sheet, spec: Event, box: Box, type_: Type) -> None:
    """The leaf on the left from top to bottom, everything else in a column beside it."""
    width = _leaf(sheet, spec, replace(box, width=box.width * 0.29), type_)
    x = box.x + width + type_.body.size
    column = replace(box, x=x, width=box.right - x)
    lines = _words(spec, column.width, type_)
    y = box.y + type_.small.size * 0.3
    for block, colour in zip(lines, (sheet.palette.accent, sheet.palette.ink), strict=True):
        sheet.canvas.text(block, x, y, colour)
        y += block.height + type_.body.size * 0.7
    ledger(sheet, spec.answers, replace(column, y=y, height=box.bottom - y), type_, questions=False)


def _day(sheet: Sheet, spec: Event, box: Box, type_: Type) -> None:
    """A leaf of a block calendar, and beside it the hours and the day in words."""
    width = _leaf(sheet, spec, replace(box, width=box.height), type_)
    x = box.x + width + type_.body.size
    lines = _words(spec, box.right - x, type_)
    gap = type_.body.size * 0.9
    y = box.y + (box.height - sum(block.height for block in lines) - gap * (len(lines) - 1)) / 2
    for block, colour in zip(lines, (sheet.palette.accent, sheet.palette.ink), strict=True):
        sheet.canvas.text(block, x, y, colour)
        y += block.height + gap


def _words(spec: Event, width: float, type_: Type) -> list[Block]:
    """The hours as large as they go on one line, and the day; a whole day has its weekday for its hours."""
    large, plain = spec.hours or spec.weekday, day(spec.date)
    if spec.hours:
        plain = f"{spec.weekday}, {plain}"
    face = replace(type_.title, size=_size_of(large, width, type_))
    return [set_text(large, width, face, 1), set_text(plain, width, type_.bold, 1)]


def _size_of(words: str, room: float, type_: Type) -> int:
    """The size at which these words take one line. Raises DoesNotFit where even the body's would not."""
    for size in range(type_.title.size, type_.body.size - 1, -2):
        if title_face(size).width(words) <= room:
            return size
    raise DoesNotFit(words)


def _leaf(sheet: Sheet, spec: Event, box: Box, type_: Type) -> float:
    """The month on a strip, the day below it; returns the width it took, which is never less than the month's."""
    canvas, palette = sheet.canvas, sheet.palette
    strip, radius = type_.small.size * 1.9, 20
    month = set_text(f"Tháng {spec.date.month}", box.width * 2, replace(type_.small, weight=BOLD), 1)
    width = max(box.width, month.width + 2 * radius)
    canvas.rectangle(box.x, box.y, width, box.height, palette.accent_soft, radius)
    canvas.rectangle(box.x, box.y, width, strip, palette.accent, radius)
    canvas.rectangle(box.x, box.y + strip - radius, width, radius, palette.accent)
    canvas.text(month, box.x, box.y + (strip - month.height) / 2, palette.paper, "center", width)
    room = box.height - strip
    face = title_face(2 * round(min(room * 0.64 / CAP, width * 0.62) / 2))
    figure = Block((str(spec.date.day),), face)
    canvas.text(figure, box.x, box.y + strip + (room - figure.height) / 2, palette.accent, "center", width)
    return width


def _action(sheet: Sheet, spec: Event, box: Box, type_: Type) -> Box:
    """The one thing to do, on the accent at the foot of the box; the box above it."""
    canvas, palette = sheet.canvas, sheet.palette
    pad, icon = type_.body.size * 0.8, type_.body.size * 1.25
    words = set_text(spec.action, box.width - 3 * pad - icon, type_.bold, 2)
    height = words.height + 1.7 * pad
    top = box.bottom - height
    canvas.rectangle(box.x, top, box.width, height, palette.accent, 16)
    canvas.text(words, box.x + pad, top + (height - words.height) / 2, palette.paper)
    canvas.icon(spec.action_icon, box.right - pad - icon, top + (height - icon) / 2, icon, palette.paper)
    return replace(box, height=box.height - height - type_.body.size * 0.7)
