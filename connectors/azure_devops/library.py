"""What the `azure-devops` package is asked: a team's process, areas and sprints, read once a connection.

The package is imported here and nowhere else, and leaves through the door like everything we send. It keeps a cache of
routes in a folder, by default in the home folder, and cannot be imported where it cannot make one: it is given its own.
"""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import requests
from msgspec import Struct

if "AZURE_DEVOPS_CACHE_DIR" not in os.environ:
    os.environ["AZURE_DEVOPS_CACHE_DIR"] = _folder = tempfile.mkdtemp(prefix="steward-azure-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)

from azure.devops.v7_1.core import CoreClient
from azure.devops.v7_1.work import WorkClient
from azure.devops.v7_1.work.models import TeamContext
from azure.devops.v7_1.work_item_tracking import WorkItemTrackingClient
from msrest.authentication import Authentication
from msrest.exceptions import ClientException

from connectors.errors import ConnectorError, Gone, Misconfigured
from connectors.http import HttpClient
from connectors.requests_adapter import HttpClientAdapter

_BUGS = "Microsoft.BugCategory"

C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R")


class FieldInfo(Struct, frozen=True):
    """A field of the organisation. `kind` is "double", "integer", "string", "html", "plainText", …"""

    reference: str
    name: str
    kind: str


class BacklogLevel(Struct, frozen=True):
    """A level of the backlog with the types that stand on it; the higher a portfolio level, the larger its rank."""

    id: str
    name: str
    rank: int
    types: tuple[str, ...]


class BacklogShape(Struct, frozen=True):
    """How a team's backlog is built."""

    requirement: BacklogLevel
    portfolio: tuple[BacklogLevel, ...]
    fields: dict[str, str]
    bugs: str


class Iteration(Struct, frozen=True):
    """A sprint that a team has select_ids. `frame` is the server's word for when it is: past, current or future."""

    id: str
    name: str
    path: str
    start: datetime | None
    finish: datetime | None
    frame: str


class Area(Struct, frozen=True):
    """An area a team owns."""

    path: str
    below: bool


def _understood(
    ask: Callable[Concatenate["AzureLibrary", P], R],
) -> Callable[Concatenate["AzureLibrary", P], R]:
    """The package's own errors, and what comes of an answer in an unexpected shape, as errors of ours."""

    @functools.wraps(ask)
    def asked(library: "AzureLibrary", /, *args: P.args, **how: P.kwargs) -> R:
        try:
            return ask(library, *args, **how)
        except (ClientException, ValueError, TypeError, AttributeError) as error:
            called = ask.__name__.replace("_", " ")
            raise ConnectorError(
                f"{library.name}: the question for {called} was answered in an unexpected shape: {error}."
            ) from error

    return asked


class AzureLibrary:
    """The official clients, mounted on a door and pointed at one project and team."""

    def __init__(self, http: HttpClient, project: str, team: str) -> None:
        self._http = http
        self._adapter = _StraightAdapter(http)
        self._project = project
        self._team = team
        self._fields: tuple[FieldInfo, ...] = ()
        self._work: Any = self._client(WorkClient)
        self._tracking: Any = self._client(WorkItemTrackingClient)
        self._core: Any = self._client(CoreClient)

    @property
    def name(self) -> str:
        """What messages call the tracker."""
        return self._http.name

    @property
    @_understood
    def team(self) -> str:
        """The team in use; the project's default team where none was named."""
        if not self._team:
            self._team = str(self._core.get_project(self._project).default_team.name)
        return self._team

    @_understood
    def shape(self) -> BacklogShape:
        """How the team's backlog is built."""
        found = self._work.get_backlog_configurations(self._here())
        portfolio = sorted((_level(level) for level in found.portfolio_backlogs or ()), key=lambda level: level.rank)
        return BacklogShape(
            requirement=_level(found.requirement_backlog),
            portfolio=tuple(portfolio),
            fields=dict(found.backlog_fields.type_fields or {}),
            bugs=str(found.bugs_behavior or ""),
        )

    @_understood
    def areas(self) -> tuple[Area, ...]:
        """The areas the team owns; empty where the team is told apart by another field than the area."""
        found = self._work.get_team_field_values(self._here())
        if found.field.reference_name != "System.AreaPath":
            return ()
        return tuple(Area(str(one.value), bool(one.include_children)) for one in found.values or ())

    @_understood
    def iterations(self) -> tuple[Iteration, ...]:
        """The sprints the team has select_ids."""
        return tuple(_iteration(one) for one in self._work.get_team_iterations(self._here()) or ())

    @_understood
    def fields(self) -> tuple[FieldInfo, ...]:
        """Every field of the organisation."""
        if not self._fields:
            found = self._tracking.get_work_item_fields()
            self._fields = tuple(
                FieldInfo(one.reference_name, one.name, str(one.type))
                for one in found
                if one.reference_name and one.name
            )
        return self._fields

    @_understood
    def bugs(self) -> tuple[str, ...]:
        """Names of the types that are bugs, whatever the project calls them."""
        try:
            found = self._tracking.get_work_item_type_category(self._project, _BUGS)
        except Gone:
            return ()
        return tuple(str(one.name) for one in found.work_item_types or ())

    @_understood
    def fields_of(self, kind: str) -> frozenset[str]:
        """Reference names of the fields that a type has."""
        found = self._tracking.get_work_item_type_fields_with_references(self._project, kind)
        return frozenset(str(one.reference_name) for one in found)

    @_understood
    def states_of(self, kind: str) -> dict[str, str]:
        """Category of every state of a type, by the state's name."""
        found = self._tracking.get_work_item_type_states(self._project, kind)
        return {str(one.name): str(one.category) for one in found}

    def _here(self) -> TeamContext:
        return TeamContext(project=self._project, team=self.team)

    def _client(self, kind: type[C]) -> C:
        # Built directly: the package's own `Connection` asks for more and would go its own way out.
        client: Any = kind(self._http.base_url, Authentication())  # type: ignore[call-arg]
        client.config.session_configuration_callback = self._mount
        client.config.retry_policy.retries = 0
        client.config.redirect_policy.allow = False
        client.config.proxies.use_env_settings = False
        mounted: C = client
        return mounted

    def _mount(self, session: Any, _global: Any, _local: Any, **how: Any) -> dict[str, Any]:
        """Called before every request, in whatever thread it is made."""
        if session.adapters.get("https://") is not self._adapter:
            session.mount("https://", self._adapter)
            session.mount("http://", self._adapter)
        return how


class _StraightAdapter(HttpClientAdapter):
    """Follows nobody elsewhere: whoever is not signed in is sent to a page for people."""

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        """Sends through the door."""
        answer = super().send(request, *args, **how)
        if 300 <= answer.status_code < 400:
            host = urlsplit(answer.headers.get("location", "")).netloc or "another page"
            raise Misconfigured(
                f"{self._http.name}: {request.method} {request.path_url} was redirected to {host}.",
                hint="Check the address and the credentials; sign-in pages redirect like this.",
                status=answer.status_code,
            )
        return answer


def _level(level: Any) -> BacklogLevel:
    types: Sequence[Any] = level.work_item_types or ()
    return BacklogLevel(str(level.id), str(level.name), int(level.rank or 0), tuple(str(one.name) for one in types))


def _iteration(one: Any) -> Iteration:
    attributes = one.attributes
    return Iteration(
        str(one.id),
        str(one.name),
        str(one.path),
        getattr(attributes, "start_date", None),
        getattr(attributes, "finish_date", None),
        str(getattr(attributes, "time_frame", None) or ""),
    )
