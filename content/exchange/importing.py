"""Posts from a table: first everything is read and told, then all chosen rows are written in one go.

    table = read_import(path, plan, platforms, media=folder)   # no database, nothing written
    place(table, store, draw)                                  # pictures into a store
    compare(session, table)                                    # new, changed or the same
    write(session, table, now, by)                             # one transaction; the caller commits

A repeated import of the same file finds the same keys and the same content, and changes nothing.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlmodel import Session

from content.drawings import Draw, KeptPictures
from content.errors import ContentError, DiskError, LibraryError
from content.exchange import comparing
from content.exchange.columns import EXAMPLE_KEY, MEDIA_PAIRS, Header, Place, header_of, known, missing, understand
from content.exchange.media import MediaFolder
from content.exchange.opening import open_table
from content.exchange.rows import Problem, Reader, Row
from content.exchange.sheet import HEADER_WITHIN, ROWS_MAX, Grid, Line, texts
from content.keys import key_of
from content.library import (
    LoadReport,
    Placed,
    ReadyPost,
    posts_by_key,
    store_line,
    write_library,
)
from content.plan import Plan
from content.postfile import AssetLine
from content.store import AssetFile, AssetStore
from content.vietnamese import nfc, number

KEY_MAX = 100


@dataclass(slots=True)
class TableImport:
    """A table on its way into the library."""

    file: str
    header: Header
    plan: Plan
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """About the table itself, not about one row."""

    @property
    def blocked(self) -> list[Row]:
        """The rows that cannot be imported as they are."""
        return [row for row in self.rows if row.blocked]

    def told(self) -> Iterator[Problem]:
        """Everything to tell, in the order of the rows."""
        yield from self.problems
        for row in self.rows:
            yield from row.told()


def read_import(
    path: Path, plan: Plan, platforms: Collection[str], *, sheet: str = "", media: Path | MediaFolder | None = None
) -> TableImport:
    """Every row of a CSV or XLSX file, read and checked; files are looked up in `media`.

    Raises `ContentError` for what is no such table: unreadable, without our header, too long, without rows.
    """
    name = nfc(path.name)
    grid = open_table(path, sheet)
    place, header = _header(grid, platforms, name)
    lines, examples = _without_example(grid.lines[place + 1 :], header)
    if len(lines) > ROWS_MAX:
        raise ContentError(f"{name}: có hơn {number(ROWS_MAX)} dòng; hãy tách thành nhiều tệp nhỏ.")
    if not lines:
        only = "chỉ có dòng ví dụ" if examples else "không có dòng nào"
        raise ContentError(f"{name}: dưới dòng tiêu đề cột {only}; hãy điền mỗi dòng một bài.")
    folder = MediaFolder(media) if isinstance(media, Path) else media
    reader = Reader(header, plan, platforms, folder, name)
    table = TableImport(name, header, plan, [reader.read(line, grid.merged.get(line.number, {})) for line in lines])
    table.notes = [*grid.notes, *examples]
    if header.unknown:
        words = ", ".join(f"“{one}”" for one in header.unknown)
        table.problems.append(Problem(0, "", f"không dùng đến các cột: {words}; xem tên cột trong tệp mẫu.", False))
    table.problems += _unpaired(header)
    _give_keys(table)
    return table


def _unpaired(header: Header) -> Iterator[Problem]:
    """Columns of alternative texts that nothing can be done with, because the files' own column is absent."""
    files = {alts: names for names, alts in MEDIA_PAIRS}
    for one, name in header.names.items():
        if one.field in files and (own := one._replace(field=files[one.field])) not in header.names:
            words = f"không dùng đến cột “{name}” vì bảng không có cột “{header_of(own)}” đi cùng."
            yield Problem(0, "", words, False)


def _header(grid: Grid, platforms: Collection[str], name: str) -> tuple[int, Header]:
    """The header row's place and meaning. Raises `ContentError` with what is missing or doubled."""
    first = [texts(line.cells) for line in grid.lines[:HEADER_WITHIN]]
    place = max(range(len(first)), key=lambda n: (known(first[n]), -n), default=0)
    if not first or known(first[place]) < 2:
        raise ContentError(
            f"{name}: không thấy dòng tiêu đề cột (Mã bài, Tiêu đề, Nội dung, Điểm…) trong {HEADER_WITHIN} dòng đầu; "
            "hãy dùng tệp mẫu do lệnh cchc library template tạo ra."
        )
    header = understand(first[place], platforms)
    if header.doubled:
        raise ContentError(f"{name}: cột viết hai lần: {', '.join(header.doubled)}; mỗi cột chỉ để một lần.")
    if absent := missing(header):
        raise ContentError(f"{name}: thiếu cột: {', '.join(absent)}; hãy thêm cột rồi nhập lại.")
    return place, header


def _without_example(lines: list[Line], header: Header) -> tuple[list[Line], list[str]]:
    """The rows without the template's own; a note when it was there."""
    column = next((index for index, place in header.columns.items() if place.field == "key"), -1)
    kept = [line for line in lines if not (0 <= column < len(line.cells) and line.cells[column] == EXAMPLE_KEY)]
    return kept, [] if len(kept) == len(lines) else ["Dòng ví dụ của tệp mẫu được bỏ qua."]


