"""An announcement: what happens, whom it concerns, from when, and where to ask. How urgent it is, a word says."""

from dataclasses import replace
from typing import Literal

from pydantic import field_validator

from content.infographic.answers import Answer, ledger, stack, unbroken
from content.infographic.frame import Badge, Box, Sheet, Type, closing_note, head_and_foot
from content.infographic.spec import Spec, Text, Words
from content.infographic.typesetting import DoesNotFit, set_text

Urgency = Literal["thuong", "quan_trong", "khan"]

LEADS: dict[str, tuple[str, str, str]] = {
    "thuong": ("Thông báo", "Thông báo", "info-circle"),
    "quan_trong": ("Thông báo quan trọng", "Quan trọng", "alert-triangle"),
    "khan": ("Thông báo khẩn", "Khẩn", "alert-octagon"),
}
"""The words, the words on a cover, and the shape of each urgency: a circle, a triangle, an octagon.

What is urgent also has a band across the sheet; colour only repeats what these say.
"""


class Notice(Spec):
    """What an office announces. Every answer is one short sentence or less."""

    template: Literal["notice"] = "notice"
    urgency: Urgency = "thuong"
    what: Words
    """What changes for the reader, in one or two sentences."""
    who: Words
    when: Words
    ask: Words
    """Where to ask: an office, a number, a page."""
    note: Text = ""

    @field_validator("kicker")
    @classmethod
    def _urgency_opens_it(cls, kicker: str) -> str:
        if kicker:
            raise ValueError("thông báo mở đầu bằng mức độ (urgency); hãy bỏ kicker.")
        return kicker

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The three answers in reading order."""
        return (
            Answer("Ai cần biết", self.who, "users"),
            Answer("Thời gian", self.when, "calendar-event"),
            Answer("Hỏi ở đâu", self.ask, "message-question"),
        )

    def texts(self) -> list[str]:
        """The urgency's word, what happens, the answers, the note."""
        told = [f"{one.question}: {one.words}" for one in self.answers]
        return [LEADS[self.urgency][0], self.what, *told, *([self.note] if self.note else [])]


def draw_notice(sheet: Sheet, spec: Notice) -> None:
    """Compose the announcement. Raises DoesNotFit with the words that find no room."""
    box, type_ = head_and_foot(sheet, spec, _badge(sheet, spec))
    answers = [replace(one, words=unbroken(one.words)) for one in spec.answers]
    if sheet.layout.panel:
        if sheet.tight:
            ledger(sheet, answers, box, type_, questions=False, lines=3)
        else:
            stack(sheet, answers, box, type_)
        return
    box = closing_note(sheet, spec.note, box)
    box = _what(sheet, spec.what, box, type_)
    if sheet.layout.height > sheet.layout.width:
        stack(sheet, answers, box, type_)
    else:
        ledger(sheet, answers, box, type_)


def _badge(sheet: Sheet, spec: Notice) -> Badge:
    words, short, icon = LEADS[spec.urgency]
    palette = sheet.palette
    colour = {"thuong": palette.accent, "quan_trong": palette.warn, "khan": palette.bad}[spec.urgency]
    band = colour if spec.urgency == "khan" else ""
    if sheet.layout.panel:
        return Badge(short, icon, colour, palette.paper, band)
    return Badge(words, icon, palette.paper, colour, band)


def _what(sheet: Sheet, what: str, box: Box, type_: Type) -> Box:
    """The sentence that says it all, below the title; the box below it."""
    block = set_text(unbroken(what), box.width, replace(type_.body, leading=1.46), 5)
    used = block.height + type_.body.size * 1.1
    if used > box.height:
        raise DoesNotFit(what)
    sheet.canvas.text(block, box.x, box.y, sheet.palette.ink)
    return replace(box, y=box.y + used, height=box.height - used)
