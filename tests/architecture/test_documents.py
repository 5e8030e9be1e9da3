"""Documents that say what the program does are held against the program."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from cli import settings
from cli.channels import about_markdown
from cli.reference import commands_markdown
from connectors import CONNECTORS
from scheduler.lifecycle import mermaid
from tests.architecture.sources import ROOT

EXAMPLE = ROOT / "config.example.env"
ABOUT = re.compile(r"<!-- about:begin -->\n(.*?)<!-- about:end -->", re.S)


def test_the_example_of_the_settings_is_what_the_program_reads() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == settings.example(), "python -m cli.settings > config.example.env"


def test_every_setting_of_the_example_is_explained() -> None:
    lines = settings.example().splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r"(# )?CCHC_", line) and not re.match(r"# (?!CCHC_)\S", before)
    ]
    assert bare == []


def test_the_example_loads_with_every_default_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.sub(r"^# (CCHC_[A-Z0-9_]+=)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.M)
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    empty = settings.load(_env_file=None)
    monkeypatch.chdir(tmp_path)
    loaded = settings.load()
    for name in CONNECTORS:
        assert loaded.platform(name) == empty.platform(name)
    # a path in the file is meant from the program's own folder; everything else reads back as it was
    paths = {"library_dir", "plan_dir"}
    assert loaded.model_dump(exclude=paths) == empty.model_dump(exclude=paths)


def test_the_table_of_platforms_is_what_the_connectors_declare() -> None:
    found = ABOUT.search((ROOT / "docs" / "platforms.md").read_text(encoding="utf-8"))
    assert found, "docs/platforms.md has no <!-- about:begin --> … <!-- about:end -->"
    assert found[1].strip() == about_markdown().strip(), "python -m cli.channels prints it"


def test_the_page_of_commands_is_what_the_program_understands() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert text == commands_markdown(), "python -m cli.reference > docs/commands.md"


def test_every_command_and_every_option_is_explained() -> None:
    text = commands_markdown()
    assert re.findall(r"^\| (?!\|)[^|]+ \| *\|$", text, re.M) == [], "options without a word"
    assert re.findall(r"^(#+ `[^`]+`)\n\n(?=#|\| \||\Z)", text, re.M) == [], "commands without a sentence"


def test_the_drawn_life_cycle_is_the_one_that_runs() -> None:
    assert mermaid() in (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
