"""Finds out what `steward init` has to know about an organisation before a tracker can be configured."""

import re
from functools import partial

from connectors.azure_devops.connect import signed_in_client
from connectors.azure_devops.library import AzureLibrary
from connectors.azure_devops.links import find_query
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.bulk_reads import try_request
from connectors.errors import Misconfigured
from connectors.plugin import ProjectName, ResolvedAnswers, TrackerContext

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]")
"""Matches texts in quotes and names of fields in brackets, which may contain any word."""
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_AFTER_CONDITION = re.compile(r"\border\s+by\b|\basof\b|\bmode\s*\(", re.IGNORECASE)
"""Matches the beginning of what can follow the condition of a query."""


def list_projects(settings: AzureDevOpsSettings, context: TrackerContext) -> list[ProjectName]:
    """Sign in, and list the projects that the account can see."""
    with signed_in_client(settings, context) as (client, _http):
        return [ProjectName(name) for name in client.list_projects()]


def list_teams(settings: AzureDevOpsSettings, context: TrackerContext) -> list[str]:
    """List the teams of the project, the default one first; none if they cannot be read."""
    with signed_in_client(settings, context) as (client, http):
        # Without a configured team, Microsoft's client library finds the default one of the project.
        library = AzureLibrary(http, settings.project, team="", version=client.api.number)
        default = try_request(lambda: library.team)
        teams = try_request(client.list_teams) or []
    return sorted(teams, key=lambda team: team != default)


def resolve_query(settings: AzureDevOpsSettings, context: TrackerContext) -> ResolvedAnswers | None:
    """If `scope` is a link to a query, or a whole query, find the condition in it; otherwise return None.

    Raises:
        Misconfigured: The query cannot be read, or it does not find a list of items.
    """
    query_id = find_query(settings.scope)  # None without a link to a query; empty if the query is not saved
    if query_id is None:
        if not re.match(r"\s*select\b", settings.scope, re.IGNORECASE):
            return None
        condition = find_condition(settings.scope)
        return ResolvedAnswers({"scope": condition}, f"The condition of the query is: {condition or '(none)'}")
    with signed_in_client(settings, context) as (client, _http):
        query = try_request(partial(client.fetch_saved_query, query_id)) if query_id else None
    if query is None:
        reason = "cannot be read" if query_id else "is not saved"
        raise Misconfigured(
            f"{context.name}: the query in the link {reason}, so `scope` cannot be found.",
            hint="Save it under Shared Queries, where this account may read it, and paste its link; or write a "
            "condition in WIQL; or leave it empty for the whole backlog of the team.",
            status=400,  # as if the server rejected the scope, so that `steward init` asks for it again
        )
    if query.query_type != "flat" or not query.wiql:
        raise Misconfigured(
            f'{context.name}: "{query.name}" is a folder, or a query for items with their links, so it cannot be the '
            "`scope`.",
            hint='Paste a link to a query of the type "Flat list of work items"; or write a condition in WIQL; or '
            "leave it empty for the whole backlog of the team.",
            status=400,  # as if the server rejected the scope, so that `steward init` asks for it again
        )
    condition = find_condition(query.wiql)
    return ResolvedAnswers(
        {"scope": condition}, f'The query "{query.name}" narrows the backlog of the team to: {condition or "all items"}'
    )


def find_condition(wiql: str) -> str:
    """The condition that follows WHERE in a query; empty if there is none."""
    # Each text that may contain any word is replaced by as many underscores, so that positions stay the same.
    masked = _QUOTED.sub(lambda match: "_" * len(match[0]), wiql)
    where = _WHERE.search(masked)
    if where is None:
        return ""
    end = _AFTER_CONDITION.search(masked, where.end())
    return " ".join(wiql[where.end() : end.start() if end else len(wiql)].split())
