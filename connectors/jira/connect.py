"""Signing in to a Jira Cloud site: which address answers, who we are there, what the site calls its fields."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import Door, Traffic
from connectors.jira import wire
from connectors.jira.client import READING_POSTS, JiraClient, explain
from connectors.jira.config import JiraConfig
from connectors.jira.fields import FieldMap, discover
from connectors.jira.history import People, utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.library import JiraLibrary
from connectors.jira.mapping import Site
from connectors.pacing import Pace
from connectors.redaction import remember_secret
from connectors.tracker import Account, Capabilities, Connection

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
        local = floor.astimezone(self._literal_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            # In the hour that comes twice in autumn nobody knows which one Jira takes it for; the hour before is safe.
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'


def connect(config: JiraConfig, stop: threading.Event, traffic: Traffic, pace: Pace) -> Session:
    """Signs in and learns the site.

    Args:
        config: Where, as whom, and what for.
        stop: Ends waits.
        traffic: Where to count.
        pace: How fast calls may leave, kept from one connection to the next.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong; the message says which.
        ConnectorError: The site could not be asked.
    """
    scope = _checked_scope(config)
    with ExitStack() as opened:

        def open_door(address: str) -> Door:
            door = _door(config, address, stop, traffic, pace)
            opened.callback(door.close)
            return door

        session = _learn(config, scope, _sign_in(config, open_door))
        opened.pop_all()
        return session


class _SignedIn(NamedTuple):
    """The way in that was found. `zone` is the one that Jira reads our queries in; None where it does not say."""

    door: Door
    library: JiraLibrary
    account: Account
    ahead: timedelta
    zone: tzinfo | None


def _learn(config: JiraConfig, scope: str, signed: _SignedIn) -> Session:
    client = JiraClient(signed.door)
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
        people=People(signed.account.id, config.bots),
        categories=signed.library.status_categories(),
        default_priority=_unless_refused(client.default_priority),
        points_by_project=_estimation(client, boards),
        internal_comments=config.internal_comments,
    )
    ranked_scope = _ranked(client, scope)
    return Session(
        door=signed.door,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        connection=Connection(
            account=signed.account,
            capabilities=Capabilities(
                comment_limit=_COMMENT_LIMIT,
                fields={logical: write.id for logical, write in fields.writes.items()},
                absent=fields.absent,
                ordered=ranked_scope is not None,
            ),
            fingerprint=_fingerprint(config, scope, fields),
            fields={name: tuple(names[one] for one in ids) for name, ids in fields.by_purpose.items()},
            projects=tuple(projects),
            notes=tuple(notes),
        ),
        scope=scope,
        ranked_scope=ranked_scope or f"({scope}) ORDER BY key ASC",
        projects=projects,
        boards=tuple(board for found in boards.values() for board in found),
        _ahead=signed.ahead,
        _literal_zone=None if _understands_epoch(client, scope) else signed.zone or _SAFE_ZONE,
    )


def _sign_in(config: JiraConfig, open_door: Callable[[str], Door]) -> _SignedIn:
    """A classic token signs in at the site; a scoped one only at Atlassian's gateway, under the site's cloud id."""
    site = open_door(config.url)
    info = _server_info(config, JiraClient(site))
    ahead = _server_time(info) - datetime.now(UTC)
    door, library = site, JiraLibrary(site, info)
    try:
        myself = library.myself()
    except Misconfigured as refused:
        if refused.status != 401:
            raise
        door = open_door(f"{config.gateway.rstrip('/')}/ex/jira/{_cloud_id(site, refused)}")
        library = JiraLibrary(door, info)
        try:
            myself = library.myself()
        except (Misconfigured, Refused, Gone):
            raise _wrong_credentials(config) from refused
        site.close()
    account = Account(str(myself.get("accountId") or ""), str(myself.get("displayName") or ""))
    if not account.id:
        raise _wrong_credentials(config)
    return _SignedIn(door, library, account, ahead, _zone(myself.get("timeZone"), info.get("serverTimeZone")))


def _server_info(config: JiraConfig, client: JiraClient) -> dict[str, Any]:
    try:
        info = client.server_info()
    except (Gone, Refused) as error:
        raise Misconfigured(
            f"{config.name}: no Jira answers at {config.url}.",
            hint="Check the address; it is the one that people open, such as https://example.atlassian.net.",
            status=error.status,
        ) from error
    if info.get("deploymentType") != "Cloud":
        kind = (
            " ".join(str(info[key]) for key in ("deploymentType", "version") if info.get(key)) or "of an unknown kind"
        )
        raise Misconfigured(
            f"{config.name}: {config.url} is Jira {kind}, not Jira Cloud.",
            hint="Only Jira Cloud can be read so far; Data Center and Server cannot.",
        )
    return info


def _wrong_credentials(config: JiraConfig) -> Misconfigured:
    return Misconfigured(
        f"{config.name}: {config.url} refused the credentials of {config.email or 'an account without an address'}.",
        hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
        "read:jira-user, read:jira-work and, to write, write:jira-work.",
        status=401,
    )


def _cloud_id(site: Door, refused: Misconfigured) -> str:
    try:
        return JiraClient(site).cloud_id()
    except (Gone, Refused, Misconfigured):
        raise refused from None


def _door(config: JiraConfig, base_url: str, stop: threading.Event, traffic: Traffic, pace: Pace) -> Door:
    remember_secret(config.token, user=config.email)
    credentials = base64.b64encode(f"{config.email}:{config.token}".encode()).decode()
    return Door(
        config.name,
        base_url,
        sign=lambda: {"Authorization": f"Basic {credentials}"},
        reads=READING_POSTS,
        writing=config.writing,
        pace=pace,
        stop=stop,
        explain=explain,
        ca_bundle=config.ca_bundle,
        traffic=traffic,
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


def _projects(client: JiraClient, config: JiraConfig, scope: str) -> dict[str, wire.Project]:
    """The projects within the scope: those of a page of issues, then of a page of other projects' issues …"""
    projects: dict[str, wire.Project] = {}
    while len(projects) < _MOST_PROJECTS:
        known = ", ".join(f'"{key}"' for key in sorted(projects))
        others = f" AND project not in ({known})" if known else ""
        try:
            page = next(client.search(f"({scope}){others}", ["project"], wire.PlacedIssues))
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


