"""Open data as files: what was written is read back and held against the views, value by value."""

import builtins
import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from content.errors import ContentError
from reports import views
from reports.open_data.columns import Kind
from reports.open_data.export import Form, export, spreadsheet
from reports.open_data.reading import rows_of
from scheduler.db import reading
from tests.conftest import NOW
from tests.reports.test_views import office

NASTY = '=HYPERLINK("http://x")\n,"\'; NFC: Thủ tục'


def furnished(engine: Engine) -> None:
    house = office(engine)
    house.post(key="nasty", title=NASTY, source=" lề ", source_url="")


def rows(engine: Engine, view: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as session:
        return list(rows_of(session, view))


READ = {
    Kind.INTEGER: int,
    Kind.TEXT: str,
    Kind.BOOLEAN: lambda text: {"true": True, "false": False}[text],
    Kind.DATE: date.fromisoformat,
    Kind.MOMENT: lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
    Kind.LOCAL: datetime.fromisoformat,
}


def test_csv_is_read_back_value_by_value_by_a_reader_that_is_not_ours(engine: Engine, tmp_path: Path) -> None:
    furnished(engine)
    counts = export(engine, tmp_path / "ra", Form.CSV, now=NOW)
    for view in views.VIEWS:
        raw = (tmp_path / "ra" / f"{view.name}.csv").read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
        head, *lines = list(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True))
        assert head == [one.name for one in view.columns]
        expected = rows(engine, view)
        assert len(lines) == len(expected) == counts[view.name]
        for line, row in zip(lines, expected, strict=True):
            for cell, value, column in zip(line, row, view.columns, strict=True):
                assert cell == "" if value is None else READ[column.type](cell) == value, (view.name, column.name)
    assert NASTY in {row[2] for row in rows(engine, views.VIEWS[1])}


def test_csv_tells_what_is_not_known_from_an_empty_text(engine: Engine, tmp_path: Path) -> None:
    furnished(engine)
    export(engine, tmp_path / "ra", Form.CSV, now=NOW)
    last = (tmp_path / "ra" / "v_publication.csv").read_bytes().decode().split("\r\n")[-2].split(",")
    names = [one.name for one in views.VIEWS[0].columns]
    assert last[names.index("published_at")] == "" and last[names.index("permalink")] == '""'


def test_parquet_keeps_types_values_and_descriptions(engine: Engine, tmp_path: Path) -> None:
    furnished(engine)
    export(engine, tmp_path / "ra", Form.PARQUET, now=NOW)
    for view in views.VIEWS:
        table = pq.read_table(tmp_path / "ra" / f"{view.name}.parquet")
        columns = [table.column(one.name).to_pylist() for one in view.columns]
        assert list(zip(*columns, strict=True)) == rows(engine, view), view.name
        for column in view.columns:
            assert table.schema.field(column.name).metadata[b"description"].decode() == column.words


def test_the_package_describes_every_file_and_its_hash(engine: Engine, tmp_path: Path) -> None:
    furnished(engine)
    folder = tmp_path / "ra"
    export(engine, folder, Form.CSV, now=NOW)
    told = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in told["resources"]] == [view.name for view in views.VIEWS]
    for one in told["resources"]:
        data = (folder / one["path"]).read_bytes()
        assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}" and one["bytes"] == len(data)
        assert all(field["description"] for field in one["schema"]["fields"])
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS.txt").read_text().splitlines())
    assert sums.keys() == {file.name for file in folder.iterdir()} - {"SHA256SUMS.txt"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == told for name, told in sums.items())


def test_both_databases_and_both_runs_write_the_same_bytes(engine: Engine, tmp_path: Path) -> None:
    furnished(engine)
    export(engine, tmp_path / "1", Form.CSV, now=NOW)
    export(engine, tmp_path / "2", Form.CSV, now=NOW)
    one = {file.name: file.read_bytes() for file in (tmp_path / "1").iterdir()}
    assert one == {file.name: file.read_bytes() for file in (tmp_path / "2").iterdir()}
    digest = hashlib.sha256(b"".join(one[name] for name in sorted(one))).hexdigest()
    assert _DIGESTS.setdefault("first", digest) == digest


_DIGESTS: dict[str, str] = {}


def test_a_folder_with_files_is_never_written_into(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "co-san.txt").write_text("x")
    with pytest.raises(ContentError, match="đã có tệp"):
        export(engine, tmp_path, Form.CSV, now=NOW)
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".txt"] == ["co-san.txt"]


def test_without_the_library_one_sentence_says_what_to_install(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def none_of_it(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none_of_it)
    with pytest.raises(ContentError, match="parquet"):
        export(engine, tmp_path / "ra", Form.PARQUET, now=NOW)
    assert not (tmp_path / "ra").exists()


def test_for_a_spreadsheet_no_cell_is_a_formula(engine: Engine) -> None:
    furnished(engine)
    with reading(engine) as session:
        data = b"".join(spreadsheet(session, views.VIEWS[1]))
    assert data.startswith(b"\xef\xbb\xbf")
    cells = [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]
    assert f"'{NASTY}" in cells and not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
