"""Reads what people paste when they are asked for their Azure DevOps: links to projects, boards and work items."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from connectors.azure_devops.settings import is_services

_PAGES = re.compile(r"^_(?!apis)\w+$")
_TEAM_PAGES = ("_backlogs", "_boards", "_sprints", "_workitems")


def is_azure_devops(address: str) -> bool:
    """Whether an address can only be one of Azure DevOps."""
    parts = urlsplit(address)
    steps = parts.path.split("/")
    return is_services(address) or "tfs" in steps or any(_PAGES.match(step) for step in steps)


def parse_answer(key: str, text: str) -> Mapping[str, str]:
    """The settings in an answer to a question of `steward init`."""
    if key == "url":
        return dict(_from_address(text if "://" in text else f"https://{text}"))
    if key == "project" and "://" in text:
        return {name: value for name, value in _from_address(text) if name != "url"}
    return {key: text}


def _from_address(address: str) -> Iterator[tuple[str, str]]:
    """The organisation or collection, the project, and the team, as far as the address names them."""
    parts = urlsplit(address)
    steps = [unquote(step) for step in parts.path.split("/") if step]
    page = next((number for number, step in enumerate(steps) if _PAGES.match(step)), len(steps))
    before, after = steps[:page], steps[page:]
    size = _size_of_organisation(address, before)
    organisation, names = before[:size], before[size:]
    host = parts.netloc.rpartition("@")[2] if is_services(address) else parts.netloc  # a clone link names the user
    yield "url", "/".join([f"{parts.scheme}://{host}", *map(quote, organisation)])
    if names:
        yield "project", names[0]
    if after[:1] and after[0] in _TEAM_PAGES and "t" in after[:-1]:
        yield "team", after[after.index("t") + 1]
    elif len(names) > 1:
        yield "team", names[1]
    elif after[:1] in (["_backlogs"], ["_sprints"]) and len(after) > 2:
        yield "team", after[2]


def _size_of_organisation(address: str, steps: list[str]) -> int:
    """How many steps of a path name the organisation or collection; the next one is the project."""
    host = urlsplit(address).hostname or ""
    if host.endswith(".visualstudio.com"):
        return 1 if steps[:1] == ["DefaultCollection"] else 0
    return steps.index("tfs") + 2 if "tfs" in steps else 1
