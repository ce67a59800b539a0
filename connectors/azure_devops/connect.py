"""Connects to Azure DevOps: finds the API version, checks the account, and discovers the process of the team.

An organisation of Azure DevOps Services, and a collection of Azure DevOps Server, contain projects; a project has
teams.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from connectors.azure_devops.client import READ_ONLY_POSTS, AzureClient, make_id_query, parse_error, quote_wiql
from connectors.azure_devops.history import AzurePeople
from connectors.azure_devops.library import Area, AzureLibrary, FieldInfo
from connectors.azure_devops.links import find_query, is_services
from connectors.azure_devops.mapping import AzureSiteInfo
from connectors.azure_devops.process import Process, discover_process
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.bulk_reads import is_request_specific, try_request
from connectors.connection import Account, Capabilities, Connection
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.plugin import TrackerContext
from connectors.redaction import remember_secret
from connectors.resolutions import AbandonedNames
from rules.model import StatusCategory

_MAX_COMMENT_CHARACTERS = 100_000
"""A cautious value, because Microsoft documents no maximum for comments. For other long texts, it is 1,000,000."""
_SIGN_IN_FAILURE_STATUSES = (200, 203, 302, 401)
"""Statuses of a `Misconfigured` error after invalid credentials. With all but 401, the server returns its sign-in
page, or redirects to it."""
_GLOBAL_TOKENS_END_DATE = date(2026, 12, 1)
"""From this day on, Azure DevOps Services rejects personal access tokens that are valid for all organisations."""
_MAX_LISTED_NAMES = 20
"""How many names of projects or teams a message lists, so that it fits on a screen."""
_FINGERPRINT_VERSION = 1
"""Part of the stored fingerprint. It must not change, because then all items are read again, and a person has to
approve writing again."""
_MAPPING_VERSION = "4"
"""Increase this when the mapping of items changes, so that all items are read again."""


class AzureSession(Struct, frozen=True):
    """An open connection. `condition`, in WIQL, selects the items in scope."""

    http: HttpClient
    client: AzureClient
    site: AzureSiteInfo
    connection: Connection
    condition: str


def connect(settings: AzureDevOpsSettings, context: TrackerContext, stats: TrafficStats) -> AzureSession:
    """Sign in, and discover the process of the team.

    Raises:
        Misconfigured: The address, the credentials, the project, the team or the scope is wrong.
    """
    if find_query(settings.scope) is not None:
        raise Misconfigured(
            f"{context.name}: `scope` is a link to a query. It has to be a condition in WIQL.",
            hint="Write what follows WHERE in that query. `steward init` finds it by the link.",
        )
    with _http_client(settings, context, stats) as http:
        return _open_session(settings, context, http)


@contextmanager
def signed_in_client(
    settings: AzureDevOpsSettings, context: TrackerContext
) -> Iterator[tuple[AzureClient, HttpClient]]:
    """Sign in, and yield a client for the project, and its HTTP client; both are closed at the end."""
    with _http_client(settings, context, TrafficStats()) as http, closing(http):
        client, _account = _sign_in(settings, http)
        yield client, http


@contextmanager
def _http_client(settings: AzureDevOpsSettings, context: TrackerContext, stats: TrafficStats) -> Iterator[HttpClient]:
    """Create the HTTP client for the server. If an error occurs, close it, and extend the hint about credentials."""
    http = HttpClient(
        context.name,
        settings.url,
        auth_headers=_make_auth_headers(settings, context),
        read_only_posts=READ_ONLY_POSTS,
        allow_writes=context.allow_writes,
        before_write=context.before_write,
        rate=settings.rate,
        stop=context.stop,
        parse_error=parse_error,
        ca_bundle=settings.ca_bundle,
        stats=stats,
        cache=context.cache,
        time_zone=context.time_zone,
    )
    try:
        yield http
    except BaseException as error:
        http.close()
        if isinstance(error, Misconfigured) and error.status in _SIGN_IN_FAILURE_STATUSES:
            error.hint = _extend_sign_in_hint(settings, error.hint)
        raise


def _extend_sign_in_hint(settings: AzureDevOpsSettings, hint: str) -> str:
    """Add what else to check to the hint of an error about rejected credentials, or about an unexpected web page."""
    if not is_services(settings.url):
        return hint
    if settings.token is None:
        return f"{hint} The identity has to be added to the organisation itself; a group is not enough."
    is_past = datetime.now(UTC).date() >= _GLOBAL_TOKENS_END_DATE
    return (
        f"{hint} Tokens for all organisations {'stopped' if is_past else 'stop'} working on {_GLOBAL_TOKENS_END_DATE}: "
        "create one for this organisation alone, with the scope Work Items."
    )


def _open_session(settings: AzureDevOpsSettings, context: TrackerContext, http: HttpClient) -> AzureSession:
    """Sign in, discover the process of the team, check the scope, and describe what was found."""
    client, user = _sign_in(settings, http)
    library = AzureLibrary(http, settings.project, settings.team, client.api.number)
    try:
        areas, area_notes = _read_areas(library, context)
        process = discover_process(
            library, settings.fields, context.write_fields, areas=areas, written_field_ids=context.written_field_ids
        )
    except (Gone, Refused) as error:
        raise _project_error(client, settings, context, error) from error
    people = AzurePeople(str(user.get("id", "")), settings.bots, context.own_comment_ids)
    site = AzureSiteInfo(
        tracker=context.name,
        address=settings.url,
        project=settings.project,
        process=process,
        people=people,
        abandoned=AbandonedNames(settings.not_done),  # the states and reasons that mean "not done"
        allowed_projects=frozenset(name.casefold() for name in settings.projects),
        labels={label.casefold(): label for label in context.labels},
    )
    condition = _scope_condition(settings, process)
    if context.checks_setup and settings.scope:
        with explaining_refusals(client, settings, process):
            client.query(make_id_query(condition, "[System.Id]"))
    account_name = str(user.get("customDisplayName") or user.get("providerDisplayName") or "")
    connection = Connection(
        account=Account(people.account_id, account_name),
        capabilities=_capabilities(client, process),
        fingerprint=_fingerprint(settings.url, condition, process),
        mapping_version=_MAPPING_VERSION,
        fields=_fields_by_purpose(process, library.fields()),
        projects=(settings.project,),
        scope=condition,
        team=process.team,
        # Azure DevOps lets an account edit and delete only the comments that it wrote itself.
        projects_limited_to_own_comments=(settings.project,),
        notes=(
            *area_notes,
            *_connection_notes(settings.project, process, client),
            *(_setup_notes(client, settings, process, condition) if context.checks_setup else ()),
        ),
        discovery_state=msgspec.json.encode(areas).decode(),
    )
    return AzureSession(http=http, client=client, site=site, connection=connection, condition=condition)


def _capabilities(client: AzureClient, process: Process) -> Capabilities:
    """What can be written through this client, and how writing behaves."""
    return Capabilities(
        can_comment=client.api.has_comments,
        comment_limit=_MAX_COMMENT_CHARACTERS,
        writable_fields={purpose: field.reference for purpose, field in process.write_fields.items()},
        missing_fields=process.missing_fields,
        rank_changes_version=True,
        can_verify=True,  # an edit can be validated without saving it
        comment_edit_changes_version=True,
    )


def _sign_in(settings: AzureDevOpsSettings, http: HttpClient) -> tuple[AzureClient, dict[str, Any]]:
    """Choose the version of the API, and return a client with this version and the account.

    Raises:
        Misconfigured: No organisation or collection is at the address, or the credentials are wrong.
    """
    client = AzureClient(http, settings.project)
    try:
        client.negotiate_version()
    except Gone as error:
        raise Misconfigured(
            f"{http.name}: no organisation or collection of Azure DevOps responds at {settings.url}.",
            hint="Check the address. It has to contain the name of the organisation or collection, such as "
            "https://dev.azure.com/example or https://example.com/tfs/DefaultCollection.",
            status=error.status,
        ) from error
    return client, client.fetch_account()


def _project_error(
    client: AzureClient, settings: AzureDevOpsSettings, context: TrackerContext, error: ConnectorError
) -> Misconfigured:
    """The error for a project or team that cannot be read. It says which of them is wrong if the server shows that.

    After a 404 in a project that exists, the configured team is looked for among the teams of the project. The error
    lists the existing projects or teams only for an admin, because the errors of a round are also in reports.
    """
    name = context.name
    projects = try_request(client.list_projects) or []
    has_project = settings.project.casefold() in {project.casefold() for project in projects}
    if has_project and settings.team and isinstance(error, Gone):
        teams = try_request(client.list_teams) or []
        if settings.team.casefold() not in {team.casefold() for team in teams}:
            return Misconfigured(
                f'{name}: the project {settings.project} has no team "{settings.team}" that this account can see.'
                + (f" It has {_list_names(teams)}." if teams and context.checks_setup else ""),
                hint="Correct `team`, or leave it empty for the default team of the project.",
                status=error.status,
            )
    if projects and not has_project and isinstance(error, Gone):
        return Misconfigured(
            f'{name}: there is no project "{settings.project}" that this account can see.'
            + (f" It sees {_list_names(projects)}." if context.checks_setup else ""),
            hint="Check the name, and that the account may view the project and its work items.",
            status=error.status,
        )
    return Misconfigured(
        f"{name}: cannot read the project {settings.project!r} or its team {settings.team or '(default)'!r}: "
        f"{error.message_without(name)}",
        hint="Check both names, and that the account may view the project and its work items.",
        status=error.status,
    )


def _read_areas(library: AzureLibrary, context: TrackerContext) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    """Read the areas of the team. If only this request fails, return those of the last connection, and a note."""
    try:
        return library.areas(), ()
    except ConnectorError as error:
        if not context.discovery_state or not (isinstance(error, Misconfigured) or is_request_specific(error)):
            raise
        note = f"The areas of {library.team} could not be read; the last known areas are used. {error.message}"
        return msgspec.json.decode(context.discovery_state, type=tuple[Area, ...]), (note,)


def _make_auth_headers(settings: AzureDevOpsSettings, context: TrackerContext) -> Callable[[], Mapping[str, str]]:
    """Return a function that returns the authorization header for each request."""
    if settings.token is not None:
        token = settings.token.get_secret_value()
        remember_secret(token)
        credentials = base64.b64encode(f":{token}".encode()).decode()
        return lambda: {"Authorization": f"Basic {credentials}"}
    from connectors.azure_devops.auth import EntraAuth  # noqa: PLC0415 - needs the extra `azure`

    return EntraAuth(context.name, settings.entra or "default", context.stop)


@contextmanager
def explaining_refusals(client: AzureClient, settings: AzureDevOpsSettings, process: Process) -> Iterator[None]:
    """If the server rejects a query for the items in scope, find out whether the setting `scope` is the reason.

    Raises:
        Misconfigured: The query is accepted without `scope`.
        Refused: There is another reason.
    """
    try:
        yield
    except Refused as error:
        if error.status != 400 or not settings.scope:
            raise
        condition = _scope_condition(settings.model_copy(update={"scope": ""}), process)
        if try_request(partial(client.query, make_id_query(condition, "[System.Id]"))) is None:
            raise
        raise Misconfigured(
            f"{client.name}: Azure DevOps rejected the scope `{settings.scope}`. {error.message_without(client.name)}",
            hint="Correct `scope`. It is only the condition that follows WHERE in a query, such as "
            "[System.Tags] CONTAINS 'mobile'.",
            status=error.status,
        ) from error


def _scope_condition(settings: AzureDevOpsSettings, process: Process) -> str:
    """The condition, in WIQL, that selects the items of the team's backlog that match the setting `scope`."""
    types = ", ".join(quote_wiql(name) for name in sorted(process.types))
    parts = [f"[System.TeamProject] = {quote_wiql(settings.project)}", f"[System.WorkItemType] IN ({types})"]
    if process.areas:
        areas = [
            f"[System.AreaPath] {'UNDER' if area.includes_children else '='} {quote_wiql(area.path)}"
            for area in process.areas
        ]
        parts.append(f"({' OR '.join(areas)})")
    if settings.scope:
        parts.append(f"({settings.scope})")
    return " AND ".join(parts)


