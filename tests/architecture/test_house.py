"""The shape of the house: folders, floors, one door a library, and names that nobody else owns."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("connectors", "rules", "sync")
MODULES = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]


@cache
def imported(path):
    """Names of all modules that a module imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names


def importers(library):
    """Modules that import a library, as paths from the root."""
    return {
        str(path.relative_to(ROOT))
        for path in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in imported(path))
    }


def test_code_lives_in_the_folders_it_belongs_to():
    known = {"benchmarks", "config", "connectors", "deploy", "docs", "rules", "sync", "tests"}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git checkout")
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line and not line.startswith(".")}
    assert folders <= known


@pytest.mark.parametrize("name", [*FLOORS, "config"])
def test_no_other_distribution_owns_a_name_of_ours(name):
    assert set(packages_distributions().get(name, ["backlog-steward"])) == {"backlog-steward"}


def test_arrows_point_down():
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout[-2000:]


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("jira", "connectors/jira/"),
        ("azure.devops", "connectors/azure_devops/"),
        ("slack_sdk", "connectors/slack/"),
        ("apscheduler", "sync/"),
        ("httpx", ("connectors/http.py", "connectors/http_")),
        ("sqlmodel", "sync/store/"),
        ("sqlalchemy", "sync/store/"),
        ("typer", "sync/cli/"),
    ],
)
def test_a_library_is_imported_in_one_place(library, only):
    assert {path for path in importers(library) if not path.startswith(only)} == set()


def test_rules_know_nothing_of_the_world_outside():
    outside = ("httpx", "sqlalchemy", "sqlmodel", "typer", "structlog", "connectors", "sync")
    for path in MODULES:
        if path.is_relative_to(ROOT / "rules"):
            assert not {name.split(".")[0] for name in imported(path)} & set(outside), path


def test_every_module_says_what_it_is_for():
    silent = [str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert [path for path in silent if not path.endswith("__main__.py")] == []


def test_the_packages_that_were_asked_for_are_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = " ".join([*project["dependencies"], *project["optional-dependencies"]["dev"]])
    for name in ("jira", "azure-devops", "apscheduler", "sqlmodel", "structlog", "respx", "pytest"):
        assert f"{name}>=" in declared or f"{name}==" in declared or f"{name}<" in declared, name


def test_nothing_of_the_builders_machine_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git checkout")
    home = str(Path.home())
    for line in listed.stdout.splitlines():
        path = ROOT / line
        if not path.is_file() or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert f"{ROOT}/" not in text, line
        assert len(home) < 2 or home == "/root" or f"{home}/" not in text, line


def test_the_tests_that_mutants_run_exist():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    deselected = [option.removeprefix("--deselect=") for option in tool["pytest_add_cli_args"] if "::" in option]
    for test in (*tool["pytest_add_cli_args_test_selection"], *deselected):
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text() if name else (ROOT / file).is_file(), test
