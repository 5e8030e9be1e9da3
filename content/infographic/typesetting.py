"""Vietnamese text set in lines: measured with the real font, broken only at spaces, balanced, never clipped.

Lengths are pixels. Text must be NFC: Pillow's basic layout draws one glyph per code point, which is right for
NFC and the same on every machine (the other engine depends on a system library).
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from PIL import ImageFont

REGULAR, BOLD = "Regular", "Bold"

CAP = 0.74
"""Height of a capital above the baseline, in ems."""
ASCENT = 1.18
"""Height of the tallest stacked marks (Ẩ, Ỗ) above the baseline, in ems."""
DESCENT = 0.25
"""Depth of the lowest mark (ỵ) below the baseline, in ems."""

NO_BREAK = "\u00a0"

COMPOUNDS = frozenset(
    line
    for line in Path(__file__).with_name("compounds.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
"""Two-syllable words that read badly when a line ends between the syllables."""

PHRASES = frozenset(
    {
        *("giữ an", "bốn góc", "cách hành", "tục hành", "hành công", "chính công", "vụ công", "phục vụ", "sơ trực"),
        *("quyền địa", "quyền số", "quyền điện", "đổi số", "xã phường", "tỉnh thành", "nhóm nhiệm", "cách làm"),
    }
)
"""Joints inside longer terms ("cải cách hành chính"): better kept, but less bad than a split word."""


FUNCTION_WORDS = frozenset(
    {
        *("của", "là", "và", "hay", "để", "đến", "về", "có", "với", "khi", "cho", "trên", "một", "các", "những"),
        *("mỗi", "ở", "tại", "từ", "theo", "vào", "do", "vì", "bằng"),
    }
)
"""Words that lean on the next one; a line ends badly on them."""


@dataclass(frozen=True)
class Face:
    """A size in pixels and a weight; `leading` (line height) and `tracking` (letter spacing) are in ems.

    A face that is not `tight` may spend one more line where that keeps a word whole.
    """

    size: int
    weight: str = REGULAR
    leading: float = 1.42
    tracking: float = 0.0
    tight: bool = False

    def width(self, text: str) -> float:
        """The width of one line, letter by letter as the canvas draws it."""
        return _width(text, self.weight, self.size) + self.spacing * len(text)

    def advance(self, letter: str) -> float:
        """How far the next letter stands from this one."""
        return _advance(letter, self.weight, self.size) + self.spacing

    @property
    def spacing(self) -> float:
        """Tracking in pixels."""
        return self.tracking * self.size


@dataclass(frozen=True)
class Block:
    """Lines of one face. `height` runs from the first capital's top to the last baseline."""

    lines: tuple[str, ...]
    face: Face

    @property
    def flaws(self) -> float:
        """How badly lines end: inside a word or a term, after one lonely word, or beyond a colon."""
        if len(self.lines) == 1:
            return 0
        passed = sum(": " in line for line in self.lines)
        return sum(self._splits) + sum(" " not in line for line in self.lines) + 0.25 * passed

    @property
    def broken(self) -> int:
        """How many words are torn apart by a line end."""
        return sum(split == 1 for split in self._splits)

    @property
    def _splits(self) -> list[float]:
        return [_split(line.split(" ")[-1], after.split(" ")[0]) for line, after in pairwise(self.lines)]

    @property
    def height(self) -> float:
        """Optical height: marks may rise above it by 0.44 em and letters hang below it by 0.25 em."""
        return self.face.size * (CAP + self.face.leading * (len(self.lines) - 1))

    @property
    def width(self) -> float:
        """The widest line."""
        return max(self.face.width(line) for line in self.lines)


class DoesNotFit(Exception):
    """The words that found no room; the drawer tries a smaller size or tells the staff."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@lru_cache(maxsize=8)
def folder_of(package: str) -> Path:
    """Where a package of fonts or icons lies. It is not imported: one of them would list 5,000 names first."""
    spec = find_spec(package)
    if spec is None or not spec.origin:
        raise ModuleNotFoundError(f"package {package} is not installed", name=package)
    return Path(spec.origin).parent


@lru_cache(maxsize=256)
def font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Be Vietnam Pro in one of its weights, kept open."""
    file = folder_of("fontpkg_be_vietnam_pro") / "files" / f"BeVietnamPro-{weight}.ttf"
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=16384)
def _advance(letter: str, weight: str, size: int) -> float:
    return font(weight, size).getlength(letter)


