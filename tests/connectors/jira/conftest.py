"""A sandbox Jira to connect to, answers that can be tampered with, and the official descriptions over every request.

A test or a module that is marked `flavours("cloud", "data-center")` runs against both; others run against Cloud.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
import pytest
import referencing
import stamina
from referencing.jsonschema import DRAFT202012

from connectors.jira import FieldNames, JiraConfig, JiraTracker
from connectors.sandbox import Faults, StoppedClock, parse_backlog, serving
from connectors.sandbox.jira import (
    CLOUD_FIELDS,
    Behaviour,
    JiraCloud,
    JiraDataCenter,
    JiraSite,
    Site,
    World,
    adf_text,
    build_world,
)
from connectors.sandbox.jira.model import Comment

SHARED = Path(__file__).parents[3].parent / "shared"
NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
EMAIL = "steward@example.com"

BACKLOG = """\
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer\\n\\n* one\\n* two", \
"points": 8, "status": "In Progress", "sprint": "Sprint 2", "labels": ["checkout"], "parent": "PAY-5", \
"created": "2024-03-01T09:00:00Z", "updated": "2024-04-29T09:00:00Z", "assignee": "Ana Silva", "reporter": "Kim Berg", \
"business_value": 8, "acceptance_criteria": "- [ ] it works\\n- [x] it is paid", "components": ["Checkout"], \
"links": [{"kind": "blocks", "target": "PAY-3"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}], "comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", "flagged": true, \
"priority": "High", "updated": "2024-05-01T23:30:00Z"}
{"key": "PAY-3", "title": "Refund is booked twice", "type": "Bug", "points": 2, "sprint": "Sprint 3", \
"created": "2024-03-03T09:00:00Z", "labels": ["checkout", "tax"]}
{"key": "PAY-4", "title": "Export invoices", "status": "Done", "points": 3, "created": "2024-02-01T09:00:00Z", \
"resolved": "2024-04-10T09:00:00Z"}
{"key": "PAY-5", "title": "Instalments", "type": "Epic", "created": "2024-01-01T09:00:00Z"}
{"key": "PAY-6", "title": "Write the terms", "type": "Sub-task", "parent": "PAY-1", "created": "2024-03-04T09:00:00Z"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z"}
"""


def pytest_configure(config):
    config.addinivalue_line("markers", "flavours(*names): of Jira, against which a test runs.")


def pytest_generate_tests(metafunc):
    if "flavour" in metafunc.fixturenames:
        asked = metafunc.definition.get_closest_marker("flavours")
        metafunc.parametrize("flavour", asked.args if asked else ("cloud",), indirect=True)


@pytest.fixture
def flavour(request) -> str:
    """Which Jira is served."""
    return request.param


Tamper = Callable[[Any], Any]
"""What becomes of a JSON answer; bytes are sent as they are."""


@dataclass(frozen=True)
class Asked:
    """A request that our client sent."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Switch:
    """One server for all tests: whichever app is put in answers. Notes every request and may tamper with answers."""

    def __init__(self) -> None:
        self.app: Any = None
        self.asked: list[Asked] = []
        self.tampering: list[tuple[str, Tamper]] = []
        self.refused: dict[bytes, str] = {}

    async def __call__(self, scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.asked.append(
            Asked(
                scope["method"],
                scope["path"],
                dict(parse_qsl(scope["query_string"].decode())),
                body,
                {name.decode(): value.decode() for name, value in scope["headers"]},
            )
        )
        given = False

        async def again():
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": body}
            return await receive()

        refusal = next((words for part, words in self.refused.items() if part in body), None)
        if refusal is not None:
            sent = json.dumps({"errorMessages": [refusal], "errors": {}}).encode()
            await send(
                {"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": sent})
            return
        tamper = next((how for path, how in self.tampering if re.search(path, scope["path"])), None)
        if tamper is None:
            await self.app(scope, again, send)
            return
        parts: list[dict[str, Any]] = []

        async def keep(part):
            parts.append(part)

        await self.app(scope, again, keep)
        whole = b"".join(part.get("body", b"") for part in parts)
        changed = tamper(json.loads(whole))
        sent = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        headers = [(name, value) for name, value in parts[0]["headers"] if name.lower() != b"content-length"]
        await send({**parts[0], "headers": [*headers, (b"content-length", str(len(sent)).encode())]})
        await send({"type": "http.response.body", "body": sent})


class Official:
    """The official OpenAPI descriptions, over what we send."""

    # Not described there, and public all the same: the site's id at Atlassian's gateway.
    UNDESCRIBED = frozenset({"/_edge/tenant_info"})
    # Only this one says which priority is the default; its successors want an administrator.
    DEPRECATED = frozenset({"/rest/api/3/priority/search"})

    def __init__(self) -> None:
        names = ("jira-platform-swagger-v3.v3.json", "jira-software-swagger.v3.json")
        files = [SHARED / "specs" / "jira" / name for name in names]
        self.present = all(file.exists() for file in files)
        self.operations: list[tuple[re.Pattern[str], str, int]] = []
        if not self.present:
            return
        self.specs = [json.loads(file.read_bytes()) for file in files]
        self.registry = referencing.Registry().with_resources(
            (f"urn:spec-{n}", referencing.Resource(spec, DRAFT202012)) for n, spec in enumerate(self.specs)
        )
        for number, spec in enumerate(self.specs):
            for path in sorted(spec["paths"], key=lambda path: path.count("{")):
                self.operations.append((re.compile(re.sub(r"\{[^/]+\}", "[^/]+", path)), path, number))

    def check(self, asked: Asked) -> None:
        """Fails when a request is not as its operation is described."""
        path = re.sub(r"^/ex/jira/[^/]+", "", asked.path).replace("/rest/api/2/", "/rest/api/3/")
        if not self.present or path in self.UNDESCRIBED:
            return
        method = asked.method.lower()
        template, number = next(
            (
                (p, n)
                for regex, p, n in self.operations
                if regex.fullmatch(path) and method in self.specs[n]["paths"][p]
            ),
            (None, 0),
        )
        assert template is not None, f"{asked.method} {asked.path} is no operation of Jira's"
        operation = self.specs[number]["paths"][template][method]
        where = f"{asked.method} {template}"
        assert template in self.DEPRECATED or not operation.get("deprecated"), f"{where} is deprecated"
        known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
        for name, value in asked.query.items():
            assert name in known, f"{where} has no parameter {name}"
            schema = known[name]["schema"]
            # The agile part describes lists of words as objects without any property, or lists of such.
            if "object" not in (schema.get("type"), schema.get("items", {}).get("type")):
                self._validate(number, f"{where}?{name}", self._typed(value, schema), schema)
        missing = [name for name, one in known.items() if one.get("required") and name not in asked.query]
        assert not missing, f"{where} wants {missing}"
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert bool(asked.body) == (content is not None), f"{where} with a body of {len(asked.body)} bytes"
        if content is not None:
            assert asked.headers["content-type"].startswith("application/json")
            self._validate(number, where, asked.json, content["schema"])

    def _validate(self, number: int, where: str, value: Any, schema: Any) -> None:
        rooted = json.loads(json.dumps(schema).replace('"#/', f'"urn:spec-{number}#/'))
        errors = jsonschema.Draft202012Validator(rooted, registry=self.registry).iter_errors(value)
        error = jsonschema.exceptions.best_match(errors)
        assert error is None, f"{where}: {error.json_path}: {error.message}"

    def _typed(self, value: str, schema: Any) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return [self._typed(one, schema["items"]) for one in value.split(",")]
        if kind in ("integer", "boolean"):
            return json.loads(value)
        return value


@dataclass
class Here:
    """A sandbox that is being served, and ways to look after it."""

    switch: Switch
    url: str
    app: JiraSite
    clock: StoppedClock
    trackers: list[JiraTracker] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def is_cloud(self) -> bool:
        return isinstance(self.app, JiraCloud)

    @property
    def searching(self) -> str:
        """Pattern of the path of a search."""
        return "/search/jql$" if self.is_cloud else "/api/2/search$"

    def words(self, comment: Comment) -> str:
        """What people see of a comment."""
        return re.sub(r"\n?\{anchor:[^}]*\}", "", adf_text.to_wiki(comment.body))

    def config(self, **changes: Any) -> JiraConfig:
        given: dict[str, Any] = {
            "name": "PAY",
            "url": self.url,
            "email": EMAIL if self.is_cloud else "",
            "token": "good-token",
            "scope": "project = PAY",
            "rate": 5000,
            "gateway": self.url,
            "installation": "inst-1",
            "fields": FieldNames(),
        }
        return JiraConfig(**(given | changes))

    def tracker(self, **changes: Any) -> JiraTracker:
        """A tracker on this site, not connected yet; `changes` are those of its configuration."""
        self.trackers.append(JiraTracker(self.config(**changes)))
        return self.trackers[-1]

    def tamper(self, path: str, how: Tamper) -> None:
        """Changes every answer to requests whose path matches, from now on."""
        self.switch.tampering.insert(0, (path, how))

    def refuse(self, part: bytes, words: str) -> None:
        """Answers 400 to every request whose body holds this, from now on."""
        self.switch.refused[part] = words

    def asked(self, path: str) -> list[Asked]:
        """The requests so far whose path matches."""
        return [one for one in self.switch.asked if re.search(path, one.path)]

    def id(self, key: str) -> str:
        return str(self.world.issue(key).id)


@pytest.fixture(scope="session")
def official() -> Official:
    return Official()


@pytest.fixture(scope="session")
def _switch() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


@contextmanager
def _serving(switched: tuple[Switch, str], official: Official | None, made: list[Here]) -> Iterator[None]:
    switch, _ = switched
    switch.asked, switch.tampering, switch.refused = [], [], {}
    yield
    for here in made:
        for tracker in here.trackers:
            tracker.close()
    # There is no official description of Data Center.
    for asked in switch.asked if official is not None else ():
        official.check(asked)


@pytest.fixture
def serve(_switch, official, flavour):
    """Serves a sandbox; arguments are a backlog's text, a world, faults, the site's and the behaviour's.

    Every request that our client sends to Cloud is held against the official descriptions in the end.
    """
    made: list[Here] = []
    behaviours = set(Behaviour.__slots__)

    def start(backlog: str = BACKLOG, *, faults: Faults | None = None, now: datetime = NOW, **how) -> Here:
        switch, url = _switch
        clock = StoppedClock(now)
        behaviour = {"write_limits": False} | {name: how.pop(name) for name in list(how) if name in behaviours}
        cloud = flavour == "cloud"
        how["absent_fields"] = (*how.get("absent_fields", ()), *(() if cloud else CLOUD_FIELDS))
        world = build_world(parse_backlog(backlog), site=Site(**how), clock=clock)
        kind = JiraCloud if cloud else JiraDataCenter
        switch.app = kind(world, behaviour=Behaviour(**behaviour), faults=faults)
        switch.tampering, switch.refused = [], {}
        made.append(Here(switch, url, switch.app, clock))
        return made[-1]

    with _serving(_switch, official if flavour == "cloud" else None, made):
        yield start


@pytest.fixture
def here(serve) -> Here:
    return serve()


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Any]:
    """Reads a recorded answer; skips where they are absent."""

    def read(name: str) -> Any:
        file = SHARED / "recorded" / "jira" / name
        if not file.exists():
            pytest.skip("../shared/recorded is not here")
        return json.loads(file.read_bytes())

    return read


@pytest.fixture(scope="session")
def adf_schema():
    file = SHARED / "specs" / "jira" / "adf-schema-57.7.22-full.json"
    if not file.exists():
        pytest.skip("../shared/specs is not here")
    return jsonschema.Draft4Validator(json.loads(file.read_bytes()))
