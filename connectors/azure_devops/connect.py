"""Signing in to an organisation or collection: which version is spoken, who we are, how the team works."""

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from connectors.azure_devops.client import READING_POSTS, AzureClient, explain, quoted
from connectors.azure_devops.config import AzureConfig
from connectors.azure_devops.history import People
from connectors.azure_devops.library import AzureLibrary, FieldInfo
from connectors.azure_devops.mapping import Site
from connectors.azure_devops.process import Process, discover
from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.redaction import remember_secret
from connectors.tracker import Account, Capabilities, Connection
from rules.model import StatusCategory

_COMMENT_LIMIT = 100_000
_MAPPING_VERSION = 1
"""Raised when items are mapped differently than before, so that everything is read anew."""


@dataclass
class AzureSession:
    """A connection that was made, with all that was learned on the way.

    Attributes:
        condition: WIQL of the items looked after.
    """

    http: HttpClient
    client: AzureClient
    site: Site
    connection: Connection
    condition: str

    @property
    def finished_states(self) -> list[str]:
        """Names of states that mean done or removed on every type that has them."""
        told = [(state, one) for kind in self.site.process.types.values() for state, one in kind.states.items()]
        open_ones = {state for state, category in told if category not in (StatusCategory.DONE, StatusCategory.REMOVED)}
        return sorted({state for state, _ in told} - open_ones)


def connect(config: AzureConfig, stop: threading.Event, stats: TrafficStats) -> AzureSession:
    """Signs in and learns the team's process.

    Raises:
        Misconfigured: The address, the credentials, the project or the team is wrong; the message says which.
        ConnectorError: The server could not be asked.
    """
    http = _http(config, stop, stats)
    try:
        return _session(config, http)
    except BaseException:
        http.close()
        raise


def _session(config: AzureConfig, http: HttpClient) -> AzureSession:
    client = AzureClient(http, config.project)
    client.negotiate()
    user = client.account()
    library = AzureLibrary(http, config.project, config.team)
    try:
        process = discover(library, config.fields, config.write_fields)
    except (Gone, Refused) as refused:
        raise Misconfigured(
            f"{config.name}: the project {config.project!r} or its team {config.team or '(default)'!r} cannot be read: "
            f"{refused.message}",
            hint="Check both names, and that the account may view the project and its work items.",
            status=refused.status,
        ) from refused
    people = People(str(user.get("id", "")), config.bots)
    site = Site(
        tracker=config.name,
        address=config.url.rstrip("/"),
        project=config.project,
        process=process,
        people=people,
        installation=config.installation,
        label=config.label,
    )
    condition = _condition(config, process)
    name = str(user.get("customDisplayName") or user.get("providerDisplayName") or "")
    fields = {one.reference: one for one in library.fields()}
    return AzureSession(
        http=http,
        client=client,
        site=site,
        connection=Connection(
            account=Account(people.account, name),
            capabilities=Capabilities(
                comments=client.has_comments,
                comment_limit=_COMMENT_LIMIT,
                fields={logical: write.reference for logical, write in process.writes.items()},
                absent=process.absent,
                drags_stamped=True,
                verifies=True,
            ),
            fingerprint=_fingerprint(config, condition, process),
            fields=_purposes(process, fields),
            projects=(config.project,),
            notes=tuple(_notes(config, process, client)),
        ),
        condition=condition,
    )


def _http(config: AzureConfig, stop: threading.Event, stats: TrafficStats) -> HttpClient:
    return HttpClient(
        config.name,
        config.url,
        sign=_signing(config, stop),
        reads=READING_POSTS,
        writing=config.writing,
        before_write=config.before_write,
        rate=config.rate,
        stop=stop,
        explain=explain,
        ca_bundle=config.ca_bundle,
        stats=stats,
    )


def _signing(config: AzureConfig, stop: threading.Event) -> Callable[[], Mapping[str, str]]:
    if config.token:
        remember_secret(config.token)
        credentials = base64.b64encode(f":{config.token}".encode()).decode()
        return lambda: {"Authorization": f"Basic {credentials}"}
    if config.entra:
        from connectors.azure_devops.auth import EntraSigning  # noqa: PLC0415 - needs the extra `azure`

        return EntraSigning(config.name, config.entra, stop)
    raise Misconfigured(
        f"{config.name}: there is neither a token nor a way to sign in through Microsoft Entra.",
        hint="Set `token:` to a personal access token of this organisation, or `entra:` to a way of signing in.",
    )


def _condition(config: AzureConfig, process: Process) -> str:
    types = ", ".join(quoted(name) for name in sorted(process.types))
    parts = [f"[System.TeamProject] = {quoted(config.project)}", f"[System.WorkItemType] IN ({types})"]
    if process.areas:
        areas = [f"[System.AreaPath] {'UNDER' if area.below else '='} {quoted(area.path)}" for area in process.areas]
        parts.append(f"({' OR '.join(areas)})")
    if config.scope:
        parts.append(f"({config.scope})")
    return " AND ".join(parts)


def _purposes(process: Process, known: Mapping[str, FieldInfo]) -> dict[str, tuple[str, ...]]:
    def named(*references: str | None) -> tuple[str, ...]:
        return tuple(f"{known[one].name} ({one})" if one in known else one for one in dict.fromkeys(references) if one)

    return {
        "points": named(*(one.effort for one in process.types.values())),
        "acceptance_criteria": named(*(name for one in process.types.values() for name in one.criteria or ())),
        "business_value": named(process.value),
        "time_criticality": named(process.urgency),
        "risk_reduction": named(process.risk),
        "effort": named(process.effort),
        "rank": named(process.order),
    }


def _notes(config: AzureConfig, process: Process, client: AzureClient) -> list[str]:
    notes = [
        f'`{key}` names a field that this organisation does not have: "{name}".' for key, name in process.absent.items()
    ]
    if not process.types:
        notes.append(f"The backlog of {process.team} has no types of work items.")
    if not process.areas:
        notes.append(f"{process.team} is not told apart by areas; all items of {config.project} are looked after.")
    if not client.has_comments:
        notes.append(f"This server speaks version {client.version} of the interface, which cannot write comments.")
    elif not client.writes_markdown:
        notes.append(f"This server speaks version {client.version} of the interface; comments are written as HTML.")
    return notes


def _fingerprint(config: AzureConfig, condition: str, process: Process) -> str:
    # The store keeps the hash: no key in it comes from an attribute. Sprints are left out: a new one changes no item.
    content = (
        _MAPPING_VERSION,
        config.url,
        condition,
        process.order,
        sorted((one.name, one.effort, one.criteria or ()) for one in process.types.values()),
        (process.value, process.urgency, process.risk, process.effort),
        {
            name: {"reference": one.reference, "name": one.name, "kind": one.kind}
            for name, one in sorted(process.writes.items())
        },
    )
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]
