"""Activities from a table: every row read, told what is wrong with it and what it comes to; then logged, all or none.

Importing only adds. A row that is logged already, to the letter, stays as it is, so the same file may come twice.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from content.activities import create
from content.activity_fields import (
    LABELS,
    ActivityError,
    ActivityFields,
    checked,
    count_of,
    differing,
    fields_of,
    money,
)
from content.activity_kinds import FIGURES, KIND_NAMES, TONES
from content.errors import ContentError, LibraryError
from content.exchange.columns import Column, Kind, plain
from content.exchange.opening import open_table
from content.exchange.sheet import HEADER_WITHIN, ROWS_MAX, Cell, Line, texts
from content.exchange.values import CellError, as_day, as_list, as_text
from content.plan import Plan
from content.record_tables import Activity
from content.vietnamese import fold, nfc, number

COLUMNS = (
    Column("kind", LABELS["kind"], ("loai",), "Chọn trong danh sách.", 24, True),
    Column("title", LABELS["title"], ("ten", "noi dung hoat dong"), "Ghi như trong văn bản.", 44, True),
    Column("first", LABELS["first"], ("ngay", "ngay bat dau"), "Ngày viết như 31/12/2026; không ghi việc chưa tới.", 13,
           True),
    Column("last", LABELS["last"], ("ngay ket thuc",), "Bỏ trống nếu chỉ một ngày.", 13),
    Column("place", LABELS["place"], (), "", 24),
    Column("agency", LABELS["agency"], ("co quan", "don vi"), "Tên hoặc mã trong kế hoạch; bỏ trống: cơ quan chủ trì.",
           26),
    Column("topic", LABELS["topic"], ("diem", "noi dung"), "Chữ cái của kế hoạch; chọn trong danh sách.", 24),
    Column("form", LABELS["form"], (), "Bỏ trống thì lấy theo loại hoạt động.", 20),
    Column("audiences", LABELS["audiences"], (), "Cách nhau bằng dấu chấm phẩy.", 24),
    *(Column(one.name, one.label, (), f"Số {one.unit}; bỏ trống nếu không biết, 0 nếu không có.", 11)
      for one in FIGURES.values()),
    Column("cost", LABELS["cost"], ("kinh phi",), "Số đồng, như 12.500.000; bỏ trống nếu không biết.", 16),
    Column("funding", LABELS["funding"], ("nguon",), "", 22),
    Column("outlet", LABELS["outlet"], ("bao", "dai"), "Chỉ ghi với loại báo chí.", 20),
    Column("url", LABELS["url"], ("lien ket", "link"), "Viết đủ https://…", 28),
    Column("tone", LABELS["tone"], (), "Chỉ ghi với loại báo chí; chọn trong danh sách.", 16),
    Column("words", LABELS["words"], (), "", 36),
)  # fmt: skip
TOLD = (
    Column("id", "Số", (), "", 8),
    Column("recorded", "Người ghi, lúc ghi", (), "", 28),
    Column("files", "Số tệp kiểm chứng", (), "", 10),
)
"""What an export tells beside that; an import does not look at it."""
EXAMPLE = "Ví dụ, xin xóa dòng này"
"""The title of the template's example begins so."""
_BY_NAME = {plain(name): one.field for one in COLUMNS for name in (one.header, one.field, *one.aliases)}
_TOLD = {plain(one.header) for one in TOLD}
BY_FIELD = {one.field: one for one in COLUMNS}
_REQUIRED = [one for one in COLUMNS if one.required]


def known(headers: Sequence[str]) -> int:
    """How many of these texts are headers of ours."""
    return len({found for one in headers if one and (found := _BY_NAME.get(plain(one)))})


def is_header(headers: Sequence[str]) -> bool:
    """Whether a row is the head of a table of activities."""
    found = {_BY_NAME.get(plain(one)) for one in headers if one}
    return all(one.field in found for one in _REQUIRED)


