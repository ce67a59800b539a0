"""Connection to a site: its fields, projects and boards, and what the account may do there."""

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
from connectors.jira.auth import SignedIn, open_http_client, sign_in
from connectors.jira.client import JiraClient
from connectors.jira.fields import FieldMap, discover
from connectors.jira.history import JiraPeople, utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.library import JiraLibrary
from connectors.jira.mapping import JiraSiteInfo
from connectors.jira.settings import JiraSettings
from connectors.plugin import ProjectName, TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.resolutions import AbandonedNames
from connectors.tracker import Capabilities, Connection

_COMMENT_LIMIT = 32_000
"""Jira Cloud accepts 32,767 characters; ADF adds a few."""
_AT_ONCE = 4
_MOST_PROJECTS = 50
_TO_WRITE = ("EDIT_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS")
_TO_EDIT_OTHERS = ("EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS")
_MAPPING_VERSION = 2
"""Increase it when the mapping of items changes, so that everything is read again."""
_SAFE_ZONE = timezone(timedelta(hours=-12))
"""Used when the time zone in which Jira reads our queries is unknown: a local time here has passed in every zone."""


@dataclass
class JiraSession:
    """An open connection and what was discovered about the site.

    Attributes:
        scope: JQL of the configured items.
        projects: Keys of the projects within the scope, with their kind.
        boards: Ids of the boards of these projects; None if not all of them could be read.
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
    _literal_zone: tzinfo | None

    def server_time(self) -> datetime:
        """The current time by the site's clock."""
        return datetime.now(UTC) + self._clock_offset

    def ids(self) -> Iterator[str]:
        """Ids of the scope in rank order, or by key on a site that cannot rank."""
        if self.connection.capabilities.is_ordered:
            return self.client.ranked_ids(self.scope, self.site.fields.rank)
        return self.client.ids(self.scope)

    def literal(self, moment: datetime) -> str:
        """A JQL literal: milliseconds since 1970, or a local time to the minute."""
        floor = moment.replace(second=0, microsecond=0)
        if self._literal_zone is None:
            return str(round(floor.timestamp() * 1000))
        local = floor.astimezone(self._literal_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            # In the repeated hour in autumn it is unknown which one Jira means; the hour before is safe.
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'


class _Remembered(Struct, frozen=True):
    """What the next connection falls back on.

    Attributes:
        configured: The names of fields in the configuration.
        fields: The fields that were found.
    """

    configured: dict[str, Any]
    fields: FieldMap

    @classmethod
    def decode(cls, remembered: str) -> "_Remembered | None":
        """Read what was remembered; None if there is nothing."""
        try:
            return msgspec.json.decode(remembered, type=cls) if remembered else None
        except msgspec.DecodeError:  # written by another version
            return None


def list_projects(settings: JiraSettings, context: TrackerContext) -> list[ProjectName]:
    """Sign in, and list the projects that the account sees.

    Raises:
        Misconfigured: The address or the credentials are wrong.
        ConnectorError: The site could not be reached.
    """
    with ExitStack() as opened:

        def open_client(address: str, sign: Callable[[], Mapping[str, str]]) -> HttpClient:
            limiter = RateLimiter(rate=settings.rate)
            http = open_http_client(settings, context, address, sign, stats=TrafficStats(), rate_limiter=limiter)
            opened.callback(http.close)
            return http

        client = sign_in(settings, context, open_client).client
        return [ProjectName(project.key, project.name) for project in client.projects()]


def connect(
    settings: JiraSettings, context: TrackerContext, stats: TrafficStats, rate_limiter: RateLimiter
) -> JiraSession:
    """Sign in and discover the site.

    Args:
        settings: The tracker's settings.
        context: What the tracker gets besides its settings.
        stats: Counts the traffic.
        rate_limiter: Limits the calls; kept from one connection to the next.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong.
        ConnectorError: The site could not be reached.
    """
    scope = _checked_scope(settings, context.name)
    with ExitStack() as opened:

        def open_client(address: str, sign: Callable[[], Mapping[str, str]]) -> HttpClient:
            http = open_http_client(settings, context, address, sign, stats=stats, rate_limiter=rate_limiter)
            opened.callback(http.close)
            return http

        session = _discover(settings, context, scope, sign_in(settings, context, open_client))
        opened.pop_all()
        return session


def _discover(settings: JiraSettings, context: TrackerContext, scope: str, signed_in: SignedIn) -> JiraSession:
    client = signed_in.client
    site_fields = signed_in.library.fields()
    names = {one.id: f"{one.name} ({one.id})" for one in site_fields}
    fields = discover(site_fields, settings.fields, context.write_fields, context.written_field_ids)
    if not context.reads_teams:
        fields = msgspec.structs.replace(fields, team=None)
    configured = {**settings.fields.model_dump(mode="json"), **context.write_fields}
    earlier = _Remembered.decode(context.discovery_state)
    if earlier is not None and earlier.configured == configured:
        fields = fields.completed(earlier.fields)
    projects = _projects(client, context.name, scope)
    boards = _boards(client, projects)
    all_boards = None if boards is None else tuple(dict.fromkeys(board for ids in boards.values() for board in ids))
    notes = [*_scope_notes(settings, scope, projects), *_field_notes(fields)]
    permissions = _permissions(signed_in.library, projects) if context.allow_writes else {}
    notes += _permission_notes(permissions)
    site = JiraSiteInfo(
        tracker=context.name,
        address=settings.url,
        fields=fields,
        people=JiraPeople(signed_in.account.id, settings.bots, signed_in.user_name, context.own_comment_ids),
        categories=try_request(client.status_categories) or {},
        default_priority=try_request(client.default_priority),
        points_by_project=_estimation(client, boards) if boards and len(fields.points) > 1 else {},
        internal_comments=settings.internal_comments,
        abandoned=AbandonedNames(settings.not_done),
        only=frozenset(key.casefold() for key in settings.projects),
        sprint_by_id=sprints.lookup(client.sprint),
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
                writable_fields={logical: write.id for logical, write in fields.writes.items()},
                missing_fields=fields.absent,
                is_ordered=client.can_rank(scope, fields.rank),
            ),
            fingerprint=_fingerprint(settings, scope, fields, reads_teams=context.reads_teams),
            fields={name: tuple(names.get(ident, ident) for ident in ids) for name, ids in fields.by_purpose.items()},
            projects=tuple(projects),
            projects_limited_to_own_comments=tuple(
                key for key, held in permissions.items() if not all(held.get(name, True) for name in _TO_EDIT_OTHERS)
            ),
            notes=tuple(notes),
            discovery_state=msgspec.json.encode(_Remembered(configured, fields)).decode(),
        ),
        scope=scope,
        projects=projects,
        boards=all_boards,
        _clock_offset=signed_in.clock_offset,
        _literal_zone=None if _understands_epoch(client, scope) else signed_in.zone or _SAFE_ZONE,
    )


