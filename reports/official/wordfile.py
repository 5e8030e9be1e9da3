"""Any Word file read back as it will look: sections, paragraphs, tables, and what holds for each run after all styles.

It reads the file by itself, with nothing of what writes ours. A file may come from anywhere, so nothing in it is
trusted: sizes are looked at before anything is unpacked, entities and document types are refused.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from reports.official.wordstyles import MM_PER_TWIP, R, Styles, W, tag, truth, value
from reports.periods import ReportError

_MOST_BYTES = 256 * 2**20
_MOST_PARTS = 4_000
_MOST_OF_A_PART = 128 * 2**20
_BORDERLESS = {"nil", "none", ""}


class NotWord(ReportError):
    """What was given is no Word file that can be read. `words` is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that look the same: text, and properties after styles (see `Styles.run`)."""

    text: str
    looks: Mapping[str, Any]


@dataclass(eq=False)
class Par:
    """One paragraph: its runs, and properties after styles (see `Styles.paragraph`)."""

    element: Any
    looks: Mapping[str, Any]
    runs: list[Run]

    @cached_property
    def text(self) -> str:
        """Without what stands around it; line breaks are spaces, non-breaking spaces stay."""
        return "".join(run.text for run in self.runs).replace("\n", " ").strip(" ")

    @cached_property
    def lines(self) -> list[str]:
        """Its text, broken where the writer broke it."""
        return [line for line in "".join(run.text for run in self.runs).split("\n") if line.strip()]

    @property
    def blank(self) -> bool:
        """Whether it has nothing to read."""
        return not self.text.strip("\u00a0 \t")

    @cached_property
    def drawing(self) -> Any | None:
        """The first picture or shape in it."""
        found = (tag(one) for one in ("w:drawing", "w:pict", "w:object"))
        return next(self.element.iter(*found), None)

    @property
    def size(self) -> float:
        """Of its letters (the largest run); of the paragraph mark when it is blank."""
        sizes = [run.looks["size"] for run in self.runs if run.text.strip()]
        return float(max(sizes, default=self.looks["mark_size"]))


@dataclass(eq=False)
class Cell:
    """A cell of a table: its paragraphs, and its width when the file tells it."""

    element: Any
    pars: list[Par]
    width_mm: float

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(par.text for par in self.pars if not par.blank)


@dataclass(eq=False)
class Tab:
    """A table."""

    element: Any
    rows: list[list[Cell]]
    headers: list[bool]
    """For each row: whether it comes again on each page."""
    whole: list[bool]
    """For each row: whether it stays on one page."""
    widths_mm: list[float]
    bordered: bool


Block = Par | Tab


@dataclass(eq=False)
class Section:
    """A part of the file with a page of its own."""

    element: Any
    blocks: list[Block] = field(default_factory=list)

    def page(self, name: str, attribute: str, default: float = 0.0) -> float:
        """A length of the page in millimetres: `pgSz` w, h; `pgMar` top, left…"""
        return value(self._child(name), attribute, default / MM_PER_TWIP) * MM_PER_TWIP

    def says(self, name: str, attribute: str = "val") -> str | None:
        """An attribute of one of its properties; None when it is not there."""
        found = self._child(name)
        return None if found is None else found.get(f"{W}{attribute}", "")

    def _child(self, name: str) -> Any | None:
        return None if self.element is None else self.element.find(f"{W}{name}")


class WordFile:
    """A Word file."""

    def __init__(self, content: bytes) -> None:
        self._parts = _unpacked(content)
        self._name = self._main_name()
        self.root = self._xml(self._name)
        self.body = self.root.find(f"{W}body")
        if self.body is None:
            raise NotWord("Tệp Word không có nội dung; hãy mở và lưu lại bằng Word rồi kiểm tra lại.")
        self._targets = self._relations(self._name)
        self.styles = Styles(self._related("styles"), self._related("theme"))
        self.sections = self._sections()

    def related(self, key: str) -> Any | None:
        """The part that a relation of the body names, such as a header; None when it is not there."""
        return self._maybe(self._targets.get(key, ("", ""))[1])

    def other(self, kind: str) -> Any | None:
        """A part by its kind: "comments", "settings"."""
        return self._related(kind)

    @cached_property
    def properties(self) -> dict[str, str]:
        """Of docProps: title, creator, lastModifiedBy, description, Company, Manager…"""
        told: dict[str, str] = {}
        for name in ("docProps/core.xml", "docProps/app.xml"):
            part = self._maybe(name)
            for child in () if part is None else part:
                if isinstance(child.tag, str):
                    told[etree.QName(child).localname] = (child.text or "").strip()
        return told

    def pars(self, element: Any, table_style: str | None = None) -> list[Par]:
        """The paragraphs directly in an element, content controls opened."""
        return [self._par(one, table_style) for one in _blocks(element) if one.tag == f"{W}p"]

    def _par(self, element: Any, table_style: str | None = None) -> Par:
        properties = element.find(f"{W}pPr")
        looks = self.styles.paragraph(properties, table_style)
        runs = []
        for run in _runs(element):
            text = _text(run)
            if text:
                runs.append(Run(text, self.styles.run(run.find(f"{W}rPr"), looks["style"], table_style)))
        return Par(element, looks, runs)

    def _tab(self, element: Any) -> Tab:
        properties = element.find(f"{W}tblPr")
        style = properties.find(f"{W}tblStyle") if properties is not None else None
        name = style.get(f"{W}val") if style is not None else None
        rows, headers, whole = [], [], []
        grid = [value(one, "w") * MM_PER_TWIP for one in element.findall(f"{W}tblGrid/{W}gridCol")]
        for row in _all(element, "tr"):
            told = row.find(f"{W}trPr")
            headers.append(told is not None and truth(told.find(f"{W}tblHeader")))
            whole.append(told is not None and truth(told.find(f"{W}cantSplit")))
            rows.append([self._cell(one, name, grid, place) for place, one in enumerate(_all(row, "tc"))])
        first = [cell.width_mm for cell in rows[0]] if rows else []
        return Tab(element, rows, headers, whole, first if all(first) else grid, self._bordered(element, name))

    def _cell(self, element: Any, style: str | None, grid: list[float], place: int) -> Cell:
        told = element.find(f"{W}tcPr/{W}tcW")
        own = value(told, "w") * MM_PER_TWIP if told is not None and told.get(f"{W}type", "dxa") == "dxa" else 0.0
        return Cell(element, self.pars(element, style), own or (grid[place] if place < len(grid) else 0.0))

    def _bordered(self, element: Any, style: str | None) -> bool:
        own = element.find(f"{W}tblPr/{W}tblBorders")
        borders = own if own is not None else self.styles.table_borders(style)
        edges = [*(borders if borders is not None else ()), *element.iterfind(f".//{W}tcBorders/*")]
        return any(edge.get(f"{W}val", "") not in _BORDERLESS for edge in edges)

    def _sections(self) -> list[Section]:
        made, blocks = [], []
        for element in _blocks(self.body):
            blocks.append(self._par(element) if element.tag == f"{W}p" else self._tab(element))
            mark = element.find(f"{W}pPr/{W}sectPr")
            if mark is not None:
                made.append(Section(mark, blocks))
                blocks = []
        made.append(Section(self.body.find(f"{W}sectPr"), blocks))
        return made

    def _main_name(self) -> str:
        for kind, target in self._relations("").values():
            if kind == "officeDocument":
                return target
        raise NotWord("Tệp này không phải tệp Word (.docx); hãy chọn tệp .docx.")

    def _relations(self, name: str) -> dict[str, tuple[str, str]]:
        folder, _, file = name.rpartition("/")
        part = self._maybe(f"{folder}/_rels/{file}.rels".lstrip("/"))
        found = {}
        for one in () if part is None else part:
            if isinstance(one.tag, str) and one.get("TargetMode") != "External":
                target = one.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") or not folder else f"{folder}/{target}"
                found[one.get("Id", "")] = (one.get("Type", "").rpartition("/")[2], path)
        return found

    def _related(self, kind: str) -> Any | None:
        return next((self._maybe(target) for one, target in self._targets.values() if one == kind), None)

    def _maybe(self, name: str) -> Any | None:
        return self._xml(name) if name in self._parts.namelist() else None

    def _xml(self, name: str) -> Any:
        try:
            with self._parts.open(name) as file:
                content = file.read(_MOST_OF_A_PART + 1)
        except (
            KeyError,
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
            OSError,
            EOFError,
            ValueError,
        ) as error:
            raise NotWord("Tệp Word bị hỏng hoặc có mật khẩu nên không đọc được; hãy lưu lại bằng Word.") from error
        if len(content) > _MOST_OF_A_PART:
            raise NotWord("Tệp Word quá lớn để kiểm tra; hãy bớt phụ lục hoặc hình rồi kiểm tra lại.")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise NotWord("Nội dung tệp Word bị hỏng nên không đọc được; hãy mở và lưu lại bằng Word.") from error
        if root.getroottree().docinfo.doctype:
            raise NotWord("Tệp Word có khai báo lạ (DOCTYPE) nên không được đọc; hãy lưu lại bằng Word.")
        return root


def header_pars(file: WordFile, reference: Any) -> list[Par]:
    """The paragraphs of the header that a `w:headerReference` names."""
    part = file.related(reference.get(f"{R}id", ""))
    return [] if part is None else [file._par(one) for one in part.iter(f"{W}p")]


def _unpacked(content: bytes) -> zipfile.ZipFile:
    try:
        parts = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise NotWord("Tệp này không phải tệp Word (.docx) hoặc đã bị hỏng; hãy chọn tệp .docx khác.") from error
    told = parts.infolist()
    if len(told) > _MOST_PARTS or sum(one.file_size for one in told) > _MOST_BYTES:
        raise NotWord("Tệp Word quá lớn để kiểm tra; hãy bớt phụ lục hoặc hình rồi kiểm tra lại.")
    return parts


_OPENED = {tag(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo")}
_INLINE = _OPENED | {tag("w:hyperlink"), tag("w:fldSimple")}


def _all(element: Any, name: str) -> Iterator[Any]:
    """Children of this name, content controls opened."""
    for child in element:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in _OPENED:
            yield from _all(child, name)


def _blocks(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag in _OPENED:
            yield from _blocks(child)


def _runs(element: Any) -> Iterator[Any]:
    """Runs that will be read: what was deleted is not."""
    for child in element:
        if child.tag == f"{W}r":
            yield child
        elif child.tag in _INLINE:
            yield from _runs(child)


_SIGNS = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}sym": "?"}


def _text(run: Any) -> str:
    return "".join(child.text or "" if child.tag == f"{W}t" else _SIGNS.get(child.tag, "") for child in run)
