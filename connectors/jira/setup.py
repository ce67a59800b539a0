"""Finds out what `steward init` has to know about a Jira site before it can be configured."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

from connectors.bulk_reads import try_request
from connectors.errors import Misconfigured
from connectors.http import HttpClient, TrafficStats
from connectors.jira.auth import OpenClient, fetch_server_info, open_http_client, sign_in
from connectors.jira.links import find_board, find_project_scope
from connectors.jira.settings import JiraSettings
from connectors.plugin import ProjectName, ResolvedAnswers, TrackerContext
from connectors.rate_limit import RateLimiter


@contextmanager
def _temporary_clients(settings: JiraSettings, context: TrackerContext) -> Iterator[OpenClient]:
    """Yield a function that opens HTTP clients, which are closed at the end."""
    with ExitStack() as http_clients:

        def open_client(address: str, auth_headers: Callable[[], Mapping[str, str]]) -> HttpClient:
            limiter = RateLimiter(rate=settings.rate)
            http = open_http_client(
                settings, context, address, auth_headers, stats=TrafficStats(), rate_limiter=limiter
            )
            http_clients.callback(http.close)
            return http

        yield open_client


def list_projects(settings: JiraSettings, context: TrackerContext) -> list[ProjectName]:
    """Sign in, and list the projects that the account can see.

    Raises:
        Misconfigured: The address or the credentials are wrong.
    """
    with _temporary_clients(settings, context) as open_client:
        client = sign_in(settings, context, open_client).client
        return [ProjectName(project.key, project.name) for project in client.list_projects()]


def is_cloud_site(settings: JiraSettings, context: TrackerContext) -> bool:
    """Ask the site, without credentials, whether it is Jira Cloud.

    Raises:
        ConnectorError: No Jira site responds at the address, or it requires credentials.
    """
    with _temporary_clients(settings, context) as open_client:
        return fetch_server_info(settings, open_client(settings.url, dict)).get("deploymentType") == "Cloud"


def resolve_board(settings: JiraSettings, context: TrackerContext) -> ResolvedAnswers | None:
    """If `scope` is a link to a board, find the JQL for its issues: its filter, or else the project in the link.

    Raises:
        Misconfigured: The board cannot be read, and the link names no project.
    """
    board = find_board(settings.scope)
    if board is None:
        return None
    with _temporary_clients(settings, context) as open_client:
        client = sign_in(settings, context, open_client).client
        configuration = try_request(partial(client.fetch_board_configuration, board))
        filter_id = configuration.filter.id if configuration and configuration.filter else ""
        saved_filter = try_request(partial(client.fetch_filter, filter_id)) if filter_id else None
    if saved_filter is not None:
        note = f"Board {board} shows what the filter {filter_id} finds: {saved_filter.jql}"
        return ResolvedAnswers({"scope": f"filter = {filter_id}"}, note)
    project_scope = find_project_scope(settings.scope)
    if not project_scope:
        raise Misconfigured(
            f"{context.name}: the filter of board {board} cannot be read.",
            hint="Share the board's filter with this account, or give the key of the project or JQL.",
            status=400,  # as if Jira rejected the scope, so that `steward init` asks for it again
        )
    note = f"The filter of board {board} cannot be read, so the scope is the whole project: {project_scope}"
    return ResolvedAnswers({"scope": project_scope}, note)
