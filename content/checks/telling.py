"""Findings as lines for a person: what must be mended, what must be filled in, what to look at again."""

from collections.abc import Sequence

from content.checks.values import Finding, Grade

HEADINGS = {
    Grade.ERROR: "Phải sửa",
    Grade.TO_FILL: "Phải điền trước khi trình duyệt",
    Grade.WARNING: "Cần xem lại",
}


def by_grade(found: Sequence[Finding], grade: Grade) -> list[Finding]:
    """The findings of one grade, in their order."""
    return [one for one in found if one.grade is grade]


def tell(found: Sequence[Finding], *, warnings: bool = True) -> list[str]:
    """One heading per grade that has something, then a line "field: sentence" for each finding."""
    lines: list[str] = []
    for grade, heading in HEADINGS.items():
        chosen = by_grade(found, grade)
        if chosen and (warnings or grade is not Grade.WARNING):
            lines += [f"  {heading}:", *(f"    {one.field}: {one.words}" for one in chosen)]
    return lines
