"""Parses links to pages of Azure DevOps that an admin pastes as answers to the questions of `steward init`.

A link names, in this order, the organisation or collection, the project, sometimes the team, and the page:
https://dev.azure.com/ORGANISATION/PROJECT/_boards/board/t/TEAM/Stories or
https://HOST/tfs/COLLECTION/PROJECT/TEAM/_backlogs. The path segment that starts a page begins with an underscore.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from urllib.parse import parse_qs, quote, unquote, urlsplit

from connectors.plugin import strip_angle_brackets

_SERVICES_HOST_SUFFIXES = ("dev.azure.com", ".visualstudio.com")
_PAGE_SEGMENT = re.compile(r"^_\w+$")
_QUERY_PAGES = ("_queries", "_workitems")
"""Pages whose links can contain the id of a saved query, or a whole query."""
_QUERY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TEAM_PAGES = ("_backlogs", "_boards", "_sprints", "_workitems")
"""Pages whose links can name the team after a segment "t"."""


def is_services(url: str) -> bool:
    """Whether an address belongs to Azure DevOps Services, which Microsoft runs, and not to an Azure DevOps Server."""
    return (urlsplit(url).hostname or "").endswith(_SERVICES_HOST_SUFFIXES)


def shorten_to_collection(address: str) -> str:
    """Return the address without the project and the page, if it is possible to recognise where they begin."""
    parts = urlsplit(address)
    segments = [segment for segment in parts.path.split("/") if segment]
    # A server may be installed under any path. Without "tfs" or a page in it, it is unknown where the project begins.
    if not is_azure_devops(address):
        return address
    before_page = list(takewhile(lambda segment: not _PAGE_SEGMENT.match(segment), segments))
    length = _organisation_length(address, before_page)
    return address if len(segments) <= length else "/".join([f"{parts.scheme}://{parts.netloc}", *before_page[:length]])


def remove_project(address: str, project: str) -> str:
    """Return an address, one that `shorten_to_collection` cannot shorten, without the project and what follows it.

    The first segment of the path, or the one after "tfs", counts as the organisation or collection, even if it is equal
    to the project.
    """
    parts = urlsplit(address)
    segments = parts.path.strip("/").split("/")
    names = [unquote(segment).casefold() for segment in segments]
    first_project_index = 2 if names[0] == "tfs" else 1
    if project.casefold() not in names[first_project_index:]:
        return address
    project_index = names.index(project.casefold(), first_project_index)
    return f"{parts.scheme}://{parts.netloc}/{'/'.join(segments[:project_index])}"


def is_azure_devops(address: str) -> bool:
    """Whether an address is recognisably one of Azure DevOps."""
    segments = urlsplit(address).path.split("/")
    return is_services(address) or "tfs" in segments or any(map(_PAGE_SEGMENT.match, segments))


def parse_answer(key: str, text: str) -> Mapping[str, str]:
    """Return the settings that an answer contains. `key` is the setting that the question asks for.

    Raises:
        ValueError: The answer is a link that names no project, where a project is expected.
    """
    text = strip_angle_brackets(text)
    if key == "scope" and find_query(text) is not None:
        return {name: value for name, value in _settings_in_address(text) if name in ("project", "scope")}
    if key == "url":
        return dict(_settings_in_address(text if "://" in text else f"https://{text}"))
    if key == "project" and "://" in text:
        settings = {name: value for name, value in _settings_in_address(text) if name != "url"}
        if "project" not in settings:
            raise ValueError("This link contains no project. Give the name of the project")
        return settings
    return {key: text}


def _settings_in_address(address: str) -> Iterator[tuple[str, str]]:
    """The organisation or collection, the project, the team and the query that an address contains, as settings."""
    parts = urlsplit(address)
    path_segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    page_index = next(
        (index for index, segment in enumerate(path_segments) if _PAGE_SEGMENT.match(segment)), len(path_segments)
    )
    segments_before_page, page_segments = path_segments[:page_index], path_segments[page_index:]
    length = _organisation_length(address, segments_before_page)
    organisation, project_and_team = segments_before_page[:length], segments_before_page[length:]
    # The address for cloning a repository contains the name of the user before the host.
    host = parts.netloc.rpartition("@")[2] if is_services(address) else parts.netloc
    yield "url", "/".join([f"{parts.scheme}://{host}", *map(quote, organisation)])
    if project_and_team:
        yield "project", project_and_team[0]
    if page_segments[:1] and page_segments[0] in _TEAM_PAGES and "t" in page_segments[:-1]:
        yield "team", page_segments[page_segments.index("t") + 1]
    elif len(project_and_team) > 1:
        yield "team", project_and_team[1]
    elif page_segments[:1] in (["_backlogs"], ["_sprints"]) and len(page_segments) > 2:
        yield "team", page_segments[2]
    if find_query(address) is not None:
        yield "scope", parse_qs(parts.query).get("wiql", [address])[0]


def find_query(text: str) -> str | None:
    """The id of the saved query to which a link leads; empty if that query is not saved; None if it leads to none.

    Examples: https://dev.azure.com/ORGANISATION/PROJECT/_queries/query/ID and …/_queries?id=ID.
    """
    if "://" not in text or any(character.isspace() for character in text):
        return None
    parts = urlsplit(text)
    segments = parts.path.split("/")
    page_index = next((index for index, segment in enumerate(segments) if segment in _QUERY_PAGES), None)
    if page_index is None:
        return None
    parameters = parse_qs(parts.query)
    possible_ids = (*segments[page_index + 1 :], *parameters.get("id", ()))
    query_id = next((possible_id for possible_id in possible_ids if _QUERY_ID.fullmatch(possible_id)), None)
    return "" if query_id is None and {"tempQueryId", "wiql"} & parameters.keys() else query_id


def _organisation_length(address: str, path_segments: list[str]) -> int:
    """The number of path segments before the project. They name the organisation or collection."""
    host = urlsplit(address).hostname or ""
    if host.endswith(".visualstudio.com"):
        return 1 if path_segments[:1] == ["DefaultCollection"] else 0
    return path_segments.index("tfs") + 2 if "tfs" in path_segments else 1
