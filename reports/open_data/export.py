"""Every view as a file for machines: CSV or Parquet, with a description of each column and the hashes of the files.

CSV is RFC 4180 in UTF-8: a comma, CRLF, a header, ISO 8601 times; nothing between commas is "not told", `""` is an
empty text. Values are not changed for spreadsheets, so that they are read back as they were: those have `spreadsheet`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from content.errors import ContentError
from content.exchange.shelf import whole_folder
from content.exchange.values import harmless
from reports.open_data.columns import Kind, View
from reports.open_data.reading import AT_ONCE, rows_of
from reports.views import VIEWS
from scheduler.db import reading

NO_PARQUET = (
    'Chưa cài phần ghi Parquet; hãy chạy: pip install "cchc-campaign-scheduler[parquet]", hoặc xuất bằng --format csv.'
)
_STEP = 1 << 20


class Form(StrEnum):
    """What the views are written as."""

    CSV = "csv"
    PARQUET = "parquet"


TYPES: dict[Kind, dict[str, str]] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.TEXT: {"type": "string"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "date"},
    Kind.MOMENT: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ"},
    Kind.LOCAL: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S"},
}
"""How `datapackage.json` calls what a column holds."""


def export(engine: Engine, folder: Path, form: Form, *, now: datetime) -> dict[str, int]:
    """Write every view into a new folder, whole or not at all; view -> rows. Raises `ContentError`."""
    writer = _parquet_writer() if form is Form.PARQUET else _write_csv
    counts: dict[str, int] = {}
    with whole_folder(folder) as part, reading(engine) as session:
        resources = []
        for view in VIEWS:
            file = part / f"{view.name}.{form}"
            counts[view.name] = writer(session, view, file)
            resources.append(_resource(view, file, form, counts[view.name]))
        package = {
            "profile": "tabular-data-package",
            "name": "cchc-campaign-scheduler",
            "title": "Dữ liệu mở về công tác tuyên truyền cải cách hành chính",
            "created": now.isoformat(timespec="seconds"),
            "resources": resources,
        }
        words = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
        (part / "datapackage.json").write_text(words, encoding="utf-8", newline="\n")
        sums = "".join(f"{_sha256(file)}  {file.name}\n" for file in sorted(part.iterdir()))
        (part / "SHA256SUMS.txt").write_text(sums, encoding="utf-8", newline="\n")
    return counts


def _resource(view: View, file: Path, form: Form, rows: int) -> dict[str, Any]:
    fields = [{"name": one.name, **TYPES[one.type], "description": one.words} for one in view.columns]
    dialect = {"dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}, "encoding": "utf-8"}
    return {
        "name": view.name,
        "path": file.name,
        "description": view.words,
        "format": form.value,
        **(dialect if form is Form.CSV else {}),
        "rows": rows,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{_sha256(file)}",
        "schema": {"fields": fields, "primaryKey": list(view.key), "missingValues": [""]},
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# CSV -------------------------------------------------------------------------------------------------------


def _write_csv(session: Session, view: View, file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(csv_line([one.name for one in view.columns]))
        for row in rows_of(session, view):
            out.write(csv_line(row))
            count += 1
    return count


def csv_line(row: Sequence[object]) -> str:
    """One record. The standard library's writer cannot tell "not told" from an empty text."""
    return ",".join(map(_cell, row)) + "\r\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = as_text(value)
    quoted = text == "" or any(sign in text for sign in ',"\r\n') or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if quoted else text


def as_text(value: object) -> str:
    """A value as CSV tells it: true and false, ISO days and times; a moment with Z."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        local = value.replace(tzinfo=None).isoformat(timespec="seconds")
        return f"{local}Z" if value.tzinfo else local
    return value.isoformat() if isinstance(value, date) else str(value)


def spreadsheet(session: Session, view: View) -> Iterator[bytes]:
    """The view for a person's spreadsheet, piece by piece: with a byte order mark, and no cell that is a formula."""
    yield "\ufeff".encode() + csv_line([one.name for one in view.columns]).encode()
    rows = rows_of(session, view)
    while some := list(islice(rows, AT_ONCE)):
        yield "".join(csv_line([harmless(value) for value in row]) for row in some).encode()


# Parquet ---------------------------------------------------------------------------------------------------


def _parquet_writer() -> Callable[[Session, View, Path], int]:
    """Raises `ContentError` where the library is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ContentError(NO_PARQUET) from None

    types = {
        Kind.INTEGER: pa.int64(),
        Kind.TEXT: pa.string(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
        Kind.MOMENT: pa.timestamp("ms", tz="UTC"),
        Kind.LOCAL: pa.timestamp("ms"),
    }

    def write(session: Session, view: View, file: Path) -> int:
        fields = [
            pa.field(one.name, types[one.type], metadata={"description": one.words.encode()}) for one in view.columns
        ]
        schema = pa.schema(fields, metadata={"description": view.words.encode()})
        count = 0
        with pq.ParquetWriter(file, schema, compression="zstd") as out:
            for some in _some(rows_of(session, view)):
                columns: Iterable[Sequence[Any]] = zip(*some, strict=True)
                arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
                out.write_table(pa.Table.from_arrays(arrays, schema=schema))
                count += len(some)
        return count

    return write


def _some(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while some := list(islice(rows, 10 * AT_ONCE)):
        yield some
