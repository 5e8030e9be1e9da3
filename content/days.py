"""A year's special days with where each comes from, for whoever keeps them."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session

from content.errors import ContentError
from content.holidays import Holiday, base, read_holidays
from content.office import HOLIDAYS, Kept, own_holidays, read


class Origin(StrEnum):
    """Who says what a day is."""

    BASE = "co-san"
    FILE = "tep"
    OFFICE = "don-vi"


ORIGIN_WORDS = {Origin.BASE: "Có sẵn", Origin.FILE: "Tệp của kế hoạch", Origin.OFFICE: "Đơn vị đặt"}


@dataclass(frozen=True, slots=True)
class KnownDay:
    """A day as it stands, who says so, and what would stand there if that were given back."""

    holiday: Holiday
    origin: Origin
    below: Holiday | None = None

    @property
    def on(self) -> date:
        """The day."""
        return self.holiday.on


def days_of_year(session: Session, plan_dir: Path | None, year: int, kept: Kept | None = None) -> list[KnownDay]:
    """Every special day of the year, in order. `kept`: the office's list, already read.

    Raises `LibraryError` for a file that cannot be read and is needed.
    """
    kept = kept or read(session, HOLIDAYS)
    own, built_in = own_holidays(session, plan_dir, kept), base(year)
    file = own
    if kept.version:
        file = {}
        with suppress(ContentError):  # the office's own list stands; a broken file only has nothing to give back
            file = read_holidays(plan_dir) if plan_dir else {}
    found = []
    for on in sorted({*built_in, *(on for on in own if on.year == year)}):
        if on not in own:
            found.append(KnownDay(built_in[on], Origin.BASE))
        elif own[on] == file.get(on):
            found.append(KnownDay(own[on], Origin.FILE, built_in.get(on)))
        else:
            found.append(KnownDay(own[on], Origin.OFFICE, file.get(on, built_in.get(on))))
    return found
