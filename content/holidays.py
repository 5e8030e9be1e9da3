"""Public holidays as data: decided year by year, so an office edits a file and not the program (domain 2.5)."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from content.errors import LibraryError
from content.files import Day, Entry, parse_yaml, problems_of, read_text

FILE = "ngay-le.yml"


class Holiday(Entry):
    """A day the office should think of when it plans. `off`: nobody works."""

    on: Day
    name: str
    off: bool = True


_HOLIDAYS = TypeAdapter(list[Holiday])


def read_holidays(plan_dir: Path) -> dict[date, Holiday]:
    """The holidays of the plan's own file, else of the one beside all plans; none when there is no file.

    Raises `LibraryError` with every problem as "file: place: sentence".
    """
    path = next((one for one in (plan_dir / FILE, plan_dir.parent / FILE) if one.is_file()), None)
    if path is None:
        return {}
    told = path.stat()
    return dict(_read(path, told.st_mtime_ns, told.st_size))


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> dict[date, Holiday]:
    """The file as it is now: YAML is slow, and every page with days asks."""
    facts = parse_yaml(read_text(path), FILE)
    try:
        return {one.on: one for one in _HOLIDAYS.validate_python(facts or [])}
    except ValidationError as error:
        raise LibraryError(problems_of(error, FILE)) from error
