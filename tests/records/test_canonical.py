"""The quick ways to the canonical text come to the same as the slow one, for whatever stands in a row."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from records.canonical import reader, teller, text_of
from records.chain import NAMES
from scheduler.tables import Pause

COLUMNS = tuple(Pause.model_fields)
_VALUES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8), st.sampled_from(['"', "\\", "a\u0000b", "\u2028"]),
    st.integers(), st.booleans(), st.none(), st.builds(lambda told: {"bytes": told}, st.text("0123456789abcdef")),
)  # fmt: skip
_BYTES = st.one_of(
    st.none(), st.binary(max_size=6), st.sampled_from([b"\x00", b"a\x00", b"\xc3", b"\xff41", b"7", b"07", b"1"]),
    st.sampled_from([b"2026-11-27 08:00:00.000000", b"2026-11-27T08:00:00.000000", b"2026-11-27 08:00:00.000000\n"]),
    st.text(max_size=6).map(str.encode),
)  # fmt: skip


@given(st.fixed_dictionaries(dict.fromkeys(("b", "a", "c%s", "d"), _VALUES)))
def test_the_quick_text_is_the_canonical_text(facts: dict[str, Any]) -> None:
    names = ("b", "a", "d")
    expected = {name: facts[name] for name in names}
    assert teller(names)(facts) == text_of(expected)
    assert json.loads(teller(names)(facts)) == expected


@given(st.tuples(*(_BYTES for _ in COLUMNS)))
def test_a_row_is_read_as_its_values_are_read_one_by_one(row: tuple[bytes | None, ...]) -> None:
    alone = {name: reader("pause", (name,), True)((value,))[name] for name, value in zip(COLUMNS, row, strict=True)}
    assert reader("pause", COLUMNS, True)((*row, 7, "beside")) == alone


def test_every_name_of_an_entry_stands_in_its_text_as_it_is() -> None:
    facts = dict.fromkeys(NAMES, "x")
    assert teller(NAMES)(facts) == text_of(facts)
