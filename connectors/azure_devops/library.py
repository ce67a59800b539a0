"""The `azure-devops` package: reads a team's process, areas and sprints once per connection.

Only this module imports the package. All other requests are sent by `connectors.azure_devops.client`; `docs/adr/0009`
explains why.
"""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from msgspec import Struct
from msrest.authentication import Authentication
from msrest.exceptions import ClientException
from msrest.serialization import Deserializer

from connectors.errors import ConnectorError, Gone, Misconfigured
from connectors.http import HttpClient
from connectors.requests_adapter import HttpClientAdapter

_BUG_CATEGORY = "Microsoft.BugCategory"
_CACHE_VARIABLE = "AZURE_DEVOPS_CACHE_DIR"
_ROUTES = {
    "603fe2ac-9723-48b9-88ad-09305aa6c6e1": ("core", "projects", "_apis/{resource}/{projectId}"),
    "9b9f5734-36c8-415e-ba67-f83b45c31408": (
        "wit",
        "workItemTypeCategories",
        "{project}/_apis/{area}/{resource}/{category}",
    ),
    "7799f497-3cb5-4f16-ad4f-5cd06012db64": (
        "work",
        "backlogconfiguration",
        "{project}/{team}/_apis/{area}/{resource}",
    ),
    "07ced576-58ed-49e6-9c1e-5cb53ab8bf2a": (
        "work",
        "teamfieldvalues",
        "{project}/{team}/_apis/{area}/teamsettings/{resource}",
    ),
    "c9175577-28a1-4b06-9197-8636af9f64ad": (
        "work",
        "iterations",
        "{project}/{team}/_apis/{area}/teamsettings/{resource}",
    ),
}
"""Area, name and route of the requested resources, by their id in the package."""
_MAX_RESOURCE_VERSION = 99

P = ParamSpec("P")
R = TypeVar("R")


class FieldInfo(Struct, frozen=True):
    """A field of the organisation. `kind` is "double", "integer", "string", "html", "plainText", …"""

    reference: str
    name: str
    kind: str


class BacklogLevel(Struct, frozen=True):
    """A level of the backlog with its types. Higher portfolio levels have larger ranks."""

    id: str
    name: str
    rank: int
    types: tuple[str, ...]


class BacklogConfiguration(Struct, frozen=True):
    """The levels and fields of a team's backlog."""

    requirement: BacklogLevel
    portfolio: tuple[BacklogLevel, ...]
    fields: dict[str, str]
    bugs_behavior: str


class Iteration(Struct, frozen=True):
    """A sprint that a team has selected. `frame` is "past", "current" or "future"."""

    id: str
    name: str
    path: str
    start: datetime | None
    finish: datetime | None
    frame: str


class Area(Struct, frozen=True, rename={"includes_children": "below"}):
    """An area that a team owns. Stores contain areas as JSON."""

    path: str
    includes_children: bool


@functools.cache
def _package() -> SimpleNamespace:
    """Import the package, with a temporary folder for its cache.

    The import itself creates a cache folder, by default in the home folder, which may be read-only or shared.
    """
    folder = None if _CACHE_VARIABLE in os.environ else tempfile.mkdtemp(prefix="steward-azure-")
    if folder is not None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ[_CACHE_VARIABLE] = folder
    try:
        from azure.devops._models import ApiResourceLocation  # noqa: PLC0415 - see above
        from azure.devops.v7_1.core import CoreClient  # noqa: PLC0415
        from azure.devops.v7_1.work import WorkClient  # noqa: PLC0415
        from azure.devops.v7_1.work.models import TeamContext  # noqa: PLC0415
        from azure.devops.v7_1.work_item_tracking import WorkItemTrackingClient  # noqa: PLC0415
    finally:
        if folder is not None:
            del os.environ[_CACHE_VARIABLE]
    return SimpleNamespace(
        core=CoreClient,
        work=WorkClient,
        tracking=WorkItemTrackingClient,
        team_context=TeamContext,
        location=ApiResourceLocation,
    )


