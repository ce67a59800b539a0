"""Connects to a site: its fields, projects and boards, and the permissions of the account."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from connectors.bulk_reads import try_request
from connectors.concurrency import bounded_map
from connectors.errors import Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.jira import payloads, sprints
from connectors.jira.auth import SignInResult, open_http_client, sign_in
from connectors.jira.client import JiraClient
from connectors.jira.fields import FieldMap, discover_fields
from connectors.jira.history import JiraPeople, to_utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.library import JiraLibrary
from connectors.jira.mapping import JiraSiteInfo
from connectors.jira.settings import JiraSettings
from connectors.plugin import ProjectName, TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.resolutions import AbandonedNames
from connectors.tracker import Capabilities, Connection

_COMMENT_LIMIT = 32_000
"""Jira Cloud accepts 32,767 characters, including some of the ADF structure."""
_MAX_WORKERS = 4
_MAX_PROJECTS = 50
_WRITE_PERMISSIONS = ("EDIT_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS")
_EDIT_ALL_PERMISSIONS = ("EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS")
_MAPPING_VERSION = 2
"""Part of the stored fingerprint. Do not change it: after a change, a person has to approve writing again."""
_READING_VERSION = "3"
"""Increase it when the mapping of items changes, so that everything is read again."""
_FALLBACK_TIME_ZONE = timezone(timedelta(hours=-12))
"""Used if the time zone of queries is unknown: a local time in this zone has passed in every other zone."""


@dataclass
class JiraSession:
    """An open connection, and what was discovered about the site.

    Attributes:
        scope: JQL that selects the items.
        projects: The projects in the scope, by key.
        boards: Ids of the boards of these projects; None if some of them could not be read.
    """

    http: HttpClient
    client: JiraClient
    site: JiraSiteInfo
    decoder: IssueDecoder
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
        """Format a time for JQL: in milliseconds since 1970, or as local time in minutes."""
        minute = time.replace(second=0, microsecond=0)
        if self._query_time_zone is None:
            return str(round(minute.timestamp() * 1000))
        local = minute.astimezone(self._query_time_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            # The hour is repeated when summer time ends. The hour before it is safe.
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'


class _DiscoveryState(Struct, frozen=True):
    """The content of `Connection.discovery_state`.

    Attributes:
        configured: The names of fields in the configuration.
        fields: The fields that were found.
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


def list_projects(settings: JiraSettings, context: TrackerContext) -> list[ProjectName]:
    """Sign in, and list the projects that the account can see.

    Raises:
        Misconfigured: The address or the credentials are wrong.
        ConnectorError: The site could not be reached.
    """
    with ExitStack() as http_clients:

        def open_client(address: str, auth_headers: Callable[[], Mapping[str, str]]) -> HttpClient:
            limiter = RateLimiter(rate=settings.rate)
            http = open_http_client(
                settings, context, address, auth_headers, stats=TrafficStats(), rate_limiter=limiter
            )
            http_clients.callback(http.close)
            return http

        client = sign_in(settings, context, open_client).client
        return [ProjectName(project.key, project.name) for project in client.list_projects()]