@lru_cache(maxsize=16384)
def _width(text: str, weight: str, size: int) -> float:
    return sum(_advance(letter, weight, size) for letter in text)


def set_text(text: str, width: float, face: Face, most_lines: int = 99) -> Block:
    """Break `text` into the fewest lines that fit `width`, balanced; one line more where that keeps a word whole.

    Raises DoesNotFit with the words left over when a word is too wide or `most_lines` are not enough.
    """
    found = _set(text, width, face, most_lines)
    if isinstance(found, str):
        raise DoesNotFit(found)
    return found


@lru_cache(maxsize=8192)
def _set(text: str, width: float, face: Face, most_lines: int) -> Block | str:
    """The block, or the words left over; kept, because a picture is tried in many sizes."""
    words = _glued(text).split(" ")
    if any(face.width(word) > width for word in words):
        words = text.split(" ")
    for word in words:
        if face.width(word) > width:
            return word
    greedy = _greedy(words, width, face)
    if len(greedy) > most_lines:
        return " ".join(greedy[most_lines:]).replace(NO_BREAK, " ")
    block = Block(tuple(_balanced(words, width, face, len(greedy))), face)
    if block.broken and not face.tight and len(greedy) < min(most_lines, len(words)):
        longer = Block(tuple(_balanced(words, width, face, len(greedy) + 1)), face)
        return longer if longer.flaws < block.flaws else block
    return block


def _glued(text: str) -> str:
    """Keep a number with the word before it ("Đề án 06", "ngày 01/7/2025") and a dash with what it follows."""
    glued: list[str] = []
    for word in text.split(" "):
        if glued and (word[0].isdigit() or word in {"–", "-", "+"}) and not glued[-1].endswith((":", ".", ";")):
            glued[-1] += NO_BREAK + word
        else:
            glued.append(word)
    return " ".join(glued)


def _greedy(words: list[str], width: float, face: Face) -> list[str]:
    """Lines filled one after the other: what tells how many are needed."""
    space = face.width(" ")
    lines: list[list[str]] = []
    room = -1.0
    for word in words:
        needed = space + face.width(word)
        if needed <= room:
            lines[-1].append(word)
            room -= needed
        else:
            lines.append([word])
            room = width - face.width(word)
    return [" ".join(line) for line in lines]


def _balanced(words: list[str], width: float, face: Face, count: int) -> list[str]:
    """The least ragged way to set `words` in `count` lines, breaking between phrases rather than inside them."""
    sizes = [face.width(word) for word in words]
    space = face.width(" ")
    best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
    for _ in range(count):
        longer: dict[int, tuple[float, list[str]]] = {}
        for start, (cost, lines) in best.items():
            length = -space
            for end in range(start + 1, len(words) + 1):
                length += space + sizes[end - 1]
                if length > width:
                    break
                total = cost + (1 - length / width) ** 2 + _break_cost(words, start, end)
                if end not in longer or total < longer[end][0]:
                    longer[end] = (total, [*lines, " ".join(words[start:end])])
        best = longer
    return best[len(words)][1]


def _break_cost(words: list[str], start: int, end: int) -> float:
    """What it costs to end a line before `words[end]`: a compound costs most, a phrase mark is a gain."""
    lonely = 0.4 if end - start == 1 and len(words) > 1 else 0.0
    if end == len(words):
        return lonely
    last = words[end - 1]
    if last[-1] in ";:.?!":
        return lonely - 0.4
    if last[-1] == ",":
        return lonely - 0.15 + 0.5 * _split(last, words[end])
    leaning = 0.15 if last.casefold() in FUNCTION_WORDS else 0.0
    return lonely + leaning + 0.5 * _split(last, words[end])


def _split(before: str, after: str) -> float:
    """How much a line end between two syllables hurts: 1 inside a word or before its number, 0.5 inside a term."""
    if after[0].isdigit() and before[-1] not in ":.;":
        return 1.0
    pair = f"{before.split(NO_BREAK)[-1].rstrip(',')} {after.split(NO_BREAK)[0]}".casefold().strip(".,;:?!“”")
    return 1.0 if pair in COMPOUNDS else 0.5 if pair in PHRASES else 0.0
