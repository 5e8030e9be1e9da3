"""Commands are loaded when they are called: nobody pays for what is not asked for, and nothing is missing."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.app import EXPECTED, is_expected
from cli.program import COMMANDS, GROUPS, program

ROOT = Path(__file__).parents[2]
HEAVY = {"typst", "docx", "xlsxwriter", "openpyxl", "fastapi", "uvicorn", "fontTools", "matplotlib", "procrastinate"}
"""Packages that take memory and time, and that neither the service nor a look at it needs."""


def tree(command: Any) -> dict[str, Any]:
    """The commands below one, with their help and their options."""
    below = {name: tree(one) for name, one in getattr(command, "commands", {}).items()}
    return {"help": command.help, "options": [one.opts for one in command.params], "below": below}


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_a_command_called_alone_is_the_one_that_all_of_them_have(name: str) -> None:
    alone, every = (tree(typer.main.get_command(one))["below"] for one in (program(name), program(whole=True)))
    assert list(alone) == [name]
    assert alone[name] == every[name] and every[name]["help"]


def test_every_command_is_listed_with_its_words_where_none_is_called() -> None:
    every = tree(typer.main.get_command(program(whole=True)))["below"]
    for called in ("", "--help", "no-such-command"):
        listed = tree(typer.main.get_command(program(called)))["below"]
        assert {name: one["help"] for name, one in listed.items()} == {name: one["help"] for name, one in every.items()}
        assert set(listed) == {*COMMANDS, *GROUPS}


@pytest.mark.parametrize("typed", [[], ["--help"], ["librari"]])
def test_who_looks_for_a_command_waits_for_no_database_and_no_desk(typed: list[str]) -> None:
    code = """if True:
        import contextlib, sys
        from cli.app import main
        with contextlib.suppress(SystemExit):
            main()
        print(*sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code, *typed], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {*HEAVY, "sqlalchemy", "alembic"}.isdisjoint(done.stdout.splitlines()[-1].split())


def test_a_command_after_two_dashes_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.app", "--", "days", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "cchc days" in done.stdout.replace("python -m cli.app", "cchc")


@pytest.mark.parametrize("command", ["run", "status", "tick", "worker"])
def test_the_service_loads_no_package_that_it_does_not_need_at_once(command: str) -> None:
    code = f"import sys, cli.program; cli.program.program({command!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


def test_every_error_that_a_person_can_mend_is_an_error_of_ours() -> None:
    for name in EXPECTED:
        module, _, kind = name.rpartition(".")
        found = getattr(import_module(module), kind)
        assert issubclass(found, Exception) and is_expected(found)
        assert is_expected(type("Special", (found,), {})), "and so are its kinds"
    assert not is_expected(ValueError)
