"""A tracker is one folder: its plugin loads no client library, and nothing outside the folder names its kind."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.registry import PLUGINS

ROOT = Path(__file__).parents[2]
FOLDERS = {kind: kind.replace("-", "_") for kind in PLUGINS}
OUTSIDE = [
    path
    for floor in ("sync", "rules", "connectors")
    for path in (ROOT / floor).rglob("*.py")
    if path.relative_to(ROOT).parts[1] not in FOLDERS.values() and path != ROOT / "connectors" / "registry.py"
]
LIBRARIES = ("jira", "azure.devops", "azure.identity", "azure.core", "msrest", "requests", "httpx")


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_plugin_is_in_the_folder_of_its_kind(kind):
    assert (ROOT / "connectors" / FOLDERS[kind] / "plugin.py").is_file()


def test_all_plugins_together_load_no_client_library():
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, connectors.registry; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(listed.stdout.split())
    assert "connectors.jira.plugin" in loaded
    assert loaded & set(LIBRARIES) == set()


def names_of_kinds(path):
    """Every place of a module that imports a tracker's folder, or holds its name as a value or within a name."""
    inside = tuple(f"connectors.{folder}." for folder in FOLDERS.values())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield from (alias.name for alias in node.names if f"{module}.{alias.name}.".startswith(inside))
            case ast.Import():
                yield from (alias.name for alias in node.names if f"{alias.name}.".startswith(inside))
            case ast.Constant(value=str(value)) if value in {*FOLDERS, *FOLDERS.values()}:
                yield value
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield from (name for word in ("jira", "azure") if word in name.lower())


def test_nothing_outside_a_trackers_folder_names_its_kind():
    found = {str(path.relative_to(ROOT)): names for path in OUTSIDE if (names := list(names_of_kinds(path)))}
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "from connectors.jira.tracker import JiraTracker",
        "from connectors import export",
        "import connectors.azure_devops.plugin",
        "if section.kind == 'azure-devops': pass",
        "isinstance(section, AzureDevOpsSettings)",
        "def open_jira(): pass",
    ],
)
def test_a_kind_that_is_named_would_be_found(tmp_path, line):
    module = tmp_path / "module.py"
    module.write_text(line, encoding="utf-8")
    assert list(names_of_kinds(module))


def test_importing_the_connectors_leaves_files_and_environment_alone(tmp_path):
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "connectors").rglob("*.py")
        if path.name != "__init__.py"
    ]
    program = f"import os, importlib; before = dict(os.environ); [importlib.import_module(name) for name in {modules}]; print(dict(os.environ) == before)"
    environment = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")
    assert list(tmp_path.iterdir()) == []