def _checked_scope(settings: JiraSettings, name: str) -> str:
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


def _projects(client: JiraClient, name: str, scope: str) -> dict[str, payloads.Project]:
    """The projects in the scope: those on one page of issues, then on a page that excludes these, and so on."""
    projects: dict[str, payloads.Project] = {}
    while len(projects) < _MOST_PROJECTS:
        known = ", ".join(f'"{key}"' for key in sorted(projects))
        others = f" AND project not in ({known})" if known else ""
        try:
            page = client.first(f"({scope}){others}", ["project"], payloads.PlacedIssues)
        except Refused as error:
            if error.status != 400:
                raise
            if projects:  # the scope alone was accepted, so a key that an issue told is none
                break
            raise Misconfigured(
                f"{name}: Jira rejected the scope `{scope}`. {error.message}",
                hint="Correct `scope` of this tracker.",
                status=400,
            ) from error
        new = {issue.fields.project.key: issue.fields.project for issue in page.issues}
        if not new.keys() - projects.keys():
            break
        projects |= new
    return projects


def _boards(client: JiraClient, projects: Mapping[str, payloads.Project]) -> dict[str, list[int]] | None:
    """Ids of all boards of each project; None if they could not all be read."""
    found = {
        project: boards
        for project, boards in bounded_map(
            lambda project: (project, try_request(partial(client.boards, project))), projects, max_workers=_AT_ONCE
        )
        if boards is not None
    }
    return found if len(found) == len(projects) else None


