"""What lies in deploy/ fits the program: commands and settings exist, the tools that read the files take them."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.test_docs import DOCUMENTS, ROOT, _wrong
from tests.architecture.test_docs import example as settings_example

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
CCHC = "/opt/cchc/app/.venv/bin/cchc"
SETTINGS = {line.lstrip("# ").partition("=")[0] for line in settings_example().splitlines() if "=" in line}
HOST = re.compile(r"^[^/]*[.:][^/]*/")
"""How the name of an image begins that names the machine it comes from."""


def _name(path: Path) -> str:
    return path.name


def unit(path: Path) -> dict[str, dict[str, str]]:
    """A unit file's sections; systemd's own words keep their capitals."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  the way the module wants it done
    parser.read(path, encoding="utf-8")
    return {name: dict(parser[name]) for name in parser.sections()}


def services(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
    return found


def ours(path: Path) -> dict[str, dict[str, Any]]:
    """The services that run the program."""
    return {name: one for name, one in services(path).items() if "build" in one}


def test_there_is_what_the_guide_promises() -> None:
    assert [path.name for path in UNITS] == ["cchc-web.service", "cchc-worker@.service", "cchc.service"]
    assert [path.name for path in COMPOSE] == ["compose.postgres.yaml", "compose.yaml"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_a_document_names_no_file_of_deploy_that_is_not_there(document: Path) -> None:
    named = set(re.findall(r"\bdeploy/[\w@.-]*\w", document.read_text(encoding="utf-8"))) - {"deploy/postgres.env"}
    assert [one for one in named if not (ROOT / one).exists()] == []


# systemd -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", UNITS, ids=_name)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    program, *words = unit(path)["Service"]["ExecStart"].split()
    assert program == CCHC and words and _wrong(words) == ""


@pytest.mark.parametrize("path", UNITS, ids=_name)
def test_a_unit_lets_work_end_and_comes_back(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["Restart"] == "always" and service["KillSignal"] == "SIGTERM" and service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) >= 120
    assert unit(path)["Install"]["WantedBy"] == "multi-user.target"


@pytest.mark.parametrize("path", UNITS, ids=_name)
def test_a_unit_may_do_no_more_than_the_others(path: Path) -> None:
    def without_its_command(other: Path) -> dict[str, str]:
        return {name: value for name, value in unit(other)["Service"].items() if name != "ExecStart"}

    service = unit(path)["Service"]
    assert service["User"] == "cchc" and service["ReadWritePaths"] == "/opt/cchc/data"
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["UMask"]) == ("true", "strict", "0077")
    assert service["PrivateTmp"] == "true" and service["CapabilityBoundingSet"] == ""
    assert without_its_command(path) == without_its_command(UNITS[0])


@pytest.mark.parametrize("path", UNITS, ids=_name)
def test_systemd_takes_the_unit(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    program = shutil.which("true")
    assert program
    copy = tmp_path / path.name
    copy.write_text(path.read_text(encoding="utf-8").replace(CCHC, program), encoding="utf-8")
    told = subprocess.run([analyze, "verify", "--man=no", copy], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, ""), told.stderr
    judged = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=25", copy],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert judged.returncode == 0, judged.stdout


# Containers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMPOSE, ids=_name)
def test_a_service_runs_a_command_that_exists(path: Path) -> None:
    for name, service in ours(path).items():
        program, *words = service["command"]
        assert program == "cchc" and words and _wrong(words) == "", name
    text = path.read_text(encoding="utf-8")
    assert {one for one in re.findall(r"run --rm \w+ cchc (\w+)", text) if _wrong([one])} == set()


@pytest.mark.parametrize("path", COMPOSE, ids=_name)
def test_a_service_is_told_settings_that_exist(path: Path) -> None:
    told = {name for service in ours(path).values() for name in service["environment"]}
    assert told and told <= SETTINGS
    files = {one for service in services(path).values() for one in _listed(service.get("env_file", []))}
    assert files <= {"../.env", "postgres.env"}, "the ones that the guide tells to write"


@pytest.mark.parametrize("path", COMPOSE, ids=_name)
def test_a_service_may_write_nothing_but_its_data_and_has_no_rights(path: Path) -> None:
    for name, service in ours(path).items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["volumes"] == ["data:/data"] and service["tmpfs"] == ["/tmp"], name
        assert service["stop_grace_period"] == "5m", name
        build = service["build"]
        assert (path.parent / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    for name, service in services(path).items():
        assert not service.get("privileged") and not HOST.match(service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "the proxy alone comes in"


def test_workers_clocks_and_desks_share_database_key_and_pictures() -> None:
    found = ours(DEPLOY / "compose.postgres.yaml")
    assert set(found) == {"init", "clock", "worker", "web"}
    assert len({json.dumps([one["environment"], one["volumes"]]) for one in found.values()}) == 1
    assert found["web"]["environment"]["CCHC_HANDS"] == "workers"


@pytest.mark.parametrize("path", COMPOSE, ids=_name)
def test_compose_takes_the_file(path: Path, tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, timeout=60).returncode:
        pytest.skip("docker compose is not on this machine")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / ".env").write_text("", encoding="utf-8")
    (tmp_path / "deploy" / "postgres.env").write_text("POSTGRES_PASSWORD=x\nPGPASSWORD=x\n", encoding="utf-8")
    told = subprocess.run(
        [docker, "compose", "-f", tmp_path / "deploy" / path.name, "config", "-q"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr


def test_the_image_is_small_nobodys_registry_and_runs_as_nobody() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert all(base.endswith("-slim") and not HOST.match(base) for base in bases) and len(bases) == 2
    last = lines[max(place for place, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER cchc" in last and any("HEALTHCHECK" in line and "/healthz" in line for line in last)
    assert set(re.findall(r"CCHC_[A-Z_]+", "\n".join(lines))) <= SETTINGS
    [command] = [json.loads(line.removeprefix("CMD ")) for line in last if line.startswith("CMD ")]
    assert command[0] == "cchc" and _wrong(command[1:]) == ""


def test_the_image_has_the_whole_program_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert all((ROOT / one).exists() for one in let_in)
    packages = set(re.findall(r'"(\w+)"', re.findall(r"^packages = (\[.*\])", _project(), re.MULTILINE)[0]))
    assert let_in == packages | {"assets", "pyproject.toml", "README.md"}


def _project() -> str:
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


# The proxy -----------------------------------------------------------------------------------------------


def test_the_proxy_shows_pictures_to_everybody_and_the_desk_inside_only() -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    handled = re.findall(r"^\thandle ?(\S*) \{\n(.*?)^\t\}", text, re.MULTILINE | re.DOTALL)
    assert [where for where, _ in handled] == ["/media/*", "@inside", ""]
    assert "respond 403" in handled[-1][1] and "reverse_proxy" not in handled[-1][1]
    ports = set(re.findall(r"127\.0\.0\.1:(\d+)", text))
    assert ports == {"8480", *unit(DEPLOY / "cchc-web.service")["Service"]["ExecStart"].split()[-1:]}
    assert set(re.findall(r"CCHC_[A-Z_]+", text)) <= SETTINGS
