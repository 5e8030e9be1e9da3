"""Days off and days worth remembering (domain 2.5): the country's own below, the plan's file and the office above.

The base layer is the package `holidays`, which knows the Vietnamese lunar calendar and the swaps that were decided.
What is decided year by year an office writes into a file or at the desk; a row for a day replaces what stands below it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from content.errors import ContentError, LibraryError
from content.files import Day, Entry, parse_yaml, problems_of, read_text
from content.tags import clean
from content.vietnamese import day, nfc

FILE = "ngay-le.yml"
MOST = 50
"""No day's own limit is higher."""
FIRST_YEAR, LAST_YEAR = 1995, 2100
"""The years that the base layer is asked for; the Vietnamese calendar behind it ends with the last."""


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(clean(tags))
    except ContentError as error:
        raise ValueError(error.words.removeprefix("tags: ")) from None


Tags = Annotated[tuple[str, ...], AfterValidator(_tags)]


class Holiday(Entry):
    """A day the office should think of when it plans. `off`: nobody works. What it asks of the queue is optional."""

    on: Day
    name: Annotated[str, AfterValidator(nfc)]
    off: bool = True
    working: bool = False
    """A day at work in exchange for another one, such as a Saturday: never off."""
    at_most: Annotated[int, Field(ge=0, le=MOST)] | None = None
    """So many posts on a channel; None: as the kind of day asks (see `scheduler.days`)."""
    without: Tags = ()
    """Posts with one of these tags do not go out."""
    only: Tags = ()
    """When set: only posts with one of these tags go out."""

    @model_validator(mode="before")
    @classmethod
    def _work_is_not_off(cls, facts: Any) -> Any:
        return {**facts, "off": False} if isinstance(facts, dict) and facts.get("working") is True else facts

    @model_validator(mode="after")
    def _tags_agree(self) -> "Holiday":
        if both := set(self.without) & set(self.only):
            raise ValueError(f"nhãn “{min(both)}” vừa chỉ được đăng vừa không được đăng; hãy bỏ một bên.")
        return self


_HOLIDAYS = TypeAdapter(list[Holiday])


def read_holidays(plan_dir: Path) -> dict[date, Holiday]:
    """The days of the file beside all plans, and over them those of the plan's own file; there may be neither.

    Raises `LibraryError` with every problem as "file: place: sentence".
    """
    found: dict[date, Holiday] = {}
    for path in (plan_dir.parent / FILE, plan_dir / FILE):
        if path.is_file():
            told = path.stat()
            found |= _read(path, told.st_mtime_ns, told.st_size)
    return found


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> dict[date, Holiday]:
    """The file as it is now: YAML is slow, and every page with days asks."""
    facts = parse_yaml(read_text(path), FILE)
    try:
        return {one.on: one for one in _HOLIDAYS.validate_python(facts or [])}
    except ValidationError as error:
        raise LibraryError(problems_of(error, FILE)) from error


# The base layer --------------------------------------------------------------------------------------------

_TET = "Tết Nguyên đán"
_OWN_WORDS = {
    "Giao thừa Tết Nguyên Đán": f"{_TET} (giao thừa)",
    "Tết Nguyên Đán": f"{_TET} (mùng 1)",
    "Mùng hai Tết Nguyên Đán": f"{_TET} (mùng 2)",
    "Mùng ba Tết Nguyên Đán": f"{_TET} (mùng 3)",
    "Mùng bốn Tết Nguyên Đán": f"{_TET} (mùng 4)",
    "Mùng năm Tết Nguyên Đán": f"{_TET} (mùng 5)",
    "Mùng sáu Tết Nguyên Đán": f"{_TET} (mùng 6)",
    "29 Tết": f"{_TET} (nghỉ trước giao thừa)",
    "Ngày Giỗ Tổ Hùng Vương": "Giỗ Tổ Hùng Vương",
}
"""As officials write it, where the package writes it otherwise."""
_DOUBTFUL = "Ngày Văn hóa Việt Nam"
"""Proclaimed by Nghị quyết 80-NQ/TW; whether it is a day off by law could not be confirmed, so an office says so."""
_SWAP = re.compile(r"Ngày nghỉ \(thay cho ngày (\d{2}/\d{2}/\d{4})\)")
_OBSERVED = re.compile(r"(.+) \(nghỉ bù(, dự kiến)?\)")


def base(year: int) -> Mapping[date, Holiday]:
    """The country's days off of a year, by day, with the days that are worked in exchange; none beyond 2100."""
    return _base(year) if FIRST_YEAR <= year <= LAST_YEAR else {}


def base_days(days: Iterable[date]) -> dict[date, Holiday]:
    """Those of these days that the base layer knows."""
    return {on: known for on in days if (known := base(on.year).get(on)) is not None}


@lru_cache(maxsize=32)
def _base(year: int) -> Mapping[date, Holiday]:
    found = {on: made for on, name in _told(year).items() if (made := _made(on, name)) is not None}
    for near in (year - 1, year, year + 1):  # a swap may reach over New Year
        for on, name in _told(near).items():
            swap = _SWAP.search(name)
            worked = date(*map(int, reversed(swap[1].split("/")))) if swap else None
            if worked is not None and worked.year == year:
                found[worked] = Holiday(on=worked, name=f"Làm bù cho ngày nghỉ {day(on)}", working=True)
    return dict(sorted(found.items()))


@lru_cache(maxsize=32)
def _told(year: int) -> dict[date, str]:
    """What the package says of a year. It is large, and few commands need it."""
    import holidays

    return dict(holidays.country_holidays("VN", years=year, language="vi"))


def _made(on: date, told: str) -> Holiday | None:
    """One of its days in our own words; several names of one day stand behind each other."""
    names = [one for one in told.split("; ") if not one.startswith(f"{_DOUBTFUL} (")]
    sure = [_worded(one) for one in names if one != _DOUBTFUL]
    if sure:
        return Holiday(on=on, name="; ".join(sure))
    return Holiday(on=on, name=f"{_DOUBTFUL} (kiểm tra quy định nghỉ)", off=False) if names else None


def _worded(name: str) -> str:
    if swap := _SWAP.fullmatch(name):
        return f"Nghỉ hoán đổi với ngày {swap[1]}"
    if observed := _OBSERVED.fullmatch(name):
        return f"Nghỉ bù {_OWN_WORDS.get(observed[1], observed[1])}"
    return _OWN_WORDS.get(name, name)
