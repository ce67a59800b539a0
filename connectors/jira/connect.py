"""Connects to a Jira site: signs in, and discovers fields, projects, boards and the permissions of the account."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from connectors.bulk_reads import try_request
from connectors.concurrency import CallPool, bounded_map
from connectors.connection import Capabilities, Connection
from connectors.errors import Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.jira import connect_notes, payloads, sprints
from connectors.jira.auth import OpenClient, SignInResult, fetch_server_info, open_http_client, sign_in
from connectors.jira.client import JiraClient
from connectors.jira.fields import FieldMap, discover_fields
from connectors.jira.history import JiraPeople, to_utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.links import find_board, find_project_scope
from connectors.jira.mapping import IssueMapper, JiraSiteInfo
from connectors.jira.settings import JiraSettings
from connectors.plugin import ProjectName, ResolvedAnswers, TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.resolutions import AbandonedNames

_MAX_COMMENT_CHARACTERS = 32_000
"""Less than the 32,767 characters that Jira Cloud accepts, because the Atlassian Document Format takes up some."""
_MAX_PROJECTS = 50
"""The maximum number of projects of a scope to find, because each page of them needs a request."""
_ISSUES_IN_TIME_TEST = 50
"""The number of results in which `_finds_latest_by_epoch_time` looks for the issue that was updated last."""
_FINGERPRINT_VERSION = 2
"""Part of the stored fingerprint. It must not change, because then all issues are read again, and a person has to
approve writing again."""
_MAPPING_VERSION = "3"
"""Increase this when the mapping of issues changes, so that all issues are read again."""
_FALLBACK_TIME_ZONE = timezone(timedelta(hours=-12))
"""Used if the time zone of queries is unknown. No zone has an earlier local time, so a query finds too many issues
rather than too few."""


@dataclass
class JiraSession:
    """An open connection.

    Attributes:
        http: The client through which all requests are sent.
        site: What was discovered about the site.
        decoder: Decodes issues with the custom fields of the site.
        mapper: Converts issues of the site.
        connection: The description of the connection that all trackers have.
        scope: The JQL that selects the issues.
        projects: The projects in the scope, by key.
        boards: Ids of the boards of these projects; None if some of them could not be read.
    """

    http: HttpClient
    client: JiraClient
    site: JiraSiteInfo
    decoder: IssueDecoder
    mapper: IssueMapper
    connection: Connection
    scope: str
    projects: Mapping[str, payloads.Project]
    boards: tuple[int, ...] | None
    _clock_offset: timedelta
    _query_time_zone: tzinfo | None

    def server_time(self) -> datetime:
        """The current time by the site's clock."""
        return datetime.now(UTC) + self._clock_offset

    def ids(self) -> Iterator[str]:
        """Yield the ids in scope in rank order, or by key if the site cannot rank."""
        if self.connection.capabilities.is_ordered:
            return self.client.list_ranked_ids(self.scope, self.site.fields.rank)
        return self.client.list_ids(self.scope)

    def first_ids(self) -> tuple[list[str], bool]:
        """The ids at the top of the scope, from one request, and whether these are all."""
        return self.client.first_ids(self.scope, "Rank" if self.connection.capabilities.is_ordered else "key")

    def format_query_time(self, time: datetime) -> str:
        """Format a time for JQL: in milliseconds since 1970 if the site accepts that, or else as local time.

        It is rounded down to a minute. A local time in the ambiguous hour at the end of summer time is set back by an
        hour, so that a query for later issues finds too many rather than too few.
        """
        minute = time.replace(second=0, microsecond=0)
        if self._query_time_zone is None:
            return str(round(minute.timestamp() * 1000))
        local = minute.astimezone(self._query_time_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'


class _DiscoveryState(Struct, frozen=True):
    """The content of `Connection.discovery_state`, which is stored to recognise fields that are lost later.

    Attributes:
        configured: The field names in the configuration.
        fields: The fields that were found with this configuration.
    """

    configured: dict[str, Any]
    fields: FieldMap

    @classmethod
    def decode(cls, encoded: str) -> "_DiscoveryState | None":
        """Decode the state of the last connection; None if there is none."""
        try:
            return msgspec.json.decode(encoded, type=cls) if encoded else None
        except msgspec.DecodeError:  # written by another version
            return None


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
        ConnectorError: The site could not be reached.
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
        ConnectorError: The site could not be reached.
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
            status=400,
        )
    note = f"The filter of board {board} cannot be read, so the scope is the whole project: {project_scope}"
    return ResolvedAnswers({"scope": project_scope}, note)


