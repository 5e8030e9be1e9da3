"""The Word file of an official document, in the form of R1 to R34 (`reports/official/form.py`).

The package, its parts and pictures are python-docx's. The body is written as text, piece after piece straight into the
file: an annex with thousands of rows then costs what its text costs. The same document gives the same bytes.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document as WordDocument
from docx.oxml.ns import nsmap
from docx.oxml.shape import CT_Inline
from docx.shared import Mm
from lxml import etree

from content.vietnamese import LOCAL
from reports.official import form
from reports.official.docx_parts import FONTS, LANGUAGE, prepared, section_xml, size, twips
from reports.official.values import OfficialDocument
from reports.official.wording import Grid, Head, Laid, Line, Piece, Shown, laid, text_width_mm

_BODY = "word/document.xml"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Zip files know no earlier moment; a fixed one makes the same document the same bytes."""
_AT_ONCE = 500
"""Pieces of text joined before they are written: a call for each would cost more than the text."""
_ROOT = " ".join(f'xmlns:{prefix}="{nsmap[prefix]}"' for prefix in ("w", "r", "wp", "a", "pic"))
_RUN = f"<w:rPr>{FONTS}{LANGUAGE}</w:rPr>"


def docx(document: OfficialDocument) -> bytes:
    """The document as a Word file."""
    made = laid(document)
    at = document.cutoff_at or datetime.combine(document.heading.dated, time(), tzinfo=LOCAL)
    word = prepared(title=made.title, author=made.author, at=at)
    drawn = _drawn(made, word)
    saved, packed = io.BytesIO(), io.BytesIO()
    word.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(_entry(name), "w") as file:
                if name == _BODY:
                    pieces = _document(made, word, drawn)
                    while text := "".join(islice(pieces, _AT_ONCE)):
                        file.write(text.encode())
                else:
                    file.write(old.read(name))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _drawn(made: Laid, word: WordDocument) -> list[str]:
    """The drawings of all pictures in order; the pictures themselves are in the package afterwards."""
    pieces = (*made.body, *(piece for annex in made.annexes for piece in annex.pieces))
    drawings = []
    for place, shown in enumerate((piece for piece in pieces if isinstance(piece, Shown)), 1):
        relation, image = word.part.get_or_add_image(io.BytesIO(shown.png))
        across, along = image.scaled_dimensions(Mm(shown.width_mm), None)
        inline = CT_Inline.new_pic_inline(place, relation, f"Hình {place}", across, along)
        inline.docPr.set("descr", shown.alt)
        drawings.append(etree.tostring(inline, encoding="unicode"))
    return drawings


def _document(made: Laid, word: WordDocument, drawn: list[str]) -> Iterator[str]:
    """word/document.xml in pieces."""
    drawings = iter(drawn)
    yield f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document {_ROOT}><w:body>'
    yield from _first_page(made.head)
    last = len(made.body) - 1
    for place, piece in enumerate(made.body):
        # the last lines of the body stay with the signature
        yield from _piece(piece, drawings, form_width=text_width_mm(), keep=place == last)
    yield from _foot(made)
    sections = [section_xml(word)]
    sections += [section_xml(word, landscape=annex.landscape, first=False) for annex in made.annexes]
    marks = [etree.tostring(section, encoding="unicode") for section in sections]
    for annex, mark in zip(made.annexes, marks, strict=False):
        yield f'<w:p><w:pPr><w:pStyle w:val="gap"/>{mark}</w:pPr></w:p>'
        for piece in annex.pieces:
            yield from _piece(piece, drawings, form_width=text_width_mm(landscape=annex.landscape))
    if not made.annexes or isinstance(made.annexes[-1].pieces[-1], Grid):
        # nothing may end with a table
        yield _paragraph("gap", "")
    yield f"{marks[-1]}</w:body></w:document>"


def _run(text: str, properties: str = _RUN) -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


def _paragraph(look: str, text: str, *, more: str = "") -> str:
    """A paragraph of this kind; `more` are properties of its own, in the order of the schema."""
    return f'<w:p><w:pPr><w:pStyle w:val="{look}"/>{more}</w:pPr>{_run(text)}</w:p>'


def _sized(look: str, lines: Sequence[str], points: float) -> str:
    """A paragraph of several lines in letters of this size."""
    properties = f"<w:rPr>{FONTS}{size(points)}{LANGUAGE}</w:rPr>"
    runs = f"<w:r>{properties}<w:br/></w:r>".join(_run(line, properties) for line in lines)
    return f'<w:p><w:pPr><w:pStyle w:val="{look}"/></w:pPr>{runs}</w:p>'


