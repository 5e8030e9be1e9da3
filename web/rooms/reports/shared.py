"""What the pages of the reports share: the row behind an address, the record of what was done, the tables as text."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import Depends, HTTPException, Request
from sqlmodel import Session

from reports.official.keeping import NoReport, find_report
from reports.official.values import Table
from reports.official.wording import cell_text
from reports.tables import Report
from web.acts import Act, note
from web.asking import NUMBER_MOST
from web.door import house_of, may
from web.roles import Permission, Person

Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
HOME = "/bao-cao"


def found(session: Session, number: int) -> Report:
    """The report of that number. Raises HTTPException 404."""
    if number > NUMBER_MOST:
        raise HTTPException(404)
    try:
        return find_report(session, number)
    except NoReport:
        raise HTTPException(404) from None


def noted(session: Session, request: Request, someone: Person, row: Report, words: str) -> None:
    """Leave a row in the history, in the same transaction."""
    note(session, request, someone, Act.REPORT, str(row.id), words[:2_000], now=house_of(request).now())


class Shown(NamedTuple):
    """A table for a page: every cell as text."""

    caption: str
    titles: Sequence[tuple[str, bool]]
    """Each with whether it is a number."""
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    notes: Sequence[str]


def shown(table: Table, place: int) -> Shown:
    """The table as the document has it, under its number."""
    return Shown(
        f"Bảng {place}. {table.caption}",
        [(column.title, column.numeric) for column in table.columns],
        [[cell_text(cell) for cell in row] for row in table.rows],
        [cell_text(cell) for cell in table.total],
        table.notes,
    )
