"""The rules of the house, held by the build: floors, platforms in one place, one reader of the environment."""

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from connectors import CONNECTORS, connector_class
from connectors.base import Connector
from tests.architecture.sources import PRODUCT, ROOT, our_files, python_files, short, words_of_code

LINES_MAX = 400
LONG_FILES: dict[str, str] = {}
"""File -> why it may be longer."""


def test_no_floor_imports_a_higher_one() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_program_that_runs_is_the_one_in_this_checkout() -> None:
    for package in (*PRODUCT, "sandbox"):
        file = import_module(package).__file__
        assert file and file.startswith(str(ROOT)), f"{package} comes from {file}"


# Platforms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_every_platform_is_registered_and_has_a_test_file(platform: str) -> None:
    connector = connector_class(platform)
    assert issubclass(connector, Connector)
    assert connector.capabilities.platform == platform
    assert (ROOT / "tests" / "connectors" / f"test_{platform}.py").is_file()
    assert (ROOT / "sandbox" / f"{platform}.py").is_file(), "every platform is imitated"


def test_every_folder_of_a_platform_is_registered() -> None:
    folders = {path.name for path in (ROOT / "connectors").iterdir() if (path / "__init__.py").is_file()}
    assert folders == set(CONNECTORS)


def test_a_platform_is_named_only_where_it_lives() -> None:
    names = re.compile("|".join(CONNECTORS), re.I)
    found = [
        f"{short(path)}: {match[0]}"
        for path in python_files(*PRODUCT)
        if short(path) != "connectors/__init__.py"
        and not any(short(path).startswith(f"connectors/{name}/") for name in CONNECTORS)
        for match in names.finditer(words_of_code(path))
    ]
    assert found == []


def test_a_connector_names_no_other_platform() -> None:
    found = [
        f"{short(path)}: {other}"
        for name in CONNECTORS
        for path in python_files("connectors")
        if short(path).startswith(f"connectors/{name}/")
        for other in CONNECTORS
        if other != name and other in words_of_code(path).lower()
    ]
    assert found == []


# Files -------------------------------------------------------------------------------------------------


def test_no_file_of_ours_is_too_long_to_read() -> None:
    long = {
        short(path): count
        for path in our_files()
        if path.suffix in (".py", ".js", ".css", ".html")
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    }
    assert {name: count for name, count in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "an exception that is not needed any more"


def test_no_file_is_hidden_by_a_package_of_its_name() -> None:
    packages = {path.parent for path in our_files() if path.name == "__init__.py"}
    hidden = [short(path) for path in our_files() if path.suffix == ".py" and path.with_suffix("") in packages]
    assert hidden == [], "Python and the type checker would see the package only"


def test_no_file_names_a_machine_or_a_package_host() -> None:
    foreign = re.compile(
        "|".join(["/ro" + "ot/", "/ho" + "me/[a-z]", "/wo" + "rk/", "/tm" + "p/", r"C:\\Us" + "ers", "pypi" + r"\.org",
                  "files.python" + "hosted", "artif" + "actory", "registry" + r"\.npmjs"])
    )  # fmt: skip
    found = []
    for path in our_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{short(path)}: {match[0]}" for match in foreign.finditer(text)]
    assert found == []


def test_every_text_of_ours_is_nfc() -> None:
    import unicodedata

    texts = [path for path in our_files() if path.suffix in (".py", ".md", ".yml", ".html", ".css", ".env", ".toml")]
    # a test that is about the other form writes it as an escape
    assert [short(path) for path in texts if not unicodedata.is_normalized("NFC", path.read_text("utf-8"))] == []


# The world outside comes in by one door ----------------------------------------------------------------


def _uses(path: Path, *names: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(ast.unparse(node) in names for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name))


@pytest.mark.parametrize(
    ("names", "door"),
    [
        (("os.environ", "os.getenv", "environ", "getenv"), ""),  # the settings model reads it
        (("datetime.now", "datetime.utcnow", "date.today", "time.time"), "scheduler/clock.py"),
        (("time.sleep", "sleep"), ""),
        (("random.random", "random.choice", "random.shuffle"), ""),
        (("requests.get", "requests.post", "requests.put", "requests.request"), ""),
    ],
    ids=["environment", "time", "sleep", "chance", "network"],
)
def test_only_one_module_touches(names: tuple[str, ...], door: str) -> None:
    users = [short(path) for path in python_files(*PRODUCT) if _uses(path, *names)]
    assert users == ([door] if door else [])


def test_only_the_life_cycle_moves_a_publication() -> None:
    """`scheduler.move.apply` is the one writer of a publication's state; nobody assigns it by hand."""
    written = [
        short(path)
        for path in python_files(*PRODUCT)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Attribute) and target.attr == "state" for target in node.targets)
        and "State." in ast.unparse(node.value)
    ]
    assert written == []
