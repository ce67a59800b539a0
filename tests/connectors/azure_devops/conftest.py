"""A sandbox Azure DevOps to connect to, answers that can be tampered with, and the official descriptions over requests."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
from referencing.jsonschema import DRAFT4

from connectors.azure_devops.source import AzureSource
from steward_sandbox import Faults, StoppedClock, parse_backlog, serving
from steward_sandbox.azure_devops import Actor, AzureDevOps, Collection, Options, World, build_world
from support.no_back_off import no_back_off
from support.opening import open_plugin
from support.switch import Asked, RecordingSwitch, Tamper

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)

BACKLOG = """\
{"sprints": [{"name": "Sprint 1", "start": "2024-04-01", "end": "2024-04-14"}, \
{"name": "Sprint 2", "start": "2024-04-29", "end": "2024-05-12"}, {"name": "Sprint 3"}]}
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer\\n\\n* one\\n* two", "points": 8, \
"status": "In Progress", "sprint": ["Sprint 1", "Sprint 2"], "labels": ["checkout", "Tax"], "priority": "High", \
"created": "2024-03-01T09:00:00Z", "updated": "2024-05-02T09:00:00Z", "parent": "PAY-5", "assignee": "Ana Silva", \
"reporter": "Kim Berg", "business_value": 8, "acceptance_criteria": "- [ ] it works\\n- [x] it is paid", \
"area": "Checkout\\\\Web", "links": [{"kind": "blocks", "target": "PAY-3"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}, {"at": "2024-04-20T09:00:00Z", "field": "points", "from": 5, "to": 8, "by": "Kim Berg"}], \
"comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", \
"updated": "2024-05-01T23:30:00Z", "rank": null}
{"key": "PAY-3", "title": "Refund is booked twice", "type": "Bug", "points": 2, "sprint": "Sprint 3", \
"description": "Refund it twice.", "created": "2024-03-03T09:00:00Z", "labels": ["checkout"]}
{"key": "PAY-4", "title": "Export invoices", "status": "Done", "points": 3, "created": "2024-02-01T09:00:00Z", \
"resolved": "2024-04-10T09:00:00Z", "sprint": "Sprint 1", "assignee": "Ana Silva"}
{"key": "PAY-5", "title": "Instalments", "type": "Feature", "points": 40, "time_criticality": 5, \
"created": "2024-01-01T09:00:00Z"}
{"key": "PAY-6", "title": "Write the terms", "type": "Task", "parent": "PAY-1", "created": "2024-03-04T09:00:00Z"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z"}
"""


class Official:
    """The official descriptions of Services, over what we send."""

    FILES = ("wit/7.1/workItemTracking.json", "work/7.1/work.json", "core/7.1/core.json")
    # In no description of these three areas: who we are, and which routes there are.
    UNDESCRIBED = frozenset({"", "connectiondata"})

    def __init__(self, reference_data: Path) -> None:
        files = [reference_data / "specs" / "azure-devops" / name for name in self.FILES]
        self.existing_items = all(file.exists() for file in files)
        self.operations: list[tuple[str, re.Pattern[str], set[str], Any, int]] = []
        if not self.existing_items:
            return
        self.specs = [json.loads(file.read_text("utf-8-sig")) for file in files]
        self.registry = referencing.Registry().with_resources(
            (f"urn:spec-{n}", referencing.Resource(spec, DRAFT4)) for n, spec in enumerate(self.specs)
        )
        for number, spec in enumerate(self.specs):
            for path, methods in {**spec["paths"], **spec.get("x-ms-paths", {})}.items():
                after, _, query = path.partition("/_apis/")[2].partition("?")
                pattern = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/$]+", re.escape(after.rstrip("/"))), re.IGNORECASE)
                wanted = {part.split("=")[0].casefold() for part in query.split("&") if part}
                shared = methods.get("parameters", [])
                for method, operation in methods.items():
                    if method != "parameters":
                        known = [*shared, *operation.get("parameters", [])]
                        self.operations.append((method, pattern, wanted, known, number))
        self.operations.sort(key=lambda one: (one[1].pattern.count("[^"), -len(one[2])))

    def check(self, asked: Asked) -> None:
        """Fails when a request is not as its operation is described."""
        after = asked.path.partition("/_apis")[2].strip("/")
        if not self.existing_items or after.casefold() in self.UNDESCRIBED:
            return
        where = f"{asked.method} {after}"
        given = {name.casefold() for name in asked.query}
        found = [
            (known, number, wanted)
            for method, pattern, wanted, known, number in self.operations
            if method == asked.method.lower() and pattern.fullmatch(after) and wanted <= given
        ]
        assert found, f"{where} is no operation"
        number = found[0][1]
        known = [self._whole(one, number) for one in found[0][0]]
        names = {"api-version"}.union(
            *({self._whole(one, n)["name"].casefold() for one in ones} | wanted for ones, n, wanted in found)
        )
        assert given <= names, f"{where} has no parameter {given - names}"
        accepted = asked.headers.get("accept", "")
        assert "api-version" in given or "api-version=" in accepted, f"{where} without a version"
        body = next((one for one in known if one["in"] == "body"), None)
        assert bool(asked.body) == (body is not None), f"{where} with a body of {len(asked.body)} bytes"
        if body is not None and "JsonPatchDocument" in json.dumps(body["schema"]):
            # A patch is called an object, and is a list.
            assert asked.headers["content-type"] == "application/json-patch+json"
            body = {"schema": {"type": "array", "items": {"$ref": "#/definitions/JsonPatchOperation"}}}
        if body is not None:
            schema = json.loads(json.dumps(body["schema"]).replace('"#/', f'"urn:spec-{number}#/'))
            errors = jsonschema.Draft4Validator(schema, registry=self.registry).iter_errors(asked.json)
            # The value of an operation of a patch is called an object and may be anything.
            error = next((one for one in errors if not re.search(r"\.(value|op|errorPolicy)$", one.json_path)), None)
            assert error is None, f"{where}: {error.json_path}: {error.message}"

    def _whole(self, parameter: Any, number: int) -> Any:
        if "$ref" not in parameter:
            return parameter
        return self.specs[number]["parameters"][parameter["$ref"].rpartition("/")[2]]


@dataclass
class Here:
    """A sandbox that is being served, and ways to look after it."""

    switch: RecordingSwitch
    host: str
    app: AzureDevOps
    clock: StoppedClock
    trackers: list[AzureSource] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def url(self) -> str:
        return f"{self.host}{self.app.base_path}"

    def tracker(self, **changes: Any) -> AzureSource:
        """A tracker on this organisation, not connected yet; `changes` are those of its settings and context."""
        given: dict[str, Any] = {
            "name": "platform",
            "url": self.url,
            "project": "PAY",
            "token": "good-token",
            "rate": 5000,
            "installation": "inst-1",
        }
        self.trackers.append(open_plugin("azure-devops", **(given | changes)))
        return self.trackers[-1]

    def connected(self, **changes: Any) -> AzureSource:
        made = self.tracker(**changes)
        made.connect()
        self.switch.asked.clear()
        return made

    def tamper(self, call: str, how: Tamper, *, status: int = 0, **headers: str) -> None:
        """Changes every answer to calls that match, from now on; `call` is a pattern over verb and path."""
        self.switch.tamper(call, how, status=status, **headers)

    def asked(self, call: str) -> list[Asked]:
        """The requests so far that match."""
        return self.switch.matching(call)

    def id(self, key: str) -> str:
        return str(self.world.item(key).id)

    def ids(self, *keys: str) -> list[str]:
        return [self.id(key) for key in keys]

    def keys(self, ids) -> list[str]:
        return [self.world.items[int(ident)].key for ident in ids]

    def read(self, tracker: AzureSource, *keys: str) -> dict[str, Any]:
        """Fetched items by key."""
        batches = list(tracker.fetch(self.ids(*keys)))
        assert not [problem for batch in batches for problem in batch.problems]
        found = {self.world.items[int(one.item.id)].key: one for batch in batches for one in batch.items}
        return {key: found[key] for key in keys}

    def add_team(self, name: str, area: str) -> None:
        """A further team of the project, with one area."""
        collection = self.world.collection
        collection.add_team(collection.project("PAY"), name, [area])

    def actor(self, name: str = "Ana Silva", **how: Any) -> Actor:
        return Actor(self.world, name, **how)


@pytest.fixture(scope="session")
def official(reference_data) -> Official:
    return Official(reference_data)


@pytest.fixture(scope="session")
def _switch() -> Iterator[tuple[RecordingSwitch, str]]:
    switch = RecordingSwitch()
    with serving(switch) as host:
        yield switch, host


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Iterator[None]:
    with no_back_off():
        yield


@pytest.fixture
def serve(_switch, official) -> Iterator[Callable[..., Here]]:
    """Serves a sandbox; arguments are a backlog's text, faults, the collection's and the options.

    Every request that our client sends is held against the official descriptions in the end.
    """
    switch, host = _switch
    made: list[Here] = []
    names = set(Options.__dataclass_fields__)

    def start(backlog: str = BACKLOG, *, faults: Faults | None = None, now: datetime = NOW, **how) -> Here:
        clock = StoppedClock(now)
        # The official package remembers the routes of an address for as long as the process lives.
        how.setdefault("name", f"of{how['server']}" if how.get("server") else "fabrikam")
        options = Options(**{name: how.pop(name) for name in list(how) if name in names})
        world = build_world(parse_backlog(backlog), collection=Collection(**how), clock=clock)
        switch.app = AzureDevOps(world, options=options, faults=faults)
        switch.clear()
        made.append(Here(switch, host, switch.app, clock))
        return made[-1]

    yield start
    for here in made:
        for tracker in here.trackers:
            tracker.close()
    for asked in switch.asked:
        official.check(asked)


@pytest.fixture
def here(serve) -> Here:
    return serve()
