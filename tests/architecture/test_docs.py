"""The documents do not lie: links lead somewhere, commands exist, versions and test commands agree."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.program import program
from cli.settings import example
from docs.take_pictures import PICTURES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "content" / "library" / "README.md"])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[[^\]]+\]\(((?:docs/)?pictures/[^)\s]+)\)")
"""With words for who does not see it."""
_INLINE = re.compile(r"`([^`\n]+)`")
_SETTING = re.compile(r"\bCCHC_[A-Z_]*[A-Z]\b")
_COMMAND = re.compile(r"(?:^|&& |uv run |bin/)cchc +([^\n]*)", re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _commands(text: str) -> Iterator[list[str]]:
    """The words after `cchc` in code blocks and in inline code."""
    for code in [*_FENCE.findall(text), *_INLINE.findall(_FENCE.sub("", text))]:
        for line in _COMMAND.findall(code):
            words = shlex.split(line, comments=True)
            yield list(takewhile(lambda word: word not in ("&&", "|", ";", "…"), words))


def _wrong(words: list[str]) -> str:
    """What is wrong with a command line, read against the command tree; empty when it is right."""
    command: Any = typer.main.get_command(program(whole=True))
    rest = list(words)
    while rest and hasattr(command, "commands"):
        if rest[0].startswith("--") and command.invoke_without_command:
            break  # the options of a group that does something by itself
        name = rest.pop(0)
        if name not in command.commands:
            return f"no command “{name}” in “cchc {' '.join(words)}”"
        command = command.commands[name]
    known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"no option {', '.join(unknown)} in “cchc {' '.join(words)}”" if unknown else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    targets = [link.partition("#")[0] for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [target for target in targets if target and not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_and_option_named_in_a_document_exists(document: Path) -> None:
    found = [_wrong(words) for words in _commands(document.read_text(encoding="utf-8"))]
    assert [words for words in found if words] == []


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    text = (
        "Try `cchc queue jump 3`.\n\n```sh\nuv run cchc demo --fast && echo done\n.venv/bin/cchc run  # for long\n```\n"
    )
    words = list(_commands(text))
    assert words == [["demo", "--fast"], ["run"], ["queue", "jump", "3"]]
    assert [bool(_wrong(one)) for one in words] == [True, False, True]


def test_every_picture_is_taken_by_the_script_and_shown_somewhere() -> None:
    taken = {path.stem for path in (ROOT / "docs" / "pictures").iterdir()}
    shown = {Path(link).stem for document in DOCUMENTS for link in _PICTURE.findall(document.read_text("utf-8"))}
    assert taken == shown == {one.name for one in PICTURES}, "python docs/take_pictures.py"


def test_there_are_decisions() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]
    assert len(DECISIONS) >= 6


@pytest.mark.parametrize("decision", DECISIONS, ids=_name)
def test_a_decision_is_short_and_has_its_four_parts(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {decision.name[:4]}: ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
        "## Alternatives",
    ]


def test_the_changelog_tells_about_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", changes, re.MULTILINE)
    assert changes.index("## [Unreleased]") < changes.index(f"## [{version}]")


@pytest.mark.parametrize(
    ("form", "wanted"), [("uv", "uv run --group dev pytest"), ("pip", ".venv/bin/python -m pytest")]
)
def test_the_ci_script_runs_the_test_command_of_the_readme(form: str, wanted: str) -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = re.search(r"^readme_command\(\) \{\n.*?^\}\n", script, re.MULTILINE | re.DOTALL)
    assert function
    assert 'tests=$(readme_command "$form")' in script and '"$tests"' in script
    asked = subprocess.run(
        ["bash", "-euc", f"{function[0]}readme_command {form}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    command = asked.stdout.strip()
    assert "\n" not in command and command.endswith(wanted)
    assert f"```sh\n{command}\n```" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_setting_named_in_a_document_exists(document: Path) -> None:
    named = set(_SETTING.findall(document.read_text(encoding="utf-8"))) - {"CCHC_TEST_DATABASE_URL"}
    assert named <= set(_SETTING.findall(example()))
