"""Learning a site: what it calls its fields, what is within the scope, what may be done there."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import TypeVar

import msgspec

from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.jira import payloads
from connectors.jira.auth import SignedIn, open_http_client, sign_in
from connectors.jira.client import JiraClient
from connectors.jira.config import JiraConfig
from connectors.jira.fields import FieldMap, discover
from connectors.jira.history import People, utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.mapping import Site
from connectors.rate_limit import RateLimiter
from connectors.tracker import Capabilities, Connection

_COMMENT_LIMIT = 32_000
"""Jira Cloud takes 32,767 characters; a document grows a little on the way."""
_MOST_BOARDS = 20
_MOST_PROJECTS = 50
_TO_WRITE = ("EDIT_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS")
_MAPPING_VERSION = 2
"""Raised when items are mapped differently than before, so that everything is read anew."""
_SAFE_ZONE = timezone(timedelta(hours=-12))
"""Where Jira does not say in which zone it reads our queries: a time of day there is past wherever it is read."""

T = TypeVar("T")


@dataclass
class JiraSession:
    """A connection that was made, with all that was learned on the way.

    Attributes:
        scope: JQL of the configured items.
        projects: Keys of the projects within the scope, with their kind.
        boards: Ids of the boards of these projects.
    """

    http: HttpClient
    client: JiraClient
    site: Site
    decoder: IssueDecoder
    connection: Connection
    scope: str
    projects: Mapping[str, payloads.Project]
    boards: tuple[int, ...]
    _ahead: timedelta
    _literal_zone: tzinfo | None

    def server_time(self) -> datetime:
        """What the site's clock shows now."""
        return datetime.now(UTC) + self._ahead

    def ids(self) -> Iterator[str]:
        """Ids of the scope in rank order, or by key on a site that cannot rank."""
        if self.connection.capabilities.ordered:
            return self.client.ranked_ids(self.scope, self.site.fields.rank)
        return self.client.ids(self.scope)

    def literal(self, moment: datetime) -> str:
        """A moment as JQL understands it: milliseconds since 1970, else a local time with the precision of a minute."""
        floor = moment.replace(second=0, microsecond=0)
        if self._literal_zone is None:
            return str(round(floor.timestamp() * 1000))
        local = floor.astimezone(self._literal_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            # In the hour that comes twice in autumn nobody knows which one Jira takes it for; the hour before is safe.
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'


def connect(config: JiraConfig, stop: threading.Event, stats: TrafficStats, rate_limiter: RateLimiter) -> JiraSession:
    """Signs in and learns the site.

    Args:
        config: Where, as whom, and what for.
        stop: Ends waits.
        stats: Where to count.
        rate_limiter: How fast calls may leave, kept from one connection to the next.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong; the message says which.
        ConnectorError: The site could not be asked.
    """
    scope = _checked_scope(config)
    with ExitStack() as opened:

        def opening(address: str) -> HttpClient:
            http = open_http_client(config, address, stop, stats, rate_limiter)
            opened.callback(http.close)
            return http

        session = _learn(config, scope, sign_in(config, opening))
        opened.pop_all()
        return session


def _learn(config: JiraConfig, scope: str, signed: SignedIn) -> JiraSession:
    client = signed.client
    known = signed.library.fields()
    names = {one.id: f"{one.name} ({one.id})" for one in known}
    fields = discover(known, config.fields, config.write_fields)
    projects = _projects(client, config, scope)
    boards = _boards(client, projects)
    notes = [
        *_scope_notes(config, scope, projects),
        *_field_notes(fields),
        *_permission_notes(config, client, projects),
    ]
    site = Site(
        tracker=config.name,
        address=config.url.rstrip("/"),
        fields=fields,
        people=People(signed.account.id, config.bots, signed.name),
        categories=signed.library.status_categories(),
        default_priority=_unless_refused(client.default_priority),
        points_by_project=_estimation(client, boards),
        internal_comments=config.internal_comments,
    )
    return JiraSession(
        http=signed.http,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        connection=Connection(
            account=signed.account,
            capabilities=Capabilities(
                comment_limit=_COMMENT_LIMIT,
                fields={logical: write.id for logical, write in fields.writes.items()},
                absent=fields.absent,
                ordered=client.can_rank(scope, fields.rank),
            ),
            fingerprint=_fingerprint(config, scope, fields),
            fields={name: tuple(names[one] for one in ids) for name, ids in fields.by_purpose.items()},
            projects=tuple(projects),
            notes=tuple(notes),
        ),
        scope=scope,
        projects=projects,
        boards=tuple(board for found in boards.values() for board in found),
        _ahead=signed.ahead,
        _literal_zone=None if _understands_epoch(client, scope) else signed.zone or _SAFE_ZONE,
    )


def _checked_scope(config: JiraConfig) -> str:
    outside_quotes = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "''", config.scope)
    if re.search(r"\border\s+by\b", outside_quotes, re.IGNORECASE):
        raise Misconfigured(
            f"{config.name}: the scope has an ORDER BY of its own.", hint="Leave it out; the order is the backlog's."
        )
    if not outside_quotes.strip():
        raise Misconfigured(
            f"{config.name}: the scope is empty.", hint="Write a query such as `project = PAY` under `scope`."
        )
    return config.scope.strip()


