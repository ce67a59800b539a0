"""Signing in to a Jira Cloud site: which address answers, who we are there, what the site calls its fields."""

import base64
import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.errors import ConnectorError, Gone, Misconfigured, Refused
from connectors.http import Door, Traffic
from connectors.jira import wire
from connectors.jira.client import ITEM_WINDOWS, READING_POSTS, JiraClient, explain
from connectors.jira.config import JiraConfig
from connectors.jira.fields import FieldMap, discover
from connectors.jira.history import People
from connectors.jira.issue import IssueDecoder
from connectors.jira.library import JiraLibrary
from connectors.jira.mapping import Site
from connectors.redaction import remember_secret
from connectors.tracker import Account, Capabilities, Connection

_COMMENT_LIMIT = 32_000
"""Jira Cloud takes 32,767 characters; a document grows a little on the way."""
_MOST_BOARDS = 20
_MOST_PROJECTS = 50
_TO_WRITE = ("EDIT_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS")
_MAPPING_VERSION = 1
"""Raised when items are mapped differently than before, so that everything is read anew."""


@dataclass
class Session:
    """A connection that was made, with all that was learned on the way.

    Attributes:
        scope: JQL of the configured items.
        ranked_scope: The same in rank order, or by key on a site that cannot rank.
        projects: Keys of the projects within the scope, with their kind.
        boards: Ids of the boards of these projects.
    """

    door: Door
    client: JiraClient
    site: Site
    decoder: IssueDecoder
    connection: Connection
    scope: str
    ranked_scope: str
    projects: Mapping[str, wire.Project]
    boards: tuple[int, ...]
    _ahead: timedelta
    _literal_zone: tzinfo | None

    def server_time(self) -> datetime:
        """What the site's clock shows now."""
        return datetime.now(UTC) + self._ahead

    def literal(self, moment: datetime) -> str:
        """A moment as JQL understands it: milliseconds since 1970, else a local time with the precision of a minute."""
        floor = moment.replace(second=0, microsecond=0)
        if self._literal_zone is None:
            return str(round(floor.timestamp() * 1000))
        return f'"{floor.astimezone(self._literal_zone):%Y-%m-%d %H:%M}"'


def connect(config: JiraConfig, stop: threading.Event, traffic: Traffic) -> Session:
    """Signs in and learns the site.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong; the message says which.
        ConnectorError: The site could not be asked.
    """
    scope = _checked_scope(config)
    door, library, info, myself = _sign_in(config, stop, traffic)
    client = JiraClient(door)
    known = library.fields()
    names = {one.id: f"{one.name} ({one.id})" for one in known}
    fields = discover(known, config.fields, config.write_fields)
    projects = _projects(client, scope)
    boards = _boards(client, projects)
    notes = [*_scope_notes(config, scope, projects), *_field_notes(fields), *_permission_notes(config, client, projects)]
    site = Site(
        tracker=config.name,
        address=config.url.rstrip("/"),
        fields=fields,
        people=People(str(myself.get("accountId", "")), config.bots),
        categories=library.status_categories(),
        default_priority=_unless_refused(client.default_priority),
        points_by_project=_estimation(client, boards),
        internal_comments=config.internal_comments,
    )
    zone = _zone(str(myself.get("timeZone", "")))
    return Session(
        door=door,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        connection=Connection(
            account=Account(site.people.account, str(myself.get("displayName", ""))),
            capabilities=Capabilities(
                comment_limit=_COMMENT_LIMIT,
                fields={logical: write.id for logical, write in fields.writes.items()},
                absent=fields.absent,
            ),
            fingerprint=_fingerprint(config, scope, fields),
            fields={name: tuple(names[one] for one in ids) for name, ids in fields.by_purpose.items()},
            projects=tuple(projects),
            notes=tuple(notes),
        ),
        scope=scope,
        ranked_scope=_ranked(client, scope),
        projects=projects,
        boards=tuple(board for found in boards.values() for board in found),
        _ahead=_server_time(info) - datetime.now(UTC),
        _literal_zone=None if _understands_epoch(client, scope) else zone,
    )


def _sign_in(
    config: JiraConfig, stop: threading.Event, traffic: Traffic
) -> tuple[Door, JiraLibrary, dict[str, Any], dict[str, Any]]:
    """A classic token signs in at the site; a scoped one only at Atlassian's gateway, under the site's cloud id."""
    door = _door(config, config.url, stop, traffic)
    library = JiraLibrary(door)
    info = library.server_info()
    if info.get("deploymentType") != "Cloud":
        raise Misconfigured(
            f"{config.name}: {config.url} is Jira {info.get('deploymentType')} {info.get('version')}, not Cloud.",
            hint="Give a token without an e-mail address for a Data Center personal access token.",
        )
    try:
        return door, library, info, library.myself()
    except Misconfigured as refused:
        if refused.status != 401:
            raise
        gateway = f"{config.gateway.rstrip('/')}/ex/jira/{_cloud_id(door, refused)}"
        scoped = _door(config, gateway, stop, traffic)
        library = JiraLibrary(scoped)
        try:
            myself = library.myself()
        except ConnectorError:
            raise Misconfigured(
                f"{config.name}: {config.url} refused the credentials of {config.email}.",
                hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
                "read:jira-user, read:jira-work and, to write, write:jira-work.",
                status=401,
            ) from refused
        door.close()
        return scoped, library, info, myself


