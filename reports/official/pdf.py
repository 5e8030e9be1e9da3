"""The preview of an official document as a tagged PDF: the same lines and measures as the Word file.

It is for reading and checking on any machine; what is signed is the Word file.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

import typst

from content.vietnamese import number
from reports import typesetting
from reports.official import form
from reports.official.values import OfficialDocument
from reports.official.wording import Grid, Laid, Line, Piece, Shown, laid, text_width_mm

ROWS = 1_000
"""So many rows of a table are shown: setting five thousand takes near a gigabyte of memory, and nobody reads them."""
MARK = "Bản xem trước, chưa có số và chữ ký"
_TEMPLATE = "official.typ"
_LEVELS = {"section": 2, "article": 3, "annex": 1}
_UNSEEN = "□"
_LONG = re.compile(r"\S{20,}")
_UNCOMMON = re.compile(
    "[^\u0020-\u024f\u0300-\u0303\u0309\u0323\u1e00-\u1eff\u200b\u2010-\u2027\u2030-\u203a\u20ab\u2212\u2264\u2265]"
)


def pdf(document: OfficialDocument, made_at: datetime) -> bytes:
    """The document as a PDF (PDF/UA-1). A sign that no face of this machine has is shown as a box."""
    made = laid(document)
    facts, pictures = _facts(made)
    try:
        return typesetting.pdf(_TEMPLATE, facts, pictures, made_at=made_at)
    except typst.TypstError:
        # a tagged PDF may not hold a sign without a shape; the Word file keeps it
        return typesetting.pdf(_TEMPLATE, _common(facts), pictures, made_at=made_at)


def _common(value: Any) -> Any:
    match value:
        case str():
            return _UNCOMMON.sub(_UNSEEN, value)
        case Mapping():
            return {key: _common(one) for key, one in value.items()}
        case list() | tuple():
            return [_common(one) for one in value]
        case _:
            return value


def _facts(made: Laid) -> tuple[dict[str, Any], dict[str, bytes]]:
    pictures: dict[str, bytes] = {}
    levels = [1 if made.head.kind else 0]
    body = [_piece(piece, text_width_mm(), pictures, levels) for piece in made.body]
    # a signature never stands on a page of its own
    if body and body[-1]["kind"] == "line":
        body[-1]["keep"] = True
    annexes = [
        {"landscape": annex.landscape, "pieces": [
            _piece(piece, text_width_mm(landscape=annex.landscape), pictures, levels) for piece in annex.pieces
        ]}
        for annex in made.annexes
    ]  # fmt: skip
    return _measures() | {
        "title": made.title or MARK,
        "author": made.author,
        "head": _head(made),
        "body": body,
        "annexes": annexes,
        "signing": made.signing or [[""]],
        "signer": made.signer,
        "recipients": made.recipients,
    }, pictures


def _measures() -> dict[str, Any]:
    """Everything of `form` that the template draws with."""
    digits = form.LOOKS["page_number"].size * form.MM_PER_POINT
    space = form.LOOKS["space"]
    return {
        "font": typesetting.serif(),
        "mark": MARK,
        "mark_size": form.PREVIEW_MARK_PT,
        "looks": {
            name: {
                "size": look.size, "bold": look.bold, "italic": look.italic, "align": look.align,
                "indent": look.indent_mm, "left": look.left_mm, "before": look.before_pt, "after": look.after_pt,
                "line": look.line, "keep": look.keep_next,
            }
            for name, look in form.LOOKS.items()
        },
        "margins": {edge: margin.written for edge, margin in form.MARGINS_MM.items()},
        "header_ascent": form.MARGINS_MM["top"].written - form.PAGE_NUMBER_FROM_EDGE_MM - digits,
        "single": form.SINGLE_LINE,
        "rule_gap": form.RULE_HEIGHT_PT,
        "rule_thickness": form.RULE_THICKNESS_PT,
        "table_border": form.TABLE_BORDER_PT,
        "cell_padding": form.CELL_PADDING_MM,
        "head_gap": form.HEAD_ROW_GAP_PT,
        "foot_gap": form.FOOT_GAP_PT,
        "signing_share": form.SIGNING_SHARE,
        "blank": form.BLANK_LINES * space.size * form.SINGLE_LINE,
        "country": form.COUNTRY,
        "motto": form.MOTTO,
        "recipients_head": form.RECIPIENTS,
    }  # fmt: skip


def _notes(grid: Grid) -> list[str]:
    if len(grid.rows) <= ROWS:
        return list(grid.notes)
    return [f"Bản xem trước chỉ hiện {number(ROWS)} trong {number(len(grid.rows))} dòng; bản Word có đủ.", *grid.notes]


def _anywhere(word: re.Match[str]) -> str:
    """An address may break at every sign, as Word does it in a cell: else it runs out of its column."""
    return "\u200b".join(word[0])


def _head(made: Laid) -> dict[str, Any]:
    head = asdict(made.head)
    for rule in ("issuer", "motto", "subject"):
        head[f"{rule}_rule"] = head.pop(f"{rule}_rule_mm")
    return head


def _piece(piece: Piece, width_mm: float, pictures: dict[str, bytes], levels: list[int]) -> dict[str, Any]:
    """A piece for the template; `levels` holds the level of the heading before it, for none may be left out."""
    match piece:
        case Line(look, text):
            level = min(_LEVELS.get(look, 0), levels[0] + 1)
            levels[0] = level or levels[0]
            return {"kind": "line", "look": look, "text": text, "level": level, "keep": False}
        case Grid():
            rows = [[_LONG.sub(_anywhere, text) for text in line] for line in islice(piece.lines(), ROWS)]
            return {
                "kind": "table", "caption": piece.caption, "titles": piece.titles, "numeric": piece.numeric,
                "widths": piece.widths_mm(width_mm), "rows": rows,
                "notes": _notes(piece),
                "total": piece.texts(piece.total) if piece.total else [],
            }  # fmt: skip
        case Shown():
            name = f"{len(pictures) + 1}.png"
            pictures[name] = piece.png
            return {
                "kind": "picture", "file": name, "alt": piece.alt or piece.caption, "caption": piece.caption,
                "width": piece.width_mm,
            }  # fmt: skip
