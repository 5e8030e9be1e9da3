"""The parts of an official document, found in a Word file by what they say and where they stand, whoever wrote it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.official import form
from reports.official.wordfile import Block, Cell, Par, Section, Tab, WordFile
from reports.official.wordstyles import W, tag

_ANNEX = re.compile(r"phụ lục(\s+[ivxlc]+|\s+\d+)?\s*[.:]?", re.IGNORECASE)
_EMU_PER_MM = 36_000
_POINT = re.compile(r"(-?[\d.]+)(pt|in|cm|mm)?")
_UNITS = {"pt": form.MM_PER_POINT, "in": 25.4, "cm": 10.0, "mm": 1.0, None: form.MM_PER_POINT}

Answer = tuple[bool, str]
"""Whether a rule is met, and what was seen."""
Check = Callable[["Parts"], Answer]


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line: how long it is (None: the file does not say), and whether it is an underline instead."""

    length_mm: float | None
    underline: bool = False


@dataclass
class Annexed:
    """An annex: where it begins, and what it holds."""

    section: Section
    begins_section: bool
    pars: list[Par] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)


@dataclass
class Parts:
    """The document taken apart. What is not there is None or empty."""

    file: WordFile
    head: Tab | None = None
    kind: Par | None = None
    subject: list[Par] = field(default_factory=list)
    subject_rule: list[Par] = field(default_factory=list)
    """The paragraphs in which the rule under the subject is looked for."""
    to: list[Par] = field(default_factory=list)
    basis: list[Par] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    foot: Tab | None = None
    annexes: list[Annexed] = field(default_factory=list)
    main_sections: list[Section] = field(default_factory=list)

    @property
    def text_width_mm(self) -> float:
        """Between the margins of the first page."""
        page = self.file.sections[0].page
        return page("pgSz", "w") - page("pgMar", "left") - page("pgMar", "right")

    def head_pars(self, column: int, row: int | None = None) -> list[Par]:
        """Paragraphs of the head's left (0) or right (1) column."""
        rows = [] if self.head is None else self.head.rows if row is None else self.head.rows[row : row + 1]
        return [par for cells in rows if len(cells) > column for par in cells[column].pars]

    def foot_cell(self, column: int) -> Cell | None:
        """The left or right cell at the foot."""
        rows = [] if self.foot is None else [cells for cells in self.foot.rows if len(cells) > column]
        return rows[0][column] if rows else None

    def said(self) -> Iterator[Par]:
        """Body paragraphs with something to read."""
        return (one for one in self.body if isinstance(one, Par) and not one.blank)

    def tabs(self) -> Iterator[Tab]:
        """Tables with data, of the body and of the annexes."""
        yield from (one for one in self.body if isinstance(one, Tab))
        for annex in self.annexes:
            yield from annex.tabs

    def everything(self) -> Iterator[Par]:
        """Every paragraph, those in tables too."""
        for section in self.file.sections:
            for block in section.blocks:
                yield from (block,) if isinstance(block, Par) else pars_of(block)


def pars_of(tab: Tab) -> Iterator[Par]:
    """The paragraphs of a table."""
    for cells in tab.rows:
        for cell in cells:
            yield from cell.pars


def parts(file: WordFile) -> Parts:
    """Take a file apart."""
    made = Parts(file)
    main = _main_and_annexes(file, made)
    _blanks(main)
    if main and isinstance(main[0], Tab):
        made.head = main[0]
        del main[0]
    for place in reversed(range(len(main))):
        block = main[place]
        if isinstance(block, Tab) and _is_foot(block):
            made.foot = block
            del main[place:]
            break
    _beginning(main, made)
    return made


def _main_and_annexes(file: WordFile, made: Parts) -> list[Block]:
    """The blocks before the first annex; the annexes are kept in `made`."""
    main: list[Block] = []
    current: Annexed | None = None
    for section in file.sections:
        begun = False
        for block in section.blocks:
            if isinstance(block, Par) and _ANNEX.fullmatch(block.text):
                current = Annexed(section, begins_section=not begun)
                made.annexes.append(current)
            begun = begun or isinstance(block, Tab) or not block.blank
            if current is None:
                main.append(block)
            elif isinstance(block, Par):
                current.pars.append(block)
            else:
                current.tabs.append(block)
    first = next((one.section for one in made.annexes if one.begins_section), None)
    made.main_sections = file.sections[: None if first is None else file.sections.index(first)]
    return main


def _is_foot(tab: Tab) -> bool:
    sides = max(map(len, tab.rows), default=0)
    return sides > 1 and any(folded(par.text).startswith("nơi nhận") for par in pars_of(tab))


def _next(rest: list[Block], *, blank: bool = False) -> Par | None:
    """The first of what is left when it is a paragraph that says something (or, `blank`, nothing)."""
    first = rest[0] if rest else None
    return first if isinstance(first, Par) and first.blank == blank else None


