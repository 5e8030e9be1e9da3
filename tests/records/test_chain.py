"""The chain of the audit log: sealed a little later, found whatever was changed."""

from sqlalchemy import Engine

from tests.records.chain_case import checked, fill, kinds, sealed


def test_a_house_with_every_kind_of_evidence_is_sealed_and_sound(engine: Engine) -> None:
    fill(engine)
    done = sealed(engine)
    found = checked(engine)
    assert kinds(found) == []
    assert done.is_complete and found.entries == done.count and found.head == done.head
    assert found.unsealed == 0
    assert sealed(engine).count == 0
