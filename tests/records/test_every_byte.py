"""One changed byte is found, wherever it is: in every column of an entry, and of every kind of row that is sealed.

As many rows as a row has bytes are sealed, and in each one another byte is changed; then one verification has to name
every one of them. So every position is tried, and nothing passes because something else was found.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from records.canonical import sha256
from records.chain import NAMES
from records.sources import SOURCES, Source, Stage
from tests.records.chain_case import at, checked, fill, put, row_of, sealed
from tests.records.tampering import tampering, values, write_bytes, write_other

MASKS = (0x01, 0x20, 0x80)
"""The next character; the other case, or a "T" for a space; no UTF-8 any more."""
Place = tuple[int, str, int]
"""A row, a column, and the byte in it."""


def _rows(source: Source, count: int) -> Iterator[dict[str, object]]:
    for number in range(1, count + 1):
        yield row_of(source.table, 1000 + number, **_facts(source, number))


def _facts(source: Source, number: int) -> dict[str, object]:
    facts: dict[str, object] = {name: at(-90) for name in (source.at, source.ended) if name}
    own = {"post_revision": {"content_hash": sha256(str(number))}, "summary": {"period": sha256(str(number))[:8]}}
    own["archive_seal"] = {"month": sha256(str(number))[:8]}
    return {**facts, **own.get(source.table, {})}


def _places(rows: dict[int, dict[str, bytes | None]], names: tuple[str, ...]) -> list[Place]:
    """Another byte of another row each: every byte of every column once."""
    first = next(iter(rows.values()))
    wanted = [(name, index) for name in names for index in range(len(first[name] or b""))]
    assert len(rows) >= len(wanted), "more rows are needed"
    return [(number, name, index) for number, (name, index) in zip(rows, wanted, strict=False)]


def _changed(value: bytes, index: int, mask: int) -> bytes:
    return value[:index] + bytes([value[index] ^ mask]) + value[index + 1 :]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.table)
def test_a_changed_byte_of_a_sealed_row_is_found_at_every_position(engine: Engine, source: Source) -> None:
    fill(engine)
    put(engine, source.table, *_rows(source, 330))
    sealed(engine)
    names = tuple(name for name in source.names(Stage.ROW) if name != "id")
    rows = {number: row for number, row in values(engine, source.table, "id", names).items() if number > 1000}
    places = _places(rows, names)
    for mask in MASKS:
        with tampering(engine) as connection:
            for number, name, index in places:
                value = _changed(rows[number][name] or b"", index, mask)
                write_bytes(connection, source.table, "id", number, name, value)
        found = {one.place for one in checked(engine, told=10_000).findings}
        assert [place for place in places if f"{source.table} {place[0]}" not in found] == []
        with tampering(engine) as connection:
            for number, name, _ in places:
                write_bytes(connection, source.table, "id", number, name, rows[number][name] or b"")
    assert checked(engine).is_sound


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.table)
def test_a_value_that_is_kept_as_bytes_instead_of_text_is_found_in_every_column(engine: Engine, source: Source) -> None:
    fill(engine)
    put(engine, source.table, *_rows(source, 30))
    sealed(engine)
    first = row_of(source.table, 1, **_facts(source, 1))
    names = [name for name in source.names(Stage.ROW) if name != "id" and first.get(name) is not None]
    with tampering(engine) as connection:
        for number, name in enumerate(names, 1001):
            order = f'UPDATE "{source.table}" SET "{name}" = CAST(CAST("{name}" AS TEXT) AS BLOB) WHERE id = {number}'
            connection.exec_driver_sql(order)
    found = {one.place for one in checked(engine, told=10_000).findings}
    assert found == {f"{source.table} {number}" for number, _ in enumerate(names, 1001)}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_changed_byte_of_an_entry_is_found_at_every_position(engine: Engine) -> None:
    fill(engine)
    # of even digits alone: with one byte changed none is the number of another row
    numbers = [one for one in range(20_000, 90_000) if not set(str(one)) & set("13579")][:701]
    put(engine, "review", *(row_of("review", one, at=at(-90)) for one in numbers))
    sealed(engine)
    names = tuple(name for name in NAMES if name != "sequence")
    stored = values(engine, "audit_entry", "sequence", names)
    rows = {
        number: row
        for number, row in stored.items()
        if row["source"] == b"review" and len(row["source_id"] or b"") == 5 and row["before_hash"] == b"x"
    }
    places = _places(rows, names)
    for mask in MASKS:
        with tampering(engine) as connection:
            for number, name, index in places:
                value = _changed(rows[number][name] or b"", index, mask)
                write_bytes(connection, "audit_entry", "sequence", number, name, value)
        found = {one.place for one in checked(engine, told=10_000).findings}
        assert [place for place in places if str(place[0]) not in found] == []
        with tampering(engine) as connection:
            for number, name, _ in places:
                write_bytes(connection, "audit_entry", "sequence", number, name, rows[number][name] or b"")
    assert checked(engine).is_sound


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.table)
def test_on_postgresql_the_least_change_of_every_column_of_a_sealed_row_is_found(
    engine: Engine, source: Source
) -> None:
    fill(engine)
    put(engine, source.table, *_rows(source, 30))
    sealed(engine)
    names = [name for name in source.names(Stage.ROW) if name != "id"]
    first = row_of(source.table, 1, **_facts(source, 1))
    names = [name for name in names if first.get(name) is not None]
    with tampering(engine) as connection:
        for number, name in enumerate(names, 1001):
            write_other(connection, source.table, "id", number, name)
    found = {one.place for one in checked(engine, told=10_000).findings}
    assert found == {f"{source.table} {number}" for number, _ in enumerate(names, 1001)}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_on_postgresql_the_least_change_of_every_column_of_an_entry_is_found(engine: Engine) -> None:
    fill(engine)
    put(engine, "review", *_rows(SOURCES[3], 30))
    done = sealed(engine)
    names = [name for name in NAMES if name != "sequence"]
    first = done.head.sequence - len(names)
    with tampering(engine) as connection:
        for number, name in enumerate(names, first):
            write_other(connection, "audit_entry", "sequence", number, name)
    found = {one.place for one in checked(engine, told=10_000).findings}
    assert {str(number) for number, _ in enumerate(names, first)} <= found


def test_an_entry_with_another_number_is_found_at_every_place(engine: Engine) -> None:
    fill(engine)
    for index in range(1, sealed(engine).head.sequence + 1):
        _renumber(engine, index, 900_000)
        found = {one.place for one in checked(engine).findings}
        assert "900000" in found and any(place.split("–")[0] == str(index) for place in found)
        _renumber(engine, 900_000, index)
    assert checked(engine).is_sound


def _renumber(engine: Engine, old: int, new: int) -> None:
    with tampering(engine) as connection:
        connection.exec_driver_sql(f"UPDATE audit_entry SET sequence = {new} WHERE sequence = {old}")
