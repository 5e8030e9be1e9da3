"""How an official report writes days, periods and counts; fixed patterns, no adjectives (domain 3.1, 3.4)."""

from collections.abc import Iterable
from datetime import date, datetime

from content.vietnamese import clock, local_day, number, percent
from reports.official.data import ReportData
from reports.spans import Preset

ROMAN = ("I", "II", "III", "IV")


def short_day(on: date) -> str:
    """ "15/7/2026", "05/3/2026", "02/01/2026": days below 10 and only months 1 and 2 are padded, as in decrees."""
    month = f"{on.month:02}" if on.month <= 2 else f"{on.month}"
    return f"{on.day:02}/{month}/{on.year}"


def days(first: date, last: date) -> str:
    """ "từ ngày 01/01/2026 đến ngày 31/10/2026", or one day."""
    one = f"ngày\u00a0{short_day(first)}"
    return one if first == last else f"từ {one} đến ngày\u00a0{short_day(last)}"


def at(moment: datetime) -> str:
    """ "17:00 ngày 30/10/2026"."""
    return f"{clock(moment)} ngày\u00a0{short_day(local_day(moment))}"


def month(number_: int) -> str:
    """Months 1 and 2 are padded."""
    return f"{number_:02}" if number_ <= 2 else f"{number_}"


def period(data: ReportData) -> str:
    """ "năm 2026", "quý IV năm 2026", "tháng 10 năm 2026", with its days where they do not follow from that."""
    span = f" ({days(data.first, data.last)})"
    match data.preset:
        case Preset.WEEK:
            return f"tuần {data.number} năm {data.year}{span}"
        case Preset.MONTH:
            return f"tháng {month(data.number)} năm {data.year}"
        case Preset.STATISTICS_MONTH:
            return f"tháng {month(data.number)} năm {data.year}{span}"
        case Preset.QUARTER:
            return f"quý {ROMAN[data.number - 1]} năm {data.year}"
        case Preset.HALF:
            return f"6 tháng {'đầu' if data.number == 1 else 'cuối'} năm {data.year}"
        case Preset.YEAR:
            return f"năm {data.year}"
        case Preset.STATISTICS_YEAR | Preset.TO_DEADLINE:
            return f"năm {data.year}{span}"
    return days(data.first, data.last)


def following(data: ReportData) -> str:
    """The time that section IV looks at: "năm 2027" after a report of a year, else "thời gian tới"."""
    yearly = (Preset.YEAR, Preset.STATISTICS_YEAR, Preset.TO_DEADLINE)
    return f"năm {data.year + 1}" if data.preset in yearly else "thời gian tới"


def subject(data: ReportData) -> str:
    """Trích yếu (R15)."""
    return f"Kết quả công tác tuyên truyền cải cách hành chính {period(data)}"


def hours(minutes: int | None) -> str:
    """Minutes as hours with at most one decimal: 95 as "1,6 giờ"; None as "-"."""
    return "-" if minutes is None else f"{number(round(minutes / 60, 1))} giờ"


def shares(done: int, whole: int) -> str:
    """A percentage with one decimal, cut off: what is not reached is never rounded up to it."""
    return percent(None if not whole else done * 1000 // whole / 1000, 1)


def measured(value: float, unit: str) -> str:
    """ "88,38%", "46,0415 điểm": the value of an index with the decimals that were published."""
    places = len(f"{value:.10f}".rstrip("0").partition(".")[2])
    return f"{number(value, places)}{'' if unit in ('', '%') else ' '}{unit}"


def listed(several: Iterable[str]) -> str:
    """ "a, b và c"."""
    found = list(several)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} và {found[-1]}" if found else ""
