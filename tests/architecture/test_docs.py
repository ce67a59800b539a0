"""The pages say only what is true: what they name is there."""

import re
from pathlib import Path

import pytest
import typer

from sync.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TO_BE_MADE = ("acme", "bare_link")
"""Names of what a reader of a guide makes."""


def read(page):
    return page.read_text(encoding="utf-8")


def name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", read(page))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_and_folders_are_there_and_in_the_checkout(page):
    named = re.findall(
        r"`((?:\.\./|rules/|connectors/|sync/|tests/|docs/|benchmarks/|config/messages/)[\w./-]*)`", read(page)
    )
    named = [path for path in named if not any(made in path for made in TO_BE_MADE)]
    assert [path for path in named if path.startswith("..") or not (ROOT / path).exists()] == []


@pytest.fixture(scope="module")
def commands():
    group = typer.main.get_command(app)
    return {name: group.get_command(None, name).load() for name in group.list_commands(None)}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_are_there(commands, page):
    for first, second in re.findall(r"(?:`|^)steward ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", read(page), re.MULTILINE):
        assert first in commands, f"steward {first}"
        below = getattr(commands[first], "commands", None)
        assert not below or not second or second in below, f"steward {first} {second}"