def _boards(client: JiraClient, projects: Mapping[str, wire.Project]) -> dict[str, list[int]]:
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


def _ranked(client: JiraClient, scope: str) -> str | None:
    """The scope in rank order; None on a site that cannot rank."""
    ranked = f"({scope}) ORDER BY Rank ASC"
    try:
        next(client.search(ranked, ["id"], wire.IssueIds, size=1))
    except Refused:
        return None
    return ranked


def _understands_epoch(client: JiraClient, scope: str) -> bool:
    """Whether JQL takes milliseconds since 1970, which avoids every question of time zones.

    It works on Cloud and is not in the documentation, so it is tried: the latest issue must come back.
    """
    latest = next(client.search(f"({scope}) ORDER BY updated DESC", ["updated"], wire.StampedIssues, size=1)).issues
    updated = latest[0].fields.updated if latest else None
    if updated is None:
        return True
    milliseconds = round(utc(updated).timestamp()) // 60 * 60_000
    try:
        found = next(
            client.search(
                f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC", ["id"], wire.IssueIds, size=50
            )
        )
    except Refused:
        return False
    return latest[0].id in {issue.id for issue in found.issues}


def _zone(*names: object) -> tzinfo | None:
    """The first of these that is a time zone."""
    for name in names:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _server_time(info: Mapping[str, Any]) -> datetime:
    try:
        moment = msgspec.convert(info.get("serverTime"), datetime)
    except msgspec.ValidationError:
        return datetime.now(UTC)
    return utc(moment)


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
    notes += [f"`{key}` {why}" for key, why in fields.doubtful.items()]
    if not fields.points and not {"fields.points"} & (fields.absent.keys() | fields.doubtful.keys()):
        notes.append("No field for points was found; name it under `fields.points` if there is one.")
    return notes


def _permission_notes(config: JiraConfig, client: JiraClient, projects: Mapping[str, wire.Project]) -> list[str]:
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
    told = msgspec.json.encode((_MAPPING_VERSION, config.url, scope, fields), order="deterministic")
    return hashlib.sha256(told).hexdigest()[:16]