def _projects(client: JiraClient, config: JiraConfig, scope: str) -> dict[str, payloads.Project]:
    """The projects within the scope: those of a page of issues, then of a page of other projects' issues …"""
    projects: dict[str, payloads.Project] = {}
    while len(projects) < _MOST_PROJECTS:
        known = ", ".join(f'"{key}"' for key in sorted(projects))
        others = f" AND project not in ({known})" if known else ""
        try:
            page = client.first(f"({scope}){others}", ["project"], payloads.PlacedIssues)
        except Refused as refused:
            raise Misconfigured(
                f"{config.name}: the scope `{scope}` was refused. {refused.message}",
                hint="Correct `scope` for this tracker.",
                status=400,
            ) from refused
        new = {issue.fields.project.key: issue.fields.project for issue in page.issues}
        if not new.keys() - projects.keys():
            break
        projects |= new
    return projects


def _boards(client: JiraClient, projects: Mapping[str, payloads.Project]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for project in projects:
        boards = _unless_refused(partial(client.boards, project)) or []
        found[project] = [board.id for board in boards][:_MOST_BOARDS]
    return found


def _estimation(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The field that a project's own board estimates by; sites often have two fields for points."""
    asked = (
        (project, next((field for board in found if (field := _estimation_field(client, board))), None))
        for project, found in boards.items()
    )
    return {project: field for project, field in asked if field is not None}


def _estimation_field(client: JiraClient, board: int) -> str | None:
    configuration = _unless_refused(partial(client.board_configuration, board))
    field = configuration.estimation.field if configuration and configuration.estimation else None
    return field.field_id or None if field else None


def _unless_refused(ask: Callable[[], T]) -> T | None:
    """What a call answers, or None where the account may not ask it: nice to know, not needed.

    A token that lacks the scope for it is refused as if it were a wrong token, after it has just been accepted.
    """
    try:
        return ask()
    except (Gone, Refused, Misconfigured):
        return None


def _understands_epoch(client: JiraClient, scope: str) -> bool:
    """Whether JQL takes milliseconds since 1970, which avoids every question of time zones.

    It works, and is not in the documentation, so it is tried: the latest issue must come back.
    """
    latest = client.first(f"({scope}) ORDER BY updated DESC", ["updated"], payloads.StampedIssues, size=1).issues
    updated = latest[0].fields.updated if latest else None
    if updated is None:
        return True
    milliseconds = round(utc(updated).timestamp()) // 60 * 60_000
    try:
        jql = f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC"
        found = client.first(jql, ["id"], payloads.IssueIds, size=50)
    except Refused:
        return False
    return latest[0].id in {issue.id for issue in found.issues}


def _scope_notes(config: JiraConfig, scope: str, projects: Mapping[str, payloads.Project]) -> list[str]:
    if not projects:
        return [f"The scope `{scope}` matches no item that this account can see."]
    if config.internal_comments:
        return []
    desks = [key for key, project in projects.items() if project.project_type_key == "service_desk"]
    return [
        f"{key} is a service-desk project: customers read its comments, so nothing is written there." for key in desks
    ]


def _field_notes(fields: FieldMap) -> list[str]:
    notes = [f'`{key}` names a field that this site does not have: "{name}".' for key, name in fields.absent.items()]
    notes += [f"`{key}` {why}" for key, why in fields.doubtful.items()]
    if not fields.points and not {"fields.points"} & (fields.absent.keys() | fields.doubtful.keys()):
        notes.append("No field for points was found; name it under `fields.points` if there is one.")
    return notes


def _permission_notes(config: JiraConfig, client: JiraClient, projects: Mapping[str, payloads.Project]) -> list[str]:
    if not config.writing:
        return []
    notes = []
    for key in projects:
        held = _unless_refused(partial(client.permissions, key, _TO_WRITE)) or {}
        lacking = [name.replace("_", " ").lower() for name, has in held.items() if not has]
        if lacking:
            notes.append(f"In {key} this account may not {', '.join(lacking)}; such writes will be refused.")
    return notes


def _fingerprint(config: JiraConfig, scope: str, fields: FieldMap) -> str:
    # Stores keep the hash: its keys stay when an attribute is renamed, and one that is added is left out while empty.
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
    }
    content = msgspec.json.encode((_MAPPING_VERSION, config.url, scope, used))
    return hashlib.sha256(content).hexdigest()[:16]