def _estimation(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The field in which each project's boards estimate, for sites with more than one field for points."""
    fields = (
        (project, next((field for board in ids if (field := _estimation_field(client, board))), None))
        for project, ids in boards.items()
    )
    return {project: field for project, field in fields if field is not None}


def _estimation_field(client: JiraClient, board: int) -> str | None:
    configuration = try_request(partial(client.board_configuration, board))
    field = configuration.estimation.field if configuration and configuration.estimation else None
    return field.field_id or None if field else None


def _understands_epoch(client: JiraClient, scope: str) -> bool:
    """Whether JQL accepts milliseconds since 1970, which avoids any time-zone ambiguity.

    Jira does not document this, so it is tested: the query must return the issue that was updated last.
    """
    return try_request(partial(_finds_by_epoch, client, scope)) or False


def _finds_by_epoch(client: JiraClient, scope: str) -> bool:
    latest = client.first(f"({scope}) ORDER BY updated DESC", ["updated"], payloads.StampedIssues, size=1).issues
    updated = latest[0].updated if latest else None
    if updated is None:
        return True
    milliseconds = round(utc(updated).timestamp()) // 60 * 60_000
    jql = f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC"
    found = client.first(jql, ["id"], payloads.IssueIds, size=50)
    return latest[0].id in {issue.id for issue in found.issues}


def _scope_notes(settings: JiraSettings, scope: str, projects: Mapping[str, payloads.Project]) -> list[str]:
    if not projects:
        return [f"The scope `{scope}` matches no items that this account can see."]
    if settings.internal_comments:
        return []
    desks = [key for key, project in projects.items() if project.project_type_key == "service_desk"]
    return [
        f"{key} is a service-desk project: customers can read its comments, so nothing is written." for key in desks
    ]


def _field_notes(fields: FieldMap) -> list[str]:
    notes = [f'`{key}`: this site has no field "{name}".' for key, name in fields.absent.items()]
    notes += [f"`{key}` {why}" for key, why in fields.doubtful.items()]
    if fields.lost:
        lost = ", ".join(fields.lost)
        notes.append(
            f"Fields that were found earlier are missing or renamed: {lost}. What Jira does not show of them is "
            "unknown. If other fields took their place, name these under `fields`."
        )
    if not fields.points and not {"fields.points"} & (fields.absent.keys() | fields.doubtful.keys()):
        notes.append("No field for story points was found. If there is one, name it in `fields.points`.")
    return notes


def _permissions(library: JiraLibrary, projects: Mapping[str, payloads.Project]) -> dict[str, dict[str, bool]]:
    """What the account may do in each project; empty where Jira does not say."""
    asked = (*_TO_WRITE, *_TO_EDIT_OTHERS)
    return {key: try_request(partial(library.permissions, key, asked)) or {} for key in projects}


def _permission_notes(permissions: Mapping[str, Mapping[str, bool]]) -> list[str]:
    notes = []
    for key, held in permissions.items():
        lacking = [name.replace("_", " ").lower() for name in _TO_WRITE if not held.get(name, True)]
        if lacking:
            notes.append(f"In {key} this account lacks the permission to {', '.join(lacking)}; such writes will fail.")
    return notes


def _fingerprint(settings: JiraSettings, scope: str, fields: FieldMap, *, reads_teams: bool) -> str:
    # Stores keep this hash. Do not rename its keys, and leave out a new key while it is empty: a changed hash makes
    # everything be read again.
    used = {
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
            name: {"id": one.id, "name": one.name, "kind": one.kind} for name, one in sorted(fields.writes.items())
        },
        "absent": dict(sorted(fields.absent.items())),
        "doubtful": dict(sorted(fields.doubtful.items())),
    } | ({"teams": fields.team} if reads_teams else {})
    content = msgspec.json.encode((_MAPPING_VERSION, settings.url, scope, used))
    return hashlib.sha256(content).hexdigest()[:16]