def connect(
    settings: JiraSettings, context: TrackerContext, stats: TrafficStats, rate_limiter: RateLimiter
) -> JiraSession:
    """Sign in, and discover the site.

    Args:
        settings: The tracker's settings.
        context: What the tracker receives in addition to its settings.
        stats: Counts the requests.
        rate_limiter: Limits the calls. It is used for all connections.

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
    client = signed_in.client
    site_fields = signed_in.library.fields()
    names = {field.id: f"{field.name} ({field.id})" for field in site_fields}
    fields = discover_fields(site_fields, settings.fields, context.write_fields, context.written_field_ids)
    if not context.reads_teams:
        fields = msgspec.structs.replace(fields, team=None)
    configured = {**settings.fields.model_dump(mode="json"), **context.write_fields}
    saved = _DiscoveryState.decode(context.discovery_state)
    if saved is not None and saved.configured == configured:
        fields = fields.with_lost_fields(saved.fields)
    projects = _find_projects(client, context.name, scope)
    boards = _find_boards(client, projects)
    all_boards = None if boards is None else tuple(dict.fromkeys(board for ids in boards.values() for board in ids))
    notes = [*_scope_notes(settings, scope, projects), *_field_notes(fields)]
    permissions = _permissions(signed_in.library, projects) if context.allow_writes else {}
    notes += _permission_notes(permissions)
    site = JiraSiteInfo(
        tracker=context.name,
        address=settings.url,
        fields=fields,
        people=JiraPeople(signed_in.account.id, settings.bots, signed_in.user_name, context.own_comment_ids),
        categories=try_request(client.fetch_status_categories) or {},
        default_priority=try_request(client.fetch_default_priority),
        points_by_project=_find_estimation_fields(client, boards) if boards and len(fields.points) > 1 else {},
        internal_comments=settings.internal_comments,
        abandoned=AbandonedNames(settings.not_done),
        allowed_projects=frozenset(key.casefold() for key in settings.projects),
        find_sprint=sprints.make_sprint_finder(client.fetch_sprint),
    )
    return JiraSession(
        http=signed_in.http,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        connection=Connection(
            account=signed_in.account,
            capabilities=Capabilities(
                comment_limit=_COMMENT_LIMIT,
                writable_fields={purpose: write.id for purpose, write in fields.write_fields.items()},
                missing_fields=fields.missing_fields,
                is_ordered=client.can_rank(scope, fields.rank),
            ),
            fingerprint=_fingerprint(settings, scope, fields, reads_teams=context.reads_teams),
            mapping_version=_READING_VERSION,
            fields={
                name: tuple(names.get(field_id, field_id) for field_id in ids)
                for name, ids in fields.ids_by_purpose.items()
            },
            projects=tuple(projects),
            projects_limited_to_own_comments=tuple(
                key
                for key, granted in permissions.items()
                if not all(granted.get(name, True) for name in _EDIT_ALL_PERMISSIONS)
            ),
            notes=tuple(notes),
            discovery_state=msgspec.json.encode(_DiscoveryState(configured, fields)).decode(),
            time_zone=str(signed_in.query_time_zone or ""),
        ),
        scope=scope,
        projects=projects,
        boards=all_boards,
        _clock_offset=signed_in.clock_offset,
        _query_time_zone=None
        if _accepts_epoch_times(client, scope)
        else signed_in.query_time_zone or _FALLBACK_TIME_ZONE,
    )


def _validate_scope(settings: JiraSettings, name: str) -> str:
    outside_quotes = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "''", settings.scope)
    if re.search(r"\border\s+by\b", outside_quotes, re.IGNORECASE):
        raise Misconfigured(
            f"{name}: `scope` contains an ORDER BY.",
            hint="Remove it. Items are always read in the order of the backlog.",
        )
    if not outside_quotes.strip():
        raise Misconfigured(f"{name}: `scope` is empty.", hint="Set it to a query such as `project = PAY`.")
    scope = settings.scope.strip()
    if not settings.projects:
        return scope
    keys = ", ".join(msgspec.json.encode(key).decode() for key in sorted(settings.projects))
    return f"({scope}) AND project in ({keys})"


def _find_projects(client: JiraClient, name: str, scope: str) -> dict[str, payloads.Project]:
    """Find the projects in the scope: those of a page of issues, then those of a page without these, and so on."""
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
                hint="Correct `scope` of this tracker.",
                status=400,
            ) from error
        new_projects = {issue.fields.project.key: issue.fields.project for issue in page.issues}
        if not new_projects.keys() - projects.keys():
            break
        projects |= new_projects
    return projects


def _find_boards(client: JiraClient, projects: Mapping[str, payloads.Project]) -> dict[str, list[int]] | None:
    """Ids of all boards of each project; None if some of them could not be read."""
    boards_by_project = {
        project: boards
        for project, boards in bounded_map(
            lambda project: (project, try_request(partial(client.list_boards, project))),
            projects,
            max_workers=_MAX_WORKERS,
        )
        if boards is not None
    }
    return boards_by_project if len(boards_by_project) == len(projects) else None


def _find_estimation_fields(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The field that the boards of each project use for estimates, for sites with several fields for points."""
    fields = (
        (project, next((field for board in ids if (field := _find_estimation_field(client, board))), None))
        for project, ids in boards.items()
    )
    return {project: field for project, field in fields if field is not None}


