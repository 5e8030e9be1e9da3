"""Questions with their answers: each question in a speech bubble as wide as its words, the answer below it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from content.files import Entry
from content.infographic.frame import Box, Sheet, Type, closing_note, head_and_foot, spread
from content.infographic.spec import Spec, Text, Words, between
from content.infographic.typesetting import Block, Face, set_text

GUTTER = 48
"""Between two columns, in pixels."""


class Question(Entry):
    """One question and its answer, both as people would say them."""

    question: Words
    answer: Words


class QuestionsAnswers(Spec):
    """One to four questions with answers."""

    template: Literal["qa"] = "qa"
    questions: Annotated[tuple[Question, ...], between(1, 4)]
    note: Text = ""

    def texts(self) -> list[str]:
        """Every question with its answer, then the note."""
        told = [f"Hỏi: {pair.question} Đáp: {pair.answer}" for pair in self.questions]
        return [*told, *([self.note] if self.note else [])]


@dataclass(frozen=True)
class Pair:
    """A question and its answer, measured."""

    question: Block
    answer: Block | None
    pad: float
    """Left and right inside the bubble, in pixels."""

    @property
    def bubble(self) -> float:
        """Height of the bubble."""
        return self.question.height + 1.5 * self.pad

    @property
    def height(self) -> float:
        """Question and answer together."""
        return self.bubble + (self.pad + self.answer.height if self.answer else 0)

    @property
    def last_words(self) -> str:
        """The words to name where there is no room."""
        return " ".join((self.answer or self.question).lines)


def draw_questions(sheet: Sheet, spec: QuestionsAnswers) -> None:
    """Compose questions and answers. Raises DoesNotFit with the words that find no room."""
    box, type_ = head_and_foot(sheet, spec)
    box = closing_note(sheet, spec.note, box)
    square = sheet.layout.width == sheet.layout.height
    columns = box.columns(2, GUTTER) if square and len(spec.questions) == 4 else [box]
    pairs = [_measure(sheet, pair, columns[0], type_, len(spec.questions)) for pair in spec.questions]
    least = type_.body.size * max(0.5 * type_.air, 0 if sheet.layout.panel else 1.05)
    rows = [pairs[first : first + len(columns)] for first in range(0, len(pairs), len(columns))]
    tops = spread([(max(pair.height for pair in row), row[0].last_words) for row in rows], box, least)
    for row, top in zip(rows, tops, strict=True):
        for pair, column in zip(row, columns, strict=True):
            _pair(sheet, pair, column, top)


def _measure(sheet: Sheet, pair: Question, box: Box, type_: Type, count: int) -> Pair:
    pad = type_.body.size * 0.62
    question = set_text(pair.question, box.width - 2 * pad, type_.bold, 4)
    if sheet.layout.panel:
        return Pair(question, None, pad)
    face = Face(type_.body.size, leading=1.46) if count <= 2 else Face(type_.small.size, leading=1.5)
    return Pair(question, set_text(pair.answer, box.width - pad, face, 7), pad)


def _pair(sheet: Sheet, pair: Pair, box: Box, top: float) -> None:
    canvas, palette = sheet.canvas, sheet.palette
    width, radius = pair.question.width + 2 * pair.pad, 24
    canvas.rectangle(box.x, top, width, pair.bubble, palette.accent_soft, radius)
    canvas.rectangle(box.x, top + pair.bubble - radius, radius, radius, palette.accent_soft)
    canvas.text(pair.question, box.x + pair.pad, top + 0.75 * pair.pad, palette.accent)
    if pair.answer:
        canvas.text(pair.answer, box.x + pair.pad, top + pair.bubble + pair.pad, palette.ink)
