"""The periods a report is made for, each under a short name: "nam-2026", "quy-2026-4", "thang-15-2026-10"."""

import re
from dataclasses import dataclass
from datetime import datetime

from content.vietnamese import local_day
from reports.official.words import short_day
from reports.periods import MONDAY, ReportError
from reports.spans import MOST, Preset, Span, preset_span

OFFERED = {Preset.HALF: 2, Preset.QUARTER: 4, Preset.MONTH: 6, Preset.STATISTICS_MONTH: 6, Preset.WEEK: 5}
"""So many of the last ones are offered; of years this one and the one before."""
YEARS = 2
_CODE = re.compile(r"(?P<preset>[a-z0-9-]+?)-(?P<year>\d{4})(?:-(?P<number>\d{1,2}))?", re.ASCII)
ORDER = (
    *(Preset.TO_DEADLINE, Preset.YEAR, Preset.STATISTICS_YEAR, Preset.HALF, Preset.QUARTER, Preset.MONTH),
    *(Preset.STATISTICS_MONTH, Preset.WEEK),
)
"""As they are offered: the plan's own report first."""


@dataclass(frozen=True, slots=True)
class Period:
    """One week, month, quarter, half or year."""

    preset: Preset
    year: int
    number: int
    span: Span

    @property
    def code(self) -> str:
        """Its short name."""
        return f"{self.preset}-{self.year}" + (f"-{self.number}" if self.preset in MOST else "")

    @property
    def label(self) -> str:
        """Such as "Quý IV năm 2026 (01/10/2026 - 31/12/2026)"."""
        return f"{_names(self)} ({short_day(self.span.first)} - {short_day(self.span.last)})"


def _names(period: Period) -> str:
    match period.preset:
        case Preset.WEEK:
            return f"Tuần {period.number} năm {period.year}"
        case Preset.MONTH | Preset.STATISTICS_MONTH:
            return f"Tháng {period.number} năm {period.year}"
        case Preset.QUARTER:
            return f"Quý {('I', 'II', 'III', 'IV')[period.number - 1]} năm {period.year}"
        case Preset.HALF:
            return f"6 tháng {'đầu' if period.number == 1 else 'cuối'} năm {period.year}"
    return f"Năm {period.year}"


def period(preset: Preset, year: int, number: int = 1, first_weekday: int = MONDAY) -> Period:
    """The `number`-th of that preset in a year. Raises `ReportError` for one there is not."""
    return Period(preset, year, number, preset_span(preset, year, number, first_weekday))


def period_named(code: str, first_weekday: int = MONDAY) -> Period:
    """The period of that short name. Raises `ReportError` for one there is not."""
    found = _CODE.fullmatch(code)
    if found is None or found["preset"] not in set(Preset):
        raise ReportError("Không có kỳ báo cáo này; hãy chọn trong danh sách.")
    return period(Preset(found["preset"]), int(found["year"]), int(found["number"] or 1), first_weekday)


def offered(now: datetime, first_weekday: int = MONDAY) -> dict[Preset, tuple[Period, ...]]:
    """The periods that have begun, by preset, the newest first."""
    year = local_day(now).year
    found: dict[Preset, tuple[Period, ...]] = {}
    for preset in ORDER:
        several = [
            one
            for y in (year + 1, year, year - 1)
            for number in range(MOST.get(preset, 1), 0, -1)
            if (one := _there(preset, y, number, first_weekday)) and one.span.since < now
        ]
        found[preset] = tuple(several[: OFFERED.get(preset, YEARS)])
    return found


def _there(preset: Preset, year: int, number: int, first_weekday: int) -> Period | None:
    """None for the 53rd week of a year that has 52."""
    try:
        return period(preset, year, number, first_weekday)
    except ReportError:
        return None
