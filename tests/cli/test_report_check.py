"""`cchc report check`: each rule in words, and an exit code that says whether all are met."""

from pathlib import Path

import pytest

from cli.app import main
from reports.official.docx import docx
from tests.reports.official.papers import document, heading


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["cchc", *arguments])
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_a_document_in_the_form_meets_all_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "báo cáo.docx"
    file.write_bytes(docx(document()))
    assert run(monkeypatch, "report", "check", str(file)) == 0
    told = capsys.readouterr().out
    assert told.count("✓") == 34
    assert "Đạt cả 34 quy tắc." in told


def test_a_rule_that_is_not_met_is_told_and_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bc.docx"
    file.write_bytes(docx(document(heading=heading(signing=()))))
    assert run(monkeypatch, "report", "check", str(file)) == 1
    told = capsys.readouterr().out
    assert "✗ R24." in told
    assert "chưa ghi quyền hạn, chức vụ của người ký" in told


@pytest.mark.parametrize("content", [None, b"xin"], ids=["missing", "other"])
def test_what_cannot_be_read_is_one_sentence(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bc.docx"
    if content is not None:
        file.write_bytes(content)
    assert run(monkeypatch, "report", "check", str(file)) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