def _cloud_id(door: Door, refused: Misconfigured) -> str:
    try:
        return JiraClient(door).cloud_id()
    except (ConnectorError, KeyError):
        raise refused from None


def _door(config: JiraConfig, base_url: str, stop: threading.Event, traffic: Traffic) -> Door:
    remember_secret(config.token, user=config.email)
    credentials = base64.b64encode(f"{config.email}:{config.token}".encode()).decode()
    return Door(
        config.name,
        base_url,
        sign=lambda: {"Authorization": f"Basic {credentials}"},
        reads=READING_POSTS,
        writing=config.writing,
        rate=config.rate,
        item_windows=ITEM_WINDOWS,
        stop=stop,
        explain=explain,
        ca_bundle=config.ca_bundle,
        traffic=traffic,
    )


def _checked_scope(config: JiraConfig) -> str:
    outside_quotes = re.sub(r"\"[^\"]*\"|'[^']*'", "", config.scope)
    if re.search(r"\border\s+by\b", outside_quotes, re.IGNORECASE):
        raise Misconfigured(
            f"{config.name}: the scope has an ORDER BY of its own.", hint="Leave it out; the order is the backlog's."
        )
    return config.scope.strip()


def _projects(client: JiraClient, scope: str) -> dict[str, wire.Project]:
    """The projects within the scope: those of a page of issues, then of a page of other projects' issues …"""
    projects: dict[str, wire.Project] = {}
    while len(projects) < _MOST_PROJECTS:
        known = ", ".join(f'"{key}"' for key in sorted(projects))
        others = f" AND project not in ({known})" if known else ""
        try:
            page = next(client.search(f"({scope}){others}", ["project"], wire.PlacedIssues))
        except Refused as refused:
            raise Misconfigured(
                f"The scope `{scope}` was refused: {refused.message}",
                hint="Correct `scope` for this tracker.",
                status=400,
            ) from refused
        new = {issue.fields.project.key: issue.fields.project for issue in page.issues}
        if not new.keys() - projects.keys():
            break
        projects |= new
    return projects


def _boards(client: JiraClient, projects: Mapping[str, wire.Project]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for project in projects:
        boards = _unless_refused(lambda key=project: client.boards(key)) or []
        found[project] = [board.id for board in boards][:_MOST_BOARDS]
    return found


def _estimation(client: JiraClient, boards: Mapping[str, list[int]]) -> dict[str, str]:
    """The field that a project's own board estimates by; sites often have two fields for points."""
    chosen: dict[str, str] = {}
    for project, found in boards.items():
        for board in found:
            configuration = _unless_refused(lambda ident=board: client.board_configuration(ident))
            field = configuration.estimation.field if configuration and configuration.estimation else None
            if field and field.field_id:
                chosen.setdefault(project, field.field_id)
    return chosen


def _unless_refused(ask: Any) -> Any:
    """What a call answers, or None where the account may not ask it: nice to know, not needed."""
    try:
        return ask()
    except (Gone, Refused):
        return None


def _ranked(client: JiraClient, scope: str) -> str:
    ranked = f"({scope}) ORDER BY Rank ASC"
    try:
        next(client.search(ranked, ["id"], wire.IssueIds, size=1))
    except Refused:
        return f"({scope}) ORDER BY key ASC"
    return ranked


def _understands_epoch(client: JiraClient, scope: str) -> bool:
    """Whether JQL takes milliseconds since 1970, which avoids every question of time zones.

    It works on Cloud and is not in the documentation, so it is tried: the latest issue must come back.
    """
    latest = next(client.search(f"({scope}) ORDER BY updated DESC", ["updated"], wire.StampedIssues, size=1)).issues
    if not latest:
        return True
    milliseconds = round(latest[0].fields.updated.timestamp()) // 60 * 60_000
    try:
        found = next(
            client.search(
                f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC", ["id"], wire.IssueIds, size=50
            )
        )
    except Refused:
        return False
    return latest[0].id in {issue.id for issue in found.issues}


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _server_time(info: Mapping[str, Any]) -> datetime:
    try:
        moment = msgspec.convert(info.get("serverTime"), datetime)
    except msgspec.ValidationError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _scope_notes(config: JiraConfig, scope: str, projects: Mapping[str, wire.Project]) -> list[str]:
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
    if not fields.points and "fields.points" not in fields.absent:
        notes.append("No field for points was found; name it under `fields.points` if there is one.")
    return notes


def _permission_notes(config: JiraConfig, client: JiraClient, projects: Mapping[str, wire.Project]) -> list[str]:
    if not config.writing:
        return []
    notes = []
    for key in projects:
        held = _unless_refused(lambda project=key: client.permissions(project, _TO_WRITE)) or {}
        lacking = [name.replace("_", " ").lower() for name, has in held.items() if not has]
        if lacking:
            notes.append(f"In {key} this account may not {', '.join(lacking)}; such writes will be refused.")
    return notes


def _fingerprint(config: JiraConfig, scope: str, fields: FieldMap) -> str:
    told = msgspec.json.encode((_MAPPING_VERSION, config.url, scope, fields), order="deterministic")
    return hashlib.sha256(told).hexdigest()[:16]
