"""The threat model cites no proof that does not exist."""

import re

from tests.architecture.sources import ROOT


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:    )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 60 and not named - there, sorted(named - there)


def test_every_threat_in_a_table_has_a_proof() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!threat|asset|---)(.+) \|$", text.partition("## Entry points")[2], re.MULTILINE)
    assert len(rows) > 25
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []
