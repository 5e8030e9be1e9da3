"""No table that leaves the product wakes up as a formula: each writer of cells goes through the one function."""

import ast

import pytest

from content.exchange.values import defuse, harmless, raw_text
from tests.architecture.sources import ROOT

FLOORS = ("cli", "content", "reports", "scheduler", "web")


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "'", "' ", "\u00a0", "''"])
def test_a_text_that_some_spreadsheet_takes_for_a_formula_is_defused_and_comes_back(before: str, sign: str) -> None:
    text = f"{before}{sign}HYPERLINK(1)"
    told = harmless(text)
    assert isinstance(told, str) and told.startswith("'") and raw_text(defuse(text, plain=True)) == raw_text(told)
    assert told[1:] == text


def test_words_and_figures_stay_as_they_are() -> None:
    for value in ("Bài số 1", "", 5, None, 2.5, "a=b", "50%", "“=”"):
        assert harmless(value) == value


def test_every_writer_of_tables_goes_through_it() -> None:
    found = 0
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            calls = {ast.unparse(one.func) for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call)}
            if "csv.writer" in calls or "csv.DictWriter" in calls:
                found += 1
                kept = "harmless" in text or "defuse" in text or "def csv_line" in text
                assert kept, f"{path.relative_to(ROOT)} writes CSV and defuses nothing"
            if "xlsxwriter.Workbook" in calls:
                found += 1
                name = path.relative_to(ROOT)
                assert '"strings_to_formulas": False' in text, f"{name}: a text may become a formula"
                assert '"strings_to_urls": False' in text, f"{name}: a text may become a link"
    assert found >= 8, found
