"""Finds the projects in a scope, their boards, and the fields in which the boards keep estimates.

The scope is the JQL that selects the issues.
"""

from collections.abc import Mapping
from functools import partial

from connectors.bulk_reads import try_request
from connectors.concurrency import bounded_map
from connectors.errors import Misconfigured, Refused
from connectors.jira import payloads
from connectors.jira.client import JiraClient

_MAX_PROJECTS = 50
"""The search for the projects of a scope ends when at least this many are found, because each page needs a request."""


def find_projects_and_boards(
    client: JiraClient, tracker_name: str, scope: str
) -> tuple[dict[str, payloads.Project], dict[str, list[int]] | None]:
    """Find the projects in the scope, by key, and the ids of the boards of each, or None if some could not be read."""
    projects = _find_projects(client, tracker_name, scope)
    return projects, _find_boards(client, projects)


def _find_projects(client: JiraClient, tracker_name: str, scope: str) -> dict[str, payloads.Project]:
    """Find the projects in the scope, by key.

    Each query returns a page of issues, and the next one excludes the projects of these issues.
    """
    projects: dict[str, payloads.Project] = {}
    while len(projects) < _MAX_PROJECTS:
        known_keys = ", ".join(f'"{key}"' for key in sorted(projects))
        exclusion = f" AND project not in ({known_keys})" if known_keys else ""
        try:
            page = client.first_page(f"({scope}){exclusion}", ["project"], payloads.IssuesWithProject)
        except Refused as error:
            if error.status != 400:
                raise
            if projects:  # The scope alone was accepted, so Jira rejects a project key.
                break
            raise Misconfigured(
                f"{tracker_name}: Jira rejected the scope `{scope}`. {error.message_without(tracker_name)}",
                hint="Check the keys and names in `scope`, and that this account may see those projects and filters.",
                status=400,
            ) from error
        new_projects = {issue.fields.project.key: issue.fields.project for issue in page.issues}
        if not new_projects.keys() - projects.keys():
            break
        projects |= new_projects
    return projects


def _find_boards(client: JiraClient, projects: Mapping[str, payloads.Project]) -> dict[str, list[int]] | None:
    """The ids of all boards of each project; None if some of them could not be read."""
    boards_by_project = {
        project: boards
        for project, boards in bounded_map(
            lambda project: (project, try_request(partial(client.list_boards, project))),
            projects,
            max_workers=client.max_concurrent_requests // 2,  # The other half is for calls that run at the same time.
        )
        if boards is not None
    }
    return boards_by_project if len(boards_by_project) == len(projects) else None


def find_estimation_fields(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The id of the field that a board of each project uses for estimates, by the key of the project.

    If the boards of a project use several fields, it is that of the first board.
    """
    fields = (
        (project, next((field for board in ids if (field := _find_estimation_field(client, board))), None))
        for project, ids in boards.items()
    )
    return {project: field for project, field in fields if field is not None}


def _find_estimation_field(client: JiraClient, board: int) -> str | None:
    """The id of the field that a board uses for estimates; None if it has none or cannot be read."""
    configuration = try_request(partial(client.fetch_board_configuration, board))
    field = configuration.estimation.field if configuration and configuration.estimation else None
    return field.field_id or None if field else None
