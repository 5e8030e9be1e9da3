"""Every line of an official document as it will stand on paper: numbers, marks, breaks.

For the Word file and its preview. The checker does not use this: it reads what came out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from content.vietnamese import nfc, number
from reports.official import form
from reports.official.values import (
    Annex,
    Article,
    Block,
    Cell,
    Dash,
    Heading,
    OfficialDocument,
    Paragraph,
    Picture,
    Point,
    Section,
    Table,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph; `look` is a name in `form.LOOKS`."""

    look: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be set: every cell is text, every column has its share of the whole."""

    caption: str
    titles: tuple[str, ...]
    shares: tuple[float, ...]
    numeric: tuple[bool, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: tuple[Cell, ...]
    notes: tuple[str, ...]

    def lines(self) -> Iterator[tuple[str, ...]]:
        """The rows as texts, made when they are asked for: an annex may have thousands."""
        for row in self.rows:
            yield self.texts(row)

    def widths_mm(self, whole: float) -> tuple[float, ...]:
        """The columns' widths: as asked for, but a heading's words and a column's numbers are not torn apart."""
        size, padding = form.LOOKS["head_cell"].size, 2 * form.CELL_PADDING_MM + form.CELL_SPARE_MM
        least = [max(form.width_mm(word, size) for word in title.split(" ")) + padding for title in self.titles]
        for place, numeric in enumerate(self.numeric):
            if numeric:
                cells = [cell_text(row[place]) for row in (*self.rows, self.total) if len(row) > place]
                longest = max(cells, key=len, default="")
                least[place] = max(least[place], form.width_mm(longest, size) + padding)
        asked = [whole * share for share in self.shares]
        short = sum(max(want - have, 0.0) for want, have in zip(least, asked, strict=True))
        spare = sum(max(have - want, 0.0) for want, have in zip(least, asked, strict=True))
        if short >= spare:
            return tuple(asked)
        left = 1 - short / spare if short else 1.0
        return tuple(max(want, want + (have - want) * left) for want, have in zip(least, asked, strict=True))

    def texts(self, row: tuple[Cell, ...]) -> tuple[str, ...]:
        """One row as texts, as many as there are columns."""
        given = [cell_text(cell) for cell in row[: len(self.titles)]]
        return (*given, *[""] * (len(self.titles) - len(given)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, numbered."""

    png: bytes
    alt: str
    caption: str
    width_mm: float


Piece = Line | Grid | Shown


@dataclass(frozen=True, slots=True)
class Head:
    """The block of the first page. Names are broken into lines here, so that they break between words that belong."""

    parent: tuple[str, ...]
    issuer: tuple[str, ...]
    number: str
    dated: str
    kind: str
    subject: str
    size: float
    motto_size: float
    share: float
    """Of the text's width, for the left column."""
    issuer_rule_mm: float
    motto_rule_mm: float
    subject_rule_mm: float


@dataclass(frozen=True, slots=True)
class Laid:
    """A document as lines."""

    head: Head
    body: tuple[Piece, ...]
    signing: tuple[tuple[str, ...], ...]
    """Each position with its breaks."""
    signer: str
    recipients: tuple[str, ...]
    annexes: tuple["LaidAnnex", ...]
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class LaidAnnex:
    """An annex as lines, its own headings among them."""

    landscape: bool
    pieces: tuple[Piece, ...]


@dataclass
class _Count:
    tables: int = 0
    pictures: int = 0
    sections: int = 0
    articles: int = 0
    pieces: list[Piece] = field(default_factory=list)


_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Signs that turn the direction of writing: they can make a text look like another one."""
_ENDING = re.compile(r"[\s.;,:/]*$")
_SPACES = re.compile(r"[^\S\u00a0]+")


def clean(text: str) -> str:
    """User text as one line that any file can hold: NFC, no control characters, spelling never changed."""
    kept = "".join(sign for sign in nfc(text).translate(_DIRECTIONS) if sign.isspace() or _printable(sign))
    return _SPACES.sub(" ", kept).strip(" ")


def _printable(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs") and sign not in "\ufffe\uffff"


def cell_text(cell: Cell) -> str:
    """None as "-", numbers in the Vietnamese form, texts clean."""
    if cell is None or isinstance(cell, int | float):
        return number(cell)
    return clean(cell)


def roman(value: int) -> str:
    """1 as "I", 4 as "IV"."""
    made = ""
    for worth, letters in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        times, value = divmod(value, worth)
        made += letters * times
    return made


def laid(document: OfficialDocument) -> Laid:
    """The whole document as lines."""
    heading = document.heading
    count = _Count()
    body = (*_before(heading), *_ended(_pieces(document.blocks, count)))
    several = len(document.annexes) > 1
    annexes = tuple(
        LaidAnnex(
            annex.landscape, (*_annex_head(annex, heading, place if several else 0), *_pieces(annex.blocks, count))
        )
        for place, annex in enumerate(document.annexes, 1)
    )
    head = _head(heading)
    return Laid(
        head=head,
        body=body,
        signing=_signing(heading),
        signer=clean(heading.signer),
        recipients=_recipients(heading),
        annexes=annexes,
        title=clean(document.title) or f"{clean(heading.kind)} {clean(heading.subject)}".strip(),
        author=clean(document.author) or clean(heading.issuer),
    )


def _head(heading: Heading) -> Head:
    parent, issuer = clean(heading.parent).upper(), clean(heading.issuer).upper()
    size, motto_size, share = _fitting(issuer)
    left = text_width_mm() * share
    subject = clean(heading.subject)
    issuer_lines = balanced(issuer, size, left)
    subject_size = form.LOOKS["subject"].size
    return Head(
        parent=balanced(parent, size, left) if parent else (),
        issuer=issuer_lines,
        number=f"Số:{form.BLANK_NUMBER}/{symbol(heading)}",
        dated=f"{clean(heading.place)}, {_blank_day(heading)}",
        kind=clean(heading.kind).upper(),
        subject=subject,
        size=size,
        motto_size=motto_size,
        share=share,
        issuer_rule_mm=form.ISSUER_RULE * max(form.width_mm(line, size) for line in issuer_lines),
        motto_rule_mm=form.width_mm(form.MOTTO, motto_size),
        subject_rule_mm=form.SUBJECT_RULE * min(form.width_mm(subject, subject_size), text_width_mm()),
    )


def _signing(heading: Heading) -> tuple[tuple[str, ...], ...]:
    right = text_width_mm() * (1 - form.SIGNING_SHARE)
    lines = (clean(line).upper() for line in heading.signing)
    return tuple(balanced(line, form.LOOKS["position"].size, right) for line in lines if line)


def text_width_mm(*, landscape: bool = False) -> float:
    """Between the margins."""
    across = form.PAPER_MM[1 if landscape else 0]
    return across - form.MARGINS_MM["left"].written - form.MARGINS_MM["right"].written


def _fitting(issuer: str) -> tuple[float, float, float]:
    """Sizes and the left column's share: as large as lets the issuer stand on one line, else 12 and 13 (R31)."""
    whole = text_width_mm()
    for size, motto_size in form.HEAD_SIZES:
        most = 1 - form.width_mm(form.COUNTRY, size) / whole - form.HEAD_SPARE
        if form.width_mm(issuer, size) <= most * whole or size == form.HEAD_SIZES[-1][0]:
            return size, motto_size, max(min(most, form.HEAD_SHARES[1] - form.HEAD_SPARE), form.HEAD_SHARES[0])
    raise AssertionError("form.HEAD_SIZES is empty")


def balanced(text: str, size: float, width_mm: float) -> tuple[str, ...]:
    """`text` in as few lines as fit, broken so that they are about as long as each other."""
    lines = _wrapped(text, size, width_mm)
    for hundredths in range(99, 40, -1):
        narrower = _wrapped(text, size, width_mm * hundredths / 100)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _wrapped(text: str, size: float, width_mm: float) -> tuple[str, ...]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and form.width_mm(f"{lines[-1]} {word}", size) <= width_mm:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return tuple(lines)


def symbol(heading: Heading) -> str:
    """ "BC-SKHCN" (R12): no spaces inside."""
    return f"{clean(heading.kind_symbol)}-{clean(heading.symbol)}".replace(" ", "").rstrip("-")


def _month(heading: Heading) -> str:
    month = heading.dated.month
    return f"tháng {month:02} năm {heading.dated.year}" if month <= 2 else f"tháng {month} năm {heading.dated.year}"


def _blank_day(heading: Heading) -> str:
    return f"ngày{form.BLANK_DAY}{_month(heading)}"


def _before(heading: Heading) -> Iterator[Line]:
    """Kính gửi and căn cứ (R17, R18)."""
    several = [_unmarked(one) for one in heading.addressees if _unmarked(one)]
    if len(several) == 1:
        yield Line("to", f"Kính gửi: {several[0]}.")
    elif several:
        yield Line("to_several", "Kính gửi:")
        for text in _listed(several):
            yield Line("addressee", f"- {text}")
    basis = [_unmarked(re.sub(r"^\s*căn cứ\s+", "", clean(one), flags=re.IGNORECASE)) for one in heading.basis]
    for text in _listed([one for one in basis if one]):
        yield Line("basis", f"Căn cứ {text}")


def _listed(texts: list[str]) -> Iterator[str]:
    """Each with ";" at its end, the last with "."."""
    for place, text in enumerate(texts, 1):
        yield f"{text}{'.' if place == len(texts) else ';'}"


def _unmarked(text: str) -> str:
    """Without a dash at its head and without a mark at its end."""
    return _ENDING.sub("", re.sub(r"^[-–•+\s]+", "", clean(text)))


def _recipients(heading: Heading) -> tuple[str, ...]:
    """Nơi nhận (R28). What the office wrote as "Như trên" or "Lưu" itself is not said twice."""
    given = [_unmarked(one) for one in heading.recipients]
    own = [one for one in given if one and not re.match(r"(như trên|lưu\s*:)", one, re.IGNORECASE)]
    first = ["Như trên"] if heading.addressees else []
    return (*(f"- {one};" for one in (*first, *own)), f"- Lưu: {_unmarked(heading.archive) or 'VT'}.")


def _annex_head(annex: Annex, heading: Heading, place: int) -> Iterator[Line]:
    """R29: numbered when there are several."""
    yield Line("annex", f"Phụ lục {roman(place)}" if place else "Phụ lục")
    yield Line("annex_title", clean(annex.title).upper())
    blank = f"số{form.BLANK_NUMBER}/{symbol(heading)} {_blank_day(heading)}"
    yield Line("annex_of", f"(Kèm theo {clean(heading.kind)} {blank} của {clean(heading.issuer)})")


def _pieces(blocks: Iterable[Block], count: _Count) -> list[Piece]:
    """The blocks with their numbers; sections begin again in each list of blocks, tables and pictures do not."""
    count.sections = count.articles = 0
    made: list[Piece] = []
    for block in blocks:
        made.extend(_piece(block, count))
    return made


def _piece(block: Block, count: _Count) -> Iterator[Piece]:
    match block:
        case Section(title):
            count.sections, count.articles = count.sections + 1, 0
            yield Line("section", f"{roman(count.sections)}. {clean(title).upper()}")
        case Article(title):
            count.articles += 1
            yield Line("article", f"{count.articles}. {clean(title)}")
        case Point(mark, text):
            yield Line("point", f"{clean(mark)}) {clean(text)}")
        case Paragraph(text):
            yield from (Line("body", line) for line in map(clean, text.splitlines()) if line)
        case Dash(text):
            yield Line("dash", f"- {clean(text)}")
        case Table():
            count.tables += 1
            yield _grid(block, count.tables)
        case Picture():
            count.pictures += 1
            caption = f"Hình {count.pictures}. {clean(block.caption)}"
            yield Shown(block.png, clean(block.alt), caption, block.width_mm)


def _grid(table: Table, place: int) -> Grid:
    whole = sum(max(column.width, 0.0) for column in table.columns) or 1.0
    return Grid(
        caption=f"Bảng {place}. {clean(table.caption)}",
        titles=tuple(clean(column.title) for column in table.columns),
        shares=tuple(max(column.width, 0.0) / whole for column in table.columns),
        numeric=tuple(column.numeric for column in table.columns),
        rows=table.rows,
        total=table.total,
        notes=tuple(clean(note) for note in table.notes),
    )


def _ended(pieces: list[Piece]) -> list[Piece]:
    """The body with "./." at its end, once (R23): after a table or a picture on a line of its own."""
    made: list[Piece] = [_unended(piece) for piece in pieces]
    last = made[-1] if made else None
    if isinstance(last, Line) and last.look in ("body", "dash", "point"):
        made[-1] = Line(last.look, f"{_ENDING.sub('', last.text)}{form.END}")
    else:
        made.append(Line("body", form.END))
    return made


def _unended(piece: Piece) -> Piece:
    """What an office wrote with "./." at its end in the middle of the body ends there with "."."""
    if isinstance(piece, Line) and piece.text.endswith(form.END):
        return Line(piece.look, f"{_ENDING.sub('', piece.text)}.")
    return piece