def _blanks(rest: list[Block]) -> list[Par]:
    """Take the blank paragraphs at the beginning of what is left."""
    taken = []
    while (par := _next(rest, blank=True)) is not None:
        taken.append(par)
        rest.pop(0)
    return taken


def _beginning(rest: list[Block], made: Parts) -> None:
    """Kind, subject, its rule, kính gửi, căn cứ; what is left is the body."""
    _blanks(rest)
    if (par := _next(rest)) is not None:
        made.kind = par
        rest.pop(0)
    while (par := _next(rest)) is not None and _of_subject(par, made):
        made.subject.append(par)
        rest.pop(0)
    made.subject_rule = [*made.subject[-1:], *_blanks(rest)]
    _addressed(rest, made)
    _blanks(rest)
    while (par := _next(rest)) is not None and folded(par.text).startswith("căn cứ "):
        made.basis.append(par)
        rest.pop(0)
        _blanks(rest)
    made.body = rest


def _of_subject(par: Par, made: Parts) -> bool:
    """The first line after the kind, and bold centred lines after it."""
    if folded(par.text).startswith(("kính gửi", "căn cứ ")):
        return False
    return not made.subject or (
        par.looks["align"] == "center" and all(one.looks["bold"] for one in par.runs if one.text.strip())
    )


def _addressed(rest: list[Block], made: Parts) -> None:
    par = _next(rest)
    if par is None or not folded(par.text).startswith("kính gửi"):
        return
    made.to.append(par)
    rest.pop(0)
    several = not par.text.partition(":")[2].strip()
    _blanks(rest)
    while several and (par := _next(rest)) is not None and par.text[:1] in "-–":
        made.to.append(par)
        rest.pop(0)
        _blanks(rest)


def folded(text: str) -> str:
    """For comparing: NFC, lower case, one kind of space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def unlike(par: Par, look: str, *, aligned: bool = True) -> list[str]:
    """In what a paragraph differs from a kind of `form.LOOKS`; empty: in nothing."""
    wanted = form.LOOKS[look]
    found: list[str] = []
    for run in par.runs:
        if not run.text.strip("\u00a0 \n"):
            continue
        looks = run.looks
        if not wanted.sizes[0] <= looks["size"] <= wanted.sizes[1]:
            found.append(f"cỡ {points(looks['size'])}")
        if looks["bold"] != wanted.bold:
            found.append("chữ đậm" if looks["bold"] else "chữ không đậm")
        if looks["italic"] != wanted.italic:
            found.append("chữ nghiêng" if looks["italic"] else "chữ đứng")
        if looks["underline"]:
            found.append("có gạch chân")
    if aligned and wanted.align == "center" and par.looks["align"] != "center":
        found.append("không canh giữa")
    return list(dict.fromkeys(found))


def capital(par: Par) -> bool:
    """Whether it is read in capitals."""
    return all(run.looks["caps"] or run.text == run.text.upper() for run in par.runs)


def points(size: float) -> str:
    """A size as staff write it: 13, 13,5."""
    return f"{size:g}".replace(".", ",")


def shortened(text: str) -> str:
    """Enough of a text to find it in the document."""
    return f"“{text if len(text) <= 60 else text[:57].rstrip() + '…'}”"


def answer(problems: Sequence[str], fine: str) -> Answer:
    """Not met with the first problems told, or met with what was seen."""
    if not problems:
        return True, fine
    more = f" (và {len(problems) - 3} chỗ khác)" if len(problems) > 3 else ""
    return False, "; ".join(problems[:3]) + more


def rule_in(pars: Sequence[Par], available_mm: float) -> Rule | None:
    """The drawn line in these paragraphs: a border, a line of Word's drawing tools; or an underline, which is none."""
    underline = None
    for par in pars:
        if par.looks["border"]:
            return Rule(available_mm - par.looks["left"] - par.looks["right"])
        drawn = _drawn(par)
        if drawn is not None:
            return drawn
        if any(run.looks["underline"] for run in par.runs):
            underline = Rule(None, underline=True)
    return underline


def _drawn(par: Par) -> Rule | None:
    for extent in par.element.iter(tag("wp:extent")):
        across = extent.get("cx", "")
        return Rule(int(across) / _EMU_PER_MM if across.isdigit() else None)
    for line in par.element.iter(tag("v:line")):
        ends = [_POINT.match(line.get(end, "").strip()) for end in ("from", "to")]
        if all(ends):
            begin, end = (float(one[1]) * _UNITS[one[2]] for one in ends if one)
            return Rule(abs(end - begin))
        return Rule(None)
    if any(True for _ in par.element.iter(f"{W}pict")):
        return Rule(None)
    return None


def measured(par: Par, available_mm: float) -> float:
    """How long the longest line of a paragraph is."""
    return min(max((form.width_mm(line, par.size) for line in par.lines), default=0.0), available_mm)
