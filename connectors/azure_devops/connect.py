"""Connection to an organisation or collection: API version, account, and how the team works."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec

from connectors.azure_devops.client import READ_ONLY_POSTS, AzureClient, parse_error, quoted
from connectors.azure_devops.history import AzurePeople
from connectors.azure_devops.library import Area, AzureLibrary, FieldInfo
from connectors.azure_devops.mapping import AzureSiteInfo
from connectors.azure_devops.process import Process, discover
from connectors.azure_devops.settings import AzureDevOpsSettings, is_services
from connectors.bulk_reads import is_request_specific
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.plugin import ProjectName, TrackerContext
from connectors.redaction import remember_secret
from connectors.resolutions import AbandonedNames
from connectors.tracker import Account, Capabilities, Connection
from rules.model import StatusCategory

_COMMENT_LIMIT = 100_000
_NOT_SIGNED_IN = (200, 203, 302, 401)
_GLOBAL_TOKENS_END = date(2026, 12, 1)
_MAPPING_VERSION = 1
"""Increase it when the mapping of items changes, so that everything is read again."""


@dataclass
class AzureSession:
    """An open connection and what was discovered about the team.

    Attributes:
        condition: WIQL condition of the items in scope.
    """

    http: HttpClient
    client: AzureClient
    site: AzureSiteInfo
    connection: Connection
    condition: str

    @property
    def finished_states(self) -> list[str]:
        """Names of states that mean done or removed on every type that has them."""
        states = [pair for kind in self.site.process.types.values() for pair in kind.states.items()]
        open_states = {
            state for state, category in states if category not in (StatusCategory.DONE, StatusCategory.REMOVED)
        }
        return sorted({state for state, _ in states} - open_states)


def connect(settings: AzureDevOpsSettings, context: TrackerContext, stats: TrafficStats) -> AzureSession:
    """Sign in and discover how the team works.

    Raises:
        Misconfigured: The address, the credentials, the project or the team is wrong.
        ConnectorError: The server could not be reached.
    """
    with _http_client(settings, context, stats) as http:
        return _session(settings, context, http)


def list_projects(settings: AzureDevOpsSettings, context: TrackerContext) -> list[ProjectName]:
    """Sign in, and list the projects that the account sees.

    Raises:
        Misconfigured: The address or the credentials are wrong.
        ConnectorError: The server could not be reached.
    """
    with _http_client(settings, context, TrafficStats()) as http, closing(http):
        client = AzureClient(http, settings.project)
        client.negotiate()
        client.account()
        return [ProjectName(project.name) for project in client.projects()]


@contextmanager
def _http_client(settings: AzureDevOpsSettings, context: TrackerContext, stats: TrafficStats) -> Iterator[HttpClient]:
    """An HTTP client for the server; an error closes it, and names what to check about credentials."""
    http = HttpClient(
        context.name,
        settings.url,
        auth_headers=_signer(settings, context),
        read_only_posts=READ_ONLY_POSTS,
        allow_writes=context.allow_writes,
        before_write=context.before_write,
        rate=settings.rate,
        stop=context.stop,
        parse_error=parse_error,
        ca_bundle=settings.ca_bundle,
        stats=stats,
    )
    try:
        yield http
    except BaseException as error:
        http.close()
        if isinstance(error, Misconfigured) and error.status in _NOT_SIGNED_IN:
            error.hint = _why_refused(settings, error.hint)
        raise


def _why_refused(settings: AzureDevOpsSettings, hint: str) -> str:
    """What to check when the credentials were refused, or when a page came instead of data."""
    if not is_services(settings.url):
        return hint
    if settings.token is None:
        return f"{hint} The identity has to be added to the organisation itself; a group is not enough."
    ended = datetime.now(UTC).date() >= _GLOBAL_TOKENS_END
    return (
        f"{hint} Tokens for all organisations {'stopped' if ended else 'stop'} working on {_GLOBAL_TOKENS_END}: create "
        "one for this organisation alone, with the scope Work Items."
    )


def _session(settings: AzureDevOpsSettings, context: TrackerContext, http: HttpClient) -> AzureSession:
    client = AzureClient(http, settings.project)
    client.negotiate()
    user = client.account()
    library = AzureLibrary(http, settings.project, settings.team, client.version)
    try:
        areas, areas_note = _areas(library, context)
        process = discover(
            library, settings.fields, context.write_fields, areas=areas, carrying=context.written_field_ids
        )
    except (Gone, Refused) as error:
        raise Misconfigured(
            f"{context.name}: cannot read the project {settings.project!r} or its team "
            f"{settings.team or '(default)'!r}: {error.message}",
            hint="Check both names, and that the account may view the project and its work items.",
            status=error.status,
        ) from error
    people = AzurePeople(str(user.get("id", "")), settings.bots, context.own_comment_ids)
    site = AzureSiteInfo(
        tracker=context.name,
        address=settings.url,
        project=settings.project,
        process=process,
        people=people,
        installation=context.installation,
        abandoned=AbandonedNames(settings.not_done),
        only=frozenset(name.casefold() for name in settings.projects),
        labels={label.casefold(): label for label in context.labels},
    )
    condition = _condition(settings, process)
    name = str(user.get("customDisplayName") or user.get("providerDisplayName") or "")
    fields = {field.reference: field for field in library.fields()}
    return AzureSession(
        http=http,
        client=client,
        site=site,
        connection=Connection(
            account=Account(people.account, name),
            capabilities=Capabilities(
                can_comment=client.has_comments,
                comment_limit=_COMMENT_LIMIT,
                writable_fields={logical: write.reference for logical, write in process.writes.items()},
                missing_fields=process.absent,
                rank_changes_version=True,
                can_verify=True,
                comment_edit_changes_version=True,
            ),
            fingerprint=_fingerprint(settings.url, condition, process),
            fields=_purposes(process, fields),
            projects=(settings.project,),
            projects_limited_to_own_comments=(settings.project,),
            notes=(*areas_note, *_notes(settings.project, process, client)),
            discovery_state=msgspec.json.encode(areas).decode(),
        ),
        condition=condition,
    )


def _areas(library: AzureLibrary, context: TrackerContext) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    """The areas of the team, or those read last if they cannot be read now, and a note that says so."""
    try:
        return library.areas(), ()
    except ConnectorError as error:
        if not context.discovery_state or not (isinstance(error, Misconfigured) or is_request_specific(error)):
            raise
        note = f"The areas of {library.team} could not be read; those read last are used. {error.message}"
        return msgspec.json.decode(context.discovery_state, type=tuple[Area, ...]), (note,)


def _signer(settings: AzureDevOpsSettings, context: TrackerContext) -> Callable[[], Mapping[str, str]]:
    if settings.token is not None:
        token = settings.token.get_secret_value()
        remember_secret(token)
        credentials = base64.b64encode(f":{token}".encode()).decode()
        return lambda: {"Authorization": f"Basic {credentials}"}
    from connectors.azure_devops.auth import EntraSigner  # noqa: PLC0415 - needs the extra `azure`

    return EntraSigner(context.name, settings.entra or "default", context.stop)


def _condition(settings: AzureDevOpsSettings, process: Process) -> str:
    types = ", ".join(quoted(name) for name in sorted(process.types))
    parts = [f"[System.TeamProject] = {quoted(settings.project)}", f"[System.WorkItemType] IN ({types})"]
    if process.areas:
        areas = [f"[System.AreaPath] {'UNDER' if area.below else '='} {quoted(area.path)}" for area in process.areas]
        parts.append(f"({' OR '.join(areas)})")
    if settings.scope:
        parts.append(f"({settings.scope})")
    return " AND ".join(parts)


def _purposes(process: Process, fields: Mapping[str, FieldInfo]) -> dict[str, tuple[str, ...]]:
    def named(*references: str | None) -> tuple[str, ...]:
        return tuple(
            f"{fields[reference].name} ({reference})" if reference in fields else reference
            for reference in dict.fromkeys(references)
            if reference
        )

    return {
        "points": named(*(info.effort for info in process.types.values())),
        "acceptance_criteria": named(*(name for info in process.types.values() for name in info.criteria or ())),
        "business_value": named(process.value),
        "time_criticality": named(process.urgency),
        "risk_reduction": named(process.risk),
        "effort": named(process.effort),
        "rank": named(process.order),
    }


def _notes(project: str, process: Process, client: AzureClient) -> list[str]:
    notes = [f'`{key}`: this organisation has no field "{name}".' for key, name in process.absent.items()]
    if not process.types:
        notes.append(f"The backlog of {process.team} has no work item types.")
    if not process.areas:
        notes.append(f"{process.team} is not defined by areas; all items of {project} are included.")
    if client.options_blocked:
        notes.append(f"OPTIONS requests are blocked; version {client.version} of the API was found by trying.")
    if not client.has_comments:
        notes.append(f"This server supports only version {client.version} of the API, which cannot write comments.")
    elif not client.writes_markdown:
        notes.append(f"This server supports only version {client.version} of the API; comments are written as HTML.")
    return notes


def _fingerprint(url: str, condition: str, process: Process) -> str:
    # Stores keep this hash: its keys must not change with attribute names. Without sprints: a new one changes no item.
    content = (
        _MAPPING_VERSION,
        url,
        condition,
        process.order,
        sorted((info.name, info.effort, info.criteria or ()) for info in process.types.values()),
        (process.value, process.urgency, process.risk, process.effort),
        {
            name: {"reference": field.reference, "name": field.name, "kind": field.kind}
            for name, field in sorted(process.writes.items())
        },
    )
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]
