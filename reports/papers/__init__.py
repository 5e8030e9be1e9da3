"""The weekly summary as papers: PDF, Word, a workbook, a mail, a picture. Pure functions of a `WeeklySummary`.

Figures are told by `content.vietnamese` and nowhere rounded again; what is missing is "-" in every one of them.
"""

from collections.abc import Callable

from reports.official.values import Heading
from reports.summary import WeeklySummary

# What draws them takes 25 MB, once a week: it is loaded when a paper is made.


def _printed(summary: WeeklySummary, heading: Heading) -> bytes:
    from reports.papers.printing import printed

    return printed(summary, heading.issuer)


def _word(summary: WeeklySummary, heading: Heading) -> bytes:
    from reports.papers.word import word

    return word(summary, heading)


def _workbook(summary: WeeklySummary, _heading: Heading) -> bytes:
    from reports.papers.workbook import workbook

    return workbook(summary)


MAKE: dict[str, Callable[[WeeklySummary, Heading], bytes]] = {
    "summary.pdf": _printed,
    "summary.docx": _word,
    "summary.xlsx": _workbook,
}
"""Each paper by its file's name. `Heading` is the frame of an official document, for the one that has it."""


def papers(summary: WeeklySummary, heading: Heading) -> dict[str, bytes]:
    """Every paper, by file name."""
    return {name: make(summary, heading) for name, make in MAKE.items()}
