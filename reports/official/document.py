"""An official report as the document that is rendered: the frozen figures and the office's own words, nothing else."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from reports.official import grids
from reports.official.data import ReportData
from reports.official.heads import LINES
from reports.official.places import Place, outline
from reports.official.prefill import prefilled
from reports.official.values import (
    Annex,
    Article,
    Block,
    Dash,
    Heading,
    OfficialDocument,
    Paragraph,
    Point,
    Section,
    Table,
)
from reports.official.words import at

ANNEXES = ("Danh mục tin, bài, video, infographic", "Hoạt động trực tiếp, báo chí, ấn phẩm", "Tài liệu kiểm chứng")
NOTHING_YET = "(Cơ quan, đơn vị bổ sung nội dung này.)"
"""What a draft prints where nobody wrote anything yet; a report cannot be finished with it."""


def heading_of(kept: Mapping[str, Any]) -> Heading:
    """The heading as it is kept with a report."""
    values: dict[str, Any] = {name: tuple(value) if name in LINES else value for name, value in kept.items()}
    values["dated"] = date.fromisoformat(str(kept["dated"]))
    return Heading(**values)


def words_of(data: ReportData, heading: Heading, texts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What stands at each place: the office's own words, else the prefilled ones."""
    own = {code: str(one["text"]) for code, one in texts.items()}
    return prefilled(data, heading.issuer, heading.addressees, own) | own


def document(data: ReportData, heading: Heading, texts: Mapping[str, Mapping[str, Any]]) -> OfficialDocument:
    """The whole document; the same values give the same one."""
    words = words_of(data, heading, texts)
    return OfficialDocument(
        heading=heading,
        blocks=tuple(_blocks(data, words)),
        annexes=tuple(Annex(title, (table,), landscape=across) for title, table, across in annexes(data)),
        title=f"{heading.kind} {heading.subject[:1].lower()}{heading.subject[1:]}",
        author=heading.issuer,
        cutoff_at=data.cutoff_at,
    )


def cutoff_words(data: ReportData) -> str:
    """The moment after which nothing counts; it is printed whatever else is written over."""
    return f"Số liệu chốt lúc {at(data.cutoff_at)}."


def _blocks(data: ReportData, words: Mapping[str, str]) -> Iterator[Block]:
    for part in outline(data):
        if part.title:
            yield Section(part.title)
        for article in part.articles:
            if article.title:
                yield Article(article.title)
            for place in article.places:
                yield from _at(data, place, words.get(place.code, ""))
                if place.code == "mo-dau":
                    yield Paragraph(cutoff_words(data))


def _at(data: ReportData, place: Place, text: str) -> Iterator[Block]:
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [NOTHING_YET]
    for number, line in enumerate(lines):
        if place.mark and number == 0:
            yield Point(place.mark, line)
        elif line.startswith("- "):
            yield Dash(line[2:])
        else:
            yield Paragraph(line)
    if place.grid:
        yield grids.grid(data, place.grid)


def annexes(data: ReportData) -> Iterator[tuple[str, Table, bool]]:
    """Title, list and whether it lies across; only those that hold anything: an annex of nothing is not attached."""
    lists = ((grids.items(data), True), (grids.activities(data), True), (grids.evidence(data), False))
    for title, (table, landscape) in zip(ANNEXES, lists, strict=True):
        if table.rows:
            yield title, table, landscape