def _rule(length_mm: float, width_mm: float) -> str:
    """A drawn line in the middle: the border of an empty paragraph, indented from both sides (R7, R11, R16)."""
    side = twips(max(width_mm - length_mm, 0) / 2)
    border = f'<w:bottom w:val="single" w:sz="{round(form.RULE_THICKNESS_PT * 8)}" w:space="0" w:color="{form.BLACK}"/>'
    return _paragraph("rule", "", more=f'<w:pBdr>{border}</w:pBdr><w:ind w:left="{side}" w:right="{side}"/>')


def _columns(shares_mm: Sequence[float], rows: Sequence[Sequence[str]]) -> str:
    """A table without borders that holds parts of the page side by side (R31)."""
    widths = [twips(one) for one in shares_mm]
    made = "".join(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(map(_cell, widths, row))}</w:tr>" for row in rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"{_grid(widths)}{made}</w:tbl>"
    )


def _grid(widths: Sequence[int]) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tblGrid>{columns}</w:tblGrid>"


def _cell(width: int, content: str) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{content}</w:tc>'


def _first_page(head: Head) -> Iterator[str]:
    whole = text_width_mm()
    left, right = whole * head.share, whole * (1 - head.share)
    bodies = (
        (_sized("parent", head.parent, head.size) if head.parent else "")
        + _sized("issuer", head.issuer, head.size)
        + _rule(head.issuer_rule_mm, left)
    )
    country = (
        _sized("country", (form.COUNTRY,), head.size)
        + _sized("motto", (form.MOTTO,), head.motto_size)
        + _rule(head.motto_rule_mm, right)
    )
    dated = _sized("dated", (head.dated,), head.motto_size)
    yield _columns((left, right), ((bodies, country), (_paragraph("number", head.number), dated)))
    yield _paragraph("kind", head.kind)
    yield _paragraph("subject", head.subject)
    yield _rule(head.subject_rule_mm, whole)


def _foot(made: Laid) -> Iterator[str]:
    """Nơi nhận beside the signature (R24-R28)."""
    whole = text_width_mm()
    recipients = _paragraph("recipients", form.RECIPIENTS) + "".join(
        _paragraph("recipient", one) for one in made.recipients
    )
    points = form.LOOKS["position"].size
    signing = "".join(_sized("position", lines, points) for lines in made.signing) or _paragraph("position", "")
    signing += _paragraph("space", "") * form.BLANK_LINES + _paragraph("signer", made.signer)
    gap = f'<w:spacing w:before="{round(form.FOOT_GAP_PT * 20)}"/>'
    yield f'<w:p><w:pPr><w:pStyle w:val="gap"/><w:keepNext/>{gap}</w:pPr></w:p>'
    yield _columns((whole * form.SIGNING_SHARE, whole * (1 - form.SIGNING_SHARE)), ((recipients, signing),))


def _piece(piece: Piece, drawings: Iterator[str], *, form_width: float, keep: bool = False) -> Iterator[str]:
    match piece:
        case Line(look, text):
            yield _paragraph(look, text, more="<w:keepNext/>" if keep else "")
        case Grid():
            yield from _table(piece, form_width)
        case Shown():
            drawing = f"<w:r>{_RUN}<w:drawing>{next(drawings)}</w:drawing></w:r>"
            yield f'<w:p><w:pPr><w:pStyle w:val="picture"/></w:pPr>{drawing}</w:p>'
            yield _paragraph("picture_caption", piece.caption)


def _table(grid: Grid, width_mm: float) -> Iterator[str]:
    yield _paragraph("caption", grid.caption)
    widths = [twips(width) for width in grid.widths_mm(width_mm)]
    border = f'w:val="single" w:sz="{round(form.TABLE_BORDER_PT * 8)}" w:space="0" w:color="{form.BLACK}"'
    borders = "".join(f"<w:{edge} {border}/>" for edge in ("top", "left", "bottom", "right", "insideH", "insideV"))
    padding = f'w:w="{twips(form.CELL_PADDING_MM)}" w:type="dxa"'
    yield (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left {padding}/><w:right {padding}/></w:tblCellMar>'
        f"<w:tblCaption w:val={quoteattr(grid.caption)}/></w:tblPr>"
        f"{_grid(widths)}"
    )
    yield _row(["head_cell"] * len(widths), grid.titles, widths, header=True)
    looks = ["number_cell" if numeric else "cell" for numeric in grid.numeric]
    for texts in grid.lines():
        yield _row(looks, texts, widths)
    if grid.total:
        yield _row([f"total_{look}" for look in looks], grid.texts(grid.total), widths)
    yield "</w:tbl>"
    yield _paragraph("gap", "")
    for note in grid.notes:
        yield _paragraph("note", note)


def _row(looks: Sequence[str], texts: Sequence[str], widths: Sequence[int], *, header: bool = False) -> str:
    """One row; it stays in one piece, and a header comes again on each page (R30)."""
    middle = '<w:vAlign w:val="center"/>' if header else ""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{middle}</w:tcPr>{_paragraph(look, text)}</w:tc>'
        for look, text, width in zip(looks, texts, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{cells}</w:tr>"
