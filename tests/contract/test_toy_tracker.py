"""What `docs/add-a-tracker.md` promises: one folder and one line of the registry make a tracker.

The product is copied, `toy_tracker/acme` is put into the copy, and the command line is run there.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ITEMS = {
    "1": {
        "title": "Pay in instalments",
        "text": "",
        "labels": [],
        "comments": {},
        "created": "2026-01-05T09:00:00+00:00",
    },
    "2": {
        "title": "Refund twice",
        "text": "See https://acme.example/ACME-1.",
        "labels": [],
        "comments": {},
        "created": "2026-01-06T09:00:00+00:00",
    },
}


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """A copy of the product with one more folder, and one more line in the registry."""
    folder = tmp_path_factory.mktemp("product")
    for name in ("connectors", "rules", "sync", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(Path(__file__).parent / "toy_tracker" / "acme", folder / "connectors" / "acme")
    registry = folder / "connectors" / "registry.py"
    before = registry.read_text(encoding="utf-8")
    registry.write_text(before.replace('    "export",\n', '    "export",\n    "acme",\n'), encoding="utf-8")
    assert len(registry.read_text(encoding="utf-8").splitlines()) == len(before.splitlines()) + 1
    return folder


@pytest.fixture
def steward(product, tmp_path):
    """Runs the command line of the copy."""

    def run(*arguments, code=0):
        environment = {"PYTHONPATH": str(product), "PATH": "", "HOME": str(tmp_path), "COLUMNS": "200"}
        command = [sys.executable, "-m", "sync.cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_one_folder_and_one_line_make_a_tracker(steward, tmp_path):
    items = tmp_path / "items.json"
    items.write_text(json.dumps(ITEMS), encoding="utf-8")

    assert "acme" in steward("init", "--help")
    assert "2 items are in the scope" in steward("init", "--kind", "acme", "--path", str(items))
    settings = tmp_path / "config" / "steward.yaml"
    text = settings.read_text(encoding="utf-8")
    assert f"kind: acme\n    path: {items}" in text
    assert 'Unknown key "colour"' in wrong(steward, settings, text.replace("kind: acme", "kind: acme\n    colour: red"))
    assert "acmee" in wrong(steward, settings, text.replace("kind: acme", "kind: acmee"))

    (pulled,) = json.loads(steward("pull", "--json"))
    assert (pulled["trouble"], {one["finding"]["key"] for one in pulled["findings"]}) == ("", {"ACME-1", "ACME-2"})
    assert json.loads(items.read_text(encoding="utf-8")) == ITEMS

    settings.write_text(re.sub(r"mode: shadow.*", "mode: write\n  baseline: false", text), encoding="utf-8")
    steward("apply")
    written = json.loads(items.read_text(encoding="utf-8"))
    (comment,) = written["1"]["comments"].values()
    assert comment["text"].endswith("Asked by **Backlog Steward**.")
    assert steward("preview", "ACME-1").count("Backlog Steward")
    steward("apply")
    assert json.loads(items.read_text(encoding="utf-8")) == written, "a second round writes nothing"

    steward("undo", "--all")
    assert json.loads(items.read_text(encoding="utf-8")) == ITEMS


def wrong(steward, settings, text):
    """What is said about a wrong steward.yaml; the right one is put back."""
    right = settings.read_text(encoding="utf-8")
    settings.write_text(text, encoding="utf-8")
    said = steward("check-config", str(settings), code=2)
    settings.write_text(right, encoding="utf-8")
    return said