def connect(
    settings: JiraSettings, context: TrackerContext, stats: TrafficStats, rate_limiter: RateLimiter
) -> JiraSession:
    """Sign in, and discover the site.

    Args:
        context: What the tracker receives in addition to its settings.
        stats: Counts the requests.
        rate_limiter: Limits the rate of requests. All clients share it.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong.
        ConnectorError: The site could not be reached.
    """
    scope = _validate_scope(settings, context.name)
    with ExitStack() as http_clients:

        def open_client(address: str, auth_headers: Callable[[], Mapping[str, str]]) -> HttpClient:
            http = open_http_client(settings, context, address, auth_headers, stats=stats, rate_limiter=rate_limiter)
            http_clients.callback(http.close)
            return http

        session = _discover(settings, context, scope, sign_in(settings, context, open_client))
        http_clients.pop_all()
        return session


def _discover(settings: JiraSettings, context: TrackerContext, scope: str, signed_in: SignInResult) -> JiraSession:
    """Discover everything about a site that is needed before its issues are read."""
    client = signed_in.client
    # One half of the allowed requests; the other half is for this thread and the threads that read boards.
    with CallPool(max_workers=client.max_concurrent_reads // 2) as calls:
        find_projects = calls.start(partial(_find_projects_and_boards, client, context.name, scope))
        test_epoch_times = calls.start(partial(_accepts_epoch_times, client, scope))
        fetch_categories = calls.start(partial(try_request, client.fetch_status_categories))
        fetch_default_priority = calls.start(partial(try_request, client.fetch_default_priority))
        fields, field_descriptions, discovery_state = _find_fields(settings, context, signed_in)
        find_finished = (
            calls.start(partial(try_request, partial(_has_finished_issues, client, scope)))
            if context.checks_finished
            else None
        )
        test_ranking = calls.start(partial(client.can_rank, scope, fields.rank))
        projects, boards = find_projects()
        all_boards = None if boards is None else tuple(dict.fromkeys(board for ids in boards.values() for board in ids))
        permissions = connect_notes.read_permissions(signed_in.library, projects) if context.allow_writes else {}
        site = JiraSiteInfo(
            tracker=context.name,
            address=settings.url,
            fields=fields,
            people=JiraPeople(signed_in.account.id, settings.bots, signed_in.user_name, context.own_comment_ids),
            categories=fetch_categories() or {},
            default_priority=fetch_default_priority(),
            points_field_by_project=_find_estimation_fields(client, boards)
            if boards and len(fields.points) > 1
            else {},
            internal_comments=settings.internal_comments,
            abandoned=AbandonedNames(settings.not_done),
            allowed_projects=frozenset(key.casefold() for key in settings.projects),
            find_sprint=sprints.make_sprint_finder(client.fetch_sprint),
        )
        capabilities = Capabilities(
            comment_limit=_MAX_COMMENT_CHARACTERS,
            writable_fields={purpose: field.id for purpose, field in fields.write_fields.items()},
            missing_fields=fields.missing_fields,
            is_ordered=test_ranking(),
        )
        lacks_finished = find_finished is not None and find_finished() is False
        query_time_zone = None if test_epoch_times() else signed_in.query_time_zone or _FALLBACK_TIME_ZONE
    connection = Connection(
        account=signed_in.account,
        capabilities=capabilities,
        fingerprint=_fingerprint(settings, scope, fields, reads_teams=context.reads_teams),
        mapping_version=_MAPPING_VERSION,
        fields={
            name: tuple(field_descriptions.get(field_id, field_id) for field_id in ids)
            for name, ids in fields.ids_by_purpose.items()
        },
        projects=tuple(projects),
        scope=scope,
        projects_limited_to_own_comments=connect_notes.projects_limited_to_own_comments(permissions),
        notes=(
            *connect_notes.scope_notes(settings, scope, projects, lacks_finished=lacks_finished),
            *connect_notes.field_notes(fields),
            *connect_notes.permission_notes(permissions),
        ),
        discovery_state=msgspec.json.encode(discovery_state).decode(),
        time_zone=str(signed_in.query_time_zone or ""),
    )
    return JiraSession(
        http=signed_in.http,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        mapper=IssueMapper(site),
        connection=connection,
        scope=scope,
        projects=projects,
        boards=all_boards,
        _clock_offset=signed_in.clock_offset,
        _query_time_zone=query_time_zone,
    )


def _find_fields(
    settings: JiraSettings, context: TrackerContext, signed_in: SignInResult
) -> tuple[FieldMap, dict[str, str], _DiscoveryState]:
    """Find the fields to use. Also return a description of every field of the site, by id, and the state to store."""
    site_fields = signed_in.library.fields()
    fields = discover_fields(site_fields, settings.fields, context.write_fields, context.written_field_ids)
    if not context.reads_teams:
        fields = msgspec.structs.replace(fields, team=None)
    configured = {**settings.fields.model_dump(mode="json"), **context.write_fields}
    last_state = _DiscoveryState.decode(context.discovery_state)
    if last_state is not None and last_state.configured == configured:
        fields = fields.with_lost_fields(last_state.fields)
    descriptions = {field.id: f"{field.name} ({field.id})" for field in site_fields}
    return fields, descriptions, _DiscoveryState(configured, fields)


def _validate_scope(settings: JiraSettings, name: str) -> str:
    """Check the setting `scope`, and return it, limited to the projects in the setting `projects`."""
    outside_quotes = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "''", settings.scope)
    if re.search(r"\border\s+by\b", outside_quotes, re.IGNORECASE):
        raise Misconfigured(
            f"{name}: `scope` contains an ORDER BY.",
            hint="Remove it. Items are always read in the order of the backlog.",
        )
    if find_board(settings.scope) is not None:
        raise Misconfigured(
            f"{name}: `scope` is a link to a board. It has to be JQL.",
            hint="Write the filter of the board, such as filter = 10001, or project = PAY. `steward init` finds the "
            "filter by the link.",
        )
    if not outside_quotes.strip():
        raise Misconfigured(f"{name}: `scope` is empty.", hint="Set it to a query such as `project = PAY`.")
    scope = settings.scope.strip()
    if not settings.projects:
        return scope
    keys = ", ".join(msgspec.json.encode(key).decode() for key in sorted(settings.projects))
    return f"({scope}) AND project in ({keys})"