def _find_estimation_field(client: JiraClient, board: int) -> str | None:
    configuration = try_request(partial(client.fetch_board_configuration, board))
    field = configuration.estimation.field if configuration and configuration.estimation else None
    return field.field_id or None if field else None


def _accepts_epoch_times(client: JiraClient, scope: str) -> bool:
    """Whether JQL accepts milliseconds since 1970, which do not depend on a time zone.

    Jira does not document this, so it is tested: a query must return the issue that was updated last.
    """
    return try_request(partial(_finds_latest_by_epoch_time, client, scope)) or False


def _finds_latest_by_epoch_time(client: JiraClient, scope: str) -> bool:
    latest_issue = client.first_page(
        f"({scope}) ORDER BY updated DESC", ["updated"], payloads.StampedIssues, size=1
    ).issues
    updated = latest_issue[0].updated if latest_issue else None
    if updated is None:
        return True
    milliseconds = round(to_utc(updated).timestamp()) // 60 * 60_000
    jql = f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC"
    response = client.first_page(jql, ["id"], payloads.IssueIds, size=50)
    return latest_issue[0].id in {issue.id for issue in response.issues}


def _scope_notes(settings: JiraSettings, scope: str, projects: Mapping[str, payloads.Project]) -> list[str]:
    if not projects:
        return [f"The scope `{scope}` matches no items that this account can see."]
    if settings.internal_comments:
        return []
    service_desks = [key for key, project in projects.items() if project.project_type_key == "service_desk"]
    return [
        f"{key} is a service-desk project: customers can read its comments, so nothing is written."
        for key in service_desks
    ]


def _field_notes(fields: FieldMap) -> list[str]:
    notes = [f'`{key}`: this site has no field "{name}".' for key, name in fields.missing_fields.items()]
    notes += [f"`{key}` {why}" for key, why in fields.unusable_fields.items()]
    if fields.lost_field_ids:
        lost = ", ".join(fields.lost_field_ids)
        notes.append(
            f"Fields that were found earlier are missing or renamed: {lost}. Values that Jira does not show "
            "are unknown. If other fields replace them, name those under `fields`."
        )
    if not fields.points and not {"fields.points"} & (fields.missing_fields.keys() | fields.unusable_fields.keys()):
        notes.append("No field for story points was found. If there is one, name it in `fields.points`.")
    return notes


def _permissions(library: JiraLibrary, projects: Mapping[str, payloads.Project]) -> dict[str, dict[str, bool]]:
    """The permissions of the account in each project; empty if Jira does not return them."""
    permission_keys = (*_WRITE_PERMISSIONS, *_EDIT_ALL_PERMISSIONS)
    return {key: try_request(partial(library.permissions, key, permission_keys)) or {} for key in projects}


def _permission_notes(permissions: Mapping[str, Mapping[str, bool]]) -> list[str]:
    notes = []
    for key, granted in permissions.items():
        missing_permissions = [
            name.replace("_", " ").lower() for name in _WRITE_PERMISSIONS if not granted.get(name, True)
        ]
        if missing_permissions:
            notes.append(
                f"In {key} this account lacks the permission to {', '.join(missing_permissions)}; "
                "such writes will fail."
            )
    return notes


def _fingerprint(settings: JiraSettings, scope: str, fields: FieldMap, *, reads_teams: bool) -> str:
    # The hash is stored. Do not rename its keys, and leave out a new key while it is empty: after a change of the hash,
    # everything is read again.
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
    content = msgspec.json.encode((_MAPPING_VERSION, settings.url, scope, used_fields))
    return hashlib.sha256(content).hexdigest()[:16]
