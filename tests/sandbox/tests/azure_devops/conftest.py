"""A sandbox Azure DevOps for every test, one server for all of them, and the official schemas over every answer."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import httpx
import jsonschema
import pytest
import referencing
from referencing.jsonschema import DRAFT4

from steward_sandbox import Faults, StoppedClock, parse_backlog
from steward_sandbox.azure_devops import Actor, AzureDevOps, Collection, Options, World, build_world

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
AUTH = ("", "token")

BACKLOG = """\
{"sprints": [{"name": "Sprint 1", "start": "2024-04-01", "end": "2024-04-14"}, \
{"name": "Sprint 2", "start": "2024-04-29", "end": "2024-05-12"}, {"name": "Sprint 3"}]}
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer\\n\\n* one\\n* two", "points": 8, \
"status": "In Progress", "sprint": ["Sprint 1", "Sprint 2"], "labels": ["checkout", "Tax"], "priority": "High", \
"created": "2024-03-01T09:00:00Z", "updated": "2024-05-02T09:00:00Z", "parent": "PAY-5", "assignee": "Ana Silva", \
"reporter": "Kim Berg", "business_value": 8, "acceptance_criteria": "- [ ] it works\\n- [x] it is paid", \
"area": "Checkout\\\\Web", "links": [{"kind": "blocks", "target": "PAY-3"}, {"kind": "relates to", "target": "OPS-1"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}, {"at": "2024-04-20T09:00:00Z", "field": "points", "from": 5, "to": 8, "by": "Kim Berg"}], \
"comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", "flagged": true, \
"updated": "2024-05-01T23:30:00Z", "rank": null}
{"key": "PAY-3", "title": "Refund is booked twice", "type": "Bug", "points": 2, "sprint": "Sprint 3", \
"description": "Refund it twice.", "created": "2024-03-03T09:00:00Z", "labels": ["checkout"]}
{"key": "PAY-4", "title": "Export invoices", "status": "Done", "resolution": "Fixed", "points": 3, \
"created": "2024-02-01T09:00:00Z", "resolved": "2024-04-10T09:00:00Z", "sprint": "Sprint 1", "assignee": "Ana Silva"}
{"key": "PAY-5", "title": "Instalments", "type": "Feature", "points": 40, "time_criticality": 5, \
"created": "2024-01-01T09:00:00Z"}
{"key": "PAY-6", "title": "Write the terms", "type": "Task", "parent": "PAY-1", "created": "2024-03-04T09:00:00Z"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z"}
"""

# Where the descriptions are known to be wrong about null, as the ends of paths, with the reason.
NULL = {
    r"\.(rel|source)": "null in the example of backlog items and of queries",
    r"\.attributes\.(startDate|finishDate)": "null in recorded answers",
    r"\.(defaultIteration|defaultIterationMacro)": "null in recorded answers",
    r"\.defaultValue": "null in examples and in recorded answers",
    r"\.value\[\d+\]": "entries are null with errorPolicy=omit",
    r"\.referenceName": "null for processes that were never exported",
    r"\.actions": "null in the example of a type",
}
# Where they are wrong about the type of a value.
OTHERWISE = {
    r"^\$(\.value\[\d+\])?\.id$": "the recycle bin's ids are texts in the examples, numbers in its schema",
}


class Official:
    """The official descriptions, and which of their operations were seen so far."""

    FILES: ClassVar = {
        None: ["wit/7.1/workItemTracking.json", "work/7.1/work.json", "core/7.1/core.json"],
        "2022": ["wit/azure-devops-server-7.0/workItemTracking-onprem.json", "work/azure-devops-server-7.0/work-onprem.json"],
    }  # fmt: skip

    def __init__(self, reference_data):
        root = reference_data / "specs" / "azure-devops"
        self.seen = set()
        self.present = all((root / name).exists() for names in self.FILES.values() for name in names)
        if not self.present:
            return
        self.sets = {year: [_Description(root / name) for name in names] for year, names in self.FILES.items()}

    def check(self, response, server):
        """Fails when an answer is not as its operation promises; answers without a promise pass."""
        raw = response.request.url.raw_path.decode().partition("?")[0]
        if "/_apis/" not in raw or not response.content or response.status_code >= 300:
            return
        sort = "2022" if server == "2022" else None
        for description in self.sets[sort]:
            found = description.operation(response.request)
            if found is not None:
                self.seen.add(found.split(" ", 1)[1] if sort is None else found)
                description.check(found, response)
                return


class _Description:
    def __init__(self, file):
        self.spec = _loosened(json.loads(file.read_text("utf-8-sig")))
        paths = {**self.spec["paths"], **self.spec.get("x-ms-paths", {})}
        self.operations = []
        for path, methods in paths.items():
            after, _, query = path.partition("/_apis/")[2].partition("?")
            wanted = {part.split("=")[0].casefold() for part in query.split("&") if part}
            pattern = re.sub(r"\\\$\\\{[^}]+\\\}", r"(?:\\$|%24)[^/]+", re.escape(after.rstrip("/")))
            pattern = re.sub(r"\\\{[^}]+\\\}", r"(?!%24)[^/$][^/]*", pattern)
            if "classificationnodes" in after and "{path}" in after:
                pattern = "wit/classificationnodes/[^/]+(/.+)?"
            for method, operation in methods.items():
                if method != "parameters":
                    regex = re.compile(pattern + "/?", re.IGNORECASE)
                    self.operations.append((method, regex, wanted, path, operation))
        # The most literal path first, then the one with the most of its query.
        self.operations.sort(key=lambda o: (o[3].count("{"), -len(o[2])))
        resource = referencing.Resource(self.spec, DRAFT4)
        self.registry = referencing.Registry().with_resource("urn:spec", resource)
        self.validators = {}

    def operation(self, request):
        after = request.url.raw_path.decode().partition("/_apis/")[2].partition("?")[0]
        keys = {key.casefold() for key in request.url.params}
        hits = [
            (method, path, len(wanted))
            for method, regex, wanted, path, _ in self.operations
            if method == request.method.lower() and regex.fullmatch(after) and wanted <= keys
        ]
        if not hits:
            return None
        method, path, _ = max(hits, key=lambda hit: (-hit[1].partition("?")[0].count("{"), hit[2]))
        return f"{method} {path}"

    def check(self, found, response):
        method, path = found.split(" ", 1)
        place = "paths" if path in self.spec["paths"] else "x-ms-paths"
        promised = self.spec[place][path][method]["responses"]
        key = str(response.status_code) if str(response.status_code) in promised else next(iter(promised))
        schema = promised[key].get("schema")
        if schema is None:
            return
        answer = response.json()
        if schema.get("type") == "array" and isinstance(answer, dict):
            # Lists are described as bare arrays, and answered as {count, value}.
            assert set(answer) == {"count", "value"}, (found, set(answer))
            assert answer["count"] == len(answer["value"])
            schema = {"type": "object", "properties": {"value": schema}}
        ref = json.dumps(schema)
        if ref not in self.validators:
            self.validators[ref] = jsonschema.Draft4Validator(_absolute(schema), registry=self.registry)
        wrong = [e for e in self.validators[ref].iter_errors(answer) if not _known(e, found)]
        error = jsonschema.exceptions.best_match(wrong)
        assert error is None, f"{found}: {error.json_path}: {error.message}"
        # The formats of long texts are described since 7.2 only.
        unknown = [p for p in self.undescribed(schema, answer, "$") if not p.endswith(".multilineFieldsFormat")]
        assert not unknown, f"{found}: not described: {unknown[:5]}"

    def undescribed(self, schema, value, path):
        """Paths of members that the description does not name."""
        schema = self.whole(schema)
        if isinstance(value, list):
            for number, entry in enumerate(value):
                yield from self.undescribed(schema.get("items", {}), entry, f"{path}[{number}]")
        elif isinstance(value, dict) and schema.get("properties"):
            known = {name.casefold(): part for name, part in schema["properties"].items()}
            for name, entry in value.items():
                if name == "_links":
                    continue
                if name.casefold() in known:
                    yield from self.undescribed(known[name.casefold()], entry, f"{path}.{name}")
                elif name not in ("count", "url") and not schema.get("additionalProperties"):
                    yield f"{path}.{name}"

    def whole(self, schema):
        """A schema with everything it refers to and builds upon."""
        if "$ref" in schema:
            return self.whole(self.spec["definitions"][schema["$ref"].rpartition("/")[2].replace("~1", "/")])
        if "allOf" not in schema:
            return schema
        properties = dict(schema.get("properties", {}))
        for part in schema["allOf"]:
            properties = {**self.whole(part).get("properties", {}), **properties}
        return {**{key: value for key, value in schema.items() if key != "allOf"}, "properties": properties}


def _known(error, found):
    if error.instance is None and any(re.search(pattern + "$", error.json_path) for pattern in NULL):
        return True
    about_bin = "recyclebin" in found or found.startswith("delete ")
    return about_bin and any(re.search(pattern, error.json_path) for pattern in OTHERWISE)


def _absolute(node):
    if isinstance(node, dict):
        return {k: f"urn:spec{v}" if k == "$ref" else _absolute(v) for k, v in node.items()}
    return [_absolute(entry) for entry in node] if isinstance(node, list) else node


def _loosened(node):
    """An object without properties stands for any value, and values of a feed for texts of type T."""
    if isinstance(node, dict):
        if node.get("format") == "T":
            return {}
        bare = node.get("type") == "object" and not {"properties", "allOf", "additionalProperties"} & set(node)
        if bare:
            return {}
        return {key: _loosened(value) for key, value in node.items()}
    return [_loosened(entry) for entry in node] if isinstance(node, list) else node


@dataclass
class Served:
    """A sandbox that is being served, with a client whose every answer is checked, and one without checks.

    Attributes:
        url: Address of the organisation.
        host: Address of the server.
    """

    app: AzureDevOps
    url: str
    host: str
    http: httpx.Client
    raw: httpx.Client
    version: str = "7.1"
    project: str = "PAY"
    ids: dict = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.app.world

    def id(self, key):
        return self.world.item(key).id

    def get(self, path, client=None, version=None, **params):
        named = {name.replace("__", "$"): value for name, value in params.items()}
        answer = (client or self.http).get(path, params={"api-version": version or self.version, **named})
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
        return answer.json()

    def send(self, method, path, body=None, client=None, version=None, **params):
        named = {name.replace("__", "$"): value for name, value in params.items()}
        asked = {"api-version": version or self.version, **named}
        return (client or self.http).request(method, path, params=asked, json=body)

    def item(self, ref, **params):
        return self.get(f"_apis/wit/workitems/{self.world.item(ref).id}", **params)

    def patch(self, ref, *operations, client=None, version=None, kind="application/json-patch+json", **params):
        named = {name.replace("__", "$"): value for name, value in params.items()}
        return (client or self.http).patch(
            f"_apis/wit/workitems/{self.world.item(ref).id}",
            params={"api-version": version or self.version, **named},
            content=json.dumps(list(operations)),
            headers={"Content-Type": kind},
        )

    def batch(self, *refs, **body):
        ids = [ref if isinstance(ref, int) else self.id(ref) for ref in refs]
        return self.send("POST", "_apis/wit/workitemsbatch", {"ids": ids, **body})

    def query(self, wiql, project=None, client=None, **params):
        path = f"{project}/_apis/wit/wiql" if project else "_apis/wit/wiql"
        return self.send("POST", path, {"query": wiql}, client=client, **params)

    def comment(self, ref, text="Hello", version="7.1-preview.4", **params):
        path = f"{self._project(ref)}/_apis/wit/workItems/{self.id(ref)}/comments"
        return self.send("POST", path, {"text": text}, version=version, **params)

    def _project(self, ref):
        return self.world.project_of(self.world.item(ref)).name


def op(verb, path, value=None):
    """One operation of a JSON Patch; the path of a field is its reference name."""
    path = path if path.startswith("/") else f"/fields/{path}"
    return {"op": verb, "path": path} | ({} if verb == "remove" else {"value": value})


@pytest.fixture(name="op", scope="package")
def _op():
    return op


@pytest.fixture(scope="package")
def official(reference_data) -> Official:
    return Official(reference_data)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOW)


@pytest.fixture
def world_of(clock):
    """Makes a world from the text of a backlog file; other arguments are the collection's."""

    def make(backlog: str = BACKLOG, **collection) -> World:
        return build_world(parse_backlog(backlog), collection=Collection(**collection), clock=clock)

    return make


@pytest.fixture
def world(world_of) -> World:
    return world_of()


@pytest.fixture
def serve(_switch, official, world_of, clients_of):
    """Serves a sandbox and hands out clients for it; `options` are the fields of `Options`."""
    switch, host = _switch

    def start(world: World | None = None, *, faults: Faults | None = None, auth=AUTH, **options) -> Served:
        switch.app = AzureDevOps(world or world_of(), options=Options(**options), faults=faults)
        server = switch.app.world.collection.server
        described = official.present and server in (None, "2022", "2022.1")
        url = f"{host}{switch.app.base_path}"
        clients = clients_of(url, auth, partial(official.check, server=server) if described else None)
        version = {"2019": "5.0", "2020": "6.0", "2022": "7.0"}.get(server, "7.1")
        return Served(switch.app, url, host, *clients, version)

    return start


@pytest.fixture
def azure(serve, world) -> Served:
    return serve(world)


@pytest.fixture
def ana(world):
    return Actor(world, "Ana Silva")
