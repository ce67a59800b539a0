"""Reads the settings of a team with Microsoft's `azure-devops` package: its backlog, types, fields, areas and sprints.

Only this module imports the package, which is used only while connecting. Some long lists are read without it.
`connectors.azure_devops.client` sends all other requests; `docs/adr/0009` explains why.
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
from msrest.universal_http.requests import ClientRetryPolicy

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
"""The area (of the API), name and route of each resource that is requested, by its id in the package."""
_MAX_RESOURCE_VERSION = 99
"""More than any existing version of a resource has, so that the package does not lower the version that it requests."""

P = ParamSpec("P")
R = TypeVar("R")


class FieldInfo(Struct, frozen=True):
    """A field of the organisation.

    Attributes:
        reference: The reference name, such as System.Title, which is never translated.
        name: The name that people see.
        value_type: The type of its values, such as "double", "integer", "string", "html" or "plainText".
    """

    reference: str
    name: str
    value_type: str


class BacklogConfiguration(Struct, frozen=True):
    """The levels and fields of a team's backlog.

    Attributes:
        requirement_types: The names of the item types on the level of stories.
        portfolio_types: Those on each level above it, such as that of epics; the lowest level first.
        fields: Reference names of fields, by their purpose: "Order" for the rank, "Effort" for the size.
        bugs_behavior: The level on which the team manages bugs: "asRequirements", "asTasks" or "off".
    """

    requirement_types: tuple[str, ...]
    portfolio_types: tuple[tuple[str, ...], ...]
    fields: dict[str, str]
    bugs_behavior: str


class Iteration(Struct, frozen=True, rename={"time_frame": "frame"}):
    """A sprint that a team has selected. A hash of its JSON is stored, with the key `frame` for `time_frame`.

    Attributes:
        path: Its iteration path; empty if the sprint could not be read.
        time_frame: "past", "current" or "future"; empty if it is unknown.
    """

    id: str
    name: str
    path: str
    start: datetime | None
    finish: datetime | None
    time_frame: str


class Area(Struct, frozen=True, rename={"includes_children": "below"}):
    """An area that a team owns. It is stored as JSON, with the key `below` for `includes_children`."""

    path: str
    includes_children: bool


@functools.cache
def import_package() -> SimpleNamespace:
    """Import the package, and return the classes of it that are used. The first call must end before any other begins.

    While it is imported, the package creates a folder for its cache, by default in the home folder, which may be
    read-only or shared. So it is made to use a temporary folder, which is deleted when the process ends.
    """
    folder = None if _CACHE_VARIABLE in os.environ else tempfile.mkdtemp(prefix="steward-azure-")
    if folder is not None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ[_CACHE_VARIABLE] = folder
    try:
        from azure.devops._models import ApiResourceLocation  # noqa: PLC0415 - after the cache folder is set
        from azure.devops.v7_1.core import CoreClient  # noqa: PLC0415
        from azure.devops.v7_1.work import WorkClient  # noqa: PLC0415
        from azure.devops.v7_1.work.models import TeamContext  # noqa: PLC0415
        from azure.devops.v7_1.work_item_tracking import WorkItemTrackingClient  # noqa: PLC0415
    finally:
        if folder is not None:
            del os.environ[_CACHE_VARIABLE]
    # Each client of the package looks up the status codes up to 998 in this list of 500. In a set, that is 3 ms faster.
    ClientRetryPolicy.safe_codes = frozenset(ClientRetryPolicy.safe_codes)  # type: ignore[assignment]
    return SimpleNamespace(
        core=CoreClient,
        work=WorkClient,
        tracking=WorkItemTrackingClient,
        team_context=TeamContext,
        location=ApiResourceLocation,
    )


def _report_unexpected_format(
    method: Callable[Concatenate["AzureLibrary", P], R],
) -> Callable[Concatenate["AzureLibrary", P], R]:
    """Decorate a method so that it raises `ConnectorError` if a response does not have the expected format."""

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
    """Replaces values of an unexpected format with None.

    The package's own deserializer would reject the whole response.
    """

    def deserialize_data(self, data: Any, data_type: str) -> Any:
        try:
            return super().deserialize_data(data, data_type)  # type: ignore[no-untyped-call]
        except (ClientException, AttributeError, KeyError, TypeError, ValueError):
            return None


class AzureLibrary:
    """The package's clients for one project and team. They send their requests through an `HttpClient`."""

    def __init__(self, http: HttpClient, project: str, team: str, version: str) -> None:
        self._http = http
        self._version = version
        # The only redirects are to the sign-in page.
        self._adapter = HttpClientAdapter(http, follow_redirects=False)
        self._project = project
        self._team = team
        self._fields: tuple[FieldInfo, ...] = ()
        package = import_package()
        self._work = self._make_client(package.work, lenient=True)
        self._tracking = self._make_client(package.tracking, lenient=True)
        self._core = self._make_client(package.core, lenient=True)
        # Not lenient: a sprint with unreadable dates must not look like a sprint without dates.
        self._sprints = self._make_client(package.work)

    @property
    def name(self) -> str:
        """The tracker's name, for messages."""
        return self._http.name

    @property
    @_report_unexpected_format
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

    @_report_unexpected_format
    def backlog_configuration(self) -> BacklogConfiguration:
        """The levels and fields of the team's backlog."""
        configuration = self._work.get_backlog_configurations(self._team_context())
        fields = dict(configuration.backlog_fields.type_fields or {})
        if not all(isinstance(name, str) for name in (fields.get("Order"), fields.get("Effort"))):
            raise ValueError("the fields of order and effort are missing")
        levels = [level for level in configuration.portfolio_backlogs or () if level is not None]
        levels.sort(key=lambda level: int(level.rank or 0))
        return BacklogConfiguration(
            requirement_types=_type_names(configuration.requirement_backlog.work_item_types),
            portfolio_types=tuple(_type_names(level.work_item_types) for level in levels),
            fields=fields,
            bugs_behavior=str(configuration.bugs_behavior or ""),
        )

    @_report_unexpected_format
    def areas(self) -> tuple[Area, ...]:
        """The areas of the team; empty if the team is not defined by areas."""
        values = self._work.get_team_field_values(self._team_context())
        if values.field.reference_name != "System.AreaPath":
            return ()
        areas = tuple(Area(area.value, bool(area.include_children)) for area in values.values or ())
        if not all(isinstance(area.path, str) and area.path for area in areas):
            raise ValueError("an area without a path")
        return areas

    @_report_unexpected_format
    def iterations(self) -> tuple[Iteration, ...]:
        """The sprints that the team has selected."""
        today = datetime.now(UTC).date()
        entries = self._sprints.get_team_iterations(self._team_context())
        if entries is None:
            raise ValueError("there is no list")
        return tuple(_map_iteration(raw, today) for raw in entries)

    @_report_unexpected_format
    def fields(self) -> tuple[FieldInfo, ...]:
        """The fields of the organisation. An entry without a reference name or a name is left out."""
        if not self._fields:
            self._fields = tuple(
                FieldInfo(str(entry["referenceName"]), str(entry["name"]), str(entry.get("type")))
                for entry in self._read_list("/_apis/wit/fields")
                if entry.get("referenceName") and entry.get("name")
            )
            if not self._fields:
                raise ValueError("the organisation has no fields")
        return self._fields

    @_report_unexpected_format
    def bug_type_names(self) -> tuple[str, ...]:
        """The names of the types that are bugs."""
        try:
            category = self._tracking.get_work_item_type_category(self._project, _BUG_CATEGORY)
        except Gone:
            return ()
        return _type_names(category.work_item_types)

    @_report_unexpected_format
    def type_field_names(self, type_name: str) -> frozenset[str]:
        """The reference names of the fields of a type."""
        entries = self._read_list(f"{_type_path(self._project, type_name)}/fields")
        names = frozenset(str(entry["referenceName"]) for entry in entries if entry.get("referenceName"))
        if not names:
            raise ValueError("the type has no fields")
        return names

    @_report_unexpected_format
    def type_states(self, type_name: str) -> dict[str, str]:
        """The category of each state of a type, by the name of the state."""
        entries = self._read_list(f"{_type_path(self._project, type_name)}/states")
        return {str(entry["name"]): str(entry.get("category")) for entry in entries if entry.get("name")}

    def _read_list(self, path: str) -> list[dict[str, Any]]:
        """Read a list of JSON objects directly, because the package decodes long lists slowly."""
        response = self._http.request_json("GET", path, dict[str, Any], params={"api-version": self._version})
        return [entry for entry in response["value"] or () if isinstance(entry, dict)]

    def _team_context(self) -> Any:
        return import_package().team_context(project=self._project, team=self.team)

    def _make_client(self, client_class: Any, *, lenient: bool = False) -> Any:
        """Create a client of the package, without the package's `Connection`, which would not use the `HttpClient`.

        Args:
            lenient: Whether to replace values of an unexpected format with None instead of rejecting the response.
        """
        client = client_class(self._http.base_url, Authentication())
        if lenient:
            models = client._deserialize.dependencies  # noqa: SLF001 - the package has no public way
            client._deserialize = _LenientDeserializer(models)  # type: ignore[no-untyped-call]  # noqa: SLF001
        client.config.session_configuration_callback = self._mount
        client.config.retry_policy.retries = 0
        client.config.proxies.use_env_settings = False
        # The package would request the locations of resources itself, cache them for all servers with this address, and
        # use versions that the server supports only as previews.
        client._get_resource_location = lambda _url, resource_id: self._location(resource_id)  # noqa: SLF001 - no public way
        return client

    def _location(self, resource_id: str) -> Any:
        """Describe the route and the API version that the package has to use for a resource."""
        area, resource, template = _ROUTES[resource_id]
        number = self._version.removesuffix("-preview")
        return import_package().location(
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
        """Let a session of the package send its requests through the adapter.

        The package calls this before every request.
        """
        if session.adapters.get("https://") is not self._adapter:
            session.mount("https://", self._adapter)
            session.mount("http://", self._adapter)
        return kwargs


def _type_path(project: str, type_name: str) -> str:
    return f"/{quote(project)}/_apis/wit/workitemtypes/{quote(type_name, safe='')}"


def _type_names(types: Sequence[Any] | None) -> tuple[str, ...]:
    """The names of types.

    Raises:
        ValueError: A type has no name. Without it, the items of the type would be missing from the scope.
    """
    names = tuple(item_type.name for item_type in types or () if item_type is not None)
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError("a type without a name")
    return names


def _map_iteration(raw: Any, today: date) -> Iteration:
    if not (raw and raw.id and isinstance(raw.path, str)):
        return Iteration("", "", "", None, None, "")
    attributes = raw.attributes
    start, finish = getattr(attributes, "start_date", None), getattr(attributes, "finish_date", None)
    time_frame = str(getattr(attributes, "time_frame", None) or "") or _time_frame(start, finish, today)
    return Iteration(str(raw.id), str(raw.name), raw.path, start, finish, time_frame)


def _time_frame(start: datetime | None, finish: datetime | None, today: date) -> str:
    """The time frame of a sprint, as in `Iteration`. The day of `finish` is part of the sprint."""
    if finish is not None and finish.date() < today:
        return "past"
    if start is not None and start.date() > today:
        return "future"
    return "current" if start is not None and finish is not None else ""
