"""Captions: what is said when, in pieces of at most two lines, as SRT and as a warning when they go too fast.

Moments are frames from the start of the clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from content.clips.spec import FRAME_RATE, Clip, Slide
from content.errors import ContentError
from content.infographic.typesetting import NO_BREAK, DoesNotFit, Face, set_text
from content.vietnamese import number

CHARACTERS_A_SECOND = 17
"""How fast a person of any age reads Vietnamese subtitles, spaces counted."""

_EM = Face(100)
"""Lengths of lines do not depend on the size they are drawn in, so one size measures for all."""
LINE_EMS = 26.0
"""A line of a subtitle: about 46 letters."""
PIECE_EMS = 46.0
"""A piece: two lines with a little to spare, because a line rarely ends where it is full."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of text and the frames it stands, `start` included, `end` not. `place` is its slide's, from 0."""

    start: int
    end: int
    text: str
    place: int

    @property
    def seconds(self) -> float:
        """How long it stands."""
        return (self.end - self.start) / FRAME_RATE


def cues(clip: Clip) -> list[Cue]:
    """All pieces in order: each slide's time is shared out by the length of what is said.

    Raises ContentError naming the slide when a word is longer than a line.
    """
    made: list[Cue] = []
    begin = 0
    for place, slide in enumerate(clip.slides):
        made += _of_slide(slide, place, begin)
        begin += slide.frames
    return made


def _of_slide(slide: Slide, place: int, begin: int) -> list[Cue]:
    try:
        pieces = [piece for text in slide.spoken() for piece in _pieces(text)]
    except DoesNotFit as error:
        raise ContentError(
            f"{slide.spec.name}: captions: “{error.words[:60]}” dài hơn một dòng phụ đề; hãy viết tách ra."
        ) from error
    total = sum(map(len, pieces))
    said, moments = 0, [begin]
    for piece in pieces:
        said += len(piece)
        moments.append(begin + round(slide.frames * said / total))
    return [
        Cue(start, end, piece, place)
        for (start, end), piece in zip(pairwise(moments), pieces, strict=True)
        if end > start
    ]


def _pieces(text: str) -> Sequence[str]:
    """A text in as few pieces as can be, broken where one would breathe."""
    pieces = set_text(text, PIECE_EMS * _EM.size, _EM).lines
    for piece in pieces:
        lines(piece)
    return pieces


def lines(piece: str) -> tuple[str, ...]:
    """A piece in one or two lines. Raises DoesNotFit."""
    return set_text(piece.replace(NO_BREAK, " "), LINE_EMS * _EM.size, _EM, 2).lines


def srt(cues: Sequence[Cue]) -> str:
    """The text of an .srt file: NFC, a line feed at each end of line."""
    passages = (
        f"{count}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{_plain(lines(cue.text))}\n"
        for count, cue in enumerate(cues, start=1)
    )
    return "\n".join(passages)


def _plain(lines: Sequence[str]) -> str:
    return "\n".join(lines).replace(NO_BREAK, " ")


def _clock(frames: int) -> str:
    seconds, rest = divmod(frames, FRAME_RATE)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02},{rest * 1000 // FRAME_RATE:03}"


def hurried(clip: Clip, burned: bool) -> list[str]:
    """A sentence for every caption, and for every slide with what is burned into it, that is too fast to read."""
    told = []
    for cue in cues(clip):
        if (needed := len(cue.text) / CHARACTERS_A_SECOND) > cue.seconds:
            told.append(
                f"{clip.slides[cue.place].spec.name}: captions: “{cue.text.replace(NO_BREAK, ' ')}” chỉ hiện "
                f"{number(cue.seconds, 1)} giây, cần {number(needed, 1)} giây để đọc kịp; "
                "hãy viết ngắn hơn hoặc tăng seconds."
            )
    for slide in clip.slides:
        seen = [*slide.words(), *((slide.captions or ()) if burned else ())]
        needed, seconds = sum(map(len, seen)) / CHARACTERS_A_SECOND, slide.frames / FRAME_RATE
        if needed > seconds:
            told.append(
                f"{slide.spec.name}: chữ trên hình{' và phụ đề' if burned and slide.captions else ''} cần "
                f"{number(needed, 1)} giây để đọc kịp nhưng cảnh chỉ dài {number(seconds, 1)} giây; "
                "hãy tăng seconds hoặc bớt chữ."
            )
    return told
