"""Parses an admin's answers to the questions of `steward init`: links to pages of Jira, project keys, JQL and e-mail
addresses.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from connectors.plugin import strip_angle_brackets

_CLOUD_DOMAIN_SUFFIXES = (".atlassian.net", ".jira.com")
_PROJECT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_PROJECT_KEYS = re.compile(rf"{_PROJECT_KEY.pattern}(?:\s*[,;\s]\s*{_PROJECT_KEY.pattern})*")
_EMAIL = re.compile(r"[^\s:/@]+@[^\s:/@]+")
_ISSUE_KEY = re.compile(rf"({_PROJECT_KEY.pattern})-\d+")
_PROJECT_IN_PATH = re.compile(rf"/(?:browse|projects)/({_PROJECT_KEY.pattern})(?:-\d+)?(?:/|$)")
_BOARD_IN_PATH = re.compile(r"/boards/(\d+)(?:/|$)")
_PAGE_PATH = re.compile(
    r"/(?:jira/(?:software|core|your-work|for-you|dashboards|people|plans|filters|servicedesk/projects)|browse|projects"
    r"|secure|issues|plugins|rest|login(?:\.jsp)?|dashboards?|your-work|servicedesk|wiki)(?:/|$)"
)
"""Matches the beginning of the path of a page. The path before it belongs to the address of the site."""


def is_cloud(address: str) -> bool:
    """Whether an address belongs to Jira Cloud."""
    return (urlsplit(address).hostname or "").endswith(_CLOUD_DOMAIN_SUFFIXES)


def is_jira(address: str) -> bool:
    """Whether an address is recognisably one of Jira."""
    parts = urlsplit(address)
    # The paths of pages of Azure DevOps contain segments such as "_settings".
    if any(segment.startswith("_") for segment in parts.path.split("/")):
        return is_cloud(address)
    contains_jira = "jira" in (parts.hostname or "") or "jira" in parts.path.split("/")
    return is_cloud(address) or contains_jira or _PAGE_PATH.search(parts.path) is not None


def shorten_to_site(address: str) -> str:
    """Return the address of the site to which a page belongs, with the context path of Data Center, such as "/jira"."""
    parts = urlsplit(address)
    page = _PAGE_PATH.search(parts.path)
    path = "" if is_cloud(address) else parts.path[: page.start()] if page else parts.path
    return f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")


def shorten_address(address: str) -> str:
    """The address without its path; empty if it has none.

    The path may belong to the address of the site or to a page. So if Jira does not respond at the address, the
    shortened address is tried.
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.path.strip("/") else ""


def parse_answer(key: str, text: str) -> Mapping[str, str]:
    """Return the settings that an answer contains. `key` is the setting that the question asks for.

    Raises:
        ValueError: The answer is not an e-mail address, where one is expected.
    """
    text = strip_angle_brackets(text)
    if key == "url":
        return dict(_settings_in_address(text))
    if key == "email" and text and not _EMAIL.fullmatch(text):
        raise ValueError(f'"{text}" is not an e-mail address')
    if key == "scope":
        return {"scope": _make_scope(text)}
    return {key: text}


def _settings_in_address(text: str) -> Iterator[tuple[str, str]]:
    """The address of the site; and the scope, which selects the issues, if the link is to more than the site."""
    address = text if "://" in text else f"https://{text}"
    yield "url", shorten_to_site(address)
    if scope := _find_scope(address):
        yield "scope", scope


def _find_scope(address: str) -> str:
    """The JQL for the search or the project to which a link leads, or for the project of the issue to which it leads.

    Empty if it leads to none of these.

    A link to a board is returned unchanged, because only the site knows the filter of the board.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    if "jql" in query:
        return re.split(r"\border\s+by\b", query["jql"][0], maxsplit=1, flags=re.IGNORECASE)[0].strip()
    filter_id = next((value for value in query.get("filter", []) if value.isdecimal()), "")
    if filter_id:
        return f"filter = {filter_id}"
    return address if find_board(address) is not None else find_project_scope(address)


def find_board(scope: str) -> int | None:
    """The id of the board to which a link leads; None if the text is not a link to a board."""
    if "://" not in scope:
        return None
    parts = urlsplit(scope)
    board = _BOARD_IN_PATH.search(parts.path)
    ids = [board[1]] if board else parse_qs(parts.query).get("rapidView", [])
    return next((int(board_id) for board_id in ids if board_id.isdecimal()), None)


def find_project_scope(address: str) -> str:
    """The JQL for the project in a link, or for the project of the issue in it; empty if it contains neither."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    project = _PROJECT_IN_PATH.search(parts.path)
    keys = [project[1]] if project else [*query.get("projectKey", []), *query.get("selectedIssue", [])][:1]
    return _make_scope(keys[0]) if keys else ""


def _make_scope(text: str) -> str:
    """Make JQL from project keys, an issue key, or a link. Other text is JQL, and is returned unchanged.

    A link to a board is returned unchanged too, as in `_find_scope`.
    """
    if "://" in text and (scope := _find_scope(text)):
        return scope
    if issue := _ISSUE_KEY.fullmatch(text):
        return f"project = {issue[1].upper()}"
    if not _PROJECT_KEYS.fullmatch(text) or re.search(r"\s(?:and|or|in|is|not)\s", text, re.IGNORECASE):
        return text
    keys = [key.upper() for key in _PROJECT_KEY.findall(text)]
    return f"project = {keys[0]}" if len(keys) == 1 else f"project in ({', '.join(keys)})"
