"""What stands around the body of an official Word file: styles, settings, header, sections, properties (R1-R4, R34).

python-docx begins from a template of its own; nothing of it is left but the package.
"""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm

from reports.official import form

FONTS = "<w:rFonts " + " ".join(f'w:{slot}="{form.FONT}"' for slot in ("ascii", "hAnsi", "cs", "eastAsia")) + "/>"
LANGUAGE = "<w:lang " + " ".join(f'w:{kind}="{form.LANGUAGE}"' for kind in ("val", "eastAsia", "bidi")) + "/>"
_KEPT = {"styles", "settings"}
"""Parts of the template that are written anew; all others go."""
_OUTLINE = {"section": 0, "article": 1, "annex": 0}
"""For the navigation pane and for readers who cannot see bold letters."""
_LONGEST_PROPERTY = 255


def twips(mm: float) -> int:
    """Millimetres as twentieths of a point."""
    return round(mm / form.MM_PER_POINT * 20)


def size(points: float) -> str:
    """Letters of this size, for every script."""
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def prepared(*, title: str, author: str, at: datetime) -> WordDocument:
    """An empty document: A4, header with the page's number, our styles, nothing of a person or of a template."""
    word = Document()
    _forget_template(word)
    _fill(word.styles.element, _styles())
    _fill(word.settings.element, _SETTINGS)
    section = word.sections[0]
    _set_up(section, landscape=False)
    section.different_first_page_header_footer = True
    _fill(section.header._element, _page_number())
    _describe(word, title, author, at)
    return word


def section_xml(word: WordDocument, *, landscape: bool = False, first: bool = True) -> Any:
    """The `w:sectPr` of the body (`first`) or of an annex, whose pages are numbered from 1 again (R29)."""
    made = deepcopy(word.sections[0]._sectPr)
    _set_up(Section(made, word.part), landscape=landscape)
    if not first:
        # the header goes on by itself
        for reference in made.findall(qn("w:headerReference")):
            made.remove(reference)
    made.find(qn("w:pgMar")).addnext(parse_xml(f'<w:pgNumType {nsdecls("w")} w:fmt="decimal" w:start="1"/>'))
    return made


def _set_up(section: Section, *, landscape: bool) -> None:
    across, along = form.PAPER_MM[::-1] if landscape else form.PAPER_MM
    section.page_width, section.page_height = Mm(across), Mm(along)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin = (Mm(form.MARGINS_MM[edge].written) for edge in ("top", "bottom"))
    section.left_margin, section.right_margin = (Mm(form.MARGINS_MM[edge].written) for edge in ("left", "right"))
    section.header_distance = section.footer_distance = Mm(form.PAGE_NUMBER_FROM_EDGE_MM)


def _forget_template(word: WordDocument) -> None:
    for relations in (word.part.rels, word.part.package.rels):
        for key, relation in list(relations.items()):
            kind = relation.reltype.rsplit("/", 1)[-1]
            if kind not in _KEPT | {"officeDocument", "core-properties"}:
                del relations[key]


def _fill(element: Any, xml: str) -> None:
    """Put our own children in the place of whatever the element holds."""
    for child in list(element):
        element.remove(child)
    for child in parse_xml(f"<w:all {nsdecls('w')}>{xml}</w:all>"):
        element.append(child)


def _describe(word: WordDocument, title: str, author: str, at: datetime) -> None:
    """R34: the document's name, the agency; never a person."""
    properties = word.core_properties
    element = properties._element
    for child in list(element):
        element.remove(child)
    properties.title, properties.author = title[:_LONGEST_PROPERTY], author[:_LONGEST_PROPERTY]
    properties.last_modified_by = author[:_LONGEST_PROPERTY]
    properties.language = form.LANGUAGE
    properties.revision = 1
    properties.created = properties.modified = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


_SETTINGS = f"""
<w:zoom w:percent="100"/>
<w:defaultTabStop w:val="{twips(form.INDENT_MM)}"/>
<w:characterSpacingControl w:val="doNotCompress"/>
<w:compat>
  <w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>
</w:compat>
<w:themeFontLang w:val="{form.LANGUAGE}" w:eastAsia="{form.LANGUAGE}" w:bidi="{form.LANGUAGE}"/>
<w:decimalSymbol w:val=","/>
<w:listSeparator w:val=";"/>
"""


def _styles() -> str:
    body = form.LOOKS["body"].size
    made = [
        f"<w:docDefaults><w:rPrDefault><w:rPr>{FONTS}{size(body)}{LANGUAGE}</w:rPr></w:rPrDefault>"
        "<w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>",
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f"<w:rPr>{FONTS}{size(body)}{LANGUAGE}</w:rPr></w:style>",
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>',
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
    ]
    made += [_style(name, look) for name, look in form.LOOKS.items()]
    return "".join(made)


def _style(name: str, look: form.Look) -> str:
    indent = f'w:left="{twips(look.left_mm)}" ' + (
        f'w:hanging="{twips(-look.indent_mm)}"' if look.indent_mm < 0 else f'w:firstLine="{twips(look.indent_mm)}"'
    )
    exact = name in ("rule", "gap")
    line = form.RULE_HEIGHT_PT * 20 if exact else look.line * 240
    outline = f'<w:outlineLvl w:val="{_OUTLINE[name]}"/>' if name in _OUTLINE else ""
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name}">'
        f'<w:name w:val={quoteattr(form.STYLE_NAMES[name])}/><w:basedOn w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{'<w:keepNext/>' if look.keep_next else ''}"
        f'<w:spacing w:before="{round(look.before_pt * 20)}" w:after="{round(look.after_pt * 20)}"'
        f' w:line="{round(line)}" w:lineRule="{"exact" if exact else "auto"}"/>'
        f'<w:ind {indent}/><w:jc w:val="{look.align}"/>{outline}</w:pPr>'
        f"<w:rPr>{FONTS}{'<w:b/><w:bCs/>' if look.bold else ''}{'<w:i/><w:iCs/>' if look.italic else ''}"
        f'<w:color w:val="{form.BLACK}"/>{size(look.size)}{LANGUAGE}</w:rPr></w:style>'
    )


def _page_number() -> str:
    look = '<w:pPr><w:pStyle w:val="page_number"/></w:pPr>'
    runs = (
        '<w:fldChar w:fldCharType="begin"/>', '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>', "<w:t>2</w:t>", '<w:fldChar w:fldCharType="end"/>',
    )  # fmt: skip
    return f"<w:p>{look}{''.join(f'<w:r><w:rPr>{FONTS}{LANGUAGE}</w:rPr>{run}</w:r>' for run in runs)}</w:p>"
