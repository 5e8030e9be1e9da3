"""An official document as values (domain 3.1): what the Word file, its preview and the checker have in common.

Texts are NFC. Headings carry no numbers of their own: the renderer numbers sections (I, II…) and articles (1, 2…),
and only points keep the mark they are given, because the plan's letters are names (a, b, c, d, đ, e, g…).
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands around the body. Number, day and signature are left blank: the office's own system gives them."""

    parent: str
    """The body above the issuing one, such as "Ủy ban nhân dân thành phố Huế"; empty: none is named (R9)."""
    issuer: str
    """R10."""
    symbol: str
    """The issuer's abbreviation in the document's number, such as "SKHCN" (R12)."""
    place: str
    """R13."""
    dated: date
    """Its month and year are printed, its day is left blank."""
    subject: str
    """Trích yếu (R15)."""
    kind: str = "Báo cáo"
    """R14."""
    kind_symbol: str = "BC"
    addressees: tuple[str, ...] = ()
    """R17."""
    basis: tuple[str, ...] = ()
    """Each without "Căn cứ" at its head and without a mark at its end (R18)."""
    signing: tuple[str, ...] = ()
    """Lines above the signature, such as "KT. GIÁM ĐỐC" and "PHÓ GIÁM ĐỐC" (R24)."""
    signer: str = ""
    """Full name without a title; empty: left blank (R25)."""
    recipients: tuple[str, ...] = ()
    """Each without a dash and a mark; "Như trên" and "Lưu" are added by the renderer (R28)."""
    archive: str = "VT"
    """What follows "Lưu:"."""


@dataclass(frozen=True, slots=True)
class Section:
    """Phần, mục: "I. …" (R21)."""

    title: str


@dataclass(frozen=True, slots=True)
class Article:
    """Khoản with a title: "1. …" (R22)."""

    title: str


@dataclass(frozen=True, slots=True)
class Point:
    """Điểm: "đ) …" (R22)."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the body (R19)."""

    text: str


@dataclass(frozen=True, slots=True)
class Dash:
    """One line of a list: "- …"."""

    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width` is its share of the table; numbers stand to the right (R30)."""

    title: str
    width: float = 1.0
    numeric: bool = False


Cell = str | int | float | None
"""None is printed as "-"; an int in the Vietnamese form; a float with at most two decimals."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its number and caption ("Bảng 1. …", given by the renderer)."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    """Footnotes below it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in an annex, readable in grey (R32)."""

    png: bytes
    alt: str
    caption: str
    width_mm: float = 160.0


Block = Section | Article | Point | Paragraph | Dash | Table | Picture


@dataclass(frozen=True, slots=True)
class Annex:
    """Phụ lục, numbered I, II… by the renderer (R29)."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """The whole document. `title` and `author` (an agency, never a person) go into its properties (R34)."""

    heading: Heading
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
    title: str = ""
    author: str = ""
    cutoff_at: datetime | None = None
    """Aware UTC; printed as "Số liệu chốt lúc …" where the blocks say so (domain 3.4)."""
