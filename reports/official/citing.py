"""Citations (R20): the first names a document whole, those after it only its type and number.

>>> cite = Citations(); cite(plan_facts)
'Kế hoạch số 481/KH-UBND ngày 29 tháng 12 năm 2022 của Ủy ban nhân dân tỉnh Thừa Thiên Huế về tuyên truyền …'
"""

import re
from datetime import date

from content.vietnamese import long_day
from reports.official.data import PlanFacts

_NUMBERED = re.compile(r"\d[\w./-]*")


class Citations:
    """What one document has cited so far."""

    def __init__(self) -> None:
        self.cited: set[str] = set()

    def __call__(self, plan: PlanFacts) -> str:
        """The plan; whole for the first time."""
        whole = f" về {lowered(plan.title)}" if plan.title else ""
        return self.cite("Kế hoạch", plan.number, plan.issued, plan.issuer, whole)

    def cite(self, kind: str, number: str, issued: date | None, issuer: str, about: str) -> str:
        """A document by its parts. One without a number is named by its subject each time."""
        if not number:
            return f"{kind}{about}"
        short = f"{kind} số\u00a0{number}"
        if number in self.cited:
            return short
        self.cited.add(number)
        dated = f" {long_day(issued)}" if issued else ""
        by = f" của {issuer}" if issuer else ""
        return f"{short}{dated}{by}{about}"

    def read(self, words: str) -> None:
        """A person's own words, which may cite documents, too: what stands there is not told whole again."""
        self.cited.update(_NUMBERED.findall(words))


def lowered(words: str) -> str:
    """A title within a sentence: its first letter small, unless its first word is an abbreviation."""
    first = words.split(" ", 1)[0]
    return words if len(first) > 1 and first.isupper() else words[:1].lower() + words[1:]
