"""Short answers to the questions every announcement has to answer: who, from when, where. An icon leads each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from content.infographic.frame import Box, Sheet, Type, spread
from content.infographic.typesetting import BOLD, NO_BREAK, Block, Face, set_text

_TIMES = re.compile(r"\d (?:giờ|phút)\b|\b[Tt]hứ (?:Hai|Ba|Tư|Năm|Sáu|Bảy)\b|\b[Cc]hủ nhật\b")


@dataclass(frozen=True)
class Answer:
    """One question in two or three words, and what is to be known."""

    question: str
    words: str
    icon: str


@dataclass(frozen=True)
class _Row:
    """An answer, measured."""

    answer: Answer
    question: Block
    words: Block
    tile: float
    """The side of the icon's ground, in pixels."""
    gap: float
    """Between question and answer."""

    @property
    def words_height(self) -> float:
        """Question and answer, one below the other."""
        return self.question.height + self.gap + self.words.height

    @property
    def height(self) -> float:
        """What the row needs without air."""
        return max(self.tile, self.words_height)


def unbroken(text: str) -> str:
    """Times and weekdays that a line end must not tear apart: "17 giờ 00", "thứ Sáu"."""
    return _TIMES.sub(lambda found: found[0].replace(" ", NO_BREAK), text)


def stack(sheet: Sheet, answers: Sequence[Answer], box: Box, type_: Type, *, lines: int = 3) -> None:
    """Answers one below the other, spread over the box, a hairline between two.

    Raises DoesNotFit with the words that find no room.
    """
    tile = type_.body.size * 1.9
    indent = tile + type_.body.size * 0.7
    rows = [_measure(one, box.width - indent, tile, type_, lines) for one in answers]
    least = type_.body.size * max(0.85, (0.8 if sheet.layout.panel else 1.0) * type_.air)
    tops = spread([(row.height, row.answer.words) for row in rows], box, least)
    for place, (row, top) in enumerate(zip(rows, tops, strict=True)):
        if place:
            middle = (tops[place - 1] + rows[place - 1].height + top) / 2
            sheet.canvas.rectangle(box.x, middle - 1, box.width, 2, sheet.palette.line)
        _tile(sheet, row.answer.icon, box.x, top + (row.height - tile) / 2, tile)
        y = top + (row.height - row.words_height) / 2
        sheet.canvas.text(row.question, box.x + indent, y, sheet.palette.muted)
        sheet.canvas.text(row.words, box.x + indent, y + row.question.height + row.gap, sheet.palette.ink)


def ledger(
    sheet: Sheet, answers: Sequence[Answer], box: Box, type_: Type, *, questions: bool = True, lines: int = 2
) -> None:
    """Questions in a narrow column on the left, answers beside them: low rows for a sheet that is not tall.

    Without `questions` the icon alone leads. Where it is tight, answers are set in the small type, too. Raises
    DoesNotFit with the words that find no room.
    """
    canvas, palette = sheet.canvas, sheet.palette
    icon, gap = type_.small.size * 1.5, type_.small.size * 0.6
    asked = [set_text(one.question, box.width / 3, type_.small, 1) for one in answers]
    indent = icon + gap + (max(block.width for block in asked) + type_.body.size * 0.6 if questions else 0)
    face = replace(type_.small if sheet.tight else type_.body, weight=BOLD)
    words = [set_text(one.words, box.width - indent, face, lines) for one in answers]
    heights = [max(icon, block.height) for block in words]
    least = face.size * (0.85 if sheet.tight else 1.1)
    tops = spread([(height, one.words) for height, one in zip(heights, answers, strict=True)], box, least)
    for place, top in enumerate(tops):
        middle = top + heights[place] / 2
        if place:
            line = (tops[place - 1] + heights[place - 1] + top) / 2 + face.size * 0.08
            canvas.rectangle(box.x, line - 1, box.width, 2, palette.line)
        canvas.icon(answers[place].icon, box.x, middle - icon / 2, icon, palette.accent)
        if questions:
            canvas.text(asked[place], box.x + icon + gap, middle - asked[place].height / 2, palette.muted)
        canvas.text(words[place], box.x + indent, middle - words[place].height / 2, palette.ink)


def _measure(answer: Answer, width: float, tile: float, type_: Type, lines: int) -> _Row:
    question = set_text(answer.question, width, Face(type_.small.size), 1)
    return _Row(answer, question, set_text(answer.words, width, type_.bold, lines), tile, type_.small.size * 0.75)


def _tile(sheet: Sheet, icon: str, x: float, y: float, side: float) -> None:
    sheet.canvas.rectangle(x, y, side, side, sheet.palette.accent_soft, 16)
    inset = side * 0.19
    sheet.canvas.icon(icon, x + inset, y + inset, side - 2 * inset, sheet.palette.accent)
