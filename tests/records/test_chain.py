"""The chain of the audit log: sealed a little later, found whatever was removed, put in, moved or cut off."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cli.carrying import carry
from records import chain, nightly
from records.chain import ChainError, Head, Stamps, parse_head
from records.sources import SOURCES
from records.verify import keep
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.records.chain_case import KEY, LATER, STAMPS, at, checked, fill, kinds, put, row_of, sealed
from tests.records.tampering import remove, slip_in, tampering
from tests.web.desk import counted

OTHERS = Stamps([b"the key of somebody who has only the database"])
ENTRY = SQLModel.metadata.tables["audit_entry"]


def test_a_house_with_every_kind_of_evidence_is_sealed_and_sound(engine: Engine) -> None:
    fill(engine)
    done, found = sealed(engine), checked(engine)
    assert kinds(found) == []
    assert done.is_complete and found.entries == done.count and found.head == done.head
    assert found.unsealed == 0
    assert sealed(engine).count == 0
    with engine.connect() as connection:
        assert set(connection.scalars(select(ENTRY.c.source))) == {one.table for one in SOURCES}


def test_both_databases_have_the_same_chain_to_the_byte(engines: tuple[Engine, Engine]) -> None:
    for one in engines:
        fill(one)
    assert sealed(engines[0]).head == sealed(engines[1]).head


def test_what_is_younger_than_a_minute_waits(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    put(engine, "review", row_of("review", 3, at=NOW))
    assert sealed(engine, now=NOW + timedelta(seconds=30)).count == 0
    assert checked(engine).unsealed == 1
    assert sealed(engine, now=NOW + timedelta(seconds=60)).count == 1


def test_a_row_under_a_clock_that_was_ahead_does_not_stop_the_others(engine: Engine) -> None:
    put(engine, "desk_act", row_of("desk_act", 1, at=NOW + timedelta(days=400)), row_of("desk_act", 2, at=at(1)))
    assert sealed(engine).count == 2


def test_what_came_to_its_end_later_is_sealed_once_more_with_its_end(engine: Engine) -> None:
    fill(engine)
    before = sealed(engine).head
    with engine.begin() as connection:
        connection.execute(text("UPDATE pause SET ended_by = 'Minh', ended_at = since WHERE id = 1"))
    assert checked(engine).unsealed == 1
    assert sealed(engine).head.sequence == before.sequence + 1
    assert checked(engine).is_sound
    with tampering(engine) as connection:
        connection.execute(text("UPDATE pause SET ended_by = 'Lan' WHERE id = 1"))
    assert kinds(checked(engine)) == ["row_changed"]


# Removing, putting in, moving ------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_removed_entry_is_found_at_every_place(engine: Engine) -> None:
    fill(engine)
    end = sealed(engine).head
    for number in range(1, end.sequence + 1):
        row = remove(engine, "audit_entry", sequence=number)
        found = checked(engine, heads=[end])
        assert not found.is_sound
        assert {"entry_missing", "cut"} & set(kinds(found))
        slip_in(engine, "audit_entry", row)
    assert checked(engine, heads=[end]).is_sound


def test_what_is_removed_is_named(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    remove(engine, "audit_entry", sequence=7)
    remove(engine, "report", id=1)
    found = {(one.kind, one.place) for one in checked(engine).findings}
    assert {("entry_missing", "7"), ("row_removed", "report 1")} <= found


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_removed_row_of_evidence_is_found_at_every_place(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    for source in SOURCES:
        with engine.connect() as connection:
            numbers = list(connection.scalars(select(SQLModel.metadata.tables[source.table].c.id)))
        for number in numbers:
            row = remove(engine, source.table, id=number)
            assert [(one.kind, one.place) for one in checked(engine).findings if one.kind == "row_removed"]
            slip_in(engine, source.table, row)
    assert checked(engine).is_sound


def test_a_row_put_in_afterwards_is_found_at_every_place(engine: Engine) -> None:
    put(engine, "desk_act", *(row_of("desk_act", 2 * n, at=at(n)) for n in range(1, 9)))
    sealed(engine)
    for number in range(1, 16, 2):
        slip_in(engine, "desk_act", row_of("desk_act", number, at=at(1)))
        found = checked(engine)
        assert [(one.kind, one.place) for one in found.findings] == [("row_inserted", f"desk_act {number}")]
        assert sealed(engine).count == 0
        remove(engine, "desk_act", id=number)
    assert checked(engine).is_sound


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_two_entries_that_changed_places_are_found_everywhere(engine: Engine) -> None:
    fill(engine)
    last = sealed(engine).head.sequence
    for number in range(1, last):
        _swap(engine, number)
        assert not checked(engine).is_sound
        _swap(engine, number)
    assert checked(engine).is_sound


def _swap(engine: Engine, number: int) -> None:
    with tampering(engine) as connection:
        for old, new in ((number, -1), (number + 1, number), (-1, number + 1)):
            connection.execute(text(f"UPDATE audit_entry SET sequence = {new} WHERE sequence = {old}"))


def test_a_tail_that_was_cut_off_is_found_by_a_head_that_was_kept(engine: Engine) -> None:
    fill(engine)
    end = sealed(engine).head
    with tampering(engine) as connection:
        connection.execute(text(f"DELETE FROM audit_entry WHERE sequence > {end.sequence - 3}"))
    assert checked(engine).is_sound, "nothing in the database tells"
    assert kinds(checked(engine, heads=[end])) == ["cut"]
    assert kinds(checked(engine, heads=[Head(end.sequence - 3, "0" * 64)])) == ["cut"]


def test_the_head_of_the_last_verification_tells_of_a_cut_tail_too(engine: Engine) -> None:
    fill(engine)
    end = sealed(engine).head
    with writing(engine) as session:
        keep(session, checked(engine), now=LATER)
    with tampering(engine) as connection:
        connection.execute(text(f"DELETE FROM audit_entry WHERE sequence = {end.sequence}"))
    assert kinds(checked(engine)) == ["cut"]


def test_a_tail_cut_and_sealed_anew_is_found_by_a_head_that_was_kept(engine: Engine) -> None:
    fill(engine)
    end = sealed(engine).head
    with tampering(engine) as connection:
        connection.execute(text(f"DELETE FROM audit_entry WHERE sequence > {end.sequence - 2}"))
    sealed(engine, now=LATER)
    assert kinds(checked(engine, heads=[end])) == ["cut"]


def test_the_chain_moves_to_postgresql_whole(engines: tuple[Engine, Engine]) -> None:
    old, new = engines
    fill(old)
    end = sealed(old).head
    carry(old, new)
    found = checked(new, heads=[end])
    assert found.is_sound and found.head == end
    put(new, "desk_act", row_of("desk_act", 3, at=at(4)))
    assert sealed(new).head.sequence == end.sequence + 1


# Whoever has only the database -----------------------------------------------------------------------------


def test_a_whole_new_chain_without_the_key_is_found(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    with tampering(engine) as connection:
        connection.execute(text("DELETE FROM audit_entry"))
    sealed(engine, stamps=OTHERS)
    assert "key" in kinds(checked(engine))


def test_nothing_is_sealed_on_top_of_an_entry_that_no_sealer_of_ours_wrote(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    put(engine, "desk_act", row_of("desk_act", 3, at=at(4)))
    chain.seal(engine, OTHERS, now=NOW, new_key=True)
    put(engine, "desk_act", row_of("desk_act", 4, at=at(4)))
    with pytest.raises(ChainError, match="tệp khóa"):
        sealed(engine)
    assert "key" in kinds(checked(engine))


def test_a_forged_entry_with_the_name_of_our_key_is_found_and_stops_the_sealer(engine: Engine) -> None:
    fill(engine)
    end = sealed(engine).head
    with engine.connect() as connection:
        row = dict(connection.execute(select(ENTRY).where(ENTRY.c.sequence == end.sequence)).mappings().one())
    forged = {**row, "sequence": end.sequence + 1, "source_id": 9, "previous": end.hash, "actor": "Lan"}
    slip_in(engine, "audit_entry", forged)
    with pytest.raises(ChainError, match="đã bị sửa"):
        sealed(engine)
    assert not checked(engine).is_sound


def test_a_new_key_goes_on_when_a_person_says_so_and_vouches_for_what_is_before(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    put(engine, "desk_act", row_of("desk_act", 3, at=at(4)))
    newer = Stamps([b"the newer key"])
    with pytest.raises(ChainError):
        chain.seal(engine, newer, now=NOW)
    chain.seal(engine, newer, now=NOW, new_key=True)
    found = checked(engine, stamps=newer)
    assert found.is_sound and found.unstamped == found.entries - 1
    assert checked(engine, stamps=Stamps([b"the newer key", KEY])).unstamped == 0


def test_the_database_refuses_to_change_or_remove_an_entry(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    orders = ["UPDATE audit_entry SET actor = 'x' WHERE sequence = 2", "DELETE FROM audit_entry WHERE sequence = 2"]
    if engine.dialect.name == "postgresql":
        orders.append("TRUNCATE audit_entry")
    else:
        orders.append("REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE sequence = 2")
    for order in orders:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(order))
    assert checked(engine).is_sound


# Several sealers, crashes, cost ----------------------------------------------------------------------------


def test_several_sealers_at_once_make_one_chain(engine: Engine) -> None:
    put(engine, "desk_act", *(row_of("desk_act", n, at=at(1)) for n in range(1, 1201)))
    done: list[chain.Sealed] = []
    threads = [threading.Thread(target=lambda: done.append(sealed(engine))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    sealed(engine)
    found = checked(engine)
    assert found.is_sound and found.entries == 1200 and found.unsealed == 0
    assert len(done) == 4 and sum(one.count for one in done) <= 1200


def test_what_a_crash_in_the_middle_leaves_is_sealed_by_the_next_run(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, "desk_act", *(row_of("desk_act", n, at=at(1)) for n in range(1, 1201)))
    whole = chain._add
    batches = iter((True, False))

    def dying(*facts: object) -> bool:
        if next(batches):
            return whole(*facts)  # type: ignore[arg-type]  # handed on as it came
        raise KeyboardInterrupt

    monkeypatch.setattr(chain, "_add", dying)
    with pytest.raises(KeyboardInterrupt):
        sealed(engine)
    assert checked(engine).is_sound and checked(engine).unsealed == 700
    monkeypatch.undo()
    assert sealed(engine).count == 700
    assert checked(engine).is_sound


def test_sealing_asks_a_handful_of_questions_however_much_is_sealed_already(engine: Engine) -> None:
    fill(engine)
    put(engine, "desk_act", *(row_of("desk_act", n, at=at(1)) for n in range(100, 700)))
    sealed(engine)
    with counted(engine) as asked:
        sealed(engine)
    assert len(asked) <= 12


def test_a_head_that_is_none_is_refused_with_a_sentence() -> None:
    assert parse_head(f" 12:{'a' * 64}\n") == Head(12, "a" * 64)
    hash_ = "a" * 64
    for wrong in ("", "12", f"x:{hash_}", f"12:{'g' * 64}", f"12:{hash_[1:]}", f"-1:{hash_}", f"{'9' * 30}:{hash_}"):
        with pytest.raises(ChainError):
            parse_head(wrong)


# What is not as this program writes it -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -5])
def test_a_row_with_a_number_below_one_is_found_or_sealed_as_any_other(engine: Engine, number: int) -> None:
    put(engine, "desk_act", row_of("desk_act", number, at=at(1)))
    fill(engine)
    assert sealed(engine).is_complete and checked(engine).is_sound and checked(engine).unsealed == 0
    slip_in(engine, "review", row_of("review", number, at=at(1)))
    assert [(one.kind, one.place) for one in checked(engine).findings] == [("row_inserted", f"review {number}")]
    remove(engine, "desk_act", id=number)
    assert ("row_removed", f"desk_act {number}") in [(one.kind, one.place) for one in checked(engine).findings]


def test_an_entry_with_a_number_below_one_is_found(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    with engine.connect() as connection:
        row = dict(connection.execute(select(ENTRY).where(ENTRY.c.sequence == 1)).mappings().one())
    slip_in(engine, "audit_entry", {**row, "sequence": -3, "source_id": 99})
    assert not checked(engine).is_sound


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rubbish", ["'rubbish'", "x'00ff'", "5"])
def test_a_row_with_a_time_that_is_none_does_not_stop_the_others(engine: Engine, rubbish: str) -> None:
    fill(engine)
    sealed(engine)
    with tampering(engine) as connection:
        connection.execute(text("INSERT INTO review SELECT * FROM (SELECT 77, post_id, at, action, actor, reason, "
                                "content_hash, via, address FROM review WHERE id = 1)"))  # fmt: skip
        connection.execute(text(f"UPDATE review SET at = {rubbish} WHERE id = 77"))
        connection.execute(text("UPDATE pause SET ended_at = '0' WHERE id = 1"))
    put(engine, "review", row_of("review", 78, at=at(1)))
    assert sealed(engine).count == 3
    assert checked(engine).unsealed == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_row_whose_number_was_drawn_before_it_could_be_seen_is_waited_for(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    old = datetime.now(UTC) - timedelta(minutes=5)
    now = old + timedelta(minutes=10)
    table = SQLModel.metadata.tables["desk_act"]
    with engine.connect() as connection, connection.begin():
        connection.execute(insert(table), row_of("desk_act", 3, at=old))
        put(engine, "desk_act", row_of("desk_act", 4, at=old))
        put(engine, "review", row_of("review", 3, at=old))
        assert sealed(engine, now=now).count == 1, "another table's rows do not wait"
    assert sealed(engine, now=now).count == 2
    found = checked(engine, now=now)
    assert found.is_sound and found.unsealed == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_number_that_never_comes_is_passed_even_while_others_write(engine: Engine) -> None:
    fill(engine)
    sealed(engine)
    table = SQLModel.metadata.tables["desk_act"]
    with engine.connect() as connection:
        connection.execute(insert(table), row_of("desk_act", 3, at=at(1)))
        put(engine, "desk_act", row_of("desk_act", 4, at=at(1)))
        connection.rollback()
    assert sealed(engine).count == 1
    assert checked(engine).is_sound


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_night_verifies_even_when_sealing_failed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine)
    sealed(engine)
    with tampering(engine) as connection:
        connection.execute(text("UPDATE review SET actor = 'Kẻ khác' WHERE id = 1"))

    def broken(*_facts: object, **_more: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(nightly, "seal", broken)
    with pytest.raises(OSError, match="no room"):
        nightly.verify_nightly(engine, STAMPS, now=LATER)
    with reading(engine) as session:
        [told] = nightly.told_unsound(session)
    assert "review 1" in told.words