ACTIVITIES = Kind(known, is_header)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a row: which column (its header; "" for the whole row), one sentence, whether it stops it."""

    column: str
    words: str
    stops: bool = True


@dataclass(slots=True)
class Row:
    """One row: its number in the file, what it says, and what importing it comes to: "new", "same"."""

    number: int
    title: str
    fields: ActivityFields | None = None
    problems: list[Problem] = field(default_factory=list)
    outcome: str = "new"

    @property
    def blocked(self) -> bool:
        """Whether it cannot be imported."""
        return any(one.stops for one in self.problems)


@dataclass(slots=True)
class ActivityTable:
    """A table that was read; nothing is written yet."""

    name: str
    rows: list[Row]
    notes: list[str]

    def count(self, outcome: str) -> int:
        """How many good rows come to this."""
        return sum(one.outcome == outcome and not one.blocked for one in self.rows)


# Reading ---------------------------------------------------------------------------------------------------


def read_table(path: Path, plan: Plan | None, today: date, *, agency: str = "", sheet: str = "") -> ActivityTable:
    """The rows of a file, each with what is wrong with it. `agency`: whoever imports may log for no other.

    Raises `ContentError` for a file that is no table of activities.
    """
    name = nfc(path.name)
    grid = open_table(path, sheet, ACTIVITIES)
    place, columns, notes = _head([texts(one.cells) for one in grid.lines[:HEADER_WITHIN]], name)
    lines = grid.lines[place + 1 :]
    title = next(index for index, one in columns.items() if one == "title")
    lines = [one for one in lines if not _cell(one, title, str).startswith(EXAMPLE)]
    if len(lines) > ROWS_MAX:
        raise ContentError(f"{name}: có hơn {number(ROWS_MAX)} dòng; hãy tách thành nhiều tệp nhỏ.")
    if not lines:
        raise ContentError(f"{name}: dưới dòng tiêu đề cột không có hoạt động nào; hãy điền mỗi dòng một hoạt động.")
    reader = _Reader(columns, plan, today, agency)
    rows = [reader.read(one, set(grid.merged.get(one.number, {}))) for one in lines]
    _tell_doubles(rows)
    return ActivityTable(name, rows, [*grid.notes, *notes])


def _head(first: Sequence[Sequence[str]], name: str) -> tuple[int, dict[int, str], list[str]]:
    place = max(range(len(first)), key=lambda at: (known(first[at]), -at), default=0)
    if not first or known(first[place]) < len(_REQUIRED):
        wanted = ", ".join(one.header for one in _REQUIRED)
        raise ContentError(f"{name}: không thấy dòng tiêu đề có các cột {wanted}; hãy dùng tệp mẫu.")
    columns: dict[int, str] = {}
    unknown: list[str] = []
    for index, header in enumerate(first[place]):
        found = _BY_NAME.get(plain(header)) if header else None
        if found in columns.values():
            raise ContentError(f"{name}: cột “{header}” viết hai lần; mỗi cột chỉ để một lần.")
        if found:
            columns[index] = found
        elif header and plain(header) not in _TOLD:
            unknown.append(f"“{header}”")
    if absent := [one.header for one in _REQUIRED if one.field not in columns.values()]:
        raise ContentError(f"{name}: thiếu cột: {', '.join(absent)}; hãy thêm cột rồi nhập lại.")
    return place, columns, [f"Không dùng đến các cột: {', '.join(unknown)}."] if unknown else []


def _cell(line: Line, index: int, kind: type) -> Any:
    cell = line.cells[index] if index < len(line.cells) else ""
    return cell if isinstance(cell, kind) else kind()


class _Reader:
    """Reads rows by the plan's words."""

    def __init__(self, columns: Mapping[int, str], plan: Plan | None, today: date, agency: str) -> None:
        self.columns, self.plan, self.today, self.agency = columns, plan, today, agency
        self.kinds = _names(KIND_NAMES.items())
        self.tones = _names(TONES.items())
        self.agencies = (
            _names((one.code, name) for one in plan.agencies for name in (one.name, one.short)) if plan else {}
        )
        self.topics = _lettered((one.letter, one.label) for one in plan.topics) if plan else {}
        self.forms = _lettered((one.letter, one.label) for one in plan.forms) if plan else {}
        self.audiences = _names((one.code, one.label) for one in plan.audiences) if plan else {}

    def read(self, line: Line, merged: Collection[int]) -> Row:
        """One row."""
        cells = {name: line.cells[at] if at < len(line.cells) else "" for at, name in self.columns.items()}
        row = Row(line.number, "")
        if any(at in merged for at in self.columns):
            row.problems.append(Problem("", "dòng có ô gộp (merge); hãy bỏ gộp rồi điền từng ô."))
        told = {name: self._value(row, name, cell) for name, cell in cells.items()}
        row.title = str(told.get("title") or "")
        if row.blocked:
            return row
        figures = {name: told.pop(name) for name in FIGURES if name in told}
        given = {name: value for name, value in told.items() if value not in (None, "")}
        first = given.pop("first", None)
        if first is None:
            row.problems.append(Problem(LABELS["first"], "còn thiếu; hãy điền ngày."))
            return row
        fields = ActivityFields(
            given.pop("kind", ""), given.pop("title", ""), first, given.pop("last", first),
            figures={name: value for name, value in figures.items() if value is not None}, **given,
        )  # fmt: skip
        self._check(row, fields)
        return row

    def _check(self, row: Row, fields: ActivityFields) -> None:
        if self.agency:
            fields = replace(fields, agency=fields.agency or self.agency)
            if fields.agency != self.agency:
                row.problems.append(Problem(LABELS["agency"], "bạn chỉ ghi được hoạt động của cơ quan mình."))
        try:
            row.fields = checked(fields, plan=self.plan, today=self.today)
        except ActivityError as error:
            row.problems += [
                Problem(BY_FIELD[one.field].header if one.field in BY_FIELD else "", one.words)
                for one in error.problems
            ]

    def _value(self, row: Row, name: str, cell: Cell) -> Any:
        try:
            return _READ.get(name, _figure if name in FIGURES else _text)(self, cell)
        except (CellError, ValueError) as error:
            words = error.words if isinstance(error, CellError) else str(error)
            row.problems.append(Problem(BY_FIELD[name].header, words))
            return None


