"""The weekly summary as papers: PDF, Word, a workbook, a mail, a picture. Pure functions of a `WeeklySummary`.

Figures are told by `content.vietnamese` and nowhere rounded again; what is missing is "-" in every one of them.
"""

from collections.abc import Callable

from reports.official.values import Heading
from reports.papers.printing import printed
from reports.papers.word import word
from reports.papers.workbook import workbook
from reports.summary import WeeklySummary

MAKE: dict[str, Callable[[WeeklySummary, Heading], bytes]] = {
    "summary.pdf": lambda summary, heading: printed(summary, heading.issuer),
    "summary.docx": word,
    "summary.xlsx": lambda summary, _heading: workbook(summary),
}
"""Each paper by its file's name. `Heading` is the frame of an official document, for the one that has it."""


def papers(summary: WeeklySummary, heading: Heading) -> dict[str, bytes]:
    """Every paper, by file name."""
    return {name: make(summary, heading) for name, make in MAKE.items()}