def _find_projects_and_boards(
    client: JiraClient, name: str, scope: str
) -> tuple[dict[str, payloads.Project], dict[str, list[int]] | None]:
    """Find the projects in the scope, by key, and the boards of each; None if some boards could not be read."""
    projects = _find_projects(client, name, scope)
    return projects, _find_boards(client, projects)


def _find_projects(client: JiraClient, name: str, scope: str) -> dict[str, payloads.Project]:
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
                f"{name}: Jira rejected the scope `{scope}`. {error.message}",
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
            max_workers=client.max_concurrent_reads // 2,
        )
        if boards is not None
    }
    return boards_by_project if len(boards_by_project) == len(projects) else None


def _find_estimation_fields(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The id of the field that the boards of each project use for estimates, by the key of the project."""
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


def _has_finished_issues(client: JiraClient, scope: str) -> bool:
    """Whether a finished issue is in the scope."""
    jql = f"({scope}) AND statusCategory = Done"
    return bool(client.first_page(jql, ["id"], payloads.IssueIds, size=1).issues)


def _accepts_epoch_times(client: JiraClient, scope: str) -> bool:
    """Whether JQL accepts a time in milliseconds since 1970, which does not depend on a time zone.

    Jira does not document this, so it is tested: a query for the time of the latest update must find that issue.
    """
    return try_request(partial(_finds_latest_by_epoch_time, client, scope)) or False


def _finds_latest_by_epoch_time(client: JiraClient, scope: str) -> bool:
    """Whether a query with a time in milliseconds since 1970 finds the issue that was updated last."""
    latest_issues = client.first_page(
        f"({scope}) ORDER BY updated DESC", ["updated"], payloads.StampedIssues, size=1
    ).issues
    updated = latest_issues[0].updated if latest_issues else None
    if updated is None:
        return True
    minutes = round(to_utc(updated).timestamp()) // 60
    milliseconds = minutes * 60_000
    jql = f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC"
    response = client.first_page(jql, ["id"], payloads.IssueIds, size=_ISSUES_IN_TIME_TEST)
    return latest_issues[0].id in {issue.id for issue in response.issues}


def _fingerprint(settings: JiraSettings, scope: str, fields: FieldMap, *, reads_teams: bool) -> str:
    """Hash everything that determines how issues are selected and mapped.

    If the hash changes, all issues are read again, and a person has to approve writing again.

    `reads_teams` is whether the field for the team is read: only if a configured team is defined by it or by a board.
    """
    # The hash is stored. So its keys must not be renamed, and a new key must be left out as long as it is empty.
    used_fields = {
        "points": fields.points,
        "sprint": fields.sprint,
        "rank": fields.rank,
        "flagged": fields.flagged,
        "epic_link": fields.epic_link,
        "criteria": fields.criteria,
        "value": fields.value,
        "urgency": fields.urgency,
        "risk": fields.risk,
        "effort": fields.effort,
        "writes": {
            name: {"id": field.id, "name": field.name, "kind": field.kind}
            for name, field in sorted(fields.write_fields.items())
        },
        "absent": dict(sorted(fields.missing_fields.items())),
        "doubtful": dict(sorted(fields.unusable_fields.items())),
    } | ({"teams": fields.team} if reads_teams else {})
    content = msgspec.json.encode((_FINGERPRINT_VERSION, settings.url, scope, used_fields))
    return hashlib.sha256(content).hexdigest()[:16]
