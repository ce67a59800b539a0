"""Reads a long list of issues from Jira Data Center, in the order of issue keys.

The API reads the pages of a list by offset. Offsets are limited to 10,000, and they shift if an issue changes between
two pages. So a long list is read in the order of issue keys instead, and each page continues after the last key of the
page before it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from connectors.errors import Refused
from connectors.paging import endless_list_error


class IssueWithKey(Protocol):
    """An issue of a page. In an unexpected response, its key may be something other than text."""

    @property
    def id(self) -> str: ...

    @property
    def key(self) -> str: ...


class PageWithKeys(Protocol):
    """A page of issues. `total` is the number of issues on all pages; None if the site does not return it."""

    @property
    def total(self) -> int | None: ...

    @property
    def issues(self) -> Sequence[IssueWithKey]: ...


P = TypeVar("P", bound=PageWithKeys)


def is_complete_list(page: PageWithKeys) -> bool:
    """Whether the first page of a list contains all of its issues."""
    return page.total is not None and len(page.issues) >= page.total


def read_pages_by_key(condition: str, read_first_page: Callable[[str], P], system: str) -> Iterator[P]:
    """Yield all pages of a list, project by project in the order of keys.

    Args:
        condition: The JQL that selects the issues; empty for all.
        read_first_page: Reads the first page of a query.
        system: The name of the site in messages.

    Raises:
        ConnectorError: The list does not end: a page has no new issue with a key, and is not the last one.
    """
    prefix = f"({condition}) AND " if condition else ""
    seen_ids: set[str] = set()
    projects: dict[str, None] = {}
    page = read_first_page(f"({condition}) ORDER BY key ASC" if condition else "ORDER BY key ASC")
    while True:
        new_issues = [issue for issue in page.issues if issue.id not in seen_ids]
        yield page
        if not page.issues or is_complete_list(page):
            return
        seen_ids.update(issue.id for issue in new_issues)
        issues_with_key = [issue for issue in new_issues if isinstance(issue.key, str)]
        if not issues_with_key:
            raise endless_list_error(system)
        projects |= dict.fromkeys(_project_key(issue) for issue in issues_with_key)
        page = _read_next_page(prefix, projects, issues_with_key, read_first_page)


def _read_next_page(
    prefix: str, projects: Iterable[str], last_page: Sequence[IssueWithKey], read_first_page: Callable[[str], P]
) -> P:
    """Read the page after a page of issues.

    It begins with the next key of the last project, and continues with projects that are not in `projects`. Jira
    rejects the key of an issue that has been deleted since then, so earlier keys are tried as well.
    """
    current_project = _project_key(last_page[-1])
    projects_so_far = ", ".join(f'"{project}"' for project in projects)
    keys = [issue.key for issue in reversed(last_page) if _project_key(issue) == current_project]
    for key in keys:
        try:
            remaining = f'(project = "{current_project}" AND key > "{key}") OR project not in ({projects_so_far})'
            return read_first_page(f"{prefix}({remaining}) ORDER BY key ASC")
        except Refused as error:
            last_error = error
    raise last_error


def _project_key(issue: IssueWithKey) -> str:
    return issue.key.rpartition("-")[0]
