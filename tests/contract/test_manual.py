"""The manual page about trackers names what is there."""

import re

import pytest

from connectors import errors
from connectors.tracker import Source, Target

FOLDERS = ("connectors", "docs", "rules", "sync", "tests")


@pytest.fixture(scope="module")
def page(repository) -> str:
    return (repository / "docs" / "add-a-tracker.md").read_text(encoding="utf-8")


def test_every_file_it_names_exists(page, repository):
    named = {one for one in re.findall(r"`([\w/.-]+)`", page) if one.startswith(tuple(f"{f}/" for f in FOLDERS))}
    there = {one for one in named if "acme" not in one}
    assert len(there) > 10
    assert [one for one in sorted(there) if not (repository / one).exists()] == []


def test_every_verb_and_every_error_is_told(page):
    verbs = {name for part in (Source, Target) for name in vars(part) if not name.startswith("_")} - {"stats", "name"}
    assert {verb for verb in verbs if f"`{verb}`" not in page} == set()
    kinds = {
        name
        for name, one in vars(errors).items()
        if isinstance(one, type) and one.__bases__ == (errors.ConnectorError,)
    }
    assert {kind for kind in kinds if f"`{kind}`" not in page} == set()