def _fields_by_purpose(process: Process, fields: Sequence[FieldInfo]) -> dict[str, tuple[str, ...]]:
    """Describe, for `steward doctor`, the fields that are read for each purpose."""
    names = {field.reference: field.name for field in fields}

    def describe_fields(*references: str | None) -> tuple[str, ...]:
        return tuple(
            f"{names[reference]} ({reference})" if reference in names else reference
            for reference in dict.fromkeys(references)
            if reference
        )

    return {
        "points": describe_fields(*(type_info.size_field for type_info in process.types.values())),
        "acceptance_criteria": describe_fields(
            *(name for type_info in process.types.values() for name in type_info.criteria_fields or ())
        ),
        "business_value": describe_fields(process.value_field),
        "time_criticality": describe_fields(process.urgency_field),
        "risk_reduction": describe_fields(process.risk_field),
        "effort": describe_fields(process.effort_field),
        "rank": describe_fields(process.rank_field),
    }


def _connection_notes(project: str, process: Process, client: AzureClient) -> list[str]:
    """Sentences for an admin about what this server lacks, or how the scope was determined."""
    notes = [f'`{key}`: this organisation has no field "{name}".' for key, name in process.missing_fields.items()]
    if not process.types:
        notes.append(f"The backlog of {process.team} has no work item types.")
    if not process.areas:
        notes.append(f"{process.team} is not defined by areas; all items of {project} are included.")
    if not client.api.has_comments:
        notes.append(f"This server supports only version {client.api.number} of the API, which cannot write comments.")
    return notes