def _names(pairs: Any) -> dict[str, str]:
    """Folded name or code -> code."""
    found: dict[str, str] = {}
    for code, name in pairs:
        found[fold(code)] = code
        found.setdefault(fold(name), code)
    return found


def _lettered(pairs: Any) -> dict[str, str]:
    """Letter or label -> letter."""
    return {name.casefold(): letter for letter, label in pairs for name in (letter, label)}


def _text(_reader: _Reader, cell: Cell) -> str:
    return as_text(cell)


def _figure(_reader: _Reader, cell: Cell) -> int | None:
    return count_of(as_text(cell))


def _day(_reader: _Reader, cell: Cell) -> date | None:
    told = as_day(cell)
    return date.fromisoformat(told) if told else None


def _one_of(names: str) -> Callable[[_Reader, Cell], str]:
    def read(reader: _Reader, cell: Cell) -> str:
        text = as_text(cell)
        known_ = getattr(reader, names)
        key = _letter(text) if names in ("topics", "forms") else fold(text)
        if key and key not in known_:
            raise CellError(f"“{text[:60]}” không có trong danh mục; hãy chọn theo tệp mẫu.")
        return str(known_[key]) if key else ""

    return read


def _letter(text: str) -> str:
    """ "d" of "d. Một cửa"; other words as they are. Letters are told apart by their marks: d and đ are two."""
    found = re.match(r"(\w)\s*[.)]", text)
    return (found[1] if found else text).casefold()


def _audiences(reader: _Reader, cell: Cell) -> tuple[str, ...]:
    found = as_list(cell, lambda parts: all(fold(one) in reader.audiences for one in parts))
    return tuple(reader.audiences.get(fold(one), one) for one in found)


_READ: dict[str, Callable[[_Reader, Cell], Any]] = {
    "kind": _one_of("kinds"),
    "first": _day,
    "last": _day,
    "agency": _one_of("agencies"),
    "topic": _one_of("topics"),
    "form": _one_of("forms"),
    "audiences": _audiences,
    "cost": lambda _, cell: money(as_text(cell)),
    "tone": _one_of("tones"),
}


def _tell_doubles(rows: Sequence[Row]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        if row.fields is None:
            continue
        key = (row.fields.kind, row.fields.first, row.fields.agency, fold(row.fields.title))
        if (first := seen.setdefault(key, row.number)) != row.number:
            row.problems.append(Problem("", f"giống dòng {first} (cùng loại, ngày, cơ quan, tên); hãy bỏ một dòng."))


# Against what is logged ------------------------------------------------------------------------------------


def compare(session: Session, table: ActivityTable) -> None:
    """Say of each good row whether it is logged already, and of each new one what is like it."""
    good = [one.fields for one in table.rows if one.fields is not None]
    if not good:
        return
    first, last = min(one.first for one in good), max(one.first for one in good)
    stands = (col(Activity.first) >= first, col(Activity.first) <= last, col(Activity.withdrawn_at).is_(None))
    there: dict[tuple[Any, ...], list[Activity]] = {}
    for one in session.exec(select(Activity).where(*stands).order_by(col(Activity.id))):
        there.setdefault((one.kind, one.first, fold(one.title)), []).append(one)
    for row in table.rows:
        if row.fields is None:
            continue
        alike = there.get((row.fields.kind, row.fields.first, fold(row.fields.title)), [])
        if any(not differing(fields_of(one), row.fields) for one in alike):
            row.outcome = "same"
        elif alike:
            words = f"gần giống hoạt động số {alike[0].id} đã ghi; nhập thì thành hoạt động mới."
            row.problems.append(Problem("", words, stops=False))


def write(
    session: Session, table: ActivityTable, *, by: str, now: datetime, only_good: bool = False
) -> tuple[int, int]:
    """Log every row: how many are new, how many were there. The caller commits.

    Raises `LibraryError` naming the rows that are wrong, with nothing written, unless `only_good`.
    """
    bad = [one for one in table.rows if one.blocked]
    if bad and not only_good:
        raise LibraryError([told(table, row, one) for row in bad for one in row.problems if one.stops])
    new = [create(session, one.fields, by=by, now=now).new for one in table.rows if not one.blocked and one.fields]
    return sum(new), len(new) - sum(new)


def told(table: ActivityTable, row: Row, problem: Problem) -> str:
    """A problem with its place: "tệp.csv: dòng 5: Từ ngày: …"."""
    column = f"{problem.column}: " if problem.column else ""
    return re.sub(r"\s+", " ", f"{table.name}: dòng {row.number}: {column}{problem.words}")