def _convert_format_errors(
    method: Callable[Concatenate["AzureLibrary", P], R],
) -> Callable[Concatenate["AzureLibrary", P], R]:
    """Decorate a method so that errors of the package become `ConnectorError`."""

    @functools.wraps(method)
    def wrapper(library: "AzureLibrary", /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(library, *args, **kwargs)
        except (ClientException, KeyError, ValueError, TypeError, AttributeError) as error:
            request_name = method.__name__.replace("_", " ")
            raise ConnectorError(
                f"{library.name}: the response to the request for {request_name} has an unexpected format: {error}."
            ) from error

    return wrapper


class _LenientDeserializer(Deserializer):
    """Leaves out values of an unexpected format. The package's own deserializer would reject the whole response."""

    def deserialize_data(self, data: Any, data_type: str) -> Any:
        try:
            return super().deserialize_data(data, data_type)  # type: ignore[no-untyped-call]
        except (ClientException, AttributeError, KeyError, TypeError, ValueError):
            return None


class AzureLibrary:
    """The official clients for one project and team, sending through an `HttpClient`."""

    def __init__(self, http: HttpClient, project: str, team: str, version: str) -> None:
        self._http = http
        self._version = version
        # Redirects lead to sign-in pages.
        self._adapter = HttpClientAdapter(http, follow_redirects=False)
        self._project = project
        self._team = team
        self._fields: tuple[FieldInfo, ...] = ()
        package = _package()
        self._work = self._client(package.work, lenient=True)
        self._tracking = self._client(package.tracking, lenient=True)
        self._core = self._client(package.core, lenient=True)
        # Not lenient: a sprint with unreadable dates must not look like a sprint without dates.
        self._sprints = self._client(package.work)

    @property
    def name(self) -> str:
        """The tracker's name, for messages."""
        return self._http.name

    @property
    @_convert_format_errors
    def team(self) -> str:
        """The configured team, or the project's default team."""
        if not self._team:
            team = self._core.get_project(self._project).default_team
            if team is None or not team.name:
                raise Misconfigured(
                    f"{self.name}: the project {self._project!r} has no default team.",
                    hint="Name one under `team` of this tracker.",
                )
            self._team = str(team.name)
        return self._team

    @_convert_format_errors
    def backlog_configuration(self) -> BacklogConfiguration:
        """The levels and fields of the team's backlog."""
        configuration = self._work.get_backlog_configurations(self._team_context())
        fields = dict(configuration.backlog_fields.type_fields or {})
        if not all(isinstance(name, str) for name in (fields.get("Order"), fields.get("Effort"))):
            raise ValueError("the fields of order and effort are missing")
        levels = [_map_level(level) for level in configuration.portfolio_backlogs or () if level is not None]
        return BacklogConfiguration(
            requirement=_map_level(configuration.requirement_backlog),
            portfolio=tuple(sorted(levels, key=lambda level: level.rank)),
            fields=fields,
            bugs_behavior=str(configuration.bugs_behavior or ""),
        )

    @_convert_format_errors
    def areas(self) -> tuple[Area, ...]:
        """The areas of the team; empty if the team is not defined by areas."""
        values = self._work.get_team_field_values(self._team_context())
        if values.field.reference_name != "System.AreaPath":
            return ()
        areas = tuple(Area(area.value, bool(area.include_children)) for area in values.values or ())
        if not all(isinstance(area.path, str) and area.path for area in areas):
            raise ValueError("an area without a path")
        return areas

    @_convert_format_errors
    def iterations(self) -> tuple[Iteration, ...]:
        """The sprints the team has selected."""
        today = datetime.now(UTC).date()
        return tuple(
            _map_iteration(raw, today) for raw in self._sprints.get_team_iterations(self._team_context()) or ()
        )

    @_convert_format_errors
    def fields(self) -> tuple[FieldInfo, ...]:
        """All readable fields of the organisation."""
        if not self._fields:
            self._fields = tuple(
                FieldInfo(str(entry["referenceName"]), str(entry["name"]), str(entry.get("type")))
                for entry in self._entries("/_apis/wit/fields")
                if entry.get("referenceName") and entry.get("name")
            )
            if not self._fields:
                raise ValueError("the organisation has no fields")
        return self._fields

    @_convert_format_errors
    def bug_type_names(self) -> tuple[str, ...]:
        """The names of the types that are bugs."""
        try:
            category = self._tracking.get_work_item_type_category(self._project, _BUG_CATEGORY)
        except Gone:
            return ()
        return _type_names(category.work_item_types)

    @_convert_format_errors
    def type_field_names(self, kind: str) -> frozenset[str]:
        """Reference names of the fields of a type."""
        entries = self._entries(f"{_type_path(self._project, kind)}/fields")
        names = frozenset(str(entry["referenceName"]) for entry in entries if entry.get("referenceName"))
        if not names:
            raise ValueError("the type has no fields")
        return names

    @_convert_format_errors
    def type_states(self, kind: str) -> dict[str, str]:
        """The category of each state of a type, by the name of the state."""
        entries = self._entries(f"{_type_path(self._project, kind)}/states")
        return {str(entry["name"]): str(entry.get("category")) for entry in entries if entry.get("name")}

    def _entries(self, path: str) -> list[dict[str, Any]]:
        """Read a long list without the package, whose decoding takes most of a connection's time."""
        response = self._http.request_json("GET", path, dict[str, Any], params={"api-version": self._version})
        return [entry for entry in response["value"] or () if isinstance(entry, dict)]

    def _team_context(self) -> Any:
        return _package().team_context(project=self._project, team=self.team)

    def _client(self, client_class: Any, *, lenient: bool = False) -> Any:
        # Without the package's `Connection`, which sends further requests through its own transport.
        client = client_class(self._http.base_url, Authentication())
        if lenient:
            models = client._deserialize.dependencies  # noqa: SLF001 - the package has no public way
            client._deserialize = _LenientDeserializer(models)  # type: ignore[no-untyped-call]  # noqa: SLF001
        client.config.session_configuration_callback = self._mount
        client.config.retry_policy.retries = 0
        client.config.proxies.use_env_settings = False
        # The package would request the locations itself, cache them for all servers with this address, and use
        # versions that the server supports only as previews.
        client._get_resource_location = lambda _url, resource_id: self._location(resource_id)  # noqa: SLF001 - no public way
        return client

    def _location(self, resource_id: str) -> Any:
        area, resource, template = _ROUTES[resource_id]
        number = self._version.removesuffix("-preview")
        return _package().location(
            id=resource_id,
            area=area,
            resource_name=resource,
            route_template=template,
            resource_version=_MAX_RESOURCE_VERSION,
            min_version=1.0,
            max_version=float(number),
            released_version=number if number == self._version else "0.0",
        )

    def _mount(self, session: Any, _global: Any, _local: Any, **kwargs: Any) -> dict[str, Any]:
        """Mount the adapter. Called before every request, in the thread of the request."""
        if session.adapters.get("https://") is not self._adapter:
            session.mount("https://", self._adapter)
            session.mount("http://", self._adapter)
        return kwargs


def _type_path(project: str, kind: str) -> str:
    return f"/{quote(project)}/_apis/wit/workitemtypes/{quote(kind, safe='')}"


def _map_level(level: Any) -> BacklogLevel:
    return BacklogLevel(str(level.id), str(level.name), int(level.rank or 0), _type_names(level.work_item_types))


def _type_names(types: Sequence[Any] | None) -> tuple[str, ...]:
    """The names of types. None may be missing, because the items of that type would seem to have left the scope."""
    names = tuple(kind.name for kind in types or () if kind is not None)
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError("a type without a name")
    return names


def _map_iteration(raw: Any, today: date) -> Iteration:
    attributes = raw.attributes
    start, finish = getattr(attributes, "start_date", None), getattr(attributes, "finish_date", None)
    frame = str(getattr(attributes, "time_frame", None) or "") or _time_frame(start, finish, today)
    return Iteration(str(raw.id), str(raw.name), str(raw.path), start, finish, frame)


def _time_frame(start: datetime | None, finish: datetime | None, today: date) -> str:
    """Whether a sprint is past, current or future; its last day belongs to it. Empty if it has no dates."""
    if finish is not None and finish.date() < today:
        return "past"
    if start is not None and start.date() > today:
        return "future"
    return "current" if start is not None and finish is not None else ""
