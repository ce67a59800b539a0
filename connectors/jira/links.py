"""Reads what people paste when they are asked for their Jira: links to issues, boards and searches, and bare keys."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

_CLOUD = (".atlassian.net", ".jira.com")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_KEYS = re.compile(rf"{_KEY.pattern}(?:\s*[,;\s]\s*{_KEY.pattern})*")
_ISSUE = re.compile(rf"({_KEY.pattern})-\d+")
_PROJECT_IN_PATH = re.compile(rf"/(?:browse|projects)/({_KEY.pattern})(?:-\d+)?(?:/|$)")
_PAGE = re.compile(r"/(?:browse|projects|secure|issues|plugins|rest|login(?:\.jsp)?|dashboards?)(?:/|$)")
"""Where the path of a page begins. What stands before it belongs to the address of the site."""


def is_cloud(address: str) -> bool:
    """Whether an address is one of Jira Cloud."""
    return (urlsplit(address).hostname or "").endswith(_CLOUD)


def is_jira(address: str) -> bool:
    """Whether an address can only be one of a Jira."""
    parts = urlsplit(address)
    names_jira = "jira" in (parts.hostname or "") or "jira" in parts.path.split("/")
    return is_cloud(address) or names_jira or _PAGE.search(parts.path) is not None


def parse_answer(key: str, text: str) -> Mapping[str, str]:
    """The settings in an answer to a question of `steward init`."""
    if key == "url":
        return dict(_from_address(text))
    if key == "scope":
        return {"scope": _to_scope(text)}
    return {key: text}


def _from_address(text: str) -> Iterator[tuple[str, str]]:
    address = text if "://" in text else f"https://{text}"
    parts = urlsplit(address)
    page = _PAGE.search(parts.path)
    path = "" if is_cloud(address) else parts.path[: page.start()] if page else parts.path
    yield "url", f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")
    if scope := _scope_in_link(address):
        yield "scope", scope


def _scope_in_link(address: str) -> str:
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    if "jql" in query:
        return re.split(r"\border\s+by\b", query["jql"][0], maxsplit=1, flags=re.IGNORECASE)[0].strip()
    project = _PROJECT_IN_PATH.search(parts.path)
    keys = [project[1]] if project else [*query.get("projectKey", []), *query.get("selectedIssue", [])][:1]
    return _to_scope(keys[0]) if keys else ""


def _to_scope(text: str) -> str:
    """JQL for a project's key, several of them, or a link; anything else is JQL already."""
    if "://" in text and (scope := _scope_in_link(text)):
        return scope
    if issue := _ISSUE.fullmatch(text):
        return f"project = {issue[1].upper()}"
    if not _KEYS.fullmatch(text) or re.search(r"\s(?:and|or|in|is|not)\s", text, re.IGNORECASE):
        return text
    keys = [key.upper() for key in _KEY.findall(text)]
    return f"project = {keys[0]}" if len(keys) == 1 else f"project in ({', '.join(keys)})"