def _give_keys(table: TableImport) -> None:
    """Keys for rows that have none, the same every time; a key used twice is told on both rows."""
    taken = {row.key for row in table.rows if row.named}
    for row in table.rows:
        if row.post is None:
            continue
        if not row.named:
            wanted = key_of(row.post.topic, row.post.title)
            row.key = next(one for n in range(1, len(table.rows) + 2)
                           if (one := wanted if n == 1 else f"{wanted}-{n}") not in taken)  # fmt: skip
            taken.add(row.key)
        row.post.key = row.key
    column = table.header.name(Place("key"))
    counted = Counter(row.key for row in table.rows if row.named)
    for row in table.rows:
        if counted[row.key] > 1:
            others = ", ".join(str(one.number) for one in table.rows if one.key == row.key and one is not row)
            words = f"“{row.key}” còn dùng ở dòng {others}; mỗi bài một mã riêng."
            row.problems.append(Problem(row.number, column, words))
        if len(row.key) > KEY_MAX:
            row.problems.append(Problem(row.number, column, f"mã dài hơn {KEY_MAX} ký tự; hãy đặt mã ngắn hơn."))


def place(table: TableImport, store: AssetStore, draw: Draw, kept: KeptPictures | None = None) -> None:
    """Store the rows' files and draw their infographics, each once; what cannot be used is told on its row.

    `kept` are pictures of the posts that are not drawn again as long as they are made of the same.
    """
    draw = cache(draw)
    remembering = _Remembering(store)
    for row in table.rows:
        placed: list[Placed] = []
        for line in row.post.assets if row.post else ():
            try:
                placed += store_line(line, remembering, draw, (kept or {}).get(row.key, {}))
            except DiskError:
                raise
            except ContentError as error:
                row.problems.append(Problem(row.number, _column(table, line), error.words))
                continue
            notes = dict.fromkeys(
                (one.file.name, note) for one in placed[-len(line.roles) :] for note in one.file.notes
            )
            row.problems += [
                Problem(row.number, _column(table, line), f"{name}: {note}.", False) for name, note in notes
            ]
        row.placed = tuple(placed)


def _column(table: TableImport, line: AssetLine) -> str:
    return table.header.name(Place("cover" if line.roles == ("cover",) else "image", "".join(line.platforms[:1])))


class _Remembering(AssetStore):
    """A store that opens a file once however many rows name it."""

    def __init__(self, store: AssetStore) -> None:
        super().__init__(store.folder)
        self._put, self._put_bytes = cache(store.put), cache(store.put_bytes)

    def put(self, path: Path) -> AssetFile:
        """As the store does."""
        return self._put(path)

    def put_bytes(self, data: bytes, name: str) -> AssetFile:
        """As the store does."""
        return self._put_bytes(data, name)


def compare(session: Session, table: TableImport) -> None:
    """Say of each row whether it is new, changed or the same; what a change does and what would be lost."""
    comparing.compare(session, table.rows, table.header, table.plan)


def keep(table: TableImport, numbers: Sequence[int]) -> None:
    """Go on with the named rows only. Raises `ContentError` for a row that holds no post."""
    have = {row.number for row in table.rows}
    if absent := sorted(set(numbers) - have):
        raise ContentError(
            f"--rows: bảng không có bài ở dòng {_ranges(absent)}; các dòng có bài: {_ranges(sorted(have))}."
        )
    table.rows = [row for row in table.rows if row.number in set(numbers)]


def refuse_bad(table: TableImport) -> None:
    """Raises `LibraryError` when a row must be mended first: then nothing at all is imported."""
    if not table.blocked:
        return
    good = [row.number for row in table.rows if not row.blocked]
    way = f", hoặc chỉ nhập các dòng tốt bằng --rows {_ranges(good)}" if good else ""
    bad = _ranges([row.number for row in table.blocked])
    count = number(len(table.blocked))
    raise LibraryError([f"Chưa nhập dòng nào vì {count} dòng còn lỗi: {bad}. Hãy sửa rồi nhập lại{way}."])


def write(session: Session, table: TableImport, now: datetime, by: str, *, author: str = "") -> LoadReport:
    """Bring every row into the tables, or none; the caller commits. `now` is aware UTC.

    `author` is whose words new posts are, when a person of the desk brings them: nobody approves their own. The rows
    are compared once more: what a post keeps is what it has now, not what it had when it was looked at.
    """
    refuse_bad(table)
    # so that nobody saves one between comparing and writing
    posts_by_key(session, [row.key for row in table.rows], locked=True)
    compare(session, table)
    refuse_bad(table)
    ready = [ReadyPost(one.compared.post, one.compared.placed) for one in table.rows if one.compared]
    report = write_library(session, ready, now, by)
    for post in posts_by_key(session, report.new).values() if author else ():
        post.author = author
        session.add(post)
    return report


def row_numbers(text: str) -> list[int]:
    """The rows of "2,5-9". Raises `ContentError` for anything else."""
    numbers: list[int] = []
    for part in re.split(r"[,;\s]+", text.strip()):
        found = re.fullmatch(r"(\d{1,7})(?:[-–](\d{1,7}))?", part, re.ASCII)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first or last - first > ROWS_MAX:
            raise ContentError(f"--rows: không hiểu “{part}”; hãy viết số dòng như 2,5-9.")
        numbers += range(first, last + 1)
    return numbers


def _ranges(numbers: Sequence[int]) -> str:
    """2,3,4,7 as "2-4,7"; cut when it grows long."""
    parts: list[list[int]] = []
    for one in numbers:
        if parts and one == parts[-1][1] + 1:
            parts[-1][1] = one
        else:
            parts.append([one, one])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in parts]
    return ",".join(told[:40]) + (",…" if len(told) > 40 else "")
