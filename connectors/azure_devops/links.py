"""Parses the answers to `steward init`: links to projects, boards and work items in Azure DevOps."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from connectors.azure_devops.settings import is_services
from connectors.plugin import strip_angle_brackets

_PAGE_STEP = re.compile(r"^_\w+$")
_TEAM_PAGES = ("_backlogs", "_boards", "_sprints", "_workitems")


def is_azure_devops(address: str) -> bool:
    """Whether an address can only belong to Azure DevOps."""
    parts = urlsplit(address)
    path_segments = parts.path.split("/")
    return is_services(address) or "tfs" in path_segments or any(_PAGE_STEP.match(segment) for segment in path_segments)


def parse_answer(key: str, text: str) -> Mapping[str, str]:
    """Parse the answer to a question of `steward init` into settings."""
    text = strip_angle_brackets(text)
    if key == "url":
        return dict(_settings_in_address(text if "://" in text else f"https://{text}"))
    if key == "project" and "://" in text:
        return {name: value for name, value in _settings_in_address(text) if name != "url"}
    return {key: text}


def _settings_in_address(address: str) -> Iterator[tuple[str, str]]:
    """The organisation or collection, the project and the team that an address contains, as settings."""
    parts = urlsplit(address)
    path_segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    page_index = next(
        (number for number, segment in enumerate(path_segments) if _PAGE_STEP.match(segment)), len(path_segments)
    )
    segments_before_page, page_segments = path_segments[:page_index], path_segments[page_index:]
    length = _organisation_length(address, segments_before_page)
    organisation, names = segments_before_page[:length], segments_before_page[length:]
    host = parts.netloc.rpartition("@")[2] if is_services(address) else parts.netloc  # a clone link names the user
    yield "url", "/".join([f"{parts.scheme}://{host}", *map(quote, organisation)])
    if names:
        yield "project", names[0]
    if page_segments[:1] and page_segments[0] in _TEAM_PAGES and "t" in page_segments[:-1]:
        yield "team", page_segments[page_segments.index("t") + 1]
    elif len(names) > 1:
        yield "team", names[1]
    elif page_segments[:1] in (["_backlogs"], ["_sprints"]) and len(page_segments) > 2:
        yield "team", page_segments[2]


def _organisation_length(address: str, path_segments: list[str]) -> int:
    """Number of path segments that name the organisation or collection. The next segment is the project."""
    host = urlsplit(address).hostname or ""
    if host.endswith(".visualstudio.com"):
        return 1 if path_segments[:1] == ["DefaultCollection"] else 0
    return path_segments.index("tfs") + 2 if "tfs" in path_segments else 1