def _setup_notes(client: AzureClient, settings: AzureDevOpsSettings, process: Process, condition: str) -> Iterator[str]:
    """Sentences about the server and the scope for an admin who checks the setup. Rounds do not repeat them."""
    if client.api.options_blocked:
        yield f"OPTIONS requests are blocked; version {client.api.number} of the API was found by trying."
    if client.api.has_comments and not client.api.writes_markdown:
        yield f"This server supports only version {client.api.number} of the API; comments are written as HTML."
    teams = try_request(client.list_teams) or []
    other_teams = [team for team in teams if team.casefold() != process.team.casefold()]
    if other_teams and not settings.team:
        yield (
            f"{settings.project} has {len(teams)} teams, and `team` names none of them. So the backlog of its default "
            f"team, {process.team}, is read. The others are {_list_names(other_teams)}."
        )
    yield from _finished_notes(client, process, condition)


def _finished_notes(client: AzureClient, process: Process, condition: str) -> Iterator[str]:
    """A sentence for an admin if items are in scope, but none of them is done."""
    states = {
        state
        for type_info in process.types.values()
        for state, category in type_info.states.items()
        if category is StatusCategory.DONE
    }
    if not states:
        return
    is_done = f"[System.State] IN ({', '.join(quote_wiql(state) for state in sorted(states))})"
    done_ids = try_request(partial(client.query, make_id_query(f"{condition} AND {is_done}", "[System.Id]")))
    all_ids = try_request(partial(client.query, make_id_query(condition, "[System.Id]"))) if done_ids == [] else None
    if all_ids:
        yield (
            "No finished item is in the scope, so sizes, durations and forecasts cannot be learned. If `scope` leaves "
            "finished items out, remove that condition. Otherwise check that the areas of the team also contain what "
            "was finished."
        )


def _fingerprint(url: str, condition: str, process: Process) -> str:
    """Hash everything that determines how items are selected and mapped.

    If the hash changes, all items are read again, and a person has to approve writing again. Sprints are left out,
    because a new sprint changes no item.
    """
    # The hash is stored, so the names in it must not change.
    content = (
        _FINGERPRINT_VERSION,
        url,
        condition,
        process.rank_field,
        sorted(
            (type_info.name, type_info.size_field, type_info.criteria_fields or ())
            for type_info in process.types.values()
        ),
        (process.value_field, process.urgency_field, process.risk_field, process.effort_field),
        {
            name: {"reference": field.reference, "name": field.name, "kind": field.value_type}
            for name, field in sorted(process.write_fields.items())
        },
    )
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]


def _list_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _MAX_LISTED_NAMES
    return f"{', '.join(names[:_MAX_LISTED_NAMES])}{f' and {more} more' if more > 0 else ''}"
