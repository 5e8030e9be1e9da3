"""A CSV file as a grid: delimiter found out, quotes taken seriously, rows numbered as Excel numbers them."""

import csv
import io
from collections.abc import Iterator

from content.errors import ContentError
from content.exchange.columns import POSTS, Kind
from content.exchange.encoding import decode
from content.exchange.sheet import COLUMNS_MAX, FILE_MAX, HEADER_WITHIN, Grid, Line, texts, worthwhile
from content.vietnamese import number

_DELIMITERS = (";", ",", "\t", "|")


def read_csv(data: bytes, name: str, kind: Kind = POSTS) -> Grid:
    """The rows of a CSV file. Raises `ContentError` naming the file, and the row where one can be named."""
    text, notes = decode(data, name)
    text = text.removeprefix("\ufeff")
    text, told = _told_delimiter(text)
    # the module's own limit is one number for the whole process; ours are checked cell by cell later
    csv.field_size_limit(max(FILE_MAX, csv.field_size_limit()))
    delimiter = told or max(_DELIMITERS, key=lambda one: _recognised(text, one, kind))
    kept, gave_up = worthwhile(_lines(text, delimiter, name, first=2 if told else 1))
    if gave_up:
        notes.append(f"Từ dòng {number(gave_up)} trở xuống không đọc nữa vì quá nhiều dòng trống.")
    return Grid(kept, notes=notes)


def _told_delimiter(text: str) -> tuple[str, str]:
    """Excel's first line "sep=;" and what follows it."""
    first, _, rest = text.partition("\n")
    first = first.strip().strip('"').lower()
    if first.startswith("sep=") and len(first) <= 5:
        return rest, first[4:] or "\t"
    return text, ""


def _recognised(text: str, delimiter: str, kind: Kind) -> tuple[int, int]:
    """How well a delimiter fits: headers of ours in one row, then how many columns there are."""
    best = (0, 0)
    try:
        for place, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if place >= HEADER_WITHIN:
                break
            best = max(best, (kind.known(texts(list(cells))), len(cells)))
    except csv.Error:
        pass
    return best


def _lines(text: str, delimiter: str, name: str, first: int) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = first - 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ContentError(
                f"{name}: dòng {number}: dấu nháy kép đặt sai nên không tách được cột (có thể mở mà không đóng); "
                "trong ô có dấu nháy kép, dấu phân cách hoặc xuống dòng thì cả ô phải nằm trong nháy kép, "
                "dấu nháy bên trong viết hai lần."
            ) from error
        if any(cells[COLUMNS_MAX:]):
            raise ContentError(f"{name}: dòng {number}: có hơn {COLUMNS_MAX} cột; hãy kiểm tra dấu phân cách.")
        yield Line(number, list(cells[:COLUMNS_MAX]))
