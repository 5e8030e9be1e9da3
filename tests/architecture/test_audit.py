"""The audit of dependencies: a weakness fails, one that was looked at does not, silence is never taken for health."""

import importlib.util
import json
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*vulns: str) -> str:
    found = [{"id": one, "aliases": [f"CVE-{one}"], "fix_versions": ["2.0"]} for one in vulns]
    skipped = {"name": "own", "skip_reason": "not found"}
    return json.dumps({"dependencies": [{"name": "a", "version": "1.0", "vulns": found}, skipped]})


def test_a_weakness_fails_and_one_that_was_looked_at_does_not(audit: ModuleType) -> None:
    assert audit.judge(report(), "", {})[0] == 0
    code, lines = audit.judge(report("P-1", "P-2"), "", {"CVE-P-1": "not reachable from outside"})
    assert code == 1 and "not reachable" in lines[0] and "FAILS" in lines[1] and "1 of 2 packages" in lines[2]
    assert audit.judge(report("P-1"), "", {"P-1": "why"})[0] == 0


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ("", "requests.exceptions.ConnectionError: HTTPSConnectionPool"),
        ("", "Timeout: no answer in time"),
        ("", ""),
        (json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]}), ""),
    ],
)
def test_a_service_that_cannot_be_asked_is_said_plainly_and_fails_nothing(
    audit: ModuleType, told: str, complaint: str
) -> None:
    code, lines = audit.judge(told, complaint, {})
    assert code == 0 and "NOT DONE" in lines[-1]


def test_a_tool_that_breaks_is_no_success(audit: ModuleType) -> None:
    assert audit.judge("", "ModuleNotFoundError: No module named 'pip_audit'", {})[0] == 1


def test_what_was_looked_at_has_a_reason_and_a_day_and_is_looked_at_again_after_it(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audit.accepted(date(2026, 1, 1))  # ours can be read
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    entry = '[[tool.cchc.audit]]\nid = "P-1"\nreason = "why"\nuntil = 2026-12-31\n'
    (tmp_path / "pyproject.toml").write_text(entry)
    assert audit.accepted(date(2026, 12, 31)) == {"P-1": "why"} and audit.accepted(date(2027, 1, 1)) == {}
    (tmp_path / "pyproject.toml").write_text(entry.replace('reason = "why"\n', ""))
    with pytest.raises(SystemExit):
        audit.accepted(date(2026, 1, 1))
